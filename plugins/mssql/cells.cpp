#include "cells.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace dbmux::mssql {

namespace {

enum ServerType : int {  // of the protocol, where the library's header has no name
  kUnique = 36,
  kVariant = 98,
  kUserDefined = 240
};

constexpr std::int64_t kTicksPerSecond = 10'000'000;

template <class T>
T read(const BYTE* data) {
  T value;
  std::memcpy(&value, data, sizeof value);
  return value;
}

std::int32_t kind_of(int type) {
  switch (type) {
    case SYBBIT:
      return DBMUX_BOOL;
    case SYBINT1:
    case SYBINT2:
    case SYBINT4:
    case SYBINT8:
      return DBMUX_I64;
    case SYBREAL:
    case SYBFLT8:
      return DBMUX_F64;
    case SYBDECIMAL:
    case SYBNUMERIC:
    case SYBMONEY:
    case SYBMONEY4:
      return DBMUX_NUMBER;
    case SYBBINARY:
    case SYBVARBINARY:
    case SYBIMAGE:
    case kUserDefined:
      return DBMUX_BYTES;
    default:
      return DBMUX_TEXT;
  }
}

dbmux_value copied(std::uint8_t kind, std::string_view text, kit::Arena& arena) {
  return kit::text_of_kind(kind, arena.copy(text));
}

dbmux_value text_cell(std::string_view whole, kit::Arena& arena, std::uint32_t max_bytes) {
  const bool cut = max_bytes > 0 && whole.size() > max_bytes;
  auto text = cut ? kit::utf8_prefix(whole, max_bytes) : whole;
  const bool valid = kit::valid_utf8(text);
  if (cut && !valid) text = whole.substr(0, max_bytes);
  auto cell = copied(valid ? DBMUX_TEXT : DBMUX_BYTES, text, arena);
  if (cut) cell.flags = DBMUX_VALUE_TRUNCATED;
  return cell;
}

dbmux_value bytes_cell(std::string_view data, kit::Arena& arena, std::uint32_t max_bytes) {
  const bool cut = max_bytes > 0 && data.size() > max_bytes;
  auto cell = copied(DBMUX_BYTES, cut ? data.substr(0, max_bytes) : data, arena);
  if (cut) cell.flags = DBMUX_VALUE_TRUNCATED;
  return cell;
}

dbmux_value money_cell(std::int64_t ten_thousandths, kit::Arena& arena) {
  // Not by the magnitude of the smallest value, which has none.
  const auto whole = ten_thousandths / 10'000, rest = ten_thousandths % 10'000;
  std::array<char, 40> text{};
  const int n = std::snprintf(text.data(), text.size(), "%s%lld.%04lld", ten_thousandths < 0 ? "-" : "",
                              static_cast<long long>(whole < 0 ? -whole : whole),
                              static_cast<long long>(rest < 0 ? -rest : rest));
  return copied(DBMUX_NUMBER, {text.data(), static_cast<std::size_t>(n)}, arena);
}

dbmux_value decimal_cell(DBPROCESS* process, int type, const BYTE* data, DBINT length, kit::Arena& arena) {
  std::array<char, 96> text{};
  const auto n =
      dbconvert(process, type, data, length, SYBCHAR, reinterpret_cast<BYTE*>(text.data()), text.size() - 1);
  std::string_view digits(text.data(), n < 0 ? 0 : static_cast<std::size_t>(n));
  std::string whole;
  const auto first = digits.starts_with('-') ? 1u : 0u;
  if (digits.size() > first && digits[first] == '.') {  // ".5" is no JSON number
    whole = std::string(digits.substr(0, first)) + "0" + std::string(digits.substr(first));
    digits = whole;
  }
  return copied(DBMUX_NUMBER, digits, arena);
}

// A real has fewer digits than a double: the shortest that tell it apart, not those of its binary value.
double shortest(float value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  double wide = value;
  std::from_chars(text.data(), end.ptr, wide);
  return wide;
}

// Days since 1900-01-01, in the Gregorian calendar for ever.
std::string date_text(std::int64_t days) {
  constexpr std::int64_t kBefore1900 = 693'901;  // days from 0000-03-01, behind a leap day
  const std::int64_t z = days + kBefore1900;
  const std::int64_t era = z / 146'097, day_of_era = z % 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", static_cast<int>(year), static_cast<int>(month),
                static_cast<int>(day));
  return text.data();
}

// ticks: of 100 ns since midnight; digits: of the fraction, 0 to 7.
std::string time_text(std::int64_t ticks, int digits) {
  const auto seconds = ticks / kTicksPerSecond;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d", static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  std::string out = text.data();
  if (digits <= 0) return out;
  std::snprintf(text.data(), text.size(), ".%07d", static_cast<int>(ticks % kTicksPerSecond));
  return out.append(text.data(), static_cast<std::size_t>(digits) + 1);
}

std::string zone_text(int minutes) {
  std::array<char, 16> text{};
  const int size = minutes < 0 ? -minutes : minutes;
  std::snprintf(text.data(), text.size(), "%c%02d:%02d", minutes < 0 ? '-' : '+', size / 60, size % 60);
  return text.data();
}

std::string moment_text(int type, const BYTE* data, int scale) {
  if (type == SYBDATETIME) {
    const auto d = read<DBDATETIME>(data);
    const auto thirds = static_cast<std::int64_t>(static_cast<std::uint32_t>(d.dttime));
    // The server shows the nearest millisecond.
    return date_text(d.dtdays) + "T" + time_text((thirds * 10 + 1) / 3 * 10'000, 3);
  }
  if (type == SYBDATETIME4) {
    const auto d = read<DBDATETIME4>(data);
    return date_text(d.days) + "T" + time_text(d.minutes * 60 * kTicksPerSecond, 0);
  }
  const auto d = read<DBDATETIMEALL>(data);
  const auto ticks = static_cast<std::int64_t>(d.time);
  if (type == SYBMSDATE) return date_text(d.date);
  if (type == SYBMSTIME) return time_text(ticks, scale);
  if (type == SYBMSDATETIME2) return date_text(d.date) + "T" + time_text(ticks, scale);
  constexpr std::int64_t kDay = 86'400 * kTicksPerSecond;
  auto local = ticks + d.offset * 60 * kTicksPerSecond;  // sent as UTC, meant as local
  auto days = static_cast<std::int64_t>(d.date);
  if (local < 0) local += kDay, --days;
  if (local >= kDay) local -= kDay, ++days;
  return date_text(days) + "T" + time_text(local, scale) + zone_text(d.offset);
}

dbmux_value unique_cell(const BYTE* data, kit::Arena& arena) {
  std::array<char, 40> text{};
  const int n =
      std::snprintf(text.data(), text.size(), "%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X",
                    read<std::uint32_t>(data), read<std::uint16_t>(data + 4), read<std::uint16_t>(data + 6),
                    data[8], data[9], data[10], data[11], data[12], data[13], data[14], data[15]);
  return copied(DBMUX_TEXT, {text.data(), static_cast<std::size_t>(n)}, arena);
}

}  // namespace

ColumnType column_type(DBPROCESS* process, int column) {
  ColumnType c;
  DBCOL2 described{};
  described.SizeOfStruct = sizeof described;
  c.type = dbcoltype(process, column);
  if (dbtablecolinfo(process, column, reinterpret_cast<DBCOL*>(&described)) == SUCCEED) {
    c.name = described.ServerTypeDeclaration;
    for (auto& letter : c.name)
      if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    c.server_type = described.ServerType;
    c.nullable = described.Null != 0;
  }
  if (const auto* info = dbcoltypeinfo(process, column)) c.scale = info->scale;
  if (c.type == SYBMSTIME || c.type == SYBMSDATETIME2 || c.type == SYBMSDATETIMEOFFSET)
    c.name += "(" + std::to_string(c.scale) + ")";
  c.kind = kind_of(c.type);
  return c;
}

dbmux_value cell(DBPROCESS* process, int column, const ColumnType& c, kit::Arena& arena,
                 std::uint32_t max_bytes) {
  const BYTE* data = dbdata(process, column);
  if (!data) return kit::null_value();
  const auto length = dbdatlen(process, column);
  const std::string_view raw(reinterpret_cast<const char*>(data),
                             static_cast<std::size_t>(length < 0 ? 0 : length));
  switch (c.type) {
    case SYBBIT:
      return kit::boolean(*data != 0);
    case SYBINT1:
      return kit::integer(*data);
    case SYBINT2:
      return kit::integer(read<std::int16_t>(data));
    case SYBINT4:
      return kit::integer(read<std::int32_t>(data));
    case SYBINT8:
      return kit::integer(read<std::int64_t>(data));
    case SYBREAL:
      return kit::real(shortest(read<float>(data)));
    case SYBFLT8:
      return kit::real(read<double>(data));
    case SYBDECIMAL:
    case SYBNUMERIC:
      return decimal_cell(process, c.type, data, length, arena);
    case SYBMONEY4:
      return money_cell(read<std::int32_t>(data), arena);
    case SYBMONEY: {
      const auto m = read<DBMONEY>(data);
      return money_cell(
          static_cast<std::int64_t>(static_cast<std::uint64_t>(static_cast<std::uint32_t>(m.mnyhigh)) << 32 |
                                    m.mnylow),
          arena);
    }
    case SYBDATETIME:
    case SYBDATETIME4:
    case SYBMSDATE:
    case SYBMSTIME:
    case SYBMSDATETIME2:
    case SYBMSDATETIMEOFFSET:
      return copied(DBMUX_TEXT, moment_text(c.type, data, c.scale), arena);
    case kUnique:
      return unique_cell(data, arena);
    case kVariant: {
      std::array<char, 8192> text{};
      const auto n = dbconvert(process, c.type, data, length, SYBCHAR, reinterpret_cast<BYTE*>(text.data()),
                               text.size() - 1);
      return n < 0 ? bytes_cell(raw, arena, max_bytes)
                   : text_cell({text.data(), static_cast<std::size_t>(n)}, arena, max_bytes);
    }
    default:
      return c.kind == DBMUX_BYTES ? bytes_cell(raw, arena, max_bytes) : text_cell(raw, arena, max_bytes);
  }
}

}  // namespace dbmux::mssql

#include "extended_json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "date_text.hpp"

namespace dbmux::mongodb {

namespace {

using rapidjson::Value;

std::string_view view(const Value& v) {
  return v.IsString() ? std::string_view(v.GetString(), v.GetStringLength()) : std::string_view();
}

kit::Failure malformed(std::string_view name) {
  return kit::fail(DBMUX_E_INVALID, std::string(name) + " holds no value of its type");
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number n{};
  const auto* end = text.data() + text.size();
  const auto [p, ec] = std::from_chars(text.data(), end, n);
  if (ec != std::errc() || p != end) return {};
  return n;
}

bool append_oid(std::string_view key, std::string_view text, bson_t* to) {
  const std::string hex(text);
  bson_oid_t oid;
  if (!bson_oid_is_valid(hex.c_str(), hex.size())) return false;
  bson_oid_init_from_string(&oid, hex.c_str());
  return bson_append_oid(to, key.data(), length(key), &oid);
}

bool append_date(std::string_view key, std::string_view text, bson_t* to) {
  const auto ms = date_of(text);
  return ms && bson_append_date_time(to, key.data(), length(key), *ms);
}

bool append_int(std::string_view key, std::string_view text, bson_t* to) {
  const auto n = number_in<std::int32_t>(text);
  return n && bson_append_int32(to, key.data(), length(key), *n);
}

bool append_long(std::string_view key, std::string_view text, bson_t* to) {
  const auto n = number_in<std::int64_t>(text);
  return n && bson_append_int64(to, key.data(), length(key), *n);
}

bool append_double(std::string_view key, std::string_view text, bson_t* to) {
  using Limits = std::numeric_limits<double>;
  std::optional<double> d;
  if (text == "NaN") d = Limits::quiet_NaN();
  if (text == "Infinity") d = Limits::infinity();
  if (text == "-Infinity") d = -Limits::infinity();
  if (!d) d = number_in<double>(text);
  return d && bson_append_double(to, key.data(), length(key), *d);
}

bool append_decimal(std::string_view key, std::string_view text, bson_t* to) {
  bson_decimal128_t decimal;
  return bson_decimal128_from_string_w_len(text.data(), length(text), &decimal) &&
         bson_append_decimal128(to, key.data(), length(key), &decimal);
}

bool append_bytes(std::string_view key, unsigned subtype, std::string_view data, bson_t* to) {
  return bson_append_binary(to, key.data(), length(key), static_cast<bson_subtype_t>(subtype),
                            reinterpret_cast<const std::uint8_t*>(data.data()),
                            static_cast<std::uint32_t>(data.size()));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool append_uuid(std::string_view key, std::string_view text, bson_t* to) {
  std::string bytes;
  int half = -1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-' && (i == 8 || i == 13 || i == 18 || i == 23)) continue;
    const int digit = hex_digit(text[i]);
    if (digit < 0) return false;
    if (half < 0) {
      half = digit;
    } else {
      bytes += static_cast<char>(half << 4 | digit);
      half = -1;
    }
  }
  return bytes.size() == 16 && text.size() == 36 && append_bytes(key, 4, bytes, to);
}

std::optional<std::string> base64_decoded(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return {};
  std::string out;
  unsigned bits = 0, have = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == '=') {
      ++padding;
      continue;
    }
    const auto digit = kDigits.find(c);
    if (digit == std::string_view::npos || padding > 0) return {};
    bits = bits << 6 | static_cast<unsigned>(digit);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>(bits >> have & 0xff);
    }
  }
  if (padding > 2) return {};
  return out;
}

bool append_binary(std::string_view key, const Value& base64, const Value& subtype, bson_t* to) {
  unsigned type = 0;
  const auto hex = view(subtype);
  const auto* end = hex.data() + hex.size();
  if (hex.empty() || hex.size() > 2) return false;
  if (const auto [p, ec] = std::from_chars(hex.data(), end, type, 16); ec != std::errc() || p != end)
    return false;
  const auto data = base64_decoded(view(base64));
  return base64.IsString() && data && append_bytes(key, type, *data, to);
}

bool has_nul(std::string_view s) { return s.find('\0') != std::string_view::npos; }

bool append_regex(std::string_view key, const Value& v, bson_t* to) {
  if (!v.IsObject() || v.MemberCount() != 2 || !v.HasMember("pattern") || !v.HasMember("options"))
    return false;
  if (!v["pattern"].IsString() || !v["options"].IsString()) return false;
  std::string pattern(view(v["pattern"])), options(view(v["options"]));
  if (has_nul(pattern) || has_nul(options)) return false;
  return bson_append_regex(to, key.data(), length(key), pattern.c_str(), options.c_str());
}

bool append_timestamp(std::string_view key, const Value& v, bson_t* to) {
  if (!v.IsObject() || v.MemberCount() != 2 || !v.HasMember("t") || !v.HasMember("i")) return false;
  const auto whole = [](const Value& n) {
    return n.IsInt64() && n.GetInt64() >= 0 && n.GetInt64() <= UINT32_MAX;
  };
  if (!whole(v["t"]) || !whole(v["i"])) return false;
  return bson_append_timestamp(to, key.data(), length(key), static_cast<std::uint32_t>(v["t"].GetInt64()),
                               static_cast<std::uint32_t>(v["i"].GetInt64()));
}

bool append_date_value(std::string_view key, const Value& v, bson_t* to) {
  if (v.IsString()) return append_date(key, view(v), to);
  if (v.IsInt64()) return bson_append_date_time(to, key.data(), length(key), v.GetInt64());
  if (!v.IsObject() || v.MemberCount() != 1 || !v.HasMember("$numberLong")) return false;
  const auto ms = number_in<std::int64_t>(view(v["$numberLong"]));
  return ms && bson_append_date_time(to, key.data(), length(key), *ms);
}

bool is_one(const Value& v) { return v.IsInt64() && v.GetInt64() == 1; }

using Append = bool (*)(std::string_view key, const Value&, bson_t* to);

template <bool (*by_text)(std::string_view, std::string_view, bson_t*)>
bool of_text(std::string_view key, const Value& v, bson_t* to) {
  return v.IsString() && by_text(key, view(v), to);
}

struct Wrapper {
  std::string_view name;
  Append append;
};
constexpr Wrapper kWrappers[] = {
    {"$oid", of_text<append_oid>},
    {"$date", append_date_value},
    {"$numberInt", of_text<append_int>},
    {"$numberLong", of_text<append_long>},
    {"$numberDouble", of_text<append_double>},
    {"$numberDecimal", of_text<append_decimal>},
    {"$uuid", of_text<append_uuid>},
    {"$regularExpression", append_regex},
    {"$timestamp", append_timestamp},
    {"$binary",
     [](std::string_view key, const Value& v, bson_t* to) {
       return v.IsObject() && v.MemberCount() == 2 && v.HasMember("base64") && v.HasMember("subType") &&
              append_binary(key, v["base64"], v["subType"], to);
     }},
    {"$code",
     [](std::string_view key, const Value& v, bson_t* to) {
       return v.IsString() && !has_nul(view(v)) &&
              bson_append_code(to, key.data(), length(key), v.GetString());
     }},
    {"$symbol",
     [](std::string_view key, const Value& v, bson_t* to) {
       return v.IsString() && bson_append_symbol(to, key.data(), length(key), v.GetString(), length(view(v)));
     }},
    {"$undefined",
     [](std::string_view key, const Value& v, bson_t* to) {
       return v.IsTrue() && bson_append_undefined(to, key.data(), length(key));
     }},
    {"$minKey", [](std::string_view key, const Value& v,
                   bson_t* to) { return is_one(v) && bson_append_minkey(to, key.data(), length(key)); }},
    {"$maxKey", [](std::string_view key, const Value& v,
                   bson_t* to) { return is_one(v) && bson_append_maxkey(to, key.data(), length(key)); }},
};

struct Typed {
  std::string_view type;
  bool (*append)(std::string_view key, std::string_view text, bson_t* to);
};
constexpr Typed kTyped[] = {{"objectId", append_oid}, {"date", append_date},     {"int", append_int},
                            {"long", append_long},    {"double", append_double}, {"decimal", append_decimal},
                            {"uuid", append_uuid}};

}  // namespace

kit::Result<bool> append_wrapped(std::string_view key, const Value& object, bson_t* to) {
  if (object.MemberCount() == 2 && object.HasMember("$binary") && object.HasMember("$type")) {
    // The form of Extended JSON v1.
    if (append_binary(key, object["$binary"], object["$type"], to)) return true;
    return malformed("$binary");
  }
  if (object.MemberCount() != 1) return false;
  const auto name = view(object.MemberBegin()->name);
  const auto* found = std::find_if(std::begin(kWrappers), std::end(kWrappers),
                                   [&](const Wrapper& w) { return w.name == name; });
  if (found == std::end(kWrappers)) return false;
  if (!found->append(key, object.MemberBegin()->value, to)) return malformed(name);
  return true;
}

kit::Status append_typed(std::string_view type, std::string_view text, std::string_view key, bson_t* to) {
  const auto* found =
      std::find_if(std::begin(kTyped), std::end(kTyped), [&](const Typed& t) { return t.type == type; });
  if (found == std::end(kTyped))
    return kit::fail(DBMUX_E_UNSUPPORTED, "a parameter cannot be given as '" + std::string(type) + "'")
        .hint("objectId, date, int, long, double, decimal or uuid; any other value as JSON");
  if (!found->append(key, text, to))
    return kit::fail(DBMUX_E_INVALID, "a parameter holds no " + std::string(type));
  return {};
}

}  // namespace dbmux::mongodb

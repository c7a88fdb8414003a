#include "parameters.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "tokens.hpp"

namespace dbmux::mssql {

namespace {

constexpr int kPrecision = 38;
constexpr std::size_t kShort = 4000;  // bytes of UTF-8 that are never more than 4000 units of UTF-16

// Letters, digits, one pair of parentheses: decimal(12,2), nvarchar(max), sys.geography.
bool is_type_name(std::string_view type) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == ' ';
  };
  const auto open = type.find('(');
  const auto name = type.substr(0, open);
  if (name.empty() || !std::all_of(name.begin(), name.end(), plain)) return false;
  if (open == std::string_view::npos) return true;
  const auto size = type.substr(open + 1);
  return size.size() > 1 && size.ends_with(')') &&
         std::all_of(size.begin(), size.end() - 1, [&](char c) { return plain(c) || c == ','; });
}

// Digits and scale of exact decimal text, 1.5e3 included.
struct Decimal {
  bool negative = false;
  std::string digits;  // without leading zeros, at least one
  int scale = 0;
};

bool parse(std::string_view text, Decimal& d) {
  std::size_t i = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) d.negative = text[i++] == '-';
  bool point = false, any = false;
  for (; i < text.size() && (text[i] == '.' || (text[i] >= '0' && text[i] <= '9')); ++i) {
    if (text[i] == '.') {
      if (point) return false;
      point = true;
      continue;
    }
    any = true;
    if (point) ++d.scale;
    if (text[i] != '0' || !d.digits.empty()) d.digits += text[i];
  }
  if (any && i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    int exponent = 0, n = 0;
    if (std::sscanf(std::string(text.substr(i + 1)).c_str(), "%d%n", &exponent, &n) != 1 || exponent > 100 ||
        exponent < -100)
      return false;
    i += 1 + static_cast<std::size_t>(n);
    d.scale -= exponent;
  }
  if (!any || i != text.size()) return false;
  if (d.digits.empty()) return d.digits = "0", d.scale = std::clamp(d.scale, 0, kPrecision), true;
  while (d.scale < 0) d.digits += '0', ++d.scale;
  return d.digits.size() <= kPrecision && d.scale <= kPrecision;
}

// The digits' value as the library keeps it: a sign, then bytes, the highest first.
DBDECIMAL packed(const Decimal& d) {
  DBDECIMAL out{};
  out.precision = kPrecision;
  out.scale = static_cast<BYTE>(d.scale);
  out.array[0] = d.negative ? 1 : 0;
  constexpr std::size_t kBytes = 16;
  for (const char c : d.digits) {
    unsigned carry = static_cast<unsigned>(c - '0');
    for (std::size_t i = kBytes; i >= 1; --i) {
      const unsigned sum = out.array[i] * 10u + carry;
      out.array[i] = static_cast<BYTE>(sum & 0xFF);
      carry = sum >> 8;
    }
  }
  return out;
}

template <class T>
std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::set<std::string> variables_in(std::string_view text) {
  std::set<std::string> names;
  Tokens tokens(text);
  for (auto t = tokens.next(); t.kind != Token::Kind::end; t = tokens.next())
    if (t.kind == Token::Kind::variable && !t.text.starts_with("@@")) names.insert(upper(t.text));
  return names;
}

kit::Failure not_used(const std::string& name) {
  return kit::fail(DBMUX_E_INVALID, "the statement does not use the parameter " + name).object(name);
}

}  // namespace

kit::Result<Parameters> Parameters::from(const dbmux_request& request) {
  Parameters p;
  const auto used = variables_in(kit::view(request.text));
  std::set<std::string> given;
  for (std::size_t i = 0; i < request.n_params; ++i) {
    const auto& one = request.params[i];
    auto name = std::string(kit::view(one.name));
    if (name.empty()) name = "p" + std::to_string(i + 1);
    if (!name.starts_with('@')) name.insert(name.begin(), '@');
    if (one.flags & DBMUX_PARAM_OUT)
      return kit::fail(DBMUX_E_UNSUPPORTED, "parameters that come back are not offered").object(name);
    if (!used.contains(upper(name))) return not_used(name);
    if (!given.insert(upper(name)).second)
      return kit::fail(DBMUX_E_INVALID, "the parameter " + name + " is given twice").object(name);
    if (auto status = p.add(name, one); !status) return status.failure();
  }
  return p;
}

void Parameters::declare(const std::string& name, const std::string& type, const char* value) {
  declarations_ += "DECLARE " + name + " " + type + " = " + value + "; ";
}

void Parameters::define(const std::string& name, const std::string& type, Bound bound) {
  definitions_ += (definitions_.empty() ? "" : ", ") + name + " " + type;
  bound.name = name;
  bound_.push_back(std::move(bound));
}

kit::Status Parameters::add(const std::string& name, const dbmux_param& p) {
  const std::string type(kit::view(p.type));
  const auto& v = p.value;
  if (!type.empty() && !is_type_name(type))
    return kit::fail(DBMUX_E_INVALID, "not the name of a type: " + type).object(name);
  const auto typed = [&](const char* inferred) { return type.empty() ? std::string(inferred) : type; };
  const auto text = kit::has_text(v.kind) ? kit::view(v) : std::string_view();
  switch (v.kind) {
    case DBMUX_NULL:
      define(name, typed("nvarchar(4000)"), {{}, SYBNTEXT, {}, true});
      return {};
    case DBMUX_BOOL:
      define(name, typed("bit"), {{}, SYBBIT, bytes_of(static_cast<BYTE>(v.u.i64 != 0)), false});
      return {};
    case DBMUX_I64:
      define(name, typed("bigint"), {{}, SYBINT8, bytes_of(v.u.i64), false});
      return {};
    case DBMUX_F64:
      if (!std::isfinite(v.u.f64))
        return kit::fail(DBMUX_E_INVALID, "SQL Server has no infinity and no NaN").object(name);
      define(name, typed("float"), {{}, SYBFLT8, bytes_of(v.u.f64), false});
      return {};
    case DBMUX_U64:
    case DBMUX_NUMBER: {
      Decimal d;
      const auto digits = v.kind == DBMUX_U64 ? std::to_string(v.u.u64) : std::string(text);
      if (!parse(digits, d))
        return kit::fail(DBMUX_E_INVALID, "not a decimal of at most 38 digits").object(name);
      const auto inferred = "decimal(38," + std::to_string(d.scale) + ")";
      define(name, typed(inferred.c_str()), {{}, SYBDECIMAL, bytes_of(packed(d)), false});
      return {};
    }
    case DBMUX_TEXT:
    case DBMUX_JSON:
      // The library takes an empty value for NULL.
      if (text.empty()) return declare(name, typed("nvarchar(4000)"), "N''"), kit::Status();
      define(name, typed(text.size() <= kShort ? "nvarchar(4000)" : "nvarchar(max)"),
             {{}, SYBNTEXT, std::string(text), false});
      return {};
    case DBMUX_BYTES:
      if (text.empty()) return declare(name, typed("varbinary(8000)"), "0x"), kit::Status();
      define(name, typed(text.size() <= 8000 ? "varbinary(8000)" : "varbinary(max)"),
             {{}, SYBIMAGE, std::string(text), false});
      return {};
    default:
      return kit::fail(DBMUX_E_UNSUPPORTED, "a parameter of this kind is not offered").object(name);
  }
}

RETCODE Parameters::send(DBPROCESS* process, const std::string& statement) {
  const auto add = [&](const char* name, int type, const std::string& bytes, bool null) {
    const bool fixed = type == SYBBIT || type == SYBINT8 || type == SYBFLT8;
    auto* data = reinterpret_cast<BYTE*>(const_cast<char*>(bytes.data()));
    const auto length = null ? 0 : fixed ? -1 : static_cast<DBINT>(bytes.size());
    return dbrpcparam(process, name, 0, type, -1, length, null ? nullptr : data) == SUCCEED;
  };
  if (dbrpcinit(process, "sp_executesql", 0) == FAIL) return FAIL;
  bool ok = add(nullptr, SYBNTEXT, statement, false) && add(nullptr, SYBNTEXT, definitions_, false);
  for (const auto& b : bound_) ok = ok && add(b.name.c_str(), b.type, b.bytes, b.null);
  if (ok) return dbrpcsend(process);
  dbrpcinit(process, "", DBRPCRESET);
  return FAIL;
}

}  // namespace dbmux::mssql

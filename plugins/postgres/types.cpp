#include "types.hpp"

#include <algorithm>
#include <array>

#include "sql_text.hpp"

namespace dbmux::postgres {

namespace {

struct Name {
  Oid type;
  Oid array;  // 0: not listed
  std::string_view name, alias;
};
// From pg_type; these numbers never change.
constexpr std::array kNames{
    Name{16, 1000, "boolean", "bool"},
    Name{17, 1001, "bytea", ""},
    Name{18, 1002, "\"char\"", ""},
    Name{19, 1003, "name", ""},
    Name{20, 1016, "bigint", "int8"},
    Name{21, 1005, "smallint", "int2"},
    Name{22, 0, "int2vector", ""},
    Name{23, 1007, "integer", "int4"},
    Name{24, 0, "regproc", ""},
    Name{25, 1009, "text", ""},
    Name{26, 1028, "oid", ""},
    Name{27, 1010, "tid", ""},
    Name{28, 1011, "xid", ""},
    Name{29, 1012, "cid", ""},
    Name{30, 0, "oidvector", ""},
    Name{114, 199, "json", ""},
    Name{142, 143, "xml", ""},
    Name{194, 0, "pg_node_tree", ""},
    Name{600, 1017, "point", ""},
    Name{601, 1018, "lseg", ""},
    Name{602, 1019, "path", ""},
    Name{603, 1020, "box", ""},
    Name{604, 1027, "polygon", ""},
    Name{628, 629, "line", ""},
    Name{650, 651, "cidr", ""},
    Name{700, 1021, "real", "float4"},
    Name{701, 1022, "double precision", "float8"},
    Name{705, 0, "unknown", ""},
    Name{718, 719, "circle", ""},
    Name{774, 775, "macaddr8", ""},
    Name{790, 791, "money", ""},
    Name{829, 1040, "macaddr", ""},
    Name{869, 1041, "inet", ""},
    Name{1033, 1034, "aclitem", ""},
    Name{1042, 1014, "character", "bpchar"},
    Name{1043, 1015, "character varying", "varchar"},
    Name{1082, 1182, "date", ""},
    Name{1083, 1183, "time without time zone", "time"},
    Name{1114, 1115, "timestamp without time zone", "timestamp"},
    Name{1184, 1185, "timestamp with time zone", "timestamptz"},
    Name{1186, 1187, "interval", ""},
    Name{1266, 1270, "time with time zone", "timetz"},
    Name{1560, 1561, "bit", ""},
    Name{1562, 1563, "bit varying", "varbit"},
    Name{1700, 1231, "numeric", "decimal"},
    Name{1790, 2201, "refcursor", ""},
    Name{2205, 2210, "regclass", ""},
    Name{2206, 2211, "regtype", ""},
    Name{2249, 2287, "record", ""},
    Name{2278, 0, "void", ""},
    Name{2950, 2951, "uuid", ""},
    Name{3220, 3221, "pg_lsn", ""},
    Name{3614, 3643, "tsvector", ""},
    Name{3615, 3645, "tsquery", ""},
    Name{3802, 3807, "jsonb", ""},
    Name{3904, 3905, "int4range", ""},
    Name{3906, 3907, "numrange", ""},
    Name{3908, 3909, "tsrange", ""},
    Name{3910, 3911, "tstzrange", ""},
    Name{3912, 3913, "daterange", ""},
    Name{3926, 3927, "int8range", ""},
    Name{4072, 4073, "jsonpath", ""},
    Name{5069, 271, "xid8", ""},
};

static_assert(std::ranges::is_sorted(kNames, {}, &Name::type));

// By its number or that of its array; null when not listed.
const Name* named(Oid type) {
  const auto* one = std::ranges::lower_bound(kNames, type, {}, &Name::type);
  if (one != kNames.end() && one->type == type) return one;
  const auto* array = type == 0 ? kNames.end() : std::ranges::find(kNames, type, &Name::array);
  return array == kNames.end() ? nullptr : array;
}

constexpr int kHeader = 4;  // of a variable length: modifiers count it

std::string in_brackets(int n) { return "(" + std::to_string(n) + ")"; }

// "" none; nullopt: of a form that only the server can spell.
std::optional<std::string> modifier_text(Oid type, int modifier) {
  if (modifier < 0) return "";
  switch (type) {
    case oid::kBpchar:
    case oid::kVarchar:
      return in_brackets(modifier - kHeader);
    case oid::kBit:
    case oid::kVarbit:
    case oid::kTime:
    case oid::kTimetz:
    case oid::kTimestamp:
    case oid::kTimestamptz:
      return in_brackets(modifier);
    case oid::kNumeric: {
      const int bits = modifier - kHeader, precision = bits >> 16 & 0xffff;
      const int scale = ((bits & 0x7ff) ^ 1024) - 1024;  // eleven bits with a sign
      return "(" + std::to_string(precision) + "," + std::to_string(scale) + ")";
    }
    case oid::kInterval: {
      constexpr int kAllFields = 0x7fff, kAllDigits = 0xffff;
      if ((modifier >> 16 & 0x7fff) != kAllFields) return {};
      return (modifier & 0xffff) == kAllDigits ? "" : in_brackets(modifier & 0xffff);
    }
    default:
      return {};
  }
}

}  // namespace

std::string_view plain_name(Oid type) {
  const auto* found = std::ranges::lower_bound(kNames, type, {}, &Name::type);
  return found != kNames.end() && found->type == type ? found->name : std::string_view();
}

std::optional<std::string> built_in_name(Oid type, int modifier) {
  const auto* found = named(type);
  if (found == nullptr) return {};
  const auto shown = modifier_text(found->type, modifier);
  if (!shown) return {};
  std::string name(found->name);
  if (!shown->empty()) {
    // "timestamp(3) with time zone", "character(1)"
    const auto at = name.find(" with");
    name.insert(at == std::string::npos || name.starts_with("character") ? name.size() : at, *shown);
  }
  if (found->array == type) name += "[]";
  return name;
}

std::optional<Oid> built_in_element(Oid type) {
  const auto found =
      std::find_if(kNames.begin(), kNames.end(), [&](const Name& n) { return type != 0 && n.array == type; });
  if (found != kNames.end()) return found->type;
  return {};
}

std::optional<Oid> built_in_type(std::string_view name) {
  const bool array = name.ends_with("[]");
  if (array) name.remove_suffix(2);
  const auto wanted = upper_case(name);
  for (const auto& n : kNames)
    if (wanted == upper_case(n.name) || (!n.alias.empty() && wanted == upper_case(n.alias)) ||
        (n.type == oid::kInt4 && wanted == "INT"))
      if (!array || n.array != 0) return array ? n.array : n.type;
  return {};
}

}  // namespace dbmux::postgres

#pragma once
// The types of every PostgreSQL server: their names, and how their cells are read.
#include <libpq-fe.h>

#include <optional>
#include <string>
#include <string_view>

namespace dbmux::postgres {

namespace oid {
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25, kOid = 26, kJson = 114,
              kFloat4 = 700, kFloat8 = 701, kBpchar = 1042, kVarchar = 1043, kDate = 1082, kTime = 1083,
              kTimestamp = 1114, kTimestamptz = 1184, kInterval = 1186, kTimetz = 1266, kBit = 1560,
              kVarbit = 1562, kNumeric = 1700, kJsonb = 3802;
}

// As format_type() spells it without a modifier; "" an array, or not a type of every server. Static.
std::string_view plain_name(Oid type);
// As format_type() spells it, with its modifier; none: not a type of every server.
std::optional<std::string> built_in_name(Oid type, int modifier);
// Of an array; none: not an array of every server.
std::optional<Oid> built_in_element(Oid type);
// By any of its usual names, without a modifier; none: unknown here.
std::optional<Oid> built_in_type(std::string_view name);

}  // namespace dbmux::postgres

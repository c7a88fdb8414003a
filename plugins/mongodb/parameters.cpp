#include "parameters.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_set>

#include "extended_json.hpp"

namespace dbmux::mongodb {

namespace {

std::string counted(std::size_t n) {
  return std::to_string(n) + (n == 1 ? " value was given" : " values were given");
}

// A vector of subtype 9: element type float32, no padding, the numbers.
void append_vector(bson_t* to, std::string_view key, std::string_view floats) {
  std::string data("\x27\x00", 2);
  data += floats;
  bson_append_binary(to, key.data(), length(key), static_cast<bson_subtype_t>(9),
                     reinterpret_cast<const std::uint8_t*>(data.data()),
                     static_cast<std::uint32_t>(data.size()));
}

kit::Status append_number(bson_t* to, std::string_view key, std::string_view text) {
  bson_decimal128_t decimal;
  if (!bson_decimal128_from_string_w_len(text.data(), length(text), &decimal))
    return kit::fail(DBMUX_E_INVALID, "a number has more than the 34 digits of a decimal, or is none");
  bson_append_decimal128(to, key.data(), length(key), &decimal);
  return {};
}

// The text of a scalar, for the types that are given by their text.
std::string text_of(const dbmux_value& v) {
  if (v.kind == DBMUX_I64) return std::to_string(v.u.i64);
  if (v.kind == DBMUX_U64) return std::to_string(v.u.u64);
  return std::string(kit::view(v));
}

}  // namespace

kit::Result<Parameters> Parameters::of(std::span<const dbmux_param> params, AppendJson append_json) {
  std::unordered_set<std::string_view> names;
  for (const auto& p : params)
    if (p.name.len > 0 && !names.insert(kit::view(p.name)).second)
      return kit::fail(DBMUX_E_INVALID, "parameter '" + std::string(kit::view(p.name)) + "' was given twice");
  if (!names.empty() && names.size() < params.size())
    return kit::fail(DBMUX_E_INVALID, "give all parameters by position or all by name");
  for (const auto& p : params)
    if ((p.flags & DBMUX_PARAM_OUT) != 0)
      return kit::fail(DBMUX_E_UNSUPPORTED, "MongoDB's commands have no output parameters");
  return Parameters(params, append_json);
}

kit::Status Parameters::append(std::int64_t position, std::string_view key, bson_t* to) {
  if (position < 1 || static_cast<std::uint64_t>(position) > params_.size())
    return kit::fail(DBMUX_E_INVALID, "the command wants parameter " + std::to_string(position) + ", but " +
                                          counted(params_.size()));
  const auto i = static_cast<std::size_t>(position - 1);
  if (params_[i].name.len > 0)
    return kit::fail(DBMUX_E_INVALID, "the command asks for parameters by position; they were given by name");
  used_[i] = true;
  return append(params_[i], key, to);
}

kit::Status Parameters::append(std::string_view name, std::string_view key, bson_t* to) {
  for (std::size_t i = 0; i < params_.size(); ++i)
    if (kit::view(params_[i].name) == name && !name.empty()) {
      used_[i] = true;
      return append(params_[i], key, to);
    }
  std::string given;
  for (const auto& p : params_)
    given += (given.empty() ? "" : ", ") +
             (p.name.len > 0 ? std::string(kit::view(p.name)) : "one without a name");
  return kit::fail(DBMUX_E_INVALID, "no value was given for the parameter '" + std::string(name) + "'" +
                                        (given.empty() ? "" : "; given: " + given))
      .object(std::string(name));
}

kit::Status Parameters::all_used() const {
  for (std::size_t i = 0; i < params_.size(); ++i) {
    if (used_[i]) continue;
    const std::string name(kit::view(params_[i].name));
    return kit::fail(DBMUX_E_INVALID, "the command has no parameter " +
                                          (name.empty() ? std::to_string(i + 1) : "'" + name + "'") +
                                          ", but " + counted(params_.size()))
        .object(name)
        .hint(R"(a value stands where {"$param": 1} or {"$param": "name"} is written)");
  }
  return {};
}

kit::Status Parameters::append(const dbmux_param& p, std::string_view key, bson_t* to) const {
  const auto& v = p.value;
  const int n = length(key);
  if (p.type.len > 0 && v.kind != DBMUX_NULL) return append_typed(kit::view(p.type), text_of(v), key, to);
  switch (v.kind) {
    case DBMUX_NULL:
      bson_append_null(to, key.data(), n);
      return {};
    case DBMUX_BOOL:
      bson_append_bool(to, key.data(), n, v.u.i64 != 0);
      return {};
    case DBMUX_I64:
      bson_append_int64(to, key.data(), n, v.u.i64);
      return {};
    case DBMUX_U64:
      if (v.u.u64 > INT64_MAX) return append_number(to, key, std::to_string(v.u.u64));
      bson_append_int64(to, key.data(), n, v.u.i64);
      return {};
    case DBMUX_F64:
      bson_append_double(to, key.data(), n, v.u.f64);
      return {};
    case DBMUX_NUMBER:
      return append_number(to, key, kit::view(v));
    case DBMUX_TEXT:
      append_utf8(to, key, kit::view(v));
      return {};
    case DBMUX_JSON:
      return append_json_(kit::view(v), to, key);
    case DBMUX_BYTES:
      bson_append_binary(to, key.data(), n, BSON_SUBTYPE_BINARY,
                         reinterpret_cast<const std::uint8_t*>(kit::view(v).data()), v.len);
      return {};
    case DBMUX_F32S:
      append_vector(to, key, kit::view(v));
      return {};
    default:
      return kit::fail(DBMUX_E_INVALID, "a parameter is of an unknown kind");
  }
}

}  // namespace dbmux::mongodb

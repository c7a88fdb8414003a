#include "parameters.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "types.hpp"

namespace dbmux::postgres {

namespace {

std::string counted(std::size_t n, const char* what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

std::string real_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

// The elements as PostgreSQL reads an array of reals.
std::string vector_text(std::string_view packed) {
  std::string text = "{";
  for (std::size_t i = 0; i + sizeof(float) <= packed.size(); i += sizeof(float)) {
    float element = 0;
    std::memcpy(&element, packed.data() + i, sizeof element);
    if (i > 0) text += ',';
    char shortest[48];
    text.append(shortest, std::to_chars(shortest, shortest + sizeof shortest, element).ptr);
  }
  return text + '}';
}

}  // namespace

void Parameters::add(std::string_view text, Oid type) {
  types.push_back(type);
  texts.emplace_back(text);
  lengths.push_back(static_cast<int>(text.size()));
  formats.push_back(0);
  values.clear();  // a longer list has moved its texts
  for (const auto& t : texts) values.push_back(t.c_str());
}

kit::Result<Parameters> parameters_of(std::span<const dbmux_param> params, std::span<const Oid> types) {
  Parameters p;
  p.texts.reserve(params.size());
  for (std::size_t i = 0; i < params.size(); ++i) {
    const auto& value = params[i].value;
    Oid type = types[i];
    bool binary = false;
    std::string text;
    switch (value.kind) {
      case DBMUX_NULL:
        break;
      case DBMUX_BOOL:
        text = value.u.i64 != 0 ? "true" : "false";
        break;
      case DBMUX_I64:
        text = std::to_string(value.u.i64);
        break;
      case DBMUX_U64:
        text = std::to_string(value.u.u64);
        break;
      case DBMUX_F64:
        text = real_text(value.u.f64);
        break;
      case DBMUX_NUMBER:
      case DBMUX_TEXT:
      case DBMUX_JSON:
        text = kit::view(value);
        if (text.find('\0') != std::string::npos)
          return kit::fail(DBMUX_E_INVALID, "parameter $" + std::to_string(i + 1) +
                                                " holds a NUL character, which PostgreSQL's text cannot");
        break;
      case DBMUX_BYTES:
        text = kit::view(value);
        binary = type == 0 || type == oid::kBytea;
        if (!binary)
          return kit::fail(DBMUX_E_INVALID,
                           "parameter $" + std::to_string(i + 1) + " is binary, its type is not");
        type = oid::kBytea;
        break;
      case DBMUX_F32S:
        text = vector_text(kit::view(value));
        break;
      default:
        return kit::fail(DBMUX_E_INVALID, "parameter $" + std::to_string(i + 1) + " is of an unknown kind");
    }
    p.texts.push_back(std::move(text));
    p.types.push_back(type);
    p.values.push_back(value.kind == DBMUX_NULL ? nullptr : p.texts.back().c_str());
    p.lengths.push_back(static_cast<int>(p.texts.back().size()));
    p.formats.push_back(binary ? 1 : 0);
  }
  return p;
}

kit::Status check_parameters(const dbmux_request& request, int wanted) {
  const std::size_t given = request.n_params * std::max<std::size_t>(1, request.n_sets);
  for (std::size_t i = 0; i < given; ++i)
    if (request.params[i].name.len > 0)
      return kit::fail(DBMUX_E_INVALID, "PostgreSQL's parameters have no names, and '" +
                                            std::string(kit::view(request.params[i].name)) + "' is one")
          .hint("give them by position: $1, $2 …");
  for (std::size_t i = 0; i < request.n_params; ++i)
    if (request.params[i].flags & DBMUX_PARAM_OUT)
      return kit::fail(DBMUX_E_UNSUPPORTED, "output parameters come back as rows here; select them");
  if (request.n_params == static_cast<std::size_t>(wanted)) return {};
  return kit::fail(DBMUX_E_INVALID, "the statement has " +
                                        counted(static_cast<std::size_t>(wanted), "parameter") +
                                        (wanted > 1 ? " ($1 to $" + std::to_string(wanted) + ")" : "") +
                                        ", but " + counted(request.n_params, "value") +
                                        (request.n_params == 1 ? " was" : " were") + " given");
}

}  // namespace dbmux::postgres

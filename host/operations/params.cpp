#include "base/text.hpp"
#include "operations/arguments.hpp"

namespace dbmux {

namespace {

Result<Param> param_from(const JsonValue& v);

// {"type":…,"value":…}: a value with the engine's own type name, or bytes as base64.
Result<Param> typed(const JsonValue& type, const JsonValue& value) {
  if (view(type) == "bytes" && value.IsString()) {
    auto bytes = from_base64(view(value));
    if (!bytes) return fail(Category::invalid, "a parameter of type bytes must be base64");
    Param p;
    p.kind = Kind::bytes;
    p.text = std::move(*bytes);
    return p;
  }
  auto p = param_from(value);
  if (p) p->type = view(type);
  return p;
}

Result<Param> param_from(const JsonValue& v) {
  Param p;
  if (v.IsNull()) return p;
  if (v.IsBool()) {
    p.kind = Kind::boolean;
    p.i64 = v.GetBool() ? 1 : 0;
  } else if (v.IsInt64()) {
    p.kind = Kind::i64;
    p.i64 = v.GetInt64();
  } else if (v.IsUint64()) {
    p.kind = Kind::u64;
    p.i64 = static_cast<std::int64_t>(v.GetUint64());
  } else if (v.IsDouble()) {
    p.kind = Kind::f64;
    p.f64 = v.GetDouble();
  } else if (v.IsString()) {
    p.kind = Kind::text;
    p.text = view(v);
  } else if (v.IsObject() && v.MemberCount() == 2 && member(v, "type") && member(v, "type")->IsString() &&
             member(v, "value")) {
    return typed(*member(v, "type"), *member(v, "value"));
  } else {
    p.kind = Kind::json;
    p.text = to_json(v);
  }
  return p;
}

}  // namespace

Result<std::vector<Param>> params_from(const JsonValue* params) {
  std::vector<Param> out;
  if (!params) return out;
  if (params->IsObject()) {
    for (const auto& m : params->GetObject()) {
      auto p = param_from(m.value);
      if (!p) return fail(p.error());
      p->name = view(m.name);
      out.push_back(std::move(*p));
    }
    return out;
  }
  for (const auto& v : params->GetArray()) {
    auto p = param_from(v);
    if (!p) return fail(p.error());
    out.push_back(std::move(*p));
  }
  return out;
}

}  // namespace dbmux

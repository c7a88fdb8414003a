#include "driver/option_schema.hpp"

#include <algorithm>

#include "profile/keys.hpp"

namespace dbmux {
namespace {

std::vector<std::string> texts(const JsonValue* value) {
  std::vector<std::string> list;
  if (value == nullptr) return list;
  if (value->IsString()) list.emplace_back(view(*value));
  if (value->IsArray())
    for (const JsonValue& item : value->GetArray())
      if (item.IsString()) list.emplace_back(view(item));
  return list;
}

std::string text(const JsonValue* value) {
  return value != nullptr && value->IsString() ? std::string(view(*value)) : std::string();
}

bool flag(const JsonValue* value) { return value != nullptr && value->IsBool() && value->GetBool(); }

}  // namespace

bool OptionSpec::takes(std::string_view type) const {
  return types.empty() || std::find(types.begin(), types.end(), type) != types.end();
}

Result<OptionSchema> OptionSchema::of(const Descriptor& descriptor) {
  auto document = parse_json(descriptor.config_schema);
  if (!document || !document->IsObject())
    return fail(Category::plugin, "plugin '" + descriptor.id + "': its option schema is not a JSON object");
  OptionSchema schema(*std::move(document));
  schema.collect(schema.document_, {});
  return schema;
}

void OptionSchema::collect(const JsonValue& schema, const std::string& prefix) {
  const JsonValue* properties = member(schema, "properties");
  if (properties == nullptr || !properties->IsObject()) return;
  for (const auto& property : properties->GetObject()) {
    const JsonValue& one = property.value;
    const std::string path = prefix + std::string(view(property.name));
    const JsonValue* inner = member(one, "properties");
    if (inner != nullptr && inner->IsObject()) {
      collect(one, path + '.');
      continue;
    }
    OptionSpec spec;
    spec.path = path;
    for (const std::string& alias : texts(member(one, "x-dbmux-alias")))
      spec.aliases.push_back(prefix + alias);
    spec.env = texts(member(one, "x-dbmux-env"));
    spec.types = texts(member(one, "type"));
    if (const JsonValue* allowed = member(one, "enum"); allowed != nullptr && allowed->IsArray()) {
      spec.allowed = texts(allowed);
      if (spec.allowed.size() != allowed->Size()) spec.allowed.clear();
    }
    spec.path_kind = text(member(one, "x-dbmux-path"));
    spec.dsn = text(member(one, "x-dbmux-dsn"));
    spec.secret = flag(member(one, "x-dbmux-secret"));
    spec.host = flag(member(one, "x-dbmux-host"));
    spec.open = spec.types.size() == 1 && spec.types.front() == "object";
    options_.push_back(std::move(spec));
  }
}

const OptionSpec* OptionSchema::find(std::string_view written) const {
  const std::string name = snake_case(written);
  for (const OptionSpec& spec : options_) {
    const std::string path = snake_case(spec.path);
    if (path == name || (spec.open && name.starts_with(path + '.'))) return &spec;
    for (const std::string& alias : spec.aliases)
      if (snake_case(alias) == name) return &spec;
  }
  return nullptr;
}

bool OptionSchema::required(std::string_view path) const {
  const auto names = texts(member(document_, "required"));
  return std::find(names.begin(), names.end(), path) != names.end();
}

}  // namespace dbmux

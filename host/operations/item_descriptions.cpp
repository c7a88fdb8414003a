#include "operations/item_descriptions.hpp"

#include <algorithm>
#include <set>

namespace dbmux {

namespace {

constexpr std::size_t kMostItems = 500;  // of a kind
constexpr std::string_view kHostMeta = "dbmux/";
constexpr std::string_view kNoArguments = R"({"type":"object","additionalProperties":false})";

std::string text(const JsonValue& object, std::string_view key) {
  const auto* value = member(object, key);
  return value && value->IsString() ? std::string(view(*value)) : std::string();
}

// A member of one of these types as JSON; "" when there is none such.
std::string object_json(const JsonValue& object, std::string_view key) {
  const auto* value = member(object, key);
  return value && value->IsObject() ? to_json(*value) : std::string();
}

std::string list_json(const JsonValue& object, std::string_view key) {
  const auto* value = member(object, key);
  return value && value->IsArray() ? to_json(*value) : std::string();
}

// Without what is meant for the host.
std::string meta_json(const JsonValue& object) {
  const auto* meta = member(object, "_meta");
  if (!meta || !meta->IsObject()) return {};
  JsonDocument kept(rapidjson::kObjectType);
  for (const auto& m : meta->GetObject())
    if (!view(m.name).starts_with(kHostMeta))
      kept.AddMember(JsonValue(m.name, kept.GetAllocator()), JsonValue(m.value, kept.GetAllocator()),
                     kept.GetAllocator());
  return kept.ObjectEmpty() ? std::string() : to_json(kept);
}

bool leases(const JsonValue& object) {
  const auto* meta = member(object, "_meta");
  const auto* lease = meta ? member(*meta, "dbmux/lease") : nullptr;
  return lease && lease->IsTrue();
}

bool writes(const JsonValue& tool) {
  const auto* annotations = member(tool, "annotations");
  const auto* reads = annotations ? member(*annotations, "readOnlyHint") : nullptr;
  return reads && reads->IsFalse();
}

class Reader {
 public:
  Result<ItemDescriptions> run(const JsonValue& whole) {
    each(whole, "tools", [this](const JsonValue& v) { tool(v); });
    each(whole, "resources", [this](const JsonValue& v) { resource(v); });
    each(whole, "resourceTemplates", [this](const JsonValue& v) { resource_template(v); });
    each(whole, "prompts", [this](const JsonValue& v) { prompt(v); });
    return std::move(made_);
  }

 private:
  void fault(std::string_view what, const std::string& name, std::string_view why) {
    made_.faults.push_back(std::string(what) + " '" + name + "': " + std::string(why));
  }

  template <class Take>
  void each(const JsonValue& whole, std::string_view key, Take take) {
    const auto* list = member(whole, key);
    if (!list) return;
    if (!list->IsArray()) return made_.faults.push_back(std::string(key) + ": not a list");
    seen_.clear();
    std::size_t n = 0;
    for (const auto& v : list->GetArray()) {
      if (++n > kMostItems)
        return made_.faults.push_back(std::string(key) + ": more than " + std::to_string(kMostItems));
      if (v.IsObject())
        take(v);
      else
        made_.faults.push_back(std::string(key) + ": an entry is not an object");
    }
  }

  bool named(std::string_view what, const std::string& name) {
    if (!is_item_name(name))
      fault(what, name, "a name is 1 to 128 of letters, digits, '_', '.' and '-'");
    else if (!seen_.insert(name).second)
      fault(what, name, "described twice");
    else
      return true;
    return false;
  }

  void tool(const JsonValue& v) {
    ItemTool t;
    t.name = text(v, "name");
    if (!named("tool", t.name)) return;
    const auto* schema = member(v, "inputSchema");
    if (schema && (!schema->IsObject() || text(*schema, "type") != "object"))
      return fault("tool", t.name, "its inputSchema is not one of an object");
    t.face.name = t.name;
    t.face.title = text(v, "title");
    t.face.description = text(v, "description");
    t.face.input_schema = schema ? to_json(*schema) : std::string(kNoArguments);
    t.face.annotations = object_json(v, "annotations");
    t.face.output_schema = object_json(v, "outputSchema");
    t.face.icons = list_json(v, "icons");
    t.face.meta = meta_json(v);
    t.leases = leases(v);
    t.writes = writes(v);
    const auto* properties = schema ? member(*schema, "properties") : nullptr;
    if (properties && properties->IsObject())
      for (const auto& p : properties->GetObject()) t.properties.emplace_back(view(p.name));
    const auto document = parse_json(t.face.input_schema);
    if (auto ready = JsonSchema::of(*document))
      t.schema = std::move(*ready);
    else
      fault("tool", t.name, "its arguments cannot be checked here: " + ready.error().message);
    made_.tools.push_back(std::move(t));
  }

  static ResourceEntry entry(const JsonValue& v, std::string_view uri_key) {
    ResourceEntry e;
    e.uri = text(v, uri_key);
    e.name = text(v, "name");
    if (e.name.empty()) e.name = e.uri;
    e.description = text(v, "description");
    e.mime_type = text(v, "mimeType");
    e.title = text(v, "title");
    e.annotations = object_json(v, "annotations");
    e.icons = list_json(v, "icons");
    e.meta = meta_json(v);
    return e;
  }

  bool addressed(std::string_view what, const std::string& uri) {
    const auto colon = uri.find(':');
    if (colon == 0 || colon == std::string::npos)
      fault(what, uri, "not an address with a scheme");
    else if (uri.starts_with("database:") || uri.starts_with(kHostScheme))
      fault(what, uri, "an address of the host's own");
    else if (!seen_.insert(uri).second)
      fault(what, uri, "described twice");
    else
      return true;
    return false;
  }

  void resource(const JsonValue& v) {
    auto e = entry(v, "uri");
    if (addressed("resource", e.uri)) made_.resources.push_back({std::move(e), leases(v)});
  }

  void resource_template(const JsonValue& v) {
    auto e = entry(v, "uriTemplate");
    if (!addressed("template", e.uri)) return;
    auto uri = UriTemplate::of(e.uri);
    if (!uri) return fault("template", e.uri, uri.error().message);
    made_.templates.push_back({std::move(e), std::move(*uri), leases(v)});
  }

  void prompt(const JsonValue& v) {
    ItemPrompt p;
    p.entry.name = text(v, "name");
    if (!named("prompt", p.entry.name)) return;
    p.entry.title = text(v, "title");
    p.entry.description = text(v, "description");
    p.entry.icons = list_json(v, "icons");
    p.entry.meta = meta_json(v);
    p.leases = leases(v);
    const auto* arguments = member(v, "arguments");
    if (arguments && arguments->IsArray())
      for (const auto& a : arguments->GetArray()) {
        const auto* required = member(a, "required");
        p.entry.arguments.push_back(
            {text(a, "name"), text(a, "description"), required && required->IsTrue()});
        if (p.entry.arguments.back().name.empty())
          return fault("prompt", p.entry.name, "an argument has no name");
      }
    made_.prompts.push_back(std::move(p));
  }

  static constexpr std::string_view kHostScheme = "dbmux:";
  ItemDescriptions made_;
  std::set<std::string> seen_;
};

}  // namespace

bool ItemTool::has_property(std::string_view property) const {
  return std::find(properties.begin(), properties.end(), property) != properties.end();
}

bool is_item_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  });
}

Result<ItemDescriptions> read_descriptions(const std::string& json) {
  const auto whole = parse_json(json);
  if (!whole) return fail(Category::internal, "its description is not JSON: " + whole.error().message);
  if (!whole->IsObject()) return fail(Category::internal, "its description is not a JSON object");
  return Reader().run(*whole);
}

}  // namespace dbmux

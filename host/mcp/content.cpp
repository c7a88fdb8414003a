#include "mcp/content.hpp"

#include <string>

#include "base/json.hpp"

namespace dbmux::mcp {
namespace {

bool known(Version version, std::string_view type) {
  if (type == "audio") return has_audio(version);
  if (type == "resource_link") return has_resource_links(version);
  return type == "text" || type == "image" || type == "resource";
}

}  // namespace

void append_item(Output& out, Version version, const Content& item) {
  if (known(version, item.type)) return out.append(item.json);
  auto text = item.type;
  if (const auto document = parse_json(item.json)) {
    for (const auto* name : {"name", "uri", "mimeType"}) {
      const auto* value = member(*document, name);
      if (value != nullptr && value->IsString()) text += ", " + std::string(view(*value));
    }
  }
  out.append(R"({"type":"text","text":)");
  out.append(json_quote('[' + text + "; protocol version " + std::string(to_string(version)) +
                        " has no content of this type]"));
  out.append('}');
}

bool is_structure(Version version, std::string_view json) {
  return has_structured(version) && (json.starts_with('{') || has_any_structure(version));
}

}  // namespace dbmux::mcp

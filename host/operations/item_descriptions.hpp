#pragma once
// What a plugin says of its tools, resources, templates and prompts, checked. Its words are its own: they go
// to clients as they are, within bounds.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "driver/json_schema.hpp"
#include "operations/catalogue.hpp"
#include "operations/uri_template.hpp"

namespace dbmux {

struct ItemTool {
  std::string name;  // the plugin's
  Face face;         // under that name; not listed
  bool leases = false, writes = false;
  std::optional<JsonSchema> schema;     // nullopt: it cannot be checked, and the plugin does it
  std::vector<std::string> properties;  // of the input schema

  bool has_property(std::string_view) const;
};

struct ItemResource {
  ResourceEntry entry;
  bool leases = false;
};

struct ItemTemplate {
  ResourceEntry entry;  // uri: the template
  UriTemplate uri;
  bool leases = false;
};

struct ItemPrompt {
  PromptEntry entry;
  bool leases = false;
};

struct ItemDescriptions {
  std::vector<ItemTool> tools;
  std::vector<ItemResource> resources;
  std::vector<ItemTemplate> templates;
  std::vector<ItemPrompt> prompts;
  std::vector<std::string> faults;  // of entries that were left out, or cannot be checked
};

// internal: the whole is not what the header asks for. A wrong entry is left out.
Result<ItemDescriptions> read_descriptions(const std::string& json);

// 1 to 128 of A-Z a-z 0-9 _ . -
bool is_item_name(std::string_view);

}  // namespace dbmux

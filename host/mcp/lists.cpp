#include "mcp/lists.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace dbmux::mcp {
namespace {

struct Page {
  std::size_t from = 0;
  std::size_t to = 0;
  std::string next;  // the next page's cursor as a member, or empty
};

// Cursors are opaque to clients: the letter p and where the page begins.
RpcResult<Page> page_of(const JsonValue* params, std::size_t total, std::size_t size) {
  Page page;
  if (const auto* cursor = params != nullptr ? member(*params, "cursor") : nullptr; cursor != nullptr) {
    const auto text = cursor->IsString() ? view(*cursor) : std::string_view("?");
    if (!text.empty()) {
      const auto* end = text.data() + text.size();
      const auto read = std::from_chars(text.data() + 1, end, page.from);
      if (text.front() != 'p' || read.ec != std::errc{} || read.ptr != end || page.from == 0 ||
          page.from >= total || page.from % size != 0) {
        return refuse(RpcError::kInvalidParams, "Unknown cursor; start again without one");
      }
    }
  }
  page.to = std::min(total, page.from + size);
  if (page.to < total) page.next = R"(,"nextCursor":"p)" + std::to_string(page.to) + '"';
  return page;
}

void add_member(std::string& json, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  if (json.back() != '{') json += ',';
  json += '"';
  json += key;
  json += "\":";
  json += value;
}

void add_text(std::string& json, std::string_view key, std::string_view text) {
  if (!text.empty()) add_member(json, key, json_quote(text));
}

// What entries of all lists have besides, each in its version.
template <class Entry>
void add_further(std::string& json, const Entry& entry, Version version) {
  if (has_icons(version)) add_member(json, "icons", entry.icons);
  if (has_meta(version)) add_member(json, "_meta", entry.meta);
}

// A version may demand that the schema be one of objects.
bool may_be_listed(std::string_view output_schema, Version version) {
  if (output_schema.empty() || !has_structured(version)) return false;
  if (has_any_structure(version)) return true;
  const auto schema = parse_json(output_schema);
  const auto* type = schema ? member(*schema, "type") : nullptr;
  return type != nullptr && type->IsString() && view(*type) == "object";
}

std::string tool(const Face& face, Version version) {
  std::string json = "{";
  add_text(json, "name", face.name);
  if (has_titles(version)) add_text(json, "title", face.title);
  add_text(json, "description", face.description);
  add_member(json, "inputSchema", face.input_schema);
  if (may_be_listed(face.output_schema, version)) add_member(json, "outputSchema", face.output_schema);
  if (has_annotations(version)) add_member(json, "annotations", face.annotations);
  add_further(json, face, version);
  return json + '}';
}

std::string resource(const ResourceEntry& entry, std::string_view uri_key, Version version) {
  std::string json = "{";
  add_text(json, uri_key, entry.uri);
  add_text(json, "name", entry.name);
  if (has_titles(version)) add_text(json, "title", entry.title);
  add_text(json, "description", entry.description);
  add_text(json, "mimeType", entry.mime_type);
  add_member(json, "annotations", entry.annotations);
  add_further(json, entry, version);
  return json + '}';
}

std::string prompt(const PromptEntry& entry, Version version) {
  std::string json = "{";
  add_text(json, "name", entry.name);
  if (has_titles(version)) add_text(json, "title", entry.title);
  add_text(json, "description", entry.description);
  std::string arguments;
  for (const auto& argument : entry.arguments) {
    std::string one = "{";
    add_text(one, "name", argument.name);
    add_text(one, "description", argument.description);
    if (argument.required) add_member(one, "required", "true");
    arguments += (arguments.empty() ? "[" : ",") + one + '}';
  }
  if (!arguments.empty()) add_member(json, "arguments", arguments + ']');
  add_further(json, entry, version);
  return json + '}';
}

// spell: how one entry is spelt.
template <class Entry, class Spell>
RpcResult<std::string> page(const std::vector<Entry>& entries, std::string_view key, const JsonValue* params,
                            std::size_t page_size, Spell spell) {
  const auto page = page_of(params, entries.size(), page_size);
  if (!page) return tl::unexpected(page.error());
  auto json = "{\"" + std::string(key) + "\":[";
  for (auto i = page->from; i < page->to; ++i) {
    if (i != page->from) json += ',';
    json += spell(entries[i]);
  }
  return json + ']' + page->next + '}';
}

}  // namespace

RpcResult<std::string> tool_page(const std::vector<Face>& faces, const JsonValue* params,
                                 std::size_t page_size, Version version) {
  std::vector<const Face*> listed;
  for (const auto& face : faces) {
    if (face.listed) listed.push_back(&face);
  }
  return page(listed, "tools", params, page_size, [&](const Face* face) { return tool(*face, version); });
}

RpcResult<std::string> resource_page(const std::vector<ResourceEntry>& entries, std::string_view key,
                                     std::string_view uri_key, const JsonValue* params, std::size_t page_size,
                                     Version version) {
  return page(entries, key, params, page_size,
              [&](const ResourceEntry& entry) { return resource(entry, uri_key, version); });
}

RpcResult<std::string> prompt_page(const std::vector<PromptEntry>& entries, const JsonValue* params,
                                   std::size_t page_size, Version version) {
  return page(entries, "prompts", params, page_size,
              [&](const PromptEntry& entry) { return prompt(entry, version); });
}

}  // namespace dbmux::mcp

#include "operations/item_answers.hpp"

#include "base/text.hpp"
#include "operations/context.hpp"

namespace dbmux {

namespace {

constexpr std::size_t kMostValues = 100;

// Members of extra whose names the block has not: title, description, annotations, size, _meta.
void add_extra(std::string& block, const ContentRow& row) {
  if (row.extra.empty()) return;
  const auto extra = parse_json(row.extra);
  const auto own = parse_json(block + "}");
  if (!extra || !extra->IsObject() || !own) return;
  for (const auto& m : extra->GetObject())
    if (!own->HasMember(m.name)) add_member(block, view(m.name), to_json(m.value));
}

void add_payload(std::string& object, const ContentRow& row) {
  if (row.has_bytes)
    add_member(object, "blob", json_quote(base64(row.bytes)));
  else
    add_member(object, "text", json_quote(row.text));
}

std::string part_json(const ContentRow& row, std::string_view uri) {
  std::string part = "{";
  add_member(part, "uri", json_quote(row.uri.empty() ? uri : std::string_view(row.uri)));
  add_text_member(part, "mimeType", row.mime_type);
  add_payload(part, row);
  return part;
}

Error wrong(const ContentRow& row, std::string_view where) {
  return fail(Category::internal,
              "the plugin answered with '" + row.type + "', which has no place in " + std::string(where))
      .value();
}

Error without_uri(const ContentRow& row) {
  return fail(Category::internal, "the plugin answered with a " + row.type + " without uri").value();
}

Result<Content> block_of(const ContentRow& row, std::string_view where) {
  std::string block = "{";
  add_member(block, "type", json_quote(row.type));
  if (row.type == "text") {
    add_member(block, "text", json_quote(row.text));
  } else if (row.type == "image" || row.type == "audio") {
    if (!row.has_bytes || row.mime_type.empty())
      return fail(Category::internal,
                  "the plugin answered with " + row.type + " that lacks data or mime_type");
    add_member(block, "data", json_quote(base64(row.bytes)));
    add_member(block, "mimeType", json_quote(row.mime_type));
  } else if (row.type == "resource") {
    if (row.uri.empty()) return fail(without_uri(row));
    add_member(block, "resource", part_json(row, {}) + "}");
  } else if (row.type == "resource_link") {
    if (row.uri.empty()) return fail(without_uri(row));
    add_member(block, "uri", json_quote(row.uri));
    add_member(block, "name", json_quote(row.name.empty() ? row.uri : row.name));
    add_text_member(block, "mimeType", row.mime_type);
  } else {
    return fail(wrong(row, where));
  }
  add_extra(block, row);
  return Content{row.type, block + "}"};
}

}  // namespace

Result<bool> add_blocks(const std::vector<ContentRow>& rows, Answer& answer) {
  bool failed = false, first = true;
  for (const auto& row : rows) {
    if (row.type == "structured") {
      if (row.extra.empty())
        return fail(Category::internal, "the plugin answered with 'structured' that has no extra");
      answer.structured(row.extra);
      continue;
    }
    ContentRow block = row;
    if (row.type == "error") {
      failed = true;
      block.type = "text";
    }
    auto made = block_of(block, "a tool's answer");
    if (!made) return fail(made.error());
    if (first && block.type == "text" && block.extra.empty() && !block.text.empty())
      answer.text(block.text);
    else
      answer.content(std::move(*made));
    first = false;
  }
  return failed;
}

Result<void> add_parts(const std::vector<ContentRow>& rows, std::string_view uri, Answer& answer) {
  for (const auto& row : rows) {
    if (row.type != "resource" && row.type != "text") return fail(wrong(row, "a resource"));
    auto part = part_json(row, uri);
    add_extra(part, row);
    answer.content({"resource", part + "}"});
  }
  return {};
}

Result<void> add_messages(const std::vector<ContentRow>& rows, PromptAnswer& answer) {
  for (const auto& row : rows) {
    auto block = block_of(row, "a prompt");
    if (!block) return fail(block.error());
    const bool said = row.role == "assistant" || row.role == "user";
    if (!said && !row.role.empty())
      return fail(Category::internal,
                  "the plugin answered with a message of '" + row.role + "'; there are: user, assistant");
    answer.messages.push_back({row.role.empty() ? "user" : row.role, std::move(*block)});
  }
  return {};
}

void add_values(const std::vector<ContentRow>& rows, Completion& completion) {
  for (const auto& row : rows) {
    if (row.type != "value") continue;
    if (!row.extra.empty()) {
      const auto extra = parse_json(row.extra);
      const auto* total = extra ? member(*extra, "total") : nullptr;
      const auto* more = extra ? member(*extra, "hasMore") : nullptr;
      if (total && total->IsInt64()) completion.total = total->GetInt64();
      if (more && more->IsBool()) completion.has_more = more->GetBool();
    }
    if (completion.values.size() == kMostValues) {
      completion.has_more = true;
      break;
    }
    completion.values.push_back(row.text);
  }
}

}  // namespace dbmux

// SPDX-License-Identifier: MIT-0
#pragma once
// Tools, resources, prompts and completion of a plugin's own (dbmux.items/1): what a source overrides, and
// how it answers.
#include <dbmux/plugin.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "dbmux/kit/call.hpp"
#include "dbmux/kit/driver.hpp"
#include "dbmux/kit/rows_cursor.hpp"

namespace dbmux::kit {

namespace detail {
// nullptr: the host offers no items, and then asks for none.
inline const dbmux_host_items* host_items() {
  static const auto* table = static_cast<const dbmux_host_items*>(host->get_extension(host, DBMUX_EXT_ITEMS));
  return table;
}
}  // namespace detail

// A call of an item: what it may say, and ask, before it answers. As cheap to copy as a Call. [any]
class ItemCall : public Call {
 public:
  explicit ItemCall(const dbmux_call* raw) : Call(raw) {}

  void progress(double done, double total /* < 0 unknown */, std::string_view message = {}) const {
    detail::host_items()->progress(detail::host, raw(), done, total, str(message));
  }
  // mcp_level: debug info notice warning error critical alert emergency; json: any value.
  void log(const char* mcp_level, std::string_view json, std::string_view logger = {}) const {
    detail::host_items()->emit_log(detail::host, raw(), mcp_level, str(logger), str(json));
  }
  // The client's answer as JSON, valid until the item has answered. The failure is to be returned, after
  // whatever else there is to ask: E_NEED_INPUT, and the item is called again with the answers, or
  // E_UNSUPPORTED where the client cannot be asked this. Never waits.
  Result<std::string_view> ask(std::string_view key, std::string_view method, std::string_view params) const {
    dbmux_str answer{};
    const auto status =
        detail::host_items()->ask(detail::host, raw(), str(key), str(method), str(params), &answer);
    if (status == DBMUX_OK) return view(answer);
    if (status == DBMUX_E_NEED_INPUT) return fail(status, "an answer of the client is needed");
    return fail(status, "the client cannot answer " + std::string(method));
  }
  // What survives until the item is called again, and what has.
  Status keep(std::string_view state) const {
    const auto status = detail::host_items()->keep(detail::host, raw(), str(state));
    if (status != DBMUX_OK) return fail(status, "this cannot be kept with the client");
    return {};
  }
  std::string_view kept() const { return view(detail::host_items()->kept(detail::host, raw())); }
  void close_stream(std::int32_t retry_ms) const {
    detail::host_items()->close_stream(detail::host, raw(), retry_ms);
  }
};

// An error of the protocol instead of an answer; data: JSON, or "".
inline Failure protocol_error(std::int64_t code, std::string message, std::string data = {}) {
  return fail(DBMUX_E_INVALID, std::move(message))
      .flags(DBMUX_ERR_PROTOCOL)
      .code(code)
      .detail(std::move(data));
}

struct ItemAnswer {
  std::int32_t shape = DBMUX_SHAPE_ROWS;
  std::unique_ptr<Cursor> cursor;
};
using ItemResult = Result<ItemAnswer>;

// A table: the host applies its limits.
inline ItemAnswer rows(std::unique_ptr<Cursor> cursor) { return {DBMUX_SHAPE_ROWS, std::move(cursor)}; }

// Content, made whole and copied: return kit::Content().text("Done.").image(bytes, "image/png");
// extra: a JSON object of further members, or "".
class Content {
 public:
  Content()
      : rows_(std::make_unique<RowsCursor>(std::initializer_list<ColumnSpec>{{"type"},
                                                                             {"role"},
                                                                             {"text"},
                                                                             {"data", DBMUX_BYTES},
                                                                             {"uri"},
                                                                             {"name"},
                                                                             {"mime_type"},
                                                                             {"extra", DBMUX_JSON}})) {}

  Content&& text(std::string_view text, std::string_view extra = {}) && {
    return add("text", {.text = kit::text(text), .extra = extra});
  }
  Content&& image(std::string_view bytes, std::string_view mime_type, std::string_view extra = {}) && {
    return add("image", {.data = kit::bytes(bytes), .mime_type = mime_type, .extra = extra});
  }
  Content&& audio(std::string_view bytes, std::string_view mime_type, std::string_view extra = {}) && {
    return add("audio", {.data = kit::bytes(bytes), .mime_type = mime_type, .extra = extra});
  }
  // A part of a resource that is read, or a block that holds one.
  Content&& resource(std::string_view uri, std::string_view mime_type, std::string_view text) && {
    return add("resource", {.text = kit::text(text), .uri = uri, .mime_type = mime_type});
  }
  Content&& binary_resource(std::string_view uri, std::string_view mime_type, std::string_view bytes) && {
    return add("resource", {.data = kit::bytes(bytes), .uri = uri, .mime_type = mime_type});
  }
  Content&& link(std::string_view uri, std::string_view name, std::string_view mime_type = {},
                 std::string_view extra = {}) && {
    return add("resource_link", {.uri = uri, .name = name, .mime_type = mime_type, .extra = extra});
  }
  // What a machine reads; a tool says the same in text.
  Content&& structured(std::string_view json) && { return add("structured", {.extra = json}); }
  // The tool has failed, in these words.
  Content&& error(std::string_view text) && { return add("error", {.text = kit::text(text)}); }
  // One completion of what is being typed.
  Content&& value(std::string_view text, std::string_view extra = {}) && {
    return add("value", {.text = kit::text(text), .extra = extra});
  }
  // Whose message the next ones are, of a prompt: user or assistant.
  Content&& as(std::string_view role) && {
    role_ = role;
    return std::move(*this);
  }

  operator ItemAnswer() && { return {DBMUX_SHAPE_CONTENT, std::move(rows_)}; }

 private:
  struct Row {
    dbmux_value text{}, data{};
    std::string_view uri = {}, name = {}, mime_type = {}, extra = {};
  };
  static dbmux_value optional(std::string_view s) { return s.empty() ? null_value() : kit::text(s); }

  Content&& add(std::string_view type, const Row& row) {
    rows_->add({kit::text(type), optional(role_), row.text, row.data, optional(row.uri), optional(row.name),
                optional(row.mime_type), row.extra.empty() ? null_value() : kit::json(row.extra)});
    return std::move(*this);
  }

  std::unique_ptr<RowsCursor> rows_;
  std::string role_;
};

// A source class that also derives from Items offers them. arguments: a JSON object, as plugin.h says.
class Items {  // dbmux.items/1
 public:
  virtual ~Items() = default;

  virtual Result<std::string> describe(Call) = 0;  // {"tools":[…],"resources":[…],…}. [source]
  // connection: nullptr unless the description asks for one. The four below: [conn], or [any] without one.
  virtual ItemResult call_tool(ItemCall, Connection*, std::string_view name, std::string_view /*arguments*/) {
    return fail(DBMUX_E_NOT_FOUND, "there is no tool '" + std::string(name) + "'");
  }
  virtual ItemResult read_resource(ItemCall, Connection*, std::string_view uri,
                                   std::string_view /*variables*/) {
    return fail(DBMUX_E_NOT_FOUND, "there is no resource " + std::string(uri));
  }
  virtual ItemResult get_prompt(ItemCall, Connection*, std::string_view name,
                                std::string_view /*arguments*/) {
    return fail(DBMUX_E_NOT_FOUND, "there is no prompt '" + std::string(name) + "'");
  }
  virtual ItemResult complete(ItemCall, Connection*, std::string_view /*of*/, std::string_view /*request*/) {
    return ItemAnswer(Content());
  }

  // The description has changed for these items (DBMUX_ITEM_), or one resource has. [any]
  void changed(std::int32_t item, std::string_view uri = {}) {
    if (const auto* host_items = detail::host_items())
      host_items->changed(detail::host, reinterpret_cast<dbmux_source*>(dynamic_cast<Source*>(this)), item,
                          str(uri));
  }

  // Of the table in plugin.hpp: the text that describe() lent last.
  std::string described;
};

}  // namespace dbmux::kit

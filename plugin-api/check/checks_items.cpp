// SPDX-License-Identifier: MIT-0
// Items of a plugin: how they are described, and what becomes of a call.
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <set>

#include "check/checks.hpp"
#include "check/utf8.hpp"

namespace dbmux::check::checks {
namespace {

using Json = rapidjson::Value;
using rapidjson::Document;

constexpr std::size_t kMostDescription = std::size_t{1} << 20;
constexpr std::size_t kMostCalled = 20;  // of a kind
constexpr std::chrono::seconds kPatience{2};

const dbmux_ext_items* table_of(const Plugin& plugin) {
  const Within within("get_extension");
  return static_cast<const dbmux_ext_items*>(plugin.descriptor().get_extension(DBMUX_EXT_ITEMS));
}

std::string_view text_of(const Json& string) { return {string.GetString(), string.GetStringLength()}; }

const Json* member(const Json& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  const auto at = object.FindMember(name);
  return at == object.MemberEnd() ? nullptr : &at->value;
}

std::string text(const Json& object, const char* name) {
  const Json* value = member(object, name);
  return value && value->IsString() ? std::string(text_of(*value)) : std::string();
}

std::string json_text(const Json& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer out(buffer);
  value.Accept(out);
  return {buffer.GetString(), buffer.GetSize()};
}

// ---- descriptions

Document described(const Source& source, const dbmux_ext_items& table) {
  const LiveCall call(kPatience);
  dbmux_str json{};
  const auto outcome = run("items.describe", call, [&](dbmux_error* e) {
    return table.describe(source.raw(), call.raw(), &json, e);
  });
  expect(outcome.ok(), "describe() says what there is", outcome.said());
  expect(json.len <= kMostDescription, "a description is of 1 MiB at most",
         std::to_string(json.len) + " bytes");
  expect(readable(json.ptr, json.len), "a description can be read until the next describe()", "it cannot be");
  expect(!quotes_secret(view(json)), "no secret stands in a description", "one does");
  Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(json.ptr, json.len);
  expect(!document.HasParseError() && document.IsObject(), "a description is one JSON object in UTF-8",
         "\"" + printable(view(json), 60) + "\"");
  return document;
}

class Descriptions {
 public:
  explicit Descriptions(const Document& document) {
    for (const char* kind : {"tools", "resources", "resourceTemplates", "prompts"}) inspect(document, kind);
  }

 private:
  void inspect(const Document& document, const char* kind) {
    const Json* list = member(document, kind);
    if (!list) return;
    expect(list->IsArray(), std::string(kind) + " is a list", json_text(*list).substr(0, 60));
    seen_.clear();
    kind_ = kind;
    for (const auto& entry : list->GetArray()) {
      expect(entry.IsObject(), "each of " + kind_ + " is an object", json_text(entry).substr(0, 60));
      if (kind_ == "tools") tool(entry);
      if (kind_ == "prompts") prompt(entry);
      if (kind_ == "resources") address(text(entry, "uri"));
      if (kind_ == "resourceTemplates") address_template(text(entry, "uriTemplate"));
    }
  }

  void once(const std::string& name) {
    expect(seen_.insert(name).second, "each of " + kind_ + " is described once",
           "'" + printable(name) + "' twice");
  }

  void named(const Json& entry) {
    const auto name = text(entry, "name");
    const bool right =
        !name.empty() && name.size() <= 100 && std::all_of(name.begin(), name.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                 c == '.' || c == '-';
        });
    expect(right, "a name is 1 to 100 of letters, digits, '_', '.' and '-'",
           "\"" + printable(name, 60) + "\" of " + kind_, "The host puts the plugin's id and _ before it.");
    once(name);
  }

  void tool(const Json& entry) {
    named(entry);
    for (const char* key : {"inputSchema", "outputSchema"}) {
      const Json* schema = member(entry, key);
      if (!schema) continue;
      const std::string of = std::string(key) + " of '" + text(entry, "name") + "': ";
      expect(schema->IsObject() && (key[0] == 'o' || text(*schema, "type") == "object"),
             "an inputSchema is one of an object", of + json_text(*schema).substr(0, 60),
             "Write {\"type\":\"object\",…}.");
      const auto fault = fault_of_schema(*schema);
      expect(fault.empty(), "the schemas of a tool are JSON Schemas", of + fault);
    }
  }

  void prompt(const Json& entry) {
    named(entry);
    const Json* arguments = member(entry, "arguments");
    if (!arguments) return;
    const bool right =
        arguments->IsArray() && std::all_of(arguments->Begin(), arguments->End(),
                                            [](const Json& a) { return !text(a, "name").empty(); });
    expect(right, "the arguments of a prompt are a list of named objects",
           text(entry, "name") + ": " + json_text(*arguments).substr(0, 60));
  }

  void address(const std::string& uri) {
    const auto colon = uri.find(':');
    expect(colon != 0 && colon != std::string::npos, "an address has a scheme",
           "\"" + printable(uri, 60) + "\"");
    expect(!uri.starts_with("dbmux:") && !uri.starts_with("database:"),
           "an address is not of the host's schemes", "\"" + printable(uri, 60) + "\"");
    once(uri);
  }

  void address_template(const std::string& uri) {
    address(uri);
    std::string_view rest = uri;
    while (true) {
      const auto open = rest.find_first_of("{}");
      if (open == std::string_view::npos) return;
      const auto close = rest.find('}', open);
      const auto name = close == std::string_view::npos ? "" : rest.substr(open + 1, close - open - 1);
      const bool right = rest[open] == '{' && close != std::string_view::npos && !name.empty() &&
                         name.find_first_of("{?&#/;*,:") == std::string_view::npos;
      expect(right, "a template is made of text, {name} and {+name}", "\"" + printable(uri, 60) + "\"");
      rest.remove_prefix(close + 1);
    }
  }

  std::string kind_;
  std::set<std::string> seen_;
};

// ---- calls

constexpr std::array<std::string_view, 8> kTypes{"text",          "image",      "audio", "resource",
                                                 "resource_link", "structured", "error", "value"};

struct Item {
  std::int32_t kind;
  std::string name;
  bool leases = false;
};

bool wants_session(const Json& entry) {
  const Json* meta = member(entry, "_meta");
  const Json* lease = meta ? member(*meta, "dbmux/lease") : nullptr;
  return lease && lease->IsTrue();
}

class Caller {
 public:
  Caller(const Source& source, Conn& conn, const dbmux_ext_items& table)
      : source_(source), conn_(conn), table_(table) {}

  // Ends the check where the answer, or the refusal, is not what the header asks for.
  dbmux_status call(const Item& item, const std::string& arguments, const LiveCall& call,
                    dbmux_status to_questions = DBMUX_E_UNSUPPORTED) {
    what_ = "invoke() of '" + printable(item.name, 60) + "' with " + printable(arguments, 60);
    dbmux_cursor* cursor = nullptr;
    std::int32_t shape = DBMUX_SHAPE_ROWS;
    Outcome outcome;
    {
      const Invoking now(call, to_questions);
      Lent lent(item.name.size() + arguments.size() + 256);
      const auto name = lent.copy(item.name), given = lent.copy(arguments);
      outcome = run("items.invoke", call, [&](dbmux_error* e) {
        return table_.invoke(source_.raw(), item.leases ? conn_.raw() : nullptr, call.raw(), item.kind, name,
                             given, &shape, &cursor, e);
      });
      expect(outcome.status != DBMUX_E_NEED_INPUT || (now.asked() && to_questions == DBMUX_E_NEED_INPUT),
             "E_NEED_INPUT is returned after ask() said so", what_ + ": nothing was asked");
    }
    if (!outcome.ok()) {
      expect(cursor == nullptr, "invoke() gives a cursor or an error, never both",
             what_ + ": " + outcome.said());
      dead_ = dead_ || (item.leases && (outcome.error.flags & DBMUX_ERR_CONN_DEAD) != 0);
      return outcome.status;
    }
    expect(cursor != nullptr, "invoke() gives a cursor when it says OK", what_ + ": NULL");
    expect(shape == DBMUX_SHAPE_ROWS || shape == DBMUX_SHAPE_CONTENT,
           "the shape of an answer is ROWS or CONTENT", what_ + ": " + std::to_string(shape));
    expect(shape == DBMUX_SHAPE_CONTENT || item.kind == DBMUX_ITEM_TOOL, "only a tool answers with ROWS",
           what_);
    return read_answer(call, cursor, shape == DBMUX_SHAPE_CONTENT);
  }

  dbmux_status call(const Item& item, const std::string& arguments,
                    dbmux_status to_questions = DBMUX_E_UNSUPPORTED) {
    const LiveCall live(kPatience);
    return call(item, arguments, live, to_questions);
  }

  void session_lives() {
    if (dead_) return;
    const auto pong = conn_.ping();
    expect(pong.ok(), "a session lives on after its items were called", "ping: " + pong.said());
  }

 private:
  dbmux_status read_answer(const LiveCall& call, dbmux_cursor* cursor, bool content) {
    std::vector<std::string> names;
    Query query{.language = {}, .text = {}, .inspect = true};
    if (content) query.row = [&](std::span<const dbmux_value> row) { inspect(names, row); };
    const auto answer = read(conn_, call, cursor, query, &names);
    return answer.outcome.status;
  }

  void inspect(const std::vector<std::string>& names, std::span<const dbmux_value> row) const {
    const auto cell = [&](std::string_view name) -> std::string_view {
      const auto at = std::find(names.begin(), names.end(), name);
      if (at == names.end()) return {};
      const auto& value = row[static_cast<std::size_t>(at - names.begin())];
      const bool text = value.kind == DBMUX_TEXT || value.kind == DBMUX_JSON || value.kind == DBMUX_BYTES;
      return text && value.len > 0 ? std::string_view(value.u.ptr, value.len) : std::string_view();
    };
    expect(std::find(names.begin(), names.end(), "type") != names.end(), "content has a column 'type'",
           what_);
    const auto type = cell("type"), role = cell("role"), extra = cell("extra");
    expect(std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end(),
           "type of content is one of those in plugin.h", what_ + ": \"" + printable(type, 60) + "\"");
    expect(role.empty() || role == "user" || role == "assistant", "a role is user or assistant",
           what_ + ": \"" + printable(role, 60) + "\"");
    Document document;
    document.Parse(extra.data() ? extra.data() : "", extra.size());
    expect(extra.empty() || (!document.HasParseError() && (document.IsObject() || type == "structured")),
           "extra is a JSON object", what_ + ": \"" + printable(extra, 60) + "\"");
    expect(type != "structured" || !extra.empty(), "structured content stands in extra", what_);
  }

  const Source& source_;
  Conn& conn_;
  const dbmux_ext_items& table_;
  std::string what_;
  bool dead_ = false;
};

// Arguments that no schema of this tool allows, or few.
std::string wrong_arguments(const Json& tool) {
  std::string json = R"({"dbmux_check_unknown":[1])";
  const Json* schema = member(tool, "inputSchema");
  const Json* properties = schema ? member(*schema, "properties") : nullptr;
  if (properties && properties->IsObject())
    for (const auto& p : properties->GetObject())
      json += "," + json_text(p.name) + (text(p.value, "type") == "string" ? R"(:{"a":[]})" : R"(:"a text")");
  return json + "}";
}

bool writes(const Json& tool) {
  const Json* annotations = member(tool, "annotations");
  const Json* reads = annotations ? member(*annotations, "readOnlyHint") : nullptr;
  return reads && reads->IsFalse();
}

void call_tools(Caller& caller, const Json& tools) {
  std::size_t called = 0;
  for (const auto& tool : tools.GetArray()) {
    if (writes(tool) || ++called > kMostCalled) continue;
    const Item item{DBMUX_ITEM_TOOL, text(tool, "name"), wants_session(tool)};
    for (const auto& arguments : {std::string("{}"), wrong_arguments(tool)}) {
      caller.call(item, arguments);
      caller.call(item, arguments, DBMUX_E_NEED_INPUT);
    }
    const LiveCall late(std::chrono::milliseconds(-1));
    const auto when_late = caller.call(item, "{}", late);
    expect(when_late == DBMUX_E_TIMEOUT, "a call whose deadline has passed ends with E_TIMEOUT",
           item.name + ": " + category_name(when_late), "Ask when invoke() begins.");
    LiveCall cancelled(kPatience);
    cancelled.cancel();
    const auto when_cancelled = caller.call(item, "{}", cancelled);
    expect(when_cancelled == DBMUX_E_CANCELLED,
           "a call that is cancelled before it begins ends with E_CANCELLED",
           item.name + ": " + category_name(when_cancelled), "Ask when invoke() begins.");
  }
}

void call_prompts(Caller& caller, const Json& prompts) {
  std::size_t called = 0;
  for (const auto& prompt : prompts.GetArray()) {
    if (++called > kMostCalled) return;
    const Item item{DBMUX_ITEM_PROMPT, text(prompt, "name"), wants_session(prompt)};
    std::string all;
    const Json* arguments = member(prompt, "arguments");
    for (std::size_t i = 0; arguments && i < arguments->Size(); ++i) {
      const auto name = json_text((*arguments)[static_cast<rapidjson::SizeType>(i)]["name"]);
      all += (all.empty() ? "" : ",") + name + ":\"x\"";
      caller.call({DBMUX_ITEM_COMPLETION, item.name, item.leases},
                  R"({"ref":"prompt","argument":)" + name + R"(,"value":"x","context":{}})");
    }
    for (const auto& given : {std::string("{}"), "{" + all + "}"}) caller.call(item, given);
  }
}

void call_resources(Caller& caller, const Json& resources) {
  std::size_t called = 0;
  for (const auto& resource : resources.GetArray()) {
    if (++called > kMostCalled) return;
    caller.call({DBMUX_ITEM_RESOURCE, text(resource, "uri"), wants_session(resource)}, "{}");
  }
}

}  // namespace

void items(const Bench& bench) {
  const auto* table = table_of(bench.plugin);
  const bool says = (bench.plugin.descriptor().flags & DBMUX_PLUGIN_HAS_ITEMS) != 0;
  expect(says == (table != nullptr), "DBMUX_PLUGIN_HAS_ITEMS is set where " DBMUX_EXT_ITEMS " is offered",
         says ? "it is set, and there is no table" : "it is not set: no host will ask for them");
  if (!table) pass();
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  const auto first = described(source, *table);
  const Descriptions inspected(first);
  const auto changes = item_changes();
  const auto second = described(source, *table);
  expect(first == second || item_changes() != changes, "items are described alike, until changed() is called",
         "another description the second time");
  pass();
}

void items_called(const Bench& bench) {
  const auto* table = table_of(bench.plugin);
  if (!table) pass();
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  const auto all = described(source, *table);
  Caller caller(source, conn, *table);
  for (const auto kind : {DBMUX_ITEM_TOOL, DBMUX_ITEM_RESOURCE, DBMUX_ITEM_PROMPT}) {
    const auto unknown = caller.call({kind, "dbmux-check:unknown"}, "{}");
    expect(unknown != DBMUX_OK, "an item that was never described is refused", "OK");
  }
  if (const Json* tools = member(all, "tools")) call_tools(caller, *tools);
  if (const Json* prompts = member(all, "prompts")) call_prompts(caller, *prompts);
  if (const Json* resources = member(all, "resources")) call_resources(caller, *resources);
  caller.session_lives();
  pass();
}

}  // namespace dbmux::check::checks

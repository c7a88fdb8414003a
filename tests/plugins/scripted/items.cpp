#include "items.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace scripted {
namespace {

using Json = rapidjson::Value;

const dbmux_host_items* host_items() {
  return static_cast<const dbmux_host_items*>(host->get_extension(host, DBMUX_EXT_ITEMS));
}

// ---- what is there

constexpr const char* kTools = R"(
{"name":"run","title":"Run","description":"Does what its lines say.","inputSchema":{"type":"object","properties":{"script":{"type":"string"}},"required":["script"],"additionalProperties":false}},
{"name":"run_leased","description":"The same, on a session.","inputSchema":{"type":"object","properties":{"script":{"type":"string"}},"required":["script"]},"_meta":{"dbmux/lease":true,"scripted/kept":1}},
{"name":"change","description":"Changes something.","inputSchema":{"type":"object","properties":{"script":{"type":"string"}}},"annotations":{"readOnlyHint":false},"_meta":{"dbmux/lease":true}},
{"name":"kinds","description":"One of each kind of content.","inputSchema":{"type":"object"},"outputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}})";

constexpr const char* kOthers = R"(],
"resources":[{"uri":"scripted://text","name":"text","description":"A text","mimeType":"text/plain"},
{"uri":"scripted://bytes","name":"bytes","mimeType":"application/octet-stream"},
{"uri":"scripted://session","name":"session","mimeType":"text/plain","_meta":{"dbmux/lease":true}}],
"resourceTemplates":[{"uriTemplate":"scripted://greeting/{name}/{+rest}","name":"greeting","mimeType":"text/plain"}],
"prompts":[{"name":"greet","title":"Greet","description":"Greets somebody","arguments":[{"name":"name","description":"whom","required":true},{"name":"tone"}]}]})";

std::string description(dbmux_source& source) {
  const std::lock_guard lock(source.mutex);
  std::string json = std::string(R"({"tools":[)") + kTools;
  for (const auto& name : source.offered)
    json += R"(,{"name":")" + name + R"(","description":"Offered","inputSchema":{"type":"object"}})";
  return json + kOthers;
}

dbmux_status describe(dbmux_source* source, const dbmux_call* call, dbmux_str* json,
                      dbmux_error* error) noexcept {
  source->count("describes");
  dbmux_status status = DBMUX_OK;
  if (source->fails("describe", error, status)) return status;
  const auto until = host->now_ns(host) + source->options.describe_delay_ms * 1'000'000;
  while (host->now_ns(host) < until) {
    if (!source->options.describe_deaf && host->now_ns(host) >= call->deadline_ns)
      return fail(error, DBMUX_E_TIMEOUT, "ran out of time while describing");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  source->described = source->options.items.empty() ? description(*source) : source->options.items;
  *json = str(source->described);
  return DBMUX_OK;
}

// ---- content

struct Block {
  std::string type, role, text, data, uri, name, mime_type, extra;
  bool has_data = false;
};

void add_cell(Cells& out, const std::string& text, int kind = DBMUX_TEXT) {
  if (text.empty())
    out.null();
  else
    out.text(kind, text);
}

Result content_of(std::vector<Block> blocks) {
  Result r;
  for (const char* name : {"type", "role", "text", "data", "uri", "name", "mime_type", "extra"})
    r.columns.push_back({.name = name, .type = "text", .origin = ""});
  r.rows = static_cast<std::int64_t>(blocks.size());
  r.fill = [blocks = std::move(blocks)](std::int64_t row, Cells& out) {
    const Block& b = blocks[static_cast<std::size_t>(row)];
    out.text(DBMUX_TEXT, b.type);
    add_cell(out, b.role);
    add_cell(out, b.text);
    if (b.has_data)
      out.text(DBMUX_BYTES, b.data);
    else
      out.null();
    add_cell(out, b.uri);
    add_cell(out, b.name);
    add_cell(out, b.mime_type);
    add_cell(out, b.extra, DBMUX_JSON);
  };
  return r;
}

Block text_block(std::string text) {
  Block b;
  b.type = "text";
  b.text = std::move(text);
  return b;
}

std::string text_member(const Json& object, const char* key) {
  const auto at = object.IsObject() ? object.FindMember(key) : Json::ConstMemberIterator();
  if (!object.IsObject() || at == object.MemberEnd()) return {};
  return at->value.IsString() ? std::string(at->value.GetString(), at->value.GetStringLength())
                              : to_text(at->value);
}

Block block_of(const Json& json) {
  Block b;
  b.type = text_member(json, "type");
  b.role = text_member(json, "role");
  b.text = text_member(json, "text");
  b.data = text_member(json, "data");
  b.has_data = json.IsObject() && json.HasMember("data");
  b.uri = text_member(json, "uri");
  b.name = text_member(json, "name");
  b.mime_type = text_member(json, "mime_type");
  b.extra = text_member(json, "extra");
  return b;
}

std::vector<Block> one_of_each() {
  std::vector<Block> blocks{text_block("one of each")};
  const auto add = [&](const char* json) {
    rapidjson::Document d;
    d.Parse(json);
    blocks.push_back(block_of(d));
  };
  add(R"({"type":"image","data":"png","mime_type":"image/png"})");
  add(R"({"type":"audio","data":"wav","mime_type":"audio/wav","extra":{"annotations":{"priority":1}}})");
  add(R"({"type":"resource","uri":"scripted://text","mime_type":"text/plain","text":"the text"})");
  add(R"({"type":"resource","uri":"scripted://bytes","data":"ab"})");
  add(R"({"type":"resource_link","uri":"scripted://bytes","name":"bytes","mime_type":"application/octet-stream","extra":{"title":"Bytes","type":"never"}})");
  add(R"({"type":"structured","extra":{"kinds":6}})");
  return blocks;
}

// ---- the lines of a tool

struct Invoked {
  dbmux_source* source;
  dbmux_conn* conn;
  const dbmux_call* call;
  std::vector<Block> blocks{};
  std::string rest{};  // lines that make a table, for the language of statements
  dbmux_status missing = DBMUX_OK;
};

dbmux_status wait(const Invoked& in, std::int64_t ms, dbmux_error* error) {
  if (in.conn) return in.conn->pause(in.call, ms, error);
  const auto until = ms < 0 ? INT64_MAX : host->now_ns(host) + ms * 1'000'000;
  while (host->now_ns(host) < until) {
    if (host->is_cancelled(host, in.call)) return fail(error, DBMUX_E_CANCELLED, "cancelled");
    if (host->now_ns(host) >= in.call->deadline_ns) return fail(error, DBMUX_E_TIMEOUT, "ran out of time");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return DBMUX_OK;
}

void ask(Invoked& in, std::string_view rest) {
  const std::string key(next_word(rest)), method(next_word(rest));
  dbmux_str answer{};
  const auto status = host_items()->ask(host, in.call, str(key), str(method), str(rest), &answer);
  if (status == DBMUX_OK)
    in.blocks.push_back(text_block(key + "=" + std::string(view(answer))));
  else
    in.missing = status;
}

dbmux_status leak(Invoked& in, const std::string& name, dbmux_error* error) {
  char buffer[256];
  std::size_t n = 0;
  const auto status = host->secret(host, in.call, str(name), buffer, sizeof buffer, &n, error);
  if (status != DBMUX_OK) return status;
  in.blocks.push_back(text_block("the secret is " + std::string(buffer, n)));
  if (host_items()->keep(host, in.call, {buffer, n}) != DBMUX_OK) in.blocks.push_back(text_block("not kept"));
  host_items()->progress(host, in.call, 1, -1, {buffer, n});
  return DBMUX_OK;
}

void change_offers(Invoked& in, const std::string& name, bool offered) {
  {
    const std::lock_guard lock(in.source->mutex);
    std::erase(in.source->offered, name);
    if (offered) in.source->offered.push_back(name);
  }
  for (const int item : {DBMUX_ITEM_TOOL, DBMUX_ITEM_PROMPT})
    host_items()->changed(host, in.source, item, {"", 0});
}

dbmux_status run_line(Invoked& in, const Step& step, dbmux_error* error) {
  const auto* items = host_items();
  std::string_view rest = step.argument;
  if (step.word == "text") {
    in.blocks.push_back(text_block(step.argument));
  } else if (step.word == "block") {
    rapidjson::Document d;
    d.Parse(step.argument.c_str());
    in.blocks.push_back(block_of(d));
  } else if (step.word == "progress") {
    const auto done = number(next_word(rest), 0), total = number(next_word(rest), -1);
    items->progress(host, in.call, static_cast<double>(done), static_cast<double>(total), str(rest));
  } else if (step.word == "say") {
    const std::string level(next_word(rest));
    items->emit_log(host, in.call, level.c_str(), str("scripted"), str(rest));
  } else if (step.word == "ask") {
    ask(in, rest);
  } else if (step.word == "keep") {
    items->keep(host, in.call, str(rest));
  } else if (step.word == "kept") {
    in.blocks.push_back(text_block("kept=" + std::string(view(items->kept(host, in.call)))));
  } else if (step.word == "delay") {
    return wait(in, number(rest, 0), error);
  } else if (step.word == "block-until-cancelled") {
    return wait(in, -1, error);
  } else if (step.word == "offer" || step.word == "withdraw") {
    change_offers(in, step.argument, step.word == "offer");
  } else if (step.word == "touch") {
    items->changed(host, in.source, DBMUX_ITEM_RESOURCE, str(rest));
  } else if (step.word == "leak") {
    return leak(in, step.argument, error);
  } else if (step.word == "need-input") {
    return fail(error, DBMUX_E_NEED_INPUT, "nothing was asked");
  } else if (step.word == "error") {
    const auto e = parse_error(step.argument);
    if (!e) return fail(error, DBMUX_E_SYNTAX, "error takes a JSON object");
    if ((e->flags & DBMUX_ERR_CONN_DEAD) && in.conn) in.conn->dead = true;
    return e->raise(error);
  } else if (!in.conn && step.word != "result") {
    return fail(error, DBMUX_E_SYNTAX, "without a session there is no such word: " + step.word);
  } else {
    in.rest += step.word == "result" ? step.argument : step.word + " " + step.argument;
    in.rest += '\n';
  }
  return DBMUX_OK;
}

dbmux_status answer(Invoked& in, Result content, std::int32_t* shape, dbmux_cursor** out) {
  *shape = DBMUX_SHAPE_CONTENT;
  *out = cursor_of(in.conn, in.call, std::move(content), 0, 2);
  return DBMUX_OK;
}

bool is_tool(dbmux_source& source, std::string_view name) {
  const std::lock_guard lock(source.mutex);
  return name == "run" || name == "run_leased" || name == "change" || name == "kinds" ||
         std::find(source.offered.begin(), source.offered.end(), name) != source.offered.end();
}

dbmux_status run_tool(Invoked& in, std::string_view name, const Json& arguments, std::int32_t* shape,
                      dbmux_cursor** out, dbmux_error* error) {
  if (!is_tool(*in.source, name)) return fail(error, DBMUX_E_NOT_FOUND, "there is no such tool");
  if (name == "kinds") return answer(in, content_of(one_of_each()), shape, out);
  const auto script = text_member(arguments, "script");
  if (script.empty() && name.starts_with("run")) return fail(error, DBMUX_E_INVALID, "there is no script");
  if (name == "change")
    in.blocks.push_back(
        text_block("changed on a session for " +
                   std::string((in.conn->flags & DBMUX_CONN_READ_ONLY) ? "reading" : "writing")));
  for (const auto& step : parse_script(script))
    if (const auto status = run_line(in, step, error); status != DBMUX_OK) return status;
  if (in.missing != DBMUX_OK) return fail(error, in.missing, "an answer is missing");
  if (in.rest.empty()) return answer(in, content_of(std::move(in.blocks)), shape, out);
  *shape = DBMUX_SHAPE_ROWS;
  auto cursor = std::make_unique<dbmux_cursor>(in.conn, in.call, 0, 256);
  cursor->script(in.rest);
  bool found = false;
  if (const auto status = cursor->advance(in.call, found, error); status != DBMUX_OK) return status;
  *out = cursor.release();
  return DBMUX_OK;
}

// ---- the others

dbmux_status read(Invoked& in, std::string_view uri, const Json& variables, std::int32_t* shape,
                  dbmux_cursor** out, dbmux_error* error) {
  Block b;
  b.type = "resource";
  b.mime_type = "text/plain";
  if (uri == "scripted://text") {
    b.text = "the text";
  } else if (uri == "scripted://bytes") {
    b.mime_type.clear();
    b.data = std::string("a\0b", 3);
    b.has_data = true;
    b.uri = uri;
  } else if (uri == "scripted://session") {
    b.text = in.conn ? "on a session" : "on none";
  } else if (uri.starts_with("scripted://greeting/nobody/")) {
    return fail(error, DBMUX_E_NOT_FOUND, "nobody is not to be greeted");
  } else if (uri.starts_with("scripted://greeting/")) {
    b.text = "hello " + text_member(variables, "name") + ", " + text_member(variables, "rest");
  } else {
    return fail(error, DBMUX_E_NOT_FOUND, "there is no such resource");
  }
  return answer(in, content_of({b}), shape, out);
}

dbmux_status prompt(Invoked& in, std::string_view name, const Json& arguments, std::int32_t* shape,
                    dbmux_cursor** out, dbmux_error* error) {
  if (name != "greet") return fail(error, DBMUX_E_NOT_FOUND, "there is no such prompt");
  auto first = text_block("Greet " + text_member(arguments, "name") + ".");
  auto second = text_block("With pleasure" +
                           (arguments.HasMember("tone") ? ", " + text_member(arguments, "tone") : "") + ".");
  second.role = "assistant";
  return answer(in, content_of({first, second}), shape, out);
}

dbmux_status complete(Invoked& in, const Json& request, std::int32_t* shape, dbmux_cursor** out) {
  std::vector<Block> values;
  const auto typed = text_member(request, "value");
  for (const char* tone : {"formal", "friendly", "flat"}) {
    if (text_member(request, "argument") != "tone" || !std::string_view(tone).starts_with(typed)) continue;
    Block b;
    b.type = "value";
    b.text = tone;
    if (values.empty()) b.extra = R"({"total":3,"hasMore":false})";
    values.push_back(std::move(b));
  }
  return answer(in, content_of(std::move(values)), shape, out);
}

dbmux_status invoke(dbmux_source* source, dbmux_conn* conn, const dbmux_call* call, std::int32_t item,
                    dbmux_str name, dbmux_str arguments, std::int32_t* shape, dbmux_cursor** out,
                    dbmux_error* error) noexcept {
  source->count("invokes");
  if (host->now_ns(host) >= call->deadline_ns)
    return fail(error, DBMUX_E_TIMEOUT, "the call had run out of time");
  if (host->is_cancelled(host, call)) return fail(error, DBMUX_E_CANCELLED, "the call had been cancelled");
  if (conn)
    if (const auto status = enter(conn, "invoke", error); status != DBMUX_OK) return status;
  rapidjson::Document given;
  given.Parse(std::string(view(arguments)).c_str());
  if (given.HasParseError() || !given.IsObject())
    return fail(error, DBMUX_E_INVALID, "the arguments are not a JSON object");
  Invoked in{source, conn, call};
  if (conn) conn->start(call->id);
  dbmux_status status = DBMUX_E_UNSUPPORTED;
  if (item == DBMUX_ITEM_TOOL)
    status = run_tool(in, view(name), given, shape, out, error);
  else if (item == DBMUX_ITEM_RESOURCE)
    status = read(in, view(name), given, shape, out, error);
  else if (item == DBMUX_ITEM_PROMPT)
    status = prompt(in, view(name), given, shape, out, error);
  else if (item == DBMUX_ITEM_COMPLETION)
    status = complete(in, given, shape, out);
  else
    return fail(error, DBMUX_E_UNSUPPORTED, "there are no such items");
  if (status != DBMUX_OK && conn) conn->finish();
  return status;
}

constexpr dbmux_ext_items kItems{sizeof(dbmux_ext_items), 0, describe, invoke};

}  // namespace

const dbmux_ext_items* items_extension() { return &kItems; }

}  // namespace scripted

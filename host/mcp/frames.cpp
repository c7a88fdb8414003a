#include "mcp/frames.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include "mcp/content.hpp"
#include "mcp/era.hpp"

namespace dbmux::mcp {
namespace {

void begin(Output& out, std::string_view id, std::string_view member) {
  out.append(R"({"jsonrpc":"2.0","id":)");
  out.append(id);
  out.append(member);
}

void append_number(Output& out, double number) {
  char digits[32];
  const auto end =
      std::to_chars(std::begin(digits), std::end(digits), std::isfinite(number) ? number : 0.0).ptr;
  out.append({digits, static_cast<std::size_t>(end - digits)});
}

constexpr std::string_view kContents = R"({"contents":[)";
constexpr std::string_view kTextItem = R"({"type":"text","text":")";

void append_contents(Output& out, const Answer& answer, Version version, bool separate) {
  for (const auto& item : answer.contents()) {
    if (separate) out.append(',');
    append_item(out, version, item);
    separate = true;
  }
}

std::string_view caching_members(Caching caching) {
  switch (caching) {
    case Caching::none:
      return "";
    case Caching::list:
      return R"(,"ttlMs":60000,"cacheScope":"private")";
    case Caching::fresh:
      return R"(,"ttlMs":0,"cacheScope":"private")";
  }
  return "";
}

using MetaMembers = std::vector<std::pair<std::string, std::string>>;

// The last members of a result.
void append_end(Output& out, const Style& style, Caching caching, const MetaMembers& meta) {
  char separator = '{';
  if (is_stateless(style.version)) {
    out.append(R"(,"resultType":"complete")");
    out.append(caching_members(caching));
    out.append(R"(,"_meta":{")");
    out.append(kServerInfoKey);
    out.append("\":");
    out.append(style.identity);
    separator = ',';
  } else if (!meta.empty()) {
    out.append(R"(,"_meta":)");
  } else {
    return;
  }
  for (const auto& [key, value] : meta) {
    out.append(separator);
    out.append(json_quote(key));
    out.append(':');
    out.append(value);
    separator = ',';
  }
  out.append('}');
}

}  // namespace

void write_result(Output& out, std::string_view id, std::string_view result) {
  begin(out, id, R"(,"result":)");
  out.append(result);
  out.append("}\n");
}

void write_error(Output& out, std::string_view id, const RpcError& error) {
  begin(out, id, R"(,"error":{"code":)");
  out.append(std::to_string(error.code));
  out.append(R"(,"message":)");
  out.append(json_quote(error.message));
  if (!error.data.empty()) {
    out.append(R"(,"data":)");
    out.append(error.data);
  }
  out.append("}}\n");
}

void write_notification(Output& out, std::string_view method, std::string_view params) {
  out.append(R"({"jsonrpc":"2.0","method":")");
  out.append(method);
  out.append('"');
  if (!params.empty()) {
    out.append(R"(,"params":)");
    out.append(params);
  }
  out.append("}\n");
}

void write_request(Output& out, std::string_view id, std::string_view method, std::string_view params) {
  begin(out, id, R"(,"method":")");
  out.append(method);
  out.append('"');
  if (!params.empty()) {
    out.append(R"(,"params":)");
    out.append(params);
  }
  out.append("}\n");
}

void write_progress(Output& out, std::string_view token, double done, double total,
                    std::string_view message) {
  out.append(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)");
  out.append(token);
  out.append(R"(,"progress":)");
  append_number(out, done);
  if (total >= 0) {
    out.append(R"(,"total":)");
    append_number(out, total);
  }
  if (!message.empty()) {
    out.append(R"(,"message":)");
    out.append(json_quote(message));
  }
  out.append("}}\n");
}

void write_log(Output& out, std::string_view level, std::int64_t code, std::string_view text) {
  out.append(R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":")");
  out.append(level);
  out.append(R"(","logger":"dbmux","data":{"message":)");
  out.append(json_quote(text));
  if (code != 0) {
    out.append(R"(,"code":)");
    out.append(std::to_string(code));
  }
  out.append("}}}\n");
}

void write_record(Output& out, std::string_view level, std::string_view logger, std::string_view data) {
  out.append(R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":")");
  out.append(level);
  out.append(R"(","logger":)");
  out.append(json_quote(logger.empty() ? "dbmux" : logger));
  out.append(R"(,"data":)");
  out.append(data);
  out.append("}}\n");
}

std::string completed(std::string result, const Style& style, Caching caching) {
  if (!is_stateless(style.version)) return result;
  result.pop_back();
  Output end;
  append_end(end, style, caching, {});
  auto members = end.take_string();
  if (result.ends_with('{')) members.erase(0, 1);
  return result + members + '}';
}

std::string subscription_meta(std::string_view id) {
  return R"("_meta":{")" + std::string(kSubscriptionIdKey) + "\":" + std::string(id) + '}';
}

std::string subscription_result(std::string_view id, std::string_view identity) {
  return R"({"resultType":"complete","_meta":{")" + std::string(kSubscriptionIdKey) +
         "\":" + std::string(id) + ",\"" + std::string(kServerInfoKey) + "\":" + std::string(identity) + "}}";
}

std::string implementation(std::string_view name, std::string_view title, std::string_view version) {
  auto json = R"({"name":)" + json_quote(name);
  if (!title.empty()) json += R"(,"title":)" + json_quote(title);
  if (!version.empty()) json += R"(,"version":)" + json_quote(version);
  return json + '}';
}

void begin_tool_result(Output& out, std::string_view id) {
  begin(out, id, R"(,"result":{"content":[)");
  out.append(kTextItem);
}

void end_tool_result(Output& out, const Answer& answer, bool is_error, const Style& style) {
  const bool text = answer.has_text() || answer.contents().empty();
  if (text)
    out.append(R"("})");
  else
    out.truncate(answer.start() - kTextItem.size());
  bool separate = text;
  for (const auto& block : answer.blocks()) {
    out.append(separate ? R"(,{"type":"text","text":)" : R"({"type":"text","text":)");
    out.append(json_quote(block));
    out.append('}');
    separate = true;
  }
  append_contents(out, answer, style.version, separate);
  out.append(']');
  if (!answer.structured().empty() && is_structure(style.version, answer.structured())) {
    out.append(R"(,"structuredContent":)");
    out.append(answer.structured());
  }
  if (is_error) out.append(R"(,"isError":true)");
  append_end(out, style, Caching::none, answer.meta());
  out.append("}}\n");
}

void write_tool_error(Output& out, std::string_view id, std::string_view text, const Style& style) {
  begin_tool_result(out, id);
  Answer answer(out, Depth::in_string);
  answer.text(text);
  end_tool_result(out, answer, true, style);
}

void begin_contents(Output& out, std::string_view id, std::string_view uri) {
  begin(out, id, R"(,"result":)");
  out.append(kContents);
  out.append(R"({"uri":)");
  out.append(json_quote(uri));
  out.append(R"(,"mimeType":"application/json","text":")");
}

void end_contents(Output& out, std::string_view id, const Answer& answer, const Style& style) {
  if (answer.contents().empty()) {
    out.append("\"}]");
  } else {
    out.truncate(0);
    begin(out, id, R"(,"result":)");
    out.append(kContents);
    for (char separator = '\0'; const auto& item : answer.contents()) {
      if (std::exchange(separator, ',') != '\0') out.append(',');
      out.append(item.json);
    }
    out.append(']');
  }
  append_end(out, style, Caching::fresh, answer.meta());
  out.append("}}\n");
}

}  // namespace dbmux::mcp

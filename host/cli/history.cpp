#include <cstdio>

#include "base/json.hpp"
#include "cli/host.hpp"
#include "cli/table.hpp"
#include "store/history_folder.hpp"

namespace dbmux {

namespace {

std::string or_null(const std::string& text) { return text.empty() ? "null" : json_quote(text); }

std::string call_json(const KeptCall& call) {
  std::string json = "{\"at\":" + json_quote(call.at);
  json += ",\"operation\":" + json_quote(call.operation) + ",\"connection\":" + or_null(call.connection);
  json += ",\"statement\":" + or_null(call.statement) + ",\"ms\":" + std::to_string(call.ms);
  json += ",\"rows\":" + (call.rows < 0 ? std::string("null") : std::to_string(call.rows));
  json += ",\"error\":" + or_null(call.error);
  if (!call.who.empty()) json += ",\"who\":" + json_quote(call.who);
  return json + "}";
}

// Newest first, as query_history answers.
std::string as_json(const History& history) {
  std::string json;
  for (auto call = history.calls.rbegin(); call != history.calls.rend(); ++call)
    json += (json.empty() ? "" : ",") + call_json(*call);
  return "{\"calls\":[" + json + "],\"not_kept\":" + std::to_string(history.not_kept) +
         ",\"damaged\":" + std::to_string(history.damaged) + "}\n";
}

// Newest last, where a shell shows it.
std::string as_lines(const History& history) {
  std::string json;
  for (const auto& call : history.calls) {
    auto shown = call;
    shown.at = call.at.substr(0, 19) + "Z";
    json += (json.empty() ? "" : ",") + call_json(shown);
  }
  return as_table("{\"calls\":[" + json + "]}");
}

void say_what_is_missing(const History& history) {
  if (history.not_kept > 0)
    std::fprintf(stderr, "%lld calls of this time could not be kept: too many at once, or no space\n",
                 static_cast<long long>(history.not_kept));
  if (history.damaged > 0)
    std::fprintf(stderr, "%lld damaged lines were passed over; a process was killed while it wrote\n",
                 static_cast<long long>(history.damaged));
}

}  // namespace

int history(const CommandLine& line) {
  const auto folder = history_folder(process_environment());
  const auto history = read_history(folder, line.last, line.connection);
  if (!history) {
    std::fprintf(stderr, "dbmux: the history cannot be read: %s\n", history.error().message.c_str());
    return kFailed;
  }
  if (line.json || !history->calls.empty()) {
    const auto text = line.json ? as_json(*history) : as_lines(*history);
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) return kFailed;
  } else if (line.connection.empty()) {
    std::printf("no calls are kept in %s; they are while dbmux serves a client\n", folder.c_str());
  } else {
    std::printf("no calls on '%s' are kept in %s\n", line.connection.c_str(), folder.c_str());
  }
  say_what_is_missing(*history);
  return kOk;
}

}  // namespace dbmux

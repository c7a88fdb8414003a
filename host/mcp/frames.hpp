#pragma once
// The lines that we send, in their exact spelling: compact, keys in this order.
#include <string>
#include <string_view>

#include "base/output.hpp"
#include "mcp/message.hpp"
#include "mcp/version.hpp"
#include "operations/catalogue.hpp"

namespace dbmux::mcp {

// How a result is spelt for one client.
struct Style {
  Version version = kNewestHandshake;
  std::string_view identity = {};  // serverInfo, as JSON
};

// How long a client may keep a result of a stateless request, where it has to be told.
enum class Caching {
  none,   // not to be told
  list,   // a minute: it changes with the profile and with connections
  fresh,  // not at all
};

// ids and tokens are JSON text (token_text); results, params and data are JSON; messages and names are plain
// text.
void write_result(Output&, std::string_view id, std::string_view result);
void write_error(Output&, std::string_view id, const RpcError&);
void write_notification(Output&, std::string_view method, std::string_view params /* "" = none */);
void write_request(Output&, std::string_view id, std::string_view method, std::string_view params);
void write_progress(Output&, std::string_view token, double done, double total, std::string_view message);
void write_log(Output&, std::string_view level, std::int64_t code, std::string_view text);
void write_record(Output&, std::string_view level, std::string_view logger, std::string_view data);

// The JSON object with what every result of this style ends with.
std::string completed(std::string result, const Style&, Caching = Caching::none);
// "_meta":{…} of what belongs to a subscription; the result that ends it.
std::string subscription_meta(std::string_view id);
std::string subscription_result(std::string_view id, std::string_view identity);
// {"name":…,"title"?:…,"version":…}
std::string implementation(std::string_view name, std::string_view title, std::string_view version);

// A tool's answer is written between begin and end, by the catalogue, at Depth::in_string.
void begin_tool_result(Output&, std::string_view id);
void end_tool_result(Output&, const Answer&, bool is_error, const Style&);
void write_tool_error(Output&, std::string_view id, std::string_view text, const Style&);

void begin_contents(Output&, std::string_view id, std::string_view uri);
// Contents of the answer's own take the place of the text.
void end_contents(Output&, std::string_view id, const Answer&, const Style&);

}  // namespace dbmux::mcp

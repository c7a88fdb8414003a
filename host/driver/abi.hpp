#pragma once
// Both directions of the ABI's plain types. Private to this room.
#include <dbmux/plugin.h>

#include <cstddef>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "call/ask.hpp"
#include "driver/plugin.hpp"

namespace dbmux::abi {

inline dbmux_str str(std::string_view s) { return {s.data(), s.size()}; }
inline std::string_view view(dbmux_str s) { return {s.ptr, s.ptr ? s.len : 0}; }

// What a source lends to the calls on it: how to look up its secrets.
struct SourceServices {
  SecretLookup lookup;
  Result<std::string> secret(Call&, std::string_view name) const;
};

// What a plugin has asked of the client while invoke() runs. Any thread.
struct Questions {
  explicit Questions(Asking* a) : asking(a) {}

  Asking* const asking;  // may be null
  std::mutex mutex;
  std::deque<std::string> answers;  // lent until invoke() returns
  bool pending = false;
  std::vector<std::string> impossible;  // methods
};

// A dbmux_call and what the host's functions find behind it. Must not move while the plugin may use it.
struct LiveCall {
  LiveCall(Call&, SourceServices*);
  LiveCall(const LiveCall&) = delete;
  LiveCall& operator=(const LiveCall&) = delete;

  Call& call;
  SourceServices* services;
  Questions* questions = nullptr;  // only within invoke()
  dbmux_call raw{};
};
LiveCall* live(const dbmux_call*);  // may be null

struct ErrorSlot {
  ErrorSlot() {
    std::memset(&raw, 0, offsetof(dbmux_error, sqlstate));
    raw.size = sizeof raw;
    raw.message[0] = raw.detail[0] = raw.hint[0] = raw.object[0] = raw.sqlstate[0] = 0;
  }
  dbmux_error raw;
};

// The plugin's status and error in the host's words, without any secret that was handed out; status is not
// DBMUX_OK.
Error to_error(dbmux_status, const dbmux_error&);
std::vector<std::string> layers(
    std::uint32_t bits);  // of DBMUX_BY_: parser session transaction role file rollback

// Parameters as the plugin reads them; the views point into `params`.
std::vector<dbmux_param> to_abi(std::span<const Param> params);

// A plugin's text for a reader: valid UTF-8, without any secret that was handed out.
std::string clean(dbmux_str);
// The same of a text that is JSON, on one line, so that it may stand in a frame; nullopt: it is none.
std::optional<std::string> clean_json(dbmux_str);

// The functions that plugins may call.
const dbmux_host* host_table();
const dbmux_host_items* host_items_table();

// Who is told when the items of a source change.
void set_listener(dbmux_source*, ItemsChanged);
void forget_listener(dbmux_source*);

}  // namespace dbmux::abi

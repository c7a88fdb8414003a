// SPDX-License-Identifier: MIT-0
#pragma once
// The host that a plugin under check sees: it answers what a host answers, and notes every use that the
// header forbids.
#include <dbmux/plugin.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace dbmux::check {

inline std::string_view view(dbmux_str s) { return {s.ptr ? s.ptr : "", s.ptr ? s.len : 0}; }
inline dbmux_str str(std::string_view s) { return {s.data(), s.size()}; }

// From init() to the return of shutdown(); outside of that every call of a host function is noted.
void open_host();
void close_host();
const dbmux_host* host_table();

// By the name that the plugin asks with.
void set_secrets(std::map<std::string, std::string> secrets);
// Whether a text quotes one of them; those of fewer than four characters do not count.
bool quotes_secret(std::string_view text);

std::int64_t now_ns();

// One dbmux_call, from its making to its end. Its memory is never used again, so that a pointer that a plugin
// kept is known when it comes back.
class LiveCall {
 public:
  struct Record {
    dbmux_call call;
    std::atomic<bool> alive, cancelled;
    char trace[40];
  };

  explicit LiveCall(std::chrono::milliseconds limit = std::chrono::seconds(10));
  LiveCall(const LiveCall&) = delete;
  LiveCall& operator=(const LiveCall&) = delete;
  ~LiveCall();

  const dbmux_call* raw() const { return &record_->call; }
  std::uint64_t id() const { return record_->call.id; }
  std::int64_t deadline_ns() const { return record_->call.deadline_ns; }
  // is_cancelled() says yes from now on.
  void cancel();
  const Record* record() const { return record_; }

 private:
  Record* record_;
};

// The time in which an item may ask; every question is answered alike.
class Invoking {
 public:
  Invoking(const LiveCall&, dbmux_status to_questions);
  Invoking(const Invoking&) = delete;
  Invoking& operator=(const Invoking&) = delete;
  ~Invoking();
  bool asked() const;
};

// How often a plugin has said that its items are others.
int item_changes();

}  // namespace dbmux::check

// SPDX-License-Identifier: MIT-0
#pragma once
// Within the process of one check: saying how it ended. Whoever finds the fault says it and ends the process
// at once, so that no cleaning up can hide it behind a crash.
#include <array>
#include <atomic>
#include <string>
#include <string_view>

#include "check/finding.hpp"

namespace dbmux::check {

inline constexpr int kInputFd = 3;   // what to do, as JSON
inline constexpr int kRecordFd = 4;  // records, one a line
inline constexpr int kPlaceFd = 5;   // a Place, shared with the parent

// Which functions of the plugin run, one a slot; the parent reads it when the process has died or must be
// killed.
struct Place {
  struct Slot {
    std::atomic<bool> taken;
    char function[63];
  };
  std::array<Slot, 8> slots;
};
static_assert(std::atomic<bool>::is_always_lock_free);

void attach_to_parent();

[[noreturn]] void pass();
// As pass(), but the process is still to end, and must do that well.
void pass_if_it_ends_well();
[[noreturn]] void fail(std::string expected, std::string seen, std::string advice = {});
[[noreturn]] void skip(std::string why);
[[noreturn]] void server_unreachable(std::string why);
void warn(std::string expected, std::string seen, std::string advice = {});
void tell_schema(std::string_view schema);
// A host function was used as the header forbids. The check goes on.
void note_violation(std::string what);

inline void expect(bool holds, std::string_view expected, std::string_view seen,
                   std::string_view advice = {}) {
  if (!holds) fail(std::string(expected), std::string(seen), std::string(advice));
}

// Marks a function of the plugin as running, for as long as it lives.
class Within {
 public:
  explicit Within(const char* function);
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;
  ~Within();

 private:
  Place::Slot* slot_ = nullptr;
};

}  // namespace dbmux::check

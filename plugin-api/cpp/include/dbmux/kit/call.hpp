// SPDX-License-Identifier: MIT-0
#pragma once
// The caller's side of one call: its identity, its deadline, and what it lets the driver say.
#include <dbmux/plugin.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "dbmux/kit/result.hpp"
#include "dbmux/kit/value.hpp"

namespace dbmux::kit {

namespace detail {
inline const dbmux_host* host = nullptr;  // from init() to shutdown()
}

// CLOCK_MONOTONIC in nanoseconds, the clock of deadlines. [any]
inline std::int64_t now_ns() { return detail::host->now_ns(detail::host); }

inline void log(std::int32_t level, std::string_view message) {
  detail::host->log(detail::host, nullptr, level, str(message));
}

// A password or token, in one piece of memory that is overwritten when this goes. Keep it only as long as it
// is needed, and copy it nowhere that is not overwritten too.
class Secret {
 public:
  explicit Secret(std::size_t capacity)
      : memory_(std::make_unique<char[]>(capacity + 1)), capacity_(capacity) {}
  Secret(Secret&& other) noexcept
      : memory_(std::move(other.memory_)),
        capacity_(std::exchange(other.capacity_, 0)),
        size_(std::exchange(other.size_, 0)) {}
  Secret& operator=(Secret&&) = delete;
  ~Secret() {
    volatile char* p = memory_.get();
    for (std::size_t i = 0; p && i < capacity_; ++i) p[i] = 0;
  }

  std::string_view view() const { return {memory_.get(), size_}; }
  const char* c_str() const { return memory_.get(); }  // ends in NUL; the secret itself may hold one

  char* data() { return memory_.get(); }
  std::size_t capacity() const { return capacity_; }
  void set_size(std::size_t size) { size_ = size; }

 private:
  std::unique_ptr<char[]> memory_;
  std::size_t capacity_;
  std::size_t size_ = 0;
};

// A view on a dbmux_call, as cheap to copy as a pointer and valid as long as it. [any]
class Call {
 public:
  explicit Call(const dbmux_call* raw) : raw_(raw) {}

  std::uint64_t id() const { return raw_->id; }
  std::int64_t deadline_ns() const { return raw_->deadline_ns; }  // INT64_MAX: none
  bool expired() const { return raw_->deadline_ns != INT64_MAX && now_ns() >= raw_->deadline_ns; }
  bool cancelled() const { return detail::host->is_cancelled(detail::host, raw_) != 0; }
  std::string_view principal() const { return view(raw_->principal); }
  // A warning or message of the engine, for the reader of this call's answer.
  void notice(std::int32_t level, std::int64_t code, std::string_view message) const {
    detail::host->notice(detail::host, raw_, level, code, str(message));
  }
  // The secret that an option's value names, fresh for this call. May block until the deadline. The failure
  // is the host's own.
  Result<Secret> secret(std::string_view name) const {
    std::size_t capacity = 512;
    for (;;) {
      Secret secret(capacity);
      std::size_t size = 0;
      dbmux_error error{};
      error.size = sizeof error;
      const auto status =
          detail::host->secret(detail::host, raw_, str(name), secret.data(), capacity, &size, &error);
      if (status == DBMUX_OK && size <= capacity) {
        secret.set_size(size);
        return secret;
      }
      if (status == DBMUX_E_RESOURCE && size > capacity) {
        capacity = size;
        continue;
      }
      if (status == DBMUX_OK) return fail(DBMUX_E_INTERNAL, "the host gave a secret longer than its room");
      return fail(status, error.message).detail(error.detail).hint(error.hint).flags(error.flags);
    }
  }
  const dbmux_call* raw() const { return raw_; }

 private:
  const dbmux_call* raw_;
};

}  // namespace dbmux::kit

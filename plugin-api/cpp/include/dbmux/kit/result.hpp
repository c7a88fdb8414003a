// SPDX-License-Identifier: MIT-0
#pragma once
// A value or the reason why there is none. A Result costs one pointer beside its value; the reason is on the
// heap.
#include <dbmux/plugin.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace dbmux::kit {

struct Error {
  dbmux_status category = DBMUX_E_INTERNAL;  // never DBMUX_OK
  std::uint32_t flags = 0;                   // DBMUX_ERR_
  std::int32_t position = 0;                 // 1-based character offset in the text, 0 unknown
  std::int32_t line = 0;                     // 1-based, 0 unknown
  std::int32_t severity = 0;                 // the engine's own, 0 none
  std::uint32_t refused_by = 0;              // of E_READ_ONLY: DBMUX_BY_ bits
  std::int64_t native_code = 0;
  std::string sqlstate = {}, object = {}, message = {}, detail = {},
              hint = {};  // UTF-8; cut to the sizes of dbmux_error
};

// Converts to any Result. The setters are for writing an error in one expression:
//   return fail(DBMUX_E_NOT_FOUND, "no such table: t").object("t");
class [[nodiscard]] Failure {
 public:
  explicit Failure(Error error) : error_(std::make_unique<Error>(std::move(error))) {}

  const Error& operator*() const { return *error_; }
  const Error* operator->() const { return error_.get(); }
  Error& operator*() { return *error_; }
  Error* operator->() { return error_.get(); }

  Failure&& object(std::string name) && {
    error_->object = std::move(name);
    return std::move(*this);
  }
  Failure&& detail(std::string text) && {
    error_->detail = std::move(text);
    return std::move(*this);
  }
  Failure&& hint(std::string text) && {
    error_->hint = std::move(text);
    return std::move(*this);
  }
  Failure&& position(std::int32_t at) && {
    error_->position = at;
    return std::move(*this);
  }
  Failure&& flags(std::uint32_t bits) && {
    error_->flags |= bits;
    return std::move(*this);
  }
  Failure&& code(std::int64_t native) && {
    error_->native_code = native;
    return std::move(*this);
  }

 private:
  std::unique_ptr<Error> error_;
};

inline Failure fail(dbmux_status category, std::string message) {
  Error error;
  error.category = category;
  error.message = std::move(message);
  return Failure(std::move(error));
}

template <class T>
class [[nodiscard]] Result {
 public:
  template <class U = T>
    requires std::is_convertible_v<U&&, T>
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  Result(Failure failure) : state_(std::in_place_index<1>, std::move(failure)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() { return *std::get_if<0>(&state_); }
  const T& operator*() const { return *std::get_if<0>(&state_); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }
  // Only when there is no value; moves the reason out.
  Failure failure() { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Failure> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Failure failure) : state_(std::move(failure)) {}

  explicit operator bool() const { return state_.index() == 0; }
  Failure failure() { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<std::monostate, Failure> state_;
};

using Status = Result<void>;

}  // namespace dbmux::kit

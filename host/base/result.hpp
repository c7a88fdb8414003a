#pragma once
// Errors as values. Every room returns Result<T>; exceptions do not cross a room, a thread or the ABI.
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace dbmux {

// What went wrong, in the words a client sees as "category".
enum class Category {
  internal,
  invalid,  // the caller's input
  unsupported,
  syntax,
  not_found,
  exists,
  constraint,
  denied,
  auth,
  connection,
  timeout,  // waited_for says for what
  cancelled,
  conflict,
  resource,  // a limit of memory, disk or count
  read_only,
  not_understood,  // no layer could vouch for the text
  need_input,
  profile,  // FILE:LINE:COL in the message
  plugin,   // a shared object that does not load
};
std::string_view to_string(Category);

// What a call that ran out of time was waiting for.
enum class WaitedFor { nothing, lease, lock, execution, network };
std::string_view to_string(WaitedFor);

struct Error {
  Category category = Category::internal;
  std::string message;
  std::string code;    // SQLSTATE, or the engine's own number
  int position = 0;    // 1-based character offset in the statement, 0 unknown
  int line = 0;        // 1-based, 0 unknown
  std::string object;  // the name that is missing, denied, in conflict
  std::string detail;
  std::string hint;
  std::vector<std::string> did_you_mean;
  std::vector<std::string> by;  // the layers that refused a write
  WaitedFor waited_for = WaitedFor::nothing;
  std::int64_t elapsed_ms = -1;
  std::string limit;  // the limit that was hit, in words
  bool retryable = false;
  bool connection_dead = false;
  bool may_have_run = false;
  bool transaction_failed = false;
  bool session_dirty = false;  // the statement that failed left something behind
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Category category, std::string message, std::string hint = {}) {
  Error e;
  e.category = category;
  e.message = std::move(message);
  e.hint = std::move(hint);
  return tl::unexpected<Error>(std::move(e));
}
inline tl::unexpected<Error> fail(Error e) { return tl::unexpected<Error>(std::move(e)); }

}  // namespace dbmux

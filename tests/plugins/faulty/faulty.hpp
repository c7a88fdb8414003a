#pragma once
// A driver without a server (faulty.cpp), its items (items.cpp), and the one fault that its build asks for.
#include <dbmux/plugin.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace faulty {

enum class Fault {
  healthy,
  throws,
  throws_at_load,
  exits,
  hangs_in_close,
  ignores_cancel,
  ignores_deadline,
  writes_to_stdout,
  garbage_lengths,
  wrong_abi,
  several_symbols,
  leaks_memory,
  leaks_descriptors,
  leaks_threads,
  crashes,
  keeps_request,
  late_host_call,
  unterminated_error,
  rounds_numbers,
  broken_text,
  changes_locale,
  tells_secret,
  items_not_json,
  items_that_change,
  items_without_flag,
  items_named_twice,
  items_with_a_broken_schema,
  items_that_throw,
  items_without_cursor,
  items_without_type,
  items_that_wait_for_nothing,
  items_deaf_to_deadlines,
  items_unterminated_error
};
constexpr bool has(Fault fault) { return Fault::FAULT == fault; }
constexpr bool has_items() { return Fault::FAULT >= Fault::items_not_json; }

extern const dbmux_host* host;

inline std::string_view view(dbmux_str s) { return {s.len ? s.ptr : "", s.len}; }
inline dbmux_str str(std::string_view s) { return {s.data(), s.size()}; }

inline dbmux_status fail(dbmux_error* error, dbmux_status category, const char* message) {
  error->category = category;
  std::strncpy(error->message, message, sizeof error->message - 1);
  return category;
}

// Also where the fault wants them: a plugin has them where has_items().
const dbmux_ext_items* items();

}  // namespace faulty

struct dbmux_source {
  std::string password;
  int described = 0;  // times
};

struct dbmux_conn {
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t running = 0;
  bool cancelled = false;
  std::string text;  // of the cell of an echo
};

struct dbmux_cursor {
  dbmux_conn* conn;
  std::uint32_t batch_rows;
  std::uint64_t left, next = 0;
  bool wait = false;
  bool echo = false;
  dbmux_value value{};
  dbmux_str kept{};
  dbmux_column column{};
  std::vector<dbmux_value> cells;
};

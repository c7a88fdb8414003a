// SPDX-License-Identifier: MIT-0
#pragma once
// The plugin under check: its functions with the rules around them. Each call of one is marked in the Place,
// is held to its deadline, must not write outside of what it was given, and must fill a sane error where it
// fails.
#include <dbmux/plugin.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "check/host.hpp"
#include "check/memory.hpp"
#include "check/options.hpp"
#include "check/verdict.hpp"

namespace dbmux::check {

std::string category_name(dbmux_status);

struct Outcome {
  dbmux_status status = DBMUX_OK;
  dbmux_error error{};
  bool ok() const { return status == DBMUX_OK; }
  std::string said() const;  // "E_SYNTAX: near \"x\"", or "OK"
};

// Ends the check when the error of a failed call is not what the header asks for. `text` is the statement, if
// any.
void inspect_error(const char* function, const Outcome&, std::string_view text);

// A struct of the ABI with its size set, followed by bytes that nobody may touch.
template <class T>
class Guarded {
 public:
  Guarded() {
    for (auto& byte : after_) byte = kMark;
    if constexpr (requires { value.size; }) value.size = sizeof(T);
  }
  void inspect(const char* function) const {
    for (const auto byte : after_)
      expect(byte == kMark, std::string(function) + "() writes only into the struct that it is given",
             "it wrote behind its end", "Compare with `size`: a host may be older than your header.");
  }
  T value{};

 private:
  static constexpr unsigned char kMark = 0xA5;
  unsigned char after_[64];
};

// How long after its deadline a call may return.
inline constexpr std::chrono::seconds kGrace{2};

void inspect_return(const char* function, std::int64_t deadline_ns);

// Runs f(error), which calls `function` of the plugin.
template <class F>
Outcome run(const char* function, const LiveCall& call, F&& f, std::string_view text = {}) {
  Guarded<dbmux_error> error;
  Outcome outcome;
  {
    const Within within(function);
    outcome.status = f(&error.value);
  }
  error.inspect(function);
  outcome.error = error.value;
  inspect_return(function, call.deadline_ns());
  if (!outcome.ok()) inspect_error(function, outcome, text);
  return outcome;
}

class Plugin {
 public:
  // dlopen() as the host does it. Ends the check when that fails.
  static Plugin load(const std::string& file);
  const dbmux_plugin& descriptor() const { return *descriptor_; }
  const dbmux_driver& driver() const { return *descriptor_->driver; }
  const void* entry() const { return entry_; }

  void init() const;
  void shutdown() const;

 private:
  const dbmux_plugin* descriptor_ = nullptr;
  const void* entry_ = nullptr;
};

class Source {
 public:
  Source(const Plugin&, std::span<const Option> options);  // ends the check when it does not open
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source();

  const Plugin& plugin() const { return plugin_; }
  dbmux_source* raw() const { return raw_; }

 private:
  const Plugin& plugin_;
  dbmux_source* raw_ = nullptr;
};

// A session. It is opened read-only: no check means to change anything.
class Conn {
 public:
  explicit Conn(const Source&);  // ends the check when it does not open
  Conn(const Conn&) = delete;
  Conn& operator=(const Conn&) = delete;
  ~Conn();

  const dbmux_driver& driver() const { return source_.plugin().driver(); }
  dbmux_conn* raw() const { return raw_; }
  Outcome ping();
  Outcome reset();
  dbmux_info info();
  void cancel(std::uint64_t id);

 private:
  const Source& source_;
  dbmux_conn* raw_ = nullptr;
};

// As connect(), but gives the failure back; *out stays NULL then.
Outcome try_connect(const Source&, const LiveCall&, dbmux_conn** out);

struct Query {
  std::string language, text;
  std::span<const dbmux_value> params = {};
  std::uint32_t batch_rows = 256;
  std::uint32_t max_cell_bytes = 0;
  std::uint64_t most_rows = UINT64_MAX;                        // then the cursor is closed early
  bool inspect = false;                                        // every cell, see cells.hpp
  bool hop = false;                                            // each function on a thread of its own
  std::function<void(std::span<const dbmux_value>)> row = {};  // told of each, while its cells are lent
};

struct Answer {
  Outcome outcome;       // of the first function that failed, or of the last
  std::string function;  // which that was
  std::uint64_t rows = 0;
  std::uint32_t columns = 0;
  std::uint32_t biggest_batch = 0;
  std::uint32_t enforced_by = 0;
  dbmux_value first{};  // the first cell of the first row; its text is in `first_text`
  std::string first_text;
  bool ok() const { return outcome.ok(); }
};

// execute() to cursor_close(), on one call.
Answer ask(Conn&, const LiveCall&, const Query&);
Answer ask(Conn&, const Query&);
// The same for a cursor that another function opens.
Answer read(Conn&, const LiveCall&, dbmux_cursor*, const Query&, std::vector<std::string>* column_names);

}  // namespace dbmux::check

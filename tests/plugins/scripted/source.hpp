#pragma once
// Sources and connections of the scripted plugin: what they count, remember and can be told to fail.
#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "script.hpp"

namespace scripted {

extern const dbmux_host* host;  // set by init()
inline std::atomic<int> open_sources{0};

struct Options {
  std::vector<StoredParam> given;
  std::int64_t fail_connects = 0, connect_delay_ms = 0, close_delay_ms = 0, cancel_delay_ms = 0;
  std::int64_t numbers_rows = 1000;
  std::int64_t role = DBMUX_ROLE_PRIMARY, privileges = 0, lag_ms = -1;
  std::int64_t describe_delay_ms = 0;
  bool describe_deaf = false;
  bool resets = true, server_cancel = true, enforces_read_only = true;
  std::string catalog, items, password;  // password: the name of a secret
};
Options read_options(const dbmux_param*, std::size_t n);

struct Event {
  std::string name, detail;
  std::uint64_t call = 0;
};

}  // namespace scripted

struct dbmux_source {
  explicit dbmux_source(scripted::Options o) : options(std::move(o)) { ++scripted::open_sources; }
  ~dbmux_source() { --scripted::open_sources; }

  const scripted::Options options;
  std::mutex mutex;  // of all below
  std::map<std::string, std::int64_t> counters;
  std::vector<scripted::Event> events;
  std::map<std::string, std::pair<std::int64_t, scripted::ScriptError>> failing;  // operation: times, error
  std::set<dbmux_conn*> conns;
  std::int64_t connected = 0;
  std::vector<std::string> offered;  // tools that were added
  std::string described;             // what describe() lent last

  void count(const std::string& name, std::int64_t delta = 1);
  void record(std::string event, std::string detail, std::uint64_t call);
  // The error that `fail-next` set for this operation, once less.
  bool fails(const std::string& operation, dbmux_error*, dbmux_status&);
};

struct dbmux_conn {
  dbmux_conn(dbmux_source* s, std::int64_t n, std::uint32_t f) : source(s), serial(n), flags(f) {}

  dbmux_source* const source;
  const std::int64_t serial;  // from 1, of its source
  const std::uint32_t flags;
  std::atomic<bool> dead{false};
  bool in_transaction = false, dirty = false;
  std::vector<dbmux_use> uses;  // of the last analyze(), pointing into analysis
  std::unique_ptr<rapidjson::Document> analysis;

  void start(std::uint64_t call);
  void finish();
  void cancel(std::uint64_t call);
  // Sleeps until `ms` have passed (-1: for ever), the call is cancelled or its deadline comes; the last two
  // are errors. Deaf: neither ends it.
  dbmux_status pause(const dbmux_call*, std::int64_t ms, dbmux_error*);
  void pause_deaf(std::int64_t ms);
  dbmux_status check_alive(dbmux_error*) const;
  dbmux_status check_stop(const dbmux_call*, dbmux_error*);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t running_ = 0;  // the call that cancel() may end
  bool cancelled_ = false;
};

namespace scripted {

dbmux_status open_source(const dbmux_call*, const dbmux_param*, std::size_t, dbmux_source**,
                         dbmux_error*) noexcept;
void close_source(dbmux_source*, const dbmux_call*) noexcept;
dbmux_status connect(dbmux_source*, const dbmux_call*, std::uint32_t flags, dbmux_conn**,
                     dbmux_error*) noexcept;
void close(dbmux_conn*, const dbmux_call*) noexcept;
dbmux_status info(dbmux_conn*, const dbmux_call*, dbmux_info*, dbmux_error*) noexcept;
dbmux_status ping(dbmux_conn*, const dbmux_call*, dbmux_error*) noexcept;
dbmux_status reset(dbmux_conn*, const dbmux_call*, dbmux_error*) noexcept;
void cancel(dbmux_conn*, std::uint64_t id) noexcept;

// What every call on a connection begins with: is it alive, and does `fail-next` want this one to fail?
dbmux_status enter(dbmux_conn*, const char* operation, dbmux_error*);

}  // namespace scripted

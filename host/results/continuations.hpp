#pragma once
// What a `next` or a result handle stands for: a kept result, or the next page of a table. Bound to this
// process and to the principal that was given it. When there is no more room, the principal who holds most
// loses what it has not used for longest.
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "call/watchdog.hpp"
#include "results/spool.hpp"

namespace dbmux {

struct KeptRows {
  std::shared_ptr<const Spool> spool;
  bool complete = false;    // the spool goes on to the result's end
  bool on_request = false;  // somebody asked for the whole
  std::string connection;   // where it came from
};

struct TablePage {
  std::string connection;
  ObjectName table;
  std::string shown_name;  // as the answer calls the table
  std::string after;       // Scan::after of the first row that is left
  std::int64_t offset = 0;
};

struct Continuation {
  std::variant<KeptRows, TablePage> what;
  Format format = Format::columnar;
  RowLimits limits;
  std::int64_t most_rows = 0;  // what `limit` may raise limits.rows to; 0 = anything
};

// A result that was kept from its first row on, and the name of its handle.
struct NamedRows {
  std::string name;
  KeptRows rows;
};

class Continuations {
 public:
  static constexpr std::size_t kMost = 64;
  static constexpr std::chrono::minutes kLife{15};

  struct Limits {
    std::size_t most = kMost;
    std::int64_t bytes = std::int64_t{2} << 30;            // of all kept rows
    std::int64_t principal_bytes = std::int64_t{1} << 30;  // of one principal's
    std::chrono::milliseconds life = kLife;                // since the last use
  };

  Continuations() : Continuations(Limits{}, nullptr) {}
  // The watchdog outlives this; with none, what has expired goes when something new is kept.
  Continuations(Limits, Watchdog*);
  ~Continuations();
  Continuations(const Continuations&) = delete;
  Continuations& operator=(const Continuations&) = delete;

  // A name that cannot be guessed, without the "-row" that a `next` ends in.
  std::string keep(const Principal&, Continuation);
  // next: what keep() gave, with or without "-row". not_found when unknown, expired or somebody else's.
  Result<std::shared_ptr<const Continuation>> find(const Principal&, std::string_view next);
  // The whole results of one principal, the last one used last. That is no use of them.
  std::vector<NamedRows> results(const Principal&);

  // "r7qkv2xw-100" in its two parts; the row is -1 when there is none.
  static std::pair<std::string_view, std::int64_t> split(std::string_view next);

 private:
  struct Entry {
    std::string name;
    std::string principal;
    Clock::time_point until;
    std::int64_t bytes;
    std::shared_ptr<const Continuation> continuation;
  };
  using Entries = std::list<Entry>;

  // Each moves what goes to `gone`, whose files are closed without the lock.
  void drop_expired(Entries& gone);
  void make_room(Entries& gone);
  void drop_oldest_of(const std::string& principal, Entries& gone);
  void watch();
  void on_time();

  const Limits limits_;
  Watchdog* const watchdog_;
  std::mutex mutex_;
  Entries entries_;  // the last one used is the last
  std::optional<Watchdog::Id> timer_;
  bool ending_ = false;
};

}  // namespace dbmux

#pragma once
// Lists of tables that were read a moment ago, so that ten thousand of them are not read for every question.
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "schema/tables.hpp"

namespace dbmux {

// A list serves a connection, a principal and a schema; nobody else sees it. It is dropped when the
// connection's catalogue is known to have changed, when somebody asks for a fresh one, and by time: a
// thousand times as long as it took to read, at most a minute. So what is cheap to read is read again soon,
// and what another process changes is hidden for a moment in a small database, and for a minute in the
// largest.
class SchemaCache {
 public:
  using Tables = std::shared_ptr<const std::vector<TableEntry>>;
  using Load = std::function<Result<std::vector<TableEntry>>()>;
  using Now = std::function<Clock::time_point()>;

  static constexpr std::size_t kBytes = std::size_t{32} << 20;  // of all lists; the least used go first
  static constexpr int kTimesOfReading = 1000;
  static constexpr std::chrono::milliseconds kLongest{60'000};

  explicit SchemaCache(std::size_t bytes = kBytes, Now now = Clock::now);

  // Callers that come while a list is being read wait for it, by their own call; the next of them reads when
  // that failed. Failures are not kept.
  Result<Tables> tables(Call&, const std::shared_ptr<Connection>&, std::string_view schema, bool fresh,
                        const Load&);
  // What is being read just now is not kept either.
  void drop(const Connection&);

 private:
  struct Entry {
    std::weak_ptr<Connection> connection;
    const Connection* address = nullptr;
    std::string principal, schema;
    Tables tables;  // null: nobody has read it yet
    Clock::time_point until{};
    std::size_t bytes = 0;
    bool loading = false;
    std::uint64_t drops = 0;
  };
  using Place = std::list<std::shared_ptr<Entry>>::iterator;

  std::shared_ptr<Entry> entry(const Call&, const std::shared_ptr<Connection>&, std::string_view schema);
  Result<void> wait(Call&, std::unique_lock<std::mutex>&, const Entry&);
  void keep(Entry&, Tables, Clock::duration took);
  void forget(Entry&);
  void make_room();

  const std::size_t most_bytes_;
  const Now now_;
  std::mutex mutex_;
  std::condition_variable read_;
  std::list<std::shared_ptr<Entry>> entries_;  // the last used first
  std::size_t bytes_ = 0;
};

}  // namespace dbmux

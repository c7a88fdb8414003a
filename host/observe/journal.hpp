#pragma once
// The record of what was asked of this process.
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace dbmux {

// One call. Parameter values are never part of it.
struct CallRecord {
  Wall::time_point at;
  std::string operation;   // as the client named it
  std::string connection;  // "" = none
  std::string statement;   // "" = none
  std::int64_t elapsed_ms = 0;
  std::int64_t rows = -1;  // -1 = has none
  std::optional<Category> error;
  std::string principal;  // "" = the service itself
};

// Any thread.
class Journal {
 public:
  virtual ~Journal() = default;
  virtual void add(CallRecord) = 0;
  virtual std::vector<CallRecord> newest(std::size_t most) const = 0;  // newest first, secrets scrubbed
};

// The last calls of this process, in memory. Statements are cut at 2 KiB. It is also the queue of one reader
// who keeps the records elsewhere: whoever adds never waits for him, and what he was too slow for is counted.
class RingJournal final : public Journal {
 public:
  static constexpr std::size_t kRecords = 1000;
  static constexpr std::size_t kStatementBytes = 2048;

  void add(CallRecord) override;
  std::vector<CallRecord> newest(std::size_t most = kRecords) const override;

  struct Piece {
    std::vector<CallRecord> records;  // oldest first, secrets scrubbed
    std::uint64_t next = 0;           // where the following piece begins
    std::uint64_t missed = 0;         // records that were overwritten before they were read
  };
  // At most `most` records from the one with this number on, the first of all being 0. Without any, the next
  // add() wakes the reader.
  Piece since(std::uint64_t from, std::size_t most);
  // wake: called by add(), once after each since() that found nothing, and after the first record. Short.
  // Before the first add().
  void set_reader(std::function<void()> wake);

 private:
  mutable std::mutex mutex_;
  std::vector<CallRecord> records_;  // a ring once it is full
  std::uint64_t added_ = 0;
  bool reader_sleeps_ = false;
  std::function<void()> wake_;
};

}  // namespace dbmux

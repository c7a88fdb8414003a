#pragma once
// Rows of a result, kept for the calls that ask for the rest: in memory up to 512 KiB, then in an unlinked
// file.
#include <string>
#include <vector>

#include "query/rows.hpp"

namespace dbmux {

class Spool : public Overflow {
 public:
  struct Limits {
    std::int64_t rows = 10'000;  // behind the cut
    std::int64_t bytes = std::int64_t{16} << 20;
    std::chrono::milliseconds time{1000};  // from the first row behind the cut on; 0 = none
    // The rows before the cut are kept whatever they cost. Otherwise only as long as memory is enough.
    bool whole = false;
  };

  explicit Spool(Limits);
  Spool() : Spool(Limits{}) {}
  ~Spool() override;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  void begin(std::size_t columns) override;
  void delivered(std::span<const Cell> cells, std::uint32_t rows) override;
  bool take(std::span<const Cell> cells, std::uint32_t rows) override;
  // What the rows are called; before they are read.
  void name_columns(std::vector<std::string> columns) { columns_ = std::move(columns); }

  // The result's row that is the spool's first; 0 = whole.
  std::int64_t first() const { return forgot_delivered_ ? delivered_ : 0; }
  std::int64_t rows() const { return rows_; }
  std::int64_t end() const { return first() + rows_; }  // as a row of the result
  std::int64_t bytes() const { return static_cast<std::int64_t>(size_); }
  std::int64_t truncated_cells() const { return truncated_; }  // of which only a prefix came
  bool full() const { return full_; }
  const std::vector<std::string>& columns() const { return columns_; }
  const Result<void>& status() const { return status_; }  // a full disk

  // The rows from the spool's row `row` on, for write_rows. Any number at once, from any thread, once take()
  // is no more called. The spool outlives them.
  std::unique_ptr<RowSource> from(std::int64_t row) const;

 private:
  friend class SpoolRows;
  bool put(const Cell* row);
  void forget_rows();
  void to_file();
  std::size_t blocks() const { return block_at_.size(); }
  // The bytes of one block as they were encoded.
  Result<std::string> block(std::size_t) const;

  const Limits limits_;
  std::size_t width_ = 0;
  std::vector<std::string> columns_;
  Clock::time_point until_ = kNever;
  bool behind_cut_ = false, forgot_delivered_ = false;
  std::int64_t delivered_ = 0;  // rows that the answer has
  std::int64_t rows_ = 0, truncated_ = 0;
  std::int64_t before_cut_ = 0;          // of rows_
  std::vector<std::uint64_t> block_at_;  // offset of every 256th row
  std::uint64_t size_ = 0;
  std::string memory_;  // the last bytes: those before it are in the file
  int file_ = -1;
  bool full_ = false;
  Result<void> status_;
};

}  // namespace dbmux

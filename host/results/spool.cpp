#include "results/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "results/private_folder.hpp"

namespace dbmux {

namespace {

constexpr std::size_t kMemory = std::size_t{512} << 10;
// Beyond this all is reserved at once: growing would take twice as much.
constexpr std::size_t kSmall = std::size_t{64} << 10;
constexpr std::int64_t kBlockRows = 256;

int unlinked_file() { return ::open(temporary_folder().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); }

bool behind_pointer(Kind kind) { return kind >= Kind::number; }

}  // namespace

// A row is its cells, 16 bytes each, then their bytes in the same order.
class SpoolRows : public RowSource {
 public:
  SpoolRows(const Spool& spool, std::int64_t first)
      : spool_(spool),
        block_(static_cast<std::size_t>(first / kBlockRows)),
        skip_(static_cast<std::size_t>(first % kBlockRows)) {}

  Result<std::vector<std::string>> columns() override { return spool_.columns_; }

  Result<Batch> next() override {
    const auto n = spool_.width_;
    if (block_ >= spool_.blocks()) return Batch{{}, static_cast<std::uint32_t>(n), 0};
    auto bytes = spool_.block(block_);
    if (!bytes) return fail(bytes.error());
    bytes_ = std::move(*bytes);
    const auto before = static_cast<std::int64_t>(block_) * kBlockRows;
    const auto rows = static_cast<std::size_t>(std::min(kBlockRows, spool_.rows() - before));
    cells_.resize(n * rows);
    const char* from = bytes_.data();
    for (std::size_t row = 0; row < rows; ++row) from = decode(from, cells_.data() + row * n);
    const auto skipped = std::exchange(skip_, 0);
    ++block_;
    return Batch{std::span<const Cell>(cells_).subspan(skipped * n), static_cast<std::uint32_t>(n),
                 static_cast<std::uint32_t>(rows - skipped)};
  }

 private:
  const char* decode(const char* from, Cell* cells) const {
    const auto n = spool_.width_;
    std::memcpy(static_cast<void*>(cells), from, n * sizeof(Cell));
    from += n * sizeof(Cell);
    for (std::size_t i = 0; i < n; ++i)
      if (behind_pointer(cells[i].kind)) {
        cells[i].ptr = from;
        from += cells[i].len;
      }
    return from;
  }

  const Spool& spool_;
  std::size_t block_, skip_;
  std::string bytes_;
  std::vector<Cell> cells_;
};

Spool::Spool(Limits limits) : limits_(limits) {}
Spool::~Spool() {
  if (file_ >= 0) ::close(file_);
}

void Spool::begin(std::size_t columns) {
  width_ = columns;
  until_ = kNever;
  behind_cut_ = forgot_delivered_ = full_ = false;
  delivered_ = 0;
  status_ = {};
  forget_rows();
}

void Spool::forget_rows() {
  rows_ = truncated_ = before_cut_ = 0;
  block_at_.clear();
  memory_.clear();
  size_ = 0;
  if (file_ >= 0) ::close(file_);
  file_ = -1;
}

void Spool::delivered(std::span<const Cell> cells, std::uint32_t rows) {
  delivered_ += rows;
  if (forgot_delivered_ || full_) return;
  for (std::uint32_t row = 0; row < rows; ++row) {
    if (put(cells.data() + row * width_)) {
      ++before_cut_;
      continue;
    }
    if (limits_.whole) return;
    forgot_delivered_ = true;
    return forget_rows();
  }
}

bool Spool::take(std::span<const Cell> cells, std::uint32_t rows) {
  if (!behind_cut_ && limits_.time.count() > 0) until_ = Clock::now() + limits_.time;
  behind_cut_ = true;
  for (std::uint32_t row = 0; row < rows; ++row)
    if (!put(cells.data() + row * width_)) return false;
  if (until_ != kNever && Clock::now() >= until_) full_ = true;
  return !full_;
}

bool Spool::put(const Cell* row) {
  std::uint64_t bytes = width_ * sizeof(Cell);
  for (std::size_t i = 0; i < width_; ++i)
    if (behind_pointer(row[i].kind)) bytes += row[i].len;
  const auto size = static_cast<std::int64_t>(size_ + bytes);
  if (!behind_cut_ && !limits_.whole && size > static_cast<std::int64_t>(kMemory)) return false;
  if (rows_ - before_cut_ >= limits_.rows || size > limits_.bytes) full_ = true;
  if (full_ || !status_) return false;
  if (rows_ % kBlockRows == 0) block_at_.push_back(size_);
  if (memory_.size() > kSmall && memory_.capacity() < kMemory) memory_.reserve(kMemory + kSmall);
  memory_.append(reinterpret_cast<const char*>(row), width_ * sizeof(Cell));
  for (std::size_t i = 0; i < width_; ++i) {
    if (behind_pointer(row[i].kind)) memory_.append(row[i].ptr, row[i].len);
    truncated_ += row[i].truncated() ? 1 : 0;
  }
  size_ += bytes;
  ++rows_;
  if (memory_.size() > kMemory) to_file();
  return true;
}

// What does not fit on the disk stays in memory, and nothing follows it.
void Spool::to_file() {
  if (file_ < 0) file_ = unlinked_file();
  auto at = static_cast<off_t>(size_ - memory_.size());
  std::string_view rest = memory_;
  while (!rest.empty()) {
    const auto n = file_ < 0 ? -1 : ::pwrite(file_, rest.data(), rest.size(), at);
    if (n < 0 && file_ >= 0 && errno == EINTR) continue;
    if (n <= 0) {
      status_ = fail(Category::resource,
                     "no space left in " + temporary_folder().string() + " to keep the rest of the rows");
      full_ = true;
      return;
    }
    rest.remove_prefix(static_cast<std::size_t>(n));
    at += n;
  }
  memory_.clear();
}

Result<std::string> Spool::block(std::size_t index) const {
  const auto from = block_at_[index];
  const auto to = index + 1 < block_at_.size() ? block_at_[index + 1] : size_;
  const auto in_memory = size_ - memory_.size();
  std::string bytes(to - from, '\0');
  std::size_t got = 0;
  while (from + got < std::min(to, in_memory)) {
    const auto want = std::min(to, in_memory) - from - got;
    const auto n = ::pread(file_, bytes.data() + got, want, static_cast<off_t>(from + got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(Category::resource, "the kept rows can no longer be read");
    got += static_cast<std::size_t>(n);
  }
  if (from + got < to)
    std::memcpy(bytes.data() + got, memory_.data() + (from + got - in_memory), to - from - got);
  return bytes;
}

std::unique_ptr<RowSource> Spool::from(std::int64_t row) const {
  return std::make_unique<SpoolRows>(*this, std::min(row, rows()));
}

}  // namespace dbmux

#include "observe/journal.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "observe/log.hpp"

namespace dbmux {

void RingJournal::add(CallRecord record) {
  if (record.statement.size() > kStatementBytes) {
    const auto safe = scrubbed(record.statement);  // before a cut can leave half a secret
    record.statement = std::string(utf8_prefix(safe, kStatementBytes)) + "…";
  }
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (records_.size() < kRecords)
      records_.push_back(std::move(record));
    else
      records_[added_ % kRecords] = std::move(record);
    ++added_;
    wake = std::exchange(reader_sleeps_, false);
  }
  if (wake) wake_();
}

std::vector<CallRecord> RingJournal::newest(std::size_t most) const {
  std::vector<CallRecord> found;
  {
    const std::lock_guard lock(mutex_);
    const auto n = std::min(most, records_.size());
    for (std::size_t i = 1; i <= n; ++i) found.push_back(records_[(added_ - i) % kRecords]);
  }
  for (auto& record : found) record.statement = scrubbed(record.statement);
  return found;
}

RingJournal::Piece RingJournal::since(std::uint64_t from, std::size_t most) {
  Piece piece;
  {
    const std::lock_guard lock(mutex_);
    const auto oldest = added_ - records_.size();
    piece.missed = from < oldest ? oldest - from : 0;
    piece.next = std::max(from, oldest);
    while (piece.next < added_ && piece.records.size() < most)
      piece.records.push_back(records_[piece.next++ % kRecords]);
    if (piece.records.empty()) reader_sleeps_ = wake_ != nullptr;
  }
  for (auto& record : piece.records) record.statement = scrubbed(record.statement);
  return piece;
}

void RingJournal::set_reader(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
  reader_sleeps_ = wake_ != nullptr;
}

}  // namespace dbmux

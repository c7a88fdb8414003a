#include "store/history_keeper.hpp"

#include <system_error>

#include "observe/log.hpp"

namespace dbmux {
namespace {

constexpr std::size_t kPiece = 64;  // so long the journal is locked at most
constexpr auto kSyncEvery = std::chrono::seconds(1);

}  // namespace

HistoryKeeper::HistoryKeeper(RingJournal& journal, std::filesystem::path folder, HistorySettings settings,
                             std::chrono::milliseconds gather)
    : journal_(journal), gather_(gather), folder_(std::move(folder), settings) {
  journal_.set_reader([this] { wake(); });
}

HistoryKeeper::~HistoryKeeper() { finish(); }

void HistoryKeeper::wake() {
  const std::lock_guard lock(mutex_);
  work_ = true;
  if (thread_.joinable()) return changed_.notify_one();
  if (ending_) return;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& e) {
    log(Level::warning, "history not kept", {{"error", e.what()}});
  }
}

void HistoryKeeper::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (unsynced_) {
      changed_.wait_until(lock, synced_ + kSyncEvery, [&] { return work_ || ending_; });
    } else {
      changed_.wait(lock, [&] { return work_ || ending_; });
    }
    if (work_) changed_.wait_for(lock, gather_, [&] { return ending_; });
    if (ending_) return;
    work_ = false;
    lock.unlock();
    drain();
    if (unsynced_ && Clock::now() >= synced_ + kSyncEvery) {
      folder_.sync();
      unsynced_ = false;
      synced_ = Clock::now();
    }
    lock.lock();
  }
}

// The journal has at most as many records as it can hold, so this comes to an end also under load.
void HistoryKeeper::drain() {
  for (std::size_t taken = 0; taken <= RingJournal::kRecords;) {
    auto piece = journal_.since(next_, kPiece);
    next_ = piece.next;
    if (piece.missed > 0) lose(piece.missed, "too many calls at once");
    if (piece.records.empty()) return;
    taken += piece.records.size();
    keep(piece.records);
  }
  const std::lock_guard lock(mutex_);
  work_ = true;
}

void HistoryKeeper::keep(std::vector<CallRecord>& records) {
  std::vector<std::string> lines;
  if (lost_untold_ > 0) lines.push_back(not_kept_json(lost_untold_, lost_why_, Wall::now()));
  const std::size_t extra = lines.size();
  for (const auto& record : records) lines.push_back(history_json(record));
  const auto kept = folder_.append(lines, Wall::now());
  if (kept.lines > 0) {
    unsynced_ = true;
    if (extra > 0) lost_untold_ = 0;
  }
  const auto whole = kept.lines > extra ? kept.lines - extra : 0;
  if (whole < records.size()) {
    const auto why = kept.error ? kept.error->message : std::string("no space");
    lose(records.size() - whole, why);
    if (!failing_) log(Level::warning, "history not kept", {{"error", why}});
    failing_ = true;
  } else if (failing_) {
    failing_ = false;
    log(Level::info, "history kept again", {{"lost", lost_}});
  }
}

void HistoryKeeper::lose(std::uint64_t calls, const std::string& why) {
  lost_ += calls;
  lost_untold_ += calls;
  lost_why_ = why;
}

void HistoryKeeper::finish() {
  std::thread thread;
  {
    const std::lock_guard lock(mutex_);
    if (ending_) return;
    ending_ = true;
    thread = std::move(thread_);
    changed_.notify_one();
  }
  if (thread.joinable()) thread.join();
  drain();
  if (lost_untold_ > 0)
    static_cast<void>(folder_.append({{not_kept_json(lost_untold_, lost_why_, Wall::now())}}, Wall::now()));
  if (unsynced_) folder_.sync();
  if (lost_ > 0) log(Level::warning, "calls missing in the history", {{"calls", lost_}, {"why", lost_why_}});
}

}  // namespace dbmux

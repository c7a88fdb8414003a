#pragma once
// Keeps the records of a journal in the history folder, on a thread of its own that the first record starts.
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "observe/journal.hpp"
#include "store/history_folder.hpp"

namespace dbmux {

class HistoryKeeper {
 public:
  // The journal outlives it; nothing is added to that journal any more when the keeper ends.
  HistoryKeeper(RingJournal&, std::filesystem::path folder, HistorySettings,
                std::chrono::milliseconds gather = std::chrono::milliseconds(250));
  ~HistoryKeeper();  // as finish()
  HistoryKeeper(const HistoryKeeper&) = delete;
  HistoryKeeper& operator=(const HistoryKeeper&) = delete;

  // Keeps what is still in the journal and ends the thread. Once, from one thread.
  void finish();
  std::uint64_t not_kept() const { return lost_; }  // after finish()

 private:
  void wake();
  void run();
  void drain();
  void keep(std::vector<CallRecord>&);
  void lose(std::uint64_t calls, const std::string& why);

  RingJournal& journal_;
  const std::chrono::milliseconds gather_;

  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::thread thread_;
  bool work_ = false;
  bool ending_ = false;

  // of the thread, or of finish() after it
  HistoryFolder folder_;
  std::uint64_t next_ = 0;  // number of the first record that was not looked at
  std::uint64_t lost_ = 0;
  std::uint64_t lost_untold_ = 0;  // not yet written into the history
  std::string lost_why_;
  bool failing_ = false;
  bool unsynced_ = false;
  Clock::time_point synced_;
};

}  // namespace dbmux

#pragma once
// The kept history of calls: a folder of append-only segments that several processes write at the same time.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "observe/journal.hpp"
#include "profile/profile.hpp"

namespace dbmux {

// $DBMUX_HOME/history
std::filesystem::path history_folder(const Environment&);
// What is kept and for how long: the profile's word, unless DBMUX_HISTORY is off.
HistorySettings history_settings(const Profile&, const Environment&);

// A record as one line of JSON: at, operation, connection, statement, ms, rows, error, who, pid; what is
// absent is null.
std::string history_json(const CallRecord&);

// The writing side. One thread.
class HistoryFolder {
 public:
  static constexpr std::int64_t kSegmentBytes = std::int64_t{16} << 20;

  // Touches nothing yet.
  HistoryFolder(std::filesystem::path folder, HistorySettings, std::int64_t segment_bytes = kSegmentBytes);
  ~HistoryFolder();
  HistoryFolder(const HistoryFolder&) = delete;
  HistoryFolder& operator=(const HistoryFolder&) = delete;

  // Appends each as a line, all in one write. Makes the folder where it is not there. Gives how many of them
  // are whole in the file, and why the others are not.
  struct Kept {
    std::size_t lines = 0;
    std::optional<Error> error;  // resource: no space; denied: may not be written
  };
  Kept append(std::span<const std::string> json, Wall::time_point now);
  // Waits until what was appended is on the disk.
  void sync();

 private:
  Result<void> open(Wall::time_point now);
  Result<void> open_folder();
  Result<void> open_segment(const std::string& day);
  void prune(const std::string& today);
  void close();

  const std::filesystem::path folder_;
  const HistorySettings settings_;
  const std::int64_t segment_bytes_;
  int folder_fd_ = -1;
  int file_ = -1;
  std::string day_;  // of file_
};

struct KeptCall {
  std::string at, operation, connection, statement, error, who;  // "" = none
  std::int64_t ms = 0;
  std::int64_t rows = -1;  // -1 = has none
  std::int64_t pid = 0;
};

struct History {
  std::vector<KeptCall> calls;  // oldest first
  std::int64_t not_kept = 0;    // calls that came too fast or found no space, as the writers counted them
  std::int64_t damaged = 0;     // lines that are no whole records
};

// The last calls, of one connection unless that is "". A folder that is not there is empty. Error (denied):
// it belongs to somebody else, or cannot be read. Safe while others write.
Result<History> read_history(const std::filesystem::path& folder, std::size_t last,
                             std::string_view connection);

// A line that says that so many calls could not be kept.
std::string not_kept_json(std::uint64_t calls, std::string_view why, Wall::time_point);

}  // namespace dbmux

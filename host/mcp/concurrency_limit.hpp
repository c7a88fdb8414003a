#pragma once
// How many jobs may run at once, found by trying: it doubles where more jobs get done in the same time, and
// halves where as many do. Each job at once that gains nothing costs switches and cold caches, here and in
// the database.
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace dbmux::mcp {

class ConcurrencyLimit {
 public:
  using Duration = std::chrono::nanoseconds;

  ConcurrencyLimit(std::ptrdiff_t least, std::ptrdiff_t most);  // 1 <= least <= most

  std::ptrdiff_t now() const { return now_; }
  std::ptrdiff_t least() const { return least_; }
  std::ptrdiff_t most() const { return most_; }

  // For so long, with others waiting all the time, so many jobs were taken. None for some milliseconds: all
  // that run are slow, and the limit doubles.
  void looked(Duration time, std::uint64_t taken);
  // Nobody had to wait for a while.
  void fall();
  void change_most(std::ptrdiff_t by);

 private:
  enum class Phase { measure, settle, judge, hold };

  void start(Phase);
  void double_at_once();
  void try_on();
  void judge(double rate);
  void turn_back();

  const std::ptrdiff_t least_;
  std::ptrdiff_t most_;
  std::ptrdiff_t now_;
  std::ptrdiff_t before_ = 0;  // the limit that is compared with
  double rate_before_ = 0;     // jobs a nanosecond
  bool upwards_ = true;        // what is tried, or will be next
  Phase phase_ = Phase::measure;
  Duration hold_;       // the next one
  Duration nothing_{};  // for so long nothing was taken
  Duration elapsed_{};  // in this phase
  std::uint64_t taken_ = 0;
};

}  // namespace dbmux::mcp

#include "mcp/concurrency_limit.hpp"

#include <algorithm>

namespace dbmux::mcp {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWindow{8};                      // that a rate is taken over
constexpr milliseconds kSettle{16};                     // connections may have to be opened first
constexpr milliseconds kLeastHold{25}, kMostHold{400};  // after attempts in vain: twice as long after each
constexpr milliseconds kStuck{3};                       // about a turn of another process on this processor
constexpr double kMore = 1.15, kAsMany = 0.95;

}  // namespace

ConcurrencyLimit::ConcurrencyLimit(std::ptrdiff_t least, std::ptrdiff_t most)
    : least_(least), most_(most), now_(least), hold_(kLeastHold) {}

void ConcurrencyLimit::looked(Duration time, std::uint64_t taken) {
  nothing_ = taken == 0 ? nothing_ + time : Duration{};
  if (nothing_ >= kStuck) return double_at_once();
  elapsed_ += time;
  taken_ += taken;
  const auto rate = static_cast<double>(taken_) / static_cast<double>(elapsed_.count());
  switch (phase_) {
    case Phase::measure:
      if (elapsed_ < kWindow) return;
      before_ = now_;
      rate_before_ = rate;
      return try_on();
    case Phase::settle:
      if (elapsed_ >= kSettle) start(Phase::judge);
      return;
    case Phase::judge:
      if (elapsed_ >= kWindow) judge(rate);
      return;
    case Phase::hold:
      if (elapsed_ >= hold_) start(Phase::measure);
      return;
  }
}

void ConcurrencyLimit::double_at_once() {
  now_ = std::min(most_, now_ * 2);
  upwards_ = true;
  hold_ = kLeastHold;
  nothing_ = {};
  start(Phase::measure);
}

void ConcurrencyLimit::fall() {
  now_ = std::max(least_, now_ / 2);
  start(Phase::measure);
}

void ConcurrencyLimit::change_most(std::ptrdiff_t by) {
  most_ += by;
  now_ = std::min(now_, most_);
}

void ConcurrencyLimit::start(Phase phase) {
  phase_ = phase;
  elapsed_ = {};
  taken_ = 0;
}

void ConcurrencyLimit::try_on() {
  now_ = upwards_ ? std::min(most_, now_ * 2) : std::max(least_, now_ / 2);
  if (now_ != before_) return start(Phase::settle);
  turn_back();
}

void ConcurrencyLimit::turn_back() {
  now_ = before_;
  upwards_ = !upwards_;
  hold_ = std::min<Duration>(hold_ * 2, kMostHold);
  start(Phase::hold);
}

void ConcurrencyLimit::judge(double rate) {
  if (rate >= rate_before_ * (upwards_ ? kMore : kAsMany)) {
    before_ = now_;
    rate_before_ = rate;
    hold_ = kLeastHold;
    return try_on();
  }
  turn_back();
}

}  // namespace dbmux::mcp

#include "interruption.hpp"

namespace dbmux::chromadb {

void Interruption::begin(kit::Call call) {
  const std::lock_guard lock(mutex_);
  running_ = call.id();
  cancelled_ = false;
  call_ = call.raw();
  stop_ = Stop::none;
  deadline_ns_ = call.deadline_ns();
}

void Interruption::end() {
  const std::lock_guard lock(mutex_);
  running_ = 0;
  call_ = nullptr;
}

void Interruption::cancel(std::uint64_t call_id) {
  const std::lock_guard lock(mutex_);
  if (call_id == 0 || running_ != call_id || cancelled_) return;
  cancelled_ = true;
  wake_();
}

bool Interruption::due() {
  if (stop_ != Stop::none) return true;
  const bool cancelled = [&] {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }();
  // The host may also cancel what has run out of time: that is still a timeout.
  if (deadline_ns_ != INT64_MAX && kit::now_ns() >= deadline_ns_) {
    stop_ = Stop::deadline;
  } else if (cancelled || (call_ != nullptr && kit::Call(call_).cancelled())) {
    stop_ = Stop::cancelled;
  }
  return stop_ != Stop::none;
}

kit::Failure Interruption::stopped() const {
  if (stop_ == Stop::deadline)
    return kit::fail(DBMUX_E_TIMEOUT, "the request took longer than it may, and was broken off");
  return kit::fail(DBMUX_E_CANCELLED, "the request was cancelled");
}

}  // namespace dbmux::chromadb

#include "interruption.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace dbmux::mongodb {

namespace {

constexpr std::int64_t kGraceNs = 700'000'000;  // from a cancel to breaking off

}  // namespace

Interruption::Interruption() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Interruption::~Interruption() { ::close(event_); }

void Interruption::start(std::uint64_t id, std::int64_t deadline_ns) {
  std::unique_lock lock(mutex_);
  asked_.wait(lock, [&] { return !asking_; });
  running_ = id;
  cancelled_at_ns_ = 0;
  waiting_ = false;
  stop_ = Stop::none;
  deadline_ns_ = deadline_ns;
  calm();
}

void Interruption::begin(kit::Call call) {
  call_ = call.raw();
  start(call.id(), call.deadline_ns());
}

void Interruption::begin_until(std::int64_t deadline_ns) {
  call_ = nullptr;
  start(0, deadline_ns);
}

void Interruption::end() {
  std::unique_lock lock(mutex_);
  asked_.wait(lock, [&] { return !asking_; });
  running_ = 0;
  call_ = nullptr;
}

bool Interruption::cancel(std::uint64_t call_id) {
  const std::lock_guard lock(mutex_);
  if (call_id == 0 || running_ != call_id || cancelled_at_ns_ != 0) return false;
  cancelled_at_ns_ = kit::now_ns();
  ::eventfd_write(event_, 1);
  asking_ = waiting_;
  return asking_;
}

void Interruption::asked() {
  const std::lock_guard lock(mutex_);
  asking_ = false;
  asked_.notify_all();
}

bool Interruption::start_waiting() {
  if (due()) return false;
  const std::lock_guard lock(mutex_);
  waiting_ = cancelled_at_ns_ == 0;
  return waiting_;
}

void Interruption::stop_waiting() {
  std::unique_lock lock(mutex_);
  asked_.wait(lock, [&] { return !asking_; });
  waiting_ = false;
}

bool Interruption::due() {
  if (stop_ != Stop::none) return true;
  const bool cancelled = [&] {
    const std::lock_guard lock(mutex_);
    return cancelled_at_ns_ != 0;
  }();
  // The host may also cancel what has run out of time: that is still a timeout.
  if (deadline_ns_ != INT64_MAX && kit::now_ns() >= deadline_ns_) {
    stop_ = Stop::deadline;
  } else if (cancelled || (call_ != nullptr && kit::Call(call_).cancelled())) {
    stop_ = Stop::cancelled;
  }
  return stop_ != Stop::none;
}

std::int64_t Interruption::limit_ns() {
  const std::lock_guard lock(mutex_);
  return cancelled_at_ns_ == 0 ? deadline_ns_ : std::min(deadline_ns_, cancelled_at_ns_ + kGraceNs);
}

void Interruption::calm() {
  eventfd_t ignored = 0;
  ::eventfd_read(event_, &ignored);
}

}  // namespace dbmux::mongodb

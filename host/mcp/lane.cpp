#include "mcp/lane.hpp"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "mcp/session.hpp"

namespace dbmux::mcp {
namespace {

constexpr std::chrono::milliseconds kLook{1};
constexpr std::chrono::seconds kUnneeded{1};  // nobody queued: fewer may do

// That this process may use; hardware_concurrency() counts all.
std::ptrdiff_t processors() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0) return std::thread::hardware_concurrency();
  return CPU_COUNT(&usable);
}

}  // namespace

bool Lane::Bell::wait_for(std::chrono::milliseconds time) {
  timespec until{};
  ::clock_gettime(CLOCK_MONOTONIC, &until);
  const auto nanoseconds = until.tv_nsec + time.count() % 1000 * 1'000'000;
  until.tv_sec += time.count() / 1000 + nanoseconds / 1'000'000'000;
  until.tv_nsec = nanoseconds % 1'000'000'000;
  int failed = 0;
  do failed = ::sem_clockwait(&rung_, CLOCK_MONOTONIC, &until);
  while (failed != 0 && errno == EINTR);
  return failed == 0;
}

void Lane::Bell::wait() {
  while (::sem_wait(&rung_) != 0 && errno == EINTR) continue;
}

Lane::Lane(std::size_t workers, std::chrono::milliseconds idle, std::function<void(Job&)> work)
    : idle_time_(idle),
      work_(std::move(work)),
      limit_(std::clamp<std::ptrdiff_t>(processors(), 1, static_cast<std::ptrdiff_t>(workers)),
             static_cast<std::ptrdiff_t>(workers)) {}

Lane::~Lane() {
  {
    std::unique_lock lock(mutex_);
    ending_ = true;
    queue_.clear();
    left_.wait(lock, [&] { return joined_ == 0; });
  }
  for (auto& worker : workers_) {
    worker.bell.ring();
    if (worker.thread.joinable()) worker.thread.join();
  }
}

void Lane::post(Job job) {
  std::unique_lock lock(mutex_);
  queue_.push_back(std::move(job));
  auto* worker = next_to_wake();
  if (alive_ == 0) {  // not one thread is to be had
    job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work_(job);
    return;
  }
  lock.unlock();
  if (worker != nullptr) worker->bell.ring();
}

bool Lane::join() {
  const std::lock_guard lock(mutex_);
  if (!queue_.empty() || busy_ >= limit_.now() || ending_) return false;
  ++joined_;
  ++busy_;
  ++taken_;
  return true;
}

void Lane::work_joined(Job job) {
  std::unique_lock lock(mutex_);
  work_on(lock, job, nullptr);
  if (--joined_ == 0) left_.notify_all();
  auto* next =
      queue_.empty() ? nullptr : next_to_wake();  // nobody else looks after what was posted meanwhile
  lock.unlock();
  if (next != nullptr) next->bell.ring();
}

std::size_t Lane::under_way() {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(busy_, 0));
}

std::size_t Lane::waiting() {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void Lane::lost() {
  Worker* worker = nullptr;
  {
    const std::lock_guard lock(mutex_);
    limit_.change_most(1);
    --busy_;
    if (!queue_.empty()) worker = next_to_wake();
  }
  if (worker != nullptr) worker->bell.ring();
}

void Lane::found() {
  const std::lock_guard lock(mutex_);
  limit_.change_most(-1);
  ++busy_;
}

// With the lock.
bool Lane::wants_worker() const { return busy_ < limit_.now() || !looked_on_; }

// With the lock. The worker to be notified once the lock is free; none where none is wanted, or one is on its
// way.
Lane::Worker* Lane::next_to_wake() {
  if (waking_ || !wants_worker()) return nullptr;
  if (!idle_.empty()) {
    auto* worker = idle_.back();
    idle_.pop_back();
    worker->woken = waking_ = true;
    return worker;
  }
  if (alive_ < limit_.most()) waking_ = start_worker();
  return nullptr;
}

bool Lane::start_worker() {
  auto slot = std::find_if(workers_.begin(), workers_.end(), [](const Worker& w) { return w.ended; });
  if (slot == workers_.end()) slot = workers_.emplace(slot);
  if (slot->thread.joinable()) slot->thread.join();
  try {
    slot->thread = std::thread([this, worker = &*slot] { run(*worker); });
  } catch (const std::system_error&) {
    return false;  // the next worker to end its job goes on
  }
  slot->ended = slot->woken = false;
  ++alive_;
  return true;
}

// With the lock. False: this worker is to end.
bool Lane::wait(std::unique_lock<std::mutex>& lock, Worker& me) {
  while (!ending_) {
    if (queue_.empty()) {
      if (!rest(lock, me)) return false;
    } else if (busy_ < limit_.now()) {
      return true;
    } else if (!looked_on_) {
      look_on(lock, me);
    } else if (!rest(lock, me)) {
      return false;
    }
  }
  return false;
}

// With the lock. False: nobody wanted this worker for a while.
bool Lane::rest(std::unique_lock<std::mutex>& lock, Worker& me) {
  me.woken = false;
  idle_.push_back(&me);
  lock.unlock();
  const bool rung = me.bell.wait_for(idle_time_);
  lock.lock();
  if (me.woken) {
    waking_ = false;
    if (!rung) me.bell.wait();  // it is about to ring
  } else if (!ending_) {
    std::erase(idle_, &me);
    return !queue_.empty();
  }
  return true;
}

// With the lock.
void Lane::look_on(std::unique_lock<std::mutex>& lock, Worker& me) {
  looked_on_ = true;
  const auto taken = taken_;
  const auto since = std::chrono::steady_clock::now();
  lock.unlock();
  me.bell.wait_for(kLook);
  lock.lock();
  looked_on_ = false;
  looked_at_ = std::chrono::steady_clock::now();
  if (!queue_.empty()) limit_.looked(looked_at_ - since, taken_ - taken);
}

// With the lock, which is free while the job runs.
void Lane::work_on(std::unique_lock<std::mutex>& lock, Job& job, Worker* next) {
  lock.unlock();
  if (next != nullptr) next->bell.ring();
  work_(job);
  job = {};
  lock.lock();
  --busy_;
  if (limit_.now() == limit_.least()) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_at_ < kUnneeded) return;
  looked_at_ = now;
  limit_.fall();
}

void Lane::run(Worker& me) {
  std::unique_lock lock(mutex_);
  waking_ = false;
  while (wait(lock, me)) {
    auto job = std::move(queue_.front());
    queue_.pop_front();
    ++busy_;
    ++taken_;
    work_on(lock, job, queue_.empty() ? nullptr : next_to_wake());
  }
  me.ended = true;
  --alive_;
}

}  // namespace dbmux::mcp

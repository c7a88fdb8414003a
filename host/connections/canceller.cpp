#include "connections/canceller.hpp"

#include <algorithm>
#include <utility>

namespace dbmux {

Canceller::~Canceller() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Canceller::cancel(Conn& conn, std::uint64_t call_id) {
  add({&conn, [&conn, call_id] { conn.cancel(call_id); }});
}

void Canceller::run(std::function<void()> work) { add({nullptr, std::move(work)}); }

void Canceller::add(Job job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    if (!ending_ && jobs_.size() > idle_ && threads_.size() < kMostThreads)
      threads_.emplace_back([this] { serve(); });
  }
  changed_.notify_all();
}

void Canceller::wait_for(const Conn& conn) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return std::find(being_cancelled_.begin(), being_cancelled_.end(), &conn) == being_cancelled_.end() &&
           std::none_of(jobs_.begin(), jobs_.end(), [&](const Job& job) { return job.cancels == &conn; });
  });
}

void Canceller::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    if (job.cancels) being_cancelled_.push_back(job.cancels);
    lock.unlock();
    job.work();
    job.work = {};
    lock.lock();
    if (job.cancels)
      being_cancelled_.erase(std::find(being_cancelled_.begin(), being_cancelled_.end(), job.cancels));
    changed_.notify_all();
  }
}

}  // namespace dbmux

#include "awake.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "failure.hpp"
#include "process.hpp"

namespace bench {
namespace {

void compute_on(int processor, const std::atomic<bool>& over) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(processor, &one);
  const sched_param lowest{};
  const bool placed = ::pthread_setaffinity_np(::pthread_self(), sizeof one, &one) == 0;
  const bool lowered =
      ::pthread_setschedparam(::pthread_self(), SCHED_IDLE, &lowest) == 0 ||  // not in every container
      ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 19) == 0;
  if (!placed || !lowered) fail("a processor cannot be kept awake");
  while (!over.load(std::memory_order_relaxed)) {
  }
}

}  // namespace

Awake::Awake(bool wanted) {
  if (!wanted) return;
  const auto processors = all_processors();
  for (int i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &processors)) threads_.emplace_back([this, i] { compute_on(i, over_); });
}

Awake::~Awake() {
  over_ = true;
  for (auto& thread : threads_) thread.join();
}

}  // namespace bench

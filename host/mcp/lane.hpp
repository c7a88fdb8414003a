#pragma once
// A queue of lines and the workers that take them, in order of arrival.
#include <semaphore.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "mcp/concurrency_limit.hpp"

namespace dbmux::mcp {

class Batch;
class Flight;
class Session;

struct Job {
  std::string bytes;  // one line
  std::shared_ptr<Session> session;
  std::uint64_t line = 0;        // of the session
  bool awaited = false;          // counted as a call whose id is not known yet (Session)
  std::shared_ptr<Batch> batch;  // of which this is one element
  std::size_t slot = 0;
  std::size_t too_long = 0;             // instead of bytes: the limit that the line exceeded
  bool closed = false;                  // its session has been told that it ended
  std::shared_ptr<Flight> flight = {};  // of a call that is run again
};

// Workers start on demand and end when they were idle for a while; the one that went idle last is woken
// first. How many work at once is what their ConcurrencyLimit finds, from the number of processors on: while
// jobs queue, one idle worker looks on and tells it how many were taken.
class Lane {
 public:
  // work is called on a worker, without a lock; it must not throw.
  Lane(std::size_t workers, std::chrono::milliseconds idle, std::function<void(Job&)> work);
  // Waits for the jobs under way, however long they take; those that still wait are dropped.
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  void post(Job);
  // For a thread of another's: takes the place of a worker for one job. False: others wait, or as many work
  // as may. True: work_joined() follows, on the same thread or another.
  bool join();
  void work_joined(Job);
  std::size_t waiting();    // jobs that nobody has taken
  std::size_t under_way();  // but for the lost
  // A worker is stuck in its job: another may be started in its place until it comes back.
  void lost();
  void found();

 private:
  // Sleeps until it is called, or its time is over. Not a condition variable: a thread that comes back from
  // one holds the mutex as if others wanted it, and pays a system call to give it up.
  class Bell {
   public:
    Bell() { ::sem_init(&rung_, 0, 0); }
    ~Bell() { ::sem_destroy(&rung_); }
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;
    void ring() { ::sem_post(&rung_); }
    bool wait_for(std::chrono::milliseconds);  // false: it was not rung
    void wait();

   private:
    sem_t rung_;
  };

  struct Worker {
    Bell bell;  // rung once for each time that woken is set, and at the end
    bool woken = false;
    bool ended = true;
    std::thread thread;
  };

  bool wants_worker() const;
  Worker* next_to_wake();
  bool start_worker();
  bool wait(std::unique_lock<std::mutex>&, Worker&);
  void look_on(std::unique_lock<std::mutex>&, Worker&);
  bool rest(std::unique_lock<std::mutex>&, Worker&);
  void run(Worker&);
  void work_on(std::unique_lock<std::mutex>&, Job&, Worker* next);

  const std::chrono::milliseconds idle_time_;
  const std::function<void(Job&)> work_;
  std::mutex mutex_;
  std::deque<Job> queue_;
  std::list<Worker> workers_;  // never shrinks: whoever wakes a worker does so without the lock
  std::vector<Worker*> idle_;  // the last one went idle last
  ConcurrencyLimit limit_;
  std::chrono::steady_clock::time_point looked_at_;  // last
  std::ptrdiff_t alive_ = 0;
  std::ptrdiff_t busy_ = 0;  // but for the lost
  std::uint64_t taken_ = 0;
  std::condition_variable left_;  // by all that joined
  int joined_ = 0;
  bool waking_ = false;
  bool looked_on_ = false;
  bool ending_ = false;
};

}  // namespace dbmux::mcp

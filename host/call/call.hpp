#pragma once
// One request on its way down the rooms: who asks, until when, and how it is called off.
#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace dbmux {

struct Principal {
  std::string name;  // "" = the service itself
};

// Who runs this process, and so who is at its standard input: the login name, or uid:N without one.
const Principal& local_user();

// Databases know the first four; plugins may use all of MCP's.
enum class Notice { debug, info, warning, error, notice, critical, alert, emergency };

// What a call may say before it ends. Any thread.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void progress(double done, double total /* < 0 unknown */, std::string_view message) = 0;
  virtual void notice(Notice, std::int64_t code, std::string_view text) = 0;
  // data: any JSON; logger: "" = dbmux.
  virtual void record(Notice, std::string_view /*logger*/, std::string_view /*data*/) {}
};

class Asking;  // call/ask.hpp

class Call {
 public:
  enum class Stop : int { no, client, deadline, shutdown };

  explicit Call(Principal principal = {}, Clock::time_point deadline = kNever, Sink* sink = nullptr);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  std::uint64_t id() const { return id_; }  // unique in the process
  const Principal& principal() const { return principal_; }
  Clock::time_point started() const { return started_; }
  Clock::time_point deadline() const { return deadline_.load(std::memory_order_relaxed); }
  // Only before or between engine calls, by the thread that runs the call.
  void set_deadline(Clock::time_point at) { deadline_.store(at, std::memory_order_relaxed); }
  bool expired() const { return Clock::now() >= deadline(); }

  Stop stopped() const { return stop_.load(std::memory_order_acquire); }
  bool cancelled() const { return stopped() != Stop::no; }
  // First reason wins. Runs the hooks on the calling thread. Any thread.
  void cancel(Stop why);

  // Runs fn once when the call is cancelled, at once if it already is; not after the hook's destruction,
  // which waits for a running fn.
  class Hook {
   public:
    Hook(Call&, std::function<void()> fn);
    ~Hook();
    Hook(const Hook&) = delete;
    Hook& operator=(const Hook&) = delete;

   private:
    Call& call_;
    std::list<std::function<void()>>::iterator at_;
  };

  Sink* sink() const { return sink_; }                   // may be null
  Asking* asking() const { return asking_; }             // null: nobody is there to answer
  void set_asking(Asking* asking) { asking_ = asking; }  // before the call runs
  void progress(double done, double total, std::string_view message) {
    if (sink_) sink_->progress(done, total, message);
  }
  void notice(Notice level, std::int64_t code, std::string_view text) {
    if (sink_) sink_->notice(level, code, text);
  }

 private:
  const std::uint64_t id_;
  Principal principal_;
  const Clock::time_point started_;
  std::atomic<Clock::time_point> deadline_;
  std::atomic<Stop> stop_{Stop::no};
  Sink* sink_;
  Asking* asking_ = nullptr;
  std::mutex hooks_mutex_;  // held while hooks run, so that ~Hook waits
  std::list<std::function<void()>> hooks_;
};

}  // namespace dbmux

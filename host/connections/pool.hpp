#pragma once
// Sessions of one source that are opened alike (all read-only, or all writing), lent one at a time.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "call/call.hpp"
#include "call/watchdog.hpp"
#include "connections/canceller.hpp"
#include "driver/plugin.hpp"

namespace dbmux {

struct PoolLimits {
  std::size_t max = 10;                       // a hard cap
  std::size_t min = 0;                        // held open from the first lease until the pool is idle
  std::chrono::milliseconds idle{300'000};    // a session unused for so long is closed; of the pool: all are
  std::chrono::milliseconds life{3'600'000};  // a session older than this is closed when nobody uses it
  std::chrono::milliseconds check_after{30'000};  // unused for so long, a session is pinged before it is lent
};

class Pool;
class Replica;

// A session for one call. While it is held, cancelling the call (or its deadline passing) cancels what runs
// on the session. Its end never waits: a session that was cancelled, dirtied or lost is reset or closed on
// another thread before the pool has it back.
class Lease {
 public:
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) = delete;
  ~Lease();

  Conn& conn() { return *held_->conn; }
  void dirty() { held_->dirty = true; }     // the session needs reset() before its next lease
  void discard() { held_->broken = true; }  // the session is not to be used again

  // The replica that the session is on; null: the connection's own host.
  void serve_from(std::shared_ptr<Replica> replica) { held_->replica = std::move(replica); }
  Replica* replica() const { return held_->replica.get(); }

 private:
  friend class Pool;
  struct Held {
    std::shared_ptr<Pool> pool;
    std::unique_ptr<Conn> conn;
    Clock::time_point opened;
    Call* call = nullptr;
    std::shared_ptr<Replica> replica = nullptr;
    std::optional<Call::Hook> on_cancel;
    std::optional<Watchdog::Id> at_deadline;
    bool dirty = false;
    bool broken = false;
  };
  explicit Lease(std::unique_ptr<Held>);
  std::unique_ptr<Held> held_;
};

class Pool : public std::enable_shared_from_this<Pool> {
 public:
  // name: for messages.
  Pool(std::string name, std::shared_ptr<Source>, bool read_only, PoolLimits, Canceller&, Watchdog&);
  ~Pool();

  // Waits for a free session until the call's deadline (timeout, waited_for lease) or its cancel.
  Result<Lease> lease(Call&);

  struct Use {
    std::size_t open = 0, leased = 0, waiting = 0;
  };
  Use use() const;
  // When a lease has ended last; the epoch: none has.
  Clock::time_point last_end() const { return last_end_.load(std::memory_order_relaxed); }

 private:
  friend class Lease;
  struct Session {
    std::unique_ptr<Conn> conn;
    Clock::time_point opened, unused_since;
  };
  Result<Session> take(Call&);
  Result<Session> open(Call&);
  std::optional<Session> take_idle();
  bool fit_to_lend(Session&, Call&);
  void one_has_died(bool in_silence);
  bool wait_for_room(Call&);
  void give_back(std::unique_ptr<Conn>, Clock::time_point opened);
  void restore(Lease::Held&, bool cancelled);
  void close(std::vector<Session>);
  void hold_minimum();
  void open_one_more();
  void close_idle();
  void watch_idle();

  const std::string name_;
  const std::shared_ptr<Source> source_;
  const bool read_only_;
  const PoolLimits limits_;
  Canceller& canceller_;
  Watchdog& watchdog_;

  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<Session> idle_;  // the last one used is the first one lent: its caches are warm
  std::size_t open_ = 0;       // idle, leased, being opened or pinged
  std::size_t waiting_ = 0;
  Clock::time_point last_lent_{};
  std::atomic<Clock::time_point> last_end_{};
  std::atomic<Clock::time_point> last_death_{};  // a session not used since may have died of the same cause
  bool idle_watched_ = false;
  bool opening_one_more_ = false;
};

}  // namespace dbmux

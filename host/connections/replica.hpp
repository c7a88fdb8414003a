#pragma once
// A further server that reads may go to while it is not too far behind. How far that is, is found out now and
// then beside the calls, never on their way: what is not known is not used.
#include <atomic>
#include <memory>
#include <string>

#include "connections/connection.hpp"

namespace dbmux {

class Replica : public std::enable_shared_from_this<Replica> {
 public:
  // profile: of the connection, led to the replica's host.
  Replica(ConnectionProfile profile, std::string place, std::chrono::milliseconds max_lag, Surroundings&);

  const std::string& place() const { return place_; }  // HOST or HOST:PORT
  // Whether what it shows is within its bound, and holds all that was written until then. Also keeps it being
  // looked at for a while.
  bool shows(Clock::time_point written);
  Result<Lease> lease(Call& call) { return connection_.lease(call, true); }
  void distrust();  // it has failed: not to be used until it was looked at again

 private:
  void keep_looking();
  void look();

  const std::string place_;
  const std::chrono::milliseconds max_lag_;
  Surroundings& around_;
  Connection connection_;
  std::atomic<Clock::time_point> asked_{};
  std::atomic<Clock::time_point> written_{};  // the last that was asked for
  std::atomic<Clock::time_point> shown_{};    // it holds what was written until then; the epoch: unknown
  std::atomic<bool> looked_at_{false};
};

}  // namespace dbmux

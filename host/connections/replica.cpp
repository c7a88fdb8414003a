#include "connections/replica.hpp"

#include <algorithm>

#include "observe/log.hpp"

namespace dbmux {

namespace {

using namespace std::chrono_literals;

constexpr auto kLookBudget = 2s;
constexpr auto kForgottenAfter = 5min;  // nobody asks any more
// What is committed may still be on its way to a replica that has shown all it was sent.
constexpr auto kOnItsWay = 1s;

bool holds(Clock::time_point shown, Clock::time_point written) {
  return written == Clock::time_point{} || shown > written + kOnItsWay;
}

}  // namespace

Replica::Replica(ConnectionProfile profile, std::string place, std::chrono::milliseconds max_lag,
                 Surroundings& around)
    : place_(std::move(place)), max_lag_(max_lag), around_(around), connection_(std::move(profile), around) {}

bool Replica::shows(Clock::time_point written) {
  const auto now = Clock::now();
  asked_.store(now, std::memory_order_relaxed);
  written_.store(written, std::memory_order_relaxed);
  if (!looked_at_.exchange(true)) keep_looking();
  const auto shown = shown_.load();
  return shown != Clock::time_point{} && now - shown <= max_lag_ && holds(shown, written);
}

void Replica::distrust() { shown_.store({}); }

void Replica::keep_looking() {
  around_.canceller.run([weak = weak_from_this()] {
    if (const auto replica = weak.lock()) replica->look();
  });
}

// On a thread of the canceller.
void Replica::look() {
  const auto began = Clock::now();
  Call call({}, began + kLookBudget);
  auto lease = connection_.lease(call, true);
  const auto info = lease ? lease->conn().info(call) : Result<ConnInfo>(fail(lease.error()));
  const bool known = info && info->role == ConnInfo::kReplica && info->lag_ns >= 0;
  const bool before = shown_.load() != Clock::time_point{};
  shown_.store(known ? began - std::chrono::nanoseconds(info->lag_ns) : Clock::time_point{});
  if (before && !known)
    log(Level::warning, "replica is not used for now",
        {{"replica", place_},
         {"error", info ? "it does not say how far it is behind" : info.error().message}});
  if (Clock::now() - asked_.load(std::memory_order_relaxed) > kForgottenAfter) {
    looked_at_.store(false);
    distrust();
    return;
  }
  // Sooner where reads wait for it.
  const bool fit = known && holds(shown_.load(), written_.load(std::memory_order_relaxed));
  const auto interval = std::clamp<Clock::duration>(max_lag_ / 4, 50ms, fit ? 10s : 1s);
  around_.watchdog.at(Clock::now() + interval, [weak = weak_from_this()] {
    if (const auto replica = weak.lock()) replica->keep_looking();
  });
}

}  // namespace dbmux

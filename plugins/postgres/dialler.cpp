#include "dialler.hpp"

#include <algorithm>

namespace dbmux::postgres {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// What the next host may still help with.
bool tries_the_next(const kit::Error& e) {
  return e.category == DBMUX_E_CONNECTION || e.category == DBMUX_E_RESOURCE || e.category == DBMUX_E_TIMEOUT;
}

std::int64_t share(std::int64_t until_ns, const Waiter& waiter, std::size_t heirs) {
  const auto now = kit::now_ns();
  const auto left = std::max<std::int64_t>(0, std::min(until_ns, waiter.deadline_ns()) - now);
  return now + left / static_cast<std::int64_t>(std::max<std::size_t>(1, heirs));
}

}  // namespace

kit::Result<std::unique_ptr<Wire>> Dialler::open(const char* password, const std::string& settings,
                                                 bool writes, Waiter& waiter) {
  const auto until_ns = kit::now_ns() + options_.connect_timeout_s * kSecond;
  const auto& hosts = options_.hosts;
  const auto first = served_last_.load(std::memory_order_relaxed);
  const auto wanted = hosts.size() > 1 && writes ? std::string("primary") : options_.session_attributes;
  kit::Failure failed = kit::fail(DBMUX_E_CONNECTION, "there is no host to try");
  std::string all;
  for (std::size_t tried = 0; tried < hosts.size(); ++tried) {
    const auto at = (first + tried) % hosts.size();
    const auto host_until = share(until_ns, waiter, hosts.size() - tried);
    auto addresses = hosts[at].is_socket() ? std::vector<std::string>{""}
                                           : lookup_.addresses(hosts[at].name, waiter, host_until);
    if (!addresses) failed = addresses.failure();
    for (std::size_t i = 0; addresses && i < addresses->size(); ++i) {
      const Target target{hosts[at].name, (*addresses)[i], hosts[at].port, wanted};
      auto wire = Wire::open(options_, target, password, settings, waiter,
                             share(host_until, waiter, addresses->size() - i));
      if (wire) {
        served_last_.store(at, std::memory_order_relaxed);
        return wire;
      }
      failed = wire.failure();
      if (!tries_the_next(*failed)) return failed;
    }
    if (!tries_the_next(*failed) || kit::now_ns() >= waiter.deadline_ns()) return failed;
    all += (all.empty() ? "" : "; ") + hosts[at].name + ':' + std::to_string(hosts[at].port) + ": " +
           failed->message;
  }
  if (hosts.size() > 1) failed->message = "none of the hosts took the session: " + all;
  return failed;
}

kit::Result<std::unique_ptr<Wire>> Dialler::open_like(const Wire& like, const std::string& settings,
                                                      Waiter& waiter) {
  auto target = like.target();
  target.session_attributes = "any";
  return Wire::open(options_, target, PQpass(like.get()), settings, waiter,
                    kit::now_ns() + options_.connect_timeout_s * kSecond);
}

}  // namespace dbmux::postgres

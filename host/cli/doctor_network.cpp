#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/text.hpp"
#include "cli/doctor.hpp"
#include "connections/endpoint.hpp"

namespace dbmux {

namespace {

constexpr auto kPortWait = std::chrono::seconds(5);
constexpr std::size_t kMostShown = 4;

using Addresses = std::shared_ptr<addrinfo>;

// The system's resolver heeds no deadline, so it runs on a thread that is left behind where it is late.
struct Lookup {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  int status = 0;
  Addresses addresses;
};

void look_up(const std::shared_ptr<Lookup>& lookup, const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  const std::lock_guard lock(lookup->mutex);
  lookup->status = status;
  if (status == 0) lookup->addresses = Addresses(found, ::freeaddrinfo);
  lookup->done = true;
  lookup->changed.notify_one();
}

std::string shown(const addrinfo& address) {
  std::array<char, NI_MAXHOST> name{};
  if (::getnameinfo(address.ai_addr, address.ai_addrlen, name.data(), name.size(), nullptr, 0,
                    NI_NUMERICHOST) != 0)
    return "?";
  return name.data();
}

// 0, or the number of the error.
int connects(const addrinfo& address, Clock::time_point until) {
  const int fd =
      ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol);
  if (fd < 0) return errno;
  const std::unique_ptr<const int, void (*)(const int*)> closing(&fd,
                                                                 [](const int* open) { ::close(*open); });
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd wait{fd, POLLOUT, 0};
  const auto left = std::max<std::int64_t>(ms_between(Clock::now(), until), 0);
  if (::poll(&wait, 1, static_cast<int>(left)) <= 0) return ETIMEDOUT;
  int number = 0;
  socklen_t size = sizeof number;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size) == 0 ? number : errno;
}

Addresses resolve(Call& call, const std::string& host, int port, Findings& found) {
  const auto lookup = std::make_shared<Lookup>();
  try {
    std::thread([=] { look_up(lookup, host, port); }).detach();
  } catch (const std::system_error& e) {
    found.warn("name", host + " was not looked up: " + e.what());
    return {};
  }
  std::unique_lock lock(lookup->mutex);
  if (!lookup->changed.wait_until(lock, call.deadline(), [&] { return lookup->done; })) {
    found.fail("name", "no answer about '" + host + "' in time", "Look at the name servers of this machine.",
               kUnreachable);
    return {};
  }
  if (lookup->status != 0) {
    found.fail("name", "'" + host + "' is not known: " + ::gai_strerror(lookup->status),
               "Is it spelt right? A name of a private network needs its VPN or its name server.",
               kUnreachable);
    return {};
  }
  return lookup->addresses;
}

void say_closed(const std::string& host, int port, int number, Findings& found) {
  const auto place = host + ":" + std::to_string(port);
  const bool refused = number == ECONNREFUSED;
  std::string next = refused ? "Is the server running, and on this port?"
                             : "A firewall may drop it, or the server is in another network.";
  if (in_container() && is_loopback(host))
    next = "dbmux runs in a container, where " + host + " is the container itself; use host.docker.internal.";
  found.fail("port",
             refused ? "nothing listens on " + place
                     : place + " cannot be reached: " + std::generic_category().message(number),
             next, kUnreachable);
}

}  // namespace

bool examine_network(Call& call, const std::string& host, int port, Findings& found) {
  if (host.empty()) return true;
  if (host.starts_with('/')) {  // a folder with a local socket
    std::error_code ec;
    if (std::filesystem::exists(host, ec)) {
      found.ok("socket", host);
      return true;
    }
    found.fail("socket", host + " does not exist", "Is the server running on this machine?", kUnreachable);
    return false;
  }
  if (host.find(',') != std::string::npos) return true;  // several: the driver chooses
  const auto addresses = resolve(call, host, port, found);
  if (!addresses) return !found.failed();
  std::string list;
  std::size_t n = 0;
  for (const auto* a = addresses.get(); a; a = a->ai_next)
    if (n++ < kMostShown) list += (list.empty() ? "" : ", ") + shown(*a);
  if (list != host) found.ok("name", host + " is " + list);
  if (port == 0) return true;
  int number = 0;
  const auto until = std::min(call.deadline(), Clock::now() + kPortWait);
  for (const auto* a = addresses.get(); a; a = a->ai_next)
    if (number = connects(*a, until); number == 0) {
      found.ok("port", shown(*a) + " answers on " + std::to_string(port));
      return true;
    }
  say_closed(host, port, number, found);
  return false;
}

}  // namespace dbmux

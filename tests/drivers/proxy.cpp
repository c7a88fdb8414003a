#include "proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace dbmux::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int connected_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

void send_at_once(int fd) {
  const int yes = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

bool send_all(int fd, const char* bytes, std::size_t size) {
  while (size > 0) {
    const auto n = ::send(fd, bytes, size, MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

Proxy::Proxy(std::uint16_t server_port) : server_port_(server_port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 256) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("the proxy cannot listen on loopback");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

Proxy::~Proxy() {
  ending_ = true;
  ::eventfd_write(wake_, 1);
  thread_.join();
  for (auto& pair : pairs_) close(pair);
  ::close(listener_);
  ::close(wake_);
}

void Proxy::hold(bool replies) {
  holding_ = replies;
  ::eventfd_write(wake_, 1);
}

void Proxy::answer_after(std::chrono::milliseconds silence) { silence_ = silence; }

void Proxy::cut() {
  cutting_ = true;
  ::eventfd_write(wake_, 1);
}

void Proxy::cut_after(std::size_t bytes, bool of_replies) {
  (of_replies ? most_replied_ : most_requested_) = bytes;
}

int Proxy::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

int Proxy::open() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(pairs_.size());
}

int Proxy::flights() const {
  const std::lock_guard lock(mutex_);
  return flights_;
}

std::string Proxy::sent() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}

std::chrono::milliseconds Proxy::silence_left(const Pair& pair) const {
  const auto silent = std::chrono::steady_clock::now() - pair.sent_at;
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(silence_.load() - silent), {});
}

// -1 for ever, unless a reply waits for silence.
int Proxy::poll_timeout() const {
  auto least = std::chrono::milliseconds::max();
  for (const auto& pair : pairs_)
    if (!holding_ && (pair.server_ended || !pair.to_driver.empty()))
      least = std::min(least, silence_left(pair));
  return least == std::chrono::milliseconds::max() ? -1 : static_cast<int>(least.count());
}

void Proxy::serve() {
  while (!ending_) {
    std::vector<pollfd> fds{{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
    for (const auto& pair : pairs_) {  // only this thread changes pairs_
      fds.push_back({pair.driver, POLLIN, 0});
      const bool full = pair.server_ended || !pair.to_driver.empty();
      fds.push_back({full ? -1 : pair.server, POLLIN, 0});
    }
    if (::poll(fds.data(), fds.size(), poll_timeout()) < 0 && errno != EINTR) return;
    eventfd_t ignored = 0;
    ::eventfd_read(wake_, &ignored);
    const bool cut = cutting_.exchange(false);
    std::vector<Pair> alive;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      auto& pair = pairs_[i];
      const bool from_driver = fds[2 + 2 * i].revents != 0, from_server = fds[3 + 2 * i].revents != 0;
      if (cut || (from_driver && !forward(pair)) || (from_server && !answer(pair)) ||
          (!holding_ && (pair.server_ended || !pair.to_driver.empty()) && !answer(pair)))
        close(pair);
      else
        alive.push_back(std::move(pair));
    }
    {
      const std::lock_guard lock(mutex_);
      pairs_ = std::move(alive);
    }
    if (fds[0].revents != 0) accept_one();
  }
}

void Proxy::accept_one() {
  Pair pair;
  pair.driver = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (pair.driver < 0) return;
  pair.server = connected_to(server_port_);
  if (pair.server < 0) return close(pair);
  send_at_once(pair.driver);
  send_at_once(pair.server);
  const std::lock_guard lock(mutex_);
  ++connections_;
  pairs_.push_back(std::move(pair));
}

bool Proxy::forward(Pair& pair) {
  std::array<char, 65536> part;
  const auto n = ::recv(pair.driver, part.data(), part.size(), 0);
  if (n <= 0) return false;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(pair.driver_sends, true)) ++flights_;
    pair.sent_at = std::chrono::steady_clock::now();
    sent_.append(part.data(), static_cast<std::size_t>(n));
  }
  return pass(pair.server, {part.data(), static_cast<std::size_t>(n)}, pair.requested, most_requested_);
}

bool Proxy::answer(Pair& pair) {
  if (pair.to_driver.empty() && !pair.server_ended) {
    std::array<char, 65536> part;
    const auto n = ::recv(pair.server, part.data(), part.size(), 0);
    if (n <= 0)
      pair.server_ended = true;
    else
      pair.to_driver.assign(part.data(), static_cast<std::size_t>(n));
  }
  if (holding_ || silence_left(pair).count() > 0) return true;
  const auto bytes = std::exchange(pair.to_driver, {});
  if (bytes.empty() && pair.server_ended) return false;
  pair.driver_sends = false;
  return pass(pair.driver, bytes, pair.replied, most_replied_);
}

bool Proxy::pass(int to, const std::string& bytes, std::size_t& passed, std::size_t most) {
  const auto allowed = most == 0 ? bytes.size() : std::min(bytes.size(), most - std::min(most, passed));
  passed += allowed;
  return send_all(to, bytes.data(), allowed) && allowed == bytes.size() && (most == 0 || passed < most);
}

void Proxy::close(Pair& pair) {
  const linger reset{1, 0};
  for (const int fd : {pair.driver, pair.server}) {
    if (fd < 0) continue;
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    ::close(fd);
  }
}

}  // namespace dbmux::test

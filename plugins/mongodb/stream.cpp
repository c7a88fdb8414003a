#include "stream.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace dbmux::mongodb {

namespace {

constexpr int kStreamType = 0x6d78;  // not one of libmongoc's own
constexpr std::int64_t kNsPerMs = 1'000'000;

struct SocketStream {
  mongoc_stream_t table;  // first: libmongoc hands it back
  int fd;
  StreamOwner* owner;
  bool timed_out;
};

SocketStream& self(mongoc_stream_t* stream) { return *reinterpret_cast<SocketStream*>(stream); }

// Waits for one of the descriptors, no longer than timeout_ms (negative: no limit of its own), the call's
// limit, and a cancel allow. >0: some are ready; 0: timeout_ms is over; -1: the call is.
int wait(StreamOwner& owner, std::vector<pollfd>& fds, std::int64_t timeout_ms) {
  auto& interruption = *owner.interruption;
  const std::int64_t own = timeout_ms < 0 ? INT64_MAX : kit::now_ns() + timeout_ms * kNsPerMs;
  fds.push_back({interruption.descriptor(), POLLIN, 0});
  int ready = 0;
  for (;;) {
    if (owner.closed) {
      ready = -1;
      break;
    }
    const std::int64_t limit = interruption.limit_ns(), now = kit::now_ns();
    const std::int64_t until = std::min(own, limit);
    const std::int64_t left_ms = until == INT64_MAX ? -1 : std::max<std::int64_t>(0, until - now) / kNsPerMs;
    const bool last = until != INT64_MAX && until <= now;
    // A millisecond too long rather than one of spinning.
    ready = ::poll(
        fds.data(), fds.size(),
        last ? 0 : static_cast<int>(std::min<std::int64_t>(left_ms, 1 << 30) + (left_ms >= 0 ? 1 : 0)));
    if (ready < 0 && errno != EINTR) break;
    if (fds.back().revents != 0) {
      interruption.calm();
      --ready;
    }
    if (ready > 0) break;
    if (last) {
      ready = limit <= now ? -1 : 0;
      break;
    }
  }
  fds.pop_back();
  return ready;
}

bool wait_one(SocketStream& s, short events, std::int64_t timeout_ms) {
  std::vector<pollfd> fds{{s.fd, events, 0}};
  if (wait(*s.owner, fds, timeout_ms) > 0) return true;
  s.timed_out = true;
  errno = ETIMEDOUT;
  return false;
}

// The rest of a vector of buffers behind what is done.
std::vector<iovec> rest_of(const mongoc_iovec_t* iov, std::size_t count, std::size_t done) {
  std::vector<iovec> rest;
  for (std::size_t i = 0; i < count; ++i) {
    const auto skipped = std::min(done, iov[i].iov_len);
    done -= skipped;
    if (skipped < iov[i].iov_len)
      rest.push_back({static_cast<char*>(iov[i].iov_base) + skipped, iov[i].iov_len - skipped});
  }
  return rest;
}

std::size_t total_of(const mongoc_iovec_t* iov, std::size_t count) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < count; ++i) total += iov[i].iov_len;
  return total;
}

ssize_t transfer(mongoc_stream_t* stream, mongoc_iovec_t* iov, std::size_t count, std::size_t wanted,
                 std::int32_t timeout_ms, bool sending) {
  auto& s = self(stream);
  s.timed_out = false;
  const std::int64_t until = timeout_ms < 0 ? INT64_MAX : kit::now_ns() + timeout_ms * kNsPerMs;
  std::size_t done = 0;
  for (;;) {
    auto rest = rest_of(iov, count, done);
    if (rest.empty()) return static_cast<ssize_t>(done);
    msghdr message{};
    message.msg_iov = rest.data();
    message.msg_iovlen = std::min<std::size_t>(rest.size(), 64);
    const ssize_t n = sending ? ::sendmsg(s.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT)
                              : ::recvmsg(s.fd, &message, MSG_DONTWAIT);
    if (n > 0) done += static_cast<std::size_t>(n);
    if (n > 0 && done >= wanted && !sending) return static_cast<ssize_t>(done);
    if (n > 0) continue;
    if (n == 0) {
      errno = ECONNRESET;
      return -1;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return -1;
    if (timeout_ms == 0) return done > 0 ? static_cast<ssize_t>(done) : -1;
    const std::int64_t left =
        until == INT64_MAX ? -1 : std::max<std::int64_t>(0, until - kit::now_ns()) / kNsPerMs;
    if (!wait_one(s, sending ? POLLOUT : POLLIN, left)) return -1;
  }
}

ssize_t write_to(mongoc_stream_t* stream, mongoc_iovec_t* iov, std::size_t count, std::int32_t timeout_ms) {
  return transfer(stream, iov, count, total_of(iov, count), timeout_ms, true);
}

ssize_t read_from(mongoc_stream_t* stream, mongoc_iovec_t* iov, std::size_t count, std::size_t at_least,
                  std::int32_t timeout_ms) {
  return transfer(stream, iov, count, at_least, timeout_ms, false);
}

ssize_t poll_all(mongoc_stream_poll_t* streams, std::size_t n, std::int32_t timeout_ms) {
  std::vector<pollfd> fds;
  for (std::size_t i = 0; i < n; ++i)
    fds.push_back({self(streams[i].stream).fd, static_cast<short>(streams[i].events), 0});
  const int ready = n == 0 ? 0 : wait(*self(streams[0].stream).owner, fds, timeout_ms);
  // When the call is over, each of them has failed: libmongoc then gives up at once.
  for (std::size_t i = 0; i < n; ++i) streams[i].revents = ready < 0 ? POLLERR : fds[i].revents;
  return ready < 0 ? static_cast<ssize_t>(n) : ready;
}

int close_stream(mongoc_stream_t* stream) {
  auto& s = self(stream);
  if (s.fd >= 0) ::close(s.fd);
  s.fd = -1;
  return 0;
}

void destroy_stream(mongoc_stream_t* stream) {
  close_stream(stream);
  delete &self(stream);
}

int flush_stream(mongoc_stream_t*) { return 0; }

int set_option(mongoc_stream_t* stream, int level, int name, void* value, mongoc_socklen_t size) {
  return ::setsockopt(self(stream).fd, level, name, value, size);
}

bool check_closed(mongoc_stream_t* stream) {
  char byte = 0;
  const ssize_t n = ::recv(self(stream).fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

bool timed_out(mongoc_stream_t* stream) { return self(stream).timed_out; }
bool should_retry(mongoc_stream_t*) { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

mongoc_stream_t* stream_over(int fd, StreamOwner& owner) {
  auto stream = std::make_unique<SocketStream>();
  stream->table = {};
  stream->table.type = kStreamType;
  stream->table.destroy = destroy_stream;
  stream->table.close = close_stream;
  stream->table.flush = flush_stream;
  stream->table.writev = write_to;
  stream->table.readv = read_from;
  stream->table.setsockopt = set_option;
  stream->table.check_closed = check_closed;
  stream->table.poll = poll_all;
  stream->table.timed_out = timed_out;
  stream->table.should_retry = should_retry;
  stream->fd = fd;
  stream->owner = &owner;
  stream->timed_out = false;
  ++owner.opened;
  return &stream.release()->table;
}

// A connected socket or -1 with errno.
int connect_to(StreamOwner& owner, const sockaddr* address, socklen_t size, std::int64_t timeout_ms) {
  const int fd = ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  const int yes = 1;
  if (address->sa_family != AF_UNIX) {
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
  }
  int failed = ::connect(fd, address, size) == 0 ? 0 : errno;
  if (failed == EINPROGRESS) {
    std::vector<pollfd> fds{{fd, POLLOUT, 0}};
    failed = ETIMEDOUT;
    socklen_t length = sizeof failed;
    if (wait(owner, fds, timeout_ms) > 0) ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &length);
  }
  if (failed == 0) return fd;
  ::close(fd);
  errno = failed;
  return -1;
}

int connect_unix(StreamOwner& owner, const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (std::strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::strcpy(address.sun_path, path);
  return connect_to(owner, reinterpret_cast<const sockaddr*>(&address), sizeof address, -1);
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

int connect_tcp(StreamOwner& owner, const mongoc_host_list_t& host, std::int64_t timeout_ms) {
  addrinfo hints{};
  hints.ai_family = host.family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* raw = nullptr;
  if (::getaddrinfo(host.host, std::to_string(host.port).c_str(), &hints, &raw) != 0) {
    errno = EADDRNOTAVAIL;
    return -1;
  }
  const std::unique_ptr<addrinfo, FreeAddresses> list(raw);
  for (const auto* a = list.get(); a; a = a->ai_next)
    if (const int fd = connect_to(owner, a->ai_addr, a->ai_addrlen, timeout_ms); fd >= 0) return fd;
  return -1;
}

mongoc_stream_t* over_tls(mongoc_stream_t* stream, const mongoc_uri_t* uri, const StreamOwner& owner,
                          const char* host) {
  mongoc_ssl_opt_t options{};
  const bool insecure = mongoc_uri_get_option_as_bool(uri, MONGOC_URI_TLSINSECURE, false);
  options.ca_file = mongoc_uri_get_option_as_utf8(uri, MONGOC_URI_TLSCAFILE, owner.tls_ca_file);
  options.pem_file = mongoc_uri_get_option_as_utf8(uri, MONGOC_URI_TLSCERTIFICATEKEYFILE, nullptr);
  options.pem_pwd = mongoc_uri_get_option_as_utf8(uri, MONGOC_URI_TLSCERTIFICATEKEYFILEPASSWORD, nullptr);
  options.weak_cert_validation =
      insecure || mongoc_uri_get_option_as_bool(uri, MONGOC_URI_TLSALLOWINVALIDCERTIFICATES, false);
  options.allow_invalid_hostname =
      insecure || mongoc_uri_get_option_as_bool(uri, MONGOC_URI_TLSALLOWINVALIDHOSTNAMES, false);
  return mongoc_stream_tls_new_with_hostname(stream, host, &options, 1);
}

}  // namespace

mongoc_stream_t* open_stream(const mongoc_uri_t* uri, const mongoc_host_list_t* host, void* data,
                             bson_error_t* error) {
  auto& owner = *static_cast<StreamOwner*>(data);
  const auto timeout_ms = mongoc_uri_get_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, 10'000);
  errno = ETIMEDOUT;
  const int fd = owner.closed              ? -1
                 : host->family == AF_UNIX ? connect_unix(owner, host->host)
                                           : connect_tcp(owner, *host, timeout_ms);
  if (fd < 0) {
    const std::string why =
        errno == EADDRNOTAVAIL ? "the name is not known" : std::generic_category().message(errno);
    bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_CONNECT, "cannot connect to %s: %s",
                   host->host_and_port, why.c_str());
    return nullptr;
  }
  mongoc_stream_t* stream = stream_over(fd, owner);
  if (!mongoc_uri_get_tls(uri)) return stream;
  mongoc_stream_t* tls = over_tls(stream, uri, owner, host->host);
  if (tls) return tls;
  mongoc_stream_destroy(stream);
  bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET, "cannot start TLS to %s",
                 host->host_and_port);
  return nullptr;
}

}  // namespace dbmux::mongodb

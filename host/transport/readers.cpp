#include "transport/readers.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "base/owned_fd.hpp"

namespace dbmux {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} << 10;
constexpr std::size_t kCrowd = 8;  // frames that wait for their turn
// In a crowd, what comes and what goes meanwhile is read and written in one go: waking a thread for each
// line, here or in the client, costs a busy process more than the line.
constexpr timespec kGather{0, 200'000};
constexpr timespec kAtOnce{0, 0};
constexpr timespec kMoment{0, 50'000};
constexpr std::chrono::milliseconds kComesBack{200};

void ring(const OwnedFd& bell) {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(bell.get(), &one, sizeof one));  // full: it has been rung
}

bool add(const OwnedFd& epoll, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  return ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

struct Readers::Shared {
  Shared(int in, Handler& h, std::shared_ptr<FdStream> stream, std::size_t max_message)
      : in_fd(in), handler(h), lines(max_message, h, std::move(stream)) {
    // The worker's comes first: of those that wait, the kernel wakes the first one.
    has_worker = add(worker_waits, in_fd, EPOLLIN | EPOLLEXCLUSIVE) &&
                 add(watcher_waits, in_fd, EPOLLIN | EPOLLEXCLUSIVE) &&
                 add(worker_waits, over.get(), EPOLLIN) && watcher_bell.get() >= 0;
    watcher_reads = !has_worker;  // of a file, for example: no epoll
  }

  void work();
  bool read_next(bool spare);

  const int in_fd;
  Handler& handler;
  const OwnedFd worker_waits{::epoll_create1(EPOLL_CLOEXEC)};
  const OwnedFd watcher_waits{::epoll_create1(EPOLL_CLOEXEC)};
  const OwnedFd watcher_bell{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  const OwnedFd over{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};  // for the worker
  bool has_worker = false;

  std::mutex turn;  // to read, and all below
  std::condition_variable changed;
  Lines lines;
  bool watcher_reads = false;  // and the worker does not
  bool working = false;        // the worker, on what it has read
  bool ending = false;
  std::optional<Result<Closing>> end;  // of the input
  std::array<char, kReadSize> buffer;
};

// With the turn, and with something to read. True: the handler kept what came.
bool Readers::Shared::read_next(bool spare) {
  const auto n = ::read(in_fd, buffer.data(), buffer.size());
  if (n > 0) {
    const auto size = static_cast<std::size_t>(n);
    return lines.feed({buffer.data(), size}, spare && size < buffer.size());
  }
  if (n == 0) {
    lines.end();
    end = Closing::end_of_input;
  } else if (errno != EINTR && errno != EAGAIN) {
    end = fail(Category::connection, std::string("reading from the client: ") + std::strerror(errno));
  }
  return false;
}

void Readers::Shared::work() {
  std::unique_lock lock(turn);
  while (!ending && !end) {
    if (watcher_reads) {
      changed.wait(lock);
      continue;
    }
    lock.unlock();
    epoll_event event{};  // one at a time: input that is not read comes again
    const bool woken = ::epoll_wait(worker_waits.get(), &event, 1, -1) == 1;
    lock.lock();
    // The watcher does not read before the worker does, so what epoll saw is there.
    if (!woken || event.data.fd != in_fd || watcher_reads || ending) continue;
    if (read_next(true)) {
      working = true;
      lock.unlock();
      handler.work_on_kept();
      lock.lock();
      working = false;
      if (ending) changed.notify_all();
    } else if (end || handler.load().waiting >= kCrowd) {
      watcher_reads = true;
      ring(watcher_bell);
    }
  }
}

Readers::Readers(int in_fd, int out_fd, int stop_fd, Handler& handler, std::shared_ptr<FdStream> stream,
                 std::size_t max_message)
    : out_fd_(out_fd),
      stop_fd_(stop_fd),
      handler_(handler),
      stream_(stream),
      shared_(std::make_shared<Shared>(in_fd, handler, std::move(stream), max_message)) {
  if (!shared_->has_worker) return;
  try {
    worker_ = std::thread([shared = shared_] { shared->work(); });
  } catch (const std::system_error&) {
    shared_->watcher_reads = true;
  }
}

Readers::~Readers() {
  if (!worker_.joinable()) return;
  std::unique_lock lock(shared_->turn);
  shared_->ending = true;
  shared_->changed.notify_all();
  ring(shared_->over);
  const bool back = shared_->changed.wait_for(lock, kComesBack, [&] { return !shared_->working; });
  lock.unlock();
  if (back)
    worker_.join();
  else
    worker_.detach();
}

Result<Closing> Readers::read() {
  auto result = read_on();
  const std::lock_guard lock(shared_->turn);
  shared_->ending = true;
  return result;
}

Result<Closing> Readers::read_on() {
  auto reader = worker_.joinable() ? Reader::worker : Reader::watcher;
  for (;;) {
    const int in = reader == Reader::worker ? shared_->watcher_waits.get() : shared_->in_fd;
    std::array<pollfd, 4> fds{
        {{in, POLLIN, 0}, {stop_fd_, POLLIN, 0}, {out_fd_, 0, 0}, {shared_->watcher_bell.get(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return fail(Category::internal, std::string("poll: ") + std::strerror(errno));
    }
    if (fds[1].revents != 0 || fds[2].revents != 0) return Closing::stopped;
    std::uint64_t rung = 0;
    if (fds[3].revents != 0) static_cast<void>(!::read(shared_->watcher_bell.get(), &rung, sizeof rung));
    reader = take_turn();
    if (reader == Reader::nobody) return shared_->end.value_or(Closing::stopped);
    if (reader == Reader::watcher) gather();
  }
}

// Who is to read next.
Readers::Reader Readers::take_turn() {
  std::unique_lock lock(shared_->turn);
  if (!shared_->watcher_reads && !shared_->working && !shared_->end) {  // the worker is about to read
    lock.unlock();
    readable(stop_fd_, kMoment);
    return Reader::worker;
  }
  shared_->watcher_reads = true;
  const bool calm = worker_.joinable() && !shared_->working && handler_.load().none();
  if (!shared_->end && readable(shared_->in_fd, kAtOnce)) shared_->read_next(false);
  if (shared_->end) return Reader::nobody;
  if (!calm || handler_.load().waiting > 1) return Reader::watcher;
  shared_->watcher_reads = false;
  shared_->changed.notify_all();
  return Reader::worker;
}

void Readers::gather() {
  if (handler_.load().waiting < kCrowd) return;
  stream_->hold();
  readable(stop_fd_, kGather);
  stream_->release(stop_fd_);
}

}  // namespace dbmux

#include "transport/stdio.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "transport/readers.hpp"

namespace dbmux {

Result<void> serve_stdio(int in_fd, int out_fd, int stop_fd, std::size_t max_message, Handler& handler) {
  const auto stream = std::make_shared<FdStream>(out_fd);
  Readers readers(in_fd, out_fd, stop_fd, handler, stream, max_message);
  const auto end = readers.read();
  handler.closed(stream, end.value_or(Closing::stopped));
  if (!end) return fail(end.error());
  return {};
}

Result<int> claim_stdout() {
  const int own = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (own < 0) return fail(Category::internal, std::string("standard output: ") + std::strerror(errno));
  if (::dup2(STDERR_FILENO, STDOUT_FILENO) >= 0) return own;
  const int nowhere = ::open("/dev/null", O_WRONLY);  // standard error is closed
  if (nowhere < 0 || ::dup2(nowhere, STDOUT_FILENO) < 0) {
    const int reason = errno;
    ::close(own);
    return fail(Category::internal, std::string("/dev/null: ") + std::strerror(reason));
  }
  if (nowhere != STDOUT_FILENO) ::close(nowhere);
  return own;
}

}  // namespace dbmux

#include "cli/secret_prompt.hpp"

#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "secret/private_file.hpp"

namespace dbmux {

namespace {

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

volatile sig_atomic_t caught = 0;
void remember(int number) { caught = number; }

// While it lives a signal that would end the process only interrupts a read; the destructor lets it happen.
class SignalsLater {
 public:
  SignalsLater() {
    caught = 0;
    struct sigaction action{};
    action.sa_handler = remember;  // without SA_RESTART, so that read(2) comes back
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before_[i]);
  }
  ~SignalsLater() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
    if (caught != 0) raise(caught);
  }
  SignalsLater(const SignalsLater&) = delete;
  SignalsLater& operator=(const SignalsLater&) = delete;

 private:
  std::array<struct sigaction, kSignals.size()> before_{};
};

class NoEcho {
 public:
  NoEcho() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK);
    quiet.c_lflag |= ECHONL;
    changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~NoEcho() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  bool works() const { return changed_; }

 private:
  termios before_{};
  bool changed_ = false;
};

void show(std::string_view prompt) {
  std::fflush(stdout);
  std::fprintf(stderr, "%.*s", static_cast<int>(prompt.size()), prompt.data());
  std::fflush(stderr);
}

// Waits until there is something to read. False: a signal came. They are let in only while it waits, so that
// none comes unseen just before.
bool readable() {
  sigset_t held, before;
  sigemptyset(&held);
  for (const int number : kSignals) sigaddset(&held, number);
  pthread_sigmask(SIG_BLOCK, &held, &before);
  pollfd input{STDIN_FILENO, POLLIN, 0};
  while (caught == 0 && ppoll(&input, 1, nullptr, &before) < 0 && errno == EINTR) continue;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return caught == 0;
}

// Byte by byte, so that nothing of the next answer is taken.
Result<std::string> line() {
  std::string text;
  text.reserve(4096);  // so that a secret is not left behind by growing
  for (char c = 0;;) {
    const ssize_t got = readable() ? read(STDIN_FILENO, &c, 1) : -1;
    if (got < 0 && errno == EINTR && caught == 0) continue;
    if (got <= 0) {
      wipe(text);
      return fail(Category::invalid, "there was no answer");
    }
    if (c == '\n') break;
    text += c;
  }
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace

bool somebody_is_there() { return isatty(STDIN_FILENO) == 1; }

Result<std::string> ask(std::string_view prompt) {
  show(prompt);
  caught = 0;
  return line();
}

Result<std::string> ask_hidden(std::string_view prompt) {
  const SignalsLater signals;  // outlives the change of the terminal
  const NoEcho quiet;
  if (!quiet.works()) return fail(Category::invalid, "the terminal cannot hide what is typed");
  show(prompt);
  return line();
}

Result<std::string> read_input(std::size_t most) {
  std::string text(most + 2, '\0');  // a last newline is not counted
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(STDIN_FILENO, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      wipe(text);
      return fail(Category::invalid, "standard input cannot be read: " + error_text(errno));
    }
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > 0 && text[size - 1] == '\n') --size;
  if (size > 0 && text[size - 1] == '\r') --size;
  std::string taken = size > most ? std::string() : std::string(text.data(), size);
  wipe(text);
  if (size > most)
    return fail(Category::invalid, "standard input is longer than " + std::to_string(most) + " bytes");
  return taken;
}

}  // namespace dbmux

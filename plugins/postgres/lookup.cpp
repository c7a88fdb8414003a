#include "lookup.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <thread>

namespace dbmux::postgres {

namespace {

bool is_address(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> parsed{};
  return inet_pton(AF_INET, name.c_str(), parsed.data()) == 1 ||
         inet_pton(AF_INET6, name.c_str(), parsed.data()) == 1;
}

struct FreeList {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

}  // namespace

// Shared by its thread and those who wait, whoever ends last.
struct Lookup::Question {
  Question() : answered_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (answered_fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~Question() { close(answered_fd); }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  void answer(const std::string& name) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    error = getaddrinfo(name.c_str(), nullptr, &wanted, &list);
    const std::unique_ptr<addrinfo, FreeList> owned(list);
    for (const auto* one = list; one; one = one->ai_next) {
      std::array<char, NI_MAXHOST> text{};
      if (getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) ==
          0)
        addresses.emplace_back(text.data());
    }
    answered = true;
    eventfd_write(answered_fd, 1);
  }

  const int answered_fd;  // stays readable
  int error = 0;          // these two: once answered
  std::vector<std::string> addresses;
  std::atomic<bool> answered{false};
};

std::shared_ptr<Lookup::Question> Lookup::ask(const std::string& name) {
  const std::lock_guard lock(mutex_);
  auto& known = under_way_[name];
  if (auto question = known.lock(); question && !question->answered) return question;
  auto question = std::make_shared<Question>();
  std::thread([question, name] { question->answer(name); }).detach();
  known = question;
  return question;
}

kit::Result<std::vector<std::string>> Lookup::addresses(const std::string& name, Waiter& waiter,
                                                        std::int64_t until_ns) {
  if (is_address(name)) return std::vector{name};
  const auto question = ask(name);
  switch (waiter.wait(question->answered_fd, POLLIN, until_ns)) {
    case Ready::yes:
      break;
    case Ready::cancelled:
      return kit::fail(DBMUX_E_CANCELLED, "the call was cancelled while a session was being opened");
    default:
      return kit::fail(DBMUX_E_TIMEOUT, "the name '" + name + "' was not found out in time")
          .hint("The resolver of this machine does not answer; look at its name servers, or give an address.")
          .flags(DBMUX_ERR_RETRYABLE);
  }
  question->answered.wait(false);  // the descriptor alone does not order what was written before it
  if (!question->addresses.empty()) return question->addresses;
  const bool passing = question->error == EAI_AGAIN;
  return kit::fail(DBMUX_E_CONNECTION, "the name '" + name + "' leads to no address: " +
                                           std::string(gai_strerror(question->error)))
      .hint(passing ? "" : "Correct host.")
      .flags(passing ? DBMUX_ERR_RETRYABLE : 0);
}

}  // namespace dbmux::postgres

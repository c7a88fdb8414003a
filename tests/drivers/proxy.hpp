#pragma once
// A TCP proxy on loopback between a driver and its server. It counts and keeps what the driver sends, and
// holds back what the server answers for as long as a test wants.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace dbmux::test {

class Proxy {
 public:
  explicit Proxy(std::uint16_t server_port);  // on 127.0.0.1
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  std::uint16_t port() const { return port_; }

  // Any thread.
  void hold(bool replies);  // from now on: what the server sends waits here, on every connection
  // From now on a reply goes on only once its driver has sent nothing for so long: what a driver sends
  // without waiting is one flight then, however slow the machine is between two of its writes.
  void answer_after(std::chrono::milliseconds silence);
  void cut();  // resets every connection that is open
  // Each connection is reset once so many bytes of replies, or of requests, went through it; 0: none is.
  void cut_after(std::size_t bytes, bool of_replies);
  int connections() const;  // ever accepted
  int open() const;         // not yet closed by the driver
  // How often a driver began to send after its server had sent, or at first: round trips, if it waited for
  // each.
  int flights() const;
  std::string sent() const;  // all bytes that the drivers sent, in the order of arrival

 private:
  struct Pair {
    int driver = -1;
    int server = -1;
    std::string to_driver;                          // held or not taken yet
    std::size_t requested = 0, replied = 0;         // bytes that went through
    std::chrono::steady_clock::time_point sent_at;  // by the driver, last
    bool driver_sends = false;
    bool server_ended = false;
  };
  void serve();
  void accept_one();
  bool forward(Pair&);  // false: the connection is over
  bool answer(Pair&);
  std::chrono::milliseconds silence_left(const Pair&) const;  // until a reply to it may go on
  int poll_timeout() const;
  static void close(Pair&);
  // Sends what may still go through; false: that was the end.
  static bool pass(int to, const std::string& bytes, std::size_t& passed, std::size_t most);

  int listener_ = -1;
  int wake_ = -1;
  std::uint16_t port_ = 0;
  const std::uint16_t server_port_;
  std::atomic<bool> ending_{false};
  std::atomic<bool> holding_{false};
  std::atomic<std::chrono::milliseconds> silence_{};
  std::atomic<bool> cutting_{false};
  std::atomic<std::size_t> most_requested_{0}, most_replied_{0};  // bytes of a connection; 0 any
  mutable std::mutex mutex_;
  int connections_ = 0;
  int flights_ = 0;
  std::string sent_;
  std::vector<Pair> pairs_;
  std::thread thread_;
};

}  // namespace dbmux::test

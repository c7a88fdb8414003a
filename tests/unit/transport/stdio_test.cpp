#include "transport/stdio.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace std::literals;

namespace dbmux {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::pipe2(fds.data(), O_CLOEXEC), 0);
    reader = fds[0];
    writer = fds[1];
  }
  ~Pipe() {
    close_reader();
    close_writer();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_reader() {
    if (reader >= 0) ::close(reader);
    reader = -1;
  }
  void close_writer() {
    if (writer >= 0) ::close(writer);
    writer = -1;
  }
  void write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto n = ::write(writer, bytes.data(), bytes.size());
      ASSERT_GT(n, 0);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  std::string read_all() const {
    std::string all;
    std::array<char, 4096> part{};
    for (ssize_t n = 0; (n = ::read(reader, part.data(), part.size())) > 0;)
      all.append(part.data(), static_cast<std::size_t>(n));
    return all;
  }

  int reader = -1;
  int writer = -1;
};

// Keeps what it is given; echoes frames when asked to.
class Keeper : public Handler {
 public:
  explicit Keeper(bool echo = false) : echo_(echo) {}
  bool frame(std::string bytes, const std::shared_ptr<Stream>& stream, bool /*spare*/) override {
    if (echo_) {
      Output line;
      line.append(bytes);
      line.append('\n');
      stream->send(line);
    }
    frames.push_back(std::move(bytes));
    return false;
  }
  void oversized(std::size_t limit, const std::shared_ptr<Stream>&) override {
    frames.push_back("<over " + std::to_string(limit) + ">");
  }
  void closed(const std::shared_ptr<Stream>& stream, Closing why) override {
    last_stream = stream;
    closing = why;
  }

  std::vector<std::string> frames;
  std::shared_ptr<Stream> last_stream;
  std::optional<Closing> closing;

 private:
  const bool echo_;
};

class Stdio : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ::signal(SIGPIPE, SIG_IGN); }

  std::vector<std::string> frames_of(std::string_view input, std::size_t max) {
    std::thread writer([&] {
      in.write(input);
      in.close_writer();
    });
    Keeper keeper;
    EXPECT_TRUE(serve_stdio(in.reader, out.writer, -1, max, keeper));
    writer.join();
    EXPECT_EQ(keeper.closing, Closing::end_of_input);
    return keeper.frames;
  }

  Pipe in, out, stop;
};

using Frames = std::vector<std::string>;

TEST_F(Stdio, CutsInputIntoLines) { EXPECT_EQ(frames_of("one\ntwo\n", 100), (Frames{"one", "two"})); }

TEST_F(Stdio, AcceptsCarriageReturnsAndSkipsEmptyLines) {
  EXPECT_EQ(frames_of("\r\none\r\n\n\r\ntwo\r\n", 100), (Frames{"one", "two"}));
}

TEST_F(Stdio, TakesALastLineWithoutNewline) { EXPECT_EQ(frames_of("one\ntwo", 100), (Frames{"one", "two"})); }

TEST_F(Stdio, TakesALineOfExactlyTheLimitWithAnyEnding) {
  const std::string longest(10, 'x');
  EXPECT_EQ(frames_of(longest + "\n" + longest + "\r\n" + longest, 10), (Frames{longest, longest, longest}));
}

TEST_F(Stdio, ReadsPastALineOverTheLimitAndGoesOn) {
  const std::string over(11, 'x');
  EXPECT_EQ(frames_of("a\n" + over + "\n" + over + "\r\nb\n" + over, 10),
            (Frames{"a", "<over 10>", "<over 10>", "b", "<over 10>"}));
}

TEST_F(Stdio, ReadsPastAMessageOfSixteenMebibytesAndOneByte) {
  constexpr auto kMax = std::size_t{16} << 20;
  const auto frames = frames_of(std::string(kMax + 1, 'x') + "\n" + std::string(kMax, 'y') + "\nz\n", kMax);
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_EQ(frames[0], "<over 16777216>");
  EXPECT_TRUE(frames[1] == std::string(kMax, 'y'));
  EXPECT_EQ(frames[2], "z");
}

TEST_F(Stdio, PutsALineTogetherThatComesInPieces) {
  Keeper keeper(true);
  std::thread server([&] { EXPECT_TRUE(serve_stdio(in.reader, out.writer, -1, 100, keeper)); });
  in.write("first\nsec");
  std::array<char, 6> echoed{};
  ASSERT_EQ(::read(out.reader, echoed.data(), echoed.size()), 6);
  in.write("ond\r");
  in.write("\n");
  in.close_writer();
  server.join();
  EXPECT_EQ(keeper.frames, (Frames{"first", "second"}));
}

TEST_F(Stdio, EndsOnTheStopDescriptor) {
  Keeper keeper;
  std::thread server([&] { EXPECT_TRUE(serve_stdio(in.reader, out.writer, stop.reader, 100, keeper)); });
  stop.write("x");
  server.join();
  EXPECT_EQ(keeper.closing, Closing::stopped);
}

TEST_F(Stdio, EndsWhenNobodyReadsTheOutputAnyMore) {
  Keeper keeper;
  std::thread server([&] { EXPECT_TRUE(serve_stdio(in.reader, out.writer, -1, 100, keeper)); });
  out.close_reader();
  server.join();
  EXPECT_EQ(keeper.closing, Closing::stopped);
  Output line;
  line.append("late\n");
  EXPECT_FALSE(keeper.last_stream->send(line));
}

TEST_F(Stdio, ReportsAnInputThatCannotBeRead) {
  Keeper keeper;
  const int folder = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  EXPECT_FALSE(serve_stdio(folder, out.writer, -1, 100, keeper));
  ::close(folder);
  EXPECT_EQ(keeper.closing, Closing::stopped);
}

TEST_F(Stdio, WritesFramesOfManyThreadsWhole) {
  Keeper keeper;
  in.close_writer();
  ASSERT_TRUE(serve_stdio(in.reader, out.writer, -1, 100, keeper));
  auto written = std::async(std::launch::async, [&] { return out.read_all(); });
  {
    std::vector<std::jthread> threads;
    for (char c = 'a'; c < 'e'; ++c) {
      threads.emplace_back([&, c] {
        for (int i = 0; i < 20; ++i) {
          Output line;
          line.append(std::string(100'000, c));  // more than a pipe holds
          line.append('\n');
          EXPECT_TRUE(keeper.last_stream->send(line));
        }
      });
    }
  }
  out.close_writer();
  const auto text = written.get();
  ASSERT_EQ(text.size(), 80U * 100'001U);
  for (std::size_t at = 0; at < text.size(); at += 100'001) {
    EXPECT_EQ(text.find_first_not_of(text[at], at), at + 100'000);
    EXPECT_EQ(text[at + 100'000], '\n');
  }
}

// Keeps each frame that it may; a kept "wait" is worked on until "go" comes or the test says so.
class Busy : public Handler {
 public:
  bool frame(std::string bytes, const std::shared_ptr<Stream>&, bool spare) override {
    const std::lock_guard lock(mutex_);
    if (bytes == "go") go_ = true;
    seen_.push_back((spare ? "kept " : "handed on ") + bytes);
    kept_ = spare ? bytes : kept_;
    if (spare) reader_ = std::this_thread::get_id();
    changed_.notify_all();
    return spare;
  }
  void work_on_kept() override {
    std::unique_lock lock(mutex_);
    EXPECT_EQ(std::this_thread::get_id(), reader_);
    under_way_ = 1;
    if (kept_ == "wait") changed_.wait(lock, [&] { return go_; });
    under_way_ = 0;
    ++worked_on_;
    changed_.notify_all();
  }
  Load load() override {
    const std::lock_guard lock(mutex_);
    return {0, under_way_};
  }
  void oversized(std::size_t, const std::shared_ptr<Stream>&) override {}
  void closed(const std::shared_ptr<Stream>&, Closing) override {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }

  void go() {
    const std::lock_guard lock(mutex_);
    go_ = true;
    changed_.notify_all();
  }
  void wait_for_work(int n) {
    wait([&] { return worked_on_ >= n; });
  }
  void wait_for_frames(std::size_t n) {
    wait([&] { return seen_.size() >= n; });
  }
  bool is_closed() {
    const std::lock_guard lock(mutex_);
    return closed_;
  }
  Frames seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  void wait(const std::function<bool()>& what) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 30s, what));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Frames seen_;
  std::string kept_;
  std::thread::id reader_;
  std::size_t under_way_ = 0;
  int worked_on_ = 0;
  bool go_ = false, closed_ = false;
};

// Serves a Busy until its input ends.
class BusyStdio : public Stdio {
 protected:
  void TearDown() override {
    in.close_writer();
    join();
  }
  void join() {
    if (server_.joinable()) server_.join();
  }

  Busy busy;

 private:
  std::thread server_{[this] { EXPECT_TRUE(serve_stdio(in.reader, out.writer, stop.reader, 100, busy)); }};
};

TEST_F(BusyStdio, LetsTheThreadThatReadALineWorkOnIt) {
  in.write("first\n");
  busy.wait_for_work(1);
  EXPECT_EQ(busy.seen(), Frames{"kept first"});
}

TEST_F(BusyStdio, HandsOnLinesThatCameTogether) {
  in.write("one\ntwo\nthr");
  busy.wait_for_frames(2);
  in.write("ee\n");
  busy.wait_for_work(1);
  EXPECT_EQ(busy.seen(), (Frames{"handed on one", "handed on two", "kept three"}));
}

TEST_F(BusyStdio, ReadsOnWhileALineIsWorkedOn) {
  in.write("wait\n");
  busy.wait_for_frames(1);
  in.write("ping\n");
  busy.wait_for_frames(2);
  in.write("go\n");
  busy.wait_for_work(1);
  EXPECT_EQ(busy.seen(), (Frames{"kept wait", "handed on ping", "handed on go"}));
}

TEST_F(BusyStdio, KeepsLinesAgainOnceNothingIsUnderWay) {
  in.write("wait\n");
  busy.wait_for_frames(1);
  in.write("go\n");
  busy.wait_for_work(1);
  std::size_t sent = 2;
  while (busy.seen().back() != "kept again" && sent < 1000) {
    in.write("again\n");
    busy.wait_for_frames(++sent);
  }
  EXPECT_EQ(busy.seen().back(), "kept again");
}

TEST_F(BusyStdio, EndsWhileALineIsWorkedOnThatDoesNotEnd) {
  in.write("wait\n");
  busy.wait_for_frames(1);
  stop.close_writer();
  join();
  EXPECT_TRUE(busy.is_closed());
  busy.go();
  busy.wait_for_work(1);
}

TEST_F(Stdio, ReadsAFile) {
  const auto name = ::testing::TempDir() + "dbmux-stdio-" + std::to_string(::getpid());
  std::ofstream(name) << "one\ntwo";
  const int file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  ::unlink(name.c_str());
  Keeper keeper;
  EXPECT_TRUE(serve_stdio(file, out.writer, -1, 100, keeper));
  ::close(file);
  EXPECT_EQ(keeper.frames, (Frames{"one", "two"}));
  EXPECT_EQ(keeper.closing, Closing::end_of_input);
}

// A crowd waits; a worker answers while the transport holds small frames back: every second answer is small,
// and the others fit into what is held, or do not.
class Crowded : public Keeper {
 public:
  explicit Crowded(std::size_t size) : size_(size) {}
  Load load() override {
    if (stream_ == nullptr) return {};
    if (worker_.joinable()) return {1000, 1};
    worker_ = std::jthread([this, stream = stream_] {
      for (std::size_t i = 0; i < 300; ++i) {
        Output line;
        line.append(std::to_string(i));
        if (i % 2 == 1) line.append(std::string(size_, ' '));
        line.append('\n');
        if (!stream->send(line)) lost = true;
      }
      ended = true;
    });
    return {1000, 1};
  }
  bool frame(std::string, const std::shared_ptr<Stream>& stream, bool /*spare*/) override {
    stream_ = stream;
    return false;
  }

  std::atomic<bool> lost = false, ended = false;

 private:
  const std::size_t size_;
  std::shared_ptr<Stream> stream_;
  std::jthread worker_;
};

TEST_F(Stdio, LosesAndReordersNoAnswerOfACrowd) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1'000}, std::size_t{100'000}}) {
    Pipe input, output;
    auto read = std::async(std::launch::async, [&] { return output.read_all(); });
    std::thread server([&] {
      Crowded handler(size);
      EXPECT_TRUE(serve_stdio(input.reader, output.writer, -1, 100, handler));
      while (!handler.ended) std::this_thread::yield();
      EXPECT_FALSE(handler.lost);
    });
    input.write("one\n");
    input.close_writer();
    server.join();
    output.close_writer();
    std::istringstream lines(read.get());
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      EXPECT_EQ(line.size(), std::to_string(count).size() + (count % 2) * size);
      EXPECT_EQ(std::stoul(line), count);
    }
    EXPECT_EQ(count, 300U);
  }
}

TEST_F(Stdio, SendsWhatItHeldWithoutFurtherInput) {
  auto handler = std::make_unique<Crowded>(0);
  std::thread server([&] { EXPECT_TRUE(serve_stdio(in.reader, out.writer, stop.reader, 100, *handler)); });
  in.write("one\n");
  std::array<char, 1 << 14> part{};
  std::string text;
  while (!text.ends_with("\n299\n")) {  // never, if it waited for the client
    const auto n = ::read(out.reader, part.data(), part.size());
    ASSERT_GT(n, 0);
    text.append(part.data(), static_cast<std::size_t>(n));
  }
  stop.close_writer();
  server.join();
}

TEST_F(Stdio, EndsOnTheStopDescriptorWhileACrowdIsAnsweredAndNobodyReads) {
  Crowded handler(1'000);
  std::thread server([&] { EXPECT_TRUE(serve_stdio(in.reader, out.writer, stop.reader, 100, handler)); });
  in.write("one\n");
  int waiting = 0;
  while (::ioctl(out.reader, FIONREAD, &waiting) == 0 && waiting < 60'000) std::this_thread::yield();
  stop.close_writer();
  server.join();
  EXPECT_EQ(handler.closing, Closing::stopped);
  EXPECT_FALSE(handler.ended);
  out.close_reader();
}

// In a child process, because it moves the descriptors of the whole process.
int claimed(bool with_stderr, int protocol, int diagnostics) {
  const auto child = ::fork();
  if (child == 0) {
    ::dup2(protocol, STDOUT_FILENO);
    if (with_stderr) {
      ::dup2(diagnostics, STDERR_FILENO);
    } else {
      ::close(STDERR_FILENO);
    }
    const auto own = claim_stdout();
    if (!own || *own <= STDERR_FILENO) ::_exit(1);
    const bool written = ::write(STDOUT_FILENO, "stray", 5) == 5 && ::write(*own, "frame", 5) == 5;
    ::_exit(written ? 0 : 2);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

TEST_F(Stdio, KeepsStrayPrintsAwayFromTheClient) {
  EXPECT_EQ(claimed(true, out.writer, stop.writer), 0);
  out.close_writer();
  stop.close_writer();
  EXPECT_EQ(out.read_all(), "frame");
  EXPECT_EQ(stop.read_all(), "stray");
}

TEST_F(Stdio, DropsStrayPrintsWhereThereIsNoStandardError) {
  EXPECT_EQ(claimed(false, out.writer, -1), 0);
  out.close_writer();
  EXPECT_EQ(out.read_all(), "frame");
}

}  // namespace
}  // namespace dbmux

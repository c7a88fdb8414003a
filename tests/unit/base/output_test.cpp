#include "base/output.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "../../temporary_folder.hpp"

using namespace dbmux;

namespace {

// Different at every place, so that a lost or doubled piece shows.
std::string pattern(std::size_t n) {
  std::string bytes(n, '\0');
  std::uint32_t state = 12345;
  for (char& c : bytes) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>('a' + (state >> 24) % 26);
  }
  return bytes;
}

void append_in_steps(Output& out, std::string_view bytes, std::size_t step) {
  for (std::size_t at = 0; at < bytes.size(); at += step) out.append(bytes.substr(at, step));
}

std::string read_all(int fd) {
  std::string all;
  char part[10'000];
  ssize_t n;
  while ((n = ::read(fd, part, sizeof part)) > 0) all.append(part, static_cast<std::size_t>(n));
  return all;
}

struct Pair {
  int reader = -1;
  int writer = -1;
  ~Pair() {
    close_reader();
    close_writer();
  }
  void close_reader() {
    if (reader >= 0) ::close(reader);
    reader = -1;
  }
  void close_writer() {
    if (writer >= 0) ::close(writer);
    writer = -1;
  }
};

std::unique_ptr<Pair> make_pipe(int flags = 0) {
  int fds[2];
  EXPECT_EQ(::pipe2(fds, flags), 0);
  auto pair = std::make_unique<Pair>();
  pair->reader = fds[0];
  pair->writer = fds[1];
  return pair;
}

std::unique_ptr<Pair> make_socket() {
  int fds[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  auto pair = std::make_unique<Pair>();
  pair->reader = fds[0];
  pair->writer = fds[1];
  return pair;
}

// What arrives at the other end when out is written to the pair's writer.
std::string through(Pair& pair, Output& out) {
  std::string arrived;
  std::thread reader([&] { arrived = read_all(pair.reader); });
  const auto result = out.write_to(pair.writer);
  EXPECT_TRUE(result.has_value()) << result.error().message;
  pair.close_writer();
  reader.join();
  return arrived;
}

// Lets this process make no file larger than a size, as a full disk does.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

constexpr std::size_t kMemory = Output::kMemory;

}  // namespace

TEST(Output, KeepsWhatIsAppended) {
  Output out;
  EXPECT_EQ(out.size(), 0U);
  EXPECT_EQ(out.take_string(), "");
  out.append("abc");
  out.append('d');
  out.append("");
  std::memcpy(out.room(10), "ef", 2);
  out.used(2);
  EXPECT_EQ(out.size(), 6U);
  EXPECT_EQ(out.take_string(), "abcdef");
  EXPECT_EQ(out.size(), 0U);
}

TEST(Output, KeepsAnySizeInAnySteps) {
  for (const std::size_t size :
       {1UL, 4095UL, 4096UL, 4097UL, kMemory - 1, kMemory, kMemory + 1, 3 * kMemory + 17}) {
    const auto bytes = pattern(size);
    for (const std::size_t step : {7UL, 4096UL, 65'537UL, 2 * kMemory}) {
      Output out;
      append_in_steps(out, bytes, step);
      ASSERT_EQ(out.size(), size);
      ASSERT_TRUE(out.take_string() == bytes) << size << ' ' << step;
    }
  }
}

TEST(Output, GivesRoomLargerThanItsMemory) {
  Output out;
  const auto bytes = pattern(3 * kMemory);
  out.append("x");
  std::memcpy(out.room(bytes.size()), bytes.data(), bytes.size());
  out.used(bytes.size());
  out.append("y");
  EXPECT_TRUE(out.take_string() == 'x' + bytes + 'y');
}

TEST(Output, TakesBackToAnyEarlierSize) {
  const auto bytes = pattern(3 * kMemory);
  for (const std::size_t kept :
       {std::size_t{0}, std::size_t{10}, kMemory, 2 * kMemory + 5, 3 * kMemory - 1, 3 * kMemory}) {
    Output out;
    append_in_steps(out, bytes, 10'000);
    out.truncate(kept);
    ASSERT_EQ(out.size(), kept);
    out.append("the end");
    EXPECT_TRUE(out.take_string() == bytes.substr(0, kept) + "the end") << kept;
  }
}

TEST(Output, CanGrowAgainAfterItWasTakenBack) {
  const auto bytes = pattern(2 * kMemory);
  Output out;
  append_in_steps(out, bytes, 1000);
  out.truncate(100);
  append_in_steps(out, bytes, 1000);
  EXPECT_TRUE(out.take_string() == bytes.substr(0, 100) + bytes);
}

TEST(Output, DoesNotTakeBackToALargerSize) {
  Output out;
  out.append("abc");
  out.truncate(10);
  EXPECT_EQ(out.take_string(), "abc");
}

TEST(Output, MovesWithItsContent) {
  const auto bytes = pattern(2 * kMemory);
  Output first;
  append_in_steps(first, bytes, 5000);
  Output second(std::move(first));
  second.append("!");
  Output third;
  third.append("gone");
  third = std::move(second);
  EXPECT_EQ(third.size(), bytes.size() + 1);
  EXPECT_TRUE(third.take_string() == bytes + "!");
}

TEST(Output, GoesWholeThroughPipesAndSockets) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, kMemory, 5 * kMemory + 3}) {
    const auto bytes = pattern(size);
    for (const int kind : {0, 1, 2}) {
      Output out;
      append_in_steps(out, bytes, 9999);
      const auto pair = kind == 0 ? make_pipe() : kind == 1 ? make_socket() : make_pipe();
      if (kind == 2) ::fcntl(pair->writer, F_SETFL, O_NONBLOCK);
      EXPECT_TRUE(through(*pair, out) == bytes) << size << ' ' << kind;
    }
  }
}

TEST(Output, GoesIntoAFileThatIsOpenForAppending) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "dbmux_output_test";
  const int fd = ::open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
  ASSERT_GE(fd, 0);
  const auto bytes = pattern(2 * kMemory + 1);
  Output out;
  append_in_steps(out, bytes, 9999);
  EXPECT_TRUE(out.write_to(fd).has_value());
  ::lseek(fd, 0, SEEK_SET);
  EXPECT_TRUE(read_all(fd) == bytes);
  ::close(fd);
  std::filesystem::remove(path);
}

TEST(Output, MayBeGoneBeforeTheReaderHasReadItsFile) {
  const auto pair = make_pipe();
  const int capacity = ::fcntl(pair->writer, F_SETPIPE_SZ, 1 << 20);
  ASSERT_GE(capacity, 1 << 20);
  const auto bytes = pattern(kMemory + kMemory / 2);
  {
    Output out;
    append_in_steps(out, bytes, 9999);
    out.truncate(500'000);
    ASSERT_TRUE(out.write_to(pair->writer).has_value());
  }
  pair->close_writer();
  EXPECT_TRUE(read_all(pair->reader) == bytes.substr(0, 500'000));
}

TEST(Output, SaysWhenTheReaderHasGone) {
  std::signal(SIGPIPE, SIG_IGN);
  for (const std::size_t size : {std::size_t{10}, 2 * kMemory}) {
    const auto pair = make_pipe();
    pair->close_reader();
    Output out;
    append_in_steps(out, pattern(size), 9999);
    const auto result = out.write_to(pair->writer);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().category, Category::connection);
  }
}

TEST(Output, LeavesNoFileBehind) {
  const TemporaryFolder folder;
  const TmpdirSet tmpdir(folder.path());
  Output out;
  append_in_steps(out, pattern(2 * kMemory), 9999);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_EQ(out.take_string().size(), 2 * kMemory);
}

TEST(Output, BecomesAnErrorWhenTheDiskIsFullAndCanBeTakenBack) {
  const auto bytes = pattern(3 * kMemory);
  for (const rlim_t room : {rlim_t{0}, rlim_t{kMemory + 300'000}}) {
    Output out;
    out.append("frame:");
    {
      const FileSizeLimit full(room);
      append_in_steps(out, bytes, 9999);
    }
    EXPECT_EQ(out.size(), bytes.size() + 6);
    ASSERT_FALSE(out.status().has_value());
    EXPECT_EQ(out.status().error().category, Category::resource);
    EXPECT_EQ(out.status().error().message.find("no space left for an answer of "), 0U)
        << out.status().error().message;
    EXPECT_FALSE(out.write_to(-1).has_value());
    out.truncate(6);
    EXPECT_TRUE(out.status().has_value());
    out.append("no space");
    EXPECT_EQ(out.take_string(), "frame:no space");
  }
}

TEST(Output, StaysAnErrorWhenTakenBackToWhatWasLost) {
  Output out;
  const FileSizeLimit full(0);
  append_in_steps(out, pattern(3 * kMemory), 9999);
  out.truncate(2 * kMemory);
  EXPECT_EQ(out.size(), 2 * kMemory);
  EXPECT_FALSE(out.status().has_value());
  EXPECT_EQ(out.take_string(), "");
}

TEST(Output, SaysWhenThereIsNoPlaceForItsFile) {
  const TmpdirSet nowhere("/nonexistent");
  Output out;
  append_in_steps(out, pattern(2 * kMemory), 9999);
  ASSERT_FALSE(out.status().has_value());
  EXPECT_EQ(out.status().error().category, Category::resource);
  EXPECT_NE(out.status().error().message.find("/nonexistent"), std::string::npos);
}

TEST(StreamingOutput, SendsAsItGoesAndAtFlush) {
  const auto pair = make_pipe();
  const auto bytes = pattern(2 * kMemory + 7);
  std::string arrived;
  std::thread reader([&] { arrived = read_all(pair->reader); });
  auto out = Output::streaming(pair->writer);
  append_in_steps(out, bytes, 9999);
  EXPECT_EQ(out.size(), bytes.size());
  EXPECT_TRUE(out.flush().has_value());
  pair->close_writer();
  reader.join();
  EXPECT_TRUE(arrived == bytes);
}

TEST(StreamingOutput, DropsWhatComesAfterAFailure) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto pair = make_pipe();
  pair->close_reader();
  auto out = Output::streaming(pair->writer);
  append_in_steps(out, pattern(kMemory), 9999);
  EXPECT_FALSE(out.flush().has_value());
  EXPECT_EQ(out.status().error().category, Category::connection);
}

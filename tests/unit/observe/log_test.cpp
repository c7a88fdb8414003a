#include "observe/log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <thread>
#include <vector>

#include "base/json.hpp"

using namespace dbmux;
using namespace std::literals;

namespace {

// The log goes into a pipe while it lives.
class LogInto {
 public:
  explicit LogInto(Level lowest) {
    int fds[2];
    EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
    reader_ = fds[0];
    writer_ = fds[1];
    ::fcntl(writer_, F_SETPIPE_SZ, 1 << 20);
    configure(lowest, writer_);
  }
  ~LogInto() {
    configure(Level::info, STDERR_FILENO);
    ::close(reader_);
    if (writer_ >= 0) ::close(writer_);
  }
  LogInto(const LogInto&) = delete;
  LogInto& operator=(const LogInto&) = delete;

  std::string text() {
    configure(Level::info, STDERR_FILENO);
    ::close(writer_);
    writer_ = -1;
    std::string all;
    char part[4096];
    ssize_t n;
    while ((n = ::read(reader_, part, sizeof part)) > 0) all.append(part, static_cast<std::size_t>(n));
    return all;
  }

 private:
  int reader_ = -1;
  int writer_ = -1;
};

}  // namespace

TEST(Log, WritesOneJsonObjectALine) {
  LogInto into(Level::info);
  log(Level::warning, "plugin refused",
      {{"path", "/a b/\"x\".so"},
       {"tries", 3},
       {"ratio", 0.5},
       {"again", false},
       {"not", std::nan("")},
       {"reason", "line\nbreak"s}});
  const auto text = into.text();
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  const auto line = parse_json(text);
  ASSERT_TRUE(line.has_value()) << text;
  EXPECT_EQ(view((*line)["level"]), "warning");
  EXPECT_EQ(view((*line)["event"]), "plugin refused");
  EXPECT_EQ(view((*line)["path"]), "/a b/\"x\".so");
  EXPECT_EQ((*line)["tries"].GetInt(), 3);
  EXPECT_EQ((*line)["ratio"].GetDouble(), 0.5);
  EXPECT_FALSE((*line)["again"].GetBool());
  EXPECT_TRUE((*line)["not"].IsNull());
  EXPECT_EQ(view((*line)["reason"]), "line\nbreak");
  EXPECT_EQ(view((*line)["at"]).size(), "2026-11-21T10:00:00.123Z"sv.size());
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  LogInto into(Level::warning);
  EXPECT_FALSE(logs(Level::info));
  EXPECT_TRUE(logs(Level::error));
  log(Level::debug, "a");
  log(Level::info, "b");
  log(Level::warning, "c");
  log(Level::error, "d");
  const auto text = into.text();
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
  EXPECT_EQ(text.find("\"event\":\"b\""), std::string::npos);
}

TEST(Log, NeverShowsASecret) {
  scrub("s3cret/pass\"word");
  LogInto into(Level::info);
  log(Level::info, "opened s3cret/pass\"word",
      {{"url", "postgres://me:s3cret%2Fpass%22word@h/db"}, {"raw", "xs3cret/pass\"wordx"}});
  const auto text = into.text();
  EXPECT_EQ(text.find("s3cret"), std::string::npos) << text;
  EXPECT_NE(text.find("postgres://me:***@h/db"), std::string::npos) << text;
  EXPECT_NE(text.find("x***x"), std::string::npos) << text;
}

TEST(Log, CutsLongTextsAndRepairsBrokenOnes) {
  LogInto into(Level::info);
  log(Level::info, "e", {{"long", std::string(100'000, 'x')}, {"broken", "\xff"}});
  const auto text = into.text();
  EXPECT_LT(text.size(), 5000U);
  const auto line = parse_json(text);
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(view((*line)["broken"]), "\uFFFD");
}

TEST(Log, KeepsLinesWholeWhenThreadsWriteAtOnce) {
  LogInto into(Level::info);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 200; ++i)
        log(Level::info, "tick", {{"thread", t}, {"i", i}, {"text", std::string(100, 'x')}});
    });
  }
  for (auto& thread : threads) thread.join();
  std::istringstream lines(into.text());
  int n = 0;
  for (std::string line; std::getline(lines, line); ++n) EXPECT_TRUE(parse_json(line).has_value()) << line;
  EXPECT_EQ(n, 800);
}

TEST(Log, IsReadableOnATerminal) {
  int main_fd = -1, terminal = -1;
  ASSERT_EQ(::openpty(&main_fd, &terminal, nullptr, nullptr, nullptr), 0);
  configure(Level::info, terminal);
  log(Level::warning, "plugin refused", {{"id", "sqlite"}, {"reason", "not ours"}, {"n", 2}});
  configure(Level::info, STDERR_FILENO);
  char part[512];
  const auto n = ::read(main_fd, part, sizeof part);
  ASSERT_GT(n, 0);
  const std::string line(part, static_cast<std::size_t>(n));
  ::close(terminal);
  ::close(main_fd);
  EXPECT_EQ(line.substr(12), " warning plugin refused id=sqlite reason=\"not ours\" n=2\r\n");
  EXPECT_EQ(line[2], ':');
  EXPECT_EQ(line[8], '.');
}

TEST(LogLevels, AreFoundByName) {
  for (const auto level : {Level::debug, Level::info, Level::warning, Level::error})
    EXPECT_EQ(level_named(to_string(level)), level);
  EXPECT_EQ(level_named("loud"), std::nullopt);
}

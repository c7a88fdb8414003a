#include "store/history_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "../../temporary_folder.hpp"
#include "store/line.hpp"

using namespace dbmux;
namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

class Folder : public testing::Test {
 protected:
  fs::path folder() const { return home_ / "history"; }
  static Wall::time_point day(int n) {  // days after 2026-11-01 at noon
    return Wall::time_point(1793534400s) + n * 24h;
  }
  static std::string call(int n, const std::string& connection = "shop", Wall::time_point at = day(0)) {
    CallRecord r;
    r.at = at + n * 1ms;
    r.operation = "execute_query";
    r.connection = connection;
    r.statement = "statement " + std::to_string(n);
    r.rows = n;
    return history_json(r);
  }
  static void keep(HistoryFolder& folder, const std::vector<std::string>& lines,
                   Wall::time_point at = day(0)) {
    const auto kept = folder.append(lines, at);
    EXPECT_EQ(kept.lines, lines.size());
    EXPECT_FALSE(kept.error) << kept.error->message;
  }
  History read(std::size_t last = 1000, std::string_view connection = {}) const {
    auto history = read_history(folder(), last, connection);
    EXPECT_TRUE(history) << history.error().message;
    return history ? *history : History{};
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder())) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

  const TemporaryFolder home_;
};

}  // namespace

TEST_F(Folder, ThatIsNotThereIsAnEmptyHistory) {
  const auto history = read();
  EXPECT_TRUE(history.calls.empty());
  EXPECT_EQ(history.damaged, 0);
}

TEST_F(Folder, GivesBackWhatWasKept) {
  CallRecord r;
  r.at = day(0);
  r.operation = "execute_query";
  r.connection = "shop";
  r.statement = "SELECT 'a\nb'";
  r.elapsed_ms = 12;
  r.rows = 3;
  r.error = Category::syntax;
  r.principal = "ada";
  HistoryFolder kept(folder(), {});
  keep(kept, {history_json(r)});
  const auto history = read();
  ASSERT_EQ(history.calls.size(), 1U);
  const auto& c = history.calls[0];
  EXPECT_EQ(c.at, iso8601(day(0)));
  EXPECT_EQ(c.operation, "execute_query");
  EXPECT_EQ(c.connection, "shop");
  EXPECT_EQ(c.statement, "SELECT 'a\nb'");
  EXPECT_EQ(c.error, "syntax");
  EXPECT_EQ(c.who, "ada");
  EXPECT_EQ(c.ms, 12);
  EXPECT_EQ(c.rows, 3);
  EXPECT_EQ(c.pid, ::getpid());
}

TEST_F(Folder, IsForItsOwnerAlone) {
  HistoryFolder kept(folder(), {});
  keep(kept, {call(1)});
  EXPECT_EQ(mode_of(folder()), 0700U);
  ASSERT_EQ(files().size(), 1U);
  EXPECT_EQ(mode_of(folder() / files()[0]), 0600U);
}

TEST_F(Folder, ThatOthersCouldReadIsTightened) {
  fs::create_directories(folder());
  ::chmod(folder().c_str(), 0755);
  const auto name = folder() / "2026-11-01.0.log";
  std::ofstream(name) << "";
  ::chmod(name.c_str(), 0644);
  HistoryFolder kept(folder(), {});
  keep(kept, {call(1)});
  EXPECT_EQ(mode_of(folder()), 0700U);
  EXPECT_EQ(mode_of(name), 0600U);
}

TEST_F(Folder, ThatIsALinkIsRefused) {
  fs::create_directories(home_ / "elsewhere");
  fs::create_directory_symlink(home_ / "elsewhere", folder());
  HistoryFolder kept(folder(), {});
  EXPECT_TRUE(kept.append({{call(1)}}, day(0)).error);
  EXPECT_TRUE(fs::is_empty(home_ / "elsewhere"));
  EXPECT_FALSE(read_history(folder(), 10, {}));
}

TEST_F(Folder, WithAFileInItsPlaceIsAnErrorAndNotTouched) {
  std::ofstream(folder()) << "mine";
  HistoryFolder kept(folder(), {});
  const auto result = kept.append({{call(1)}}, day(0));
  EXPECT_EQ(result.lines, 0U);
  ASSERT_TRUE(result.error);
  EXPECT_NE(result.error->message.find(folder().string()), std::string::npos);
  EXPECT_EQ(fs::file_size(folder()), 4U);
}

TEST_F(Folder, GivesTheLastOnesAndThoseOfOneConnection) {
  HistoryFolder kept(folder(), {});
  for (int i = 0; i < 50; ++i) keep(kept, {call(i, i % 5 == 0 ? "erp" : "shop")});
  const auto last = read(3);
  ASSERT_EQ(last.calls.size(), 3U);
  EXPECT_EQ(last.calls[0].rows, 47);
  EXPECT_EQ(last.calls[2].rows, 49);
  const auto erp = read(4, "erp");
  ASSERT_EQ(erp.calls.size(), 4U);
  EXPECT_EQ(erp.calls[0].rows, 30);
  EXPECT_EQ(erp.calls[3].rows, 45);
  EXPECT_TRUE(read(10, "nobody").calls.empty());
}

TEST_F(Folder, PassesOverWhatAKilledProcessLeftAndItsNeighboursAreWhole) {
  HistoryFolder kept(folder(), {});
  keep(kept, {call(1)});
  const auto torn = framed(call(2));
  std::ofstream(folder() / files()[0], std::ios::app) << "\n" << torn.substr(0, torn.size() / 2);
  HistoryFolder another(folder(), {});
  keep(another, {call(3)});
  const auto history = read();
  ASSERT_EQ(history.calls.size(), 2U);
  EXPECT_EQ(history.calls[0].rows, 1);
  EXPECT_EQ(history.calls[1].rows, 3);
  EXPECT_EQ(history.damaged, 1);
}

TEST_F(Folder, AddsUpWhatCouldNotBeKept) {
  HistoryFolder kept(folder(), {});
  keep(kept, {call(1), not_kept_json(7, "too many calls at once", day(0)), call(2),
              not_kept_json(3, "no space", day(0))});
  EXPECT_EQ(read().not_kept, 10);
  EXPECT_EQ(read().calls.size(), 2U);
}

TEST_F(Folder, IsWrittenByManyAtTheSameTime) {
  constexpr int kWriters = 4, kBatches = 100;
  {
    std::vector<std::jthread> threads;
    for (int w = 0; w < kWriters; ++w)
      threads.emplace_back([&] {
        HistoryFolder kept(folder(), {});
        for (int i = 0; i < kBatches; ++i) keep(kept, {call(i), call(i), call(i)});
      });
  }
  const auto history = read(10'000);
  EXPECT_EQ(history.calls.size(), static_cast<std::size_t>(kWriters * kBatches * 3));
  EXPECT_EQ(history.damaged, 0);
}

TEST_F(Folder, BeginsASegmentWhenOneIsFullAndWithEachDay) {
  HistoryFolder kept(folder(), {.bytes = 0}, 4096);
  for (int i = 0; i < 60; ++i) keep(kept, {call(i)});
  keep(kept, {call(60, "shop", day(1))}, day(1));
  const auto names = files();
  ASSERT_GE(names.size(), 3U);
  EXPECT_EQ(names.front(), "2026-11-01.0.log");
  EXPECT_EQ(names.back(), "2026-11-02.0.log");
  EXPECT_EQ(read(1000).calls.size(), 61U);
  EXPECT_EQ(read(1).calls.at(0).rows, 60);
}

TEST_F(Folder, GoesOnBehindTheNewestRecordsWhenTheClockGoesBack) {
  HistoryFolder later(folder(), {});
  keep(later, {call(1, "shop", day(3))}, day(3));
  HistoryFolder earlier(folder(), {});
  keep(earlier, {call(2, "shop", day(1))}, day(1));
  EXPECT_EQ(files(), std::vector<std::string>{"2026-11-04.0.log"});
}

TEST_F(Folder, ForgetsWhatIsOld) {
  HistoryFolder kept(folder(), {.days = 2});
  for (int d = 0; d < 6; ++d) keep(kept, {call(d, "shop", day(d))}, day(d));
  EXPECT_EQ(files(), (std::vector<std::string>{"2026-11-04.0.log", "2026-11-05.0.log", "2026-11-06.0.log"}));
}

TEST_F(Folder, StaysBelowItsSize) {
  constexpr std::int64_t kBytes = 1 << 20;
  HistoryFolder kept(folder(), {.bytes = kBytes});
  std::vector<std::string> batch;
  for (int i = 0; i < 100; ++i) batch.push_back(call(i));
  for (int i = 0; i < 200; ++i) keep(kept, batch);
  std::int64_t bytes = 0;
  for (const auto& name : files()) bytes += static_cast<std::int64_t>(fs::file_size(folder() / name));
  EXPECT_LE(bytes, kBytes + 64 * 1024);
  EXPECT_GE(bytes, kBytes / 2);
}

TEST_F(Folder, LeavesFilesOfOthersAlone) {
  fs::create_directories(folder());
  for (const char* name : {"notes.txt", "2026-11-01.log", "2026-11-01.00.log", "2026-11-01.0.log.bak"})
    std::ofstream(folder() / name) << "mine";
  HistoryFolder kept(folder(), {.days = 1});
  keep(kept, {call(1, "shop", day(20))}, day(20));
  EXPECT_EQ(files().size(), 5U);
  EXPECT_EQ(read().calls.size(), 1U);
}

TEST_F(Folder, MadeAnewWhereItWasRemovedMeanwhile) {
  HistoryFolder kept(folder(), {});
  keep(kept, {call(1)});
  fs::remove_all(folder());
  keep(kept, {call(2)});
  ASSERT_EQ(read().calls.size(), 1U);
  EXPECT_EQ(read().calls[0].rows, 2);
}

TEST(HistorySettingsOf, AreTheProfilesUnlessTheEnvironmentSaysOff) {
  Profile profile;
  profile.history.days = 7;
  const auto with = [&](std::optional<std::string> word) {
    return history_settings(profile, [word](std::string_view) { return word; });
  };
  EXPECT_TRUE(with(std::nullopt).keep);
  EXPECT_EQ(with(std::nullopt).days, 7);
  for (const char* no : {"off", "OFF", "0", "false", "no"}) EXPECT_FALSE(with(no).keep) << no;
  EXPECT_TRUE(with("on").keep);
  profile.history.keep = false;
  EXPECT_FALSE(with("on").keep);
}

#include "results/continuations.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace dbmux {
namespace {

Continuation page(std::string table) {
  return {TablePage{"c", {{}, {}, table}, table, "k", 0}, Format::columnar, {}};
}

TEST(Continuations, FindsWhatWasKeptWithAndWithoutTheRow) {
  Continuations all;
  const auto name = all.keep({"ann"}, page("orders"));
  for (const auto& next : {name, name + "-100"}) {
    const auto found = all.find({"ann"}, next);
    ASSERT_TRUE(found);
    EXPECT_EQ(std::get<TablePage>((*found)->what).shown_name, "orders");
  }
}

TEST(Continuations, GivesNobodyElseWhatOnePrincipalKept) {
  Continuations all;
  const auto name = all.keep({"ann"}, page("orders"));
  for (const auto* other : {"", "bob", "ANN"}) {
    const auto found = all.find({other}, name);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().category, Category::not_found);
  }
}

TEST(Continuations, KeepsTheSixtyFourUsedLast) {
  Continuations all;
  const auto first = all.keep({}, page("0"));
  const auto second = all.keep({}, page("1"));
  for (std::size_t i = 2; i < Continuations::kMost; ++i) all.keep({}, page(std::to_string(i)));
  EXPECT_TRUE(all.find({}, first));
  all.keep({}, page("one more"));
  EXPECT_TRUE(all.find({}, first));
  EXPECT_FALSE(all.find({}, second));
}

Continuation kept(std::int64_t bytes, bool from_first = true) {
  auto spool = std::make_shared<Spool>(Spool::Limits{.bytes = 1 << 30, .time = {}, .whole = from_first});
  spool->begin(1);
  const std::string text(static_cast<std::size_t>(bytes) - sizeof(Cell), 'x');
  Cell cell;
  cell.kind = Kind::text;
  cell.ptr = text.data();
  cell.len = static_cast<std::uint32_t>(text.size());
  if (!from_first) {
    const std::string huge(2 << 20, 'x');
    Cell before = cell;
    before.ptr = huge.data();
    before.len = static_cast<std::uint32_t>(huge.size());
    spool->delivered(std::span(&before, 1), 1);
  }
  spool->take(std::span(&cell, 1), 1);
  return {KeptRows{spool, true, true, "c"}, Format::columnar, {}, 0};
}

std::vector<std::string> names_of(Continuations& all, const Principal& principal) {
  std::vector<std::string> names;
  for (const auto& r : all.results(principal)) names.push_back(r.name);
  return names;
}

using Names = std::vector<std::string>;

TEST(Continuations, ListsTheWholeResultsOfOnePrincipal) {
  Continuations all;
  all.keep({"ann"}, page("t"));
  const auto whole = all.keep({"ann"}, kept(1000));
  all.keep({"ann"}, kept(1000, false));
  all.keep({"bob"}, kept(1000));
  EXPECT_EQ(names_of(all, {"ann"}), Names{whole});
}

TEST(Continuations, DropsTheOldestUnusedOnceAPrincipalsBytesAreFull) {
  Continuations all({.most = 64, .bytes = 10'000, .principal_bytes = 3'000}, nullptr);
  const auto a = all.keep({"ann"}, kept(1000));
  const auto b = all.keep({"ann"}, kept(1000));
  const auto c = all.keep({"ann"}, kept(1000));
  EXPECT_TRUE(all.find({"ann"}, a));
  const auto d = all.keep({"ann"}, kept(1000));
  EXPECT_EQ(names_of(all, {"ann"}), (Names{c, a, d}));
  EXPECT_FALSE(all.find({"ann"}, b));
}

TEST(Continuations, TakesRoomFromThePrincipalWhoHoldsMost) {
  Continuations all({.most = 64, .bytes = 5'000, .principal_bytes = 5'000}, nullptr);
  const auto quiet = all.keep({"quiet"}, kept(1000));
  Names greedy;
  for (int i = 0; i < 8; ++i) greedy.push_back(all.keep({"greedy"}, kept(1000)));
  EXPECT_EQ(names_of(all, {"quiet"}), Names{quiet});
  EXPECT_EQ(names_of(all, {"greedy"}), Names(greedy.end() - 4, greedy.end()));
}

TEST(Continuations, KeepsOneResultThatAloneIsMoreThanTheQuota) {
  Continuations all({.most = 64, .bytes = 500, .principal_bytes = 500}, nullptr);
  const auto name = all.keep({}, kept(1000));
  EXPECT_TRUE(all.find({}, name));
}

TEST(Continuations, ForgetsWhatWasNotUsedForItsLife) {
  Watchdog watchdog;
  Continuations all({.life = std::chrono::milliseconds(30)}, &watchdog);
  std::weak_ptr<const Spool> rows;
  auto continuation = kept(1000);
  rows = std::get<KeptRows>(continuation.what).spool;
  const auto name = all.keep({}, std::move(continuation));
  const auto until = Clock::now() + std::chrono::seconds(20);
  while (!rows.expired() && Clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(rows.expired()) << "the rows must go although nobody asks";
  EXPECT_FALSE(all.find({}, name));
  EXPECT_TRUE(all.results({}).empty());
}

TEST(Continuations, EndsWhileItsTimerWaits) {
  Watchdog watchdog;
  Continuations all({}, &watchdog);
  EXPECT_FALSE(all.keep({}, kept(1000)).empty());
}

TEST(Continuations, GivesNamesThatDoNotRepeat) {
  Continuations all;
  std::set<std::string> names;
  for (int i = 0; i < 1000; ++i) names.insert(all.keep({}, page("t")));
  EXPECT_EQ(names.size(), 1000u);
}

TEST(Continuations, SplitsANextIntoNameAndRow) {
  struct Case {
    const char* next;
    const char* name;
    std::int64_t row;
  };
  for (const auto& c : {Case{"rAb-100", "rAb", 100}, Case{"rAb", "rAb", -1}, Case{"rAb-", "rAb-", -1},
                        Case{"rAb-1x", "rAb-1x", -1}, Case{"rAb--5", "rAb-", 5}, Case{"", "", -1},
                        Case{"r-99999999999999999999", "r-99999999999999999999", -1}}) {
    const auto [name, row] = Continuations::split(c.next);
    EXPECT_EQ(name, c.name) << c.next;
    EXPECT_EQ(row, c.row) << c.next;
  }
}

}  // namespace
}  // namespace dbmux

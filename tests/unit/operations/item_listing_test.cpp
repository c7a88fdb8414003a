// When plugins are asked what they offer, and what becomes of one that is slow or wrong.
#include "operations/item_listing.hpp"

#include <mutex>
#include <set>

#include "offered.hpp"

namespace dbmux {
namespace {

using Names = std::vector<std::string>;

class Listing : public Offered {};

TEST_F(Listing, HidesAConnectionWhoseItemsAreNoDescriptionAndKeepsTheOthers) {
  SaidInTheLog log;
  connect("good");
  offer("bad", "[1]");
  EXPECT_EQ(listed().size(), 3U);
  EXPECT_EQ(face("scripted_run")->input_schema.find("connectionId"), std::string::npos);
  EXPECT_TRUE(log.has(
      R"("event":"items of a plugin are hidden","connection":"bad","error":"its description is not a JSON object")"))
      << log.text();
}

TEST_F(Listing, LeavesOutAWrongEntryAndSaysWhich) {
  SaidInTheLog log;
  offer(
      "one",
      R"({"tools":[{"name":"a b"},{"name":"good"},{"name":"odd","inputSchema":{"type":"object","properties":7}}]})");
  EXPECT_EQ(listed(), (Names{"scripted_good", "scripted_odd"}));
  EXPECT_TRUE(log.has(R"("event":"items of a plugin are left out or unchecked","connection":"one")"))
      << log.text();
  EXPECT_TRUE(log.has("tool 'a b': a name is 1 to 128 of letters"));
  EXPECT_TRUE(log.has("tool 'odd': its arguments cannot be checked here"));
}

TEST_F(Listing, IsAskedForOnceUntilSomethingChanges) {
  listed();
  listed();
  EXPECT_NE(run("scripted_run_leased", script("stats")).text.find(R"(["describes","1"])"), std::string::npos);
  run("scripted_run", script("offer more"));
  listed();
  listed();
  EXPECT_NE(run("scripted_run_leased", script("stats")).text.find(R"(["describes","2"])"), std::string::npos);
}

TEST_F(Listing, DoesNotWaitForAPluginThatIsLateAndTellsWhenItIsThere) {
  SaidInTheLog log;
  connect("quick");
  connect("slow", {option("describe_delay_ms", std::int64_t{3000}), option("describe_deaf", true)});
  std::mutex mutex;
  std::set<Change> told;
  items().on_change([&](Change change, std::string_view) {
    const std::lock_guard lock(mutex);
    told.insert(change);
  });
  EXPECT_EQ(face("scripted_run")->input_schema.find("connectionId"), std::string::npos);
  EXPECT_TRUE(log.has(R"("connection":"slow","error":"it did not describe them within 2 s")")) << log.text();
  EXPECT_TRUE(comes_true([&] {
    const std::lock_guard lock(mutex);
    return told == std::set{Change::tools, Change::prompts, Change::resources};
  }));
  EXPECT_NE(face("scripted_run")->input_schema.find(R"("enum":["quick","slow"])"), std::string::npos);
}

TEST_F(Listing, TriesAPluginThatFailedNotAtOnceAgain) {
  SaidInTheLog log;
  connect("one", {option("describe_delay_ms", std::int64_t{60'000})});
  EXPECT_EQ(listed(), Names());
  EXPECT_TRUE(log.has("ran out of time while describing")) << log.text();
  EXPECT_EQ(listed(), Names());
  EXPECT_EQ(log.text().find("hidden"), log.text().rfind("hidden")) << "said once";
}

TEST_F(Listing, EndsWithAPluginThatStillDescribes) {
  connect("one", {option("describe_delay_ms", std::int64_t{2500}), option("describe_deaf", true)});
  EXPECT_EQ(listed(), Names());
  items_.reset();
  EXPECT_TRUE(registry_->find("one"));
}

TEST_F(Listing, LoadsNoPluginThatHasNone) {
  ConnectionProfile sqlite;
  sqlite.name = "plain";
  sqlite.plugin = "sqlite";
  profile_.connections.push_back(sqlite);
  PluginFolder folder({DBMUX_BUILD_DIR "/plugins"});
  Registry registry(folder, no_environment());
  ASSERT_TRUE(registry.add(sqlite));
  Context context{registry, profile_, journal_};
  PluginItems items(context);
  EXPECT_TRUE(items.faces()->empty());
  EXPECT_EQ(registry.all().front()->state(), "not connected yet");
}

TEST_F(Listing, LeavesOutADisabledConnection) {
  connect("one");
  profile_.connections.back().disabled = fail(Category::profile, "a variable is not set").value();
  connect("two");
  EXPECT_EQ(face("scripted_run")->input_schema.find("connectionId"), std::string::npos);
}

}  // namespace
}  // namespace dbmux

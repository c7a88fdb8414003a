// Items of several plugins and connections under the names that clients see.
#include "offered.hpp"

namespace dbmux {
namespace {

using Names = std::vector<std::string>;

// Sources that need no plugin: names and descriptions are all that is looked at.
class Merged : public Offered {
 protected:
  void source(std::string connection, std::string plugin, const std::string& description,
              Access access = Access::read_only) {
    ConnectionProfile profile;
    profile.name = std::move(connection);
    profile.plugin = std::move(plugin);
    profile.access = access;
    auto items = read_descriptions(description);
    ASSERT_TRUE(items) << items.error().message;
    sources_.push_back(std::make_shared<const DescribedSource>(DescribedSource{
        std::make_shared<Connection>(std::move(profile), around_), nullptr, std::move(*items)}));
  }
  std::shared_ptr<const ItemListing> merged() {
    items();
    return merge_items(*context_, sources_, true);
  }
  static Names names(const ItemListing& listing) {
    Names names;
    for (const auto& face : *listing.faces) names.push_back(face.name);
    return names;
  }

  Surroundings around_{scripted_plugins(), no_environment(), {}, {}};
  std::vector<std::shared_ptr<const DescribedSource>> sources_;
  SaidInTheLog log_;
};

TEST_F(Merged, NameOfTwoPluginsBelongsToTheFirst) {
  profile_.tools.prefix = false;
  source("a", "one", R"({"tools":[{"name":"x","description":"first"}],"prompts":[{"name":"p"}]})");
  source("b", "two",
         R"({"tools":[{"name":"x","description":"second"},{"name":"y"}],"prompts":[{"name":"p"}]})");
  const auto listing = merged();
  EXPECT_EQ(names(*listing), (Names{"x", "y"}));
  EXPECT_EQ(listing->faces->front().description, "first");
  EXPECT_EQ(listing->prompt_entries.size(), 1U);
  EXPECT_TRUE(log_.has(R"("connection":"b","item":"x","error":"another plugin offers one of this name")"))
      << log_.text();
  EXPECT_TRUE(log_.has(R"("connection":"b","item":"p","error":"another plugin offers one of this name")"));
}

TEST_F(Merged, NamesWithTheirPluginDoNotClash) {
  source("a", "one", R"({"tools":[{"name":"x"}]})");
  source("b", "two", R"({"tools":[{"name":"x"}]})");
  EXPECT_EQ(names(*merged()), (Names{"one_x", "two_x"}));
  EXPECT_FALSE(log_.has("hidden")) << log_.text();
}

TEST_F(Merged, NamesOfOursAreHidden) {
  profile_.tools.prefix = false;
  source(
      "a", "one",
      R"({"tools":[{"name":"execute_query"},{"name":"execute-query"},{"name":"mine"}],"prompts":[{"name":"explore_database"}]})");
  const auto listing = merged();
  EXPECT_EQ(names(*listing), Names{"mine"});
  EXPECT_TRUE(listing->prompt_entries.empty());
  EXPECT_TRUE(log_.has(R"("item":"execute_query","error":"dbmux has a tool of this name")")) << log_.text();
  EXPECT_TRUE(log_.has(R"("item":"execute-query","error":"dbmux has a tool of this name")"));
  EXPECT_TRUE(log_.has(R"("item":"explore_database","error":"dbmux has a prompt of this name")"));
}

TEST_F(Merged, NamesOfTheOperatorsToolsAreTold) {
  OperatorTool tool;
  tool.name = "one_x";
  profile_.operator_tools.push_back(tool);
  source("a", "one", R"({"tools":[{"name":"x"}]})");
  merged();
  EXPECT_TRUE(log_.has(R"("item":"x","error":"the profile has a tool of this name")")) << log_.text();
}

TEST_F(Merged, NamesThatGrowTooLongWithThePluginsAreHidden) {
  source("a", "one", R"({"tools":[{"name":")" + std::string(126, 'x') + "\"}]}");
  EXPECT_EQ(names(*merged()), Names());
  EXPECT_TRUE(log_.has("its name is too long")) << log_.text();
}

TEST_F(Merged, AddressesOfTwoConnectionsBelongToTheFirst) {
  const char* both = R"({"resources":[{"uri":"x://a"}],"resourceTemplates":[{"uriTemplate":"x://{y}/b"}]})";
  source("a", "one", both);
  source("b", "one", both);
  const auto listing = merged();
  EXPECT_EQ(listing->resource_entries.size(), 1U);
  EXPECT_EQ(listing->template_entries.size(), 1U);
  EXPECT_EQ(listing->resources.at("x://a").on->connection->name(), "a");
  EXPECT_TRUE(
      log_.has(R"("connection":"b","item":"x://a","error":"the connection 'a' offers one of this address")"))
      << log_.text();
  EXPECT_TRUE(log_.has(
      R"("connection":"b","item":"x://{y}/b","error":"the connection 'a' offers one of this address")"));
}

TEST_F(Merged, AToolOfSeveralConnectionsTakesTheirNames) {
  for (const char* name : {"a", "b"})
    source(name, "one", R"({"tools":[{"name":"x","inputSchema":{"type":"object","required":["q"]}}]})");
  EXPECT_EQ(
      merged()->faces->front().input_schema,
      R"({"type":"object","required":["q"],"properties":{"connectionId":{"type":"string","enum":["a","b"]}}})");
}

TEST_F(Merged, TheNamesOfManyConnectionsAreNotListed) {
  for (int i = 0; i < 13; ++i) source("c" + std::to_string(i), "one", R"({"tools":[{"name":"x"}]})");
  EXPECT_EQ(
      merged()->faces->front().input_schema,
      R"({"type":"object","additionalProperties":false,"properties":{"connectionId":{"type":"string"}}})");
}

TEST_F(Merged, AToolThatWritesIsShownWhereItMay) {
  const char* writes = R"({"tools":[{"name":"x","annotations":{"readOnlyHint":false}}]})";
  source("a", "one", writes);
  source("b", "one", writes, Access::confirm);
  EXPECT_EQ(names(*merged()), Names());
  source("c", "one", writes, Access::read_write);
  EXPECT_NE(merged()->faces->front().input_schema.find(R"("enum":["c"])"), std::string::npos);
}

}  // namespace
}  // namespace dbmux

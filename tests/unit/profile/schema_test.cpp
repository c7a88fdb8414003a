#include "profile/schema.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/json.hpp"
#include "profile/keys.hpp"

namespace dbmux {
namespace {

TEST(ProfileSchema, TheShippedFileIsMadeOfTheKeyTable) {
  std::ifstream file(DBMUX_SOURCE_DIR "/profiles/profile.schema.json");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), profile_schema()) << "dbmux profile schema > profiles/profile.schema.json";
}

TEST(ProfileSchema, IsJsonWithEveryKeyInBothSpellings) {
  const auto schema = parse_json(profile_schema());
  ASSERT_TRUE(schema) << schema.error().message;
  const JsonValue& root = (*schema)["properties"];
  for (const Key& key : profile_keys())
    EXPECT_TRUE(root.HasMember(std::string(key.name).c_str())) << key.name;
  const JsonValue& connection = root["connections"]["additionalProperties"];
  EXPECT_TRUE(connection["additionalProperties"].GetBool());
  for (const Key& key : connection_keys())
    for (const std::string& name : {std::string(key.name), camel_case(key.name)})
      EXPECT_TRUE(connection["properties"].HasMember(name.c_str())) << name;
  EXPECT_TRUE(connection["properties"].HasMember("type"));
  EXPECT_FALSE((*schema)["additionalProperties"].GetBool());
}

TEST(KeyNames, ChangeBetweenTheirSpellings) {
  EXPECT_EQ(snake_case("createIfNotExists"), "create_if_not_exists");
  EXPECT_EQ(snake_case("pool_size"), "pool_size");
  EXPECT_EQ(snake_case("options.maxPoolSize"), "options.max_pool_size");
  EXPECT_EQ(camel_case("default_connection"), "defaultConnection");
  EXPECT_EQ(find_key(connection_keys(), "poolSize"), find_key(connection_keys(), "pool_size"));
  EXPECT_EQ(find_key(connection_keys(), "type"), find_key(connection_keys(), "plugin"));
  EXPECT_EQ(find_key(connection_keys(), "poolsize"), nullptr);
}

}  // namespace
}  // namespace dbmux

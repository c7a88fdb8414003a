#include "mcp/state_token.hpp"

#include <gtest/gtest.h>

namespace dbmux::mcp {
namespace {

TEST(StateTokens, GiveBackWhatTheySealed) {
  const StateTokens tokens;
  for (const auto& text :
       {std::string(), std::string("a"), std::string("\0\xff\xfe", 3), std::string(5000, 'x')}) {
    const auto token = tokens.seal(text);
    EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."),
              std::string::npos);
    EXPECT_EQ(tokens.open(token), text);
  }
}

TEST(StateTokens, RefuseAnyOtherText) {
  const StateTokens tokens;
  const auto token = tokens.seal("some text");
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'a' ? 'b' : 'a';
    EXPECT_EQ(tokens.open(changed), std::nullopt) << i;
    EXPECT_EQ(tokens.open(token.substr(0, i)), std::nullopt) << i;
  }
  EXPECT_EQ(tokens.open(token + "0"), std::nullopt);
  EXPECT_EQ(tokens.open("." + token), std::nullopt);
  EXPECT_EQ(StateTokens().open(token), std::nullopt);
}

TEST(RequestDigest, IsOfWhatARequestAsksFor) {
  const auto digest = [](std::string_view method, std::string_view params) {
    const auto document = parse_json(params);
    return request_digest(method, &*document);
  };
  const auto one = digest("m", R"({"name":"n","arguments":{"a":[1,{"x":1,"y":2}],"b":"t"}})");
  EXPECT_EQ(one.size(), 64U);
  EXPECT_EQ(one, digest("m", R"({"arguments":{"b":"t","a":[1,{"y":2,"x":1}]},"name":"n"})"));
  EXPECT_EQ(one, digest("m", R"({"name":"n","arguments":{"a":[1,{"x":1,"y":2}],"b":"t"},"_meta":{"p":1},)"
                             R"("requestState":"s","inputResponses":{}})"));
  for (const auto* other : {R"({"name":"n","arguments":{"a":[{"x":1,"y":2},1],"b":"t"}})",
                            R"({"name":"n","arguments":{"a":[],"b":"t"}})",
                            R"({"name":"n2","arguments":{"a":[1,{"x":1,"y":2}],"b":"t"}})",
                            R"({"name":"n","arguments":{"a":[1,{"x":1,"y":2}],"b":"t"},"c":1})", "{}"}) {
    EXPECT_NE(one, digest("m", other)) << other;
  }
  EXPECT_NE(one, digest("n", R"({"name":"n","arguments":{"a":[1,{"x":1,"y":2}],"b":"t"}})"));
}

}  // namespace
}  // namespace dbmux::mcp

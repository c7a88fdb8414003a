#include "connections/rights.hpp"

#include "scripted_session.hpp"

namespace dbmux {
namespace {

struct Login {
  std::int64_t privileges;
  Access access;
  const char* excess;  // part of the words; null: none
};

class Rights : public testing::TestWithParam<Login> {};

TEST_P(Rights, OfALoginAreRefusedWhereTheProfileRequiresTheLeast) {
  Registry registry{scripted_plugins(), no_environment()};
  Call call;
  for (const bool required : {true, false}) {
    auto profile =
        scripted_profile(required ? "strict" : "lenient", {option("privileges", GetParam().privileges)});
    profile.access = GetParam().access;
    profile.require_least_privilege = required;
    const auto connection = *registry.add(std::move(profile));
    const auto lease = connection->lease(call, true);
    if (!required || !GetParam().excess) {
      EXPECT_TRUE(lease) << lease.error().message;
      continue;
    }
    ASSERT_FALSE(lease);
    EXPECT_EQ(lease.error().category, Category::denied);
    EXPECT_NE(lease.error().message.find(GetParam().excess), std::string::npos) << lease.error().message;
    EXPECT_NE(lease.error().message.find("strict"), std::string::npos) << lease.error().message;
    EXPECT_FALSE(lease.error().hint.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Logins, Rights,
                         testing::Values(Login{0, Access::read_only, nullptr},
                                         Login{1, Access::read_write, nullptr},
                                         Login{1, Access::read_only, "may write"},
                                         Login{3, Access::read_write, "is a superuser"},
                                         Login{3, Access::read_only, "is a superuser"},
                                         Login{4, Access::read_only, "cannot tell"}));

}  // namespace
}  // namespace dbmux

#include "schema/cache.hpp"

#include <atomic>
#include <thread>

#include "sqlite_file.hpp"

namespace dbmux {
namespace {

using namespace std::chrono_literals;

class Cache : public testing::Test {
 protected:
  std::shared_ptr<Connection> connection(const std::string& name) {
    ConnectionProfile profile;
    profile.name = name;
    profile.plugin = "sqlite";
    return *registry_.add(std::move(profile));
  }
  // Takes a millisecond of the cache's clock, so what it reads is good for a second.
  SchemaCache::Load reading(const std::string& name, std::size_t bytes = 0) {
    return [this, name, bytes]() -> Result<std::vector<TableEntry>> {
      ++loads_;
      now_ = now_.load() + 1ms;
      TableEntry t;
      t.name = name;
      t.comment = std::string(bytes, 'x');
      return std::vector{t};
    };
  }
  std::string read(SchemaCache& cache, const std::shared_ptr<Connection>& c, const std::string& name,
                   std::string_view schema = "", const std::string& principal = "", bool fresh = false,
                   std::size_t bytes = 0) {
    Call call(Principal{principal});
    const auto tables = cache.tables(call, c, schema, fresh, reading(name, bytes));
    EXPECT_TRUE(tables);
    return tables ? (**tables)[0].name : "";
  }

  Registry registry_{installed_plugins(), {}};
  std::shared_ptr<Connection> a_ = connection("a"), b_ = connection("b");
  std::atomic<Clock::time_point> now_{Clock::now()};
  std::atomic<int> loads_{0};
  SchemaCache cache_{SchemaCache::kBytes, [this] { return now_.load(); }};
};

TEST_F(Cache, ReadsAgainAThousandTimesAsLongAfterItHasReadAndAMinuteAtTheLatest) {
  EXPECT_EQ(read(cache_, a_, "first"), "first");
  now_ = now_.load() + 999ms;
  EXPECT_EQ(read(cache_, a_, "second"), "first");
  now_ = now_.load() + 2ms;
  EXPECT_EQ(read(cache_, a_, "third"), "third");
  Call call;
  ASSERT_TRUE(cache_.tables(call, a_, "", true, [&]() -> Result<std::vector<TableEntry>> {
    now_ = now_.load() + 10s;
    return std::vector<TableEntry>(1);
  }));
  now_ = now_.load() + 59s;
  EXPECT_EQ(read(cache_, a_, "fourth"), "");
  now_ = now_.load() + 2s;
  EXPECT_EQ(read(cache_, a_, "fifth"), "fifth");
}

TEST_F(Cache, NeverCrossesConnectionsPrincipalsOrSchemas) {
  int n = 0;
  for (const auto& c : {a_, b_})
    for (const auto* principal : {"", "ada", "bob"})
      for (const auto* schema : {"", "sales"}) {
        const auto name = std::to_string(++n);
        EXPECT_EQ(read(cache_, c, name, schema, principal), name);
      }
  EXPECT_EQ(read(cache_, b_, "", "sales", "ada"), "10");
  EXPECT_EQ(loads_, n);
}

TEST_F(Cache, KnowsANewConnectionOfAnOldName) {
  EXPECT_EQ(read(cache_, a_, "old"), "old");
  ASSERT_TRUE(registry_.remove("a"));
  a_.reset();
  a_ = connection("a");
  EXPECT_EQ(read(cache_, a_, "new"), "new");
}

TEST_F(Cache, ReadsAgainAfterADropAndOnRequest) {
  EXPECT_EQ(read(cache_, a_, "first"), "first");
  EXPECT_EQ(read(cache_, b_, "other"), "other");
  cache_.drop(*a_);
  EXPECT_EQ(read(cache_, a_, "second"), "second");
  EXPECT_EQ(read(cache_, b_, "unread"), "other");
  EXPECT_EQ(read(cache_, a_, "third", "", "", true), "third");
  EXPECT_EQ(read(cache_, a_, "unread"), "third");
}

TEST_F(Cache, DoesNotKeepWhatWasBeingReadWhenItWasDropped) {
  Call call;
  const auto tables = cache_.tables(call, a_, "", false, [&]() -> Result<std::vector<TableEntry>> {
    cache_.drop(*a_);
    return reading("before")();
  });
  ASSERT_TRUE(tables);
  EXPECT_EQ((**tables)[0].name, "before");
  EXPECT_EQ(read(cache_, a_, "after"), "after");
}

TEST_F(Cache, KeepsNoFailure) {
  Call call;
  const auto failed = cache_.tables(call, a_, "", false, []() -> Result<std::vector<TableEntry>> {
    return fail(Category::denied, "not yours");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "not yours");
  EXPECT_EQ(read(cache_, a_, "now"), "now");
}

TEST_F(Cache, CallersAtTheSameTimeReadOnce) {
  std::atomic<int> waiting{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i)
    callers.emplace_back([&] {
      Call call({}, Clock::now() + 20s);
      ++waiting;
      const auto tables = cache_.tables(call, a_, "", false, [&]() -> Result<std::vector<TableEntry>> {
        while (waiting < 8) std::this_thread::yield();
        std::this_thread::sleep_for(20ms);
        return reading("once")();
      });
      EXPECT_TRUE(tables && (**tables)[0].name == "once");
    });
  for (auto& t : callers) t.join();
  EXPECT_EQ(loads_, 1);
}

TEST_F(Cache, AWaitingCallerEndsByItsOwnDeadlineOrCancelAndReadsItselfWhenTheOtherFails) {
  std::atomic<bool> begun{false}, end{false};
  std::thread reader([&] {
    Call call({}, Clock::now() + 20s);
    EXPECT_FALSE(cache_.tables(call, a_, "", false, [&]() -> Result<std::vector<TableEntry>> {
      begun = true;
      while (!end) std::this_thread::sleep_for(1ms);
      return fail(Category::connection, "gone");
    }));
  });
  while (!begun) std::this_thread::yield();
  Call late({}, Clock::now() + 30ms);
  const auto timed_out = cache_.tables(late, a_, "", false, reading("never"));
  ASSERT_FALSE(timed_out);
  EXPECT_EQ(timed_out.error().category, Category::timeout);

  Call cancelled;
  std::thread canceller([&] {
    std::this_thread::sleep_for(20ms);
    cancelled.cancel(Call::Stop::client);
  });
  const auto stopped = cache_.tables(cancelled, a_, "", false, reading("never"));
  canceller.join();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().category, Category::cancelled);

  std::thread ender([&] {
    std::this_thread::sleep_for(20ms);
    end = true;
  });
  EXPECT_EQ(read(cache_, a_, "itself"), "itself");
  ender.join();
  reader.join();
  EXPECT_EQ(loads_, 1);
}

TEST_F(Cache, ForgetsTheLeastUsedWhenItIsFullAndKeepsNoneThatIsTooLarge) {
  SchemaCache small(10'000, [this] { return now_.load(); });
  for (const auto* schema : {"one", "two", "three"}) read(small, a_, schema, schema, "", false, 4000);
  EXPECT_EQ(read(small, a_, "again", "three", "", false, 4000), "three");
  EXPECT_EQ(read(small, a_, "again", "two", "", false, 4000), "two");
  EXPECT_EQ(read(small, a_, "again", "one", "", false, 4000), "again");
  EXPECT_EQ(read(small, a_, "again", "three", "", false, 4000), "again");
  EXPECT_EQ(read(small, a_, "large", "four", "", false, 20'000), "large");
  EXPECT_EQ(read(small, a_, "larger", "four", "", false, 20'000), "larger");
}

}  // namespace
}  // namespace dbmux

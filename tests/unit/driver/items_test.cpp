// Items of a plugin as this room hands them up: descriptions, answers, questions, reports, changes.
#include "driver/items.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "base/json.hpp"
#include "call/ask.hpp"
#include "scripted_session.hpp"

namespace dbmux {
namespace {

using Outcome = Invocation::Outcome;

// A client whose answers are known beforehand.
class Client : public Asking {
 public:
  Reply ask(std::string_view key, std::string_view method, std::string_view params,
            const JsonValue** answer) override {
    asked.push_back(std::string(key) + " " + std::string(method) + " " + std::string(params));
    const auto at = answers.find(std::string(key));
    if (at == answers.end()) return can ? Reply::pending : Reply::impossible;
    *answer = &at->second;
    return Reply::answered;
  }
  void keep(std::string state) override { state_ = std::move(state); }
  std::string_view kept() const override { return state_; }

  bool can = true;
  std::map<std::string, JsonDocument> answers;
  std::vector<std::string> asked;

 private:
  std::string state_;
};

struct Reports : Sink {
  void progress(double done, double total, std::string_view text) override {
    said.push_back(std::to_string(static_cast<int>(done)) + "/" + std::to_string(static_cast<int>(total)) +
                   " " + std::string(text));
  }
  void notice(Notice, std::int64_t, std::string_view) override {}
  void record(Notice level, std::string_view logger, std::string_view data) override {
    logged.emplace_back(level, std::string(logger) + ": " + std::string(data));
  }
  std::vector<std::string> said;
  std::vector<std::pair<Notice, std::string>> logged;
};

class Items : public test::Session {
 protected:
  static Param option(std::string name, std::string value) {
    return text_param(std::move(name), std::move(value));
  }

  Result<std::string> described() {
    Call call;
    return source_->describe(call);
  }
  // `run` with these lines.
  Result<Invocation> run(Call& call, const std::string& script, Conn* on = nullptr) {
    return source_->invoke(call, on, Item::tool, on ? "run_leased" : "run",
                           "{\"script\":" + json_quote(script) + "}");
  }
  static std::vector<ContentRow> content(Invocation& made) {
    EXPECT_EQ(made.outcome, Outcome::content);
    auto rows = read_content(*made.cursor, 1 << 20);
    EXPECT_TRUE(rows) << rows.error().message;
    return rows ? *rows : std::vector<ContentRow>();
  }
  // The texts of what `run` answers.
  std::vector<std::string> texts(Call& call, const std::string& script) {
    auto made = run(call, script);
    EXPECT_TRUE(made) << made.error().message;
    std::vector<std::string> texts;
    if (made)
      for (auto& row : content(*made)) texts.push_back(std::move(row.text));
    return texts;
  }
  Error failure(const std::string& script, Call& call) {
    auto made = run(call, script);
    if (!made) return made.error();
    ADD_FAILURE() << "no error: " << script;
    return {};
  }
  Error failure(const std::string& script) {
    Call call;
    return failure(script, call);
  }
};

TEST_F(Items, AreDescribedAsJson) {
  const auto json = described();
  ASSERT_TRUE(json) << json.error().message;
  const auto document = parse_json(*json);
  ASSERT_TRUE(document);
  EXPECT_EQ(member(*document, "tools")->Size(), 4U);
  EXPECT_EQ(json->find('\n'), std::string::npos) << "on one line";
}

TEST_F(Items, WhoseDescriptionIsNotJsonAreTheFaultOfThePlugin) {
  open({option("items", "{\"tools\":")});
  const auto json = described();
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().category, Category::internal);
  EXPECT_EQ(json.error().message, "the plugin 'scripted' describes its items in what is not JSON");
}

TEST_F(Items, WhoseDescriptionIsTooLongAreTheFaultOfThePlugin) {
  open({option("items", "{\"tools\":[\"" + std::string(1 << 20, 'x') + "\"]}")});
  const auto json = described();
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().message, "the plugin 'scripted' describes its items in more than 1,048,576 bytes");
}

TEST_F(Items, SayWhyTheyCannotBeDescribed) {
  Call call;
  ASSERT_TRUE(execute(call, "fail-next describe 1 {\"category\":\"denied\",\"message\":\"not today\"}"));
  const auto json = described();
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().category, Category::denied);
  EXPECT_EQ(json.error().message, "not today");
  EXPECT_TRUE(described());
}

TEST_F(Items, AreDescribedByTheDeadline) {
  open({int_param("describe_delay_ms", 60'000)});
  Call call({}, Clock::now() + std::chrono::milliseconds(50));
  const auto json = source_->describe(call);
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().category, Category::timeout);
}

TEST_F(Items, AnswerWithEveryKindOfContent) {
  Call call;
  auto made = source_->invoke(call, nullptr, Item::tool, "kinds", "{}");
  ASSERT_TRUE(made) << made.error().message;
  const auto rows = content(*made);
  ASSERT_EQ(rows.size(), 7U);
  std::string types;
  for (const auto& row : rows) types += row.type + " ";
  EXPECT_EQ(types, "text image audio resource resource resource_link structured ");
  EXPECT_TRUE(rows[0].has_text && !rows[0].has_bytes);
  EXPECT_EQ(rows[0].text, "one of each");
  EXPECT_TRUE(rows[1].has_bytes && !rows[1].has_text);
  EXPECT_EQ(rows[1].bytes, "png");
  EXPECT_EQ(rows[1].mime_type, "image/png");
  EXPECT_EQ(rows[2].extra, R"({"annotations":{"priority":1}})");
  EXPECT_EQ(rows[5].uri, "scripted://bytes");
  EXPECT_EQ(rows[5].name, "bytes");
  EXPECT_EQ(rows[6].extra, R"({"kinds":6})");
}

TEST_F(Items, AnswerWithATableToo) {
  Call call;
  auto made = run(call, "result {\"columns\":[\"a\"],\"rows\":[[1],[2]]}");
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_EQ(made->outcome, Outcome::rows);
  const auto batch = made->cursor->next_batch();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->rows, 2U);
}

TEST_F(Items, GetASessionWhereTheyAreGivenOne) {
  Call call;
  auto made = source_->invoke(call, &conn(), Item::resource, "scripted://session", "{}");
  ASSERT_TRUE(made);
  EXPECT_EQ(content(*made).at(0).text, "on a session");
  made = source_->invoke(call, nullptr, Item::resource, "scripted://session", "{}");
  ASSERT_TRUE(made);
  EXPECT_EQ(content(*made).at(0).text, "on none");
}

TEST_F(Items, AnswerAsPromptsAndCompletions) {
  Call call;
  auto made = source_->invoke(call, nullptr, Item::prompt, "greet", R"({"name":"Ann","tone":"flat"})");
  ASSERT_TRUE(made);
  auto rows = content(*made);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].text, "Greet Ann.");
  EXPECT_EQ(rows[1].role, "assistant");
  made = source_->invoke(call, nullptr, Item::completion, "greet",
                         R"({"ref":"prompt","argument":"tone","value":"f","context":{}})");
  ASSERT_TRUE(made);
  rows = content(*made);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].text, "formal");
  EXPECT_EQ(rows[0].extra, R"({"total":3,"hasMore":false})");
}

TEST_F(Items, AreNotFoundByAnotherName) {
  Call call;
  const auto made = source_->invoke(call, nullptr, Item::resource, "scripted://nothing", "{}");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().category, Category::not_found);
}

// ---- what no plugin should answer

struct Broken {
  const char *name, *script, *message;
};
void PrintTo(const Broken& b, std::ostream* out) { *out << b.name; }

class ABrokenAnswer : public Items, public testing::WithParamInterface<Broken> {};

TEST_P(ABrokenAnswer, IsTheFaultOfThePlugin) {
  Call call;
  auto made = run(call, GetParam().script, &conn());
  Error error;
  if (made) {
    auto rows = read_content(*made->cursor, 1000);
    ASSERT_FALSE(rows);
    error = rows.error();
  } else {
    error = made.error();
  }
  EXPECT_EQ(error.message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, ABrokenAnswer,
    testing::Values(Broken{"extra_is_no_json", R"(block {"type":"text","text":"t","extra":"{"})",
                           "the plugin answered with an 'extra' that is not JSON"},
                    Broken{"no_type", R"(result {"columns":["text"],"rows":[["t"]]})",
                           "the plugin answered with content that has no column 'type'"},
                    Broken{"unknown_kind", R"(result {"columns":["type"],"rows":[[{"kind":77}]]})",
                           "the driver gave a kind of value that this dbmux does not know"},
                    Broken{"needs_what_it_did_not_ask_for", "need-input",
                           "the plugin 'scripted' waits for an answer that it did not ask for"}),
    [](const auto& b) { return std::string(b.param.name); });

TEST_F(Items, AnswerWithinABound) {
  Call call;
  auto made = run(call, "text " + std::string(600, 'a') + "\ntext " + std::string(600, 'b'));
  ASSERT_TRUE(made);
  const auto rows = read_content(*made->cursor, 1000);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().category, Category::resource);
  EXPECT_EQ(rows.error().message, "the answer is larger than 1,000 bytes");
}

TEST_F(Items, AnswerInTextThatMayStandInAFrame) {
  Call call;
  auto made = run(call, R"(block {"type":"structured","extra":"{\n \"a\": \"b\\nc\"\r\n}"})");
  ASSERT_TRUE(made);
  EXPECT_EQ(content(*made).at(0).extra, R"({  "a": "b\nc"  })");
  made = run(call, R"(result {"columns":["type","text","uri"],"rows":[["text",{"text_hex":"41c328"},5]]})",
             &conn());
  ASSERT_TRUE(made) << made.error().message;
  const auto rows = read_content(*made->cursor, 1000);
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->at(0).text, "A\uFFFD(");
  EXPECT_EQ(rows->at(0).uri, "") << "a number is no address";
}

// ---- errors

TEST_F(Items, FailInTheirOwnWords) {
  const auto e =
      failure(R"(error {"category":"constraint","message":"no","detail":"d","hint":"h","code":7})");
  EXPECT_EQ(e.category, Category::constraint);
  EXPECT_EQ(e.message, "no");
  EXPECT_EQ(e.hint, "h");
}

TEST_F(Items, MayRefuseInTheWordsOfTheProtocol) {
  Call call;
  const auto made = run(
      call,
      R"(error {"category":"invalid","message":"no such thing","code":-32042,"detail":"{\n\"a\":1}","flags":["protocol"]})");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->outcome, Outcome::refused);
  EXPECT_EQ(made->code, -32042);
  EXPECT_EQ(made->message, "no such thing");
  EXPECT_EQ(made->data, "{ \"a\":1}") << "on one line";
  const auto plain =
      run(call,
          R"(error {"category":"invalid","message":"m","code":-1,"detail":"not JSON","flags":["protocol"]})");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->data, "");
}

TEST_F(Items, OfAConnectionThatDiedSaySo) {
  Call call;
  const auto made =
      run(call, R"(error {"category":"connection","message":"gone","flags":["connection_dead"]})", &conn());
  ASSERT_FALSE(made);
  EXPECT_TRUE(made.error().connection_dead);
  EXPECT_TRUE(conn().dead());
}

TEST_F(Items, EndAtACancelAndAtADeadline) {
  Call call;
  std::thread([&] { call.cancel(Call::Stop::client); }).join();
  EXPECT_EQ(failure("block-until-cancelled", call).category, Category::cancelled);
  Call late({}, Clock::now() + std::chrono::milliseconds(20));
  EXPECT_EQ(failure("block-until-cancelled", late).category, Category::timeout);
}

TEST_F(Items, OnASessionEndAtItsCancel) {
  auto& session = conn();
  Call call;
  Result<Invocation> made = fail(Category::internal, "not run");
  std::atomic<bool> ended{false};
  std::thread worker([&] { made = run(call, "block-until-cancelled", &session); });
  std::thread canceller([&] {
    while (!ended) {  // before the item has begun it is no call of the session's
      session.cancel(call.id());
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  worker.join();
  ended = true;
  canceller.join();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().category, Category::cancelled);
}

// ---- questions

TEST_F(Items, AskAndAreCalledAgainWithTheAnswers) {
  Client client;
  const std::string script =
      "kept\nask colour elicitation/create {\"message\":\"Which?\"}\nask where roots/list {}\nkeep after";
  Call first;
  first.set_asking(&client);
  auto made = run(first, script);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->outcome, Outcome::needs_input);
  EXPECT_EQ(client.asked, (std::vector<std::string>{"colour elicitation/create {\"message\":\"Which?\"}",
                                                    "where roots/list {}"}));
  EXPECT_EQ(client.kept(), "after");
  client.answers["colour"] = *parse_json(R"({"action":"accept","content":{"colour":"red"}})");
  client.answers["where"] = *parse_json(R"({"roots":[]})");
  Call second;
  second.set_asking(&client);
  EXPECT_EQ(
      texts(second, script),
      (std::vector<std::string>{"kept=after", R"(colour={"action":"accept","content":{"colour":"red"}})",
                                R"(where={"roots":[]})"}));
}

TEST_F(Items, SayWhatAClientLacksThatCannotBeAsked) {
  Client client;
  client.can = false;
  for (Asking* asking : {static_cast<Asking*>(&client), static_cast<Asking*>(nullptr)}) {
    Call call;
    call.set_asking(asking);
    const auto made = run(call, "ask a sampling/createMessage {}");
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->outcome, Outcome::client_lacks);
    EXPECT_EQ(made->lacks, std::vector<std::string>{"sampling/createMessage"});
  }
}

TEST_F(Items, MayAskOnlyWhatAServerMay) {
  Client client;
  for (const char* script :
       {"ask a tools/call {}", "ask a elicitation/create []", "ask a elicitation/create {"}) {
    Call call;
    call.set_asking(&client);
    EXPECT_EQ(failure(script, call).category, Category::invalid) << script;
  }
  EXPECT_TRUE(client.asked.empty());
}

// ---- reports

TEST_F(Items, ReportProgressAndWriteToTheClientsLog) {
  Reports reports;
  Call call({}, kNever, &reports);
  texts(
      call,
      "progress 1 10 first\nprogress 2 -1 second\nsay notice {\"a\":1}\nsay emergency not JSON\nsay loud 1");
  EXPECT_EQ(reports.said, (std::vector<std::string>{"1/10 first", "2/-1 second"}));
  EXPECT_EQ(reports.logged,
            (std::vector<std::pair<Notice, std::string>>{{Notice::notice, "scripted: {\"a\":1}"},
                                                         {Notice::emergency, "scripted: \"not JSON\""},
                                                         {Notice::error, "scripted: 1"}}));
}

TEST_F(Items, NeverTellASecret) {
  open({option("password", "pw")},
       [](Call&, std::string_view) -> Result<std::string> { return "pass\"w\\ord é"; });
  Client client;
  Reports reports;
  Call call({}, kNever, &reports);
  call.set_asking(&client);
  const auto said = texts(call, "leak password");
  EXPECT_EQ(said, (std::vector<std::string>{"the secret is ***", "not kept"}));
  EXPECT_EQ(client.kept(), "");
  EXPECT_EQ(reports.said, std::vector<std::string>{"1/-1 ***"});
  open({option("items", R"({"tools":[{"name":"a","description":"it is pass\"w\\ord \u00e9"}]})")});
  const auto json = described();
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(*json, R"({"tools":[{"name":"a","description":"it is ***"}]})");
}

// ---- changes

TEST_F(Items, TellOfTheirChangesUntilTheSourceIsGone) {
  std::mutex mutex;
  std::vector<std::string> told;
  source_->on_change([&](Item item, std::string_view uri) {
    const std::lock_guard lock(mutex);
    told.push_back(std::to_string(static_cast<int>(item)) + " " + std::string(uri));
  });
  Call call;
  texts(call, "offer more\ntouch scripted://text");
  EXPECT_EQ(told, (std::vector<std::string>{"1 ", "3 ", "2 scripted://text"}));
  const auto json = described();
  ASSERT_TRUE(json);
  EXPECT_NE(json->find(R"("name":"more")"), std::string::npos);
  const auto other = source_;
  open({});
  texts(call, "touch scripted://text");
  EXPECT_EQ(told.size(), 3U) << "another source's";
}

TEST(ItemsOfAPluginWithoutAny, AreUnsupported) {
  const auto loaded = Plugin::load(std::filesystem::path(DBMUX_BUILD_DIR) / "plugins" / "sqlite.so");
  ASSERT_TRUE(loaded) << loaded.error().message;
  Call call;
  std::vector<Param> options(1);
  options[0].name = "filename";
  options[0].kind = Kind::text;
  options[0].text = ":memory:";
  auto source = (*loaded)->open(call, options, {});
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ((*source)->describe(call).error().category, Category::unsupported);
  EXPECT_EQ((*source)->invoke(call, nullptr, Item::tool, "a", "{}").error().category, Category::unsupported);
}

}  // namespace
}  // namespace dbmux

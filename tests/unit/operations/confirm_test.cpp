// Writes that a person must allow first.
#include "operations/confirm.hpp"

#include <sys/stat.h>

#include "call/ask.hpp"
#include "shop.hpp"

namespace dbmux {
namespace {

// A client as the protocol makes it: what was asked is answered when the call comes again.
class Person : public Asking {
 public:
  Reply ask(std::string_view key, std::string_view method, std::string_view params,
            const JsonValue** answer) override {
    asked.emplace_back(method, params);
    key_ = key;
    if (!can) return Reply::impossible;
    if (reply.empty() || key != answers_to) return Reply::pending;
    document_ = parse_json(reply).value();
    *answer = &document_;
    return Reply::answered;
  }
  void keep(std::string state) override { state_ = std::move(state); }
  std::string_view kept() const override { return state_; }

  // The answer to what was asked last.
  void answers(std::string json) {
    reply = std::move(json);
    answers_to = key_;
  }
  std::string message() const { return at(asked.back().second, {"message"}); }

  bool can = true;
  std::string reply, answers_to;
  std::vector<std::pair<std::string, std::string>> asked;

 private:
  std::string key_, state_;
  JsonDocument document_;
};

constexpr const char* kYes = R"({"action":"accept","content":{"confirm":true}})";
constexpr const char* kUpdate =
    R"({"query":"UPDATE orders SET status = ? WHERE id <= ?","params":["closed",3]})";

class Confirming : public Shop {
 protected:
  void SetUp() override {
    Shop::SetUp();
    shop().access = Access::confirm;
    const auto home = folder_.path() / "home";
    environment_ = [home](std::string_view name) -> std::optional<std::string> {
      if (name == "DBMUX_HOME") return home.string();
      return std::nullopt;
    };
    waiting_ = std::make_unique<ConfirmFolder>(confirm_folder(home));
  }

  Reply update(std::string_view arguments = kUpdate, Asking* asking = nullptr) {
    auto json = parse_json(arguments);
    Output out;
    Answer answer(out, Depth::plain);
    Call call;
    call.set_asking(asking);
    Reply reply;
    reply.outcome = catalogue().run(call, "execute_update", *json, answer);
    reply.text = out.take_string();
    reply.meta = {answer.meta().begin(), answer.meta().end()};
    return reply;
  }
  int closed() {
    return std::stoi(at(text("execute_query", R"({"query":"SELECT id FROM orders WHERE status = 'closed'"})"),
                        {"row_count"}));
  }

  Person person_;
  std::unique_ptr<ConfirmFolder> waiting_;
};

TEST_F(Confirming, ShowsTheStatementItsValuesAndWhatARehearsalChanged) {
  const auto reply = update(kUpdate, &person_);
  EXPECT_EQ(reply.outcome, Outcome::needs_input);
  EXPECT_EQ(reply.text, "");
  ASSERT_EQ(person_.asked.size(), 1U);
  EXPECT_EQ(person_.asked[0].first, "elicitation/create");
  EXPECT_EQ(person_.message(),
            "May the assistant change data on 'shop'? A rehearsal that was rolled back changed 3 rows.\n\n"
            "UPDATE orders SET status = ? WHERE id <= ?\n\nwith the values [\"closed\",3]");
  EXPECT_EQ(at(person_.asked[0].second, {"requestedSchema"}),
            R"({"type":"object","properties":{"confirm":{"type":"boolean","title":"Run this statement"}},)"
            R"("required":["confirm"]})");
  EXPECT_EQ(closed(), 0);
}

TEST_F(Confirming, RunsWhatWasAllowedOnce) {
  update(kUpdate, &person_);
  person_.answers(kYes);
  const auto reply = update(kUpdate, &person_);
  EXPECT_EQ(reply.outcome, Outcome::ok);
  EXPECT_EQ(reply.text, R"({"rows_affected":3})");
  EXPECT_EQ(reply.meta.at("dbmux/access"), R"({"verdict":"write","by":["person"]})");
  EXPECT_EQ(closed(), 3);
  text("execute_query", R"({"query":"SELECT 1"})");
  EXPECT_EQ(update(kUpdate, &person_).outcome, Outcome::needs_input) << "the same answer again is none";
  EXPECT_EQ(journal_.newest(10).size(), 3U) << "what is being asked is no call yet";
}

class NotAllowed : public Confirming, public testing::WithParamInterface<const char*> {};

TEST_P(NotAllowed, IsRefusedAndNothingIsRun) {
  update(kUpdate, &person_);
  person_.answers(GetParam());
  const auto reply = update(kUpdate, &person_);
  EXPECT_EQ(reply.outcome, Outcome::error);
  EXPECT_EQ(
      reply.text,
      R"({"error":{"category":"denied","message":"A person declined UPDATE on 'shop'; nothing was run.",)"
      R"("hint":"Do not try it again unless the person asks for it."}})");
  EXPECT_EQ(reply.meta.at("dbmux/access"), R"({"verdict":"refused","by":["person"]})");
  EXPECT_EQ(closed(), 0);
}

INSTANTIATE_TEST_SUITE_P(All, NotAllowed,
                         testing::Values(R"({"action":"decline"})", R"({"action":"cancel"})",
                                         R"({"action":"accept","content":{"confirm":false}})",
                                         R"({"action":"accept","content":{"confirm":"true"}})",
                                         R"({"action":"accept","content":{}})", R"({"action":"accept"})",
                                         R"({})", R"([])"));

TEST_F(Confirming, AnAnswerHoldsForTheStatementThatWasShown) {
  for (const char* other :
       {R"({"query":"UPDATE orders SET status = ? WHERE id <= ?","params":["closed",200]})",
        R"({"query":"UPDATE orders SET status = ?  WHERE id <= ?","params":["closed",3]})"}) {
    update(kUpdate, &person_);
    person_.answers(kYes);
    EXPECT_EQ(update(other, &person_).outcome, Outcome::needs_input);
    EXPECT_EQ(closed(), 0);
  }
  EXPECT_NE(person_.asked.back().second, person_.asked.front().second) << "the new one is shown";
}

TEST_F(Confirming, AnAnswerHoldsForTheConnectionThatWasShown) {
  profile_.connections.push_back(sqlite_profile("other", shop_, Access::confirm));
  update(kUpdate, &person_);
  person_.answers(kYes);
  std::string elsewhere = kUpdate;
  elsewhere.insert(1, R"("connectionId":"other",)");
  EXPECT_EQ(update(elsewhere, &person_).outcome, Outcome::needs_input);
  EXPECT_EQ(closed(), 0);
}

TEST_F(Confirming, AStateThatIsNotOursIsNoAnswer) {
  update(kUpdate, &person_);
  person_.keep("confirm-made-up");
  person_.reply = kYes;
  person_.answers_to = "confirm-made-up";
  EXPECT_EQ(update(kUpdate, &person_).outcome, Outcome::needs_input);
  EXPECT_EQ(closed(), 0);
}

TEST_F(Confirming, AStatementThatFailsInTheRehearsalAsksNobody) {
  const auto reply =
      update(R"J({"query":"INSERT INTO customers (id, name) VALUES (1, 'again')"})J", &person_);
  EXPECT_EQ(reply.outcome, Outcome::error);
  EXPECT_EQ(at(reply.text, {"error", "category"}), "constraint");
  EXPECT_TRUE(person_.asked.empty());
}

TEST_F(Confirming, WhatCouldHideAPartIsSpeltOut) {
  const PendingWrite write{"", "shop",
                           "DELETE FROM a -- \xE2\x80\xAE"
                           "x\x1b[2J\r\n",
                           R"(["č"])", ""};
  EXPECT_EQ(
      confirmation_question(write, "Effect."),
      "May the assistant change data on 'shop'? Effect.\n\nDELETE FROM a -- <U+202E>x<U+001B>[2J<U+000D>\n"
      "\n\nwith the values [\"č\"]");
}

TEST_F(Confirming, AStatementThatNobodyReadsToItsEndIsRefused) {
  const auto reply = update("{\"query\":\"DELETE FROM orders -- " + std::string(8000, 'x') + "\"}", &person_);
  EXPECT_EQ(at(reply.text, {"error", "category"}), "invalid");
  EXPECT_TRUE(person_.asked.empty());
}

TEST_F(Confirming, ReadsAskNobody) {
  EXPECT_EQ(closed(), 0);
  EXPECT_NE(catalogue().instructions().find("shop (SQLite, a person confirms writes)"), std::string::npos)
      << catalogue().instructions();
}

TEST_F(Confirming, AClientThatCannotAskGetsACodeForThePerson) {
  person_.can = false;
  for (Asking* asking : {static_cast<Asking*>(nullptr), static_cast<Asking*>(&person_)}) {
    const auto reply = update(kUpdate, asking);
    EXPECT_EQ(reply.outcome, Outcome::error);
    EXPECT_EQ(at(reply.text, {"error", "category"}), "need_input");
    const auto entries = waiting_->all();
    ASSERT_EQ(entries.size(), 1U) << "the same write waits once";
    EXPECT_NE(at(reply.text, {"error", "hint"}).find("dbmux confirm " + entries[0].code), std::string::npos)
        << reply.text;
  }
  EXPECT_EQ(closed(), 0);
  const auto entry = waiting_->all().at(0);
  EXPECT_TRUE(entry.question.ends_with("with the values [\"closed\",3]")) << entry.question;
  EXPECT_EQ(mode_of(folder_ / "home/confirm"), 0700U);
}

TEST_F(Confirming, WhatWasAllowedInATerminalRunsOnce) {
  update();
  const auto entry = waiting_->find(waiting_->all().at(0).code);
  ASSERT_TRUE(entry);
  ASSERT_TRUE(waiting_->allow(*entry));
  EXPECT_EQ(at(update(R"({"query":"DELETE FROM orders"})").text, {"error", "category"}), "need_input")
      << "another statement";
  EXPECT_EQ(update().text, R"({"rows_affected":3})");
  EXPECT_EQ(closed(), 3);
  EXPECT_EQ(at(update().text, {"error", "category"}), "need_input") << "once";
}

TEST_F(Confirming, ACodeIsFoundHoweverItIsTyped) {
  update();
  auto code = waiting_->all().at(0).code;
  EXPECT_EQ(code.size(), 9U);
  std::erase(code, '-');
  for (auto& c : code) c = static_cast<char>(std::tolower(c));
  EXPECT_TRUE(waiting_->find(code));
  EXPECT_FALSE(waiting_->find(code + "X"));
  EXPECT_FALSE(waiting_->find(""));
}

TEST_F(Confirming, ACodeExpires) {
  update();
  auto entry = waiting_->all().at(0);
  EXPECT_GT(entry.until, Wall::now() + std::chrono::minutes(9));
  EXPECT_LT(entry.until, Wall::now() + std::chrono::minutes(11));
  entry.until = Wall::now() - std::chrono::seconds(2);
  ASSERT_TRUE(waiting_->allow(entry));
  EXPECT_EQ(at(update().text, {"error", "category"}), "need_input");
  EXPECT_EQ(closed(), 0);
}

TEST_F(Confirming, AnAllowedWriteHoldsForTheDatabaseThatTheConnectionLedTo) {
  update();
  auto entry = waiting_->all().at(0);
  entry.write.target = target_digest(sqlite_profile("shop", "/elsewhere/shop.db"));
  ASSERT_TRUE(waiting_->allow(entry));
  EXPECT_EQ(at(update().text, {"error", "category"}), "need_input");
  EXPECT_EQ(closed(), 0);
}

TEST_F(Confirming, AFileThatOthersCanReadIsNoConfirmation) {
  update();
  const auto entry = waiting_->all().at(0);
  ASSERT_TRUE(waiting_->allow(entry));
  auto name = entry.code;
  std::erase(name, '-');
  ASSERT_EQ(::chmod((folder_.path() / "home/confirm" / (name + ".json")).c_str(), 0644), 0);
  EXPECT_EQ(at(update().text, {"error", "category"}), "need_input");
}

TEST_F(Confirming, ACodeHoldsForTheDatabaseThatWasShown) {
  update();
  ASSERT_TRUE(waiting_->allow(waiting_->all().at(0)));
  const auto other = folder_.path() / "other.db";
  std::filesystem::copy_file(shop_, other);
  profile_.connections = {sqlite_profile("shop", other, Access::confirm)};
  restart();
  EXPECT_EQ(at(update().text, {"error", "category"}), "need_input") << "of the same name, at another place";
  EXPECT_EQ(closed(), 0);
  EXPECT_EQ(waiting_->all().size(), 2U);
}

TEST(Confirmations, Expire) {
  Confirmations open(std::chrono::milliseconds(0));
  const PendingWrite write{"", "c", "s", "", ""};
  const auto key = open.add(write, "q");
  EXPECT_FALSE(open.question(key, write));
  EXPECT_FALSE(open.take(key, write));
}

TEST(Confirmations, HoldOnceForTheWriteTheyAreAbout) {
  Confirmations open;
  const PendingWrite write{"p", "c", "s", "[1]", "w"};
  const auto key = open.add(write, "q");
  for (const auto& other : {PendingWrite{"x", "c", "s", "[1]", "w"}, PendingWrite{"p", "x", "s", "[1]", "w"},
                            PendingWrite{"p", "c", "x", "[1]", "w"}, PendingWrite{"p", "c", "s", "[2]", "w"},
                            PendingWrite{"p", "c", "s", "[1]", "x"}})
    EXPECT_FALSE(open.take(key, other));
  EXPECT_FALSE(open.take("confirm-guessed", write));
  EXPECT_TRUE(open.take(key, write));
  EXPECT_FALSE(open.take(key, write));
}

TEST(Confirmations, ForgetTheOldest) {
  Confirmations open;
  const PendingWrite write{"", "c", "s", "", ""};
  const auto first = open.add(write, "q");
  for (std::size_t i = 1; i < Confirmations::kMost; ++i) open.add(write, "q");
  EXPECT_TRUE(open.question(first, write));
  open.add(write, "q");
  EXPECT_FALSE(open.question(first, write));
  EXPECT_FALSE(open.take(first, write));
}

}  // namespace
}  // namespace dbmux

// Tools, resources, prompts and completion that a plugin brings, from the client's side.
#include "operations/plugin_items.hpp"

#include <mutex>
#include <thread>

#include "offered.hpp"

namespace dbmux {
namespace {

using Names = std::vector<std::string>;

class Tools : public Offered {};

TEST_F(Tools, AreListedUnderThePluginsNameAsTheyDescribeThemselves) {
  EXPECT_EQ(listed(), (Names{"scripted_run", "scripted_run_leased", "scripted_kinds"}));
  const auto* run = face("scripted_run");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->title, "Run");
  EXPECT_EQ(run->description, "Does what its lines say.");
  EXPECT_EQ(run->input_schema,
            R"({"type":"object","properties":{"script":{"type":"string"}},"required":["script"],)"
            R"("additionalProperties":false})")
      << "one connection needs no connectionId";
  EXPECT_EQ(face("scripted_run_leased")->meta, R"({"scripted/kept":1})");
  EXPECT_EQ(face("scripted_kinds")->output_schema, R"({"type":"object"})");
}

TEST_F(Tools, AreListedAsTheProfileSays) {
  profile_.tools.prefix = false;
  profile_.tools.kind = ToolList::Kind::named;
  profile_.tools.names = {"kinds", "execute_query"};
  EXPECT_EQ(listed(), Names{"kinds"});
  EXPECT_EQ(run("run", script("text hello")).text, "hello") << "what is not listed can be called";
}

TEST_F(Tools, AreNotListedAmongTwo) {
  profile_.tools.kind = ToolList::Kind::two;
  EXPECT_EQ(listed(), Names());
}

TEST_F(Tools, AnswerWithEveryKindOfContent) {
  const auto reply = run("scripted_kinds");
  EXPECT_EQ(reply.outcome, Outcome::ok);
  EXPECT_EQ(reply.text, "one of each");
  EXPECT_EQ(
      reply.contents,
      (Names{
          R"({"type":"image","data":"cG5n","mimeType":"image/png"})",
          R"({"type":"audio","data":"d2F2","mimeType":"audio/wav","annotations":{"priority":1}})",
          R"({"type":"resource","resource":{"uri":"scripted://text","mimeType":"text/plain","text":"the text"}})",
          R"({"type":"resource","resource":{"uri":"scripted://bytes","blob":"YWI="}})",
          R"({"type":"resource_link","uri":"scripted://bytes","name":"bytes","mimeType":"application/octet-stream","title":"Bytes"})"}));
  EXPECT_EQ(reply.structured, R"({"kinds":6})");
  const auto record = journal_.newest(1).front();
  EXPECT_EQ(record.operation, "scripted_kinds");
  EXPECT_EQ(record.connection, "one");
}

TEST_F(Tools, AnswerWithRowsWithinTheLimits) {
  const auto lines = script("series 250");
  const auto all = run("scripted_run_leased", lines);
  EXPECT_EQ(all.outcome, Outcome::ok);
  EXPECT_TRUE(all.text.starts_with(R"({"columns":["n"],"rows":[[1],[2],)")) << all.text;
  EXPECT_NE(all.text.find(R"("row_count":100,"truncated":true,"why":"limit: 100 rows","total":250,"next":")"),
            std::string::npos)
      << all.text;
  EXPECT_EQ(journal_.newest(1).front().rows, 100);
  auto few = script("series 250");
  few.insert(1, R"("limit":2,"format":"csv",)");
  const auto csv = run("scripted_run_leased", few);
  EXPECT_EQ(csv.text, "n\r\n1\r\n2\r\n");
  ASSERT_EQ(csv.blocks.size(), 1U) << "why it is cut";
  EXPECT_NE(csv.blocks[0].find("limit: 2 rows"), std::string::npos) << csv.blocks[0];
}

TEST_F(Tools, MayHaveFailedInTheirOwnWords) {
  const auto reply = run("scripted_run", script(R"(block {"type":"error","text":"it broke"})"));
  EXPECT_EQ(reply.outcome, Outcome::error);
  EXPECT_EQ(reply.text, "it broke");
}

struct Failure {
  const char *name, *face, *arguments, *category, *message;
};
void PrintTo(const Failure& f, std::ostream* out) { *out << f.name; }

class AToolCall : public Offered, public testing::WithParamInterface<Failure> {};

TEST_P(AToolCall, ThatCannotBeIsRefusedWithTheReason) {
  const auto& f = GetParam();
  const auto reply = run(f.face, f.arguments);
  EXPECT_EQ(error(reply, "category"), f.category);
  EXPECT_EQ(error(reply), f.message);
  EXPECT_TRUE(reply.contents.empty());
  EXPECT_EQ(journal_.newest(1).front().operation, f.face) << "it is remembered";
}

INSTANTIATE_TEST_SUITE_P(
    All, AToolCall,
    testing::Values(
        Failure{"no_script", "scripted_run", "{}", "invalid",
                "arguments of scripted_run: Missing required property 'script'."},
        Failure{"wrong_type", "scripted_run", R"({"script":5})", "invalid",
                "arguments of scripted_run: script: Value type not permitted by 'type' constraint."},
        Failure{"unknown_argument", "scripted_run", R"({"script":"text a","scirpt":1})", "invalid",
                "arguments of scripted_run: Object contains a property that could not be validated using "
                "'properties' or 'additionalProperties' constraints: 'scirpt'."},
        Failure{"a_list", "scripted_run", R"([1])", "invalid", "the arguments of a tool are a JSON object"},
        Failure{"limit", "scripted_run", R"({"script":"text a","limit":0})", "invalid",
                "limit must be at least 1"},
        Failure{"unknown_connection", "scripted_run", R"({"script":"text a","connectionId":"oen"})",
                "not_found", "connectionId 'oen' has none of this; there are: one."},
        Failure{"its_own_error", "scripted_run",
                R"({"script":"error {\"category\":\"constraint\",\"message\":\"no\"}"})", "constraint", "no"},
        Failure{"garbage_type", "scripted_run", R"({"script":"text a\nblock {\"type\":\"video\"}"})",
                "internal", "the plugin answered with 'video', which has no place in a tool's answer"},
        Failure{"garbage_extra", "scripted_run", R"({"script":"block {\"type\":\"text\",\"extra\":\"{\"}"})",
                "internal", "the plugin answered with an 'extra' that is not JSON"},
        Failure{"garbage_cell", "scripted_run_leased",
                R"({"script":"result {\"columns\":[\"a\"],\"rows\":[[{\"kind\":77}]]}"})", "internal",
                "the driver gave a kind of value that this dbmux does not know"},
        Failure{"waits_for_nothing", "scripted_run", R"({"script":"need-input"})", "internal",
                "the plugin 'scripted' waits for an answer that it did not ask for"}),
    [](const auto& f) { return std::string(f.param.name); });

TEST_F(Tools, OfOthersAreUnknown) { EXPECT_EQ(run("scripted_nothing").outcome, Outcome::unknown); }

TEST_F(Tools, EndAtTheTimeoutThatWasAskedFor) {
  for (const char* face : {"scripted_run", "scripted_run_leased"}) {
    const auto reply = run(face, R"({"script":"block-until-cancelled","timeout":"50ms"})");
    EXPECT_EQ(error(reply, "category"), "timeout") << face;
    EXPECT_EQ(error(reply), "Stopped after 50 ms; " + std::string(face) + " was called off.") << face;
    EXPECT_EQ(error(reply, "hint"), "Ask for less, or for more time with timeout.") << face;
  }
}

TEST_F(Tools, EndWhenTheirCallIsCancelled) {
  for (const char* face : {"scripted_run", "scripted_run_leased"}) {
    run(face, script("text warm"));
    Call call;
    Reply reply;
    std::thread worker([&] { reply = run(call, face, script("block-until-cancelled")); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    call.cancel(Call::Stop::client);
    worker.join();
    EXPECT_EQ(error(reply, "category"), "cancelled") << face;
  }
}

TEST_F(Tools, AreAskedAgainWhereTheClientMustAnswerFirst) {
  Asked client;
  Call call;
  call.set_asking(&client);
  const auto reply = run(call, "scripted_run", script("ask colour elicitation/create {}"));
  EXPECT_EQ(reply.outcome, Outcome::needs_input);
  EXPECT_EQ(reply.text, "");
  EXPECT_EQ(client.said, Names{"colour elicitation/create"});
  EXPECT_EQ(journal_.newest(1).front().error, Category::need_input);
}

TEST_F(Tools, SayWhatAClientLacksThatCannotBeAsked) {
  Asked client;
  client.can = false;
  for (Asking* asking : {static_cast<Asking*>(&client), static_cast<Asking*>(nullptr)}) {
    Call call;
    call.set_asking(asking);
    const auto reply =
        run(call, "scripted_run",
            script("ask a sampling/createMessage {}\nask b elicitation/create {}\nask c roots/list {}"));
    EXPECT_EQ(reply.outcome, Outcome::refused);
    EXPECT_EQ(reply.refusal.code, -32021);
    EXPECT_EQ(reply.refusal.message,
              "This needs a client that has said it can do: elicitation, roots, sampling");
    EXPECT_EQ(reply.refusal.data, R"({"requiredCapabilities":{"elicitation":{},"roots":{},"sampling":{}}})");
  }
}

TEST_F(Tools, MayRefuseInTheWordsOfTheProtocol) {
  const auto reply =
      run("scripted_run",
          script(R"(error {"category":"invalid","message":"no","code":-32001,"flags":["protocol"]})"));
  EXPECT_EQ(reply.outcome, Outcome::refused);
  EXPECT_EQ(reply.refusal.code, -32001);
  EXPECT_EQ(reply.refusal.message, "no");
}

TEST_F(Tools, ThatWriteAreForConnectionsThatMayBeWritten) {
  connect("reads");
  connect("asks", {}, Access::confirm);
  EXPECT_FALSE(face("scripted_change"));
  auto reply = run("scripted_change", R"({"connectionId":"reads"})");
  EXPECT_EQ(error(reply, "category"), "read_only");
  EXPECT_EQ(
      error(reply),
      "Refused: scripted_change changes data, and the connection 'reads' is read-only. Nothing was run.");
  reply = run("scripted_change", R"({"connectionId":"asks"})");
  EXPECT_EQ(error(reply),
            "Refused: scripted_change changes data, and the connection 'asks' has a person confirm each "
            "statement, which this is not. Nothing was run.");
}

TEST_F(Tools, ThatWriteGetASessionThatMay) {
  connect("reads");
  connect("writes", {}, Access::read_write);
  ASSERT_TRUE(face("scripted_change"));
  EXPECT_NE(face("scripted_change")->input_schema.find(R"("enum":["writes"])"), std::string::npos);
  EXPECT_EQ(run("scripted_change", R"({"connectionId":"writes","script":"text x"})").text,
            "changed on a session for writing");
}

class SeveralConnections : public Offered {
 protected:
  void SetUp() override {
    for (const char* name : {"one", "two"}) connect(name);
  }
};

TEST_F(SeveralConnections, AddAnArgument) {
  EXPECT_NE(
      face("scripted_run")->input_schema.find(R"("connectionId":{"type":"string","enum":["one","two"]})"),
      std::string::npos);
  for (const char* name : {"one", "two"}) {
    run("scripted_run", std::string(R"({"script":"text x","connectionId":")") + name + "\"}");
    EXPECT_EQ(journal_.newest(1).front().connection, name);
  }
  run("scripted_run", script("text x"));
  EXPECT_EQ(journal_.newest(1).front().connection, "one") << "the first is the default one";
  const auto reply = run("scripted_run", R"({"script":"text x","connectionId":"tow"})");
  EXPECT_EQ(error(reply, "did_you_mean"), R"(["two"])");
}

TEST_F(SeveralConnections, LeaveOutOneThatIsGone) {
  EXPECT_TRUE(face("scripted_run"));
  ASSERT_TRUE(registry_->remove("one"));
  EXPECT_EQ(face("scripted_run")->input_schema.find("connectionId"), std::string::npos);
  run("scripted_run", script("text x"));
  EXPECT_EQ(journal_.newest(1).front().connection, "two");
  ASSERT_TRUE(registry_->remove("two"));
  EXPECT_EQ(listed(), Names());
  EXPECT_EQ(run("scripted_run", script("text x")).outcome, Outcome::unknown);
}

// ---- resources

class Resources : public Offered {};

TEST_F(Resources, AreListedAndRead) {
  Call call;
  Names uris;
  for (const auto& entry : items().resources(call))
    uris.push_back(entry.uri + " " + entry.name + " " + entry.mime_type);
  EXPECT_EQ(uris, (Names{"scripted://text text text/plain", "scripted://bytes bytes application/octet-stream",
                         "scripted://session session text/plain"}));
  EXPECT_EQ(read("scripted://text").contents,
            Names{R"({"uri":"scripted://text","mimeType":"text/plain","text":"the text"})"});
  EXPECT_EQ(read("scripted://bytes").contents, Names{R"({"uri":"scripted://bytes","blob":"YQBi"})"});
  EXPECT_EQ(read("scripted://session").contents,
            Names{R"({"uri":"scripted://session","mimeType":"text/plain","text":"on a session"})"});
}

TEST_F(Resources, OfATemplateGetItsVariables) {
  ASSERT_EQ(items().templates().size(), 1U);
  EXPECT_EQ(items().templates()[0].uri, "scripted://greeting/{name}/{+rest}");
  EXPECT_EQ(
      read("scripted://greeting/%C4%8Ceslav%22/a/b").contents,
      Names{
          R"({"uri":"scripted://greeting/%C4%8Ceslav%22/a/b","mimeType":"text/plain","text":"hello Česlav\", a/b"})"});
}

TEST_F(Resources, ThatAreNotThereAreUnknownOrNotFound) {
  EXPECT_EQ(read("scripted://nothing").outcome, Outcome::unknown);
  EXPECT_EQ(read("scripted://greeting/Ann").outcome, Outcome::unknown);
  EXPECT_EQ(error(read("scripted://greeting/nobody/x"), "category"), "not_found");
}

// ---- prompts and completion

class PluginPrompts : public Offered {
 protected:
  Outcome get(const std::string& arguments, std::string_view name = "scripted_greet") {
    const auto given = parse_json(arguments);
    EXPECT_TRUE(given);
    answer_ = {};
    Call call;
    return items().prompt(call, name, *given, answer_);
  }
  Outcome complete(bool prompt, std::string_view of, std::string_view argument, std::string_view value) {
    completion_ = {};
    Call call;
    return items().complete(call, {prompt, of, argument, value, nullptr}, completion_);
  }
  PromptAnswer answer_;
  Completion completion_;
};

TEST_F(PluginPrompts, AreListedAndGiven) {
  Call call;
  const auto prompts = items().prompts(call);
  ASSERT_EQ(prompts.size(), 1U);
  EXPECT_EQ(prompts[0].name, "scripted_greet");
  EXPECT_EQ(prompts[0].title, "Greet");
  ASSERT_EQ(prompts[0].arguments.size(), 2U);
  EXPECT_TRUE(prompts[0].arguments[0].required);
  ASSERT_EQ(get(R"({"name":"Ann","tone":"flat"})"), Outcome::ok);
  EXPECT_EQ(answer_.description, "Greets somebody");
  ASSERT_EQ(answer_.messages.size(), 2U);
  EXPECT_EQ(answer_.messages[0].content.json, R"({"type":"text","text":"Greet Ann."})");
  EXPECT_EQ(answer_.messages[1].role, "assistant");
}

TEST_F(PluginPrompts, RefuseWrongArguments) {
  const auto refused = [&](const char* arguments) {
    EXPECT_EQ(get(arguments), Outcome::error);
    EXPECT_EQ(answer_.error.category, Category::invalid);
    EXPECT_TRUE(answer_.messages.empty());
    return answer_.error.message;
  };
  EXPECT_EQ(refused("{}"), "the prompt scripted_greet needs the argument 'name'");
  EXPECT_EQ(refused(R"({"name":5})"), "argument 'name' must be a text");
  EXPECT_EQ(refused(R"({"name":"a","nmae":"b"})"), "argument 'nmae' unknown for the prompt scripted_greet");
  EXPECT_EQ(get("{}", "greet"), Outcome::unknown);
}

TEST_F(PluginPrompts, OfSeveralConnectionsTakeTheConnection) {
  connect("one");
  connect("two");
  Call call;
  EXPECT_EQ(items().prompts(call).at(0).arguments.back().name, "connectionId");
  EXPECT_EQ(get(R"({"name":"Ann","connectionId":"two"})"), Outcome::ok);
  EXPECT_EQ(get(R"({"name":"Ann","connectionId":"three"})"), Outcome::error);
  EXPECT_EQ(answer_.error.message, "connectionId 'three' has none of this; there are: one, two.");
  EXPECT_EQ(complete(true, "scripted_greet", "connectionId", "t"), Outcome::ok);
  EXPECT_EQ(completion_.values, Names{"two"});
}

TEST_F(PluginPrompts, AreCompletedByThePlugin) {
  EXPECT_EQ(complete(true, "scripted_greet", "tone", "f"), Outcome::ok);
  EXPECT_EQ(completion_.values, (Names{"formal", "friendly", "flat"}));
  EXPECT_EQ(completion_.total, 3);
  EXPECT_FALSE(completion_.has_more);
  EXPECT_EQ(complete(true, "scripted_greet", "name", "f"), Outcome::ok);
  EXPECT_TRUE(completion_.values.empty());
  EXPECT_EQ(complete(false, "scripted://greeting/{name}/{+rest}", "rest", ""), Outcome::ok);
  EXPECT_EQ(complete(true, "scripted_greet", "other", ""), Outcome::unknown);
  EXPECT_EQ(complete(true, "greet", "tone", ""), Outcome::unknown);
  EXPECT_EQ(complete(false, "scripted://other/{name}", "name", ""), Outcome::unknown);
}

// ---- changes

TEST_F(Tools, ThatComeAndGoAreTold) {
  std::mutex mutex;
  std::vector<std::pair<Change, std::string>> told;
  items().on_change([&](Change change, std::string_view uri) {
    const std::lock_guard lock(mutex);
    told.emplace_back(change, uri);
  });
  EXPECT_EQ(listed().size(), 3U);
  run("scripted_run", script("offer more\ntouch scripted://text"));
  EXPECT_EQ(told, (std::vector<std::pair<Change, std::string>>{
                      {Change::tools, ""}, {Change::prompts, ""}, {Change::resource, "scripted://text"}}));
  EXPECT_EQ(listed().back(), "scripted_more");
  run("scripted_run", script("withdraw more"));
  EXPECT_EQ(listed().size(), 3U);
}

}  // namespace
}  // namespace dbmux

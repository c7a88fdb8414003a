#pragma once
// A catalogue without any database: its tools do what the tests need.
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "call/ask.hpp"
#include "operations/catalogue.hpp"

namespace dbmux {

class ScriptedCatalogue : public Catalogue {
 public:
  explicit ScriptedCatalogue(std::size_t further_faces = 0) {
    for (const auto* name :
         {"echo", "block", "ignore_cancel", "fail", "big", "report", "notify", "extra", "throw", "ask",
          "ask_roots", "ask_twice", "ask_nothing", "record", "content", "structured", "refuse"}) {
      faces_.push_back({name, std::string("Title of ") + name, std::string("Does ") + name + ".",
                        R"({"type":"object"})", R"({"readOnlyHint":true})", true});
    }
    faces_.front().output_schema = R"({"type":"object"})";
    faces_.front().icons = R"([{"src":"data:,"}])";
    faces_.front().meta = R"({"a/b":1})";
    faces_[1].output_schema = R"({"type":"array"})";
    for (std::size_t i = 0; i < further_faces; ++i) {
      faces_.push_back({"tool_" + std::to_string(i), "", "One of many.", R"({"type":"object"})", "", true});
    }
    faces_.push_back({"hidden", "", "Callable, not listed.", R"({"type":"object"})", "", false});
  }

  std::shared_ptr<const std::vector<Face>> faces() const override {
    return std::make_shared<const std::vector<Face>>(faces_);
  }
  std::string instructions() const override { return instructions_text; }

  Outcome run(Call& call, std::string_view face, const JsonValue& arguments, Answer& answer) override {
    ++runs;
    if (face == "echo" || face == "hidden") {
      answer.text(to_json(arguments));
      return Outcome::ok;
    }
    if (face == "block") return block(call, answer);
    if (face == "ignore_cancel") return ignore_cancel(call, answer);
    if (face == "fail") {
      answer.text(R"({"error":{"category":"syntax","message":"near \"x\""}})");
      return Outcome::error;
    }
    if (face == "big") {
      const std::string part(1000, 'b');
      for (int i = 0; i < 5000; ++i) answer.text(part);
      return Outcome::ok;
    }
    if (face == "report") return report(call, answer);
    if (face == "notify") {
      for (const auto level : {Notice::debug, Notice::info, Notice::warning, Notice::error}) {
        call.notice(level, 0, "a \"notice\"");
      }
      return Outcome::ok;
    }
    if (face == "extra") {
      answer.text("[]");
      answer.block(R"({"truncated":true})");
      answer.meta("dbmux/access", R"({"verdict":"read"})");
      return Outcome::ok;
    }
    if (face == "record") {
      call.sink()->record(Notice::info, "engine", R"({"rows": 1})");
      call.sink()->record(Notice::error, "", "not JSON");
      return Outcome::ok;
    }
    if (face == "content") {
      answer.content({"audio", R"({"type":"audio","data":"","mimeType":"audio/wav"})"});
      answer.content({"resource_link", R"({"type":"resource_link","uri":"a://b","name":"n"})"});
      answer.content({"video", R"({"type":"video"})"});
      return Outcome::ok;
    }
    if (face == "structured") {
      answer.text("x");
      const auto* value = member(arguments, "value");
      answer.structured(value != nullptr ? to_json(*value) : R"({"a":1})");
      return Outcome::ok;
    }
    if (face == "refuse") {
      answer.text("half");
      answer.refuse({static_cast<int>(member(arguments, "code")->GetInt()), "refused", R"({"d":1})"});
      return Outcome::refused;
    }
    if (face == "ask") return ask(call, {"name"}, "elicitation/create", answer);
    if (face == "ask_roots") return ask(call, {"roots"}, "roots/list", answer);
    if (face == "ask_twice") return ask_twice(call, answer);
    if (face == "ask_nothing") return Outcome::needs_input;
    if (face == "throw") throw std::runtime_error("thrown");
    return Outcome::unknown;
  }

  std::vector<ResourceEntry> resources(Call& call) override {
    if (blocking_resources) call_until_cancelled(call);
    return {{"database://main/schema", "main schema", "Everything.", "application/json"},
            {"database://main/tables", "main tables", "", "application/json"}};
  }
  std::vector<ResourceEntry> templates() const override {
    return {{"database://{connectionId}/tables/{tableName}", "table", "", "application/json"}};
  }
  Outcome read(Call& call, std::string_view uri, Answer& answer) override {
    if (uri == "database://main/tables") {
      answer.text(R"({"tables":["a\nb"]})");
      return Outcome::ok;
    }
    if (uri == "database://main/broken") {
      answer.text(R"({"error":{"category":"connection","message":"it is \"down\""}})");
      return Outcome::error;
    }
    if (uri == "database://main/tables/nix") {
      answer.text(R"({"error":{"category":"not_found","message":"no table nix"}})");
      return Outcome::error;
    }
    if (uri == "database://main/asked") return ask(call, {"uri"}, "elicitation/create", answer);
    return Outcome::unknown;
  }

  std::vector<PromptEntry> prompts(Call&) override {
    if (!with_prompts) return {};
    return {
        {"explore", "Explore", "Looks around.", {{"schema", "where", true}, {"depth", "", false}}, "", ""},
        {"plain", "", "", {}, "", ""}};
  }
  Outcome prompt(Call& call, std::string_view name, const JsonValue& arguments,
                 PromptAnswer& answer) override {
    if (name == "plain") {
      Output out;
      Answer asked(out, Depth::plain);
      const auto outcome = ask(call, {"p"}, "elicitation/create", asked);
      answer.messages.push_back({"user", {"text", R"({"type":"text","text":"asked"})"}});
      return outcome;
    }
    if (name != "explore") return Outcome::unknown;
    if (member(arguments, "schema") == nullptr) {
      answer.error.category = Category::invalid;
      answer.error.message = "argument schema is missing";
      return Outcome::error;
    }
    if (view(*member(arguments, "schema")) == "down") {
      answer.error.category = Category::connection;
      answer.error.message = "it is down";
      return Outcome::error;
    }
    answer.description = "Looks around.";
    answer.messages.push_back({"user", {"text", R"({"type":"text","text":"Look."})"}});
    answer.messages.push_back(
        {"assistant", {"resource_link", R"({"type":"resource_link","uri":"a://b","name":"n"})"}});
    return Outcome::ok;
  }
  Outcome complete(Call&, const CompletionRequest& request, Completion& completion) override {
    if (request.prompt ? request.of != "explore"
                       : request.of != "database://{connectionId}/tables/{tableName}")
      return Outcome::unknown;
    if (request.value == "many") {
      for (int i = 0; i < 150; ++i) completion.values.push_back("v" + std::to_string(i));
      return Outcome::ok;
    }
    completion.values = {std::string(request.value) + "1", std::string(request.argument)};
    if (request.context != nullptr) completion.values.push_back(to_json(*request.context));
    return Outcome::ok;
  }
  void on_change(const OnChange& fn) override { changed = fn; }

  // Lets everything go that blocks.
  void release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    woken_.notify_all();
  }
  // Until n calls have begun to block since the start.
  void wait_blocked(int n) {
    std::unique_lock lock(mutex_);
    woken_.wait(lock, [&] { return blocked_ >= n; });
  }
  Call::Stop wait_stop() {
    std::unique_lock lock(mutex_);
    woken_.wait(lock, [&] { return stop_ != Call::Stop::no; });
    return stop_;
  }

  std::string instructions_text = "Look before you query.";
  bool with_prompts = true;
  OnChange changed;
  std::atomic<bool> blocking_resources{false};
  std::atomic<int> runs{0};
  std::chrono::milliseconds deadline{20};  // of ignore_cancel

 private:
  void call_until_cancelled(Call& call) {
    Call::Hook hook(call, [this, &call] {
      const std::lock_guard lock(mutex_);
      stop_ = call.stopped();
      woken_.notify_all();
    });
    std::unique_lock lock(mutex_);
    ++blocked_;
    woken_.notify_all();
    woken_.wait(lock, [&] { return released_ || call.cancelled(); });
  }

  // Writes the answers, or asks all that are missing.
  static Outcome ask(Call& call, std::initializer_list<std::string_view> keys, std::string_view method,
                     Answer& answer) {
    std::string text;
    bool missing = false;
    for (const auto key : keys) {
      const JsonValue* given = nullptr;
      const auto reply = call.asking()->ask(key, method, R"({"message": "Who?"})", &given);
      if (reply == Asking::Reply::impossible) text += "impossible";
      if (reply == Asking::Reply::answered) text += to_json(*given);
      missing = missing || reply == Asking::Reply::pending;
    }
    if (missing) return Outcome::needs_input;
    answer.text(text);
    return Outcome::ok;
  }

  // Two questions at once, then a third, each round leaving a mark.
  static Outcome ask_twice(Call& call, Answer& answer) {
    auto& asking = *call.asking();
    const auto mark = std::string(asking.kept());
    if (ask(call, {"a", "b"}, "elicitation/create", answer) == Outcome::needs_input) {
      asking.keep(mark + "1");
      return Outcome::needs_input;
    }
    if (ask(call, {"c"}, "elicitation/create", answer) == Outcome::needs_input) {
      asking.keep(mark + "2");
      answer.take_back();
      return Outcome::needs_input;
    }
    answer.text(mark);
    return Outcome::ok;
  }

  Outcome block(Call& call, Answer& answer) {
    call_until_cancelled(call);
    answer.text(call.cancelled() ? R"({"error":{"category":"cancelled","message":"called off"}})"
                                 : "released");
    return call.cancelled() ? Outcome::error : Outcome::ok;
  }

  Outcome ignore_cancel(Call& call, Answer& answer) {
    call.set_deadline(Clock::now() + deadline);
    std::unique_lock lock(mutex_);
    ++blocked_;
    woken_.notify_all();
    woken_.wait(lock, [&] { return released_; });
    answer.text("much too late");
    return Outcome::ok;
  }

  Outcome report(Call& call, Answer& answer) {
    for (const double done : {1.0, 2.5, 2.5, 1.0, 4.0}) call.progress(done, 4, "rows");
    answer.text("reported");
    return Outcome::ok;
  }

  std::vector<Face> faces_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool released_ = false;
  int blocked_ = 0;
  Call::Stop stop_ = Call::Stop::no;
};

}  // namespace dbmux

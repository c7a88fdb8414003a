#pragma once
// Items of the scripted plugin (tests/plugins/scripted/README.md), asked for as a client asks.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../connections/scripted_session.hpp"
#include "call/ask.hpp"
#include "observe/log.hpp"
#include "operations/plugin_items.hpp"

namespace dbmux {

// What the process says of itself while this lives.
class SaidInTheLog {
 public:
  SaidInTheLog() : file_(::memfd_create("log", MFD_CLOEXEC)) { configure(Level::info, file_); }
  SaidInTheLog(const SaidInTheLog&) = delete;
  SaidInTheLog& operator=(const SaidInTheLog&) = delete;
  ~SaidInTheLog() {
    configure(Level::info, STDERR_FILENO);
    ::close(file_);
  }
  std::string text() const {
    std::string all(static_cast<std::size_t>(::lseek(file_, 0, SEEK_END)), '\0');
    all.resize(static_cast<std::size_t>(std::max<ssize_t>(::pread(file_, all.data(), all.size(), 0), 0)));
    return all;
  }
  bool has(std::string_view part) const { return text().find(part) != std::string::npos; }

 private:
  const int file_;
};

// A client that can be asked, and has not answered yet.
class Asked : public Asking {
 public:
  Reply ask(std::string_view key, std::string_view method, std::string_view, const JsonValue**) override {
    said.push_back(std::string(key) + " " + std::string(method));
    return can ? Reply::pending : Reply::impossible;
  }
  void keep(std::string state) override { state_ = std::move(state); }
  std::string_view kept() const override { return state_; }

  bool can = true;
  std::vector<std::string> said;

 private:
  std::string state_;
};

class Offered : public testing::Test {
 protected:
  struct Reply {
    Outcome outcome = Outcome::unknown;
    std::string text, structured;
    std::vector<std::string> contents, blocks;
    std::map<std::string, std::string> meta;
    ProtocolError refusal;
  };

  void connect(std::string name, std::vector<Option> options = {}, Access access = Access::read_only) {
    auto profile = scripted_profile(std::move(name), std::move(options));
    profile.access = access;
    profile_.connections.push_back(std::move(profile));
  }
  // What describe() says on a connection of that name.
  void offer(std::string name, std::string items) {
    connect(std::move(name), {option("items", std::move(items))});
  }

  // Puts everything together from profile_, which then no longer changes.
  PluginItems& items() {
    if (items_) return *items_;
    if (profile_.connections.empty()) connect("one");
    registry_ = std::make_unique<Registry>(scripted_plugins(), no_environment());
    for (const auto& c : profile_.connections) EXPECT_TRUE(registry_->add(c));
    context_ = std::make_unique<Context>(*registry_, profile_, journal_);
    items_ = std::make_unique<PluginItems>(*context_);
    return *items_;
  }

  Reply run(Call& call, std::string_view face, const std::string& arguments = "{}") {
    return answered(arguments,
                    [&](const JsonValue& given, Answer& a) { return items().run(call, face, given, a); });
  }
  Reply run(std::string_view face, const std::string& arguments = "{}") {
    Call call;
    return run(call, face, arguments);
  }
  Reply read(std::string_view uri) {
    Call call;
    return answered("{}", [&](const JsonValue&, Answer& a) { return items().read(call, uri, a); });
  }
  // The arguments of `run` with these lines.
  static std::string script(std::string_view lines) { return "{\"script\":" + json_quote(lines) + "}"; }
  // A member of an error's document.
  static std::string error(const Reply& reply, std::string_view key = "message") {
    EXPECT_EQ(reply.outcome, Outcome::error) << reply.text;
    const auto document = parse_json(reply.text);
    const auto* e = document ? member(*document, "error") : nullptr;
    const auto* value = e ? member(*e, key) : nullptr;
    return !value ? "" : value->IsString() ? std::string(view(*value)) : to_json(*value);
  }
  std::vector<std::string> listed() {
    std::vector<std::string> names;
    for (const auto& face : *items().faces())
      if (face.listed) names.push_back(face.name);
    return names;
  }
  const Face* face(std::string_view name) {
    faces_ = items().faces();
    const auto at =
        std::find_if(faces_->begin(), faces_->end(), [&](const Face& f) { return f.name == name; });
    return at == faces_->end() ? nullptr : &*at;
  }

  Profile profile_;
  RingJournal journal_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Context> context_;
  std::unique_ptr<PluginItems> items_;

 private:
  template <class Ask>
  static Reply answered(const std::string& arguments, Ask ask) {
    const auto given = parse_json(arguments);
    EXPECT_TRUE(given) << arguments;
    Output out;
    Answer answer(out, Depth::plain);
    Reply reply;
    reply.outcome = ask(*given, answer);
    reply.text = out.take_string();
    reply.structured = answer.structured();
    for (const auto& content : answer.contents()) reply.contents.push_back(content.json);
    reply.blocks = answer.blocks();
    reply.meta = {answer.meta().begin(), answer.meta().end()};
    reply.refusal = answer.refusal();
    return reply;
  }

  std::shared_ptr<const std::vector<Face>> faces_;
};

}  // namespace dbmux

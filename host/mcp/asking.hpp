#pragma once
// What one call asks of its client, and what it has been told. An answer stays until the call has ended, so
// that an operation that is run again can ask everything again.
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "call/ask.hpp"
#include "mcp/era.hpp"

namespace dbmux::mcp {

struct Question {
  std::string key, method, params;  // params: a JSON object, or ""
};

// One thread at a time.
class Questions final : public Asking {
 public:
  explicit Questions(const Terms& terms) : terms_(terms) {}
  // For the next run of the same call: with its answers and what it kept.
  Questions(Questions&&) = default;

  Reply ask(std::string_view key, std::string_view method, std::string_view params,
            const JsonValue** answer) override;
  void keep(std::string state) override { kept_ = std::move(state); }
  std::string_view kept() const override { return kept_; }

  // Asked since the last begin(), in order.
  const std::vector<Question>& asked() const { return asked_; }
  void begin() { asked_.clear(); }
  // False: that is no answer to such a question.
  bool answer(std::string_view key, std::string_view method, const JsonValue& result);
  // There will be no answer. A question to a person counts as dismissed by him; any other as one that the
  // client cannot be asked. how: "decline" or "cancel".
  void give_up(std::string_view key, std::string_view method, std::string_view how);

  // Everything that has to survive, and is to be had back by restore(), as a JSON object.
  std::string state() const;
  // Takes the answers to what state() was waiting for from responses (key -> result; may be null). False:
  // state is not of state().
  bool restore(const JsonValue& state, const JsonValue* responses);

 private:
  struct Given {
    std::string key, method;
    bool none = false;  // given up
    JsonDocument value;
  };

  const Given* given(std::string_view key, std::string_view method) const;
  bool possible(std::string_view method, const JsonValue* params) const;

  Terms terms_;
  std::vector<Question> asked_;
  std::list<Given> given_;  // operations hold pointers into it
  std::string kept_;
};

}  // namespace dbmux::mcp

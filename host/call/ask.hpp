#pragma once
// What a call may ask of the client behind it, or of the person in front of that. Nothing here waits: a
// person thinks for minutes, and neither a worker nor a session of the database may wait with him. An
// operation asks; while an answer is missing it ends with Outcome::needs_input, and it is run again from its
// beginning, with the same arguments, when the client has answered.
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace dbmux {

class Asking {
 public:
  enum class Reply {
    answered,
    pending,     // remembered: ask what else is needed, then end with needs_input
    impossible,  // the client did not say that it can
  };
  virtual ~Asking() = default;

  // method: elicitation/create, sampling/createMessage or roots/list; params: its JSON object. key tells the
  // questions of one call apart. On answered, *answer is the client's result, valid as long as the call.
  virtual Reply ask(std::string_view key, std::string_view method, std::string_view params,
                    const JsonValue** answer) = 0;
  // Replaces what survives until the call is run again. It may travel through the client, who can read but
  // not change it.
  virtual void keep(std::string state) = 0;
  virtual std::string_view kept() const = 0;  // "" the first time
};

}  // namespace dbmux

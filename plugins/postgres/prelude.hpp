#pragma once
// What is said to the server before each statement, within its transaction and its flight: the session
// variables of who calls, and behind a pooler what could not be said when the session was opened.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dbmux/kit.hpp"
#include "parameters.hpp"

namespace dbmux::postgres {

// A setting whose value names who calls: "dbmux/${user.name}"; $${ is a ${ of its own.
class SessionVariable {
 public:
  // invalid: a name that is neither the database's own (with a dot) nor harmless, or a value that cannot be
  // filled in.
  static kit::Result<SessionVariable> from(std::string_view name, std::string_view value);

  const std::string& name() const { return name_; }
  std::string value_for(std::string_view user) const;

 private:
  struct Part {
    std::string text;
    bool user = false;  // who calls, in the place of the text
  };
  std::string name_;
  std::vector<Part> parts_;
};

class Prelude {
 public:
  // pooled: also how cells are written, and the time limit; the answer then ends in the process that serves
  // and when its transaction began.
  Prelude(std::vector<SessionVariable> variables, bool pooled);

  // For a call from now on. invalid: the name of who calls holds a NUL.
  kit::Status fill(std::string_view user, std::int64_t limit_ms);
  bool answers() const { return pooled_; }  // with what is needed while the statement runs
  const char* text() const { return text_.c_str(); }
  const Parameters& parameters() const { return parameters_; }

 private:
  std::vector<SessionVariable> variables_;
  bool pooled_;
  std::string text_;
  Parameters parameters_;
};

// Whether the server takes it only outside of a transaction block.
bool runs_alone(std::string_view statement);

}  // namespace dbmux::postgres

#pragma once
// What is wrong with a profile, and where.
#include <string>
#include <vector>

#include "base/result.hpp"
#include "profile/profile.hpp"

namespace dbmux {

struct Problem {
  enum class Severity { error, warning };

  Mark mark;
  std::string path;     // connections.erp.access; may be empty
  std::string message;  // never holds a secret
  Severity severity = Severity::error;

  // "prod.yaml:14:5: connections.erp.acces: unknown key; …"
  std::string text() const;
  Error error() const;  // category profile, message text()
};

// Everything that was found in one file. profile is there unless a problem is an error.
struct ProfileReport {
  std::optional<Profile> profile;
  std::vector<Problem> problems;  // in the order of the file
};

bool any_error(const std::vector<Problem>&);

}  // namespace dbmux

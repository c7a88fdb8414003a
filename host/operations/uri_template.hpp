#pragma once
// Templates of resource addresses, as RFC 6570 has them: {name}, which takes no slash, and {+name}.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace dbmux {

class UriTemplate {
 public:
  // invalid: another kind of expression, a brace that has no partner, two variables side by side, one twice.
  static Result<UriTemplate> of(std::string_view text);

  // The variables of an address that the template could have given, decoded and UTF-8; nullopt: it could not.
  // A variable takes as little as the text behind it allows, and never nothing.
  std::optional<std::vector<std::pair<std::string, std::string>>> match(std::string_view uri) const;
  const std::vector<std::string>& variables() const { return variables_; }

 private:
  struct Part {
    std::string text;  // literal, or the variable's name
    bool variable = false;
    bool slashes = false;
  };
  std::vector<Part> parts_;
  std::vector<std::string> variables_;
};

}  // namespace dbmux

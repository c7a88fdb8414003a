#include "profile/expand.hpp"

namespace dbmux {
namespace {

constexpr int kNesting = 8;

bool starts_name(char c) { return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool in_name(char c) { return starts_name(c) || (c >= '0' && c <= '9') || c == '.'; }

class Expander {
 public:
  Expander(std::string_view text, const Environment& environment, bool for_calls)
      : text_(text), environment_(environment), for_calls_(for_calls) {}

  Expansion run() {
    result_.text = until_end(0, true);
    return std::move(result_);
  }

 private:
  void refuse(std::string message) {
    if (result_.error.empty()) result_.error = std::move(message);
    at_ = text_.size();
  }

  // Text up to the end, or up to the brace that closes a default. Where used is false nothing is looked up.
  std::string until_end(int nesting, bool used) {
    std::string out;
    while (at_ < text_.size()) {
      const std::string_view rest = text_.substr(at_);
      if (rest.starts_with("$${")) {
        out += for_calls_ ? "$${" : "${";
        at_ += 3;
      } else if (rest.starts_with("${")) {
        at_ += 2;
        out += variable(nesting, used);
      } else if (nesting > 0 && rest.front() == '}') {
        return out;
      } else {
        out += rest.front();
        ++at_;
      }
    }
    return out;
  }

  std::string variable(int nesting, bool used) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && in_name(text_[at_])) ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    const std::string_view rest = text_.substr(at_);
    if (name.empty() || !starts_name(name.front()) || rest.empty() ||
        (rest.front() != '}' && !rest.starts_with(":-"))) {
      refuse("${ must be followed by NAME} or NAME:-default}; write $${ for the characters themselves");
      return {};
    }
    if (name.find('.') != std::string_view::npos) return of_call(name);
    auto value = used ? environment_(name) : std::nullopt;
    if (for_calls_ && value) value = escaped(*value);
    if (rest.front() == '}') {
      ++at_;
      if (used && !value) result_.missing.emplace_back(name);
      return value.value_or("");
    }
    return with_default(nesting, used, std::move(value));
  }

  std::string of_call(std::string_view name) {
    auto whole = "${" + std::string(name) + '}';
    if (name != "user.name") {
      refuse(whole + " is unknown; there is ${user.name}");
    } else if (!for_calls_) {
      refuse(whole + " is filled in per call, and only in `session` of a connection");
    } else if (text_[at_] != '}') {
      refuse(whole + " has no default");
    } else {
      ++at_;
      return whole;
    }
    return {};
  }

  static std::string escaped(std::string_view value) {
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value.substr(i).starts_with("${")) out += '$';
      out += value[i];
    }
    return out;
  }

  std::string with_default(int nesting, bool used, std::optional<std::string> value) {
    if (nesting == kNesting) {
      refuse("variables are nested deeper than " + std::to_string(kNesting));
      return {};
    }
    at_ += 2;
    const bool has_value = value && !value->empty();
    std::string fallback = until_end(nesting + 1, used && !has_value);
    if (at_ >= text_.size()) {
      refuse("${ is not closed");
      return {};
    }
    ++at_;
    return has_value ? *std::move(value) : fallback;
  }

  std::string_view text_;
  const Environment& environment_;
  const bool for_calls_;
  std::size_t at_ = 0;
  Expansion result_;
};

}  // namespace

Expansion expand(std::string_view text, const Environment& environment) {
  if (text.find("${") == std::string_view::npos) return {std::string(text), {}, {}};
  return Expander(text, environment, false).run();
}

Expansion expand_but_for_calls(std::string_view text, const Environment& environment) {
  return Expander(text, environment, true).run();
}

}  // namespace dbmux

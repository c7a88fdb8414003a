#include "operations/uri_template.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace dbmux {

namespace {

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    if (!escaped) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
    i += 2;
  }
  return out;
}

bool is_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

}  // namespace

Result<UriTemplate> UriTemplate::of(std::string_view text) {
  UriTemplate made;
  while (!text.empty()) {
    const auto open = text.find('{');
    const auto literal = text.substr(0, open);
    if (literal.find('}') != std::string_view::npos)
      return fail(Category::invalid, "a '}' has no '{' before it");
    if (!literal.empty()) made.parts_.push_back({std::string(literal), false, false});
    if (open == std::string_view::npos) break;
    const auto close = text.find('}', open);
    auto name = text.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
    const bool slashes = name.starts_with('+');
    if (slashes) name.remove_prefix(1);
    if (close == std::string_view::npos || !is_name(name))
      return fail(Category::invalid,
                  "'" + std::string(text.substr(open)) + "' is neither {name} nor {+name}");
    if (!made.parts_.empty() && made.parts_.back().variable)
      return fail(Category::invalid, "two variables stand side by side");
    if (std::find(made.variables_.begin(), made.variables_.end(), name) != made.variables_.end())
      return fail(Category::invalid, "the variable '" + std::string(name) + "' stands in it twice");
    made.parts_.push_back({std::string(name), true, slashes});
    made.variables_.emplace_back(name);
    text.remove_prefix(close + 1);
  }
  return made;
}

std::optional<std::vector<std::pair<std::string, std::string>>> UriTemplate::match(
    std::string_view uri) const {
  std::vector<std::pair<std::string, std::string>> values;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    if (!part.variable) {
      if (!uri.starts_with(part.text)) return std::nullopt;
      uri.remove_prefix(part.text.size());
      continue;
    }
    const bool last = i + 1 == parts_.size();
    const auto end = last ? uri.size()
                     : i + 2 == parts_.size() && uri.ends_with(parts_[i + 1].text)
                         ? uri.size() - parts_[i + 1].text.size()
                         : uri.find(parts_[i + 1].text);
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    const auto value = uri.substr(0, end);
    if (!part.slashes && value.find('/') != std::string_view::npos) return std::nullopt;
    values.emplace_back(part.text, decoded(value));
    if (!is_utf8(values.back().second)) return std::nullopt;
    uri.remove_prefix(end);
  }
  if (!uri.empty()) return std::nullopt;
  return values;
}

}  // namespace dbmux

#include "operations/words.hpp"

#include <algorithm>
#include <vector>

#include "base/json.hpp"
#include "base/text.hpp"

namespace dbmux {

namespace {

std::vector<std::string> distinct(std::span<const Words> words, std::string Words::* which) {
  std::vector<std::string> out;
  for (const auto& w : words)
    if (const auto& text = w.*which; !text.empty() && std::find(out.begin(), out.end(), text) == out.end())
      out.push_back(text);
  return out;
}

}  // namespace

Words words_of(const Descriptor& descriptor) {
  Words words;
  auto schema = parse_json(descriptor.config_schema);
  if (!schema) return words;
  const auto text = [&](const char* key) {
    const auto* v = member(*schema, key);
    return v && v->IsString() ? std::string(view(*v)) : std::string();
  };
  words.query = text("x-dbmux-query");
  words.params = text("x-dbmux-params");
  words.default_schema = text("x-dbmux-default-schema");
  words.folds = text("x-dbmux-folds");
  return words;
}

std::string query_words(std::span<const Words> words) {
  const auto all = distinct(words, &Words::query);
  return joined(all, ", or ");
}

std::string params_words(std::span<const Words> words) {
  auto all = distinct(words, &Words::params);
  if (all.size() < 2) return joined(all, "");
  const auto last = all.back();
  all.pop_back();
  return joined(all, ", ") + " or " + last;
}

std::string schema_words(std::span<const Words> words) {
  return joined(distinct(words, &Words::default_schema), ", ");
}

}  // namespace dbmux

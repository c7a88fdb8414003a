#include "secret/secret.hpp"

#include <optional>

#include "base/text.hpp"
#include "secret/store.hpp"

namespace dbmux {
namespace {

tl::unexpected<Error> refuse(const Mark& mark, const std::string& message) {
  const std::string place = mark.text();
  return fail(Category::profile, place.empty() ? message : place + ": " + message);
}

// nullopt: it is not there.
Result<std::optional<std::string>> from_file(const std::string& path, const Mark& mark) {
  auto text = read_private_file(path, "secret file", kMostSecretBytes);
  if (!text) return refuse(mark, text.error().message);
  if (std::optional<std::string>& there = *text; there) {
    if (there->ends_with('\n')) there->pop_back();
    if (there->ends_with('\r')) there->pop_back();
  }
  return text;
}

Result<std::optional<std::string>> from_store(std::string_view name, const Mark& mark,
                                              const Environment& environment) {
  auto value = SecretStore(environment).find(name);
  if (value) return value;
  Error error = std::move(value.error());
  error.message = refuse(mark, error.message).value().message;
  return fail(std::move(error));
}

}  // namespace

Result<Secret> find_secret(const SecretSources& from, const Environment& environment) {
  std::vector<std::string> tried, not_built;
  std::string missing_in_store;
  for (const std::string& source : from.sources) {
    const std::string_view text = source;
    if (text.starts_with("literal:")) return Secret{source.substr(8), "literal"};
    if (text.starts_with("env:")) {
      auto value = environment(text.substr(4));
      if (value && !value->empty()) return Secret{*std::move(value), source};
    } else if (text.starts_with("file:")) {
      auto value = from_file(source.substr(5), from.mark);
      if (!value) return fail(std::move(value.error()));
      if (std::optional<std::string>& there = *value; there) return Secret{*std::move(there), source};
    } else if (text.starts_with("store:")) {
      auto value = from_store(text.substr(6), from.mark, environment);
      if (!value) return fail(std::move(value.error()));
      if (std::optional<std::string>& there = *value; there) return Secret{*std::move(there), source};
      missing_in_store = text.substr(6);
    } else {
      not_built.push_back(source);
      continue;
    }
    tried.push_back(source);
  }
  std::string message;
  if (!tried.empty()) message = "there is no secret in " + joined(tried, ", ");
  if (!not_built.empty())
    message += (message.empty() ? "" : ", and ") + joined(not_built, ", ") +
               (not_built.size() == 1 ? " is" : " are") + " not built yet as a source of secrets";
  Error error = refuse(from.mark, message).value();
  error.category = not_built.empty() ? Category::auth : Category::unsupported;
  if (!missing_in_store.empty()) error.hint = "Set it with: dbmux secret set " + missing_in_store;
  return fail(std::move(error));
}

Result<std::string> read_secret(const SecretSources& from, const Environment& environment) {
  auto secret = find_secret(from, environment);
  if (!secret) return fail(std::move(secret.error()));
  return std::move(secret->value);
}

}  // namespace dbmux

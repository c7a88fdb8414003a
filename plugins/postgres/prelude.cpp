#include "prelude.hpp"

#include <algorithm>
#include <array>

#include "sql_text.hpp"

namespace dbmux::postgres {

namespace {

// Those without a dot that neither widen what may be done, nor change how cells are read or which names mean
// what.
constexpr std::array<std::string_view, 5> kHarmless{"application_name", "timezone", "work_mem",
                                                    "lock_timeout", "lc_messages"};
constexpr std::string_view kUser = "${user.name}", kEscaped = "$${";

// As with the settings of a session that is opened without a pooler.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kStyles{
    {{"DateStyle", "ISO"},
     {"IntervalStyle", "iso_8601"},
     {"bytea_output", "hex"},
     {"standard_conforming_strings", "on"},
     {"extra_float_digits", "1"}}};

bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_name(char c) { return starts_name(c) || (c >= '0' && c <= '9'); }

bool is_own_name(std::string_view name) {
  bool first = true, dot = false;
  for (const char c : name) {
    if (c == '.' ? first : first ? !starts_name(c) : !in_name(c)) return false;
    first = c == '.';
    dot = dot || c == '.';
  }
  return dot && !first && name.size() < 64;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return lower;
}

}  // namespace

kit::Result<SessionVariable> SessionVariable::from(std::string_view name, std::string_view value) {
  const bool harmless = std::find(kHarmless.begin(), kHarmless.end(), lower_case(name)) != kHarmless.end();
  if (!harmless && !is_own_name(name))
    return kit::fail(DBMUX_E_INVALID, "session: '" + std::string(name) + "' cannot be set per call")
        .hint(
            "Variables of the database's own have a dot in their name, as in app.user; besides there are "
            "application_name, timezone, work_mem, lock_timeout and lc_messages.");
  SessionVariable made;
  made.name_ = name;
  std::string text;
  while (!value.empty()) {
    if (value.starts_with(kUser)) {
      made.parts_.push_back({std::exchange(text, {}), false});
      made.parts_.push_back({{}, true});
      value.remove_prefix(kUser.size());
    } else if (value.starts_with(kEscaped)) {
      text += "${";
      value.remove_prefix(kEscaped.size());
    } else if (value.starts_with("${")) {
      return kit::fail(DBMUX_E_INVALID,
                       "session: '" + std::string(name) + "' asks for what is not known of a caller")
          .hint("There is ${user.name}.");
    } else {
      text += value.front();
      value.remove_prefix(1);
    }
  }
  made.parts_.push_back({std::move(text), false});
  return made;
}

std::string SessionVariable::value_for(std::string_view user) const {
  std::string value;
  for (const auto& part : parts_) value += part.user ? user : std::string_view(part.text);
  return value;
}

Prelude::Prelude(std::vector<SessionVariable> variables, bool pooled)
    : variables_(std::move(variables)), pooled_(pooled), text_("SELECT ") {
  std::size_t n = 0;
  const auto set = [&] {
    text_ += n > 0 ? "," : "";
    text_ += "pg_catalog.set_config($" + std::to_string(n + 1) + ",$" + std::to_string(n + 2) + ",true)";
    n += 2;
  };
  for (std::size_t i = 0; i < variables_.size() + (pooled_ ? kStyles.size() + 1 : 0); ++i) set();
  if (pooled_) text_ += ",pg_catalog.pg_backend_pid(),extract(epoch FROM pg_catalog.now())::numeric";
}

kit::Status Prelude::fill(std::string_view user, std::int64_t limit_ms) {
  if (user.find('\0') != std::string_view::npos)
    return kit::fail(DBMUX_E_INVALID, "the name of the caller holds a NUL character");
  parameters_ = {};
  const auto set = [&](std::string_view name, std::string_view value) {
    parameters_.add(name);
    parameters_.add(value);
  };
  for (const auto& variable : variables_) set(variable.name(), variable.value_for(user));
  if (!pooled_) return {};
  for (const auto& [name, value] : kStyles) set(name, value);
  set("statement_timeout", std::to_string(limit_ms));
  return {};
}

bool runs_alone(std::string_view statement) {
  Tokens tokens(statement);
  const auto verb = tokens.next(), object = tokens.next();
  if (verb.is("VACUUM") || verb.is("REINDEX") || verb.is("CLUSTER")) return true;
  if (verb.is("ALTER")) return object.is("SYSTEM") || object.is("DATABASE");
  if (!verb.is("CREATE") && !verb.is("DROP")) return false;
  if (object.is("DATABASE") || object.is("TABLESPACE") || object.is("SUBSCRIPTION")) return true;
  for (auto token = tokens.next(); token.kind != Token::Kind::end && token.kind != Token::Kind::broken;
       token = tokens.next())
    if (token.is("CONCURRENTLY")) return true;
  return false;
}

}  // namespace dbmux::postgres

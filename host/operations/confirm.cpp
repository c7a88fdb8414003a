#include "operations/confirm.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "call/ask.hpp"
#include "describe/sha256.hpp"
#include "observe/log.hpp"
#include "operations/context.hpp"
#include "operations/random_name.hpp"

namespace dbmux {

namespace {

constexpr std::size_t kLongestStatement = 8000;  // bytes: more is not read before it is allowed
constexpr std::size_t kLongestParams = 4000;
constexpr std::chrono::seconds kRollback{5};

// Reads one character of valid UTF-8 and steps over it.
char32_t next_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t c = length == 1 ? first : first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length && i < text.size(); ++i)
    c = (c << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  text.remove_prefix(std::min(length, text.size()));
  return c;
}

bool hides(char32_t c) {
  const auto within = [c](char32_t from, char32_t to) { return c >= from && c <= to; };
  return (c < 0x20 && c != '\n' && c != '\t') || within(0x7F, 0x9F) || c == 0xAD || within(0x200B, 0x200F) ||
         within(0x2028, 0x202E) || within(0x2060, 0x206F) || c == 0xFEFF || within(0xE0000, 0xE0FFF);
}

std::string visible(std::string_view text) {
  const auto valid = utf8_replaced(text);
  std::string out;
  std::string_view rest = valid;
  while (!rest.empty()) {
    const auto before = rest;
    const auto c = next_character(rest);
    if (!hides(c)) {
      out += before.substr(0, before.size() - rest.size());
      continue;
    }
    char spelt[16];
    out.append(spelt, static_cast<std::size_t>(
                          std::snprintf(spelt, sizeof spelt, "<U+%04X>", static_cast<unsigned>(c))));
  }
  return out;
}

std::string shown_params(std::string_view params) {
  const auto head = utf8_prefix(params, kLongestParams);
  auto text = visible(head);
  if (head.size() < params.size())
    text += "… [+" + thousands(utf8_length(params.substr(head.size()))) + " characters]";
  return text;
}

std::string kind_of(std::string_view statement) {
  auto word = first_word(statement);
  return word == kNoWord ? "this statement" : word;
}

Result<std::int64_t> run_through(Call& call, Conn& conn, const Statement& statement) {
  auto cursor = conn.execute(call, statement);
  if (!cursor) return fail(cursor.error());
  while (true) {
    auto batch = (*cursor)->next_batch();
    if (!batch) return fail(batch.error());
    if (batch->rows == 0) break;
  }
  auto summary = (*cursor)->summary();
  if (!summary) return fail(summary.error());
  const bool inside = summary->in_transaction;
  const auto rows = summary->rows_affected;
  if (auto closed = (*cursor)->close(); !closed) return fail(closed.error());
  if (!inside) {
    Error e;
    e.category = Category::conflict;
    e.message = "The statement ended the transaction that it was rehearsed in, so it may have taken effect.";
    e.may_have_run = true;
    return fail(std::move(e));
  }
  return rows;
}

std::string in_words(std::int64_t rows) {
  if (rows < 0) return "A rehearsal that was rolled back worked; how many rows it changed is not known.";
  const auto many = rows == 0 ? "no rows" : rows == 1 ? "1 row" : thousands(rows) + " rows";
  return "A rehearsal that was rolled back changed " + many + ".";
}

// Runs it in a transaction that is rolled back; says what it changed.
Result<std::string> rehearse(Request& request, Statement statement) {
  std::string effect = "This engine cannot rehearse a change, so how many rows would change is not known.";
  statement.in_transaction = true;
  auto done = with_session(request.call, *request.connection, false, [&](Lease& lease) -> Result<void> {
    if (auto begun = lease.conn().begin(request.call, false); !begun)
      return begun.error().category == Category::unsupported ? Result<void>() : fail(begun.error());
    const auto rows = run_through(request.call, lease.conn(), statement);
    Call end(request.call.principal(), Clock::now() + kRollback);  // also when the first is out of time
    if (!lease.conn().rollback(end)) lease.discard();
    if (!rows) return fail(rows.error());
    effect = in_words(*rows);
    return {};
  });
  if (!done) return fail(explained(std::move(done.error()), request));
  return effect;
}

std::string elicitation(const std::string& question) {
  return "{\"message\":" + json_quote(question) +
         R"(,"requestedSchema":{"type":"object","properties":{"confirm":{"type":"boolean",)"
         R"("title":"Run this statement"}},"required":["confirm"]}})";
}

bool accepted(const JsonValue& answer) {
  const auto* action = member(answer, "action");
  const auto* content = member(answer, "content");
  const auto* confirm = content ? member(*content, "confirm") : nullptr;
  return action && action->IsString() && view(*action) == "accept" && confirm && confirm->IsBool() &&
         confirm->GetBool();
}

tl::unexpected<Error> declined(Request& request, const PendingWrite& write) {
  const std::string by[] = {"person"};
  request.answer.meta("dbmux/access", access_json("refused", by));
  return fail(
      Category::denied,
      "A person declined " + kind_of(write.statement) + " on '" + write.connection + "'; nothing was run.",
      "Do not try it again unless the person asks for it.");
}

tl::unexpected<Error> by_code(ConfirmFolder& folder, const PendingWrite& write, const std::string& question) {
  auto code = folder.add(write, question);
  if (!code) return fail(code.error());
  log(Level::info, "a write waits for a person", {{"code", *code}, {"connection", write.connection}});
  return fail(
      Category::need_input,
      "Not run: " + kind_of(write.statement) + " on '" + write.connection +
          "' waits until a person allows it.",
      "Ask the person to run `dbmux confirm " + *code +
          "` in a terminal within 10 minutes, then repeat this very call. Only the person may confirm; "
          "do not run it yourself.");
}

}  // namespace

std::string confirmation_question(const PendingWrite& write, std::string_view effect) {
  std::string text = "May the assistant change data on '" + visible(write.connection) + "'? ";
  text += effect;
  text += "\n\n" + visible(write.statement);
  if (!write.params.empty()) text += "\n\nwith the values " + shown_params(write.params);
  return text;
}

std::string target_digest(const ConnectionProfile& connection) {
  std::error_code ignored;  // without a profile relative names begin at the working directory
  const auto folder = connection.folder.empty() ? std::filesystem::current_path(ignored) : connection.folder;
  std::string text = connection.plugin + '\n' + folder.string();
  const auto add = [&](std::string_view part) {
    text.append("\n").append(std::to_string(part.size())).append(part);
  };
  for (const auto& option : connection.options) {
    add(option.path);
    if (option.secret)
      for (const auto& source : option.secret->sources) add(source);
    else if (const auto* list = std::get_if<Value::List>(&option.value.data))
      for (const auto& part : *list) add(part.scalar);
    else
      add(option.value.scalar);
  }
  return sha256_hex(text);
}

Confirmations::Entry* Confirmations::find(std::string_view key, const PendingWrite& write) {
  std::erase_if(entries_, [now = Clock::now()](const Entry& e) { return e.until <= now; });
  const auto at = std::find_if(entries_.begin(), entries_.end(),
                               [&](const Entry& e) { return e.key == key && e.write == write; });
  return at == entries_.end() ? nullptr : &*at;
}

std::string Confirmations::add(PendingWrite write, std::string question) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kMost) entries_.erase(entries_.begin());
  entries_.push_back({"confirm-" + random_name("abcdefghijklmnopqrstuvwxyz0123456789", 20), std::move(write),
                      std::move(question), Clock::now() + life_});
  return entries_.back().key;
}

std::optional<std::string> Confirmations::question(std::string_view key, const PendingWrite& write) {
  const std::lock_guard lock(mutex_);
  const auto* entry = find(key, write);
  return entry ? std::optional(entry->question) : std::nullopt;
}

bool Confirmations::take(std::string_view key, const PendingWrite& write) {
  const std::lock_guard lock(mutex_);
  const auto* entry = find(key, write);
  if (!entry) return false;
  entries_.erase(entries_.begin() + (entry - entries_.data()));
  return true;
}

Result<void> allowed_by_person(Request& request, const Statement& statement) {
  const auto* params = request.arguments.get("params");
  const PendingWrite write{request.call.principal().name, request.connection->name(),
                           std::string(statement.text), params ? to_json(*params) : std::string(),
                           target_digest(request.connection->profile())};
  if (write.statement.size() > kLongestStatement)
    return fail(Category::invalid,
                "Not run: a person must allow changes on '" + write.connection +
                    "', and a statement for that is at most " + thousands(kLongestStatement) + " bytes long.",
                "Bind long values with params, or split the statement.");
  ConfirmFolder folder(confirm_folder(dbmux_home(request.context.registry.environment())));
  if (folder.take(write)) return {};

  auto& open = request.context.confirmations;
  auto* asking = request.call.asking();
  std::string key(asking ? asking->kept() : std::string_view());
  auto question = open.question(key, write);
  if (!question) {
    auto effect = rehearse(request, statement);
    if (!effect) return fail(effect.error());
    question = confirmation_question(write, *effect);
    if (asking) key = open.add(write, *question);
  }
  if (!asking) return by_code(folder, write, *question);

  asking->keep(key);
  const JsonValue* answer = nullptr;
  switch (asking->ask(key, "elicitation/create", elicitation(*question), &answer)) {
    case Asking::Reply::pending:
      request.asked = true;
      return fail(Category::need_input, "a person is being asked");
    case Asking::Reply::answered:
      if (!open.take(key, write) || !answer || !accepted(*answer)) return declined(request, write);
      return {};
    case Asking::Reply::impossible:
      break;
  }
  static_cast<void>(open.take(key, write));
  return by_code(folder, write, *question);
}

}  // namespace dbmux

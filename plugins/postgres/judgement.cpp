// Whether a reading statement only reads: bounded, by its words, by its tree, and by what its names stand
// for.
#include <algorithm>
#include <deque>
#include <set>

#include "connection.hpp"
#include "error.hpp"
#include "source.hpp"

namespace dbmux::postgres {

namespace {

constexpr std::size_t kMostTexts = 64;  // of views and what is behind them
constexpr Oid kNameArray = 1003;

std::int32_t character(std::string_view text, std::int32_t offset) {
  const auto bytes = std::min(text.size(), static_cast<std::size_t>(std::max(0, offset)));
  return static_cast<std::int32_t>(kit::count_characters(text.substr(0, bytes))) + 1;
}

// As the server reads an array of texts.
std::string array_of(const std::vector<CatalogNames::Key>& keys, CatalogNames::Kind kind) {
  std::string list = "{";
  for (const auto& [of, name] : keys) {
    if (of != kind) continue;
    if (list.size() > 1) list += ',';
    list += '"';
    for (const char c : name) {
      if (c == '"' || c == '\\') list += '\\';
      list += c;
    }
    list += '"';
  }
  return list + "}";
}

CatalogNames::Meanings meanings_in(const PGresult* rows) {
  CatalogNames::Meanings meanings;
  for (int row = 0; row < PQntuples(rows); ++row) {
    const auto cell = [&](int column) { return std::string(PQgetvalue(rows, row, column)); };
    NameMeaning m;
    m.schema = cell(2);
    const char origin = *PQgetvalue(rows, row, 3);
    m.origin = origin == 's'   ? NameMeaning::Origin::system
               : origin == 'e' ? NameMeaning::Origin::extension
                               : NameMeaning::Origin::own;
    m.is_volatile = *PQgetvalue(rows, row, 4) == 't';
    m.reaches_further = *PQgetvalue(rows, row, 5) == 't';
    m.text = cell(6);
    meanings[{static_cast<CatalogNames::Kind>(*PQgetvalue(rows, row, 0)), cell(1)}].push_back(std::move(m));
  }
  return meanings;
}

kit::Failure within_a_view(kit::Failure reason) {
  reason->message =
      "a view, a domain or a policy behind the statement does more than read: " + reason->message;
  reason->position = 0;
  return reason;
}

kit::Result<Survey> survey_of_bounded(const std::string& text) {
  auto outline = outline_of(text);
  if (!outline) return outline.failure();
  if (auto small = check_size(text, *outline, true); !small) return small.failure();
  return Survey::of(text);
}

kit::Failure failure_of(const Survey::Objection& objection, const Outline& outline, std::string_view text) {
  if (objection.message.empty())
    if (auto refused = refusal_of(outline.verb, true)) return std::move(*refused);
  return kit::fail(objection.category, objection.message.empty()
                                           ? outline.verb + " is not a reading statement"
                                           : objection.message)
      .position(character(text, objection.offset));
}

}  // namespace

kit::Result<CatalogNames::Meanings> Connection::meanings_of(const Names& names) {
  const auto keys = CatalogNames::keys_of(names);
  CatalogNames::Meanings known;
  // What our own transaction has made is seen by nobody else, and may be undone.
  const bool shared = transaction_ != Transaction::writing;
  auto& catalog = source_.names();
  const auto epoch = catalog.epoch();
  const auto unknown = shared ? catalog.look_up(keys, known) : keys;
  if (unknown.empty()) return known;
  Parameters arrays;
  using Kind = CatalogNames::Kind;
  for (const auto kind : {Kind::function, Kind::attribute, Kind::operation, Kind::type, Kind::relation})
    arrays.add(array_of(unknown, kind), kNameArray);
  auto rows = look_up(CatalogNames::kQuestion, arrays);
  if (!rows) return rows.failure();
  auto learned = meanings_in(rows->get());
  if (shared) catalog.learn(unknown, learned, epoch);
  known.merge(learned);
  return known;
}

kit::Result<Reach> Connection::reach_of_all(Names names) {
  Reach all;
  std::set<std::string> seen;
  std::deque<std::string> texts;
  for (bool first = true;; first = false) {
    auto meanings = meanings_of(names);
    if (!meanings) return meanings.failure();
    auto reach = reach_of(names, *meanings, source_.options().allowed_functions);
    if (!reach.only_reads) {
      all.only_reads = first ? reach.only_reads.failure() : within_a_view(reach.only_reads.failure());
      return all;
    }
    all.lists_all = all.lists_all && reach.lists_all;
    all.writing_reaches_further = all.writing_reaches_further || reach.writing_reaches_further;
    for (auto& text : reach.texts)
      if (seen.insert(text).second) texts.push_back(std::move(text));
    if (texts.empty()) return all;
    if (seen.size() > kMostTexts)
      return kit::fail(DBMUX_E_NOT_UNDERSTOOD, "too many views stand behind the statement");
    auto survey = survey_of_bounded(texts.front());
    texts.pop_front();
    if (!survey) return within_a_view(survey.failure());
    if (const auto& objection = survey->objection)
      return within_a_view(kit::fail(objection->category, objection->message));
    all.uses.merge(survey->uses);
    names = std::move(survey->names);
  }
}

kit::Status Connection::check_terms() const {
  // What the texts are read by, here and there.
  const auto is = [&](const char* setting, std::string_view wanted) {
    const char* value = PQparameterStatus(wire_->get(), setting);
    return value && value == wanted;
  };
  if (is("standard_conforming_strings", "on") && is("client_encoding", "UTF8")) return {};
  return kit::fail(
      DBMUX_E_NOT_UNDERSTOOD,
      "the session reads texts by other rules than usual (standard_conforming_strings, client_encoding)");
}

kit::Failure Connection::why_not_parsed(const std::string& text, kit::Failure ours) {
  const auto brackets = brackets_for_reading();
  bool sent = true;
  for (const char* command : brackets.before) sent = sent && wire_->send(command);
  sent = sent && wire_->send_for_parsing(text.c_str());
  for (const char* command : brackets.after) sent = sent && wire_->send(command);
  if (!sent || !wire_->sync()) return wire_->lost();
  const auto end = wire_->finish(interruption_);
  if (end.ready == Ready::lost) return wire_->lost();
  if (end.ready != Ready::yes) {
    wire_->give_up();
    return stopped(end.ready).flags(DBMUX_ERR_CONN_DEAD);
  }
  settle(brackets, false, interruption_);
  if (end.error) {
    auto theirs = failure(end.error.get(), text);
    if (in_transaction() && wire_->transaction() == PQTRANS_INERROR) theirs->flags |= DBMUX_ERR_TXN_FAILED;
    return theirs;
  }
  return ours;
}

kit::Result<std::shared_ptr<const Verdict>> Connection::judge(std::string_view text) {
  const bool engine_decides = source_.options().engine_decides;
  if (auto usual = check_terms(); !usual) return usual.failure();
  const bool shared = transaction_ != Transaction::writing;
  const auto epoch = source_.names().epoch();
  if (shared)
    if (auto known = source_.verdicts().find(text, epoch)) return known;
  auto outline = outline_of(text);
  if (!outline) return outline.failure();
  if (auto small = check_size(text, *outline, true); !small) return small.failure();
  const auto& layers = source_.options().layers;
  if (layers.words)
    if (auto words = check_reading(text, false); !words) return words.failure();
  auto verdict = std::make_shared<Verdict>(Verdict{std::move(*outline), false, epoch, 0});
  verdict->until_ns = kit::now_ns() + CatalogNames::kKeptNs;
  if (!layers.parser) return std::shared_ptr<const Verdict>(std::move(verdict));
  const std::string whole(text);
  auto survey = Survey::of(whole);
  if (!survey) {
    auto why = survey.failure();
    if (why->category != DBMUX_E_NOT_UNDERSTOOD) return why;
    if (auto words = layers.words ? check_reading(text, true) : kit::Status(); !words) return words.failure();
    if (engine_decides) return std::shared_ptr<const Verdict>(std::move(verdict));
    return why_not_parsed(whole, std::move(why));
  }
  if (const auto& objection = survey->objection) {
    const bool unknown = objection->category == DBMUX_E_NOT_UNDERSTOOD;
    if (unknown && engine_decides) return std::shared_ptr<const Verdict>(std::move(verdict));
    return failure_of(*objection, verdict->outline, text);
  }
  auto reach = layers.names ? reach_of_all(std::move(survey->names)) : Reach();
  if (!reach) {
    auto why = reach.failure();
    if (why->category != DBMUX_E_NOT_UNDERSTOOD || !engine_decides) return why;
    return std::shared_ptr<const Verdict>(std::move(verdict));
  }
  if (!reach->only_reads) return reach->only_reads.failure();
  verdict->by_parser = true;
  std::shared_ptr<const Verdict> kept(std::move(verdict));
  if (shared) source_.verdicts().keep(text, kept);
  return kept;
}

kit::Result<std::shared_ptr<const Verdict>> Connection::judge_write(std::string_view text) const {
  auto outline = outline_of(text);
  if (!outline) return outline.failure();
  if (auto small = check_size(text, *outline, false); !small) return small.failure();
  if (auto allowed = check_writing(*outline); !allowed) return allowed.failure();
  if (read_only_ || transaction_ == Transaction::reading)
    return kit::fail(DBMUX_E_READ_ONLY,
                     read_only_ ? "this session only reads" : "this transaction only reads");
  return std::make_shared<const Verdict>(Verdict{std::move(*outline), false, 0, 0});
}

void Connection::catalog_changed() { source_.names().forget(); }

}  // namespace dbmux::postgres

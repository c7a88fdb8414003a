#include "parse_tree.hpp"

#include <pg_query.h>

#include <utility>
#include <vector>

namespace dbmux::postgres {

namespace {

const rapidjson::Value kNothing;

struct Parsed {
  PgQueryParseResult raw;
  explicit Parsed(const char* text) : raw(pg_query_parse(text)) {}
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  ~Parsed() { pg_query_free_parse_result(raw); }
};

}  // namespace

void ParseTree::Free::operator()(char* text) const { std::free(text); }

kit::Result<ParseTree> ParseTree::of(const std::string& text) {
  Parsed parsed(text.c_str());
  if (const auto* error = parsed.raw.error) {
    const std::string why = error->message ? error->message : "no reason given";
    return kit::fail(DBMUX_E_NOT_UNDERSTOOD, "the grammar of PostgreSQL 15 does not know this: " + why)
        .position(error->cursorpos);
  }
  ParseTree tree;
  tree.json_.reset(std::exchange(parsed.raw.parse_tree, nullptr));
  constexpr unsigned kHow = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag;
  tree.document_.ParseInsitu<kHow>(tree.json_.get());
  if (tree.document_.HasParseError() || !tree.statements().IsArray())
    return kit::fail(DBMUX_E_NOT_UNDERSTOOD, "the parser gave no tree");
  return tree;
}

const rapidjson::Value& ParseTree::statements() const { return member(document_, "stmts"); }

const rapidjson::Value& member(const rapidjson::Value& object, const char* name) {
  if (!object.IsObject()) return kNothing;
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() ? kNothing : found->value;
}

std::string_view text_member(const rapidjson::Value& object, const char* name) {
  const auto& value = member(object, name);
  return value.IsString() ? std::string_view(value.GetString(), value.GetStringLength()) : std::string_view();
}

bool bool_member(const rapidjson::Value& object, const char* name) {
  const auto& value = member(object, name);
  return value.IsBool() && value.GetBool();
}

std::vector<std::string> strings(const rapidjson::Value& list) {
  std::vector<std::string> texts;
  if (!list.IsArray()) return texts;
  for (const auto& item : list.GetArray())
    if (const auto& text = member(item, "String"); text.IsObject())
      texts.emplace_back(text_member(text, "sval"));
  return texts;
}

}  // namespace dbmux::postgres

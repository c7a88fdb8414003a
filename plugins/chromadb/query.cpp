#include "query.hpp"

#include <algorithm>
#include <iterator>

#include "json.hpp"

namespace dbmux::chromadb {

namespace {

constexpr Verb kVerbs[] = {
    {"get", Action::get, true, "ids where where_document include limit offset"},
    {"query", Action::query, true, "query_embeddings n_results ids where where_document include"},
    {"count", Action::count, true, ""},
    {"list", Action::list, true, "limit offset"},
    {"add", Action::add, false, "ids embeddings documents metadatas uris"},
    {"update", Action::update, false, "ids embeddings documents metadatas uris"},
    {"upsert", Action::upsert, false, "ids embeddings documents metadatas uris"},
    {"delete", Action::remove, false, "ids where where_document limit"},
    {"create", Action::create, false, "metadata configuration get_or_create"},
    {"drop", Action::drop, false, ""},
};

const Verb* verb_named(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kVerbs), std::end(kVerbs), [&](const Verb& v) { return v.name == name; });
  return found == std::end(kVerbs) ? nullptr : found;
}

bool has_field(std::string_view fields, std::string_view name) {
  while (!fields.empty()) {
    const auto end = std::min(fields.find(' '), fields.size());
    if (fields.substr(0, end) == name) return true;
    fields.remove_prefix(std::min(end + 1, fields.size()));
  }
  return false;
}

kit::Failure no_verb(std::string_view name) {
  std::string verbs;
  for (const auto& v : kVerbs) verbs += (verbs.empty() ? "" : ", ") + std::string(v.name);
  return kit::fail(DBMUX_E_INVALID, name.empty() ? "the query is empty"
                                                 : "'" + std::string(name) + "' is no verb of chroma.query")
      .object(std::string(name))
      .hint("the first name is a verb with a collection, such as {\"get\": \"docs\"}; verbs: " + verbs);
}

}  // namespace

kit::Result<Query> query_of(std::string_view text, std::span<const dbmux_param> params, bool read_only) {
  auto document = parsed(text);
  if (!document) return document.failure();
  if (!document->IsObject()) return kit::fail(DBMUX_E_INVALID, "a query is one JSON object");
  if (document->ObjectEmpty()) return no_verb("");
  const std::string name(view(document->MemberBegin()->name));
  Query q;
  q.verb = verb_named(name);
  if (!q.verb) return no_verb(name);
  if (read_only && !q.verb->reads)
    return kit::fail(DBMUX_E_READ_ONLY, "'" + name + "' writes, and only reading is allowed here")
        .object(name);
  for (const auto& m : document->GetObject()) {
    const auto field = view(m.name);
    if (field != name && !has_field(q.verb->fields, field))
      return kit::fail(DBMUX_E_INVALID, "'" + name + "' has no field '" + std::string(field) + "'")
          .object(std::string(field))
          .hint(q.verb->fields.empty() ? "it takes none" : "it takes: " + std::string(q.verb->fields));
  }
  if (auto filled = put_parameters(*document, params); !filled) return filled.failure();
  const auto& target = document->MemberBegin()->value;
  if (!target.IsString() || target.GetStringLength() == 0)
    return kit::fail(DBMUX_E_INVALID, "'" + name + "' takes the name of a collection");
  q.collection = view(target);
  if (q.verb->action == Action::list && q.collection != "collections")
    return kit::fail(DBMUX_E_UNSUPPORTED, "only collections can be listed")
        .hint(R"({"list": "collections"})");
  document->EraseMember(document->MemberBegin());
  q.body = std::move(*document);
  return q;
}

}  // namespace dbmux::chromadb

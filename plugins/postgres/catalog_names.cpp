#include "catalog_names.hpp"

#include <algorithm>

#include "acting_functions.hpp"
#include "sql_text.hpp"

namespace dbmux::postgres {

namespace {

constexpr std::size_t kMostEntries = 8192, kMostBytes = std::size_t{4} << 20;
using Kind = CatalogNames::Kind;

}  // namespace

const char* const CatalogNames::kQuestion = R"(
SELECT DISTINCT * FROM (
SELECT 'f' AS kind, p.proname::text AS name, n.nspname::text AS schema,
  CASE WHEN n.nspname = 'pg_catalog' THEN 's' WHEN EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
    AND d.objid = p.oid AND d.deptype = 'e') THEN 'e' ELSE 'o' END AS origin,
  p.provolatile = 'v' OR EXISTS (SELECT FROM pg_catalog.pg_aggregate a JOIN pg_catalog.pg_proc t ON t.oid IN (a.aggtransfn, a.aggfinalfn,
    a.aggcombinefn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn) WHERE a.aggfnoid = p.oid AND t.provolatile = 'v') AS volatile,
  n.nspname <> 'pg_catalog' AS further,
  CASE WHEN n.nspname <> 'pg_catalog' AND l.lanname IN ('sql', 'plpgsql') THEN p.prosrc ELSE '' END AS text
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.proname = ANY ($1::name[])
UNION ALL
SELECT 'a', p.proname::text, n.nspname::text, 'o', true, true, ''
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_type t ON t.oid = p.proargtypes[0]
WHERE p.proname = ANY ($2::name[]) AND p.provolatile = 'v' AND p.pronargs - p.pronargdefaults <= 1 AND t.typtype IN ('c', 'p')
UNION ALL
SELECT 'o', o.oprname::text, n.nspname::text, CASE WHEN n.nspname = 'pg_catalog' THEN 's' ELSE 'o' END, p.provolatile = 'v',
  n.nspname <> 'pg_catalog', ''
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
WHERE o.oprname = ANY ($3::name[])
UNION ALL
SELECT 't', t.typname::text, n.nspname::text, CASE WHEN n.nspname = 'pg_catalog' THEN 's' ELSE 'o' END,
  EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.oid IN (t.typinput, t.typoutput) AND p.provolatile = 'v') OR
  EXISTS (SELECT FROM pg_catalog.pg_cast c JOIN pg_catalog.pg_proc p ON p.oid = c.castfunc WHERE p.provolatile = 'v' AND
    (c.casttarget = t.oid OR c.castsource = t.oid)),
  n.nspname <> 'pg_catalog',
  coalesce((SELECT 'SELECT ' || pg_catalog.string_agg(pg_catalog.pg_get_expr(c.conbin, 0), ', ') FROM pg_catalog.pg_constraint c
    WHERE c.contypid = t.oid AND c.conbin IS NOT NULL), '')
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = ANY ($4::name[])
UNION ALL
SELECT 'r', c.relname::text, n.nspname::text, CASE WHEN n.nspname IN ('pg_catalog', 'information_schema') THEN 's' ELSE 'o' END,
  c.relhastriggers OR c.relhasrules OR c.relchecks > 0 OR EXISTS (SELECT FROM pg_catalog.pg_attrdef d WHERE d.adrelid = c.oid),
  c.relkind = 'f',
  CASE WHEN n.nspname IN ('pg_catalog', 'information_schema') THEN '' WHEN c.relkind = 'v' THEN pg_catalog.pg_get_viewdef(c.oid)
    WHEN c.relrowsecurity THEN coalesce((SELECT 'SELECT ' || pg_catalog.string_agg(pg_catalog.pg_get_expr(p.polqual, p.polrelid), ', ')
      FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND p.polqual IS NOT NULL AND p.polcmd IN ('*', 'r')), '') ELSE '' END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = ANY ($5::name[]) AND c.relkind IN ('r', 'v', 'm', 'f', 'p', 'S', 't')
) AS meanings)";

std::vector<CatalogNames::Key> CatalogNames::keys_of(const Names& names) {
  std::vector<Key> keys;
  for (const auto& [schema, name] : names.functions) keys.emplace_back(Kind::function, name);
  for (const auto& name : names.attributes) keys.emplace_back(Kind::attribute, name);
  for (const auto& [schema, name] : names.operators)
    if (schema != "pg_catalog") keys.emplace_back(Kind::operation, name);
  for (const auto& [schema, name] : names.types)
    if (schema != "pg_catalog") keys.emplace_back(Kind::type, name);
  for (const auto& [schema, name] : names.relations)
    if (schema != "pg_catalog" && schema != "information_schema") keys.emplace_back(Kind::relation, name);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

std::vector<CatalogNames::Key> CatalogNames::look_up(const std::vector<Key>& keys, Meanings& known) const {
  std::vector<Key> unknown;
  const auto now = kit::now_ns();
  const std::lock_guard lock(mutex_);
  for (const auto& key : keys) {
    const auto entry = entries_.find(key);
    if (entry == entries_.end() || entry->second.until_ns <= now)
      unknown.push_back(key);
    else
      known[key] = entry->second.meanings;
  }
  return unknown;
}

void CatalogNames::learn(const std::vector<Key>& asked, const Meanings& answer, std::uint64_t epoch) {
  const auto until = kit::now_ns() + kKeptNs;
  const std::lock_guard lock(mutex_);
  if (epoch != epoch_) return;
  for (const auto& key : asked) {
    const auto found = answer.find(key);
    // A function that is missing may be made soon; a column's name is mostly that of no function.
    if (found == answer.end() && key.first == Kind::function) continue;
    if (entries_.size() >= kMostEntries || bytes_ >= kMostBytes) {
      entries_.clear();
      bytes_ = 0;
    }
    auto& entry = entries_[key];
    entry = {found == answer.end() ? std::vector<NameMeaning>() : found->second, until};
    bytes_ += key.second.size();
    for (const auto& meaning : entry.meanings) bytes_ += meaning.text.size() + meaning.schema.size();
  }
}

void CatalogNames::forget() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
  bytes_ = 0;
  ++epoch_;
}

namespace {

kit::Failure refused(const std::string& what, const std::string& name) {
  return kit::fail(DBMUX_E_READ_ONLY, what).object(name);
}

bool allowed(const std::vector<std::string>& list, const std::string& schema, const std::string& name) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& one) { return one == name || one == schema + "." + name; });
}

bool harmless(const std::string& name, const NameMeaning& m) {
  return !m.is_volatile || (m.origin == NameMeaning::Origin::system && is_harmless_built_in(name)) ||
         (m.origin == NameMeaning::Origin::extension && is_harmless_of_extension(name));
}

// In the body of a function, as far as its words tell.
bool calls_acting(std::string_view body) {
  Tokens tokens(body);
  bool acting = false;
  for (auto token = tokens.next(); token.kind != Token::Kind::end && token.kind != Token::Kind::broken;
       token = tokens.next()) {
    if (acting && token.is_symbol('(')) return true;
    acting = (token.kind == Token::Kind::word || token.kind == Token::Kind::name) &&
             acts_outside(unquoted(token.text));
  }
  return false;
}

class Judge {
 public:
  Judge(const CatalogNames::Meanings& meanings, const std::vector<std::string>& allowed_functions)
      : meanings_(meanings), allowed_functions_(allowed_functions) {}

  Reach of(const Names& names) {
    for (const auto& name : names.functions) function(name);
    for (const auto& name : names.attributes)
      each(Kind::attribute, {"", name}, [&](const NameMeaning& m) {
        if (!allowed(allowed_functions_, m.schema, name))
          refuse("the function " + name + ", which may be called like a column, is declared VOLATILE", name);
      });
    for (const auto& name : names.operators) operation(name);
    for (const auto& name : names.types)
      each(Kind::type, name, [&](const NameMeaning& m) {
        if (m.is_volatile)
          refuse("casts of the type " + name.second + " call a VOLATILE function", name.second);
        further(m);
      });
    for (const auto& name : names.relations)
      each(Kind::relation, name, [&](const NameMeaning& m) {
        reach_.writing_reaches_further = reach_.writing_reaches_further || m.is_volatile;
        further(m);
      });
    return std::move(reach_);
  }

 private:
  template <class Act>
  bool each(Kind kind, const QualifiedName& name, const Act& act) {
    const auto found = meanings_.find({kind, name.second});
    bool any = false;
    if (found == meanings_.end()) return any;
    for (const auto& meaning : found->second)
      if (name.first.empty() || name.first == meaning.schema) {
        any = true;
        act(meaning);
      }
    return any;
  }

  void refuse(const std::string& what, const std::string& name) {
    if (reach_.only_reads) reach_.only_reads = refused(what, name);
  }

  void further(const NameMeaning& meaning) {
    reach_.lists_all = reach_.lists_all && !meaning.reaches_further;
    if (!meaning.text.empty()) reach_.texts.push_back(meaning.text);
  }

  void function(const QualifiedName& name) {
    if (acts_outside(name.second))
      refuse("the function " + name.second + " acts outside the transaction", name.second);
    const bool known = each(Kind::function, name, [&](const NameMeaning& m) {
      if (!harmless(name.second, m) && !allowed(allowed_functions_, m.schema, name.second))
        refuse("the function " + name.second + " is declared VOLATILE: it may change data", name.second);
      if (calls_acting(m.text))
        refuse("the function " + name.second + " calls one that acts outside the transaction", name.second);
      reach_.lists_all = reach_.lists_all && !m.reaches_further;
    });
    if (!known) reach_.lists_all = false;
  }

  void operation(const QualifiedName& name) {
    const auto found = meanings_.find({Kind::operation, name.second});
    if (found == meanings_.end()) return;
    const bool built_in = name.first.empty() &&
                          std::any_of(found->second.begin(), found->second.end(), [](const NameMeaning& m) {
                            return m.origin == NameMeaning::Origin::system;
                          });
    each(Kind::operation, name, [&](const NameMeaning& m) {
      further(m);
      if (m.is_volatile && !built_in)
        refuse("the operator " + name.second + " calls a VOLATILE function", name.second);
    });
  }

  const CatalogNames::Meanings& meanings_;
  const std::vector<std::string>& allowed_functions_;
  Reach reach_;
};

}  // namespace

Reach reach_of(const Names& names, const CatalogNames::Meanings& meanings,
               const std::vector<std::string>& allowed_functions) {
  return Judge(meanings, allowed_functions).of(names);
}

}  // namespace dbmux::postgres

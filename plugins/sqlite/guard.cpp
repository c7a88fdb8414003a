#include "guard.hpp"

#include "allow_list.hpp"
#include "sql_text.hpp"

namespace dbmux::sqlite {

namespace {

std::string_view text_of(const char* s) { return s ? s : ""; }

bool is_schema_change(int action) {
  switch (action) {
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_CREATE_TEMP_VIEW:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_CREATE_VIEW:
    case SQLITE_CREATE_VTABLE:
    case SQLITE_DROP_INDEX:
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_TEMP_INDEX:
    case SQLITE_DROP_TEMP_TABLE:
    case SQLITE_DROP_TEMP_TRIGGER:
    case SQLITE_DROP_TEMP_VIEW:
    case SQLITE_DROP_TRIGGER:
    case SQLITE_DROP_VIEW:
    case SQLITE_DROP_VTABLE:
    case SQLITE_ALTER_TABLE:
      return true;
    default:
      return false;
  }
}

bool is_row_change(int action) {
  return action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE;
}

std::string_view verb_of(int action) {
  switch (action) {
    case SQLITE_INSERT:
      return "INSERT";
    case SQLITE_UPDATE:
      return "UPDATE";
    case SQLITE_DELETE:
      return "DELETE";
    default:
      return "the statement";
  }
}

}  // namespace

void Guard::attach(sqlite3* db) { sqlite3_set_authorizer(db, on_action, this); }

void Guard::start_compiling(Mode mode) {
  mode_ = mode;
  compiling_ = true;
  seen_ = {};
  uses_.clear();
  refused_action_ = 0;
}

int Guard::on_action(void* self, int action, const char* a, const char* b, const char* schema,
                     const char* by) {
  try {
    return static_cast<Guard*>(self)->decide(action, a, b, schema, by);
  } catch (...) {
    return SQLITE_DENY;
  }
}

int Guard::decide(int action, const char* a, const char* b, const char* schema, const char* by) {
  if (mode_ == Mode::trusted) return SQLITE_OK;
  if (!compiling_) return while_running(action, a, b);
  if (mode_ == Mode::recording) record(action, a, b, schema);
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      if (equal_ignoring_case(text_of(b), "last_insert_rowid")) seen_.last_insert_rowid = true;
      return function_refused(text_of(b)) && mode_ != Mode::recording ? refuse(action, b) : SQLITE_OK;
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      return row_change(action, a, by);
    case SQLITE_PRAGMA:
      return pragma(a, b);
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
      seen_.transaction = true;
      return mode_ == Mode::recording ? SQLITE_OK : refuse(action, a);
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
      seen_.admin = true;
      return mode_ == Mode::recording ? SQLITE_OK : refuse(action, a);
    case SQLITE_ANALYZE:
    case SQLITE_REINDEX:
      seen_.admin = true;
      return mode_ == Mode::reading ? refuse(action, a) : SQLITE_OK;
    default:
      break;
  }
  if (!is_schema_change(action)) return refuse(action, a);
  seen_.schema = true;
  if (text_of(action == SQLITE_ALTER_TABLE ? a : schema) == "temp") seen_.session = true;
  return mode_ == Mode::reading ? refuse(action, a) : SQLITE_OK;
}

int Guard::while_running(int action, const char* a, const char* b) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      return function_refused(text_of(b)) ? refuse(action, b) : SQLITE_OK;
    // The text was let through as one that only reads: these are a virtual table's own.
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      return SQLITE_OK;
    // Of a pragma_ table, whose argument is known only now.
    case SQLITE_PRAGMA:
      return pragma_effect(text_of(a), b) == PragmaEffect::reads ? SQLITE_OK : refuse(action, a);
    // VACUUM attaches a nameless file; VACUUM INTO one with a name.
    case SQLITE_ATTACH:
      return mode_ == Mode::writing && text_of(a).empty() ? SQLITE_OK : refuse(action, a);
    default:
      return mode_ == Mode::writing ? SQLITE_OK : refuse(action, a);
  }
}

int Guard::row_change(int action, const char* table, const char* by) {
  if (mode_ == Mode::reading) return refuse(action, table);
  if (by || text_of(table).starts_with("sqlite_")) return SQLITE_OK;
  if (action == SQLITE_INSERT) seen_.insert = true;
  if (action == SQLITE_UPDATE) seen_.update = true;
  if (action == SQLITE_DELETE) seen_.remove = true;
  return SQLITE_OK;
}

int Guard::pragma(const char* name, const char* argument) {
  seen_.pragma = true;
  const auto effect = pragma_effect(text_of(name), argument);
  if (effect == PragmaEffect::reads) return SQLITE_OK;
  if (effect == PragmaEffect::session) seen_.session = true;
  if (effect != PragmaEffect::session) seen_.admin = true;
  return effect != PragmaEffect::refused && mode_ == Mode::writing ? SQLITE_OK : refuse(SQLITE_PRAGMA, name);
}

int Guard::refuse(int action, const char* name) {
  if (refused_action_ == 0) {
    refused_action_ = action;
    refused_name_ = text_of(name);
  }
  return SQLITE_DENY;
}

void Guard::record(int action, const char* a, const char* b, const char* schema) {
  std::uint32_t how = 0;
  Use use{std::string(text_of(schema)), std::string(text_of(a)), {}, 0};
  if (action == SQLITE_READ) {
    how = DBMUX_USE_READ;
    use.column = text_of(b);
  } else if (action == SQLITE_FUNCTION) {
    how = DBMUX_USE_CALL;
    use.schema.clear();
    use.name = text_of(b);
  } else if (is_row_change(action)) {
    how = DBMUX_USE_WRITE;
    if (action == SQLITE_UPDATE) use.column = text_of(b);
  } else if (action == SQLITE_ALTER_TABLE) {
    how = DBMUX_USE_WRITE;
    use.schema = text_of(a);
    use.name = text_of(b);
  } else if (is_schema_change(action)) {
    how = DBMUX_USE_WRITE;
  }
  if (how == 0) return;
  for (auto& known : uses_)
    if (known.schema == use.schema && known.name == use.name && known.column == use.column) {
      known.how |= how;
      return;
    }
  use.how = how;
  uses_.push_back(std::move(use));
}

kit::Failure Guard::refusal(std::string_view statement) const {
  const auto category = mode_ == Mode::reading ? DBMUX_E_READ_ONLY : DBMUX_E_DENIED;
  auto verb = statement_verb(statement);
  const auto begins = [&](std::string_view word) { return verb.starts_with(word); };
  if (refused_action_ == SQLITE_FUNCTION)
    return kit::fail(category, refused_name_ + "() reaches outside the database").object(refused_name_);
  if (refused_action_ == SQLITE_PRAGMA) {
    const bool changes = pragma_effect(refused_name_, nullptr) != PragmaEffect::refused;
    return kit::fail(category, "PRAGMA " + refused_name_ +
                                   (changes ? " would change the database or the session"
                                            : " is not one of those that are safe here"))
        .object(refused_name_);
  }
  const bool opens = verb == "BEGIN" || verb == "SAVEPOINT";
  if (opens || verb == "COMMIT" || verb == "END" || verb == "ROLLBACK" || verb == "RELEASE") {
    return kit::fail(mode_ == Mode::reading ? DBMUX_E_READ_ONLY : DBMUX_E_UNSUPPORTED,
                     verb + (opens ? " would open a transaction" : " would end a transaction"));
  }
  if (begins("CREATE") || begins("DROP") || begins("ALTER"))
    return kit::fail(category, verb + " would change the schema");
  if (begins("ATTACH") || begins("DETACH"))
    return kit::fail(category, verb + " would change which files are open");
  if (begins("VACUUM") && mode_ != Mode::reading)
    return kit::fail(category, "VACUUM INTO would write another file");
  if (begins("VACUUM") || begins("REINDEX") || begins("ANALYZE"))
    return kit::fail(category, verb + " would rewrite parts of the file");
  if (verb.empty() || verb == "SELECT" || verb == "VALUES") verb = verb_of(refused_action_);
  return kit::fail(category, verb + " would change data");
}

}  // namespace dbmux::sqlite

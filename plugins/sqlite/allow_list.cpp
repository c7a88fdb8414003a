#include "allow_list.hpp"

#include <algorithm>
#include <array>

#include "sql_text.hpp"

namespace dbmux::sqlite {

namespace {

template <std::size_t N>
bool listed(const std::array<std::string_view, N>& list, std::string_view name) {
  return std::any_of(list.begin(), list.end(), [&](auto entry) { return equal_ignoring_case(entry, name); });
}

// Their argument names an object or bounds a list.
constexpr std::array<std::string_view, 10> kReadsWithArgument{
    "table_info",  "table_xinfo",      "table_list",        "index_list",      "index_info",
    "index_xinfo", "foreign_key_list", "foreign_key_check", "integrity_check", "quick_check"};

constexpr std::array<std::string_view, 29> kReadsWithoutArgument{
    "analysis_limit", "application_id",  "auto_vacuum",        "busy_timeout",      "cache_size",
    "collation_list", "compile_options", "data_version",       "database_list",     "encoding",
    "foreign_keys",   "freelist_count",  "function_list",      "journal_mode",      "journal_size_limit",
    "locking_mode",   "max_page_count",  "module_list",        "page_count",        "page_size",
    "pragma_list",    "query_only",      "recursive_triggers", "schema_version",    "secure_delete",
    "synchronous",    "temp_store",      "user_version",       "wal_autocheckpoint"};

constexpr std::array<std::string_view, 8> kWrites{"application_id",     "auto_vacuum",   "encoding",
                                                  "incremental_vacuum", "optimize",      "page_size",
                                                  "user_version",       "wal_checkpoint"};

constexpr std::array<std::string_view, 6> kSession{"analysis_limit",      "cache_size",
                                                   "case_sensitive_like", "foreign_keys",
                                                   "recursive_triggers",  "defer_foreign_keys"};

// The two journals that survive a crash.
constexpr std::array<std::string_view, 4> kSafeJournals{"wal", "delete", "truncate", "persist"};

constexpr std::array<std::string_view, 8> kRefusedFunctions{
    "load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "fsdir", "sqlite_log", "zipfile"};

}  // namespace

const char* const kBuiltInTables[] = {"json_each",
                                      "json_tree",
                                      "dbstat",
                                      "pragma_table_info",
                                      "pragma_table_xinfo",
                                      "pragma_table_list",
                                      "pragma_index_list",
                                      "pragma_index_info",
                                      "pragma_index_xinfo",
                                      "pragma_foreign_key_list",
                                      "pragma_foreign_key_check",
                                      "pragma_integrity_check",
                                      "pragma_quick_check",
                                      "pragma_database_list",
                                      "pragma_function_list",
                                      "pragma_module_list",
                                      "pragma_pragma_list",
                                      "pragma_collation_list",
                                      "pragma_compile_options",
                                      "pragma_encoding",
                                      "pragma_page_count",
                                      "pragma_page_size",
                                      "pragma_freelist_count",
                                      "pragma_journal_mode",
                                      "pragma_user_version",
                                      "pragma_schema_version",
                                      "pragma_application_id",
                                      nullptr};

PragmaEffect pragma_effect(std::string_view name, const char* argument) {
  if (listed(kReadsWithArgument, name)) return PragmaEffect::reads;
  if (!argument && listed(kReadsWithoutArgument, name)) return PragmaEffect::reads;
  if (listed(kWrites, name)) return PragmaEffect::writes;
  if (listed(kSession, name)) return PragmaEffect::session;
  if (equal_ignoring_case(name, "journal_mode") && argument && listed(kSafeJournals, argument))
    return PragmaEffect::writes;
  return PragmaEffect::refused;
}

bool function_refused(std::string_view name) { return listed(kRefusedFunctions, name); }

}  // namespace dbmux::sqlite

#pragma once
// Which PRAGMAs and functions a statement may use. Names are compared ignoring case.
#include <string_view>

namespace dbmux::sqlite {

enum class PragmaEffect {
  refused,
  reads,    // the catalogue, the header, a setting
  writes,   // the database; only where data may be changed
  session,  // a setting of this session; only where data may be changed, and the session is then not reused
};

// argument: the text behind "=" or in parentheses; nullptr without one.
PragmaEffect pragma_effect(std::string_view name, const char* argument);

// Tables that are there without having been created, and that only read. Ended by a nullptr.
extern const char* const kBuiltInTables[];

// Functions that reach outside the database or hand out pointers.
bool function_refused(std::string_view name);

}  // namespace dbmux::sqlite

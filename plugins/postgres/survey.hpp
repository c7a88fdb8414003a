#pragma once
// What a statement is and names, read from its whole tree: the FROM clauses, what they call, WITH,
// sub-selects and all the rest. What the names stand for, the catalog knows.
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dbmux/kit.hpp"

namespace dbmux::postgres {

// Schema, "" where none is written, and name.
using QualifiedName = std::pair<std::string, std::string>;

struct Names {
  std::set<QualifiedName> functions;
  std::set<std::string> attributes;  // t.name may call name(t)
  std::set<QualifiedName> operators, types, relations;
};

struct TableUse {
  QualifiedName object;
  std::string column;     // "": any of it
  std::uint32_t how = 0;  // DBMUX_USE_
  auto operator<=>(const TableUse&) const = default;
};

struct Survey {
  std::int32_t statement_class = DBMUX_CLASS_UNKNOWN;
  // Why it does not only read.
  struct Objection {
    dbmux_status category = DBMUX_E_READ_ONLY;
    std::string message;      // "": the statement is of another kind
    std::int32_t offset = 0;  // bytes
  };
  std::optional<Objection> objection;
  Names names;
  std::set<TableUse> uses;
  bool lists_all = true;  // nothing but what uses says, once the names are known to be harmless

  // invalid: none or more than one statement. not_understood: as ParseTree::of().
  static kit::Result<Survey> of(const std::string& text);
};

}  // namespace dbmux::postgres

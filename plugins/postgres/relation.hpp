#pragma once
// What must be known of one table or view to read it page by page.
#include <string>
#include <vector>

#include "dbmux/kit.hpp"

namespace dbmux::postgres {

class Connection;

struct Relation {
  std::string schema, name;
  std::vector<std::string> columns;
  std::vector<std::string> key;  // the primary key, else a unique one without NULLs; empty: there is none
  bool has_places = false;       // ctid is unique, and a scan without an order goes by it

  std::string quoted() const;  // schema and name, as a statement names it
};

// not_found with the name, where there is none. Without a schema: as statements find it.
kit::Result<Relation> find_relation(Connection&, const dbmux_object&);
struct Estimate {
  std::int64_t rows = -1;  // the planner's, for the size that it has now; -1 unknown
  std::string relation;    // quoted, with its schema
};
kit::Result<Estimate> estimate_of(Connection&, const dbmux_object&);

}  // namespace dbmux::postgres

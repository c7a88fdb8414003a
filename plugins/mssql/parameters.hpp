#pragma once
// A statement's parameters as those of sp_executesql.
#include <sybdb.h>
#include <sybfront.h>

#include <deque>
#include <string>
#include <vector>

#include "dbmux/kit.hpp"

namespace dbmux::mssql {

class Parameters {
 public:
  // invalid: a name or number that the text does not use, a value that the server has not, a type that is not
  // a type's name.
  static kit::Result<Parameters> from(const dbmux_request&);

  bool empty() const { return definitions_.empty(); }
  // What goes before the statement, on its first line: values that the library cannot send.
  const std::string& declarations() const { return declarations_; }
  // Sends sp_executesql with the statement; FAIL as the library does.
  RETCODE send(DBPROCESS*, const std::string& statement);

 private:
  struct Bound {
    std::string name;
    int type = 0;  // SYB…
    std::string bytes;
    bool null = false;
  };
  kit::Status add(const std::string& name, const dbmux_param&);
  void declare(const std::string& name, const std::string& type, const char* value);
  void define(const std::string& name, const std::string& type, Bound);

  std::string definitions_;  // "@p1 bigint, @p2 nvarchar(max)"
  std::string declarations_;
  std::deque<Bound> bound_;
};

}  // namespace dbmux::mssql

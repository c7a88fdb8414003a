#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

// The two forms of an answer: an array of objects, or the columns once and an array a row.
enum class Shape { kObjects, kColumns };

inline constexpr Shape kShapes[] = {Shape::kObjects, Shape::kColumns};

const char* shape_name(Shape shape);

// One of the programs that are compared, and how to ask it.
class Server {
 public:
  // The C program with nothing between the pipe and the client library. `database` is
  // what it takes as the address: a file, or libpq's connection string.
  static Server yardstick(std::string name, std::string program, std::string database);
  static Server dbmux(std::string program, std::string profile);

  const std::string& name() const { return name_; }
  bool is_dbmux() const { return is_dbmux_; }
  std::vector<std::string> command(Shape shape) const;
  // One call from the command line that prints a row a line; of dbmux only.
  std::vector<std::string> shell_command(const std::string& sql, long rows) const;
  // One line; `sql` needs no JSON escapes. `rows` is what the answer will hold.
  std::string call(Shape shape, std::int64_t id, const std::string& sql, long rows) const;

 private:
  Server(std::string name, std::string program, std::string file, bool is_dbmux);

  std::string name_;
  std::string program_;
  std::string file_;  // database of a yardstick, profile of dbmux
  bool is_dbmux_;
};

// SELECT of the one order that the n-th call asks for: spread over the whole table, the same for every
// server.
std::string one_row_sql(std::int64_t n);
std::string many_rows_sql(long rows);

}  // namespace bench

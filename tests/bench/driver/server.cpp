#include "server.hpp"

#include <utility>

namespace bench {

const char* shape_name(Shape shape) { return shape == Shape::kObjects ? "objects" : "columns"; }

Server::Server(std::string name, std::string program, std::string file, bool is_dbmux)
    : name_(std::move(name)), program_(std::move(program)), file_(std::move(file)), is_dbmux_(is_dbmux) {}

Server Server::yardstick(std::string name, std::string program, std::string database) {
  return {std::move(name), std::move(program), std::move(database), false};
}

Server Server::dbmux(std::string program, std::string profile) {
  return {"dbmux", std::move(program), std::move(profile), true};
}

std::vector<std::string> Server::command(Shape shape) const {
  if (is_dbmux_) return {program_, "--stdio", "--profile", file_};
  return {program_, file_, shape_name(shape)};
}

std::vector<std::string> Server::shell_command(const std::string& sql, long rows) const {
  return {program_,
          "call",
          "execute_query",
          "--profile",
          file_,
          "--format",
          "ndjson",
          "--arg",
          "query=" + sql,
          "--arg",
          "limit=" + std::to_string(rows)};
}

std::string Server::call(Shape shape, std::int64_t id, const std::string& sql, long rows) const {
  std::string tool = "q";
  std::string arguments = R"("sql":")" + sql + R"(")";
  if (is_dbmux_) {
    tool = shape == Shape::kObjects ? "execute-query" : "execute_query";
    arguments = R"("query":")" + sql + R"(","limit":)" + std::to_string(rows);
  }
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"tools/call","params":{"name":")" +
         tool + R"(","arguments":{)" + arguments + "}}}\n";
}

std::string one_row_sql(std::int64_t n) {
  return "SELECT * FROM orders WHERE id=" + std::to_string(1 + n * 7919 % 1'000'000);
}

std::string many_rows_sql(long rows) {
  return "SELECT * FROM orders ORDER BY id LIMIT " + std::to_string(rows);
}

}  // namespace bench

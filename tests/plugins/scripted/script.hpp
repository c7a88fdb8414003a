#pragma once
// The language of the scripted plugin (README.md): lines of a word and its argument, or one JSON object a
// result.
#include <dbmux/plugin.h>
#include <rapidjson/document.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scripted {

inline std::string_view view(dbmux_str s) { return {s.ptr, s.ptr ? s.len : 0}; }
inline dbmux_str str(std::string_view s) { return {s.data(), s.size()}; }

inline std::uint32_t when(bool holds, std::uint32_t flag) { return holds ? flag : 0; }

// Fills an error and gives back its status.
dbmux_status fail(dbmux_error*, dbmux_status, std::string_view message, std::uint32_t flags = 0);

struct ScriptError {  // what `error {...}` raises
  dbmux_status status = DBMUX_E_INTERNAL;
  std::uint32_t flags = 0;
  std::int32_t position = 0, line = 0, severity = 0;
  std::int64_t native_code = 0;
  std::string sqlstate{}, object{}, message{}, detail{}, hint{};

  dbmux_status raise(dbmux_error*) const;
};

struct Step {
  std::string word;      // "result" for a JSON line
  std::string argument;  // the rest of the line
};

std::vector<Step> parse_script(std::string_view text);
std::optional<ScriptError> parse_error(std::string_view json);  // nullopt: not JSON of that shape
std::int64_t number(std::string_view text, std::int64_t otherwise);
std::string_view next_word(std::string_view& rest);
std::string to_text(const rapidjson::Value&);

// The cells of one batch and the bytes that they point at.
class Cells {
 public:
  explicit Cells(std::uint32_t max_cell_bytes) : max_(max_cell_bytes) {}
  void clear() { values_.clear(), bytes_.clear(); }
  void null() { values_.push_back({}); }
  void i64(std::int64_t, int kind = DBMUX_I64);
  void f64(double);
  void text(int kind, std::string, std::uint8_t flags = 0);  // every kind behind a pointer
  void raw(const dbmux_value&);                              // copies what it points at
  const std::vector<dbmux_value>& values() const { return values_; }

 private:
  std::uint32_t max_;
  std::vector<dbmux_value> values_;
  std::deque<std::string> bytes_;
};

struct ColumnSpec {
  std::string name{}, type = "text", origin{};
  std::int32_t kind = DBMUX_TEXT, nullable = -1;
};

struct Result {
  std::vector<ColumnSpec> columns;
  std::int64_t rows = 0;
  std::function<void(std::int64_t row, Cells&)> fill;  // appends one cell a column
  std::int64_t row_delay_ms = 0;
  std::int64_t affected = -1;
  std::optional<std::int64_t> insert_id;
  std::uint32_t enforced_by = 0;
  std::string next;
  std::string then;  // a script that runs when the rows are used up
};

struct StoredParam {
  std::string name, type, bytes;
  dbmux_value value{};
};
std::vector<StoredParam> stored(const dbmux_param*, std::size_t n);
std::string describe(const dbmux_value&);  // for echoes: the value as text

// A JSON line; its cells may name parameters. The message of a failure is in `problem`.
std::optional<Result> parse_result(const std::string& json, const std::vector<StoredParam>&,
                                   std::string& problem);

}  // namespace scripted

#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace bench {

struct Answer {
  std::int64_t id;
  std::string_view text;  // the first text content, unescaped in place
};

// Parses the whole of a JSON-RPC answer, in place; `line` ends with a zero byte. Anything but the successful
// answer of a tool call fails the run.
Answer parse_answer(char* line);

// Fails the run when `line` is not a JSON-RPC answer with a result.
void check_success(char* line);

// SHA-256 over the texts of some answers in the order of their ids.
class Digest {
 public:
  void add(char* line);
  std::string hex() const;
  // The same bytes into a new file.
  void save(const std::string& path) const;

 private:
  std::map<std::int64_t, std::string_view> texts_;
};

}  // namespace bench

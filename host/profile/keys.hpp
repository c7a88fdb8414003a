#pragma once
// The keys of a profile in one table: files are checked against it, and the JSON Schema for editors is made
// of it.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dbmux {

enum class KeyType {
  text,
  boolean,
  integer,  // lowest to highest
  number,
  bound,           // a number above 0, or none
  duration,        // 30s
  duration_range,  // 200ms..5s
  count,           // an integer from 1, or none
  size,            // 4KiB, or none
  one_of,          // allowed
  texts,           // a list of texts, or one; of allowed, where there are such
  tools,           // allowed, or a list of texts
  tls,             // allowed, or a section
  section,         // keys
  sections,        // a list of maps with keys
  named,           // a map from names to sections with keys
  named_texts,     // a map from names to texts
  value,           // anything
};

struct Key {
  std::string_view name;  // in snake_case
  KeyType type;
  std::string_view description;
  std::span<const std::string_view> allowed = {};
  std::span<const Key> keys = {};
  std::int64_t lowest = 1, highest = 1'000'000'000;
  // A key that is not built is checked and then refused, unless its value asks for nothing beyond what is
  // done today.
  bool built = true;
  std::string_view harmless = "false";
  std::string_view alias = {};  // a second name
  bool open = false;            // other keys belong to the plugin
};

std::span<const Key> profile_keys();  // of the whole file
std::span<const Key>
connection_keys();                 // the host's own in a connection; any other is an option of its plugin
std::span<const Key> tool_keys();  // of a tool of the operator's own

std::string snake_case(std::string_view);  // poolSize -> pool_size
std::string camel_case(std::string_view);  // pool_size -> poolSize
// The key that is meant by a name in either spelling, or nullptr.
const Key* find_key(std::span<const Key>, std::string_view written);

// "unknown key; did you mean 'access'? (read-only, confirm, read-write)"; without a near name what there is.
struct Candidate {
  std::string name;
  std::string allowed;  // "read-only, confirm, read-write"
};
std::string unknown_key(std::string_view written, std::span<const Candidate>);
std::vector<Candidate> candidates(std::span<const Key>);

}  // namespace dbmux

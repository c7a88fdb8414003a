#pragma once
// YAML text as a tree with places. Stricter than the library below it: no merge keys, no tags, keys are text,
// one document, bounded size, depth and node count (aliases are copied, and each copy counts).
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profile/problem.hpp"

namespace dbmux {

struct Node {
  enum class Kind { null, scalar, list, map };
  struct Entry;

  Kind kind = Kind::null;
  bool plain = false;        // a scalar without quotes: typed by its text
  bool expanded = false;     // a variable was filled in
  bool missing = false;      // a scalar whose variable is not set
  int line = 0, column = 0;  // 1-based
  std::string text;
  std::vector<Node> items;
  std::vector<Entry> entries;  // of a map, in order; doubled keys are still there
};

struct Node::Entry {
  std::string key;
  int line = 0, column = 0;
  Node value;
};

inline constexpr std::size_t kYamlBytes = std::size_t{1} << 20;
inline constexpr std::size_t kYamlNodes = 20'000;
inline constexpr std::size_t kYamlDepth = 32;

// nullopt: one problem was appended. file names the text in marks.
std::optional<Node> parse_yaml(std::string_view text, const std::string& file, std::vector<Problem>&);

}  // namespace dbmux

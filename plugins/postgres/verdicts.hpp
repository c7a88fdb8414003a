#pragma once
// Reading statements that were found to read, kept by their text for all sessions of a source: reading one
// takes longer than sending it. Texts that differ in their numbers only share a verdict. [any]
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "guard.hpp"

namespace dbmux::postgres {

struct Verdict {
  Outline outline;
  bool by_parser = false;
  std::uint64_t epoch = 0;  // of the names that it rests on
  std::int64_t until_ns = 0;
};

// What texts with the same verdict have in common: numbers that stand alone are 0. Only of a text that begins
// with SELECT or WITH (what EXPLAIN does may hang on a number) and quotes no name, since digits may be part
// of one; any other is its own key.
std::string verdict_key(std::string_view text);

class Verdicts {
 public:
  // Null when there is none that is still good.
  std::shared_ptr<const Verdict> find(std::string_view text, std::uint64_t epoch);
  void keep(std::string_view text, std::shared_ptr<const Verdict>);

 private:
  static constexpr std::size_t kMost = 256, kLongestText = 8192;
  struct Entry {
    std::string key;
    std::shared_ptr<const Verdict> verdict;
  };
  std::mutex mutex_;
  std::list<Entry> entries_;  // the last used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
};

}  // namespace dbmux::postgres

#pragma once
// What the server's catalog says of names, kept for a while, for all sessions of a source. [any]
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dbmux/kit.hpp"
#include "survey.hpp"

namespace dbmux::postgres {

// One thing that a name may stand for.
struct NameMeaning {
  enum class Origin { system, extension, own };
  std::string schema;
  Origin origin = Origin::own;
  bool is_volatile = false;      // of a relation: who writes to it sets off triggers, rules, defaults
  bool reaches_further = false;  // does what no text says
  std::string
      text;  // what is behind it, as a statement: of a view, a domain, a policy; the body of a function
};

class CatalogNames {
 public:
  enum class Kind : char { function = 'f', attribute = 'a', operation = 'o', type = 't', relation = 'r' };
  using Key = std::pair<Kind, std::string>;
  using Meanings = std::map<Key, std::vector<NameMeaning>>;

  // Columns kind, name, schema, origin, volatile, further, text; $1 to $5 are arrays of names, by kind.
  static const char* const kQuestion;

  static std::vector<Key> keys_of(const Names&);
  // What is known and fresh of these, the others behind it.
  std::vector<Key> look_up(const std::vector<Key>&, Meanings& known) const;
  // epoch: as it was when the server was asked.
  void learn(const std::vector<Key>& asked, const Meanings&, std::uint64_t epoch);
  // The catalog may have changed.
  void forget();
  std::uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }

  static constexpr std::int64_t kKeptNs = 60'000'000'000;

 private:
  struct Entry {
    std::vector<NameMeaning> meanings;
    std::int64_t until_ns = 0;
  };
  mutable std::mutex mutex_;
  std::map<Key, Entry> entries_;
  std::size_t bytes_ = 0;
  std::atomic<std::uint64_t> epoch_ = 1;
};

// What the names of a statement can do, in the light of what they stand for.
struct Reach {
  kit::Status only_reads;
  bool lists_all = true, writing_reaches_further = false;
  std::set<TableUse> uses;         // of these texts
  std::vector<std::string> texts;  // of views and the like, which are to be read as well
};
Reach reach_of(const Names&, const CatalogNames::Meanings&,
               const std::vector<std::string>& allowed_functions);

}  // namespace dbmux::postgres

#pragma once
// Kept results as tables, for statements over them: a database in a private folder, one a principal, made by
// the first installed plugin that says how it makes one (x-dbmux-scratch) and takes rows (dbmux.load/1).
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "connections/registry.hpp"
#include "results/continuations.hpp"
#include "results/private_folder.hpp"

namespace dbmux {

inline constexpr std::string_view kResultsName = "results";  // as a connectionId

class ResultDatabases {
 public:
  ResultDatabases() = default;
  ResultDatabases(const ResultDatabases&) = delete;
  ResultDatabases& operator=(const ResultDatabases&) = delete;

  // Read-only. like: timeouts and limits; the registry outlives this. unsupported: no plugin can. Makes files
  // only when something is loaded.
  Result<std::shared_ptr<Connection>> connection(Registry&, const Principal&, const ConnectionProfile& like);

  // Makes the tables of `wanted` that are not there yet, and drops those of results that are not in `living`.
  // Waits for another call of the principal that does the same. After connection().
  Result<void> load(Call&, std::span<const NamedRows> wanted, std::span<const NamedRows> living);

  // Before a process is left by _exit: nothing is asked of this afterwards.
  void remove_files();

 private:
  struct Database {
    std::shared_ptr<Connection> reader, writer;
    std::mutex loading;
    std::set<std::string> tables;  // with `loading`
  };
  Result<std::shared_ptr<Database>> open(Registry&, const ConnectionProfile& like);
  static Result<void> fill(Call&, Database&, const NamedRows&, double before);

  std::mutex mutex_;
  std::unique_ptr<PrivateFolder> folder_;                       // outlives the databases
  std::map<std::string, std::shared_ptr<Database>> databases_;  // by principal
};

}  // namespace dbmux

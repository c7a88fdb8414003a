#pragma once
// What EXPLAIN says in JSON, as the plan that all engines share.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dbmux/kit.hpp"

namespace dbmux::postgres {

// A table that a plan reads, and what is known of it.
struct PlanTable {
  std::string schema, name;
  double rows = -1;  // -1 unknown
  std::string root;  // of a partition: the partitioned table, as it is shown
};

class Plan {
 public:
  // internal: it is not what EXPLAIN writes.
  static kit::Result<Plan> read(std::string_view json);
  // Of a statement that is not planned.
  static Plan of_command(std::string_view verb);

  std::vector<PlanTable>& tables() { return tables_; }
  // Once the tables are known: what is wrong with each step.
  void judge(std::int64_t work_memory);
  // The cell of dbmux.explain/1.
  std::string to_json() const;

 private:
  struct Node {
    std::string op, object, index, warning, text;
    int depth = 0;
    int parent = -1, table = -1;  // places in the lists
    double cost = 0, rows = 0, width = 0;
    double share = 1;     // of a scan's rows that are read before whoever asks has enough
    bool whole = false;   // nothing tells it which rows to read
    double scanned = -1;  // rows of the object that are read, if that is the whole of it; -1 otherwise
    double actual_rows = -1, loops = 0;
    double disk_kb = 0, batches = 0;
    bool top_rows_only = false;  // of a sort
  };
  struct Reader;

  void count_partitions();
  void judge_scan(Node&) const;
  void judge_memory(Node&, std::int64_t work_memory) const;
  void judge_estimate(Node&) const;

  std::vector<Node> nodes_;
  std::vector<PlanTable> tables_;
  double cost_ = -1, rows_ = -1, ms_ = -1;
  std::string native_;
};

}  // namespace dbmux::postgres

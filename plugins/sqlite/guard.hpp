#pragma once
// The authorizer: what a statement may do, asked by the library while it compiles one, before anything of it
// runs.
#include <sqlite3.h>

#include <string>
#include <string_view>
#include <vector>

#include "dbmux/kit.hpp"

namespace dbmux::sqlite {

class Guard {
 public:
  enum class Mode {
    reading,    // nothing that changes data, schema, session or files
    writing,    // no other files, no foreign code, no transaction control
    recording,  // for analysis: notes everything, and refuses only what acts while it is compiled
    trusted     // our own statements
  };

  // What the statement compiled last would do.
  struct Seen {
    bool insert = false, update = false, remove = false;  // rows of ordinary tables, at the top level
    bool schema = false;                                  // CREATE, DROP, ALTER
    bool pragma = false;
    bool session = false;  // leaves a trace in the session
    bool admin = false;    // ANALYZE, REINDEX, ATTACH, a writing PRAGMA
    bool transaction = false;
    bool last_insert_rowid = false;  // calls the function of that name
  };

  struct Use {
    std::string schema, name, column;
    std::uint32_t how;  // DBMUX_USE_
  };

  // Installs the authorizer; this must outlive the handle.
  void attach(sqlite3* db);

  // One compilation, from start_compiling() to stop_compiling(). Afterwards the library compiles only on
  // behalf of virtual tables (FTS5 and R-Tree keep their rows in ordinary tables) or the same text anew.
  void start_compiling(Mode mode);
  void stop_compiling() { compiling_ = false; }

  const Seen& seen() const { return seen_; }
  std::vector<Use>& uses() { return uses_; }
  Mode mode() const { return mode_; }

  bool refused() const { return refused_action_ != 0; }
  void forget_refusal() { refused_action_ = 0; }
  // Names the action, for the reader of "Refused: … , and the connection is read-only."
  kit::Failure refusal(std::string_view statement) const;

  // Our own statements while it lives.
  class Trust {
   public:
    explicit Trust(Guard& guard) : guard_(guard), before_(guard.mode_) { guard_.mode_ = Mode::trusted; }
    ~Trust() { guard_.mode_ = before_; }
    Trust(const Trust&) = delete;
    Trust& operator=(const Trust&) = delete;

   private:
    Guard& guard_;
    Mode before_;
  };

 private:
  static int on_action(void* self, int action, const char* a, const char* b, const char* schema,
                       const char* by);
  int decide(int action, const char* a, const char* b, const char* schema, const char* by);
  int while_running(int action, const char* a, const char* b);
  int row_change(int action, const char* table, const char* by);
  int pragma(const char* name, const char* argument);
  int refuse(int action, const char* name);
  void record(int action, const char* a, const char* b, const char* schema);

  Mode mode_ = Mode::reading;
  bool compiling_ = false;
  Seen seen_;
  std::vector<Use> uses_;
  int refused_action_ = 0;
  std::string refused_name_;
};

}  // namespace dbmux::sqlite

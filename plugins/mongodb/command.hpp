#pragma once
// One command of a request, made ready to be sent.
#include <cstdint>
#include <string>
#include <string_view>

#include "dbmux/kit.hpp"
#include "handles.hpp"

namespace dbmux::mongodb {

struct Command {
  std::string name;      // its first field
  std::string database;  // its own $db, or the connection's
  Bson document;         // as it is sent, without $db
  bool reads = false;
  bool own_comment = false;  // the caller's, so ours is not in it
  std::string inserted;      // Extended JSON of the one _id that was made for the caller
};

struct Sending {
  std::string_view default_database;
  std::uint32_t batch_rows = 0;       // documents a reply, unless the command says so
  std::int64_t max_time_ms = 0;       // 0 none
  std::string_view comment;           // "" none
  const mongoc_uri_t* uri = nullptr;  // its read and write concern
};

// Checks whom the command belongs to, and with read_only that it only reads.
kit::Result<Command> ready(const Bson& given, bool read_only, const Sending&);

}  // namespace dbmux::mongodb

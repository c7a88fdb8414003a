#pragma once
// The options of one source, as config_schema names them.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dbmux/kit.hpp"
#include "prelude.hpp"

namespace dbmux::postgres {

struct Host {
  std::string name;  // or an address, or the folder of a socket
  std::int64_t port = 0;
  bool is_socket() const { return name.starts_with('/') || name.starts_with('@'); }
};
// "a", "a,b:5433", "[::1]:5432", "/run/postgresql". invalid: an entry that is empty or whose port is none.
kit::Result<std::vector<Host>> hosts_of(std::string_view list, std::int64_t usual_port);

struct Target {
  std::string host;
  std::string address;  // of the host; "" of a socket
  std::int64_t port = 0;
  std::string session_attributes = "any";  // libpq's target_session_attrs
};

// What holds a reading statement.
struct Layers {
  bool words = true, parser = true, names = true, transaction = true, rollback = true, session = true;
};

struct Options {
  std::vector<Host> hosts;  // at least one
  std::string host, database, user;
  std::string password_name;   // of the host's secret; "" none
  std::string ssl = "prefer";  // libpq's sslmode
  std::string ssl_ca;          // a file; "" libpq's default
  std::string application_name = "dbmux";
  std::string session_attributes;  // of several hosts, which may be read from; "" what fits their number
  std::string pooler = "auto";     // or transaction, none
  std::vector<SessionVariable> session;
  std::int64_t port = 5432;
  std::int64_t connect_timeout_s = 10;
  bool keepalives = true;
  bool index_advice = false;
  std::int64_t keepalives_idle_s = 600, keepalives_interval_s = 30, keepalives_count = 3;
  std::int64_t tcp_user_timeout_ms = 0;  // 0: the system's

  bool engine_decides = false;                 // about reading statements that the parser does not know
  std::vector<std::string> allowed_functions;  // that may be called while reading though they are VOLATILE
#ifdef DBMUX_SWITCHABLE_LAYERS
  Layers layers;  // in tests, to show what holds without one of them
#else
  static constexpr Layers layers{};
#endif

  // invalid: a text that holds a NUL.
  static kit::Result<Options> from(std::span<const dbmux_param>);

  // What libpq is told, without the password: keyword and value. settings: server settings of the session,
  // "-c name=value …".
  std::vector<std::pair<const char*, std::string>> keywords(const Target&, std::string settings) const;
};

extern const char* const kConfigSchema;  // JSON Schema with x-dbmux-* keywords

}  // namespace dbmux::postgres

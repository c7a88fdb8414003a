#pragma once
// One session: a client of its own with one socket a server.
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "client.hpp"
#include "command.hpp"
#include "dbmux/kit.hpp"
#include "handles.hpp"
#include "killer.hpp"

namespace dbmux::mongodb {

class Source;

// A cursor that the server keeps open.
struct ServerCursor {
  std::int64_t id = 0;  // 0: none, or exhausted
  std::uint32_t server = 0;
  std::string database, collection;
};

// The memory of batches, kept from one cursor to the next.
struct Buffers {
  std::string text;
  std::vector<std::size_t> ends;
  std::vector<dbmux_value> cells;
};

class Connection final : public kit::Connection, public kit::Introspection {
 public:
  static kit::Result<std::unique_ptr<Connection>> open(Source&, UriHandle, kit::Call, bool read_only);
  ~Connection() override;

  kit::Result<kit::Info> info(kit::Call) override;
  kit::Status ping(kit::Call) override;
  kit::Status reset(kit::Call) override;
  void cancel(std::uint64_t call_id) override;
  void close(kit::Call) override;
  kit::CursorResult execute(kit::Call, const dbmux_request&) override;
  kit::CursorResult introspect(kit::Call, std::int32_t kind, const dbmux_object&,
                               std::string_view like) override;

  // What the parts of the driver share. Within the running call:
  Client& client() { return *client_; }
  Buffers& buffers() { return buffers_; }
  const std::string& database() const { return database_; }
  // A reading command of our own.
  kit::Result<Bson> ask(const std::string& database, const bson_t* command);
  kit::Result<Bson> more(const ServerCursor&, std::uint32_t rows);
  // Ends it on the server, or keeps it for the next call when there is no time left.
  kit::Status forget(ServerCursor);

 private:
  Connection(Source& source, UriHandle uri, bool read_only);
  kit::Status start(kit::Call);
  kit::Status learn(std::uint32_t server);
  kit::Status learn_version();
  kit::Status learn_user();
  // Before any work: a call that is over runs nothing.
  kit::Result<RunningCall> enter(kit::Call);
  kit::Status kill_cursors();
  kit::CursorResult health();  // of what is known without asking the server
  std::int64_t max_time_ms();
  Sending sending(std::uint32_t batch_rows);

  Source& source_;
  const UriHandle uri_;
  const bool read_only_;
  const std::string nonce_;  // of this connection; each call adds its id
  std::string database_, comment_;
  std::string product_, version_, user_;
  std::int32_t role_ = DBMUX_ROLE_UNKNOWN;
  std::uint32_t privileges_ = DBMUX_PRIV_UNKNOWN;
  bool comments_ = false;  // the server takes one in any command
  std::string server_;     // where the session began, host:port
  std::int64_t connection_id_ = 0;
  std::uint64_t known_streams_ = 0;  // as long as there are no more, the id above is right
  std::vector<ServerCursor> left_open_;
  Buffers buffers_;
  std::unique_ptr<Client> client_;

  std::mutex mutex_;  // of target_, which cancel() reads
  Target target_;
};

}  // namespace dbmux::mongodb

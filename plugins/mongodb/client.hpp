#pragma once
// A mongoc_client of one thread, whose every wait has a limit.
#include <cstdint>
#include <memory>
#include <string>

#include "dbmux/kit.hpp"
#include "handles.hpp"
#include "interruption.hpp"
#include "stream.hpp"

namespace dbmux::mongodb {

class Client {
 public:
  // Opens no connection, but looks up the hosts of mongodb+srv.
  static kit::Result<std::unique_ptr<Client>> make(const mongoc_uri_t*, const char* tls_ca_file);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Which command goes where, and what a broken wait means for it.
  enum class Kind { read, write, own };

  // Runs a command within the running call of interruption(). Reads go where the uri's read preference says,
  // the others to the primary; server 0: to any such one. The reply is also there after a refusal.
  kit::Status run(const std::string& database, const bson_t* command, Kind, std::uint32_t server,
                  Bson& reply);
  // One that fits the kind; opens a connection if there is none.
  kit::Result<ServerHandle> select(Kind);
  // A logical session, so that a cursor and its getMores belong together. None where the server has none.
  void start_session();

  Interruption& interruption() { return interruption_; }
  mongoc_client_t* raw() { return client_.get(); }
  std::uint64_t streams_opened() const { return owner_.opened; }
  bool dead() const { return dead_; }
  // No wait from now on.
  void abandon() { owner_.closed = dead_ = true; }
  // Why nothing was sent, or nothing came back.
  kit::Failure stopped(bool dead = false) const;

 private:
  Client() = default;
  kit::Failure failed(const bson_error_t&, const Bson& reply, const bson_t* command, Kind);

  Interruption interruption_;
  StreamOwner owner_;
  std::string tls_ca_file_;
  bool dead_ = false;
  ClientHandle client_;
  SessionHandle session_;
};

}  // namespace dbmux::mongodb

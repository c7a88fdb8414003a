#include "killer.hpp"

#include <chrono>
#include <exception>
#include <vector>

namespace dbmux::mongodb {

namespace {

constexpr std::chrono::milliseconds kBudget{500};

// The id of a server as this client counts them, 0 when it does not know it.
std::uint32_t server_named(Client& client, const std::string& name) {
  std::size_t n = 0;
  auto** all = mongoc_client_get_server_descriptions(client.raw(), &n);
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < n; ++i)
    if (name == mongoc_server_description_host(all[i])->host_and_port)
      id = mongoc_server_description_id(all[i]);
  mongoc_server_descriptions_destroy_all(all, n);
  return id;
}

// Servers may ignore the filter of currentOp, so each operation is looked at here.
bool is_target(const bson_iter_t& operation, const Target& target) {
  bson_iter_t inside, at;
  for (const char* path : {"command.comment", "cursor.originatingCommand.comment"}) {
    if (!enter(operation, inside) || !bson_iter_find_descendant(&inside, path, &at)) continue;
    return BSON_ITER_HOLDS_UTF8(&at) && utf8_of(at) == target.comment;
  }
  // Shown without its comment, only its socket tells, which runs one command at a time; the caller of
  // kill() sees to it that no other one begins meanwhile.
  return target.connection_id != 0 && enter(operation, inside) && bson_iter_find(&inside, "connectionId") &&
         bson_iter_as_int64(&inside) == target.connection_id;
}

}  // namespace

void Killer::kill(const mongoc_uri_t* uri, const char* tls_ca_file, const Target& target) noexcept {
  try {
    try_kill(uri, tls_ca_file, target);
  } catch (const std::exception& e) {
    kit::log(DBMUX_LOG_WARN, e.what());
  }
}

void Killer::try_kill(const mongoc_uri_t* uri, const char* tls_ca_file, const Target& target) {
  const auto until = kit::now_ns() + std::chrono::nanoseconds(kBudget).count();
  const std::unique_lock lock(mutex_, kBudget);
  if (!lock) return;
  if (!client_ || client_->dead()) {
    auto made = Client::make(uri, tls_ca_file);
    if (!made) return;
    client_ = std::move(*made);
  }
  auto& client = *client_;
  client.interruption().begin_until(until);
  if (!client.select(Client::Kind::own)) return client.abandon();
  const auto server = server_named(client, target.server);
  if (server == 0) return;
  Bson ask, running, ignored;
  BSON_APPEND_INT32(ask.get(), "currentOp", 1);
  BSON_APPEND_BOOL(ask.get(), "$ownOps", true);
  if (!client.run("admin", ask.get(), Client::Kind::own, server, running)) return;
  bson_iter_t list, operation;
  if (!find(running.get(), "inprog", list) || !enter(list, operation)) return;
  while (bson_iter_next(&operation)) {
    bson_iter_t id;
    if (!is_target(operation, target) || !enter(operation, id) || !bson_iter_find(&id, "opid")) continue;
    Bson kill;
    BSON_APPEND_INT32(kill.get(), "killOp", 1);
    bson_append_iter(kill.get(), "op", 2, &id);
    static_cast<void>(client.run("admin", kill.get(), Client::Kind::own, server, ignored));
  }
}

}  // namespace dbmux::mongodb

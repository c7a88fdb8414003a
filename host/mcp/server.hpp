#pragma once
// The Model Context Protocol over any transport that hands over frames: sessions that begin with a handshake
// (2024-11-05 to 2025-11-25) and stateless requests (2026-07-28), side by side.
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "mcp/lane.hpp"
#include "mcp/message.hpp"
#include "mcp/options.hpp"
#include "mcp/service.hpp"
#include "mcp/session.hpp"
#include "mcp/watch.hpp"
#include "operations/catalogue.hpp"
#include "transport/stream.hpp"

namespace dbmux::mcp {

class Flight;
struct Reply;

class Server final : public Handler {
 public:
  // The catalogue outlives the server.
  Server(Catalogue&, ServerOptions);
  // Waits for calls under way, however long they take: ask stuck() first.
  ~Server() override;

  bool frame(std::string bytes, const std::shared_ptr<Stream>&, bool spare) override;
  void work_on_kept() override;
  Load load() override { return {calls_.waiting(), calls_.under_way()}; }
  void oversized(std::size_t limit, const std::shared_ptr<Stream>&) override;
  void closed(const std::shared_ptr<Stream>&, Closing) override;

  // After closed(): a thread does not come back from an engine, or from a client that reads nothing. Such a
  // process can only be left by _exit.
  bool stuck() const;

 private:
  void work(Job&);
  void handle(Job&);
  void take(Job&, const Message&);
  void split(const Job&, const JsonValue& elements);
  void forward(const Job&, std::string bytes);
  void notified(const Job&, const Message&);
  void answered(const Job&, const Message&);
  void at_once(const Job&, const Message&, const std::optional<Terms>& stateless);
  void call(Job&, const Message&, Meta);
  std::shared_ptr<Flight> begin(Job&, const Message&, Meta);
  bool run(Flight&, const Message&, Output&);
  bool ask(const std::shared_ptr<Flight>&, Job&);
  void withdraw(const Session&, const Session::Released&);
  bool look();
  void give_up(const std::shared_ptr<Session>&, Flight&, Clock::time_point now);
  std::shared_ptr<Session> session_of(const std::shared_ptr<Stream>&);

  Catalogue& catalogue_;
  const ServerOptions options_;
  const StateTokens states_;
  const std::shared_ptr<Subscriptions> subscriptions_;  // the catalogue may outlive us, and go on telling it
  const Service service_;
  std::mutex sessions_mutex_;
  std::vector<std::shared_ptr<Session>> sessions_;
  std::atomic<int> stuck_{0};
  Job kept_;  // of the thread that reads
  Watch watch_;
  Lane calls_;    // what may take its time
  Lane control_;  // everything else, in order: a slow call delays neither a ping nor a cancellation
};

}  // namespace dbmux::mcp

#pragma once
// Who wants to hear of changes: sessions of all lists, and of the resources they subscribed to; stateless
// requests of what each of them asked for. Changes of a moment are told once.
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/message.hpp"
#include "mcp/session.hpp"
#include "operations/catalogue.hpp"

namespace dbmux::mcp {

// Any thread.
class Subscriptions {
 public:
  static constexpr std::size_t kMostResources = 1000;  // of one session, or of one request
  static constexpr std::size_t kMostRequests = 64;     // of one session
  using Uris = std::set<std::string, std::less<>>;

  // stir: something waits for flush(). Called with a lock held.
  explicit Subscriptions(std::function<void()> stir) : stir_(std::move(stir)) {}

  // Of the catalogue. Cheap where nobody listens. uri: one that ends with '/' stands for all below it.
  void report(Change, std::string_view uri);
  // Whether anything was sent.
  bool flush();
  // Stirs no more.
  void detach();

  // Sessions: from greet() on a session hears of lists.
  void greet(const std::shared_ptr<Session>&);
  RpcResult<void> subscribe(const std::shared_ptr<Session>&, std::string_view uri);
  void unsubscribe(const Session&, std::string_view uri);

  // Stateless: sends the acknowledgement. id: JSON text.
  RpcResult<void> listen(const std::shared_ptr<Session>&, const std::string& id, const JsonValue* params);
  void end(const Session&, std::string_view id);

  // Forgets the session; its requests are answered.
  void close(const Session&, std::string_view identity);

 private:
  struct Listener {
    std::shared_ptr<Session> session;
    std::string id;  // of the request; "" = a session
    bool tools = false, prompts = false, resources = false;
    Uris uris;
  };

  Listener* listener(const Session&, std::string_view id);
  Listener& listener_of(const std::shared_ptr<Session>&);
  bool note(const Uris& wanted, std::string_view changed);

  std::mutex mutex_;
  std::function<void()> stir_;
  std::vector<Listener> listeners_;
  bool tools_ = false, prompts_ = false, resources_ = false;  // changed since the last flush
  Uris uris_;                                                 // the same; only those that somebody wants
};

}  // namespace dbmux::mcp

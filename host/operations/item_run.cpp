#include "operations/item_run.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace dbmux {

namespace {

constexpr std::size_t kMostContent = std::size_t{64} << 20;
constexpr int kClientLacks = -32021;  // of MCP: MissingRequiredClientCapability

// The capability that a method of the server's needs.
std::string_view capability(std::string_view method) { return method.substr(0, method.find('/')); }

ProtocolError what_is_lacking(std::vector<std::string> methods) {
  for (auto& method : methods) method = capability(method);
  std::sort(methods.begin(), methods.end());
  methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
  std::string required = "{";
  for (const auto& name : methods) add_member(required, name, "{}");
  return {kClientLacks, "This needs a client that has said it can do: " + joined(methods, ", "),
          R"({"requiredCapabilities":)" + required + "}}"};
}

// The call is called off at its deadline, also where no session does it.
class AtDeadline {
 public:
  AtDeadline(Watchdog& watchdog, Call& call) : watchdog_(watchdog) {
    if (call.deadline() != kNever)
      id_ = watchdog.at(call.deadline(), [&call] { call.cancel(Call::Stop::deadline); });
  }
  AtDeadline(const AtDeadline&) = delete;
  AtDeadline& operator=(const AtDeadline&) = delete;
  ~AtDeadline() {
    if (id_) watchdog_.forget(*id_);
  }

 private:
  Watchdog& watchdog_;
  std::optional<Watchdog::Id> id_;
};

// A deadline and a cancel in words that do not speak of a statement.
Error in_words_of_item(Error e, const ItemCall& of) {
  const auto what = of.face.empty() ? std::string(of.name) : std::string(of.face);
  if (e.category == Category::timeout && e.waited_for == WaitedFor::execution) {
    const auto allowed = ms_between(of.call.started(), of.call.deadline());
    e.message = "Stopped after " + human_duration(allowed) + "; " + what + " was called off.";
    e.hint = of.item == Item::tool ? "Ask for less, or for more time with timeout." : "Ask for less.";
  }
  if (e.category == Category::cancelled) e.message = "Cancelled; " + what + " was called off.";
  return e;
}

Result<void> once(ItemCall& of, Lease* lease, ItemEnd& end, const TakeAnswer& take) {
  auto made = of.on.source->invoke(of.call, lease ? &lease->conn() : nullptr, of.item, of.name, of.arguments);
  if (!made) return fail(std::move(made.error()));
  switch (made->outcome) {
    case Invocation::Outcome::needs_input:
      end.how = ItemEnd::How::needs_input;
      return {};
    case Invocation::Outcome::refused:
      end.how = ItemEnd::How::refused;
      end.refusal = {static_cast<int>(made->code), std::move(made->message), std::move(made->data)};
      return {};
    case Invocation::Outcome::client_lacks:
      end.how = ItemEnd::How::refused;
      end.refusal = what_is_lacking(std::move(made->lacks));
      return {};
    case Invocation::Outcome::rows:
    case Invocation::Outcome::content:
      break;
  }
  end.how = ItemEnd::How::answered;
  return take(*made, lease);
}

}  // namespace

Result<ItemEnd> run_item(ItemCall& of, const TakeAnswer& take) {
  Connection& connection = *of.on.connection;
  set_deadline(of.call, connection, of.timeout);
  ItemEnd end;
  if (of.leases) {
    auto done = with_session(of.call, connection, !of.writes,
                             [&](Lease& lease) { return once(of, &lease, end, take); });
    if (of.writes) of.context.tables.drop(connection);  // what it has written it does not say
    if (!done) return fail(in_words_of_item(std::move(done.error()), of));
    return end;
  }
  const AtDeadline at_deadline(of.context.registry.watchdog(), of.call);
  if (auto done = once(of, nullptr, end, take); !done)
    return fail(
        in_words_of_item(in_words_of_call(std::move(done.error()), of.call, connection.profile()), of));
  return end;
}

Result<std::vector<ContentRow>> take_content(Invocation& made, Lease* lease) {
  if (made.outcome != Invocation::Outcome::content)
    return fail(Category::internal, "the plugin answered with a table where only content has a place");
  auto rows = read_content(*made.cursor, kMostContent);
  if (rows && lease) {
    auto summary = made.cursor->summary();
    if (!summary) return fail(summary.error());
    if (summary->session_dirty) lease->dirty();
  }
  if (auto closed = made.cursor->close(); !closed && closed.error().connection_dead && lease)
    lease->discard();
  return rows;
}

}  // namespace dbmux

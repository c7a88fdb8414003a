#pragma once
// One call of an item: its deadline, its session where it wants one, what its answer is.
#include <functional>

#include "driver/items.hpp"
#include "operations/item_listing.hpp"

namespace dbmux {

struct ItemCall {
  Context& context;
  Call& call;
  const DescribedSource& on;
  Item item;
  std::string_view name;  // as the plugin knows it
  std::string arguments;  // a JSON object
  bool leases = false, writes = false;
  std::optional<std::chrono::milliseconds> timeout = {};  // asked for by the client
  std::string_view face = {};                             // as the client knows it, where that is another
};

// How it ended without an error: answered, or not yet, or not at all.
struct ItemEnd {
  enum class How { answered, needs_input, refused } how = How::answered;
  ProtocolError refusal = {};
};

// Takes the answer; the lease is null where the item wants none. Run again where a read is repeated.
using TakeAnswer = std::function<Result<void>(Invocation&, Lease*)>;

Result<ItemEnd> run_item(ItemCall&, const TakeAnswer&);

// The cursor's content, within the limits of what a plugin may answer; its end and its session's state are
// seen to.
Result<std::vector<ContentRow>> take_content(Invocation&, Lease*);

}  // namespace dbmux

#include "operations/item_listing.hpp"

#include <algorithm>
#include <condition_variable>
#include <thread>

#include "base/text.hpp"
#include "observe/log.hpp"

namespace dbmux {

// One connection, and what is known of its items.
struct ItemLister::Slot {
  Slot(std::shared_ptr<Connection> c, std::shared_ptr<Watcher> w)
      : connection(std::move(c)), watcher(std::move(w)) {}

  const std::shared_ptr<Connection> connection;
  const std::shared_ptr<Watcher> watcher;
  std::mutex mutex;  // of all below
  std::condition_variable done;
  bool stale = true, describing = false, late = false, warned = false;
  Clock::time_point failed_at = Clock::time_point::min();
  std::shared_ptr<const DescribedSource> known;  // null: nothing to show
  Call* call = nullptr;                          // that is under way
  bool ended = false;                            // nobody wants to know any more

  void warn(std::string_view why) {  // once, until it works again; with mutex held
    if (!warned)
      log(Level::warning, "items of a plugin are hidden",
          {{"connection", connection->name()}, {"error", why}});
    warned = true;
  }
};

void ItemLister::Watcher::tell(Change change, std::string_view uri) {
  const std::lock_guard lock(mutex);
  if (told) told(change, uri);
}

void ItemLister::on_change(OnChange told) {
  const std::lock_guard lock(watcher_->mutex);
  watcher_->told = std::move(told);
}

ItemLister::~ItemLister() {
  on_change({});
  const auto until = Clock::now() + std::chrono::seconds(1);
  for (const auto& slot : slots_) {
    std::unique_lock lock(slot->mutex);
    slot->ended = true;
    if (slot->call) slot->call->cancel(Call::Stop::shutdown);
    slot->done.wait_until(lock, until, [&] { return !slot->describing; });
  }
}

// With mutex_ held. Those of connections that are gone are dropped.
std::vector<std::shared_ptr<ItemLister::Slot>> ItemLister::current_slots() {
  std::vector<std::shared_ptr<Slot>> now;
  for (const auto& connection : context_.registry.all()) {
    if (!connection->offers_items()) continue;
    const auto at = std::find_if(slots_.begin(), slots_.end(),
                                 [&](const auto& slot) { return slot->connection == connection; });
    now.push_back(at != slots_.end() ? *at : std::make_shared<Slot>(connection, watcher_));
  }
  slots_ = now;
  return now;
}

namespace {

Change change_of(Item item) {
  if (item == Item::tool) return Change::tools;
  return item == Item::prompt ? Change::prompts : Change::resources;
}

}  // namespace

Result<std::shared_ptr<const DescribedSource>> ItemLister::described(const std::shared_ptr<Slot>& slot,
                                                                     Call& call) {
  auto source = slot->connection->source(call);
  if (!source) return fail(source.error());
  (*source)->on_change([weak = std::weak_ptr(slot)](Item item, std::string_view uri) {
    const auto changed = weak.lock();
    if (!changed || item == Item::completion) return;
    if (!uri.empty()) return changed->watcher->tell(Change::resource, uri);
    {
      const std::lock_guard lock(changed->mutex);
      changed->stale = true;
    }
    changed->watcher->tell(change_of(item), {});
  });
  const auto json = (*source)->describe(call);
  if (!json) return fail(json.error());
  auto items = read_descriptions(*json);
  if (!items) return fail(items.error());
  if (!items->faults.empty()) {
    const auto shown = std::min<std::size_t>(items->faults.size(), 5);
    log(Level::warning, "items of a plugin are left out or unchecked",
        {{"connection", slot->connection->name()},
         {"items", joined(std::span(items->faults).first(shown), "; ")},
         {"count", items->faults.size()}});
  }
  return std::make_shared<const DescribedSource>(
      DescribedSource{slot->connection, std::move(*source), std::move(*items)});
}

void ItemLister::describe(const std::shared_ptr<Slot>& slot) {
  Call call({}, Clock::now() + kBudget - std::chrono::milliseconds(200));  // an answer in time is waited for
  {
    const std::lock_guard lock(slot->mutex);
    if (slot->ended) call.cancel(Call::Stop::shutdown);
    slot->call = &call;
  }
  auto made = described(slot, call);
  bool was_late = false;
  {
    const std::lock_guard lock(slot->mutex);
    slot->call = nullptr;
    slot->describing = false;
    was_late = std::exchange(slot->late, false);
    if (made) {
      slot->known = std::move(*made);
      slot->warned = false;
      slot->failed_at = Clock::time_point::min();
    } else if (!slot->ended) {
      slot->known.reset();
      slot->stale = true;
      slot->failed_at = Clock::now();
      slot->warn(made.error().message);
    }
  }
  slot->done.notify_all();
  if (made && was_late)
    for (const auto change : {Change::tools, Change::prompts, Change::resources})
      slot->watcher->tell(change, {});
}

// With the slot's mutex held.
void ItemLister::begin(const std::shared_ptr<Slot>& slot) {
  slot->stale = false;
  slot->describing = true;
  std::thread([slot] { describe(slot); }).detach();
}

std::shared_ptr<const ItemListing> ItemLister::listing() {
  std::vector<std::shared_ptr<Slot>> slots;
  {
    const std::lock_guard lock(mutex_);
    slots = current_slots();
    if (slots.empty()) {
      if (!listing_->sources.empty()) listing_ = std::make_shared<const ItemListing>();
      return listing_;
    }
  }
  for (const auto& slot : slots) {
    const std::lock_guard lock(slot->mutex);
    const bool may_try =
        slot->failed_at == Clock::time_point::min() || Clock::now() - slot->failed_at >= kAgain;
    if (slot->stale && !slot->describing && may_try) begin(slot);
  }
  std::vector<std::shared_ptr<const DescribedSource>> sources;
  const auto until = Clock::now() + kBudget;
  for (const auto& slot : slots) {
    std::unique_lock lock(slot->mutex);
    if (!slot->late && !slot->done.wait_until(lock, until, [&] { return !slot->describing; })) {
      slot->late = true;
      slot->warn("it did not describe them within " + std::to_string(kBudget.count()) + " s");
    }
    if (slot->known) sources.push_back(slot->known);
  }
  const std::lock_guard lock(mutex_);
  if (sources != listing_->sources) listing_ = merge_items(context_, std::move(sources), true);
  return listing_;
}

}  // namespace dbmux

#include "schema/cache.hpp"

#include <algorithm>

namespace dbmux {

namespace {

constexpr std::size_t kMostEntries = 1000;

std::size_t bytes_of(const std::vector<TableEntry>& tables) {
  std::size_t bytes = tables.capacity() * sizeof(TableEntry);
  for (const auto& t : tables)
    for (const auto* text : {&t.schema, &t.name, &t.kind, &t.comment, &t.parent}) bytes += text->capacity();
  return bytes;
}

// Without becoming the last owner of a connection, which would close it here.
bool is(const std::weak_ptr<Connection>& one, const std::shared_ptr<Connection>& other) {
  return !one.owner_before(other) && !other.owner_before(one);
}

}  // namespace

SchemaCache::SchemaCache(std::size_t bytes, Now now) : most_bytes_(bytes), now_(std::move(now)) {}

// With mutex_ held, as in all below.
std::shared_ptr<SchemaCache::Entry> SchemaCache::entry(const Call& call,
                                                       const std::shared_ptr<Connection>& connection,
                                                       std::string_view schema) {
  const auto& principal = call.principal().name;
  const auto at = std::find_if(entries_.begin(), entries_.end(), [&](const auto& e) {
    return is(e->connection, connection) && e->principal == principal && e->schema == schema;
  });
  if (at != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, at);
    return *at;
  }
  auto fresh = std::make_shared<Entry>();
  fresh->connection = connection;
  fresh->address = connection.get();
  fresh->principal = principal;
  fresh->schema = schema;
  entries_.push_front(fresh);
  make_room();
  return fresh;
}

// Leaves the mutex unlocked: the end of a hook waits for one that runs, which wants the mutex.
Result<void> SchemaCache::wait(Call& call, std::unique_lock<std::mutex>& lock, const Entry& entry) {
  lock.unlock();
  const Call::Hook on_cancel(call, [this] {
    const std::lock_guard held(mutex_);
    read_.notify_all();
  });
  lock.lock();
  while (entry.loading && !call.cancelled() && !call.expired()) {
    if (call.deadline() == kNever) {
      read_.wait(lock);
    } else {
      read_.wait_until(lock, call.deadline());
    }
  }
  lock.unlock();
  if (call.cancelled()) return fail(Category::cancelled, "the call was cancelled");
  if (call.expired()) return fail(Category::timeout, "the list of tables was not read in time");
  return {};
}

void SchemaCache::forget(Entry& entry) {
  bytes_ -= entry.bytes;
  entry.bytes = 0;
  entry.tables.reset();
}

void SchemaCache::keep(Entry& entry, Tables tables, Clock::duration took) {
  forget(entry);
  const auto bytes = bytes_of(*tables);
  if (bytes > most_bytes_) return;
  entry.tables = std::move(tables);
  entry.until = now_() + std::min<Clock::duration>(took * kTimesOfReading, kLongest);
  entry.bytes = bytes;
  bytes_ += bytes;
  make_room();
}

void SchemaCache::make_room() {
  std::erase_if(entries_, [&](const auto& e) {
    if (!e->connection.expired()) return false;
    forget(*e);
    return true;
  });
  while (entries_.size() > 1 && (bytes_ > most_bytes_ || entries_.size() > kMostEntries)) {
    forget(*entries_.back());
    entries_.pop_back();
  }
}

Result<SchemaCache::Tables> SchemaCache::tables(Call& call, const std::shared_ptr<Connection>& connection,
                                                std::string_view schema, bool fresh, const Load& load) {
  std::unique_lock lock(mutex_);
  const auto mine = entry(call, connection, schema);
  if (fresh) {
    forget(*mine);
    ++mine->drops;
  }
  while (true) {
    if (mine->tables && now_() < mine->until) return mine->tables;
    if (!mine->loading) break;
    if (auto waited = wait(call, lock, *mine); !waited) return fail(waited.error());
    lock.lock();
  }
  mine->loading = true;
  const auto drops = mine->drops;
  const auto started = now_();
  lock.unlock();
  auto read = load();
  lock.lock();
  mine->loading = false;
  read_.notify_all();
  if (!read) return fail(read.error());
  auto tables = std::make_shared<const std::vector<TableEntry>>(std::move(*read));
  const bool listed = std::find(entries_.begin(), entries_.end(), mine) != entries_.end();
  if (listed && mine->drops == drops) keep(*mine, tables, now_() - started);
  return tables;
}

void SchemaCache::drop(const Connection& connection) {
  const std::lock_guard lock(mutex_);
  for (const auto& e : entries_)
    if (e->address == &connection) {
      forget(*e);
      ++e->drops;
    }
}

}  // namespace dbmux

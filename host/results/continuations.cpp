#include "results/continuations.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "results/names.hpp"

namespace dbmux {

namespace {

std::int64_t bytes_of(const Continuation& c) {
  const auto* rows = std::get_if<KeptRows>(&c.what);
  return rows ? rows->spool->bytes() : 0;
}

}  // namespace

Continuations::Continuations(Limits limits, Watchdog* watchdog) : limits_(limits), watchdog_(watchdog) {}

Continuations::~Continuations() {
  std::optional<Watchdog::Id> timer;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    timer = std::exchange(timer_, std::nullopt);
  }
  if (timer) watchdog_->forget(*timer);
}

std::pair<std::string_view, std::int64_t> Continuations::split(std::string_view next) {
  const auto dash = next.rfind('-');
  std::int64_t row = -1;
  if (dash == std::string_view::npos) return {next, row};
  const auto digits = next.substr(dash + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), row);
  if (error != std::errc() || end != digits.data() + digits.size() || row < 0) return {next, -1};
  return {next.substr(0, dash), row};
}

std::string Continuations::keep(const Principal& principal, Continuation continuation) {
  const auto bytes = bytes_of(continuation);
  Entry entry{"r" + random_letters(12), principal.name, Clock::now() + limits_.life, bytes,
              std::make_shared<const Continuation>(std::move(continuation))};
  auto name = entry.name;
  Entries gone;
  const std::lock_guard lock(mutex_);
  drop_expired(gone);
  entries_.push_back(std::move(entry));
  make_room(gone);
  watch();
  return name;
}

Result<std::shared_ptr<const Continuation>> Continuations::find(const Principal& principal,
                                                                std::string_view next) {
  const auto name = split(next).first;
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  const auto at = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) {
    return e.name == name && e.principal == principal.name && e.until > now;
  });
  if (at == entries_.end())
    return fail(Category::not_found, "next '" + std::string(next) + "' is unknown or has expired",
                "Run the query again; its answer gives a new next, good for 15 minutes.");
  at->until = now + limits_.life;
  entries_.splice(entries_.end(), entries_, at);
  return at->continuation;
}

std::vector<NamedRows> Continuations::results(const Principal& principal) {
  std::vector<NamedRows> all;
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  for (const auto& e : entries_) {
    const auto* rows = std::get_if<KeptRows>(&e.continuation->what);
    if (rows && rows->spool->first() == 0 && e.principal == principal.name && e.until > now)
      all.push_back({e.name, *rows});
  }
  return all;
}

void Continuations::drop_expired(Entries& gone) {
  const auto now = Clock::now();
  for (auto at = entries_.begin(); at != entries_.end();) {
    const auto next = std::next(at);
    if (at->until <= now) gone.splice(gone.end(), entries_, at);
    at = next;
  }
}

void Continuations::drop_oldest_of(const std::string& principal, Entries& gone) {
  const auto at = std::find_if(entries_.begin(), entries_.end(),
                               [&](const Entry& e) { return e.principal == principal; });
  if (at != entries_.end()) gone.splice(gone.end(), entries_, at);
}

void Continuations::make_room(Entries& gone) {
  while (entries_.size() > 1) {
    std::map<std::string, std::pair<std::int64_t, std::size_t>> held;  // bytes and number
    std::int64_t bytes = 0;
    for (const auto& e : entries_) {
      auto& h = held[e.principal];
      h.first += e.bytes;
      ++h.second;
      bytes += e.bytes;
    }
    const auto by_bytes = std::max_element(held.begin(), held.end(), [](const auto& a, const auto& b) {
      return a.second.first < b.second.first;
    });
    const auto by_number = std::max_element(held.begin(), held.end(), [](const auto& a, const auto& b) {
      return a.second.second < b.second.second;
    });
    if (bytes > limits_.bytes || by_bytes->second.first > limits_.principal_bytes) {
      drop_oldest_of(by_bytes->first, gone);
    } else if (entries_.size() > limits_.most) {
      drop_oldest_of(by_number->first, gone);
    } else {
      return;
    }
  }
}

// With the lock: what has expired must not stay on the disk until somebody comes.
void Continuations::watch() {
  if (!watchdog_ || timer_ || ending_ || entries_.empty()) return;
  const auto first = std::min_element(entries_.begin(), entries_.end(),
                                      [](const Entry& a, const Entry& b) { return a.until < b.until; });
  timer_ = watchdog_->at(first->until, [this] { on_time(); });
}

void Continuations::on_time() {
  Entries gone;
  const std::lock_guard lock(mutex_);
  timer_.reset();
  drop_expired(gone);
  watch();
}

}  // namespace dbmux

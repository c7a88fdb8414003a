#include "mcp/session.hpp"

#include <algorithm>
#include <utility>

#include "mcp/flight.hpp"

namespace dbmux::mcp {
bool Session::wants(Notice notice) const { return level_of(notice) >= log_level_.load(); }

Terms Session::terms() const {
  const auto agreed = agreed_.load();
  return {agreed.version, agreed.capabilities, {}};
}

void Session::open(bool awaited) {
  const std::lock_guard lock(mutex_);
  ++open_;
  if (awaited) ++awaited_;
}

void Session::close(bool awaited) {
  const std::lock_guard lock(mutex_);
  if (awaited) --awaited_;
  if (awaited_ == 0) early_.clear();
  if (--open_ == 0) all_closed_.notify_all();
}

bool Session::wait_closed(Clock::time_point until) {
  std::unique_lock lock(mutex_);
  return all_closed_.wait_until(lock, until, [&] { return open_ == 0; });
}

bool Session::enter(const std::shared_ptr<Flight>& flight, Job& job) {
  bool cancelled = false;
  bool called_off = false;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(job.awaited, false)) --awaited_;
    const auto same = [&](const auto& other) { return other->id() == flight->id(); };
    if (std::any_of(flights_.begin(), flights_.end(), same)) return false;
    flights_.push_back(flight);
    cancelled = std::erase_if(early_, [&](const Cancellation& c) {
                  return c.id == flight->id() && c.line > job.line;
                }) != 0;
    called_off = called_off_;
  }
  if (cancelled) flight->cancel();
  if (called_off) flight->call().cancel(Call::Stop::shutdown);
  return true;
}

void Session::leave(const Flight& flight) {
  std::shared_ptr<Flight> last;  // outlives the lock
  const std::lock_guard lock(mutex_);
  const auto at =
      std::find_if(flights_.begin(), flights_.end(), [&](const auto& f) { return f.get() == &flight; });
  if (at == flights_.end()) return;
  last = std::move(*at);
  *at = std::move(flights_.back());
  flights_.pop_back();
}

std::optional<Session::Released> Session::cancel(const std::string& id, std::uint64_t line) {
  std::shared_ptr<Flight> found;
  {
    const std::lock_guard lock(mutex_);
    const auto at =
        std::find_if(flights_.begin(), flights_.end(), [&](const auto& f) { return f->id() == id; });
    if (at != flights_.end()) {
      if ((*at)->line() < line) found = *at;
    } else if (awaited_ != 0) {
      if (early_.size() == kMostCancellations) early_.pop_front();
      early_.push_back({id, line});
    }
  }
  if (!found) return std::nullopt;
  found->cancel();
  std::shared_ptr<Flight> next;  // it may have been answered and run again meanwhile
  std::optional<Released> released;
  {
    const std::lock_guard lock(mutex_);  // from now on park() refuses it
    released = release(*found);
    const auto at = std::find_if(flights_.begin(), flights_.end(), [&](const auto& f) {
      return f != found && f->id() == id && f->line() == found->line();
    });
    if (at != flights_.end()) next = *at;
  }
  if (next) next->cancel();
  return released;
}

std::vector<Session::Released> Session::call_off() {
  {
    const std::lock_guard lock(mutex_);
    called_off_ = true;
  }
  std::vector<Released> waited;
  for (const auto& flight : flights()) {
    flight->call().cancel(Call::Stop::shutdown);
    const std::lock_guard lock(mutex_);
    if (auto released = release(*flight)) waited.push_back(*std::move(released));
  }
  return waited;
}

// With the lock. Takes a call that waits for the client out of all lists.
std::optional<Session::Released> Session::release(const Flight& flight) {
  const auto at = std::find_if(parked_.begin(), parked_.end(),
                               [&](const Parked& p) { return p.flight.get() == &flight; });
  if (at == parked_.end()) return std::nullopt;
  Released released{at->flight, {}, {}};
  for (auto& request : at->requests) released.requests.push_back(std::move(request.id));
  parked_.erase(at);
  std::erase(flights_, released.flight);
  return released;
}

std::vector<std::string> Session::park(const std::shared_ptr<Flight>& flight, Job job, std::size_t questions,
                                       Clock::time_point until) {
  std::vector<std::string> ids;
  const std::lock_guard lock(mutex_);
  if (called_off_ || flight->call().cancelled()) return ids;
  Parked parked{flight, std::move(job), {}, until};
  for (std::size_t i = 0; i < questions; ++i) {
    ids.push_back("\"ask-" + std::to_string(++requests_) + '"');
    parked.requests.push_back({ids.back(), flight->questions().asked()[i]});
  }
  parked_.push_back(std::move(parked));
  return ids;
}

std::optional<Job> Session::answered(std::string_view id, const JsonValue* result) {
  const std::lock_guard lock(mutex_);
  for (auto parked = parked_.begin(); parked != parked_.end(); ++parked) {
    auto& requests = parked->requests;
    const auto at =
        std::find_if(requests.begin(), requests.end(), [&](const Waiting& w) { return w.id == id; });
    if (at == requests.end()) continue;
    const auto& [key, method, params] = at->question;
    if (parked->flight->call().cancelled()) return std::nullopt;
    auto& questions = parked->flight->questions();
    if (result == nullptr || !questions.answer(key, method, *result))
      questions.give_up(key, method, "decline");
    requests.erase(at);
    if (!requests.empty()) return std::nullopt;
    auto job = resumed(*parked);
    parked_.erase(parked);
    return job;
  }
  return std::nullopt;
}

std::vector<Session::Released> Session::overdue(Clock::time_point now) {
  std::vector<Released> late;
  const std::lock_guard lock(mutex_);
  for (auto parked = parked_.begin(); parked != parked_.end();) {
    if (parked->until > now) {
      ++parked;
      continue;
    }
    Released released{parked->flight, {}, {}};
    for (auto& [id, question] : parked->requests) {
      parked->flight->questions().give_up(question.key, question.method, "cancel");
      released.requests.push_back(std::move(id));
    }
    released.job = resumed(*parked);
    late.push_back(std::move(released));
    parked = parked_.erase(parked);
  }
  return late;
}

// With the lock. The next run of the call takes the place of the one that asked.
Job Session::resumed(Parked& parked) {
  auto next = std::make_shared<Flight>(Flight::Again{*parked.flight});
  std::replace(flights_.begin(), flights_.end(), parked.flight, next);
  auto job = std::move(parked.job);
  job.flight = std::move(next);
  job.closed = false;
  ++open_;
  return job;
}

std::vector<std::shared_ptr<Flight>> Session::flights() const {
  const std::lock_guard lock(mutex_);
  return flights_;
}

}  // namespace dbmux::mcp

#include "cli/doctor.hpp"

#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "base/text.hpp"

namespace dbmux {

namespace {

constexpr auto kPatience = std::chrono::seconds(20);  // for a connection, at most
constexpr auto kGrace = std::chrono::seconds(2);      // for a driver that does not heed its deadline

// What the threads leave behind; it outlives the command where one of them does not come back.
struct Board {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::optional<Findings>> results;
  std::size_t open = 0;
};

Findings header(const Connection& c) {
  const auto& p = c.profile();
  return {p.name, p.plugin + ", " + std::string(to_string(p.access)), {}};
}

void examine(std::size_t at, const std::shared_ptr<Connection>& connection, const Environment& environment,
             const std::shared_ptr<Board>& board) {
  Call call({}, Clock::now() + std::min<Clock::duration>(connection->profile().timeout, kPatience));
  auto found = examine_connection(call, *connection, environment);
  const std::lock_guard lock(board->mutex);
  board->results[at] = std::move(found);
  --board->open;
  board->changed.notify_one();
}

// All at the same time, in the order of the profile. stuck: a thread did not come back.
std::vector<Findings> examine_all(const std::vector<std::shared_ptr<Connection>>& connections,
                                  const Environment& environment, bool& stuck) {
  const auto board = std::make_shared<Board>();
  board->results.resize(connections.size());
  board->open = connections.size();
  for (std::size_t i = 0; i < connections.size(); ++i) {
    try {
      std::thread([i, connection = connections[i], environment, board] {
        examine(i, connection, environment, board);
      }).detach();
    } catch (const std::system_error&) {
      examine(i, connections[i], environment, board);
    }
  }
  std::unique_lock lock(board->mutex);
  board->changed.wait_for(lock, kPatience + kGrace, [&] { return board->open == 0; });
  stuck = board->open > 0;
  std::vector<Findings> all;
  for (std::size_t i = 0; i < connections.size(); ++i) {
    auto found = header(*connections[i]);
    if (board->results[i])
      found.list = board->results[i]->list;
    else
      found.fail("time", "the driver did not come back within " + human_duration(22'000),
                 "Look at the server and at the log; the plugin did not heed its deadline.", kUnreachable);
    all.push_back(std::move(found));
  }
  return all;
}

std::string_view word(Finding::Status status) {
  return status == Finding::Status::ok ? "ok" : status == Finding::Status::warn ? "warn" : "FAIL";
}

std::string padded(std::string text, std::size_t width) {
  const auto length = static_cast<std::size_t>(utf8_length(text));
  return length < width ? text.append(width - length, ' ') : text;
}

// Texts of servers and drivers must not steer a terminal.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : utf8_replaced(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f)
      out += c;
    else if (!out.ends_with(' '))
      out += ' ';
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

std::size_t count(const std::vector<Findings>& all, Finding::Status status) {
  std::size_t n = 0;
  for (const auto& part : all)
    for (const auto& f : part.list) n += f.status == status ? 1 : 0;
  return n;
}

std::string counted(std::size_t n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

// A DSN in the place of a connection's name: no profile is read then.
bool is_dsn(std::string_view text) { return text.find(':') != std::string_view::npos; }

int print(const std::vector<Findings>& all, bool json) {
  const auto text = json ? doctor_json(all) : doctor_text(all);
  const bool whole = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return whole && std::fflush(stdout) == 0 ? doctor_code(all) : kFailed;
}

}  // namespace

bool Findings::failed() const {
  for (const auto& f : list)
    if (f.status == Finding::Status::fail) return true;
  return false;
}

std::string doctor_text(const std::vector<Findings>& all) {
  std::size_t width = 0;
  for (const auto& part : all)
    for (const auto& f : part.list)
      width = std::max(width, static_cast<std::size_t>(utf8_length(one_line(f.check))));
  std::string out;
  for (const auto& part : all) {
    out += part.of + (part.detail.empty() ? "" : " (" + one_line(part.detail) + ")") + '\n';
    for (const auto& f : part.list) {
      out += "  " + padded(std::string(word(f.status)), 4) + "  " + padded(one_line(f.check), width) + "  " +
             one_line(f.text) + '\n';
      if (!f.next.empty()) out += std::string(width + 10, ' ') + one_line(f.next) + '\n';
    }
  }
  const auto failed = count(all, Finding::Status::fail), warned = count(all, Finding::Status::warn);
  out += failed == 0 ? "all is well" : counted(failed, "check failed", "checks failed");
  if (warned > 0) out += ", " + counted(warned, "warning", "warnings");
  return out + '\n';
}

std::string doctor_json(const std::vector<Findings>& all) {
  std::string list;
  for (const auto& part : all)
    for (const auto& f : part.list) {
      list += list.empty() ? "{\"of\":" : ",{\"of\":";
      list += json_quote(part.of) + ",\"check\":" + json_quote(f.check) + ",\"status\":" +
              (f.status == Finding::Status::fail ? std::string("\"fail\"") : json_quote(word(f.status))) +
              ",\"text\":" + json_quote(f.text) +
              (f.next.empty() ? std::string() : ",\"next\":" + json_quote(f.next)) + "}";
    }
  const bool failed = count(all, Finding::Status::fail) > 0, warned = count(all, Finding::Status::warn) > 0;
  return std::string("{\"status\":") +
         (failed   ? "\"fail\""
          : warned ? "\"warn\""
                   : "\"ok\"") +
         ",\"checks\":[" + list + "]}\n";
}

int doctor_code(const std::vector<Findings>& all) {
  for (const auto& part : all)
    for (const auto& f : part.list)
      if (f.status == Finding::Status::fail) return f.code;
  return kOk;
}

int doctor(const CommandLine& typed) {
  auto line = typed;
  if (is_dsn(line.connection)) line.dsns = {std::exchange(line.connection, {})};
  const auto environment = process_environment();
  const auto host = Host::assemble(line, true);
  std::vector<Findings> all;
  if (line.dsns.empty()) all.push_back(examine_profile(line, *host, environment));
  auto connections = host->registry().all();
  std::string plugin;
  if (!line.connection.empty()) {
    auto one = host->registry().find(line.connection);
    if (!one && !host->problem()) {
      std::fprintf(stderr, "dbmux: %s\n", one.error().message.c_str());
      return kUsage;
    }
    connections.clear();
    if (one) {
      plugin = (*one)->profile().plugin;
      connections.push_back(*one);
    }
  }
  if (!line.dsns.empty() && host->problem()) {
    std::fprintf(stderr, "dbmux: %s\n", host->problem()->message.c_str());
    if (!host->problem()->hint.empty()) std::fprintf(stderr, "%s\n", host->problem()->hint.c_str());
    return exit_code(host->problem()->category);
  }
  if (!line.dsns.empty() && !connections.empty()) plugin = connections.front()->profile().plugin;
  all.push_back(examine_plugins(*host, plugin));
  bool stuck = false;
  for (auto& found : examine_all(connections, environment, stuck)) all.push_back(std::move(found));
  const int code = print(all, line.json);
  if (stuck) ::_exit(code);
  return code;
}

}  // namespace dbmux

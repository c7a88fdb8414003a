#include <sys/stat.h>

#include "catalog.hpp"
#include "introspect.hpp"
#include "source.hpp"

namespace dbmux::sqlite {

namespace {

using kit::text;

constexpr std::chrono::milliseconds kCheckBudget{5000};
constexpr std::int64_t kMiB = std::int64_t{1} << 20;

struct Finding {
  const char* check;
  const char* status;  // ok, warn, fail, unknown
  std::string value, advice;
};

std::string size_text(std::int64_t bytes) {
  if (bytes < kMiB) return std::to_string((bytes + 1023) / 1024) + " KiB";
  return std::to_string((bytes + kMiB / 2) / kMiB) + " MiB";
}

// The first column of the statement's first rows, up to `most`; a failure when it did not end in time.
kit::Result<std::vector<std::string>> first_texts(Connection& connection, std::string_view sql,
                                                  std::size_t most) {
  std::vector<std::string> texts;
  auto rows = Rows::of(connection, sql);
  if (!rows) return rows.failure();
  while (texts.size() < most) {
    auto more = rows->next();
    if (!more) return more.failure();
    if (!*more) break;
    texts.emplace_back(rows->text(0));
  }
  return texts;
}

bool ran_out_of_time(const kit::Failure& reason) { return reason->category == DBMUX_E_TIMEOUT; }

Finding checked(const char* check, kit::Failure reason) {
  if (ran_out_of_time(reason)) return {check, "unknown", "not finished within 5 s", ""};
  return {check, "fail", reason->message, ""};
}

Finding structure(Connection& connection) {
  constexpr const char* kCheck = "file structure";
  auto lines = first_texts(connection, "PRAGMA main.quick_check(5)", 5);
  if (!lines) return checked(kCheck, lines.failure());
  if (lines->size() == 1 && lines->front() == "ok") return {kCheck, "ok", "ok", ""};
  std::string value;
  for (const auto& line : *lines) value += (value.empty() ? "" : "; ") + line;
  return {kCheck, "fail", value,
          "Restore the file from a backup, or save what can be read with the sqlite3 shell's .recover."};
}

Finding references(Connection& connection) {
  constexpr const char* kCheck = "foreign keys";
  constexpr std::size_t kMost = 100;
  auto rows = first_texts(connection, "SELECT \"table\" FROM pragma_foreign_key_check", kMost);
  if (!rows) return checked(kCheck, rows.failure());
  if (rows->empty()) return {kCheck, "ok", "ok", ""};
  const auto n = rows->size();
  return {kCheck, "warn",
          (n == kMost ? "at least " : "") + std::to_string(n) + (n == 1 ? " row refers" : " rows refer") +
              " to nothing, first in " + rows->front(),
          "PRAGMA foreign_key_check lists them."};
}

Finding journal(Connection& connection) {
  auto mode = first_texts(connection, "PRAGMA main.journal_mode", 1);
  if (!mode) return checked("journal mode", mode.failure());
  const std::string value = mode->empty() ? "" : mode->front();
  const bool unsafe = (value == "off" || value == "memory") && !connection.source().options().in_memory();
  return {"journal mode", unsafe ? "warn" : "ok", value,
          unsafe ? "A crash in the middle of a write can destroy the file." : ""};
}

void space(Connection& connection, std::vector<Finding>& findings) {
  auto page = header_value(connection, "page_size");
  auto pages = header_value(connection, "page_count");
  auto unused = header_value(connection, "freelist_count");
  if (!page || !pages || !unused) return;
  const auto bytes = *page * *pages;
  findings.push_back({"size", "ok", size_text(bytes), ""});
  const bool much = *unused * *page > kMiB && *unused * 4 > *pages;
  findings.push_back({"unused pages", much ? "warn" : "ok", size_text(*unused * *page),
                      much ? "VACUUM gives them back to the file system." : ""});
  const auto& options = connection.source().options();
  struct stat log;
  if (options.in_memory() || stat((options.filename + "-wal").c_str(), &log) != 0) return;
  const bool overdue = log.st_size > 64 * kMiB && log.st_size > bytes;
  findings.push_back({"write-ahead log", overdue ? "warn" : "ok", size_text(log.st_size),
                      overdue ? "A checkpoint is overdue: some reader may never end." : ""});
}

}  // namespace

kit::CursorResult health_meta(Connection& connection) {
  auto& interruption = connection.interruption();
  std::vector<Finding> findings;
  for (const auto check : {structure, references}) {
    interruption.set_budget(kCheckBudget);
    findings.push_back(check(connection));
    interruption.set_budget(std::chrono::milliseconds(0));
    if (interruption.due()) return connection.stopped();
  }
  findings.push_back(journal(connection));
  space(connection, findings);
  auto rows = kit::rows_of({{"check"}, {"status"}, {"value"}, {"advice"}});
  for (const auto& f : findings) rows->add({text(f.check), text(f.status), text(f.value), text(f.advice)});
  return rows;
}

}  // namespace dbmux::sqlite

// SPDX-License-Identifier: MIT-0
#include "check/run.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <map>

#include "check/checks.hpp"
#include "check/child.hpp"
#include "check/process_state.hpp"

namespace dbmux::check {
namespace {

std::string input_of(const Order& order) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer out(buffer);
  out.StartArray();
  for (const auto* text : {&order.file, &order.config, &order.statements})
    out.String(text->data(), static_cast<rapidjson::SizeType>(text->size()));
  out.EndArray();
  return {buffer.GetString(), buffer.GetSize()};
}

Order order_from_input() {
  std::string text;
  std::array<char, 4096> buffer;
  for (off_t at = 0;;) {
    const auto n = ::pread(kInputFd, buffer.data(), buffer.size(), at);
    if (n <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(n));
    at += n;
  }
  rapidjson::Document doc;
  doc.Parse(text.data(), text.size());
  Order order;
  if (doc.HasParseError() || !doc.IsArray() || doc.Size() != 3) return order;
  order.file = doc[0].GetString();
  order.config = {doc[1].GetString(), doc[1].GetStringLength()};
  order.statements = {doc[2].GetString(), doc[2].GetStringLength()};
  return order;
}

std::string where(const ChildEnd& end) {
  if (end.calling.empty()) return " outside of any function of the plugin";
  return " in " + end.calling + (end.calling.find(' ') == std::string::npos ? "()" : "");
}

// The end of what it said on standard error, or what a sanitizer made of it.
std::string last_words(const ChildEnd& end) {
  constexpr std::size_t kMost = 300;
  std::string_view text = end.said;
  if (const auto summary = text.rfind("SUMMARY: "); summary != std::string_view::npos)
    text = text.substr(summary, text.find('\n', summary) - summary);
  if (text.size() > kMost) text.remove_prefix(text.size() - kMost);
  text = text.substr(0, text.find_last_not_of('\n') + 1);
  return text.empty() ? "" : ", saying \"" + printable(text) + "\"";
}

bool behind_execute(std::string_view function) {
  return function == "columns" || function == "next_batch" || function == "summary" ||
         function == "cursor_close";
}

// The finding of a process that has ended without one, or badly after one.
Finding finding_of_death(const Check& check, const ChildEnd& end, std::chrono::seconds limit) {
  Finding f{Verdict::failed, check.promise, {}, {}};
  if (!end.problem.empty()) {
    f.seen = end.problem;
  } else if (end.timed_out) {
    f.seen = "it did not end within " + std::to_string(limit.count()) + " s," + where(end);
    f.advice = "Every wait ends at call->deadline_ns, and sees cancel().";
  } else if (WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGABRT &&
             end.said.find("terminate called") != std::string::npos) {
    f.seen = "an exception left it" + where(end) + last_words(end);
    f.advice = "Catch everything before it leaves a function of the plugin; the C++ kit does so.";
  } else if (WIFSIGNALED(end.status) || end.said.find("Sanitizer") != std::string::npos) {
    const char* name = WIFSIGNALED(end.status) ? ::sigabbrev_np(WTERMSIG(end.status)) : nullptr;
    f.seen = (name ? "it died of SIG" + std::string(name) : "a sanitizer stopped it") + where(end) +
             last_words(end);
    f.advice =
        behind_execute(end.calling)
            ? "Run it in a debugger. The request's text and parameters are taken away when execute() returns."
            : "Run it in a debugger.";
  } else {
    f.seen = "the process was ended with exit code " + std::to_string(WEXITSTATUS(end.status)) + where(end) +
             last_words(end);
    f.advice = "A plugin never ends the process: it returns an error.";
  }
  return f;
}

class Runner {
 public:
  explicit Runner(const Order& order) : order_(order), input_(input_of(order)) { report_.file = order.file; }

  Report run() {
    report_.secrets = secret_values("", order_.config);
    for (const auto& check : file_checks()) {
      const auto file = verdicts_.find("file");
      const bool legible = file == verdicts_.end() || file->second == Verdict::ok;
      add(check.name, legible ? check.run(order_.file)
                              : Finding{Verdict::skipped, {}, "it needs 'file', which failed", {}});
    }
    for (const auto& check : all_checks()) run(check);
    if (started_) {
      add_silence();
      add_host_functions();
    }
    return std::move(report_);
  }

 private:
  void add(const std::string& name, Finding finding) {
    verdicts_[name] = finding.verdict;
    report_.lines.push_back({name, std::move(finding)});
  }

  // Why the check cannot run, or "".
  std::string obstacle(const Check& check) const {
    const std::string needed = *check.needs ? check.needs : "file";
    const auto verdict = verdicts_.at(needed);
    if (verdict == Verdict::ok || verdict == Verdict::warning) return {};
    if (verdict == Verdict::failed) return "it needs '" + needed + "', which failed";
    const auto line = std::find_if(report_.lines.begin(), report_.lines.end(),
                                   [&](const Line& l) { return l.check == needed; });
    return verdict == Verdict::unreachable ? "the server was not reached" : line->finding.seen;
  }

  void run(const Check& check) {
    if (auto why = obstacle(check); !why.empty())
      return add(check.name, {Verdict::skipped, {}, std::move(why), {}});
    started_ = true;
    const auto limit = order_.limit * check.patience;
    const auto end = run_child({"dbmux-plugin-check", kChildFlag, check.name}, input_, hidden_, limit);
    std::optional<Finding> finding;
    for (const auto& record : end.records) {
      if (record.kind == Record::Kind::violation)
        violations_.emplace_back(check.name, record.text);
      else if (record.kind == Record::Kind::schema)
        take_schema(record.text);
      else
        finding = record.finding;
    }
    if (!end.printed.empty()) printed_.emplace_back(check.name, end.printed);
    const bool ended_well = !end.timed_out && WIFEXITED(end.status) && WEXITSTATUS(end.status) == 0;
    if (!finding || !ended_well || !end.problem.empty()) finding = finding_of_death(check, end, limit);
    if (finding->verdict == Verdict::ok) finding->expected = check.promise;
    add(check.name, std::move(*finding));
  }

  void take_schema(const std::string& schema) {
    hidden_ = hidden_variables(schema);
    report_.secrets = secret_values(schema, order_.config);
  }

  void add_silence() {
    Finding f{Verdict::ok, "nothing is written to standard output", {}, {}};
    if (!printed_.empty()) {
      f = {Verdict::failed, "nothing is written to standard output: it belongs to the protocol",
           "\"" + printable(printed_.front().second, 60) + "\" in '" + printed_.front().first + "'",
           "Write with host->log or host->notice."};
    }
    add("stdout", std::move(f));
  }

  void add_host_functions() {
    Finding f{Verdict::ok,
              "host functions are only called with a live call, between init() and shutdown()",
              {},
              {}};
    if (!violations_.empty())
      f = {Verdict::failed, f.expected,
           violations_.front().second + ", in '" + violations_.front().first + "'; " +
               std::to_string(violations_.size()) + " times in all",
           "A call lives until its function returns; that of execute() until cursor_close() does."};
    add("host_functions", std::move(f));
  }

  const Order& order_;
  std::string input_;
  Report report_;
  std::map<std::string, Verdict> verdicts_;
  std::vector<std::string> hidden_;
  std::vector<std::pair<std::string, std::string>> violations_, printed_;
  bool started_ = false;
};

bool needs(const Check& check, std::string_view name) {
  const auto all = all_checks();
  for (const Check* c = &check; *c->needs;) {
    if (c->needs == name) return true;
    c = &*std::find_if(all.begin(), all.end(),
                       [&](const Check& other) { return std::strcmp(other.name, c->needs) == 0; });
  }
  return false;
}

}  // namespace

Report run_all(const Order& order) { return Runner(order).run(); }

void run_one(const std::string& name) {
  attach_to_parent();
  ::signal(SIGPIPE, SIG_IGN);  // as the host does before it loads a plugin
  const auto all = all_checks();
  const auto check = std::find_if(all.begin(), all.end(), [&](const Check& c) { return name == c.name; });
  expect(check != all.end(), "a check of this name", name);
  const auto order = order_from_input();
  remember_process_state();
  const auto plugin = Plugin::load(order.file);
  Bench bench{order.file, plugin, {}};
  if (name == "options" || needs(*check, "options")) {
    const auto schema = parse_schema(plugin.descriptor().config_schema);
    bench.setup = make_setup(plugin.descriptor(), schema, order.config, order.statements);
    set_secrets(bench.setup.secrets);
  }
  check->run(bench);
  fail("the check comes to a verdict", "it came to none");
}

}  // namespace dbmux::check

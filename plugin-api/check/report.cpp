// SPDX-License-Identifier: MIT-0
#include "check/report.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace dbmux::check {
namespace {

constexpr const char* kNotChecked =
    "not checked: whether the plugin keeps to [source] and [conn] by itself (the host does), reading of the "
    "environment through a library, what a server sees\n";

std::size_t count(const Report& report, Verdict verdict) {
  return static_cast<std::size_t>(
      std::count_if(report.lines.begin(), report.lines.end(),
                    [&](const Line& line) { return line.finding.verdict == verdict; }));
}

std::string without(const std::vector<std::string>& secrets, std::string text) {
  for (const auto& secret : secrets)
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3))
      text.replace(at, secret.size(), "***");
  return text;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text + ' ';
}

std::string sentence(const Finding& f) {
  switch (f.verdict) {
    case Verdict::ok:
      return f.expected;
    case Verdict::skipped:
    case Verdict::unreachable:
      return f.seen;
    default:
      return "expected: " + f.expected + "; seen: " + f.seen +
             (f.advice.empty() ? "" : "; to do: " + f.advice);
  }
}

const char* word(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "ok";
    case Verdict::warning:
      return "warning";
    case Verdict::failed:
      return "FAILED";
    case Verdict::skipped:
      return "skipped";
    case Verdict::unreachable:
      break;
  }
  return "unreachable";
}

}  // namespace

int Report::exit_code() const {
  if (count(*this, Verdict::failed) > 0) return 4;
  return count(*this, Verdict::unreachable) > 0 ? 5 : 0;
}

std::string Report::as_text() const {
  std::string out = file + "\n";
  for (const auto& line : lines)
    out += padded(word(line.finding.verdict), 11) + padded(line.check, 18) +
           without(secrets, sentence(line.finding)) + "\n";
  out += kNotChecked;
  out += std::to_string(count(*this, Verdict::ok)) + " ok, " +
         std::to_string(count(*this, Verdict::warning)) + " warnings, " +
         std::to_string(count(*this, Verdict::failed)) + " failed, " +
         std::to_string(count(*this, Verdict::skipped)) + " skipped";
  if (count(*this, Verdict::unreachable) > 0) out += ": the server was not reached";
  return out + "\n";
}

std::string Report::as_json() const {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer out(buffer);
  const auto write = [&](const char* key, std::string_view text) {
    if (text.empty()) return;
    const auto clean = without(secrets, std::string(text));
    out.Key(key);
    out.String(clean.data(), static_cast<rapidjson::SizeType>(clean.size()));
  };
  out.StartObject();
  write("file", file);
  out.Key("checks");
  out.StartArray();
  for (const auto& line : lines) {
    out.StartObject();
    write("check", line.check);
    write("verdict", to_string(line.finding.verdict));
    write("expected", line.finding.expected);
    write("seen", line.finding.seen);
    write("advice", line.finding.advice);
    out.EndObject();
  }
  out.EndArray();
  for (const auto verdict :
       {Verdict::ok, Verdict::warning, Verdict::failed, Verdict::skipped, Verdict::unreachable}) {
    const auto name = to_string(verdict);
    out.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    out.Uint64(count(*this, verdict));
  }
  out.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace dbmux::check

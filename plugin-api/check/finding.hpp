// SPDX-License-Identifier: MIT-0
#pragma once
// What one check found, and how it travels from the process that ran it: one line of JSON.
#include <optional>
#include <string>
#include <string_view>

namespace dbmux::check {

enum class Verdict { ok, warning, failed, skipped, unreachable };

struct Finding {
  Verdict verdict = Verdict::ok;
  std::string expected = {};
  std::string seen = {};  // of skipped and unreachable: why
  std::string advice = {};
};

// What a process says about itself beside its finding.
struct Record {
  enum class Kind { finding, violation, schema };
  Kind kind = Kind::finding;
  Finding finding = {};
  std::string text = {};  // violation: what a host function saw; schema: the option schema
};

std::string to_line(const Record&);  // ends in a newline
std::optional<Record> record_from(std::string_view line);

std::string_view to_string(Verdict);

// Text of a plugin made fit for a terminal and for JSON: control characters and bytes that are not UTF-8
// become
// \xNN, and what is longer than `most` bytes is cut.
std::string printable(std::string_view text, std::size_t most = 400);

}  // namespace dbmux::check

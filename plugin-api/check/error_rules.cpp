// SPDX-License-Identifier: MIT-0
#include <algorithm>
#include <cstring>

#include "check/driver.hpp"
#include "check/utf8.hpp"

namespace dbmux::check {
namespace {

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

template <std::size_t N>
void inspect_text(const std::string& function, const char* name, const char (&text)[N]) {
  const auto* end = static_cast<const char*>(std::memchr(text, 0, N));
  expect(end != nullptr, "the texts of an error end in NUL",
         function + " filled all " + std::to_string(N) + " bytes of " + name, "Cut them to one byte less.");
  const std::string_view whole(text, static_cast<std::size_t>(end - text));
  expect(is_utf8(whole), "the texts of an error are UTF-8",
         function + " gave " + name + " \"" + printable(whole) + "\"", "Cut on a character's edge.");
  expect(!quotes_secret(whole), "no secret stands in an error", function + " wrote one into " + name,
         "Client libraries quote connection strings: remove it, or write your own text.");
}

}  // namespace

void inspect_error(const char* function, const Outcome& outcome, std::string_view text) {
  const std::string name = std::string(function) + "()";
  const auto& e = outcome.error;
  expect(outcome.status > 0 && outcome.status <= DBMUX_E_NEED_INPUT, "a status is one of those in plugin.h",
         name + " returned " + std::to_string(outcome.status));
  expect(e.category == outcome.status, "error.category is the status that is returned",
         name + " returned " + category_name(outcome.status) + " and wrote category " +
             std::to_string(e.category));
  inspect_text(name, "sqlstate", e.sqlstate);
  inspect_text(name, "object", e.object);
  inspect_text(name, "message", e.message);
  inspect_text(name, "detail", e.detail);
  inspect_text(name, "hint", e.hint);
  expect(e.message[0] != 0, "an error says in words what is wrong",
         name + " left the message of " + category_name(outcome.status) + " empty");
  const auto length = static_cast<std::int64_t>(characters(text));
  expect(e.position >= 0 && e.position <= length + 1,
         "error.position is a character of the statement, from 1, or 0",
         name + " gave " + std::to_string(e.position) + " in a text of " + std::to_string(length) +
             " characters",
         "Characters are counted, not bytes.");
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  expect(e.line >= 0 && e.line <= lines + 1, "error.line is a line of the statement, from 1, or 0",
         name + " gave " + std::to_string(e.line) + " in a text of " + std::to_string(lines) + " lines");
}

}  // namespace dbmux::check

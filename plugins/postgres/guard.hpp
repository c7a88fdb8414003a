#pragma once
// What may run, judged by a statement's words: a list of what is allowed, not of what is not. The layer in
// front of the parser, and the only one of ours for what the parser does not know.
#include <optional>
#include <string>
#include <string_view>

#include "dbmux/kit.hpp"

namespace dbmux::postgres {

struct Outline {
  std::string verb;              // the first word in upper case
  int parameters = 0;            // the highest number behind a $
  bool dirties_session = false;  // may leave settings, locks or temporary objects behind
  bool changes_catalog = false;
  int nesting = 0, comment_nesting = 0;
};

// invalid: no statement, more than one, a NUL, or something that is not closed.
kit::Result<Outline> outline_of(std::string_view text);

// Whether the text may be given to a parser, ours or the server's: both use their stack by its nesting.
kit::Status check_size(std::string_view text, const Outline&, bool reading);

// read_only: it is none that reads. not_understood: the words cannot tell. alone: no parser sees it.
kit::Status check_reading(std::string_view text, bool alone);

// COPY, LISTEN and others of which no answer would come; null for all else. reading: the category is
// read_only.
std::optional<kit::Failure> refusal_of(std::string_view verb, bool reading);

// unsupported: for transactions there are calls, and COPY has a protocol of its own.
kit::Status check_writing(const Outline&);

}  // namespace dbmux::postgres

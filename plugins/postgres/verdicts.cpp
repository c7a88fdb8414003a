#include "verdicts.hpp"

#include <algorithm>
#include <utility>

namespace dbmux::postgres {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Next to such a digit belongs to a word, a parameter or a number of another form.
bool clings(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

bool begins_with(std::string_view text, std::string_view word) {
  if (text.size() <= word.size() || clings(text[word.size()])) return false;
  return std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) { return a == (b & ~0x20); });
}

std::size_t end_of_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

}  // namespace

std::string verdict_key(std::string_view text) {
  const auto first = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const auto statement = text.substr(first);
  std::string key;
  if ((!begins_with(statement, "SELECT") && !begins_with(statement, "WITH")) ||
      text.find('"') != std::string_view::npos)
    return key.assign(text);
  key.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (!is_digit(text[i])) {
      key += text[i++];
      continue;
    }
    auto end = end_of_digits(text, i);
    if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1]))
      end = end_of_digits(text, end + 1);
    const bool alone = (i == 0 || !clings(text[i - 1])) && (end == text.size() || !clings(text[end]));
    key += alone ? std::string_view("0") : text.substr(i, end - i);
    i = end;
  }
  return key;
}

std::shared_ptr<const Verdict> Verdicts::find(std::string_view text, std::uint64_t epoch) {
  if (text.size() > kLongestText) return nullptr;
  const auto key = verdict_key(text);
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  const auto& verdict = *found->second->verdict;
  if (verdict.epoch != epoch || verdict.until_ns <= kit::now_ns()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return entries_.front().verdict;
}

void Verdicts::keep(std::string_view text, std::shared_ptr<const Verdict> verdict) {
  if (text.size() > kLongestText) return;
  auto key = verdict_key(text);
  const std::lock_guard lock(mutex_);
  if (const auto known = by_key_.find(key); known != by_key_.end()) {
    known->second->verdict = std::move(verdict);
    return;
  }
  entries_.push_front({std::move(key), std::move(verdict)});
  by_key_.emplace(entries_.front().key, entries_.begin());
  if (entries_.size() <= kMost) return;
  by_key_.erase(entries_.back().key);
  entries_.pop_back();
}

}  // namespace dbmux::postgres

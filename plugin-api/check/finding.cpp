// SPDX-License-Identifier: MIT-0
#include "check/finding.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>

#include "check/utf8.hpp"

namespace dbmux::check {
namespace {

constexpr std::array<std::string_view, 5> kVerdicts{"ok", "warning", "failed", "skipped", "unreachable"};
constexpr std::array<std::string_view, 3> kKinds{"finding", "violation", "schema"};

template <std::size_t N>
std::optional<std::size_t> place(const std::array<std::string_view, N>& words, std::string_view word) {
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) return std::nullopt;
  return static_cast<std::size_t>(found - words.begin());
}

std::string text_of(const rapidjson::Value& object, const char* key) {
  const auto found = object.FindMember(key);
  if (found == object.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

}  // namespace

std::string_view to_string(Verdict verdict) { return kVerdicts[static_cast<std::size_t>(verdict)]; }

std::string to_line(const Record& record) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer out(buffer);
  const auto write = [&](const char* key, std::string_view text) {
    out.Key(key);
    out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  };
  out.StartObject();
  write("kind", kKinds[static_cast<std::size_t>(record.kind)]);
  write("verdict", to_string(record.finding.verdict));
  write("expected", record.finding.expected);
  write("seen", record.finding.seen);
  write("advice", record.finding.advice);
  write("text", record.text);
  out.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

std::optional<Record> record_from(std::string_view line) {
  rapidjson::Document doc;
  doc.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
  if (doc.HasParseError() || !doc.IsObject()) return std::nullopt;
  const auto kind = place(kKinds, text_of(doc, "kind"));
  const auto verdict = place(kVerdicts, text_of(doc, "verdict"));
  if (!kind || !verdict) return std::nullopt;
  return Record{static_cast<Record::Kind>(*kind),
                {static_cast<Verdict>(*verdict), text_of(doc, "expected"), text_of(doc, "seen"),
                 text_of(doc, "advice")},
                text_of(doc, "text")};
}

std::string printable(std::string_view text, std::size_t most) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  const bool cut = text.size() > most;
  if (cut) text = text.substr(0, most);
  while (!text.empty()) {
    const std::size_t n = character_length(text);
    const auto byte = static_cast<unsigned char>(text.front());
    const bool c1 = n == 2 && byte == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (byte == '\n' || byte == '\r' || byte == '\t') {
      out += ' ';
      text.remove_prefix(1);
    } else if (n == 0 || c1 || byte < 0x20 || byte == 0x7F) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
      text.remove_prefix(1);
    } else {
      out += text.substr(0, n);
      text.remove_prefix(n);
    }
  }
  return cut ? out + "…" : out;
}

}  // namespace dbmux::check

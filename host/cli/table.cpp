#include "cli/table.hpp"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>
#include <vector>

#include "base/json.hpp"
#include "base/text.hpp"

namespace dbmux {

namespace {

constexpr std::size_t kWidest = 60;

struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::vector<bool> numeric;
};

// Nothing in a row may steer the terminal: neither the control characters of ASCII nor U+0080 to U+009F.
std::string harmless(std::string_view text, bool lines = false) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) ++i;
    const bool control = (byte < 0x20 && !(lines && byte == '\n')) || byte == 0x7f || c1;
    out += control ? ' ' : text[i];
  }
  return out;
}

std::string_view first_characters(std::string_view text, std::size_t n) {
  std::size_t bytes = 0;
  while (n-- > 0 && bytes < text.size()) do
      ++bytes;
    while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80);
  return text.substr(0, bytes);
}

std::string cell_text(const JsonValue& v) {
  if (v.IsNull()) return "NULL";
  const auto text = harmless(v.IsString() ? std::string(view(v)) : to_json(v));
  const auto shown = first_characters(text, kWidest);
  return shown.size() < text.size() ? std::string(shown) + "…" : text;
}

std::string pad(const std::string& text, std::size_t width, bool right) {
  const auto length = static_cast<std::size_t>(utf8_length(text));
  const std::string space(width > length ? width - length : 0, ' ');
  return right ? space + text : text + space;
}

std::string printed(const Table& table) {
  std::vector<std::size_t> widths;
  for (const auto& name : table.header) widths.push_back(static_cast<std::size_t>(utf8_length(name)));
  for (const auto& row : table.rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], static_cast<std::size_t>(utf8_length(row[i])));
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells, bool header) {
    for (std::size_t i = 0; i < cells.size(); ++i)
      out += (i ? "  " : "") + pad(cells[i], widths[i], !header && table.numeric[i]);
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  };
  line(table.header, true);
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (i) out += "  ";
    out.append(widths[i], '-');
  }
  out += '\n';
  for (const auto& row : table.rows) line(row, false);
  return out;
}

Table from_rows(const JsonValue& columns, const JsonValue& rows) {
  Table t;
  for (const auto& c : columns.GetArray()) t.header.push_back(cell_text(c));
  t.numeric.assign(t.header.size(), rows.Size() > 0);
  for (const auto& row : rows.GetArray()) {
    auto& out = t.rows.emplace_back();
    for (std::size_t i = 0; i < t.header.size(); ++i) {
      const auto& v = row[static_cast<rapidjson::SizeType>(i)];
      out.push_back(cell_text(v));
      t.numeric[i] = t.numeric[i] && (v.IsNumber() || v.IsNull());
    }
  }
  return t;
}

Table from_entries(const JsonValue& entries) {
  Table t;
  for (const auto& entry : entries.GetArray())
    for (const auto& m : entry.GetObject())
      if (std::find(t.header.begin(), t.header.end(), view(m.name)) == t.header.end())
        t.header.emplace_back(view(m.name));
  t.numeric.assign(t.header.size(), entries.Size() > 0);
  for (const auto& entry : entries.GetArray()) {
    auto& out = t.rows.emplace_back();
    for (std::size_t i = 0; i < t.header.size(); ++i) {
      const auto* v = member(entry, t.header[i]);
      out.push_back(v ? cell_text(*v) : "");
      t.numeric[i] = t.numeric[i] && v && v->IsNumber();
    }
  }
  return t;
}

bool all_objects(const JsonValue& list) {
  return list.IsArray() && list.Size() > 0 &&
         std::all_of(list.Begin(), list.End(), [](const JsonValue& v) { return v.IsObject(); });
}

std::string cut_note(const JsonValue& document) {
  const auto* why = member(document, "why");
  if (!why || !why->IsString()) return {};
  std::string note = "cut (" + std::string(view(*why)) + ")";
  if (const auto* total = member(document, "total"); total && total->IsInt64())
    note += " of " + thousands(total->GetInt64());
  return note + "\n";
}

}  // namespace

std::string as_table(const std::string& json) {
  auto document = parse_json(json);
  if (!document) return harmless(json, true) + "\n";
  if (document->IsObject()) {
    const auto* columns = member(*document, "columns");
    const auto* rows = member(*document, "rows");
    if (columns && rows && columns->IsArray() && rows->IsArray() &&
        (columns->Empty() || (*columns)[0].IsString())) {
      const auto table = from_rows(*columns, *rows);
      return printed(table) + "(" + std::to_string(table.rows.size()) +
             (table.rows.size() == 1 ? " row)\n" : " rows)\n") + cut_note(*document);
    }
    for (const char* list : {"tables", "matches", "connections", "calls", "checks"})
      if (const auto* entries = member(*document, list); entries && all_objects(*entries))
        return printed(from_entries(*entries)) + cut_note(*document);
  }
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
  writer.SetIndent(' ', 2);
  document->Accept(writer);
  return harmless({buffer.GetString(), buffer.GetSize()}, true) + "\n";
}

}  // namespace dbmux

#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "base/json.hpp"
#include "operations/confirm.hpp"
#include "operations/random_name.hpp"
#include "secret/private_file.hpp"

namespace dbmux {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20;
constexpr std::size_t kLetters = 8;
constexpr std::string_view kSuffix = ".json";

std::string compact_code(std::string_view written) {
  std::string code;
  for (const char c : written)
    if (std::isalnum(static_cast<unsigned char>(c)))
      code += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return code;
}

std::string shown_code(const std::string& code) { return code.substr(0, 4) + "-" + code.substr(4); }

std::string text_of(const JsonValue& object, std::string_view key) {
  const auto* v = member(object, key);
  return v && v->IsString() ? std::string(view(*v)) : std::string();
}

std::optional<ConfirmFolder::Entry> read_entry(const fs::path& file) {
  auto text = read_private_file(file, "confirmation", kMostBytes);
  if (!text || !*text) return std::nullopt;
  const auto json = parse_json(**text);
  const auto* until = json ? member(*json, "until") : nullptr;
  const auto* allowed = json ? member(*json, "allowed") : nullptr;
  const auto code = file.stem().string();
  if (!until || !until->IsInt64() || !allowed || !allowed->IsBool() || code.size() != kLetters)
    return std::nullopt;
  ConfirmFolder::Entry e;
  e.code = shown_code(code);
  e.write = {text_of(*json, "principal"), text_of(*json, "connection"), text_of(*json, "statement"),
             text_of(*json, "params"), text_of(*json, "target")};
  e.question = text_of(*json, "question");
  e.until = Wall::time_point(std::chrono::seconds(until->GetInt64()));
  e.allowed = allowed->GetBool();
  return e;
}

}  // namespace

fs::path confirm_folder(const fs::path& home) { return home / "confirm"; }

fs::path ConfirmFolder::file(std::string_view code) const {
  return folder_ / (compact_code(code) + std::string(kSuffix));
}

Result<void> ConfirmFolder::write(const Entry& e) {
  const auto until = std::chrono::duration_cast<std::chrono::seconds>(e.until.time_since_epoch()).count();
  const auto json =
      "{\"until\":" + std::to_string(until) + ",\"allowed\":" + (e.allowed ? "true" : "false") +
      ",\"principal\":" + json_quote(e.write.principal) +
      ",\"connection\":" + json_quote(e.write.connection) +
      ",\"statement\":" + json_quote(e.write.statement) + ",\"params\":" + json_quote(e.write.params) +
      ",\"target\":" + json_quote(e.write.target) + ",\"question\":" + json_quote(e.question) + "}\n";
  return replace_file(file(e.code), json);
}

std::vector<ConfirmFolder::Entry> ConfirmFolder::all() const {
  std::vector<Entry> entries;
  std::error_code ec;
  for (fs::directory_iterator at(folder_, ec), end; !ec && at != end; at.increment(ec)) {
    if (at->path().extension() != kSuffix) continue;
    auto entry = read_entry(at->path());
    if (!entry) continue;
    std::error_code ignored;
    if (entry->until <= Wall::now())
      fs::remove(at->path(), ignored);
    else
      entries.push_back(std::move(*entry));
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.until, a.code) < std::tie(b.until, b.code);
  });
  return entries;
}

std::optional<ConfirmFolder::Entry> ConfirmFolder::find(std::string_view code) const {
  const auto wanted = compact_code(code);
  for (auto& entry : all())
    if (compact_code(entry.code) == wanted) return std::move(entry);
  return std::nullopt;
}

Result<std::string> ConfirmFolder::add(const PendingWrite& write, std::string question) {
  const auto waiting = all();
  for (const auto& entry : waiting)
    if (entry.write == write && !entry.allowed) return entry.code;
  if (waiting.size() >= kMost)
    return fail(Category::resource,
                "Not run: " + std::to_string(kMost) + " writes wait for a person already.",
                "Ask the person to look at them with: dbmux confirm");
  if (auto made = make_private_folder(folder_); !made) return fail(made.error());
  const auto until = std::chrono::ceil<std::chrono::seconds>(Wall::now() + kConfirmationLife);
  Entry entry{shown_code(random_name("ABCDEFGHJKMNPQRSTUVWXYZ23456789", kLetters)), write,
              std::move(question), until};
  if (auto done = this->write(entry); !done) return fail(done.error());
  return entry.code;
}

Result<void> ConfirmFolder::allow(const Entry& entry) {
  auto allowed = entry;
  allowed.allowed = true;
  return write(allowed);
}

void ConfirmFolder::remove(const Entry& entry) {
  std::error_code ignored;
  fs::remove(file(entry.code), ignored);
}

bool ConfirmFolder::take(const PendingWrite& write) {
  for (const auto& entry : all())
    if (entry.allowed && entry.write == write) return ::unlink(file(entry.code).c_str()) == 0;
  return false;
}

}  // namespace dbmux

#include "bounded_functions.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <new>
#include <string>
#include <string_view>

#include "handle.hpp"

namespace dbmux::sqlite {

namespace {

constexpr std::int64_t kMostSteps = 1'000'000'000;  // of a byte compared or written: about a second

std::string_view text_of(sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return {text ? text : "", text ? static_cast<std::size_t>(sqlite3_value_bytes(value)) : 0};
}

bool is_null(sqlite3_value* value) { return sqlite3_value_type(value) == SQLITE_NULL; }
bool is_blob(sqlite3_value* value) { return sqlite3_value_type(value) == SQLITE_BLOB; }
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t place_of(std::string_view text, std::string_view part, std::size_t from) {
  const void* at = memmem(text.data() + from, text.size() - from, part.data(), part.size());
  return at ? static_cast<std::size_t>(static_cast<const char*>(at) - text.data()) : std::string_view::npos;
}

void instr(sqlite3_context* context, int, sqlite3_value** args) {
  if (is_null(args[0]) || is_null(args[1])) return;
  const bool blobs = is_blob(args[0]) && is_blob(args[1]);
  const auto bytes = [&](sqlite3_value* v) {
    if (!blobs) return text_of(v);
    const auto n = static_cast<std::size_t>(sqlite3_value_bytes(v));
    return std::string_view(n ? static_cast<const char*>(sqlite3_value_blob(v)) : "", n);
  };
  const auto text = bytes(args[0]);
  const auto part = bytes(args[1]);
  if (part.empty()) return sqlite3_result_int(context, 1);
  // Within a text a match begins where a character begins.
  const bool only_at_start = !blobs && continues(part[0]);
  const auto at =
      only_at_start ? (text.starts_with(part) ? 0 : std::string_view::npos) : place_of(text, part, 0);
  if (at == std::string_view::npos) return sqlite3_result_int(context, 0);
  if (blobs || at == 0) return sqlite3_result_int64(context, static_cast<sqlite3_int64>(at) + 1);
  const auto characters = std::count_if(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                        [](char c) { return !continues(c); });
  sqlite3_result_int64(context, characters + 1);
}

void replace(sqlite3_context* context, int, sqlite3_value** args) {
  if (is_null(args[0]) || is_null(args[1])) return;
  const auto text = text_of(args[0]);
  const auto part = text_of(args[1]);
  // As the built-in one takes a pattern that begins with NUL, and before it looks at the third argument.
  if (part.empty() || part[0] == 0) return sqlite3_result_value(context, args[0]);
  if (is_null(args[2])) return;
  const auto other = text_of(args[2]);
  const auto most =
      static_cast<std::size_t>(sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LENGTH, -1));
  std::string out;
  std::size_t from = 0;
  for (auto at = place_of(text, part, 0); at != std::string_view::npos; at = place_of(text, part, from)) {
    out.append(text, from, at - from).append(other);
    from = at + part.size();
    if (out.size() > most) return sqlite3_result_error_toobig(context);
  }
  out.append(text, from);
  if (out.size() > most) return sqlite3_result_error_toobig(context);
  sqlite3_result_text64(context, out.data(), out.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

// The characters that a format asks for by its widths and precisions; those given by * are arguments.
std::int64_t asked_width(int n, sqlite3_value** args) {
  const auto format = n > 0 ? text_of(args[0]) : std::string_view();
  std::int64_t sum = 0;
  int next = 1;
  for (std::size_t i = format.find('%'); i < format.size(); i = format.find('%', i + 1)) {
    for (++i; i < format.size(); ++i) {
      const char c = format[i];
      if (c == '*') {
        const auto width = next < n ? sqlite3_value_int64(args[next]) : 0;
        ++next;
        sum += std::min<std::int64_t>(width < 0 ? (width < -kMostSteps ? kMostSteps : -width) : width,
                                      kMostSteps);
      } else if (c >= '0' && c <= '9') {
        std::int64_t width = 0;
        for (; i < format.size() && format[i] >= '0' && format[i] <= '9'; ++i)
          width = std::min<std::int64_t>(width * 10 + (format[i] - '0'), kMostSteps);
        sum += width;
        --i;
      } else if (std::string_view("-+ #!,.l").find(c) == std::string_view::npos) {
        if (c != '%') ++next;
        break;
      }
    }
    if (i >= format.size()) break;
  }
  return sum;
}

// Of trim(): each character of the text against each of the set.
std::int64_t product(int, sqlite3_value** args) {
  return std::int64_t{sqlite3_value_bytes(args[0])} * sqlite3_value_bytes(args[1]);
}

// Of json_patch(): each member of the patch against those that are there by then.
std::int64_t patch_work(int, sqlite3_value** args) {
  const std::int64_t patch = sqlite3_value_bytes(args[1]);
  return (sqlite3_value_bytes(args[0]) + patch) * patch;
}

// A built-in function, run by a handle on which it has not been replaced.
class BuiltIn {
 public:
  using Work = std::int64_t (*)(int n, sqlite3_value** args);
  BuiltIn(const char* name, Work work, std::int64_t most) : name_(name), work_(work), most_(most) {}

  void call(sqlite3_context* context, int n, sqlite3_value** args) {
    if (work_(n, args) > most_) {
      const std::string message = std::string(name_) + "() would take too long with arguments of this size";
      return fail(context, message.c_str(), SQLITE_TOOBIG);
    }
    auto* s = statement(n, sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LENGTH, -1));
    if (!s) return sqlite3_result_error_nomem(context);
    for (int i = 0; i < n; ++i) sqlite3_bind_value(s, i + 1, args[i]);
    if (const int rc = sqlite3_step(s); rc == SQLITE_ROW) {
      sqlite3_result_value(context, sqlite3_column_value(s, 0));
    } else {
      fail(context, sqlite3_errmsg(db_.get()), rc);
    }
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
  }

 private:
  static void fail(sqlite3_context* context, const char* message, int rc) {
    sqlite3_result_error(context, message, -1);
    sqlite3_result_error_code(context, rc);
  }

  sqlite3_stmt* statement(int n, int longest) {
    auto& s = statements_[n];
    if (s) return s.get();
    if (!db_) {
      sqlite3* raw = nullptr;
      sqlite3_open_v2(":memory:", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX,
                      nullptr);
      db_.reset(raw);
      sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, longest);
    }
    std::string sql = "SELECT " + std::string(name_) + '(';
    for (int i = 0; i < n; ++i) sql += i ? ",?" : "?";
    sqlite3_stmt* raw = nullptr;
    sqlite3_prepare_v3(db_.get(), (sql + ')').c_str(), -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    s.reset(raw);
    return raw;
  }

  const char* name_;
  Work work_;
  std::int64_t most_;
  DatabaseHandle db_;
  std::map<int, StatementHandle> statements_;
};

void call_built_in(sqlite3_context* context, int n, sqlite3_value** args) {
  try {
    static_cast<BuiltIn*>(sqlite3_user_data(context))->call(context, n, args);
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  }
}

void call_replace(sqlite3_context* context, int n, sqlite3_value** args) {
  try {
    replace(context, n, args);
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  }
}

}  // namespace

void bound_functions(sqlite3* db) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  sqlite3_create_function_v2(db, "instr", 2, kFlags, nullptr, instr, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(db, "replace", 3, kFlags, nullptr, call_replace, nullptr, nullptr, nullptr);
  constexpr std::int64_t kMostPatch = std::int64_t{1} << 33;  // two documents of 64 KiB
  constexpr std::int64_t kMostWidth = 100'000'000;
  const auto add = [db](const char* name, int arguments, BuiltIn::Work work, std::int64_t most) {
    auto built_in = std::make_unique<BuiltIn>(name, work, most);
    // The destructor also runs when the function cannot be registered.
    sqlite3_create_function_v2(db, name, arguments, kFlags, built_in.release(), call_built_in, nullptr,
                               nullptr, [](void* p) { delete static_cast<BuiltIn*>(p); });
  };
  for (const char* name : {"trim", "ltrim", "rtrim"}) add(name, 2, product, kMostSteps);
  for (const char* name : {"printf", "format"}) add(name, -1, asked_width, kMostWidth);
  add("json_patch", 2, patch_work, kMostPatch);
}

}  // namespace dbmux::sqlite

#pragma once
// What the process says about itself: a JSON object a line, or a readable line where a person watches a
// terminal. Never on standard output. Any thread; each line is one write.
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace dbmux {

enum class Level { debug, info, warning, error };
std::string_view to_string(Level);
std::optional<Level> level_named(std::string_view);

struct Field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  Field(std::string_view k, std::string_view text) : key(k), value(text) {}
  Field(std::string_view k, const char* text) : key(k), value(std::string_view(text)) {}
  Field(std::string_view k, const std::string& text) : key(k), value(std::string_view(text)) {}
  Field(std::string_view k, bool yes) : key(k), value(yes) {}
  Field(std::string_view k, double number) : key(k), value(number) {}
  template <class Integer>
    requires std::is_integral_v<Integer>
  Field(std::string_view k, Integer number) : key(k), value(static_cast<std::int64_t>(number)) {}
};

// Before it is called: info and above, on standard error. fd stays the caller's; readable lines if it is a
// terminal.
void configure(Level lowest, int fd);
bool logs(Level);  // to spare the making of costly fields

// event: a few words, always the same for the same happening. Texts are scrubbed, and cut at 4 KiB.
void log(Level, std::string_view event, std::initializer_list<Field> fields = {});

// Registers a secret: from now on it appears as *** in log lines and in scrubbed(), also percent-encoded. One
// shorter than four bytes is replaced only where it stands alone as a word. The last 1,024 are kept.
void scrub(std::string secret);
// cut: the text may have been cut off within a secret, so a tail that begins one is hidden as well.
std::string scrubbed(std::string_view text, bool cut = false);

}  // namespace dbmux

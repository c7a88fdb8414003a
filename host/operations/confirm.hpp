#pragma once
// Writes that a person must allow first (access: confirm). A client that can ask its user is asked; for any
// other a person allows the write in a terminal, by a code.
#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "profile/profile.hpp"

namespace dbmux {

// What was shown is what is run: an answer holds for all of this, to the letter.
struct PendingWrite {
  std::string principal, connection, statement;
  std::string params;  // JSON as given, "" = none
  std::string target;  // target_digest() of the connection: another profile may have one of the same name
  bool operator==(const PendingWrite&) const = default;
};

inline constexpr std::chrono::minutes kConfirmationLife{10};

// Questions that a client was given and has not answered, in memory. Any thread.
class Confirmations {
 public:
  static constexpr std::size_t kMost = 64;  // then the oldest is forgotten, and its answer asked for anew

  Confirmations() = default;
  explicit Confirmations(std::chrono::milliseconds life) : life_(life) {}

  std::string add(PendingWrite, std::string question);  // gives its key, which cannot be guessed
  // What was asked under that key, if it was about this very write and is not too old.
  std::optional<std::string> question(std::string_view key, const PendingWrite&);
  // True once a key: then it is gone.
  bool take(std::string_view key, const PendingWrite&);

 private:
  struct Entry {
    std::string key;
    PendingWrite write;
    std::string question;
    Clock::time_point until;
  };
  Entry* find(std::string_view key, const PendingWrite&);

  const std::chrono::milliseconds life_ = kConfirmationLife;
  std::mutex mutex_;
  std::vector<Entry> entries_;
};

// Writes that wait for `dbmux confirm CODE`: a private file each, seen by every process of the user.
class ConfirmFolder {
 public:
  static constexpr std::size_t kMost = 64;

  struct Entry {
    std::string code;  // K7QF-2MXD
    PendingWrite write;
    std::string question;
    Wall::time_point until;
    bool allowed = false;
  };

  // Makes nothing before something is added.
  explicit ConfirmFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  // The write's code; the same one while it waits. Error (resource): too many wait.
  Result<std::string> add(const PendingWrite&, std::string question);
  // Those that have not expired, the oldest first; the files of the others are removed.
  std::vector<Entry> all() const;
  std::optional<Entry> find(std::string_view code) const;  // in any case, with or without its hyphen
  Result<void> allow(const Entry&);
  void remove(const Entry&);
  // True for one caller, in whatever process, after the write was allowed.
  bool take(const PendingWrite&);

 private:
  std::filesystem::path file(std::string_view code) const;
  Result<void> write(const Entry&);

  std::filesystem::path folder_;
};

// Where those files are for a process with this home (dbmux_home()).
std::filesystem::path confirm_folder(const std::filesystem::path& home);

// SHA-256 of where a connection leads: its plugin and options, in hexadecimal digits. Of secrets, the
// sources.
std::string target_digest(const ConnectionProfile&);

// The question as a person reads it: what would change, the statement, its values. What could hide a part of
// it (control characters, marks that turn the direction of writing) is spelt out.
std::string confirmation_question(const PendingWrite&, std::string_view effect);

struct Request;
struct Statement;

// Ok: run it now. need_input with Request::asked: the client was given the question. Any other error: it was
// refused, cannot work, or waits for `dbmux confirm`; nothing was run.
Result<void> allowed_by_person(Request&, const Statement&);

}  // namespace dbmux

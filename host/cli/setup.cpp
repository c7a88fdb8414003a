#include <algorithm>
#include <cstdio>
#include <optional>

#include "base/text.hpp"
#include "cli/client_entry.hpp"
#include "cli/host.hpp"
#include "cli/secret_prompt.hpp"
#include "cli/setup_connection.hpp"
#include "cli/setup_file.hpp"
#include "cli/setup_profile.hpp"
#include "driver/options.hpp"
#include "profile/build.hpp"
#include "profile/dsn.hpp"
#include "secret/private_file.hpp"
#include "secret/store.hpp"

namespace dbmux {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kLiteral = "literal:", kStore = "store:";

int complain(const Error& e) {
  std::fprintf(stderr, "dbmux: %s\n", e.message.c_str());
  if (!e.hint.empty()) std::fprintf(stderr, "%s\n", e.hint.c_str());
  return exit_code(e.category);
}

// The value of a secret that was typed or given, and is nowhere kept yet.
std::optional<std::string_view> unkept(const Option& option) {
  if (!option.secret || option.secret->sources.size() != 1) return std::nullopt;
  const std::string_view source = option.secret->sources.front();
  if (!source.starts_with(kLiteral)) return std::nullopt;
  return source.substr(kLiteral.size());
}

class Setup {
 public:
  explicit Setup(const CommandLine& line)
      : line_(line),
        environment_(process_environment()),
        plugins_(plugin_folders(environment_)),
        descriptors_(plugins_.descriptors()),
        store_(environment_) {
    hide_environment(descriptors_);
  }
  ~Setup() {
    for (Option& option : made_.options)
      if (option.secret)
        for (auto& source : option.secret->sources) wipe(source);
  }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;

  Result<void> run() {
    if (line_.dsns.empty() && !line_.profile.empty()) return entry_of_existing_profile();
    if (auto chosen = choose(); !chosen) return chosen;
    auto file =
        profile_to_write(line_.profile.empty() ? made_.name : line_.profile, search_paths(environment_));
    if (!file) return fail(file.error());
    profile_file_ = *std::move(file);
    if (auto looked = look_at_profile(); !looked) return looked;
    if (auto reached = reach(); !reached) return reached;
    if (auto kept = keep(); !kept) return kept;
    return entry(profile_file_.string());
  }

 private:
  // ---- which database
  Result<void> choose() {
    auto dsn = given_dsn();
    if (!dsn) return fail(dsn.error());
    auto made = parse_dsn(*dsn, dsn_plugins(descriptors_), {"setup"});
    wipe(*dsn);
    if (!made) return fail(made.error());
    made_ = *std::move(made);
    const auto at = std::find_if(descriptors_.begin(), descriptors_.end(),
                                 [&](const Descriptor& d) { return d.id == made_.plugin; });
    descriptor_ = &*at;
    add_secrets_of_environment(made_, *descriptor_, environment_);
    return name_it();
  }

  Result<std::string> given_dsn() {
    if (line_.dsns.empty()) {
      if (somebody_is_there()) return ask_for_dsn(descriptors_);
      return fail(Category::invalid,
                  "setup needs a DSN where nobody can be asked: dbmux setup SCHEME://USER@HOST/DATABASE",
                  "With - it is read from standard input, where no list of processes shows its password.");
    }
    if (line_.dsns.front() == "-") return read_input(4096);
    const auto parsed = parse_dsn(line_.dsns.front(), dsn_plugins(descriptors_), {"setup"});
    if (parsed && holds_secret(*parsed))
      std::fputs(
          "dbmux: other users see this password in the list of processes; leave it out and be asked, or "
          "write - "
          "and give the DSN on standard input\n",
          stderr);
    return line_.dsns.front();
  }

  Result<void> name_it() {
    std::string usual = made_.name.empty() ? usual_name(made_, *descriptor_) : made_.name;
    made_.name = !line_.name.empty() ? line_.name : usual;
    if (line_.name.empty() && line_.dsns.empty()) {
      auto answer = ask("Name of this connection (" + usual + "): ");
      if (!answer) return fail(answer.error());
      if (!answer->empty()) made_.name = *std::move(answer);
    }
    if (!is_connection_name(made_.name))
      return fail(Category::invalid,
                  "'" + made_.name + "' is not a name for a connection: letters, digits, '_', '.' and '-'");
    return {};
  }

  // ---- what its profile says already
  Result<void> look_at_profile() {
    auto file = read_for_editing(profile_file_);
    if (!file) return fail(file.error());
    profile_ = *std::move(file);
    if (!profile_.exists) return {};
    const auto report = parse_profile(profile_.text, profile_file_.filename().string(), environment_);
    if (!report.profile)
      return fail(Category::profile, report.problems.front().text(),
                  "Mend it first: dbmux profile check " + profile_file_.string());
    for (const auto& connection : report.profile->connections) {
      if (connection.name != made_.name) continue;
      if (!same_connection(connection, made_))
        return fail(Category::profile,
                    connection.origin.text() + ": '" + made_.name + "' is there with other settings",
                    "Give this one another name with --name, or change it there by hand.");
      there_ = connection;
      there_->folder = profile_file_.parent_path();
    }
    return {};
  }

  // ---- whether it works
  Result<void> reach() {
    const bool person = somebody_is_there() && line_.dsns != std::vector<std::string>{"-"};
    if (!there_ && person)
      if (auto asked = ask_for_password(made_, *descriptor_); !asked) return asked;
    for (int attempt = 1;; ++attempt) {
      const auto reached = try_connection(plugins_, environment_, tested());
      if (reached) {
        std::printf("%s: %s\n", made_.name.c_str(), reached->c_str());
        return {};
      }
      if (reached.error().category != Category::auth || !person || attempt == 3)
        return unreachable(reached.error());
      std::fprintf(stderr, "%s\n", reached.error().message.c_str());
      std::erase_if(made_.options, [](const Option& option) { return unkept(option).has_value(); });
      const std::size_t before = made_.options.size();
      if (auto asked = ask_for_password(made_, *descriptor_); !asked) return asked;
      if (made_.options.size() == before) return unreachable(reached.error());
    }
  }

  // What was given now goes before what the profile has.
  ConnectionProfile tested() const {
    ConnectionProfile tested = made_;
    if (there_)
      for (const Option& option : there_->options)
        if (option.secret && std::none_of(tested.options.begin(), tested.options.end(),
                                          [&](const Option& o) { return o.path == option.path; }))
          tested.options.push_back(option);
    return tested;
  }

  static Result<void> unreachable(Error e) {
    e.message += e.message.ends_with('.') ? " Nothing was written." : "; nothing was written";
    // What the connection advises is to come here.
    if (e.category == Category::auth && (e.hint.empty() || e.hint.find("dbmux ") != std::string::npos))
      e.hint =
          "Run it on a terminal to be asked for the password, or give the whole DSN on standard input: dbmux "
          "setup -";
    return fail(std::move(e));
  }

  // ---- keeping it
  Result<void> keep() {
    std::vector<std::string> fresh;
    auto kept = keep_secrets(fresh);
    if (kept && !there_) kept = keep_connection();
    if (!kept)
      for (const auto& name : fresh) static_cast<void>(store_.remove(name));
    return kept;
  }

  Result<void> keep_secrets(std::vector<std::string>& fresh) {
    const auto secrets = std::count_if(made_.options.begin(), made_.options.end(),
                                       [](const Option& option) { return unkept(option).has_value(); });
    for (Option& option : made_.options) {
      const auto value = unkept(option);
      if (!value) continue;
      bool is_new = true;
      auto name = secret_name(option, secrets > 1, *value, is_new);
      if (!name) return fail(name.error());
      if (name->empty()) continue;
      if (auto set = store_.set(*name, *value); !set) return set;
      if (is_new) fresh.push_back(*name);
      wipe(option.secret->sources.front());
      option.secret->sources.front() = std::string(kStore) + *name;
      std::printf("its %s is kept, sealed, in %s as '%s'\n", option.path.c_str(), store_.file().c_str(),
                  name->c_str());
    }
    return {};
  }

  // The one that the profile names; else the connection's name, or that with a number where the store has it
  // for something else. "": the profile takes it from elsewhere, where it stays.
  Result<std::string> secret_name(const Option& option, bool several, std::string_view value,
                                  bool& is_new) const {
    if (there_) {
      is_new = false;
      for (const Option& old : there_->options)
        if (old.path == option.path && old.secret && old.secret->sources.size() == 1 &&
            old.secret->sources.front().starts_with(kStore))
          return old.secret->sources.front().substr(kStore.size());
      std::printf("its %s stays where %s takes it from\n", option.path.c_str(), profile_file_.c_str());
      return std::string();
    }
    const std::string stem = made_.name + (several ? "." + option.path : "");
    for (int n = 1;; ++n) {
      std::string name = n == 1 ? stem : stem + "." + std::to_string(n);
      auto found = store_.find(name);
      if (!found) return fail(found.error());
      const std::optional<std::string>& old = *found;
      is_new = !old;
      if (!old || *old == value) return name;
    }
  }

  Result<void> keep_connection() {
    if (somebody_is_there() && line_.dsns.empty()) {
      auto answer = ask("What is in it? The assistant reads this (Enter for nothing): ");
      if (answer) made_.description = *std::move(answer);
    }
    auto text = profile_.exists
                    ? with_connection(profile_.text, profile_file_.filename().string(), made_, environment_)
                    : Result<std::string>(profile_yaml(made_));
    if (!text) return fail(text.error());
    const auto copy = write_edited(profile_, *text);
    if (!copy) return fail(copy.error());
    std::printf("profile: %s\n", profile_file_.c_str());
    if (const std::optional<fs::path>& kept = *copy; kept)
      std::printf("  as it was before: %s\n", kept->c_str());
    return {};
  }

  // ---- the client
  Result<void> entry_of_existing_profile() {
    auto file = find_profile(line_.profile, search_paths(environment_));
    if (!file) return fail(file.error());
    const auto profile = load_profile(*file, environment_);
    if (!profile) return fail(profile.error());
    made_.name = !profile->default_connection.empty() ? profile->default_connection
                 : profile->connections.empty()       ? "it"
                                                      : profile->connections.front().name;
    std::error_code ec;
    // One that comes with the installation or the system is found by its name wherever a client starts us.
    const bool shared = *file == fs::path("/etc/dbmux") / file->filename() ||
                        file->parent_path().string().ends_with("/share/dbmux/profiles");
    return entry(shared && file->stem() == line_.profile
                     ? line_.profile
                     : fs::absolute(*file, ec).lexically_normal().string());
  }

  Result<void> entry(const std::string& profile) {
    const Launch launch = launch_of(profile, environment_);
    if (const auto key = environment_("DBMUX_KEY"); key && !key->empty())
      std::printf(
          "the store's key is in DBMUX_KEY, which no entry may hold: have the client pass it, or use "
          "DBMUX_KEY_FILE\n");
    const Client* client = client_named(line_.client);
    if (client == nullptr && somebody_is_there() && !line_.print) {
      auto asked = ask_for_client();
      if (!asked) return fail(asked.error());
      client = *asked;
    }
    if (client == nullptr) {
      std::fputs(snippets(launch).c_str(), stdout);
      return next("your client");
    }
    const fs::path file = client_file(*client, environment_);
    auto write = wants_to_write(*client, file);
    if (!write) return fail(write.error());
    if (!*write) {
      std::printf("add this to %s:\n%s\n", file.c_str(), whole_file_json(*client, launch).c_str());
      if (client->id == "claude-code") std::printf("or run: %s\n", claude_code_command(launch).c_str());
    } else if (auto written = write_entry(*client, file, launch); !written) {
      return written;
    }
    return next(client->title);
  }

  static Result<const Client*> ask_for_client() {
    std::vector<std::string> ids;
    for (const Client& client : clients()) ids.emplace_back(client.id);
    for (;;) {
      auto answer = ask("Which client? (" + joined(ids, ", ") + "; Enter to see the entries of all): ");
      if (!answer) return fail(answer.error());
      if (answer->empty()) return nullptr;
      if (const Client* client = client_named(*answer)) return client;
    }
  }

  Result<bool> wants_to_write(const Client& client, const fs::path& file) const {
    if (line_.write || line_.print) return line_.write;
    if (line_.yes || !somebody_is_there()) return line_.yes;
    auto answer =
        ask("Write the entry for " + std::string(client.title) + " into " + file.string() + "? (Y/n): ");
    if (!answer) return fail(answer.error());
    return answer->empty() || answer->front() == 'y' || answer->front() == 'Y';
  }

  static Result<void> write_entry(const Client& client, const fs::path& file, const Launch& launch) {
    const auto by_hand = [&](Error e) {
      e.hint = "Nothing was written there. Add this by hand:\n" + whole_file_json(client, launch);
      return fail(std::move(e));
    };
    const auto before = read_for_editing(file);
    if (!before) return by_hand(before.error());
    auto text = with_entry(before->text, client, launch);
    if (!text) {
      text.error().message = file.string() + " " + text.error().message;
      return by_hand(text.error());
    }
    const auto copy = write_edited(*before, *text);
    if (!copy) return by_hand(copy.error());
    const bool same = before->exists && *text == before->text;
    std::printf("%s: %s '%s' in %s\n", std::string(client.title).c_str(), same ? "there is already" : "wrote",
                launch.name.c_str(), file.c_str());
    if (const std::optional<fs::path>& kept = *copy; kept)
      std::printf("  as it was before: %s\n", kept->c_str());
    return {};
  }

  Result<void> next(std::string_view client) const {
    std::printf("\nNext: restart %s, then ask: Which tables are in %s, and what do they hold?\n",
                std::string(client).c_str(), made_.name.c_str());
    return {};
  }

  const CommandLine& line_;
  const Environment environment_;
  PluginFolder plugins_;
  const std::vector<Descriptor> descriptors_;
  SecretStore store_;
  const Descriptor* descriptor_ = nullptr;
  ConnectionProfile made_;                  // what was asked for
  std::optional<ConnectionProfile> there_;  // the same in the profile
  fs::path profile_file_;
  EditedFile profile_;
};

}  // namespace

int setup(const CommandLine& line) {
  Setup setup(line);
  const auto done = setup.run();
  return done ? kOk : complain(done.error());
}

}  // namespace dbmux

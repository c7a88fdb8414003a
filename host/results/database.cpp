#include "results/database.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "base/json.hpp"

namespace dbmux {

namespace {

constexpr std::chrono::milliseconds kLook{20};

std::string with_folder(std::string text, const std::string& folder) {
  constexpr std::string_view kFolder = "{folder}";
  if (const auto at = text.find(kFolder); at != std::string::npos) text.replace(at, kFolder.size(), folder);
  return text;
}

// The options of x-dbmux-scratch; nullopt where the plugin makes no such database.
std::optional<std::vector<Option>> scratch_options(const Descriptor& d, const std::string& folder) {
  const auto schema = parse_json(d.config_schema);
  const auto* scratch = schema && schema->IsObject() ? member(*schema, "x-dbmux-scratch") : nullptr;
  const auto* given = scratch && scratch->IsObject() ? member(*scratch, "options") : nullptr;
  if (!given || !given->IsObject()) return std::nullopt;
  std::vector<Option> options;
  for (const auto& m : given->GetObject()) {
    Option option;
    option.path = view(m.name);
    option.key.file = option.value.mark.file = kResultsName;
    auto& value = option.value;
    if (m.value.IsBool()) {
      value.data = m.value.GetBool();
    } else if (m.value.IsInt64()) {
      value.data = m.value.GetInt64();
    } else if (m.value.IsString()) {
      value.data = with_folder(std::string(view(m.value)), folder);
    } else {
      continue;
    }
    const auto* text = std::get_if<std::string>(&value.data);
    value.scalar = text ? *text : to_json(m.value);
    options.push_back(std::move(option));
  }
  return options;
}

Error in_words_of_tables(Error e, const NamedRows& result) {
  if (e.category != Category::resource) return e;
  e.message = "No space is left in " + temporary_folder().string() + " for the table of " + result.name +
              " (" + e.message + ").";
  e.hint = "Its rows are still there: read them by next, or as dbmux://result/" + result.name + ".";
  return e;
}

Error out_of_patience(const Call& call) {
  Error e;
  e.category =
      call.cancelled() && call.stopped() == Call::Stop::client ? Category::cancelled : Category::timeout;
  e.message = "Another call was still making the tables of the kept results.";
  e.waited_for = WaitedFor::lock;
  return e;
}

}  // namespace

Result<std::shared_ptr<Connection>> ResultDatabases::connection(Registry& registry,
                                                                const Principal& principal,
                                                                const ConnectionProfile& like) {
  const std::lock_guard lock(mutex_);
  auto& database = databases_[principal.name];
  if (!database) {
    auto opened = open(registry, like);
    if (!opened) return fail(opened.error());
    database = std::move(*opened);
  }
  return database->reader;
}

void ResultDatabases::remove_files() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock && folder_) folder_->remove_files();
}

Result<std::shared_ptr<ResultDatabases::Database>> ResultDatabases::open(Registry& registry,
                                                                         const ConnectionProfile& like) {
  if (!folder_) {
    auto folder = PrivateFolder::make();
    if (!folder) return fail(folder.error());
    folder_ = std::move(*folder);
  }
  const auto folder = (folder_->path() / std::to_string(databases_.size())).string();
  for (const auto& file : registry.plugins().files()) {
    auto descriptor = registry.plugins().descriptor(file.id);
    if (!descriptor) continue;
    auto options = scratch_options(*descriptor, folder);
    if (!options) continue;
    ::mkdir(folder.c_str(), 0700);
    auto profile = like;
    profile.name = kResultsName;
    profile.plugin = file.id;
    profile.description = "Kept results";
    profile.options = std::move(*options);
    profile.access = Access::read_only;
    auto database = std::make_shared<Database>();
    database->reader = registry.unlisted(profile);
    profile.access = Access::read_write;
    database->writer = registry.unlisted(std::move(profile));
    return database;
  }
  return fail(Category::unsupported, "No installed plugin can hold kept results for statements over them.",
              "Read them by next, or as a resource.");
}

Result<void> ResultDatabases::load(Call& call, std::span<const NamedRows> wanted,
                                   std::span<const NamedRows> living) {
  std::shared_ptr<Database> database;
  {
    const std::lock_guard lock(mutex_);
    database = databases_.at(call.principal().name);
  }
  std::unique_lock lock(database->loading, std::defer_lock);
  while (!lock.try_lock()) {  // and not try_lock_for, of which ThreadSanitizer does not know
    if (call.cancelled() || call.expired()) return fail(out_of_patience(call));
    std::this_thread::sleep_for(kLook);
  }

  const auto lives = [&](const std::string& name) {
    return std::any_of(living.begin(), living.end(), [&](const NamedRows& r) { return r.name == name; });
  };
  for (auto at = database->tables.begin(); at != database->tables.end();) {
    if (lives(*at)) {
      ++at;
      continue;
    }
    auto lease = database->writer->lease(call, false);
    if (!lease) return fail(lease.error());
    if (auto dropped = lease->conn().drop_table(call, {{}, {}, *at}); !dropped) return dropped;
    at = database->tables.erase(at);
  }
  double before = 0;
  for (const auto& result : wanted) {
    if (database->tables.contains(result.name)) continue;
    if (auto filled = fill(call, *database, result, before); !filled)
      return fail(in_words_of_tables(std::move(filled.error()), result));
    database->tables.insert(result.name);
    before += static_cast<double>(result.rows.spool->rows());
  }
  return {};
}

Result<void> ResultDatabases::fill(Call& call, Database& database, const NamedRows& result, double before) {
  constexpr std::int64_t kTellEvery = 100'000;
  auto lease = database.writer->lease(call, false);
  if (!lease) return fail(lease.error());
  auto& conn = lease->conn();
  lease->dirty();  // whatever ends this early, nothing is left of the table
  const auto& spool = *result.rows.spool;
  if (auto begun = conn.begin_load(call, {{}, {}, result.name}, spool.columns()); !begun) return begun;
  const auto rows = spool.from(0);
  std::int64_t done = 0, told = 0;
  while (true) {
    auto batch = rows->next();
    if (!batch) return fail(batch.error());
    if (batch->rows == 0) break;
    if (auto loaded = conn.load_rows(call, batch->cells, batch->rows); !loaded) return loaded;
    done += batch->rows;
    if (done - told < kTellEvery) continue;
    told = done;
    call.progress(before + static_cast<double>(done), -1, "making a table of the kept result");
  }
  return conn.end_load(call);
}

}  // namespace dbmux

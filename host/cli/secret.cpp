#include <cstdio>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/host.hpp"
#include "cli/secret_prompt.hpp"
#include "secret/private_file.hpp"
#include "secret/store.hpp"

namespace dbmux {

namespace {

int complain(const Error& e) {
  std::fprintf(stderr, "dbmux: %s\n", e.message.c_str());
  if (!e.hint.empty()) std::fprintf(stderr, "%s\n", e.hint.c_str());
  return exit_code(e.category);
}

Result<std::string> value_of(const std::string& name) {
  if (!somebody_is_there()) return read_input(kMostSecretBytes);
  auto first = ask_hidden("Secret '" + name + "' (not shown): ");
  if (!first) return first;
  auto second = ask_hidden("Once more: ");
  const bool same = second && *second == *first;
  if (second) wipe(*second);
  if (same) return first;
  wipe(*first);
  if (!second) return second;
  return fail(Category::internal, "the two are not the same; nothing was changed");
}

int set(SecretStore& store, const std::string& name, const Environment& environment) {
  if (!is_secret_name(name)) return complain(store.set(name, "x").error());
  const bool first = !std::filesystem::exists(store.file());
  auto value = value_of(name);
  if (!value) return complain(value.error());
  const auto done = store.set(name, *value);
  wipe(*value);
  if (!done) return complain(done.error());
  std::printf("'%s' is kept in %s; a profile names it as {secret: \"store:%s\"}\n", name.c_str(),
              store.file().c_str(), name.c_str());
  if (!first) return kOk;
  const auto keys = find_keys(environment, store.file().parent_path());
  if (keys && *keys)
    std::printf("Its key is in %s: without it nobody can open the store, so keep a copy in another place.\n",
                (*keys)->source().c_str());
  return kOk;
}

int list(const SecretStore& store, bool json) {
  const auto all = store.list();
  if (!all) return complain(all.error());
  if (json) {
    std::string text = "{\"secrets\":[";
    for (const auto& one : *all)
      text += (&one == all->data() ? "" : ",") + std::string("{\"name\":") + json_quote(one.name) +
              ",\"set\":" + json_quote(iso8601(one.set)) + "}";
    std::printf("%s]}\n", text.c_str());
    return kOk;
  }
  if (all->empty()) std::printf("there is no secret in %s\n", store.file().c_str());
  for (const auto& one : *all) std::printf("%-32s %s\n", one.name.c_str(), iso8601(one.set).c_str());
  return kOk;
}

int remove(SecretStore& store, const std::string& name) {
  const auto removed = store.remove(name);
  if (!removed) return complain(removed.error());
  if (*removed) {
    std::printf("'%s' is gone from %s\n", name.c_str(), store.file().c_str());
    return kOk;
  }
  std::vector<std::string> names;
  if (const auto all = store.list())
    for (const auto& one : *all) names.push_back(one.name);
  const auto near = nearest(name, names, 1);
  std::fprintf(stderr, "dbmux: there is no secret '%s'%s\n", name.c_str(),
               !near.empty()    ? ("; did you mean '" + near.front() + "'?").c_str()
               : !names.empty() ? ("; there are: " + joined(names, ", ")).c_str()
                                : "");
  return kFailed;
}

int rotate(SecretStore& store) {
  const auto done = store.rotate();
  if (!done) return complain(done.error());
  std::printf("%zu secret%s sealed anew; the key is in %s\n", done->secrets, done->secrets == 1 ? "" : "s",
              done->keys.source().c_str());
  if (done->keys.configured && done->keys.keys.size() > 1)
    std::printf(
        "The keys before it still stand behind it: take them out when no other store and no copy needs "
        "them.\n");
  return kOk;
}

}  // namespace

int secret_command(const CommandLine& line) {
  const auto environment = process_environment();
  SecretStore store(environment);
  switch (line.command) {
    case CommandLine::Command::secret_set:
      return set(store, line.secret, environment);
    case CommandLine::Command::secret_rm:
      return remove(store, line.secret);
    case CommandLine::Command::secret_rotate:
      return rotate(store);
    default:
      return list(store, line.json);
  }
}

}  // namespace dbmux

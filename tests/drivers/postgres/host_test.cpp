#include "host_test.hpp"

#include "base/json.hpp"

namespace dbmux::test {

Option ThroughHost::option(std::string path, std::variant<bool, std::int64_t, std::string> value) {
  Option made;
  made.path = std::move(path);
  std::visit([&](const auto& v) { made.value.data = v; }, value);
  return made;
}

ConnectionProfile ThroughHost::profile_of(const std::string& host, std::vector<Option> more) {
  ConnectionProfile profile;
  profile.name = "pg";
  profile.plugin = "postgres";
  profile.access = Access::read_write;
  profile.options = std::move(more);
  profile.options.push_back(option("host", host));
  const auto says = [&](std::string_view path) {
    return std::any_of(profile.options.begin(), profile.options.end(),
                       [&](const Option& o) { return o.path == path; });
  };
  if (!says("user")) profile.options.push_back(option("user", "postgres"));
  if (!says("database")) profile.options.push_back(option("database", "postgres"));
  if (!says("ssl")) profile.options.push_back(option("ssl", "disable"));
  if (!says("password")) {
    Option password;
    password.path = "password";
    password.secret = SecretSources{{"literal:postgres-test"}, {}};
    profile.options.push_back(std::move(password));
  }
  return profile;
}

std::shared_ptr<Connection> ThroughHost::add(ConnectionProfile profile) {
  auto added = registry_.add(std::move(profile));
  if (!added) throw std::runtime_error(added.error().message);
  return *added;
}

Result<Ran> ThroughHost::run_call(Connection& to, const Asked& asked, Output& out) {
  Call call({asked.principal}, Clock::now() + asked.time);
  const Statement statement{
      .language = {}, .text = asked.text, .params = asked.params, .read_only = asked.read_only};
  return run(
      call, to, asked.read_only, [&](Conn& conn) { return conn.execute(call, statement); }, out, {}, nullptr);
}

std::string ThroughHost::answer(Connection& to, const Asked& asked) {
  Output out;
  const auto ran = run_call(to, asked, out);
  if (!ran) return std::string(to_string(ran.error().category)) + ": " + ran.error().message;
  const auto json = parse_json("{" + out.take_string() + "}");
  const auto* rows = json ? member(*json, "rows") : nullptr;
  if (!rows || !rows->IsArray() || rows->Size() != 1 || (*rows)[0].Size() != 1) return "not one cell";
  const auto& cell = (*rows)[0][0];
  return cell.IsString() ? std::string(view(cell)) : to_json(cell);
}

}  // namespace dbmux::test

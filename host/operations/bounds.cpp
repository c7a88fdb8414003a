#include "operations/bounds.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/json.hpp"
#include "base/text.hpp"

namespace dbmux {

namespace fs = std::filesystem;

namespace {

// Never within reach, wherever in a path, also where hidden files are allowed.
constexpr std::array<std::string_view, 18> kKeyPlaces{
    ".ssh",     ".gnupg",          ".aws",           ".azure",       ".kube",
    ".docker",  ".password-store", ".mozilla",       ".thunderbird", "google-chrome",
    "chromium", "BraveSoftware",   "microsoft-edge", "keyrings",     ".pki",
    ".netrc",   ".pgpass",         "kwalletd"};

Error outside(std::string message, const RuntimeBounds& bounds) {
  Error e;
  e.category = Category::denied;
  e.message = std::move(message);
  e.hint =
      "connect_database reaches only: " + joined(bounds.paths.empty() ? bounds.hosts : bounds.paths, ", ") +
      ".";
  return e;
}

bool below(const fs::path& path, const fs::path& folder) {
  const auto [end, unused] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end() || (end->empty() && std::next(end) == folder.end());
}

Result<std::string> path_within(const std::string& text, const RuntimeBounds& bounds) {
  if (text == ":memory:") return text;
  const fs::path given(text);
  if (!given.is_absolute()) return fail(outside("'" + text + "' is not an absolute path", bounds));
  std::error_code ec;
  const fs::path real = fs::weakly_canonical(given, ec);
  if (ec) return fail(outside("'" + text + "' cannot be followed: " + ec.message(), bounds));
  const auto status = fs::status(real, ec);
  if (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status))
    return fail(outside("'" + text + "' is not a regular file", bounds));
  for (const auto& part : real)
    if (std::find(kKeyPlaces.begin(), kKeyPlaces.end(), part.string()) != kKeyPlaces.end())
      return fail(outside("'" + text + "' lies where keys and passwords are kept", bounds));
  for (const auto& folder : bounds.paths) {
    const fs::path bound = fs::weakly_canonical(folder, ec);
    if (ec || !below(real, bound)) continue;
    const auto rest = real.lexically_relative(bound);
    const bool hidden = std::any_of(rest.begin(), rest.end(), [](const fs::path& part) {
      return part.string().size() > 1 && part.string().front() == '.';
    });
    if (hidden && !bounds.hidden) return fail(outside("'" + text + "' is hidden", bounds));
    return real.string();
  }
  return fail(outside("'" + text + "' lies outside of what this profile opens at run time", bounds));
}

bool is_loopback_address(std::string_view host) {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

Result<void> host_within(const std::string& host, const RuntimeBounds& bounds) {
  for (const auto& allowed : bounds.hosts)
    if (equal_ignoring_case(host, allowed) || (allowed == "loopback" && is_loopback_address(host))) return {};
  return fail(outside("host '" + host + "' lies outside of what this profile opens at run time", bounds));
}

const JsonValue* property(const JsonDocument& schema, std::string_view dotted) {
  const JsonValue* at = &schema;
  while (at && !dotted.empty()) {
    const auto dot = dotted.find('.');
    const auto* properties = member(*at, "properties");
    at = properties ? member(*properties, dotted.substr(0, dot)) : nullptr;
    dotted = dot == std::string_view::npos ? std::string_view() : dotted.substr(dot + 1);
  }
  return at;
}

}  // namespace

Result<FollowedPaths> within_bounds(std::span<const Param> options, const Descriptor& descriptor,
                                    const RuntimeBounds& bounds) {
  auto schema = parse_json(descriptor.config_schema);
  if (!schema) return fail(schema.error());
  FollowedPaths followed;
  for (const auto& option : options) {
    const auto* p = property(*schema, option.name);
    if (!p) continue;
    if (member(*p, "x-dbmux-path")) {
      auto path = path_within(option.text, bounds);
      if (!path) return fail(std::move(path.error()));
      followed.emplace_back(option.text, std::move(*path));
    }
    if (member(*p, "x-dbmux-host"))
      if (auto ok = host_within(option.text, bounds); !ok) return fail(std::move(ok.error()));
  }
  return followed;
}

}  // namespace dbmux

#include <cstdio>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/host.hpp"

namespace dbmux {

namespace {

struct Line {
  std::string id, name, version, state, file;
  bool experimental = false;
};

std::vector<Line> lines(PluginFolder& plugins) {
  std::vector<Line> out;
  for (const auto& f : plugins.files()) {
    Line line{f.id, "", "", "ok", f.file.string(), false};
    auto descriptor = plugins.descriptor(f.id);
    if (descriptor) {
      line.name = descriptor->name;
      line.version = descriptor->version;
      line.experimental = descriptor->experimental;
    } else {
      line.state = descriptor.error().message;
      if (!descriptor.error().hint.empty()) line.state += " (" + descriptor.error().hint + ")";
    }
    out.push_back(std::move(line));
  }
  return out;
}

std::string as_json(const std::vector<Line>& all) {
  std::string json = "{\"plugins\":[";
  for (const auto& l : all) {
    if (&l != all.data()) json += ',';
    json += "{\"id\":" + json_quote(l.id) + ",\"name\":" + json_quote(l.name) +
            ",\"version\":" + json_quote(l.version) + ",\"state\":" + json_quote(l.state) +
            (l.experimental ? ",\"experimental\":true" : "") + ",\"file\":" + json_quote(l.file) + "}";
  }
  return json + "]}\n";
}

}  // namespace

int plugin_list(const CommandLine& line) {
  const auto environment = process_environment();
  PluginFolder plugins(plugin_folders(environment));
  const auto all = lines(plugins);
  if (line.json) {
    std::fputs(as_json(all).c_str(), stdout);
  } else if (all.empty()) {
    std::vector<std::string> places;
    for (const auto& f : plugins.folders()) places.push_back(f.string());
    std::printf("no plugin is installed in %s\n", joined(places, ", ").c_str());
  }
  bool good = true;
  for (const auto& l : all) {
    good = good && l.state == "ok";
    if (line.json) continue;
    if (l.state == "ok")
      std::printf("%-12s %-16s %-10s %-12s %s\n", l.id.c_str(), l.name.c_str(), l.version.c_str(),
                  l.experimental ? "experimental" : "", l.file.c_str());
    else
      std::printf("%-12s %s\n", l.id.c_str(), l.state.c_str());
  }
  return good ? kOk : kPlugin;
}

}  // namespace dbmux

// SPDX-License-Identifier: MIT-0
// dbmux-plugin-check: what `dbmux plugin check` runs. See usage() and README.md.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "check/run.hpp"

namespace {

namespace fs = std::filesystem;
using dbmux::check::Order;

constexpr const char* kUsage =
    "usage: dbmux plugin check FILE.so [--config JSON|@FILE|-] [--statements JSON|@FILE] [--time-limit "
    "SECONDS] "
    "[--json]\n";

struct Arguments {
  Order order;
  bool json = false;
};

// JSON as it stands, @FILE, or - for standard input: what holds a secret does not belong on a command line.
std::optional<std::string> text_of(const std::string& argument) {
  if (argument == "-") return std::string{std::istreambuf_iterator<char>(std::cin), {}};
  if (!argument.starts_with('@')) return argument;
  std::ifstream in(argument.substr(1), std::ios::binary);
  if (!in) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

std::optional<Arguments> parse(const std::vector<std::string>& words, std::string& problem) {
  Arguments a;
  const auto wrong = [&](std::string what) {
    problem = std::move(what);
    return std::nullopt;
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word == "--json") {
      a.json = true;
    } else if (word == "--config" || word == "--statements" || word == "--time-limit") {
      if (i + 1 == words.size()) return wrong(word + " needs a value");
      const auto text = text_of(words[++i]);
      if (!text) return wrong(words[i].substr(1) + " cannot be read");
      if (word == "--config") a.order.config = *text;
      if (word == "--statements") a.order.statements = *text;
      if (word == "--time-limit") {
        const int seconds = std::atoi(text->c_str());
        if (seconds < 1 || seconds > 3600) return wrong("--time-limit takes 1 to 3600 seconds");
        a.order.limit = std::chrono::seconds(seconds);
      }
    } else if (word.starts_with('-') || !a.order.file.empty()) {
      return wrong("'" + word + "' is not understood");
    } else {
      a.order.file = word;
    }
  }
  if (a.order.file.empty()) return wrong("which file?");
  std::error_code error;
  if (!fs::exists(a.order.file, error)) return wrong(a.order.file + " does not exist");
  a.order.file = fs::absolute(a.order.file).lexically_normal().string();
  return a;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 2 && words[0] == dbmux::check::kChildFlag) dbmux::check::run_one(words[1]);
  std::string problem;
  const auto arguments = parse(words, problem);
  if (!arguments) {
    std::cerr << "dbmux plugin check: " << problem << '\n' << kUsage;
    return 2;
  }
  const auto report = dbmux::check::run_all(arguments->order);
  std::cout << (arguments->json ? report.as_json() : report.as_text());
  return report.exit_code();
}

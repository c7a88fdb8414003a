// SPDX-License-Identifier: MIT-0
#pragma once
// The dynamic symbols of a shared object, read without loading it.
#include <filesystem>
#include <string>
#include <vector>

namespace dbmux::check {

struct ElfSymbols {
  std::string problem;  // not empty: the file is none that this machine could load
  std::vector<std::string> exported, imported;
};

ElfSymbols read_elf_symbols(const std::filesystem::path& file);

}  // namespace dbmux::check

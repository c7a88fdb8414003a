// SPDX-License-Identifier: MIT-0
#include "check/elf_symbols.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

namespace dbmux::check {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#endif

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  std::optional<T> at(std::uint64_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }
  std::string_view part(std::uint64_t offset, std::uint64_t size) const {
    if (offset > bytes_.size() || bytes_.size() - offset < size) return {};
    return bytes_.substr(offset, size);
  }

 private:
  std::string_view bytes_;
};

std::string name_in(std::string_view names, std::size_t offset) {
  if (offset >= names.size()) return {};
  names.remove_prefix(offset);
  return std::string(names.substr(0, names.find('\0')));
}

bool visible(const Elf64_Sym& symbol) {
  const auto binding = ELF64_ST_BIND(symbol.st_info);
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return (binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE) &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

void read_table(const Reader& file, const Elf64_Shdr& table, const Elf64_Shdr& strings, ElfSymbols& out) {
  const auto names = file.part(strings.sh_offset, strings.sh_size);
  for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= table.sh_size; at += sizeof(Elf64_Sym)) {
    const auto symbol = file.at<Elf64_Sym>(table.sh_offset + at);
    if (!symbol) return;
    const std::string name = name_in(names, symbol->st_name);
    if (name.empty() || !visible(*symbol)) continue;
    (symbol->st_shndx == SHN_UNDEF ? out.imported : out.exported).push_back(name);
  }
}

}  // namespace

ElfSymbols read_elf_symbols(const std::filesystem::path& path) {
  ElfSymbols out;
  std::error_code error;
  std::ifstream in;
  if (std::filesystem::is_regular_file(path, error)) in.open(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) return {"it cannot be read", {}, {}};
  const Reader file(bytes);
  const auto header = file.at<Elf64_Ehdr>(0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return {"it is no ELF file", {}, {}};
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
      header->e_machine != kMachine)
    return {"it was built for another machine", {}, {}};
  if (header->e_type != ET_DYN) return {"it is no shared object", {}, {}};
  bool found = false;
  for (unsigned i = 0; i < header->e_shnum; ++i) {
    const auto section = file.at<Elf64_Shdr>(header->e_shoff + std::uint64_t{i} * header->e_shentsize);
    if (!section || section->sh_type != SHT_DYNSYM) continue;
    const auto strings =
        file.at<Elf64_Shdr>(header->e_shoff + std::uint64_t{section->sh_link} * header->e_shentsize);
    if (!strings) continue;
    found = true;
    read_table(file, *section, *strings, out);
  }
  if (!found) out.problem = "it has no table of dynamic symbols";
  std::sort(out.exported.begin(), out.exported.end());
  std::sort(out.imported.begin(), out.imported.end());
  return out;
}

}  // namespace dbmux::check

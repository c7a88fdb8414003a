#pragma once
// Names that cannot be guessed.
#include <sys/random.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace dbmux {

// So many letters of an alphabet of at most 256, each as likely as the next.
inline std::string random_name(std::string_view alphabet, std::size_t letters) {
  const std::size_t fair = 256 / alphabet.size() * alphabet.size();
  std::string name;
  while (name.size() < letters) {
    unsigned char byte = 0;
    if (::getentropy(&byte, 1) != 0) std::abort();  // a guessable name would be worse
    if (byte < fair) name += alphabet[byte % alphabet.size()];
  }
  return name;
}

}  // namespace dbmux

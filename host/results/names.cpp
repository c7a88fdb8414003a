#include "results/names.hpp"

#include <sys/random.h>

#include <cstdlib>

namespace dbmux {

std::string random_letters(std::size_t wanted) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";  // 32, so that each is as likely
  std::string letters(wanted, '\0');
  if (wanted > 256 || ::getentropy(letters.data(), wanted) != 0)
    std::abort();  // what can be guessed would be worse
  for (auto& c : letters) c = kLetters[static_cast<unsigned char>(c) % kLetters.size()];
  return letters;
}

}  // namespace dbmux

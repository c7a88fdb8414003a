#include <algorithm>
#include <mutex>
#include <vector>

#include "observe/log.hpp"

namespace dbmux {
namespace {

constexpr std::size_t kMostSecrets = 1024;
constexpr std::size_t kShortest = 4;  // shorter ones are replaced only as words
constexpr std::string_view kMask = "***";

struct Secrets {
  std::mutex mutex;
  std::vector<std::string> texts;  // in the order of their registration
};

Secrets& secrets() {
  static Secrets all;
  return all;
}

bool word_letter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((word_letter(c) && byte < 0x80) || c == '-' || c == '.' || c == '~') {
      encoded += c;
    } else {
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

bool stands_alone(std::string_view text, std::size_t at, std::size_t n) {
  return (at == 0 || !word_letter(text[at - 1])) && (at + n == text.size() || !word_letter(text[at + n]));
}

void add(std::vector<std::string>& texts, std::string secret) {
  if (secret.empty() || std::ranges::find(texts, secret) != texts.end()) return;
  if (texts.size() == kMostSecrets) texts.erase(texts.begin());
  texts.push_back(std::move(secret));
}

}  // namespace

void scrub(std::string secret) {
  auto& all = secrets();
  const std::lock_guard lock(all.mutex);
  add(all.texts, percent_encoded(secret));
  add(all.texts, std::move(secret));
}

// Marks every byte that belongs to a secret, so that one secret within or across another leaves no rest.
std::string scrubbed(std::string_view text, bool cut) {
  std::vector<bool> hidden;
  {
    auto& all = secrets();
    const std::lock_guard lock(all.mutex);
    for (const auto& secret : all.texts) {
      for (auto n = cut ? std::min(text.size(), secret.size() - 1) : 0; n > 0; --n) {
        if (!secret.starts_with(text.substr(text.size() - n))) continue;
        hidden.resize(text.size());
        std::fill_n(hidden.end() - static_cast<std::ptrdiff_t>(n), n, true);
        break;
      }
      for (auto at = text.find(secret); at != std::string_view::npos; at = text.find(secret, at + 1)) {
        if (secret.size() < kShortest && !stands_alone(text, at, secret.size())) continue;
        if (hidden.empty()) hidden.resize(text.size());
        std::fill_n(hidden.begin() + static_cast<std::ptrdiff_t>(at), secret.size(), true);
      }
    }
  }
  if (hidden.empty()) return std::string(text);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!hidden[i]) {
      out += text[i];
    } else if (i == 0 || !hidden[i - 1]) {
      out += kMask;
    }
  }
  return out;
}

}  // namespace dbmux

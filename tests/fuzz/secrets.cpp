// Bytes that claim to be a sealed store: none but those that were sealed are opened, whatever was changed.
#include <algorithm>

#include "expect.hpp"
#include "secret/seal.hpp"

using namespace dbmux;

namespace {

const SealKey& key() {
  static const SealKey one = [] {
    std::array<unsigned char, SealKey::kBytes> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(i * 7);
    return SealKey::of(bytes);
  }();
  return one;
}

const std::string& sealed() {
  static const std::string bytes = [] {
    const std::vector<SecretEntry> entries{
        {"erp", 1, "correct horse"}, {"notes/x", 2, "battery staple"}, {"z", 3, "s"}};
    return seal(entries, key());
  }();
  return bytes;
}

void open_all(const std::string& bytes, bool genuine) {
  const auto opened = SealedBytes::open(bytes, std::span(&key(), 1));
  static_cast<void>(key_of(bytes));
  if (!opened)
    return fuzz::expect(!genuine && !opened.error().message.empty(), "what was sealed is not opened");
  std::size_t good = 0;
  for (const auto& item : opened->items()) good += opened->value(item) ? 1 : 0;
  fuzz::expect((good == opened->items().size() && good == 3) == genuine, "what was changed is opened");
}

}  // namespace

// Even: the bytes as they are. Odd: laid over a sealed store, from a place on, which may also cut it short.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 4, size - 4);
  if (data[0] % 2 == 0) {
    if (text != sealed()) open_all(text, false);
    return 0;
  }
  auto bytes = sealed();
  const std::size_t at = (data[1] * 256u + data[2]) % bytes.size();
  for (std::size_t i = 0; i < text.size() && at + i < bytes.size(); ++i)
    bytes[at + i] = static_cast<char>(bytes[at + i] ^ text[i]);
  if (data[3] > 0) bytes.resize(bytes.size() - std::min<std::size_t>(data[3], bytes.size()));
  open_all(bytes, bytes == sealed());
  return 0;
}

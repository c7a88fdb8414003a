#include "secret/seal.hpp"

#include <gtest/gtest.h>

namespace dbmux {
namespace {

std::vector<SecretEntry> some() {
  return {{"empty", 0, ""}, {"erp", 1'700'000'000'123, "hunter2"}, {"long/one", -1, std::string(5000, 'x')}};
}

Result<SealedBytes> opened(std::string bytes, const SealKey& key) {
  return SealedBytes::open(std::move(bytes), std::span(&key, 1));
}

// What a reader gets: all values joined, or the first error.
Result<std::string> read(std::string bytes, const SealKey& key) {
  auto store = opened(std::move(bytes), key);
  if (!store) return fail(store.error());
  std::string all;
  for (const auto& item : store->items()) {
    auto value = store->value(item);
    if (!value) return fail(value.error());
    all += item.name + "=" + *value + "\n";
  }
  return all;
}

TEST(Seal, GivesBackWhatWasSealed) {
  const SealKey key = SealKey::random();
  const auto entries = some();
  const auto store = opened(seal(entries, key), key);
  ASSERT_TRUE(store) << store.error().message;
  ASSERT_EQ(store->items().size(), entries.size());
  for (const SecretEntry& entry : entries) {
    const auto* item = store->find(entry.name);
    ASSERT_NE(item, nullptr) << entry.name;
    EXPECT_EQ(item->set_ms, entry.set_ms);
    EXPECT_EQ(store->value(*item).value(), entry.value);
  }
  EXPECT_EQ(store->find("nothing"), nullptr);
  EXPECT_EQ(store->key_id(), key.id());
  EXPECT_EQ(read(seal({}, key), key).value(), "");
}

TEST(Seal, ShowsNeitherNamesNorValuesNorHowLongTheyAre) {
  const SealKey key = SealKey::random();
  const std::string bytes = seal(some(), key);
  for (const char* text : {"erp", "hunter2", "xxxx", "long/one"})
    EXPECT_EQ(bytes.find(text), std::string::npos) << text;
  const std::vector<SecretEntry> brief{{"a", 0, "x"}}, longer{{"a", 0, std::string(60, 'x')}};
  EXPECT_EQ(seal(brief, key).size(), seal(longer, key).size());
  EXPECT_NE(seal(brief, key), seal(brief, key));
}

TEST(Seal, NoticesAChangeOfAnyByte) {
  const SealKey key = SealKey::random();
  const std::vector<SecretEntry> entries{{"a", 1, "hunter2"}, {"b", 2, "swordfish"}};
  const std::string bytes = seal(entries, key);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      const auto got = read(changed, key);
      ASSERT_FALSE(got) << "byte " << i;
      EXPECT_EQ(got.error().category, Category::profile);
      EXPECT_EQ(got.error().message.find("hunter2"), std::string::npos);
    }
}

TEST(Seal, NoticesEveryCutAndEverythingAppended) {
  const SealKey key = SealKey::random();
  const std::vector<SecretEntry> entries{{"a", 1, "hunter2"}, {"b", 2, ""}};
  const std::string bytes = seal(entries, key);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(read(bytes.substr(0, size), key)) << size;
  EXPECT_FALSE(read(bytes + '\0', key));
  EXPECT_FALSE(read(bytes + bytes, key));
}

TEST(Seal, NoticesAValueUnderAnotherNameAndAnOlderOnePutBack) {
  const SealKey key = SealKey::random();
  const std::vector<SecretEntry> first{{"a", 1, "one"}, {"b", 2, "two"}},
      second{{"a", 1, "new"}, {"b", 2, "two"}};
  const std::string older = seal(first, key), newer = seal(second, key);
  const auto store = opened(newer, key).value();
  const auto &a = *store.find("a"), &b = *store.find("b");
  std::string swapped = newer;
  swapped.replace(a.at, a.size, newer, b.at, b.size);
  swapped.replace(b.at, b.size, newer, a.at, a.size);
  EXPECT_FALSE(read(swapped, key));
  std::string restored = newer;
  restored.replace(a.at, a.size, older, a.at, a.size);
  EXPECT_FALSE(read(restored, key));
}

TEST(Seal, SaysWhatTheBytesAre) {
  const SealKey key = SealKey::random();
  const std::string bytes = seal(some(), key);
  struct Case {
    std::string bytes;
    const char* said;
  };
  for (const Case& c : {Case{"", "is empty"},
                        {"connections:", "is not a store of secrets"},
                        {"dbmux secrets 2\n" + bytes.substr(16), "newer format"},
                        {bytes.substr(0, 40), "damaged"},
                        {bytes.substr(0, 200), "damaged"}}) {
    const auto got = read(c.bytes, key);
    ASSERT_FALSE(got);
    EXPECT_NE(got.error().message.find(c.said), std::string::npos) << got.error().message;
  }
  const SealKey other = SealKey::random();
  EXPECT_EQ(read(bytes, other).error().message, "was sealed with another key (" + key_text(key.id()) + ")");
  const std::vector<SealKey> both{other, key};
  EXPECT_TRUE(SealedBytes::open(bytes, both));
}

TEST(Seal, AKeyIsKnownByItsIdAndKeepsItsText) {
  const SealKey key = SealKey::random();
  EXPECT_NE(key.id(), SealKey::random().id());
  EXPECT_EQ(SealKey(key).id(), key.id());
  EXPECT_EQ(key.base64().size(), 44U);
  EXPECT_EQ(key_text(key.id()).size(), 8U);
}

}  // namespace
}  // namespace dbmux

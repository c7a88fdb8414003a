#pragma once
// Ownership of libmongoc's and libbson's objects.
#include <mongoc/mongoc.h>

#include <memory>
#include <string_view>
#include <utility>

namespace dbmux::mongodb {

template <auto Destroy>
struct Destroyer {
  template <class T>
  void operator()(T* object) const {
    Destroy(object);
  }
};

using UriHandle = std::unique_ptr<mongoc_uri_t, Destroyer<mongoc_uri_destroy>>;
using ClientHandle = std::unique_ptr<mongoc_client_t, Destroyer<mongoc_client_destroy>>;
using SessionHandle = std::unique_ptr<mongoc_client_session_t, Destroyer<mongoc_client_session_destroy>>;
using ServerHandle =
    std::unique_ptr<mongoc_server_description_t, Destroyer<mongoc_server_description_destroy>>;

// A BSON document with an owner. It may lie on the stack inside, so moving it copies at most 128 bytes.
class Bson {
 public:
  Bson() { bson_init(&raw_); }
  explicit Bson(const bson_t* other) { bson_copy_to(other, &raw_); }
  Bson(Bson&& other) noexcept {
    bson_init(&raw_);
    swap(other);
  }
  Bson& operator=(Bson&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Bson() { bson_destroy(&raw_); }

  const bson_t* get() const { return &raw_; }
  bson_t* get() { return &raw_; }
  // Uninitialised, for a function that writes a reply; it must initialise it.
  bson_t* receive() {
    bson_destroy(&raw_);
    return &raw_;
  }

 private:
  void swap(Bson& other) {
    bson_t mine, theirs;
    bson_steal(&mine, &raw_);
    bson_steal(&theirs, &other.raw_);
    bson_steal(&raw_, &theirs);
    bson_steal(&other.raw_, &mine);
  }
  bson_t raw_;
};

inline int length(std::string_view s) { return static_cast<int>(s.size()); }
inline std::string_view key_of(const bson_iter_t& at) { return {bson_iter_key(&at), bson_iter_key_len(&at)}; }
inline std::string_view utf8_of(const bson_iter_t& at) {
  std::uint32_t n = 0;
  const char* text = bson_iter_utf8(&at, &n);
  return {text ? text : "", text ? n : 0};
}
inline bool find(const bson_t* document, const char* dotted, bson_iter_t& out) {
  bson_iter_t at;
  return bson_iter_init(&at, document) && bson_iter_find_descendant(&at, dotted, &out);
}
// The members of a document or array inside another one; false when it is neither.
inline bool enter(const bson_iter_t& at, bson_iter_t& inside) {
  return (BSON_ITER_HOLDS_DOCUMENT(&at) || BSON_ITER_HOLDS_ARRAY(&at)) && bson_iter_recurse(&at, &inside);
}
inline void append_utf8(bson_t* to, std::string_view key, std::string_view text) {
  bson_append_utf8(to, key.data(), length(key), text.data(), length(text));
}

}  // namespace dbmux::mongodb

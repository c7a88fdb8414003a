#pragma once
// Requests to one server over one connection that is kept open between them.
#include <curl/curl.h>

#include <memory>
#include <string>
#include <string_view>

#include "dbmux/kit.hpp"
#include "interruption.hpp"
#include "options.hpp"

namespace dbmux::chromadb {

struct Response {
  long status = 0;
  std::string body;
};

class Http {
 public:
  static kit::Result<std::unique_ptr<Http>> make(const Options&, kit::Call);
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  enum class Method { get, post, put, remove };
  // Within the running call of interruption(); path starts with /api. writes: what it would change may have
  // changed when the answer is lost. A response of any status is a response; one beyond kMostBytes is not.
  kit::Result<Response> send(Method, const std::string& path, std::string_view body, bool writes);

  Interruption& interruption() { return interruption_; }

 private:
  Http();
  struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct FreeMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  static std::size_t take(char* data, std::size_t, std::size_t n, void* self);
  kit::Status configure(const Options&, kit::Call);
  CURLcode perform();
  kit::Failure failed(CURLcode, bool writes);

  std::string base_;
  Response response_;
  bool too_long_ = false;
  char why_[CURL_ERROR_SIZE] = {};
  std::unique_ptr<CURLM, FreeMulti> multi_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::unique_ptr<CURL, FreeEasy> easy_;
  Interruption interruption_;
};

// One segment of a path.
std::string escaped(std::string_view);

}  // namespace dbmux::chromadb

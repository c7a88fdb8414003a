#include "http.hpp"

#include <algorithm>
#include <new>

namespace dbmux::chromadb {

namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr std::int64_t kNsPerMs = 1'000'000;

}  // namespace

std::string escaped(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

Http::Http()
    : multi_(curl_multi_init()),
      easy_(curl_easy_init()),
      interruption_([this] { curl_multi_wakeup(multi_.get()); }) {
  if (!multi_ || !easy_) throw std::bad_alloc();
}

Http::~Http() = default;

kit::Result<std::unique_ptr<Http>> Http::make(const Options& options, kit::Call call) {
  std::unique_ptr<Http> http(new Http);
  if (auto configured = http->configure(options, call); !configured) return configured.failure();
  return http;
}

kit::Status Http::configure(const Options& options, kit::Call call) {
  base_ = options.base;
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, 1L);
  auto* e = easy_.get();
  curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(e, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(e, CURLOPT_PROXY, options.proxy.c_str());
  curl_easy_setopt(e, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
  // A name that cannot be looked up must not hold up who closes the handle.
  curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(e, CURLOPT_USERAGENT, "dbmux");
  curl_easy_setopt(e, CURLOPT_ERRORBUFFER, why_);
  curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(e, CURLOPT_WRITEDATA, this);
  if (!options.ca_file.empty()) curl_easy_setopt(e, CURLOPT_CAINFO, options.ca_file.c_str());
  const auto add = [&](const char* header) {
    auto* longer = curl_slist_append(headers_.get(), header);
    if (!longer) throw std::bad_alloc();
    if (!headers_) headers_.reset(longer);  // else it grew at its end
  };
  add("Content-Type: application/json");
  add("Accept: application/json");
  add("Expect:");
  if (!options.token_secret.empty()) {
    auto token = call.secret(options.token_secret);
    if (!token) return token.failure();
    if (token->view().find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos)
      return kit::fail(DBMUX_E_AUTH, "the token holds a character that no header can carry");
    const bool bearer = options.token_header == "Authorization";
    std::string line = options.token_header + ": " + (bearer ? "Bearer " : "") + std::string(token->view());
    add(line.c_str());
    std::fill(line.begin(), line.end(), '\0');
  }
  curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers_.get());
  return {};
}

std::size_t Http::take(char* data, std::size_t, std::size_t n, void* self) {
  auto& http = *static_cast<Http*>(self);
  if (http.response_.body.size() + n > kMostBytes) {
    http.too_long_ = true;
    return 0;
  }
  try {
    http.response_.body.append(data, n);
  } catch (const std::bad_alloc&) {
    http.too_long_ = true;
    return 0;
  }
  return n;
}

CURLcode Http::perform() {
  auto* m = multi_.get();
  int running = 1;
  while (running > 0) {
    if (curl_multi_perform(m, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running == 0) break;
    if (interruption_.due()) return CURLE_ABORTED_BY_CALLBACK;
    std::int64_t wait = 60'000;
    if (const auto deadline = interruption_.deadline_ns(); deadline != INT64_MAX)
      wait = std::clamp<std::int64_t>((deadline - kit::now_ns()) / kNsPerMs + 1, 0, wait);
    if (curl_multi_poll(m, nullptr, 0, static_cast<int>(wait), nullptr) != CURLM_OK) return CURLE_FAILED_INIT;
    if (interruption_.due()) return CURLE_ABORTED_BY_CALLBACK;
  }
  int left = 0;
  while (const auto* message = curl_multi_info_read(m, &left))
    if (message->msg == CURLMSG_DONE) return message->data.result;
  return CURLE_FAILED_INIT;
}

kit::Result<Response> Http::send(Method method, const std::string& path, std::string_view body, bool writes) {
  if (interruption_.due()) return interruption_.stopped();
  auto* e = easy_.get();
  constexpr const char* kMethods[] = {"GET", "POST", "PUT", "DELETE"};
  curl_easy_setopt(e, CURLOPT_URL, (base_ + path).c_str());
  if (method == Method::get) {
    curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(e, CURLOPT_POST, 1L);
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, body.data() ? body.data() : "");
  }
  curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, kMethods[static_cast<int>(method)]);
  // On a connection that was used before, curl sends a request again when that had died: reads only.
  curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, writes ? 1L : 0L);
  response_ = {};
  too_long_ = false;
  why_[0] = 0;
  if (curl_multi_add_handle(multi_.get(), e) != CURLM_OK)
    return kit::fail(DBMUX_E_INTERNAL, "the request cannot be started");
  const CURLcode result = perform();
  // In the middle of a transfer this closes the connection.
  curl_multi_remove_handle(multi_.get(), e);
  if (result != CURLE_OK) return failed(result, writes);
  curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &response_.status);
  return std::move(response_);
}

kit::Failure Http::failed(CURLcode result, bool writes) {
  constexpr CURLcode kNotSent[] = {CURLE_COULDNT_RESOLVE_PROXY,    CURLE_COULDNT_RESOLVE_HOST,
                                   CURLE_COULDNT_CONNECT,          CURLE_SSL_CONNECT_ERROR,
                                   CURLE_PEER_FAILED_VERIFICATION, CURLE_URL_MALFORMAT};
  const bool sent = std::find(std::begin(kNotSent), std::end(kNotSent), result) == std::end(kNotSent);
  auto why = [&] {
    if (result == CURLE_ABORTED_BY_CALLBACK) return interruption_.stopped();
    if (too_long_)
      return kit::fail(DBMUX_E_RESOURCE, "the answer is longer than 64 MiB")
          .hint("ask for fewer rows with limit");
    return kit::fail(DBMUX_E_CONNECTION, why_[0] ? why_ : curl_easy_strerror(result))
        .code(static_cast<std::int64_t>(result));
  }();
  if (writes && sent) {
    why->flags |= DBMUX_ERR_MAY_HAVE_RUN;
  } else if (why->category == DBMUX_E_CONNECTION) {
    why->flags |= DBMUX_ERR_RETRYABLE;
  }
  if (why->category == DBMUX_E_CONNECTION) why->flags |= DBMUX_ERR_CONN_DEAD;
  return why;
}

}  // namespace dbmux::chromadb

#include "error.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include "json.hpp"

namespace dbmux::chromadb {

namespace {

struct Meaning {
  long status;
  dbmux_status category;
  std::uint32_t flags = 0;
};
constexpr Meaning kMeanings[] = {
    {400, DBMUX_E_INVALID},
    {401, DBMUX_E_AUTH},
    {403, DBMUX_E_DENIED},
    {404, DBMUX_E_NOT_FOUND},
    {409, DBMUX_E_EXISTS},
    {410, DBMUX_E_UNSUPPORTED},
    {413, DBMUX_E_RESOURCE},
    {422, DBMUX_E_INVALID},
    {429, DBMUX_E_RESOURCE, DBMUX_ERR_RETRYABLE},
    {501, DBMUX_E_UNSUPPORTED},
    {502, DBMUX_E_CONNECTION, DBMUX_ERR_RETRYABLE},
    {503, DBMUX_E_CONNECTION, DBMUX_ERR_RETRYABLE},
    {504, DBMUX_E_CONNECTION, DBMUX_ERR_RETRYABLE},
};

std::string message_of(const Response& r) {
  if (const auto body = parsed(r.body); body && body->IsObject())
    for (const char* name : {"message", "error", "detail"})
      if (const auto found = body->FindMember(name); found != body->MemberEnd() && found->value.IsString())
        return std::string(view(found->value));
  return "the server answers with HTTP status " + std::to_string(r.status);
}

}  // namespace

kit::Failure refusal(const Response& r, std::string_view object, bool writes) {
  const auto* found = std::find_if(std::begin(kMeanings), std::end(kMeanings),
                                   [&](const Meaning& m) { return m.status == r.status; });
  const Meaning meaning = found != std::end(kMeanings) ? *found : Meaning{r.status, DBMUX_E_INTERNAL};
  auto why = kit::fail(meaning.category, message_of(r)).code(r.status).flags(meaning.flags);
  if (meaning.category == DBMUX_E_NOT_FOUND || meaning.category == DBMUX_E_EXISTS) why->object = object;
  if (meaning.category == DBMUX_E_AUTH) why->hint = "check the token";
  // A gateway that gives up does not know whether the server did.
  if (writes && r.status >= 500 && r.status != 501 && r.status != 503) {
    why->flags = DBMUX_ERR_MAY_HAVE_RUN;
  }
  return why;
}

}  // namespace dbmux::chromadb

#include "base/result.hpp"

namespace dbmux {

std::string_view to_string(Category category) {
  switch (category) {
    case Category::internal:
      return "internal";
    case Category::invalid:
      return "invalid";
    case Category::unsupported:
      return "unsupported";
    case Category::syntax:
      return "syntax";
    case Category::not_found:
      return "not_found";
    case Category::exists:
      return "exists";
    case Category::constraint:
      return "constraint";
    case Category::denied:
      return "denied";
    case Category::auth:
      return "auth";
    case Category::connection:
      return "connection";
    case Category::timeout:
      return "timeout";
    case Category::cancelled:
      return "cancelled";
    case Category::conflict:
      return "conflict";
    case Category::resource:
      return "resource";
    case Category::read_only:
      return "read_only";
    case Category::not_understood:
      return "not_understood";
    case Category::need_input:
      return "need_input";
    case Category::profile:
      return "profile";
    case Category::plugin:
      return "plugin";
  }
  return "internal";
}

std::string_view to_string(WaitedFor waited_for) {
  switch (waited_for) {
    case WaitedFor::nothing:
      return "nothing";
    case WaitedFor::lease:
      return "lease";
    case WaitedFor::lock:
      return "lock";
    case WaitedFor::execution:
      return "execution";
    case WaitedFor::network:
      return "network";
  }
  return "nothing";
}

}  // namespace dbmux

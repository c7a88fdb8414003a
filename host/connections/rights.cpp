#include "connections/rights.hpp"

namespace dbmux {

std::optional<Excess> excess_of(const ConnInfo& info, bool writable) {
  const auto who = info.user.empty() ? std::string("this login") : "'" + info.user + "'";
  if (info.privileges & ConnInfo::kSuperuser)
    return Excess{who + " is a superuser", "A login with the rights that are needed bounds the damage."};
  if ((info.privileges & ConnInfo::kMayWrite) && !writable)
    return Excess{who + " may write; only dbmux holds it back",
                  "A login that may only read is a second lock."};
  if (info.privileges & ConnInfo::kRightsUnknown)
    return Excess{"the driver cannot tell what " + who + " may do", "", false};
  return std::nullopt;
}

}  // namespace dbmux

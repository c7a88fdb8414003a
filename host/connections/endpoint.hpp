#pragma once
// Where a connection leads and who logs in there, as far as its options and its plugin's schema say it; and
// what a failure to get there means in the words of the profile.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "driver/plugin.hpp"
#include "profile/profile.hpp"

namespace dbmux {

struct Endpoint {
  std::string host;  // "" = it has none (a file), or it stands in a URL that is secret
  int port = 0;      // 0 = unknown
  std::string user;  // "" = unknown
  std::optional<SecretSources> password;
  std::string takes_password;      // the option that a password is given in; "" none
  std::vector<std::string> files;  // options that the schema calls paths
};
// Of options that are valid; what is not given has the schema's default.
Endpoint endpoint_of(const ConnectionProfile&, const Descriptor&);

// The same connection to another host; port 0: that of the connection. Error (profile): its plugin connects
// to none.
Result<ConnectionProfile> led_to(ConnectionProfile, const Descriptor&, const std::string& host, int port);

bool is_loopback(std::string_view host);
bool in_container();

// A failed login with the place its password came from, a refused port with its name. Any other error as it
// is. contained: this process runs in a container.
Error in_words_of_connection(Error, const ConnectionProfile&, const Descriptor&, const Environment&,
                             bool contained);

}  // namespace dbmux

#pragma once
// What is wrong with the certificate of a server that is not trusted: libpq says only that it is not.
#include <cstdint>
#include <string>

#include "interruption.hpp"
#include "options.hpp"

namespace dbmux::postgres {

struct ServerCertificate {
  std::string issuer;   // "" where it cannot be learnt
  std::string expired;  // the day; "" it has not
};

// Opens a connection of its own for the TLS handshake and
// closes it behind that: no name and no password is sent.
ServerCertificate certificate_of_server(const Options&, const Target&, Waiter&, std::int64_t until_ns);

}  // namespace dbmux::postgres

#pragma once
// A session that did not open: what the server or libpq says, and what can be done about it.
#include <string_view>

#include "dbmux/kit.hpp"

namespace dbmux::postgres {

// Who tried to log in.
struct Login {
  std::string_view user;    // "" = the process's user
  bool with_token = false;  // the password is a token of an identity provider
};
// A JSON Web Token, as Entra gives them.
bool is_token(std::string_view password);

// libpq's text says that nobody whom we trust issued the server's certificate.
bool is_mistrusted(std::string_view message);
// message: libpq's text in its verbose form.
kit::Failure refused_session(std::string_view message, const Login&);

}  // namespace dbmux::postgres

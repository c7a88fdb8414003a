#pragma once
// Which database setup is about, and whether it can be reached.
#include <span>
#include <string>

#include "driver/folder.hpp"
#include "profile/profile.hpp"

namespace dbmux {

// Asks the person at the terminal for engine, place, user and password; a DSN, which may hold the password:
// wipe it. Error (invalid): there was no answer.
Result<std::string> ask_for_dsn(std::span<const Descriptor>);

// The secret options that the DSN left out and the plugin's own variables give.
void add_secrets_of_environment(ConnectionProfile&, const Descriptor&, const Environment&);

// Asks for the password where the plugin takes one and there is none yet; an empty answer leaves it out.
Result<void> ask_for_password(ConnectionProfile&, const Descriptor&);

// The name of the database or file, else the plugin's; fit to be a connection's.
std::string usual_name(const ConnectionProfile&, const Descriptor&);

// Opens a read-only session and asks it how it is. A sentence about what was reached.
Result<std::string> try_connection(PluginFolder&, const Environment&, const ConnectionProfile&);

}  // namespace dbmux

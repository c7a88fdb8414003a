#pragma once
// The connection string of a source, with its secrets asked from the host.
#include "dbmux/kit.hpp"
#include "handles.hpp"
#include "options.hpp"

namespace dbmux::mongodb {

// invalid: the uri is none; its text is never quoted, because a password may stand anywhere in a broken one.
kit::Result<UriHandle> address_of(const Options&, kit::Call);

}  // namespace dbmux::mongodb

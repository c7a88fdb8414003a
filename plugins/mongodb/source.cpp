#include "source.hpp"

#include "address.hpp"
#include "connection.hpp"

namespace dbmux::mongodb {

kit::Result<std::unique_ptr<kit::Source>> Source::open(kit::Call, std::span<const dbmux_param> params) {
  auto options = Options::from(params);
  if (!options) return options.failure();
  return std::unique_ptr<kit::Source>(new Source(std::move(*options)));
}

kit::Result<std::unique_ptr<kit::Connection>> Source::connect(kit::Call call, std::uint32_t flags) {
  auto uri = address_of(options_, call);
  if (!uri) return uri.failure();
  auto connection = Connection::open(*this, std::move(*uri), call, (flags & DBMUX_CONN_READ_ONLY) != 0);
  if (!connection) return connection.failure();
  return std::unique_ptr<kit::Connection>(std::move(*connection));
}

}  // namespace dbmux::mongodb

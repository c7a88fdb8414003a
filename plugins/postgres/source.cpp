#include "source.hpp"

#include "connection.hpp"
#include "index_advice.hpp"

namespace dbmux::postgres {

kit::Result<std::unique_ptr<kit::Source>> Source::open(kit::Call, std::span<const dbmux_param> params) {
  auto options = Options::from(params);
  if (!options) return options.failure();
  return std::unique_ptr<kit::Source>(new Source(std::move(*options)));
}

kit::Result<std::unique_ptr<kit::Connection>> Source::connect(kit::Call call, std::uint32_t flags) {
  auto connection = Connection::open(*this, call, (flags & DBMUX_CONN_READ_ONLY) != 0);
  if (!connection) return connection.failure();
  return std::unique_ptr<kit::Connection>(std::move(*connection));
}

kit::Result<std::string> Source::describe(kit::Call) {
  return "{\"tools\":[" + std::string(options_.index_advice ? kIndexAdviceTool : "") + "]}";
}

kit::ItemResult Source::call_tool(kit::ItemCall call, kit::Connection* connection, std::string_view name,
                                  std::string_view arguments) {
  if (!options_.index_advice || name != kIndexAdviceName || !connection)
    return kit::fail(DBMUX_E_NOT_FOUND, "there is no tool '" + std::string(name) + "'");
  auto advice = dynamic_cast<Connection&>(*connection).advise(call, arguments);
  if (!advice) return advice.failure();
  return kit::Content().text(*advice);
}

}  // namespace dbmux::postgres

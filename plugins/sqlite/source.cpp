#include "source.hpp"

#include <mutex>

#include "connection.hpp"
#include "database_file.hpp"

namespace dbmux::sqlite {

namespace {

// Of the whole library: some texts grow without bound while they are compiled, where no handler is asked.
constexpr sqlite3_int64 kHeapLimit = sqlite3_int64{160} << 20;
// Where page caches stop growing, so that there is room for everything else.
constexpr sqlite3_int64 kCacheLimit = sqlite3_int64{112} << 20;

void limit_heap() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (sqlite3_hard_heap_limit64(-1) != 0) return;
    sqlite3_hard_heap_limit64(kHeapLimit);
    sqlite3_soft_heap_limit64(kCacheLimit);
  });
}

}  // namespace

Source::Source(Options options)
    : options_(std::move(options)), name_(options_.in_memory() ? memory_uri(this) : options_.filename) {}

kit::Result<std::unique_ptr<kit::Source>> Source::open(kit::Call, std::span<const dbmux_param> params) {
  limit_heap();
  auto options = Options::from(params);
  if (!options) return options.failure();
  std::unique_ptr<Source> source(new Source(std::move(*options)));
  if (source->options_.in_memory()) {
    auto keeper = open_database(source->options_, source->name_, false);
    if (!keeper) return keeper.failure();
    source->keeper_ = std::move(*keeper);
  }
  return std::unique_ptr<kit::Source>(std::move(source));
}

kit::Result<std::unique_ptr<kit::Connection>> Source::connect(kit::Call call, std::uint32_t flags) {
  const bool read_only = options_.read_only || (flags & DBMUX_CONN_READ_ONLY) != 0;
  auto connection = Connection::open(*this, call, read_only);
  if (!connection) return connection.failure();
  return std::unique_ptr<kit::Connection>(std::move(*connection));
}

}  // namespace dbmux::sqlite

#pragma once
// One session: a kept-alive HTTP connection and the ids of the collections that it has met.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dbmux/kit.hpp"
#include "http.hpp"
#include "options.hpp"
#include "query.hpp"

namespace dbmux::chromadb {

// The memory of batches, kept from one cursor to the next.
struct Buffers {
  std::vector<dbmux_value> cells;
  kit::Arena batch;
};

class Connection final : public kit::Connection, public kit::Introspection {
 public:
  static kit::Result<std::unique_ptr<Connection>> open(const Options&, kit::Call, bool read_only);

  kit::Result<kit::Info> info(kit::Call) override;
  kit::Status ping(kit::Call) override;
  kit::Status reset(kit::Call) override { return {}; }  // a session keeps nothing
  void cancel(std::uint64_t call_id) override { interruption().cancel(call_id); }
  kit::CursorResult execute(kit::Call, const dbmux_request&) override;
  kit::CursorResult introspect(kit::Call, std::int32_t kind, const dbmux_object&,
                               std::string_view like) override;

  // What the parts of the driver share. Within the running call:
  Interruption& interruption() { return http_->interruption(); }
  Buffers& buffers() { return buffers_; }
  const Options& options() const { return options_; }
  // path: behind that of the database, "/collections"; database "": the connection's. Any refusal is a
  // failure.
  kit::Result<rapidjson::Document> ask(Http::Method, const std::string& database, const std::string& path,
                                       std::string_view body, std::string_view object, bool writes = false);
  // Of a collection by its name: "/get". Its id is looked up, and once more when it is no longer right.
  kit::Result<rapidjson::Document> ask_collection(Http::Method, const std::string& database,
                                                  const std::string& name, const std::string& operation,
                                                  std::string_view body, bool writes = false);

 private:
  Connection(Options options, std::unique_ptr<Http> http, bool read_only)
      : options_(std::move(options)), http_(std::move(http)), read_only_(read_only) {}
  kit::Result<std::string> id_of(const std::string& database, const std::string& name);

  const Options options_;
  const std::unique_ptr<Http> http_;
  const bool read_only_;
  std::string version_, user_;
  std::map<std::pair<std::string, std::string>, std::string> ids_;
  Buffers buffers_;
};

}  // namespace dbmux::chromadb

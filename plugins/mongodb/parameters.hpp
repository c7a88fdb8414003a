#pragma once
// The values of one request, as BSON. Positions count from 1; all by position or all by name.
#include <span>
#include <string_view>
#include <vector>

#include "dbmux/kit.hpp"
#include "handles.hpp"

namespace dbmux::mongodb {

class Parameters {
 public:
  // Appends a JSON text as a value.
  using AppendJson = kit::Status (*)(std::string_view json, bson_t* to, std::string_view key);

  static kit::Result<Parameters> of(std::span<const dbmux_param>, AppendJson);

  kit::Status append(std::int64_t position, std::string_view key, bson_t* to);
  kit::Status append(std::string_view name, std::string_view key, bson_t* to);
  kit::Status all_used() const;

 private:
  Parameters(std::span<const dbmux_param> params, AppendJson append_json)
      : params_(params), used_(params.size()), append_json_(append_json) {}
  kit::Status append(const dbmux_param&, std::string_view key, bson_t* to) const;

  std::span<const dbmux_param> params_;
  std::vector<bool> used_;
  AppendJson append_json_;
};

}  // namespace dbmux::mongodb

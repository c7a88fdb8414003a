#pragma once
// Opens connections to the hosts of a source: one after the other, the one that served last first.
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "lookup.hpp"
#include "options.hpp"
#include "wire.hpp"

namespace dbmux::postgres {

class Dialler {
 public:
  explicit Dialler(const Options& options) : options_(options) {}

  // By the waiter's and the options' time, of which a silent host gets its share only. password: may be null.
  // Of several hosts the first that is what targetSessionAttrs wants; writes: a primary. [any]
  kit::Result<std::unique_ptr<Wire>> open(const char* password, const std::string& settings, bool writes,
                                          Waiter&);
  // To the very server that the other one has reached.
  kit::Result<std::unique_ptr<Wire>> open_like(const Wire&, const std::string& settings, Waiter&);

 private:
  const Options& options_;
  Lookup lookup_;
  std::atomic<std::size_t> served_last_{0};
};

}  // namespace dbmux::postgres

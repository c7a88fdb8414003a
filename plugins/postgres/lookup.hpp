#pragma once
// From the name of a host to its addresses. The resolver cannot be called off and knows no deadline, so it
// works on a thread of its own, which whoever asked no longer waits for when his time is over.
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dbmux/kit.hpp"
#include "interruption.hpp"

namespace dbmux::postgres {

class Lookup {
 public:
  // In the order in which they are to be tried; an address is its own. By the waiter's time and until_ns.
  // Who asks for a name that is being looked up already waits for that answer. [any]
  kit::Result<std::vector<std::string>> addresses(const std::string& name, Waiter&, std::int64_t until_ns);

 private:
  struct Question;
  std::shared_ptr<Question> ask(const std::string& name);

  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<Question>> under_way_;
};

}  // namespace dbmux::postgres

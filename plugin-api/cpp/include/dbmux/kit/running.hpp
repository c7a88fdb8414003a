// SPDX-License-Identifier: MIT-0
#pragma once
// The call that runs on a connection, for what ends calls from outside in a driver's own way: any class with
// begin(Call) and end(). Cursors keep it, so that a cancel reaches what is still being read.
#include <memory>

#include "dbmux/kit/call.hpp"

namespace dbmux::kit {

template <class Interruption>
struct EndCall {
  void operator()(Interruption* interruption) const { interruption->end(); }
};

// Ended when this goes.
template <class Interruption>
using Running = std::unique_ptr<Interruption, EndCall<Interruption>>;

template <class Interruption>
Running<Interruption> run(Interruption& interruption, Call call) {
  interruption.begin(call);
  return Running<Interruption>(&interruption);
}

}  // namespace dbmux::kit

#pragma once
// Newline-delimited frames on two descriptors, for clients that start us as a child process.
#include "transport/stream.hpp"

namespace dbmux {

// Serves on the calling thread until end of input, until stop_fd becomes readable (a signal; -1: there is
// none) or until nobody reads out_fd any more. Frames are lines of at most max_message bytes, ended by LF,
// CRLF or the end of input; empty lines are skipped. Takes over none of the descriptors. SIGPIPE must be
// ignored. An error is one of reading; the handler has been closed all the same.
Result<void> serve_stdio(int in_fd, int out_fd, int stop_fd, std::size_t max_message, Handler&);

// Moves standard output away so that nothing but the protocol can reach it: returns a private duplicate of fd
// 1 and makes fd 1 a copy of fd 2. Call before anything else runs.
Result<int> claim_stdout();

}  // namespace dbmux

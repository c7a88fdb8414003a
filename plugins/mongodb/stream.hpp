#pragma once
// libmongoc's sockets, by us: every wait also ends at the call's limit and when the call is cancelled.
#include <mongoc/mongoc.h>

#include <cstdint>

#include "interruption.hpp"

namespace dbmux::mongodb {

// What a client's streams need to know; lives longer than they do.
struct StreamOwner {
  Interruption* interruption = nullptr;
  const char* tls_ca_file = nullptr;  // beside the uri's own settings; nullptr: none
  bool closed = false;                // no wait, no new connection
  std::uint64_t opened = 0;           // streams, ever
};

// A mongoc_stream_initiator_t whose data is a StreamOwner. TLS is put over the socket where the uri says so.
mongoc_stream_t* open_stream(const mongoc_uri_t*, const mongoc_host_list_t*, void* owner, bson_error_t*);

}  // namespace dbmux::mongodb

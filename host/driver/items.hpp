#pragma once
// How an item of a plugin answered: a tool, a resource, a prompt, a completion.
#include <memory>
#include <string>
#include <vector>

#include "driver/plugin.hpp"

namespace dbmux {

struct Invocation {
  enum class Outcome {
    rows,          // the cursor is a table
    content,       // the cursor's rows are content, see ContentRow
    needs_input,   // the call's Asking knows what for
    refused,       // an error of the protocol
    client_lacks,  // it cannot go on without what the client cannot be asked
  };

  Outcome outcome = Outcome::rows;
  std::unique_ptr<Cursor> cursor;  // of rows and content; must go before the call and the conn
  std::int64_t code = 0;           // of refused
  std::string message, data;       // of refused; data: JSON, or ""
  std::vector<std::string> lacks;  // methods, of client_lacks
};

// A row of content. Texts are cleaned of secrets; bytes are as they came.
struct ContentRow {
  std::string type;  // text image audio resource resource_link structured error value
  std::string role, text, bytes, uri, name, mime_type;
  std::string extra;  // JSON, or ""
  bool has_text = false, has_bytes = false;
};

// All rows of the cursor, of at most that many bytes in all (else: resource). internal: not what the header
// asks for.
Result<std::vector<ContentRow>> read_content(Cursor&, std::size_t most_bytes);

}  // namespace dbmux

#pragma once
// A client of a server behind two real pipes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "mcp/server.hpp"
#include "scripted_catalogue.hpp"
#include "transport/stdio.hpp"

namespace dbmux {

class PipeClient {
 public:
  explicit PipeClient(mcp::ServerOptions options = {}, std::size_t further_faces = 0,
                      std::size_t max = 1 << 20)
      : catalogue(further_faces),
        server_(std::make_unique<mcp::Server>(catalogue, with_version(std::move(options)))) {
    ::signal(SIGPIPE, SIG_IGN);
    open(to_server_);
    open(from_server_);
    open(stop_);
    io_ = std::thread(
        [this, max] { EXPECT_TRUE(serve_stdio(to_server_[0], from_server_[1], stop_[0], max, *server_)); });
  }
  ~PipeClient() {
    catalogue.release();
    close_input();
    close_output();
    wait_ended();
    server_.reset();  // before its output closes
    close_end(from_server_[1]);
    for (const int fd : {to_server_[0], stop_[0], stop_[1]}) ::close(fd);
  }
  PipeClient(const PipeClient&) = delete;
  PipeClient& operator=(const PipeClient&) = delete;

  void send(std::string_view line) {
    std::string bytes(line);
    bytes += '\n';
    send_bytes(bytes);
  }
  void send_bytes(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto n = ::write(to_server_[1], bytes.data(), bytes.size());
      ASSERT_GT(n, 0);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  // The next line without its newline; empty at the end.
  std::string receive() {
    for (;;) {
      if (const auto end = unread_.find('\n'); end != std::string::npos) {
        auto line = unread_.substr(0, end);
        unread_.erase(0, end + 1);
        return line;
      }
      std::array<char, 65536> part{};
      const auto n = ::read(from_server_[0], part.data(), part.size());
      if (n <= 0) return std::exchange(unread_, {});
      unread_.append(part.data(), static_cast<std::size_t>(n));
    }
  }
  std::string ask(std::string_view line) {
    send(line);
    return receive();
  }
  // The answer to a request; params as JSON.
  std::string ask(std::string_view id, std::string_view method, std::string_view params = "{}") {
    return ask(request(id, method, params));
  }
  static std::string request(std::string_view id, std::string_view method, std::string_view params = "{}") {
    return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":")" + std::string(method) +
           R"(","params":)" + std::string(params) + "}";
  }
  static std::string tool(std::string_view id, std::string_view name, std::string_view further = "") {
    return request(id, "tools/call", R"({"name":")" + std::string(name) + "\"" + std::string(further) + "}");
  }
  std::string initialize(std::string_view version, std::string_view capabilities = "{}") {
    return ask("\"init\"", "initialize",
               R"({"protocolVersion":")" + std::string(version) + R"(","capabilities":)" +
                   std::string(capabilities) + R"(,"clientInfo":{"name":"t","version":"0"}})");
  }
  // The _meta of a stateless request, and such a request. params: members, each with a comma before it.
  static std::string meta(std::string_view capabilities = "{}", std::string_view further = "") {
    return R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
           R"("io.modelcontextprotocol/clientCapabilities":)" +
           std::string(capabilities) + std::string(further) + "}";
  }
  static std::string stateless(std::string_view id, std::string_view method, std::string_view params = "",
                               std::string_view capabilities = "{}", std::string_view further = "") {
    return request(id, method, "{" + meta(capabilities, further) + std::string(params) + "}");
  }
  // Ends the session and gives all that came until then.
  std::vector<std::string> rest() {
    close_input();
    const std::jthread end([this] { join(); });
    std::vector<std::string> lines;
    for (auto line = receive(); !line.empty(); line = receive()) lines.push_back(std::move(line));
    return lines;
  }

  void close_input() { close_end(to_server_[1]); }
  void close_output() { close_end(from_server_[0]); }
  void stop() const { EXPECT_EQ(::write(stop_[1], "x", 1), 1); }
  void wait_ended() {
    if (io_.joinable()) io_.join();
  }
  void join() {
    wait_ended();
    close_end(from_server_[1]);  // so that reading the rest comes to an end
  }
  bool stuck() const { return server_->stuck(); }

  ScriptedCatalogue catalogue;

 private:
  static mcp::ServerOptions with_version(mcp::ServerOptions options) {
    if (options.version.empty()) options.version = "1.2.3";
    return options;
  }
  static void open(std::array<int, 2>& fds) { EXPECT_EQ(::pipe2(fds.data(), O_CLOEXEC), 0); }
  static void close_end(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }

  std::array<int, 2> to_server_{}, from_server_{}, stop_{};
  std::unique_ptr<mcp::Server> server_;
  std::thread io_;
  std::string unread_;
};

inline std::string text_result(std::string_view id, std::string_view escaped_text) {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"result":{"content":[{"type":"text","text":")" +
         std::string(escaped_text) + R"("}]}})";
}

// {"code":…} of an error answer to id, whatever its message says.
inline testing::AssertionResult is_error(std::string_view line, std::string_view id, int code) {
  const auto start = R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"error":{"code":)" +
                     std::to_string(code) + R"(,"message":")";
  if (line.starts_with(start)) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "expected " << start << "…, got " << line;
}

}  // namespace dbmux

#include "database.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <stdexcept>

#include "server.hpp"

namespace dbmux::test {
namespace {

std::string fresh_name() {
  static std::atomic<int> next{0};
  return "t-" + std::to_string(getpid()) + "-" + std::to_string(next.fetch_add(1));
}

// A request of our own, beside the driver; the answer's body.
std::string request(const std::string& method, const std::string& path, const std::string& body) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server("chromadb").port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    throw std::runtime_error("ChromaDB cannot be reached");
  }
  const std::string whole =
      method + " /api/v2/tenants/default_tenant/databases" + path +
      " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Chroma-Token: open-sesame\r\n"
      "Content-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  for (std::size_t sent = 0; sent < whole.size();) {
    const auto n = ::send(fd, whole.data() + sent, whole.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) break;
    sent += static_cast<std::size_t>(n);
  }
  std::string answer;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
    answer.append(buffer, static_cast<std::size_t>(n));
  ::close(fd);
  if (!answer.starts_with("HTTP/1.1 20")) throw std::runtime_error(method + " " + path + ": " + answer);
  return answer;
}

// Makes a collection with these ids, each a JSON text.
void fill(const std::string& database, const std::string& collection, const std::vector<std::string>& ids) {
  const auto made = request("POST", "/" + database + "/collections", R"({"name":")" + collection + "\"}");
  const auto at = made.find(R"("id":")") + 6;
  const auto id = made.substr(at, 36);
  std::string all, vectors;
  for (const auto& one : ids) {
    all += (all.empty() ? "" : ",") + one;
    vectors += vectors.empty() ? "[0]" : ",[0]";
  }
  request("POST", "/" + database + "/collections/" + id + "/add",
          R"({"ids":[)" + all + R"(],"embeddings":[)" + vectors + "]}");
}

std::vector<std::string> echoes() {
  std::vector<std::string> ids{"\"usable\"", "\"still here\"", "\"second\"", "\"it's; -- 'quoted'\"",
                               "\"山🙂\""};
  for (int i = 0; i < 50; ++i) ids.push_back("\"answer " + std::to_string(i) + '"');
  for (int i = 0; i < 500; ++i) ids.push_back("\"neighbour " + std::to_string(i) + '"');
  for (int i = 0; i < 400; ++i)
    ids.push_back('"' + std::to_string(i / 50) + "/" + std::to_string(i % 50) + '"');
  return ids;
}

}  // namespace

ChromaDatabase::ChromaDatabase() : name_(fresh_name()), proxy_(server("chromadb").port) {
  request("POST", "", R"({"name":")" + name_ + "\"}");
  std::vector<std::string> numbers;
  for (int i = 1; i <= kNumbers; ++i) numbers.push_back('"' + std::to_string(i) + '"');
  fill(name_, "numbers", numbers);
  fill(name_, "echo", echoes());
}

ChromaDatabase::~ChromaDatabase() {
  try {
    request("DELETE", "/" + name_, "");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
  }
}

std::vector<Param> ChromaDatabase::options_at(std::uint16_t port) const {
  return {param("127.0.0.1", "host"), param(port, "port"), param("the token", "token"),
          param(name_, "database")};
}

}  // namespace dbmux::test

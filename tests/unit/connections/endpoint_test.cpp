#include "connections/endpoint.hpp"

#include <gtest/gtest.h>

namespace dbmux {
namespace {

Descriptor engine() {
  Descriptor d;
  d.id = "engine";
  d.name = "Engine";
  d.config_schema = R"({"type":"object","additionalProperties":false,"properties":{
    "server":{"type":"string","x-dbmux-host":true,"x-dbmux-dsn":"host"},
    "port":{"type":"integer","default":4711},
    "user":{"type":"string","default":"nobody"},
    "password":{"type":"string","x-dbmux-secret":true},
    "url":{"type":"string","x-dbmux-host":true,"x-dbmux-dsn":"uri"},
    "token":{"type":"string","x-dbmux-secret":true},
    "ca":{"type":"string","x-dbmux-path":"file"}}})";
  return d;
}

Option option(std::string path, std::string text) {
  Option o;
  o.path = std::move(path);
  o.value.scalar = text;
  o.value.data = std::move(text);
  return o;
}

ConnectionProfile profile(std::vector<Option> options) {
  ConnectionProfile p;
  p.name = "erp";
  p.plugin = "engine";
  p.options = std::move(options);
  return p;
}

Option password_from(std::string source) {
  Option o;
  o.path = "password";
  o.secret = SecretSources{{std::move(source)}, {}};
  return o;
}

std::optional<std::string> environment(std::string_view name) {
  return name == "APP_PASSWORD" ? std::optional<std::string>("hunter2hunter2") : std::nullopt;
}

Error error(Category category, std::string message, std::string code = {}) {
  Error e;
  e.category = category;
  e.message = std::move(message);
  e.code = std::move(code);
  return e;
}

TEST(Endpoint, IsWhatTheSchemaCallsHostPortAndUser) {
  auto to = endpoint_of(profile({option("server", "db.example"), option("ca", "/etc/ca.pem")}), engine());
  EXPECT_EQ(to.host, "db.example");
  EXPECT_EQ(to.port, 4711);
  EXPECT_EQ(to.user, "nobody");
  EXPECT_EQ(to.files, std::vector<std::string>{"/etc/ca.pem"});
  auto with_port = profile({option("server", "db.example"), password_from("env:X")});
  Option port;
  port.path = "port";
  port.value.data = std::int64_t{99};
  with_port.options.push_back(port);
  to = endpoint_of(with_port, engine());
  EXPECT_EQ(to.port, 99);
  ASSERT_TRUE(to.password);
  EXPECT_EQ(to.password->sources, std::vector<std::string>{"env:X"});
}

TEST(Endpoint, OfSeveralServersIsTheFirst) {
  for (const auto& [list, host, port] : {std::tuple{"a,b:2", "a", 4711},
                                         {"a:1,b:2", "a", 1},
                                         {"[::1]:7,b", "::1", 7},
                                         {"::1,b", "::1", 4711}}) {
    const auto to = endpoint_of(profile({option("server", list)}), engine());
    EXPECT_EQ(to.host, host) << list;
    EXPECT_EQ(to.port, port) << list;
  }
}

TEST(Endpoint, IsTakenOutOfAUrl) {
  struct Case {
    const char *url, *host;
    int port;
  };
  for (const auto& c :
       {Case{"http://db.example:8000/x", "db.example", 8000}, Case{"http://db.example", "db.example", 80},
        Case{"https://db.example/?a=b:5", "db.example", 443}, Case{"https://u:p@[::1]:9/", "::1", 9},
        Case{"http://[::1]/", "::1", 80}, Case{"http://x:99999", "x", 0}, Case{"nonsense", "", 0}}) {
    const auto to = endpoint_of(profile({option("url", c.url)}), engine());
    EXPECT_EQ(to.host, c.host) << c.url;
    EXPECT_EQ(to.port, c.port) << c.url;
  }
}

TEST(Endpoint, OfOptionsThatDoNotFitIsUnknown) {
  EXPECT_EQ(endpoint_of(profile({option("wibble", "x")}), engine()).host, "");
}

TEST(Endpoint, KnowsLoopback) {
  for (const char* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1", "app.localhost"})
    EXPECT_TRUE(is_loopback(host));
  for (const char* host :
       {"", "db.example", "10.0.0.1", "localhost.example", "127.0.0.1.example", "127.0.0.1,db.example"})
    EXPECT_FALSE(is_loopback(host));
}

TEST(WordsOfAConnection, SayWhereARefusedPasswordCameFromAndNotWhatItIs) {
  const auto p = profile({option("server", "h"), option("user", "app"), password_from("env:APP_PASSWORD")});
  const auto e = in_words_of_connection(error(Category::auth, "wrong password", "28P01"), p, engine(),
                                        environment, false);
  EXPECT_EQ(e.message, "erp: Engine refused the password of 'app' (28P01). It came from env:APP_PASSWORD.");
  EXPECT_EQ(e.detail, "The server says: wrong password.");
  EXPECT_EQ(e.hint, "Test it with: dbmux doctor erp");
  EXPECT_EQ(e.category, Category::auth);
  EXPECT_EQ(in_words_of_connection(error(Category::auth, "not from this network", "28000"), p, engine(),
                                   environment, false)
                .message,
            "erp: Engine refused the login of 'app' (28000): not from this network. The password came from "
            "env:APP_PASSWORD.");
}

TEST(WordsOfAConnection, KnowAPasswordThatIsWrittenDownOrMissing) {
  auto p = profile({option("server", "h"), password_from("literal:hunter2hunter2")});
  auto e = in_words_of_connection(error(Category::auth, "no"), p, engine(), environment, false);
  EXPECT_EQ(
      e.message,
      "erp: Engine refused the login of 'nobody': no. The password stands in the profile or in the URL.");
  p = profile({option("server", "h")});
  e = in_words_of_connection(error(Category::auth, "no"), p, engine(), environment, false);
  EXPECT_EQ(e.message, "erp: Engine refused the login of 'nobody': no. No password is configured.");
  EXPECT_EQ(e.hint, "dbmux setup asks for it and keeps it sealed; or set its variable.");
  p.origin = {"prod.yaml", 3, 5};
  e = in_words_of_connection(error(Category::auth, "no"), p, engine(), environment, false);
  EXPECT_EQ(e.hint, "dbmux secret set erp, and in the profile password: {secret: \"store:erp\"}");
  p = profile({option("server", "h"), password_from("env:UNSET")});
  e = in_words_of_connection(error(Category::auth, "there is no secret in env:UNSET"), p, engine(),
                             environment, false);
  EXPECT_EQ(e.message, "there is no secret in env:UNSET");
}

TEST(WordsOfAConnection, DoNotMissAPasswordThatASecretUrlMayHold) {
  auto plugin = engine();
  const std::string plain = R"("url":{"type":"string",)";
  plugin.config_schema.replace(plugin.config_schema.find(plain), plain.size(),
                               R"("url":{"x-dbmux-secret":true,"type":"string",)");
  auto url = password_from("env:APP_PASSWORD");
  url.path = "url";
  const auto e = in_words_of_connection(error(Category::auth, "no"), profile({std::move(url)}), plugin,
                                        environment, false);
  EXPECT_EQ(e.message, "erp: Engine refused the login of 'nobody': no.");
}

TEST(WordsOfAConnection, SayThatNothingListens) {
  const auto p = profile({option("server", "localhost")});
  const auto refused = error(Category::connection, "connect: Connection refused\nIs it running?");
  auto e = in_words_of_connection(refused, p, engine(), environment, false);
  EXPECT_EQ(e.message, "erp: nothing listens on localhost:4711");
  EXPECT_EQ(e.detail, "connect: Connection refused.");
  EXPECT_EQ(e.hint, "");
  e = in_words_of_connection(refused, p, engine(), environment, true);
  EXPECT_EQ(e.hint,
            "dbmux runs in a container, where localhost is the container itself; use host.docker.internal.");
  e = in_words_of_connection(refused, profile({option("server", "db.example")}), engine(), environment, true);
  EXPECT_EQ(e.hint, "");
}

TEST(WordsOfAConnection, NameItAndLeaveOtherErrorsAsTheyAre) {
  const auto p = profile({option("server", "localhost")});
  EXPECT_EQ(
      in_words_of_connection(error(Category::connection, "bad certificate"), p, engine(), environment, true)
          .message,
      "erp: bad certificate");
  EXPECT_EQ(in_words_of_connection(error(Category::connection, "x does not exist"), profile({}), engine(),
                                   environment, true)
                .message,
            "x does not exist");
  EXPECT_EQ(in_words_of_connection(error(Category::timeout, "late"), p, engine(), environment, true).message,
            "late");
}

}  // namespace
}  // namespace dbmux

#include "issuer.hpp"

#include <libpq-fe.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>

#include <array>
#include <ctime>
#include <memory>
#include <vector>

#include "wire.hpp"

namespace dbmux::postgres {

namespace {

struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

std::string issuer_of(const X509* certificate) {
  const X509_NAME* name = X509_get_issuer_name(certificate);
  std::array<char, 128> text{};
  for (const int part : {NID_commonName, NID_organizationName})
    if (X509_NAME_get_text_by_NID(name, part, text.data(), text.size()) > 0) break;
  std::string shown = text.data();
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return shown;
}

std::string expiry_of(const X509* certificate) {
  const auto* end = X509_get0_notAfter(certificate);
  std::tm day{};
  std::array<char, 16> text{};
  if (X509_cmp_current_time(end) >= 0 || ASN1_TIME_to_tm(end, &day) != 1) return {};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &day)};
}

ServerCertificate shown_by(const SSL* tls) {
  const std::unique_ptr<X509, FreeCertificate> certificate(SSL_get1_peer_certificate(tls));
  if (!certificate) return {};
  return {issuer_of(certificate.get()), expiry_of(certificate.get())};
}

}  // namespace

ServerCertificate certificate_of_server(const Options& options, const Target& target, Waiter& waiter,
                                        std::int64_t until_ns) {
  auto unchecked = options;
  unchecked.ssl = "require";
  unchecked.ssl_ca.clear();
  const auto given = unchecked.keywords(target, {});
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : given) {
    keywords.push_back(keyword);
    values.push_back(value.c_str());
  }
  // With a file of authorities libpq would check them after all.
  keywords.insert(keywords.end(), {"sslrootcert", nullptr});
  values.insert(values.end(), {"/dev/null/none", nullptr});
  const std::unique_ptr<PGconn, FinishConnection> connection(
      PQconnectStartParams(keywords.data(), values.data(), 0));
  auto state = !connection || PQstatus(connection.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED
                                                                           : PGRES_POLLING_WRITING;
  while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
    if (PQsslInUse(connection.get()) != 0 && PQstatus(connection.get()) != CONNECTION_SSL_STARTUP)
      return shown_by(static_cast<const SSL*>(PQsslStruct(connection.get(), "OpenSSL")));
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (waiter.wait(PQsocket(connection.get()), events, until_ns) != Ready::yes) return {};
    state = PQconnectPoll(connection.get());
  }
  return {};
}

}  // namespace dbmux::postgres

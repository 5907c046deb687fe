// Asks the libcurl that Image/static-libraries built whether it can do what Sources/HTTPClient
// asks of it, and nothing more. Prints everything that is wrong, and exits 1 then.
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

static int faults = 0;

static void demand(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "libcurl: %s\n", what);
  faults++;
}

#define ACCEPTS(option, value) \
  demand(curl_easy_setopt(handle, option, value) == CURLE_OK, "does not know " #option)

static void check_features(const curl_version_info_data *info) {
  demand(info->ssl_version && !strncmp(info->ssl_version, "OpenSSL/", 8), "has no OpenSSL");
  demand(info->features & CURL_VERSION_SSL, "cannot do TLS");
  demand(info->features & CURL_VERSION_IPV6, "cannot do IPv6");
  demand(info->features & CURL_VERSION_ASYNCHDNS, "waits for name look-ups: a stop would hang");
  demand(info->features & CURL_VERSION_THREADSAFE, "initializes itself without a lock");
  demand(!(info->features & CURL_VERSION_HTTP2), "has HTTP/2, which nothing uses");
  demand(!(info->features & CURL_VERSION_LIBZ), "has compression, which nothing uses");
  int count = 0;
  for (const char *const *name = info->protocols; *name; name++, count++)
    demand(!strcmp(*name, "http") || !strcmp(*name, "https"), "has more protocols than HTTP(S)");
  demand(count == 2, "has not both HTTP and HTTPS");
  demand(info->cainfo && !strcmp(info->cainfo, "/etc/ssl/certs/ca-certificates.crt"),
         "looks for the system's authorities in another place than the image has them");
}

static void check_options(CURL *handle) {
  struct curl_blob blob = {"", 0, CURL_BLOB_COPY};
  ACCEPTS(CURLOPT_PROTOCOLS_STR, "http,https");
  ACCEPTS(CURLOPT_QUICK_EXIT, 1L);
  ACCEPTS(CURLOPT_PATH_AS_IS, 1L);
  ACCEPTS(CURLOPT_NOSIGNAL, 1L);
  ACCEPTS(CURLOPT_TIMEOUT_MS, 1L);
  ACCEPTS(CURLOPT_CONNECTTIMEOUT_MS, 1L);
  ACCEPTS(CURLOPT_LOW_SPEED_TIME, 1L);
  ACCEPTS(CURLOPT_TCP_KEEPIDLE, 30L);
  ACCEPTS(CURLOPT_PROXY, "");
  ACCEPTS(CURLOPT_NOPROXY, "*");
  ACCEPTS(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  ACCEPTS(CURLOPT_CAINFO_BLOB, &blob);
  ACCEPTS(CURLOPT_CAPATH, NULL);
  ACCEPTS(CURLOPT_SSLCERTTYPE, "PEM");
  ACCEPTS(CURLOPT_SSLCERT_BLOB, &blob);
  ACCEPTS(CURLOPT_SSLKEYTYPE, "PEM");
  ACCEPTS(CURLOPT_SSLKEY_BLOB, &blob);
  ACCEPTS(CURLOPT_KEYPASSWD, "");
  ACCEPTS(CURLOPT_SSL_VERIFYPEER, 0L);
  ACCEPTS(CURLOPT_SSL_VERIFYHOST, 0L);
}

int main(void) {
  demand(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "cannot be initialized");
  check_features(curl_version_info(CURLVERSION_NOW));
  CURL *handle = curl_easy_init();
  demand(handle != NULL, "makes no handle");
  if (handle) check_options(handle);
  return faults > 0;
}

// libcurl, and inline wrappers for its variadic calls, which Swift does not import: one for each
// kind of argument, so that the type checks of curl's own macros are not lost on the way.
#ifndef WEIR_CCURL_SHIM_H
#define WEIR_CCURL_SHIM_H

#include <curl/curl.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef size_t (*weir_curl_sink)(char *data, size_t size, size_t count, void *context);

static inline CURLcode weir_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode weir_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode weir_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode weir_curl_set_sink(CURL *handle, CURLoption option, weir_curl_sink value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode weir_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode weir_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode weir_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLMcode weir_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
// The result shares a union with a pointer; only `CURLMSG_DONE` messages have one.
static inline CURLcode weir_curl_result(const CURLMsg *message) { return message->data.result; }

#ifdef __cplusplus
}
#endif
#endif

// libcurl, loaded when the first request is made and not with the program: it brings forty libraries,
// which take longer to load than everything that Weir does before its first step, and a run without
// an endpoint needs none of them.
//
// The headers give the types; `struct weir_curl` holds the functions that are called. Variadic ones
// have an inline wrapper for each kind of argument, which Swift can call and which keeps the type
// checks of curl's own macros in sight.
#ifndef WEIR_CCURL_SHIM_H
#define WEIR_CCURL_SHIM_H

#include <curl/curl.h>
#include <dlfcn.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// All that is called, without `curl_`.
#define WEIR_CURL_FUNCTIONS(each)                                                              \
    each(global_init) each(easy_init) each(easy_cleanup) each(easy_setopt) each(easy_getinfo)  \
    each(easy_strerror) each(multi_init) each(multi_cleanup) each(multi_setopt)                \
    each(multi_add_handle) each(multi_remove_handle) each(multi_perform)                       \
    each(multi_info_read) each(multi_poll) each(multi_wakeup) each(multi_strerror)             \
    each(slist_append) each(slist_free_all) each(url) each(url_cleanup) each(url_set)          \
    each(url_get) each(free)

#define WEIR_CURL_MEMBER(name) __typeof__(curl_##name) *name;
struct weir_curl {
    WEIR_CURL_FUNCTIONS(WEIR_CURL_MEMBER)
};
#undef WEIR_CURL_MEMBER

// Loads the library and finds every function in it.
//
// Returns NULL, or what is wrong, in the loader's words. The library stays for good.
static inline const char *weir_curl_load(struct weir_curl *curl, const char *file) {
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!library) return dlerror();
#define WEIR_CURL_FIND(name)                                         \
    *(void **)&curl->name = dlsym(library, "curl_" #name);           \
    if (!curl->name) return dlerror();
    WEIR_CURL_FUNCTIONS(WEIR_CURL_FIND)
#undef WEIR_CURL_FIND
    return NULL;
}

// libcurl gives data, or takes it: the same shape.
typedef size_t (*weir_curl_sink)(char *data, size_t size, size_t count, void *context);
typedef int (*weir_curl_seek)(void *context, curl_off_t offset, int origin);

static inline CURLcode weir_curl_global_init(const struct weir_curl *curl) {
    return curl->global_init(CURL_GLOBAL_DEFAULT);
}
static inline CURL *weir_curl_easy_init(const struct weir_curl *curl) { return curl->easy_init(); }
static inline void weir_curl_easy_cleanup(const struct weir_curl *curl, CURL *handle) {
    curl->easy_cleanup(handle);
}
static inline const char *weir_curl_easy_strerror(const struct weir_curl *curl, CURLcode code) {
    return curl->easy_strerror(code);
}
static inline CURLcode weir_curl_set_long(
    const struct weir_curl *curl, CURL *handle, CURLoption option, long value) {
    return curl->easy_setopt(handle, option, value);
}
static inline CURLcode weir_curl_set_offset(
    const struct weir_curl *curl, CURL *handle, CURLoption option, curl_off_t value) {
    return curl->easy_setopt(handle, option, value);
}
static inline CURLcode weir_curl_set_pointer(
    const struct weir_curl *curl, CURL *handle, CURLoption option, void *value) {
    return curl->easy_setopt(handle, option, value);
}
static inline CURLcode weir_curl_set_sink(
    const struct weir_curl *curl, CURL *handle, CURLoption option, weir_curl_sink value) {
    return curl->easy_setopt(handle, option, value);
}
static inline CURLcode weir_curl_set_seek(
    const struct weir_curl *curl, CURL *handle, CURLoption option, weir_curl_seek value) {
    return curl->easy_setopt(handle, option, value);
}
static inline CURLcode weir_curl_set_text(
    const struct weir_curl *curl, CURL *handle, CURLoption option, const char *value) {
    return curl->easy_setopt(handle, option, value);
}
static inline CURLcode weir_curl_get_long(
    const struct weir_curl *curl, CURL *handle, CURLINFO info, long *value) {
    return curl->easy_getinfo(handle, info, value);
}
static inline CURLcode weir_curl_get_offset(
    const struct weir_curl *curl, CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl->easy_getinfo(handle, info, value);
}

static inline CURLM *weir_curl_multi_init(const struct weir_curl *curl) {
    return curl->multi_init();
}
static inline CURLMcode weir_curl_multi_cleanup(const struct weir_curl *curl, CURLM *multi) {
    return curl->multi_cleanup(multi);
}
static inline CURLMcode weir_curl_multi_set_long(
    const struct weir_curl *curl, CURLM *multi, CURLMoption option, long value) {
    return curl->multi_setopt(multi, option, value);
}
static inline CURLMcode weir_curl_multi_add_handle(
    const struct weir_curl *curl, CURLM *multi, CURL *handle) {
    return curl->multi_add_handle(multi, handle);
}
static inline CURLMcode weir_curl_multi_remove_handle(
    const struct weir_curl *curl, CURLM *multi, CURL *handle) {
    return curl->multi_remove_handle(multi, handle);
}
static inline CURLMcode weir_curl_multi_perform(
    const struct weir_curl *curl, CURLM *multi, int *running) {
    return curl->multi_perform(multi, running);
}
static inline CURLMsg *weir_curl_multi_info_read(
    const struct weir_curl *curl, CURLM *multi, int *left) {
    return curl->multi_info_read(multi, left);
}
static inline CURLMcode weir_curl_multi_poll(
    const struct weir_curl *curl, CURLM *multi, int milliseconds) {
    return curl->multi_poll(multi, NULL, 0, milliseconds, NULL);
}
static inline CURLMcode weir_curl_multi_wakeup(const struct weir_curl *curl, CURLM *multi) {
    return curl->multi_wakeup(multi);
}
static inline const char *weir_curl_multi_strerror(const struct weir_curl *curl, CURLMcode code) {
    return curl->multi_strerror(code);
}
// The result shares a union with a pointer; only `CURLMSG_DONE` messages have one.
static inline CURLcode weir_curl_result(const CURLMsg *message) { return message->data.result; }

static inline struct curl_slist *weir_curl_slist_append(
    const struct weir_curl *curl, struct curl_slist *list, const char *text) {
    return curl->slist_append(list, text);
}
static inline void weir_curl_slist_free_all(
    const struct weir_curl *curl, struct curl_slist *list) {
    curl->slist_free_all(list);
}
static inline CURLU *weir_curl_url(const struct weir_curl *curl) { return curl->url(); }
static inline void weir_curl_url_cleanup(const struct weir_curl *curl, CURLU *url) {
    curl->url_cleanup(url);
}
static inline CURLUcode weir_curl_url_set(
    const struct weir_curl *curl, CURLU *url, CURLUPart part, const char *text) {
    return curl->url_set(url, part, text, 0);
}
static inline CURLUcode weir_curl_url_get(
    const struct weir_curl *curl, CURLU *url, CURLUPart part, char **text) {
    return curl->url_get(url, part, text, 0);
}
static inline void weir_curl_free(const struct weir_curl *curl, void *memory) {
    curl->free(memory);
}

#ifdef __cplusplus
}
#endif
#endif

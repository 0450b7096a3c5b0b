#ifndef WEIR_CCURL_SHIM_H
#define WEIR_CCURL_SHIM_H
#include <curl/curl.h>
#endif

// Counts what is allocated, loaded before everything else (LD_PRELOAD), for rows that may not
// allocate. The C library's own entry points do the work.
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stddef.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static atomic_long count;

long weir_bench_allocations(void) { return atomic_load(&count); }

void *malloc(size_t bytes) {
    atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
    return __libc_malloc(bytes);
}

void *calloc(size_t number, size_t bytes) {
    atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
    return __libc_calloc(number, bytes);
}

void *realloc(void *place, size_t bytes) {
    atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
    return __libc_realloc(place, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **place, size_t alignment, size_t bytes) {
    atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
    *place = __libc_memalign(alignment, bytes);
    return *place ? 0 : 12;
}

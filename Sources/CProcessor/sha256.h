// A block of SHA-256 by the processor's own instructions: a tenth of the time of the portable code.
//
// A module of its own beside CLinux: the pure core may compute with it, and reaches no system call.
#ifndef WEIR_CPROCESSOR_SHA256_H
#define WEIR_CPROCESSOR_SHA256_H

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)

#include <cpuid.h>

// Whether this processor has them (leaf 7, EBX bit 29), and the SSE 4.1 that goes with them.
static inline int weir_has_sha256(void) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    return (b >> 29 & 1) != 0 && __builtin_cpu_supports("sse4.1") != 0;
}

typedef int weir_words __attribute__((vector_size(16)));
typedef char weir_bytes __attribute__((vector_size(16)));

// FIPS 180-4 §6.2.2. block: its 64 bytes as they came; round: the 64 constants K.
//
// The instructions keep the eight words as (f, e, b, a) and (h, g, d, c), lowest lane first, do two
// rounds each, and make four words of the schedule at a time.
__attribute__((target("sha,sse4.1")))
static inline void weir_sha256(uint32_t *state, const void *block, const uint32_t *round) {
    weir_words low, high, schedule[4], constant;
    memcpy(&low, state, 16);
    memcpy(&high, state + 4, 16);
    weir_words abef = __builtin_shufflevector(high, low, 1, 0, 5, 4);
    weir_words cdgh = __builtin_shufflevector(high, low, 3, 2, 7, 6);
    const weir_words abef_before = abef, cdgh_before = cdgh;
    memcpy(schedule, block, 64);
    // The standard's words are big-endian.
    for (int part = 0; part < 4; part++) {
        weir_bytes bytes = (weir_bytes)schedule[part];
        schedule[part] = (weir_words)__builtin_shufflevector(
            bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    }
#pragma clang loop unroll(full)
    for (int group = 0; group < 16; group++) {
        weir_words *oldest = &schedule[group & 3];
        if (group >= 4) {
            weir_words second = schedule[(group + 1) & 3], third = schedule[(group + 2) & 3];
            weir_words newest = schedule[(group + 3) & 3];
            weir_words sum = __builtin_ia32_sha256msg1(*oldest, second) +
                             __builtin_shufflevector(third, newest, 1, 2, 3, 4);
            *oldest = __builtin_ia32_sha256msg2(sum, newest);
        }
        memcpy(&constant, round + group * 4, 16);
        weir_words input = *oldest + constant;
        cdgh = __builtin_ia32_sha256rnds2(cdgh, abef, input);
        input = __builtin_shufflevector(input, input, 2, 3, 2, 3);
        abef = __builtin_ia32_sha256rnds2(abef, cdgh, input);
    }
    abef += abef_before;
    cdgh += cdgh_before;
    low = __builtin_shufflevector(abef, cdgh, 3, 2, 7, 6);
    high = __builtin_shufflevector(abef, cdgh, 1, 0, 5, 4);
    memcpy(state, &low, 16);
    memcpy(state + 4, &high, 16);
}

#else

// Elsewhere the portable code does it: nobody has measured that it is too slow.
static inline int weir_has_sha256(void) { return 0; }
static inline void weir_sha256(uint32_t *state, const void *block, const uint32_t *round) {
    (void)state;
    (void)block;
    (void)round;
}

#endif
#endif

#include "CWeirBytes.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>

#define TARGET __attribute__((target("sse4.2")))
#define HAS_HARDWARE __builtin_cpu_supports("sse4.2")
TARGET static inline uint32_t step_word(uint32_t crc, uint64_t word) { return (uint32_t)_mm_crc32_u64(crc, word); }
TARGET static inline uint32_t step_byte(uint32_t crc, uint8_t byte) { return _mm_crc32_u8(crc, byte); }
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

#define TARGET
#define HAS_HARDWARE 1
static inline uint32_t step_word(uint32_t crc, uint64_t word) { return __crc32cd(crc, word); }
static inline uint32_t step_byte(uint32_t crc, uint8_t byte) { return __crc32cb(crc, byte); }
#endif

#if defined(HAS_HARDWARE)
// The instruction gives its result three cycles later, and can begin each cycle: so three parts of the bytes are gone through
// at once, and their checksums put together. What a part of zeros makes of a checksum is linear: it is looked up.
enum { long_part = 256, short_part = 64 };

static uint32_t long_shift[4][256];
static uint32_t short_shift[4][256];

static uint32_t after_zeros(uint32_t crc, size_t count) {
    for (size_t bit = 0; bit < count * 8; bit++) crc = (crc >> 1) ^ (0x82F63B78u & (0u - (crc & 1u)));
    return crc;
}

static void make_shift(uint32_t table[4][256], size_t part) {
    uint32_t bits[32];
    for (int bit = 0; bit < 32; bit++) bits[bit] = after_zeros(1u << bit, part);
    for (int place = 0; place < 4; place++) {
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint32_t sum = 0;
            for (int bit = 0; bit < 8; bit++) {
                if (byte >> bit & 1) sum ^= bits[8 * place + bit];
            }
            table[place][byte] = sum;
        }
    }
}

__attribute__((constructor))
static void make_shifts(void) {
    make_shift(long_shift, long_part);
    make_shift(short_shift, short_part);
}

static inline uint32_t shifted(uint32_t table[4][256], uint32_t crc) {
    return table[0][crc & 0xFF] ^ table[1][crc >> 8 & 0xFF] ^ table[2][crc >> 16 & 0xFF] ^ table[3][crc >> 24];
}

static inline uint64_t word_at(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    return word;
}

/// Goes through three parts at once.
TARGET static inline uint32_t three_parts(uint32_t crc, const uint8_t *bytes, size_t part, uint32_t table[4][256]) {
    uint32_t second = 0;
    uint32_t third = 0;
    for (size_t place = 0; place < part; place += 8) {
        crc = step_word(crc, word_at(bytes + place));
        second = step_word(second, word_at(bytes + part + place));
        third = step_word(third, word_at(bytes + 2 * part + place));
    }
    return shifted(table, shifted(table, crc) ^ second) ^ third;
}

TARGET static uint32_t crc32c_hardware(uint32_t crc, const uint8_t *bytes, size_t count) {
    for (; count >= 3 * long_part; count -= 3 * long_part, bytes += 3 * long_part) {
        crc = three_parts(crc, bytes, long_part, long_shift);
    }
    for (; count >= 3 * short_part; count -= 3 * short_part, bytes += 3 * short_part) {
        crc = three_parts(crc, bytes, short_part, short_shift);
    }
    for (; count >= 8; count -= 8, bytes += 8) crc = step_word(crc, word_at(bytes));
    while (count-- > 0) crc = step_byte(crc, *bytes++);
    return crc;
}
#endif

/// One byte at a time without a table: the path of processors without the instruction, and the oracle of the tests.
uint32_t weir_crc32c_portable(uint32_t crc, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    crc = ~crc;
    while (count-- > 0) {
        crc ^= *next++;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82F63B78u & (0u - (crc & 1u)));
    }
    return ~crc;
}

uint32_t weir_crc32c(uint32_t crc, const void *bytes, size_t count) {
#if defined(HAS_HARDWARE)
    if (HAS_HARDWARE) return ~crc32c_hardware(~crc, bytes, count);
#endif
    return weir_crc32c_portable(crc, bytes, count);
}

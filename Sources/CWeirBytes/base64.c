#include "CWeirBytes.h"

// Method: W. Muła, D. Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions", ACM TWEB 12 (3), 2018,
// https://arxiv.org/abs/1704.00605.

#if defined(__x86_64__)
#include <immintrin.h>

/// The same 16 bytes in both halves of a register.
#define BOTH(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

/// What 24 characters of six bits each are in ASCII, by their numbers.
__attribute__((target("avx2")))
static __m256i characters(__m256i numbers) {
    // 0...25 and 26...51 become 0 and 1, each number above one of its own: what is to be added to it.
    __m256i classes = _mm256_subs_epu8(numbers, _mm256_set1_epi8(51));
    classes = _mm256_sub_epi8(classes, _mm256_cmpgt_epi8(numbers, _mm256_set1_epi8(25)));
    const __m256i offsets = BOTH(65, 71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 0, 0);
    return _mm256_add_epi8(numbers, _mm256_shuffle_epi8(offsets, classes));
}

__attribute__((target("avx2")))
static size_t encode_avx2(const uint8_t *bytes, size_t count, uint8_t *text) {
    const __m256i order = BOTH(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    size_t done = 0;
    // Each half is loaded with 16 bytes, of which 12 count: the second ends 28 bytes behind the begin of the first.
    while (count - done >= 28) {
        __m128i low = _mm_loadu_si128((const __m128i *)(bytes + done));
        __m128i high = _mm_loadu_si128((const __m128i *)(bytes + done + 12));
        __m256i groups = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), order);
        __m256i outer = _mm256_mulhi_epu16(
            _mm256_and_si256(groups, _mm256_set1_epi32(0x0FC0FC00)), _mm256_set1_epi32(0x04000040));
        __m256i inner = _mm256_mullo_epi16(
            _mm256_and_si256(groups, _mm256_set1_epi32(0x003F03F0)), _mm256_set1_epi32(0x01000010));
        __m256i block = characters(_mm256_or_si256(outer, inner));
        _mm256_storeu_si256((__m256i *)(text + done / 3 * 4), block);
        done += 24;
    }
    return done;
}

__attribute__((target("avx2")))
static size_t decode_avx2(const uint8_t *text, size_t count, uint8_t *bytes, size_t capacity) {
    // A character is in the alphabet when the bits for its lower and for its upper half have none in common.
    const __m256i lower = BOTH(
        0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A);
    const __m256i upper = BOTH(
        0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
    // What makes a number of a character, by its upper half; that of '/' stands before that of '+'.
    const __m256i offsets = BOTH(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m256i slash = _mm256_set1_epi8(0x2F);
    const __m256i order = BOTH(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    size_t done = 0;
    size_t written = 0;
    // A store writes 32 bytes, of which 24 count.
    while (count - done >= 32 && capacity - written >= 32) {
        __m256i block = _mm256_loadu_si256((const __m256i *)(text + done));
        __m256i high = _mm256_and_si256(_mm256_srli_epi32(block, 4), slash);
        __m256i low = _mm256_and_si256(block, slash);
        if (!_mm256_testz_si256(_mm256_shuffle_epi8(lower, low), _mm256_shuffle_epi8(upper, high))) break;
        __m256i classes = _mm256_add_epi8(_mm256_cmpeq_epi8(block, slash), high);
        __m256i numbers = _mm256_add_epi8(block, _mm256_shuffle_epi8(offsets, classes));
        __m256i pairs = _mm256_maddubs_epi16(numbers, _mm256_set1_epi32(0x01400140));
        __m256i groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
        groups = _mm256_shuffle_epi8(groups, order);
        groups = _mm256_permutevar8x32_epi32(groups, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, -1, -1));
        _mm256_storeu_si256((__m256i *)(bytes + written), groups);
        done += 32;
        written += 24;
    }
    return done;
}

size_t weir_base64_encode_blocks(const void *bytes, size_t count, void *text) {
    return __builtin_cpu_supports("avx2") ? encode_avx2(bytes, count, text) : 0;
}

size_t weir_base64_decode_blocks(const void *text, size_t count, void *bytes, size_t capacity) {
    return __builtin_cpu_supports("avx2") ? decode_avx2(text, count, bytes, capacity) : 0;
}
#else
size_t weir_base64_encode_blocks(const void *bytes, size_t count, void *text) {
    (void)bytes;
    (void)count;
    (void)text;
    return 0;
}

size_t weir_base64_decode_blocks(const void *text, size_t count, void *bytes, size_t capacity) {
    (void)text;
    (void)count;
    (void)bytes;
    (void)capacity;
    return 0;
}
#endif

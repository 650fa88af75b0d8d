#include "CWeirBytes.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Eight messages side by side: each lane of a vector belongs to one of them, and every step of the algorithm is taken for all.
typedef uint32_t lanes __attribute__((vector_size(32)));

#define ROTATED(value, bits) ((value) << (bits) | (value) >> (32 - (bits)))

// The names are those of RFC 1321, section 3.4.
#define F(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define G(x, y, z) ((y) ^ ((z) & ((x) ^ (y))))
#define H(x, y, z) ((x) ^ (y) ^ (z))
#define I(x, y, z) ((y) ^ ((x) | ~(z)))
#define STEP(f, a, b, c, d, k, s, t) (a) = (b) + ROTATED((a) + f(b, c, d) + words[k] + (uint32_t)(t), s)
#define FOUR(f, k0, k1, k2, k3, s0, s1, s2, s3, t0, t1, t2, t3) \
    STEP(f, a, b, c, d, k0, s0, t0);                            \
    STEP(f, d, a, b, c, k1, s1, t1);                            \
    STEP(f, c, d, a, b, k2, s2, t2);                            \
    STEP(f, b, c, d, a, k3, s3, t3)

__attribute__((target("avx2")))
static void eight_blocks(const uint8_t *blocks, uint8_t *digests) {
    const __m256i begins = _mm256_setr_epi32(0, 64, 128, 192, 256, 320, 384, 448);
    lanes words[16];
    for (int word = 0; word < 16; word++) {
        words[word] = (lanes)_mm256_i32gather_epi32((const int *)(const void *)(blocks + word * 4), begins, 1);
    }
    const lanes zero = {0};
    const lanes a0 = zero + 0x67452301u, b0 = zero + 0xefcdab89u, c0 = zero + 0x98badcfeu, d0 = zero + 0x10325476u;
    lanes a = a0, b = b0, c = c0, d = d0;
    FOUR(F, 0, 1, 2, 3, 7, 12, 17, 22, 0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee);
    FOUR(F, 4, 5, 6, 7, 7, 12, 17, 22, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501);
    FOUR(F, 8, 9, 10, 11, 7, 12, 17, 22, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be);
    FOUR(F, 12, 13, 14, 15, 7, 12, 17, 22, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821);
    FOUR(G, 1, 6, 11, 0, 5, 9, 14, 20, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa);
    FOUR(G, 5, 10, 15, 4, 5, 9, 14, 20, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8);
    FOUR(G, 9, 14, 3, 8, 5, 9, 14, 20, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed);
    FOUR(G, 13, 2, 7, 12, 5, 9, 14, 20, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a);
    FOUR(H, 5, 8, 11, 14, 4, 11, 16, 23, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c);
    FOUR(H, 1, 4, 7, 10, 4, 11, 16, 23, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70);
    FOUR(H, 13, 0, 3, 6, 4, 11, 16, 23, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05);
    FOUR(H, 9, 12, 15, 2, 4, 11, 16, 23, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665);
    FOUR(I, 0, 7, 14, 5, 6, 10, 15, 21, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039);
    FOUR(I, 12, 3, 10, 1, 6, 10, 15, 21, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1);
    FOUR(I, 8, 15, 6, 13, 6, 10, 15, 21, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1);
    FOUR(I, 4, 11, 2, 9, 6, 10, 15, 21, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391);
    const lanes sums[4] = {a + a0, b + b0, c + c0, d + d0};
    for (int lane = 0; lane < 8; lane++) {
        for (int word = 0; word < 4; word++) {
            uint32_t value = sums[word][lane];
            __builtin_memcpy(digests + lane * 16 + word * 4, &value, 4);
        }
    }
}

int weir_md5_eight_blocks(const void *blocks, void *digests) {
    if (!__builtin_cpu_supports("avx2")) return 0;
    eight_blocks(blocks, digests);
    return 1;
}
#else
int weir_md5_eight_blocks(const void *blocks, void *digests) {
    (void)blocks;
    (void)digests;
    return 0;
}
#endif

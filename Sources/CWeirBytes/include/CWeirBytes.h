#ifndef C_WEIR_BYTES_H
#define C_WEIR_BYTES_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `count` bytes, continuing from `crc` (0 to begin).
/// Uses the processor's instruction where there is one.
uint32_t weir_crc32c(uint32_t crc, const void *bytes, size_t count);

/// The same without the instruction.
uint32_t weir_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

/// CRC-32 (ISO-HDLC, of zlib and Ethernet) of `count` bytes, continuing from `crc` (0 to begin).
uint32_t weir_crc32(uint32_t crc, const void *bytes, size_t count);

/// Writes base64 (RFC 4648, section 4) for the first bytes, as far as the processor can do it many at a time, to `text`,
/// which must hold four bytes for each three of `count`.
/// Gives how many bytes were taken: a multiple of 3, which may be 0.
size_t weir_base64_encode_blocks(const void *bytes, size_t count, void *text);

/// Writes the bytes that the first characters stand for, as far as they are of the alphabet without padding, and the
/// processor can do it many at a time. Nothing is written beyond `capacity`; behind the bytes that count there may be others.
/// Gives how many characters were taken: a multiple of 4, which may be 0.
size_t weir_base64_decode_blocks(const void *text, size_t count, void *bytes, size_t capacity);

/// Writes the MD5 (RFC 1321) of eight messages of one block each: `blocks` has 64 bytes for each, padded as the RFC says, and
/// `digests` takes 16 bytes for each. Gives 0 and writes nothing where the processor cannot do it many at a time.
int weir_md5_eight_blocks(const void *blocks, void *digests);

/// Has the allocator of the process keep so much memory that was freed at the end of each of its arenas, and take no pieces
/// up to that size from the system alone. Does nothing where the C library is not glibc. At most 32 MiB.
void weir_keep_freed_memory(size_t bytes);

#endif

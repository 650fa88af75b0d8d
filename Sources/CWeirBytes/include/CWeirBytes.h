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

#endif

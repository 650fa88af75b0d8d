#include "CWeirBytes.h"

#if defined(__GLIBC__)
#include <malloc.h>

void weir_keep_freed_memory(size_t bytes) {
    mallopt(M_MMAP_THRESHOLD, (int)bytes);
    mallopt(M_TRIM_THRESHOLD, (int)bytes);
}
#else
void weir_keep_freed_memory(size_t bytes) { (void)bytes; }
#endif

#define _GNU_SOURCE
#include "CWeirBytes.h"

#if defined(__linux__)
#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

// Code that the loader has changed would be lost. Nobody builds such libraries any more, but they may be loaded.
static bool has_changed_code(const struct dl_phdr_info *info) {
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_DYNAMIC) continue;
        const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(info->dlpi_addr + segment->p_vaddr);
        for (; entry->d_tag != DT_NULL; entry++) {
            if (entry->d_tag == DT_TEXTREL) return true;
            if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)) return true;
        }
    }
    return false;
}

static int forget(struct dl_phdr_info *info, size_t size, void *count) {
    (void)size;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    if (has_changed_code(info)) return 0;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X) || (segment->p_flags & PF_W)) continue;
        const uintptr_t start = (info->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        const uintptr_t end = (info->dlpi_addr + segment->p_vaddr + segment->p_memsz + page - 1) & ~(page - 1);
        // The kernel refuses it for what it has mapped itself.
        if (madvise((void *)start, end - start, MADV_DONTNEED) == 0) (*(size_t *)count)++;
    }
    return 0;
}

size_t weir_forget_program_pages(void) {
    size_t count = 0;
    dl_iterate_phdr(forget, &count);
    return count;
}
#else
size_t weir_forget_program_pages(void) { return 0; }
#endif

// What a disk takes of writes that are each synced, to a file of zeros, to an empty one, and to one whose blocks are allocated and not
// written: the measure behind docs/decisions/0067. Only Linux, on a file system that has direct writes.
//
// zeros FILE zeros|none|allocated KIB: makes the file, writes 512 MiB to it by so many KiB, each with an fdatasync, and removes it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const size_t total = 512 << 20, largest = 4 << 20;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

// Writes the whole file by so many bytes, and gives how long it took.
static double fill(int file, char *bytes, int value, size_t size, int syncs_each) {
    memset(bytes, value, size);
    double begun = now();
    for (size_t offset = 0; offset < total; offset += size) {
        if (pwrite(file, bytes, size, offset) != (ssize_t)size) fail("pwrite");
        if (syncs_each && fdatasync(file)) fail("fdatasync");
    }
    if (fdatasync(file)) fail("fdatasync");
    return now() - begun;
}

int main(int count, char **arguments) {
    size_t size = count == 4 ? strtoul(arguments[3], NULL, 10) << 10 : 0;
    if (size == 0 || size > largest || total % size || size % 4096) {
        fprintf(stderr, "zeros FILE zeros|none|allocated KIB (4 to 4096, a power of two)\n");
        return 2;
    }
    void *bytes;
    if (posix_memalign(&bytes, 4096, largest)) fail("memory");
    int file = open(arguments[1], O_RDWR | O_CREAT | O_EXCL | O_DIRECT, 0600);
    if (file < 0) fail(arguments[1]);
    unlink(arguments[1]);
    double before = 0;
    if (!strcmp(arguments[2], "zeros")) before = fill(file, bytes, 0, largest, 0);
    if (!strcmp(arguments[2], "allocated") && (posix_fallocate(file, 0, total) || fsync(file))) fail("posix_fallocate");
    double took = fill(file, bytes, 7, size, 1);
    printf("%s, %zu KiB: %.0f MB/s; with the zeros before %.0f MB/s\n", arguments[2], size >> 10, total / 1e6 / took, total / 1e6 / (took + before));
    return 0;
}

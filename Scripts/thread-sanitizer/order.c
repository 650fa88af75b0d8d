// What the thread sanitizer has to be told of Swift on Linux. `Scripts/tsan` builds this file and loads it before the
// libraries of Swift, whose functions of the same names it calls. These libraries are not built with the sanitizer, so it does not
// see what orders one thread after another inside them; each function here adds the order that the one behind it makes, and no more.
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SWIFT __attribute__((swiftcall))
#define SWIFT_ASYNC __attribute__((swiftasynccall))
#define SELF __attribute__((swift_context))

// Weak, for this is loaded into programs too that tests start and that are built without the sanitizer or without Swift.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));
extern SWIFT void *swift_task_getCurrent(void) __attribute__((weak));

static void acquire(void *address) {
    if (__tsan_acquire && address) __tsan_acquire(address);
}

static void release(void *address) {
    if (__tsan_release && address) __tsan_release(address);
}

static void *currentTask(void) { return swift_task_getCurrent ? swift_task_getCurrent() : NULL; }

// Where the function that is hidden by one of this file is. Threads that look it up at the same time find the same.
static void *hidden(_Atomic(void *) *known, const char *name) {
    void *function = *known;
    if (function) return function;
    function = dlsym(RTLD_NEXT, name);
    if (!function) {
        fprintf(stderr, "order.c: there is no %s in this version of Swift\n", name);
        abort();
    }
    return *known = function;
}

// Synchronization.Mutex: a lock that is free is taken, and one that nobody waits for is given back, by code that is part of the
// program and seen. What follows is called when two threads meet. The lock is `self`, in the register for that.
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void lockSlow(uint32_t thread, SELF void *lock) __asm__(LOCK);
SWIFT bool tryLockSlow(SELF void *lock) __asm__(TRY_LOCK);
SWIFT void unlockSlow(SELF void *lock) __asm__(UNLOCK);

SWIFT void lockSlow(uint32_t thread, SELF void *lock) {
    static _Atomic(void *) known;
    SWIFT void (*function)(uint32_t, SELF void *) = hidden(&known, LOCK);
    function(thread, lock);
    acquire(lock);
}

SWIFT bool tryLockSlow(SELF void *lock) {
    static _Atomic(void *) known;
    SWIFT bool (*function)(SELF void *) = hidden(&known, TRY_LOCK);
    bool isLocked = function(lock);
    if (isLocked) acquire(lock);
    return isLocked;
}

SWIFT void unlockSlow(SELF void *lock) {
    static _Atomic(void *) known;
    SWIFT void (*function)(SELF void *) = hidden(&known, UNLOCK);
    release(lock);
    function(lock);
}

// Continuations: what resumes one tells the sanitizer that the task goes on after it. A task that comes to its `await` when that has
// already happened goes on at once, and the library forgets to tell of it. The task is told to go on here instead. Where that
// is remembered: in the upper bits of the flags, of which the library uses the lowest.
struct Continuation {
    struct Continuation *parent;
    void *goOn;
    uint64_t flags;
};
#define CONTINUATION __attribute__((swift_async_context)) struct Continuation *
typedef SWIFT_ASYNC void (*GoOn)(CONTINUATION);

SWIFT_ASYNC static void resumed(CONTINUATION continuation) {
    GoOn goOn = (GoOn)(uintptr_t)(continuation->flags >> 16);
    acquire(currentTask());
    __attribute__((musttail)) return goOn(continuation);
}

SWIFT_ASYNC void swift_continuation_await(struct Continuation *continuation) {
    static _Atomic(void *) known;
    SWIFT_ASYNC void (*function)(struct Continuation *) = hidden(&known, "swift_continuation_await");
    continuation->flags = (continuation->flags & 0xffff) | (uint64_t)(uintptr_t)continuation->goOn << 16;
    continuation->goOn = (void *)resumed;
    __attribute__((musttail)) return function(continuation);
}

// The library awaits continuations itself as well, where the function above is not asked: AsyncStream does. Whoever called an
// asynchronous function gives its memory back first of all.
SWIFT void swift_task_dealloc(void *memory) {
    static _Atomic(void *) known;
    SWIFT void (*function)(void *) = hidden(&known, "swift_task_dealloc");
    acquire(currentTask());
    function(memory);
}

// What is shared until somebody writes: who gives a reference back is done with what it referred to, and who finds that his is the
// only one may change that in place.
#define RELEASE(name, address)                                \
    void name(void *object) {                                 \
        static _Atomic(void *) known;                         \
        void (*function)(void *) = hidden(&known, #name);     \
        release(address(object));                             \
        function(object);                                     \
    }
#define RELEASE_SEVERAL(name, address)                        \
    void name(void *object, uint32_t count) {                 \
        static _Atomic(void *) known;                         \
        void (*function)(void *, uint32_t) = hidden(&known, #name); \
        release(address(object));                             \
        function(object, count);                              \
    }
#define UNIQUE(name)                                          \
    bool name(void *object) {                                 \
        static _Atomic(void *) known;                         \
        bool (*function)(void *) = hidden(&known, #name);     \
        bool isUnique = function(object);                     \
        if (isUnique) acquire(object);                        \
        return isUnique;                                      \
    }

static void *itself(void *object) { return object; }

// What a text holds has bits at both ends that are no part of the address; with the highest of them, it is the text itself or one that
// is always there.
static void *withoutTags(void *object) {
    return (intptr_t)object < 0 ? NULL : (void *)((uintptr_t)object & 0x00fffffffffffff8);
}

RELEASE(swift_release, itself)
RELEASE(swift_bridgeObjectRelease, withoutTags)
RELEASE_SEVERAL(swift_release_n, itself)
RELEASE_SEVERAL(swift_bridgeObjectRelease_n, withoutTags)
UNIQUE(swift_isUniquelyReferenced_native)
UNIQUE(swift_isUniquelyReferenced_nonNull_native)

/* A clock that a test moves, for programs that it starts: preloaded, it stands between them and the
 * system. Three numbers in a file, which the test writes while they run, are seconds:
 *
 * - where the time of day stands still, or 0 while it goes on;
 * - how far the time of day is ahead of the machine's;
 * - how much more time has passed than on this machine, by every clock.
 *
 * With TEST_DISK=quick no write waits for the disk: what is measured then is not the disk.
 *
 * cc -shared -fPIC -o clock.so clock.c; LD_PRELOAD=./clock.so TEST_CLOCK=FILE program */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static struct {
    _Atomic int64_t stands_s, ahead_s, passed_s;
} at_rest, *test = (void *)&at_rest;

static int (*system_clock)(clockid_t, struct timespec *);
static long (*system_call)(long, ...);

__attribute__((constructor)) static void begin(void) {
    system_clock = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    system_call = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    const char *name = getenv("TEST_CLOCK");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    void *there = file < 0 ? MAP_FAILED : mmap(0, sizeof *test, PROT_READ, MAP_SHARED, file, 0);
    if (there == MAP_FAILED) abort();
    close(file);
    test = there;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (!system_clock) begin();
    int failed = system_clock(clock, time);
    if (failed) return failed;
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        if (test->stands_s) *time = (struct timespec){ test->stands_s, 0 };
        else time->tv_sec += test->ahead_s + test->passed_s;
        return 0;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        time->tv_sec += test->passed_s;
        return 0;
    default:
        return 0;
    }
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec now;
    int failed = clock_gettime(CLOCK_REALTIME, &now);
    if (!failed) *time = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
    return failed;
}

time_t time(time_t *into) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into) *into = now.tv_sec;
    return now.tv_sec;
}

static int sync_file(long number, int file) {
    if (!system_call) begin();
    return getenv("TEST_DISK") ? 0 : (int)system_call(number, file);
}

int fsync(int file) { return sync_file(SYS_fsync, file); }

int fdatasync(int file) { return sync_file(SYS_fdatasync, file); }

/* Rust waits until a time of the monotonic clock, which the kernel knows as it really is. */
long syscall(long number, ...) {
    if (!system_call) begin();
    va_list list;
    va_start(list, number);
    long of[6];
    for (int at = 0; at < 6; at++) of[at] = va_arg(list, long);
    va_end(list);
    struct timespec until;
    int waits = number == SYS_futex && of[3] && (of[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET;
    if (waits && !(of[1] & FUTEX_CLOCK_REALTIME)) {
        until = *(struct timespec *)of[3];
        until.tv_sec -= test->passed_s;
        if (until.tv_sec < 0) until.tv_sec = 0;
        of[3] = (long)&until;
    }
    return system_call(number, of[0], of[1], of[2], of[3], of[4], of[5]);
}

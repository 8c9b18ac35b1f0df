/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * jump.c - a library put before the C library: the clock of the world is wrong by so many
 * microseconds as the file $N2_JUMP holds (8 bytes, native), whenever they are written there.
 *
 * The file is mapped when the program begins, so it works in a sandbox that opens no file.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
    A_MILLION = 1000000,
    NS_PER_US = 1000
};

static const volatile int64_t *off_us; /* NULL before begin(): others begin earlier */

__attribute__((constructor)) static void
begin(void)
{
    const char *path = getenv("N2_JUMP");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *off_us, PROT_READ, MAP_SHARED, fd, 0);

    if (at == MAP_FAILED)
        abort(); /* a test that believes it jumps */
    off_us = at;
    close(fd);
}

static int64_t
world_us(void)
{
    struct timespec t;

    (void)syscall(SYS_clock_gettime, CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * A_MILLION + t.tv_nsec / NS_PER_US + (off_us ? *off_us : 0);
}

int
clock_gettime(clockid_t which, struct timespec *t)
{
    if (which != CLOCK_REALTIME)
        return (int)syscall(SYS_clock_gettime, which, t);
    int64_t us = world_us();
    t->tv_sec = us / A_MILLION;
    t->tv_nsec = us % A_MILLION * NS_PER_US;
    return 0;
}

int
gettimeofday(struct timeval *restrict t, void *restrict zone)
{
    int64_t us = world_us();

    (void)zone;
    t->tv_sec = us / A_MILLION;
    t->tv_usec = us % A_MILLION;
    return 0;
}

time_t
time(time_t *out)
{
    time_t now = world_us() / A_MILLION;

    if (out)
        *out = now;
    return now;
}

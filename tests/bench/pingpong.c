/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pingpong.c - the least that a question and its answer cost here: one bare datagram each way
 *              between two processes, each on its own processor, and nothing else.
 *
 *   bench-pingpong ROUNDS CPU CPU
 *
 * Prints the median and the 99th percentile, in microseconds.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/clock.h"

enum {
    BYTES = 128,
    WARM = 200
};

static void
settle(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    g_assert_cmpint(sched_setaffinity(0, sizeof set, &set), ==, 0);
}

static int
open_socket(struct sockaddr_in *own)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof *own;

    *own =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    g_assert_cmpint(bind(fd, (struct sockaddr *)own, len), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)own, &len), ==, 0);
    return fd;
}

static void
answer(int fd, int cpu)
{
    char bytes[BYTES];

    settle(cpu);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
        if (recv(fd, bytes, sizeof bytes, 0) != BYTES || send(fd, bytes, BYTES, 0) != BYTES)
            _exit(1);
}

static int
by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
    struct sockaddr_in net[2];
    int fd[2] = {open_socket(&net[0]), open_socket(&net[1])};
    char bytes[BYTES] = {0};

    if (argc != 4)
        g_error("usage: bench-pingpong ROUNDS CPU CPU");
    size_t rounds = (size_t)g_ascii_strtoull(argv[1], NULL, 10);
    g_autofree uint64_t *took_ns = g_new(uint64_t, rounds);
    for (int i = 0; i < 2; i++)
        g_assert_cmpint(connect(fd[i], (struct sockaddr *)&net[1 - i], sizeof net[0]), ==, 0);
    pid_t pid = fork();
    if (pid == 0)
        answer(fd[1], (int)g_ascii_strtoull(argv[3], NULL, 10));
    settle((int)g_ascii_strtoull(argv[2], NULL, 10));
    for (size_t i = 0; i < WARM + rounds; i++) {
        struct timespec from, to;

        clock_gettime(CLOCK_MONOTONIC, &from);
        if (send(fd[0], bytes, BYTES, 0) != BYTES || recv(fd[0], bytes, BYTES, 0) != BYTES)
            g_error("no answer");
        clock_gettime(CLOCK_MONOTONIC, &to);
        if (i >= WARM)
            took_ns[i - WARM] =
                (uint64_t)((to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    qsort(took_ns, rounds, sizeof *took_ns, by_size);
    g_print("%.1f %.1f\n", (double)took_ns[rounds / 2] * 1e-3,
            (double)took_ns[rounds * 99 / 100] * 1e-3);
    return 0;
}

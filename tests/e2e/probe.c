/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * probe.c - makes a live process execute forbidden system calls, and says what came of each.
 *
 *   probe [OPTION]... PID      in each thread of process PID
 *   probe [OPTION]... --control   in a process of its own that is in no sandbox: all must
 * succeed
 *
 *   --own FILE       a file that PID may read        --secret FILE   one it may not read
 *   --outside FILE   a file that is not there yet and that PID may not make
 *   --no-exec        PID may execute programs, and shall live on
 *
 * Prints `THREAD NAME CALL RESULT`, RESULT being 0 or the name of an error.  By ptrace: a
 * thread is stopped, its registers are set so that it executes one `syscall` instruction of its
 * own memory, and put back.  What it should not have made (a child, a file, a map) is removed.
 *
 * Exit code: 0 tried all, 2 could not.
 */
#include <stdio.h>

#ifndef __x86_64__
int
main(void)
{
    (void)puts("x86_64 only");
    return 2;
}
#else

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SCRATCH_BYTES = 1024,
    RED_ZONE_BYTES = 4096, /* below the stack pointer, ample */
    THREADS_MAX = 256,
    TEXT_BYTES = 512
};

typedef struct {
    pid_t pid, tid;
    struct user_regs_struct saved;
    uint64_t syscall_at; /* address of a `syscall` instruction */
    uint64_t scratch;    /* address of memory to use, put back afterwards */
    uint8_t scratch_saved[SCRATCH_BYTES];
    bool is_other; /* it became another program */
} subject;

static const char *own_path, *secret_path, *outside_path;
static const char *other_program = "/bin/true"; /* a process that may execute it ends */
static pid_t victim; /* a process that may be looked into by whoever may at all */

static void
die(const char *what)
{
    (void)fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
    if (victim)
        (void)kill(victim, SIGKILL);
    exit(2);
}

/* ---- memory of the subject ---- */

static void
put(const subject *s, uint64_t at, const void *bytes, size_t len)
{
    struct iovec from = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
    struct iovec to = {.iov_base = (void *)(uintptr_t)at, .iov_len = len};

    if (process_vm_writev(s->tid, &from, 1, &to, 1, 0) != (ssize_t)len)
        die("write memory");
}

static void
get(const subject *s, uint64_t at, void *bytes, size_t len)
{
    struct iovec to = {.iov_base = bytes, .iov_len = len};
    struct iovec from = {.iov_base = (void *)(uintptr_t)at, .iov_len = len};

    if (process_vm_readv(s->tid, &to, 1, &from, 1, 0) != (ssize_t)len)
        die("read memory");
}

/* Every process has some in its vdso. */
static uint64_t
find_syscall(pid_t pid)
{
    char path[64], line[TEXT_BYTES];
    unsigned long begin = 0, end = 0;
    bool is_found = false;

    (void)snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "r");
    while (!is_found && maps && fgets(line, sizeof line, maps)) {
        char *rest;
        begin = strtoul(line, &rest, 16);
        end = *rest == '-' ? strtoul(rest + 1, NULL, 16) : begin;
        is_found = strstr(line, "[vdso]");
    }
    if (maps)
        (void)fclose(maps);
    uint8_t *text = is_found ? malloc(end - begin) : NULL;
    subject s = {.tid = pid};
    uint64_t at = 0;
    if (text)
        get(&s, begin, text, end - begin);
    for (size_t i = 0; text && !at && i + 1 < end - begin; i++)
        if (text[i] == 0x0f && text[i + 1] == 0x05)
            at = begin + i;
    free(text);
    if (!at)
        die("no syscall instruction");
    return at;
}

/* ---- one system call ---- */

/* The subject has a child, which it should not: an end to it, before its first instruction. */
static void
end_child(pid_t tid)
{
    unsigned long child = 0;
    int status;

    if (ptrace(PTRACE_GETEVENTMSG, tid, NULL, &child) < 0 || !child)
        return;
    (void)kill((pid_t)child, SIGKILL);
    while (waitpid((pid_t)child, &status, __WALL) > 0 && !WIFSIGNALED(status))
        ;
}

/* Steps over the instruction, whatever happens on the way. */
static void
step(subject *s)
{
    int status;

    for (;;) {
        if (ptrace(PTRACE_SINGLESTEP, s->tid, NULL, NULL) < 0 ||
            waitpid(s->tid, &status, __WALL) != s->tid || !WIFSTOPPED(status))
            die("step");
        int event = status >> 16;
        if (event == PTRACE_EVENT_EXEC) {
            s->is_other = true;
            return;
        }
        if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
            event == PTRACE_EVENT_CLONE)
            end_child(s->tid);
        else if (!event && WSTOPSIG(status) == SIGTRAP)
            return;
    }
}

static long
call(subject *s, long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    struct user_regs_struct r = s->saved;

    r.rax = (uint64_t)number;
    r.orig_rax = (uint64_t)-1; /* nothing to begin again */
    r.rdi = a;
    r.rsi = b;
    r.rdx = c;
    r.r10 = d;
    r.r8 = e;
    r.r9 = 0;
    r.rip = s->syscall_at;
    if (ptrace(PTRACE_SETREGS, s->tid, NULL, &r) < 0)
        die("set registers");
    step(s);
    if (s->is_other)
        return 0;
    if (ptrace(PTRACE_GETREGS, s->tid, NULL, &r) < 0)
        die("get registers");
    return (long)r.rax;
}

static long
close_after(subject *s, long fd)
{
    if (fd >= 0)
        (void)call(s, SYS_close, (uint64_t)fd, 0, 0, 0, 0);
    return fd < 0 ? fd : 0;
}

static long
open_path(subject *s, const char *path, int flags)
{
    put(s, s->scratch, path, strlen(path) + 1);
    return close_after(
        s, call(s, SYS_openat, (uint64_t)AT_FDCWD, s->scratch, (uint64_t)flags, 0600, 0));
}

static long
new_socket(subject *s, int family, int type)
{
    return close_after(s, call(s, SYS_socket, (uint64_t)family, (uint64_t)type, 0, 0, 0));
}

/* ---- what is tried ---- */

/* What the process takes for its number: it may be in a namespace of its own. */
static long
own_number(pid_t pid)
{
    char path[64], line[TEXT_BYTES];
    long number = pid;

    (void)snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *status = fopen(path, "r");
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "NSpid:", 6) == 0 && strrchr(line, '\t'))
            number = strtol(strrchr(line, '\t'), NULL, 10);
    if (status)
        (void)fclose(status);
    return number;
}

static long
try_getpid(subject *s)
{
    return call(s, SYS_getpid, 0, 0, 0, 0, 0) == own_number(s->pid) ? 0 : -EIO;
}

static long
try_own(subject *s)
{
    return open_path(s, own_path, O_RDONLY);
}

static long
try_passwd(subject *s)
{
    return open_path(s, "/etc/passwd", O_RDONLY);
}

static long
try_secret(subject *s)
{
    return open_path(s, secret_path, O_RDONLY);
}

static long
try_write(subject *s)
{
    long result = open_path(s, outside_path, O_WRONLY | O_CREAT);

    (void)unlink(outside_path);
    return result;
}

static long
try_inet(subject *s)
{
    return new_socket(s, AF_INET, SOCK_STREAM);
}

static long
try_inet_udp(subject *s)
{
    return new_socket(s, AF_INET, SOCK_DGRAM);
}

static long
try_unix(subject *s)
{
    return new_socket(s, AF_UNIX, SOCK_STREAM);
}

static long
try_netlink(subject *s)
{
    return new_socket(s, AF_NETLINK, SOCK_RAW);
}

static long
try_fork(subject *s)
{
    long pid = call(s, SYS_clone, SIGCHLD, 0, 0, 0, 0);

    return pid < 0 ? pid : 0;
}

static long
try_vfork(subject *s)
{
    long pid = call(s, SYS_vfork, 0, 0, 0, 0, 0);

    return pid < 0 ? pid : 0;
}

static long
try_ptrace(subject *s)
{
    long result = call(s, SYS_ptrace, PTRACE_SEIZE, (uint64_t)victim, 0, 0, 0);

    if (result == 0)
        (void)call(s, SYS_ptrace, PTRACE_DETACH, (uint64_t)victim, 0, 0, 0);
    return result == -ESRCH ? 0 : result; /* not stopped: still, it was allowed */
}

static long
try_peek(subject *s)
{
    /* one byte of the victim to behind the two places */
    const struct iovec places[] = {
        {.iov_base = (void *)(uintptr_t)(s->scratch + 64), .iov_len = 1},
        {.iov_base = (void *)(uintptr_t)&victim, .iov_len = 1}};

    put(s, s->scratch, places, sizeof places);
    long got = call(s, SYS_process_vm_readv, (uint64_t)victim, s->scratch, 1,
                    s->scratch + sizeof places[0], 1);
    return got < 0 ? got : 0;
}

static long
try_code(subject *s)
{
    struct user_regs_struct before = s->saved;
    long at;

    s->saved.r9 = 0;
    at = call(s, SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
              (uint64_t)-1);
    s->saved = before;
    if (at < 0 && at > -4096)
        return at;
    (void)call(s, SYS_munmap, (uint64_t)at, 4096, 0, 0, 0);
    return 0;
}

static long
try_keyctl(subject *s)
{
    long got = call(s, SYS_keyctl, 0, (uint64_t)-3, 1, 0, 0); /* id of the session's ring */

    return got < 0 ? got : 0;
}

static long
try_exec(subject *s)
{
    const char path[] = "/bin/true";
    const uint64_t arguments[] = {s->scratch, 0};

    put(s, s->scratch, path, sizeof path);
    put(s, s->scratch + 64, arguments, sizeof arguments);
    return call(s, SYS_execve, s->scratch, s->scratch + 64, s->scratch + 72, 0, 0);
}

static const struct {
    const char *name;
    long (*try)(subject *s);
    const char *const *needs; /* (nullable) an option without which it is left out */
} tries[] = {
    {"getpid", try_getpid, NULL},
    {"open-own", try_own, &own_path},
    {"open-passwd", try_passwd, NULL},
    {"open-secret", try_secret, &secret_path},
    {"write", try_write, &outside_path},
    {"socket-tcp", try_inet, NULL},
    {"socket-udp", try_inet_udp, NULL},
    {"socket-unix", try_unix, NULL},
    {"socket-netlink", try_netlink, NULL},
    {"fork", try_fork, NULL},
    {"vfork", try_vfork, NULL},
    {"ptrace", try_ptrace, NULL},
    {"process_vm_readv", try_peek, NULL},
    {"mmap-exec", try_code, NULL},
    {"keyctl", try_keyctl, NULL},
    {"execve", try_exec, &other_program},
};

/* ---- threads ---- */

/* False: the thread has ended meanwhile. */
static bool
attach(subject *s)
{
    const uint64_t options =
        PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    int status;

    if (ptrace(PTRACE_SEIZE, s->tid, NULL, (void *)(uintptr_t)options) < 0) {
        if (errno == ESRCH)
            return false;
        die("attach");
    }
    if (ptrace(PTRACE_INTERRUPT, s->tid, NULL, NULL) < 0 ||
        waitpid(s->tid, &status, __WALL) != s->tid || !WIFSTOPPED(status) ||
        ptrace(PTRACE_GETREGS, s->tid, NULL, &s->saved) < 0)
        die("attach");
    s->scratch = (s->saved.rsp - RED_ZONE_BYTES - SCRATCH_BYTES) & ~UINT64_C(15);
    get(s, s->scratch, s->scratch_saved, SCRATCH_BYTES);
    return true;
}

static void
detach(subject *s)
{
    if (!s->is_other) {
        put(s, s->scratch, s->scratch_saved, SCRATCH_BYTES);
        if (ptrace(PTRACE_SETREGS, s->tid, NULL, &s->saved) < 0)
            die("put registers back");
    }
    if (ptrace(PTRACE_DETACH, s->tid, NULL, NULL) < 0)
        die("detach");
}

static void
name_of(const subject *s, char out[static 64])
{
    char path[64];

    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/comm", s->pid, s->tid);
    FILE *comm = fopen(path, "r");
    if (!comm || !fgets(out, 64, comm))
        (void)snprintf(out, 64, "?");
    out[strcspn(out, " \n")] = 0;
    if (comm)
        (void)fclose(comm);
}

static void
probe_thread(pid_t pid, pid_t tid, uint64_t syscall_at)
{
    subject s = {.pid = pid, .tid = tid, .syscall_at = syscall_at};
    char name[64];

    name_of(&s, name);
    if (!attach(&s))
        return;
    for (size_t i = 0; !s.is_other && i < sizeof tries / sizeof tries[0]; i++) {
        if (tries[i].needs && !*tries[i].needs)
            continue;
        long result = tries[i].try(&s);
        (void)printf("%d %s %s %s\n", tid, name, tries[i].name,
                     result == 0 ? "0" : strerrorname_np((int)-result));
    }
    (void)fflush(stdout);
    detach(&s);
}

static void
probe_process(pid_t pid)
{
    pid_t threads[THREADS_MAX];
    size_t n = 0;
    char path[64];

    (void)snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        die(path);
    for (const struct dirent *e; n < THREADS_MAX && (e = readdir(tasks));)
        if (e->d_name[0] != '.')
            threads[n++] = (pid_t)strtol(e->d_name, NULL, 10);
    (void)closedir(tasks);
    uint64_t syscall_at = find_syscall(pid);
    for (size_t i = 0; i < n; i++)
        probe_thread(pid, threads[i], syscall_at);
}

/* A process that does nothing but wait, and dies with us. */
static pid_t
new_process(void)
{
    int ready[2];
    char byte;
    pid_t self = getpid();
    pid_t pid = pipe(ready) < 0 ? -1 : fork();

    if (pid < 0)
        die("fork");
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
        if (getppid() != self || write(ready[1], "", 1) != 1)
            _exit(1);
        for (;;)
            (void)pause();
    }
    if (read(ready[0], &byte, 1) != 1)
        die("new process");
    (void)close(ready[0]);
    (void)close(ready[1]);
    return pid;
}

int
main(int argc, char **argv)
{
    bool is_control = false;
    pid_t pid = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--own") == 0 && i + 1 < argc)
            own_path = argv[++i];
        else if (strcmp(argv[i], "--secret") == 0 && i + 1 < argc)
            secret_path = argv[++i];
        else if (strcmp(argv[i], "--outside") == 0 && i + 1 < argc)
            outside_path = argv[++i];
        else if (strcmp(argv[i], "--no-exec") == 0)
            other_program = NULL;
        else if (strcmp(argv[i], "--control") == 0)
            is_control = true;
        else
            pid = (pid_t)strtol(argv[i], NULL, 10);
    }
    for (int i = 0; i < 3; i++) {
        const char *const paths[] = {own_path, secret_path, outside_path};
        if (paths[i] && strlen(paths[i]) >= TEXT_BYTES) {
            errno = ENAMETOOLONG;
            die(paths[i]);
        }
    }
    victim = new_process();
    if (is_control)
        pid = new_process();
    if (pid <= 0) {
        errno = EINVAL;
        die("PID");
    }
    probe_process(pid);
    if (is_control) {
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
    }
    (void)kill(victim, SIGKILL);
    (void)waitpid(victim, NULL, 0);
    return 0;
}
#endif

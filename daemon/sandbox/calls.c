/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * calls.c - the system calls that belong to each promise, as a filter by libseccomp.
 *
 * A call that stands in no row that was promised fails with EPERM.  So do, for ever and for
 * every process, ptrace, bpf, userfaultfd, keyctl, mount, io_uring, module loading, ...: they
 * stand in no row at all.  Nor does truncate(), which takes a path, and of which Landlock knows
 * nothing before version 3: ftruncate() does all that is needed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/fences.h"

enum {
    ALWAYS = 0,
    ROW_CALLS_MAX = 56
};

typedef struct {
    unsigned promise;
    int calls[ROW_CALLS_MAX]; /* 0 after the last: see below for read, which is 0 itself */
} row;

#define CALL(name) SCMP_SYS(name)

/* clang-format off */
static const row rows[] = {
    {ALWAYS, {
        CALL(write), CALL(readv), CALL(writev), CALL(close), CALL(close_range), CALL(fstat), CALL(lseek),
        CALL(brk), CALL(munmap), CALL(mremap), CALL(madvise),
        CALL(exit), CALL(exit_group), CALL(restart_syscall),
        CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(sigaltstack),
        CALL(futex), CALL(membarrier), CALL(sched_yield), CALL(sched_getaffinity), CALL(getcpu),
        CALL(clock_gettime), CALL(clock_getres), CALL(gettimeofday), CALL(time), CALL(clock_nanosleep), CALL(nanosleep),
        CALL(getrandom), CALL(getpid), CALL(gettid), CALL(getppid), CALL(uname), CALL(sysinfo), CALL(getrusage), CALL(getrlimit),
        CALL(getuid), CALL(geteuid), CALL(getgid), CALL(getegid)}},
    {N2_SANDBOX_WAIT, {
        CALL(poll), CALL(ppoll), CALL(select), CALL(pselect6), CALL(pipe), CALL(pipe2), CALL(dup), CALL(dup2), CALL(dup3),
        CALL(epoll_create1), CALL(epoll_ctl), CALL(epoll_wait), CALL(epoll_pwait), CALL(epoll_pwait2),
        CALL(eventfd2), CALL(signalfd4), CALL(alarm), CALL(setitimer), CALL(rt_sigtimedwait), CALL(pause),
        CALL(timerfd_create), CALL(timerfd_settime), CALL(timerfd_gettime), CALL(splice)}},
    {N2_SANDBOX_FILES, {
        CALL(open), CALL(openat), CALL(openat2), CALL(stat), CALL(lstat), CALL(newfstatat), CALL(statx), CALL(access), CALL(faccessat),
        CALL(faccessat2), CALL(readlink), CALL(readlinkat), CALL(getcwd), CALL(getdents64), CALL(pread64), CALL(pwrite64), CALL(preadv),
        CALL(pwritev), CALL(ftruncate), CALL(fallocate), CALL(fadvise64), CALL(fsync), CALL(fdatasync), CALL(syncfs),
        CALL(sync_file_range), CALL(rename), CALL(renameat), CALL(renameat2), CALL(unlink), CALL(unlinkat), CALL(mkdir), CALL(mkdirat),
        CALL(rmdir), CALL(flock), CALL(fstatfs), CALL(statfs), CALL(fchmod), CALL(fchown), CALL(umask), CALL(splice),
        CALL(copy_file_range), CALL(sendfile), CALL(msync), CALL(mincore)}},
    {N2_SANDBOX_TALK, {
        CALL(sendto), CALL(sendmsg), CALL(sendmmsg), CALL(recvfrom), CALL(recvmsg), CALL(recvmmsg), CALL(shutdown), CALL(getsockopt),
        CALL(setsockopt), CALL(getsockname), CALL(getpeername)}},
    {N2_SANDBOX_ACCEPT, {CALL(accept), CALL(accept4)}},
    {N2_SANDBOX_CONNECT, {CALL(connect)}},
    {N2_SANDBOX_THREADS, {CALL(set_robust_list), CALL(rseq), CALL(sched_getparam), CALL(sched_getscheduler)}},
    {N2_SANDBOX_LOCK, {CALL(mlock), CALL(mlock2), CALL(munlock), CALL(mlockall)}},
    {N2_SANDBOX_CHILDREN, {CALL(fork), CALL(vfork), CALL(wait4), CALL(waitid), CALL(kill), CALL(set_robust_list), CALL(rseq)}},
    {N2_SANDBOX_EXEC, {
        CALL(execve), CALL(arch_prctl), CALL(set_tid_address), CALL(prctl), CALL(prlimit64), CALL(setrlimit), CALL(seccomp),
        CALL(landlock_create_ruleset), CALL(landlock_add_rule), CALL(landlock_restrict_self)}},
    {N2_SANDBOX_TIGHTEN, {CALL(seccomp), CALL(landlock_create_ruleset), CALL(landlock_add_rule), CALL(landlock_restrict_self)}},
    {N2_SANDBOX_LOAD, {CALL(mmap), CALL(mprotect)}},
    {N2_SANDBOX_SOCKETS, {CALL(bind), CALL(connect)}},
    {N2_SANDBOX_UNIX, {CALL(connect)}},
};

/* What a sanitizer does: it stops the other threads and looks into them when the process ends. */
static const row relaxed = {ALWAYS, {
    CALL(clone), CALL(ptrace), CALL(getdents), CALL(wait4), CALL(prctl), CALL(process_vm_readv), CALL(kill), CALL(tkill), CALL(openat), CALL(open),
    CALL(readlink), CALL(readlinkat), CALL(newfstatat), CALL(stat), CALL(getdents64), CALL(mmap), CALL(mprotect), CALL(prlimit64),
    CALL(fcntl), CALL(personality), CALL(mkdir), CALL(unlink), CALL(pread64), CALL(ioctl)}};
/* clang-format on */

bool
n2_sandbox_has_seccomp(void)
{
    const uint32_t action = SECCOMP_RET_ERRNO;

    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static int
allow_call(scmp_filter_ctx filter, int call, unsigned n, struct scmp_arg_cmp argument)
{
    int code = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, n, &argument);

    return code == -EEXIST ? 0 : code; /* two promises may name the same call */
}

static int
add_row(scmp_filter_ctx filter, const row *r)
{
    int code = 0;

    /* A call that this machine's kernel interface lacks has a negative number, and needs no
     * rule. */
    for (size_t i = 0; code == 0 && r->calls[i] != 0; i++)
        if (r->calls[i] > 0)
            code = allow_call(filter, r->calls[i], 0, (struct scmp_arg_cmp){0});
    return code;
}

typedef struct {
    unsigned if_any;  /* promises of which one was made; 0: always */
    unsigned if_none; /* promises of which none was made */
    int call;
    struct scmp_arg_cmp argument;
} guarded;

#define NOT_EXECUTABLE SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)
#define EQUAL(n, value) SCMP_CMP(n, SCMP_CMP_EQ, value, 0)
#define NEW_NAMESPACES                                                                         \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
     CLONE_NEWPID | CLONE_NEWNET)

/* Calls that are allowed with certain arguments only. */
static int
add_guarded(scmp_filter_ctx filter, unsigned promises)
{
    /* clang-format off */
    const guarded calls[] = {
        {N2_SANDBOX_CHILDREN, 0,                   CALL(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, NEW_NAMESPACES, 0)},
        {N2_SANDBOX_FILES,    0,                   CALL(utimensat), SCMP_A1(SCMP_CMP_EQ, 0, 0)}, /* of an open file */
        {N2_SANDBOX_THREADS,  N2_SANDBOX_CHILDREN, CALL(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)},
        {0,                   N2_SANDBOX_LOAD,     CALL(mmap), NOT_EXECUTABLE},
        {0,                   N2_SANDBOX_LOAD,     CALL(mprotect), NOT_EXECUTABLE},
        /* abort() and raise(); a child has another number than the process that made the rule */
        {0,                   N2_SANDBOX_CHILDREN, CALL(tgkill), EQUAL(0, (uint64_t)getpid())},
        /* names of threads and of memory */
        {0,                   N2_SANDBOX_EXEC,     CALL(prctl), EQUAL(0, PR_SET_NAME)},
        {0,                   N2_SANDBOX_EXEC,     CALL(prctl), EQUAL(0, PR_GET_NAME)},
        {0,                   N2_SANDBOX_EXEC,     CALL(prctl), EQUAL(0, PR_SET_VMA)},
        {N2_SANDBOX_THREADS,  N2_SANDBOX_EXEC,     CALL(prctl), EQUAL(0, PR_SET_TIMERSLACK)},
        /* limits are read, not set */
        {0,                   N2_SANDBOX_EXEC,     CALL(prlimit64), EQUAL(2, 0)},
        /* what stream code asks of descriptors */
        {N2_SANDBOX_WAIT,     0,                   CALL(ioctl), EQUAL(1, FIONREAD)},
        {N2_SANDBOX_WAIT,     0,                   CALL(ioctl), EQUAL(1, FIONBIO)},
        {N2_SANDBOX_WAIT,     0,                   CALL(ioctl), EQUAL(1, TCGETS)},
        {N2_SANDBOX_WAIT,     0,                   CALL(ioctl), EQUAL(1, TIOCGWINSZ)},
        /* echo off and on; TIOCSTI, which types, is not there */
        {N2_SANDBOX_TYPE,     0,                   CALL(ioctl), EQUAL(1, TCSETS)},
        {N2_SANDBOX_TYPE,     0,                   CALL(ioctl), EQUAL(1, TCSETSW)},
        {N2_SANDBOX_TYPE,     0,                   CALL(ioctl), EQUAL(1, TCSETSF)},
        /* the interface that an address names */
        {N2_SANDBOX_SOCKETS,  0,                   CALL(ioctl), EQUAL(1, SIOCGIFINDEX)},
        {N2_SANDBOX_SOCKETS,  0,                   CALL(ioctl), EQUAL(1, SIOCGIFNAME)},
        /* how long the frames of an interface may be */
        {N2_SANDBOX_CONNECT,  N2_SANDBOX_SOCKETS,  CALL(ioctl), EQUAL(1, SIOCGIFNAME)},
        {N2_SANDBOX_CONNECT,  0,                   CALL(ioctl), EQUAL(1, SIOCGIFMTU)},
        /* an interface made anew: what is bound has an address of that length, which no Internet socket
         * has that is bound already */
        {N2_SANDBOX_INTERFACE, N2_SANDBOX_SOCKETS, CALL(bind), EQUAL(2, sizeof(struct sockaddr_ll))},
        {N2_SANDBOX_INTERFACE, N2_SANDBOX_SOCKETS, CALL(ioctl), EQUAL(1, SIOCGIFINDEX)},
        {N2_SANDBOX_INTERFACE, 0,                  CALL(ioctl), EQUAL(1, SIOCGIFHWADDR)},
        /* F_SETOWN and F_SETSIG are not there: they have the kernel send signals to anybody */
        {N2_SANDBOX_WAIT | N2_SANDBOX_FILES, 0,    CALL(fcntl), EQUAL(1, F_DUPFD)},
        {N2_SANDBOX_WAIT | N2_SANDBOX_FILES, 0,    CALL(fcntl), EQUAL(1, F_DUPFD_CLOEXEC)},
        {N2_SANDBOX_WAIT | N2_SANDBOX_FILES, 0,    CALL(fcntl), EQUAL(1, F_GETFD)},
        {N2_SANDBOX_WAIT | N2_SANDBOX_FILES, 0,    CALL(fcntl), EQUAL(1, F_SETFD)},
        {N2_SANDBOX_WAIT | N2_SANDBOX_FILES, 0,    CALL(fcntl), EQUAL(1, F_GETFL)},
        {N2_SANDBOX_WAIT | N2_SANDBOX_FILES, 0,    CALL(fcntl), EQUAL(1, F_SETFL)},
        {N2_SANDBOX_WAIT | N2_SANDBOX_FILES, 0,    CALL(fcntl), EQUAL(1, F_GETLK)},
        {N2_SANDBOX_WAIT | N2_SANDBOX_FILES, 0,    CALL(fcntl), EQUAL(1, F_SETLK)},
        {N2_SANDBOX_WAIT | N2_SANDBOX_FILES, 0,    CALL(fcntl), EQUAL(1, F_SETLKW)},
        {N2_SANDBOX_WAIT | N2_SANDBOX_FILES, 0,    CALL(fcntl), EQUAL(1, F_OFD_GETLK)},
        {N2_SANDBOX_WAIT | N2_SANDBOX_FILES, 0,    CALL(fcntl), EQUAL(1, F_OFD_SETLK)},
        {N2_SANDBOX_WAIT | N2_SANDBOX_FILES, 0,    CALL(fcntl), EQUAL(1, F_OFD_SETLKW)},
        {N2_SANDBOX_WAIT | N2_SANDBOX_FILES, 0,    CALL(fcntl), EQUAL(1, F_GETPIPE_SZ)},
        {N2_SANDBOX_WAIT | N2_SANDBOX_FILES, 0,    CALL(fcntl), EQUAL(1, F_SETPIPE_SZ)},
        {N2_SANDBOX_TIGHTEN,  N2_SANDBOX_EXEC,     CALL(prctl), EQUAL(0, PR_SET_NO_NEW_PRIVS)},
        /* a child that ends with its parent */
        {N2_SANDBOX_CHILDREN, N2_SANDBOX_EXEC,     CALL(prctl), EQUAL(0, PR_SET_PDEATHSIG)},
        {N2_SANDBOX_CHILDREN, 0,                   CALL(socketpair), EQUAL(0, AF_UNIX)},
        {N2_SANDBOX_UNIX,     0,                   CALL(socket), EQUAL(0, AF_UNIX)},
        {N2_SANDBOX_SOCKETS,  0,                   CALL(socket), EQUAL(0, AF_INET)},
        {N2_SANDBOX_SOCKETS,  0,                   CALL(socket), EQUAL(0, AF_INET6)},
        {N2_SANDBOX_SOCKETS,  0,                   CALL(socket), EQUAL(0, AF_NETLINK)},
    };
    /* clang-format on */
    int code = 0;

    for (size_t i = 0; code == 0 && i < sizeof calls / sizeof calls[0]; i++)
        if ((calls[i].if_any == 0 || promises & calls[i].if_any) &&
            !(promises & calls[i].if_none))
            code = allow_call(filter, calls[i].call, 1, calls[i].argument);
    return code;
}

static int
add_all(scmp_filter_ctx filter, unsigned promises)
{
    /* libc tries clone3() first, whose flags are out of a filter's sight, then clone(). */
    int code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

    if (code == 0)
        code = allow_call(filter, SCMP_SYS(read), 0, (struct scmp_arg_cmp){0});
    if (promises & N2_SANDBOX_CHILDREN && code == 0)
        code = allow_call(filter, SCMP_SYS(tgkill), 0, (struct scmp_arg_cmp){0});
    for (size_t i = 0; code == 0 && i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].promise == ALWAYS || promises & rows[i].promise)
            code = add_row(filter, &rows[i]);
    if (code == 0 && N2_SANDBOX_IS_RELAXED)
        code = add_row(filter, &relaxed);
    return code ? code : add_guarded(filter, promises);
}

n2_err
n2_sandbox_filter(unsigned promises, bool is_thread)
{
    if (!n2_sandbox_has_seccomp())
        return N2_ERR_UNSUPPORTED;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return N2_ERR_NOMEM;
    int code = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
    if (code == 0 && !is_thread)
        code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (code == 0)
        code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (code == 0)
        code = add_all(filter, promises);
    if (code == 0)
        code = seccomp_load(filter);
    seccomp_release(filter);
    return code == 0 ? N2_OK : code == -ENOMEM ? N2_ERR_NOMEM : N2_ERR_IO;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sandbox-tries.c - what a process in a sandbox tries, and the places where it tries it.
 */
#include "sandbox-tries.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

char *try_dir_in, *try_dir_out;
static char *file_in, *file_out;
static int null_fd; /* opened before */

/* ---- tries: each returns 0 or an errno ---- */

static int
fd_result(int fd)
{
    int cause = errno;

    if (fd < 0)
        return cause;
    close(fd);
    return 0;
}

int
try_open_in(void)
{
    return fd_result(open(file_in, O_RDONLY));
}

int
try_open_out(void)
{
    return fd_result(open(file_out, O_RDONLY));
}

int
try_write_in(void)
{
    return fd_result(open(file_in, O_RDWR | O_TRUNC));
}

int
try_write_out(void)
{
    return fd_result(open(file_out, O_RDWR));
}

int
try_new_in(void)
{
    g_autofree char *path = g_build_filename(try_dir_in, "new", NULL);
    g_autofree char *moved = g_build_filename(try_dir_in, "sub", "moved", NULL);

    int cause = fd_result(open(path, O_RDWR | O_CREAT, 0600));
    if (cause)
        return cause;
    return rename(path, moved) < 0 || unlink(moved) < 0 ? errno : 0;
}

int
try_new_out(void)
{
    g_autofree char *path = g_build_filename(try_dir_out, "new", NULL);

    return fd_result(open(path, O_RDWR | O_CREAT, 0600));
}

int
try_passwd(void)
{
    return fd_result(open("/etc/passwd", O_RDONLY));
}

int
try_inet(void)
{
    return fd_result(socket(AF_INET, SOCK_DGRAM, 0));
}

int
try_unix(void)
{
    return fd_result(socket(AF_UNIX, SOCK_STREAM, 0));
}

/* No such socket: EBADF says that it was tried. */
int
try_bind(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    return bind(-1, (struct sockaddr *)&address, sizeof address) < 0 ? errno : 0;
}

int
try_interface(void)
{
    struct sockaddr_ll address = {.sll_family = AF_PACKET};

    return bind(-1, (struct sockaddr *)&address, sizeof address) < 0 ? errno : 0;
}

int
try_packet(void)
{
    return fd_result(socket(AF_PACKET, SOCK_RAW, 0));
}

int
try_pair(void)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return errno;
    close(ends[0]);
    close(ends[1]);
    return 0;
}

int
try_fork(void)
{
    pid_t pid = fork();

    if (pid < 0)
        return errno;
    if (pid == 0)
        _exit(0);
    return waitpid(pid, NULL, 0) < 0 ? errno : 0;
}

static void *
nothing(void *data)
{
    return data;
}

int
try_thread(void)
{
    pthread_t thread;
    int cause = pthread_create(&thread, NULL, nothing, NULL);

    return cause ? cause : pthread_join(thread, NULL);
}

int
try_exec(void)
{
    char *const arguments[] = {(char *)"/bin/true", NULL}, *const nobody[] = {NULL};

    (void)execve("/bin/true", arguments, nobody);
    return errno;
}

int
try_trace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}

int
try_peek(void)
{
    char from = 'x', to = 0;
    struct iovec source = {&from, 1}, place = {&to, 1};

    return process_vm_readv(getpid(), &place, 1, &source, 1, 0) < 0 ? errno : 0;
}

int
try_code(void)
{
    void *at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return at == MAP_FAILED ? errno : 0;
}

int
try_memory(void)
{
    char *at = g_malloc0(32 << 20);

    at[1000] = 1;
    g_free(at);
    return 0;
}

int
try_epoll(void)
{
    return fd_result(epoll_create1(0));
}

int
try_limit(void)
{
    const struct rlimit wanted = {0, 0};

    return setrlimit(RLIMIT_CORE, &wanted) < 0 ? errno : 0;
}

int
try_kill(void)
{
    return kill(getppid(), 0) < 0 ? errno : 0;
}

int
try_bpf(void)
{
    return syscall(SYS_bpf, 0, NULL, 0) < 0 ? errno : 0;
}

int
try_keyctl(void)
{
    return syscall(SYS_keyctl, 0, -3, 0) < 0 ? errno : 0;
}

int
try_uring(void)
{
    return syscall(SYS_io_uring_setup, 0, NULL) < 0 ? errno : 0;
}

/* The kernel would send any signal to it, as kill() would. */
int
try_owner(void)
{
    return fcntl(null_fd, F_SETOWN, getppid()) < 0 ? errno : 0;
}

/* Typed into the terminal, and read by the shell there. */
int
try_type(void)
{
    return ioctl(null_fd, TIOCSTI, "x") < 0 ? errno : 0;
}

/* What a terminal shows of what is typed. */
int
try_echo(void)
{
    struct termios none = {0};

    return tcsetattr(null_fd, TCSAFLUSH, &none) < 0 ? errno : 0;
}

/* Landlock knows nothing of it before version 3. */
int
try_truncate(void)
{
    return truncate(file_in, 0) < 0 ? errno : 0;
}

/* Whoever is root in a namespace of his own reaches much more of the kernel. */
int
try_namespace(void)
{
    long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

    if (pid < 0)
        return errno;
    if (pid == 0)
        _exit(0);
    return waitpid((pid_t)pid, NULL, 0) < 0 ? errno : 0;
}

int
try_stat_out(void)
{
    struct stat st;

    return stat(file_out, &st) < 0 ? errno : 0;
}

/* ---- places ---- */

void
try_make_places(void)
{
    g_autofree char *sub = NULL;

    null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    try_dir_in = g_dir_make_tmp("n2-in-XXXXXX", NULL);
    try_dir_out = g_dir_make_tmp("n2-out-XXXXXX", NULL);
    file_in = g_build_filename(try_dir_in, "file", NULL);
    file_out = g_build_filename(try_dir_out, "file", NULL);
    sub = g_build_filename(try_dir_in, "sub", NULL);
    g_assert_cmpint(g_mkdir(sub, 0700), ==, 0);
    g_assert_true(g_file_set_contents(file_in, "in", -1, NULL));
    g_assert_true(g_file_set_contents(file_out, "out", -1, NULL));
}

void
try_remove_places(void)
{
    g_autofree char *sub = g_build_filename(try_dir_in, "sub", NULL);
    g_autofree char *new_out = g_build_filename(try_dir_out, "new", NULL);

    close(null_fd);
    (void)g_rmdir(sub);
    (void)g_unlink(file_in);
    (void)g_unlink(file_out);
    (void)g_unlink(new_out);
    (void)g_rmdir(try_dir_in);
    (void)g_rmdir(try_dir_out);
    g_free(try_dir_in);
    g_free(try_dir_out);
    g_free(file_in);
    g_free(file_out);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-sandbox.c - what each promise leaves a process, tried in a process of its own each.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
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
#include <unistd.h>

#include "sandbox/fences.h"
#include "sandbox/sandbox.h"

static char *dir_in, *dir_out, *file_in, *file_out; /* inside and outside of the plan */
static int null_fd;                                 /* opened before */

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

static int
try_open_in(void)
{
    return fd_result(open(file_in, O_RDONLY));
}

static int
try_open_out(void)
{
    return fd_result(open(file_out, O_RDONLY));
}

static int
try_write_in(void)
{
    return fd_result(open(file_in, O_RDWR | O_TRUNC));
}

static int
try_write_out(void)
{
    return fd_result(open(file_out, O_RDWR));
}

static int
try_new_in(void)
{
    g_autofree char *path = g_build_filename(dir_in, "new", NULL);
    g_autofree char *moved = g_build_filename(dir_in, "sub", "moved", NULL);

    int cause = fd_result(open(path, O_RDWR | O_CREAT, 0600));
    if (cause)
        return cause;
    return rename(path, moved) < 0 || unlink(moved) < 0 ? errno : 0;
}

static int
try_new_out(void)
{
    g_autofree char *path = g_build_filename(dir_out, "new", NULL);

    return fd_result(open(path, O_RDWR | O_CREAT, 0600));
}

static int
try_passwd(void)
{
    return fd_result(open("/etc/passwd", O_RDONLY));
}

static int
try_inet(void)
{
    return fd_result(socket(AF_INET, SOCK_DGRAM, 0));
}

static int
try_unix(void)
{
    return fd_result(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
try_packet(void)
{
    return fd_result(socket(AF_PACKET, SOCK_RAW, 0));
}

static int
try_pair(void)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return errno;
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static int
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

static int
try_thread(void)
{
    pthread_t thread;
    int cause = pthread_create(&thread, NULL, nothing, NULL);

    return cause ? cause : pthread_join(thread, NULL);
}

static int
try_exec(void)
{
    char *const arguments[] = {(char *)"/bin/true", NULL}, *const nobody[] = {NULL};

    (void)execve("/bin/true", arguments, nobody);
    return errno;
}

static int
try_trace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}

static int
try_peek(void)
{
    char from = 'x', to = 0;
    struct iovec source = {&from, 1}, place = {&to, 1};

    return process_vm_readv(getpid(), &place, 1, &source, 1, 0) < 0 ? errno : 0;
}

static int
try_code(void)
{
    void *at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return at == MAP_FAILED ? errno : 0;
}

static int
try_memory(void)
{
    char *at = g_malloc0(32 << 20);

    at[1000] = 1;
    g_free(at);
    return 0;
}

static int
try_epoll(void)
{
    return fd_result(epoll_create1(0));
}

static int
try_limit(void)
{
    const struct rlimit wanted = {0, 0};

    return setrlimit(RLIMIT_CORE, &wanted) < 0 ? errno : 0;
}

static int
try_kill(void)
{
    return kill(getppid(), 0) < 0 ? errno : 0;
}

static int
try_bpf(void)
{
    return syscall(SYS_bpf, 0, NULL, 0) < 0 ? errno : 0;
}

static int
try_keyctl(void)
{
    return syscall(SYS_keyctl, 0, -3, 0) < 0 ? errno : 0;
}

static int
try_uring(void)
{
    return syscall(SYS_io_uring_setup, 0, NULL) < 0 ? errno : 0;
}

/* The kernel would send any signal to it, as kill() would. */
static int
try_owner(void)
{
    return fcntl(null_fd, F_SETOWN, getppid()) < 0 ? errno : 0;
}

/* Typed into the terminal, and read by the shell there. */
static int
try_type(void)
{
    return ioctl(null_fd, TIOCSTI, "x") < 0 ? errno : 0;
}

/* Landlock knows nothing of it before version 3. */
static int
try_truncate(void)
{
    return truncate(file_in, 0) < 0 ? errno : 0;
}

/* Whoever is root in a namespace of his own reaches much more of the kernel. */
static int
try_namespace(void)
{
    long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

    if (pid < 0)
        return errno;
    if (pid == 0)
        _exit(0);
    return waitpid((pid_t)pid, NULL, 0) < 0 ? errno : 0;
}

static int
try_stat_out(void)
{
    struct stat st;

    return stat(file_out, &st) < 0 ? errno : 0;
}

/* ---- rows ---- */

#define EITHER_ -1 /* EPERM of the filter, or EACCES of the paths */

enum {
    KEYS = N2_SANDBOX_WAIT | N2_SANDBOX_FILES | N2_SANDBOX_TALK | N2_SANDBOX_LOCK,
    NODE = N2_SANDBOX_WAIT | N2_SANDBOX_FILES | N2_SANDBOX_TALK | N2_SANDBOX_ACCEPT |
           N2_SANDBOX_CONNECT | N2_SANDBOX_THREADS,
    PARENT = NODE | N2_SANDBOX_LOCK | N2_SANDBOX_CHILDREN | N2_SANDBOX_EXEC | N2_SANDBOX_LOAD,
    NAMES = N2_SANDBOX_WAIT | N2_SANDBOX_FILES | N2_SANDBOX_TALK | N2_SANDBOX_CHILDREN |
            N2_SANDBOX_LOAD | N2_SANDBOX_SOCKETS
};

typedef struct {
    const char *name;
    int (*try)(void);
    int render, keys, node, parent; /* wanted of each plan: 0, or an errno */
} try_row;

/* clang-format off */
static const try_row rows[] = {
    {"memory",    try_memory,    0,      0,       0,       0},
    {"open-in",   try_open_in,   EPERM,  0,       0,       0},
    {"write-in",  try_write_in,  EPERM,  0,       0,       0},
    {"new-in",    try_new_in,    EPERM,  0,       0,       0},
    {"open-out",  try_open_out,  EITHER_, EITHER_, EITHER_, EITHER_},
    {"write-out", try_write_out, EITHER_, EITHER_, EITHER_, EITHER_},
    {"new-out",   try_new_out,   EITHER_, EITHER_, EITHER_, EITHER_},
    {"passwd",    try_passwd,    EITHER_, EITHER_, EITHER_, EITHER_},
    {"stat-out",  try_stat_out,  EPERM,  0,       0,       0},
    {"inet",      try_inet,      EPERM,  EPERM,   EPERM,   EPERM},
    {"unix",      try_unix,      EPERM,  EPERM,   EPERM,   EPERM},
    {"packet",    try_packet,    EPERM,  EPERM,   EPERM,   EPERM},
    {"pair",      try_pair,      EPERM,  EPERM,   EPERM,   0},
    {"fork",      try_fork,      EPERM,  EPERM,   EPERM,   0},
    {"thread",    try_thread,    EPERM,  EPERM,   0,       0},
    {"exec",      try_exec,      EITHER_, EITHER_, EITHER_, EITHER_},
    {"trace",     try_trace,     EPERM,  EPERM,   EPERM,   EPERM},
    {"peek",      try_peek,      EPERM,  EPERM,   EPERM,   EPERM},
    {"code",      try_code,      EPERM,  EPERM,   EPERM,   0},
    {"epoll",     try_epoll,     EPERM,  0,       0,       0},
    {"limit",     try_limit,     EPERM,  EPERM,   EPERM,   0},
    {"kill",      try_kill,      EPERM,  EPERM,   EPERM,   EITHER_},
    {"bpf",       try_bpf,       EPERM,  EPERM,   EPERM,   EPERM},
    {"keyctl",    try_keyctl,    EPERM,  EPERM,   EPERM,   EPERM},
    {"io_uring",  try_uring,     EPERM,  EPERM,   EPERM,   EPERM},
    {"owner",     try_owner,     EPERM,  EPERM,   EPERM,   EPERM},
    {"type",      try_type,      EPERM,  EPERM,   EPERM,   EPERM},
    {"truncate",  try_truncate,  EPERM,  EPERM,   EPERM,   EPERM},
    {"namespace", try_namespace, EPERM,  EPERM,   EPERM,   EPERM},
};
/* clang-format on */

/* Enters the plan in a new process, tries, and brings the result out as the exit code. */
static int
run_confined(unsigned promises, int (*try)(void))
{
    int status;
    pid_t pid = fork();

    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        const n2_sandbox_path paths[] = {{dir_in, N2_SANDBOX_WRITE}};
        const n2_sandbox_plan plan = {.promises = promises,
                                      .paths = promises ? paths : NULL,
                                      .n_paths = promises ? 1 : 0};
        n2_sandbox_state state;
        if (n2_sandbox_enter(&plan, &state) != N2_OK)
            _exit(255);
        _exit(try());
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void
test_try(gconstpointer data)
{
    const try_row *row = data;
    const struct {
        const char *name;
        unsigned promises;
        int want;
    } plans[] = {{"render", 0, row->render},
                 {"keys", KEYS, row->keys},
                 {"node", NODE, row->node},
                 {"parent", PARENT, row->parent}};

    if (N2_SANDBOX_IS_RELAXED) {
        g_test_skip("a relaxed sandbox");
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(plans); i++) {
        int got = run_confined(plans[i].promises, row->try);
        g_test_message("%s: %s", plans[i].name, g_strerror(got));
        if (plans[i].want == EITHER_)
            g_assert_true(got == EPERM || got == EACCES ||
                          (got == 0 && !n2_sandbox_landlock_abi()));
        else
            g_assert_cmpint(got, ==, plans[i].want);
    }
}

/* Who looks names up may have sockets for it, and no others. */
static void
test_names(void)
{
    g_assert_cmpint(run_confined(NAMES, try_inet), ==, 0);
    g_assert_cmpint(run_confined(NAMES, try_unix), ==, EPERM); /* the user's own bus */
    g_assert_cmpint(run_confined(NAMES | N2_SANDBOX_UNIX, try_unix), ==, 0);
    g_assert_cmpint(run_confined(NAMES, try_fork), ==, 0);
    g_assert_cmpint(run_confined(NAMES, try_truncate), ==, EPERM);
    if (!N2_SANDBOX_IS_RELAXED) {
        g_assert_cmpint(run_confined(NAMES, try_type), ==, EPERM);
        g_assert_cmpint(run_confined(NAMES, try_owner), ==, EPERM);
        g_assert_cmpint(run_confined(NAMES, try_namespace), ==, EPERM);
    }
    g_assert_cmpint(run_confined(NAMES, try_packet), ==, EPERM);
    g_assert_cmpint(run_confined(NAMES, try_bpf), ==, EPERM);
}

/* Without a sandbox all of it goes, or the rows above show nothing. */
static void
test_control(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0)
            _exit(rows[i].try());
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_test_message("%s: %s", rows[i].name, g_strerror(WEXITSTATUS(status)));
        if (rows[i].render == EITHER_ || rows[i].try == try_fork || rows[i].try == try_inet ||
            rows[i].try == try_unix || rows[i].try == try_trace || rows[i].try == try_thread ||
            rows[i].try == try_code || rows[i].try == try_kill || rows[i].try == try_owner ||
            rows[i].try == try_truncate)
            g_assert_cmpint(WEXITSTATUS(status), ==, 0);
    }
}

static void *
wait_then_try(void *data)
{
    int *pipe_end = data;
    char byte;

    if (read(*pipe_end, &byte, 1) != 1)
        return GINT_TO_POINTER(-1);
    return GINT_TO_POINTER(try_inet());
}

/* The filter holds in threads that were there before. */
static void
test_all_threads(void)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        const n2_sandbox_plan plan = {.promises = NODE};
        n2_sandbox_state state;
        int ends[2];
        pthread_t thread;
        void *got;
        if (pipe(ends) < 0 || pthread_create(&thread, NULL, wait_then_try, &ends[0]) != 0 ||
            n2_sandbox_enter(&plan, &state) != N2_OK || write(ends[1], "", 1) != 1 ||
            pthread_join(thread, &got) != 0)
            _exit(255);
        _exit(GPOINTER_TO_INT(got));
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_cmpint(WEXITSTATUS(status), ==, EPERM);
}

/* A child may tighten what it inherited, and cannot loosen it. */
static void
test_inherited(void)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        const n2_sandbox_path paths[] = {{dir_in, N2_SANDBOX_WRITE}};
        const n2_sandbox_path wide[] = {{"/", N2_SANDBOX_WRITE}};
        const n2_sandbox_plan outer = {.promises = PARENT, .paths = paths, .n_paths = 1};
        const n2_sandbox_plan inner = {
            .promises = PARENT | N2_SANDBOX_SOCKETS, .paths = wide, .n_paths = 1};
        n2_sandbox_state state;
        if (n2_sandbox_enter(&outer, &state) != N2_OK ||
            n2_sandbox_enter(&inner, &state) != N2_OK)
            _exit(255);
        _exit(try_inet() == EPERM && (try_passwd() == EACCES || !state.landlock_abi) &&
                      try_open_in() == 0
                  ? 0
                  : 1);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_cmpint(WEXITSTATUS(status), ==, N2_SANDBOX_IS_RELAXED ? WEXITSTATUS(status) : 0);
}

/* Each version of Landlock's interface that older kernels have, on this one. */
static void
test_old_kernels(void)
{
    int newest = n2_sandbox_landlock_abi();

    if (!newest) {
        g_test_skip("no Landlock in this kernel");
        return;
    }
    for (int abi = 2; abi <= newest; abi++) {
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            const n2_sandbox_path paths[] = {{dir_in, N2_SANDBOX_WRITE}};
            const n2_sandbox_plan plan = {.paths = paths, .n_paths = 1};
            if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
                n2_sandbox_fence_paths(&plan, abi) != N2_OK)
                _exit(255);
            _exit(try_open_in() || try_write_in() || try_new_in() || try_passwd() != EACCES ||
                  try_write_out() != EACCES || try_new_out() != EACCES || try_exec() != EACCES);
        }
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_test_message("version %d: %d", abi, WEXITSTATUS(status));
        g_assert_cmpint(WEXITSTATUS(status), ==, 0);
    }
}

static void
test_limits(void)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        const n2_sandbox_plan plan = {.memory_bytes = 256 << 20, .cpu_s = 1, .descriptors = 16};
        n2_sandbox_state state;
        if (n2_sandbox_enter(&plan, &state) != N2_OK ||
            (!state.is_relaxed && mmap(NULL, 512 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
                                       -1, 0) != MAP_FAILED))
            _exit(255);
        for (;;) /* its second of time is its last */
            ;
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFSIGNALED(status));
    g_assert_cmpint(WTERMSIG(status), ==, SIGXCPU);
}

static void
test_state(void)
{
    const struct {
        n2_sandbox_state state;
        const char *text;
    } states[] = {
        {{0}, "none"},
        {{.has_seccomp = true}, "seccomp"},
        {{.landlock_abi = 2}, "landlock-2"},
        {{.has_seccomp = true, .landlock_abi = 6}, "seccomp landlock-6"},
        {{.has_seccomp = true, .landlock_abi = 6, .is_relaxed = true},
         "seccomp landlock-6 relaxed"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        char text[N2_SANDBOX_TEXT_BYTES];
        n2_sandbox_state back = n2_sandbox_unpack(n2_sandbox_pack(&states[i].state));
        n2_sandbox_text(&back, text);
        g_assert_cmpstr(text, ==, states[i].text);
    }
}

static void
test_too_many_paths(void)
{
    const n2_sandbox_plan plan = {.n_paths = N2_SANDBOX_PATHS_MAX + 1};
    n2_sandbox_state state = {.has_seccomp = true};

    g_assert_cmpint(n2_sandbox_enter(&plan, &state), ==, N2_ERR_USAGE);
    g_assert_false(state.has_seccomp);
}

static void
make_places(void)
{
    g_autofree char *sub = NULL;

    null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    dir_in = g_dir_make_tmp("n2-in-XXXXXX", NULL);
    dir_out = g_dir_make_tmp("n2-out-XXXXXX", NULL);
    file_in = g_build_filename(dir_in, "file", NULL);
    file_out = g_build_filename(dir_out, "file", NULL);
    sub = g_build_filename(dir_in, "sub", NULL);
    g_assert_cmpint(g_mkdir(sub, 0700), ==, 0);
    g_assert_true(g_file_set_contents(file_in, "in", -1, NULL));
    g_assert_true(g_file_set_contents(file_out, "out", -1, NULL));
}

static void
remove_places(void)
{
    g_autofree char *sub = g_build_filename(dir_in, "sub", NULL);
    g_autofree char *new_out = g_build_filename(dir_out, "new", NULL);

    close(null_fd);
    (void)g_rmdir(sub);
    (void)g_unlink(file_in);
    (void)g_unlink(file_out);
    (void)g_unlink(new_out);
    (void)g_rmdir(dir_in);
    (void)g_rmdir(dir_out);
    g_free(dir_in);
    g_free(dir_out);
    g_free(file_in);
    g_free(file_out);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    make_places();
    g_test_add_func("/sandbox/control", test_control);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/sandbox/try/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_try);
    }
    g_test_add_func("/sandbox/names", test_names);
    g_test_add_func("/sandbox/all-threads", test_all_threads);
    g_test_add_func("/sandbox/inherited", test_inherited);
    g_test_add_func("/sandbox/old-kernels", test_old_kernels);
    g_test_add_func("/sandbox/limits", test_limits);
    g_test_add_func("/sandbox/state", test_state);
    g_test_add_func("/sandbox/too-many-paths", test_too_many_paths);
    int code = g_test_run();
    remove_places();
    return code;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-sandbox-life.c - entering a sandbox: threads, children, old kernels, limits, the wide
 * fence, and what is said of it.
 */
#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox-tries.h"
#include "sandbox/fences.h"
#include "sandbox/sandbox.h"

enum {
    NODE = N2_SANDBOX_WAIT | N2_SANDBOX_FILES | N2_SANDBOX_TALK | N2_SANDBOX_ACCEPT |
           N2_SANDBOX_CONNECT | N2_SANDBOX_THREADS | N2_SANDBOX_INTERFACE,
    PARENT = NODE | N2_SANDBOX_LOCK | N2_SANDBOX_CHILDREN | N2_SANDBOX_EXEC | N2_SANDBOX_LOAD
};

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
        const n2_sandbox_path paths[] = {{try_dir_in, N2_SANDBOX_WRITE}};
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
            const n2_sandbox_path paths[] = {{try_dir_in, N2_SANDBOX_WRITE}};
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

/* What the browser enters: the network and other processes are gone, all else is there, also
 * what bwrap needs; a child inherits it, and may tighten it. */
static void
test_wide(void)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        n2_sandbox_state state;
        const n2_sandbox_plan inner = {.promises = NODE};
        if (n2_sandbox_enter_wide(&state) != N2_OK || !state.has_seccomp)
            _exit(255);
        if (try_inet() != EPERM || try_packet() != EPERM || try_bpf() != EPERM ||
            try_keyctl() != EPERM || try_uring() != EPERM || try_type() != EPERM)
            _exit(1);
        if (!state.is_relaxed && (try_trace() != EPERM || try_peek() != EPERM))
            _exit(2);
        if (try_unix() || try_pair() || try_fork() || try_thread() || try_exec() ||
            try_write_out() || try_namespace())
            _exit(3);
        pid = fork();
        if (pid == 0)
            _exit(try_inet() == EPERM && n2_sandbox_enter(&inner, &state) == N2_OK &&
                          (state.is_relaxed || try_fork() == EPERM)
                      ? 0
                      : 4);
        _exit(waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : 5);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    if (WEXITSTATUS(status) == 255)
        g_test_skip("no seccomp in this kernel");
    else
        g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    try_make_places();
    g_test_add_func("/sandbox/all-threads", test_all_threads);
    g_test_add_func("/sandbox/inherited", test_inherited);
    g_test_add_func("/sandbox/old-kernels", test_old_kernels);
    g_test_add_func("/sandbox/limits", test_limits);
    g_test_add_func("/sandbox/state", test_state);
    g_test_add_func("/sandbox/too-many-paths", test_too_many_paths);
    g_test_add_func("/sandbox/wide", test_wide);
    int code = g_test_run();
    try_remove_places();
    return code;
}

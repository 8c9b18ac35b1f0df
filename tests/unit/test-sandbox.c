/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-sandbox.c - what each promise leaves a process, tried in a process of its own each.
 */
#include <errno.h>
#include <glib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox-tries.h"
#include "sandbox/fences.h"
#include "sandbox/sandbox.h"

/* ---- rows ---- */

#define EITHER_ -1 /* EPERM of the filter, or EACCES of the paths */

enum {
    KEYS = N2_SANDBOX_WAIT | N2_SANDBOX_FILES | N2_SANDBOX_TALK | N2_SANDBOX_LOCK,
    NODE = N2_SANDBOX_WAIT | N2_SANDBOX_FILES | N2_SANDBOX_TALK | N2_SANDBOX_ACCEPT |
           N2_SANDBOX_CONNECT | N2_SANDBOX_THREADS | N2_SANDBOX_INTERFACE,
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
    {"bind",      try_bind,      EPERM,  EPERM,   EPERM,   EPERM},
    {"interface", try_interface, EPERM,  EPERM,   EBADF,   EBADF},
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
    {"echo",      try_echo,      EPERM,  EPERM,   EPERM,   EPERM},
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
        const n2_sandbox_path paths[] = {{try_dir_in, N2_SANDBOX_WRITE}};
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

/* Who asks for a PIN may switch the echo off, and type nothing for others. */
static void
test_typed(void)
{
    const unsigned typed = KEYS | N2_SANDBOX_TYPE;

    if (N2_SANDBOX_IS_RELAXED) {
        g_test_skip("a relaxed sandbox");
        return;
    }
    g_assert_cmpint(run_confined(typed, try_echo), ==, ENOTTY); /* it got as far as that */
    g_assert_cmpint(run_confined(typed, try_type), ==, EPERM);
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

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    try_make_places();
    g_test_add_func("/sandbox/control", test_control);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/sandbox/try/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_try);
    }
    g_test_add_func("/sandbox/names", test_names);
    g_test_add_func("/sandbox/typed", test_typed);
    int code = g_test_run();
    try_remove_places();
    return code;
}

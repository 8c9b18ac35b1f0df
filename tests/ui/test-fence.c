/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-fence.c - the fence of the browser's own process and of all that WebKit starts.
 *
 * This program does what main.c does before a window opens, so it is fenced in itself.  PROBE,
 * a variable (tests/e2e/probe.c), is run by a process that was forked before, and tries the
 * forbidden calls inside live processes.  A program of the desktop for web addresses is faked.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher.h"
#include "sandbox/sandbox.h"
#include "ui.h"
#include "views/confined.h"

enum {
    REPORT_BYTES_MAX = 64 << 10
};

static n2_sandbox_state fence;
static int prober = -1; /* takes a process' number, gives what the probe said */
static char *seen;      /* where the faked program writes what it was given */

/* ---- what stays outside ---- */

static void
run_probe(char *program, char *order, char *report)
{
    g_auto(GStrv) words = g_strsplit(order, " ", 2); /* PID SECRET */
    g_autofree char *outside = g_strconcat(words[1], ".new", NULL);
    char no_exec[] = "--no-exec", secret[] = "--secret", new_file[] = "--outside";
    char *argv[] = {program, no_exec, secret, words[1], new_file, outside, words[0], NULL};
    g_autofree char *out = NULL;
    g_autofree char *err = NULL;
    int status = 0;

    (void)g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, &err, &status,
                       NULL);
    g_snprintf(report, REPORT_BYTES_MAX, "%d\n%s%s", WEXITSTATUS(status), out ? out : "",
               err ? err : "");
}

static void
start_prober(char *program)
{
    static char report[REPORT_BYTES_MAX];
    int ends[2];
    char order[1024];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
    int size = REPORT_BYTES_MAX * 2;
    g_assert_cmpint(setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), ==, 0);
    if (fork() != 0) {
        prober = ends[0];
        close(ends[1]);
        return;
    }
    close(ends[0]);
    for (ssize_t n; (n = recv(ends[1], order, sizeof order - 1, 0)) > 0;) {
        order[n] = '\0';
        run_probe(program, order, report);
        if (send(ends[1], report, strlen(report), MSG_NOSIGNAL) < 0)
            break;
    }
    _exit(0);
}

static void
write_file(const char *folder, const char *name, const char *text, int mode)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    g_mkdir_with_parents(folder, 0755);
    g_assert_true(
        g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, mode, NULL));
}

/* The desktop's program for web addresses: writes its argument and its filters into a file. */
static void
fake_desktop(void)
{
    g_autofree char *applications =
        g_build_filename(g_get_user_data_dir(), "applications", NULL);
    g_autofree char *program = g_build_filename(applications, "opener", NULL);

    seen = g_build_filename(applications, "seen", NULL);
    g_autofree char *script =
        g_strdup_printf("#!/bin/sh\n{ echo \"$1\"; grep -E '^(Seccomp|NoNewPrivs):' "
                        "/proc/self/status; } >'%s.new'\nmv '%s.new' '%s'\n",
                        seen, seen, seen);
    write_file(applications, "opener", script, 0755);
    g_autofree char *entry = g_strdup_printf("[Desktop Entry]\nType=Application\nName=Opener\n"
                                             "Exec=%s %%u\nMimeType=x-scheme-handler/http;\n",
                                             program);
    write_file(applications, "opener.desktop", entry, 0644);
    write_file(g_get_user_config_dir(), "mimeapps.list",
               "[Default Applications]\nx-scheme-handler/http=opener.desktop\n", 0644);
}

/* ---- in this process ---- */

typedef struct {
    const char *name;
    long call, a, b, c;
    int want; /* error; 0: it works */
} attempt;

static const attempt attempts[] = {
    {"unix", SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0},
    {"routes", SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, 0},
    {"tcp", SYS_socket, AF_INET, SOCK_STREAM, 0, EPERM},
    {"udp", SYS_socket, AF_INET, SOCK_DGRAM, 0, EPERM},
    {"tcp 6", SYS_socket, AF_INET6, SOCK_STREAM, 0, EPERM},
    {"udp 6", SYS_socket, AF_INET6, SOCK_DGRAM, 0, EPERM},
    {"ethernet", SYS_socket, AF_PACKET, SOCK_RAW, 0, EPERM},
    {"ciphers", SYS_socket, AF_ALG, SOCK_SEQPACKET, 0, EPERM},
    {"bluetooth", SYS_socket, AF_BLUETOOTH, SOCK_RAW, 0, EPERM},
    {"hosts", SYS_socket, AF_VSOCK, SOCK_STREAM, 0, EPERM},
    {"devices", SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT, EPERM},
    {"firewall", SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER, EPERM},
    {"high bits", SYS_socket, AF_INET | 1L << 32, SOCK_STREAM, 0, EPERM},
    {"ptrace", SYS_ptrace, PTRACE_TRACEME, 0, 0, EPERM},
    {"process_vm_readv", SYS_process_vm_readv, 1, 0, 0, EPERM},
    {"process_vm_writev", SYS_process_vm_writev, 1, 0, 0, EPERM},
    {"keyctl", SYS_keyctl, 0, -3, 0, EPERM},
    {"add_key", SYS_add_key, 0, 0, 0, EPERM},
    {"bpf", SYS_bpf, 0, 0, 0, EPERM},
    {"perf_event_open", SYS_perf_event_open, 0, 0, 0, EPERM},
    {"io_uring_setup", SYS_io_uring_setup, 1, 0, 0, EPERM},
    {"userfaultfd", SYS_userfaultfd, 0, 0, 0, EPERM},
    {"kexec_load", SYS_kexec_load, 0, 0, 0, EPERM},
    {"init_module", SYS_init_module, 0, 0, 0, EPERM},
    {"open_by_handle_at", SYS_open_by_handle_at, -1, 0, 0, EPERM},
    {"typing", SYS_ioctl, 0, 0x5412 /* TIOCSTI */, 0, EPERM},
    {"typing, high bits", SYS_ioctl, 0, 0x5412 | 1L << 32, 0, EPERM},
};

static gpointer
try_all(gpointer data)
{
    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(attempts); i++) {
        const attempt *a = &attempts[i];
        gboolean sanitizer_needs = a->call == SYS_ptrace || a->call == SYS_process_vm_readv;

        if (fence.is_relaxed && sanitizer_needs)
            continue;
        errno = 0;
        long got = syscall(a->call, a->a, a->b, a->c, 0, 0);
        g_test_message("%s: %s", a->name, got < 0 ? g_strerror(errno) : "done");
        g_assert_cmpint(got < 0 ? errno : 0, ==, a->want);
        if (got >= 0)
            close((int)got);
    }
    return NULL;
}

static gboolean
is_fenced(void)
{
    if (!fence.has_seccomp)
        g_test_skip("no seccomp in this kernel");
    return fence.has_seccomp;
}

static gpointer
wait_and_try(gpointer data)
{
    GAsyncQueue *start = data;

    g_async_queue_pop(start);
    return try_all(NULL);
}

static GThread *older; /* begun before the fence */
static GAsyncQueue *start;

static void
test_self(void)
{
    if (!is_fenced())
        return;
    try_all(NULL);
    g_thread_join(g_thread_new("younger", try_all, NULL));
    g_async_queue_push(start, start);
    g_thread_join(older);
}

/* ---- in those that WebKit started ---- */

/* @secret: a file of the user's. */
static const char *
probe(guint64 pid, const char *secret)
{
    static char report[REPORT_BYTES_MAX];
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT " %s", pid, secret);

    g_assert_cmpint(send(prober, text, strlen(text), 0), >, 0);
    ssize_t n = recv(prober, report, sizeof report - 1, 0);
    g_assert_cmpint(n, >, 0);
    report[n] = '\0';
    return report;
}

/* The number of the process @comm that this one started (0: none). */
static guint64
find_child(const char *comm)
{
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    g_autofree char *parent = g_strdup_printf("\nPPid:\t%d\n", getpid());
    const char *name = NULL;

    while ((name = g_dir_read_name(proc))) {
        g_autofree char *path = g_strdup_printf("/proc/%s/status", name);
        g_autofree char *text = NULL;

        if (g_ascii_isdigit(*name) && g_file_get_contents(path, &text, NULL, NULL) &&
            strstr(text, parent) && g_str_has_prefix(text + strlen("Name:\t"), comm))
            return g_ascii_strtoull(name, NULL, 10);
    }
    return 0;
}

typedef struct {
    const char *call;
    const char *errors; /* with one of these it was refused */
} refusal;

static const refusal by_the_fence[] = {{"socket-tcp", "EPERM"},       {"socket-udp", "EPERM"},
                                       {"keyctl", "EPERM"},           {"ptrace", "EPERM"},
                                       {"process_vm_readv", "EPERM"}, {NULL, NULL}};

/* Of the web process, which draws what strangers wrote.  It may fork and execute: what it makes
 * is in the same walls, and there is no program to be found in them (test-safety.c). */
static const refusal by_both[] = {{"socket-tcp", "EPERM"},
                                  {"socket-udp", "EPERM"},
                                  {"keyctl", "EPERM"},
                                  {"ptrace", "EPERM"},
                                  {"process_vm_readv", "EPERM"},
                                  {"open-secret", "ENOENT EACCES EPERM"},
                                  {"write", "ENOENT EACCES EPERM EROFS"},
                                  {NULL, NULL}};

/* In each thread of @pid each of these calls was refused. */
static void
check_refused(guint64 pid, const char *secret, const refusal *refusals)
{
    g_auto(GStrv) lines = g_strsplit(probe(pid, secret), "\n", -1);
    guint n = 0, n_threads = 0;
    guint n_refusals = 0;

    if (lines[0][0] != '0') {
        g_test_message("%s", lines[1]);
        g_test_skip(strstr(lines[1], "x86_64 only") ? "the probe is for x86_64"
                                                    : "needs root, to stop other processes");
        return;
    }
    while (refusals[n_refusals].call)
        n_refusals++;
    for (guint i = 1; lines[i]; i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], " ", -1);

        if (g_strv_length(words) != 4)
            continue;
        g_test_message("%s", lines[i]);
        for (guint k = 0; k < n_refusals; k++)
            if (g_str_equal(refusals[k].call, words[2])) {
                g_auto(GStrv) errors = g_strsplit(refusals[k].errors, " ", -1);
                g_assert_true(g_strv_contains((const char *const *)errors, words[3]));
                n++;
            }
        if (g_str_equal(words[2], "getpid")) {
            g_assert_cmpstr(words[3], ==, "0");
            n_threads++;
        }
    }
    g_assert_cmpuint(n_threads, >, 1);
    g_assert_cmpuint(n, ==, n_threads * n_refusals);
}

static void
test_processes(void)
{
    ui u;

    if (!is_fenced())
        return;
    if (fence.is_relaxed || prober < 0) {
        g_test_skip(prober < 0 ? "PROBE is not set" : "a relaxed sandbox, for a sanitizer");
        return;
    }
    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    guint64 network = find_child("WebKitNetwork");
    g_assert_cmpuint(network, >, 0);
    g_autofree char *secret = g_build_filename(u.folder, "secret", NULL);
    g_assert_true(g_file_set_contents(secret, "secret", -1, NULL));
    check_refused(network, secret, by_the_fence);
    g_autofree char *web = NULL;
    g_assert_cmpuint(ui_count_web_processes(&web), ==, 1);
    check_refused(g_ascii_strtoull(web, NULL, 10), secret, by_both);
    n2_tab_go(ui_tab(&u), "net2o://wiki.demo/guide/next.md"); /* it lives on */
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    ui_tear_down(&u);
}

/* WebKit builds its own sandbox inside the fence. */
static void
test_inside(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    g_assert_true(n2_confined_check());
    ui_tear_down(&u);
}

/* ---- what still works ---- */

static gboolean
is_seen(gpointer data)
{
    (void)data;
    return g_file_test(seen, G_FILE_TEST_EXISTS);
}

static void
test_outside(void)
{
    ui u;
    g_autofree char *text = NULL;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    g_free(ui_script(&u, "document.querySelector('a[href^=\"http:\"]').click()"));
    ui_wait_text(&u, "http://old.example/never");
    ui_click(ui_get(GTK_WIDGET(u.window), GTK_ACCESSIBLE_ROLE_BUTTON, "Open Elsewhere"));
    ui_wait(is_seen, NULL, "the other program");
    g_assert_true(g_file_get_contents(seen, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "http://old.example/never\nNoNewPrivs:\t0\nSeccomp:\t0\n");
    g_unlink(seen);
    ui_tear_down(&u);
}

static void
test_launcher_refuses(void)
{
    static const char *const others[] = {"file:///etc/passwd", "irc://irc.example.org/x",
                                         "net2o://wiki.demo/", "/bin/sh",
                                         "javascript:x",       "",
                                         "x-test:y",           "\nhttp://old.example/"};

    for (gsize i = 0; i + 1 < G_N_ELEMENTS(others); i++)
        g_assert_false(n2_launcher_open(others[i], NULL));
    g_assert_false(n2_launcher_open("http://old.example/", "a\nb"));
    g_assert_false(is_seen(NULL));
}

/* Without WebKit's sandbox nothing is shown, and the page says why. */
static void
test_unconfined(void)
{
    ui u;

    if (!g_test_subprocess()) {
        g_setenv("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1", TRUE);
        g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
        g_unsetenv("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS");
        g_test_trap_assert_passed();
        return;
    }
    ui_set_up(&u, "wiki.demo");
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_wait_text(&u, "Pages would not be confined");
    ui_get(GTK_WIDGET(u.window), GTK_ACCESSIBLE_ROLE_BUTTON, "Copy Command");
    ui_tear_down(&u);
}

int
main(int argc, char **argv)
{
    g_autofree char *program = g_strdup(g_getenv("PROBE"));

    fake_desktop();
    g_assert_true(n2_launcher_start());
    if (program)
        start_prober(program);
    ui_init(&argc, &argv);
    start = g_async_queue_new();
    older = g_thread_new("older", wait_and_try, start);
    if (n2_sandbox_enter_wide(&fence))
        g_error("no fence");
    g_test_add_func("/fence/self", test_self);
    g_test_add_func("/fence/inside", test_inside);
    g_test_add_func("/fence/processes", test_processes);
    g_test_add_func("/fence/outside", test_outside);
    g_test_add_func("/fence/launcher-refuses", test_launcher_refuses);
    g_test_add_func("/fence/unconfined", test_unconfined);
    return g_test_run();
}

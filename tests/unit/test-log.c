/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-log.c - lines for the operator: how many, for whom, and what may stand in them.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "host/channel.h"
#include "host/log.h"

static void
test_log_gate(void)
{
    n2_log_gate gate = {0};
    uint64_t dropped = 0, now_us = 5000000;
    int passed = 0;

    for (int i = 0; i < 100 + 50; i++)
        passed += n2_log_gate_pass(&gate, 100, 10, now_us, &dropped);
    g_assert_cmpint(passed, ==, 100);
    now_us += 1000000;
    g_assert_true(n2_log_gate_pass(&gate, 100, 10, now_us, &dropped));
    g_assert_cmpuint(dropped, ==, 50);
    for (passed = 1; n2_log_gate_pass(&gate, 100, 10, now_us, &dropped);)
        passed++;
    g_assert_cmpint(passed, ==, 10);
}

/* What a process writes on stderr while @write runs in it (transfer full). */
static char *
log_of(void (*write_cb)(int stderr_fd))
{
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "n2-log-XXXXXX", NULL);
    char *text = NULL;
    int fd = g_mkstemp(path), status = -1;

    g_assert_cmpint(fd, >=, 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (dup2(fd, STDERR_FILENO) < 0)
            _exit(1);
        write_cb(fd);
        _exit(0);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_cmpint(status, ==, 0);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    close(fd);
    g_unlink(path);
    return text;
}

static void
write_floods(int fd)
{
    void (*say)(n2_log_level, const char *, ...) = n2_log; /* the literals are made here */

    (void)fd;
    n2_log_setup("test", N2_LOG_INFO);
    for (int i = 0; i < 1000; i++)
        n2_log(N2_LOG_INFO, "a stranger said %d\n<3>forged", i);
    n2_log(N2_LOG_INFO, "something else");
    if (n2_log_left_out() != 1000 - N2_LOG_KIND_BURST)
        _exit(1);
    for (int kind = 0; kind < 1000; kind++) { /* each a kind of its own */
        g_autofree char *format = g_strdup_printf("kind %d", kind);
        say(N2_LOG_INFO, g_intern_string(format));
    }
}

/* A stranger who gives cause for lines fills no log, and hides no other line. */
static void
test_log_flood(void)
{
    g_autofree char *text = log_of(write_floods);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n = g_strv_length(lines) - 1;

    g_assert_cmpuint(n, <=, N2_LOG_BURST + 2);
    g_assert_cmpstr(lines[0], ==, "test: a stranger said 0?<3>forged");
    g_assert_cmpstr(lines[N2_LOG_KIND_BURST], ==, "test: something else");
    g_assert_nonnull(strstr(text, "test: kind 0\n"));
}

static void
write_to_journal(int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        _exit(1);
    for (int is_other = 0; is_other < 2; is_other++) {
        g_autofree char *stream = g_strdup_printf("%llu:%llu", (unsigned long long)st.st_dev,
                                                  (unsigned long long)st.st_ino + is_other);
        g_setenv("JOURNAL_STREAM", stream, TRUE);
        n2_log_setup("test", N2_LOG_DEBUG);
        n2_log(N2_LOG_ERROR, "e");
        n2_log(N2_LOG_WARNING, "w");
        n2_log(N2_LOG_INFO, "i");
        n2_log(N2_LOG_DEBUG, "d");
    }
}

static void
test_log_journal(void)
{
    g_autofree char *text = log_of(write_to_journal);

    g_assert_cmpstr(text, ==,
                    "<3>test: e\n<4>test: w\n<6>test: i\n<7>test: d\n"
                    "test: e\ntest: w\ntest: i\ntest: d\n");
}

/* What another process says drives no terminal. */
static void
test_log_tame(void)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", ""},
        {"Schlüssel 鍵 👩‍🚀", "Schlüssel 鍵 👩‍🚀"},
        {"\x1b[31mred\a\r\n\t\x7f", "?[31mred?????"},
        {"a\xc2\x9b"
         "31m\xc2\x80\xc2\x9f\xc2\xa0",
         "a??31m????\xc2\xa0"},
        {"\x9b"
         "31m ü \xff\xc3",
         "?31m ü ??"},
        {"\xed\xa0\x80\xc0\xaf", "?????"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup(rows[i].text);
        n2_log_tame(text);
        g_assert_cmpstr(text, ==, rows[i].want);
    }
    int ends[2], fd = -1;
    n2_channel_message m;
    g_assert_cmpint(n2_channel_pair(ends), ==, N2_OK);
    g_assert_cmpint(n2_channel_send(ends[0], N2_CHANNEL_FATAL, 1, "\x1b]0;x\a", -1), ==, N2_OK);
    g_assert_cmpint(n2_channel_receive(ends[1], true, &m, &fd), ==, N2_OK);
    g_assert_cmpstr(m.text, ==, "?]0;x?");
    close(ends[0]);
    close(ends[1]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/log/gate", test_log_gate);
    g_test_add_func("/host/log/flood", test_log_flood);
    g_test_add_func("/host/log/journal", test_log_journal);
    g_test_add_func("/host/log/tame", test_log_tame);
    return g_test_run();
}

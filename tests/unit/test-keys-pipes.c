/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-keys-pipes.c - pipes of people's programs: none can make the keys process wait, and none
 *                     is awaited for longer than what it belongs to.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "host/keys-pipes.h"
#include "keys/ask.h"

typedef struct {
    n2_keys_pipes *pipes;
    GString *came; /* owned: "ID=SECRET;" or "ID!ERROR;" of each, a NUL as "|" */
    gboolean clears;
} fixture;

static void
came_cb(void *user, const uint8_t *request, size_t len, n2_keys_secret *secret, n2_err err)
{
    fixture *f = user;
    n2_keys_request q;

    g_assert_cmpint(n2_keys_request_read(&q, request, len), ==, N2_OK);
    g_assert_cmpint(err == N2_OK, ==, secret != NULL);
    if (f->clears)
        n2_keys_pipes_clear(f->pipes);
    g_string_append_printf(f->came, "%u", q.id);
    if (err)
        g_string_append_printf(f->came, "!%s", n2_err_name(err) + strlen("N2_ERR_"));
    else
        g_string_append_c(f->came, '=');
    for (size_t i = 0; secret && i < secret->len; i++)
        g_string_append_c(f->came, secret->bytes[i] ? (char)secret->bytes[i] : '|');
    g_string_append_c(f->came, ';');
}

static void
set_up(fixture *f, gconstpointer data)
{
    (void)data;
    *f = (fixture){.came = g_string_new(NULL)};
    f->pipes = n2_keys_pipes_new(came_cb, f);
}

static void
tear_down(fixture *f, gconstpointer data)
{
    (void)data;
    n2_keys_pipes_free(f->pipes);
    g_string_free(f->came, TRUE);
}

static void
make_pipe(int ends[2])
{
    g_assert_true(g_unix_open_pipe(ends, FD_CLOEXEC, NULL));
}

/* @fd: consumed.  @about: of TELL. */
static n2_err
await(fixture *f, uint32_t id, n2_keys_kind kind, uint32_t about, int fd)
{
    const n2_keys_request q = {.id = id, .kind = kind, .about = about, .how = N2_TELL_SECRET};
    guint8 bytes[N2_KEYRING_MESSAGE_BYTES_MAX];
    size_t len;

    g_assert_cmpint(n2_keys_request_write(&q, bytes, sizeof bytes, &len), ==, N2_OK);
    return n2_keys_pipes_await(f->pipes, bytes, len, fd, 0);
}

/* As the process does when something came; @is_forced: or seemed to. */
static void
turn(fixture *f, gboolean is_forced, uint64_t now_us)
{
    struct pollfd polled[N2_KEYS_PIPES_MAX];

    n2_keys_pipes_watch(f->pipes, polled);
    g_assert_cmpint(poll(polled, N2_KEYS_PIPES_MAX, 0), >=, 0);
    for (size_t i = 0; is_forced && i < N2_KEYS_PIPES_MAX; i++)
        polled[i].revents = POLLIN;
    n2_keys_pipes_hear(f->pipes, polled, now_us);
}

static void
put(int fd, const char *bytes, gsize len)
{
    g_assert_cmpint(write(fd, bytes, len), ==, (gssize)len);
}

static gboolean
is_closed(int fd)
{
    return fcntl(fd, F_GETFD) < 0 && errno == EBADF;
}

static gboolean
may_wait(int fd)
{
    return !(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

/* Whoever keeps a copy of the end has it wait again, and takes away what was there. */
static void
test_waits_never(fixture *f, gconstpointer data)
{
    struct pollfd polled[N2_KEYS_PIPES_MAX];
    int ends[2];

    (void)data;
    make_pipe(ends);
    int kept = dup(ends[0]);
    g_assert_cmpint(await(f, 1, N2_KEYS_TELL, 9, ends[0]), ==, N2_OK);
    g_assert_true(is_closed(ends[0]));
    g_assert_cmpint(fcntl(kept, F_SETFL, 0), ==, 0);
    n2_keys_pipes_watch(f->pipes, polled);
    g_assert_false(may_wait(polled[0].fd));
    turn(f, TRUE, 0); /* it would be for ever */
    g_assert_cmpstr(f->came->str, ==, "");
    put(ends[1], "1234", 5);
    turn(f, FALSE, 0);
    g_assert_cmpstr(f->came->str, ==, "1=1234;");
    g_assert_false(n2_keys_pipes_is_any(f->pipes));
    close(kept);
    close(ends[1]);
}

static void
test_writes_at_once(fixture *f, gconstpointer data)
{
    n2_keys_secret sheet = {.bytes = "acid bold\nN2:A\n", .len = 15};
    char got[32];
    int ends[2], own = -1;

    (void)f;
    (void)data;
    make_pipe(ends);
    int kept = dup(ends[1]);
    g_assert_cmpint(n2_keys_pipe_out(&own, ends[1]), ==, N2_OK);
    g_assert_true(is_closed(ends[1]));
    g_assert_cmpint(n2_keys_pipe_write(own, &sheet), ==, N2_OK);
    g_assert_cmpint(read(ends[0], got, sizeof got), ==, 15);
    g_assert_cmpmem(got, 15, sheet.bytes, 15);

    /* Filled to the last byte. */
    g_assert_cmpint(fcntl(kept, F_SETFL, O_NONBLOCK), ==, 0);
    while (write(kept, got, 1) == 1)
        ;
    g_assert_cmpint(fcntl(kept, F_SETFL, 0), ==, 0);
    g_assert_false(may_wait(own));
    g_assert_cmpint(n2_keys_pipe_write(own, &sheet), ==, N2_ERR_CLOSED);

    /* Nobody reads. */
    close(ends[0]);
    g_assert_cmpint(n2_keys_pipe_write(own, &sheet), ==, N2_ERR_CLOSED);
    close(kept);
    close(own);
}

/* Whose program dies has said nothing; whose does not need not close it. */
static void
test_ends_itself(fixture *f, gconstpointer data)
{
    int ends[2];

    (void)data;
    make_pipe(ends);
    g_assert_cmpint(await(f, 1, N2_KEYS_PASSPHRASE, 0, ends[0]), ==, N2_OK);
    put(ends[1], "old", 4);
    turn(f, FALSE, 0);
    g_assert_cmpstr(f->came->str, ==, "");
    close(ends[1]);
    turn(f, FALSE, 0);
    g_assert_cmpstr(f->came->str, ==, "1!TRUNCATED;");

    g_string_truncate(f->came, 0);
    make_pipe(ends);
    g_assert_cmpint(await(f, 2, N2_KEYS_PASSPHRASE, 0, ends[0]), ==, N2_OK);
    put(ends[1], "old", 4);
    turn(f, FALSE, 0);
    put(ends[1], "new", 4);
    turn(f, FALSE, 0);
    g_assert_cmpstr(f->came->str, ==, "2=old|new;");
    close(ends[1]);

    g_string_truncate(f->came, 0);
    make_pipe(ends);
    close(ends[1]); /* before anybody looked */
    g_assert_cmpint(await(f, 3, N2_KEYS_UNLOCK, 0, ends[0]), ==, N2_OK);
    turn(f, FALSE, 0);
    g_assert_cmpstr(f->came->str, ==, "3!TRUNCATED;");
}

/* What was given up holds no place: neither its own pipe, nor those of PINs for it. */
static void
test_over(fixture *f, gconstpointer data)
{
    int ends[N2_KEYS_PIPES_MAX + 1][2];

    (void)data;
    for (guint i = 0; i <= N2_KEYS_PIPES_MAX; i++)
        make_pipe(ends[i]);
    for (guint i = 0; i < N2_KEYS_PIPES_MAX; i++)
        g_assert_cmpint(await(f, 10 + i, i == 3 ? N2_KEYS_SHEET_TEST : N2_KEYS_TELL,
                              i == 5 ? 77 : 70, ends[i][0]),
                        ==, N2_OK);
    g_assert_cmpint(await(f, 18, N2_KEYS_TELL, 70, dup(ends[8][0])), ==, N2_ERR_BUSY);
    g_assert_false(n2_keys_pipes_over(f->pipes, 99));
    g_assert_cmpstr(f->came->str, ==, "");
    g_assert_true(n2_keys_pipes_over(f->pipes, 13));
    g_assert_cmpstr(f->came->str, ==, "13!CANCELLED;");
    g_assert_false(n2_keys_pipes_over(f->pipes, 77)); /* what it was for waits no more */
    g_assert_cmpstr(f->came->str, ==, "13!CANCELLED;15!NOTFOUND;");
    g_assert_cmpint(await(f, 18, N2_KEYS_TELL, 71, ends[8][0]), ==, N2_OK);
    g_string_truncate(f->came, 0);
    (void)n2_keys_pipes_over(f->pipes, 70);
    put(ends[8][1], "1234", 5);
    turn(f, FALSE, 0);
    g_assert_cmpstr(f->came->str, ==,
                    "10!NOTFOUND;11!NOTFOUND;12!NOTFOUND;14!NOTFOUND;16!NOTFOUND;17!NOTFOUND;"
                    "18=1234;");
    g_assert_false(n2_keys_pipes_is_any(f->pipes));
    for (guint i = 0; i <= N2_KEYS_PIPES_MAX; i++)
        close(ends[i][1]);
}

/* Whoever is silent for too long; and whoever hears of it may lose all others at once. */
static void
test_too_long(fixture *f, gconstpointer data)
{
    const uint64_t until_us = N2_KEYS_PIPE_S * N2_SECOND_US;
    int ends[2][2];

    (void)data;
    for (guint i = 0; i < 2; i++) {
        make_pipe(ends[i]);
        g_assert_cmpint(await(f, 1 + i, N2_KEYS_TELL, 9, ends[i][0]), ==, N2_OK);
    }
    turn(f, FALSE, until_us - 1);
    g_assert_cmpstr(f->came->str, ==, "");
    f->clears = TRUE;
    turn(f, FALSE, until_us);
    g_assert_cmpstr(f->came->str, ==, "1!TIMEOUT;");
    g_assert_false(n2_keys_pipes_is_any(f->pipes));
    close(ends[0][1]);
    close(ends[1][1]);
}

/* Nothing is opened anew that could wait for somebody by itself, and no end that was not given.
 */
static void
test_no_pipe(fixture *f, gconstpointer data)
{
    int ends[2], pair[2], own = -1;

    (void)data;
    make_pipe(ends);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    g_assert_cmpint(await(f, 1, N2_KEYS_TELL, 9, pair[0]), ==, N2_ERR_USAGE);
    g_assert_true(is_closed(pair[0]));
    g_assert_cmpint(await(f, 1, N2_KEYS_TELL, 9, open("/dev/null", O_RDWR | O_CLOEXEC)), ==,
                    N2_ERR_USAGE);
    g_assert_cmpint(await(f, 1, N2_KEYS_TELL, 9, dup(ends[1])), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_keys_pipe_out(&own, dup(ends[0])), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_keys_pipe_out(&own, pair[1]), ==, N2_ERR_USAGE);
    g_assert_cmpint(own, ==, -1);
    g_assert_cmpstr(f->came->str, ==, "");
    close(ends[0]);
    close(ends[1]);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(fixture *f, gconstpointer data);
    } tests[] = {
        {"waits-never", test_waits_never}, {"writes-at-once", test_writes_at_once},
        {"ends-itself", test_ends_itself}, {"over", test_over},
        {"too-long", test_too_long},       {"no-pipe", test_no_pipe},
    };

    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(sodium_init(), >=, 0);
    (void)signal(SIGPIPE, SIG_IGN); /* as the process does */
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strdup_printf("/keys/pipes/%s", tests[i].path);
        g_test_add(path, fixture, NULL, set_up, tests[i].run, tear_down);
    }
    return g_test_run();
}

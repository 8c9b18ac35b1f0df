/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-login.c - attack 47 between whole nodes and over real handshakes: a log-in that was heard
 *               is said again on another connection, by another asker, and at another site.
 */
#include "crypto/access.h"
#include "net.h"
#include "vm/asm.h"
#include "vm/words.h"

enum {
    DELAY_US = 5000,
    FILE_BYTES = 100
};

/* What goes through the hands of whoever sits at the asker's machine. */
typedef struct {
    GBytes *heard;    /* (owned) (nullable) the block of the last log-in */
    gboolean injects; /* says it once more, on the next connection that says anything */
    guint injected;
} thief;

static gboolean
is_login(const n2_op *op)
{
    /* The word stands at the end of the block. */
    return op->kind == N2_OP_COMMAND && op->len && op->bytes[op->len - 1] == N2_WORD_LOGIN;
}

static void
tap_cb(net *n, int i, n2_op *op)
{
    thief *t = n->tap_data;
    gsize len;

    if (i || op->kind != N2_OP_COMMAND)
        return;
    if (is_login(op)) {
        g_clear_pointer(&t->heard, g_bytes_unref);
        t->heard = g_bytes_new(op->bytes, op->len);
    } else if (t->injects && t->heard) {
        const guint8 *bytes = g_bytes_get_data(t->heard, &len);
        n2_op again = {.kind = N2_OP_COMMAND, .conn = op->conn, .len = len};

        again.bytes = malloc(len);
        g_assert_nonnull(again.bytes);
        memcpy(again.bytes, bytes, len);
        t->injects = FALSE;
        t->injected++;
        world_op(n->w, n->node[0], &again);
    }
}

static net *
make(guint64 seed, thief *t)
{
    net *n = net_new(seed, &(net_plan){.n_switches = 1,
                                       .wire = {.delay_us = DELAY_US},
                                       .file_bytes = FILE_BYTES,
                                       .shows = N2_SHOW_NOBODY});

    n->tap = tap_cb;
    n->tap_data = t;
    return n;
}

static void
set_access(net *n, const char *value)
{
    char id[N2_ID_TEXT_BYTES];

    n2_id_format(id, N2_ID_IDENTITY, &n->end[1].id);
    g_autofree char *address = g_strdup_printf("net2o://%s/data", id);
    n2_notice done = net_finish(n, 1,
                                net_start(n, 1,
                                          &(n2_request){.kind = N2_JOB_ATTR_SET,
                                                        .address = address,
                                                        .name = N2_ATTR_ACCESS,
                                                        .value = value}),
                                NULL);
    assert_ok(done.err);
    n2_notice_clear(&done);
    net_run(n, N2_HEAD_FRESH_US);
}

static n2_err
open_file(net *n)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_notice done = net_finish(n, 0, net_open(n, "data/file"), bytes);
    n2_err err = done.err;

    if (!err)
        g_assert_cmpmem(bytes->data, bytes->len, n->file, FILE_BYTES);
    n2_notice_clear(&done);
    return err;
}

/* The account at the site, as it is known there.  (transfer full) */
static char *
account(net *n)
{
    n2_notice done =
        net_finish(n, 0, net_start(n, 0, &(n2_request){.kind = N2_JOB_ID_ACCOUNTS}), NULL);

    assert_ok(done.err);
    g_assert_cmpuint(done.table->n_rows, ==, 1);
    char *key = g_strdup(n2_table_get(done.table, 0, "account")->text);
    n2_notice_clear(&done);
    return key;
}

static gint64
count(net *n, const char *what)
{
    n2_notice done =
        net_finish(n, 1, net_start(n, 1, &(n2_request){.kind = N2_JOB_STATUS}), NULL);

    assert_ok(done.err);
    gint64 number = n2_table_get(done.table, 0, what)->integer;
    n2_notice_clear(&done);
    return number;
}

/* A user whom the site lets in, and who was there. */
static net *
make_user(guint64 seed, thief *t)
{
    net *n = make(seed, t);
    char owner[N2_ID_TEXT_BYTES];

    n2_id_format(owner, N2_ID_IDENTITY, &n->end[1].id);
    set_access(n, owner);
    n->as = "account";
    assert_err(open_file(n), N2_ERR_NOTFOUND);
    g_autofree char *key = account(n);
    set_access(n, key);
    assert_ok(open_file(n));
    g_assert_nonnull(t->heard);
    g_assert_cmpint(count(n, "logins"), >=, 1);
    g_assert_cmpint(count(n, "logins_wrong"), ==, 0);
    return n;
}

/* Whoever has heard all that the user said sits down at another machine. */
static void
test_replayed(void)
{
    thief t = {0};
    net *n = make_user(71, &t);
    gint64 logins = count(n, "logins");

    net_renew_client(n);
    n->as = NULL;
    t.injects = TRUE;
    assert_err(open_file(n), N2_ERR_NOTFOUND);
    g_assert_cmpuint(t.injected, ==, 1);
    g_assert_cmpint(count(n, "logins_wrong"), ==, 1);
    g_assert_cmpint(count(n, "logins"), ==, logins);
    /* With an account of their own they are in as that, and not let in to this. */
    n->as = "account";
    assert_err(open_file(n), N2_ERR_NOTFOUND);
    t.injects = TRUE;
    assert_err(open_file(n), N2_ERR_NOTFOUND);
    g_bytes_unref(t.heard);
    net_free(n);
}

/* A site hears the log-in that was made for it, and says it at another, where the same user has
 * an account: nothing is let in, whoever is named. */
static void
test_relayed(void)
{
    thief at_wrong = {0}, at_right = {0};
    net *wrong = make_user(72, &at_wrong);
    net *right = make_user(74, &at_right);

    net_renew_client(right);
    right->as = NULL;
    g_bytes_unref(at_right.heard);
    at_right.heard = g_bytes_ref(at_wrong.heard);
    at_right.injects = TRUE;
    assert_err(open_file(right), N2_ERR_NOTFOUND);
    g_assert_cmpuint(at_right.injected, ==, 1);
    g_assert_cmpint(count(right, "logins_wrong"), ==, 1);
    g_bytes_unref(at_wrong.heard);
    g_bytes_unref(at_right.heard);
    net_free(wrong);
    net_free(right);
}

/* The same connection is lost and made again: what was said on the first is nothing on the
 * second, and the user is let in by a new one without being asked. */
static void
test_again(void)
{
    thief t = {0};
    net *n = make_user(76, &t);
    GBytes *first = g_bytes_ref(t.heard);

    net_run(n, 2 * N2_FETCH_IDLE_US);
    net_assert_path(n, "", n->page, NET_PAGE_BYTES);
    g_assert_false(g_bytes_equal(first, t.heard));
    g_assert_cmpint(count(n, "logins_wrong"), ==, 0);
    g_bytes_unref(first);
    g_bytes_unref(t.heard);
    net_free(n);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/login/attack-47-replayed", test_replayed);
    g_test_add_func("/sim/login/attack-47-relayed", test_relayed);
    g_test_add_func("/sim/login/attack-47-again", test_again);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-settings.c - what the user wants of sign-ins is kept and holds, what the operator says
 *                   stays; whose tree a publish means; how many people one may vouch for.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "two-nodes.h"

typedef struct {
    two_nodes *w;
    char own[N2_ID_TEXT_BYTES]; /* what the node made by itself */
} world;

static void
set_up(world *t, gconstpointer data)
{
    (void)data;
    t->w = two_nodes_new(11);
    two_nodes_restart(t->w, 0, disk_mem_new()); /* from here on its database lasts */
    n2_id_format(t->own, N2_ID_IDENTITY, &t->w->node[0].id);
}

static void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_free(t->w);
}

static void
restart(world *t)
{
    two_nodes_restart(t->w, 0, disk_mem_copy(t->w->node[0].store.disk));
}

/* "hours token screen fixed", or the name of the error. */
static char *
settings(world *t, gint64 hours, unsigned flags)
{
    n2_notice done = two_nodes_do(
        t->w, 0, &(n2_request){.kind = N2_JOB_ID_SETTINGS, .number = hours, .flags = flags});
    char *text = done.err ? g_strdup(n2_err_name(done.err)) : NULL;

    g_assert_true(!done.err || (done.why && *done.why));
    if (!text)
        text =
            g_strdup_printf("%d %d %d %s", (int)n2_table_get(done.table, 0, "hours")->integer,
                            (int)n2_table_get(done.table, 0, "token-removed")->integer,
                            (int)n2_table_get(done.table, 0, "screen-locked")->integer,
                            n2_table_get(done.table, 0, "fixed")->text);
    n2_notice_clear(&done);
    return text;
}

static void
assert_settings(world *t, gint64 hours, unsigned flags, const char *want)
{
    g_autofree char *got = settings(t, hours, flags);

    g_assert_cmpstr(got, ==, want);
}

#define TOKEN_NO (N2_SESSION_SAYS_TOKEN * N2_SETTINGS_SAID)
#define TOKEN_YES (TOKEN_NO | N2_SESSION_SAYS_TOKEN)
#define SCREEN_NO (N2_SESSION_SAYS_SCREEN * N2_SETTINGS_SAID)
#define SCREEN_YES (SCREEN_NO | N2_SESSION_SAYS_SCREEN)

static gint64
sign_in(world *t, const char *who)
{
    n2_notice done =
        two_nodes_do(t->w, 0, &(n2_request){.kind = N2_JOB_ID_SIGN_IN, .address = who});
    gint64 until_us = done.err ? 0 : n2_table_get(done.table, 0, "until")->integer;

    assert_ok(done.err);
    n2_notice_clear(&done);
    return until_us;
}

static void
test_kept(world *t, gconstpointer data)
{
    (void)data;
    assert_settings(t, 0, 0, "12 1 1 ");
    assert_settings(t, 3, 0, "3 1 1 ");
    g_assert_cmpint(sign_in(t, t->own), ==, t->w->wall_us + 3 * (gint64)N2_HOUR_US);
    assert_settings(t, 0, TOKEN_NO | SCREEN_NO, "3 0 0 ");
    restart(t);
    assert_settings(t, 0, 0, "3 0 0 ");
    g_assert_cmpint(sign_in(t, t->own), ==, t->w->wall_us + 3 * (gint64)N2_HOUR_US);
    assert_settings(t, 24, TOKEN_YES, "24 1 0 ");
    assert_settings(t, 0, SCREEN_YES, "24 1 1 ");
    assert_settings(t, 25, 0, "N2_ERR_USAGE");
    assert_settings(t, -1, TOKEN_NO, "N2_ERR_USAGE");
    assert_settings(t, 0, 0, "24 1 1 ");
}

/* What the operator wrote down holds, whatever had been set before, and comes back when it is
 * taken out. */
static void
test_fixed(world *t, gconstpointer data)
{
    (void)data;
    assert_settings(t, 3, TOKEN_NO | SCREEN_NO, "3 0 0 ");
    t->w->session_fixed = N2_SESSION_SAYS_HOURS | N2_SESSION_SAYS_TOKEN;
    t->w->session_hours = 5;
    restart(t);
    assert_settings(t, 0, 0, "5 1 0 hours token-removed");
    assert_settings(t, 4, 0, "N2_ERR_REFUSED");
    assert_settings(t, 0, TOKEN_NO, "N2_ERR_REFUSED");
    assert_settings(t, 0, TOKEN_NO | SCREEN_YES, "N2_ERR_REFUSED");
    assert_settings(t, 0, SCREEN_YES, "5 1 1 hours token-removed");
    t->w->session_fixed = 0;
    t->w->session_hours = 0;
    restart(t);
    assert_settings(t, 0, 0, "3 0 1 ");
}

/* ---- tokens and screens ---- */

static GString *told;

static gboolean
note_pull(two_nodes *w, int i, const n2_keys_request *q, n2_keys_answer *a)
{
    (void)w;
    (void)a;
    if (i != 0 || q->kind != N2_KEYS_PULL)
        return FALSE;
    g_string_append_printf(told, "%u", q->reason);
    return TRUE;
}

/* The keys process learns it at once, and each one that is started later. */
static void
test_token(world *t, gconstpointer data)
{
    (void)data;
    told = g_string_new(NULL);
    t->w->keys = note_pull;
    assert_settings(t, 0, TOKEN_YES, "12 1 1 ");
    g_assert_cmpstr(told->str, ==, ""); /* so it begins */
    assert_settings(t, 0, TOKEN_NO, "12 0 1 ");
    g_assert_cmpstr(told->str, ==, "0");
    n2_control_keys_restarted(t->w->node[0].control, t->w->now_us, t->w->wall_us);
    two_nodes_drain(t->w);
    g_assert_cmpstr(told->str, ==, "00");
    restart(t);
    g_assert_cmpstr(told->str, ==, "000");
    assert_settings(t, 0, TOKEN_YES, "12 1 1 ");
    g_assert_cmpstr(told->str, ==, "0001");
    g_string_free(told, TRUE);
}

static gboolean
is_signed_in(world *t)
{
    n2_notice done = two_nodes_ask(t->w, N2_JOB_ID_SHOW, t->own, NULL, NULL);
    gboolean is = n2_table_get(done.table, 0, "signed-in")->integer != 0;

    n2_notice_clear(&done);
    return is;
}

static void
lock(world *t, bool is_locked)
{
    n2_control_screen(t->w->node[0].control, is_locked, t->w->now_us, t->w->wall_us);
    two_nodes_drain(t->w);
}

static void
test_screen(world *t, gconstpointer data)
{
    (void)data;
    (void)sign_in(t, t->own);
    assert_settings(t, 0, SCREEN_NO, "12 1 0 ");
    lock(t, true);
    g_assert_true(is_signed_in(t));
    lock(t, false);
    assert_settings(t, 0, SCREEN_YES, "12 1 1 ");
    lock(t, true);
    g_assert_false(is_signed_in(t));
    assert_settings(t, 0, SCREEN_NO, "12 1 0 "); /* meanwhile: it comes back all the same */
    lock(t, false);
    g_assert_true(is_signed_in(t));
}

/* ---- who publishes ---- */

static char *
make(world *t, const char *name)
{
    n2_notice done = two_nodes_ask(t->w, N2_JOB_ID_NEW, NULL, name, NULL);
    char *address = g_strdup(n2_table_get(done.table, 0, "address")->text);

    n2_notice_clear(&done);
    return address;
}

static void
assert_publishes(world *t, const char *as, const char *want)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();
    g_autofree char *address = g_strdup_printf("net2o://%s/", want);
    n2_job job = two_nodes_start(t->w, 0, &(n2_request){.kind = N2_JOB_PUBLISH, .address = as});

    archive_add(archive, 3, NULL, NULL, 0);
    assert_ok(n2_control_feed(t->w->node[0].control, job, archive->data, archive->len,
                              t->w->now_us, t->w->wall_us));
    n2_control_feed_end(t->w->node[0].control, job, t->w->now_us, t->w->wall_us);
    n2_notice done = two_nodes_finish(t->w, 0, job, NULL, NULL);
    assert_ok(done.err);
    g_assert_cmpstr(n2_table_get(done.table, 0, "by_key")->text, ==, address);
    n2_notice_clear(&done);
}

/* The label of the one that says it publishes; of all the list there is one. */
static void
assert_marked(world *t, const char *want)
{
    n2_notice done = two_nodes_ask(t->w, N2_JOB_ID_LIST, NULL, NULL, NULL);
    guint n = 0;

    for (gsize i = 0; i < done.table->n_rows; i++)
        if (n2_table_get(done.table, i, "publishes")->integer) {
            g_assert_cmpstr(n2_table_get(done.table, i, "name")->text, ==, want);
            n++;
        }
    g_assert_cmpuint(n, ==, 1);
    n2_notice_clear(&done);
}

/* @want: who publishes then, or the name of the error. */
static void
assert_chosen(world *t, const char *who, const char *want)
{
    n2_notice done =
        two_nodes_do(t->w, 0, &(n2_request){.kind = N2_JOB_ID_SETTINGS, .address = who});

    g_assert_cmpstr(done.err ? n2_err_name(done.err)
                             : n2_table_get(done.table, 0, "publisher")->text,
                    ==, want);
    n2_notice_clear(&done);
}

/* Whoever signs in, until another is chosen; then that one, for good. */
static void
test_publisher(world *t, gconstpointer data)
{
    (void)data;
    g_autofree char *me = make(t, "me");
    g_autofree char *other = make(t, "other");
    (void)sign_in(t, me);
    assert_marked(t, "default");
    assert_publishes(t, NULL, t->own);
    assert_chosen(t, NULL, t->own);
    assert_chosen(t, "nobody", "N2_ERR_NOTFOUND");
    assert_chosen(t, "me", me);
    (void)sign_in(t, other);
    assert_marked(t, "me");
    assert_publishes(t, NULL, me);
    two_nodes_assert_done(t->w, N2_JOB_ID_SIGN_OUT, "*", NULL, NULL, N2_OK);
    restart(t);
    assert_publishes(t, NULL, me); /* signed in or not: it is a key of this machine */
    assert_publishes(t, "other", other);
    assert_publishes(t, t->own, t->own);
    assert_chosen(t, NULL, me);
    assert_chosen(t, t->own, t->own);
    assert_publishes(t, NULL, t->own);
}

/* ---- vouches of ours ---- */

static void
assert_vouches(world *t, const char *subject, const char *claim)
{
    n2_notice done = two_nodes_do(
        t->w, 0,
        &(n2_request){
            .kind = N2_JOB_ID_VOUCH, .address = t->own, .other = subject, .value = claim});

    g_assert_cmpstr(n2_err_name(done.err), ==, "N2_OK");
    n2_notice_clear(&done);
}

/* (transfer full) (nullable): as whom we vouch for @subject. */
static char *
vouched(world *t, const char *subject)
{
    n2_notice done = two_nodes_do(
        t->w, 0, &(n2_request){.kind = N2_JOB_PEOPLE_SET, .address = subject, .name = ""});
    const n2_cell *as = n2_table_get(done.table, 0, "vouched");
    char *text = as ? g_strdup(as->text) : NULL;

    g_assert_true(!as || !strcmp(n2_table_get(done.table, 0, "vouched-by")->text, t->own));
    g_assert_true(!as || n2_table_get(done.table, 0, "vouched-until")->integer > t->w->wall_us);
    n2_notice_clear(&done);
    return text;
}

static void
assert_vouched(world *t, const char *subject, const char *want)
{
    g_autofree char *as = vouched(t, subject);

    g_assert_cmpstr(as, ==, want);
}

/* Said, said otherwise, taken back; also for more people than a stranger may vouch for. */
static void
test_vouches(world *t, gconstpointer data)
{
    char first[N2_ID_TEXT_BYTES];
    n2_id who = {.method = 1};

    (void)data;
    who.hash[0] = 1;
    n2_id_format(first, N2_ID_IDENTITY, &who);
    assert_vouched(t, first, NULL);
    assert_vouches(t, first, "Ann");
    assert_vouched(t, first, "Ann");
    t->w->wall_us += 1000;
    assert_vouches(t, first, "Ann Lee");
    assert_vouched(t, first, "Ann Lee");
    restart(t);
    assert_vouched(t, first, "Ann Lee");
    t->w->wall_us += 1000;
    assert_vouches(t, first, "");
    assert_vouched(t, first, NULL);
    for (guint8 i = 2; i < 2 * N2_VOUCHES_PER_OTHER_MAX; i++) {
        char other[N2_ID_TEXT_BYTES];

        who.hash[0] = i;
        n2_id_format(other, N2_ID_IDENTITY, &who);
        assert_vouches(t, other, "Bob");
        assert_vouched(t, other, "Bob");
    }
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(world *t, gconstpointer data);
    } tests[] = {
        {"kept", test_kept},     {"fixed", test_fixed},         {"token", test_token},
        {"screen", test_screen}, {"publisher", test_publisher}, {"vouches", test_vouches},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/settings/", tests[i].path, NULL);
        g_test_add(path, world, NULL, set_up, tests[i].run, tear_down);
    }
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-sessions.c - signing in and out: who we are is shown while a session lasts, and
 *                           its connections are closed at once when it is over.
 */
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "control-world.h"

static gboolean
is_shown(world *t)
{
    n2_notice done = two_nodes_ask(t->w, N2_JOB_STATUS, NULL, NULL, NULL);
    const n2_cell *c = n2_table_get(done.table, 0, "connections");
    gboolean is = FALSE;

    for (gsize i = 0; c && i < c->table->n_rows; i++) {
        const n2_cell *shown = n2_table_get(c->table, i, "shown");
        is = is || (shown && shown->integer);
    }
    n2_notice_clear(&done);
    return is;
}

static gint64
sign_in(world *t, gint64 hours, n2_err want)
{
    n2_notice done = two_nodes_do(
        t->w, 0, &(n2_request){.kind = N2_JOB_ID_SIGN_IN, .address = t->own, .number = hours});
    gint64 until_us = done.err ? 0 : cell(&done, "until");

    g_assert_cmpstr(n2_err_name(done.err), ==, n2_err_name(want));
    n2_notice_clear(&done);
    return until_us;
}

static gint64
state(world *t, const char *name)
{
    n2_notice done = two_nodes_ask(t->w, N2_JOB_ID_SHOW, t->own, NULL, NULL);
    gint64 value = cell(&done, name);

    n2_notice_clear(&done);
    return value;
}

static void
pass_time(world *t)
{
    guint64 until_us = t->w->now_us + N2_SECOND_US / 2;

    two_nodes_drain(t->w);
    while (t->w->now_us < until_us && two_nodes_step(t->w, until_us))
        two_nodes_drain(t->w);
}

/* Nothing but the clock goes on, and what it makes due. */
static void
skip(world *t, guint64 us)
{
    while (us) {
        guint64 part = MIN(us, N2_SECOND_US);

        while (two_nodes_step(t->w, t->w->now_us))
            ;
        t->w->now_us += part;
        t->w->wall_us += (gint64)part;
        us -= part;
        for (int i = 0; i < NODES; i++)
            n2_control_expire(t->w->node[i].control, t->w->now_us, t->w->wall_us);
        two_nodes_drain(t->w);
    }
}

static void
visit(world *t)
{
    two_nodes_assert_page(t->w, 0, 1, "page", (const guint8 *)"words", 5);
    pass_time(t);
}

static void
begin_showing(world *t)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();

    t->w->shows = N2_SHOW_ALL;
    two_nodes_restart(t->w, 0, disk_mem_new());
    t->c = t->w->node[0].control;
    archive_add(archive, 2, "page", (const guint8 *)"words", 5);
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(t->w, 1, archive, NULL);
    assert_ok(done.err);
    n2_notice_clear(&done);
    two_nodes_meet(t->w);
}

static void
test_hours(world *t, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(sign_in(t, 0, N2_OK), ==, t->w->wall_us + 12 * (gint64)N2_HOUR_US);
    g_assert_cmpint(sign_in(t, 24, N2_OK), ==, t->w->wall_us + 24 * (gint64)N2_HOUR_US);
    sign_in(t, 25, N2_ERR_USAGE);
    sign_in(t, -1, N2_ERR_USAGE);
    g_assert_cmpint(state(t, "signed-in"), ==, 1);
    two_nodes_assert_done(t->w, N2_JOB_ID_SIGN_IN, "nobody", NULL, NULL, N2_ERR_NOTFOUND);
    two_nodes_assert_done(t->w, N2_JOB_ID_SIGN_OUT, "nobody", NULL, NULL, N2_ERR_NOTFOUND);
    two_nodes_assert_done(t->w, N2_JOB_ID_SIGN_OUT, "*", NULL, NULL, N2_OK);
    g_assert_cmpint(state(t, "signed-in"), ==, 0);
    g_assert_cmpint(state(t, "signed-out"), ==, 1);
}

/* Closed when signing out answers, and nothing signs in by itself afterwards. */
static void
test_out_closes(world *t, gconstpointer data)
{
    (void)data;
    begin_showing(t);
    visit(t);
    g_assert_true(is_shown(t));
    two_nodes_assert_done(t->w, N2_JOB_ID_SIGN_OUT, t->own, NULL, NULL, N2_OK);
    g_assert_false(is_shown(t));
    visit(t);
    g_assert_false(is_shown(t));
    sign_in(t, 1, N2_OK); /* what is open learns it without another visit */
    pass_time(t);
    g_assert_true(is_shown(t));
}

/* The keys process says that a session is over: a token was pulled. */
static void
test_over_closes(world *t, gconstpointer data)
{
    n2_id other = t->w->node[1].id;

    (void)data;
    begin_showing(t);
    visit(t);
    g_assert_true(is_shown(t));
    say(t, &(n2_keys_said){.kind = N2_KEYS_OVER, .who = other}); /* not the one that is shown */
    g_assert_true(is_shown(t));
    say(t, &(n2_keys_said){.kind = N2_KEYS_OVER, .who = t->w->node[0].id});
    g_assert_false(is_shown(t));
}

/* A locked screen: closed before the keys process has answered; unlocked: as it was. */
static void
test_screen(world *t, gconstpointer data)
{
    (void)data;
    begin_showing(t);
    visit(t);
    g_assert_true(is_shown(t));
    t->w->no_keys = TRUE;
    n2_control_screen(t->c, true, t->w->now_us, t->w->wall_us);
    g_assert_false(is_shown(t));
    t->w->no_keys = FALSE;
    two_nodes_drain(t->w);
    g_assert_cmpint(state(t, "signed-out"), ==, 1);
    n2_control_screen(t->c, true, t->w->now_us, t->w->wall_us); /* said twice */
    two_nodes_drain(t->w);
    n2_control_screen(t->c, false, t->w->now_us, t->w->wall_us);
    two_nodes_drain(t->w);
    g_assert_cmpint(state(t, "signed-out"), ==, 0);
    /* Who had signed out himself stays out. */
    two_nodes_assert_done(t->w, N2_JOB_ID_SIGN_OUT, t->own, NULL, NULL, N2_OK);
    n2_control_screen(t->c, true, t->w->now_us, t->w->wall_us);
    two_nodes_drain(t->w);
    n2_control_screen(t->c, false, t->w->now_us, t->w->wall_us);
    two_nodes_drain(t->w);
    g_assert_cmpint(state(t, "signed-out"), ==, 1);
}

/* The end of its time closes, too. */
static void
test_time_closes(world *t, gconstpointer data)
{
    gint64 until_us;

    (void)data;
    begin_showing(t);
    until_us = sign_in(t, 1, N2_OK);
    skip(t, (guint64)(until_us - t->w->wall_us) - N2_MINUTE_US);
    visit(t);
    g_assert_true(is_shown(t));
    skip(t, N2_MINUTE_US / 2);
    g_assert_true(is_shown(t));
    g_assert_cmpuint(n2_control_deadline(t->c), <=, t->w->now_us + N2_MINUTE_US);
    skip(t, N2_MINUTE_US);
    g_assert_false(is_shown(t));
    g_assert_cmpint(state(t, "signed-in"), ==, 0);
}

/* What each key is, where it is, and what its owner calls it. */
static void
test_keys_shown(world *t, gconstpointer data)
{
    n2_notice done = two_nodes_ask(t->w, N2_JOB_ID_NEW, NULL, "Anna's desk", NULL);
    const n2_cell *keys = n2_table_get(done.table, 0, "keys");

    (void)data;
    assert_ok(done.err);
    g_assert_cmpuint(keys->table->n_rows, ==, 2);
    for (gsize i = 0; i < 2; i++) {
        const n2_cell *label = n2_table_get(keys->table, i, "label");
        gboolean is_control = !strcmp(n2_table_get(keys->table, i, "rights")->text, "control");

        g_assert_cmpstr(n2_table_get(keys->table, i, "place")->text, ==, "here");
        g_assert_cmpstr(n2_table_get(keys->table, i, "method")->text, ==, "ed25519");
        g_assert_cmpstr(label ? label->text : NULL, ==, is_control ? NULL : "Anna's desk");
        g_assert_true((n2_table_get(keys->table, i, "until") == NULL) == is_control);
    }
    g_assert_cmpstr(n2_table_get(done.table, 0, "sheet")->text, ==, "kept");
    g_assert_cmpstr(n2_table_get(done.table, 0, "state")->text, ==, "live");
    n2_notice_clear(&done);
    /* The same name again, and none at all. */
    two_nodes_assert_done(t->w, N2_JOB_ID_NEW, NULL, "Anna's desk", NULL, N2_ERR_EXISTS);
    two_nodes_assert_done(t->w, N2_JOB_ID_NEW, NULL, "", NULL, N2_ERR_USAGE);
}

/* A pipe with the first passphrase in it; the end to read from. */
static int
pipe_with_passphrase(void)
{
    static const char both[] = "\0x";
    int ends[2];

    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    g_assert_cmpint(write(ends[1], both, sizeof both), ==, (gssize)sizeof both);
    close(ends[1]);
    return ends[0];
}

/* ---- a new identity on tokens ---- */

static const char *const tokens[] = {"d276000000070304", "d276000000080304", NULL};
static GString *said;

/* A keys process with tokens, whose keys are their numbers. */
static gboolean
play_tokens(two_nodes *w, int i, const n2_keys_request *q, n2_keys_answer *a)
{
    static guint8 rows[512];
    n2_keys_token token = {.reader = "R", .title = "A token"};
    gsize len;

    (void)w;
    if (i == 0 && q->kind == N2_KEYS_TOKENS)
        return TRUE; /* nobody's keys are on any */
    if (i != 0 || (q->kind != N2_KEYS_TOKEN_MAKE && q->kind != N2_KEYS_NEW &&
                   q->kind != N2_KEYS_PASSPHRASE))
        return FALSE;
    g_string_append_printf(said, "%d", (int)q->kind);
    if (q->kind == N2_KEYS_TOKEN_MAKE) {
        g_string_append_printf(said, ":%02x/%zu/%u", q->aids[0][5], q->n_makes, q->flags);
        memcpy(token.aid, q->aids[0], sizeof token.aid);
        for (guint slot = 0; slot < 3; slot++) {
            token.keys[slot].key.method = slot == 1 ? N2_KEY_X25519 : N2_KEY_ED25519;
            token.keys[slot].key.bytes[0] = (guint8)(16 * token.aid[5] + slot);
        }
        assert_ok(n2_keys_token_write(&token, rows, sizeof rows, &len));
        a->rows = (n2_slice){rows, len};
    } else if (q->kind == N2_KEYS_NEW) {
        for (gsize k = 0; k < q->n_keys; k++)
            g_string_append_printf(said, ":%02x=%u@%d", q->keys[k].key.bytes[0],
                                   q->keys[k].rights, (int)q->keys[k].place.slot);
        a->err = N2_ERR_EXISTS;
    }
    g_string_append_c(said, ' ');
    return TRUE;
}

static void
test_new_on_tokens(world *t, gconstpointer data)
{
    n2_request request = {.kind = N2_JOB_ID_NEW, .name = "anna", .list = tokens};

    (void)data;
    said = g_string_new(NULL);
    t->w->keys = play_tokens;
    assert_ended(t, two_nodes_start(t->w, 0, &request), N2_ERR_EXISTS);
    g_autofree char *want = g_strdup_printf(
        "%d:07/3/0 %d:08/3/0 %d:70=%u@1:71=%u@2:72=%u@3:80=%u@1:81=%u@2:82=%u@3 ",
        N2_KEYS_TOKEN_MAKE, N2_KEYS_TOKEN_MAKE, N2_KEYS_NEW, N2_RIGHT_CONTROL, N2_RIGHT_OPEN,
        N2_RIGHT_SESSION, N2_RIGHT_CONTROL, N2_RIGHT_OPEN, N2_RIGHT_SESSION);
    g_assert_cmpstr(said->str, ==, want);
    /* The passphrase first: no key is made that is not sealed as the user wants. */
    g_string_truncate(said, 0);
    request = (n2_request){.kind = N2_JOB_ID_NEW,
                           .name = "berta",
                           .flags = N2_REQUEST_REPLACE,
                           .list = &tokens[1],
                           .has_pipe = true,
                           .pipe = pipe_with_passphrase()};
    assert_ended(t, two_nodes_start(t->w, 0, &request), N2_ERR_EXISTS);
    g_autofree char *start = g_strdup_printf("%d %d:08/3/1 %d:", N2_KEYS_PASSPHRASE,
                                             N2_KEYS_TOKEN_MAKE, N2_KEYS_NEW);
    g_assert_true(g_str_has_prefix(said->str, start));
    /* Ids that are none. */
    for (guint i = 0; i < 3; i++) {
        const char *const wrong[] = {
            (const char *[]){"", "d27600000007030", "d27600000007030g"}[i], NULL};
        request = (n2_request){.kind = N2_JOB_ID_NEW, .name = "c", .list = wrong};
        assert_ended(t, two_nodes_start(t->w, 0, &request), N2_ERR_USAGE);
    }
    g_string_free(said, TRUE);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(world *t, gconstpointer data);
    } tests[] = {
        {"new-on-tokens", test_new_on_tokens},
        {"hours", test_hours},
        {"out-closes", test_out_closes},
        {"over-closes", test_over_closes},
        {"screen", test_screen},
        {"time-closes", test_time_closes},
        {"keys-shown", test_keys_shown},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/control-sessions/", tests[i].path, NULL);
        g_test_add(path, world, NULL, set_up, tests[i].run, tear_down);
    }
    return g_test_run();
}

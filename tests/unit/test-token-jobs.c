/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-token-jobs.c - what the node makes of orders about tokens, before a keys process that
 *                     only plays: what is asked of it, what is told, and why something failed.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "keys/ask.h"
#include "token/result.h"
#include "two-nodes.h"

enum {
    TOUCH_OFF = 0,
    TOUCH_ON = 1,
    TOUCH_FIXED = 2,
    TOUCH_CACHED = 3,
    TOUCH_UNKNOWN = 255
};

#define FIRST "0006123456780304"
#define SECOND "0006123456790304"

static const guint8 first_aid[] = {0x00, 0x06, 0x12, 0x34, 0x56, 0x78, 0x03, 0x04};
static const guint8 second_aid[] = {0x00, 0x06, 0x12, 0x34, 0x56, 0x79, 0x03, 0x04};

/* What the readers hold, and what was asked; there is one test at a time. */
static struct {
    guint8 service;
    n2_keys_token tokens[2];
    gsize n;
    n2_err fails; /* what is made, or set */
    n2_keys_request asked;
    n2_keys_request control;
    guint n_asked, n_control;
} desk;

static n2_keys_token
token_of(const guint8 *aid, guint8 key)
{
    n2_keys_token t = {
        .reader = "A reader", .title = "Token 1", .tries = {3, 0, 3}, .flags = 0};

    memcpy(t.aid, aid, N2_KEYS_AID_BYTES);
    for (gsize i = 0; i < 3; i++) {
        t.keys[i].touch = TOUCH_UNKNOWN;
        if (!key)
            continue;
        t.keys[i].key.method = i == 1 ? N2_KEY_X25519 : N2_KEY_ED25519;
        t.keys[i].key.bytes[0] = (guint8)(key + i);
        t.keys[i].made_s = 1700000000;
    }
    return t;
}

static n2_slice
rows_of(const n2_keys_token *tokens, gsize n)
{
    static guint8 rows[4096];
    gsize len = 0, row;

    for (gsize i = 0; i < n; i++) {
        g_assert_cmpint(n2_keys_token_write(&tokens[i], rows + len, sizeof rows - len, &row),
                        ==, N2_OK);
        len += row;
    }
    return (n2_slice){rows, len};
}

static gboolean
keys_cb(two_nodes *w, int i, const n2_keys_request *q, n2_keys_answer *a)
{
    (void)w;
    (void)i;
    switch ((int)q->kind) {
    case N2_KEYS_TOKENS:
        a->service = desk.service;
        a->rows = rows_of(desk.tokens, desk.n);
        return TRUE;
    case N2_KEYS_TOKEN_MAKE:
    case N2_KEYS_TOKEN_CLONE: {
        n2_keys_token made[2] = {token_of(q->aids[0], 40), token_of(q->aids[1], 40)};
        desk.asked = *q;
        desk.n_asked++;
        a->err = desk.fails;
        a->rows = rows_of(made, q->n_aids);
        return TRUE;
    }
    case N2_KEYS_TOKEN_PIN:
    case N2_KEYS_TOKEN_TOUCH:
        desk.asked = *q;
        desk.n_asked++;
        a->err = desk.fails;
        return TRUE;
    case N2_KEYS_CONTROL:
        desk.control = *q;
        desk.n_control++;
        return TRUE;
    default:
        return FALSE;
    }
}

typedef struct {
    two_nodes *w;
    char id[N2_ID_TEXT_BYTES];
} world;

static void
set_up(world *t, gconstpointer data)
{
    (void)data;
    memset(&desk, 0, sizeof desk);
    t->w = two_nodes_new(1);
    t->w->keys = keys_cb;
    n2_id_format(t->id, N2_ID_IDENTITY, &t->w->node[0].id);
}

static void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_free(t->w);
}

static n2_notice
done(world *t, n2_request request, n2_err want)
{
    n2_notice notice = two_nodes_do(t->w, 0, &request);

    g_assert_cmpstr(n2_err_name(notice.err), ==, n2_err_name(want));
    return notice;
}

static void
fails(world *t, n2_request request, n2_err want, const char *why)
{
    n2_notice notice = done(t, request, want);

    if (why)
        g_assert_cmpstr(notice.why, ==, why);
    n2_notice_clear(&notice);
}

static const char *
text_of(const n2_table *t, gsize row, const char *name)
{
    const n2_cell *cell = n2_table_get(t, row, name);

    return cell ? cell->text : NULL;
}

/* ---- list ---- */

static void
test_list(world *t, gconstpointer data)
{
    const n2_request list = {.kind = N2_JOB_TOKEN_LIST};
    n2_notice notice;

    (void)data;
    desk.service = N2_TOKEN_NO_SERVICE;
    notice = done(t, list, N2_OK);
    g_assert_cmpuint(notice.table->n_rows, ==, 1);
    g_assert_cmpstr(text_of(notice.table, 0, "state"), ==, "no-service");
    g_assert_cmpstr(text_of(notice.table, 0, "why"), ==, n2_token_why(N2_TOKEN_NO_SERVICE));
    g_assert_null(n2_table_get(notice.table, 0, "reader"));
    n2_notice_clear(&notice);
    desk.service = 0;
    notice = done(t, list, N2_OK);
    g_assert_cmpuint(notice.table->n_rows, ==, 1);
    g_assert_cmpstr(text_of(notice.table, 0, "state"), ==, "no-reader");
    n2_notice_clear(&notice);
    desk.n = 2;
    desk.tokens[0] = token_of(first_aid, 1);
    desk.tokens[0].keys[0].touch = TOUCH_OFF;
    desk.tokens[0].keys[2].touch = TOUCH_ON;
    desk.tokens[0].owner = t->w->node[0].id;
    desk.tokens[0].flags = N2_KEYS_TOKEN_KEYPAD;
    desk.tokens[1] = (n2_keys_token){.reader = "Another", .state = N2_TOKEN_NO_CARD};
    notice = done(t, list, N2_OK);
    g_assert_cmpuint(notice.table->n_rows, ==, 2);
    g_assert_cmpstr(text_of(notice.table, 0, "id"), ==, FIRST);
    g_assert_cmpstr(text_of(notice.table, 0, "state"), ==, "ok");
    g_assert_cmpstr(text_of(notice.table, 0, "title"), ==, "Token 1");
    g_assert_cmpstr(text_of(notice.table, 0, "owner"), ==, t->id);
    g_assert_cmpint(n2_table_get(notice.table, 0, "tries")->integer, ==, 3);
    g_assert_cmpint(n2_table_get(notice.table, 0, "keypad")->integer, ==, 1);
    const n2_table *touch = n2_table_get(notice.table, 0, "touch")->table;
    g_assert_cmpuint(touch->n_rows, ==, 1);
    g_assert_cmpstr(text_of(touch, 0, "slot"), ==, "login");
    const n2_table *can = n2_table_get(notice.table, 0, "can-touch")->table;
    g_assert_cmpuint(can->n_rows, ==, 2);
    g_assert_cmpstr(text_of(can, 0, "slot"), ==, "sign");
    g_assert_cmpstr(text_of(can, 1, "slot"), ==, "login");
    const n2_table *keys = n2_table_get(notice.table, 0, "keys")->table;
    g_assert_cmpuint(keys->n_rows, ==, 3);
    g_assert_cmpstr(text_of(keys, 0, "slot"), ==, "sign");
    g_assert_cmpstr(text_of(keys, 1, "method"), ==, "x25519");
    g_assert_cmpint(n2_table_get(keys, 0, "made")->integer, ==,
                    G_GINT64_CONSTANT(1700000000) * 1000000);
    g_assert_cmpstr(text_of(notice.table, 1, "state"), ==, "no-card");
    g_assert_cmpstr(text_of(notice.table, 1, "id"), ==, "");
    g_assert_cmpint(n2_table_get(notice.table, 1, "tries")->integer, ==, 255);
    g_assert_null(n2_table_get(notice.table, 1, "owner"));
    n2_notice_clear(&notice);
}

static void
test_changed(world *t, gconstpointer data)
{
    const n2_keys_said said = {.kind = N2_KEYS_TOKEN, .token = token_of(first_aid, 1)};
    guint8 bytes[1024];
    n2_notice notice;
    gsize len;

    (void)data;
    g_assert_cmpint(n2_keys_said_write(&said, bytes, sizeof bytes, &len), ==, N2_OK);
    n2_control_key_answer(t->w->node[0].control, bytes, len, t->w->now_us, t->w->wall_us);
    two_nodes_drain(t->w);
    g_assert_true(two_nodes_notice(t->w, 0, 0, N2_NOTICE_TOKEN, &notice));
    g_assert_cmpuint(notice.table->n_rows, ==, 1);
    g_assert_cmpstr(text_of(notice.table, 0, "id"), ==, FIRST);
    n2_notice_clear(&notice);
}

/* ---- PIN, touch ---- */

static void
test_settings(world *t, gconstpointer data)
{
    n2_request pin = {.kind = N2_JOB_TOKEN_PIN, .value = FIRST, .type = "unblock"};
    n2_request touch = {
        .kind = N2_JOB_TOKEN_TOUCH, .value = FIRST, .name = "login", .type = "cached"};

    (void)data;
    fails(t, pin, N2_OK, NULL);
    g_assert_cmpint(desk.asked.which, ==, N2_PIN_UNBLOCK);
    g_assert_cmpmem(desk.asked.aids[0], 8, first_aid, 8);
    pin.type = "other";
    fails(t, pin, N2_ERR_USAGE, NULL);
    pin.type = "user";
    pin.value = "0006";
    fails(t, pin, N2_ERR_USAGE, NULL);
    fails(t, touch, N2_OK, NULL);
    g_assert_cmpint(desk.asked.makes[0].slot, ==, N2_PLACE_AUT);
    g_assert_cmpint(desk.asked.makes[0].touch, ==, TOUCH_CACHED);
    g_assert_cmpint(desk.asked.flags, ==, 0);
    g_assert_cmpuint(desk.n_asked, ==, 2);
    touch.type = "fixed"; /* cannot be undone: not without a yes */
    fails(t, touch, N2_ERR_REFUSED, n2_token_why(N2_TOKEN_CONSENT));
    g_assert_cmpuint(desk.n_asked, ==, 2);
    touch.flags = N2_REQUEST_FIXED;
    fails(t, touch, N2_OK, NULL);
    g_assert_cmpint(desk.asked.makes[0].touch, ==, TOUCH_FIXED);
    g_assert_cmpint(desk.asked.flags, ==, N2_MAKE_FIXED);
    touch.name = "decrypt";
    fails(t, touch, N2_ERR_USAGE, NULL);
    touch.name = "sign";
    touch.type = "sometimes";
    fails(t, touch, N2_ERR_USAGE, NULL);
}

/* Each reason of a token's is told apart. */
static void
test_words(world *t, gconstpointer data)
{
    const n2_request pin = {.kind = N2_JOB_TOKEN_PIN, .value = FIRST, .type = "user"};

    (void)data;
    desk.fails = N2_ERR_TOKEN;
    fails(t, pin, N2_ERR_TOKEN, n2_token_why(N2_TOKEN_NO_READER));
    desk.service = N2_TOKEN_SERVICE_DIED;
    fails(t, pin, N2_ERR_TOKEN, n2_token_why(N2_TOKEN_SERVICE_DIED));
    desk.service = 0;
    desk.n = 1;
    desk.tokens[0] = (n2_keys_token){.reader = "A reader", .state = N2_TOKEN_MUTE};
    fails(t, pin, N2_ERR_TOKEN, n2_token_why(N2_TOKEN_MUTE));
    desk.tokens[0] = token_of(first_aid, 0);
    desk.tokens[0].tries[0] = 0;
    fails(t, pin, N2_ERR_TOKEN, n2_token_why(N2_TOKEN_PIN_BLOCKED));
    desk.tokens[0].tries[0] = 2;
    fails(t, pin, N2_ERR_TOKEN, "the token did not do it");
    desk.fails = N2_ERR_CANCELLED;
    fails(t, pin, N2_ERR_CANCELLED, NULL);
}

/* ---- new keys ---- */

static void
test_enrol(world *t, gconstpointer data)
{
    n2_request enrol = {.kind = N2_JOB_TOKEN_ENROL,
                        .value = FIRST,
                        .address = "",
                        .type = "p256",
                        .other = "login sign"};
    n2_notice notice;

    (void)data;
    desk.n = 1;
    desk.tokens[0] = token_of(first_aid, 0);
    notice = done(t, enrol, N2_OK); /* nobody's */
    g_assert_cmpstr(text_of(notice.table, 0, "id"), ==, FIRST);
    g_assert_null(n2_table_get(notice.table, 0, "owner"));
    n2_notice_clear(&notice);
    g_assert_cmpint(desk.asked.kind, ==, N2_KEYS_TOKEN_MAKE);
    g_assert_cmpint(desk.asked.flags, ==, 0);
    g_assert_cmpuint(desk.asked.n_makes, ==, 3);
    g_assert_cmpint(desk.asked.makes[0].method, ==, N2_KEY_P256);
    g_assert_cmpint(desk.asked.makes[1].method, ==, N2_KEY_P256_ECDH);
    g_assert_cmpint(desk.asked.makes[0].touch, ==, TOUCH_ON);
    g_assert_cmpint(desk.asked.makes[1].touch, ==, TOUCH_OFF); /* just those */
    g_assert_cmpint(desk.asked.makes[2].touch, ==, TOUCH_ON);
    g_assert_cmpuint(desk.n_control, ==, 0);
    /* For an identity: proven, and listed beside what it has. */
    enrol = (n2_request){.kind = N2_JOB_TOKEN_ENROL,
                         .value = FIRST,
                         .address = t->id,
                         .flags = N2_REQUEST_REPLACE};
    notice = done(t, enrol, N2_OK);
    g_assert_cmpstr(text_of(notice.table, 0, "owner"), ==, t->id);
    n2_notice_clear(&notice);
    g_assert_cmpint(desk.asked.flags, ==, N2_MAKE_REPLACE | N2_MAKE_PROVE);
    g_assert_cmpint(desk.asked.makes[0].method, ==, 0);
    g_assert_cmpuint(desk.n_control, ==, 1);
    g_assert_true(n2_id_equal(&desk.control.who, &t->w->node[0].id));
    g_assert_cmpuint(desk.control.n_keys, ==, 3);
    g_assert_cmpuint(desk.control.n_drops, ==, 0);
    g_assert_cmpint(desk.control.keys[0].rights, ==, N2_RIGHT_CONTROL);
    g_assert_cmpint(desk.control.keys[1].rights, ==, N2_RIGHT_OPEN);
    g_assert_cmpint(desk.control.keys[2].rights, ==, N2_RIGHT_SESSION);
    g_assert_cmpint(desk.control.keys[2].place.slot, ==, N2_PLACE_AUT);
    g_assert_cmpmem(desk.control.keys[2].place.aid, 8, first_aid, 8);
    g_assert_cmpstr(desk.control.label, ==, "Token 1");
}

static void
test_enrol_refused(world *t, gconstpointer data)
{
    n2_request enrol = {.kind = N2_JOB_TOKEN_ENROL, .value = FIRST, .address = t->id};
    n2_request wrong = enrol;

    (void)data;
    desk.n = 1;
    desk.tokens[0] = token_of(first_aid, 1);
    desk.fails = N2_ERR_EXISTS; /* there are keys, and nobody said that they may go */
    fails(t, enrol, N2_ERR_EXISTS, "there are keys on this token already");
    g_assert_cmpuint(desk.n_control, ==, 0);
    g_assert_cmpuint(desk.n_asked, ==, 1);
    /* Keys that an own identity lists stay, whatever is said: one of them may be the last that
     * can change it. */
    desk.fails = N2_OK;
    desk.tokens[0].owner = t->w->node[0].id;
    enrol.flags = N2_REQUEST_REPLACE;
    fails(t, enrol, N2_ERR_EXISTS, "keys of an own identity are on this token");
    g_assert_cmpuint(desk.n_asked, ==, 1);
    wrong.value = "xyz";
    fails(t, wrong, N2_ERR_USAGE, NULL);
    wrong = enrol;
    wrong.type = "rsa";
    fails(t, wrong, N2_ERR_USAGE, NULL);
    wrong = enrol;
    wrong.other = "sign everything";
    fails(t, wrong, N2_ERR_USAGE, NULL);
    wrong = enrol;
    wrong.address = "nobody";
    fails(t, wrong, N2_ERR_NOTFOUND, NULL);
    g_assert_cmpuint(desk.n_asked, ==, 1);
}

/* The same for a new identity. */
static void
test_new_refused(world *t, gconstpointer data)
{
    const char *one[] = {FIRST, NULL}, *none[] = {"0006", NULL};
    n2_request new = {
        .kind = N2_JOB_ID_NEW, .name = "anna", .list = one, .flags = N2_REQUEST_REPLACE};

    (void)data;
    desk.n = 1;
    desk.tokens[0] = token_of(first_aid, 1);
    desk.tokens[0].owner = t->w->node[0].id;
    fails(t, new, N2_ERR_EXISTS, "keys of an own identity are on this token");
    g_assert_cmpuint(desk.n_asked, ==, 0);
    desk.tokens[0].owner = (n2_id){0};
    desk.fails = N2_ERR_EXISTS;
    new.flags = 0;
    fails(t, new, N2_ERR_EXISTS, "there are keys on this token already");
    g_assert_cmpuint(desk.n_asked, ==, 1);
    new.list = none;
    fails(t, new, N2_ERR_USAGE, NULL);
}

/* A new identity's token asks for the touches that were chosen, and for no others. */
static void
test_new_touch(world *t, gconstpointer data)
{
    static const struct {
        const char *words; /* NULL: nobody chose */
        guint8 sign, open, login;
    } rows[] = {{"sign login", TOUCH_ON, TOUCH_OFF, TOUCH_ON},
                {"", TOUCH_OFF, TOUCH_OFF, TOUCH_OFF},
                {NULL, TOUCH_UNKNOWN, TOUCH_UNKNOWN, TOUCH_UNKNOWN}};
    const char *one[] = {FIRST, NULL};
    n2_request new = {.kind = N2_JOB_ID_NEW, .name = "anna", .list = one};

    (void)data;
    desk.n = 1;
    desk.tokens[0] = token_of(first_aid, 0);
    desk.fails = N2_ERR_CANCELLED;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        new.other = rows[i].words;
        fails(t, new, N2_ERR_CANCELLED, NULL);
        g_assert_cmpint(desk.asked.makes[0].touch, ==, rows[i].sign);
        g_assert_cmpint(desk.asked.makes[1].touch, ==, rows[i].open);
        g_assert_cmpint(desk.asked.makes[2].touch, ==, rows[i].login);
    }
    new.other = "sign sing";
    fails(t, new, N2_ERR_USAGE, NULL);
    g_assert_cmpuint(desk.n_asked, ==, G_N_ELEMENTS(rows));
}

static void
test_backup(world *t, gconstpointer data)
{
    const n2_request backup = {.kind = N2_JOB_TOKEN_BACKUP, .value = SECOND, .address = t->id};

    (void)data;
    desk.n = 2;
    desk.tokens[0] = token_of(first_aid, 1);
    desk.tokens[0].owner = t->w->node[0].id;
    desk.tokens[0].keys[0].key.method = N2_KEY_P256;
    desk.tokens[0].keys[0].touch = TOUCH_FIXED;
    desk.tokens[0].keys[2].touch = TOUCH_CACHED;
    desk.tokens[1] = token_of(second_aid, 0);
    fails(t, backup, N2_OK, NULL);
    g_assert_cmpint(desk.asked.makes[2].touch, ==, TOUCH_UNKNOWN); /* it has no button */
    desk.tokens[1].keys[0].touch = desk.tokens[1].keys[2].touch = TOUCH_OFF;
    desk.n_control = 0;
    fails(t, backup, N2_OK, NULL);
    g_assert_cmpmem(desk.asked.aids[0], 8, second_aid, 8);
    g_assert_cmpint(desk.asked.makes[0].method, ==, N2_KEY_P256);
    g_assert_cmpint(desk.asked.makes[0].touch, ==,
                    TOUCH_ON); /* nobody said that it is for ever */
    g_assert_cmpint(desk.asked.makes[1].method, ==, N2_KEY_X25519);
    g_assert_cmpint(desk.asked.makes[2].touch, ==, TOUCH_CACHED);
    g_assert_cmpuint(desk.n_control, ==, 1);
}

static void
test_clone(world *t, gconstpointer data)
{
    const char *two[] = {FIRST, SECOND, NULL}, *one[] = {FIRST, NULL},
               *same[] = {FIRST, FIRST, NULL};
    n2_request clone = {.kind = N2_JOB_TOKEN_CLONE, .list = two, .address = t->id};
    n2_notice notice;

    (void)data;
    desk.n = 2;
    desk.tokens[0] = token_of(first_aid, 0);
    desk.tokens[1] = token_of(second_aid, 0);
    notice = done(t, clone, N2_OK);
    g_assert_cmpuint(notice.table->n_rows, ==, 2);
    g_assert_cmpstr(text_of(notice.table, 1, "id"), ==, SECOND);
    g_assert_cmpstr(text_of(notice.table, 1, "owner"), ==, t->id);
    n2_notice_clear(&notice);
    g_assert_cmpuint(desk.asked.n_aids, ==, 2);
    g_assert_cmpuint(desk.control.n_keys, ==, 3); /* the same keys: listed once */
    clone.list = one;
    fails(t, clone, N2_ERR_USAGE, NULL);
    clone.list = same;
    fails(t, clone, N2_ERR_USAGE, NULL);
    clone.list = NULL;
    fails(t, clone, N2_ERR_USAGE, NULL);
    g_assert_cmpuint(desk.n_control, ==, 1);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(world *t, gconstpointer data);
    } tests[] = {
        {"/token-jobs/list", test_list},
        {"/token-jobs/changed", test_changed},
        {"/token-jobs/settings", test_settings},
        {"/token-jobs/words", test_words},
        {"/token-jobs/enrol", test_enrol},
        {"/token-jobs/enrol/refused", test_enrol_refused},
        {"/token-jobs/new/refused", test_new_refused},
        {"/token-jobs/new/touch", test_new_touch},
        {"/token-jobs/backup", test_backup},
        {"/token-jobs/clone", test_clone},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, world, NULL, set_up, tests[i].run, tear_down);
    return g_test_run();
}

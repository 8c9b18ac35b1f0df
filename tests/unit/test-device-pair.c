/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-device-pair.c - one identity on two machines by a connection with three words: between
 *                      nodes, with somebody in between, and with a new machine made by hand.
 */
#include "crypto/container.h"
#include "device-fixture.h"
#include "keys/pair.h"
#include "node/control-statement.h"

typedef struct {
    n2_job job[NODES]; /* of the new machine, and of the other */
    guint32 ask[NODES];
    char *words[NODES];
    n2_notice done[NODES];
    gboolean is_over[NODES];
} pairing;

static void
look(world *t, pairing *p)
{
    for (int i = 0; i < NODES; i++) {
        n2_notice notice;
        while (two_nodes_notice(t->w, i, p->job[i], N2_NOTICE_ASK, &notice)) {
            g_assert_cmpstr(notice.text, ==, "words");
            p->ask[i] = notice.ask;
            p->words[i] = g_strdup(n2_table_get(notice.table, 0, "words")->text);
            n2_notice_clear(&notice);
        }
        if (!p->is_over[i] && two_nodes_notice(t->w, i, p->job[i], N2_NOTICE_DONE, &p->done[i]))
            p->is_over[i] = TRUE;
    }
}

/* Until both ask, or either ends. */
static void
begin(world *t, pairing *p)
{
    g_autofree char *with = g_strdup_printf("net2o://%s/", t->id[1]);
    guint64 until_us = t->w->now_us + 60 * N2_SECOND_US;

    two_nodes_meet(t->w);
    p->job[1] =
        two_nodes_start(t->w, 1, &(n2_request){.kind = N2_JOB_ID_PAIR, .address = t->id[1]});
    p->job[0] = two_nodes_start(
        t->w, 0, &(n2_request){.kind = N2_JOB_ID_PAIR, .other = with, .name = "laptop"});
    two_nodes_drain(t->w);
    do
        look(t, p);
    while (!(p->words[0] && p->words[1]) && !p->is_over[0] && !p->is_over[1] &&
           two_nodes_step(t->w, until_us));
    for (int i = 0; i < NODES; i++)
        if (p->is_over[i])
            g_test_message("%d: %s: %s", i, n2_err_name(p->done[i].err), p->done[i].why);
}

static void
choose(world *t, pairing *p, int i, gboolean is_same)
{
    fails(t, i,
          (n2_request){.kind = N2_JOB_ASK_CHOOSE,
                       .number = p->ask[i],
                       .flags = is_same ? N2_REQUEST_SAME : 0},
          N2_OK);
}

static void
end(world *t, pairing *p, guint64 us)
{
    guint64 until_us = t->w->now_us + us;

    two_nodes_drain(t->w);
    do
        look(t, p);
    while (!(p->is_over[0] && p->is_over[1]) && two_nodes_step(t->w, until_us));
}

static void
clear(pairing *p)
{
    for (int i = 0; i < NODES; i++) {
        g_free(p->words[i]);
        n2_notice_clear(&p->done[i]);
    }
}

static void
test_pair(world *t, gconstpointer data)
{
    pairing p = {.ask = {0}};
    gint64 before = keys_of(t, 1, NULL);

    (void)data;
    begin(t, &p);
    g_assert_nonnull(p.words[0]);
    g_assert_cmpstr(p.words[0], ==, p.words[1]);
    /* One at a time. */
    fails(t, 1, (n2_request){.kind = N2_JOB_ID_PAIR, .address = t->id[1]}, N2_ERR_BUSY);
    choose(t, &p, 0, TRUE);
    for (guint i = 0; i < 200; i++) /* the other takes his time */
        (void)two_nodes_step(t->w, t->w->now_us + N2_SECOND_US);
    look(t, &p);
    g_assert_false(p.is_over[0] || p.is_over[1]);
    g_assert_cmpint(keys_of(t, 1, NULL), ==, before);
    choose(t, &p, 1, TRUE);
    end(t, &p, 60 * N2_SECOND_US);
    for (int i = 0; i < NODES; i++) {
        g_assert_true(p.is_over[i]);
        g_assert_cmpint(p.done[i].err, ==, N2_OK);
        g_assert_cmpstr(n2_table_get(p.done[i].table, 0, "address")->text, ==, t->id[1]);
        g_assert_cmpstr(n2_table_get(p.done[i].table, 0, "name")->text, ==, "laptop");
    }
    g_assert_cmpstr(n2_table_get(p.done[0].table, 0, "key")->text, ==,
                    n2_table_get(p.done[1].table, 0, "key")->text);
    g_assert_true(is_here(t, 0, t->id[1]));
    g_assert_cmpint(keys_of(t, 0, t->id[1]), ==, keys_of(t, 1, NULL));
    g_assert_cmpint(keys_of(t, 1, NULL), >, before);
    assert_same_account(t);
    clear(&p);
}

static void
test_pair_no(world *t, gconstpointer data)
{
    gint64 before = keys_of(t, 1, NULL);

    (void)data;
    for (int who = 0; who < NODES; who++) {
        pairing p = {.ask = {0}};
        begin(t, &p);
        choose(t, &p, who, FALSE);
        choose(t, &p, 1 - who, TRUE);
        end(t, &p, 20 * N2_MINUTE_US);
        g_assert_true(p.is_over[0] && p.is_over[1]);
        g_assert_cmpint(p.done[who].err, ==, N2_ERR_REFUSED);
        g_assert_cmpint(p.done[1 - who].err, !=, N2_OK);
        g_assert_cmpint(keys_of(t, 1, NULL), ==, before);
        clear(&p);
    }
}

static void
test_pair_alone(world *t, gconstpointer data)
{
    pairing p = {.ask = {0}};
    g_autofree char *with = g_strdup_printf("net2o://%s/", t->id[1]);
    g_autofree char *self = g_strdup_printf("net2o://%s/", t->id[0]);

    (void)data;
    two_nodes_meet(t->w);
    /* Nobody waits there. */
    fails(t, 0, (n2_request){.kind = N2_JOB_ID_PAIR, .other = with, .name = "laptop"},
          N2_ERR_NOTFOUND);
    fails(t, 0, (n2_request){.kind = N2_JOB_ID_PAIR, .other = self, .name = "laptop"},
          N2_ERR_USAGE);
    fails(t, 0, (n2_request){.kind = N2_JOB_ID_PAIR, .name = "laptop"}, N2_ERR_USAGE);
    fails(t, 0, (n2_request){.kind = N2_JOB_ID_PAIR, .other = with, .name = ""}, N2_ERR_USAGE);
    /* Nobody comes. */
    p.job[0] =
        two_nodes_start(t->w, 0, &(n2_request){.kind = N2_JOB_ID_PAIR, .address = t->id[0]});
    p.is_over[1] = TRUE;
    end(t, &p, 20 * N2_MINUTE_US);
    g_assert_true(p.is_over[0]);
    g_assert_cmpint(p.done[0].err, ==, N2_ERR_TIMEOUT);
    clear(&p);
}

/* Attack: who stands between gives keys or an identity of its own when people have compared. */
static gboolean
change_answer_cb(two_nodes *w, const n2_call *call, n2_asm *values)
{
    gboolean is_given =
        !call->err && call->n_values > 1 && call->values[0].type == 'b' &&
        n2_statement_kind(call->values[0].bytes, call->values[0].len) == N2_KIND_ADD;

    (void)w;
    if (!is_given)
        return FALSE;
    for (gsize i = 1; i < call->n_values; i++) /* all but the add */
        n2_asm_bytes(values, call->values[i].bytes, call->values[i].len);
    return TRUE;
}

static gboolean
change_nonce_cb(two_nodes *w, const n2_call *call, n2_asm *values)
{
    if (call->err || call->n_values != 1 || call->values[0].type != 'b' ||
        call->values[0].len != 66 || call->values[0].bytes[0] != 2)
        return FALSE;
    g_autofree guint8 *bytes = g_memdup2(call->values[0].bytes, call->values[0].len);
    bytes[40] ^= 1;
    n2_asm_bytes(values, bytes, call->values[0].len);
    (void)w;
    return TRUE;
}

static void
test_pair_between(world *t, gconstpointer data)
{
    pairing p = {.ask = {0}};

    (void)data;
    t->w->tamper = change_nonce_cb;
    begin(t, &p);
    g_assert_nonnull(p.words[0]);
    g_assert_cmpstr(p.words[0], !=, p.words[1]); /* which is what people see */
    clear(&p);
}

static void
test_pair_given(world *t, gconstpointer data)
{
    pairing p = {.ask = {0}};

    (void)data;
    t->w->tamper = change_answer_cb;
    begin(t, &p);
    choose(t, &p, 0, TRUE);
    choose(t, &p, 1, TRUE);
    end(t, &p, 20 * N2_MINUTE_US);
    g_assert_true(p.is_over[0]);
    g_assert_cmpint(p.done[0].err, ==, N2_ERR_FORGED);
    fails(t, 0, (n2_request){.kind = N2_JOB_ID_EXPORT, .address = "laptop"}, N2_ERR_NOTFOUND);
    clear(&p);
}

/* ---- a new machine by hand ---- */

enum {
    ITS_CONN = 77,
    OTHER_CONN = 78,
    LITERAL_BYTES = 2 /* before a string of less than 128 bytes in a block */
};

typedef struct {
    world *t;
    n2_pair pair;
    n2_asked_key keys[2];
    guint8 asked[1024];
    gsize asked_len;
    n2_job job;
} machine;

static n2_err
hears(machine *m, n2_conn conn, const guint8 *bytes, gsize len, guint8 *answer, gsize *n)
{
    n2_asm a = n2_talk_values();
    n2_err err = n2_pair_heard(m->t->w->node[1].control, conn, bytes, len, &a);

    if (answer && !err && a.body.len > LITERAL_BYTES) {
        *n = a.body.len - LITERAL_BYTES;
        memcpy(answer, a.body.buf + LITERAL_BYTES, *n);
    }
    n2_writer_clear(&a.body);
    return err;
}

static n2_err
asks_for(machine *m, const n2_asked_key *keys, gsize n)
{
    guint8 bytes[1025] = {4};
    gsize len;

    g_assert_cmpint(
        n2_pieces_write_keys(bytes + 1, sizeof bytes - 1, keys, n, m->t->w->wall_us, &len), ==,
        N2_OK);
    return hears(m, ITS_CONN, bytes, len + 1, NULL, NULL);
}

/* Up to the words, which are the same, and a yes. */
static void
machine_begin(machine *m, world *t)
{
    guint8 message[N2_PAIR_MESSAGE_BYTES_MAX], answer[256], last[N2_PAIR_MESSAGE_BYTES_MAX];
    n2_key name = {.method = N2_KEY_ED25519};
    n2_signing_key device;
    n2_notice ask;
    gsize len, n = 0;
    guint8 seed[32] = {7};

    *m = (machine){.t = t};
    g_assert_cmpint(n2_signing_key_init(&device, N2_KEY_ED25519, seed), ==, N2_OK);
    m->keys[0] = (n2_asked_key){
        .key = device.key, .rights = N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH, .label = "mine"};
    m->keys[1] = (n2_asked_key){.key = {.method = N2_KEY_X25519, .bytes = {9}},
                                .rights = N2_RIGHT_OPEN,
                                .label = "mine"};
    g_assert_cmpint(n2_pieces_write_keys(m->asked, sizeof m->asked, m->keys, 2, t->w->wall_us,
                                         &m->asked_len),
                    ==, N2_OK);
    n2_sha256_of(m->asked, m->asked_len, name.bytes);
    m->job =
        two_nodes_start(t->w, 1, &(n2_request){.kind = N2_JOB_ID_PAIR, .address = t->id[1]});
    g_assert_cmpint(
        n2_pair_begin(&m->pair, true, &name, &t->w->node[0].store.env, message, &len), ==,
        N2_OK);
    g_assert_cmpint(hears(m, ITS_CONN, message, len, answer, &n), ==, N2_OK);
    g_assert_cmpint(hears(m, OTHER_CONN, message, len, NULL, NULL), ==, N2_ERR_REFUSED);
    g_assert_cmpint(n2_pair_take(&m->pair, answer, n, last, &len), ==, N2_OK);
    g_assert_cmpint(hears(m, OTHER_CONN, last, len, NULL, NULL), ==, N2_ERR_REFUSED);
    g_assert_cmpint(hears(m, ITS_CONN, last, len, NULL, NULL), ==, N2_OK);
    two_nodes_drain(t->w);
    g_assert_true(two_nodes_notice(t->w, 1, m->job, N2_NOTICE_ASK, &ask));
    /* Before the yes nothing is given, whatever is asked for. */
    g_assert_cmpint(asks_for(m, m->keys, 2), ==, N2_OK);
    two_nodes_drain(t->w);
    g_assert_cmpint(asks_for(m, m->keys, 2), ==, N2_OK);
    fails(t, 1,
          (n2_request){.kind = N2_JOB_ASK_CHOOSE, .number = ask.ask, .flags = N2_REQUEST_SAME},
          N2_OK);
    n2_notice_clear(&ask);
}

/* Attack: the words stood for these keys; who is between asks for another one to open with,
 * which would get it the vault. */
static void
test_pair_other_keys(world *t, gconstpointer data)
{
    gint64 before = keys_of(t, 1, NULL);
    machine m;

    (void)data;
    machine_begin(&m, t);
    n2_asked_key other[] = {m.keys[0], m.keys[1]};
    other[1].key.bytes[0] ^= 1;
    g_assert_cmpint(asks_for(&m, other, 2), ==, N2_ERR_FORGED);
    other[1] = m.keys[1];
    other[0].rights |= N2_RIGHT_SESSION;
    g_assert_cmpint(asks_for(&m, other, 2), ==, N2_ERR_FORGED);
    g_assert_cmpint(asks_for(&m, m.keys, 1), ==, N2_ERR_FORGED);
    two_nodes_drain(t->w);
    g_assert_cmpint(keys_of(t, 1, NULL), ==, before);
    g_assert_cmpint(hears(&m, OTHER_CONN, m.asked, 1, NULL, NULL), ==, N2_ERR_REFUSED);
    g_assert_cmpint(asks_for(&m, m.keys, 2), ==, N2_OK); /* those are admitted */
    two_nodes_drain(t->w);
    g_assert_cmpint(keys_of(t, 1, NULL), >, before);
    /* An add that the new machine has not signed ends nothing. */
    g_assert_cmpint(hears(&m, ITS_CONN, (const guint8 *)"\5x", 2, NULL, NULL), !=, N2_OK);
}

/* One try: a message out of turn is the end of it. */
static void
test_pair_turn(world *t, gconstpointer data)
{
    const guint8 third[33] = {3};
    n2_notice over;
    machine m;

    (void)data;
    machine_begin(&m, t);
    g_assert_cmpint(hears(&m, ITS_CONN, third, sizeof third, NULL, NULL), ==, N2_ERR_STATE);
    two_nodes_drain(t->w);
    g_assert_true(two_nodes_notice(t->w, 1, m.job, N2_NOTICE_DONE, &over));
    g_assert_cmpint(over.err, ==, N2_ERR_FORGED);
    n2_notice_clear(&over);
    g_assert_cmpint(asks_for(&m, m.keys, 2), ==, N2_ERR_NOTFOUND);
}

/* The connection ends between the words and the yes. */
static void
test_pair_broken(world *t, gconstpointer data)
{
    pairing p = {.ask = {0}};

    (void)data;
    begin(t, &p);
    two_nodes_break(t->w);
    end(t, &p, 20 * N2_MINUTE_US);
    g_assert_true(p.is_over[0] && p.is_over[1]);
    g_assert_cmpint(p.done[1].err, ==, N2_ERR_CLOSED);
    g_assert_cmpint(p.done[0].err, !=, N2_OK);
    clear(&p);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(world *t, gconstpointer data);
    } tests[] = {
        {"/device/pair", test_pair},
        {"/device/pair/no", test_pair_no},
        {"/device/pair/alone", test_pair_alone},
        {"/device/pair/between", test_pair_between},
        {"/device/pair/given", test_pair_given},
        {"/device/pair/broken", test_pair_broken},
        {"/device/pair/other-keys", test_pair_other_keys},
        {"/device/pair/turn", test_pair_turn},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, world, NULL, set_up, tests[i].run, tear_down);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-near.c - announcements of the local network: what is read, who is believed, how many,
 *               for how long; by a clock of the test's own.
 */
#include <glib.h>
#include <string.h>

#include "name/near.h"

enum {
    SECOND = 1000000
};

static const gint64 wall = G_GINT64_CONSTANT(1800000000) * SECOND;

typedef struct {
    n2_signing_key device;
    n2_near_words words;
} machine;

static guint64 seed;

static void
random_cb(void *user, void *buf, size_t len)
{
    guint8 *out = buf;

    (void)user;
    while (len--) {
        seed = seed * G_GUINT64_CONSTANT(6364136223846793005) + 1442695040888963407u;
        *out++ = (guint8)(seed >> 33);
    }
}

static const n2_env env = {.random = random_cb};

static void
assert_err_at(int line, n2_err got, n2_err want)
{
    if (got != want)
        g_test_message("line %d", line);
    g_assert_cmpstr(n2_err_name(got), ==, n2_err_name(want));
}

#define assert_err(got, want) assert_err_at(__LINE__, got, want)

static machine
machine_new(guint8 number)
{
    const guint8 secret[N2_SEED_BYTES_MAX] = {number, 1};
    machine m = {.words = {.who = {.method = N2_METHOD_SHA256, .hash = {number}},
                           .key = {.method = N2_KEY_X25519, .bytes = {number, 2}},
                           .suites = 1,
                           .switch_bits = 4,
                           .flags = N2_NEAR_TAKES_LINKS,
                           .serial = 1,
                           .until_us = wall + (gint64)N2_HOUR_US}};

    assert_err(n2_signing_key_init(&m.device, N2_KEY_ED25519, secret), N2_OK);
    return m;
}

static n2_attr
offer(const char *word, const char *value)
{
    return (n2_attr){.name = (const guint8 *)word,
                     .name_len = (guint8)strlen(word),
                     .type = N2_TYPE_TEXT,
                     .value = (const guint8 *)value,
                     .len = (guint16)strlen(value)};
}

static gsize
statement_of(const machine *m, const n2_attr *offers, gsize n, guint8 *out)
{
    guint8 buf[N2_NEAR_BYTES_MAX];
    n2_box body, whole;

    assert_err(n2_near_body(buf, sizeof buf, &m->words, offers, n, &body), N2_OK);
    assert_err(n2_statement_sign(out, N2_NEAR_BYTES_MAX, &body, &m->device, &whole), N2_OK);
    return whole.len;
}

/* As @m says it. */
static GBytes *
said_with(const machine *m, guint16 port, const n2_attr *offers, gsize n)
{
    guint8 statement[N2_NEAR_BYTES_MAX], out[N2_NEAR_SAID_BYTES_MAX];
    n2_near *near;

    assert_err(n2_near_new(&near, &env, 0), N2_OK);
    assert_err(n2_near_set_own(near, statement, statement_of(m, offers, n, statement), 0),
               N2_OK);
    gsize len = n2_near_write(near, port, out);
    n2_near_free(near);
    return g_bytes_new(out, len);
}

static GBytes *
said(const machine *m)
{
    n2_attr files = offer("files", "/");

    return said_with(m, 4711, &files, 1);
}

static n2_near_place
on_wire(guint8 station)
{
    return (n2_near_place){
        .net = {.len = 7 + 4, .bytes = {N2_NET_ETHER, 2, 0, 0, 0, 0, station, 'e', 't', 'h'}}};
}

static n2_near_place
by_switch(guint16 port)
{
    return (n2_near_place){.path = (guint64)port << 60 | 1, .port = port};
}

static n2_err
hear_at(n2_near *near, GBytes *bytes, n2_near_place from, guint64 now_us, gint64 wall_us)
{
    gsize len;
    const guint8 *data = g_bytes_get_data(bytes, &len);
    g_autofree guint8 *exact = g_memdup2(data, len);
    bool is_news;

    return n2_near_hear(near, exact, len, &from, now_us, wall_us, &is_news);
}

static n2_err
hear(n2_near *near, GBytes *bytes, n2_near_place from, guint64 now_us)
{
    return hear_at(near, bytes, from, now_us, wall);
}

static n2_near *
listener(void)
{
    n2_near *near;

    assert_err(n2_near_new(&near, &env, 0), N2_OK);
    return near;
}

/* ---- what is said ---- */

static void
test_told_and_read(void)
{
    machine m = machine_new(1);
    n2_near *near = listener();
    n2_attr offers[] = {offer("files", "/pub"), offer("mail", ""), offer("names", "k")};
    g_autoptr(GBytes) bytes = said_with(&m, 4711, offers, G_N_ELEMENTS(offers));
    guint n = 0;
    n2_attr a;

    n2_near_place from = {.net = {.len = 23, .bytes = {6, 0, 9, 0xfe, 0x80}}};
    assert_err(hear(near, bytes, from, 1), N2_OK);
    g_assert_cmpuint(n2_near_count(near), ==, 1);
    const n2_neighbour *who = n2_near_at(near, 0);
    g_assert_true(n2_id_equal(&who->words.who, &m.words.who));
    g_assert_true(n2_key_equal(&who->words.key, &m.words.key));
    g_assert_true(n2_key_equal(&who->device, &m.device.key));
    g_assert_cmpuint(who->words.switch_bits, ==, 4);
    g_assert_cmpuint(who->words.flags, ==, N2_NEAR_TAKES_LINKS);
    g_assert_cmphex(who->wire.net.bytes[1], ==, 4711 >> 8); /* the port that it said */
    g_assert_cmphex(who->wire.net.bytes[2], ==, 4711 & 255);
    for (gsize at = 0; n2_near_next_offer(who, &at, &a); n++)
        g_assert_true(a.type == N2_TYPE_TEXT);
    g_assert_cmpuint(n, ==, 3);
    g_assert_true(n2_near_offers(who, "files") && n2_near_offers(who, "mail"));
    g_assert_false(n2_near_offers(who, "file"));
    n2_near_free(near);
}

/* Who offers names says of which zone, and perhaps how they end; anything else is no offer of
 * names. */
static void
test_names(void)
{
    static const char zone[] = "k1-uqaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    char ours[N2_ID_TEXT_BYTES], with[N2_NAME_BYTES_MAX], suffix[N2_NAME_BYTES_MAX + 1];
    n2_id of = {.method = N2_METHOD_SHA256, .hash = {7, 9}}, got;
    guint8 bytes[N2_ID_BYTES] = {of.method};
    n2_attr is_id = offer("names", "");
    machine m = machine_new(1);

    memcpy(bytes + 1, of.hash, sizeof of.hash);
    is_id.type = N2_TYPE_ID;
    is_id.value = bytes;
    is_id.len = sizeof bytes;
    n2_id_format(ours, N2_ID_IDENTITY, &of);
    g_snprintf(with, sizeof with, "village.demo %s", ours);
    const struct {
        n2_attr said;
        const char *suffix; /* NULL: not an offer */
    } rows[] = {{is_id, ""},
                {offer("names", ours), ""},
                {offer("names", with), "village.demo"},
                {offer("names", ""), NULL},
                {offer("names", " "), NULL},
                {offer("names", "village.demo"), NULL},
                {offer("names", zone + 1), NULL},
                {offer("name", ours), NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_near *near = listener();
        g_autoptr(GBytes) told = said_with(&m, 4711, &rows[i].said, 1);

        assert_err(hear(near, told, on_wire(1), 1), N2_OK);
        bool is = n2_near_names(n2_near_at(near, 0), suffix, &got);
        g_assert_cmpint(is, ==, rows[i].suffix != NULL);
        if (is)
            g_assert_cmpstr(suffix, ==, rows[i].suffix);
        if (is)
            g_assert_true(n2_id_equal(&got, &of));
        n2_near_free(near);
    }
}

static void
test_offers_refused(void)
{
    static const char *const words[] = {"", "Files", "a b", "-a", "name_", "a-", "\xc3\xa4"};
    guint8 buf[4096], text[N2_NEAR_VALUE_BYTES_MAX + 2];
    machine m = machine_new(1);
    n2_box body;

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        n2_attr a = offer(words[i], "x");
        g_test_message("%s", words[i]);
        g_assert_cmpint(n2_near_body(buf, sizeof buf, &m.words, &a, 1, &body), !=, N2_OK);
    }
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    n2_attr a = offer("files", (char *)text);
    assert_err(n2_near_body(buf, sizeof buf, &m.words, &a, 1, &body), N2_ERR_FORMAT);
    n2_attr many[N2_NEAR_OFFERS_MAX + 1];
    for (gsize i = 0; i < G_N_ELEMENTS(many); i++)
        many[i] = offer("files", "x");
    assert_err(n2_near_body(buf, sizeof buf, &m.words, many, G_N_ELEMENTS(many), &body),
               N2_ERR_LIMIT);
    assert_err(n2_near_body(buf, sizeof buf, &m.words, many, 2, &body), N2_ERR_FORMAT);
    n2_attr long_ones[12];
    static const char *const own_words[] = {"a", "b", "c", "d", "e", "f",
                                            "g", "h", "i", "j", "k", "l"};
    char texts[12][N2_NEAR_VALUE_BYTES_MAX + 1] = {{0}};
    for (gsize i = 0; i < G_N_ELEMENTS(long_ones); i++) {
        memset(texts[i], 'a' + (char)i, N2_NEAR_VALUE_BYTES_MAX);
        long_ones[i] = offer(own_words[i], texts[i]);
    }
    assert_err(
        n2_near_body(buf, sizeof buf, &m.words, long_ones, G_N_ELEMENTS(long_ones), &body),
        N2_ERR_LIMIT);
}

/* Attack 45 and the like: who forges announcements reaches nothing. */
static void
test_forged(void)
{
    machine m = machine_new(1), thief = machine_new(2);
    n2_near *near = listener();
    g_autoptr(GBytes) good = said(&m);
    gsize len;
    const guint8 *data = g_bytes_get_data(good, &len);

    for (gsize i = 0; i < len; i++) { /* each byte counts */
        g_autofree guint8 *copy = g_memdup2(data, len);
        if (i == 4 || i == 6 || i == 7)
            continue; /* what it asks, and the port: not signed, and not believed */
        copy[i] ^= 1;
        g_autoptr(GBytes) wrong = g_bytes_new(copy, len);
        g_assert_cmpint(hear(near, wrong, on_wire(1), i * SECOND), !=, N2_OK);
    }
    for (gsize i = 0; i < len; i++) {
        g_autoptr(GBytes) part = g_bytes_new(data, i);
        g_assert_cmpint(hear(near, part, on_wire(1), len * SECOND), !=, N2_OK);
    }
    g_assert_cmpuint(n2_near_count(near), ==, 0);
    /* In the name of another, by a key of his own: another machine, as long as nobody has
     * connected; what the rightful one says stands. */
    thief.words.who = m.words.who;
    g_autoptr(GBytes) claim = said(&thief);
    assert_err(hear(near, good, on_wire(1), 2000 * (guint64)SECOND), N2_OK);
    assert_err(hear(near, claim, on_wire(2), 2001 * (guint64)SECOND), N2_OK);
    g_assert_cmpuint(n2_near_count(near), ==, 2);
    g_assert_true(n2_key_equal(&n2_near_at(near, 0)->device, &m.device.key));
    g_assert_true(n2_key_equal(&n2_near_at(near, 0)->words.key, &m.words.key));
    n2_near_free(near);
}

/* What was true once, said again by somebody else. */
static void
test_replayed(void)
{
    machine m = machine_new(1);
    n2_near *near = listener();
    g_autoptr(GBytes) first = said(&m);
    m.words.serial = 2;
    g_autoptr(GBytes) second = said(&m);

    assert_err(hear(near, second, on_wire(1), SECOND), N2_OK);
    assert_err(hear(near, first, on_wire(1), 2 * SECOND), N2_ERR_STATE);
    /* from another station: who is there stays there, while it is heard */
    for (guint64 t = 3; t < 300; t++) {
        assert_err(hear(near, second, on_wire(9), t * SECOND), N2_OK);
        if (t % 30 == 0)
            assert_err(hear(near, second, on_wire(1), t * SECOND), N2_OK);
        g_assert_cmphex(n2_near_at(near, 0)->wire.net.bytes[6], ==, 1);
    }
    for (guint64 t = 300; t < 370; t++)
        assert_err(hear(near, second, on_wire(9), t * SECOND), N2_OK);
    g_assert_cmphex(n2_near_at(near, 0)->wire.net.bytes[6], ==, 9); /* it has moved */
    assert_err(hear_at(near, second, on_wire(9), 400 * (guint64)SECOND, wall), N2_OK);
    n2_near_free(near);

    near = listener(); /* after its end; ahead of the clock; and by a clock nobody knows */
    assert_err(hear_at(near, second, on_wire(1), 1, m.words.until_us), N2_ERR_TIMEOUT);
    assert_err(hear_at(near, second, on_wire(1), 1, wall - 2 * (gint64)N2_HOUR_US),
               N2_ERR_TIMEOUT);
    assert_err(hear_at(near, second, on_wire(1), 1, 0), N2_OK);
    n2_near_free(near);
}

/* ---- limits ---- */

/* A flood of announcements, each well signed by a key of its own. */
static void
test_flood(void)
{
    machine honest = machine_new(255);
    g_autoptr(GBytes) good = said(&honest);
    n2_near *near = listener();
    guint taken = 0;
    bool is_news;

    assert_err(hear(near, good, on_wire(255), 1), N2_OK);
    for (guint i = 0; i < 250; i++) {
        machine m = machine_new((guint8)i);
        g_autoptr(GBytes) one = said(&m);
        taken += hear(near, one, on_wire((guint8)(i / 4)), 2) == N2_OK;
    }
    /* as many as are looked at in that moment */
    g_assert_cmpuint(taken, ==, N2_NEAR_CHECK_BURST - 1);
    g_assert_cmpuint(n2_near_stats_of(near).busy, ==, 250 - taken);
    for (guint i = 0; i < 100; i++) { /* a second later */
        machine m = machine_new((guint8)(100 + i));
        g_autoptr(GBytes) one = said(&m);
        taken += hear(near, one, on_wire((guint8)(i / 4)), 2 + SECOND) == N2_OK;
    }
    g_assert_cmpuint(taken, ==, N2_NEAR_CHECK_BURST - 1 + N2_NEAR_CHECK_PER_S);
    for (guint i = 0; i < 250; i++) {
        machine m = machine_new((guint8)i);
        g_autoptr(GBytes) one = said(&m);
        (void)hear(near, one, on_wire((guint8)(i / 4)), (guint64)(2 + i) * SECOND / 2);
    }
    g_assert_cmpuint(n2_near_count(near), ==, N2_NEAR_MAX);
    g_assert_cmpuint(n2_near_stats_of(near).full, >, 0);
    /* who was here is here, and all of them go when they are silent */
    assert_err(hear(near, good, on_wire(255), 130 * SECOND), N2_OK);
    (void)n2_near_expire(near, 222 * SECOND, &is_news);
    g_assert_true(is_news);
    g_assert_cmpuint(n2_near_count(near), ==, 1);
    g_assert_true(n2_id_equal(&n2_near_at(near, 0)->words.who, &honest.words.who));
    n2_near_free(near);
}

static void
test_one_station(void)
{
    n2_near *near = listener();

    for (guint i = 0; i < 200; i++) {
        machine m = machine_new((guint8)i);
        g_autoptr(GBytes) one = said(&m);
        assert_err(hear(near, one, on_wire(1), (guint64)i * SECOND / 4),
                   i < N2_NEAR_STATION_MAX ? N2_OK : N2_ERR_NOSPACE);
        assert_err(hear(near, one, by_switch(3), (guint64)i * SECOND / 4),
                   i < N2_NEAR_PORT_MAX ? N2_OK : N2_ERR_NOSPACE);
    }
    g_assert_cmpuint(n2_near_count(near), ==, N2_NEAR_PORT_MAX);
    n2_near_free(near);
}

/* ---- time ---- */

static void
own(n2_near *near, const machine *m, guint64 now_us)
{
    guint8 statement[N2_NEAR_BYTES_MAX];

    assert_err(n2_near_set_own(near, statement, statement_of(m, NULL, 0, statement), now_us),
               N2_OK);
}

/* How often ours is said, whatever the others ask. */
static void
test_turns(void)
{
    machine m = machine_new(1), other = machine_new(2);
    n2_near *near = listener(), *asker = listener();
    guint8 out[N2_NEAR_SAID_BYTES_MAX], asks[N2_NEAR_SAID_BYTES_MAX];
    guint n = 0, n_asking = 0;
    bool is_news;

    g_assert_cmpuint(n2_near_write(near, 1, out), ==, 0);
    g_assert_true(n2_near_deadline(near) == UINT64_MAX);
    own(near, &m, 0);
    for (guint64 t = 0; t < 300 * (guint64)SECOND; t += SECOND / 10)
        if (n2_near_expire(near, t, &is_news)) {
            n++;
            g_assert_cmpuint(n2_near_write(near, 1, out), >, 0);
            n_asking += out[4] == 1;
        }
    g_assert_cmpuint(n_asking, ==, 2);
    g_assert_cmpuint(n, >=, 8);
    g_assert_cmpuint(n, <=, 2 + 300 / 22 + 1);
    /* somebody who asks all the time */
    own(asker, &other, 0);
    (void)n2_near_expire(asker, SECOND, &is_news);
    gsize len = n2_near_write(asker, 1, asks);
    g_assert_cmphex(asks[4], ==, 1);
    g_autoptr(GBytes) question = g_bytes_new(asks, len);
    n = 0;
    for (guint64 t = 300 * (guint64)SECOND; t < 310 * (guint64)SECOND; t += SECOND / 100) {
        assert_err(hear(near, question, on_wire(2), t), N2_OK);
        n += n2_near_expire(near, t, &is_news);
    }
    g_assert_cmpuint(n, >=, 5);
    g_assert_cmpuint(n, <=, 10 * N2_NEAR_ANSWER_PER_S + 1);
    assert_err(hear(asker, question, on_wire(2), 1), N2_ERR_EXISTS); /* its own */
    n2_near_be_silent(near);
    g_assert_cmpuint(n2_near_write(near, 1, out), ==, 0);
    n2_near_free(near);
    n2_near_free(asker);
}

/* Who has nothing to offer asks, and says nothing of itself. */
static void
test_asks_only(void)
{
    machine m = machine_new(1);
    n2_near *near = listener(), *asker = listener();
    guint8 out[N2_NEAR_SAID_BYTES_MAX];
    guint n = 0;
    bool is_news;

    own(near, &m, 0);
    (void)n2_near_expire(near, SECOND, &is_news);
    (void)n2_near_expire(near, 2 * SECOND, &is_news);
    g_assert_cmpuint(n2_near_deadline(near), >, 20 * (guint64)SECOND);
    n2_near_hurry(asker, 0);
    for (guint64 t = 0; t < 100 * (guint64)SECOND; t += SECOND / 10) {
        if (!n2_near_expire(asker, t, &is_news))
            continue;
        gsize len = n2_near_write(asker, 4711, out);
        g_assert_cmpuint(len, ==, N2_NEAR_HEAD_BYTES);
        g_autoptr(GBytes) question = g_bytes_new(out, len);
        assert_err(hear(near, question, on_wire(2), 3 * SECOND), N2_OK);
        n++;
    }
    g_assert_cmpuint(n, ==, 2);
    g_assert_cmpuint(n2_near_count(near), ==, 0);
    g_assert_cmpuint(n2_near_deadline(near), <, 4 * SECOND); /* it answers */
    n2_near_free(near);
    n2_near_free(asker);
}

/* All of one wire pick the same one; it picks nobody. */
static void
test_pick(void)
{
    enum {
        N = 5
    };
    machine m[N];
    n2_near *near[N];

    for (guint i = 0; i < N; i++) {
        m[i] = machine_new((guint8)(10 + i));
        near[i] = listener();
    }
    m[0].words.flags = 0; /* takes no links */
    for (guint round = 0; round < 2; round++) {
        guint want = round ? 3 : 1;
        m[3].words.flags |= round ? N2_NEAR_LEADS_OUT : 0;
        for (guint i = 0; i < N; i++) {
            m[i].words.serial++;
            own(near[i], &m[i], 0);
        }
        for (guint i = 0; i < N; i++) {
            g_autoptr(GBytes) bytes = said(&m[i]);
            for (guint k = 0; k < N; k++)
                assert_err(hear(near[k], bytes, on_wire((guint8)i), round * (guint64)SECOND),
                           i == k ? N2_ERR_EXISTS : N2_OK);
        }
        for (guint k = 0; k < N; k++) {
            const n2_neighbour *to = n2_near_pick(near[k]);
            if (k == want)
                g_assert_null(to);
            else
                g_assert_true(to && n2_id_equal(&to->words.who, &m[want].words.who));
        }
    }
    for (guint i = 0; i < N; i++)
        n2_near_free(near[i]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/near/told-and-read", test_told_and_read);
    g_test_add_func("/near/names", test_names);
    g_test_add_func("/near/offers-refused", test_offers_refused);
    g_test_add_func("/near/attack-45-forged", test_forged);
    g_test_add_func("/near/replayed", test_replayed);
    g_test_add_func("/near/flood", test_flood);
    g_test_add_func("/near/one-station", test_one_station);
    g_test_add_func("/near/turns", test_turns);
    g_test_add_func("/near/asks-only", test_asks_only);
    g_test_add_func("/near/pick", test_pick);
    return g_test_run();
}

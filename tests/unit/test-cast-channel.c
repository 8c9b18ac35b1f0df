/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-cast-channel.c - the promises of switch/channels.h that one switch shows alone: limits,
 *                       memory, strangers, domains, the path of a broadcast.
 */
#include <glib.h>
#include <string.h>

#include "cast-fixture.h"
#include "switch/channels-private.h"

static n2_cast_fate
channel_send(n2_channels *channels,
             guint32 in_port,
             guint32 out_port,
             const n2_cast *cast,
             guint64 now_us,
             n2_cast *first,
             guint *n)
{
    guint8 bytes[N2_CAST_BYTES];
    n2_cast read;
    n2_cast_fate fate;

    n2_cast_write(bytes, cast);
    fate = n2_channels_hop(channels, in_port, out_port, bytes, sizeof bytes, now_us);
    for (*n = 0; n2_said_take(&channels->said, bytes); ++*n) {
        g_assert_cmpint(n2_cast_read(&read, bytes, sizeof bytes), ==, N2_OK);
        if (!*n)
            *first = read;
    }
    return fate;
}

/* Strangers join a channel by ways that end elsewhere: the row is renewed by the way that was
 * accepted, and a refusal of theirs takes nothing from the others. */
static void
test_channel_stranger(gconstpointer data)
{
    n2_rows_kind kind = (n2_rows_kind)GPOINTER_TO_INT(data);
    n2_channels channels;
    n2_cast told, join = joiner(3, UINT64_C(5) << 57), strange = joiner(4, UINT64_C(6) << 57);
    guint n;

    join.type = strange.type = N2_CAST_CHANNEL;
    join.id = strange.id = 0x1234;
    n2_channels_init(&channels, &env, WIDTH, kind);
    g_assert_cmpint(n2_channels_set_port(&channels, 1, N2_CHANNEL_UPLINK), ==, N2_OK);
    g_assert_cmpint(channel_send(&channels, 3, 1, &join, S(1), &told, &n), ==, N2_CAST_PASSES);
    n2_cast answer = n2_cast_answer(&join, N2_CAST_ACCEPT);
    answer.path = came(1, 0, 0);
    g_assert_cmpint(channel_send(&channels, 1, 3, &answer, S(1), &told, &n), ==,
                    N2_CAST_PASSES);
    const n2_channel_row *row = n2_rows_find(&channels.rows, 0x1234);
    g_assert_true(row->is_granted);
    /* It is due: our own join goes out by the good way. */
    g_assert_cmpint(channel_send(&channels, 4, 1, &strange, S(10), &told, &n), ==,
                    N2_CAST_ENDS);
    g_assert_cmpuint(n, ==, 2);
    g_assert_cmpint(told.kind, ==, N2_CAST_JOIN);
    g_assert_cmphex(told.path, ==, UINT64_C(1) << 60 | UINT64_C(5) << 53);
    n2_cast own = told;
    own.path = came(0, 0, 0) | own.path << WIDTH;
    g_assert_cmpint(channel_send(&channels, 0, 1, &own, S(10), &told, &n), ==, N2_CAST_PASSES);
    g_assert_false(n2_channel_row_has(&channels, row, 0));
    /* That is refused: the next joiner's way is tried, the stranger's; and refused too. */
    answer = n2_cast_answer(&own, N2_CAST_REFUSE);
    answer.path = came(1, 0, 0);
    answer.number = N2_REFUSE_OTHER;
    g_assert_cmpint(channel_send(&channels, 1, 0, &answer, S(10), &told, &n), ==, N2_CAST_ENDS);
    g_assert_cmpint(channel_send(&channels, 4, 1, &strange, S(10), &told, &n), ==,
                    N2_CAST_PASSES);
    answer.nonce = strange.nonce;
    g_assert_cmpint(channel_send(&channels, 1, 4, &answer, S(10), &told, &n), ==,
                    N2_CAST_PASSES);
    row = n2_rows_find(&channels.rows, 0x1234);
    g_assert_nonnull(row);
    g_assert_true(row->is_granted);
    g_assert_true(n2_channel_row_has(&channels, row, 3));
    g_assert_false(n2_channel_row_has(&channels, row, 4));
    /* However often he asks, the other has his turn. */
    g_assert_cmpint(channel_send(&channels, 4, 1, &strange, S(10) + 1, &told, &n), ==,
                    N2_CAST_ENDS);
    g_assert_cmpint(channel_send(&channels, 3, 1, &join, S(10) + 2, &told, &n), ==,
                    N2_CAST_PASSES);
    answer.kind = N2_CAST_ACCEPT;
    answer.number = 0;
    answer.nonce = join.nonce;
    g_assert_cmpint(channel_send(&channels, 1, 3, &answer, S(10) + 3, &told, &n), ==,
                    N2_CAST_PASSES);
    g_assert_cmpint(channel_send(&channels, 4, 1, &strange, S(11), &told, &n), ==,
                    N2_CAST_ENDS);
    g_assert_cmpuint(n, ==, 1);
    /* Nobody answers us any more: it is not said that there is something. */
    for (guint i = 0; i < N2_TREE_TRIES + 1; i++)
        (void)channel_send(&channels, 3, 1, &join, S(20) + i * S(1), &told, &n);
    g_assert_false(row->is_granted);
    n2_channels_clear(&channels);
}

/* A stranger joins all that he may, a channel of each block: there is room for the next one. */
static void
test_one_takes_all(gconstpointer data)
{
    n2_rows_kind kind = (n2_rows_kind)GPOINTER_TO_INT(data);
    guint strangers = kind == N2_ROWS_MAP ? 1 : N2_CHANNELS_MAX / N2_CHANNELS_PER_PORT_MAX;
    guint64 now_us = S(1);
    n2_channels channels;
    n2_cast told, join = joiner(9, 0);
    guint n;

    n2_channels_init(&channels, &env, WIDTH, kind);
    g_assert_cmpint(n2_channels_set_port(&channels, 1, N2_CHANNEL_UPLINK), ==, N2_OK);
    for (guint who = 0; who < strangers; who++)
        for (guint i = 0; i < 1100; i++, now_us += 1000) {
            n2_cast greedy = joiner(3 + who, 0);
            greedy.type = N2_CAST_CHANNEL;
            greedy.id = (who * 1100 + i + 1) * 256;
            (void)channel_send(&channels, 3 + who, 1, &greedy, now_us, &told, &n);
        }
    g_assert_cmpuint(channels.refused + channels.refused_ports, >, 0);
    join.type = N2_CAST_CHANNEL;
    join.id = 0xfffffe;
    g_assert_cmpint(channel_send(&channels, 9, 1, &join, now_us, &told, &n), ==,
                    N2_CAST_PASSES);
    n2_channels_clear(&channels);
}

/* A channel that @ports join by port 1, granted. */
static void
channels_fed(n2_channels *channels, n2_rows_kind kind, guint32 ports, n2_cast *join)
{
    n2_cast told;
    guint n;

    n2_channels_init(channels, &env, WIDTH, kind);
    g_assert_cmpint(n2_channels_set_port(channels, 1, N2_CHANNEL_UPLINK), ==, N2_OK);
    for (guint32 port = 3; port < 3 + ports; port++) {
        *join = joiner(port, UINT64_C(5) << 57);
        join->type = N2_CAST_CHANNEL;
        join->id = 0x1234;
        (void)channel_send(channels, port, 1, join, S(1), &told, &n);
    }
    n2_cast accept = *join;
    accept.nonce = joiner(3, 0).nonce;
    accept = n2_cast_answer(&accept, N2_CAST_ACCEPT);
    accept.path = came(1, 0, 0);
    g_assert_cmpint(channel_send(channels, 1, 3, &accept, S(1), &told, &n), ==, N2_CAST_PASSES);
    g_assert_true(n2_rows_find(&channels->rows, 0x1234)->is_granted);
}

static bool
goes(n2_channels *channels, guint32 in_port, guint32 channel, guint64 *ports, guint64 now_us)
{
    static guint32 number;
    guint8 packet[N2_LONG_HEAD_BYTES + 32] = {0};
    n2_packet head = {.is_long = true,
                      .class = N2_CLASS_DEFAULT,
                      .mode = N2_MODE_BROADCAST,
                      .path = (guint64)channel << 40,
                      .address = UINT64_C(1) << 63 | ++number};
    n2_copies copies;
    guint32 port;
    guint64 path;

    *ports = 0;
    (void)n2_packet_write_head(packet, &head);
    if (!n2_channels_copies(channels, in_port, packet, sizeof packet, now_us, &copies))
        return false;
    while (n2_copies_next(&copies, &port, &path))
        *ports |= UINT64_C(1) << port;
    return true;
}

/* What pauses is asked about once, and not at each join: a stranger's, or those of many. */
static void
test_pause(gconstpointer data)
{
    n2_channels channels;
    n2_cast told, join, own;
    guint64 ports, n_up = 0;
    guint n;

    channels_fed(&channels, (n2_rows_kind)GPOINTER_TO_INT(data), 8, &join);
    g_assert_true(goes(&channels, 1, 0x1234, &ports, S(2)));
    g_assert_cmphex(ports, ==, 0x7f8);
    for (guint64 now_us = S(2); now_us < S(42); now_us += 50000) {
        n2_channels_expire(&channels, now_us);
        join = joiner(3 + now_us / 50000 % 8, UINT64_C(5) << 57);
        join.type = N2_CAST_CHANNEL;
        join.id = 0x1234;
        (void)channel_send(&channels, join.nonce - 100, 1, &join, now_us, &own, &n);
        if (!n || own.kind != N2_CAST_JOIN)
            continue;
        n_up++;
        own.path = came(0, 0, 0) | own.path << WIDTH;
        (void)channel_send(&channels, 0, 1, &own, now_us, &told, &n);
        n2_cast accept = n2_cast_answer(&own, N2_CAST_ACCEPT);
        accept.path = came(1, 0, 0);
        (void)channel_send(&channels, 1, 0, &accept, now_us, &told, &n);
    }
    g_assert_cmpuint(n_up, >=, 4);
    g_assert_cmpuint(n_up, <=, 7); /* each 8 s, and when it fell silent */
    n2_channels_clear(&channels);
}

/* Its source has closed it: since that was heard, nobody is told that he has it. */
static void
test_closed(gconstpointer data)
{
    n2_channels channels;
    n2_cast told, join, own;
    guint n;

    channels_fed(&channels, (n2_rows_kind)GPOINTER_TO_INT(data), 2, &join);
    (void)channel_send(&channels, 3, 1, &join, S(10), &own, &n);
    g_assert_cmpint(own.kind, ==, N2_CAST_JOIN);
    own.path = came(0, 0, 0) | own.path << WIDTH;
    (void)channel_send(&channels, 0, 1, &own, S(10), &told, &n);
    n2_cast refuse = n2_cast_answer(&own, N2_CAST_REFUSE);
    refuse.path = came(1, 0, 0);
    refuse.number = N2_REFUSE_NONE;
    (void)channel_send(&channels, 1, 0, &refuse, S(10), &told, &n);
    for (guint64 now_us = S(10); now_us < S(11); now_us += 20000) {
        n2_cast_fate fate = channel_send(&channels, 4, 1, &join, now_us, &told, &n);
        g_assert_cmpuint(n, ==, 0);
        if (fate != N2_CAST_PASSES)
            continue;
        refuse.nonce = join.nonce;
        (void)channel_send(&channels, 1, 4, &refuse, now_us + 1, &told, &n);
    }
    n2_channels_expire(&channels, S(14));
    g_assert_cmpuint(channels.rows.n, ==, 0);
    n2_channels_clear(&channels);
}

/* The source is 0.4 s away, and all the time somebody joins: the answer comes to a join that is
 * still the last one. */
static void
test_far(gconstpointer data)
{
    enum {
        AWAY_US = 400000
    };
    n2_channels channels;
    n2_cast told, went = {0};
    guint64 went_us = 0;
    guint n;

    n2_channels_init(&channels, &env, WIDTH, (n2_rows_kind)GPOINTER_TO_INT(data));
    g_assert_cmpint(n2_channels_set_port(&channels, 1, N2_CHANNEL_UPLINK), ==, N2_OK);
    for (guint64 now_us = S(1); now_us < S(4); now_us += 20000) {
        guint32 port = (guint32)(3 + now_us / 20000 % 2);
        n2_cast join = joiner(port, UINT64_C(5) << 57);
        join.type = N2_CAST_CHANNEL;
        join.id = 0x1234;
        join.nonce = now_us;
        if (channel_send(&channels, port, 1, &join, now_us, &told, &n) == N2_CAST_PASSES &&
            now_us >= went_us + AWAY_US) {
            went = join;
            went_us = now_us;
        }
        if (now_us != went_us + AWAY_US)
            continue;
        n2_cast accept = n2_cast_answer(&went, N2_CAST_ACCEPT);
        accept.path = came(1, 0, 0);
        (void)channel_send(&channels, 1, 3, &accept, now_us, &told, &n);
    }
    g_assert_true(n2_rows_find(&channels.rows, 0x1234)->is_granted);
    n2_channels_clear(&channels);
}

/* A border holds for what nobody joins, and for what the operator sends himself. */
static void
test_borders(gconstpointer data)
{
    const n2_channel_rule rules[] = {{N2_DOMAIN_BLOCK, 2, 100, 199},
                                     {N2_DOMAIN_BLOCK, 3, 150, 0x2000}};
    n2_channels channels;
    guint64 ports;

    n2_channels_init(&channels, &env, WIDTH, (n2_rows_kind)GPOINTER_TO_INT(data));
    for (guint32 port = 1; port < 5; port++)
        g_assert_cmpint(n2_channels_set_port(&channels, port, N2_CHANNEL_LOCAL), ==, N2_OK);
    g_assert_cmpint(n2_channels_open(&channels, 0x1500, 3, S(1)), ==, N2_OK);
    g_assert_cmpint(n2_channels_set_rules(&channels, rules, G_N_ELEMENTS(rules)), ==, N2_OK);
    g_assert_true(goes(&channels, 1, 99, &ports, S(2)));
    g_assert_cmphex(ports, ==, 0x1d); /* all but where it came from */
    g_assert_true(goes(&channels, 1, 100, &ports, S(2)));
    g_assert_cmphex(ports, ==, 0x19);
    g_assert_true(goes(&channels, 1, 199, &ports, S(2)));
    g_assert_cmphex(ports, ==, 0x11);
    g_assert_true(goes(&channels, 0, 200, &ports, S(2)));
    g_assert_cmphex(ports, ==, 0x16);
    g_assert_false(goes(&channels, 2, 199, &ports, S(2)));
    g_assert_false(goes(&channels, 3, 255, &ports, S(2)));
    g_assert_true(goes(&channels, 2, 255, &ports, S(2)));
    g_assert_false(goes(&channels, 3, 0x1500, &ports, S(2)));
    g_assert_cmpuint(channels.rows.n, ==, 0);
    g_assert_cmpint(n2_channels_open(&channels, 0x1500, 3, S(1)), ==, N2_ERR_REFUSED);
    g_assert_cmpint(n2_channels_open(&channels, 0x2001, 3, S(1)), ==, N2_OK);
    g_assert_cmpint(n2_channels_set_rules(&channels, NULL, 0), ==, N2_OK);
    g_assert_true(goes(&channels, 1, 199, &ports, S(2)));
    g_assert_cmphex(ports, ==, 0x1d);
    n2_channels_clear(&channels);
}

/* N2_CHANNEL_BYTES_MAX: bitmaps of a switch with very many ports. */
static void
test_bytes_max(void)
{
    n2_rows rows;
    guint n = 0;

    n2_rows_init(&rows, N2_ROWS_MAP, 16, 1);
    for (guint32 i = 1; i < 100; i++)
        n += !!n2_rows_make(&rows, i * 256, i);
    g_assert_cmpuint(n, ==, 7);
    g_assert_cmpuint(n2_rows_bytes(&rows), <, N2_CHANNEL_BYTES_MAX + 100000);
    n2_rows_clear(&rows);
}

/* Channels that meet in one chain of a hash that only multiplies, whatever its seed. */
static void
test_chains(void)
{
    n2_rows rows;
    guint most = 0, per_head[N2_CHANNELS_MAX] = {0};

    n2_rows_init(&rows, N2_ROWS_HASH, WIDTH, 77);
    for (guint32 key = 0x1000; key < 1 << 24 && rows.n < 1000; key++)
        if ((((key ^ 77) * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % N2_CHANNELS_MAX == 5)
            g_assert_nonnull(n2_rows_make(&rows, key, 1));
    g_assert_cmpuint(rows.n, ==, 1000);
    for (guint i = 0; i < N2_CHANNELS_MAX; i++)
        for (uint16_t at = rows.heads[i]; at != N2_ROWS_NONE; per_head[i]++)
            at = ((n2_channel_row *)(void *)(rows.memory + at * n2_row_bytes(&rows)))->chain;
    for (guint i = 0; i < N2_CHANNELS_MAX; i++)
        most = MAX(most, per_head[i]);
    g_assert_cmpuint(most, <, 10);
    n2_rows_clear(&rows);
}

/* N2_CHANNEL_RULES_MAX; a set with one wrong rule changes nothing. */
static void
test_rules(void)
{
    n2_channels channels;
    n2_channel_rule rules[N2_CHANNEL_RULES_MAX + 1];

    n2_channels_init(&channels, &env, WIDTH, N2_ROWS_HASH);
    for (guint i = 0; i < G_N_ELEMENTS(rules); i++)
        rules[i] = (n2_channel_rule){N2_DOMAIN_BLOCK, 3, i, i};
    g_assert_cmpint(n2_channels_set_rules(&channels, rules, G_N_ELEMENTS(rules)), ==,
                    N2_ERR_LIMIT);
    g_assert_cmpint(n2_channels_set_rules(&channels, rules, N2_CHANNEL_RULES_MAX), ==, N2_OK);
    g_assert_cmpuint(channels.n_rules, ==, N2_CHANNEL_RULES_MAX);
    rules[1].port = 1 << WIDTH;
    g_assert_cmpint(n2_channels_set_rules(&channels, rules, 2), ==, N2_ERR_USAGE);
    rules[1] = (n2_channel_rule){N2_DOMAIN_TAKE, 1, 5, 4};
    g_assert_cmpint(n2_channels_set_rules(&channels, rules, 2), ==, N2_ERR_USAGE);
    rules[1] = (n2_channel_rule){N2_DOMAIN_TAKE, 1, 5, 1 << 24};
    g_assert_cmpint(n2_channels_set_rules(&channels, rules, 2), ==, N2_ERR_USAGE);
    rules[1] = (n2_channel_rule){(n2_domain)3, 1, 5, 6};
    g_assert_cmpint(n2_channels_set_rules(&channels, rules, 2), ==, N2_ERR_USAGE);
    g_assert_cmpuint(channels.n_rules, ==, N2_CHANNEL_RULES_MAX);
    g_assert_cmpint(n2_channels_set_rules(&channels, NULL, 0), ==, N2_OK);
    g_assert_cmpuint(channels.n_rules, ==, 0);
    g_assert_cmpint(n2_channels_open(&channels, 255, 0, 0), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_channels_open(&channels, 1 << 24, 0, 0), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_channels_open(&channels, 256, 0, 0), ==, N2_OK);
    g_assert_cmpint(n2_channels_open(&channels, 256, 1, 0), ==, N2_ERR_EXISTS);
    n2_channels_clear(&channels);
}

static void
test_rules_text(void)
{
    static const struct {
        const char *text;
        n2_err err;
        guint n;
    } cases[] = {{"", N2_OK, 0},
                 {"256", N2_OK, 1},
                 {"256-511,0x120000,0xabc-0xabd", N2_OK, 3},
                 {"0xffffff", N2_OK, 1},
                 {"0x1000000", N2_ERR_FORMAT, 0},
                 {"16777216", N2_ERR_FORMAT, 0},
                 {"511-256", N2_ERR_FORMAT, 0},
                 {"1,", N2_ERR_FORMAT, 0},
                 {",1", N2_ERR_FORMAT, 0},
                 {"1-", N2_ERR_FORMAT, 0},
                 {"1 2", N2_ERR_FORMAT, 0},
                 {"0x", N2_ERR_FORMAT, 0},
                 {"a", N2_ERR_FORMAT, 0}};
    n2_channel_rule rules[N2_CHANNEL_RULES_MAX];

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = 1;
        g_assert_cmpint(n2_channel_rules_parse(cases[i].text, N2_DOMAIN_TAKE, 5, rules, &n), ==,
                        cases[i].err);
        g_assert_cmpuint(n, ==, 1 + cases[i].n);
    }
    g_assert_cmpuint(rules[1].port, ==, 5);
    g_autoptr(GString) many = g_string_new("1");
    for (guint i = 0; i < N2_CHANNEL_RULES_MAX; i++)
        g_string_append(many, ",2");
    size_t n = 0;
    g_assert_cmpint(n2_channel_rules_parse(many->str, N2_DOMAIN_TAKE, 5, rules, &n), ==,
                    N2_ERR_LIMIT);
    g_assert_cmpuint(n, ==, 0);
}

/* N2_CHANNEL_PER_S of one port; what a channel takes in either table is said. */
static void
test_channel_per_s(gconstpointer data)
{
    n2_rows_kind kind = (n2_rows_kind)GPOINTER_TO_INT(data);
    n2_channels channels;
    n2_uses uses = {0};

    n2_channels_init(&channels, &env, 8, kind);
    g_assert_cmpuint(n2_channels_bytes(&channels), ==, 0);
    for (guint32 i = 0; i < 1000; i++)
        g_assert_cmpint(n2_channels_open(&channels, 0x1000 + i, 0, 0), ==, N2_OK);
    g_test_message("1000 channels at 256 ports: %u bytes", (guint)n2_channels_bytes(&channels));
    g_assert_cmpuint(n2_rows_bytes(&channels.rows), <, 1100 * 104 + 90000);
    for (guint i = 0; i < 10000; i++) {
        guint8 bytes[N2_CAST_BYTES];
        const n2_cast join = {.type = N2_CAST_CHANNEL,
                              .kind = N2_CAST_JOIN,
                              .is_for_hops = true,
                              .id = 0x1000 + i % 1000,
                              .path = (n2_bits_reverse(5, 8) << 6) | 8};
        n2_cast_write(bytes, &join);
        (void)n2_channels_hop(&channels, 5, 0, bytes, sizeof bytes, S(1) + i * 100);
    }
    n2_channels_uses(&channels, &uses);
    g_assert_cmpstr(uses.rows[1].name, ==, "channel_per_s");
    g_assert_cmpuint(uses.rows[1].refused, >=, 10000 - N2_CHANNEL_PER_S - N2_CHANNEL_BURST);
    g_assert_cmpuint(channels.ports[5].n_joined, >, 300);
    n2_channels_clear(&channels);
}

/* A broadcast's path: the channel stays, 34 bits gather the way back, then it is dropped. */
static void
test_budget(void)
{
    guint64 path = UINT64_C(0xabcdef) << 40;

    for (guint step = 1; step <= 8; step++) {
        g_assert_true(n2_path_step_broadcast(&path, 4, 5));
        g_assert_cmpuint(n2_path_used(path), ==, 4 * step);
        g_assert_cmphex(path >> 40, ==, 0xabcdef);
    }
    g_assert_false(n2_path_step_broadcast(&path, 4, 5));
    g_assert_true(n2_path_step_broadcast(&path, 2, 1));
    g_assert_cmphex(n2_path_answer(path) >> 58, ==,
                    0x15); /* port 1 of 2 bits, then port 5 of 4 */
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        GTestDataFunc func;
    } both[] = {{"attack-19-stranger", test_channel_stranger},
                {"attack-60-takes-all", test_one_takes_all},
                {"attack-19-borders", test_borders},
                {"attack-60-pause", test_pause},
                {"closed", test_closed},
                {"far-source", test_far},
                {"per-second", test_channel_per_s}};
    static const char *const kinds[] = {"associative", "bitmap"};

    g_test_init(&argc, &argv, NULL);
    for (gint kind = N2_ROWS_HASH; kind <= N2_ROWS_MAP; kind++)
        for (gsize i = 0; i < G_N_ELEMENTS(both); i++) {
            g_autofree char *path =
                g_strdup_printf("/casts/channels/%s/%s", kinds[kind], both[i].name);
            g_test_add_data_func(path, GINT_TO_POINTER(kind), both[i].func);
        }
    g_test_add_func("/casts/channels/bitmap/bytes-max", test_bytes_max);
    g_test_add_func("/casts/channels/associative/attack-60-chains", test_chains);
    g_test_add_func("/casts/channels/rules", test_rules);
    g_test_add_func("/casts/channels/rules-text", test_rules_text);
    g_test_add_func("/casts/channels/budget", test_budget);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-label-orders.c - the promises in label.h about labels themselves: who gets which server,
 *                       what an order may ask, how they are written.
 */
#include "label-fixture.h"

/* ---- several servers ---- */

static const guint four[] = {8, 9, 10, 11};

static n2_labels *
new_balanced(void)
{
    n2_labels *labels = new_labels(WIDTH);

    for (guint i = 0; i < 4; i++)
        order(labels, way(four[i], 1 + i, "0/2"));
    order(labels, spread(LABEL, 4, four));
    return labels;
}

/* The port of the server that the sender with this way back gets. */
static guint
server_of(n2_labels *labels, guint sender)
{
    guint64 word = ((guint64)sender << 4 | OUTSIDE) << 6 | 30;
    guint32 port = LABEL;

    if (n2_labels_in(labels, &word, N2_PATH_BITS, N2_PATH_USED_BITS, &port) !=
        N2_LABEL_IS_TAKEN)
        return 0;
    return port;
}

enum {
    SENDERS = 4000
};

static void
ask_all(n2_labels *labels, guint *servers, guint *n)
{
    memset(n, 0, 16 * sizeof *n);
    for (guint i = 0; i < SENDERS; i++) {
        servers[i] = server_of(labels, i);
        n[servers[i]]++;
    }
}

/* 27: a server leaves, joins, restarts: only who has to gets another. */
static void
test_attack_27_spread(void)
{
    static const guint three[] = {8, 9, 11}, five[] = {8, 9, 10, 11, 13},
                       back[] = {11, 10, 9, 8};
    guint before[SENDERS], after[SENDERS], n[16], moved = 0;
    n2_labels *labels = new_balanced();

    ask_all(labels, before, n);
    for (guint i = 1; i <= 4; i++) {
        g_assert_cmpuint(n[i], >, SENDERS / 4 * 8 / 10);
        g_assert_cmpuint(n[i], <, SENDERS / 4 * 12 / 10);
    }
    ask_all(labels, after, n);
    g_assert_cmpmem(after, sizeof after, before, sizeof before);

    /* It leaves; its own label leads to it still. */
    order(labels, spread(LABEL, 3, three));
    ask_all(labels, after, n);
    for (guint i = 0; i < SENDERS; i++)
        g_assert_true(before[i] == 3 ? after[i] != 3 : after[i] == before[i]);
    guint64 word = 4;
    guint32 port = 10;
    g_assert_cmpint(n2_labels_in(labels, &word, N2_PATH_BITS, N2_PATH_USED_BITS, &port), ==,
                    N2_LABEL_IS_TAKEN);
    g_assert_cmpuint(port, ==, 3);

    /* It comes back, in whatever order they are named. */
    order(labels, spread(LABEL, 4, back));
    ask_all(labels, after, n);
    g_assert_cmpmem(after, sizeof after, before, sizeof before);

    /* Its link goes down, and comes again: the same without an order. */
    n2_labels_link(labels, 3, false);
    ask_all(labels, after, n);
    for (guint i = 0; i < SENDERS; i++)
        g_assert_true(before[i] == 3 ? after[i] != 3 : after[i] == before[i]);
    n2_labels_link(labels, 3, true);
    ask_all(labels, after, n);
    g_assert_cmpmem(after, sizeof after, before, sizeof before);

    /* A fifth takes a fifth, from all alike. */
    order(labels, way(13, 6, "0/2"));
    order(labels, spread(LABEL, 5, five));
    ask_all(labels, after, n);
    for (guint i = 0; i < SENDERS; i++) {
        g_assert_true(after[i] == 6 || after[i] == before[i]);
        moved += after[i] == 6;
    }
    g_assert_cmpuint(moved, >, SENDERS / 5 * 8 / 10);
    g_assert_cmpuint(moved, <, SENDERS / 5 * 12 / 10);

    /* A label that is forgotten is in no SPREAD any more; with the last one all is refused. */
    order(labels, (n2_label){.kind = N2_LABEL_NONE, .label = 10});
    ask_all(labels, after, n);
    g_assert_cmpuint(n[3], ==, 0);
    for (guint i = 0; i < 5; i++)
        if (five[i] != 10)
            order(labels, (n2_label){.kind = N2_LABEL_NONE, .label = (guint16)five[i]});
    g_assert_cmpuint(server_of(labels, 1), ==, 0);
    n2_labels_free(labels);
}

/* Another switch, or the same after a restart, shares them out otherwise: nobody can choose his
 * server beforehand. */
static void
test_keyed(void)
{
    n2_labels *one = new_balanced(), *other = NULL;
    guint same = 0;

    g_assert_cmpint(n2_labels_new(&other, WIDTH, KEY + 1), ==, N2_OK);
    for (guint i = 0; i < 4; i++)
        order(other, way(four[i], 1 + i, "0/2"));
    order(other, spread(LABEL, 4, four));
    for (guint i = 0; i < SENDERS; i++)
        same += server_of(one, i) == server_of(other, i);
    g_assert_cmpuint(same, >, SENDERS / 4 * 8 / 10);
    g_assert_cmpuint(same, <, SENDERS / 4 * 12 / 10);
    n2_labels_free(one);
    n2_labels_free(other);
}

/* No server is up: dropped, and it says so. */
static void
test_no_server(void)
{
    guint8 buf[N2_PACKET_BYTES_MAX] = {N2_KIND_VERSION | N2_KIND_LONG, 0x80};
    n2_switch sw;

    g_assert_cmpint(n2_switch_init(&sw, WIDTH), ==, N2_OK);
    sw.labels = new_balanced();
    for (guint i = 1; i <= 4; i++)
        n2_labels_link(sw.labels, i, false);
    n2_packet_set_path(buf, route("12/4"));
    n2_step s = n2_switch_step(&sw, OUTSIDE, buf, N2_LONG_HEAD_BYTES + 32, 0);
    g_assert_cmpint(s.verdict, ==, N2_STEP_DROP);
    g_assert_cmpint(s.drop, ==, N2_DROP_SERVER);
    g_assert_cmphex(n2_packet_get_path(buf), ==, route("12/4"));
    n2_switch_clear(&sw);
}

/* ---- orders ---- */

static void
test_orders(void)
{
    static const guint twice[] = {8, 8}, spreads[] = {LABEL}, unknown[] = {8, 14};
    n2_labels *labels = NULL;
    n2_label_row rows[8];

    g_assert_cmpint(n2_labels_new(&labels, 0, KEY), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_labels_new(&labels, 17, KEY), ==, N2_ERR_USAGE);
    labels = new_balanced();
    g_assert_cmpint(refused(labels, way(0, 1, "")), ==, N2_ERR_USAGE);
    g_assert_cmpint(refused(labels, way(16, 1, "")), ==, N2_ERR_USAGE);
    g_assert_cmpint(refused(labels, way(14, 0, "")), ==, N2_ERR_USAGE);
    g_assert_cmpint(refused(labels, way(14, 16, "")), ==, N2_ERR_USAGE);
    g_assert_cmpint(refused(labels, way(14, 14, "")), ==, N2_ERR_USAGE);
    g_assert_cmpint(refused(labels, way(14, 8, "")), ==, N2_ERR_USAGE); /* port is a label */
    g_assert_cmpint(refused(labels, way(1, 7, "")), ==, N2_ERR_USAGE);  /* label is a port */
    g_assert_cmpint(refused(labels, way(14, 1, "0/2")), ==, N2_ERR_EXISTS);
    g_assert_cmpint(refused(labels, way(14, 1, "1/16 1/16 1/16 1/7")), ==, N2_ERR_LIMIT);
    n2_label crooked = way(14, 1, "1/4");
    crooked.hidden.word |= 1;
    g_assert_cmpint(refused(labels, crooked), ==, N2_ERR_USAGE);
    g_assert_cmpint(refused(labels, spread(14, 0, four)), ==, N2_ERR_USAGE);
    g_assert_cmpint(refused(labels, spread(14, 2, twice)), ==, N2_ERR_USAGE);
    g_assert_cmpint(refused(labels, spread(14, 1, spreads)), ==, N2_ERR_USAGE);
    g_assert_cmpint(refused(labels, spread(14, 2, unknown)), ==, N2_ERR_USAGE);
    g_assert_cmpint(refused(labels, spread(8, 1, &four[1])), ==, N2_ERR_USAGE); /* a member */
    n2_label many = spread(14, 1, four);
    many.n = N2_LABEL_SERVERS_MAX + 1;
    g_assert_cmpint(refused(labels, many), ==, N2_ERR_LIMIT);
    g_assert_cmpint(refused(labels, (n2_label){.kind = N2_LABEL_NONE, .label = 14}), ==,
                    N2_ERR_NOTFOUND);
    g_assert_cmpint(refused(labels, (n2_label){.kind = N2_LABEL_NONE, .label = 77}), ==,
                    N2_ERR_NOTFOUND);
    g_assert_cmpint(refused(labels, (n2_label){.kind = N2_LABEL_HIDE, .port = 8}), ==,
                    N2_ERR_USAGE);
    g_assert_cmpint(refused(labels, (n2_label){.kind = N2_LABEL_HIDE, .port = 0}), ==,
                    N2_ERR_USAGE);
    g_assert_cmpint(refused(labels, (n2_label){.kind = 9, .port = 1}), ==, N2_ERR_USAGE);
    /* All that changed nothing. */
    g_assert_cmpuint(n2_labels_count(labels), ==, 5);
    order(labels, (n2_label){.kind = N2_LABEL_HIDE, .port = 7});
    g_assert_cmpuint(n2_labels_rows(labels, NULL, 0), ==, 6);
    g_assert_cmpuint(n2_labels_rows(labels, rows, G_N_ELEMENTS(rows)), ==, 6);
    for (guint i = 0; i < 4; i++) {
        g_assert_cmpuint(rows[i].label.label, ==, four[i]);
        g_assert_cmpuint(rows[i].label.port, ==, 1 + i);
        g_assert_true(rows[i].is_up);
    }
    g_assert_cmpint(rows[4].label.kind, ==, N2_LABEL_SPREAD);
    g_assert_cmpuint(rows[4].label.n, ==, 4);
    g_assert_cmpint(rows[5].label.kind, ==, N2_LABEL_HIDE);
    g_assert_cmpuint(rows[5].label.port, ==, 7);
    g_assert_true(n2_labels_is_label(labels, 8));
    g_assert_false(n2_labels_is_label(labels, 1));
    g_assert_false(n2_labels_is_label(NULL, 8));

    /* Another meaning: the old way is free, counters go on. */
    g_assert_cmpuint(server_of(labels, 7), >, 0);
    order(labels, way(8, 6, "0/2"));
    order(labels, way(14, 1, "0/2"));
    g_assert_cmpuint(n2_labels_rows(labels, rows, G_N_ELEMENTS(rows)), ==, 7);
    g_assert_cmpuint(rows[4].packets, ==, 1);

    n2_look *look = g_new0(n2_look, 1);
    n2_labels_look(labels, look);
    n2_labels_look(NULL, look);
    g_assert_cmpuint(look->n_labels, ==, 6);
    g_assert_cmpuint(look->labels[4].label, ==, LABEL);
    g_assert_cmpuint(look->labels[4].n_ways, ==, 4);
    g_assert_cmpuint(look->labels[4].bits, ==, WIDTH);
    g_assert_cmpuint(look->labels[0].n_ways, ==, 1);
    g_free(look);
    n2_labels_free(labels);
    n2_labels_free(NULL);
}

/* N2_LABELS_MAX, each found both ways; then no more, until one is forgotten. */
static void
test_limit(void)
{
    n2_labels *labels = new_labels(16);
    guint64 word;
    guint32 port;

    for (guint i = 0; i < N2_LABELS_MAX; i++) {
        n2_label l = {.kind = N2_LABEL_WAY, .label = (guint16)(1000 + i), .port = 7};
        l.hidden = (n2_route){.word = (guint64)i << 48, .bits = 16};
        order(labels, l);
    }
    g_assert_cmpint(refused(labels, way(9, 8, "")), ==, N2_ERR_LIMIT);
    g_assert_cmpuint(n2_labels_refused(labels), ==, 1);
    for (guint i = 0; i < N2_LABELS_MAX; i++) {
        port = 1000 + i;
        word = 16;
        g_assert_cmpint(n2_labels_in(labels, &word, N2_PATH_BITS, N2_PATH_USED_BITS, &port), ==,
                        N2_LABEL_IS_TAKEN);
        g_assert_cmphex(word, ==, (guint64)i << 48 | 16);
        word = n2_bits_reverse(i, 16) << 6 | 16;
        g_assert_cmpuint(n2_labels_out(labels, &word, N2_PATH_BITS, N2_PATH_USED_BITS, 7), ==,
                         1000 + i);
        g_assert_cmphex(word, ==, 16);
    }
    order(labels, (n2_label){.kind = N2_LABEL_NONE, .label = 1000});
    order(labels, way(9, 8, ""));
    port = 1000;
    g_assert_cmpint(n2_labels_in(labels, &word, N2_PATH_BITS, N2_PATH_USED_BITS, &port), ==,
                    N2_LABEL_IS_NONE);
    n2_labels_free(labels);
}

/* ---- text ---- */

static const struct {
    const char *name, *text;
    n2_err err;
    const char *again; /* (nullable) as it is written back, if otherwise */
} texts[] = {
    {"way", "12 to 3 6/3 2/2 0/2", N2_OK, NULL},
    {"way-alone", "12 to 3", N2_OK, NULL},
    {"way-one-bit", "12 to 3 0/1 1/1 0/1 0/1", N2_OK, NULL},
    {"way-wide", "65535 to 1 65535/16 65535/16 65535/16 1023/10", N2_OK, NULL},
    {"spread", "12 any 8 9 10", N2_OK, NULL},
    {"forget", "forget 12", N2_OK, NULL},
    {"hide", "hide 3", N2_OK, NULL},
    {"show", "show 3", N2_OK, NULL},
    {"blanks", " \t 12  to 3\r", N2_OK, "12 to 3"},
    {"empty", "", N2_ERR_NOTFOUND, NULL},
    {"separators", " ;\n; ", N2_ERR_NOTFOUND, NULL},
    {"no-number", "x to 3", N2_ERR_FORMAT, NULL},
    {"no-verb", "12", N2_ERR_FORMAT, NULL},
    {"other-verb", "12 is 3", N2_ERR_FORMAT, NULL},
    {"no-port", "12 to", N2_ERR_FORMAT, NULL},
    {"large", "65536 to 3", N2_ERR_USAGE, NULL},
    {"no-bits", "12 to 3 4", N2_ERR_FORMAT, NULL},
    {"no-width", "12 to 3 0/0", N2_ERR_USAGE, NULL},
    {"wide", "12 to 3 0/17", N2_ERR_USAGE, NULL},
    {"no-such-port", "12 to 3 4/2", N2_ERR_USAGE, NULL},
    {"long", "12 to 3 0/16 0/16 0/16 0/11", N2_ERR_LIMIT, NULL},
    {"none", "12 any", N2_ERR_FORMAT, NULL},
    {"many", "12 any 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", N2_ERR_LIMIT, NULL},
    {"more-behind", "forget 12 13", N2_ERR_FORMAT, NULL},
    {"hide-what", "hide", N2_ERR_FORMAT, NULL},
};

static void
test_text(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    const char *text = texts[i].text, *want = texts[i].again ? texts[i].again : text;
    char again[N2_LABEL_TEXT_BYTES];
    n2_label label;

    g_assert_cmpint(n2_label_parse(&text, &label), ==, texts[i].err);
    g_assert_cmpuint(strlen(text), ==, 0);
    if (texts[i].err)
        return;
    n2_label_format(again, &label);
    g_assert_cmpstr(again, ==, want);
}

/* Several, one after the other; a wrong one hides no other. */
static void
test_text_several(void)
{
    const char *text = "8 to 1 0/2;\n\n wrong; 12 any 8";
    n2_label label;

    g_assert_cmpint(n2_label_parse(&text, &label), ==, N2_OK);
    g_assert_cmpint(label.kind, ==, N2_LABEL_WAY);
    g_assert_cmphex(label.hidden.word, ==, 0);
    g_assert_cmpuint(label.hidden.bits, ==, 2);
    g_assert_cmpint(n2_label_parse(&text, &label), ==, N2_ERR_FORMAT);
    g_assert_cmpint(n2_label_parse(&text, &label), ==, N2_OK);
    g_assert_cmpint(label.kind, ==, N2_LABEL_SPREAD);
    g_assert_cmpint(n2_label_parse(&text, &label), ==, N2_ERR_NOTFOUND);
    /* The longest there is. */
    label = (n2_label){.kind = N2_LABEL_WAY, .label = 65535, .port = 65534};
    label.hidden.bits = 58;
    label.ends = UINT64_MAX;
    char again[N2_LABEL_TEXT_BYTES];
    n2_label_format(again, &label);
    text = again;
    n2_label back;
    g_assert_cmpint(n2_label_parse(&text, &back), ==, N2_OK);
    g_assert_cmpuint(back.hidden.bits, ==, 58);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *path = g_strconcat("/label/text/", texts[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_text);
    }
    g_test_add_func("/label/text-several", test_text_several);
    g_test_add_func("/label/attack-27-spread", test_attack_27_spread);
    g_test_add_func("/label/keyed", test_keyed);
    g_test_add_func("/label/no-server", test_no_server);
    g_test_add_func("/label/orders", test_orders);
    g_test_add_func("/label/limit", test_limit);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-label.c - the promises in label.h about packets: what is hidden, what is shown.
 */
#include "label-fixture.h"

/* ---- a network: switches of these widths, wires between their ports ---- */

enum {
    NODES = 6,
    PORTS = 1 << WIDTH
};

typedef struct {
    n2_switch sw[NODES];
    struct {
        gint node;
        guint port;
    } peer[NODES][PORTS]; /* node -1: no wire */
} net;

static void
net_init(net *n, const guint *widths, guint count)
{
    memset(n, 0, sizeof *n);
    for (guint i = 0; i < NODES; i++)
        for (guint p = 0; p < PORTS; p++)
            n->peer[i][p].node = -1;
    for (guint i = 0; i < count; i++)
        g_assert_cmpint(n2_switch_init(&n->sw[i], widths[i]), ==, N2_OK);
}

static void
net_clear(net *n)
{
    for (guint i = 0; i < NODES; i++)
        n2_switch_clear(&n->sw[i]);
}

static void
wire_up(net *n, guint a, guint port_a, guint b, guint port_b)
{
    n->peer[a][port_a].node = (gint)b;
    n->peer[a][port_a].port = port_b;
    n->peer[b][port_b].node = (gint)a;
    n->peer[b][port_b].port = port_a;
}

/* Sends a packet from @node by @in_port; returns where it is delivered, or -1, and its path. */
static gint
send_by(net *n, guint node, guint in_port, guint64 *path, guint *steps)
{
    guint8 buf[N2_PACKET_BYTES_MAX] = {N2_KIND_VERSION | N2_KIND_LONG, 0x80};

    n2_packet_set_path(buf, *path);
    for (*steps = 0;; ++*steps) {
        n2_step s = n2_switch_step(&n->sw[node], in_port, buf, N2_LONG_HEAD_BYTES + 32, 0);
        *path = n2_packet_get_path(buf);
        if (s.verdict == N2_STEP_DELIVER)
            return (gint)node;
        if (s.verdict != N2_STEP_FORWARD || n->peer[node][s.out_port].node < 0)
            return -1;
        in_port = n->peer[node][s.out_port].port;
        node = (guint)n->peer[node][s.out_port].node;
    }
}

/* client 0 - border 1 (4 bits) - inner 2 (3 bits) - inner 3 (2 bits) - server 4 */
static void
farm(net *n)
{
    static const guint widths[] = {2, WIDTH, 3, 2, 2, 2};

    net_init(n, widths, NODES);
    wire_up(n, 0, 1, 1, OUTSIDE);
    wire_up(n, 1, INSIDE, 2, 1);
    wire_up(n, 2, 6, 3, 1);
    wire_up(n, 3, 2, 4, 3);
    wire_up(n, 2, 7, 5, 1); /* somebody else inside */
    n->sw[1].labels = new_labels(WIDTH);
    order(n->sw[1].labels, way(LABEL, INSIDE, "6/3 2/2 0/2"));
}

static void
test_there_and_back(void)
{
    net n;
    guint steps;

    farm(&n);
    guint64 path = route("1/2 12/4");
    g_assert_cmpint(send_by(&n, 0, 0, &path, &steps), ==, 4);
    g_assert_cmpuint(steps, ==, 4);
    /* The server sees the whole way back, and answers by it. */
    g_assert_cmpuint(n2_path_used(path), ==, 2 + 4 + 3 + 2 + 2);
    guint64 answer = n2_path_answer(path);
    g_assert_cmphex(answer, ==, route("3/2 1/2 1/3 5/4 0/2"));
    g_assert_cmpint(send_by(&n, 4, 0, &answer, &steps), ==, 0);
    /* What the client sees is what it sent: its own hop, the label, and zeros. */
    g_assert_cmphex(n2_path_answer(answer), ==, route("1/2 12/4"));

    n2_label_row row;
    g_assert_cmpuint(n2_labels_rows(n.sw[1].labels, &row, 1), ==, 1);
    g_assert_cmpuint(row.packets, ==, 1);
    g_assert_cmpuint(row.answers, ==, 1);
    g_assert_cmpuint(row.refused, ==, 0);
    g_assert_cmphex(row.label.hidden.word, ==, route("6/3 2/2 0/2"));
    net_clear(&n);
}

/* 3: nothing that leaves tells of the inside, whoever of those inside sends it. */
static void
test_attack_3_shows_nothing(void)
{
    net n;
    guint steps;

    farm(&n);
    /* One without a label is seen as it is, until its port is hidden. */
    guint64 open = route("1/2 1/3 5/4 0/2");
    g_assert_cmpint(send_by(&n, 5, 0, &open, &steps), ==, 0);
    g_assert_cmphex(n2_path_answer(open), ==, route("1/2 3/4 7/3"));
    order(n.sw[1].labels, (n2_label){.kind = N2_LABEL_HIDE, .port = INSIDE});
    guint64 hidden = route("1/2 1/3 5/4 0/2");
    g_assert_cmpint(send_by(&n, 5, 0, &hidden, &steps), ==, 0);
    g_assert_cmphex(n2_path_answer(hidden), ==, route("1/2"));
    /* The server's own label is shown as before; one of the other end point is not. */
    guint64 labelled = route("3/2 1/2 1/3 5/4 0/2");
    g_assert_cmpint(send_by(&n, 4, 0, &labelled, &steps), ==, 0);
    g_assert_cmphex(n2_path_answer(labelled), ==, route("1/2 12/4"));
    /* What comes from outside shows all that it did. */
    guint64 in = route("5/4 0/2");
    g_assert_cmpint(send_by(&n, 1, 1, &in, &steps), ==, 0);
    g_assert_cmphex(n2_path_answer(in), ==, route("1/2 1/4"));
    order(n.sw[1].labels, (n2_label){.kind = N2_LABEL_SHOW, .port = INSIDE});
    open = route("1/2 1/3 5/4 0/2");
    g_assert_cmpint(send_by(&n, 5, 0, &open, &steps), ==, 0);
    g_assert_cmphex(n2_path_answer(open), ==, route("1/2 3/4 7/3"));
    net_clear(&n);
}

/* A way through, to somebody on the far side: the sender leaves zeros for what is hidden. */
static void
test_through(void)
{
    static const guint widths[] = {2, WIDTH, 3, WIDTH, 2};
    net n;
    guint steps;

    net_init(&n, widths, G_N_ELEMENTS(widths));
    wire_up(&n, 0, 1, 1, OUTSIDE);
    wire_up(&n, 1, INSIDE, 2, 1);
    wire_up(&n, 2, 6, 3, 9);
    wire_up(&n, 3, 2, 4, 3);
    n.sw[1].labels = new_labels(WIDTH);
    n.sw[3].labels = new_labels(WIDTH);
    order(n.sw[1].labels, way(LABEL, INSIDE, "6/3"));
    order(n.sw[3].labels, way(8, 9, "1/3"));
    guint64 path = route("1/2 12/4 0/3 2/4 0/2");
    g_assert_cmpint(send_by(&n, 0, 0, &path, &steps), ==, 4);
    /* At the far end it comes by that border's own label; the zeros are the hidden part. */
    guint64 answer = n2_path_answer(path);
    g_assert_cmphex(answer, ==, route("3/2 8/4 0/3 5/4 0/2"));
    g_assert_cmpint(send_by(&n, 4, 0, &answer, &steps), ==, 0);
    g_assert_cmphex(n2_path_answer(answer), ==, route("1/2 12/4 0/3 2/4 0/2"));
    net_clear(&n);
}

/* 3 and 44: whatever stands in a path, a label never touches the way back, nor labels that are
 * ahead; where there is no room the packet is dropped as it came. */
static void
test_attack_3_way_back_intact(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    n2_labels *labels = new_labels(WIDTH);
    guint taken = 0, full = 0;

    order(labels, way(LABEL, INSIDE, "6/3 2/2 5/4"));
    for (guint i = 0; i < 200000; i++) {
        unsigned used = (unsigned)g_rand_int_range(rand, 0, 59);
        guint zeros = (guint)g_rand_int_range(rand, 0, 30);
        guint64 bits = (guint64)g_rand_int(rand) << 32 | g_rand_int(rand);
        guint64 word = bits << 6 >> 6;
        word = (word >> (zeros ? zeros : 0)) << 6 | used; /* zeros ahead, sometimes enough */
        guint64 before = word;
        guint32 port = LABEL;
        n2_label_found found =
            n2_labels_in(labels, &word, N2_PATH_BITS, N2_PATH_USED_BITS, &port);
        guint64 back = ((UINT64_C(1) << used) - 1) << 6 | 63;
        gboolean fits = used + 9 <= N2_PATH_BITS && before >> (64 - 9) == 0;

        g_assert_cmphex(word & back, ==, before & back);
        if (fits) {
            g_assert_cmpint(found, ==, N2_LABEL_IS_TAKEN);
            g_assert_cmphex(word, ==, before | route("6/3 2/2 5/4"));
            g_assert_cmpuint(port, ==, INSIDE);
            taken++;
        } else {
            g_assert_cmpint(found, ==, N2_LABEL_NO_ROOM);
            g_assert_cmphex(word, ==, before);
            g_assert_cmpuint(port, ==, LABEL);
            full++;
        }
    }
    g_assert_cmpuint(taken, >, 10000);
    g_assert_cmpuint(full, >, 10000);
    n2_labels_free(labels);
}

/* 44: the sum fits, and what is hidden does not: dropped at the border, with its own reason. */
static void
test_attack_44_overflow(void)
{
    guint8 buf[N2_PACKET_BYTES_MAX] = {N2_KIND_VERSION | N2_KIND_LONG, 0x80}, before[10];
    n2_switch sw;

    g_assert_cmpint(n2_switch_init(&sw, WIDTH), ==, N2_OK);
    sw.labels = new_labels(WIDTH);
    order(sw.labels, way(LABEL, INSIDE, "1/16 2/16 3/16"));
    for (unsigned used = 0; used <= 58; used++) {
        n2_packet_set_path(buf, route("12/4") | used);
        memcpy(before, buf, sizeof before);
        n2_step s = n2_switch_step(&sw, OUTSIDE, buf, N2_LONG_HEAD_BYTES + 32, 0);
        if (used + WIDTH + 48 <= 58) {
            g_assert_cmpint(s.verdict, ==, N2_STEP_FORWARD);
            g_assert_cmpuint(s.out_port, ==, INSIDE);
        } else {
            g_assert_cmpint(s.verdict, ==, N2_STEP_DROP);
            g_assert_cmpint(s.drop, ==, used + WIDTH > 58 ? N2_DROP_BUDGET : N2_DROP_LABEL);
            g_assert_cmpmem(buf, sizeof before, before, sizeof before);
        }
    }
    /* Labels ahead, where the hidden way goes. */
    n2_packet_set_path(buf, route("12/4 0/16 0/16 1/16"));
    n2_step s = n2_switch_step(&sw, OUTSIDE, buf, N2_LONG_HEAD_BYTES + 32, 0);
    g_assert_cmpint(s.drop, ==, N2_DROP_LABEL);
    n2_switch_clear(&sw);
}

/* The answers of others, who are not behind the label, do not get it; a liar inside cannot put
 * on the label of somebody else. */
static void
test_attack_3_forged_inside(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(33);
    guint steps, heard = 0;
    net n;

    farm(&n);
    for (guint i = 0; i < 20000; i++) {
        /* What the liar behind node 2, port 7 writes before the first honest switch. */
        guint64 forged = (guint64)g_rand_int(rand) << 32 | g_rand_int(rand);
        unsigned used = (unsigned)g_rand_int_range(rand, 0, 46);
        guint64 back = used ? (forged & ((UINT64_C(1) << used) - 1)) << 6 | used : 0;
        guint64 path = route("1/3 5/4 0/2") | back;
        if (send_by(&n, 2, 7, &path, &steps) != 0)
            continue;
        heard++;
        guint64 seen = n2_path_answer(path);
        /* By the label nobody would come to it, and all else leads behind its own port. */
        g_assert_cmphex(seen >> (64 - 2 - 4), !=, route("1/2 12/4") >> (64 - 2 - 4));
        g_assert_cmphex(seen >> (64 - 9), ==, route("1/2 3/4 7/3") >> (64 - 9));
    }
    g_assert_cmpuint(heard, >, 10000);
    net_clear(&n);
}

/* 1: whatever an operator sets, and whatever a liar writes, a packet takes 58 steps at most. */
static void
test_attack_1_labels(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    guint most = 0, set = 0;

    for (guint i = 0; i < 400; i++) {
        guint widths[NODES];
        net n;
        for (guint k = 0; k < NODES; k++)
            widths[k] = (guint)g_rand_int_range(rand, 1, WIDTH + 1);
        net_init(&n, widths, NODES);
        for (guint k = 0; k < 10; k++) {
            guint a = (guint)g_rand_int_range(rand, 0, NODES);
            guint b = (guint)g_rand_int_range(rand, 0, NODES);
            wire_up(&n, a, (guint)g_rand_int_range(rand, 1, 1 << widths[a]), b,
                    (guint)g_rand_int_range(rand, 1, 1 << widths[b]));
        }
        for (guint a = 0; a < NODES; a++) {
            n.sw[a].labels = new_labels(widths[a]);
            for (guint k = 0; k < 12; k++) {
                n2_label l = {.kind = N2_LABEL_WAY,
                              .label = (guint16)g_rand_int_range(rand, 1, 1 << widths[a]),
                              .port = (guint16)g_rand_int_range(rand, 1, 1 << widths[a])};
                l.hidden.bits = (guint8)g_rand_int_range(rand, 0, 13);
                if (l.hidden.bits)
                    l.hidden.word = (guint64)g_rand_int(rand) << (64 - l.hidden.bits);
                set += n2_labels_order(n.sw[a].labels, &l) == N2_OK;
            }
        }
        for (guint k = 0; k < 300; k++) {
            guint node = (guint)g_rand_int_range(rand, 0, NODES), steps;
            guint64 path = (guint64)g_rand_int(rand) << 32 | g_rand_int(rand);
            if (k & 1)
                path &= ~UINT64_C(63);
            if (k & 2)
                path = path >> 32 << 6;
            (void)send_by(&n, node, (guint)g_rand_int_range(rand, 0, 1 << widths[node]), &path,
                          &steps);
            g_assert_cmpuint(steps, <=, 58);
            most = MAX(most, steps);
        }
        net_clear(&n);
    }
    g_assert_cmpuint(set, >, 2000);
    g_assert_cmpuint(most, >, 10);
}

static void
test_short_form(void)
{
    n2_labels *labels = new_labels(WIDTH);
    guint32 port = LABEL;

    order(labels, way(LABEL, INSIDE, "6/3"));
    order(labels, way(9, INSIDE, "1/16"));
    guint64 word = 0x0a << 4 | 4; /* one step taken, way back a */
    g_assert_cmpint(
        n2_labels_in(labels, &word, N2_SHORT_PATH_BITS, N2_SHORT_PATH_USED_BITS, &port), ==,
        N2_LABEL_IS_TAKEN);
    g_assert_cmphex(word, ==, 0xc000 | 0x0a << 4 | 4);
    port = 9; /* hides more than the short form has */
    word = 4;
    g_assert_cmpint(
        n2_labels_in(labels, &word, N2_SHORT_PATH_BITS, N2_SHORT_PATH_USED_BITS, &port), ==,
        N2_LABEL_NO_ROOM);
    word = 3 << 4 | 3; /* 011: 6 mirrored */
    g_assert_cmpuint(
        n2_labels_out(labels, &word, N2_SHORT_PATH_BITS, N2_SHORT_PATH_USED_BITS, INSIDE), ==,
        LABEL);
    g_assert_cmphex(word, ==, 3);
    word = 15; /* a lie of how much is used */
    g_assert_cmpuint(
        n2_labels_out(labels, &word, N2_SHORT_PATH_BITS, N2_SHORT_PATH_USED_BITS, INSIDE), ==,
        INSIDE);
    n2_labels_free(labels);
}

/* The longest hidden way that fits is meant. */
static void
test_longest(void)
{
    n2_labels *labels = new_labels(WIDTH);

    order(labels, way(8, INSIDE, ""));
    order(labels, way(9, INSIDE, "6/3"));
    order(labels, way(10, INSIDE, "6/3 2/2"));
    const struct {
        guint64 word;
        guint label;
    } rows[] = {{0, 8},
                {1 << 6 | 3, 8},
                {3 << 6 | 3, 9},
                {3 << 6 | 2, 8},
                {0x0b << 6 | 5, 10},
                {0x0b << 6 | 4, 9},
                {0x1b << 6 | 5, 9}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint64 word = rows[i].word;
        g_assert_cmpuint(n2_labels_out(labels, &word, N2_PATH_BITS, N2_PATH_USED_BITS, INSIDE),
                         ==, rows[i].label);
        g_assert_cmpuint(word & 63, ==, rows[i].word & 63);
    }
    guint64 word = 3 << 6 | 3;
    g_assert_cmpuint(n2_labels_out(labels, &word, N2_PATH_BITS, N2_PATH_USED_BITS, 4), ==, 4);
    g_assert_cmphex(word, ==, 3 << 6 | 3);
    n2_labels_free(labels);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/label/there-and-back", test_there_and_back);
    g_test_add_func("/label/through", test_through);
    g_test_add_func("/label/attack-03-shows-nothing", test_attack_3_shows_nothing);
    g_test_add_func("/label/attack-03-way-back-intact", test_attack_3_way_back_intact);
    g_test_add_func("/label/attack-03-forged-inside", test_attack_3_forged_inside);
    g_test_add_func("/label/attack-44-overflow", test_attack_44_overflow);
    g_test_add_func("/label/attack-01-steps", test_attack_1_labels);
    g_test_add_func("/label/short-form", test_short_form);
    g_test_add_func("/label/longest", test_longest);
    return g_test_run();
}

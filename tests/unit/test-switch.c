/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-switch.c - the promises in switch.h.
 */
#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "switch/switch.h"
#include "wire/path.h"

/* A packet of @kind and @care with path @path in its form. */
static size_t
make(guint8 *buf, guint8 kind, guint8 care, guint64 path)
{
    memset(buf, 0xa5, N2_PACKET_BYTES_MAX);
    buf[0] = kind;
    buf[1] = care;
    if (kind & N2_KIND_LONG) {
        n2_packet_set_path(buf, path);
    } else {
        buf[2] = (guint8)(path >> 8);
        buf[3] = (guint8)path;
    }
    return n2_packet_bytes(kind);
}

/* ---- one step ---- */

typedef struct {
    const char *name;
    guint8 kind, care;
    guint64 path;
    gint longer;
    n2_step_verdict verdict;
    n2_drop drop;
    guint out_port;
} row;

#define LONG (N2_KIND_VERSION | N2_KIND_LONG)
#define SEALED (LONG | N2_KIND_SEALED)
#define SHORT N2_KIND_VERSION
#define FAR UINT64_C(0xb000000000000000) /* label 11 of 4 bits */
#define MODE(m) ((m) << N2_CARE_MODE_SHIFT)

/* The switch has 16 ports; the packet comes in by port 5. */
static const row rows[] = {
    {"forward-long", LONG, 0, FAR, 0, N2_STEP_FORWARD, 0, 11},
    {"forward-sealed-2k", SEALED | 3 << 2, 0, FAR, 0, N2_STEP_FORWARD, 0, 11},
    {"forward-512-phase", SEALED | 2 << 2 | 2, 0, FAR, 0, N2_STEP_FORWARD, 0, 11},
    {"forward-128", LONG | 1 << 2, 0, FAR, 0, N2_STEP_FORWARD, 0, 11},
    {"forward-short", SHORT, 0, 0xb000, 0, N2_STEP_FORWARD, 0, 11},
    {"forward-short-2k", SHORT | 3 << 2, 0, 0xb000, 0, N2_STEP_FORWARD, 0, 11},
    {"forward-control", LONG, MODE(3), FAR, 0, N2_STEP_FORWARD, 0, 11},
    {"forward-jammed", LONG, 0x88, FAR, 0, N2_STEP_FORWARD, 0, 11},
    {"deliver", LONG, 0, 0, 0, N2_STEP_DELIVER, 0, 0},
    {"deliver-short", SHORT, 0, 0, 0, N2_STEP_DELIVER, 0, 0},
    {"deliver-with-way-back", LONG, 0, (UINT64_C(0xfff) << 6) | 12, 0, N2_STEP_DELIVER, 0, 0},
    {"control", LONG, MODE(3), 0, 0, N2_STEP_CONTROL, 0, 0},
    {"version-0", 0x20, 0, FAR, 0, N2_STEP_DROP, N2_DROP_VERSION, 0},
    {"version-2", 0xa0, 0, FAR, 0, N2_STEP_DROP, N2_DROP_VERSION, 0},
    {"version-3", 0xe0, 0, FAR, 0, N2_STEP_DROP, N2_DROP_VERSION, 0},
    {"spare-bit-of-kind", LONG | 1, 0, FAR, 0, N2_STEP_DROP, N2_DROP_SPARE, 0},
    {"sealed-short", SHORT | N2_KIND_SEALED, 0, 0xb000, 0, N2_STEP_DROP, N2_DROP_SPARE, 0},
    {"spare-bit-of-care", LONG, 4, FAR, 0, N2_STEP_DROP, N2_DROP_SPARE, 0},
    {"byte-missing", LONG, 0, FAR, -1, N2_STEP_DROP, N2_DROP_LENGTH, 0},
    {"byte-over", LONG, 0, FAR, 1, N2_STEP_DROP, N2_DROP_LENGTH, 0},
    {"multicast-passes-by", LONG, MODE(1), FAR, 0, N2_STEP_FORWARD, 0, 11},
    {"multicast-here", LONG, MODE(1), FAR >> 4, 0, N2_STEP_DROP, N2_DROP_MODE, 0},
    {"multicast-of-tree-0", LONG, MODE(1), 0, 0, N2_STEP_DROP, N2_DROP_MODE, 0},
    {"broadcast", LONG, MODE(2), FAR, 0, N2_STEP_DROP, N2_DROP_MODE, 0},
    {"budget-just-enough", LONG, 0, FAR | 54, 0, N2_STEP_FORWARD, 0, 11},
    {"budget-spent", LONG, 0, FAR | 55, 0, N2_STEP_DROP, N2_DROP_BUDGET, 0},
    {"budget-a-lie", LONG, 0, FAR | 63, 0, N2_STEP_DROP, N2_DROP_BUDGET, 0},
    {"budget-short", SHORT, 0, 0xb009, 0, N2_STEP_DROP, N2_DROP_BUDGET, 0},
    {"labels-behind-0", LONG, 0, FAR >> 4, 0, N2_STEP_DROP, N2_DROP_AHEAD, 0},
    {"labels-behind-0-short", SHORT, 0, 0x0b00, 0, N2_STEP_DROP, N2_DROP_AHEAD, 0},
    {"labels-behind-0-control", LONG, MODE(3), FAR >> 4, 0, N2_STEP_DROP, N2_DROP_AHEAD, 0},
};

static void
test_row(gconstpointer data)
{
    const row *t = data;
    guint8 buf[N2_PACKET_BYTES_MAX + 1], before[sizeof buf];
    n2_switch sw;
    size_t len = make(buf, t->kind, t->care, t->path) + (size_t)t->longer;

    if (!n2_kind_is_valid(t->kind))
        len = N2_LONG_HEAD_BYTES + 32;
    memcpy(before, buf, sizeof buf);
    g_assert_cmpint(n2_switch_init(&sw, 4), ==, N2_OK);
    g_autofree guint8 *exact = g_memdup2(buf, len);
    n2_step step = n2_switch_step(&sw, 5, exact, len, 0);

    g_assert_cmpint(step.verdict, ==, t->verdict);
    g_assert_cmpuint(step.out_port, ==, t->out_port);
    g_assert_cmpuint(sw.ports[5].packets_in, ==, 1);
    g_assert_cmpuint(sw.ports[5].bytes_in, ==, len);
    g_assert_cmpuint(sw.ports[5].dropped, ==, t->verdict == N2_STEP_DROP);
    g_assert_cmpuint(sw.forwarded, ==, t->verdict == N2_STEP_FORWARD);
    g_assert_cmpuint(sw.ports[t->out_port].packets_out, ==, t->verdict == N2_STEP_FORWARD);
    if (t->verdict == N2_STEP_DROP) {
        g_assert_cmpint(step.drop, ==, t->drop);
        g_assert_cmpuint(sw.dropped[t->drop], ==, 1);
        g_assert_nonnull(n2_drop_text(step.drop));
        g_assert_cmpmem(exact, len, before, len);
    } else {
        /* Nothing but the path may change. */
        gsize path = t->kind & N2_KIND_LONG ? 8 : 2;
        g_assert_cmpmem(exact, 2, before, 2);
        g_assert_cmpmem(exact + 2 + path, len - 2 - path, before + 2 + path, len - 2 - path);
    }
    n2_switch_clear(&sw);
}

/* Whoever moves the step to another place need not bring more than the first bytes there. */
static void
test_first_bytes(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    guint8 *pages =
        mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    g_assert_true(pages != MAP_FAILED);
    g_assert_cmpint(mprotect(pages + page, page, PROT_NONE), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const row *t = &rows[i];
        guint8 whole[N2_PACKET_BYTES_MAX];
        size_t len = make(whole, t->kind, t->care, t->path) + (size_t)t->longer;
        size_t first = t->kind & N2_KIND_LONG ? N2_STEP_BYTES : 4;
        guint8 *at = pages + page - first;
        n2_switch here, there;

        if (!n2_kind_is_valid(t->kind))
            len = N2_LONG_HEAD_BYTES + 32;
        memcpy(at, whole, first);
        g_assert_cmpint(n2_switch_init(&here, 4), ==, N2_OK);
        g_assert_cmpint(n2_switch_init(&there, 4), ==, N2_OK);
        n2_step a = n2_switch_step(&here, 5, whole, len, 0),
                b = n2_switch_step(&there, 5, at, len, 0);
        g_assert_cmpint(a.verdict, ==, b.verdict);
        g_assert_cmpuint(a.out_port, ==, b.out_port);
        g_assert_cmpmem(at, first, whole, first);
        n2_switch_clear(&here);
        n2_switch_clear(&there);
    }
    munmap(pages, 2 * page);
}

/* A message that says so is shown to each switch that it passes, and nothing else is. */
static void
test_hops(void)
{
    static const struct {
        const char *what;
        guint8 kind, mode, address, type, flags;
        gboolean is_hop;
    } cases[] = {
        {"reservation", LONG, 3, 0, 4, 0x80, TRUE},
        {"tree", LONG, 3, 0, 5, 0x81, TRUE},
        {"channel of 128 bytes", LONG | 1 << 2, 3, 0, 6, 0xff, TRUE},
        {"says not", LONG, 3, 0, 4, 0x7f, FALSE},
        {"notice", LONG, 3, 0, 3, 0x80, FALSE},
        {"next type", LONG, 3, 0, 7, 0x80, FALSE},
        {"to a connection", LONG, 3, 1, 4, 0x80, FALSE},
        {"sealed", SEALED, 3, 0, 4, 0x80, FALSE},
        {"unicast", LONG, 0, 0, 4, 0x80, FALSE},
        {"short", SHORT, 3, 0, 4, 0x80, FALSE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint8 buf[N2_PACKET_BYTES_MAX];
        guint64 path = cases[i].kind == SHORT ? 0xb000 : FAR;
        size_t len = make(buf, cases[i].kind, (guint8)MODE(cases[i].mode), path);
        n2_switch sw;
        g_test_message("%s", cases[i].what);
        if (cases[i].kind != SHORT) {
            memset(buf + 10, 0, 8);
            buf[17] = cases[i].address;
            buf[18] = cases[i].type;
            buf[19] = cases[i].flags;
        }
        g_assert_cmpint(n2_switch_init(&sw, 4), ==, N2_OK);
        n2_step step = n2_switch_step(&sw, 5, buf, len, 0);
        g_assert_cmpint(step.verdict, ==, cases[i].is_hop ? N2_STEP_HOP : N2_STEP_FORWARD);
        g_assert_cmpuint(step.out_port, ==, 11);
        g_assert_cmpuint(sw.forwarded, ==, 1);
        n2_switch_clear(&sw);
    }
}

/* With tables to look into, the step leaves to them what goes to several. */
static void
test_several(void)
{
    guint8 buf[N2_PACKET_BYTES_MAX], before[N2_PACKET_BYTES_MAX];
    n2_switch sw;

    g_assert_cmpint(n2_switch_init(&sw, 4), ==, N2_OK);
    sw.has_trees = sw.has_channels = true;
    /* label 0, then tree 0xabcd: its number is on top, and the in-port at the bottom */
    size_t len = make(buf, LONG, MODE(1), UINT64_C(0x0abcd) << 44);
    n2_step step = n2_switch_step(&sw, 5, buf, len, 0);
    g_assert_cmpint(step.verdict, ==, N2_STEP_COPIES);
    g_assert_cmphex(n2_packet_get_path(buf), ==, UINT64_C(0xabcd) << 48 | 10 << 6 | 4);
    len = make(buf, LONG, MODE(2), FAR);
    memcpy(before, buf, len);
    step = n2_switch_step(&sw, 5, buf, len, 0);
    g_assert_cmpint(step.verdict, ==, N2_STEP_COPIES);
    g_assert_cmpmem(buf, len, before, len);
    n2_switch_clear(&sw);
}

static void
test_width(void)
{
    n2_switch sw;

    g_assert_cmpint(n2_switch_init(&sw, 0), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_switch_init(&sw, 17), ==, N2_ERR_USAGE);
    for (guint width = 1; width <= 16; width++) {
        guint8 buf[N2_PACKET_BYTES_MAX];
        guint last = (1u << width) - 1;
        g_assert_cmpint(n2_switch_init(&sw, width), ==, N2_OK);
        size_t len = make(buf, LONG, 0, UINT64_MAX << 6);
        g_assert_cmpuint(n2_switch_step(&sw, last, buf, len, 0).out_port, ==, last);
        g_assert_cmpuint(n2_path_used(n2_packet_get_path(buf)), ==, width);
        n2_switch_clear(&sw);
    }
}

static void
test_undo(void)
{
    guint8 buf[N2_PACKET_BYTES_MAX];
    n2_switch sw;

    g_assert_cmpint(n2_switch_init(&sw, 4), ==, N2_OK);
    size_t len = make(buf, LONG, 0, FAR);
    n2_step step = n2_switch_step(&sw, 5, buf, len, 0);
    n2_switch_undo(&sw, 5, step.out_port, len, N2_DROP_PORT);
    g_assert_cmpuint(sw.forwarded, ==, 0);
    g_assert_cmpuint(sw.ports[11].bytes_out, ==, 0);
    g_assert_cmpuint(sw.dropped[N2_DROP_PORT], ==, 1);
    g_assert_cmpuint(sw.ports[5].dropped, ==, 1);
    /* What did not fit is not his fault by whose port it came. */
    len = make(buf, LONG, 0, FAR);
    step = n2_switch_step(&sw, 5, buf, len, 0);
    n2_switch_undo(&sw, 5, step.out_port, len, N2_DROP_QUEUE);
    g_assert_cmpuint(sw.forwarded, ==, 0);
    g_assert_cmpuint(sw.ports[11].packets_out, ==, 0);
    g_assert_cmpuint(sw.dropped[N2_DROP_QUEUE], ==, 1);
    g_assert_cmpuint(sw.ports[5].dropped, ==, 1);
    g_assert_cmpuint(sw.ports[11].overflowed, ==, 1);
    n2_switch_clear(&sw);
}

/* ---- attack 1: circling packets ---- */

/* A ring of switches that forward everything back into the ring, and labels that read the
 * packet's own way back: every packet dies, after 58 / n steps at most. */
static void
test_attack_1_ring(void)
{
    for (guint width = 1; width <= 16; width++) {
        for (guint trial = 0; trial < 200; trial++) {
            guint8 buf[N2_PACKET_BYTES_MAX];
            guint64 path = trial ? (guint64)g_test_rand_int() << 32 | (guint32)g_test_rand_int()
                                 : UINT64_MAX << 6; /* all ones */
            n2_switch sw;
            guint steps = 0, in_port = (1u << width) - 1;

            g_assert_cmpint(n2_switch_init(&sw, width), ==, N2_OK);
            size_t len = make(buf, LONG, 0, path & (trial % 2 ? UINT64_MAX : ~UINT64_C(63)));
            for (;; steps++) {
                n2_step step = n2_switch_step(&sw, in_port, buf, len, 0);
                if (step.verdict != N2_STEP_FORWARD)
                    break;
                g_assert_cmpuint(steps, <, N2_PATH_BITS / width);
                in_port = trial % 3 ? step.out_port : (1u << width) - 1;
            }
            if (!trial)
                g_assert_cmpuint(steps, ==, N2_PATH_BITS / width);
            n2_switch_clear(&sw);
        }
    }
}

/* One link between two switches, all-ones ports: the short form dies too. */
static void
test_attack_1_short(void)
{
    guint8 buf[N2_PACKET_BYTES_MAX];
    n2_switch sw;
    guint steps = 0;

    g_assert_cmpint(n2_switch_init(&sw, 1), ==, N2_OK);
    size_t len = make(buf, SHORT, 0, 0xfff0);
    while (n2_switch_step(&sw, 1, buf, len, 0).verdict == N2_STEP_FORWARD)
        steps++;
    g_assert_cmpuint(steps, ==, N2_SHORT_PATH_BITS);
    n2_switch_clear(&sw);
}

/* ---- a device that can do no more than 32 bytes in the short form ---- */

/* Reads the path of a short packet as its receiver does. */
static guint16
short_path(const guint8 *packet, gsize len)
{
    n2_packet p;

    g_assert_cmpint(n2_packet_parse(&p, packet, len), ==, N2_OK);
    g_assert_false(p.is_long);
    g_assert_false(p.is_sealed);
    g_assert_cmpuint(p.data_bytes, ==, 32);
    return (guint16)p.path;
}

/* A keyboard at port 5 of one switch tells a computer behind a second one which key went down,
 * and the computer lights its lamp by the way back that the packet brought. */
static void
test_keyboard(void)
{
    guint8 key[N2_PACKET_BYTES_MAX], lamp[N2_PACKET_BYTES_MAX];
    n2_switch hub, desk;
    n2_step step;

    g_assert_cmpint(n2_switch_init(&hub, 3), ==, N2_OK);
    g_assert_cmpint(n2_switch_init(&desk, 4), ==, N2_OK);
    /* out by port 6 of the hub, in by port 9 of the desk's switch, which is the computer */
    size_t len = make(key, SHORT, 0, 6u << 13);
    key[N2_SHORT_HEAD_BYTES] = 'n';
    g_assert_cmpuint(len, ==, N2_PACKET_BYTES_MIN);
    step = n2_switch_step(&hub, 5, key, len, 0);
    g_assert_cmpint(step.verdict, ==, N2_STEP_FORWARD);
    g_assert_cmpuint(step.out_port, ==, 6);
    step = n2_switch_step(&desk, 9, key, len, 0);
    g_assert_cmpint(step.verdict, ==, N2_STEP_DELIVER);
    g_assert_cmpuint(key[N2_SHORT_HEAD_BYTES], ==, 'n');

    make(lamp, SHORT, 0, n2_path_answer_short(short_path(key, len)));
    step = n2_switch_step(&desk, 0, lamp, len, 0);
    g_assert_cmpint(step.verdict, ==, N2_STEP_FORWARD);
    g_assert_cmpuint(step.out_port, ==, 9);
    step = n2_switch_step(&hub, 6, lamp, len, 0);
    g_assert_cmpint(step.verdict, ==, N2_STEP_FORWARD);
    g_assert_cmpuint(step.out_port, ==, 5);
    g_assert_true(n2_path_is_at_end_short(short_path(lamp, len)));
    n2_switch_clear(&hub);
    n2_switch_clear(&desk);
}

/* ---- echo ---- */

/* A question through two switches of different width to the second, and its answer back. */
static void
test_echo(void)
{
    n2_switch near, far;
    guint8 ask[N2_ECHO_BYTES], answer[N2_ECHO_BYTES];
    n2_route route = {0};
    n2_echo echo = {0};

    g_assert_cmpint(n2_switch_init(&near, 4), ==, N2_OK);
    g_assert_cmpint(n2_switch_init(&far, 7), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&route, 4, 9), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&route, 7, 0), ==, N2_OK);
    n2_echo_write(ask, route.word, 0x1122334455667788);

    n2_step step = n2_switch_step(&near, 0, ask, sizeof ask, 0);
    g_assert_cmpint(step.verdict, ==, N2_STEP_FORWARD);
    g_assert_cmpuint(step.out_port, ==, 9);
    step = n2_switch_step(&far, 100, ask, sizeof ask, 0);
    g_assert_cmpint(step.verdict, ==, N2_STEP_CONTROL);
    g_assert_cmpint(n2_switch_control(&far, 100, ask, sizeof ask, 0, answer, &echo), ==,
                    N2_ECHO_QUESTION);
    g_assert_cmpuint(far.echoed, ==, 1);

    step = n2_switch_step(&far, 0, answer, sizeof answer, 0);
    g_assert_cmpint(step.verdict, ==, N2_STEP_FORWARD);
    g_assert_cmpuint(step.out_port, ==, 100);
    step = n2_switch_step(&near, 9, answer, sizeof answer, 0);
    g_assert_cmpint(step.verdict, ==, N2_STEP_CONTROL);
    g_assert_cmpint(n2_switch_control(&near, 9, answer, sizeof answer, 0, ask, &echo), ==,
                    N2_ECHO_ANSWER);
    g_assert_cmphex(echo.nonce, ==, 0x1122334455667788);
    g_assert_cmpuint(echo.width, ==, 7);
    g_assert_cmpuint(echo.in_port, ==, 100);
    n2_switch_clear(&near);
    n2_switch_clear(&far);
}

typedef struct {
    const char *name;
    guint at; /* byte of a good question that is changed */
    guint8 to;
} echo_row;

static const echo_row echo_rows[] = {
    {"short", 0, SHORT},
    {"another-version", 0, 0x20},
    {"sealed", 0, SEALED},
    {"longer", 0, LONG | 1 << 2},
    {"phase", 0, LONG | N2_KIND_PHASE},
    {"address", 17, 1},
    {"type-0", 18, 0},
    {"type-3", 18, 3},
    {"answer-without-width", 18, 2},
    {"zero-bytes", 19, 1},
    {"question-with-width", 34, 4},
    {"question-with-port", 36, 4},
    {"tail", 49, 1},
};

static void
test_echo_row(gconstpointer data)
{
    const echo_row *t = data;
    guint8 ask[N2_PACKET_BYTES_MAX] = {0}, answer[N2_ECHO_BYTES];
    n2_switch sw;
    n2_echo echo;

    g_assert_cmpint(n2_switch_init(&sw, 3), ==, N2_OK);
    n2_echo_write(ask, 0, 1);
    ask[t->at] = t->to;
    g_assert_cmpint(n2_switch_control(&sw, 2, ask, n2_packet_bytes(ask[0]), 0, answer, &echo),
                    ==, N2_ECHO_NOTHING);
    g_assert_cmpuint(sw.dropped[N2_DROP_CONTROL], ==, 1);
    n2_switch_clear(&sw);
}

/* A thousand a second for each in-port, whatever is asked; another port has its own. */
static void
test_echo_is_limited(void)
{
    guint8 ask[N2_ECHO_BYTES], answer[N2_ECHO_BYTES];
    n2_switch sw;
    n2_echo echo;
    guint answered = 0;

    g_assert_cmpint(n2_switch_init(&sw, 3), ==, N2_OK);
    n2_echo_write(ask, 0, 1);
    for (guint64 us = 0; us < 10 * N2_SECOND_US; us += 100)
        answered +=
            n2_switch_control(&sw, 2, ask, sizeof ask, us, answer, &echo) == N2_ECHO_QUESTION;
    g_assert_cmpuint(answered, >=, 10 * N2_SWITCH_ECHO_PER_S);
    g_assert_cmpuint(answered, <=, 10 * N2_SWITCH_ECHO_PER_S + 50);
    g_assert_cmpuint(sw.dropped[N2_DROP_ECHO_RATE], ==, 100000 - answered);
    g_assert_cmpint(
        n2_switch_control(&sw, 3, ask, sizeof ask, 10 * N2_SECOND_US, answer, &echo), ==,
        N2_ECHO_QUESTION);
    n2_switch_clear(&sw);
}

/* An answer that cannot be: width, or a port that such a switch does not have. */
static void
test_attack_8_answers(void)
{
    static const struct {
        guint8 width, port_high, port_low;
        n2_echo_kind kind;
    } cases[] = {{0, 0, 0, N2_ECHO_NOTHING},  {1, 0, 1, N2_ECHO_ANSWER},
                 {1, 0, 2, N2_ECHO_NOTHING},  {16, 0xff, 0xff, N2_ECHO_ANSWER},
                 {17, 0, 0, N2_ECHO_NOTHING}, {255, 0, 0, N2_ECHO_NOTHING},
                 {8, 1, 0, N2_ECHO_NOTHING}};
    guint8 bytes[N2_ECHO_BYTES], answer[N2_ECHO_BYTES];
    n2_switch sw;
    n2_echo echo;

    g_assert_cmpint(n2_switch_init(&sw, 3), ==, N2_OK);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        n2_echo_write(bytes, 0, 1);
        bytes[18] = 2;
        bytes[34] = cases[i].width;
        bytes[35] = cases[i].port_high;
        bytes[36] = cases[i].port_low;
        g_assert_cmpint(n2_switch_control(&sw, 2, bytes, sizeof bytes, 0, answer, &echo), ==,
                        cases[i].kind);
    }
    g_assert_cmpuint(sw.dropped[N2_DROP_CONTROL], ==, 5);
    g_assert_cmpuint(sw.echoed, ==, 0);
    n2_switch_clear(&sw);
}

static void
test_reasons(void)
{
    for (int i = 0; i < N2_DROP_REASONS; i++)
        for (int k = 0; k < i; k++)
            g_assert_cmpstr(n2_drop_text((n2_drop)i), !=, n2_drop_text((n2_drop)k));
    g_assert_cmpstr(n2_drop_text(N2_DROP_REASONS), ==, "unknown reason");
}

/* What is shorter than any packet, and what is of none of the lengths. */
static void
test_lengths(void)
{
    guint8 buf[N2_PACKET_BYTES_MAX];
    n2_switch sw;

    g_assert_cmpint(n2_switch_init(&sw, 4), ==, N2_OK);
    for (size_t len = 0; len < N2_PACKET_BYTES_MIN; len++) {
        (void)make(buf, SHORT, 0, 0xb000);
        g_autofree guint8 *exact = g_memdup2(buf, MAX(len, 1));
        g_assert_cmpint(n2_switch_step(&sw, 5, exact, len, 0).drop, ==, N2_DROP_LENGTH);
    }
    g_assert_cmpuint(sw.dropped[N2_DROP_LENGTH], ==, N2_PACKET_BYTES_MIN);
    n2_switch_clear(&sw);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/switch/step/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/switch/first-bytes", test_first_bytes);
    g_test_add_func("/switch/hops", test_hops);
    g_test_add_func("/switch/several", test_several);
    g_test_add_func("/switch/width", test_width);
    g_test_add_func("/switch/undo", test_undo);
    g_test_add_func("/switch/attack-01-ring", test_attack_1_ring);
    g_test_add_func("/switch/attack-01-short", test_attack_1_short);
    g_test_add_func("/switch/keyboard", test_keyboard);
    g_test_add_func("/switch/echo", test_echo);
    for (gsize i = 0; i < G_N_ELEMENTS(echo_rows); i++) {
        g_autofree char *path = g_strconcat("/switch/echo/not/", echo_rows[i].name, NULL);
        g_test_add_data_func(path, &echo_rows[i], test_echo_row);
    }
    g_test_add_func("/switch/echo/attack-08-limited", test_echo_is_limited);
    g_test_add_func("/switch/echo/attack-08-answers", test_attack_8_answers);
    g_test_add_func("/switch/reasons", test_reasons);
    g_test_add_func("/switch/lengths", test_lengths);
    return g_test_run();
}

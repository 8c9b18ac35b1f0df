/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-switch-model.c - the step against the page: packets at random through the switch, and
 *                       through one that takes paths bit by bit as PROTOCOL.md says; and a
 *                       switch with tables that say nothing does what one without does.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "switch/switch.h"

enum {
    PACKETS = 60000
};

/* ---- PROTOCOL.md, "Packet" and "Path", bit by bit -------------------------------------------
 */

typedef struct {
    gboolean bits[64];
    guint n; /* label bits */
    guint used;
} way;

static way
read_way(const guint8 *bytes, gboolean is_long)
{
    way w = {.n = is_long ? 58 : 12};
    guint all = is_long ? 64 : 16;

    for (guint i = 0; i < all; i++) {
        gboolean bit = bytes[2 + i / 8] >> (7 - i % 8) & 1;
        if (i < w.n)
            w.bits[i] = bit;
        else
            w.used = 2 * w.used + (guint)bit;
    }
    return w;
}

static void
write_way(guint8 *bytes, const way *w, gboolean is_long)
{
    guint all = is_long ? 64 : 16;

    memset(bytes + 2, 0, all / 8);
    for (guint i = 0; i < all; i++) {
        gboolean bit = i < w->n ? w->bits[i] : (gboolean)(w->used >> (all - 1 - i) & 1);
        bytes[2 + i / 8] |= (guint8)(bit << (7 - i % 8));
    }
}

static guint
length_of(guint8 kind)
{
    guint data[] = {32, 128, 512, 2048};
    gboolean is_long = kind & 0x20, is_sealed = kind & 0x10;

    return data[kind >> 2 & 3] + (is_long ? 18 : 6) + (is_sealed ? 24 : 0);
}

typedef struct {
    n2_step_verdict verdict;
    guint out_port;
} said;

/* A switch without trees, channels, labels, filter and reservations. */
static said
step_by_page(guint width, guint in_port, guint8 *bytes, gsize len)
{
    const said drop = {N2_STEP_DROP, 0};
    guint8 kind = len ? bytes[0] : 0;
    gboolean is_long = kind & 0x20;
    guint out = 0, ahead = 0;

    if (kind >> 6 != 1 || kind & 1 || (kind & 0x30) == 0x10 || len != length_of(kind) ||
        bytes[1] & 7)
        return drop;
    guint mode = bytes[1] >> 4 & 3;
    way w = read_way(bytes, is_long), next = w;
    if (mode == N2_MODE_BROADCAST || w.used + width > w.n)
        return drop;
    for (guint i = 0; i < width; i++)
        out = 2 * out + (guint)w.bits[i];
    for (guint i = 0; i < w.n; i++)
        next.bits[i] =
            i + width < w.n ? w.bits[i + width] : (gboolean)(in_port >> (i + width - w.n) & 1);
    next.used = w.used + width;
    if (out) {
        write_way(bytes, &next, is_long);
        gboolean is_message = mode == N2_MODE_CONTROL && (kind & 0x30) == 0x20 &&
                              !memcmp(bytes + 10, "\0\0\0\0\0\0\0", 8) && bytes[18] >= 4 &&
                              bytes[18] <= 6 && bytes[19] & 0x80;
        return (said){is_message ? N2_STEP_HOP : N2_STEP_FORWARD, out};
    }
    for (guint i = 0; i < next.n - next.used; i++)
        ahead |= (guint)next.bits[i];
    if (mode == N2_MODE_MULTICAST || ahead)
        return drop;
    write_way(bytes, &next, is_long);
    return (said){mode == N2_MODE_CONTROL ? N2_STEP_CONTROL : N2_STEP_DELIVER, 0};
}

/* ---- packets at random ----------------------------------------------------------------------
 */

static guint32
draw(GRand *rand, guint n)
{
    return (guint32)g_rand_int_range(rand, 0, (gint32)n);
}

/* Mostly well formed, as else most are dropped by the first byte; half of them small. */
static gsize
make(GRand *rand, guint8 *bytes)
{
    static const guint8 kinds[] = {0x40, 0x60, 0x70};
    guint8 kind = kinds[draw(rand, 3)];
    guint size = draw(rand, 4);

    for (gsize i = 0; i < N2_PACKET_BYTES_MAX; i++)
        bytes[i] = (guint8)draw(rand, 256);
    bytes[0] = draw(rand, 16) ? (guint8)(kind | (size < 2 ? 1 : size) << 2 | (bytes[0] & 2))
                              : bytes[0];
    if (draw(rand, 16))
        bytes[1] &= 0xf8;
    if (draw(rand, 2)) /* the way ends here or soon */
        memset(bytes + 2, 0, 1 + draw(rand, 7));
    if (draw(rand, 2) && bytes[0] & 0x20) { /* little is used up */
        bytes[9] &= 0xc7;
    }
    if (draw(rand, 4) == 0) { /* a message to address 0 */
        memset(bytes + 10, 0, 8);
        bytes[18] = (guint8)draw(rand, 8);
    }
    gsize len = bytes[0] >> 6 == 1 ? length_of(bytes[0]) : 38 + draw(rand, 200);
    return draw(rand, 16) ? len : draw(rand, (guint)len + 2);
}

/* Labels that nobody uses, and rules that let all pass. */
static void
furnish(n2_switch *sw, guint width)
{
    const n2_label never = {.kind = N2_LABEL_SHOW, .port = 1};
    const n2_filter_rule all[] = {n2_filter_any(TRUE)};

    g_assert_cmpint(n2_labels_new(&sw->labels, width, 77), ==, N2_OK);
    g_assert_cmpint(n2_labels_order(sw->labels, &never), ==, N2_OK);
    g_assert_cmpint(n2_filter_new(&sw->filter, width, all, 1), ==, N2_OK);
}

static void
check_counted(const n2_switch *sw, guint64 n_in, guint64 n_control)
{
    guint64 in = 0, out = 0, lost = 0, dropped = 0;

    for (gsize port = 0; port < (gsize)1 << sw->width; port++) {
        in += sw->ports[port].packets_in;
        out += sw->ports[port].packets_out;
        lost += sw->ports[port].dropped + sw->ports[port].overflowed;
    }
    for (gsize i = 0; i < N2_DROP_REASONS; i++)
        dropped += sw->dropped[i];
    g_assert_cmpuint(in, ==, n_in);
    g_assert_cmpuint(out, ==, sw->forwarded);
    g_assert_cmpuint(lost, ==, dropped);
    g_assert_cmpuint(sw->forwarded + sw->delivered + dropped + n_control, ==, n_in);
}

static void
test_width(gconstpointer data)
{
    guint width = GPOINTER_TO_UINT(data), n_verdicts[N2_STEP_DROP + 1] = {0};
    g_autoptr(GRand) rand = g_rand_new_with_seed(width);
    guint8 page[N2_PACKET_BYTES_MAX + 1], plain[sizeof page], furnished[sizeof page];
    n2_switch sw, same;

    g_assert_cmpint(n2_switch_init(&sw, width), ==, N2_OK);
    g_assert_cmpint(n2_switch_init(&same, width), ==, N2_OK);
    furnish(&same, width);
    for (guint i = 0; i < PACKETS / 16; i++) {
        gsize len = make(rand, page);
        guint in_port = draw(rand, 1u << width);
        memcpy(plain, page, sizeof page);
        memcpy(furnished, page, sizeof page);
        said want = step_by_page(width, in_port, page, len);
        n2_step got = n2_switch_step(&sw, in_port, plain, len, 1);
        n2_step too = n2_switch_step(&same, in_port, furnished, len, 1);
        g_assert_cmpint(got.verdict, ==, want.verdict);
        g_assert_cmpuint(got.out_port, ==, want.out_port);
        g_assert_cmpmem(plain, sizeof plain, page, sizeof page);
        g_assert_cmpint(too.verdict, ==, got.verdict);
        g_assert_cmpint(too.drop, ==, got.drop);
        g_assert_cmpuint(too.out_port, ==, got.out_port);
        g_assert_cmpmem(furnished, sizeof furnished, plain, sizeof plain);
        n_verdicts[want.verdict]++;
    }
    check_counted(&sw, PACKETS / 16, n_verdicts[N2_STEP_CONTROL]);
    check_counted(&same, PACKETS / 16, n_verdicts[N2_STEP_CONTROL]);
    g_assert_cmpuint(n_verdicts[N2_STEP_FORWARD], >, PACKETS / 16 / 8);
    g_assert_cmpuint(n_verdicts[N2_STEP_DROP], >, PACKETS / 16 / 8);
    g_assert_cmpuint(n_verdicts[N2_STEP_HOP], >, 0);
    n2_switch_clear(&sw);
    n2_switch_clear(&same);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint width = 1; width <= N2_SWITCH_WIDTH_MAX; width++) {
        g_autofree char *path = g_strdup_printf("/switch/model/%u", width);
        g_test_add_data_func(path, GUINT_TO_POINTER(width), test_width);
    }
    return g_test_run();
}

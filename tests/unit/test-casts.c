/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-casts.c - the promises of switch/cast.h: forms of the messages, and ways.
 */
#include <glib.h>
#include <string.h>

#include "cast-fixture.h"
#include "switch/cast.h"
#include "switch/switch.h"

/* ---- forms ---- */

static const n2_cast good = {.type = N2_CAST_TREE,
                             .kind = N2_CAST_JOIN,
                             .is_for_hops = true,
                             .number = 0x1234,
                             .rank = 9,
                             .taken = 0xabcdef,
                             .id = 0x1122334455667788,
                             .nonce = 0x99aabbccddeeff00,
                             .mask = 0x48,
                             .path = UINT64_C(0xb000000000000000)};

static void
test_forms(void)
{
    guint8 bytes[N2_CAST_BYTES], again[N2_CAST_BYTES];
    n2_cast read;

    n2_cast_write(bytes, &good);
    g_assert_cmpint(n2_cast_read(&read, bytes, sizeof bytes), ==, N2_OK);
    n2_cast_write(again, &read);
    g_assert_cmpmem(again, sizeof again, bytes, sizeof bytes);
    g_assert_cmpuint(sizeof bytes, ==, 50);
}

typedef struct {
    const char *name;
    guint at; /* byte of a good message that is changed */
    guint8 to;
} form_row;

static const form_row form_rows[] = {
    {"short", 0, N2_KIND_VERSION},
    {"sealed", 0, N2_KIND_VERSION | N2_KIND_LONG | N2_KIND_SEALED},
    {"longer", 0, N2_KIND_VERSION | N2_KIND_LONG | 1 << 2},
    {"phase", 0, N2_KIND_VERSION | N2_KIND_LONG | N2_KIND_PHASE},
    {"not-control", 1, 0x80},
    {"address", 17, 1},
    {"type-4", 18, 4},
    {"type-7", 18, 7},
    {"kind-0", 19, 0x80},
    {"kind-6", 19, 0x86},
    {"split-not-for-hops", 19, 3},
    {"accept-for-hops", 19, 0x84},
    {"rank-59", 22, 59},
    {"channel-of-25-bits", 18, 6},
};

static void
test_form_row(gconstpointer data)
{
    const form_row *t = data;
    guint8 bytes[N2_PACKET_BYTES_MAX] = {0};
    n2_cast read = {.nonce = 1};

    n2_cast_write(bytes, &good);
    bytes[t->at] = t->to;
    g_assert_cmpint(n2_cast_read(&read, bytes, n2_packet_bytes(bytes[0])), !=, N2_OK);
    g_assert_cmpuint(read.nonce, ==, 1);
    for (size_t len = 0; len < N2_CAST_BYTES; len++) {
        n2_cast_write(bytes, &good);
        g_autofree guint8 *exact = g_memdup2(bytes, len);
        g_assert_cmpint(n2_cast_read(&read, exact, len), !=, N2_OK);
    }
}

/* To the source alone: a tree's number and the nonce, and nothing else. */
static void
test_alone(void)
{
    static const guint8 others[] = {20, 22, 23, 42}; /* number, rank, taken, mask */
    const n2_cast ask = {
        .type = N2_CAST_TREE, .kind = N2_CAST_LEAVE, .id = good.id, .nonce = good.nonce};
    guint8 bytes[N2_CAST_BYTES];
    n2_cast read;

    n2_cast_write(bytes, &ask);
    g_assert_cmpint(n2_cast_read(&read, bytes, sizeof bytes), ==, N2_OK);
    g_assert_false(read.is_for_hops);
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        bytes[others[i]] = 1;
        g_assert_cmpint(n2_cast_read(&read, bytes, sizeof bytes), ==, N2_ERR_FORMAT);
        bytes[others[i]] = 0;
    }
    bytes[18] = N2_CAST_CHANNEL; /* nobody sends channels alone */
    memset(bytes + 26, 0, 5);
    g_assert_cmpint(n2_cast_read(&read, bytes, sizeof bytes), ==, N2_ERR_FORMAT);
    bytes[19] |= N2_CONTROL_HOPS;
    g_assert_cmpint(n2_cast_read(&read, bytes, sizeof bytes), ==, N2_OK);
}

/* A liar's mask says nothing beyond what honest switches wrote. */
static void
test_gather(void)
{
    n2_cast cast = {.mask = UINT64_MAX, .path = 7 + WIDTH}; /* used was 7 when it came */

    n2_cast_gather(&cast, WIDTH);
    g_assert_cmphex(cast.mask, ==, 0xfe | 1 << (7 + WIDTH));
    cast.path = N2_PATH_BITS;
    n2_cast_gather(&cast, 16);
    g_assert_cmphex(cast.mask >> N2_PATH_BITS, ==, 1);
}

static void
test_ways(void)
{
    /* From here 3, 4 and 2 bits; two that part at the third switch, one at the second.
     */
    const n2_way a = {UINT64_C(0x15b) << 55, 1 << 2 | 1 << 6 | 1 << 9};
    const n2_way b = {UINT64_C(0x159) << 55, 1 << 2 | 1 << 6 | 1 << 9};
    const n2_way c = {UINT64_C(0x50) << 57, 1 << 4 | 1 << 7};
    /* The same bits with other bounds share no whole switch. */
    const n2_way d = {UINT64_C(0x159) << 55, 1 << 4 | 1 << 9};

    g_assert_cmpuint(n2_way_shared(&a, &b, 0), ==, 7);
    g_assert_cmpuint(n2_way_shared(&a, &b, 1), ==, 3);
    g_assert_cmpuint(n2_way_shared(&a, &b, 2), ==, 0);
    g_assert_cmpuint(n2_way_shared(&a, &c, 0), ==, 3);
    g_assert_cmpuint(n2_way_shared(&a, &d, 0), ==, 0);
    g_assert_true(n2_way_passes(&a, &c));
    g_assert_false(n2_way_passes(&c, &a));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/casts/forms/good", test_forms);
    for (size_t i = 0; i < G_N_ELEMENTS(form_rows); i++) {
        g_autofree char *path = g_strconcat("/casts/forms/", form_rows[i].name, NULL);
        g_test_add_data_func(path, &form_rows[i], test_form_row);
    }
    g_test_add_func("/casts/forms/alone", test_alone);
    g_test_add_func("/casts/gather", test_gather);
    g_test_add_func("/casts/ways", test_ways);
    return g_test_run();
}

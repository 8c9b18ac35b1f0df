/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-pool.c - memory that many share: who needs little finds it, the first of everything is
 *               everybody's own, and all that was taken comes back.
 */
#include <glib.h>
#include <string.h>

#include "base/pool.h"
#include "transport/flight.h"
#include "transport/outgoing.h"
#include "transport/region.h"

enum {
    RING = 65536,
    UNIT = 32
};

static void
test_part(void)
{
    n2_pool pool = {.max = 8000};

    g_assert_false(n2_pool_take(&pool, 1001));
    g_assert_cmpuint(pool.refused, ==, 1);
    g_assert_cmpuint(pool.held, ==, 0);
    g_assert_true(n2_pool_take(&pool, 1000));
    g_assert_false(n2_pool_take(&pool, 876)); /* an eighth of 7000 */
    g_assert_true(n2_pool_take(&pool, 875));
    for (guint size = 800; size; size /= 2)
        while (n2_pool_take(&pool, size))
            g_assert_cmpuint(pool.held, <=, pool.max);
    g_assert_cmpuint(pool.held, >, pool.max - 8);
    g_assert_true(n2_pool_take(&pool, 0));
    guint64 held = pool.held;
    n2_pool_give(&pool, held);
    g_assert_cmpuint(pool.held, ==, 0);
    g_assert_true(n2_pool_take(NULL, SIZE_MAX)); /* nothing is counted */
    n2_pool_give(NULL, SIZE_MAX);
}

/* An empty pool: 2 KiB of a ring all the same, and what is in it stays as it was. */
static void
test_region(void)
{
    n2_pool pool = {0};
    n2_region_table table;
    n2_region *r;

    g_assert_cmpint(n2_region_table_init(&table), ==, N2_OK);
    g_assert_cmpint(n2_region_make(&table, &r, N2_REGION_COMMAND, 1, 0, NULL, RING, UNIT), ==,
                    N2_OK);
    r->pool = &pool;
    g_assert_cmpint(n2_region_make_room(r, 64), ==, N2_OK);
    memset(r->memory, 7, 64 * UNIT);
    n2_region_mark(r, 3, 2);
    g_assert_cmpint(n2_region_make_room(r, 65), ==, N2_ERR_LIMIT);
    g_assert_cmpuint(r->ring_units, ==, 64);
    g_assert_cmpuint(pool.held, ==, 0);
    pool.max = UINT64_C(1) << 20;
    g_assert_cmpint(n2_region_make_room(r, 65), ==, N2_OK);
    g_assert_cmpuint(pool.held, ==, 64 * UNIT);
    g_assert_true(n2_region_has_all(r, 3, 2));
    g_assert_false(n2_region_has_any(r, 5, 60));
    g_assert_cmpuint(r->memory[3 * UNIT], ==, 7);
    g_assert_cmpint(n2_region_make_room(r, RING / UNIT), ==, N2_OK);
    g_assert_cmpuint(pool.held, ==, RING - 64 * UNIT);
    n2_region_rest(r);
    g_assert_cmpuint(pool.held, ==, 0);
    g_assert_cmpint(n2_region_make_room(r, RING / UNIT), ==, N2_OK);
    n2_region_drop(&table, r);
    g_assert_cmpuint(pool.held, ==, 0);
    n2_region_table_clear(&table);
}

static void
test_outgoing(void)
{
    static const guint8 memory[RING];
    n2_pool pool = {0};
    n2_outgoing ring, piece;

    g_assert_cmpint(n2_outgoing_init_ring(&ring, 0, RING), ==, N2_OK);
    g_assert_cmpint(n2_outgoing_share(&ring, &pool), ==, N2_OK);
    g_assert_cmpint(n2_outgoing_make_room(&ring, 64 * UNIT), ==, N2_OK);
    n2_outgoing_append(&ring, memory, 64 * UNIT);
    g_assert_cmpint(n2_outgoing_make_room(&ring, 1), ==, N2_ERR_LIMIT);
    g_assert_cmpuint(ring.room_units, ==, 64);
    pool.max = UINT64_C(1) << 20;
    g_assert_cmpint(n2_outgoing_make_room(&ring, RING / 2), ==, N2_OK);
    g_assert_cmpuint(pool.held, >=, RING / 2);
    n2_outgoing_clear(&ring);
    g_assert_cmpuint(pool.held, ==, 0);
    /* Bit sets of a piece: few are in it, many are counted. */
    g_assert_cmpint(n2_outgoing_init(&piece, 1, 0, memory, 64 * UNIT, UNIT), ==, N2_OK);
    g_assert_cmpint(n2_outgoing_share(&piece, &pool), ==, N2_OK);
    g_assert_cmpuint(pool.held, ==, 0);
    n2_outgoing_clear(&piece);
    g_assert_cmpint(n2_outgoing_init(&piece, 1, 0, memory, RING, UNIT), ==, N2_OK);
    g_assert_cmpint(n2_outgoing_share(&piece, &pool), ==, N2_OK);
    g_assert_cmpuint(pool.held, ==, 2 * RING / UNIT / 8);
    n2_outgoing_clear(&piece);
    g_assert_cmpuint(pool.held, ==, 0);
    pool.max = 1000;
    g_assert_cmpint(n2_outgoing_init(&piece, 1, 0, memory, RING, UNIT), ==, N2_OK);
    g_assert_cmpint(n2_outgoing_share(&piece, &pool), ==, N2_ERR_LIMIT);
    n2_outgoing_clear(&piece);
    g_assert_cmpuint(pool.held, ==, 0);
}

static guint
fill(n2_flight *f)
{
    n2_flight_record record = {.state = N2_FLIGHT_FLYING, .wire_bytes = 100, .n_units = 1};
    guint n = 0;

    for (; n < 100000 && n2_flight_room(f, 256); n++)
        n2_flight_add(f, &record);
    return n;
}

/* 64 packets under way are everybody's. */
static void
test_flight(void)
{
    n2_pool pool = {0};
    n2_flight f = {.pool = &pool};

    g_assert_cmpuint(fill(&f), >=, 64);
    g_assert_cmpuint(f.capacity, ==, 256);
    g_assert_cmpuint(pool.refused, ==, 1);
    g_assert_cmpuint(f.n_full, ==, 0);
    pool.max = UINT64_C(1) << 20;
    g_assert_cmpuint(fill(&f), >=, 1000);
    g_assert_cmpuint(pool.held, ==, (f.capacity - 256) * sizeof(n2_flight_record));
    n2_flight_clear(&f);
    g_assert_cmpuint(pool.held, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/part", test_part);
    g_test_add_func("/pool/region", test_region);
    g_test_add_func("/pool/outgoing", test_outgoing);
    g_test_add_func("/pool/flight", test_flight);
    return g_test_run();
}

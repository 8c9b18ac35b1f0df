/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-parts.c - regions, receipts, pieces on their way and flights, each alone: the
 *                          promises of their headers.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "transport/flight.h"
#include "transport/outgoing.h"
#include "transport/receipt.h"
#include "transport/region.h"

static uint32_t
half_of(uint32_t counter)
{
    return counter * 2654435761u ^ counter << 7;
}

/* ---- region --------------------------------------------------------------------------------
 */

static void
test_address(void)
{
    uint64_t a = n2_region_address(0xabcde, 0x5a5);

    g_assert_cmphex(a, ==, UINT64_C(0xabcde) << 43 | UINT64_C(0x5a5) << 32);
    g_assert_cmphex(a >> 63, ==, 0);
    g_assert_cmphex(n2_region_address(0xfffff, 0xffff) >> 63, ==, 0);
    g_assert_cmphex(n2_region_index(a | 0xffffffff), ==, 0xabcde);
    g_assert_cmphex(n2_region_generation(a | 0xffffffff), ==, 0x5a5);
    g_assert_cmphex(n2_region_offset(a | 0xffffffff), ==, UINT64_C(0xffffffff) * 32);
}

static void
test_region_numbers(void)
{
    uint8_t memory[32];
    n2_region_table t;
    n2_region *r, *other;

    g_assert_cmpint(n2_region_table_init(&t), ==, N2_OK);
    /* A number just dropped is the last to be given again, and then in a new generation. */
    g_assert_cmpint(n2_region_make(&t, &r, N2_REGION_DATA, 0, 0, memory, 32, 32), ==, N2_OK);
    uint64_t first = r->address;
    g_assert_cmpuint(n2_region_index(first), >, 0);
    n2_region_drop(&t, r);
    g_assert_null(n2_region_find(&t, first));
    unsigned n = 0;
    do {
        g_assert_cmpint(n2_region_make(&t, &r, N2_REGION_CONTROL, 0, 0, NULL, 0, 0), ==, N2_OK);
        g_assert_cmpuint(n2_region_index(r->address), <=, N2_REGION_PLANE_MAX);
        other = n2_region_find(&t, r->address | 0x1234);
        g_assert_true(other == r);
        g_assert_cmphex(r->address, !=, first);
        bool back = n2_region_index(r->address) == n2_region_index(first);
        n2_region_drop(&t, r);
        if (back)
            break;
    } while (++n <= N2_REGION_PLANE_MAX);
    g_assert_cmpuint(n, >=, N2_REGION_PLANE_MAX - 2);
    /* All of them, and then none. */
    for (n = 0; n < N2_REGION_PLANE_MAX; n++)
        g_assert_cmpint(n2_region_make(&t, &r, N2_REGION_CONTROL, 0, 0, NULL, 0, 0), ==, N2_OK);
    g_assert_cmpint(n2_region_make(&t, &r, N2_REGION_CONTROL, 0, 0, NULL, 0, 0), ==,
                    N2_ERR_LIMIT);
    g_assert_cmpuint(t.n_regions, ==, N2_REGION_PLANE_MAX);
    n2_region_table_clear(&t);
}

/* Random units in random order: `have`, head and counts against an array of flags. */
static void
test_region_marks(void)
{
    static uint8_t memory[300 * 32];
    g_autofree bool *have = g_new0(bool, 300);
    g_autoptr(GRand) rand = g_rand_new_with_seed(5);
    n2_region_table t;
    n2_region *r;

    g_assert_cmpint(n2_region_table_init(&t), ==, N2_OK);
    g_assert_cmpint(n2_region_make(&t, &r, N2_REGION_DATA, 0, 0, memory, sizeof memory, 32), ==,
                    N2_OK);
    for (unsigned round = 0; round < 2000; round++) {
        unsigned first = (unsigned)g_rand_int_range(rand, 0, 300);
        unsigned n = MIN((unsigned)g_rand_int_range(rand, 1, 5), 300 - first);
        bool all = true, any = false;
        for (unsigned i = first; i < first + n; i++) {
            all &= have[i];
            any |= have[i];
        }
        g_assert_true(n2_region_has_all(r, first, n) == all);
        g_assert_true(n2_region_has_any(r, first, n) == any);
        n2_region_mark(r, first, n);
        unsigned count = 0, head = 0;
        for (unsigned i = 0; i < 300; i++) {
            have[i] |= i >= first && i < first + n;
            count += have[i];
            head += head == i && have[i];
        }
        g_assert_cmpuint(r->n_have, ==, count);
        g_assert_cmpuint(r->head_units, ==, head);
    }
    g_assert_cmpuint(r->n_have, ==, 300);
    n2_region_forget(r);
    g_assert_null(r->memory);
    g_assert_true(n2_region_find(&t, r->address) == r);
    n2_region_table_clear(&t);
}

/* ---- receipt -------------------------------------------------------------------------------
 */

/* Random counters, late, early, twice: against a set. */
static void
test_receipt(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(11);
    g_autofree uint8_t *seen = g_malloc0(400000); /* 1 taken, 2 and counted */
    n2_receipt r = {0};
    uint32_t highest = 0, highest_counted = 0;
    uint64_t n_told = 0;
    bool any = false, any_counted = false;

    for (unsigned round = 0; round < 60000; round++) {
        int64_t c = (int64_t)highest + g_rand_int_range(rand, -60, 20);
        if (round % 5000 == 4999)
            c = highest + 9000;
        if (round % 777 == 0)
            c = (int64_t)highest - g_rand_int_range(rand, 400, 9000);
        if (c < 0)
            continue;
        bool counted = g_rand_int_range(rand, 0, 4) > 0, gap;
        bool is_old = any && highest > c && highest - c >= N2_RECEIPT_WINDOW;
        bool is_new = !seen[c] && !is_old;
        g_assert_true(n2_receipt_is_new(&r, (uint32_t)c) == is_new);
        g_assert_true(n2_receipt_take(&r, (uint32_t)c, half_of((uint32_t)c), counted, round,
                                      &gap) == is_new);
        if (!is_new)
            continue;
        g_assert_true(gap == (any ? c > (int64_t)highest + 1 : c != 0));
        if (counted) {
            any_counted = true;
            if (c > highest_counted)
                highest_counted = (uint32_t)c;
            n_told += highest_counted - c < N2_ACK_COUNTERS;
        }
        seen[c] = counted && highest_counted - c < N2_ACK_COUNTERS ? 2 : 1;
        highest = any && highest > c ? highest : (uint32_t)c;
        any = true;
        if (round % 100 || !any_counted)
            continue;
        n2_ack ack = {0};
        uint32_t proof = 0;
        n2_receipt_tell(&r, &ack);
        g_assert_cmpuint(ack.highest, ==, highest_counted);
        for (uint32_t i = 0; i < N2_ACK_COUNTERS; i++) {
            bool told = ack.bitmap[i / 64] >> (63 - i % 64) & 1;
            bool have = i <= highest_counted && seen[highest_counted - i] == 2;
            g_assert_true(told == have);
            proof ^= have ? half_of(highest_counted - i) : 0;
        }
        g_assert_cmphex(ack.proof, ==, proof);
        g_assert_cmpuint(ack.received, ==, n_told);
    }
    n2_receipt_clear(&r);
}

static void
test_receipt_ends(void)
{
    n2_receipt r = {0};
    bool gap;

    g_assert_false(n2_receipt_is_new(&r, UINT32_MAX));
    g_assert_false(n2_receipt_is_new(&r, N2_COUNTERS_MAX));
    g_assert_false(n2_receipt_take(&r, N2_COUNTERS_MAX, 1, true, 0, &gap));
    g_assert_true(n2_receipt_take(&r, N2_COUNTERS_MAX - 3, 1, true, 0, &gap));
    g_assert_true(n2_receipt_take(&r, N2_COUNTERS_MAX - 1, 1, true, 0, &gap));
    g_assert_true(n2_receipt_is_new(&r, N2_COUNTERS_MAX - 2));
    g_assert_false(n2_receipt_is_new(&r, 0));
    n2_receipt_clear(&r);
}

/* ---- outgoing ------------------------------------------------------------------------------
 */

/* A lossy line: every unit arrives in the end, with the right bytes, and the invariants hold.
 */
static void
run_outgoing(
    n2_outgoing *o, const uint8_t *source, uint8_t *target, uint64_t bytes, guint32 seed)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    g_autoptr(GArray) flying = g_array_new(FALSE, FALSE, sizeof(uint64_t[2]));
    uint64_t appended = 0;
    uint8_t scratch[2048];

    for (unsigned round = 0; round < 1000000; round++) {
        if (o->is_ring && appended < bytes) {
            size_t room = MIN(n2_outgoing_room(o), bytes - appended);
            size_t some = (size_t)g_rand_int_range(rand, 0, 300) * 32;
            room = MIN(room, some);
            g_assert_cmpint(n2_outgoing_make_room(o, room), ==, N2_OK);
            n2_outgoing_append(o, source + appended, room);
            appended += room;
        }
        uint64_t limit = o->is_ring ? o->base + 1500 : UINT64_MAX, pair[2];
        uint32_t n;
        bool again;
        if (g_rand_int_range(rand, 0, 3) && n2_outgoing_wants(o, limit)) {
            g_assert_true(n2_outgoing_choose(o, limit, 2048, &pair[0], &n, &again));
            uint32_t len = n * o->unit;
            g_assert_true(len == 32 || len == 128 || len == 512 || len == 2048);
            g_assert_true(again == (pair[0] < o->next));
            g_assert_cmpuint(pair[0] + n, <=, MIN(o->end, limit));
            const uint8_t *data = n2_outgoing_peek(o, pair[0], n, scratch);
            if (g_rand_int_range(rand, 0, 10) > 2)
                memcpy(target + pair[0] * o->unit, data, len);
            else
                pair[0] |= UINT64_C(1) << 63; /* lost */
            pair[1] = n;
            n2_outgoing_sent(o, pair[0] & INT64_MAX, n);
            g_array_append_val(flying, pair);
        } else if (flying->len) {
            guint at = (guint)g_rand_int_range(rand, 0, (gint32)flying->len);
            uint64_t *p = &g_array_index(flying, uint64_t, at * 2);
            if (p[0] >> 63)
                n2_outgoing_lost(o, p[0] & INT64_MAX, (uint32_t)p[1]);
            else
                n2_outgoing_acked(o, p[0], (uint32_t)p[1]);
            if (g_rand_int_range(rand, 0, 20))
                g_array_remove_index_fast(flying, at);
        } else if (n2_outgoing_is_done(o) && (!o->is_ring || appended == bytes)) {
            return;
        }
        g_assert_true(o->base <= o->next && o->next <= o->end);
    }
    g_assert_not_reached();
}

static void
test_outgoing_memory(void)
{
    static const struct {
        uint64_t size;
        uint32_t unit;
    } rows[] = {{1, 32}, {32, 32}, {33, 32}, {2047, 2048}, {2048 * 77 + 1, 2048}, {70000, 128}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint64_t padded = (rows[i].size + rows[i].unit - 1) / rows[i].unit * rows[i].unit;
        g_autofree uint8_t *source = g_malloc(rows[i].size); /* exact */
        g_autofree uint8_t *target = g_malloc0(padded);
        n2_outgoing o;
        for (uint64_t k = 0; k < rows[i].size; k++)
            source[k] = (uint8_t)(k * 31 + i);
        g_assert_cmpint(n2_outgoing_init(&o, 9, 0x100, source, rows[i].size, rows[i].unit), ==,
                        N2_OK);
        run_outgoing(&o, source, target, rows[i].size, (guint32)i);
        g_assert_cmpmem(target, rows[i].size, source, rows[i].size);
        for (uint64_t k = rows[i].size; k < padded; k++)
            g_assert_cmpuint(target[k], ==, 0);
        n2_outgoing_clear(&o);
    }
}

static void
test_outgoing_ring(void)
{
    enum {
        BYTES = 1 << 20
    };
    g_autofree uint8_t *source = g_malloc(BYTES), *target = g_malloc0(BYTES + 2048);
    n2_outgoing o;

    for (unsigned k = 0; k < BYTES; k++)
        source[k] = (uint8_t)(k * 31 + (k >> 9));
    for (guint32 seed = 0; seed < 5; seed++) {
        memset(target, 0, BYTES);
        g_assert_cmpint(n2_outgoing_init_ring(&o, 0x100, 65536), ==, N2_OK);
        g_assert_cmpuint(n2_outgoing_room(&o), ==, 65536);
        run_outgoing(&o, source, target, BYTES, seed);
        g_assert_cmpmem(target, BYTES, source, BYTES);
        n2_outgoing_clear(&o);
    }
}

static void
test_outgoing_errors(void)
{
    uint8_t byte = 0;
    n2_outgoing o;

    g_assert_cmpint(n2_outgoing_init(&o, 0, 0, &byte, 0, 32), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_outgoing_init(&o, 0, 0, NULL, 1, 32), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_outgoing_init(&o, 0, 0, &byte, 1, 64), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_outgoing_init(&o, 0, 0, &byte, 1, 0), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_outgoing_init_ring(&o, 0, 0), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_outgoing_init_ring(&o, 0, 2000), ==, N2_ERR_USAGE);
}

/* ---- flight --------------------------------------------------------------------------------
 */

static void
fly(n2_flight *f, bool counted)
{
    n2_flight_record record = {.sent_us = (uint32_t)f->next,
                               .proof = half_of((uint32_t)f->next),
                               .wire_bytes = 100,
                               .n_units = 1,
                               .state = counted ? N2_FLIGHT_FLYING : N2_FLIGHT_UNCOUNTED};

    g_assert_true(n2_flight_room(f, 0));
    n2_flight_add(f, &record);
}

static void
claim(n2_ack *ack, uint32_t counter)
{
    uint32_t back = ack->highest - counter;

    ack->bitmap[back / 64] |= UINT64_C(1) << (63 - back % 64);
    ack->proof ^= half_of(counter);
}

/* All of it was sealed by the first key. */
static n2_err
check(n2_flight *f, const n2_ack *ack)
{
    return n2_flight_check(f, ack, &(n2_flight_span){.end = f->next});
}

static n2_flight_record *
next_lost(n2_flight *f, uint64_t highest, uint32_t before_us, uint64_t *cursor)
{
    return n2_flight_next_lost(
        f, &(n2_flight_doubt){.highest = highest, .before_us = before_us}, cursor);
}

static unsigned
count_acked(n2_flight *f, const n2_ack *ack)
{
    n2_flight_walk walk = {.ack = ack};
    unsigned n = 0;

    while (n2_flight_next_acked(f, &walk))
        n++;
    return n;
}

static void
test_flight_check(void)
{
    n2_flight f = {0};

    for (unsigned i = 0; i < 100; i++)
        fly(&f, i % 10 != 4);
    n2_ack ack = {.highest = 90};
    for (unsigned i = 50; i <= 90; i++)
        if (i % 10 != 4)
            claim(&ack, i);
    g_assert_cmpint(check(&f, &ack), ==, N2_OK);
    n2_ack lie = ack;
    lie.proof ^= 0x80000000;
    g_assert_cmpint(check(&f, &lie), ==, N2_ERR_FORGED);
    lie = ack;
    claim(&lie, 54);
    g_assert_cmpint(check(&f, &lie), ==, N2_ERR_FORGED);
    lie = (n2_ack){.highest = 100};
    claim(&lie, 100);
    g_assert_cmpint(check(&f, &lie), ==, N2_ERR_FORGED);
    lie = (n2_ack){.highest = 5};
    claim(&lie, 5);
    lie.bitmap[0] |= UINT64_C(1) << (63 - 6); /* counter -1 */
    g_assert_cmpint(check(&f, &lie), ==, N2_ERR_FORGED);
    g_assert_cmpuint(count_acked(&f, &ack), ==, 37);
    g_assert_cmpuint(count_acked(&f, &ack), ==, 0);
    g_assert_cmpuint(f.n_flying, ==, 90 - 37);
    g_assert_cmpuint(f.bytes, ==, 100 * (90 - 37));
    n2_flight_clear(&f);
}

static gboolean
is_claimed(const n2_ack *ack, uint32_t counter)
{
    uint32_t back = ack->highest - counter;

    return counter <= ack->highest && back < N2_ACK_COUNTERS &&
           ack->bitmap[back / 64] >> (63 - back % 64) & 1;
}

/* What was found of one acknowledgement serves the next: later, earlier and lying ones, packets
 * whose records are gone, and two keys by turns.  `acked` is kept the slow way. */
static void
test_flight_memory(void)
{
    enum {
        N = 6000,
        SECOND = 3000 /* the first packet of the second key */
    };
    n2_prf prf[2];
    uint8_t keys[2][N2_PRF_KEY_BYTES] = {{1}, {2}};
    g_autofree uint8_t *acked = g_new0(uint8_t, N);
    GRand *rand = g_rand_new_with_seed(20261124);
    n2_flight f = {0};

    for (unsigned i = 0; i < 2; i++)
        n2_prf_init(&prf[i], keys[i]);
    for (uint32_t sent = 0; sent < N;) {
        for (int i = g_rand_int_range(rand, 1, 12); i && sent < N; i--, sent++) {
            gboolean second = sent >= SECOND;
            n2_flight_record r = {
                .sent_us = sent,
                .proof = n2_prf_u32(&prf[second], sent - (second ? SECOND : 0)),
                .wire_bytes = 100,
                .n_units = 1,
                .state = sent % 7 == 3 ? N2_FLIGHT_UNCOUNTED : N2_FLIGHT_FLYING};
            g_assert_true(n2_flight_room(&f, 0));
            n2_flight_add(&f, &r);
        }
        gboolean second =
            sent > SECOND && (sent > SECOND + 300 || g_rand_int_range(rand, 0, 2));
        uint32_t base = second ? SECOND : 0;
        uint32_t end = !second && sent > SECOND ? SECOND : sent;
        uint32_t back = (uint32_t)g_rand_int_range(rand, 0, 30);
        uint32_t top = end - 1 > base + back ? end - 1 - back : base;
        top -= (top % 7 == 3) && top > base;
        if (top % 7 == 3)
            continue;
        n2_ack ack = {.highest = top - base};
        n2_flight_walk walk = {.ack = &ack, .base = base};
        n2_flight_span span = {base, second ? sent : end, &prf[second]};
        guint n = 0, want = 0;
        for (uint32_t i = base > top - MIN(top, 511) ? base : top - MIN(top, 511); i <= top;
             i++)
            if (i % 7 != 3 && (i == top || acked[i] || g_rand_int_range(rand, 0, 9))) {
                uint32_t b = top - i;
                ack.bitmap[b / 64] |= UINT64_C(1) << (63 - b % 64);
                ack.proof ^= n2_prf_u32(&prf[second], i - base);
            }
        n2_ack lie = ack;
        lie.proof ^= 1;
        g_assert_cmpint(n2_flight_check(&f, &lie, &span), ==, N2_ERR_FORGED);
        lie = ack;
        lie.bitmap[top % 8] ^= UINT64_C(1) << top % 63; /* claimed or not: the sum is another */
        g_assert_cmpint(n2_flight_check(&f, &lie, &span), ==, N2_ERR_FORGED);
        g_assert_cmpint(n2_flight_check(&f, &ack, &span), ==, N2_OK);
        for (uint32_t i = base; i <= top; i++)
            want += is_claimed(&ack, i - base) && !acked[i] && i >= f.held;
        for (uint32_t last = top + 1; n2_flight_next_acked(&f, &walk); n++) {
            uint32_t number = base + ack.highest - (walk.i - 1);
            g_assert_cmpuint(number, <, last); /* the highest first */
            g_assert_true(is_claimed(&ack, number - base) && !acked[number]);
            acked[number] = 1;
            last = number;
        }
        g_assert_cmpuint(n, ==, want);
        if (g_rand_int_range(rand, 0, 200) == 0) {
            while (n2_flight_oldest(&f, sent))
                ;
            n2_flight_rest(&f); /* nothing is remembered then */
        }
    }
    g_assert_cmpuint(f.capacity, <=, 2048);
    g_rand_free(rand);
    n2_flight_clear(&f);
}

/* Held for lost by number or by time; and an acknowledgement that was only late. */
static void
test_flight_lost(void)
{
    uint64_t cursor = 0;
    unsigned n = 0;
    n2_flight f = {0};

    for (unsigned i = 0; i < 10; i++)
        fly(&f, true);
    n2_ack ack = {.highest = 6};
    claim(&ack, 6);
    g_assert_cmpuint(count_acked(&f, &ack), ==, 1);
    while (next_lost(&f, 6, 0, &cursor))
        n++;
    g_assert_cmpuint(n, ==, 4); /* 0 to 3; 4 and 5 are within the order's doubt */
    cursor = f.first;
    g_assert_nonnull(next_lost(&f, 6, 5, &cursor)); /* 4 was sent before 5 */
    g_assert_null(next_lost(&f, 6, 5, &cursor));
    ack = (n2_ack){.highest = 6};
    claim(&ack, 6);
    claim(&ack, 2);
    g_assert_cmpuint(count_acked(&f, &ack), ==, 1);
    g_assert_nonnull(n2_flight_oldest(&f, 8)); /* 5 */
    g_assert_nonnull(n2_flight_oldest(&f, 8)); /* 7 */
    g_assert_null(n2_flight_oldest(&f, 8));
    g_assert_cmpuint(f.n_flying, ==, 2);
    n2_flight_clear(&f);
}

/* Two keys: what is said of the second says nothing of the first, but after a round trip. */
static void
test_flight_keys(void)
{
    n2_flight_doubt doubt = {.base = 10, .highest = 15};
    n2_flight_span first = {.end = 10}, second = {.base = 10, .end = 20};
    uint64_t cursor = 0;
    unsigned n = 0;
    n2_flight f = {0};

    for (unsigned i = 0; i < 20; i++)
        fly(&f, true);
    n2_ack ack = {.highest = 5, .proof = half_of(15), .bitmap = {UINT64_C(1) << 63}};
    g_assert_cmpint(n2_flight_check(&f, &ack, &second), ==, N2_OK);
    g_assert_cmpint(n2_flight_check(&f, &ack, &first), ==, N2_ERR_FORGED); /* that is 5 */
    ack.proof = half_of(5);
    g_assert_cmpint(n2_flight_check(&f, &ack, &first), ==, N2_OK);
    ack.highest = 10; /* the first of the second */
    ack.proof = half_of(10);
    g_assert_cmpint(n2_flight_check(&f, &ack, &first), ==, N2_ERR_FORGED);
    ack.proof = half_of(20);
    g_assert_cmpint(n2_flight_check(&f, &ack, &second), ==, N2_ERR_FORGED);
    while (n2_flight_next_lost(&f, &doubt, &cursor))
        n++;
    g_assert_cmpuint(n, ==, 3); /* 10 to 12 */
    g_assert_cmpuint(f.first, ==, 0);
    doubt.earlier_us = 5;
    cursor = 0;
    for (n = 0; n2_flight_next_lost(&f, &doubt, &cursor);)
        n++;
    g_assert_cmpuint(n, ==, 5); /* 0 to 4 */
    g_assert_cmpuint(f.n_flying, ==, 12);
    n2_flight_clear(&f);
}

/* 7: it grows to its limit, data first leave room, and uncounted ones never fill it. */
static void
test_flight_room(void)
{
    unsigned n = 0;
    n2_flight f = {0};

    for (unsigned i = 0; i < 300000; i++)
        fly(&f, false);
    g_assert_cmpuint(f.capacity, <=, 2048);
    for (; n2_flight_room(&f, 256); n++)
        fly(&f, true);
    g_assert_cmpuint(n, <=, N2_FLIGHT_PACKETS_MAX);
    g_assert_cmpuint(n, >=, N2_FLIGHT_PACKETS_MAX - 1024);
    for (unsigned i = 0; i < 256; i++)
        fly(&f, false);
    g_assert_false(n2_flight_room(&f, 0));
    /* The last 512 can still be checked, and older ones are no lie. */
    n2_ack ack = {.highest = (uint32_t)f.next - 257};
    claim(&ack, ack.highest);
    g_assert_cmpint(check(&f, &ack), ==, N2_OK);
    ack = (n2_ack){.highest = 290000};
    claim(&ack, ack.highest);
    g_assert_cmpint(check(&f, &ack), ==, N2_ERR_STATE);
    while (n2_flight_oldest(&f, (uint32_t)f.next))
        ;
    g_assert_true(n2_flight_room(&f, 256));
    g_assert_cmpuint(f.bytes, ==, 0);
    n2_flight_clear(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transport/region/address", test_address);
    g_test_add_func("/transport/region/attack-20-numbers", test_region_numbers);
    g_test_add_func("/transport/region/marks", test_region_marks);
    g_test_add_func("/transport/receipt/random", test_receipt);
    g_test_add_func("/transport/receipt/ends", test_receipt_ends);
    g_test_add_func("/transport/outgoing/memory", test_outgoing_memory);
    g_test_add_func("/transport/outgoing/ring", test_outgoing_ring);
    g_test_add_func("/transport/outgoing/errors", test_outgoing_errors);
    g_test_add_func("/transport/flight/attack-06-check", test_flight_check);
    g_test_add_func("/transport/flight/memory", test_flight_memory);
    g_test_add_func("/transport/flight/lost", test_flight_lost);
    g_test_add_func("/transport/flight/attack-09-keys", test_flight_keys);
    g_test_add_func("/transport/flight/attack-07-room", test_flight_room);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-zone-map.c - the map of a zone against the slow one of zone-fixture.h, after each batch.
 */
#include "zone-fixture.h"

#include "name/zone-map.h"

static void
slow_apply(zone_world *z, const char *label, guint8 owner, gboolean goes)
{
    for (guint32 i = 0; i < z->count; i++)
        if (strcmp(z->names[i].label, label) == 0) {
            z->names[i] = z->names[--z->count];
            break;
        }
    if (!goes)
        zone_name_init(&z->names[z->count++], label, owner);
    qsort(z->names, z->count, sizeof z->names[0], zone_name_compare);
}

static void
assert_same(const n2_zone_map *map, const zone_world *z)
{
    guint8 top[32], slow[32], hashes[N2_ZONE_PROOF_HASHES_MAX * 32];
    guint8 slow_hashes[N2_ZONE_PROOF_HASHES_MAX][32];

    g_assert_cmpuint(n2_zone_map_count(map), ==, z->count);
    n2_zone_map_top(map, top);
    zone_slow_top(z->names, z->count, slow);
    g_assert_cmpmem(top, 32, slow, 32);
    for (guint32 i = 0; i < z->count; i++)
        for (guint32 n = 1; n <= 2 && i + n <= z->count; n++) {
            g_assert_cmpmem(n2_zone_map_entry(map, i), 64, &z->names[i].entry, 64);
            gsize n_hashes = n2_zone_map_prove(map, i, n, hashes);
            g_assert_cmpuint(n_hashes, ==, n2_zone_proof_hashes(z->count, i, n));
            g_assert_cmpuint(n_hashes, ==,
                             zone_slow_proof(z->names, z->count, i, n, slow_hashes));
            g_assert_cmpmem(hashes, n_hashes * 32, slow_hashes, n_hashes * 32);
        }
}

/* Batches of up to 12 changes, drawn: new names, other records, names that go, some twice. */
static void
test_batches(void)
{
    zone_world z;
    n2_crypto crypto;
    n2_zone_map *map;
    n2_zone_change changes[12];

    zone_world_init(&z, 0);
    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    g_assert_cmpint(n2_zone_map_new(&map, &crypto), ==, N2_OK);
    assert_same(map, &z);
    for (int round = 0; round < 400; round++) {
        gsize n = (gsize)g_test_rand_int_range(0, 13);
        for (gsize i = 0; i < n; i++) {
            zone_name name;
            char label[16];
            guint8 owner = (guint8)g_test_rand_int_range(1, 200);
            gboolean goes = g_test_rand_int_range(0, 2) != 0;
            g_snprintf(label, sizeof label, "n%d", g_test_rand_int_range(0, ZONE_NAMES - 2));
            zone_name_init(&name, label, owner);
            slow_apply(&z, label, owner, goes);
            changes[i] = (n2_zone_change){.entry = name.entry, .goes = goes};
        }
        g_assert_cmpint(n2_zone_map_apply(map, changes, n), ==, N2_OK);
        assert_same(map, &z);
    }
    n2_zone_map_free(map);
    n2_crypto_clear(&crypto);
    zone_world_clear(&z);
}

/* The same answers as those of the slow zone, and so they hold. */
static void
test_answers(void)
{
    zone_world z;
    n2_crypto crypto;
    n2_zone_map *map;

    zone_world_init(&z, 0);
    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    for (guint32 count = 0; count <= 20; count++) {
        n2_zone_change changes[20];
        zone_fill(&z, count);
        g_assert_cmpint(n2_zone_map_new(&map, &crypto), ==, N2_OK);
        for (guint32 i = 0; i < count; i++)
            changes[i] = (n2_zone_change){.entry = z.names[i].entry};
        g_assert_cmpint(n2_zone_map_apply(map, changes, count), ==, N2_OK);
        for (guint32 i = 0; i < 30; i++) {
            guint8 hash[32], hashes[N2_ZONE_PROOF_HASHES_MAX * 32];
            guint8 buf[N2_ZONE_ANSWER_BYTES_MAX];
            n2_zone_answer_parts p = {.index = 0};
            char label[16];
            gsize len = 0;
            g_snprintf(label, sizeof label, "n%u", i);
            n2_zone_label_hash(label, strlen(label), hash);
            bool is_there = n2_zone_map_answer(map, hash, &p, hashes);
            g_assert_true(is_there == (i < count));
            p.head = g_bytes_get_data(z.signed_head, &p.head_len);
            for (guint32 k = 0; is_there && k < count; k++)
                if (strcmp(z.names[k].label, label) == 0) {
                    p.record = z.names[k].record;
                    p.record_len = z.names[k].len;
                }
            g_assert_cmpint(n2_zone_answer_write(buf, sizeof buf, &p, &len), ==, N2_OK);
            g_autoptr(GBytes) ours = g_bytes_new(buf, len), slow = zone_answer(&z, label);
            g_assert_true(g_bytes_equal(ours, slow));
        }
        n2_zone_map_free(map);
    }
    n2_crypto_clear(&crypto);
    zone_world_clear(&z);
}

/* Names by number; what a registration among many costs is printed with --verbose. */
static void
test_many(void)
{
    const guint32 n = g_test_thorough() ? 1000000 : 20000;
    g_autofree n2_zone_change *changes = g_new0(n2_zone_change, n);
    n2_zone_change one = {.goes = false};
    n2_crypto crypto;
    n2_zone_map *map;
    guint32 index;

    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    g_assert_cmpint(n2_zone_map_new(&map, &crypto), ==, N2_OK);
    for (guint32 i = 0; i < n; i++)
        n2_sha256_of(&i, sizeof i, changes[i].entry.label);
    gint64 t0 = g_get_monotonic_time();
    g_assert_cmpint(n2_zone_map_apply(map, changes, n), ==, N2_OK);
    gint64 t1 = g_get_monotonic_time();
    one.entry = *n2_zone_map_entry(map, n / 3);
    one.entry.record[0] = 9;
    g_assert_cmpint(n2_zone_map_apply(map, &one, 1), ==, N2_OK); /* a renewal */
    gint64 t2 = g_get_monotonic_time();
    one.entry.label[31] ^= 1; /* a registration, in the first third */
    g_assert_cmpint(n2_zone_map_apply(map, &one, 1), ==, N2_OK);
    gint64 t3 = g_get_monotonic_time();
    g_assert_true(n2_zone_map_find(map, one.entry.label, &index));
    g_assert_cmpuint(n2_zone_map_count(map), ==, n + 1);
    g_test_message("%u names: all %" G_GINT64_FORMAT " us, a renewal %" G_GINT64_FORMAT
                   " us, a new name %" G_GINT64_FORMAT " us",
                   n, t1 - t0, t2 - t1, t3 - t2);
    n2_zone_map_free(map);
    n2_crypto_clear(&crypto);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/zone-map/batches", test_batches);
    g_test_add_func("/zone-map/answers", test_answers);
    g_test_add_func("/zone-map/many", test_many);
    return g_test_run();
}

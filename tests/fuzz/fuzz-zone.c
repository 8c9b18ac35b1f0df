/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-zone.c - any bytes as what zones say and are asked: an answer, a record, a head, a
 *               request; and as changes of a map, which must be that of all its names at once.
 *
 * First byte: odd: changes, three bytes each (label, record, flags); even: the rest is read.
 */
#include <string.h>

#include "fuzz.h"
#include "host/unicode.h"
#include "name/zone-copy.h"
#include "name/zone-map.h"

enum {
    CHANGES_MAX = 300
};

static void
check_label(const char *label)
{
    check(n2_zone_label_check(label, strlen(label), n2_host_unicode()) == N2_OK);
}

static void
try_record(const uint8_t *data, size_t size)
{
    uint8_t buf[N2_ZONE_RECORD_BYTES_MAX];
    n2_zone_record r, again;
    n2_field f;
    bool has_later = false;

    if (n2_zone_record_check(&r, data, size, n2_host_unicode()) != N2_OK)
        return;
    check_label(r.label);
    check(n2_id_is_set(&r.who) || n2_id_is_set(&r.zone));
    for (size_t at = 0; n2_box_next(&r.box, &at, &f);)
        has_later |= f.number >= 192; /* what later versions add is not written anew */
    if (has_later)
        return;
    check(n2_zone_record_write_like(buf, sizeof buf, &r, &r.box, n2_host_unicode(), &again) ==
          N2_OK);
    check(again.box.len == size && memcmp(buf, data, size) == 0);
}

static void
try_request(const uint8_t *data, size_t size)
{
    static const n2_id zone = {.method = N2_METHOD_SHA256, .hash = {1}};
    uint8_t buf[N2_ZONE_RECORD_BYTES_MAX];
    n2_zone_rules rules = {.zone = zone};
    n2_zone_held held = {.record = NULL};
    n2_zone_request q;
    n2_zone_record r;
    n2_zone_refusal why;
    n2_zone_head head;
    n2_box box;

    if (n2_box_check(&box, data, size, N2_KIND_ANY, n2_host_unicode()) != N2_OK)
        return;
    if (n2_zone_head_read(&head, &box) == N2_OK)
        check(head.serial && head.until_us > head.made_us);
    if (n2_zone_request_read(&q, &box, n2_host_unicode()) != N2_OK)
        return;
    check_label(q.label);
    rules.zone = q.zone;
    n2_err err = n2_zone_judge(&rules, &held, &q, INT64_C(1700000000000000), n2_host_unicode(),
                               buf, &r, &why);
    check(!why || err == n2_zone_refusal_err(why));
    check(err || (q.what == N2_ZONE_REGISTER && n2_id_equal(&r.who, &q.who)));
    if (!err)
        try_record(r.box.bytes, r.box.len);
}

static void
try_answer(const uint8_t *data, size_t size)
{
    n2_identity nobody = {.n_keys = 0};
    n2_zone_answer a;
    n2_err err = n2_zone_answer_read(&a, data, size, n2_host_unicode());

    check(!err || !a.head_statement);
    if (!err && a.is_there)
        check_label(a.record.label);
    check(n2_zone_answer_check(&a, data, size, "n1", 2, &nobody, 0, n2_host_unicode(), NULL) !=
          N2_OK);
    n2_crypto crypto = {.lanes = 0};
    n2_zone_copy *copy;
    check(n2_zone_copy_open(&copy, &crypto, data, size, &nobody, NULL, 0, n2_host_unicode()) !=
          N2_OK);
    check(!copy);
}

/* Every name and every gap of the map is proven to lead to its top. */
static void
check_proofs(const n2_zone_map *map)
{
    uint8_t hashes[N2_ZONE_PROOF_HASHES_MAX * N2_HASH_BYTES], want[N2_HASH_BYTES];
    uint8_t leaves[2 * N2_HASH_BYTES], top[N2_HASH_BYTES];
    uint32_t count = n2_zone_map_count(map);

    n2_zone_map_top(map, want);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t n = 1; n <= 2 && i + n <= count; n++) {
            size_t got = n2_zone_map_prove(map, i, n, hashes);
            check(got == n2_zone_proof_hashes(count, i, n));
            for (uint32_t k = 0; k < n; k++)
                n2_zone_leaf(n2_zone_map_entry(map, i + k), leaves + k * N2_HASH_BYTES);
            n2_zone_proof_top(count, i, leaves, n, hashes, top);
            check(memcmp(top, want, sizeof top) == 0);
            check(i + 1 == count || memcmp(n2_zone_map_entry(map, i)->label,
                                           n2_zone_map_entry(map, i + 1)->label, 32) < 0);
        }
}

static void
try_changes(const uint8_t *data, size_t size)
{
    static n2_zone_change changes[CHANGES_MAX];
    n2_crypto crypto;
    n2_zone_map *map, *whole;
    uint8_t top[N2_HASH_BYTES], want[N2_HASH_BYTES];
    size_t n = 0;

    check(n2_crypto_init(&crypto, N2_IMPL_SODIUM) == N2_OK);
    check(n2_zone_map_new(&map, &crypto) == N2_OK);
    check(n2_zone_map_new(&whole, &crypto) == N2_OK);
    for (size_t at = 0; at + 3 <= size && at < 3 * CHANGES_MAX; at += 3) {
        n2_zone_change *c = &changes[n++];
        *c = (n2_zone_change){.goes = data[at + 2] & 1};
        n2_sha256_of(&data[at], 1, c->entry.label);
        n2_sha256_of(&data[at + 1], 1, c->entry.record);
        if (data[at + 2] & 2) {
            check(n2_zone_map_apply(map, changes, n) == N2_OK);
            n = 0;
        }
    }
    check(n2_zone_map_apply(map, changes, n) == N2_OK);
    check_proofs(map);
    for (n = 0; n < n2_zone_map_count(map); n++)
        changes[n] = (n2_zone_change){.entry = *n2_zone_map_entry(map, (uint32_t)n)};
    check(n2_zone_map_apply(whole, changes, n) == N2_OK);
    n2_zone_map_top(map, top);
    n2_zone_map_top(whole, want);
    check(memcmp(top, want, sizeof top) == 0);
    n2_zone_map_free(map);
    n2_zone_map_free(whole);
    n2_crypto_clear(&crypto);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    uint8_t *copy = fuzz_copy(data + 1, size - 1);

    if (data[0] & 1) {
        try_changes(copy, size - 1);
    } else {
        try_answer(copy, size - 1);
        try_record(copy, size - 1);
        try_request(copy, size - 1);
    }
    free(copy);
    return 0;
}

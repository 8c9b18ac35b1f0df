/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-head.c - heads of zones, and what two of them say of each other.
 */
#include "name/zone-head.h"

#include <string.h>

#include "base/limits.h"

enum {
    ZONE_HEAD_ZONE = 1,
    ZONE_HEAD_SERIAL = 2,
    ZONE_HEAD_TOP = 3,
    ZONE_HEAD_COUNT = 4,
    ZONE_HEAD_MADE = 5,
    ZONE_HEAD_UNTIL = 6,
    ZONE_HEAD_PREVIOUS = 7
};

n2_err
n2_zone_head_body(void *buf, size_t cap, const n2_zone_head *head, n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_ZONE_HEAD);
    n2_zone_head read;

    *out = (n2_box){0};
    if (head->serial > INT64_MAX)
        return N2_ERR_LIMIT;
    n2_box_put_id(&w, ZONE_HEAD_ZONE, &head->zone);
    n2_box_put_int(&w, ZONE_HEAD_SERIAL, (int64_t)head->serial);
    n2_box_put_bytes(&w, ZONE_HEAD_TOP, head->top, N2_HASH_BYTES);
    n2_box_put_int(&w, ZONE_HEAD_COUNT, head->count);
    n2_box_put_time(&w, ZONE_HEAD_MADE, head->made_us);
    n2_box_put_time(&w, ZONE_HEAD_UNTIL, head->until_us);
    n2_box_put_bytes(&w, ZONE_HEAD_PREVIOUS, head->previous, N2_HASH_BYTES);
    n2_err err = n2_box_end(&w, out, NULL);
    return err ? err : n2_zone_head_read(&read, out);
}

static void
read_hash(const n2_box *body, uint8_t number, uint8_t out[static N2_HASH_BYTES])
{
    size_t len = 0;
    const uint8_t *bytes = n2_box_bytes(body, number, &len);

    memcpy(out, bytes, N2_HASH_BYTES); /* kinds.h: exactly so long */
}

n2_err
n2_zone_head_read(n2_zone_head *out, const n2_box *body)
{
    static const uint8_t none[N2_HASH_BYTES] = {0};
    n2_zone_head head = {.serial = 0};

    *out = head;
    if (body->kind != N2_KIND_ZONE_HEAD)
        return N2_ERR_FORMAT;
    int64_t serial = n2_box_int(body, ZONE_HEAD_SERIAL);
    int64_t count = n2_box_int(body, ZONE_HEAD_COUNT);
    head.zone = n2_box_id(body, ZONE_HEAD_ZONE);
    head.made_us = n2_box_int(body, ZONE_HEAD_MADE);
    head.until_us = n2_box_int(body, ZONE_HEAD_UNTIL);
    read_hash(body, ZONE_HEAD_TOP, head.top);
    read_hash(body, ZONE_HEAD_PREVIOUS, head.previous);
    if (serial < 1 || count < 0 || head.until_us <= head.made_us)
        return N2_ERR_FORMAT;
    if ((serial == 1) != (memcmp(head.previous, none, sizeof none) == 0))
        return N2_ERR_FORMAT;
    if (count > N2_ZONE_NAMES_MAX)
        return N2_ERR_LIMIT;
    head.serial = (uint64_t)serial;
    head.count = (uint32_t)count;
    n2_sha256_of(body->bytes, body->len, head.hash);
    *out = head;
    return N2_OK;
}

n2_err
n2_zone_head_check(n2_zone_head *out,
                   const n2_identity *zone,
                   const void *statement,
                   size_t len,
                   int64_t wall_us,
                   const n2_unicode *unicode,
                   n2_verified *verified)
{
    n2_statement s;

    *out = (n2_zone_head){.serial = 0};
    if (len > N2_ZONE_HEAD_BYTES_MAX)
        return N2_ERR_LIMIT;
    n2_err err = n2_identity_check_once(zone, &s, statement, len, N2_KIND_ZONE_HEAD, wall_us,
                                        unicode, verified);
    return err ? err : n2_zone_head_read(out, &s.body);
}

n2_zone_heads
n2_zone_heads_compare(const n2_zone_head *seen, const n2_zone_head *now)
{
    const n2_zone_head *first = seen->serial <= now->serial ? seen : now;
    const n2_zone_head *second = first == seen ? now : seen;

    if (seen->serial == now->serial)
        return memcmp(seen->hash, now->hash, N2_HASH_BYTES) == 0 ? N2_ZONE_HEADS_SAME
                                                                 : N2_ZONE_HEADS_FRAUD;
    if (first->serial + 1 == second->serial) {
        if (memcmp(second->previous, first->hash, N2_HASH_BYTES) != 0)
            return N2_ZONE_HEADS_BROKEN;
        if (second->made_us - first->made_us < (int64_t)N2_ZONE_HEAD_SPAN_US)
            return N2_ZONE_HEADS_HASTY;
    }
    return first == seen ? N2_ZONE_HEADS_NEWER : N2_ZONE_HEADS_OLDER;
}

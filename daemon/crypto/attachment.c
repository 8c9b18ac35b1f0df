/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * attachment.c - where a node hangs, as its domain says it (kind 14).
 */
#include "crypto/attachment.h"

#include <string.h>

enum {
    FIELD_NODE = 1,
    FIELD_DOMAIN = 2,
    FIELD_PLACE = 3,
    FIELD_DOWN = 4,
    FIELD_UP = 5,
    FIELD_HEADROOM = 6,
    FIELD_RATE = 7,
    FIELD_DELAY = 8,
    FIELD_SERIAL = 9,
    FIELD_UNTIL = 10,
    FIELD_FLAGS = 11
};

static void
put_route(n2_box_writer *w, uint8_t field, const n2_route *route)
{
    uint8_t bytes[N2_PATH_STORED_BYTES];

    n2_route_write(bytes, route);
    n2_box_put_bytes(w, field, bytes, sizeof bytes);
}

n2_err
n2_attachment_body(void *buf, size_t cap, const n2_attachment *a, n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_ATTACHMENT);
    n2_attachment read;

    *out = (n2_box){0};
    if (a->serial > INT64_MAX)
        return N2_ERR_FORMAT;
    n2_box_put_key(&w, FIELD_NODE, &a->node);
    n2_box_put_id(&w, FIELD_DOMAIN, &a->domain);
    n2_box_put_bytes(&w, FIELD_PLACE, a->place, sizeof a->place);
    put_route(&w, FIELD_DOWN, &a->down);
    put_route(&w, FIELD_UP, &a->up);
    n2_box_put_int(&w, FIELD_HEADROOM, a->headroom);
    n2_box_put_int(&w, FIELD_RATE, a->rate);
    n2_box_put_int(&w, FIELD_DELAY, a->delay);
    n2_box_put_int(&w, FIELD_SERIAL, (int64_t)a->serial);
    n2_box_put_time(&w, FIELD_UNTIL, a->until_us);
    n2_box_put_int(&w, FIELD_FLAGS, a->flags);
    n2_err err = n2_box_end(&w, out, NULL);

    if (!err)
        err = n2_attachment_read(&read, out);
    if (err)
        *out = (n2_box){0};
    return err;
}

/* An integer of 0 to @max; false: another one. */
static bool
get_int(const n2_box *body, uint8_t field, int64_t max, uint64_t *out)
{
    int64_t value = n2_box_int(body, field);

    *out = (uint64_t)value;
    return value >= 0 && value <= max;
}

static n2_err
get_route(const n2_box *body, uint8_t field, n2_route *out)
{
    size_t len = 0;
    const uint8_t *bytes = n2_box_bytes(body, field, &len);

    return len == N2_PATH_STORED_BYTES ? n2_route_read(out, bytes) : N2_ERR_FORMAT;
}

n2_err
n2_attachment_read(n2_attachment *out, const n2_box *body)
{
    n2_attachment a = {.node = n2_box_key(body, FIELD_NODE),
                       .domain = n2_box_id(body, FIELD_DOMAIN),
                       .until_us = n2_box_int(body, FIELD_UNTIL)};
    uint64_t headroom, rate, delay, flags;
    size_t len = 0;

    *out = (n2_attachment){0};
    if (body->kind != N2_KIND_ATTACHMENT)
        return N2_ERR_FORMAT;
    const uint8_t *place = n2_box_bytes(body, FIELD_PLACE, &len);

    if (len != N2_PLACE_BYTES || get_route(body, FIELD_DOWN, &a.down) ||
        get_route(body, FIELD_UP, &a.up) ||
        !get_int(body, FIELD_HEADROOM, N2_HEADROOM_MAX, &headroom) ||
        !get_int(body, FIELD_RATE, UINT8_MAX, &rate) ||
        !get_int(body, FIELD_DELAY, UINT16_MAX, &delay) ||
        !get_int(body, FIELD_SERIAL, INT64_MAX, &a.serial) ||
        !get_int(body, FIELD_FLAGS, N2_ATTACHMENT_FLAGS, &flags))
        return N2_ERR_FORMAT;
    if (a.down.bits + headroom > N2_PATH_BITS || a.up.bits + headroom > N2_PATH_BITS)
        return N2_ERR_FORMAT; /* attack 44: nothing could ever come that way */
    memcpy(a.place, place, sizeof a.place);
    a.headroom = (uint8_t)headroom;
    a.rate = (uint8_t)rate;
    a.delay = (uint16_t)delay;
    a.flags = (uint8_t)flags;
    *out = a;
    return N2_OK;
}

bool
n2_attachment_is_over(const n2_attachment *a, int64_t wall_us)
{
    uint64_t life = a->flags & N2_ATTACHMENT_FIXED ? N2_ATTACHMENT_FIXED_US : N2_ATTACHMENT_US;

    return wall_us > 0 && (a->until_us <= wall_us ||
                           a->until_us - wall_us > (int64_t)life + (int64_t)N2_CLOCK_SKEW_US);
}

n2_err
n2_attachment_check(n2_attachment *out,
                    const n2_identity *domain,
                    const void *statement,
                    size_t len,
                    int64_t wall_us,
                    const n2_unicode *unicode,
                    n2_verified *verified)
{
    n2_statement s;
    n2_attachment a;

    *out = (n2_attachment){0};
    n2_err err =
        n2_statement_check_once(&s, statement, len, N2_KIND_ATTACHMENT, unicode, verified);
    if (!err)
        err = n2_attachment_read(&a, &s.body);
    if (err)
        return err;
    bool is_by = false;

    for (size_t i = 0; i < s.n_keys; i++)
        is_by = is_by || n2_identity_may(domain, &s.keys[i], N2_RIGHT_DEVICE, wall_us);
    if (!n2_id_equal(&a.domain, &domain->id) || !is_by || n2_attachment_is_over(&a, wall_us))
        return N2_ERR_FORGED;
    err = n2_identity_stands(domain);
    if (!err)
        *out = a;
    return err;
}

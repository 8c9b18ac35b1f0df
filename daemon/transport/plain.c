/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plain.c - who may send without a seal, and where to.
 */
#include "transport/plain.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "wire/path.h"

enum {
    UNIT_BYTES = 32,
    SHORT_SHIFT = 64 - 16 /* labels of both forms begin at the top */
};

/* The region that @address names, granted or not; NULL: none can be there. */
static n2_plain_region *
find(n2_plain *plain, uint64_t address)
{
    uint64_t number = address >> 8;

    return number && number < N2_PLAIN_NUMBERS ? &plain->regions[number] : NULL;
}

n2_err
n2_plain_grant(n2_plain *plain, const n2_op *op)
{
    n2_plain_region *r = find(plain, op->address);

    if (!r || (uint8_t)op->address || !op->size || op->size % UNIT_BYTES ||
        op->size > N2_PLAIN_REGION_BYTES_MAX)
        return N2_ERR_USAGE;
    if (r->bytes)
        return N2_ERR_EXISTS;
    *r = (n2_plain_region){.bytes = (uint32_t)op->size, .path = op->path};
    plain->n_regions++;
    return N2_OK;
}

void
n2_plain_revoke(n2_plain *plain, uint64_t address)
{
    n2_plain_region *r = find(plain, address);

    if (!r || !r->bytes)
        return;
    *r = (n2_plain_region){0};
    plain->n_regions--;
}

static uint64_t
way_back(const n2_packet *p)
{
    return p->is_long ? n2_path_answer(p->path)
                      : (uint64_t)n2_path_answer_short((uint16_t)p->path) << SHORT_SHIFT;
}

bool
n2_plain_packet(n2_plain *plain, const n2_packet *p, n2_event_queue *events, uint64_t now_us)
{
    n2_plain_region *r = find(plain, p->address);
    uint64_t back = way_back(p);

    if (!r || p->phase || r->path != back ||
        (p->address & 0xff) * UNIT_BYTES + p->data_bytes > r->bytes) {
        plain->n_refused++;
        return false;
    }
    uint8_t *copy = events->n < N2_ENDPOINT_EVENTS_MAX &&
                            n2_bucket_take(&r->taken, N2_PLAIN_PER_S, N2_PLAIN_BURST, now_us)
                        ? malloc(p->data_bytes)
                        : NULL;
    if (!copy) {
        plain->n_over++;
        return false;
    }
    memcpy(copy, p->data, p->data_bytes);
    plain->n_taken++;
    n2_event event = {.kind = N2_EVENT_PLAIN,
                      .address = p->address,
                      .path = back,
                      .bytes = copy,
                      .len = p->data_bytes};
    n2_event_queue_push(events, &event);
    return true;
}

void
n2_plain_send(n2_raw_queue *raw, const n2_op *op)
{
    bool fits = op->len == 32 || op->len == 128;
    n2_raw *place = fits && op->address <= UINT16_MAX ? n2_raw_queue_add(raw) : NULL;

    if (place) {
        bool is_long = op->bits > N2_SHORT_PATH_BITS;
        n2_packet head = {.is_long = is_long,
                          .size = (uint8_t)n2_size_for(op->len),
                          .class = N2_CLASS_DEFAULT,
                          .mode = N2_MODE_UNICAST,
                          .path = is_long ? op->path : op->path >> SHORT_SHIFT,
                          .address = op->address};
        size_t at = n2_packet_write_head(place->bytes, &head);
        memcpy(place->bytes + at, op->bytes, op->len);
        place->path = op->path;
        place->len = (uint8_t)(at + op->len);
    }
    free(op->bytes);
}

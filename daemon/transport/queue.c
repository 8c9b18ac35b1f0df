/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * queue.c - two rings.
 */
#include "transport/queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "wire/packet.h"

enum {
    EVENTS_FIRST = 64
};

n2_err
n2_event_queue_init(n2_event_queue *q)
{
    *q = (n2_event_queue){.capacity = EVENTS_FIRST};
    q->ring = calloc(q->capacity, sizeof *q->ring);
    return q->ring ? N2_OK : N2_ERR_NOMEM;
}

void
n2_event_queue_clear(n2_event_queue *q)
{
    n2_event event;

    while (q->ring && n2_event_queue_pop(q, &event))
        free(event.bytes);
    free(q->ring);
    *q = (n2_event_queue){0};
}

static void
grow(n2_event_queue *q)
{
    n2_event *ring = calloc(2 * q->capacity, sizeof *ring);

    assert(ring); /* an event lost is memory lost or a job that never ends */
    for (size_t i = 0; i < q->n; i++)
        ring[i] = q->ring[(q->head + i) % q->capacity];
    free(q->ring);
    q->ring = ring;
    q->head = 0;
    q->capacity *= 2;
}

void
n2_event_queue_push(n2_event_queue *q, const n2_event *event)
{
    if (q->n == q->capacity)
        grow(q);
    q->ring[(q->head + q->n++) % q->capacity] = *event;
    q->bytes += event->bytes ? event->len : 0;
}

bool
n2_event_queue_pop(n2_event_queue *q, n2_event *event)
{
    if (!q->n)
        return false;
    *event = q->ring[q->head];
    q->head = (q->head + 1) % q->capacity;
    q->n--;
    q->bytes -= event->bytes ? event->len : 0;
    return true;
}

n2_err
n2_raw_queue_init(n2_raw_queue *q)
{
    *q = (n2_raw_queue){.ring = calloc(N2_RAW_QUEUE_MAX, sizeof *q->ring)};
    return q->ring ? N2_OK : N2_ERR_NOMEM;
}

void
n2_raw_queue_clear(n2_raw_queue *q)
{
    free(q->ring);
    *q = (n2_raw_queue){0};
}

n2_raw *
n2_raw_queue_add(n2_raw_queue *q)
{
    if (q->n == N2_RAW_QUEUE_MAX) {
        q->dropped++;
        return NULL;
    }
    n2_raw *raw = &q->ring[(q->head + q->n++) % N2_RAW_QUEUE_MAX];
    raw->len = 0;
    return raw;
}

void
n2_raw_queue_unadd(n2_raw_queue *q)
{
    q->n--;
}

const n2_raw *
n2_raw_queue_peek(const n2_raw_queue *q)
{
    return q->n ? &q->ring[q->head] : NULL;
}

void
n2_raw_queue_pop(n2_raw_queue *q)
{
    q->head = (q->head + 1) % N2_RAW_QUEUE_MAX;
    q->n--;
}

void
n2_raw_queue_add_plain(
    n2_raw_queue *q, uint64_t path, uint8_t mode, const uint8_t *data, size_t len)
{
    n2_raw *raw = n2_raw_queue_add(q);

    if (!raw)
        return;
    n2_packet packet = {.is_long = true,
                        .size = (uint8_t)n2_size_for(len),
                        .class = N2_CLASS_DEFAULT,
                        .mode = mode,
                        .path = path};
    size_t head = n2_packet_write_head(raw->bytes, &packet);
    memcpy(raw->bytes + head, data, len);
    raw->path = path;
    raw->len = (uint16_t)(head + len);
}

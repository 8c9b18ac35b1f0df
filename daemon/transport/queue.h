/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * queue.h - what waits to leave the end point: events to the control plane, unsealed packets.
 *
 * Layer: transport (may include: base, wire, crypto).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "transport/op.h"

/** First in, first out; grows as it must, for an answer to an op may not be lost. */
typedef struct {
    n2_event *ring; /* (transfer full) */
    size_t capacity, head, n;
    uint64_t bytes; /* of what events bring */
} n2_event_queue;

N2_MUST_USE n2_err n2_event_queue_init(n2_event_queue *q);
void n2_event_queue_clear(n2_event_queue *q);

/** @event: (transfer full) of its bytes.  Without memory the process ends: see err. */
void n2_event_queue_push(n2_event_queue *q, const n2_event *event);
bool n2_event_queue_pop(n2_event_queue *q, n2_event *event);

enum {
    N2_RAW_BYTES_MAX = 544 /* an unsealed packet of 512 bytes: 18 + 512 */
};

/** A packet made ahead: first packets, echoes, farewells. */
typedef struct {
    uint64_t path;
    uint16_t len;
    uint8_t bytes[N2_RAW_BYTES_MAX];
} n2_raw;

/** Full: the newest is dropped, for everything in it is asked for again. */
typedef struct {
    n2_raw *ring; /* (transfer full) N2_RAW_QUEUE_MAX */
    size_t head, n;
    uint64_t dropped;
} n2_raw_queue;

N2_MUST_USE n2_err n2_raw_queue_init(n2_raw_queue *q);
void n2_raw_queue_clear(n2_raw_queue *q);

/** (transfer none) (nullable): a place at the end, len 0; NULL if full (counted). */
n2_raw *n2_raw_queue_add(n2_raw_queue *q);
/** Takes the newest back. */
void n2_raw_queue_unadd(n2_raw_queue *q);
const n2_raw *n2_raw_queue_peek(const n2_raw_queue *q);
void n2_raw_queue_pop(n2_raw_queue *q);

/** Adds an unsealed long packet with @len bytes of data (32, 128 or 512). */
void n2_raw_queue_add_plain(
    n2_raw_queue *q, uint64_t path, uint8_t mode, const uint8_t *data, size_t len);

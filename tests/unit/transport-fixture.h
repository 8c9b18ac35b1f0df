/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * transport-fixture.h - an end point with one open connection to a puppet, and 16 units of
 *                       memory that may be granted.
 */
#pragma once

#include <glib.h>

#include "puppet.h"
#include "transport/region.h"

enum {
    UNIT = 2048,
    REGION_BYTES = 16 * UNIT
};

typedef struct {
    puppet_host h;
    puppet p;
    n2_conn conn;
    uint8_t *memory; /* exact size: a sanitizer sees a write beside it */
    uint64_t address;
} fixture;

static inline void
fixture_set_up(fixture *f, gconstpointer data)
{
    (void)data;
    puppet_host_init(&f->h, 77);
    puppet_init(&f->p, &f->h, 0);
    g_assert_true(puppet_open(&f->p));
    f->conn = puppet_host_last(&f->h, N2_EVENT_CONNECTED)->conn;
    f->memory = g_malloc0(REGION_BYTES);
    f->address = n2_region_address(N2_REGION_PLANE_MAX + 9, 4);
}

static inline void
fixture_tear_down(fixture *f, gconstpointer data)
{
    (void)data;
    puppet_clear(&f->p);
    puppet_host_clear(&f->h);
    g_free(f->memory);
}

static inline n2_endpoint_stats
stats(const puppet_host *h)
{
    n2_endpoint_stats s;

    n2_endpoint_stats_get(h->ep, &s);
    return s;
}

static inline void
grant(fixture *f, uint32_t unit)
{
    n2_op op = {.kind = N2_OP_GRANT,
                .conn = f->conn,
                .address = f->address,
                .memory = f->memory,
                .size = REGION_BYTES,
                .unit = unit};

    puppet_host_op(&f->h, &op);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_REVOKED));
}

static inline void
conn_op(fixture *f, n2_op_kind kind)
{
    n2_op op = {.kind = kind, .conn = f->conn, .address = f->address};

    puppet_host_op(&f->h, &op);
}

static inline void
send_op(fixture *f, const uint8_t *memory, uint64_t size, uint64_t tag)
{
    n2_op op = {.kind = N2_OP_SEND,
                .conn = f->conn,
                .tag = tag,
                .address = UINT64_C(0x0800000300000000),
                .memory = (uint8_t *)(uintptr_t)memory,
                .size = size,
                .unit = UNIT};

    puppet_host_op(&f->h, &op);
}

static inline bool
is_closed(const fixture *f, n2_err err)
{
    const n2_event *event = puppet_host_last(&f->h, N2_EVENT_CLOSED);

    return event && event->err == err && event->conn == f->conn;
}

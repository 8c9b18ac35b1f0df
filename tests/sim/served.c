/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * served.c - the honest peer is sent a piece of memory, and says that it came.
 */
#include "served.h"

#include "base/limits.h"
#include "met.h"
#include "transport/region.h"

/* What it will keep it has from the beginning, so that only the end point's memory counts. */
static void
open_puppet(served *w, puppet *p, unsigned id)
{
    puppet_init(p, &w->host, id);
    p->room = PUPPET_KEPT;
    p->kept = g_new(puppet_packet, p->room);
    g_assert_true(puppet_open(p));
    w->conns[id] = puppet_host_last(&w->host, N2_EVENT_CONNECTED)->conn;
}

served *
served_new(void)
{
    served *w = g_new0(served, 1);

    puppet_host_init(&w->host, 11);
    open_puppet(w, &w->honest, 0);
    for (unsigned i = 0; i < SERVED_STRANGERS; i++) {
        open_puppet(w, &w->strangers[i], i + 1);
        w->at[i] = 1;
    }
    w->source = g_malloc(SERVED_BYTES);
    puppet_random_cb(&w->host.random, w->source, SERVED_BYTES);
    (void)served_transfer(w);
    return w;
}

void
served_clear(served *w)
{
    puppet_clear(&w->honest);
    for (unsigned i = 0; i < SERVED_STRANGERS; i++)
        puppet_clear(&w->strangers[i]);
    puppet_host_clear(&w->host);
    g_free(w->source);
    g_free(w);
}

n2_use
served_use(const served *w, const char *name)
{
    n2_uses uses = {0};

    n2_endpoint_uses(w->host.ep, &uses);
    return *met_find(&uses, name);
}

guint64
served_transfer(served *w)
{
    uint64_t began_us = w->host.now_us;
    uint64_t tag = ++w->number;
    n2_op op = {.kind = N2_OP_SEND,
                .conn = w->conns[0],
                .tag = tag,
                .address = n2_region_address(N2_REGION_PLANE_MAX + 5, 1),
                .memory = w->source,
                .size = SERVED_BYTES,
                .unit = SERVED_UNIT};
    const n2_event *sent;

    puppet_host_op(&w->host, &op);
    do {
        puppet_wait(&w->honest, 10000, 1000, true);
        sent = puppet_host_last(&w->host, N2_EVENT_SENT);
        g_assert_cmpuint(w->host.now_us, <, began_us + 20 * N2_SECOND_US);
    } while (!sent || sent->tag != tag);
    return w->host.now_us - began_us;
}

void
served_test_row(gconstpointer data)
{
    const served_row *r = data;
    served *w = served_new();
    guint64 calm_us = served_transfer(w);

    calm_us = MIN(calm_us, served_transfer(w));
    r->fill(w);
    guint64 us = served_transfer(w);
    size_t before = met_allocated();
    for (unsigned i = 0; i < 3 && !r->once; i++) {
        r->fill(w);
        us = MAX(us, served_transfer(w));
    }
    g_assert_cmpuint(met_allocated(), <, before + (1 << 20));
    n2_use use = served_use(w, r->limit);
    met_assert(&use, r->fills, 0);
    g_test_message("%.0f ms instead of %.0f ms", (double)us / 1000, (double)calm_us / 1000);
    g_assert_cmpuint(us, <=, 2 * calm_us + 20000);
    g_assert_cmpuint(puppet_host_count(&w->host, N2_EVENT_CLOSED), ==, r->n_lost);
    served_clear(w);
}

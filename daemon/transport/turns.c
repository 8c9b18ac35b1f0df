/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * turns.c - which connection is next: to send, and to be looked at by the clock.
 *
 * Those that may have something to send wait in a list; all lie in a heap by their deadline.
 */
#include "transport/endpoint-private.h"

static void
heap_put(n2_endpoint *ep, size_t at, n2_connection *c)
{
    ep->heap[at] = c;
    c->heap_at = at;
}

static void
heap_up(n2_endpoint *ep, n2_connection *c)
{
    size_t at = c->heap_at;

    while (at && ep->heap[(at - 1) / 2]->deadline_us > c->deadline_us) {
        heap_put(ep, at, ep->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    heap_put(ep, at, c);
}

static void
heap_down(n2_endpoint *ep, n2_connection *c)
{
    size_t at = c->heap_at;

    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= ep->n_heap)
            break;
        if (child + 1 < ep->n_heap &&
            ep->heap[child + 1]->deadline_us < ep->heap[child]->deadline_us)
            child++;
        if (ep->heap[child]->deadline_us >= c->deadline_us)
            break;
        heap_put(ep, at, ep->heap[child]);
        at = child;
    }
    heap_put(ep, at, c);
}

static void
set_deadline(n2_endpoint *ep, n2_connection *c)
{
    uint64_t was = c->deadline_us;

    c->deadline_us = n2_connection_deadline(c);
    if (c->deadline_us < was)
        heap_up(ep, c);
    else if (c->deadline_us > was)
        heap_down(ep, c);
}

static void
heap_remove(n2_endpoint *ep, n2_connection *c)
{
    n2_connection *last = ep->heap[--ep->n_heap];

    if (last == c)
        return;
    heap_put(ep, c->heap_at, last);
    heap_up(ep, last);
    heap_down(ep, last);
}

static void
activate(n2_endpoint *ep, n2_connection *c)
{
    if (c->is_active)
        return;
    c->is_active = true;
    c->next_active = NULL;
    *ep->active_end = c;
    ep->active_end = &c->next_active;
}

/* Takes the first one off the list. */
static void
rest_first(n2_endpoint *ep)
{
    n2_connection *c = ep->active;

    ep->active = c->next_active;
    if (!ep->active)
        ep->active_end = &ep->active;
    c->is_active = false;
    ep->burst = 0;
}

static void
deactivate(n2_endpoint *ep, n2_connection *c)
{
    n2_connection **at = &ep->active;

    while (c->is_active && *at != c)
        at = &(*at)->next_active;
    if (!c->is_active)
        return;
    *at = c->next_active;
    if (!*at)
        ep->active_end = at;
    c->is_active = false;
}

void
n2_turns_lie_down(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    if (!n2_connection_rest(c, now_us) || c->is_initiator || c->is_listed)
        return;
    c->is_listed = true;
    c->rest_next = NULL;
    c->rest_before = ep->rest_last;
    *(ep->rest_last ? &ep->rest_last->rest_next : &ep->rest) = c;
    ep->rest_last = c;
}

void
n2_turns_get_up(n2_endpoint *ep, n2_connection *c)
{
    if (!c->is_listed)
        return;
    c->is_listed = false;
    *(c->rest_before ? &c->rest_before->rest_next : &ep->rest) = c->rest_next;
    *(c->rest_next ? &c->rest_next->rest_before : &ep->rest_last) = c->rest_before;
}

void
n2_endpoint_touch(n2_endpoint *ep, n2_connection *c)
{
    if (c->is_awake)
        n2_turns_get_up(ep, c);
    activate(ep, c);
    set_deadline(ep, c);
}

void
n2_turns_add(n2_endpoint *ep, n2_connection *c)
{
    heap_put(ep, ep->n_heap++, c);
    heap_up(ep, c);
}

void
n2_turns_remove(n2_endpoint *ep, n2_connection *c)
{
    n2_turns_get_up(ep, c);
    deactivate(ep, c);
    heap_remove(ep, c);
}

void
n2_turns_yield(n2_endpoint *ep)
{
    n2_connection *c = ep->active;

    rest_first(ep);
    activate(ep, c);
}

void
n2_turns_rest(n2_endpoint *ep)
{
    n2_connection *c = ep->active;

    rest_first(ep);
    set_deadline(ep, c);
}

void
n2_turns_order(n2_endpoint *ep)
{
    for (size_t i = 0; i < ep->n_heap; i++)
        ep->heap[i]->deadline_us = n2_connection_deadline(ep->heap[i]);
    for (size_t i = ep->n_heap / 2; i; i--)
        heap_down(ep, ep->heap[i - 1]);
}

void
n2_turns_put_off(n2_endpoint *ep, n2_connection *c, uint64_t at_us)
{
    c->deadline_us = at_us;
    heap_down(ep, c);
}

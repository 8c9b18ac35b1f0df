/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * country.c - the clock, the lines and the maps of a country.
 */
#include "country-private.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "link/link.h"
#include "link/run.h"
#include "wire/path.h"

/* ---- what happens ---- */

static bool
earlier(const country_happening *a, const country_happening *b)
{
    return a->at_us < b->at_us || (a->at_us == b->at_us && a->order < b->order);
}

static void
push(country *c, country_happening new)
{
    new.order = c->order++;
    g_array_append_val(c->heap, new);
    country_happening *h = (country_happening *)(void *)c->heap->data;
    guint at = c->heap->len - 1;
    for (; at && earlier(&new, &h[(at - 1) / 2]); at = (at - 1) / 2)
        h[at] = h[(at - 1) / 2];
    h[at] = new;
}

static country_happening
pop(country *c)
{
    country_happening *h = (country_happening *)(void *)c->heap->data;
    country_happening first = h[0], last = h[c->heap->len - 1];
    guint n = c->heap->len - 1, at = 0;

    g_array_set_size(c->heap, n);
    while (2 * at + 1 < n) {
        guint child = 2 * at + 1;
        if (child + 1 < n && earlier(&h[child + 1], &h[child]))
            child++;
        if (!earlier(&h[child], &last))
            break;
        h[at] = h[child];
        at = child;
    }
    if (n)
        h[at] = last;
    return first;
}

n2_net_addr
country_address(uint32_t which)
{
    n2_net_addr addr = {.len = 4};

    memcpy(addr.bytes, &which, sizeof which);
    return addr;
}

static uint32_t
place_at(const n2_net_addr *addr)
{
    uint32_t which;

    memcpy(&which, addr->bytes, sizeof which);
    return which;
}

static bool
has_packets(const uint8_t *bytes, size_t len)
{
    n2_frame head;

    return !n2_frame_read(&head, bytes, len) && head.kind != N2_FRAME_CONTROL;
}

/* A packet of two halves counts as the first of them. */
static void
count_crossings(country *c, uint32_t from, uint32_t to, const uint8_t *bytes, size_t len)
{
    bool is_watched = c->on_line && from == c->watched_from && to == c->watched_to;
    g_autofree uint8_t *copy =
        g_memdup2(bytes + N2_FRAME_HEAD_BYTES, len - N2_FRAME_HEAD_BYTES);
    n2_bundle bundle = {.at = copy, .left = len - N2_FRAME_HEAD_BYTES};
    n2_frame head;
    uint8_t *packet;
    size_t packet_bytes;

    g_assert_cmpint(n2_frame_read(&head, bytes, len), ==, N2_OK);
    c->crossings.others += head.kind == N2_FRAME_FIRST_HALF;
    while (head.kind == N2_FRAME_WHOLE && !n2_bundle_next(&bundle, &packet, &packet_bytes)) {
        bool is_control =
            (packet[1] & N2_CARE_MODE_MASK) >> N2_CARE_MODE_SHIFT == N2_MODE_CONTROL;
        c->crossings.control += is_control;
        c->crossings.others += !is_control;
        if (is_control && is_watched)
            c->on_line(packet, packet_bytes, c->line_user);
    }
}

static void
put_on_line(country *c, uint32_t from, uint32_t to, const uint8_t *bytes, size_t len)
{
    push(c, (country_happening){.at_us = c->now_us + DELAY_US,
                                .from = from,
                                .to = to,
                                .len = (uint32_t)len,
                                .bytes = g_memdup2(bytes, len)});
    if (has_packets(bytes, len)) {
        c->n_data++;
        count_crossings(c, from, to, bytes, len);
    }
}

/* Looks when the place wants to be called next. */
static void
schedule(country *c, uint32_t which)
{
    country_place *p = &c->places[which];
    uint64_t at_us = p->plane ? n2_plane_deadline(p->plane) : n2_links_deadline(p->links);

    if (at_us < c->now_us)
        at_us = c->now_us;
    if (at_us == UINT64_MAX || (p->scheduled_us && p->scheduled_us <= at_us))
        return;
    p->scheduled_us = at_us;
    push(c, (country_happening){.at_us = at_us, .from = COUNTRY_NOBODY, .to = which});
}

/* ---- switches ---- */

static void
switch_says(country *c, uint32_t which, const n2_event *e)
{
    country_place *p = &c->places[which];
    bool is_up = e->kind == N2_EVENT_LINK_UP;

    if (is_up || e->kind == N2_EVENT_LINK_DOWN) {
        uint32_t who = is_up ? place_at(&e->net) : (uint32_t)COUNTRY_NOBODY;
        if (is_up && c->plan.rate_Bps) {
            bool is_end = who >= c->plan.n_switches;
            n2_op op = {.kind = N2_OP_LINK_RATE,
                        .port = e->port,
                        .size = is_end && c->plan.end_rate_Bps ? c->plan.end_rate_Bps
                                                               : c->plan.rate_Bps};
            n2_plane_op(p->plane, &op, c->now_us);
        }
        c->n_up += is_up;
        c->n_up -= p->at[e->port] != COUNTRY_NOBODY;
        p->at[e->port] = who;
        if (is_up && e->initiator) {
            p->opened[e->port] = e->link_id;
            p->there[e->port] = e->remote_port;
            c->places[who].there[e->remote_port] = e->port;
        }
    } else if (e->kind == N2_EVENT_SWITCH_LOOK) {
        g_assert_cmpuint(e->len, ==, sizeof *c->look);
        memcpy(c->look, e->bytes, e->len);
    }
    if (c->on_event)
        c->on_event(c, which, e, c->event_user);
}

void
country_drain_switch(country *c, uint32_t which)
{
    country_place *p = &c->places[which];
    n2_plane_run run;
    n2_event event;
    bool any = true;

    while (any) {
        any = false;
        while (n2_plane_output(p->plane, &run, c->now_us)) {
            uint32_t to = place_at(&run.to);
            for (size_t at = 0; at < run.len; at += run.segment)
                put_on_line(c, which, to, run.bytes + at, MIN(run.segment, run.len - at));
        }
        while (n2_plane_event(p->plane, &event)) {
            any = true;
            switch_says(c, which, &event);
            free(event.bytes);
        }
    }
    schedule(c, which);
}

/* ---- end points ---- */

void
country_drain_end(country *c, uint32_t which)
{
    country_place *p = &c->places[which];
    const uint8_t *bytes;
    n2_link_event event;
    n2_net_addr to;
    size_t len;

    while ((len = n2_links_output(p->links, &to, &bytes)))
        put_on_line(c, which, place_at(&to), bytes, len);
    while (n2_links_event(p->links, &event)) {
        c->n_up += event.kind != N2_LINK_DOWN;
        c->n_up -= p->at[1] != COUNTRY_NOBODY;
        p->at[1] = event.kind == N2_LINK_DOWN ? (uint32_t)COUNTRY_NOBODY : place_at(&event.net);
        p->there[1] = (uint16_t)event.remote_port;
    }
    schedule(c, which);
}

static void
end_hears(country *c, uint32_t which, const country_happening *h)
{
    country_place *p = &c->places[which];
    n2_link_data data =
        n2_links_input(p->links, &c->places[h->from].addr, h->bytes, h->len, c->now_us);
    uint8_t *packet;
    size_t len;

    while (data.port && !n2_bundle_next(&data.packets, &packet, &len)) {
        uint64_t path = n2_packet_get_path(packet);
        unsigned mode = (packet[1] & N2_CARE_MODE_MASK) >> N2_CARE_MODE_SHIFT;
        uint32_t out_port;
        bool is_here = mode == N2_MODE_BROADCAST || (n2_path_step(&path, 1, 1, &out_port) &&
                                                     !out_port && n2_path_is_at_end(path));
        if (is_here && c->on_packet)
            c->on_packet(c, which - c->plan.n_switches, path, packet, len, c->packet_user);
    }
}

void
country_put(country *c, unsigned end, const uint8_t *packet, size_t len)
{
    uint32_t which = c->plan.n_switches + end;
    uint8_t buf[2 * N2_FRAME_BYTES_MIN];
    n2_net_addr to;
    size_t segment;
    n2_run run;

    n2_run_begin(&run, c->places[which].links, 1, buf, sizeof buf);
    g_assert_true(n2_run_add(&run, packet, len));
    size_t all = n2_run_finish(&run, &to, &segment);
    for (size_t at = 0; at < all; at += segment)
        put_on_line(c, which, place_at(&to), buf + at, MIN(segment, all - at));
}

void
country_send(country *c, unsigned end, const uint8_t *packet, size_t len)
{
    uint8_t bytes[N2_PACKET_BYTES_MAX];
    uint64_t path = n2_packet_get_path(packet);
    uint32_t out_port = 0;

    g_assert_true(n2_path_step(&path, 1, 0, &out_port));
    g_assert_cmpuint(out_port, ==, 1);
    memcpy(bytes, packet, len);
    n2_packet_set_path(bytes, path);
    country_put(c, end, bytes, len);
}

/* ---- time ---- */

static void
expire(country *c, country_place *p)
{
    if (p->plane && n2_plane_deadline(p->plane) <= c->now_us)
        n2_plane_expire(p->plane, c->now_us);
    else if (p->links && n2_links_deadline(p->links) <= c->now_us)
        n2_links_expire(p->links, c->now_us);
}

void
country_happen(country *c)
{
    country_happening h = pop(c);
    country_place *p = &c->places[h.to];

    c->now_us = h.at_us;
    if (h.from == COUNTRY_NOBODY) {
        if (h.at_us == p->scheduled_us)
            p->scheduled_us = 0;
        expire(c, p);
    } else {
        c->n_data -= has_packets(h.bytes, h.len);
        if (p->links)
            end_hears(c, h.to, &h);
        else
            n2_plane_input(p->plane, &c->places[h.from].addr, h.bytes, h.len, c->now_us);
    }
    if (p->links)
        country_drain_end(c, h.to);
    else
        country_drain_switch(c, h.to);
    g_free(h.bytes);
}

void
country_run(country *c, uint64_t us)
{
    uint64_t until_us = c->now_us + us;

    while (c->heap->len && g_array_index(c->heap, country_happening, 0).at_us <= until_us)
        country_happen(c);
    c->now_us = until_us;
}

void
country_settle(country *c)
{
    while (c->n_data)
        country_happen(c);
}

/* ---- looking at it ---- */

uint64_t
country_now(const country *c)
{
    return c->now_us;
}

void
country_set_packet_cb(country *c, country_packet_cb cb, void *user)
{
    c->on_packet = cb;
    c->packet_user = user;
}

void
country_set_event_cb(country *c, country_event_cb cb, void *user)
{
    c->on_event = cb;
    c->event_user = user;
}

n2_plane *
country_plane(const country *c, unsigned which)
{
    return c->places[which].plane;
}

void
country_op(country *c, unsigned which, const n2_op *op)
{
    n2_plane_op(c->places[which].plane, op, c->now_us);
    country_drain_switch(c, which);
}

const n2_look *
country_look(country *c, unsigned which)
{
    c->look->at_us = 0;
    country_op(c, which, &(n2_op){.kind = N2_OP_SWITCH_LOOK, .tag = 1});
    g_assert_cmpuint(c->look->at_us, !=, 0);
    return c->look;
}

void
country_watch_line(country *c, unsigned from, unsigned to, country_line_cb cb, void *user)
{
    c->watched_from = from;
    c->watched_to = to;
    c->on_line = cb;
    c->line_user = user;
}

country_crossings
country_take_crossings(country *c)
{
    country_crossings taken = c->crossings;

    c->crossings = (country_crossings){0};
    return taken;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * country-map.c - which switch is linked with which, and the ways between them.
 */
#include "country-private.h"

#include <string.h>

#include "base/limits.h"
#include "wire/path.h"

/* ---- maps ---- */

static bool
is_linked(const country *c, unsigned a, unsigned b)
{
    for (unsigned port = 1; port < COUNTRY_PORTS; port++)
        if (c->places[a].at[port] == b)
            return true;
    return false;
}

/* Shortest ways from each switch to each, by the first port; of equal ones the lowest port. */
static void
draw_map(country *c)
{
    unsigned n = c->plan.n_switches, first, last;
    g_autofree uint32_t *queue = g_new(uint32_t, n);

    c->next = g_malloc0((gsize)n * n);
    for (unsigned to = 0; to < n; to++) { /* from there backwards */
        uint8_t *seen = g_malloc0(n);
        queue[0] = to;
        seen[to] = 1;
        for (first = 0, last = 1; first < last; first++) {
            const country_place *p = &c->places[queue[first]];
            for (unsigned port = 1; port < COUNTRY_PORTS; port++) {
                uint32_t who = p->at[port];
                if (who >= n || seen[who])
                    continue;
                seen[who] = 1;
                c->next[(gsize)who * n + to] = (uint8_t)p->there[port];
                queue[last++] = who;
            }
        }
        g_assert_cmpuint(last, ==, n);
        g_free(seen);
    }
}

unsigned
country_switch_of(const country *c, unsigned end)
{
    return c->places[c->plan.n_switches + end].at[1];
}

uint16_t
country_port_of(const country *c, unsigned end)
{
    return c->places[c->plan.n_switches + end].there[1];
}

/* From switch to switch; the labels to take are added. */
static unsigned
walk(const country *c,
     unsigned from,
     unsigned to,
     unsigned way[COUNTRY_WAY_MAX],
     n2_route *route)
{
    unsigned n = 0;

    for (unsigned at = from;; n++) {
        g_assert_cmpuint(n, <, COUNTRY_WAY_MAX);
        way[n] = at;
        if (at == to)
            return n + 1;
        uint8_t port = c->next[(gsize)at * c->plan.n_switches + to];
        g_assert_cmpint(n2_route_add(route, COUNTRY_WIDTH, port), ==, N2_OK);
        at = c->places[at].at[port];
    }
}

unsigned
country_way(const country *c, unsigned from, unsigned to, unsigned way[COUNTRY_WAY_MAX])
{
    n2_route route = {0};

    return walk(c, country_switch_of(c, from), country_switch_of(c, to), way, &route);
}

unsigned
country_way_to_switch(const country *c,
                      unsigned from,
                      unsigned to,
                      unsigned way[COUNTRY_WAY_MAX])
{
    n2_route route = {0};

    return walk(c, country_switch_of(c, from), to, way, &route);
}

uint16_t
country_port_towards(const country *c, unsigned from, unsigned to)
{
    return c->next[(gsize)from * c->plan.n_switches + to];
}

uint64_t
country_path_to_switch(const country *c, unsigned from, unsigned to)
{
    unsigned way[COUNTRY_WAY_MAX];
    n2_route route = {0};

    g_assert_cmpint(n2_route_add(&route, 1, 1), ==, N2_OK);
    (void)walk(c, country_switch_of(c, from), to, way, &route);
    return route.word;
}

uint64_t
country_path(const country *c, unsigned from, unsigned to)
{
    unsigned way[COUNTRY_WAY_MAX];
    n2_route route = {0};

    g_assert_cmpint(n2_route_add(&route, 1, 1), ==, N2_OK);
    (void)walk(c, country_switch_of(c, from), country_switch_of(c, to), way, &route);
    g_assert_cmpint(n2_route_add(&route, COUNTRY_WIDTH, country_port_of(c, to)), ==, N2_OK);
    return route.word;
}

/* ---- life ---- */

static void
make_plane(country *c, uint32_t which)
{
    country_place *p = &c->places[which];
    n2_plane_config config = {.env = {.user = &p->random, .random = world_random_fill},
                              .width_bits = COUNTRY_WIDTH,
                              .now_us = c->now_us};

    g_assert_cmpint(n2_plane_new(&p->plane, &config), ==, N2_OK);
}

static void
make_end(country *c, uint32_t which, uint32_t at)
{
    country_place *p = &c->places[which];
    n2_links_config config = {.env = {.user = &p->random, .random = world_random_fill},
                              .width = 1,
                              .datagram_bytes = N2_LINK_BYTES_BASE};
    n2_net_addr net = country_address(at);

    g_assert_cmpint(n2_links_new(&p->links, &config), ==, N2_OK);
    g_assert_cmpint(n2_links_open(p->links, &net, which + 1, 1, 0, c->now_us), ==, N2_OK);
    c->n_lines++;
    country_drain_end(c, which);
}

static void
join(country *c, uint32_t a, uint32_t b)
{
    n2_op op = {
        .kind = N2_OP_LINK_OPEN, .net = country_address(b), .link_id = 1000000 + c->n_lines++};

    country_op(c, a, &op);
}

static void
wait_for_links(country *c)
{
    uint64_t limit_us = c->now_us + UP_LIMIT_US;

    while (c->n_up < 2 * c->n_lines) {
        g_assert_cmpuint(c->now_us, <, limit_us);
        country_happen(c);
    }
}

static unsigned
free_ports(const country *c, uint32_t which)
{
    unsigned n = 0;

    for (unsigned port = 1; port < COUNTRY_PORTS; port++)
        n += c->places[which].at[port] == COUNTRY_NOBODY;
    return n;
}

/* Lines beside the tree's, between any two that have a port to spare. */
static void
add_meshes(country *c)
{
    for (unsigned made = 0; made < c->plan.n_meshes;) {
        uint32_t a = (uint32_t)(world_random_next(&c->random) % c->plan.n_switches);
        uint32_t b = (uint32_t)(world_random_next(&c->random) % c->plan.n_switches);
        if (a == b || is_linked(c, a, b) || !free_ports(c, a) || !free_ports(c, b))
            continue;
        join(c, a, b);
        wait_for_links(c);
        made++;
    }
}

country *
country_new(const country_plan *plan)
{
    country *c = g_new0(country, 1);
    unsigned n = plan->n_switches, first_leaf = (n - 2) / plan->fan + 1;

    c->plan = *plan;
    c->now_us = N2_SECOND_US;
    c->n_places = n + plan->n_ends;
    c->places = g_new0(country_place, c->n_places);
    c->heap = g_array_new(FALSE, FALSE, sizeof(country_happening));
    c->look = g_new0(n2_look, 1);
    world_random_init(&c->random, plan->seed);
    for (uint32_t i = 0; i < c->n_places; i++) {
        country_place *p = &c->places[i];
        p->addr = country_address(i);
        world_random_init(&p->random, world_random_next(&c->random));
        for (unsigned port = 0; port < COUNTRY_PORTS; port++)
            p->at[port] = COUNTRY_NOBODY;
        if (i < n)
            make_plane(c, i);
    }
    for (uint32_t i = 1; i < n; i++)
        join(c, i, (i - 1) / plan->fan);
    wait_for_links(c);
    for (uint32_t i = 0; i < plan->n_ends; i++)
        make_end(c, n + i, first_leaf + i % (n - first_leaf));
    wait_for_links(c);
    add_meshes(c);
    draw_map(c);
    return c;
}

void
country_free(country *c)
{
    for (guint i = 0; i < c->heap->len; i++)
        g_free(g_array_index(c->heap, country_happening, i).bytes);
    for (unsigned i = 0; i < c->n_places; i++) {
        n2_plane_free(c->places[i].plane);
        n2_links_free(c->places[i].links);
    }
    g_array_unref(c->heap);
    g_free(c->places);
    g_free(c->next);
    g_free(c->look);
    g_free(c);
}

void
country_restart(country *c, unsigned which)
{
    country_place *p = &c->places[which];
    country_place was = *p;

    n2_plane_close(p->plane, c->now_us);
    country_drain_switch(c, which);
    n2_plane_free(p->plane);
    p->scheduled_us = 0;
    make_plane(c, which);
    for (uint16_t port = 1; port < COUNTRY_PORTS; port++) {
        c->n_up -= p->at[port] != COUNTRY_NOBODY;
        p->at[port] = COUNTRY_NOBODY;
    }
    for (uint16_t port = 1; port < COUNTRY_PORTS; port++)
        if (was.opened[port])
            country_op(c, which,
                       &(n2_op){.kind = N2_OP_LINK_OPEN,
                                .net = c->places[was.at[port]].addr,
                                .link_id = was.opened[port],
                                .port = port,
                                .remote_port = was.there[port]});
    wait_for_links(c);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * country-private.h - what the two files of a country share.
 */
#pragma once

#include "country.h"
#include "link/link.h"
#include "world.h"

enum {
    COUNTRY_WIDTH = 4,
    COUNTRY_PORTS = 1 << COUNTRY_WIDTH,
    COUNTRY_NOBODY = UINT32_MAX,
    DELAY_US = 500, /* of a line, one way */
    UP_LIMIT_US = 60 * 1000 * 1000
};

/* A switch, or (links instead of plane) an end point. */
typedef struct {
    n2_plane *plane;
    n2_links *links;
    n2_net_addr addr;
    world_random random;
    uint64_t scheduled_us;          /* the earliest entry of the heap for its deadline */
    uint32_t at[COUNTRY_PORTS];     /* who is at that port; an end point has port 1 only */
    uint16_t there[COUNTRY_PORTS];  /* our port there */
    uint64_t opened[COUNTRY_PORTS]; /* the link id, if we opened it */
} country_place;

typedef struct {
    uint64_t at_us, order;
    uint32_t from, to; /* from COUNTRY_NOBODY: a deadline of @to */
    uint32_t len;
    uint8_t *bytes;
} country_happening;

struct country {
    country_plan plan;
    uint64_t now_us, order;
    world_random random;
    country_place *places;            /* switches, then ends */
    unsigned n_places, n_up, n_lines; /* n_up: ends of links that are up */
    GArray *heap;
    uint64_t n_data; /* datagrams with packets under way */
    country_crossings crossings;
    uint32_t watched_from, watched_to;
    country_line_cb on_line; /* NULL: no line is watched */
    void *line_user;
    uint8_t *next; /* [n_switches][n_switches]: port towards */
    n2_look *look;
    country_packet_cb on_packet;
    void *packet_user;
    country_event_cb on_event;
    void *event_user;
};

/* country.c */
n2_net_addr country_address(uint32_t which);
/** Everything that a switch, or an end point, has to say goes on its lines. */
void country_drain_switch(country *c, uint32_t which);
void country_drain_end(country *c, uint32_t which);
/** The next thing that happens. */
void country_happen(country *c);

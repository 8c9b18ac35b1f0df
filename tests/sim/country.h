/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * country.h - switches by the thousand and end points by the ten thousand: what the tests of
 *             state and of control messages are counted in.
 *
 * The switches are whole data planes, linked with each other.  An end point is light: one link
 * to its switch, and a switch of its own with two ports, as every node has; what it says and
 * hears is the test's.  A tree, in which the ends hang at the leaves; with meshes there are
 * lines beside it, and ways are the shortest.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "node/plane.h"
#include "switch/look.h"

enum {
    COUNTRY_WAY_MAX = 58 /* switches on a way, as each takes a bit */
};

typedef struct {
    uint64_t seed;
    unsigned n_switches, n_ends;
    unsigned fan;      /* switches below each */
    unsigned n_meshes; /* lines beside the tree's */
    uint64_t rate_Bps; /* of all links between switches, and to ends; 0: unknown */
    uint64_t end_rate_Bps;
} country_plan;

typedef struct country country;

/** A packet came to the end point @end; @path as received, after its own switch's step (of a
 *  broadcast: as it came, as there is none). */
typedef void (*country_packet_cb)(
    country *c, unsigned end, uint64_t path, const uint8_t *packet, size_t len, void *user);

/** Everybody is linked. */
country *country_new(const country_plan *plan);
void country_free(country *c);

uint64_t country_now(const country *c);
void country_set_packet_cb(country *c, country_packet_cb cb, void *user);

/** The switches from end to end, in order.  Returns: how many. */
unsigned
country_way(const country *c, unsigned from, unsigned to, unsigned way[COUNTRY_WAY_MAX]);

/** The same, from an end to a switch. */
unsigned country_way_to_switch(const country *c,
                               unsigned from,
                               unsigned to,
                               unsigned way[COUNTRY_WAY_MAX]);

/** The port by which the way from switch to switch begins. */
uint16_t country_port_towards(const country *c, unsigned from, unsigned to);

/** Path as @from's own switch gets it; it ends at port 0 of @to. */
uint64_t country_path(const country *c, unsigned from, unsigned to);

/** Path from end @from that ends at port 0 of switch @to. */
uint64_t country_path_to_switch(const country *c, unsigned from, unsigned to);

/** The switch that an end point hangs at. */
unsigned country_switch_of(const country *c, unsigned end);

/** Its port there. */
uint16_t country_port_of(const country *c, unsigned end);

n2_plane *country_plane(const country *c, unsigned which);

/** An end point sends; the packet's path is as its own switch gets it. */
void country_send(country *c, unsigned end, const uint8_t *packet, size_t len);

/** The same behind that switch's step. */
void country_put(country *c, unsigned end, const uint8_t *packet, size_t len);

/** Lets so much time pass. */
void country_run(country *c, uint64_t us);

/** Until no packet is under way (links' own messages are no packets). */
void country_settle(country *c);

/** What the switch shows of itself (transfer none), until the next call. */
const n2_look *country_look(country *c, unsigned which);

/** Packets that crossed a line. */
typedef struct {
    uint64_t control; /* in control mode */
    uint64_t others;
} country_crossings;

/** A packet in control mode goes from switch to switch by the line that is watched. */
typedef void (*country_line_cb)(const uint8_t *packet, size_t len, void *user);

/** Only this way; one line at a time. */
void country_watch_line(country *c, unsigned from, unsigned to, country_line_cb cb, void *user);

/** Since the last call. */
country_crossings country_take_crossings(country *c);

/** An event that a switch had for its control plane; the country frees its bytes. */
typedef void (*country_event_cb)(country *c, unsigned which, const n2_event *event, void *user);
void country_set_event_cb(country *c, country_event_cb cb, void *user);

/** An order for a switch's plane. */
void country_op(country *c, unsigned which, const n2_op *op);

/** Loses all that a switch knows: it starts again, and its links come up anew. */
void country_restart(country *c, unsigned which);

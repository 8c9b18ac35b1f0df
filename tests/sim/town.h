/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * town.h - a star with three ways from the client to the server: by the hub, by a wire of their
 *          own, and by the attacker's switch, which is honest or not, and then the hub.
 */
#pragma once

#include "star.h"

enum {
    WAY_HUB,
    WAY_DIRECT,
    WAY_LONG,
    WAYS
};

enum {
    TOWN_SERVER_WIDTH = 2,
    TOWN_HUB_WIDTH = 4
};

typedef struct {
    star *s;
    world_wire wire;
    uint64_t ways[2][WAYS]; /* of the client, of the server */
} town;

/** Linked and connected, by the hub. */
void town_build(town *t, uint64_t seed, const world_wire *wire);
void town_clear(town *t);

/** The wires that are in this way alone. */
void town_set_way(town *t, int way, bool is_up);

/** Client (0) or server (1). */
int town_node(unsigned who);

/** Label of a path by @n switches. */
uint64_t town_route(unsigned n, const uint8_t *widths, const uint16_t *ports);

/** Has @who go on by @way. */
void town_move(town *t, unsigned who, int way, uint64_t tag);

/** The same until it is done: in vain is possible where much is lost, or nobody listens.
 * @tries: so often. */
void town_move_surely(town *t, unsigned who, int way, uint64_t tag, int tries);

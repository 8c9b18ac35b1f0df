/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * world.h - nodes, links and one clock, all made up: a network that replays from its seed.
 *
 * The nodes are real data planes with real sealing; what is not real is time, the wires and
 * the source of randomness.  A wire has a rate, a delay, a queue that drops what does not fit,
 * and loses, doubles and delays at random.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/env.h"
#include "node/plane.h"

typedef struct world world;
typedef struct world_node world_node;

/** xoshiro256** of @seed; also the env of every node (each its own stream). */
typedef struct {
    uint64_t s[4];
} world_random;

void world_random_init(world_random *r, uint64_t seed);
uint64_t world_random_next(world_random *r);
void world_random_fill(void *user, void *buf, size_t len);

typedef struct {
    uint64_t rate_Bps; /* 0: no limit */
    uint64_t delay_us;
    uint64_t queue_bytes; /* waiting for the wire; 0: no limit */
    uint32_t loss_ppm, double_ppm, reorder_ppm;
    uint64_t reorder_us; /* up to this much later */
    uint32_t narrow;     /* what is longer is lost, without a word; 0: nothing is */
} world_wire;

typedef struct {
    uint64_t sent, delivered, lost, overflowed;
    uint64_t bytes;           /* sent, with the heads of IP and UDP */
    uint64_t longest;         /* that passed */
    uint64_t delivered_bytes; /* with their IP and UDP heads */
} world_wire_stats;

/** What a test does when a node's plane says something; the world frees the event's bytes. */
typedef void (*world_event_cb)(world *w, world_node *node, const n2_event *event, void *user);

struct world_node {
    n2_plane *plane;
    n2_net_addr addr;
    world_random random;
    world_event_cb on_event;
    void *user;
    bool is_dead;    /* takes and gives nothing */
    bool is_behind;  /* its control plane takes no events */
    bool is_asleep;  /* the same for a while */
    int64_t lags_us; /* by so much its clock will be behind when it wakes */
    GArray *socket;  /* (owned) (nullable) what came meanwhile and waits for it */
    int64_t skew_us; /* by which its clock is not the world's; may jump */
};

world *world_new(uint64_t seed);
void world_free(world *w);

uint64_t world_now(const world *w);
world_random *world_peek_random(world *w);

/** Worlds made from now on have addresses as the internet has, so that nodes may be introduced
 *  to each other; else ones that mean nothing. */
void world_use_internet(bool is_internet);

/** Longest datagram of nodes added from now on; 0: the usual. */
void world_set_datagram(world *w, uint32_t bytes);

/** Keys of nodes added from now on change so often; the limits must outlive the world. */
void world_set_key_limits(world *w, const n2_key_limits *limits);

/** A node with a switch of @width bits (transfer none). */
world_node *world_add(world *w, uint8_t width, world_event_cb on_event, void *user);

/** Lays a wire between two nodes, alike both ways; at most one between any two. */
void world_lay(world *w, world_node *a, world_node *b, const world_wire *wire);
world_wire_stats world_wire_peek(const world *w, const world_node *from, const world_node *to);

/** Changes the loss of the wire from @a to @b and back. */
void world_set_loss(world *w, world_node *a, world_node *b, uint32_t loss_ppm);

/** Changes the wire from @from to @to alone. */
void world_change(world *w, world_node *from, world_node *to, const world_wire *wire);

/** The wire from @from to @to has no queue and rate of its own: what it carries stands in the
 *  queue of the wire from @of_from to @of_to, as two roads that lead over one bridge. */
void
world_share(world *w, world_node *from, world_node *to, world_node *of_from, world_node *of_to);

/** Time that something put on the wire now would wait, us. */
uint64_t world_queue_us(const world *w, const world_node *from, const world_node *to);

/** @len bytes (with IP head) of somebody else's take their place in that wire's queue.
 *  Returns: when they are there; 0: the queue was full, or they were lost. */
uint64_t world_foreign(world *w, world_node *from, world_node *to, size_t len);

/** Calls @cb at @at_us. */
typedef void (*world_timer_cb)(world *w, void *user);
void world_call_at(world *w, uint64_t at_us, world_timer_cb cb, void *user);

/** Puts a datagram on the wire as if @from's data plane had sent it; the tap doesn't see it. */
void world_inject(world *w, world_node *from, world_node *to, const uint8_t *bytes, size_t len);

/** How a node does nothing for a while. */
typedef enum {
    WORLD_STARVED,  /* others have its processor; its clock goes on, what comes waits */
    WORLD_SUSPENDED /* the machine sleeps: its clock stands still, what comes is lost */
} world_sleep;

/** @node does nothing for @us from now.  When it wakes it finds first what is due by its clock,
 *  then what waits. */
void world_pause(world *w, world_node *node, uint64_t us, world_sleep how);

void world_op(world *w, world_node *node, const n2_op *op);

/** Moves to the next thing that happens; false if nothing ever will. */
bool world_step(world *w);

/** A digest of everything that was delivered, and when. */
uint64_t world_trace(const world *w);

/** Called with every datagram that leaves; it may be changed or (false) held back. */
typedef bool (*world_tap_cb)(
    world *w, world_node *from, world_node *to, uint8_t *bytes, size_t len, void *user);
void world_set_tap(world *w, world_tap_cb tap, void *user);

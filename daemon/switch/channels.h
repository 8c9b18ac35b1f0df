/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * channels.h - broadcast: which ports a channel goes to, and where it may come from.
 *
 * Layer:     switch (may include: base, wire, crypto).
 * Source:    net2o white paper, "Broadcasting"; PROTOCOL.md, section "Broadcast".
 * Invariant: a channel is taken from one port only, one that the operator lets channels come
 *            from; it goes out by no port that is outside its domain.
 *
 * A join walks towards the source.  Each switch on its way notes the port by which it came, and
 * lets it go on if it does not carry the channel yet or has not said so upstream for a while.
 * Two kinds of table hold the rows, behind one interface (rows.h): an associative one, for
 * switches where few channels are joined, and bitmaps, looked up without a search, for large
 * ones.  A join may be for a whole block of 256 channels.
 *
 * Channels below N2_CHANNELS_LOCAL are local broadcasts: nobody joins them, they go to all
 * local ports (port 0 too), and no further.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bucket.h"
#include "base/env.h"
#include "base/err.h"
#include "base/uses.h"
#include "switch/cast.h"
#include "switch/domains.h"
#include "switch/look.h"
#include "switch/rows.h"

/** What is known of a port. */
enum {
    N2_CHANNEL_UPLINK = 1, /* we opened it: all channels may come from there */
    N2_CHANNEL_LOCAL = 2   /* the same LAN: local broadcasts go there, and come from there */
};

typedef struct {
    n2_bucket asks, passes, local;
    uint32_t n_joined;
    uint32_t n_from; /* joined by others, and coming from there */
    uint8_t flags;
} n2_channel_port;

/** A local broadcast that passed. */
typedef struct {
    uint64_t hash;
    uint64_t until_us;
} n2_local_seen;

typedef struct {
    n2_env env;
    n2_rows rows;
    uint8_t width;
    uint32_t words; /* of a set of ports */
    uint32_t n_rules;
    n2_channel_port *ports; /* owned (nullable), 2^width, allocated at first use */
    uint64_t *local;     /* owned (nullable): two sets, local ports, and those of one packet */
    n2_local_seen *seen; /* owned (nullable), N2_LOCAL_SEEN_MAX */
    n2_channel_rule *rules;    /* owned (nullable), N2_CHANNEL_RULES_MAX */
    uint64_t key[2];           /* of hashes */
    uint64_t turn_us, look_us; /* next turn of the generations, next look at what waits */
    uint64_t refused, refused_asks, refused_local, refused_domain, refused_ports;
    uint64_t strange; /* packets of a channel that came by another port, or that is not here */
    uint64_t again;   /* local broadcasts that had passed */
    n2_said said;
} n2_channels;

/** @env: its user must outlive the channels; @kind: of the table. */
void
n2_channels_init(n2_channels *channels, const n2_env *env, unsigned width, n2_rows_kind kind);

/** May be called on cleared or zeroed channels. */
void n2_channels_clear(n2_channels *channels);

/**
 * Notes what is known of @port: N2_CHANNEL_UPLINK, _LOCAL or none.
 *
 * Returns: N2_OK, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_channels_set_port(n2_channels *channels, uint32_t port, unsigned flags);

/** The neighbour at @port is gone; somebody else may come there. */
void n2_channels_port_down(n2_channels *channels, uint32_t port);

/**
 * Puts these rules, @n of them, in the place of all others; what they forbid ends at once.
 *
 * Returns: N2_OK, N2_ERR_LIMIT, N2_ERR_USAGE (a port, channel or word that is none),
 *          N2_ERR_NOMEM; then all stays as it was.
 */
N2_MUST_USE n2_err n2_channels_set_rules(n2_channels *channels,
                                         const n2_channel_rule *rules,
                                         size_t n);

/**
 * Makes @port the source of @channel, whether somebody joined or not; 0: our own end point.
 *
 * Returns: N2_OK, N2_ERR_USAGE (local or no channel), N2_ERR_EXISTS (it comes by another port),
 *          N2_ERR_REFUSED (it may not pass there),
 *          N2_ERR_LIMIT, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_channels_open(n2_channels *channels,
                                    uint32_t channel,
                                    uint32_t port,
                                    uint64_t now_us);
void n2_channels_close(n2_channels *channels, uint32_t channel);

/**
 * Where a broadcast goes.  The hot path, but for local ones.
 *
 * @bytes: the packet as it came (N2_STEP_COPIES); long.
 *
 * Returns: false: to nobody, or it may not pass; counted.
 */
bool n2_channels_copies(n2_channels *channels,
                        uint32_t in_port,
                        const uint8_t *bytes,
                        size_t len,
                        uint64_t now_us,
                        n2_copies *copies);

/** As n2_trees_hop(), for messages of type N2_CAST_CHANNEL. */
n2_cast_fate n2_channels_hop(n2_channels *channels,
                             uint32_t in_port,
                             uint32_t out_port,
                             uint8_t *bytes,
                             size_t len,
                             uint64_t now_us);

/** When n2_channels_expire() wants to be called; UINT64_MAX: never. */
uint64_t n2_channels_deadline(const n2_channels *channels);
void n2_channels_expire(n2_channels *channels, uint64_t now_us);

void n2_channels_uses(const n2_channels *channels, n2_uses *uses);
void n2_channels_look(const n2_channels *channels, n2_look *look, uint64_t now_us);

/** Bytes allocated. */
size_t n2_channels_bytes(const n2_channels *channels);

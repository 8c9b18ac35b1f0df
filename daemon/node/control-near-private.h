/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-near-private.h - what the two files about the local network share.
 *
 * Layer: node.  Included by control-near*.c only.
 */
#pragma once

#include "name/near.h"
#include "node/control-private.h"
#include "node/control-statement.h"

/* A link that was opened because of an announcement. */
typedef struct {
    uint64_t id; /* 0: none */
    n2_net_addr net;
    uint64_t since_us; /* it was opened, or came up, or went down */
    bool is_up;
} near_link;

typedef struct near_work {
    n2_near *near;       /* (owned) */
    uint64_t sign_at_us; /* what we say is to be signed anew */
    bool is_due;         /* it is to be sent on the wires */
    near_link links[N2_NEAR_LINKS_MAX];
} near_work;

/* What is known of who signed an announcement. */
typedef enum {
    N2_STAND_CLAIMED, /* nobody has asked that identity yet */
    N2_STAND_PROVEN,  /* it has that device key */
    N2_STAND_REFUTED  /* it is known, and has not */
} n2_near_stands;

n2_near_stands n2_near_stand(n2_control *c, const n2_neighbour *who);

/** Our port of the link to @net; 0: there is none that is up. */
uint16_t n2_near_port(const n2_control *c, const n2_net_addr *net);

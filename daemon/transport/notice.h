/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * notice.h - what an end point does with the words of switches: believes as much as does no
 *            harm, and holds it against what its peer proves.
 *
 * Layer:  transport (may include: base, wire, crypto, switch).
 * Source: PROTOCOL.md, section "Notices".
 *
 * A notice must quote a packet that is under way, random half and all: who is not on the way
 * can quote none.
 *
 *     dropped  the packet is lost, once, and its units go again; of a unit by notice twice at
 *              most.  Acknowledged later, it was a lie.
 *     jam      no more than the rate it allows, until the quoted packet is acknowledged, which
 *              was marked when it was said: then jam marks, a queue or loss show, and it holds
 *              for a round trip more, and another as long as they do.  If nothing shows it was
 * a lie.
 *
 * After N2_NOTICE_LIES_MAX lies nothing is believed for N2_NOTICE_DEAF_US, unless the path is
 * another.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bucket.h"
#include "base/limits.h"
#include "switch/notice.h"
#include "transport/ack.h"

struct n2_connection;
struct n2_endpoint;

/** Made with the first notice that a connection believes. */
typedef struct n2_notices {
    uint64_t path;    /* all below is about this one */
    uint64_t deaf_us; /* nothing is believed until then */
    unsigned n_lies;
    uint64_t n_denied; /* of the flight, when looked at last */
    /* jam */
    bool is_jammed;
    bool is_confirmed;  /* in this round trip */
    bool is_settled;    /* the packet has arrived, */
    uint64_t number;    /* which is this */
    uint16_t jams_told; /* marks, by the last acknowledgement */
    uint16_t jams;      /* the same, */
    uint32_t n_resent;  /* and packets sent again, when it began or was confirmed */
    uint64_t Bps;
    uint64_t queue_us;                      /* that it waits, as was said */
    uint64_t until_us;                      /* the round trip is over */
    uint64_t credit_us;                     /* up to when what was sent is paid for */
    uint32_t n_again;                       /* packets that go again whatever is paid for */
    uint64_t again_us[N2_NOTICE_AGAIN_MAX]; /* by unit: until then not once more */
} n2_notices;

/** An end point's. */
typedef struct {
    n2_bucket taken;
    uint64_t believed, unknown; /* quotes of nothing that is under way */
    uint64_t refused;           /* above N2_NOTICE_PER_S */
    uint64_t lies, deaf;        /* found out; not believed, as there were too many */
    uint64_t again;             /* units that had been sent again often enough */
} n2_notice_met;

void n2_notices_free(n2_notices *n); /* (nullable) */

/** Nothing is under way: forgets what was said, unless lies are not over. */
void n2_notices_rest(struct n2_connection *c, uint64_t now_us);

/** An acknowledgement was settled.  Only if the connection has notices. */
void n2_notice_judge(struct n2_endpoint *ep,
                     struct n2_connection *c,
                     const n2_ack *ack,
                     uint64_t now_us);

/** How much longer than usual nothing may be heard of what is under way, as it waits, us. */
uint64_t n2_notice_wait_us(const struct n2_connection *c);

/** May a packet leave?  If not, *@at_us says when. */
bool n2_notice_may_send(struct n2_connection *c, uint64_t now_us, uint64_t *at_us);

/** One of @bytes left. */
void n2_notice_sent(struct n2_connection *c, uint32_t bytes, uint64_t now_us);

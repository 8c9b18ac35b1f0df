/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * switch.h - forwards a packet by the label on top of its path, and knows no addresses.
 *
 * Layer:     switch (may include: base, wire, crypto).  Stateless but for counters and limits,
 *            and what its operator sets: virtual labels and a filter.
 * Source:    net2o white paper, "Switching"; PROTOCOL.md, sections "Path" and "Echo".
 * Invariant: of a packet only path, class and jam mark change, so a seal survives the way.
 *
 * Port 0 is the node itself: what its own end point sends comes in by port 0, what leaves by
 * port 0 is for its end point (or, in control mode, for n2_switch_control()).
 *
 * Echo, in control mode: an unsealed long packet with address 0 and 32 bytes of data,
 *
 *   offset in the data   question      answer
 *   0                    type 1 = 1    type 1 = 2
 *   1                    zero 7        zero 7
 *   8                    nonce 8       nonce 8, the question's
 *   16                   zero 16       width 1, in-port 2, zero 13
 *
 * sent with a path that ends at port 0 of the switch asked.  It is answered along the way back,
 * without state, N2_SWITCH_ECHO_PER_S times a second for each in-port.  Nothing answers an
 * answer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bucket.h"
#include "base/err.h"
#include "switch/filter.h"
#include "switch/label.h"
#include "switch/notice.h"
#include "switch/police.h"
#include "switch/reserve.h"
#include "wire/packet.h"

typedef enum {
    N2_STEP_FORWARD, /* send by out_port, which is not 0 */
    N2_STEP_DELIVER, /* for our own end point; nothing is left ahead */
    N2_STEP_CONTROL, /* it ends here: a notice, or for n2_switch_control() */
    N2_STEP_HOP,     /* a control message that each switch looks at passes by to out_port */
    N2_STEP_COPIES,  /* multicast behind our label 0, or broadcast: to none or several */
    N2_STEP_DROP     /* counted; forget it */
} n2_step_verdict;

/* X(name, what the packet did) */
#define N2_DROP_LIST(X)                                                                        \
    X(N2_DROP_VERSION, "another version")                                                      \
    X(N2_DROP_SPARE, "a spare bit is set, or a short form is sealed")                          \
    X(N2_DROP_LENGTH, "another length than its first byte says")                               \
    X(N2_DROP_BUDGET, "the path's bits are used up")                                           \
    X(N2_DROP_AHEAD, "labels are left behind port 0")                                          \
    X(N2_DROP_PORT, "no link at this port")                                                    \
    X(N2_DROP_MODE, "a mode that this switch does not have")                                   \
    X(N2_DROP_CONTROL, "a control packet that is none we know")                                \
    X(N2_DROP_ECHO_RATE, "more echoes than this port may ask")                                 \
    X(N2_DROP_QUEUE, "the link's queue is full")                                               \
    X(N2_DROP_CAST, "no such tree or channel here, or by another way")                         \
    X(N2_DROP_LABEL, "no room for what a virtual label hides")                                 \
    X(N2_DROP_SERVER, "no server behind a virtual label")                                      \
    X(N2_DROP_FILTER, "a rule of the filter")

typedef enum {
#define X(name, text) name,
    N2_DROP_LIST(X)
#undef X
    N2_DROP_REASONS
} n2_drop;

/** A few words for @drop (static). */
const char *n2_drop_text(n2_drop drop);

typedef struct {
    n2_step_verdict verdict;
    n2_drop drop;      /* DROP only */
    uint32_t out_port; /* FORWARD and HOP only, else 0 */
} n2_step;

typedef struct {
    uint64_t packets_in, bytes_in;
    uint64_t packets_out, bytes_out; /* forwarded to this port */
    uint64_t dropped;                /* of what came in, but for: */
    uint64_t overflowed;             /* what should have left by this port, and its queue was
                                      * full */
    uint64_t filtered;               /* of them: by a rule of the filter */
    n2_bucket echoes;                /* that it may still ask for */
    n2_bucket notices;               /* that it may still be told */
} n2_switch_port;

typedef struct {
    uint8_t width; /* 2^width ports */
    uint64_t forwarded, delivered, echoed;
    uint64_t noticed, notices_refused; /* said, and not said as there were too many */
    uint64_t dropped[N2_DROP_REASONS];
    bool has_trees, has_channels; /* else what needs them is dropped; 0 after init */
    n2_switch_port *ports;        /* owned, 2^width */
    uint16_t *mirrors;            /* owned, 2^width: the bits of each port's number, mirrored */
    n2_labels *labels;            /* owned (nullable): there are no virtual labels */
    n2_filter *filter;            /* owned (nullable): all may pass */
    n2_reserve *reserve;          /* owned (nullable): classes are taken as they come */
} n2_switch;

/**
 * @width: 1..16.
 *
 * Returns: N2_OK, N2_ERR_USAGE, N2_ERR_NOMEM; @sw is cleared on failure.
 */
N2_MUST_USE n2_err n2_switch_init(n2_switch *sw, unsigned width);

/** Frees the ports; may be called on a cleared or zeroed switch. */
void n2_switch_clear(n2_switch *sw);

enum {
    /* of a packet, the first, that a step may touch: all that is read of any, and what tells
     * a message for each switch from others in control mode */
    N2_STEP_BYTES = N2_LONG_HEAD_BYTES + 2
};

/* The first byte of the data of a packet in control mode to address 0, and in the second ... */
enum {
    N2_CONTROL_ECHO_QUESTION = 1,
    N2_CONTROL_ECHO_ANSWER = 2,
    N2_CONTROL_NOTICE = 3,
    N2_CONTROL_RESERVE = 4,
    N2_CONTROL_TREE = 5,
    N2_CONTROL_CHANNEL = 6,
    N2_CONTROL_HOPS = 0x80 /* ... of the last three: each switch on the way looks at it */
};

/**
 * Takes one packet one step.  The hot path.
 *
 * It can move to where packets come in (XDP): no loop, lock, allocation or call out of the
 * switch; of the packet it reads and writes the first N2_STEP_BYTES only (4 in the short form),
 * of the switch the width, the mirrored ports and the counters.
 *
 * @in_port: below 2^width; 0 for what our own end point sends.
 * @bytes:   one packet, @len bytes; its path word is rewritten unless it is dropped.  COPIES of
 *           a multicast: as if it ended here, so that the tree's number is on top of the path;
 *           of a broadcast: as it came.
 */
n2_step
n2_switch_step(n2_switch *sw, uint32_t in_port, uint8_t *bytes, size_t len, uint64_t now_us);

/**
 * Asks the filter about one of the copies of a packet for which the step said COPIES; the
 * packet itself it was asked about, as for port 0, in the step.
 *
 * @path: as it stood in the packet after the step.
 *
 * Returns: false, and counted: this copy does not leave.
 */
bool n2_switch_lets(n2_switch *sw,
                    uint32_t in_port,
                    uint32_t out_port,
                    const uint8_t *bytes,
                    uint64_t path,
                    size_t len);

/**
 * The caller could not do what a FORWARD or HOP said: no link at @out_port (N2_DROP_PORT), or
 * its queue is full (N2_DROP_QUEUE).  Corrects the counters: what did not fit is counted at
 * @out_port, all else at @in_port.
 */
void
n2_switch_undo(n2_switch *sw, uint32_t in_port, uint32_t out_port, size_t len, n2_drop why);

/** What stood behind the packets of a datagram was none, as n2_bundle_next() said by @err. */
void n2_switch_torn(n2_switch *sw, uint32_t in_port, n2_err err);

/** What n2_switch_control() found. */
typedef enum {
    N2_ECHO_NOTHING,  /* dropped and counted */
    N2_ECHO_QUESTION, /* answered: feed the answer to n2_switch_step() with in-port 0 */
    N2_ECHO_ANSWER    /* to an echo of ours: see n2_echo */
} n2_echo_kind;

enum {
    N2_ECHO_DATA_BYTES = 32,
    N2_ECHO_BYTES = N2_LONG_HEAD_BYTES + N2_ECHO_DATA_BYTES
};

/** An echo answer that arrived.  Anybody on the way can forge it: believe only a nonce that is
 *  waited for, and only as a hint. */
typedef struct {
    uint64_t nonce;
    uint32_t in_port; /* by which our question came to that switch */
    uint8_t width;    /* of that switch */
    uint64_t path;    /* as the answer arrived */
} n2_echo;

/**
 * Handles a packet for which the step said CONTROL.
 *
 * @answer: filled for N2_ECHO_QUESTION; never longer than the question.
 * @echo:   filled for N2_ECHO_ANSWER.
 */
n2_echo_kind n2_switch_control(n2_switch *sw,
                               uint32_t in_port,
                               const uint8_t *bytes,
                               size_t len,
                               uint64_t now_us,
                               uint8_t answer[static N2_ECHO_BYTES],
                               n2_echo *echo);

/**
 * What this switch says about the packet at @cause, which came in by @in_port and was stepped.
 *
 * @notice: reason, queue and rate are the caller's; the rest is filled.
 *
 * Returns: false if nothing is said: about such packets never, or N2_SWITCH_NOTICE_PER_S.
 */
bool n2_switch_says(n2_switch *sw,
                    uint32_t in_port,
                    n2_switch_notice *notice,
                    const uint8_t *cause,
                    size_t len,
                    uint64_t now_us);

/** Writes an echo question; then feed it to n2_switch_step() with in-port 0. */
void n2_echo_write(uint8_t out[static N2_ECHO_BYTES], uint64_t path, uint64_t nonce);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * op.h - what the control plane asks of the data plane, and what that tells it.
 *
 * Layer:   transport (may include: base, wire, crypto, switch, link).
 * Threads: values of these two structs are all that passes between the two threads (through
 *          one ring each way); in a simulation both sides run in one thread.
 * Memory:  `bytes` of n2_op and n2_event are malloc'ed and pass to the receiver of the struct,
 *          who frees them.  `memory` stays the control plane's; it may be touched by the data
 *          plane until the event named beside it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/netaddr.h"

enum {
    N2_KEY_ANSWER_BYTES = 112,     /* suite 1 */
    N2_KEY_ANSWER_BYTES_MAX = 136, /* suite 2 */
    N2_STATIC_BYTES_MAX = 56,      /* X448 */
    N2_HELLO_COMMAND_BYTES = 40    /* suite 1 */
};

/** A connection: slot and generation, never 0 and not soon used again. */
typedef uint32_t n2_conn;

/** Tags of CAST_JOIN from here on are of what the node itself follows, not its user: it has a
 * place that nobody takes from it, and takes none of the user's. */
#define N2_CAST_TAG_OF_NODE (UINT64_C(1) << 48)

typedef enum {
    /* links */
    N2_OP_LINK_OPEN,  /* net, link_id, port (wished, 0 = any), remote_port; the host fills
                         mtu_bytes in */
    N2_OP_LINK_CLOSE, /* port */
    N2_OP_LINK_KNOWN, /* link_id, port: this link id has had this port, keep it */
    N2_OP_LINK_RATE,  /* port, size: bytes a second that it carries, 0 unknown */
    N2_OP_LINK_USERS, /* port, size: users that may stand behind it, at most; 0 or 1: one */
    N2_OP_LINK_PLAN, /* port, net: the port is for whoever proves to be there; len 0: for all */
    N2_OP_LINK_MTU, /* port, mtu_bytes: from the host after LINK_UP, and when the way changes */
    N2_OP_LINK_LOOK, /* from the host: its network has changed, in whatever way */
    N2_OP_LINK_MEET, /* port, remote_port (there), link_id: have us introduced to who is there;
                        UP or DOWN with this link_id tell what came of it */
    /* the connection maker */
    N2_OP_KEY_RECORD, /* key_id, suite, key (our static public key), bytes = answer of 112 bytes
                         (suite 2: 136), until_us */
    N2_OP_ES,         /* tag of NEED_ES, bytes = ck 64, k 32; err != 0: refuse */
    N2_OP_KEY_QUERY,  /* tag, path, suite (0: any; 1 is asked for first) */
    N2_OP_CONNECT, /* tag, path, suite, key_id, key, record (hash of the answer), rate, delay;
                      goes on from a former connection under the same record, if there was one,
                      unless fresh */
    N2_OP_ECHO,    /* tag, path (ends at the switch asked) */
    /* regions without a seal: address has 16 bits, see plain.h */
    N2_OP_PLAIN_GRANT,  /* address, size, path: who is there may write; REVOKED says no */
    N2_OP_PLAIN_REVOKE, /* address; no event */
    N2_OP_PLAIN_SEND,   /* path, bits, address, bytes, len (32 or 128) */
    /* connections */
    N2_OP_COMMAND, /* conn, bytes, len: appended to the command stream */
    N2_OP_GRANT,  /* conn, address, memory, size, unit: the peer may write here; again with less
                     size: no more than that is awaited */
    N2_OP_REVOKE, /* conn, address */
    N2_OP_SEND,   /* conn, tag, address (peer's), memory, size: until SENT or CLOSED */
    N2_OP_CLOSE,  /* conn */
    N2_OP_MOVE,   /* conn, tag, path: goes on by this way, if the peer is there */
    N2_OP_PROBE,  /* conn, tag: is the peer there? */
    N2_OP_RATE, /* conn, size: bytes a second assigned to it, bits: class of its packets; 0 and
                   N2_CLASS_DEFAULT: low priority again */
    /* one to many; bits: N2_MODE_MULTICAST, address: a tree's id; or _BROADCAST, a channel */
    N2_OP_CAST_JOIN,  /* tag, address, bits, path: way to its source (a local channel has
                         none), size: not 0: the whole block of this channel */
    N2_OP_CAST_LEAVE, /* tag of CAST_JOIN; no event */
    N2_OP_CAST_OPEN,  /* tag, address, bits, port (of a channel: by which it comes, 0: from
                         us): CAST_STATE says what came of it */
    N2_OP_CAST_CLOSE, /* address, bits; no event */
    N2_OP_CAST_SEND,  /* address, bits, size: low half of the packet's address, bytes, len (32,
                         128, 512, 2048) */
    N2_OP_CHANNEL_RULES, /* tag, bytes = all n2_channel_rule of switch/domains.h: CAST_STATE */
    /* the switch */
    N2_OP_LABEL, /* tag, bytes = one n2_label of switch/label.h; RULES says what came of it */
    N2_OP_LABEL_LOOK,  /* tag; RULES brings n2_label_row */
    N2_OP_FILTER,      /* tag, bytes = all n2_filter_rule of switch/filter.h; RULES as above */
    N2_OP_FILTER_LOOK, /* tag; RULES brings n2_filter_row, the last for what no rule was for */
    N2_OP_SWITCH_LOOK, /* tag, port: tells of the ports from this one up, and of all the rest */
    N2_OP_RESERVE,     /* tag, path, size: bytes a second, bits: class; again with the same tag:
                          another rate.  Our connections by this path send with it */
    N2_OP_RELEASE,     /* tag: of RESERVE; no event */
    N2_OP_RESERVE_ROLE /* bits: n2_reserve_role of switch/reserve.h; no event */
} n2_op_kind;

typedef struct {
    n2_op_kind kind;
    n2_err err;
    n2_conn conn;
    uint8_t suite;
    uint8_t rate; /* rate code, 0 unknown */
    uint8_t bits; /* of all switches on the way, the last too: up to 12 go in the short form */
    bool fresh;   /* CONNECT: a full handshake, though a ticket of a former one is there */
    uint16_t delay; /* 100 us, 0 unknown */
    uint16_t key_id;
    uint16_t port;
    uint16_t remote_port; /* LINK_OPEN: the port we had at the other end, 0: none */
    uint32_t unit;        /* bytes one packet carries into the region: 32, 128, 512 or 2048 */
    uint32_t mtu_bytes;   /* longest datagram (UDP payload) the way takes whole */
    uint64_t tag;         /* the asker's own number, comes back in the answer */
    uint64_t path;        /* way ahead as the first switch (our own) gets it */
    uint64_t last; /* CONNECT: bits of the last label in it: if the answer comes by another
                      one of that switch, we go on by that; 0: not known, never */
    uint64_t address;
    uint64_t link_id;
    uint64_t until_us; /* monotonic */
    uint64_t size;
    uint8_t *memory; /* GRANT: written until WRITTEN, REVOKED or CLOSED.  SEND: read until SENT
                        or CLOSED */
    uint8_t *bytes;  /* (transfer full) */
    size_t len;
    n2_net_addr net;
    uint8_t key[N2_STATIC_BYTES_MAX];
    uint8_t record[32];
} n2_op;

/** How what our end point joined comes to it. */
typedef enum {
    N2_CAST_NOT,    /* not at all, for the time being */
    N2_CAST_SHARED, /* with others, by the tree or channel */
    N2_CAST_ALONE   /* by unicast: the source's end point sends us copies of our own */
} n2_cast_how;

typedef enum {
    N2_EVENT_LINK_UP,   /* port, link_id, net, rtt_us, initiator; if so remote_port, width there
                         */
    N2_EVENT_LINK_DOWN, /* port, link_id, net, err */
    N2_EVENT_NEED_ES,   /* tag, key_id, suite, key (the asker's e) -> op ES */
    N2_EVENT_KEY_ANSWER, /* tag, err, suite, bytes = answer of 112 bytes (136), rtt_us */
    N2_EVENT_ECHO,       /* tag, err, width, port (in-port there), rtt_us */
    N2_EVENT_CONNECTED, /* tag, conn, hash, unit, rtt_us, suite, resumed: our CONNECT succeeded,
                           or (tag 0) an asker came */
    N2_EVENT_CLOSED,    /* tag (a CONNECT that failed) or conn and path, err; all memory is the
                           control's again */
    N2_EVENT_COMMAND,   /* conn, bytes, len: next part of the peer's command stream, in order */
    N2_EVENT_WRITTEN, /* conn, address, size: all of the region is there; it has ended, and its
                         memory is the control's again */
    N2_EVENT_REVOKED, /* conn, address: the region's memory is the control's again */
    N2_EVENT_SENT,    /* conn, tag: all of it was acknowledged */
    N2_EVENT_MOVED, /* conn, err, path, rtt_us; initiator: our MOVE (tag), else the peer moved.
                       err: nobody answered there, all stays as it was */
    N2_EVENT_PATH_LOST,  /* conn, path: nothing comes from the peer by this way any more */
    N2_EVENT_CAST_STATE, /* tag, err: what came of an order.  Of a CAST_JOIN whenever it
                            changes, until LEAVE: width: n2_cast_how; key_id: n2_refuse (0: no
                            answer) if the tree or channel does not take us, size: said by the
                            how many-th switch on the way, 1 our own.  It is asked for again;
                            but not after USAGE and NOSPACE: these are of the order itself */
    N2_EVENT_CAST,   /* tag of CAST_JOIN, address (low half), path (way ahead to who sent it,
                        or copied it last), bytes, len */
    N2_EVENT_PROBED, /* conn, tag, err, rtt_us */
    N2_EVENT_RATE,   /* conn, size: no more than so many bytes a second of those assigned came
                        through; it is of low priority again */
    N2_EVENT_PLAIN,  /* address (16 bits), path (way ahead to who sent it), bytes, len */
    N2_EVENT_RESTARTED,   /* the data plane lost its state; all conns and links are gone */
    N2_EVENT_RULES,       /* tag, err, bytes: rows, as the order says */
    N2_EVENT_SWITCH_LOOK, /* tag, err, bytes = one n2_look of switch/look.h */
    N2_EVENT_RESERVED /* tag, err, size: bytes a second that are reserved now (0: it is over),
                         address: that could be.  OK: width: switches that reserved, port: of
                         them, who do not know what they carry.  REFUSED: width: which switch
                         says no, 1 our own, key_id: n2_reserve_reason, path: way to it */
} n2_event_kind;

typedef struct {
    n2_event_kind kind;
    n2_err err;
    n2_conn conn;
    uint8_t suite;
    uint8_t width;
    bool initiator; /* of the connection or link: we opened it */
    bool resumed;   /* CONNECTED: by a ticket of a former connection, without public keys */
    uint16_t key_id;
    uint16_t port;
    uint16_t remote_port; /* LINK_UP we opened: our port at the other end */
    uint32_t rtt_us;
    uint32_t unit; /* CONNECTED: bytes of data in the largest packet that the peer takes */
    uint64_t tag;
    uint64_t path; /* CONNECTED: way ahead to the peer */
    uint64_t address;
    uint64_t link_id;
    uint64_t size;
    uint8_t *bytes; /* (transfer full) */
    size_t len;
    n2_net_addr net;
    uint8_t key[N2_STATIC_BYTES_MAX];
    uint8_t hash[64]; /* handshake hash */
} n2_event;

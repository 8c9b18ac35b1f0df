/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * link.h - the ports of a switch: links over datagrams, opened, proven, kept alive.
 *
 * Layer:     link (may include: base, wire, crypto).  No clock, no socket, no random source.
 * Source:    PROTOCOL.md, section "Link".
 * Invariant: a port is a link with its token, never a bare source address.  Nothing is sent to
 *            an address that did not prove it receives, but answers no longer than what came
 *            from there, and those at a limited rate.
 *
 * A node's links are one n2_links; port 1..2^width - 1 each hold one link or none.  Bundles
 * to be sent are built in run.h.
 *
 * Link control datagrams are 72 bytes: the head (frame.h, kind 3) and a body of 64:
 *
 *   offset        0    1          2        8       16
 *   1 OPEN        type version 1  token 6  nonce 8 link id 8  port 2             zero 38
 *   2 CHALLENGE   type version 1  zero 6   nonce 8 cookie 16                     zero 32
 *   3 CONFIRM     type version 1  token 6  nonce 8 link id 8  port 2  cookie 16  zero 22
 *   4 ACCEPT      type version 1  token 6  nonce 8 port 2  width 1               zero 45
 *   5 PING        type version 1  zero 6   nonce 8                             zero 48, or more
 *   6 PONG        type version 1  zero 6   nonce 8                             zero 48
 *   7 CLOSE       type version 1                                               zero 62
 *   8 MEET        type version 1  zero 6   nonce 8 port 2                      zero 46
 *   9 MEETING     type version 1  zero 6   nonce 8 port 2 address 19           zero 27
 *   10 USERS      type version 1  zero 6   zero 8  users 2 asks 1              zero 45
 *
 * OPEN and CONFIRM carry token 0 in their head, all others the token of their receiver.
 *   token    what the sender wants to see in the head of all that is sent to it
 *   nonce    of the opener; the others repeat it.  In PING: of the asker
 *   link id  random, made once for a peer and kept: it finds the same port again
 *   port     OPEN, CONFIRM: the acceptor's port that the opener had last, 0 any;
 *            ACCEPT: the port it got, 0 if there is none left; width of the acceptor's switch
 *   address  family 1 (4 or 6), port 2, address 4 or 16
 *   users    that stand behind the sender, 0 not told; asks: 1: tell me yours
 *   cookie   first 16 bytes of keyed BLAKE2b(secret of the minute, address length 1, address,
 *            token 6, nonce 8, link id 8, port 2): an OPEN leaves no state
 *
 *   opener                             acceptor
 *     | ---- OPEN ---------------------> |  nothing remembered
 *     | <--- CHALLENGE ----------------- |
 *     | ---- CONFIRM ------------------> |  address proven: a port is given, link up
 *     | <--- ACCEPT -------------------- |  sent again for the same CONFIRM
 *   link up; then PING when 1 s nothing was sent; and when 2 s nothing was heard, ten a
 *   second until something comes; after 3 s of those the link is down.
 *
 * A datagram with a known token from a new address is taken in, but the link moves there only
 * when that address answered a PING and the old address stayed silent meanwhile: who copies
 * a token cannot steal a link that is alive.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/env.h"
#include "base/err.h"
#include "base/netaddr.h"
#include "base/uses.h"
#include "wire/frame.h"

enum {
    N2_LINK_BYTES_BASE = 1232, /* a datagram so long is sent before any size was proven */
    N2_LINK_BODY_BYTES = 64,
    N2_LINK_CONTROL_BYTES = N2_FRAME_HEAD_BYTES + N2_LINK_BODY_BYTES,
    N2_LINK_COOKIE_BYTES = 16
};

typedef struct n2_links n2_links;

typedef struct {
    n2_env env;              /* the user pointer must outlive the links */
    uint8_t width;           /* of our switch, 1..16 */
    bool accepts;            /* may strangers open links to us? */
    bool is_planned;         /* strangers get only ports that n2_links_plan() names */
    bool meets;              /* may neighbours introduce others to us? */
    uint32_t datagram_bytes; /* longest datagram until more is proven */
} n2_links_config;

/**
 * @out: (out) (transfer full).
 *
 * Returns: N2_OK, N2_ERR_USAGE (width, datagram size below N2_FRAME_BYTES_MIN or above
 *          N2_FRAME_BYTES_MAX), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_links_new(n2_links **out, const n2_links_config *config);

/** @links: (transfer full) (nullable). */
void n2_links_free(n2_links *links);

/**
 * Begins to open a link; tries until n2_links_close().  Events: UP when it is there, DOWN with
 * N2_ERR_TIMEOUT after N2_LINK_TRIES without an answer (then it goes on trying) and whenever
 * it was lost.
 *
 * @link_id:     not 0.
 * @port:        our own port, or 0: the one this link id had, else the lowest free.
 * @remote_port: the port we had at the other end, from the last UP event, or 0.
 *
 * Returns: N2_OK, N2_ERR_USAGE (port, link id), N2_ERR_EXISTS (port taken, or a link of this
 *          id is there), N2_ERR_LIMIT (no port free), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_links_open(n2_links *links,
                                 const n2_net_addr *net,
                                 uint64_t link_id,
                                 uint32_t port,
                                 uint32_t remote_port,
                                 uint64_t now_us);

/**
 * From now on no link gets @port, or it may again.
 *
 * Returns: N2_OK, N2_ERR_USAGE (there is no such port), N2_ERR_EXISTS (a link has it, or it is
 *          planned for one).
 */
N2_MUST_USE n2_err n2_links_bar(n2_links *links, uint32_t port, bool is_barred);

/**
 * The operator has planned @port: for whoever opens a link to us and proves that he is at @net,
 * and nobody else; or (NULL) for anybody.  Who has it and is not at @net loses it: DOWN.
 *
 * Returns: N2_OK, N2_ERR_USAGE (there is no such port), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_links_plan(n2_links *links,
                                 uint32_t port,
                                 const n2_net_addr *net, /* (nullable) */
                                 uint64_t now_us);

/**
 * Asks the neighbour at @port to introduce us to its neighbour at @remote_port.  If that one is
 * willing a link to it is opened, by both sides at once, so that it works through their NATs.
 * Events: UP, with is_opener false, when it is there; DOWN with N2_ERR_TIMEOUT, port 0 or its
 * own, if it does not come up.  Such a link is not opened again when it is lost.
 *
 * @link_id: of the link to be; random, not 0.
 *
 * Returns: N2_OK, N2_ERR_USAGE (link id, a port is none), N2_ERR_NOTFOUND (no link at @port),
 *          N2_ERR_EXISTS (this link id is there), N2_ERR_LIMIT (N2_LINK_MEETINGS_MAX).
 */
N2_MUST_USE n2_err n2_links_meet(
    n2_links *links, uint32_t port, uint32_t remote_port, uint64_t link_id, uint64_t now_us);

/** Ends the link at @port, if any, with a word to the other side; no event. */
void n2_links_close(n2_links *links, uint32_t port, uint64_t now_us);

/** Ends all links so; then drain n2_links_output(). */
void n2_links_close_all(n2_links *links, uint64_t now_us);

/**
 * Remembers that @link_id has had @port here, so that nobody else gets it while another is
 * free.
 *
 * Returns: N2_OK, N2_ERR_USAGE (no such port), N2_ERR_LIMIT (N2_LINK_KNOWN_MAX), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_links_known(n2_links *links, uint64_t link_id, uint32_t port);

/** What a datagram held for the switch. */
typedef struct {
    uint32_t port; /* 0: nothing; it was for the link itself, or it was dropped and counted */
    n2_bundle packets;
} n2_link_data;

/**
 * Takes one datagram.  Never fails: what is wrong is dropped and counted.
 *
 * Returns: packets to walk with n2_bundle_next(); they lie in @bytes or in memory of the link
 *          (a packet of two halves) and stay until the next call with the same link.
 */
n2_link_data n2_links_input(
    n2_links *links, const n2_net_addr *from, uint8_t *bytes, size_t len, uint64_t now_us);

/**
 * Next link control datagram to send.
 *
 * @bytes: (out) (transfer none): until the next call on @links.
 *
 * Returns: its length: N2_LINK_CONTROL_BYTES, or more of a PING that proves a size; 0: none.
 */
size_t n2_links_output(n2_links *links, n2_net_addr *to, const uint8_t **bytes);

typedef enum {
    N2_LINK_UP,
    N2_LINK_DOWN,
    N2_LINK_MOVED /* the other end has another address now: net */
} n2_link_event_kind;

typedef struct {
    n2_link_event_kind kind;
    n2_err err; /* DOWN: N2_ERR_TIMEOUT, N2_ERR_CLOSED (by the other end), N2_ERR_LIMIT (it has
                   no port for us), N2_ERR_USAGE (the address is our own) */
    bool is_opener;
    uint32_t port;
    uint32_t remote_port; /* UP, opener only: our port at the other end */
    uint8_t remote_width; /* UP, opener only: of the switch there */
    uint32_t rtt_us;      /* UP: 0 if unknown */
    uint64_t link_id;
    n2_net_addr net;
} n2_link_event;

bool n2_links_event(n2_links *links, n2_link_event *event);

/** When n2_links_expire() wants to be called next; UINT64_MAX: never. */
uint64_t n2_links_deadline(const n2_links *links);
void n2_links_expire(n2_links *links, uint64_t now_us);

/**
 * The longest datagram that the host thinks the way to the other end takes whole; brought into
 * N2_FRAME_BYTES_MIN..N2_FRAME_BYTES_MAX.  A shorter one than is in use counts at once, but not
 * below N2_LINK_BYTES_BASE, as anybody may have told it to the host; a longer one when the
 * link has proven it (size.c).  Until this is called nothing is probed.
 */
void n2_links_set_datagram(n2_links *links, uint32_t port, uint32_t datagram_bytes);

/**
 * Something about the network has changed: asks all links at once whether they live, proves
 * the sizes anew and tries what is being opened without waiting.  Counts every
 * N2_LINK_LOOK_US at most.
 */
void n2_links_look(n2_links *links, uint64_t now_us);

/** This process did nothing for @pause_us, up to now: nobody's silence counts, and all are
 * asked anew whether they live. */
void n2_links_slept(n2_links *links, uint64_t pause_us, uint64_t now_us);

/** The rate of the link, from configuration or measurement; 0 unknown.  A bundle then lasts
 *  1 ms at most (or one packet). */
void n2_links_set_rate(n2_links *links, uint32_t port, uint64_t rate_Bps);

/** That rate; 0 unknown, or no link. */
uint64_t n2_links_rate(const n2_links *links, uint32_t port);

/**
 * n2_net_source() of who opened the link at @port to us; 0: we opened it, or the operator has
 * planned the port for him, or nobody is there.  Links with the same may all be one host's.
 */
uint64_t n2_links_source(const n2_links *links, uint32_t port);

/** Users that stand behind the link at @port, as its other end says; 1 if it does not. */
uint32_t n2_links_users(const n2_links *links, uint32_t port, uint64_t now_us);

/** Does the other end want to know how many users stand behind us? */
bool n2_links_is_asked(const n2_links *links, uint32_t port, uint64_t now_us);

/** Until when any of them wants to. */
uint64_t n2_links_asked_until(const n2_links *links);

/** Tells the other end (@users 0: nothing), and asks the same. */
void n2_links_tell_users(n2_links *links, uint32_t port, uint32_t users, bool asks);

/** A link as others may see it. */
typedef struct {
    bool is_up;
    bool is_opener;
    uint32_t remote_port;
    uint8_t remote_width;
    uint32_t rtt_us;
    uint32_t datagram_bytes;
    uint64_t rate_Bps;
    uint64_t link_id;
    n2_net_addr net;
    uint64_t datagrams_in, bytes_in, datagrams_out, bytes_out;
} n2_link_info;

/** Returns false, and leaves @out alone, if there is no link at @port. */
bool n2_links_info(const n2_links *links, uint32_t port, n2_link_info *out);

/** Is there a link at @port over which packets can go?  Any number may be asked for. */
bool n2_links_is_up(const n2_links *links, uint32_t port);

/** Datagrams and control messages that came to nothing. */
typedef struct {
    uint64_t short_datagrams; /* no whole head, or not the length of a control datagram */
    uint64_t unknown_tokens;
    uint64_t bad_control; /* form, version, state, nonce */
    uint64_t bad_cookies;
    uint64_t over_rate; /* answers not given because of a limit; of them: */
    uint64_t refused_challenges, refused_accepts, refused_moves, refused_pongs;
    uint64_t refused_meets, refused_met; /* of them too: introductions not made, not followed */
    uint64_t refused_meetings;           /* N2_LINK_MEETINGS_MAX were under way */
    uint64_t refused_nets;   /* introductions to an address that nobody may be sent to */
    uint64_t refused_ports;  /* links that found no port free */
    uint64_t refused_known;  /* link ids that are not remembered */
    uint64_t refused_events; /* links and moves put off: the control plane was behind */
    uint64_t bad_halves;     /* no 2 KiB packet, or the wrong length */
    uint64_t lost_halves;    /* one half came, the other not in time */
    uint64_t lost_output;    /* N2_LINK_OUT_MAX control datagrams were waiting */
    uint64_t moves_refused;  /* a new address answered, but the old one is alive */
} n2_links_stats;

const n2_links_stats *n2_links_peek_stats(const n2_links *links);

/** Adds a row for each limit that strangers can meet here. */
void n2_links_uses(const n2_links *links, n2_uses *uses);

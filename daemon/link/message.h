/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * message.h - link control messages, taken apart; link.h draws their bytes.
 *
 * Layer: link (may include: base, wire, crypto).
 */
#pragma once

#include "link/set.h"

typedef enum {
    N2_LINK_MSG_OPEN = 1,
    N2_LINK_MSG_CHALLENGE,
    N2_LINK_MSG_CONFIRM,
    N2_LINK_MSG_ACCEPT,
    N2_LINK_MSG_PING,
    N2_LINK_MSG_PONG,
    N2_LINK_MSG_CLOSE,
    N2_LINK_MSG_MEET,
    N2_LINK_MSG_MEETING,
    N2_LINK_MSG_USERS
} n2_link_message_type;

/* A body, taken apart; what a type does not have is zero. */
typedef struct {
    n2_link_message_type type;
    uint64_t token, nonce, link_id;
    uint16_t port;
    uint8_t width;
    uint16_t users; /* USERS: 0 not told */
    bool asks;
    uint8_t cookie[N2_LINK_COOKIE_BYTES];
    n2_net_addr net; /* MEETING: as the host has it, see netaddr.h */
} n2_link_message;

/**
 * Reads a body.
 *
 * Returns: N2_OK, N2_ERR_VERSION, N2_ERR_FORMAT, N2_ERR_TRUNCATED.
 */
N2_MUST_USE n2_err n2_link_message_read(n2_link_message *out, const uint8_t *bytes, size_t len);

/** Queues @m for @to under @token; a full queue loses it, as the net might.  @bytes: of the
 *  datagram, N2_LINK_CONTROL_BYTES at least; zeros fill it. */
void n2_link_message_send_padded(n2_links *links,
                                 const n2_net_addr *to,
                                 uint64_t token,
                                 uint16_t number,
                                 const n2_link_message *m,
                                 uint32_t bytes);
void n2_link_message_send(n2_links *links,
                          const n2_net_addr *to,
                          uint64_t token,
                          uint16_t number,
                          const n2_link_message *m);

/* control.c */
/** Sends @m to @to as the next datagram of @link. */
void n2_link_send_on(n2_links *links,
                     n2_link *link,
                     const n2_net_addr *to,
                     const n2_link_message *m);
/* users.c */
/** USERS: what it tells, and whether it wants to be told. */
void
n2_link_take_users(n2_links *links, n2_link *link, const n2_link_message *m, uint64_t now_us);

/* control.c */
void n2_link_send_ping(n2_links *links, n2_link *link, uint64_t now_us);
/** A PING with @nonce as a datagram of @bytes. */
void n2_link_send_padded(n2_links *links, n2_link *link, uint64_t nonce, uint32_t bytes);

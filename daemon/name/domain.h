/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * domain.h - where things hang: reports of links (kind 12), domains and their parents (13, 33),
 *            whose place an attachment (14, crypto/attachment.h) is.
 *
 * Layer:  name (may include: base, wire, crypto).
 * Source: net2o white paper, "Routing"; data.md, section 5; PROTOCOL.md, "Routes".
 * Paths:  an `up` names the labels from the own switch to the last one before the landmark, a
 *         `down` begins with the landmark's own label.  A node's `down` ends with the label 0
 *         of its own switch, so that the widths in an up and a down, joined, are those of all
 *         switches on the way.
 * Trust:  a domain says where a node hangs and no more: who the node is, its own identity says,
 *         so a domain that claims another's user gives nobody a wrong partner.
 */
#pragma once

#include "base/limits.h"
#include "crypto/attachment.h"
#include "wire/path.h"

enum {
    N2_LINK_SAID_BYTES = 12
};

/** One link, as one of its ends says. */
typedef struct {
    uint32_t neighbour; /* number of the switch there, n2_id_number() */
    uint16_t port;
    uint16_t neighbour_port;
    uint8_t width;  /* of the switch that reports, 1..16; of all its links the same */
    uint8_t rate;   /* code, 0 unknown */
    uint16_t delay; /* code, 0 unknown */
} n2_link_said;

/** Kind 12. */
typedef struct {
    n2_id domain;
    uint32_t number; /* of the switch */
    uint64_t serial;
    int64_t made_us;
    n2_link_said links[N2_LINKS_SAID_MAX]; /* by port */
    size_t n;
} n2_links;

/** Kind 33. */
typedef struct {
    n2_id who;
    n2_route down, up; /* between its landmark and that of the child */
    uint8_t headroom;  /* bits that the greatest virtual label among them hides */
    uint8_t rate;
    uint16_t delay;
} n2_parent;

/** Kind 13. */
typedef struct {
    n2_id who;
    uint32_t landmark; /* number of its switch that up leads to */
    uint64_t serial;
    int64_t until_us;
    n2_parent parents[N2_DOMAIN_PARENTS_MAX];
    size_t n_parents;
} n2_domain_said;

/* Bodies, to be signed.  Returns: N2_OK, N2_ERR_NOSPACE, N2_ERR_FORMAT: what _read refuses. */
N2_MUST_USE n2_err n2_links_body(void *buf, size_t cap, const n2_links *said, n2_box *out);
N2_MUST_USE n2_err n2_domain_body(void *buf,
                                  size_t cap,
                                  const n2_domain_said *said,
                                  n2_box *out);

/* Read bodies of checked boxes; nothing is said of signatures.  @out: zeroed on failure.
 *
 * Returns: N2_OK, N2_ERR_FORMAT (a number out of range, a port twice, two widths of one switch,
 *          a parent twice or itself, a path that is none), N2_ERR_LIMIT (more links or parents
 *          than there may be; a path and what it hides above 58 bits). */
N2_MUST_USE n2_err n2_links_read(n2_links *out, const n2_box *body);
N2_MUST_USE n2_err n2_domain_read(n2_domain_said *out, const n2_box *body);

/** Checks a switch's report.  @by: whose switch it is.  Errors also of n2_identity_check(). */
N2_MUST_USE n2_err n2_links_check(n2_links *out,
                                  const n2_identity *by,
                                  const void *statement,
                                  size_t len,
                                  int64_t wall_us,
                                  const n2_unicode *unicode);

/**
 * Checks what a domain says of itself, and that each of its parents says so, too.
 *
 * @parents: identities, any order, more than there are in it too.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (a parent is not among @parents), N2_ERR_FORGED (one did not
 *          sign), N2_ERR_FROZEN, N2_ERR_ENDED (the domain, or a parent), or as _read and
 *          n2_identity_check().
 */
N2_MUST_USE n2_err n2_domain_check(n2_domain_said *out,
                                   const n2_identity *by,
                                   const n2_identity *parents,
                                   size_t n_parents,
                                   const void *statement,
                                   size_t len,
                                   int64_t wall_us,
                                   const n2_unicode *unicode);

/**
 * Is @a, which n2_attachment_check() let through, a place of a node of @who now?
 *
 * Returns: N2_OK, N2_ERR_FORGED (no device key of @who; or it lasts into another week, when its
 *          place is nobody's: attack 45), N2_ERR_FROZEN, N2_ERR_ENDED (@who).
 */
N2_MUST_USE n2_err n2_attachment_suits(const n2_attachment *a,
                                       const n2_identity *who,
                                       int64_t wall_us);

/** The week of @wall_us: places are of one; and when it ends. */
int64_t n2_place_week(int64_t wall_us);
int64_t n2_place_week_end_us(int64_t wall_us);

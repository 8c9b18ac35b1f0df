/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-record.h - what a zone says of one name (kind 15): whose it is, which zone goes on below
 *                 it, until when.
 *
 * Layer:     name (may include: base, wire, crypto).
 * Source:    data.md, sections 1 and 4.
 * Invariant: a record that n2_zone_record_check() let through has one label in its one form
 *            (n2_name_fold()), says who or which zone or both, and never where anything lies:
 *            there is no field for a path, and no attribute may be called so.
 */
#pragma once

#include "base/address.h"
#include "wire/box.h"

typedef struct {
    char label[N2_LABEL_BYTES_MAX + 1];
    n2_id who;        /* not set: the name is a zone's alone */
    n2_id zone;       /* who says what is below it; not set: nothing is */
    int64_t since_us; /* held without a gap by this identity, or its predecessors */
    int64_t until_us;
    uint32_t caching_s; /* an answer may be kept so long, 1 s to a day */
    size_t n_hosts;     /* mail hosts, names */
    size_t n_attrs;     /* capabilities */
    n2_box box;         /* the whole, borrowed from who handed in the bytes */
} n2_zone_record;

/**
 * Reads a record and checks every rule that needs no other record and no clock.
 *
 * @out: (out): zeroed on failure; its box borrows @bytes.
 *
 * Returns: N2_OK
 *          N2_ERR_LIMIT   larger than N2_ZONE_RECORD_BYTES_MAX, too many hosts or capabilities
 *          N2_ERR_FORMAT  label or host not in its one form, nobody named, a life that ends
 *                         before it begins, caching of no time or over a day, a path
 *          or what n2_box_check says
 */
N2_MUST_USE n2_err n2_zone_record_check(n2_zone_record *out,
                                        const void *bytes,
                                        size_t len,
                                        const n2_unicode *unicode);

/**
 * Writes a record: of @from all but the hosts and capabilities, which come as lists.
 *
 * @hosts: @n_hosts names, NUL-terminated.  @out: also checked as a reader would.
 *
 * Returns: as n2_zone_record_check(), N2_ERR_NOSPACE.
 */
N2_MUST_USE n2_err n2_zone_record_write(void *buf,
                                        size_t cap,
                                        const n2_zone_record *from,
                                        const char *const *hosts,
                                        size_t n_hosts,
                                        const n2_attr *attrs,
                                        size_t n_attrs,
                                        const n2_unicode *unicode,
                                        n2_zone_record *out);

/** The same with the lists of @lists (nullable: none): a checked box of kind 15 or 39, which
 * have them in the same fields. */
N2_MUST_USE n2_err n2_zone_record_write_like(void *buf,
                                             size_t cap,
                                             const n2_zone_record *from,
                                             const n2_box *lists,
                                             const n2_unicode *unicode,
                                             n2_zone_record *out);

/** Walks the mail hosts: start with @at = 0; false at the end.  Not NUL-terminated, borrowed.
 */
bool n2_zone_record_host(const n2_zone_record *r, size_t *at, const char **host, size_t *len);

/** Walks the capabilities alike. */
bool n2_zone_record_attr(const n2_zone_record *r, size_t *at, n2_attr *attr);

/** Who may renew it, hand it on, or give it up: @who, else the zone itself. */
n2_id n2_zone_record_owner(const n2_zone_record *r);

/** Does it hold at that time?  @wall_us: 0 = unknown: then it does. */
bool n2_zone_record_stands(const n2_zone_record *r, int64_t wall_us);

/** One label as it is registered: checked to be in its one form.  Returns: N2_OK,
 * N2_ERR_FORMAT, N2_ERR_LIMIT. */
N2_MUST_USE n2_err n2_zone_label_check(const char *label,
                                       size_t len,
                                       const n2_unicode *unicode);

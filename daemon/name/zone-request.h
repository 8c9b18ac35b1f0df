/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-request.h - what somebody asks of a zone about one name (kinds 39 and 29).
 *
 * Layer:  name (may include: base, wire, crypto).
 * Source: data.md, section 4.
 *
 *     39 name-request  1I who 2I zone 3i what 4t label 5T made 6T until 7I? delegated zone
 *                      64t* mail hosts 65a* capabilities       a device or control key, 1 hour
 *     29 transfer      1t label 2I from 3I to 4T made 5I zone  a control key of `from`
 *
 * Both name the zone, so what was said to one zone is nothing to another that has the same
 * label; and both say when they were made, so that none counts twice.
 */
#pragma once

#include "name/zone-record.h"

#include "crypto/identity.h"

/** Numbers are those of the format. */
typedef enum {
    N2_ZONE_REGISTER =
        1,               /* until, delegated zone, hosts and capabilities as they stand there */
    N2_ZONE_RENEW = 2,   /* until alone */
    N2_ZONE_CHANGE = 3,  /* all but until */
    N2_ZONE_REVOKE = 4,  /* it ends now; who gave it up may have it again for 30 days */
    N2_ZONE_TRANSFER = 5 /* kind 29 */
} n2_zone_what;

typedef struct {
    n2_zone_what what;
    n2_id who; /* who asks; TRANSFER: from whom */
    n2_id to;  /* TRANSFER */
    n2_id zone;
    char label[N2_LABEL_BYTES_MAX + 1];
    int64_t made_us;
    int64_t until_us; /* asked for; 0: as long as the zone allows */
    n2_id delegated;  /* not set: none */
    n2_box body;      /* borrowed */
} n2_zone_request;

/** Body of a request, to be signed.  @hosts: NUL-terminated.  Errors: as reading it,
 *  N2_ERR_NOSPACE. */
N2_MUST_USE n2_err n2_zone_request_body(void *buf,
                                        size_t cap,
                                        const n2_zone_request *from,
                                        const char *const *hosts,
                                        size_t n_hosts,
                                        const n2_attr *attrs,
                                        size_t n_attrs,
                                        const n2_unicode *unicode,
                                        n2_box *out);

/** Reads the body of either kind without asking who signed.  Returns: N2_OK, N2_ERR_FORMAT,
 *  N2_ERR_UNSUPPORTED (something else is asked). */
N2_MUST_USE n2_err n2_zone_request_read(n2_zone_request *out,
                                        const n2_box *body,
                                        const n2_unicode *unicode);

/**
 * Checks one that came: form, signature, that a key of @who may say this, and its time.
 *
 * @who:     the identity that it names (n2_zone_request_read()), as known now.
 * @wall_us: not 0: who has no clock keeps no zone.
 *
 * Returns: N2_OK, N2_ERR_STATE (no clock), N2_ERR_FORGED (another identity, no key with the
 *          right, made over an hour ago or, a transfer, over 30 days ago), N2_ERR_LIMIT (long),
 *          N2_ERR_FROZEN, N2_ERR_ENDED, as n2_zone_request_read() and n2_identity_check().
 */
N2_MUST_USE n2_err n2_zone_request_check(n2_zone_request *out,
                                         const n2_identity *who,
                                         const void *statement,
                                         size_t len,
                                         int64_t wall_us,
                                         const n2_unicode *unicode);

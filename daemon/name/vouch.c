/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * vouch.c - reading vouches, and which of two counts.
 */
#include "name/vouch.h"

#include <string.h>

enum {
    VOUCH_BY = 1,
    VOUCH_SUBJECT = 2,
    VOUCH_SCOPE = 3,
    VOUCH_CLAIM = 4,
    VOUCH_FROM = 5,
    VOUCH_UNTIL = 6
};

n2_err
n2_vouch_read(n2_vouch *out, const n2_box *body)
{
    size_t len = 0;
    const uint8_t *claim = n2_box_bytes(body, VOUCH_CLAIM, &len);

    *out = (n2_vouch){.by = n2_box_id(body, VOUCH_BY),
                      .subject = n2_box_id(body, VOUCH_SUBJECT),
                      .scope = (uint64_t)n2_box_int(body, VOUCH_SCOPE),
                      .from_us = n2_box_int(body, VOUCH_FROM),
                      .until_us = n2_box_int(body, VOUCH_UNTIL)};
    if (len > N2_CLAIM_BYTES_MAX)
        return N2_ERR_LIMIT;
    if (len)
        memcpy(out->claim, claim, len);
    if (n2_id_equal(&out->by, &out->subject) || out->until_us <= out->from_us)
        return N2_ERR_FORMAT;
    return N2_OK;
}

n2_err
n2_vouch_check(n2_vouch *out,
               const n2_identity *by,
               const void *statement,
               size_t len,
               int64_t wall_us,
               const n2_unicode *unicode,
               n2_verified *verified)
{
    n2_statement s;
    n2_err err = n2_identity_check_once(by, &s, statement, len, N2_KIND_VOUCH, wall_us, unicode,
                                        verified);

    *out = (n2_vouch){0};
    return err ? err : n2_vouch_read(out, &s.body);
}

bool
n2_vouch_replaces(const n2_vouch *a, const n2_vouch *b)
{
    if (a->from_us != b->from_us)
        return a->from_us > b->from_us;
    if (a->until_us != b->until_us)
        return a->until_us > b->until_us;
    return strcmp(a->claim, b->claim) > 0;
}

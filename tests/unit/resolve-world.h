/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * resolve-world.h - zones that sign with a word of theirs, servers and caches that know the way
 *                   to one another, and people who ask.
 *
 * What real keys and proofs come to is tested where they are made; here it is who is asked for
 * what, what is believed, and what is kept.
 */
#pragma once

#include <glib.h>
#include <string.h>

#include "name/resolve.h"

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define TODAY (INT64_C(1800000000) * SECOND)

/* An answer as it travels here. */
typedef struct {
    n2_id zone;
    char label[N2_LABEL_BYTES_MAX + 1];
    bool is_there;
    n2_id who, below;
    gint64 since_us, until_us, caching_s;
    guint64 serial;
    gint64 made_us, head_until_us;
    guint8 previous[32];
    guint8 chain;    /* which of the states that a zone may show */
    guint8 sign[32]; /* over all before, and the zone's word */
} said;

static inline n2_id
id_of(guint8 n)
{
    n2_id id = {.method = N2_METHOD_SHA256, .hash = {n, 1}};

    return id;
}

static inline void
sign_of(const said *s, guint8 out[32])
{
    guint8 all[sizeof *s + 4];

    memcpy(all, s, offsetof(said, sign));
    memcpy(all + offsetof(said, sign), "word", 4);
    n2_sha256_of(all, offsetof(said, sign) + 4, out);
}

static inline void
head_hash(const n2_id *zone, guint64 serial, guint8 chain, guint8 out[32])
{
    guint8 all[sizeof *zone + sizeof serial + 1];

    memcpy(all, zone, sizeof *zone);
    memcpy(all + sizeof *zone, &serial, sizeof serial);
    all[sizeof all - 1] = chain;
    n2_sha256_of(all, sizeof all, out);
}

/* A word of @zone's, as it signs it. */
static inline said
say(guint8 zone, const char *label, guint8 who, guint8 below, guint64 serial)
{
    said s;

    memset(&s, 0, sizeof s);
    s.zone = id_of(zone);
    g_strlcpy(s.label, label, sizeof s.label);
    s.is_there = who || below;
    if (who)
        s.who = id_of(who);
    if (below)
        s.below = id_of(below);
    s.since_us = TODAY - 100 * DAY;
    s.until_us = TODAY + 100 * DAY;
    s.caching_s = 3600;
    s.serial = serial;
    s.made_us = TODAY;
    s.head_until_us = TODAY + DAY;
    head_hash(&s.zone, serial - 1, 0, s.previous);
    sign_of(&s, s.sign);
    return s;
}

static inline void
sign(said *s)
{
    sign_of(s, s->sign);
}

static inline n2_err
verify(void *user,
       n2_zone_told *out,
       const n2_id *zone,
       const char *label,
       const n2_slice *answer,
       const n2_slice *statements,
       int64_t wall_us)
{
    guint8 right[32];
    said s;
    bool *is_known = user; /* (nullable): the zones' keys are */

    memset(out, 0, sizeof *out);
    if (is_known && !*is_known && !statements)
        return N2_ERR_NOTFOUND;
    if (is_known && statements)
        *is_known = true;
    if (answer->len != sizeof s)
        return N2_ERR_FORMAT;
    memcpy(&s, answer->bytes, sizeof s);
    sign_of(&s, right);
    if (memcmp(right, s.sign, 32) || !n2_id_equal(&s.zone, zone) || strcmp(s.label, label) ||
        (wall_us && s.head_until_us <= wall_us))
        return N2_ERR_FORGED;
    out->word = (n2_zone_word){.zone = s.zone,
                               .is_there = s.is_there,
                               .who = s.who,
                               .below = s.below,
                               .since_us = s.since_us,
                               .until_us = s.until_us,
                               .caching_s = s.caching_s,
                               .serial = s.serial,
                               .made_us = s.made_us,
                               .head_until_us = s.head_until_us,
                               .record = s.is_there ? answer->bytes : NULL,
                               .record_len = s.is_there ? answer->len : 0,
                               .bytes = answer->bytes,
                               .len = answer->len};
    memcpy(out->word.label, s.label, sizeof s.label);
    out->head = (n2_head_seen){.zone = s.zone,
                               .serial = s.serial,
                               .made_us = s.made_us,
                               .until_us = s.head_until_us,
                               .bytes = (const guint8 *)"head",
                               .len = 4};
    head_hash(&s.zone, s.serial, s.chain, out->head.hash);
    memcpy(out->head.previous, s.previous, 32);
    return N2_OK;
}

static inline void
random_cb(void *user, void *buf, size_t len)
{
    GRand *rand = user;

    for (gsize i = 0; i < len; i++)
        ((guint8 *)buf)[i] = (guint8)g_rand_int(rand);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-keeper.c - the rules by which a zone gives, keeps and takes back names.
 */
#include "name/zone-keeper.h"

#include <assert.h>

#include <string.h>

#include "base/limits.h"

n2_err
n2_zone_refusal_err(n2_zone_refusal why)
{
    switch (why) {
    case N2_ZONE_GRANTED:
        return N2_OK;
    case N2_ZONE_REPLAYED:
        return N2_ERR_FORGED;
    case N2_ZONE_HELD:
    case N2_ZONE_GRACE:
        return N2_ERR_EXISTS;
    case N2_ZONE_FREE:
        return N2_ERR_NOTFOUND;
    case N2_ZONE_LOOP:
    case N2_ZONE_TERM:
        return N2_ERR_USAGE;
    case N2_ZONE_OVER:
        return N2_ERR_STATE;
    case N2_ZONE_FULL:
        return N2_ERR_LIMIT;
    case N2_ZONE_BUSY:
        return N2_ERR_BUSY;
    case N2_ZONE_OTHER:
    case N2_ZONE_CLOSED:
    case N2_ZONE_NOT_YOURS:
        break;
    }
    return N2_ERR_REFUSED;
}

bool
n2_zone_is_free(const n2_zone_record *record, int64_t wall_us)
{
    return wall_us - record->until_us >= (int64_t)N2_GRACE_US;
}

/* Does who asks hold it, or follow who held it? */
static bool
is_holder(const n2_zone_held *held, const n2_id *who)
{
    n2_id owner = n2_zone_record_owner(held->record);

    if (n2_id_equal(&owner, who))
        return true;
    return held->holder && n2_id_equal(&held->holder->id, &owner) &&
           held->holder->state == N2_IDENTITY_ENDED && !held->holder->is_contested &&
           n2_id_is_set(&held->holder->successor) && n2_id_equal(&held->holder->successor, who);
}

static n2_zone_refusal
may(const n2_zone_rules *rules, const n2_zone_held *held, const n2_zone_request *q, int64_t now)
{
    bool is_owner = n2_id_equal(&q->who, &rules->zone);

    if (!n2_id_equal(&q->zone, &rules->zone))
        return N2_ZONE_OTHER;
    if (q->made_us <= held->asked_us)
        return N2_ZONE_REPLAYED;
    if (n2_id_equal(&q->delegated, &rules->zone))
        return N2_ZONE_LOOP;
    if (!held->record)
        return q->what != N2_ZONE_REGISTER     ? N2_ZONE_FREE
               : rules->is_closed && !is_owner ? N2_ZONE_CLOSED
                                               : N2_ZONE_GRANTED;
    bool is_over = now >= held->record->until_us;
    if (!is_holder(held, &q->who))
        return q->what != N2_ZONE_REGISTER ? N2_ZONE_NOT_YOURS
               : is_over                   ? N2_ZONE_GRACE
                                           : N2_ZONE_HELD;
    if (is_over && q->what != N2_ZONE_REGISTER && q->what != N2_ZONE_RENEW)
        return N2_ZONE_OVER;
    return N2_ZONE_GRANTED;
}

/* The least of what is asked for and what the zone gives. */
static int64_t
term(const n2_zone_rules *rules, const n2_zone_request *q, int64_t now)
{
    int64_t most = now + (rules->term_us ? rules->term_us : (int64_t)N2_ZONE_TERM_US);

    return q->until_us && q->until_us < most ? q->until_us : most;
}

/* The record as it will be, but for its lists. */
static n2_zone_record
next(const n2_zone_rules *rules,
     const n2_zone_held *held,
     const n2_zone_request *q,
     int64_t now)
{
    n2_zone_record r = {.since_us = now, .caching_s = rules->caching_s};

    if (held->record) {
        r = *held->record;
        if (q->what != N2_ZONE_TRANSFER && n2_id_is_set(&r.who))
            r.who = q->who; /* the same, or its successor */
    } else {
        r.who = q->who;
        memcpy(r.label, q->label, sizeof r.label);
    }
    switch (q->what) {
    case N2_ZONE_REGISTER:
        r.until_us = term(rules, q, now);
        r.zone = q->delegated;
        r.who = q->who;
        break;
    case N2_ZONE_RENEW:
        r.until_us = term(rules, q, now);
        break;
    case N2_ZONE_CHANGE:
        r.zone = q->delegated;
        r.who = q->who;
        break;
    case N2_ZONE_REVOKE:
        r.until_us = now > r.since_us ? now : r.since_us + 1;
        break;
    case N2_ZONE_TRANSFER:
        r.who = q->to;
        r.zone = (n2_id){0};
        break;
    }
    r.caching_s = rules->caching_s ? rules->caching_s : N2_ZONE_CACHING_S;
    return r;
}

n2_err
n2_zone_judge(const n2_zone_rules *rules,
              const n2_zone_held *held,
              const n2_zone_request *q,
              int64_t wall_us,
              const n2_unicode *unicode,
              uint8_t buf[static N2_ZONE_RECORD_BYTES_MAX],
              n2_zone_record *out,
              n2_zone_refusal *why)
{
    n2_zone_held mine = *held;

    assert(wall_us > 0);
    *out = (n2_zone_record){.n_hosts = 0};
    if (mine.record && n2_zone_is_free(mine.record, wall_us))
        mine.record = NULL;
    *why = may(rules, &mine, q, wall_us);
    if (*why)
        return n2_zone_refusal_err(*why);
    n2_zone_record r = next(rules, &mine, q, wall_us);
    if ((q->what == N2_ZONE_REGISTER || q->what == N2_ZONE_RENEW) && r.until_us <= wall_us) {
        *why = N2_ZONE_TERM;
        return n2_zone_refusal_err(*why);
    }
    /* its lists come from who asks; one who renews or ends it says nothing of them, and those
     * of who hands it on would name his mail hosts */
    const n2_box *lists = q->what == N2_ZONE_REGISTER || q->what == N2_ZONE_CHANGE ? &q->body
                          : q->what == N2_ZONE_TRANSFER                            ? NULL
                                                        : &mine.record->box;
    return n2_zone_record_write_like(buf, N2_ZONE_RECORD_BYTES_MAX, &r, lists, unicode, out);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * resolve-belief.c - what may be believed of an answer: its proof, and its head beside those
 * that were seen.
 */
#include "name/resolve-private.h"

n2_err
n2_resolve_saw(n2_resolver *resolver, const n2_head_seen *head, n2_seen_news *news)
{
    bool is_news = false;
    n2_err err = n2_zone_seen_take(resolver->seen, head, news, &is_news);

    if (err || !is_news)
        return err;
    if (*news == N2_SEEN_FRAUD) {
        resolver->counts.n_frauds++;
        n2_name_cache_drop(resolver->cache, &head->zone);
    }
    if (resolver->calls.seen)
        resolver->calls.seen(resolver->calls.user, head);
    return N2_OK;
}

n2_err
n2_resolver_take(n2_resolver *r,
                 n2_zone_told *out,
                 const n2_id *zone,
                 const char *label,
                 const n2_answer_step *step,
                 const n2_id *from,
                 n2_resolve_why *why,
                 uint64_t now_us,
                 int64_t wall_us)
{
    n2_seen_news news = N2_SEEN_SAME;
    n2_err err = r->calls.verify(r->calls.user, out, zone, label, &step->answer,
                                 step->statements.len ? &step->statements : NULL, wall_us);

    *why = err ? N2_RESOLVE_FORGED : N2_RESOLVED;
    if (err) {
        r->counts.n_forged += err != N2_ERR_NOTFOUND;
        return err;
    }
    err = n2_resolve_saw(r, &out->head, &news);
    if (!err && news == N2_SEEN_FRAUD) {
        *why = N2_RESOLVE_FRAUD;
        return N2_ERR_FORGED;
    }
    if (!err && news == N2_SEEN_OLD) {
        *why = N2_RESOLVE_OLD;
        r->counts.n_old++;
        return N2_ERR_FORGED;
    }
    if (!err)
        err = n2_name_cache_put(r->cache, &out->word, from, step->age_s, now_us, wall_us);
    if (err)
        *why = N2_RESOLVE_SILENT;
    return err;
}

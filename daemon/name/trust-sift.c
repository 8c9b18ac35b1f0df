/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * trust-sift.c - each authority answers only its own question: evidence picked by scope, signer
 *                and subject; ends and transfers followed.
 */
#include <string.h>

#include "name/trust-private.h"

enum {
    MOVES_DEEP = 8 /* steps from one identity to the next */
};

static int
compare_ids(const n2_id *a, const n2_id *b)
{
    return a->method != b->method ? (a->method < b->method ? -1 : 1)
                                  : memcmp(a->hash, b->hash, sizeof a->hash);
}

/* ---- one identity after another ---- */

/* Of two steps that begin at one identity the one to follow: an end is final, so it goes before
 * a transfer; two ends cannot both be true, the caller says so (N2_STANDING_ENDS_DIFFER). */
static bool
is_better(const n2_move *a, const n2_move *b)
{
    int order = compare_ids(&a->to, &b->to);

    if (!a->name != !b->name)
        return !a->name;
    return order ? order < 0 : a->made_us > b->made_us;
}

static const n2_move *
next_move(const n2_trust_query *q, const n2_id *from, const char *name)
{
    const n2_move *best = NULL;

    for (size_t i = 0; i < q->n_moves; i++) {
        const n2_move *m = &q->moves[i];
        if (n2_id_equal(&m->from, from) && (!m->name || (name && strcmp(m->name, name) == 0)) &&
            (!best || is_better(m, best)))
            best = m;
    }
    return best;
}

bool
n2_trust_follows(const n2_trust_run *run,
                 const n2_id *from,
                 const char *name,
                 const n2_move **last)
{
    const n2_move *step = NULL;
    n2_id at = *from;

    if (last)
        *last = NULL;
    for (int i = 0; i <= MOVES_DEEP; i++) {
        if (n2_id_equal(&at, &run->query->subject)) {
            if (last)
                *last = step;
            return true;
        }
        step = run->query->n_moves ? next_move(run->query, &at, name) : NULL;
        if (!step)
            return false;
        at = step->to;
    }
    return false;
}

/* ---- time ---- */

bool
n2_trust_holds(n2_trust_run *run, const n2_vouch *vouch)
{
    const n2_trust_query *q = run->query;

    if (run->wall_us)
        return vouch->until_us > run->wall_us;
    if (q->wall_us && vouch->until_us <= q->wall_us &&
        (!run->lapsed_us || vouch->until_us < run->lapsed_us))
        run->lapsed_us = vouch->until_us;
    return true;
}

/* What has not begun yet neither counts nor replaces. */
static bool
has_begun(const n2_trust_run *run, const n2_vouch *v)
{
    return !run->wall_us || v->from_us <= run->wall_us + (int64_t)N2_CLOCK_SKEW_US;
}

/* ---- evidence ---- */

static void
find_signers(n2_trust_run *run)
{
    const n2_trust_query *q = run->query;

    for (size_t i = 0; i < q->n_marks; i++) {
        const n2_mark *m = &q->marks[i];
        if (!(m->is & (N2_MARK_INTRODUCES | N2_MARK_AUDITS)))
            continue;
        if (run->n_signers == N2_INTRODUCERS_MAX)
            run->out->n_left++;
        else
            run->signers[run->n_signers++].mark = m;
    }
}

static n2_trust_signer *
signer_of(n2_trust_run *run, const n2_id *who)
{
    size_t low = 0, high = run->n_signers;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_ids(&run->signers[middle].mark->who, who);
        if (!order)
            return &run->signers[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void
keep_later(const n2_vouch **kept, const n2_vouch *v)
{
    if (!*kept || n2_vouch_replaces(v, *kept))
        *kept = v;
}

/* The zone may name another than the subject: that is an answer too, and of one moment the one
 * that counts. */
static void
keep_zone(n2_trust_run *run, const n2_vouch *v)
{
    const n2_vouch *kept = run->zone;

    if (kept && kept->from_us == v->from_us && !n2_id_equal(&kept->subject, &v->subject)) {
        bool is_about = n2_id_equal(&kept->subject, &run->query->subject);
        bool is_other = !n2_id_equal(&v->subject, &run->query->subject);
        if ((is_about && is_other) ||
            (is_about == !is_other && compare_ids(&v->subject, &kept->subject) < 0))
            run->zone = v;
        return;
    }
    keep_later(&run->zone, v);
}

static void
sift(n2_trust_run *run, const n2_vouch *v)
{
    const n2_trust_query *q = run->query;
    bool is_about = n2_id_equal(&v->subject, &q->subject);
    n2_trust_signer *signer;

    if (n2_id_equal(&v->by, &v->subject) || !has_begun(run, v))
        return;
    if (v->scope == N2_SCOPE_NAME) {
        if (q->name && n2_id_equal(&v->by, &q->zone) && strcmp(v->claim, q->name) == 0)
            keep_zone(run, v);
    } else if (!is_about) {
        return;
    } else if (v->scope == N2_SCOPE_PLACE) {
        if (n2_id_equal(&v->by, &q->domain))
            keep_later(&run->place, v);
    } else if (v->scope == N2_SCOPE_MAIL) {
        if (n2_id_equal(&v->by, &q->mail_host))
            keep_later(&run->mail, v);
    } else if (v->scope == N2_SCOPE_AUDIT || v->scope == N2_SCOPE_MET) {
        bool is_met = v->scope == N2_SCOPE_MET;
        signer = signer_of(run, &v->by);
        if (signer && signer->mark->is & (is_met ? N2_MARK_INTRODUCES : N2_MARK_AUDITS))
            keep_later(is_met ? &signer->met : &signer->audit, v);
    }
}

void
n2_trust_sift(n2_trust_run *run)
{
    find_signers(run);
    for (size_t i = 0; i < run->query->n_evidence; i++)
        sift(run, &run->query->evidence[i]);
}

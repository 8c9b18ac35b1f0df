/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * trust.c - the rules, in their order: broken, ended or frozen; changed; own marks; zone and
 *           continuity; first seen; introducers; then what else is to be known.
 */
#include "name/trust.h"

#include <stdlib.h>
#include <string.h>

#include "name/trust-private.h"

static n2_verdict
verdict_of(n2_why why, n2_purpose purpose)
{
    static const struct {
        n2_why why;
        n2_verdict reading, other;
    } all[] = {
#define X(name, number, word, reading, other)                                                  \
    {N2_WHY_##name, N2_VERDICT_##reading, N2_VERDICT_##other},
        N2_WHY_LIST(X)
#undef X
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i].why == why)
            return purpose == N2_PURPOSE_READ ? all[i].reading : all[i].other;
    return N2_VERDICT_STOP;
}

/* ---- reasons ---- */

/* One more reason; NULL if there are too many already (then its verdict counts all the same).
 */
static n2_reason *
add(n2_trust_run *run, n2_why why, int64_t at_us)
{
    n2_trust *out = run->out;
    n2_verdict verdict = verdict_of(why, run->query->purpose);

    if (out->n_reasons == N2_TRUST_REASONS_MAX) {
        out->n_left++;
        out->verdict = verdict > out->verdict ? verdict : out->verdict;
        return NULL;
    }
    n2_reason *r = &out->reasons[out->n_reasons++];
    *r = (n2_reason){.why = why, .verdict = verdict, .at_us = at_us};
    return r;
}

static void
say(char out[static N2_SHOWN_BYTES], const n2_trust_run *run, const char *text)
{
    if (text)
        n2_name_show(out, text, strlen(text), run->query->unicode);
}

/* The same with names, as they may be shown. */
static n2_reason *
add_named(n2_trust_run *run, n2_why why, int64_t at_us, const char *name, const char *by)
{
    n2_reason *r = add(run, why, at_us);

    if (r) {
        say(r->name, run, name);
        say(r->by, run, by);
    }
    return r;
}

static bool
is_name(const n2_trust_run *run, const char *name)
{
    return name && run->query->name && strcmp(name, run->query->name) == 0;
}

/* ---- 1. broken, ended, frozen ---- */

static void
judge_standing(n2_trust_run *run)
{
    static const struct {
        uint32_t is;
        n2_why why;
    } rows[] = {{N2_STANDING_FORGED, N2_WHY_FORGED},
                {N2_STANDING_ENDS_DIFFER, N2_WHY_ENDS_DIFFER},
                {N2_STANDING_ENDED, N2_WHY_ENDED},
                {N2_STANDING_FROZEN, N2_WHY_FROZEN},
                {N2_STANDING_OVER, N2_WHY_OVER}};
    const n2_standing *s = &run->query->standing;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        n2_reason *r = s->is & rows[i].is ? add(run, rows[i].why, s->since_us) : NULL;
        if (r && rows[i].why == N2_WHY_ENDED && !(s->is & N2_STANDING_ENDS_DIFFER))
            r->who = s->successor;
    }
    if (s->is & N2_STANDING_UNCONFIRMED)
        (void)add(run, N2_WHY_UNCONFIRMED, s->confirmed_us);
}

static void
judge_life(n2_trust_run *run)
{
    const n2_vouch *z = run->zone;

    if (z && !n2_trust_holds(run, z))
        (void)add_named(run,
                        z->until_us < run->wall_us - (int64_t)N2_GRACE_US ? N2_WHY_EXPIRED
                                                                          : N2_WHY_GRACE,
                        z->until_us, z->claim, run->query->zone_name);
}

/* ---- 2. changed ---- */

/* When the user last said of the subject that this name means it; INT64_MIN: never. */
static int64_t
marked_as_this(const n2_trust_run *run)
{
    const n2_trust_query *q = run->query;
    int64_t at = INT64_MIN;

    for (size_t i = 0; i < q->n_marks; i++)
        if (n2_id_equal(&q->marks[i].who, &q->subject) && is_name(run, q->marks[i].name) &&
            q->marks[i].marked_us > at)
            at = q->marks[i].marked_us;
    return at;
}

/* Who was met last under the name used; of one moment, somebody else than now. */
static const n2_seen *
seen_last(const n2_trust_run *run)
{
    const n2_trust_query *q = run->query;
    const n2_seen *best = NULL;

    for (size_t i = 0; i < q->n_seen; i++) {
        const n2_seen *s = &q->seen[i];
        if (!is_name(run, s->name))
            continue;
        int order = !best ? 1 : memcmp(&best->who, &s->who, sizeof s->who);
        if (!best || s->last_us > best->last_us ||
            (s->last_us == best->last_us &&
             (n2_id_equal(&best->who, &q->subject) ||
              (!n2_id_equal(&s->who, &q->subject) && order > 0))))
            best = s;
    }
    return best;
}

/* The later move is the one to tell of; of one moment an end, then that of the lower id. */
static bool
is_later(const n2_move *a, const n2_move *b)
{
    if (a->made_us != b->made_us)
        return a->made_us > b->made_us;
    if (!a->name != !b->name)
        return !a->name;
    return memcmp(&a->from, &b->from, sizeof a->from) < 0;
}

/* Remembers the way by which the subject came to stand for another. */
static bool
follows(n2_trust_run *run, const n2_id *from, const n2_move **moved)
{
    const n2_move *last;

    if (!n2_trust_follows(run, from, run->query->name, &last))
        return false;
    if (last && (!*moved || is_later(last, *moved)))
        *moved = last;
    return true;
}

static void
judge_change(n2_trust_run *run, const n2_move **moved)
{
    const n2_trust_query *q = run->query;
    const n2_seen *last = seen_last(run);
    int64_t marked_us = marked_as_this(run);
    n2_reason *r;

    if (last && !follows(run, &last->who, moved)) {
        r = add_named(run, N2_WHY_CHANGED, last->last_us, q->name, NULL);
        if (r) {
            r->who = last->who;
            /* The user has said since then that this one is meant; it was another all the same.
             */
            r->verdict = marked_us > last->last_us ? N2_VERDICT_NOTE : r->verdict;
        }
    }
    for (size_t i = 0; i < q->n_marks; i++) {
        const n2_mark *m = &q->marks[i];
        if (!is_name(run, m->name) || follows(run, &m->who, moved) || marked_us > m->marked_us)
            continue;
        r = add_named(run, N2_WHY_CHANGED_MARK, m->marked_us, q->name, m->petname);
        if (r)
            r->who = m->who;
    }
    if (run->zone && !follows(run, &run->zone->subject, moved)) {
        r = add_named(run, N2_WHY_ZONE_OTHER, run->zone->from_us, q->name, q->zone_name);
        if (r) {
            r->who = run->zone->subject;
            r->verdict = run->is_marked_so ? N2_VERDICT_NOTE : r->verdict;
        }
    }
    if (n2_id_is_set(&q->published) && !follows(run, &q->published, moved)) {
        r = add_named(run, N2_WHY_PUBLISHED_OTHER, 0, q->name, NULL);
        if (r) {
            r->who = q->published;
            r->verdict = run->is_marked_so ? N2_VERDICT_NOTE : r->verdict;
        }
    }
}

static void
say_moved(n2_trust_run *run, const n2_move *moved)
{
    if (!moved || (run->wall_us && moved->made_us < run->wall_us - (int64_t)N2_MOVE_SHOWN_US))
        return;
    n2_reason *r = add_named(run, moved->name ? N2_WHY_TRANSFERRED : N2_WHY_SUCCEEDED,
                             moved->made_us, moved->name, NULL);
    if (r)
        r->who = moved->from;
}

/* ---- 3. own marks ---- */

static bool
is_subject(const n2_trust_run *run, const n2_id *who)
{
    return n2_trust_follows(run, who, NULL, NULL);
}

/* Before the rest, as it says what the rest weighs. */
static void
find_marks(n2_trust_run *run)
{
    const n2_trust_query *q = run->query;

    run->is_marked = run->is_marked_so = q->petname != NULL;
    for (size_t i = 0; i < q->n_marks; i++) {
        const n2_mark *m = &q->marks[i];
        if (!is_subject(run, &m->who))
            continue;
        run->is_marked |= (m->is & N2_MARK_MET) || m->petname;
        run->is_marked_so |= is_name(run, m->name);
    }
    run->is_marked |= run->is_marked_so;
}

static void
judge_marks(n2_trust_run *run, const n2_move **moved)
{
    const n2_trust_query *q = run->query;
    const char *petname = q->petname;
    const n2_mark *met = NULL;

    for (size_t i = 0; i < q->n_marks; i++) {
        const n2_mark *m = &q->marks[i];
        if (!is_subject(run, &m->who))
            continue;
        if (m->is & N2_MARK_MET || m->petname)
            (void)follows(run, &m->who, moved);
        if (m->is & N2_MARK_MET && (!met || m->met_us > met->met_us))
            met = m;
        if (m->petname && (!petname || (!q->petname && strcmp(m->petname, petname) < 0)))
            petname = m->petname;
    }
    if (met)
        (void)add_named(run, N2_WHY_MET, met->met_us, met->petname, NULL);
    if (petname)
        (void)add_named(run, N2_WHY_PETNAME, 0, petname, NULL);
}

/* ---- 4. authorities ---- */

static void
judge_zone(n2_trust_run *run)
{
    const n2_trust_query *q = run->query;
    const n2_vouch *z = run->zone;
    n2_reason *r;

    if (!q->name)
        return;
    if (z && n2_trust_follows(run, &z->subject, q->name, NULL)) {
        r = add_named(run, N2_WHY_ZONE, z->from_us, z->claim, q->zone_name);
        if (r)
            r->until_us = z->until_us;
    }
    if ((z && !q->is_zone_silent) || run->is_marked_so)
        return;
    bool is_kept =
        q->is_zone_silent &&
        (!run->wall_us || q->zone_spoke_us >= run->wall_us - (int64_t)N2_ZONE_KEPT_US);
    (void)add_named(run, is_kept ? N2_WHY_KEPT : N2_WHY_SILENT, q->zone_spoke_us, q->name,
                    q->zone_name);
}

static void
judge_others(n2_trust_run *run)
{
    const n2_trust_query *q = run->query;

    if (run->place && run->place->claim[0] && n2_trust_holds(run, run->place))
        (void)add_named(run, N2_WHY_ATTACHED, run->place->from_us, run->place->claim,
                        q->domain_name);
    if (run->mail && run->mail->claim[0] && n2_trust_holds(run, run->mail))
        (void)add_named(run, N2_WHY_MAIL, run->mail->from_us, run->mail->claim, q->mail_name);
}

/* ---- 5. introducers and auditors: one step, and only those whom the user marked ---- */

static const char *
name_of(const n2_mark *m)
{
    return m->petname ? m->petname : m->name;
}

/* An introduction confirms the name in use only if it says that name. */
static bool
says_name(const n2_trust_run *run, const char *claim)
{
    char folded[N2_NAME_BYTES_MAX + 1];

    return !run->query->name ||
           (n2_name_fold(folded, claim, strlen(claim), run->query->unicode, NULL) == N2_OK &&
            is_name(run, folded));
}

static int
compare_signers(const void *a, const void *b)
{
    const n2_trust_signer *one = *(const n2_trust_signer *const *)a;
    const n2_trust_signer *other = *(const n2_trust_signer *const *)b;

    return (one->mark->met_us < other->mark->met_us) -
           (one->mark->met_us > other->mark->met_us);
}

/* Those the user met last come first; of one moment, by their ids. */
static size_t
sort_signers(n2_trust_run *run, const n2_trust_signer *order[static N2_INTRODUCERS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < run->n_signers; i++) {
        const n2_trust_signer *s = &run->signers[i];
        size_t at = n++;
        for (; at && compare_signers(&order[at - 1], &s) > 0; at--)
            order[at] = order[at - 1];
        order[at] = s;
    }
    return n;
}

static void
judge_signers(n2_trust_run *run, n2_why why)
{
    const n2_trust_signer *order[N2_INTRODUCERS_MAX];
    size_t n = sort_signers(run, order), n_shown = 0;

    for (size_t i = 0; i < n; i++) {
        const n2_vouch *v = why == N2_WHY_INTRODUCED ? order[i]->met : order[i]->audit;
        if (!v || !v->claim[0] || !n2_trust_holds(run, v))
            continue;
        if (why == N2_WHY_INTRODUCED)
            run->is_introduced |= says_name(run, v->claim);
        if (n_shown++ == N2_TRUST_SHOWN_MAX) {
            run->out->n_left++;
            n_shown--;
            continue;
        }
        n2_reason *r = add_named(run, why, v->from_us, v->claim, name_of(order[i]->mark));
        if (!r)
            continue;
        r->who = v->by;
        r->scripts = n2_name_scripts(v->claim, strlen(v->claim), run->query->unicode);
    }
}

/* ---- 6. continuity ---- */

static void
judge_continuity(n2_trust_run *run, const n2_move **moved)
{
    const n2_trust_query *q = run->query;
    const n2_seen *first = NULL;
    bool is_continued = false;

    for (size_t i = 0; i < q->n_seen; i++) {
        const n2_seen *s = &q->seen[i];
        if (!is_subject(run, &s->who))
            continue;
        (void)follows(run, &s->who, moved);
        is_continued |= !q->name || is_name(run, s->name);
        if (!first || s->first_us < first->first_us)
            first = s;
    }
    if (first)
        (void)add(run, N2_WHY_SEEN, first->first_us);
    if (is_continued)
        return;
    n2_reason *r = add_named(run, first ? N2_WHY_FIRST_NAME : N2_WHY_FIRST, 0, q->name, NULL);
    if (r && (run->is_marked || run->is_introduced))
        r->verdict = N2_VERDICT_GO;
}

/* ---- 7. what else is to be known ---- */

static void
judge_spelling(n2_trust_run *run)
{
    const n2_trust_query *q = run->query;
    const char *alike = NULL;
    char skeleton[N2_SKELETON_BYTES], known[N2_SKELETON_BYTES];

    if (!q->name)
        return;
    n2_scripts scripts = n2_name_scripts(q->name, strlen(q->name), q->unicode);
    if (scripts.is_mixed) {
        n2_reason *r = add_named(run, N2_WHY_MIXED, 0, q->name, NULL);
        if (r)
            r->scripts = scripts;
    }
    if (run->is_marked_so)
        return;
    n2_name_skeleton(skeleton, q->name, strlen(q->name), q->unicode);
    for (size_t i = 0; i < q->n_known && i < N2_NAMES_KNOWN_MAX; i++) {
        const n2_known_name *k = &q->known[i];
        if (n2_id_equal(&k->who, &q->subject) || (alike && strcmp(alike, k->name) <= 0))
            continue;
        n2_name_skeleton(known, k->name, strlen(k->name), q->unicode);
        if (strcmp(known, skeleton) == 0 && n2_name_is_alike(k->name, q->name, q->unicode))
            alike = k->name;
    }
    if (alike)
        (void)add_named(run, N2_WHY_ALIKE, 0, q->name, alike);
}

/* ---- all ---- */

/* The heaviest first; those of one weight as they came. */
static void
sort_reasons(n2_trust *out)
{
    for (size_t i = 1; i < out->n_reasons; i++) {
        n2_reason r = out->reasons[i];
        size_t at = i;
        for (; at && out->reasons[at - 1].verdict < r.verdict; at--)
            out->reasons[at] = out->reasons[at - 1];
        out->reasons[at] = r;
    }
    if (out->n_reasons && out->reasons[0].verdict > out->verdict)
        out->verdict = out->reasons[0].verdict;
}

int64_t
n2_trust_clock(int64_t wall_us, int64_t build_us)
{
    return wall_us < build_us || wall_us - build_us > (int64_t)N2_CLOCK_FUTURE_US ? 0 : wall_us;
}

void
n2_trust_ask(n2_trust *out, const n2_trust_query *query)
{
    n2_trust_run run = {
        .query = query, .out = out, .wall_us = n2_trust_clock(query->wall_us, query->build_us)};
    const n2_move *moved = NULL;

    *out = (n2_trust){.verdict = N2_VERDICT_GO};
    n2_trust_sift(&run);
    find_marks(&run);
    judge_standing(&run);
    judge_life(&run);
    judge_change(&run, &moved);
    judge_marks(&run, &moved);
    judge_zone(&run);
    judge_others(&run);
    judge_signers(&run, N2_WHY_INTRODUCED);
    judge_signers(&run, N2_WHY_AUDITED);
    judge_continuity(&run, &moved);
    say_moved(&run, moved);
    judge_spelling(&run);
    if (!run.wall_us)
        (void)add(&run, N2_WHY_CLOCK, 0);
    if (run.lapsed_us)
        (void)add(&run, N2_WHY_LAPSED, run.lapsed_us);
    sort_reasons(out);
}

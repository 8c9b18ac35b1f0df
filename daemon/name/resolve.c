/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * resolve.c - look-ups: one step after the other, from what is here and from answers.
 */
#include "name/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "name/resolve-private.h"

n2_err
n2_resolver_new(n2_resolver **out, const n2_env *env, const n2_resolver_calls *calls)
{
    n2_resolver *r = calloc(1, sizeof *r);
    n2_err err = r ? n2_name_cache_new(&r->cache, env) : N2_ERR_NOMEM;

    if (!err)
        err = n2_zone_seen_new(&r->seen);
    if (err) {
        n2_resolver_free(r);
        return err;
    }
    r->calls = *calls;
    /* Numbers are not used again soon, also after a restart. */
    n2_env_random(env, &r->last_lookup, sizeof r->last_lookup);
    n2_env_random(env, &r->last_question, sizeof r->last_question);
    *out = r;
    return N2_OK;
}

static void
clear_walk(walk *w)
{
    free(w->record);
    *w = (walk){0};
}

void
n2_resolver_free(n2_resolver *resolver)
{
    if (!resolver)
        return;
    for (size_t i = 0; i < N2_LOOKUPS_MAX; i++)
        clear_walk(&resolver->walks[i]);
    clear_walk(&resolver->told);
    n2_zone_seen_free(resolver->seen);
    n2_name_cache_free(resolver->cache);
    free(resolver);
}

n2_roots *
n2_resolver_roots(n2_resolver *resolver)
{
    return &resolver->roots;
}

n2_zone_seen *
n2_resolver_seen(n2_resolver *resolver)
{
    return resolver->seen;
}

n2_name_cache *
n2_resolver_cache(n2_resolver *resolver)
{
    return resolver->cache;
}

void
n2_resolver_caches(n2_resolver *resolver, const n2_id *who, size_t n)
{
    resolver->n_caches = n < N2_LOOKUP_CACHES_MAX ? n : N2_LOOKUP_CACHES_MAX;
    for (size_t i = 0; i < resolver->n_caches; i++)
        resolver->caches[i] = who[i];
}

bool
n2_label_take(const char *name, size_t *left, char out[static N2_LABEL_BYTES_MAX + 1])
{
    size_t begin = *left;

    while (begin && name[begin - 1] != '.')
        begin--;
    size_t len = *left - begin;

    if (!len || len > N2_LABEL_BYTES_MAX)
        return false;
    memcpy(out, name + begin, len);
    out[len] = '\0';
    *left = begin ? begin - 1 : 0;
    return true;
}

/* ---- one step ---- */

static void
end(walk *w, n2_err err, n2_resolve_why why)
{
    w->state = WALK_ENDED;
    w->result.err = err;
    w->result.why = why;
    w->result.zone = w->zone;
}

static bool
was_there(const walk *w, const n2_id *zone)
{
    for (size_t i = 0; i < w->result.n_steps; i++)
        if (n2_id_equal(&w->result.steps[i].zone, zone))
            return true;
    return false;
}

static bool
is_expired(const n2_zone_word *word, int64_t wall_us)
{
    return wall_us && word->until_us < wall_us - (int64_t)N2_GRACE_US;
}

static void
keep_record(walk *w, const n2_zone_word *word)
{
    free(w->record);
    w->record = word->record ? malloc(word->record_len) : NULL;
    w->result.record = w->record;
    w->result.record_len = w->record ? word->record_len : 0;
    if (w->record)
        memcpy(w->record, word->record, word->record_len);
}

/* @word is what the zone at hand says of the next label. */
static void
step(n2_resolver *r, walk *w, const n2_zone_word *word, n2_resolve_step *how, int64_t wall_us)
{
    n2_resolved *out = &w->result;
    char label[N2_LABEL_BYTES_MAX + 1];

    how->zone = w->zone;
    memcpy(how->label, word->label, sizeof how->label);
    how->since_us = word->since_us;
    how->until_us = word->until_us;
    how->serial = word->serial;
    how->head_until_us = word->head_until_us;
    out->steps[out->n_steps++] = *how;
    (void)n2_label_take(w->name, &w->left, label);
    w->are_gathered = false;
    w->wants_statements = false;
    w->trouble = N2_RESOLVED;
    w->n_named = 0;
    if (!word->is_there) {
        end(w, N2_ERR_NOTFOUND, N2_RESOLVE_NO_NAME);
        return;
    }
    keep_record(w, word);
    if (is_expired(word, wall_us)) {
        end(w, N2_ERR_NOTFOUND, N2_RESOLVE_EXPIRED);
    } else if (!w->left) {
        out->who = word->who;
        if (n2_id_is_set(&word->who))
            end(w, N2_OK, N2_RESOLVED);
        else
            end(w, N2_ERR_NOTFOUND, N2_RESOLVE_NOBODY);
    } else if (!n2_id_is_set(&word->below)) {
        end(w, N2_ERR_NOTFOUND, N2_RESOLVE_NO_ZONE);
    } else if (was_there(w, &word->below)) {
        end(w, N2_ERR_REFUSED, N2_RESOLVE_LOOP);
    } else if (out->n_steps == N2_NAME_STEPS_MAX) {
        end(w, N2_ERR_LIMIT, N2_RESOLVE_LOOP);
    } else {
        w->zone = word->below;
        if (r->calls.servers)
            w->n_named = r->calls.servers(r->calls.user, word, w->named);
        w->state = WALK_GOES;
    }
}

/* A zone that is served here is asked before all else: what changes there counts at once. */
static bool
step_own(n2_resolver *r, walk *w, const char *label, uint64_t now_us, int64_t wall_us)
{
    n2_answer_step said = {0};
    n2_zone_told answer;
    n2_resolve_why why;
    const n2_id nobody = {0};

    if (!r->calls.own || r->calls.own(r->calls.user, &w->zone, label, &said.answer) ||
        n2_resolver_take(r, &answer, &w->zone, label, &said, &nobody, &why, now_us, wall_us))
        return false;
    step(r, w, &answer.word, &(n2_resolve_step){0}, wall_us);
    return true;
}

static bool
step_kept(
    n2_resolver *r, walk *w, const char *label, bool is_kept, uint64_t now_us, int64_t wall_us)
{
    const n2_kept_word *k = n2_name_cache_get(r->cache, &w->zone, label, is_kept, now_us);
    n2_zone_word word;

    if (!k || (is_kept && !k->word.is_there))
        return false;
    n2_resolve_step how = {.from = k->from,
                           .is_cached = true,
                           .is_kept = k->fresh_until_us <= now_us,
                           .spoke_us = k->got_wall_us};

    word = k->word; /* its bytes stay: step() changes nothing in the cache */
    step(r, w, &word, &how, wall_us);
    return true;
}

/* Nobody helped: an answer that was kept may do, unless it was not silence but a lie. */
static void
give_up(n2_resolver *r, walk *w, const char *label, uint64_t now_us, int64_t wall_us)
{
    static const n2_err errs[] = {[N2_RESOLVED] = N2_ERR_TIMEOUT,
                                  [N2_RESOLVE_FORGED] = N2_ERR_FORGED,
                                  [N2_RESOLVE_FRAUD] = N2_ERR_FORGED,
                                  [N2_RESOLVE_OLD] = N2_ERR_FORGED,
                                  [N2_RESOLVE_SILENT] = N2_ERR_TIMEOUT};
    n2_resolve_why why = w->trouble ? w->trouble : N2_RESOLVE_SILENT;

    if (why == N2_RESOLVE_SILENT && !n2_id_is_set(&w->only) &&
        step_kept(r, w, label, true, now_us, wall_us))
        return;
    end(w, errs[why], why);
}

/* Goes on as far as it can without anybody, then asks. */
static void
go(n2_resolver *r, walk *w, uint64_t now_us, int64_t wall_us)
{
    while (w->state == WALK_GOES) {
        char label[N2_LABEL_BYTES_MAX + 1];
        n2_head_seen two[2];
        size_t left = w->left;

        if (!n2_label_take(w->name, &left, label)) {
            end(w, N2_ERR_FORMAT, N2_RESOLVE_NO_NAME);
        } else if (n2_zone_seen_fraud(r->seen, &w->zone, two)) {
            end(w, N2_ERR_FORGED, N2_RESOLVE_FRAUD);
        } else if (n2_id_is_set(&w->only) ||
                   (!step_own(r, w, label, now_us, wall_us) &&
                    !step_kept(r, w, label, false, now_us, wall_us))) {
            if (!n2_walk_ask(r, w, now_us))
                give_up(r, w, label, now_us, wall_us);
        }
    }
}

/* ---- begin, end ---- */

static size_t
count_others(const n2_resolver *r)
{
    size_t n = 0;

    for (size_t i = 0; i < N2_LOOKUPS_MAX; i++)
        n += r->walks[i].state && r->walks[i].is_others;
    return n;
}

static n2_err
begin(n2_resolver *r, const walk *from, uint64_t now_us, int64_t wall_us, n2_lookup *out)
{
    size_t at = 0, n_labels = 1;

    while (at < N2_LOOKUPS_MAX && r->walks[at].state)
        at++;
    for (size_t i = 0; i < from->left; i++)
        n_labels += from->name[i] == '.';
    if (at == N2_LOOKUPS_MAX || (from->is_others && count_others(r) >= N2_LOOKUPS_OTHERS_MAX)) {
        r->counts.n_refused++;
        return N2_ERR_LIMIT;
    }
    if (n_labels > N2_NAME_STEPS_MAX)
        return N2_ERR_LIMIT;
    walk *w = &r->walks[at];

    *w = *from;
    w->state = WALK_GOES;
    if (!++r->last_lookup)
        ++r->last_lookup;
    w->id = r->last_lookup;
    r->counts.n_lookups++;
    go(r, w, now_us, wall_us);
    r->counts.n_cached += w->state == WALK_ENDED;
    *out = w->id;
    return N2_OK;
}

static n2_err
begin_named(n2_resolver *r,
            const char *name,
            const n2_id *only,
            uint64_t now_us,
            int64_t wall_us,
            n2_lookup *out)
{
    walk w = {.hops = N2_LOOKUP_HOPS_MAX};
    const n2_root *root = n2_roots_find(&r->roots, name, &w.left);

    if (!root)
        return N2_ERR_NOTFOUND;
    memcpy(w.name, name, w.left);
    w.zone = root->zone;
    w.n_named = root->n_servers;
    for (size_t i = 0; i < root->n_servers; i++)
        w.named[i] = root->servers[i];
    if (only)
        w.only = *only;
    return begin(r, &w, now_us, wall_us, out);
}

n2_err
n2_resolve_begin(
    n2_resolver *resolver, const char *name, uint64_t now_us, int64_t wall_us, n2_lookup *out)
{
    return begin_named(resolver, name, NULL, now_us, wall_us, out);
}

n2_err
n2_resolve_begin_by(n2_resolver *resolver,
                    const char *name,
                    const n2_id *server,
                    uint64_t now_us,
                    int64_t wall_us,
                    n2_lookup *out)
{
    return begin_named(resolver, name, server, now_us, wall_us, out);
}

n2_err
n2_resolve_begin_at(n2_resolver *resolver,
                    const n2_id *zone,
                    const char *name,
                    unsigned hops,
                    uint64_t now_us,
                    int64_t wall_us,
                    n2_lookup *out)
{
    walk w = {.is_others = true,
              .hops = hops < N2_LOOKUP_HOPS_MAX ? hops : N2_LOOKUP_HOPS_MAX,
              .zone = *zone,
              .left = strlen(name)};

    if (w.left > N2_NAME_BYTES_MAX)
        return N2_ERR_LIMIT;
    memcpy(w.name, name, w.left + 1);
    return begin(resolver, &w, now_us, wall_us, out);
}

static walk *
find(n2_resolver *r, n2_lookup id)
{
    for (size_t i = 0; i < N2_LOOKUPS_MAX; i++)
        if (r->walks[i].state && r->walks[i].id == id)
            return &r->walks[i];
    return NULL;
}

/* Who waited with @w for the same answer is handed the question. */
static void
hand_over(n2_resolver *r, const walk *w)
{
    for (size_t i = 0; i < N2_LOOKUPS_MAX; i++) {
        walk *other = &r->walks[i];

        if (other == w || other->state != WALK_JOINED || other->question != w->question)
            continue;
        other->state = w->state;
        other->deadline_us = w->deadline_us;
        return;
    }
}

void
n2_resolve_cancel(n2_resolver *resolver, n2_lookup lookup)
{
    walk *w = find(resolver, lookup);

    if (!w)
        return;
    if (w->state == WALK_ASKS || w->state == WALK_WAITS)
        hand_over(resolver, w);
    clear_walk(w);
}

/* ---- answers ---- */

/* Takes what there is of an answer that @w waited for.  Did it help? */
static bool
take(n2_resolver *r,
     walk *w,
     const n2_id *server,
     const n2_answer_step *steps,
     size_t n,
     uint64_t now_us,
     int64_t wall_us)
{
    bool helped = false;

    w->state = WALK_GOES;
    for (size_t i = 0; i < n && w->state == WALK_GOES; i++) {
        char label[N2_LABEL_BYTES_MAX + 1];
        size_t left = w->left;
        n2_zone_told answer;
        n2_resolve_why why;

        if (!n2_label_take(w->name, &left, label))
            break;
        n2_err err = n2_resolver_take(r, &answer, &w->zone, label, &steps[i], server, &why,
                                      now_us, wall_us);

        if (err == N2_ERR_NOTFOUND && !w->wants_statements) {
            w->wants_statements = true; /* the same server once more */
            if (w->server)
                w->server--;
            return true;
        }
        if (err) {
            if (!w->trouble || w->trouble == N2_RESOLVE_SILENT || why == N2_RESOLVE_FRAUD)
                w->trouble = why;
            break;
        }
        step(r, w, &answer.word, &(n2_resolve_step){.from = *server}, wall_us);
        helped = true;
    }
    return helped;
}

static void
answered(n2_resolver *r,
         n2_question question,
         const n2_answer_step *steps,
         size_t n,
         n2_err err,
         uint64_t now_us,
         int64_t wall_us)
{
    bool is_first = true;

    for (size_t i = 0; i < N2_LOOKUPS_MAX; i++) {
        walk *w = &r->walks[i];

        if (w->question != question ||
            (w->state != WALK_ASKS && w->state != WALK_WAITS && w->state != WALK_JOINED))
            continue;
        n2_id server = w->servers[w->server - 1];

        if (is_first) {
            bool is_silent = err && err != N2_ERR_NOTFOUND;

            n2_resolver_note(r, &server, is_silent, now_us);
            r->counts.n_silent += is_silent;
            is_first = false;
        }
        w->question = 0;
        w->state = WALK_GOES;
        if (!n || !take(r, w, &server, steps, n, now_us, wall_us))
            w->trouble = w->trouble ? w->trouble : N2_RESOLVE_SILENT;
        go(r, w, now_us, wall_us);
    }
}

void
n2_resolve_answer(n2_resolver *resolver,
                  n2_question question,
                  const n2_answer_step *steps,
                  size_t n,
                  uint64_t now_us,
                  int64_t wall_us)
{
    answered(resolver, question, steps, n < N2_NAME_STEPS_MAX ? n : N2_NAME_STEPS_MAX, N2_OK,
             now_us, wall_us);
}

void
n2_resolve_failed(
    n2_resolver *resolver, n2_question question, n2_err err, uint64_t now_us, int64_t wall_us)
{
    answered(resolver, question, NULL, 0, err, now_us, wall_us);
}

/* ---- what is to be done, and when ---- */

bool
n2_resolver_is_near(const n2_resolver *r, const n2_id *who)
{
    for (size_t i = 0; i < r->n_caches; i++)
        if (n2_id_equal(&r->caches[i], who))
            return true;
    return false;
}

n2_resolve_event
n2_resolve_next(n2_resolver *resolver)
{
    n2_resolve_event event = {0};

    clear_walk(&resolver->told);
    for (size_t i = 0; i < N2_LOOKUPS_MAX; i++) {
        walk *w = &resolver->walks[resolver->turn++ % N2_LOOKUPS_MAX];

        if (w->state == WALK_ASKS) {
            w->state = WALK_WAITS;
            const n2_id *server = &w->servers[w->server - 1];

            event = (n2_resolve_event){
                .kind = N2_RESOLVE_ASK,
                .question = w->question,
                .server = *server,
                .zone = w->zone,
                .floor = n2_zone_seen_floor(resolver->seen, &w->zone),
                .hops = w->hops && n2_resolver_is_near(resolver, server) ? w->hops - 1 : 0,
                .flags = w->wants_statements ? N2_ASK_STATEMENTS : 0};
            memcpy(event.labels, w->name, w->left);
            return event;
        }
        if (w->state == WALK_ENDED) {
            resolver->told = *w;
            *w = (walk){0};
            event = (n2_resolve_event){.kind = N2_RESOLVE_DONE,
                                       .lookup = resolver->told.id,
                                       .resolved = &resolver->told.result};
            return event;
        }
    }
    return event;
}

uint64_t
n2_resolver_deadline(const n2_resolver *resolver)
{
    uint64_t at = UINT64_MAX;

    for (size_t i = 0; i < N2_LOOKUPS_MAX; i++)
        if (resolver->walks[i].state == WALK_WAITS && resolver->walks[i].deadline_us < at)
            at = resolver->walks[i].deadline_us;
    return at;
}

void
n2_resolver_expire(n2_resolver *resolver, uint64_t now_us, int64_t wall_us)
{
    for (size_t i = 0; i < N2_LOOKUPS_MAX; i++)
        if (resolver->walks[i].state == WALK_WAITS && resolver->walks[i].deadline_us <= now_us)
            answered(resolver, resolver->walks[i].question, NULL, 0, N2_ERR_TIMEOUT, now_us,
                     wall_us);
}

void
n2_resolve_counts_get(const n2_resolver *resolver, n2_resolve_counts *out)
{
    *out = resolver->counts;
}

void
n2_resolver_uses(const n2_resolver *resolver, n2_uses *uses)
{
    size_t n = 0;

    for (size_t i = 0; i < N2_LOOKUPS_MAX; i++)
        n += resolver->walks[i].state != WALK_FREE;
    n2_uses_add(uses, "lookups", n, N2_LOOKUPS_MAX, resolver->counts.n_refused);
    n2_uses_add(uses, "lookups_others", count_others(resolver), N2_LOOKUPS_OTHERS_MAX,
                resolver->counts.n_refused);
    n2_name_cache_uses(resolver->cache, uses);
    n2_zone_seen_uses(resolver->seen, uses);
}

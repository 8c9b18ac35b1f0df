/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * resolve-ask.c - whom to ask for the next step, and what others may be told.
 */
#include <string.h>

#include "name/resolve-private.h"

/* ---- who is silent ---- */

static bool
is_silent(const n2_resolver *r, const n2_id *who, uint64_t now_us)
{
    for (size_t i = 0; i < N2_NAME_SILENT_MAX; i++)
        if (r->silents[i].until_us > now_us && n2_id_equal(&r->silents[i].who, who))
            return true;
    return false;
}

void
n2_resolver_note(n2_resolver *r, const n2_id *who, bool is_silent_now, uint64_t now_us)
{
    silent *at = &r->silents[0];

    for (size_t i = 0; i < N2_NAME_SILENT_MAX; i++) {
        silent *s = &r->silents[i];

        if (n2_id_equal(&s->who, who)) {
            at = s;
            break;
        }
        if (s->until_us < at->until_us)
            at = s;
    }
    if (is_silent_now)
        *at = (silent){.who = *who, .until_us = now_us + N2_NAME_SILENT_US};
    else if (n2_id_equal(&at->who, who))
        *at = (silent){0};
}

/* ---- whom to ask ---- */

static void
add(walk *w, const n2_id *who)
{
    for (size_t i = 0; i < w->n_servers; i++)
        if (n2_id_equal(&w->servers[i], who))
            return;
    if (w->n_servers < N2_LOOKUP_SERVERS_MAX)
        w->servers[w->n_servers++] = *who;
}

/* Near ones first, those that were silent last. */
static void
gather(n2_resolver *r, walk *w, uint64_t now_us)
{
    w->n_servers = w->server = 0;
    w->are_gathered = true;
    if (n2_id_is_set(&w->only)) {
        add(w, &w->only);
        return;
    }
    for (int silent_ones = 0; silent_ones <= 1; silent_ones++) {
        for (size_t i = 0; w->hops && i < r->n_caches; i++)
            if (is_silent(r, &r->caches[i], now_us) == silent_ones)
                add(w, &r->caches[i]);
        for (size_t i = 0; i < w->n_named; i++)
            if (is_silent(r, &w->named[i], now_us) == silent_ones)
                add(w, &w->named[i]);
        if (is_silent(r, &w->zone, now_us) == silent_ones)
            add(w, &w->zone);
    }
}

/* The same question that another look-up waits for. */
static walk *
twin_of(n2_resolver *r, const walk *w)
{
    for (size_t i = 0; i < N2_LOOKUPS_MAX; i++) {
        walk *other = &r->walks[i];

        if (other != w && (other->state == WALK_ASKS || other->state == WALK_WAITS) &&
            other->wants_statements == w->wants_statements && other->hops == w->hops &&
            n2_id_equal(&other->zone, &w->zone) &&
            n2_id_equal(&other->servers[other->server - 1], &w->servers[w->server - 1]) &&
            other->left == w->left && !memcmp(other->name, w->name, w->left))
            return other;
    }
    return NULL;
}

bool
n2_walk_ask(n2_resolver *r, walk *w, uint64_t now_us)
{
    if (!w->are_gathered)
        gather(r, w, now_us);
    if (w->server == w->n_servers)
        return false;
    w->server++;

    const walk *twin = twin_of(r, w);

    if (twin) {
        w->question = twin->question;
        w->state = WALK_JOINED;
        return true;
    }
    if (!++r->last_question)
        ++r->last_question;
    w->question = r->last_question;
    w->deadline_us = now_us + (w->hops && n2_resolver_is_near(r, &w->servers[w->server - 1])
                                   ? N2_LOOKUP_ON_US
                                   : N2_LOOKUP_WAIT_US);
    w->state = WALK_ASKS;
    r->counts.n_asked++;
    return true;
}

/* ---- for others ---- */

size_t
n2_resolve_known(n2_resolver *resolver,
                 const n2_id *zone,
                 const char *labels,
                 uint64_t floor,
                 n2_answer_step steps[static N2_NAME_STEPS_MAX],
                 n2_id zones[static N2_NAME_STEPS_MAX],
                 bool *is_whole,
                 uint64_t now_us,
                 int64_t wall_us)
{
    size_t left = strlen(labels), n = 0;
    n2_id at = *zone;
    char label[N2_LABEL_BYTES_MAX + 1];
    n2_head_seen two[2];

    *is_whole = false;
    while (n < N2_NAME_STEPS_MAX && n2_label_take(labels, &left, label) &&
           !n2_zone_seen_fraud(resolver->seen, &at, two)) {
        n2_answer_step own = {0};
        n2_zone_told answer;
        n2_resolve_why why;
        const n2_id nobody = {0};

        uint64_t serial = resolver->calls.own_serial
                              ? resolver->calls.own_serial(resolver->calls.user, &at)
                              : 0;
        const n2_kept_word *k =
            serial ? n2_name_cache_get(resolver->cache, &at, label, false, now_us) : NULL;
        bool is_fresh = k && k->word.serial == serial;

        /* Of the head that is served: no age counts.  Else it comes by the cache, which holds
         * it until something else changes that. */
        if (!is_fresh && resolver->calls.own &&
            !resolver->calls.own(resolver->calls.user, &at, label, &own.answer))
            (void)n2_resolver_take(resolver, &answer, &at, label, &own, &nobody, &why, now_us,
                                   wall_us);
        if (!is_fresh)
            k = n2_name_cache_get(resolver->cache, &at, label, own.answer.len > 0, now_us);

        if (!k || (!n && k->word.serial < floor))
            break;
        zones[n] = at;
        steps[n] =
            (n2_answer_step){.answer = {k->word.bytes, k->word.len},
                             .age_s = is_fresh ? 0 : (now_us - k->got_us) / N2_SECOND_US};
        n++;
        at = k->word.below;
        *is_whole = !k->word.is_there || !left || !n2_id_is_set(&at);
        if (*is_whole)
            break;
    }
    return n;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * resolve-asker.h - one who looks names up in the world of resolve-world.h, step by step.
 */
#pragma once

#include "resolve-world.h"

enum {
    ROOT = 1, /* the zone of "demo" */
    VILLAGE = 2,
    CACHE = 3,
    SERVER = 4,
    ANNA = 10,
    BERT = 11
};

typedef struct {
    GRand *rand;
    n2_env env;
    n2_resolver *r;
    guint64 now_us;
    gint64 wall_us;
    bool is_known;
    guint n_asked;
    n2_err err; /* of the last look-up */
    n2_resolved got;
} world;

static inline void
set_up(world *w)
{
    n2_id root = id_of(ROOT);

    memset(w, 0, sizeof *w);
    w->rand = g_rand_new_with_seed(7);
    w->env = (n2_env){.user = w->rand, .random = random_cb};
    w->now_us = 1000 * SECOND;
    w->wall_us = TODAY;
    w->is_known = true;
    n2_resolver_calls calls = {.user = &w->is_known, .verify = verify};
    g_assert_cmpint(n2_resolver_new(&w->r, &w->env, &calls), ==, N2_OK);
    g_assert_cmpint(n2_roots_add(n2_resolver_roots(w->r), "demo", &root, NULL, 0), ==, N2_OK);
}

static inline void
tear_down(world *w)
{
    n2_resolver_free(w->r);
    g_rand_free(w->rand);
}

static inline void
pass(world *w, gint64 us)
{
    w->now_us += (guint64)us;
    w->wall_us += us;
    n2_resolver_expire(w->r, w->now_us, w->wall_us);
}

static inline n2_lookup
begin(world *w, const char *name)
{
    n2_lookup id = 0;

    w->err = n2_resolve_begin(w->r, name, w->now_us, w->wall_us, &id);
    return id;
}

/* The next question; it must be for @server. */
static inline n2_resolve_event
asked(world *w, guint8 server)
{
    n2_resolve_event e = n2_resolve_next(w->r);
    n2_id id = id_of(server);

    g_assert_cmpint(e.kind, ==, N2_RESOLVE_ASK);
    g_assert_true(n2_id_equal(&e.server, &id));
    w->n_asked++;
    return e;
}

static inline void
answer(world *w, n2_question q, const said *s, gsize n)
{
    n2_answer_step steps[8] = {0};

    for (gsize i = 0; i < n; i++)
        steps[i].answer = (n2_slice){(const guint8 *)&s[i], sizeof s[i]};
    n2_resolve_answer(w->r, q, steps, n, w->now_us, w->wall_us);
}

static inline const n2_resolved *
done(world *w)
{
    n2_resolve_event e = n2_resolve_next(w->r);

    g_assert_cmpint(e.kind, ==, N2_RESOLVE_DONE);
    w->got = *e.resolved;
    w->got.record = NULL;
    w->err = e.resolved->err;
    return &w->got;
}

static inline void
assert_is(const n2_resolved *r, guint8 who)
{
    n2_id id = id_of(who);

    g_assert_cmpint(r->err, ==, N2_OK);
    g_assert_cmpint(r->why, ==, N2_RESOLVED);
    g_assert_true(n2_id_equal(&r->who, &id));
}

static inline void
assert_nothing(world *w)
{
    g_assert_cmpint(n2_resolve_next(w->r).kind, ==, N2_RESOLVE_NOTHING);
}

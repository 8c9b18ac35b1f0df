/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-resolve.c - names through two levels of zones and near caches, over lines that lose: what
 *                 each asker comes to, and who had to be asked for it (T5).
 */
#include "resolve-world.h"

enum {
    ROOT = 1,
    VILLAGE = 10, /* the first of them */
    VILLAGES = 8,
    PEOPLE = 25, /* in each */
    CACHE = 100,
    CACHES = 3,
    ASKER = 200,
    ASKERS = 12,
    NODES_MAX = 256,
    LOOKUPS = 1500
};

typedef struct {
    guint8 id;
    n2_resolver *r; /* NULL: a zone's server */
    guint n_asked;  /* questions that came to it */
    gboolean is_liar;
} node;

/* Something on its way. */
typedef struct {
    guint64 at_us, order;
    guint8 from, to;
    gboolean is_answer, has_failed;
    n2_question question;
    n2_id zone;
    char labels[N2_NAME_BYTES_MAX + 1];
    guint hops;
    said steps[N2_NAME_STEPS_MAX];
    gsize n;
} message;

/* What a cache asks on for somebody. */
typedef struct {
    n2_lookup lookup;
    guint8 cache, asker;
    n2_question question;
    n2_id zone;
    char labels[N2_NAME_BYTES_MAX + 1];
} waiting;

typedef struct {
    GRand *rand;
    n2_env env;
    guint64 now_us, order;
    node nodes[NODES_MAX];
    GSequence *queue;
    GArray *waits;
    guint loss_in_1000, n_done, n_right, n_wrong, n_silent;
} sim;

static gint
compare(gconstpointer a, gconstpointer b, gpointer user)
{
    const message *one = a, *other = b;
    (void)user;

    if (one->at_us != other->at_us)
        return one->at_us < other->at_us ? -1 : 1;
    return one->order < other->order ? -1 : 1;
}

static gint64
wall(const sim *s)
{
    return TODAY + (gint64)s->now_us;
}

static void
post(sim *s, const message *m)
{
    message *copy = g_memdup2(m, sizeof *m);

    if (g_rand_int_range(s->rand, 0, 1000) < (gint)s->loss_in_1000) {
        g_free(copy);
        return;
    }
    copy->at_us = s->now_us + (guint64)g_rand_int_range(s->rand, 5000, 50000);
    copy->order = s->order++;
    g_sequence_insert_sorted(s->queue, copy, compare, NULL);
}

/* ---- what is true ---- */

static guint8
person(guint village, guint n)
{
    return (guint8)(30 + (village * 7 + n) % 60);
}

static said
truth(guint8 zone, const char *label)
{
    guint n = (guint)g_ascii_strtoull(label + 1, NULL, 10);

    if (zone == ROOT && *label == 'v' && n < VILLAGES)
        return say(ROOT, label, 0, (guint8)(VILLAGE + n), 5);
    if (zone != ROOT && *label == 'p' && n < PEOPLE)
        return say(zone, label, person(zone - VILLAGE, n), 0, 5);
    return say(zone, label, 0, 0, 5);
}

/* ---- nodes ---- */

static void
serve_zone(sim *s, const message *m)
{
    message answer = {.from = m->to, .to = m->from, .is_answer = TRUE, .question = m->question};
    size_t left = strlen(m->labels);
    char label[N2_LABEL_BYTES_MAX + 1];
    const char *dot = strrchr(m->labels, '.');

    g_strlcpy(label, dot ? dot + 1 : m->labels, sizeof label);
    g_assert_cmpuint(left, >, 0);
    answer.steps[answer.n++] = truth(m->to, label);
    post(s, &answer);
}

static void
serve_cache(sim *s, const message *m, gboolean asks_on)
{
    node *c = &s->nodes[m->to];
    message answer = {.from = m->to, .to = m->from, .is_answer = TRUE, .question = m->question};
    n2_answer_step steps[N2_NAME_STEPS_MAX];
    n2_id zones[N2_NAME_STEPS_MAX];
    bool is_whole;
    gsize n = n2_resolve_known(c->r, &m->zone, m->labels, 0, steps, zones, &is_whole, s->now_us,
                               wall(s));

    if (!is_whole && m->hops && asks_on) {
        waiting w = {
            .cache = m->to, .asker = m->from, .question = m->question, .zone = m->zone};

        g_strlcpy(w.labels, m->labels, sizeof w.labels);
        if (!n2_resolve_begin_at(c->r, &m->zone, m->labels, m->hops - 1, s->now_us, wall(s),
                                 &w.lookup)) {
            g_array_append_val(s->waits, w);
            return;
        }
    }
    for (gsize i = 0; i < n; i++) {
        memcpy(&answer.steps[i], steps[i].answer.bytes, sizeof answer.steps[i]);
        if (c->is_liar && g_rand_boolean(s->rand))
            answer.steps[i].who = id_of(99); /* which nobody has signed */
    }
    answer.n = n;
    answer.has_failed = !n;
    post(s, &answer);
}

static void
tell(sim *s, node *who, const n2_resolve_event *e)
{
    for (guint i = 0; i < s->waits->len; i++) {
        waiting w = g_array_index(s->waits, waiting, i);

        if (w.cache != who->id || w.lookup != e->lookup)
            continue;
        message m = {.from = w.asker, .to = w.cache, .question = w.question, .zone = w.zone};
        g_strlcpy(m.labels, w.labels, sizeof m.labels);
        g_array_remove_index_fast(s->waits, i);
        serve_cache(s, &m, FALSE);
        return;
    }
    s->n_done++;
    const n2_resolved *r = e->resolved;
    if (r->why == N2_RESOLVE_SILENT || r->why == N2_RESOLVE_FORGED) {
        s->n_silent++;
        return;
    }
    /* Whatever came to an end came to the truth. */
    const n2_resolve_step *last = &r->steps[r->n_steps - 1];
    said right = truth(last->zone.hash[0], last->label);
    if (r->err ? right.is_there : !n2_id_equal(&r->who, &right.who))
        s->n_wrong++;
    else
        s->n_right++;
}

static void
pump(sim *s, node *n)
{
    for (;;) {
        n2_resolve_event e = n2_resolve_next(n->r);

        if (e.kind == N2_RESOLVE_NOTHING)
            return;
        if (e.kind == N2_RESOLVE_DONE) {
            tell(s, n, &e);
            continue;
        }
        message m = {.from = n->id,
                     .to = e.server.hash[0],
                     .question = e.question,
                     .zone = e.zone,
                     .hops = e.hops};
        g_strlcpy(m.labels, e.labels, sizeof m.labels);
        post(s, &m);
    }
}

static void
arrive(sim *s, const message *m)
{
    node *to = &s->nodes[m->to];

    if (!m->is_answer) {
        to->n_asked++;
        if (to->r)
            serve_cache(s, m, TRUE);
        else
            serve_zone(s, m);
    } else if (m->has_failed) {
        n2_resolve_failed(to->r, m->question, N2_ERR_NOTFOUND, s->now_us, wall(s));
    } else {
        n2_answer_step steps[N2_NAME_STEPS_MAX] = {0};

        for (gsize i = 0; i < m->n; i++)
            steps[i].answer = (n2_slice){(const guint8 *)&m->steps[i], sizeof m->steps[i]};
        n2_resolve_answer(to->r, m->question, steps, m->n, s->now_us, wall(s));
    }
    if (to->r)
        pump(s, to);
}

/* Goes on until nothing is under way, or until @until_us. */
static void
run(sim *s, guint64 until_us)
{
    for (;;) {
        GSequenceIter *first = g_sequence_get_begin_iter(s->queue);
        const message *m = g_sequence_iter_is_end(first) ? NULL : g_sequence_get(first);
        guint64 at_us = m ? m->at_us : UINT64_MAX;
        node *next = NULL;

        for (guint i = 0; i < NODES_MAX; i++)
            if (s->nodes[i].r && n2_resolver_deadline(s->nodes[i].r) < at_us) {
                next = &s->nodes[i];
                at_us = n2_resolver_deadline(next->r);
            }
        if (at_us > until_us || (!m && !next)) {
            if (until_us != UINT64_MAX)
                s->now_us = until_us;
            return;
        }
        s->now_us = at_us;
        if (next) {
            n2_resolver_expire(next->r, s->now_us, wall(s));
            pump(s, next);
            continue;
        }
        message copy = *m;
        g_sequence_remove(first);
        arrive(s, &copy);
    }
}

static node *
add_node(sim *s, guint8 id, const n2_id *near)
{
    node *n = &s->nodes[id];
    n2_resolver_calls calls = {.verify = verify};
    n2_id root = id_of(ROOT);

    n->id = id;
    g_assert_cmpint(n2_resolver_new(&n->r, &s->env, &calls), ==, N2_OK);
    g_assert_cmpint(n2_roots_add(n2_resolver_roots(n->r), "demo", &root, NULL, 0), ==, N2_OK);
    if (near)
        n2_resolver_caches(n->r, near, 1);
    return n;
}

static void
set_up(sim *s, guint32 seed, guint loss_in_1000)
{
    memset(s, 0, sizeof *s);
    s->rand = g_rand_new_with_seed(seed);
    s->env = (n2_env){.user = s->rand, .random = random_cb};
    s->queue = g_sequence_new(g_free);
    s->waits = g_array_new(FALSE, FALSE, sizeof(waiting));
    s->loss_in_1000 = loss_in_1000;
    for (guint8 i = 0; i < CACHES; i++)
        (void)add_node(s, CACHE + i, NULL);
    for (guint8 i = 0; i < ASKERS; i++) {
        n2_id near = id_of(CACHE + i % CACHES);

        (void)add_node(s, ASKER + i, &near);
    }
}

static void
tear_down(sim *s)
{
    for (guint i = 0; i < NODES_MAX; i++)
        n2_resolver_free(s->nodes[i].r);
    g_sequence_free(s->queue);
    g_array_unref(s->waits);
    g_rand_free(s->rand);
}

static void
ask(sim *s, guint asker, const char *name)
{
    node *n = &s->nodes[ASKER + asker];
    n2_lookup id;

    g_assert_cmpint(n2_resolve_begin(n->r, name, s->now_us, wall(s), &id), ==, N2_OK);
    pump(s, n);
}

/* ---- what is shown ---- */

/* The first look-up goes through both levels of servers; the second, by a neighbour of the
 * first, is answered by the nearest cache, and no server hears of it. */
static void
test_nearest(void)
{
    sim s;

    set_up(&s, 1, 0);
    ask(&s, 0, "p3.v2.demo");
    run(&s, UINT64_MAX);
    g_assert_cmpuint(s.n_right, ==, 1);
    g_assert_cmpuint(s.nodes[ROOT].n_asked, ==, 1);
    g_assert_cmpuint(s.nodes[VILLAGE + 2].n_asked, ==, 1);
    ask(&s, CACHES, "p3.v2.demo"); /* the same cache */
    run(&s, UINT64_MAX);
    g_assert_cmpuint(s.n_right, ==, 2);
    g_assert_cmpuint(s.nodes[CACHE].n_asked, ==, 2);
    g_assert_cmpuint(s.nodes[ROOT].n_asked, ==, 1);
    g_assert_cmpuint(s.nodes[VILLAGE + 2].n_asked, ==, 1);
    ask(&s, 0, "p3.v2.demo"); /* its own */
    run(&s, UINT64_MAX);
    g_assert_cmpuint(s.nodes[CACHE].n_asked, ==, 2);
    tear_down(&s);
}

/* Many names, lines that lose one packet in thirty, a cache that lies: nobody comes to anything
 * but the truth, and the servers are asked no more than their names, times the caches, times
 * what was lost. */
static void
test_many(gconstpointer data)
{
    guint32 seed = GPOINTER_TO_UINT(data);
    sim s;

    set_up(&s, seed, 30);
    s.nodes[CACHE + 1].is_liar = TRUE;
    for (guint i = 0; i < LOOKUPS; i++) {
        guint v = (guint)g_rand_int_range(s.rand, 0, VILLAGES + 1);
        guint p = (guint)g_rand_int_range(s.rand, 0, PEOPLE + 3);
        g_autofree char *name = g_strdup_printf("p%u.v%u.demo", p, v);

        ask(&s, (guint)g_rand_int_range(s.rand, 0, ASKERS), name);
        run(&s, s.now_us + 20000);
    }
    run(&s, UINT64_MAX);
    g_test_message("seed %u: %u right, %u without an answer; root asked %u times", seed,
                   s.n_right, s.n_silent, s.nodes[ROOT].n_asked);
    g_assert_cmpuint(s.n_done, ==, LOOKUPS);
    g_assert_cmpuint(s.n_wrong, ==, 0);
    g_assert_cmpuint(s.n_right, >=, LOOKUPS * 95 / 100);
    /* Askers behind the liar go to the root themselves. */
    g_assert_cmpuint(s.nodes[ROOT].n_asked, <, LOOKUPS / 4);
    for (guint i = 0; i < NODES_MAX; i++) {
        n2_name_cache_counts counts;

        if (!s.nodes[i].r)
            continue;
        n2_name_cache_counts_get(n2_resolver_cache(s.nodes[i].r), &counts);
        g_assert_cmpuint(counts.n, <=, VILLAGES + 1 + VILLAGES * (PEOPLE + 3));
    }
    tear_down(&s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/resolve/nearest", test_nearest);
    for (guint seed = 1; seed <= 20; seed++) {
        g_autofree char *path = g_strdup_printf("/sim/resolve/many/%u", seed);

        g_test_add_data_func(path, GUINT_TO_POINTER(seed), test_many);
    }
    return g_test_run();
}

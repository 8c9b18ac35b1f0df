/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dht-net.c - thousands of nodes of the DHT in virtual time.
 */
#include "dht-net.h"

#include <string.h>

enum {
    WALL_S = 1700000000
};

typedef enum {
    QUESTION,
    ANSWER,
    TICK
} event_kind;

typedef struct {
    guint64 at_us, order;
    event_kind kind;
    guint64 from, to; /* nodes: number in the array + 1, so that 0 is nobody */
    n2_dht_ask ask;
    guint8 value[16]; /* that is kept, or was found */
    gboolean has_value, is_kept;
    n2_dht_peer told[N2_DHT_K];
    gsize n_told;
} event;

static gint64
wall(const dht_net *net)
{
    return (gint64)WALL_S * 1000000 + (gint64)net->now_us;
}

/* ---- events: a heap ---- */

static gboolean
is_before(const event *a, const event *b)
{
    return a->at_us < b->at_us || (a->at_us == b->at_us && a->order < b->order);
}

static void
put(dht_net *net, event *e, guint64 at_us)
{
    guint at = net->heap->len;

    e->at_us = at_us;
    e->order = net->order++;
    g_ptr_array_add(net->heap, e);
    for (; at && is_before(e, net->heap->pdata[(at - 1) / 2]); at = (at - 1) / 2)
        net->heap->pdata[at] = net->heap->pdata[(at - 1) / 2];
    net->heap->pdata[at] = e;
}

static event *
take(dht_net *net)
{
    event *first = net->heap->pdata[0], *last = net->heap->pdata[--net->heap->len];
    guint at = 0, n = net->heap->len;

    if (!n)
        return first;
    while (2 * at + 1 < n) {
        guint child = 2 * at + 1;

        if (child + 1 < n && is_before(net->heap->pdata[child + 1], net->heap->pdata[child]))
            child++;
        if (!is_before(net->heap->pdata[child], last))
            break;
        net->heap->pdata[at] = net->heap->pdata[child];
        at = child;
    }
    net->heap->pdata[at] = last;
    return first;
}

static event *
event_new(event_kind kind, guint64 from, guint64 to)
{
    event *e = g_slice_new(event);

    e->kind = kind;
    e->from = from;
    e->to = to;
    e->n_told = 0;
    e->has_value = e->is_kept = FALSE;
    return e;
}

/* ---- nodes ---- */

static dht_node *
node_at(dht_net *net, guint64 node)
{
    return &g_array_index(net->nodes, dht_node, node - 1);
}

static guint64
delay(dht_net *net)
{
    return (guint64)g_rand_int_range(net->rand, 5000, 50000);
}

/* Sends what @node has to ask. */
static void
pump(dht_net *net, guint64 node)
{
    n2_dht_ask ask;

    while (node_at(net, node)->dht && n2_dht_next(node_at(net, node)->dht, &ask, net->now_us)) {
        event *e = event_new(QUESTION, node, ask.peer.node);

        net->n_messages++;
        e->ask = ask;
        if (ask.question == N2_DHT_ASK_KEEP)
            memcpy(e->value, ask.value.bytes, sizeof e->value);
        put(net, e, net->now_us + delay(net));
    }
}

static void
random_cb(void *user, void *buf, size_t len)
{
    GRand *rand = user;

    for (gsize i = 0; i < len; i++)
        ((guint8 *)buf)[i] = (guint8)g_rand_int(rand);
}

dht_net *
dht_net_new(guint seed, guint n_domains)
{
    dht_net *net = g_new0(dht_net, 1);

    net->nodes = g_array_new(FALSE, TRUE, sizeof(dht_node));
    net->keys = g_array_new(FALSE, TRUE, sizeof(dht_key));
    net->liars = g_array_new(FALSE, TRUE, sizeof(guint));
    net->heap = g_ptr_array_new();
    net->watched = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    net->rand = g_rand_new_with_seed(seed);
    net->n_domains = n_domains;
    net->n_parents = n_domains / 4 + 1;
    net->figures.hops = g_array_new(FALSE, FALSE, sizeof(guint));
    return net;
}

void
dht_net_free(dht_net *net)
{
    for (guint i = 0; i < net->heap->len; i++)
        g_slice_free(event, net->heap->pdata[i]);
    for (guint i = 0; i < net->nodes->len; i++)
        n2_dht_free(g_array_index(net->nodes, dht_node, i).dht);
    g_array_free(net->nodes, TRUE);
    g_array_free(net->keys, TRUE);
    g_array_free(net->liars, TRUE);
    g_array_free(net->figures.hops, TRUE);
    g_ptr_array_free(net->heap, TRUE);
    g_hash_table_destroy(net->watched);
    g_rand_free(net->rand);
    g_free(net);
}

guint
dht_net_join(dht_net *net, gint by, const guint8 *id, guint64 domain, guint64 parent)
{
    n2_env env = {.user = net->rand, .random = random_cb};
    dht_node node = {.dht = NULL};
    guint at = net->nodes->len;

    random_cb(net->rand, node.self.id, sizeof node.self.id);
    if (id)
        memcpy(node.self.id, id, sizeof node.self.id);
    node.self.node = at + 1;
    node.self.domain =
        domain ? domain : 1 + (guint64)g_rand_int_range(net->rand, 0, (gint)net->n_domains);
    node.self.parent = domain ? parent : 1 + node.self.domain % net->n_parents;
    g_assert_cmpint(n2_dht_new(&node.dht, &env, &node.self), ==, N2_OK);
    g_array_append_val(net->nodes, node);
    if (by >= 0)
        n2_dht_heard(node.dht, &node_at(net, (guint64)by + 1)->self, net->now_us);
    n2_dht_expire(node.dht, net->now_us, wall(net));
    pump(net, at + 1);
    put(net, event_new(TICK, at + 1, 0),
        net->now_us + (guint64)g_rand_int_range(net->rand, 1, 60000000));
    return at;
}

void
dht_net_kill(dht_net *net, guint node)
{
    dht_node *n = node_at(net, node + 1);

    n2_dht_free(n->dht);
    n->dht = NULL;
}

guint
dht_net_any(dht_net *net, guint from, guint to)
{
    guint at;

    do
        at = (guint)g_rand_int_range(net->rand, (gint)from, (gint)to);
    while (!node_at(net, at + 1)->dht || node_at(net, at + 1)->is_hostile);
    return at;
}

/* ---- values ---- */

static void
value_of(guint8 out[16], const dht_key *key)
{
    memcpy(out, key->key, 8);
    memcpy(out + 8, &key->serial, 8);
}

static void
announce(dht_net *net, dht_key *key)
{
    dht_node *n = node_at(net, key->owner + 1);
    guint8 bytes[16];
    n2_dht_value v = {.bytes = bytes, .len = sizeof bytes};

    if (!n->dht) {
        key->due_us = 0;
        return;
    }
    key->serial++;
    value_of(bytes, key);
    memcpy(v.key, key->key, sizeof v.key);
    v.serial = key->serial;
    v.until_us = wall(net) + (gint64)N2_HOUR_US;
    if (n2_dht_put(n->dht, &v, NULL) == N2_OK)
        pump(net, key->owner + 1);
    if (key->due_us)
        key->due_us = net->now_us + N2_DHT_AGAIN_US;
}

guint
dht_net_announce(dht_net *net, guint owner, gboolean is_again)
{
    dht_key key = {.owner = owner, .due_us = is_again};

    random_cb(net->rand, key.key, sizeof key.key);
    g_array_append_val(net->keys, key);
    announce(net, &g_array_index(net->keys, dht_key, net->keys->len - 1));
    return net->keys->len - 1;
}

/* ---- look-ups ---- */

void
dht_net_look(dht_net *net, guint from, guint key)
{
    guint64 job;
    gint64 *name = g_new(gint64, 1);

    net->figures.n++;
    if (n2_dht_find(node_at(net, from + 1)->dht, N2_DHT_ASK_VALUES,
                    g_array_index(net->keys, dht_key, key).key, &job) != N2_OK) {
        net->figures.n_ended++;
        g_free(name);
        return;
    }
    *name = (gint64)((guint64)(from + 1) << 40 | job);
    g_hash_table_insert(net->watched, name, GUINT_TO_POINTER(key + 1));
    pump(net, from + 1);
}

static void
ended(dht_net *net, guint64 node)
{
    n2_dht_end end;

    while (node_at(net, node)->dht && n2_dht_ended(node_at(net, node)->dht, &end)) {
        gint64 name = (gint64)(node << 40 | end.job);

        if (!g_hash_table_remove(net->watched, &name))
            continue;
        net->figures.n_ended++;
        net->figures.n_found += end.is_enough;
    }
}

static void
value_came(dht_net *net, const event *e)
{
    gint64 name = (gint64)(e->to << 40 | e->ask.job);
    guint key = GPOINTER_TO_UINT(g_hash_table_lookup(net->watched, &name));

    if (!key)
        return;
    if (memcmp(e->value, g_array_index(net->keys, dht_key, key - 1).key, 8) != 0) {
        net->figures.n_poisoned++;
        return;
    }
    g_array_append_val(net->figures.hops, e->ask.hop);
    n2_dht_enough(node_at(net, e->to)->dht, e->ask.job);
}

/* Those of the liars that are nearest. */
static void
lie(dht_net *net, event *answer)
{
    const n2_dht_peer *near[N2_DHT_K];
    gsize n = 0;

    for (guint i = 0; i < net->liars->len; i++) {
        const dht_node *liar = node_at(net, g_array_index(net->liars, guint, i) + 1);
        gsize at = n;

        if (!liar->dht || (n == N2_DHT_K && n2_dht_nearer(answer->ask.target, liar->self.id,
                                                          near[n - 1]->id) >= 0))
            continue;
        if (n < N2_DHT_K)
            n++;
        else
            at--;
        for (; at && n2_dht_nearer(answer->ask.target, liar->self.id, near[at - 1]->id) < 0;
             at--)
            near[at] = near[at - 1];
        near[at] = &liar->self;
    }
    for (gsize i = 0; i < n; i++)
        answer->told[i] = *near[i];
    answer->n_told = n;
    answer->has_value = net->is_poisoning;
    memset(answer->value, 0xee, sizeof answer->value);
    answer->is_kept = TRUE; /* it says */
}

static void
answer_honestly(dht_net *net, dht_node *node, const event *q, event *answer)
{
    n2_dht_value values[N2_DHT_ANSWER_VALUES], v = q->ask.value;

    if (q->ask.question == N2_DHT_ASK_KEEP) {
        v.bytes = q->value;
        answer->is_kept =
            n2_dht_values_keep(n2_dht_kept(node->dht), &node_at(net, q->from)->self, &v,
                               wall(net), net->now_us) == N2_OK;
        return;
    }
    answer->n_told = n2_dht_near(node->dht, q->ask.target, answer->told);
    if (q->ask.question == N2_DHT_ASK_VALUES &&
        n2_dht_values_get(n2_dht_kept(node->dht), q->ask.target, wall(net), net->order,
                          values)) {
        answer->has_value = TRUE;
        memcpy(answer->value, values[0].bytes, sizeof answer->value);
    }
}

static void
question(dht_net *net, const event *q)
{
    dht_node *node = node_at(net, q->to);
    event *answer;

    if (!node->dht) { /* nobody is there: he waits in vain */
        put(net, event_new(TICK, q->from, 1), q->at_us + N2_DHT_ASK_US);
        return;
    }
    answer = event_new(ANSWER, q->to, q->from);
    answer->ask = q->ask;
    n2_dht_heard(node->dht, &node_at(net, q->from)->self, net->now_us);
    if (node->is_hostile)
        lie(net, answer);
    else
        answer_honestly(net, node, q, answer);
    put(net, answer, net->now_us + delay(net));
}

static void
answered(dht_net *net, const event *e)
{
    dht_node *node = node_at(net, e->to);

    if (!node->dht)
        return;
    if (e->has_value)
        value_came(net, e);
    n2_dht_answered(node->dht, e->ask.number, e->told, e->n_told, e->is_kept, net->now_us);
    pump(net, e->to);
    ended(net, e->to);
}

static void
tick(dht_net *net, const event *e)
{
    dht_node *node = node_at(net, e->from);

    if (!node->dht)
        return;
    n2_dht_expire(node->dht, net->now_us, wall(net));
    pump(net, e->from);
    ended(net, e->from);
    if (!e->to) /* of its own, not because of somebody silent */
        put(net, event_new(TICK, e->from, 0), net->now_us + N2_DHT_TEND_US);
}

/* Somebody goes, and somebody else comes. */
static void
turn_over(dht_net *net)
{
    guint n_live = 0, by;

    for (guint i = 0; i < net->nodes->len; i++)
        n_live += g_array_index(net->nodes, dht_node, i).dht != NULL;
    dht_net_kill(net, dht_net_any(net, 0, net->nodes->len));
    by = dht_net_any(net, 0, net->nodes->len);
    dht_net_join(net, (gint)by, NULL, 0, 0);
    net->churn_us += (guint64)(60e6 / (net->churn * n_live));
}

void
dht_net_run(dht_net *net, guint64 us)
{
    guint64 end_us = net->now_us + us;

    while (net->heap->len && ((event *)net->heap->pdata[0])->at_us <= end_us) {
        event *e = take(net);

        net->now_us = e->at_us;
        if (e->kind == QUESTION)
            question(net, e);
        else if (e->kind == ANSWER)
            answered(net, e);
        else
            tick(net, e);
        g_slice_free(event, e);
        while (net->churn > 0 && net->churn_us <= net->now_us)
            turn_over(net);
        for (guint i = net->order % 64; i < net->keys->len; i += 64) { /* each one in time */
            dht_key *key = &g_array_index(net->keys, dht_key, i);

            if (key->due_us && key->due_us <= net->now_us)
                announce(net, key);
        }
    }
    net->now_us = end_us;
}

dht_figures
dht_net_figures(dht_net *net)
{
    for (guint i = 0; i < 120 && net->figures.n_ended < net->figures.n; i++)
        dht_net_run(net, N2_SECOND_US);
    dht_figures f = net->figures;

    net->figures = (dht_figures){.hops = g_array_new(FALSE, FALSE, sizeof(guint))};
    return f;
}

static gint
compare_cb(gconstpointer a, gconstpointer b)
{
    return (gint) * (const guint *)a - (gint) * (const guint *)b;
}

guint
dht_figures_median(const dht_figures *f)
{
    if (!f->hops->len)
        return G_MAXUINT;
    g_array_sort(f->hops, compare_cb);
    return g_array_index(f->hops, guint, f->hops->len / 2);
}

gdouble
dht_figures_success(const dht_figures *f)
{
    return f->n ? (gdouble)f->n_found / f->n : 0;
}

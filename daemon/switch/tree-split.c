/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tree-split.c - where two ways part: who sees it asks the switch there to hold an entry.
 */
#include "base/limits.h"
#include "switch/tree-private.h"
#include "wire/path.h"

bool
n2_trees_may_ask(n2_trees *trees, uint32_t in_port, uint64_t now_us)
{
    if (!n2_trees_need_ports(trees) &&
        n2_bucket_take(&trees->ports[in_port].asks, N2_TREE_PER_S, N2_TREE_BURST, now_us))
        return true;
    trees->refused_asks++;
    return false;
}

bool
n2_tree_may_ask(n2_trees *trees, const n2_tree_message *m)
{
    return n2_trees_may_ask(trees, m->in_port, m->now_us);
}

bool
n2_tree_may_pass(n2_trees *trees, const n2_tree_message *m)
{
    if (!m->in_port)
        return true;
    if (!n2_trees_need_ports(trees) &&
        n2_bucket_take(&trees->ports[m->in_port].passes, N2_TREE_PASS_PER_S, N2_TREE_BURST,
                       m->now_us))
        return true;
    trees->refused_asks++;
    return false;
}

static void
say_split(n2_trees *trees, n2_tree *t, const n2_way *way, unsigned bits, uint64_t now_us)
{
    const n2_cast ask = {.type = N2_CAST_TREE,
                         .kind = N2_CAST_SPLIT,
                         .is_for_hops = true,
                         .rank = t->rank,
                         .id = t->id,
                         .path = way->labels >> (64 - bits) << (64 - bits)};

    t->split_us = now_us;
    trees->splits++;
    n2_said_put(&trees->said, &ask);
}

/* Asks the last switch that branch @place shares with another to take both over. */
void
n2_tree_split(n2_trees *trees, uint16_t at, uint32_t place, uint64_t now_us)
{
    n2_tree *t = &trees->trees[at];
    n2_branch *b = &trees->branches[place];
    unsigned best = 0;

    if (now_us - t->split_us < N2_TREE_SPLIT_US)
        return;
    for (uint32_t p = n2_branch_head(trees, at, b->out_port); p; p = trees->branches[p].chain) {
        const n2_branch *other = &trees->branches[p];
        if (p == place || other->tree != at || other->out_port != b->out_port)
            continue;
        unsigned bits = n2_way_shared(&b->way, &other->way, b->n_splits);
        if (bits > best)
            best = bits;
    }
    b->n_splits = best ? b->n_splits + 1 : 0; /* in vain: from the far end again */
    if (best)
        say_split(trees, t, &b->way, best, now_us);
}

/* There is no room for one more by this port: the first switch that all share takes them over,
 * and whoever tries again finds it. */
void
n2_tree_split_near(n2_trees *trees, uint16_t at, const n2_tree_message *m)
{
    const n2_way way = {n2_path_answer(m->cast.path), m->cast.mask};
    n2_tree *t = &trees->trees[at];
    unsigned nearest = 0;

    if (m->now_us - t->split_us < N2_TREE_SPLIT_US)
        return;
    for (uint32_t p = n2_branch_head(trees, at, m->in_port); p; p = trees->branches[p].chain) {
        const n2_branch *other = &trees->branches[p];
        unsigned bits, skip = 0;
        if (other->tree != at || other->out_port != m->in_port)
            continue;
        while ((bits = n2_way_shared(&way, &other->way, skip++)))
            if (!nearest || bits < nearest)
                nearest = bits;
    }
    if (nearest)
        say_split(trees, t, &way, nearest, m->now_us);
}

/* May one more entry of this tree be made for who asks, @up_bits along @labels?  None if there
 * is one already that whoever joins through there finds.  Of as many as there may be, one that
 * nobody joined makes room: so who says split first keeps nobody else from it. */
static bool
is_one_more(n2_trees *trees, const n2_tree_message *m, uint64_t labels, unsigned up_bits)
{
    uint16_t at = n2_tree_find(trees, m->cast.id, N2_TREE_NONE);
    uint16_t idle = N2_TREE_NONE;
    unsigned n = 0;

    for (; at != N2_TREE_NONE; at = n2_tree_find(trees, m->cast.id, at)) {
        const n2_tree *t = &trees->trees[at];
        bool does = t->up_bits <= up_bits && !t->is_dissolving &&
                    n2_way_is_same(t->up_labels, labels, t->up_bits);
        if (t->is_root || does)
            return false;
        if (t->for_port != m->in_port)
            continue;
        n++;
        if (!t->n_branches) /* the last in the chain is the oldest */
            idle = at;
    }
    if (n < N2_TREE_SAME_MAX)
        return true;
    trees->refused_trees++;
    if (idle == N2_TREE_NONE)
        return false;
    n2_tree_say_leave(trees, &trees->trees[idle]);
    n2_tree_drop(trees, idle);
    return true;
}

/* Somebody nearer to the source has two branches through us.  What we believe of it is no more
 * than where it is: a join ends here only if it would have come there. */
void
n2_tree_on_split(n2_trees *trees, const n2_tree_message *m)
{
    unsigned used = n2_path_used(m->cast.path);
    unsigned theirs = (unsigned)__builtin_ctzll(m->cast.mask); /* width of its switch */
    uint64_t labels = n2_path_answer(m->cast.path);

    if (used < theirs + trees->width || used + N2_TREE_NUMBER_BITS > N2_PATH_BITS ||
        labels << (used - theirs) || m->cast.rank + used - theirs > N2_PATH_BITS ||
        !n2_tree_may_ask(trees, m) || !is_one_more(trees, m, labels, used - theirs))
        return;
    uint16_t at = n2_tree_make(trees, m->cast.id, m->in_port);
    if (at == N2_TREE_NONE)
        return;
    n2_tree *t = &trees->trees[at];
    t->upstream = t->upstream_was = m->cast.path;
    t->up_labels = labels;
    t->up_bits = (uint8_t)(used - theirs);
    t->rank = (uint8_t)(m->cast.rank + used - theirs);
    t->in_port = (uint16_t)m->in_port;
    t->hold_us = m->now_us + N2_TREE_IDLE_US;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tree-join.c - joins, leaves and their answers: how a tree grows, and shrinks to what it
 * needs.
 */
#include <string.h>

#include "base/limits.h"
#include "switch/tree-private.h"
#include "wire/path.h"

/* ---- towards the source ---------------------------------------------------------------------
 */

void
n2_tree_say_join(n2_trees *trees, n2_tree *t, uint64_t now_us)
{
    const n2_cast join = {.type = N2_CAST_TREE,
                          .kind = N2_CAST_JOIN,
                          .is_for_hops = true,
                          .number = t->number,
                          .rank = t->rank,
                          .taken = t->taken         ? t->taken
                                   : t->accepted_us ? n2_cast_token(t->nonce)
                                                    : 0,
                          .id = t->id,
                          .nonce = t->nonce,
                          .path = t->way};

    if (!t->way)
        return;
    t->asked_us = now_us;
    if (t->n_asked < UINT8_MAX)
        t->n_asked++;
    n2_said_put(&trees->said, &join);
}

void
n2_tree_say_leave(n2_trees *trees, const n2_tree *t)
{
    const n2_cast leave = {.type = N2_CAST_TREE,
                           .kind = N2_CAST_LEAVE,
                           .is_for_hops = true,
                           .number = t->number,
                           .id = t->id,
                           .nonce = t->nonce,
                           .path = t->way};

    if (t->way && !t->is_root && !t->is_dissolving)
        n2_said_put(&trees->said, &leave);
}

void
n2_tree_say_refuse(n2_trees *trees, const n2_tree *t, const n2_branch *b, n2_refuse why)
{
    const n2_cast refuse = {.type = N2_CAST_TREE,
                            .kind = N2_CAST_REFUSE,
                            .number = (uint16_t)why,
                            .id = t->id,
                            .nonce = b->nonce,
                            .mask = b->way.mask,
                            .path = b->way.labels};

    n2_said_put(&trees->said, &refuse);
}

/* The entry of the tree for a message on its way to the source: our own if it ends here, else
 * one whose upstream it would reach too; one that dissolves only if there is no other. */
static uint16_t
entry_for(const n2_trees *trees, const n2_tree_message *m)
{
    uint16_t at = n2_tree_find(trees, m->cast.id, N2_TREE_NONE), last = N2_TREE_NONE;

    for (; at != N2_TREE_NONE; at = n2_tree_find(trees, m->cast.id, at)) {
        const n2_tree *t = &trees->trees[at];
        bool is_on_way = t->is_root ? !m->out_port
                                    : m->out_port && m->out_port != m->in_port &&
                                          n2_way_is_same(t->up_labels, m->ahead, t->up_bits);
        if (is_on_way && !t->is_dissolving)
            return at;
        if (is_on_way)
            last = at;
    }
    return last;
}

/* Is it what we said ourselves, for an entry? */
static bool
is_our_own(const n2_tree_message *m)
{
    return !m->in_port && m->cast.number;
}

/* ---- branches -------------------------------------------------------------------------------
 */

static uint32_t
find_branch(const n2_trees *trees, uint16_t at, const n2_tree_message *m)
{
    uint64_t labels = n2_path_answer(m->cast.path);
    uint32_t place = n2_branch_head(trees, at, m->in_port);

    for (; place; place = trees->branches[place].chain) {
        const n2_branch *b = &trees->branches[place];
        if (b->tree == at && b->out_port == m->in_port && b->number == m->cast.number &&
            b->way.labels == labels && n2_way_bits(&b->way) == n2_path_used(m->cast.path))
            return place;
    }
    return 0;
}

static unsigned
count_branches(const n2_trees *trees, uint16_t at, uint32_t out_port)
{
    unsigned n = 0;

    for (uint32_t p = n2_branch_head(trees, at, out_port); p; p = trees->branches[p].chain)
        n += trees->branches[p].tree == at && trees->branches[p].out_port == out_port;
    return n;
}

/* The joiner stands for the branch with that nonce, if one of them lies on the other's way.
 * Returns: whether there is one. */
static bool
take_over(n2_trees *trees, uint16_t at, const n2_tree_message *m)
{
    const n2_way way = {n2_path_answer(m->cast.path), m->cast.mask};
    uint32_t place = n2_branch_head(trees, at, m->in_port);

    for (; place; place = trees->branches[place].chain) {
        const n2_branch *b = &trees->branches[place];
        if (b->tree == at && b->out_port == m->in_port &&
            n2_cast_token(b->nonce) == m->cast.taken &&
            (n2_way_passes(&b->way, &way) || n2_way_passes(&way, &b->way)))
            break;
    }
    if (place)
        n2_branch_drop(trees, place);
    return place;
}

/* Where its copies go, in @copy: along the way back, behind our own step, and there to the
 * number.  Copies are not stepped again, so what a virtual label hides is put in here.
 * Returns: false: the way back does not lead to where it came from, or there is no room. */
static bool
copy_path(const n2_trees *trees, const n2_tree_message *m, uint64_t *copy)
{
    unsigned bits = n2_path_used(m->cast.path);
    uint64_t path = n2_path_answer(m->cast.path);
    uint32_t out_port;

    if (m->cast.number)
        path |= (uint64_t)m->cast.number << (64 - bits - N2_TREE_NUMBER_BITS);
    (void)n2_path_step(&path, trees->width, 0, &out_port);
    if (trees->labels && *trees->labels) {
        n2_label_found found =
            n2_labels_in(*trees->labels, &path, N2_PATH_BITS, N2_PATH_USED_BITS, &out_port);
        if (found == N2_LABEL_NO_ROOM || found == N2_LABEL_NO_SERVER)
            return false;
    }
    if (out_port != m->in_port) /* a port that shows no way back */
        return false;
    *copy = path;
    return true;
}

/* Room for the number behind the labels: they travel together. */
static bool
is_near_enough(const n2_tree_message *m)
{
    return !m->cast.number || n2_path_used(m->cast.path) + N2_TREE_NUMBER_BITS <= N2_PATH_BITS;
}

static uint32_t
new_branch(n2_trees *trees, uint16_t at, const n2_tree_message *m)
{
    /* A switch takes others over, so there is room for as many of them. */
    unsigned max = m->cast.number ? 2 * N2_TREE_SAME_PORT_MAX : N2_TREE_SAME_PORT_MAX;

    uint64_t path;

    if (!is_near_enough(m) || count_branches(trees, at, m->in_port) >= max ||
        !copy_path(trees, m, &path)) {
        trees->refused_branches++;
        return 0;
    }
    uint32_t place = n2_branch_make(trees, at, m->in_port);
    if (!place)
        return 0;
    n2_branch *b = &trees->branches[place];
    b->way = (n2_way){n2_path_answer(m->cast.path), m->cast.mask};
    b->number = m->cast.number;
    b->path = path;
    return place;
}

/* ---- messages -------------------------------------------------------------------------------
 */

/* Tells our upstream of the next branch that it holds no more.  One at a time: so what is
 * lost is said again, and no flood of joins goes further than here. */
static void
tell_next(n2_trees *trees, n2_tree *t, uint64_t now_us)
{
    if (t->taken || !t->n_untold)
        return;
    for (uint32_t place = t->branches; place; place = trees->branches[place].next) {
        if (!trees->branches[place].taken)
            continue;
        t->taken = trees->branches[place].taken;
        t->n_asked = 0;
        n2_tree_say_join(trees, t, now_us);
        return;
    }
    t->n_untold = 0;
}

static void
say_accept(n2_trees *trees, const n2_tree *t, const n2_branch *b, uint32_t taken)
{
    const n2_cast accept = {.type = N2_CAST_TREE,
                            .kind = N2_CAST_ACCEPT,
                            .rank = t->rank,
                            .taken = taken,
                            .id = t->id,
                            .nonce = b->nonce,
                            .mask = b->way.mask,
                            .path = b->way.labels};

    n2_said_put(&trees->said, &accept);
}

/* It has heard, and so does the branch that waited for it. */
static void
was_told(n2_trees *trees, n2_tree *t)
{
    for (uint32_t place = t->taken ? t->branches : 0; place;
         place = trees->branches[place].next) {
        n2_branch *b = &trees->branches[place];
        if (b->taken == t->taken)
            b->taken = 0;
        if (place != t->waiting)
            continue;
        say_accept(trees, t, b, t->taken);
    }
    t->taken = t->waiting = 0;
}

/* Has nothing come for a while, and our upstream not said yet that there is nothing? */
static bool
is_in_doubt(const n2_tree *t)
{
    return t->n_silent >= N2_TREE_DOUBT_LOOKS && t->n_silent != N2_TREE_ANSWERED;
}

/* Is there somebody upstream, as far as we know?  If not, nobody is told so either. */
static bool
is_fed(const n2_tree *t)
{
    return t->is_root || (t->is_way_good && t->n_asked < N2_TREE_TRIES && !is_in_doubt(t));
}

/* The way that brought the last accept is kept until nobody answers by it, whatever ways
 * joiners say that they have: none of them ends what the others get.  Of ways that nobody
 * accepted yet each has its turn, and those of another port before the next of the same. */
static bool
may_try(const n2_tree *t, const n2_tree_message *m)
{
    bool is_same_port = t->tried_port == m->in_port;

    if (!t->way)
        return !t->asked_us || !is_same_port || m->now_us - t->asked_us >= N2_TREE_TRY_US;
    return t->n_asked >= (t->is_way_good ? N2_TREE_TRIES : is_same_port ? 3 : 2);
}

/* Our own join is due, or somebody further up has a branch that we stand for now.
 * @place: of who joins. */
static void
ask_upstream(n2_trees *trees, n2_tree *t, uint32_t place, const n2_tree_message *m)
{
    if (t->is_root)
        return;
    bool is_new = may_try(t, m);

    if (is_new) {
        t->way = m->ahead;
        t->tried = place;
        t->tried_port = (uint16_t)m->in_port;
        t->is_way_good = false;
        t->n_asked = 0;
    }
    tell_next(trees, t, m->now_us);
    uint64_t wait_us = is_in_doubt(t) ? N2_TREE_TRY_US : N2_TREE_UP_US;
    bool is_due = !t->n_asked && m->now_us - t->accepted_us >= wait_us &&
                  m->now_us - t->asked_us >= N2_TREE_TRY_US;
    if (is_new ? !t->n_asked : is_due)
        n2_tree_say_join(trees, t, m->now_us);
}

static void
add_untold(n2_tree *t)
{
    if (t->n_untold < UINT16_MAX)
        t->n_untold++;
}

/* An entry with one branch left lets the joins of that pass, to stand for it further up; when
 * the next one comes that has happened, and the entry is over. */
static n2_cast_fate
dissolve(n2_trees *trees, uint16_t at, n2_tree_message *m)
{
    n2_tree *t = &trees->trees[at];

    if (!t->is_dissolving)
        t->hold_us = m->now_us;
    t->is_dissolving = true;
    if (!find_branch(trees, at, m))
        return N2_CAST_PASSES;
    if (m->now_us - t->hold_us < N2_TREE_RENEW_US / 2)
        m->cast.taken = n2_cast_token(t->nonce);
    else
        n2_tree_drop(trees, at);
    return N2_CAST_PASSES;
}

static n2_cast_fate
refused(n2_trees *trees, const n2_tree_message *m, n2_refuse why)
{
    n2_cast a = n2_cast_answer(&m->cast, N2_CAST_REFUSE);

    a.number = (uint16_t)why;
    n2_said_put(&trees->said, &a);
    return N2_CAST_ENDS;
}

static n2_cast_fate
no_entry(n2_trees *trees, const n2_tree_message *m)
{
    if (m->out_port)
        return n2_tree_may_pass(trees, m) ? N2_CAST_PASSES : N2_CAST_ENDS;
    return n2_tree_may_ask(trees, m) ? refused(trees, m, N2_REFUSE_NONE) : N2_CAST_ENDS;
}

/* An entry joins only one that is nearer to the source, and none ever gets further from it; so
 * entries never stand in a ring, whatever ways joins come by (attack 1). */
static bool
is_farther(const n2_trees *trees, const n2_tree *t, const n2_tree_message *m)
{
    return !m->cast.number ||
           t->rank + n2_path_used(m->cast.path) - trees->width <= m->cast.rank;
}

static n2_cast_fate
no_room(n2_trees *trees, uint16_t at, const n2_tree_message *m)
{
    n2_tree_split_near(trees, at, m);
    if (!trees->trees[at].is_root) /* perhaps there is some further up */
        return N2_CAST_PASSES;
    return refused(trees, m, N2_REFUSE_FULL);
}

/* The joiner stands for a branch that we do not have, so somebody further up may.  A new branch
 * has no copies until that is told; one that has, is answered then. */
static bool
is_noted(n2_trees *trees, n2_tree *t, n2_branch *b, bool is_new, n2_tree_message *m)
{
    if (is_new) {
        /* Perhaps it was one itself, up there: this first, the other when it asks again. */
        b->taken = n2_cast_token(b->nonce);
        if (m->cast.taken != b->taken)
            m->cast.taken = 0;
        add_untold(t);
        return true;
    }
    if (!t->taken) {
        t->taken = m->cast.taken;
        t->waiting = (uint32_t)(b - trees->branches);
        t->n_asked = 0;
        n2_tree_say_join(trees, t, m->now_us);
    }
    return false;
}

/* A branch that renews itself, and not too often, is not counted: who asks a thousand times
 * behind the same port ends nothing that there is. */
static bool
is_renewal(const n2_trees *trees, uint16_t at, const n2_tree_message *m)
{
    uint32_t place = find_branch(trees, at, m);
    const n2_branch *b = place ? &trees->branches[place] : NULL;

    return b && b->nonce == m->cast.nonce &&
           m->now_us + N2_TREE_US - b->until_us >= N2_TREE_TRY_US / 2;
}

static n2_cast_fate
on_join(n2_trees *trees, n2_tree_message *m)
{
    uint16_t at = entry_for(trees, m);

    if (is_our_own(m))
        return N2_CAST_PASSES;
    if (at == N2_TREE_NONE)
        return no_entry(trees, m);
    if (!is_renewal(trees, at, m) && !n2_tree_may_ask(trees, m))
        return N2_CAST_ENDS;
    n2_tree *t = &trees->trees[at];
    if (t->is_dissolving)
        return dissolve(trees, at, m);
    if (!is_farther(trees, t, m))
        return t->is_root ? refused(trees, m, N2_REFUSE_OTHER) : N2_CAST_PASSES;
    uint32_t own = n2_cast_token(m->cast.nonce), taken = m->cast.taken;
    if (taken && taken != own && take_over(trees, at, m))
        taken = 0;
    uint32_t place = find_branch(trees, at, m);
    bool is_other = taken && taken != own;
    if (place && t->n_branches == 1 && !t->is_root && m->now_us >= t->hold_us && !is_other)
        return dissolve(trees, at, m);
    bool is_new = !place;
    if (is_new)
        place = new_branch(trees, at, m);
    else if (taken == own)
        taken = 0; /* it is here that it has been */
    if (place && !is_new && !copy_path(trees, m, &trees->branches[place].path))
        place = 0; /* what its label hides has changed */
    if (!place)
        return no_room(trees, at, m);
    n2_branch *b = &trees->branches[place];
    b->nonce = m->cast.nonce;
    b->way.mask = m->cast.mask;
    b->until_us = m->now_us + N2_TREE_US;
    trees->joins++;
    if (!t->asked_us && !t->is_root)
        t->hold_us = m->now_us + N2_TREE_US;
    if (taken && !t->is_root && !is_noted(trees, t, b, is_new, m))
        return N2_CAST_ENDS;
    if (is_fed(t)) /* else when we are */
        say_accept(trees, t, b, m->cast.taken);
    ask_upstream(trees, t, place, m);
    n2_tree_split(trees, at, place, m->now_us);
    return N2_CAST_ENDS;
}

static n2_cast_fate
on_leave(n2_trees *trees, const n2_tree_message *m)
{
    uint16_t at = entry_for(trees, m);

    if (is_our_own(m) || at == N2_TREE_NONE)
        return m->out_port && n2_tree_may_pass(trees, m) ? N2_CAST_PASSES : N2_CAST_ENDS;
    const n2_tree *t = &trees->trees[at];
    if (!n2_tree_may_ask(trees, m))
        return N2_CAST_ENDS;
    uint32_t place = find_branch(trees, at, m);
    if (!place || trees->branches[place].nonce != m->cast.nonce)
        return t->is_root ? N2_CAST_ENDS : N2_CAST_PASSES;
    bool is_passed_up = t->is_dissolving; /* whoever has it now is to hear of it too */
    n2_branch_drop(trees, place);
    if (!t->n_branches && !t->is_root) {
        n2_tree_say_leave(trees, t);
        n2_tree_drop(trees, at);
    }
    return is_passed_up ? N2_CAST_PASSES : N2_CAST_ENDS;
}

/* Who has us as a branch says so: it is our upstream from now on, if it lies on our way.  An
 * entry never gets further from the source, so entries never stand in a ring. */
static void
on_accept(n2_trees *trees, n2_tree *t, const n2_tree_message *m)
{
    unsigned used = n2_path_used(m->cast.path);
    uint64_t labels = n2_path_answer(m->cast.path);
    uint64_t below = m->cast.mask & ((UINT64_C(1) << used) - 1);

    if (m->cast.mask >> used != 1 || !below)
        return;
    unsigned bits = 63u - (unsigned)__builtin_clzll(below);
    if (labels << bits || !n2_way_is_same(labels, t->way, bits) ||
        m->cast.rank + bits > t->rank)
        return;
    /* Along one way the rank stays: then what the former one sent is still on its way. */
    bool is_same_way = m->cast.rank + bits == t->rank;
    t->upstream_was = is_same_way ? t->upstream : m->cast.path;
    t->upstream = m->cast.path;
    t->up_labels = labels;
    t->up_bits = (uint8_t)bits;
    t->rank = (uint8_t)(m->cast.rank + bits);
    t->in_port = (uint16_t)m->in_port;
    for (uint32_t place = is_fed(t) ? 0 : t->branches; place;
         place = trees->branches[place].next)
        say_accept(trees, t, &trees->branches[place], 0);
    t->accepted_us = m->now_us;
    t->is_way_good = true;
    if (is_in_doubt(t))
        t->n_silent = N2_TREE_ANSWERED;
    if (m->cast.taken != t->taken && t->taken)
        return; /* it has not heard the last one */
    t->n_asked = 0;
    was_told(trees, t);
    tell_next(trees, t, m->now_us);
}

/* Does who feeds us say that there is no tree any more?  By a way that he has not accepted yet
 * the word is about the way: it may end at him. */
static bool
is_end(const n2_tree *t, const n2_tree_message *m)
{
    return t->accepted_us && m->cast.path == t->upstream &&
           (m->cast.number == N2_REFUSE_ENDED ||
            (m->cast.number == N2_REFUSE_NONE && t->is_way_good && t->n_asked));
}

/* If it is not the end, whoever feeds us may do so all the same: it is the way that was
 * refused, and the next joiner's may be good.  If nobody ever did, whose way it was is told. */
static void
on_refuse(n2_trees *trees, uint16_t at, const n2_tree_message *m)
{
    n2_tree *t = &trees->trees[at];

    if (is_end(t, m)) {
        n2_tree_end(trees, at);
        return;
    }
    if (!t->n_asked || m->cast.number == N2_REFUSE_ENDED)
        return;
    t->way = 0;
    t->is_way_good = false;
    t->n_asked = 0;
    if (t->accepted_us || !t->tried)
        return;
    n2_tree_say_refuse(trees, t, &trees->branches[t->tried], (n2_refuse)m->cast.number);
    n2_branch_drop(trees, t->tried);
    if (!t->n_branches)
        n2_tree_drop(trees, at);
}

static n2_cast_fate
on_answer(n2_trees *trees, const n2_tree_message *m)
{
    uint16_t at = n2_tree_find(trees, m->cast.id, N2_TREE_NONE);

    while (at != N2_TREE_NONE &&
           (trees->trees[at].is_root || trees->trees[at].nonce != m->cast.nonce))
        at = n2_tree_find(trees, m->cast.id, at);
    if (at == N2_TREE_NONE)
        return N2_CAST_IS_OURS;
    if (m->cast.kind == N2_CAST_REFUSE)
        on_refuse(trees, at, m);
    else
        on_accept(trees, &trees->trees[at], m);
    return N2_CAST_ENDS;
}

n2_cast_fate
n2_trees_hop(n2_trees *trees,
             uint32_t in_port,
             uint32_t out_port,
             uint8_t *bytes,
             size_t len,
             uint64_t now_us)
{
    n2_tree_message m = {.in_port = in_port, .out_port = out_port, .now_us = now_us};
    n2_cast_fate fate = N2_CAST_ENDS;

    if (n2_cast_read(&m.cast, bytes, len) || m.cast.type != N2_CAST_TREE ||
        (m.cast.is_for_hops && n2_path_used(m.cast.path) < trees->width))
        return out_port ? N2_CAST_PASSES : N2_CAST_ENDS;
    if (!m.cast.is_for_hops && (m.cast.kind == N2_CAST_JOIN || m.cast.kind == N2_CAST_LEAVE))
        return out_port ? N2_CAST_PASSES : N2_CAST_ENDS; /* for the source itself */
    if (trees->due_us == UINT64_MAX)
        trees->due_us = now_us + N2_TREE_TRY_US;
    if (m.cast.is_for_hops)
        n2_cast_gather(&m.cast, trees->width);
    m.ahead = n2_cast_ahead(m.cast.path, trees->width, out_port);
    switch (m.cast.kind) {
    case N2_CAST_JOIN:
        fate = on_join(trees, &m);
        break;
    case N2_CAST_LEAVE:
        fate = on_leave(trees, &m);
        break;
    case N2_CAST_SPLIT:
        if (!out_port)
            n2_tree_on_split(trees, &m);
        else if (n2_tree_may_pass(trees, &m))
            fate = N2_CAST_PASSES;
        break;
    case N2_CAST_ACCEPT:
    case N2_CAST_REFUSE:
        return out_port ? N2_CAST_PASSES : on_answer(trees, &m);
    }
    if (fate == N2_CAST_PASSES)
        n2_cast_patch(bytes, &m.cast);
    return fate;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tree.c - the table of trees and branches, and the way of a packet through it.
 *
 * An entry's number is its index below four random bits that are never zero, so what is meant
 * for an entry that ended seldom finds another.
 */
#include "switch/tree.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "switch/tree-private.h"
#include "wire/path.h"

enum {
    INDEX_BITS = 12,
    ROOM_FIRST = 16,
    TREE_HEADS = N2_TREES_MAX,
    BRANCH_HEADS = 16384,
    WORDS_WAIT_US = 1000 /* for those that were said to leave */
};

static_assert(N2_TREES_MAX == 1 << INDEX_BITS, "an index has its bits in the number");
static_assert(sizeof(n2_branch) == 64, "as DESIGN.md says");
static_assert(sizeof(n2_tree) == 144, "as DESIGN.md says");

void
n2_trees_init(n2_trees *trees, const n2_env *env, unsigned width)
{
    *trees = (n2_trees){.env = *env, .width = (uint8_t)width};
    trees->due_us = UINT64_MAX;
}

void
n2_trees_clear(n2_trees *trees)
{
    free(trees->trees);
    free(trees->branches);
    free(trees->tree_heads);
    free(trees->branch_heads);
    free(trees->ports);
    *trees = (n2_trees){0};
}

size_t
n2_trees_bytes(const n2_trees *trees)
{
    return trees->trees_room * sizeof *trees->trees +
           trees->branches_room * sizeof *trees->branches +
           (trees->tree_heads ? TREE_HEADS * sizeof *trees->tree_heads : 0) +
           (trees->branch_heads ? BRANCH_HEADS * sizeof *trees->branch_heads : 0) +
           (trees->ports ? sizeof *trees->ports << trees->width : 0);
}

/* ---- room -----------------------------------------------------------------------------------
 */

n2_err
n2_trees_need_ports(n2_trees *trees)
{
    if (!trees->ports)
        trees->ports = calloc((size_t)1 << trees->width, sizeof *trees->ports);
    return trees->ports ? N2_OK : N2_ERR_NOMEM;
}

static n2_err
need_heads(n2_trees *trees)
{
    if (!trees->tree_heads) {
        n2_env_random(&trees->env, trees->key, sizeof trees->key);
        trees->tree_heads = malloc(TREE_HEADS * sizeof *trees->tree_heads);
        if (trees->tree_heads)
            memset(trees->tree_heads, 0xff, TREE_HEADS * sizeof *trees->tree_heads);
    }
    if (!trees->branch_heads)
        trees->branch_heads = calloc(BRANCH_HEADS, sizeof *trees->branch_heads);
    return trees->tree_heads && trees->branch_heads ? N2_OK : N2_ERR_NOMEM;
}

/* Twice as much room; false: it is all there may be, or there is no memory. */
static bool
grow_trees(n2_trees *trees)
{
    uint32_t room = trees->trees_room ? 2 * trees->trees_room : ROOM_FIRST;

    if (!trees->trees_room)
        trees->free_tree = N2_TREE_NONE;
    if (room > N2_TREES_MAX)
        return false;
    n2_tree *grown = realloc(trees->trees, room * sizeof *grown);
    if (!grown)
        return false;
    for (uint32_t at = room; at-- > trees->trees_room;) {
        grown[at] = (n2_tree){.chain = trees->free_tree};
        trees->free_tree = (uint16_t)at;
    }
    trees->trees = grown;
    trees->trees_room = room;
    return true;
}

static bool
grow_branches(n2_trees *trees)
{
    uint32_t room = trees->branches_room ? 2 * trees->branches_room : ROOM_FIRST;

    if (room > N2_TREE_BRANCHES_MAX)
        return false;
    n2_branch *grown = realloc(trees->branches, room * sizeof *grown);
    if (!grown)
        return false;
    for (uint32_t i = room; i-- > trees->branches_room;) {
        grown[i] = (n2_branch){.tree = N2_TREE_NONE, .chain = trees->free_branch};
        if (i) /* place 0 is none */
            trees->free_branch = i;
    }
    trees->branches = grown;
    trees->branches_room = room;
    return true;
}

/* ---- trees ----------------------------------------------------------------------------------
 */

/* Who joins chooses ids: keyed, so that none can be chosen for one chain. */
static uint64_t
hash_of(const n2_trees *trees, uint64_t a)
{
    uint64_t hash;

    (void)crypto_shorthash((uint8_t *)&hash, (const uint8_t *)&a, sizeof a,
                           (const uint8_t *)trees->key);
    return hash;
}

static uint16_t *
tree_head(const n2_trees *trees, uint64_t id)
{
    return &trees->tree_heads[hash_of(trees, id) % TREE_HEADS];
}

uint16_t
n2_tree_find(const n2_trees *trees, uint64_t id, uint16_t after)
{
    uint16_t at;

    if (!trees->tree_heads)
        return N2_TREE_NONE;
    for (at = after == N2_TREE_NONE ? *tree_head(trees, id) : trees->trees[after].chain;
         at != N2_TREE_NONE && (trees->trees[at].id != id || trees->trees[at].is_ended);
         at = trees->trees[at].chain)
        continue;
    return at;
}

/* Entries that nobody joined, or nobody does any more, oldest first: of one in-port. */
static void
idle_add(n2_trees *trees, uint16_t at)
{
    n2_tree *t = &trees->trees[at];
    n2_tree_port *port = &trees->ports[t->for_port];

    t->idle_next = 0;
    t->idle_before = port->idle_last;
    if (port->idle_last)
        trees->trees[port->idle_last - 1].idle_next = (uint16_t)(at + 1);
    else
        port->idle_first = (uint16_t)(at + 1);
    port->idle_last = (uint16_t)(at + 1);
}

static void
idle_remove(n2_trees *trees, uint16_t at)
{
    const n2_tree *t = &trees->trees[at];
    n2_tree_port *port = &trees->ports[t->for_port];

    if (t->idle_before)
        trees->trees[t->idle_before - 1].idle_next = t->idle_next;
    else
        port->idle_first = t->idle_next;
    if (t->idle_next)
        trees->trees[t->idle_next - 1].idle_before = t->idle_before;
    else
        port->idle_last = t->idle_before;
}

/* May it be one of those at all? */
static bool
can_be_idle(const n2_tree *t)
{
    return !t->is_root && !t->is_ended;
}

/* The oldest of them makes room for another by the same in-port. */
static bool
displace(n2_trees *trees, uint32_t for_port)
{
    uint16_t first = trees->ports[for_port].idle_first;

    if (!first)
        return false;
    trees->refused_trees++;
    n2_tree_say_leave(trees, &trees->trees[first - 1]);
    n2_tree_drop(trees, (uint16_t)(first - 1));
    return true;
}

static bool
has_room(n2_trees *trees, uint32_t for_port)
{
    if (trees->ports[for_port].n_trees >= N2_TREES_PER_PORT_MAX)
        return displace(trees, for_port);
    return trees->n_trees < trees->trees_room || grow_trees(trees) || displace(trees, for_port);
}

uint16_t
n2_tree_make(n2_trees *trees, uint64_t id, uint32_t for_port)
{
    uint8_t draw;

    if (need_heads(trees) || n2_trees_need_ports(trees) || !has_room(trees, for_port)) {
        trees->refused_trees++;
        return N2_TREE_NONE;
    }
    uint16_t at = trees->free_tree;
    uint16_t *head = tree_head(trees, id);
    n2_tree *t = &trees->trees[at];

    trees->free_tree = t->chain;
    n2_env_random(&trees->env, &draw, sizeof draw);
    *t = (n2_tree){.id = id,
                   .is_used = true,
                   .number = (uint16_t)((draw % 15 + 1) << INDEX_BITS | at),
                   .for_port = (uint16_t)for_port,
                   .chain = *head};
    do
        n2_env_random(&trees->env, &t->nonce, sizeof t->nonce);
    while (!n2_cast_token(t->nonce));
    *head = at;
    trees->n_trees++;
    trees->ports[for_port].n_trees++;
    idle_add(trees, at);
    return at;
}

void
n2_tree_drop(n2_trees *trees, uint16_t at)
{
    n2_tree *t = &trees->trees[at];
    uint16_t *link = tree_head(trees, t->id);

    while (t->branches)
        n2_branch_drop(trees, t->branches);
    while (*link != at)
        link = &trees->trees[*link].chain;
    *link = t->chain;
    if (can_be_idle(t))
        idle_remove(trees, at);
    trees->ports[t->for_port].n_trees--;
    trees->n_trees--;
    t->is_used = false;
    t->chain = trees->free_tree;
    trees->free_tree = at;
}

/* ---- branches -------------------------------------------------------------------------------
 */

static uint32_t *
branch_head(const n2_trees *trees, uint16_t at, uint32_t out_port)
{
    return &trees->branch_heads[hash_of(trees, (uint64_t)at << 16 | out_port) % BRANCH_HEADS];
}

uint32_t
n2_branch_head(const n2_trees *trees, uint16_t at, uint32_t out_port)
{
    return *branch_head(trees, at, out_port);
}

uint32_t
n2_branch_make(n2_trees *trees, uint16_t at, uint32_t out_port)
{
    if (trees->ports[out_port].n_branches >= N2_TREE_BRANCHES_PER_PORT_MAX ||
        (!trees->free_branch && !grow_branches(trees))) {
        trees->refused_branches++;
        return 0;
    }
    uint32_t place = trees->free_branch, *head = branch_head(trees, at, out_port);
    n2_tree *t = &trees->trees[at];

    trees->free_branch = trees->branches[place].chain;
    trees->branches[place] = (n2_branch){
        .tree = at, .out_port = (uint16_t)out_port, .next = t->branches, .chain = *head};
    if (t->branches)
        trees->branches[t->branches].before = place;
    t->branches = *head = place;
    if (!t->n_branches++ && can_be_idle(t))
        idle_remove(trees, at);
    trees->ports[out_port].n_branches++;
    trees->n_branches++;
    return place;
}

void
n2_branch_drop(n2_trees *trees, uint32_t place)
{
    n2_branch *b = &trees->branches[place];
    n2_tree *t = &trees->trees[b->tree];
    uint32_t *link = branch_head(trees, b->tree, b->out_port);

    while (*link != place)
        link = &trees->branches[*link].chain;
    *link = b->chain;
    if (b->before)
        trees->branches[b->before].next = b->next;
    else
        t->branches = b->next;
    if (b->next)
        trees->branches[b->next].before = b->before;
    if (t->tried == place)
        t->tried = 0;
    if (!--t->n_branches && can_be_idle(t))
        idle_add(trees, b->tree);
    trees->ports[b->out_port].n_branches--;
    trees->n_branches--;
    b->chain = trees->free_branch;
    b->tree = N2_TREE_NONE;
    trees->free_branch = place;
}

/* ---- packets --------------------------------------------------------------------------------
 */

bool
n2_trees_copies(n2_trees *trees, uint64_t path, n2_copies *copies)
{
    const uint64_t number_mask = UINT64_MAX << (64 - N2_TREE_NUMBER_BITS);
    uint16_t number = (uint16_t)(path >> (64 - N2_TREE_NUMBER_BITS));
    uint32_t at = number & ((1u << INDEX_BITS) - 1);

    if (at >= trees->trees_room)
        return false;
    n2_tree *t = &trees->trees[at];
    if (!t->is_used || t->is_ended || t->number != number)
        return false;
    path &= ~number_mask;
    if (path != t->upstream && path != t->upstream_was) {
        t->refused++;
        return false;
    }
    t->packets++;
    *copies = (n2_copies){.branches = trees->branches, .next = t->branches};
    return true;
}

/* ---- our own --------------------------------------------------------------------------------
 */

static uint16_t
find_root(const n2_trees *trees, uint64_t id)
{
    uint16_t at = n2_tree_find(trees, id, N2_TREE_NONE);

    while (at != N2_TREE_NONE && !trees->trees[at].is_root)
        at = n2_tree_find(trees, id, at);
    return at;
}

n2_err
n2_trees_open(n2_trees *trees, uint64_t id, uint16_t *number)
{
    if (find_root(trees, id) != N2_TREE_NONE)
        return N2_ERR_EXISTS;
    uint16_t at = n2_tree_make(trees, id, 0);
    if (at == N2_TREE_NONE)
        return N2_ERR_LIMIT;
    n2_tree *t = &trees->trees[at];
    t->is_root = true;
    idle_remove(trees, at);
    t->upstream = t->upstream_was = trees->width; /* by port 0 */
    *number = t->number;
    return N2_OK;
}

void
n2_trees_close(n2_trees *trees, uint64_t id)
{
    uint16_t at = find_root(trees, id);

    if (at != N2_TREE_NONE)
        n2_tree_end(trees, at);
}

uint16_t
n2_trees_number(const n2_trees *trees, uint64_t id)
{
    uint16_t at = find_root(trees, id);

    return at == N2_TREE_NONE ? 0 : trees->trees[at].number;
}

/* ---- what ends ------------------------------------------------------------------------------
 */

void
n2_tree_end(n2_trees *trees, uint16_t at)
{
    n2_tree *t = &trees->trees[at];

    if (!t->n_branches) {
        n2_tree_drop(trees, at);
        return;
    }
    t->is_root = false;
    t->is_ended = true;
    t->idle_next = trees->ending;
    trees->ending = (uint16_t)(at + 1);
}

/* Tells as many branches of the first that has ended as there is room for words. */
static void
tell_end(n2_trees *trees)
{
    uint16_t at = (uint16_t)(trees->ending - 1);
    n2_tree *t = &trees->trees[at];

    while (t->branches && trees->said.n < N2_SAID_MAX) {
        n2_tree_say_refuse(trees, t, &trees->branches[t->branches], N2_REFUSE_ENDED);
        n2_branch_drop(trees, t->branches);
    }
    if (t->branches)
        return;
    trees->ending = t->idle_next;
    n2_tree_drop(trees, at);
}

bool
n2_trees_said(n2_trees *trees, uint8_t out[static N2_CAST_BYTES])
{
    while (trees->ending && !trees->said.n)
        tell_end(trees);
    return n2_said_take(&trees->said, out);
}

uint64_t
n2_trees_deadline(const n2_trees *trees)
{
    return trees->n_trees ? trees->due_us : UINT64_MAX;
}

/* Has everything that @t was for ended? */
static bool
is_over(const n2_tree *t, uint64_t now_us)
{
    if (t->is_root)
        return false;
    if (!t->n_branches)
        return now_us >= t->hold_us;
    return t->asked_us && now_us > t->hold_us && now_us - t->accepted_us > N2_TREE_US;
}

static void
expire_branches(n2_trees *trees, uint64_t now_us)
{
    for (uint32_t place = 1; place < trees->branches_room; place++)
        if (trees->branches[place].tree != N2_TREE_NONE &&
            now_us >= trees->branches[place].until_us)
            n2_branch_drop(trees, place);
}

static void
look_for_packets(n2_tree *t)
{
    bool came = t->packets_seen != (uint32_t)t->packets;

    t->packets_seen = (uint32_t)t->packets;
    if (came || !t->packets)
        t->n_silent = 0;
    else if (t->n_silent < N2_TREE_SILENT_LOOKS)
        t->n_silent++;
}

/* It came, and comes no more: perhaps our upstream has forgotten us.  Or it has not answered.
 */
static bool
is_to_ask(const n2_tree *t, uint64_t now_us)
{
    if (t->is_dissolving || t->n_asked >= N2_TREE_TRIES)
        return false;
    return t->n_asked ? now_us - t->asked_us >= N2_TREE_TRY_US
                      : t->n_silent == N2_TREE_SILENT_LOOKS;
}

void
n2_trees_expire(n2_trees *trees, uint64_t now_us)
{
    if (now_us < trees->due_us)
        return;
    if (now_us >= trees->branches_us) {
        trees->branches_us = now_us + 2 * N2_TREE_TRY_US;
        expire_branches(trees, now_us);
    }
    for (uint32_t at = trees->look_at; at < trees->trees_room; at++) {
        n2_tree *t = &trees->trees[at];
        if (!t->is_used || t->is_ended)
            continue;
        if (trees->said.n == N2_SAID_MAX) { /* none of them is to be lost */
            trees->look_at = at;
            trees->due_us = now_us + WORDS_WAIT_US;
            return;
        }
        look_for_packets(t);
        if (is_over(t, now_us)) {
            n2_tree_say_leave(trees, t);
            n2_tree_drop(trees, (uint16_t)at);
        } else if (is_to_ask(t, now_us)) {
            n2_tree_say_join(trees, t, now_us);
        }
    }
    trees->look_at = 0;
    trees->due_us = now_us + N2_TREE_LOOK_US;
}

void
n2_trees_port_down(n2_trees *trees, uint32_t port)
{
    for (uint32_t place = 1; place < trees->branches_room; place++)
        if (trees->branches[place].tree != N2_TREE_NONE &&
            trees->branches[place].out_port == port)
            n2_branch_drop(trees, place);
    for (uint32_t at = 0; at < trees->trees_room; at++) {
        const n2_tree *t = &trees->trees[at];
        if (t->is_used && can_be_idle(t) && t->in_port == port)
            n2_tree_drop(trees, (uint16_t)at);
    }
}

/* ---- what it shows --------------------------------------------------------------------------
 */

void
n2_trees_uses(const n2_trees *trees, n2_uses *uses)
{
    n2_uses_add(uses, "trees", trees->n_trees, N2_TREES_MAX, trees->refused_trees);
    n2_uses_add(uses, "tree_branches", trees->n_branches, N2_TREE_BRANCHES_MAX,
                trees->refused_branches);
    n2_uses_add(uses, "tree_per_s", N2_USE_NONE, N2_TREE_PER_S, trees->refused_asks);
}

void
n2_trees_look(const n2_trees *trees, n2_look *look, uint64_t now_us)
{
    for (uint32_t at = 0; at < trees->trees_room; at++) {
        const n2_tree *t = &trees->trees[at];
        n2_look_tree *row = t->is_used && !t->is_ended ? n2_look_add_trees(look) : NULL;
        if (!row)
            continue;
        uint64_t end_us =
            t->accepted_us + N2_TREE_US > t->hold_us ? t->accepted_us + N2_TREE_US : t->hold_us;
        *row = (n2_look_tree){
            .tree = t->id,
            .in_port = t->in_port,
            .n_branches = (uint16_t)(t->n_branches > UINT16_MAX ? UINT16_MAX : t->n_branches),
            .left_us = t->is_root || end_us < now_us ? 0 : end_us - now_us,
            .packets = t->packets,
            .refused = t->refused};
    }
}

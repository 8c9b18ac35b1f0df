/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tree.h - multicast: entries of the trees that branch in this switch.
 *
 * Layer:     switch (may include: base, wire, crypto).
 * Source:    net2o white paper, "Multicasting"; PROTOCOL.md, section "Multicast".
 * Invariant: only a switch that branches keeps an entry, and the source's own; others pass
 *            multicasts on as unicast and keep nothing.
 *
 * A join walks towards the source.  The first switch on its way that has an entry of the tree
 * takes it as a branch: the exact way back.  A switch with two branches that share whole
 * switches tells the last of those (SPLIT) to hold an entry; the next joins of both end there,
 * it joins in turn, and its own branch takes the place of theirs in one step, so nothing is
 * lost or doubled.  An entry that is down to one branch lets the joins of that pass, with
 * itself as what they take the place of.
 *
 * Whoever says SPLIT gets no branch by it: an entry takes only joins whose way to the source
 * leads through the one who said it, by the labels that honest switches wrote.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bucket.h"
#include "base/env.h"
#include "base/err.h"
#include "base/uses.h"
#include "switch/cast.h"
#include "switch/label.h"
#include "switch/look.h"

/** Where one copy goes: 64 bytes. */
struct n2_branch {
    uint64_t path; /* of the copy, behind our own step */
    n2_way way;
    uint64_t nonce;
    uint64_t until_us;
    uint32_t next, before; /* of the same tree; 0: none */
    uint32_t chain;        /* of the same tree and out-port, by hash */
    uint32_t taken; /* our upstream holds one of this nonce, and is to be told: no copy yet; 0:
                       none */
    uint16_t out_port;
    uint16_t number;  /* of the switch's entry there; 0: an end point */
    uint16_t tree;    /* index; 0xffff: this place is free */
    uint8_t n_splits; /* tries to have it taken over further down */
};

/** One tree: 144 bytes. */
typedef struct {
    uint64_t id;
    uint64_t upstream;              /* path word of what comes from the one rightful upstream */
    uint64_t upstream_was;          /* the one before it: what is still on its way */
    uint64_t up_labels;             /* its switch, as the way of a join through it begins */
    uint64_t way;                   /* towards the source, for joins of our own; 0: none yet */
    uint64_t nonce;                 /* of those */
    uint64_t asked_us, accepted_us; /* last join of our own, and answer; 0: none */
    uint64_t hold_us;               /* until then it may have fewer than two branches */
    uint64_t split_us;              /* last SPLIT said for it */
    uint64_t packets, refused;
    uint32_t branches; /* first; 0: none */
    uint32_t n_branches;
    uint16_t number;                 /* that a packet has behind our label 0 */
    uint16_t in_port;                /* towards the source */
    uint16_t for_port;               /* by which it was asked for: its quota */
    uint16_t chain;                  /* by id, or of free ones; 0xffff: none */
    uint16_t idle_next, idle_before; /* of those without branches by for_port, + 1; 0: none */
    uint32_t taken;                  /* in the join that is not answered yet */
    uint32_t waiting;                /* for that: place of a branch; 0: none */
    uint32_t packets_seen;           /* at the last look */
    uint32_t tried;                  /* whose way it is: place of a branch; 0: gone */
    uint16_t tried_port;             /* and his port */
    uint16_t n_untold;               /* branches with `taken`, 65535 at most */
    uint8_t rank;                    /* bits of way to the source; never grows */
    uint8_t up_bits;                 /* of up_labels */
    uint8_t n_asked;                 /* joins since the last answer */
    uint8_t n_silent;                /* looks in a row without a packet; N2_TREE_ANSWERED */
    bool is_used : 1, is_root : 1;
    bool is_dissolving : 1; /* its one branch goes elsewhere */
    bool is_way_good : 1;   /* an accept came by it */
    bool is_ended : 1;      /* its branches are told, then it is gone */
} n2_tree;

/** What one in-port may still take. */
typedef struct {
    n2_bucket asks, passes;
    uint32_t n_trees, n_branches;
    uint16_t idle_first, idle_last; /* of those without branches, + 1; 0: none */
} n2_tree_port;

/** All trees of a switch; nothing is allocated until somebody wants one. */
typedef struct {
    n2_env env;
    n2_labels *const *labels; /* of our switch (nullable); NULL in it: none */
    uint8_t width;
    n2_tree *trees;         /* owned (nullable) */
    n2_branch *branches;    /* owned (nullable); place 0 is never used */
    uint16_t *tree_heads;   /* owned: by id */
    uint32_t *branch_heads; /* owned: by tree and out-port */
    n2_tree_port *ports;    /* owned, 2^width */
    uint32_t trees_room, branches_room;
    uint32_t n_trees, n_branches; /* used */
    uint32_t free_branch;         /* free places by `chain`; 0: none */
    uint16_t free_tree;           /* the same; 0xffff: none */
    uint16_t ending;              /* first that has ended, + 1, by `idle_next`; 0: none */
    uint32_t look_at;             /* where the next look goes on: so many words waited */
    uint64_t key[2];              /* of the hashes */
    uint64_t due_us;              /* next look at what asks and ends, */
    uint64_t branches_us;         /* and at branches */
    uint64_t refused_trees, refused_branches, refused_asks;
    uint64_t joins, splits; /* taken as a branch or renewed; asked for */
    n2_said said;
} n2_trees;

/** @env: its user must outlive the trees. */
void n2_trees_init(n2_trees *trees, const n2_env *env, unsigned width);

/** May be called on cleared or zeroed trees. */
void n2_trees_clear(n2_trees *trees);

/**
 * Makes our own end point the source of tree @id.
 *
 * @number: (out): what packets for it have behind label 0 of this switch.
 *
 * Returns: N2_OK, N2_ERR_EXISTS, N2_ERR_LIMIT, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_trees_open(n2_trees *trees, uint64_t id, uint16_t *number);

/** Ends what n2_trees_open() began; those who joined are told, switch by switch. */
void n2_trees_close(n2_trees *trees, uint64_t id);

/** The number of our own tree @id, 0: there is none. */
uint16_t n2_trees_number(const n2_trees *trees, uint64_t id);

/** May one more message come from @in_port, by N2_TREE_PER_S?  Counted if not. */
bool n2_trees_may_ask(n2_trees *trees, uint32_t in_port, uint64_t now_us);

/**
 * Where a multicast packet goes.  The hot path: no allocation, no search.
 *
 * @path: as n2_switch_step() left it with N2_STEP_COPIES: the tree's number on top.
 *
 * Returns: false: no such tree, or not from its rightful upstream (attack 18).
 */
bool n2_trees_copies(n2_trees *trees, uint64_t path, n2_copies *copies);

/**
 * A message of type N2_CAST_TREE, which the switch has stepped: N2_STEP_HOP or _CONTROL.
 *
 * @out_port: where it goes; 0: it ends here.
 * @bytes:    changed if it passes.
 *
 * What we have to say meanwhile waits for n2_trees_said().
 */
n2_cast_fate n2_trees_hop(n2_trees *trees,
                          uint32_t in_port,
                          uint32_t out_port,
                          uint8_t *bytes,
                          size_t len,
                          uint64_t now_us);

/** Next message of ours, or false: good for n2_switch_step() from in-port 0. */
bool n2_trees_said(n2_trees *trees, uint8_t out[static N2_CAST_BYTES]);

/** When n2_trees_expire() wants to be called; UINT64_MAX: never. */
uint64_t n2_trees_deadline(const n2_trees *trees);
void n2_trees_expire(n2_trees *trees, uint64_t now_us);

/** The neighbour at @port is gone; somebody else may come there. */
void n2_trees_port_down(n2_trees *trees, uint32_t port);

void n2_trees_uses(const n2_trees *trees, n2_uses *uses);
void n2_trees_look(const n2_trees *trees, n2_look *look, uint64_t now_us);

/** Bytes allocated. */
size_t n2_trees_bytes(const n2_trees *trees);

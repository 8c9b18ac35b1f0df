/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tree-private.h - what the table of trees offers to the part that talks about them.
 *
 * Layer: switch (may include: base, wire, crypto).  For tree.c and tree-join.c alone.
 */
#pragma once

#include "switch/tree.h"

enum {
    N2_TREE_NONE = 0xffff,
    N2_TREE_NUMBER_BITS = 16,
    N2_TREE_DOUBT_LOOKS = 4,     /* without a packet: nobody is accepted before we are */
    N2_TREE_SILENT_LOOKS = 6,    /* and then our upstream is asked */
    N2_TREE_ANSWERED = UINT8_MAX /* it has answered: there is nothing to send */
};

/** Next entry of tree @id; @after: N2_TREE_NONE: the first.  Its index, or N2_TREE_NONE. */
uint16_t n2_tree_find(const n2_trees *trees, uint64_t id, uint16_t after);

/**
 * A new entry without branches, counted for @for_port.
 *
 * Returns: its index; N2_TREE_NONE: no room, counted.
 */
uint16_t n2_tree_make(n2_trees *trees, uint64_t id, uint32_t for_port);

/** Ends the entry @at and its branches. */
void n2_tree_drop(n2_trees *trees, uint16_t at);

/** The tree of entry @at has ended: its branches are told, then the entry is gone. */
void n2_tree_end(n2_trees *trees, uint16_t at);

/** Branches of entry @at by @out_port, chained by `chain` with others: 0: none. */
uint32_t n2_branch_head(const n2_trees *trees, uint16_t at, uint32_t out_port);

/**
 * A new branch of entry @at by @out_port.
 *
 * Returns: its place; 0: no room in the table or for this port, counted.
 */
uint32_t n2_branch_make(n2_trees *trees, uint16_t at, uint32_t out_port);
void n2_branch_drop(n2_trees *trees, uint32_t place);

/** Memory for the ports, allocated when it is needed first. */
N2_MUST_USE n2_err n2_trees_need_ports(n2_trees *trees);

/** Tells @b, as @why says, that entry @t has no place for it. */
void n2_tree_say_refuse(n2_trees *trees, const n2_tree *t, const n2_branch *b, n2_refuse why);

/** Says that we leave tree @t, unless it is dissolving. */
void n2_tree_say_leave(n2_trees *trees, const n2_tree *t);

/** Joins towards the source for @t. */
void n2_tree_say_join(n2_trees *trees, n2_tree *t, uint64_t now_us);

/** A message here, and where it is going. */
typedef struct {
    uint32_t in_port, out_port;
    n2_cast cast;
    uint64_t ahead; /* from our own label on, as the packet came */
    uint64_t now_us;
} n2_tree_message;

/** May it come from its in-port, by N2_TREE_PER_S? */
bool n2_tree_may_ask(n2_trees *trees, const n2_tree_message *m);

/** May it go on, nothing of it being known here, by N2_TREE_PASS_PER_S? */
bool n2_tree_may_pass(n2_trees *trees, const n2_tree_message *m);

/* ---- tree-split.c ---- */

/** Asks the last switch that branch @place of entry @at shares with another to take both over.
 */
void n2_tree_split(n2_trees *trees, uint16_t at, uint32_t place, uint64_t now_us);

/** There is no room in entry @at for the joiner by its port: asks the first switch that all who
 *  go by it share. */
void n2_tree_split_near(n2_trees *trees, uint16_t at, const n2_tree_message *m);

/** A SPLIT that ends here. */
void n2_tree_on_split(n2_trees *trees, const n2_tree_message *m);

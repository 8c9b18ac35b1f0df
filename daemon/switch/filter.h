/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * filter.h - which packets may pass a switch, by rules about their route and their head.
 *
 * Layer:  switch (may include: base, wire).
 * Source: net2o white paper, "Switching" (firewall); requirements, T7.
 *
 * The first rule that a packet fits decides; if none does, the packet is allowed.  A set of
 * rules is loaded as a whole: either all of it counts from the next packet on, or nothing has
 * changed.
 *
 * Bounds: the rules that fit ports and head are found by three words of bits each (one for the
 *         in-port, one for the out-port, one for the head) laid one over the other, so the time
 *         does not grow with the rules; only those of them that speak of paths are then looked
 *         at one by one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "wire/path.h"

/** Bits of n2_filter_rule.heads, of each group one at least. */
enum {
    N2_FILTER_SIZES = 0x000f,   /* 1 << size code */
    N2_FILTER_MODES = 0x00f0,   /* 0x10 << n2_mode */
    N2_FILTER_CLASSES = 0x0f00, /* 0x100 << n2_class, as it came */
    N2_FILTER_SHORT = 0x1000,
    N2_FILTER_LONG = 0x2000, /* not sealed */
    N2_FILTER_SEALED = 0x4000,
    N2_FILTER_FORMS = 0x7000,
    N2_FILTER_ALL_HEADS = 0x7fff
};

/** The first labels of a way, as they were written; n = 0: any way. */
typedef struct {
    uint8_t n;
    uint8_t bits[N2_FILTER_HOPS_MAX];
    uint16_t ports[N2_FILTER_HOPS_MAX];
} n2_filter_way;

/** One rule; what it does not speak of is the widest there is. */
typedef struct {
    bool allows;
    uint16_t heads;          /* N2_FILTER_*: all of these that the packet may have */
    uint16_t in_lo, in_hi;   /* ports by which it came; 0 is the node itself */
    uint16_t out_lo, out_hi; /* ports by which it would leave, behind a virtual label too */
    n2_filter_way to;        /* its path as received begins with these labels, ours first */
    n2_filter_way from;      /* the way back to its sender begins so, behind our port */
} n2_filter_rule;

/** A rule with what was counted since it was loaded. */
typedef struct {
    n2_filter_rule rule;
    uint64_t packets, bytes;
} n2_filter_row;

typedef struct n2_filter n2_filter;

/** The rule that says nothing but yes or no. */
n2_filter_rule n2_filter_any(bool allows);

/**
 * Makes a set of rules; loading it is putting it into the place of another.
 *
 * @out:   (out) (transfer full).
 * @width: of the switch, 1..16.
 *
 * Returns: N2_OK, N2_ERR_LIMIT (more than N2_FILTER_RULES_MAX, a way of more than 58 bits),
 *          N2_ERR_USAGE (a range that ends before it begins or of ports that there are not, a
 *          group of heads without a bit, a label wider than it says), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_filter_new(n2_filter **out,
                                 unsigned width,
                                 const n2_filter_rule *rules,
                                 size_t n);

/** @filter: (transfer full) (nullable). */
void n2_filter_free(n2_filter *filter);

/**
 * May it pass?  Counts.  The hot path.
 *
 * @care: second byte of the packet, as it came; @path: the word as it came, 16 bits if @kind is
 *        of the short form.
 */
bool n2_filter_passes(n2_filter *filter,
                      uint32_t in_port,
                      uint32_t out_port,
                      uint8_t kind,
                      uint8_t care,
                      uint64_t path,
                      size_t len);

/** The rules in their order, and last one that counts what none of them was for; without a
 *  filter nothing is counted.  @filter: (nullable).
 *  Returns: how many rows there are. */
size_t n2_filter_rows(const n2_filter *filter, n2_filter_row *rows, size_t room);

/** Without that last one. */
size_t n2_filter_count(const n2_filter *filter);

/* ---- filter-text.c: rules as people write them ---- */

/**
 * Reads a set of rules: one a line, or with ; between them; # begins a comment.
 *
 *     allow | deny  [in PORT[-PORT]] [out PORT[-PORT]] [to PORT/BITS,...] [from PORT/BITS,...]
 *                   [form short,long,sealed] [mode unicast,multicast,broadcast,control]
 *                   [class urgent,high,default,low] [size 32,128,512,2048]
 *
 * @rules: N2_FILTER_RULES_MAX of room.
 * @line:  (out) on failure: of the first fault, from 1.
 *
 * Returns: N2_OK, N2_ERR_FORMAT (a word that is none of these, or at the wrong place),
 *          N2_ERR_USAGE (a number out of range), N2_ERR_LIMIT (too many rules, a path too
 *          long).
 */
N2_MUST_USE n2_err n2_filter_parse(const char *text,
                                   n2_filter_rule *rules,
                                   size_t *n,
                                   unsigned *line);

enum {
    N2_FILTER_LINE_BYTES = 512 /* one rule as text, and its NUL */
};

/** Writes one rule of a set that was made as it would be read. */
void n2_filter_format(char out[static N2_FILTER_LINE_BYTES], const n2_filter_rule *rule);

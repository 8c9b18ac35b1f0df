/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * label.h - virtual labels: one label of ours for a longer way that nobody outside sees, or for
 *           one of several servers.
 *
 * Layer:     switch (may include: base, wire).
 * Source:    net2o white paper, "Switching" (virtual routes); PROTOCOL.md, section "Virtual
 *            labels".
 * Invariant: a step uses up this switch's bits and gives none back, with a virtual label too,
 * so nothing circles however labels are set; the way back is touched only where what stands
 * there is exactly what the label hides.
 *
 *     in    label | 0000 | ahead ... | back    ->  hidden way | ahead ... | back, in-port
 *     out   ahead ... | back, hidden way mirrored   ->  ahead ... | back, 0000, label
 *
 * A label of kind WAY leads out by a port and hides the `bits` labels of the switches behind
 * it. The sender leaves as many zero bits behind it; at the end of a way they are there anyway.
 * A label of kind SPREAD leads to one of several labels of kind WAY, chosen by the packet's way
 * back, so that the same sender gets the same server, and when one is added or taken only
 * the share of that one changes.  What comes from the server shows the server's own label.
 * What comes in by a hidden port, by a way that no label hides, is shown with no way back at
 * all.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "switch/look.h"
#include "wire/path.h"

typedef enum {
    N2_LABEL_NONE,   /* label: what it stood for is forgotten */
    N2_LABEL_WAY,    /* label, port, hidden */
    N2_LABEL_SPREAD, /* label, n, members */
    N2_LABEL_HIDE,   /* port: what comes in by it and has no label shows no way back */
    N2_LABEL_SHOW    /* port: no longer */
} n2_label_kind;

/** What an operator orders, or gets told. */
typedef struct {
    uint8_t kind;    /* n2_label_kind */
    uint8_t n;       /* members */
    uint16_t label;  /* a port number of ours that no link has; not 0 */
    uint16_t port;   /* a port with a link, or without one now; no label; not 0 */
    n2_route hidden; /* labels of all switches behind @port, the last one's 0 too */
    uint64_t ends;   /* where each of them ends, to be shown: bit 64 - (bits up to there) */
    uint16_t members[N2_LABEL_SERVERS_MAX];
} n2_label;

/** The same with what was counted since it was set. */
typedef struct {
    n2_label label;
    uint64_t packets; /* that came in with it; WAY: also for a SPREAD that chose it */
    uint64_t refused; /* of them: no room for the hidden way, or no server */
    uint64_t answers; /* WAY: that went out with it */
    bool is_up;       /* WAY: there is a link at the port */
} n2_label_row;

typedef struct n2_labels n2_labels;

enum {
    N2_LABEL_BYTES = 64 /* that one takes, besides the tables that find it */
};

/**
 * @out:   (out) (transfer full).
 * @width: of the switch, 1..16.
 * @key:   random: so nobody knows beforehand which server will be whose.
 */
N2_MUST_USE n2_err n2_labels_new(n2_labels **out, unsigned width, uint64_t key);

/** @labels: (transfer full) (nullable). */
void n2_labels_free(n2_labels *labels);

/**
 * Follows one order; one that is refused changes nothing.  A label that there is gets its new
 * meaning, and its counters go on; one that is forgotten is taken out of all SPREADs.
 *
 * Returns: N2_OK
 *          N2_ERR_USAGE     a port or label that there is not; a label as a port or the other
 *                           way round; a member twice, or that is no label of kind WAY; a label
 *                           of kind WAY that is a member made into a SPREAD
 *          N2_ERR_LIMIT     N2_LABELS_MAX, or the hidden way is too long
 *          N2_ERR_EXISTS    another label stands for the same way
 *          N2_ERR_NOTFOUND  NONE: there is no such label
 *          N2_ERR_NOMEM
 */
N2_MUST_USE n2_err n2_labels_order(n2_labels *labels, const n2_label *order);

/** The link at @port came or went: a server behind it is chosen, or not.  All begin up. */
void n2_labels_link(n2_labels *labels, uint32_t port, bool is_up);

/** Is @port a label?  Then no link may have it.  @labels: (nullable). */
bool n2_labels_is_label(const n2_labels *labels, uint32_t port);

/**
 * The labels in order of their numbers, then the hidden ports.
 *
 * @rows: (nullable) room for @room of them.
 *
 * Returns: how many there are.
 */
size_t n2_labels_rows(const n2_labels *labels, n2_label_row *rows, size_t room);

/** Adds its rows.  @labels: (nullable). */
void n2_labels_look(const n2_labels *labels, n2_look *look);

size_t n2_labels_count(const n2_labels *labels);
uint64_t n2_labels_refused(const n2_labels *labels); /* orders, by N2_LABELS_MAX */

/* ---- label-text.c: orders as people write them ---- */

enum {
    N2_LABEL_TEXT_BYTES = 320 /* one order, and its NUL */
};

/**
 * Reads the next order; a line each, or with ; between them:
 *
 *     LABEL to PORT [PORT/BITS ...]    hides the switches behind that port
 *     LABEL any LABEL ...              spreads over these
 *     forget LABEL
 *     hide PORT,  show PORT
 *
 * @text: (inout) moves behind it, on failure too.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (no more), N2_ERR_FORMAT (a word at the wrong place),
 *          N2_ERR_USAGE (a number out of range), N2_ERR_LIMIT (N2_LABEL_SERVERS_MAX, or more
 *          than 58 bits).
 */
N2_MUST_USE n2_err n2_label_parse(const char **text, n2_label *out);

/** Writes one order as it would be read. */
void n2_label_format(char out[static N2_LABEL_TEXT_BYTES], const n2_label *label);

/* ---- the hot path: no loop over labels, no allocation ---- */

/**
 * On the way out: before the switch's own step on @word, a path of @label_bits labels and
 * @used_bits of count, of a packet that came in by @in_port.
 *
 * Returns: the in-port to write: the label, 0 (hidden), or @in_port.
 */
uint32_t n2_labels_out(n2_labels *labels,
                       uint64_t *word,
                       unsigned label_bits,
                       unsigned used_bits,
                       uint32_t in_port);

/** What n2_labels_in() found. */
typedef enum {
    N2_LABEL_IS_NONE,  /* an ordinary port */
    N2_LABEL_IS_TAKEN, /* *out_port and *word are what they were hidden for */
    N2_LABEL_NO_ROOM,  /* labels stand where the hidden way goes, or the path is used up */
    N2_LABEL_NO_SERVER /* a SPREAD without a member that is up */
} n2_label_found;

/** On the way in: after the step, which found @out_port; both untouched unless TAKEN. */
n2_label_found n2_labels_in(n2_labels *labels,
                            uint64_t *word,
                            unsigned label_bits,
                            unsigned used_bits,
                            uint32_t *out_port);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-gather.h - a tree brought here whole, folder by folder, what is short many at a time.
 *
 * Layer: node.  Included by control-private.h only, behind its types.
 * Order: breadth first: a folder before what is in it, siblings as their folder has them.
 */
#pragma once

/** Something of the tree. */
typedef struct {
    n2_ref ref;
    uint8_t type;   /* N2_ENTRY_* */
    unsigned reach; /* N2_CONTENT_CLOSED or 0 */
    uint32_t place; /* of its entry there */
    size_t folder;  /* number of the folder that it is in; SIZE_MAX: it is where we began */
    char *name;     /* (owned) (nullable) in that folder, if names are kept */
    int64_t modified_us; /* since 1970; 0: not said; if names are kept */
} n2_gather_item;

/* What is fetched ahead. */
typedef struct {
    n2_transfer transfer; /* 0: free */
    size_t end;           /* number behind the last that it brings */
} n2_gather_ahead;

typedef struct {
    n2_control *control;
    bool keeps_names;      /* and meets each folder as often as it is named */
    bool is_alone;         /* what is awaited is one content, and it is @at */
    n2_gather_item *items; /* (owned) */
    size_t n, room;
    size_t at;      /* the first that is not known to be here */
    size_t begun;   /* those before it are here, or were asked for */
    size_t n_walks; /* questions for many, so far */
    n2_gather_ahead ahead[N2_PIN_AHEAD];
} n2_gather;

/** Begins with what @j's walk has come to.  Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err
n2_gather_begin(n2_gather *g, n2_control *c, const job *j, bool is_folder, bool keeps_names);

/** Lets go of all that is being fetched. */
void n2_gather_clear(n2_gather *g);

/**
 * The next that is here.
 *
 * @out: (out): its number; SIZE_MAX: that was all.  Valid while @g is.
 *
 * Returns: N2_OK; N2_ERR_BUSY: it is on its way, and @j waits (AWAIT_GATHER); else why it
 *          cannot be had.
 */
N2_MUST_USE n2_err n2_gather_next(n2_gather *g, job *j, size_t *out);

/**
 * DONE of what @j waited for.
 *
 * Returns: N2_OK: go on with n2_gather_next(); else why it cannot be had.
 */
N2_MUST_USE n2_err n2_gather_event(n2_gather *g, const n2_fetch_event *event);

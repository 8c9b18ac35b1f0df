/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * served.h - one end point that serves an honest peer, and strangers at the same one: what the
 *            tests that fill its limits are played on.
 */
#pragma once

#include <glib.h>

#include "base/uses.h"
#include "puppet.h"

enum {
    SERVED_STRANGERS = 8,
    SERVED_BYTES = 64 * 1024, /* of a transfer */
    SERVED_UNIT = 512
};

typedef struct {
    puppet_host host;
    puppet honest, strangers[SERVED_STRANGERS];
    n2_conn conns[1 + SERVED_STRANGERS]; /* the honest one's first */
    unsigned at[SERVED_STRANGERS];       /* units of their command streams */
    uint8_t *source;                     /* SERVED_BYTES */
    unsigned number;
} served;

/** All connected; the pace to the honest one is found. */
served *served_new(void);
void served_clear(served *w);

/** The row @name. */
n2_use served_use(const served *w, const char *name);

/** Microseconds until the end point has written SERVED_BYTES to the honest peer and knows it.
 */
guint64 served_transfer(served *w);

/** What a test that fills a limit does, and expects. */
typedef struct {
    const char *limit;
    void (*fill)(served *w);
    gboolean fills;  /* `at` reaches the limit, too */
    gboolean once;   /* it can't be filled again */
    unsigned n_lost; /* strangers that are closed for it */
} served_row;

/** Fills it three times, with a transfer beside each, which takes as long as in peace; memory
 *  doesn't grow. */
void served_test_row(gconstpointer row);

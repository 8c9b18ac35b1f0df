/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-world.h - two nodes for tests of the control plane of the first: what its keys
 * process says by itself, and how its jobs end.
 */
#pragma once

#include <glib.h>

#include "keys/ask.h"
#include "two-nodes.h"

typedef struct {
    two_nodes *w;
    n2_control *c; /* of node 0 */
    char own[N2_ID_TEXT_BYTES];
} world;

static inline void
set_up(world *t, gconstpointer data)
{
    (void)data;
    t->w = two_nodes_new(7);
    t->c = t->w->node[0].control;
    n2_id_format(t->own, N2_ID_IDENTITY, &t->w->node[0].id);
}

static inline void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_free(t->w);
}

static inline void
say(world *t, const n2_keys_said *said)
{
    guint8 bytes[512];
    gsize len;

    assert_ok(n2_keys_said_write(said, bytes, sizeof bytes, &len));
    n2_control_key_answer(t->c, bytes, len, t->w->now_us, t->w->wall_us);
    two_nodes_drain(t->w);
}

static inline gint64
cell(const n2_notice *n, const char *name)
{
    const n2_cell *found = n2_table_get(n->table, 0, name);

    return found ? found->integer : -1;
}

static inline void
assert_ended(world *t, n2_job job, n2_err want)
{
    n2_notice done;

    two_nodes_drain(t->w);
    g_assert_true(two_nodes_notice(t->w, 0, job, N2_NOTICE_DONE, &done));
    g_assert_cmpstr(n2_err_name(done.err), ==, n2_err_name(want));
    g_assert_true(!want || (done.why && *done.why));
    n2_notice_clear(&done);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * status.h - what the node says of itself, as values for the start and the network view.
 *
 * Layer: app/model (no widgets).  As in place.h: filled once, then read only.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define N2_TYPE_LINE (n2_line_get_type())
G_DECLARE_FINAL_TYPE(N2Line, n2_line, N2, LINE, GObject)

/** A link to another node. */
struct _N2Line {
    GObject parent_instance;
    char *endpoint; /* "udp:HOST:PORT" */
    char *identity; /* (nullable) k1-... */
    gboolean is_up;
    gboolean is_opening;
    gboolean is_self; /* its endpoint is our own */
    gint64 rtt_us;    /* -1 unknown */
};

/** An empty line to fill (transfer full). */
N2Line *n2_line_new(void);

#define N2_TYPE_STATUS (n2_status_get_type())
G_DECLARE_FINAL_TYPE(N2Status, n2_status, N2, STATUS, GObject)

struct _N2Status {
    GObject parent_instance;
    char *identity;  /* (nullable) the default one, k1-... */
    char *version;   /* (nullable) */
    char *listeners; /* (nullable) comma-separated */
    guint64 uptime_s;
    guint n_connections;
    guint64 n_objects;
    guint64 stored_bytes;
    guint64 packets;             /* that crossed our switch */
    guint64 dropped;             /* of these */
    guint64 in_bytes, out_bytes; /* over lines, today */
    guint64 given_bytes;         /* of what is kept here, to others, since it began */
    GListStore *lines;           /* N2Line */
};

/** An empty status to fill (transfer full). */
N2Status *n2_status_new(void);

/** How many lines are up. */
guint n2_status_count_up(const N2Status *self);

G_END_DECLS

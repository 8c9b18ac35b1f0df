/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dht-net.h - thousands of nodes of the DHT in virtual time: the messages themselves, without
 *             the transports below.
 */
#pragma once

#include <glib.h>

#include "share/dht.h"

typedef struct {
    n2_dht *dht; /* NULL: dead */
    n2_dht_peer self;
    gboolean is_hostile;
    gboolean is_sybil; /* beside a key */
} dht_node;

/** Something that is announced. */
typedef struct {
    guint8 key[N2_DHT_ID_BYTES];
    guint owner; /* node */
    guint64 serial;
    guint64 due_us; /* again; 0: never */
} dht_key;

typedef struct {
    guint n, n_found, n_ended;
    GArray *hops; /* of guint, of those found */
    guint64 n_questions;
    guint n_poisoned; /* values that were no value */
} dht_figures;

typedef struct {
    GArray *nodes;       /* of dht_node */
    GArray *keys;        /* of dht_key */
    GArray *liars;       /* of guint: nodes that are hostile */
    GPtrArray *heap;     /* events */
    GHashTable *watched; /* job and node -> key, of look-ups that are measured */
    GRand *rand;
    guint64 now_us;
    guint64 order;
    guint n_domains, n_parents;
    guint64 n_messages;
    gboolean is_poisoning; /* hostile nodes answer with junk */
    gdouble churn;         /* part of the nodes a minute */
    guint64 churn_us;      /* the next one that goes */
    dht_figures figures;
} dht_net;

dht_net *dht_net_new(guint seed, guint n_domains);
void dht_net_free(dht_net *net);

/** A node that joins by asking @by (-1: the first); at an id (nullable).  Returns: which. */
guint dht_net_join(dht_net *net, gint by, const guint8 *id, guint64 domain, guint64 parent);
void dht_net_kill(dht_net *net, guint node);

/** Any node that lives and is honest, among @from up to before @to. */
guint dht_net_any(dht_net *net, guint from, guint to);

/** @key of @owner is announced now, and every 10 minutes if @is_again. */
guint dht_net_announce(dht_net *net, guint owner, gboolean is_again);

/** One more look-up, for the figures. */
void dht_net_look(dht_net *net, guint from, guint key);

void dht_net_run(dht_net *net, guint64 us);

/** Until every look-up that is measured has ended; clears the figures when read. */
dht_figures dht_net_figures(dht_net *net);
guint dht_figures_median(const dht_figures *f);
gdouble dht_figures_success(const dht_figures *f);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * people-source.h - whom the user knows, who vouches for whom, and who is asked to log in: the
 *                   interface between the views and the node.
 *
 * Layer:   app/model (no widgets).
 * Threads: main context only; every call is asynchronous and can be cancelled.
 * Errors:  domain N2_ERROR of client/error.h; cancelling gives N2_ERR_CANCELLED.
 *
 * The one over the node's socket (node-people.h) speaks org.net2o.Contacts1, and of Identity1
 * and Agent1 what is about sites; tests bring one in memory.
 */
#pragma once

#include "model/log-in.h"
#include "model/person.h"
#include "model/settings.h"

G_BEGIN_DECLS

typedef enum {
    N2_PEOPLE_SET,    /* identity; what of the rest is given */
    N2_PEOPLE_ADD,    /* text: an address, or statements as text, QR or bytes; rest as SET */
    N2_PEOPLE_REMOVE, /* identity */
    N2_PEOPLE_ACCEPT, /* name, identity: from now on this one is meant */
    N2_PEOPLE_FORGET, /* identity: a site, which asks anew then */
    N2_PEOPLE_VOUCH,  /* identity, name: signs that the user met them as that; "": takes back */
    N2_PEOPLE_EXPORT, /* identity: what is signed about them, the user's word too */
    N2_PEOPLE_FORGET_MET, /* who was met under which name */
    N2_PEOPLE_ORDERS
} N2PeopleOrderKind;

/** One order; pointers that its kind does not name are NULL. */
typedef struct {
    N2PeopleOrderKind kind;
    const char *identity;
    const char *name; /* NULL: as it is; "": none */
    GBytes *text;
    N2Tristate met;
    gint64 met_us; /* with YES: when; 0 now */
    N2Tristate introduces;
    N2Tristate audits;
} N2PeopleOrder;

#define N2_TYPE_PEOPLE_SOURCE (n2_people_source_get_type())
G_DECLARE_INTERFACE(N2PeopleSource, n2_people_source, N2, PEOPLE_SOURCE, GObject)

struct _N2PeopleSourceInterface {
    GTypeInterface parent_iface;

    GListModel *(*peek_people)(N2PeopleSource *self);
    const char *(*peek_own)(N2PeopleSource *self);
    void (*trust_async)(N2PeopleSource *self,
                        const char *address,
                        const char *purpose,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
    N2Trust *(*trust_finish)(N2PeopleSource *self, GAsyncResult *result, GError **error);
    void (*order_async)(N2PeopleSource *self,
                        const N2PeopleOrder *order,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
    char *(*order_finish)(N2PeopleSource *self, GAsyncResult *result, GError **error);
    void (*accounts_async)(N2PeopleSource *self,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
    GListModel *(*accounts_finish)(N2PeopleSource *self, GAsyncResult *result, GError **error);
};

/*
 * Signals:
 *   ::log-in (N2LogIn *) -> gboolean   a site asks; the first handler that returns TRUE shows
 * it
 *   ::accounts-changed                 what accounts tell has changed
 */

/** N2Person, by name; kept up to date (transfer none). */
GListModel *n2_people_source_peek_people(N2PeopleSource *self);

/** The address that the user has for others, k1-..., or NULL as long as none is known (transfer
 * none). */
const char *n2_people_source_peek_own(N2PeopleSource *self);

/** @purpose: "read", ...: Contacts1.Trust. */
void n2_people_source_trust_async(N2PeopleSource *self,
                                  const char *address,
                                  const char *purpose,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);

/** Returns: (transfer full). */
N2Trust *
n2_people_source_trust_finish(N2PeopleSource *self, GAsyncResult *result, GError **error);

/** @order: copied. */
void n2_people_source_order_async(N2PeopleSource *self,
                                  const N2PeopleOrder *order,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);

/** Returns: (transfer full): whose it was, k1-...; of EXPORT the text; NULL with @error set. */
char *n2_people_source_order_finish(N2PeopleSource *self, GAsyncResult *result, GError **error);

void n2_people_source_accounts_async(N2PeopleSource *self,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);

/** Returns: (transfer full): of N2Account. */
GListModel *
n2_people_source_accounts_finish(N2PeopleSource *self, GAsyncResult *result, GError **error);

/* For implementations. */

/** Refuses it if nobody shows it. */
void n2_people_source_emit_log_in(N2PeopleSource *self, N2LogIn *ask);
void n2_people_source_emit_accounts_changed(N2PeopleSource *self);

G_END_DECLS

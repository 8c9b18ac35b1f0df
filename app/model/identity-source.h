/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-source.h - own identities and tokens, and what can be ordered of them: the interface
 *                     between the views and the node.
 *
 * Layer:   app/model (no widgets).
 * Threads: main context only; every call is asynchronous and can be cancelled.
 * Errors:  domain N2_ERROR of client/error.h; cancelling gives N2_ERR_CANCELLED.  What a token
 *          fails with comes with the words of token/result.h, so each failure has its own.
 * Secrets: by pipe only (secret.h).
 *
 * Tests bring a source in memory; the one over the node's socket speaks org.net2o.Identity1,
 * Token1 and Agent1, whose calls these orders are, one each.
 */
#pragma once

#include "model/ask.h"
#include "model/identity.h"
#include "model/settings.h"
#include "model/token-model.h"

G_BEGIN_DECLS

typedef enum {
    N2_ORDER_MAKE,    /* an identity: name; token (touch), or secret (passphrase) -> identity */
    N2_ORDER_SIGN_IN, /* identity */
    N2_ORDER_SIGN_OUT,   /* identity: at once */
    N2_ORDER_SHEET_SHOW, /* identity -> fd: 13 words, newline, QR text, newline */
    N2_ORDER_SHEET_TEST, /* identity, secret (the words): right ones finish the backup */
    N2_ORDER_ADD_TOKEN,  /* identity, token (touch: else as the first, if it is there): new keys
                            on it,  listed beside the others */
    N2_ORDER_REMOVE_KEY, /* identity, key */
    N2_ORDER_SET_PIN,    /* token; old and new PIN are asked for */
    /* Other machines, and what was lost. */
    N2_ORDER_DRAW,       /* name -> text, qr: what the other machine is to ADD_DEVICE */
    N2_ORDER_IMPORT,     /* text: what it answered -> address */
    N2_ORDER_ADD_DEVICE, /* identity, text -> text, qr: for the new one to IMPORT */
    N2_ORDER_PAIR, /* identity: another machine joins it; or with: this one joins -> address */
    N2_ORDER_JOIN, /* identity, name: this machine joins it by the token here -> address */
    N2_ORDER_END,  /* identity, successor, secret: words or QR text of its sheet */
    /* All of them. */
    N2_ORDER_SETTINGS,   /* hours, token_removed, screen_locked: those that are said */
    N2_ORDER_PASSPHRASE, /* secret: n2_secret_pipe_change() */
    N2_ORDERS
} N2OrderKind;

/** One order; members that its kind does not name are NULL or -1. */
typedef struct {
    N2OrderKind kind;
    const char *identity; /* address */
    const char *name;
    const char *token;        /* id */
    const char *const *touch; /* nullable: as it is; else just for these it asks for a touch */
    const char *key;          /* id */
    const char *with;         /* net2o://k1-.../ of the other machine */
    const char *successor;    /* address */
    GBytes *text;
    guint hours; /* 0: as it is */
    N2Tristate token_removed, screen_locked;
    int secret; /* end of a pipe for reading; consumed */
} N2Order;

/** What came of it; members that its kind does not name are NULL or -1. */
typedef struct {
    N2OwnIdentity *identity; /* owned */
    char *address;           /* owned */
    char *text;              /* owned */
    char *qr;                /* owned; of the first picture, if there are several */
    guint n_qr;              /* pictures */
    int fd;                  /* owned */
} N2Ordered;

void n2_ordered_clear(N2Ordered *ordered);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(N2Ordered, n2_ordered_clear)

#define N2_TYPE_IDENTITY_SOURCE (n2_identity_source_get_type())
G_DECLARE_INTERFACE(N2IdentitySource, n2_identity_source, N2, IDENTITY_SOURCE, GObject)

struct _N2IdentitySourceInterface {
    GTypeInterface parent_iface;

    GListModel *(*peek_identities)(N2IdentitySource *self);
    GListModel *(*peek_tokens)(N2IdentitySource *self);
    gboolean (*is_known)(N2IdentitySource *self);
    const N2Settings *(*peek_settings)(N2IdentitySource *self);
    void (*order_async)(N2IdentitySource *self,
                        const N2Order *order,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
    gboolean (*order_finish)(N2IdentitySource *self,
                             GAsyncResult *result,
                             N2Ordered *ordered,
                             GError **error);
};

/*
 * Signals:
 *   ::ask (N2Ask *) -> gboolean   an order waits for something; the first handler that
 *                                 returns TRUE shows it
 *   ::known                       the lists tell what is there, for the first time
 *   ::settings                    they are known, or have changed
 */

/** N2OwnIdentity, the default first; kept up to date (transfer none). */
GListModel *n2_identity_source_peek_identities(N2IdentitySource *self);

/** N2TokenModel, a reader each; kept up to date (transfer none). */
GListModel *n2_identity_source_peek_tokens(N2IdentitySource *self);

/** Do the lists tell what is there? */
gboolean n2_identity_source_is_known(N2IdentitySource *self);

/** What sign-ins are like (transfer none). */
const N2Settings *n2_identity_source_peek_settings(N2IdentitySource *self);

/** @order: copied; its secret is consumed in any case. */
void n2_identity_source_order_async(N2IdentitySource *self,
                                    const N2Order *order,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);

/** @ordered: (out) (optional): to be cleared by the caller, also on failure. */
gboolean n2_identity_source_order_finish(N2IdentitySource *self,
                                         GAsyncResult *result,
                                         N2Ordered *ordered,
                                         GError **error);

/* For implementations. */
void n2_identity_source_emit_ask(N2IdentitySource *self, N2Ask *ask);
void n2_identity_source_emit_known(N2IdentitySource *self);
void n2_identity_source_emit_settings(N2IdentitySource *self);

G_END_DECLS

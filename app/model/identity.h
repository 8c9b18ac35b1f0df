/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity.h - an identity of our own: who, signed in until when, where its keys lie, and
 *              whether it could be got back.
 *
 * Layer: app/model (no widgets).  Filled once, then read only.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
    N2_KEY_HERE,   /* in the sealed file of this computer */
    N2_KEY_TOKEN,  /* on a token */
    N2_KEY_DEVICE, /* on another device */
} N2KeyPlace;

#define N2_TYPE_OWN_KEY (n2_own_key_get_type())
G_DECLARE_FINAL_TYPE(N2OwnKey, n2_own_key, N2, OWN_KEY, GObject)

struct _N2OwnKey {
    GObject parent_instance;
    char *id;    /* by which it is removed */
    char *title; /* "Nitrokey 3", "Phone" */
    N2KeyPlace place;
    gint64 since_us;  /* 0 unknown */
    gboolean is_last; /* the last that may change the identity: it cannot be removed */
};

N2OwnKey *n2_own_key_new(const char *id, const char *title, N2KeyPlace place, gint64 since_us);

typedef enum {
    N2_BACKUP_NONE,   /* the sheet was never shown */
    N2_BACKUP_SHOWN,  /* printed or written, and not tried */
    N2_BACKUP_TESTED, /* what is on paper gave the same fingerprints */
} N2Backup;

#define N2_TYPE_OWN_IDENTITY (n2_own_identity_get_type())
G_DECLARE_FINAL_TYPE(N2OwnIdentity, n2_own_identity, N2, OWN_IDENTITY, GObject)

struct _N2OwnIdentity {
    GObject parent_instance;
    char *name;
    char *address;             /* k1-... */
    gint64 signed_in_until_us; /* 0: signed out */
    gboolean needs_token;      /* to sign in */
    gboolean lacks_vault;      /* accounts at sites are on another device alone */
    gboolean has_passphrase;   /* the file that holds its keys here is sealed by one */
    gboolean is_over;          /* ended by its sheet, or frozen by two that spoke for it */
    N2Backup backup;
    GListStore *keys; /* of N2OwnKey */
};

N2OwnIdentity *n2_own_identity_new(const char *name, const char *address);

/** Its name; the one that the node made by itself is "This computer" (static or inside). */
const char *n2_own_identity_peek_title(const N2OwnIdentity *self);

/** Is it the one that the node made by itself, and nobody has done anything with it? */
gboolean n2_own_identity_is_untouched(const N2OwnIdentity *self);

/** "Signed in until 18:30", "Signed out" (transfer full). */
char *n2_own_identity_dup_session(const N2OwnIdentity *self, gint64 now_us);

/** One sentence on the recovery sheet (static, translated). */
const char *n2_own_identity_peek_backup(const N2OwnIdentity *self);

/** Where a key lies, and since when (transfer full). */
char *n2_own_key_dup_words(const N2OwnKey *self, gint64 now_us);

/** How many tokens hold keys of it. */
guint n2_own_identity_count_tokens(const N2OwnIdentity *self);

G_END_DECLS

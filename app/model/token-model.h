/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * token-model.h - a card reader and the token in it, as people see them.
 *
 * Layer: app/model (no widgets).  Filled once, then read only.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define N2_TYPE_TOKEN_MODEL (n2_token_model_get_type())
G_DECLARE_FINAL_TYPE(N2TokenModel, n2_token_model, N2, TOKEN_MODEL, GObject)

struct _N2TokenModel {
    GObject parent_instance;
    char *id;    /* of the token: AID in hex; "" if there is none */
    char *title; /* "Nitrokey 3" */
    char *reader;
    char *state; /* "ok", else a name of token/result.h: "no-card", "mute", "in-use", ... */
    char *why;   /* (nullable) English, of that state */
    char *next;  /* (nullable) likewise */
    guint tries; /* of the PIN, 255 unknown */
    guint admin_tries;
    gboolean has_keypad;
    gboolean wants_touch;
    GStrv can_touch; /* (nullable): of "sign", "login", those for which it could ask for one */
    gboolean has_keys;
    char *owner; /* (nullable): name of the own identity whose keys it has */
};

/** All texts are copied.  @state: "ok", ...  Returns: (transfer full). */
N2TokenModel *n2_token_model_new(const char *id, const char *title, const char *state);

gboolean n2_token_model_is_ready(const N2TokenModel *self);

/** Ready, and without keys: one that can be taken for new ones. */
gboolean n2_token_model_is_free(const N2TokenModel *self);

/** Is there something for which it could ask for a touch? */
gboolean n2_token_model_can_touch(const N2TokenModel *self);

/** "3 tries left, touch for every signature, keypad", or what is wrong (transfer full). */
char *n2_token_model_dup_words(const N2TokenModel *self);

/** One sentence on what is plugged in, from all readers (transfer full). */
char *n2_token_model_dup_summary(GListModel *tokens);

/** The first token of @tokens that is free, or NULL (transfer none). */
N2TokenModel *n2_token_model_peek_free(GListModel *tokens);

/** The first ready token of @tokens with keys of somebody who is not here yet, or NULL
 * (transfer none). */
N2TokenModel *n2_token_model_peek_used(GListModel *tokens);

/** What such a token is for, or what to plug in (transfer full). */
char *n2_token_model_dup_join(GListModel *tokens);

G_END_DECLS

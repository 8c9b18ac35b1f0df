/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * token-model.c - tokens in words.
 */
#include "model/token-model.h"

#include <glib/gi18n.h>

#include "model/words.h"

enum {
    TRIES_UNKNOWN = 255
};

G_DEFINE_FINAL_TYPE(N2TokenModel, n2_token_model, G_TYPE_OBJECT)

static void
n2_token_model_finalize(GObject *object)
{
    N2TokenModel *self = N2_TOKEN_MODEL(object);

    g_free(self->id);
    g_free(self->title);
    g_free(self->reader);
    g_free(self->state);
    g_free(self->why);
    g_free(self->next);
    g_free(self->owner);
    g_strfreev(self->can_touch);
    G_OBJECT_CLASS(n2_token_model_parent_class)->finalize(object);
}

static void
n2_token_model_class_init(N2TokenModelClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_token_model_finalize;
}

static void
n2_token_model_init(N2TokenModel *self)
{
    self->tries = self->admin_tries = TRIES_UNKNOWN;
}

N2TokenModel *
n2_token_model_new(const char *id, const char *title, const char *state)
{
    N2TokenModel *self = g_object_new(N2_TYPE_TOKEN_MODEL, NULL);

    self->id = g_strdup(id);
    self->title = g_strdup(title);
    self->state = g_strdup(state);
    return self;
}

gboolean
n2_token_model_is_ready(const N2TokenModel *self)
{
    return g_str_equal(self->state, "ok");
}

gboolean
n2_token_model_is_free(const N2TokenModel *self)
{
    return n2_token_model_is_ready(self) && !self->has_keys && self->tries > 0;
}

gboolean
n2_token_model_can_touch(const N2TokenModel *self)
{
    return self->can_touch && *self->can_touch;
}

static char *
dup_wrong(const N2TokenModel *self)
{
    g_autofree char *why = self->why && *self->why ? n2_words_sentence(_(self->why)) : NULL;

    if (!why)
        return g_strdup(_("Not usable."));
    if (!self->next || !*self->next)
        return g_steal_pointer(&why);
    /* Translators: two sentences: what is wrong, and what to do. */
    return g_strdup_printf(_("%s %s"), why, _(self->next));
}

char *
n2_token_model_dup_words(const N2TokenModel *self)
{
    g_autoptr(GString) words = g_string_new(NULL);

    if (!n2_token_model_is_ready(self))
        return dup_wrong(self);
    if (self->tries == 0)
        return g_strdup(_("The PIN is blocked. Unblock it with the admin PIN or the reset "
                          "code."));
    g_string_append(words, self->owner      ? self->owner
                           : self->has_keys ? _("Holds keys of somebody else")
                                            : _("Empty, ready for keys"));
    if (self->tries != TRIES_UNKNOWN)
        g_string_append_printf(
            words, ngettext(" · %u try for the PIN", " · %u tries for the PIN", self->tries),
            self->tries);
    if (self->wants_touch)
        g_string_append(words, _(" · asks for a touch"));
    if (self->has_keypad)
        g_string_append(words, _(" · has keys for the PIN"));
    return g_string_free(g_steal_pointer(&words), FALSE);
}

N2TokenModel *
n2_token_model_peek_free(GListModel *tokens)
{
    for (guint i = 0; i < g_list_model_get_n_items(tokens); i++) {
        g_autoptr(N2TokenModel) token = g_list_model_get_item(tokens, i);
        if (n2_token_model_is_free(token))
            return token; /* the list holds it */
    }
    return NULL;
}

char *
n2_token_model_dup_summary(GListModel *tokens)
{
    N2TokenModel *free_one = n2_token_model_peek_free(tokens);
    g_autoptr(N2TokenModel) first = g_list_model_get_item(tokens, 0);

    if (free_one)
        return g_strdup_printf(_("The safest way. %s is plugged in and ready."),
                               free_one->title);
    if (!first)
        return g_strdup(_("The safest way. Plug one in."));
    if (!n2_token_model_is_ready(first))
        return dup_wrong(first);
    if (first->tries == 0)
        return n2_token_model_dup_words(first);
    return g_strdup_printf(_("%s holds keys already. Plug in an empty one."), first->title);
}

N2TokenModel *
n2_token_model_peek_used(GListModel *tokens)
{
    for (guint i = 0; i < g_list_model_get_n_items(tokens); i++) {
        g_autoptr(N2TokenModel) token = g_list_model_get_item(tokens, i);
        if (n2_token_model_is_ready(token) && token->has_keys && !token->owner && token->tries)
            return token; /* the list holds it */
    }
    return NULL;
}

char *
n2_token_model_dup_join(GListModel *tokens)
{
    N2TokenModel *used = n2_token_model_peek_used(tokens);
    g_autoptr(N2TokenModel) first = g_list_model_get_item(tokens, 0);

    if (used)
        return g_strdup_printf(_("%s is plugged in. By its PIN it lets this computer join, "
                                 "which gets keys of its own."),
                               used->title);
    if (!first)
        return g_strdup(_("Plug in the one that holds keys of your identity."));
    if (!n2_token_model_is_ready(first) || first->tries == 0)
        return n2_token_model_dup_words(first);
    if (!first->has_keys)
        return g_strdup_printf(_("%s is empty. Plug in the one that holds keys of your "
                                 "identity."),
                               first->title);
    return g_strdup_printf(_("%s belongs to an identity that is here already."), first->title);
}

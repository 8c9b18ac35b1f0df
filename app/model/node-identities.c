/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * node-identities.c - own identities and tokens, from the user's node: what there is, and what
 *                     is asked of the user.
 *
 *     appeared, changed --> List --> Show of each --> the list, at once
 *                       `-> Token1.List ------------> the list of tokens
 */
#include "model/node-identities.h"

#include <string.h>
#include <unistd.h>

#include "model/identity-read.h"
#include "model/node-identities-private.h"

static void source_init(N2IdentitySourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(N2NodeIdentities,
                              n2_node_identities,
                              G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(N2_TYPE_IDENTITY_SOURCE, source_init))

static void
replace(GListStore *store, GPtrArray *items)
{
    g_list_store_splice(store, 0, g_list_model_get_n_items(G_LIST_MODEL(store)), items->pdata,
                        items->len);
}

/* @is_known: one of the two lists; told once, when both are there. */
static void
note_known(N2NodeIdentities *self, gboolean *is_known)
{
    gboolean was = self->has_identities && self->has_tokens;

    *is_known = TRUE;
    if (!was && self->has_identities && self->has_tokens)
        n2_identity_source_emit_known(N2_IDENTITY_SOURCE(self));
}

/* ---- identities ---- */

typedef struct {
    N2NodeIdentities *self; /* owned */
    GVariant *rows;         /* owned; of List */
    gsize at;
    GPtrArray *read; /* owned; of N2OwnIdentity */
} listing;

static void
listing_free(listing *l)
{
    g_object_unref(l->self);
    g_clear_pointer(&l->rows, g_variant_unref);
    g_ptr_array_unref(l->read);
    g_free(l);
}

static void
listing_done(listing *l)
{
    N2NodeIdentities *self = l->self;

    self->is_listing = FALSE;
    if (l->rows) { /* else the node went: what is known stays to be seen */
        replace(self->identities, l->read);
        note_known(self, &self->has_identities);
    }
    if (self->wants_list)
        n2_node_identities_list(self);
    n2_node_identities_list_tokens(self); /* they tell whose they are */
    listing_free(l);
}

static void show_next(listing *l);

static void
on_shown_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    listing *l = user_data;
    g_autoptr(GVariant) row = g_variant_get_child_value(l->rows, l->at++);
    g_autoptr(GVariant) shown = n2_client_finish(N2_CLIENT(source), result, NULL);
    N2OwnIdentity *identity = n2_own_identity_read(shown ? shown : row);

    if (identity)
        g_ptr_array_add(l->read, identity);
    show_next(l);
}

static void
show_next(listing *l)
{
    if (!l->rows || l->at == g_variant_n_children(l->rows) || !l->self->client) {
        listing_done(l);
        return;
    }
    g_autoptr(GVariant) row = g_variant_get_child_value(l->rows, l->at);
    n2_client_id_show_async(l->self->client, n2_dict_string(row, "address"),
                            l->self->cancellable, on_shown_cb, l);
}

static void
on_listed_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    listing *l = user_data;

    l->rows = n2_client_finish(N2_CLIENT(source), result, NULL);
    show_next(l);
}

void
n2_node_identities_list(N2NodeIdentities *self)
{
    self->wants_list = self->is_listing; /* what changed meanwhile may not be in the answer */
    if (self->is_listing || !self->client)
        return;
    listing *l = g_new(listing, 1);

    *l = (listing){.self = g_object_ref(self),
                   .read = g_ptr_array_new_with_free_func(g_object_unref)};
    self->is_listing = TRUE;
    n2_client_id_list_async(self->client, self->cancellable, on_listed_cb, l);
}

/* ---- settings ---- */

static void
on_settings_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2NodeIdentities) self = user_data;
    g_autoptr(GVariant) dict = n2_client_finish(N2_CLIENT(source), result, NULL);
    const char *fixed = dict ? n2_dict_string(dict, "fixed") : NULL;
    g_auto(GStrv) words = g_strsplit(fixed ? fixed : "", " ", -1);

    if (!dict) /* an older node, or none: what is known stays to be seen */
        return;
    self->settings = (N2Settings){
        .is_known = TRUE,
        .hours = (guint)n2_dict_uint(dict, "hours"),
        .token_signs_out = n2_dict_bool(dict, "token-removed"),
        .screen_signs_out = n2_dict_bool(dict, "screen-locked"),
        .is_hours_fixed = g_strv_contains((const char *const *)words, "hours"),
        .is_token_fixed = g_strv_contains((const char *const *)words, "token-removed"),
        .is_screen_fixed = g_strv_contains((const char *const *)words, "screen-locked")};
    n2_identity_source_emit_settings(N2_IDENTITY_SOURCE(self));
}

void
n2_node_identities_ask_settings(N2NodeIdentities *self)
{
    if (self->client)
        n2_client_id_settings_async(self->client, NULL, self->cancellable, on_settings_cb,
                                    g_object_ref(self));
}

/* ---- tokens ---- */

static void
on_tokens_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2NodeIdentities) self = user_data;
    g_autoptr(GVariant) rows = n2_client_finish(N2_CLIENT(source), result, NULL);
    g_autoptr(GPtrArray) tokens = g_ptr_array_new_with_free_func(g_object_unref);

    self->is_listing_tokens = FALSE;
    for (gsize i = 0; rows && i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        N2TokenModel *token = n2_token_model_read(row, G_LIST_MODEL(self->identities));

        if (token)
            g_ptr_array_add(tokens, token);
    }
    if (self->client) {
        replace(self->tokens, tokens); /* of a node that went nothing is plugged in */
        note_known(self, &self->has_tokens);
    }
    if (self->wants_tokens)
        n2_node_identities_list_tokens(self);
}

void
n2_node_identities_list_tokens(N2NodeIdentities *self)
{
    self->wants_tokens = self->is_listing_tokens;
    if (self->is_listing_tokens || !self->client)
        return;
    self->is_listing_tokens = TRUE;
    n2_client_token_list_async(self->client, self->cancellable, on_tokens_cb,
                               g_object_ref(self));
}

/* ---- what is asked ---- */

static guint
id_of(N2Ask *ask)
{
    return GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(ask), "n2-id"));
}

void
n2_node_identities_add_ask(N2NodeIdentities *self, guint id, N2Ask *ask)
{
    g_object_set_data(G_OBJECT(ask), "n2-id", GUINT_TO_POINTER(id));
    g_hash_table_insert(self->asks, GUINT_TO_POINTER(id), g_object_ref(ask));
}

guint
n2_node_identities_forget_ask(N2NodeIdentities *self, N2Ask *ask)
{
    guint id = id_of(ask);

    g_hash_table_remove(self->asks, GUINT_TO_POINTER(id));
    return id;
}

static void
on_told_cb(N2Ask *ask, int fd, gboolean is_last_allowed, gpointer user_data)
{
    N2NodeIdentities *self = user_data;
    guint id = n2_node_identities_forget_ask(self, ask);

    if (!self->client) {
        if (fd >= 0)
            close(fd);
        return;
    }
    if (fd == N2_ASK_AGREED) {
        GVariantDict options;

        g_variant_dict_init(&options, NULL);
        g_variant_dict_insert(&options, "same", "b", TRUE);
        n2_client_agent_choose_async(self->client, id, g_variant_dict_end(&options), NULL, NULL,
                                     NULL);
    } else if (fd >= 0) {
        n2_client_agent_tell_async(self->client, id, fd, is_last_allowed, NULL, NULL, NULL);
    } else {
        n2_client_agent_refuse_async(self->client, id, NULL, NULL, NULL);
    }
}

static void
on_ask_cb(N2NodeIdentities *self, guint id, const char *word, GVariant *options)
{
    N2AskWant want = n2_ask_want_read(word);
    g_autoptr(GVariant) tries = g_variant_lookup_value(options, "tries", G_VARIANT_TYPE_INT64);
    g_autoptr(N2Ask) ask = NULL;

    if (!want) /* log-ins: node-people.c */
        return;
    if (want == N2_ASKS_PASSPHRASE) {
        n2_node_identities_unlock(self, id);
        return;
    }
    if (self->was_given_up && !self->n_orders) {
        n2_client_agent_refuse_async(self->client, id, NULL, NULL, NULL);
        return;
    }
    ask = n2_ask_new(want, n2_dict_string(options, "token"),
                     tries ? (guint)n2_dict_uint(options, "tries") : N2_ASK_TRIES_UNKNOWN,
                     (guint)n2_dict_uint(options, "seconds"));
    ask->same = g_strdup(n2_dict_string(options, "words"));
    ask->other = g_strdup(n2_dict_string(options, "other"));
    g_signal_connect_object(ask, "told", G_CALLBACK(on_told_cb), self, 0);
    n2_node_identities_add_ask(self, id, ask);
    n2_identity_source_emit_ask(N2_IDENTITY_SOURCE(self), ask);
}

static void
on_ask_over_cb(N2NodeIdentities *self, guint id)
{
    g_autoptr(N2Ask) ask = g_hash_table_lookup(self->asks, GUINT_TO_POINTER(id));

    if (self->unlock_id == id)
        self->unlock_id = 0;
    if (!ask)
        return;
    g_object_ref(ask);
    g_hash_table_remove(self->asks, GUINT_TO_POINTER(id));
    n2_ask_close(ask);
}

/* Those that are open, each with a reference of its own. */
static GPtrArray *
take_asks(N2NodeIdentities *self)
{
    GPtrArray *asks = g_ptr_array_new_with_free_func(g_object_unref);
    g_autoptr(GList) values = g_hash_table_get_values(self->asks);

    for (GList *at = values; at; at = at->next)
        g_ptr_array_add(asks, g_object_ref(at->data));
    g_hash_table_remove_all(self->asks);
    return asks;
}

void
n2_node_identities_give_up(N2NodeIdentities *self)
{
    g_autoptr(GPtrArray) asks = take_asks(self);

    self->was_given_up = TRUE;
    for (guint i = 0; i < asks->len; i++) {
        N2Ask *ask = g_ptr_array_index(asks, i);

        if (self->client)
            n2_client_agent_refuse_async(self->client, id_of(ask), NULL, NULL, NULL);
        n2_ask_close(ask);
    }
}

/* ---- the node comes and goes ---- */

static void
on_appeared_cb(N2NodeIdentities *self)
{
    n2_client_agent_register_async(self->client, NULL, NULL, NULL);
    n2_node_identities_list(self);
    n2_node_identities_ask_settings(self);
}

/* Of no one in particular: the settings may have changed. */
static void
on_changed_cb(N2NodeIdentities *self, const char *identity)
{
    if (!*identity)
        n2_node_identities_ask_settings(self);
}

static void
on_vanished_cb(N2NodeIdentities *self)
{
    g_autoptr(GPtrArray) asks = take_asks(self);

    for (guint i = 0; i < asks->len; i++)
        n2_ask_close(g_ptr_array_index(asks, i));
    g_list_store_remove_all(self->tokens); /* whatever is plugged in, nobody can use it now */
}

static GListModel *
peek_identities(N2IdentitySource *source)
{
    return G_LIST_MODEL(N2_NODE_IDENTITIES(source)->identities);
}

static GListModel *
peek_tokens(N2IdentitySource *source)
{
    return G_LIST_MODEL(N2_NODE_IDENTITIES(source)->tokens);
}

static gboolean
is_known(N2IdentitySource *source)
{
    const N2NodeIdentities *self = N2_NODE_IDENTITIES(source);

    return self->has_identities && self->has_tokens;
}

static const N2Settings *
peek_settings(N2IdentitySource *source)
{
    return &N2_NODE_IDENTITIES(source)->settings;
}

static void
source_init(N2IdentitySourceInterface *iface)
{
    iface->peek_settings = peek_settings;
    iface->peek_identities = peek_identities;
    iface->peek_tokens = peek_tokens;
    iface->is_known = is_known;
    n2_node_orders_init(iface);
}

static void
n2_node_identities_dispose(GObject *object)
{
    N2NodeIdentities *self = N2_NODE_IDENTITIES(object);

    g_cancellable_cancel(self->cancellable);
    if (self->client)
        g_signal_handlers_disconnect_by_data(self->client, self);
    g_clear_object(&self->client);
    G_OBJECT_CLASS(n2_node_identities_parent_class)->dispose(object);
}

static void
n2_node_identities_finalize(GObject *object)
{
    N2NodeIdentities *self = N2_NODE_IDENTITIES(object);

    g_object_unref(self->identities);
    g_object_unref(self->tokens);
    g_object_unref(self->cancellable);
    g_hash_table_unref(self->asks);
    G_OBJECT_CLASS(n2_node_identities_parent_class)->finalize(object);
}

static void
n2_node_identities_class_init(N2NodeIdentitiesClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);

    object_class->dispose = n2_node_identities_dispose;
    object_class->finalize = n2_node_identities_finalize;
}

static void
n2_node_identities_init(N2NodeIdentities *self)
{
    self->identities = g_list_store_new(N2_TYPE_OWN_IDENTITY);
    self->tokens = g_list_store_new(N2_TYPE_TOKEN_MODEL);
    self->asks = g_hash_table_new_full(NULL, NULL, NULL, g_object_unref);
    self->cancellable = g_cancellable_new();
}

N2NodeIdentities *
n2_node_identities_new(N2Client *client)
{
    N2NodeIdentities *self = g_object_new(N2_TYPE_NODE_IDENTITIES, NULL);

    self->client = g_object_ref(client);
    g_object_connect(client, "swapped-signal::appeared", on_appeared_cb, self,
                     "swapped-signal::vanished", on_vanished_cb, self,
                     "swapped-signal::identity-changed", n2_node_identities_list, self,
                     "swapped-signal::identity-changed", on_changed_cb, self,
                     "swapped-signal::token-changed", n2_node_identities_list_tokens, self,
                     "swapped-signal::ask", on_ask_cb, self, "swapped-signal::ask-over",
                     on_ask_over_cb, self, NULL);
    if (n2_client_is_connected(client))
        on_appeared_cb(self);
    return self;
}

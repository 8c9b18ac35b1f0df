/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * node-orders.c - orders about identities and tokens, as calls of the user's node.
 *
 * An order that is cancelled is given up in the node, too: by a no to what it asks.
 */
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#include "model/identity-read.h"
#include "model/node-identities-private.h"

typedef struct {
    N2OrderKind kind;
    char *identity; /* owned */
    GStrv keys;     /* owned; REMOVE_KEY: one after the other */
    guint at;
    N2Ordered out;
    GCancellable *cancellable; /* owned; nullable */
    gulong cancelled_id;
} order;

static void
order_free(gpointer data)
{
    order *o = data;

    g_free(o->identity);
    g_strfreev(o->keys);
    n2_ordered_clear(&o->out);
    g_clear_object(&o->cancellable);
    g_free(o);
}

/* ---- answers ---- */

static void
end(GTask *task, GError *error)
{
    N2NodeIdentities *self = g_task_get_source_object(task);
    order *o = g_task_get_task_data(task);

    g_clear_signal_handler(&o->cancelled_id, o->cancellable);
    self->n_orders--;
    n2_node_identities_list(self);
    if (!error && o->kind == N2_ORDER_PASSPHRASE)
        n2_node_identities_forget_kept(self);
    if (error)
        g_task_return_error(task, error);
    else
        g_task_return_boolean(task, TRUE);
    g_object_unref(task);
}

/* The first of what is shown as several pictures, or the only one. */
static void
read_qr(N2Ordered *out, GVariant *dict)
{
    g_autoptr(GVariant) all = n2_dict_dup(dict, "qr", "as");
    const char *one = n2_dict_string(dict, "qr");

    if (all && g_variant_n_children(all)) {
        g_variant_get_child(all, 0, "s", &out->qr);
        out->n_qr = (guint)g_variant_n_children(all);
    } else if (one) {
        out->qr = g_strdup(one);
        out->n_qr = 1;
    }
}

static void
read_answer(order *o, GVariant *answer)
{
    if (!g_variant_is_of_type(answer, G_VARIANT_TYPE_VARDICT))
        return;
    if (o->kind == N2_ORDER_MAKE)
        o->out.identity = n2_own_identity_read(answer);
    o->out.address = g_strdup(n2_dict_string(answer, "address"));
    o->out.text = g_strdup(n2_dict_string(answer, "text"));
    read_qr(&o->out, answer);
}

static void
on_ordered_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    order *o = g_task_get_task_data(task);
    GError *error = NULL;
    g_autoptr(GVariant) answer = n2_client_finish(N2_CLIENT(source), result, &error);

    if (answer && o->keys && o->keys[o->at]) {
        n2_client_id_remove_key_async(N2_CLIENT(source), o->identity, o->keys[o->at++], "gone",
                                      g_task_get_cancellable(task), on_ordered_cb, task);
        return;
    }
    if (answer)
        read_answer(o, answer);
    end(task, error);
}

/* ---- orders ---- */

static gboolean
has_token(N2NodeIdentities *self, const char *address)
{
    GListModel *all = G_LIST_MODEL(self->identities);

    for (guint i = 0; i < g_list_model_get_n_items(all); i++) {
        g_autoptr(N2OwnIdentity) identity = g_list_model_get_item(all, i);

        if (g_strcmp0(identity->address, address) == 0)
            return n2_own_identity_count_tokens(identity) > 0;
    }
    return FALSE;
}

static void
make(N2NodeIdentities *self, const N2Order *given, GTask *task)
{
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
    if (given->token) {
        const char *const tokens[] = {given->token, NULL};

        g_variant_dict_insert_value(&options, "tokens", g_variant_new_strv(tokens, -1));
        if (given->touch)
            g_variant_dict_insert_value(&options, "touch",
                                        g_variant_new_strv(given->touch, -1));
    }
    n2_client_id_make_async(self->client, given->name, g_variant_dict_end(&options),
                            given->secret, g_task_get_cancellable(task), on_ordered_cb, task);
}

/* What the node writes fits into the pipe, so nobody has to read meanwhile. */
static void
show_sheet(N2NodeIdentities *self, const N2Order *given, GTask *task)
{
    order *o = g_task_get_task_data(task);
    int ends[2];

    if (!g_unix_open_pipe(ends, FD_CLOEXEC, NULL)) {
        end(task, n2_error_make(N2_ERR_IO, given->identity, NULL, NULL));
        return;
    }
    o->out.fd = ends[0];
    n2_client_sheet_show_async(self->client, given->identity, ends[1],
                               g_task_get_cancellable(task), on_ordered_cb, task);
}

/* A second token gets what the first has; what was chosen if something was, as nobody sees how
 * one is set that is pulled out. */
static void
add_token(N2NodeIdentities *self, const N2Order *given, GTask *task)
{
    GCancellable *cancellable = g_task_get_cancellable(task);
    GVariantDict options;

    if (has_token(self, given->identity) && !given->touch) {
        n2_client_token_backup_async(self->client, given->token, given->identity, cancellable,
                                     on_ordered_cb, task);
        return;
    }
    g_variant_dict_init(&options, NULL);
    if (given->touch)
        g_variant_dict_insert_value(&options, "touch", g_variant_new_strv(given->touch, -1));
    n2_client_token_enrol_async(self->client, given->token, given->identity,
                                g_variant_dict_end(&options), cancellable, on_ordered_cb, task);
}

static void
pair(N2NodeIdentities *self, const N2Order *given, GTask *task)
{
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
    if (given->with)
        g_variant_dict_insert(&options, "with", "s", given->with);
    if (given->name)
        g_variant_dict_insert(&options, "name", "s", given->name);
    n2_client_id_pair_async(self->client, given->identity, g_variant_dict_end(&options),
                            g_task_get_cancellable(task), on_ordered_cb, task);
}

static void
set(N2NodeIdentities *self, const N2Order *given, GTask *task)
{
    GVariantDict changes;

    g_variant_dict_init(&changes, NULL);
    if (given->hours)
        g_variant_dict_insert(&changes, "hours", "x", (gint64)given->hours);
    if (given->token_removed != N2_LEAVE)
        g_variant_dict_insert(&changes, "token-removed", "b", given->token_removed == N2_YES);
    if (given->screen_locked != N2_LEAVE)
        g_variant_dict_insert(&changes, "screen-locked", "b", given->screen_locked == N2_YES);
    n2_client_id_settings_async(self->client, g_variant_dict_end(&changes),
                                g_task_get_cancellable(task), on_ordered_cb, task);
}

static void
join(N2NodeIdentities *self, const N2Order *given, GTask *task)
{
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
    if (given->name)
        g_variant_dict_insert(&options, "name", "s", given->name);
    n2_client_id_join_async(self->client, given->identity, g_variant_dict_end(&options),
                            g_task_get_cancellable(task), on_ordered_cb, task);
}

static void
remove_key(N2NodeIdentities *self, const N2Order *given, GTask *task)
{
    order *o = g_task_get_task_data(task);

    o->keys = g_strsplit(given->key, " ", -1);
    o->at = 1;
    n2_client_id_remove_key_async(self->client, given->identity, o->keys[0], "gone",
                                  g_task_get_cancellable(task), on_ordered_cb, task);
}

static void
give(N2NodeIdentities *self, const N2Order *given, GTask *task)
{
    GCancellable *cancellable = g_task_get_cancellable(task);
    N2Client *client = self->client;

    switch (given->kind) {
    case N2_ORDER_MAKE:
        make(self, given, task);
        return;
    case N2_ORDER_SIGN_IN:
        n2_client_sign_in_async(client, given->identity, 0, cancellable, on_ordered_cb, task);
        return;
    case N2_ORDER_SIGN_OUT:
        n2_client_sign_out_async(client, given->identity, cancellable, on_ordered_cb, task);
        return;
    case N2_ORDER_SHEET_SHOW:
        show_sheet(self, given, task);
        return;
    case N2_ORDER_SHEET_TEST:
        n2_client_sheet_test_async(client, given->identity, given->secret, cancellable,
                                   on_ordered_cb, task);
        return;
    case N2_ORDER_ADD_TOKEN:
        add_token(self, given, task);
        return;
    case N2_ORDER_REMOVE_KEY:
        remove_key(self, given, task);
        return;
    case N2_ORDER_SET_PIN:
        n2_client_token_set_pin_async(client, given->token, "user", cancellable, on_ordered_cb,
                                      task);
        return;
    case N2_ORDER_DRAW:
        n2_client_id_draw_async(client, given->name, cancellable, on_ordered_cb, task);
        return;
    case N2_ORDER_IMPORT:
        n2_client_id_import_async(client, given->text, cancellable, on_ordered_cb, task);
        return;
    case N2_ORDER_ADD_DEVICE:
        n2_client_id_add_async(client, given->identity, given->text, cancellable, on_ordered_cb,
                               task);
        return;
    case N2_ORDER_PAIR:
        pair(self, given, task);
        return;
    case N2_ORDER_JOIN:
        join(self, given, task);
        return;
    case N2_ORDER_END:
        n2_client_id_end_async(client, given->identity, given->successor, given->secret, NULL,
                               cancellable, on_ordered_cb, task);
        return;
    case N2_ORDER_SETTINGS:
        set(self, given, task);
        return;
    case N2_ORDER_PASSPHRASE:
        n2_client_set_passphrase_async(client, given->secret, cancellable, on_ordered_cb, task);
        return;
    case N2_ORDERS:
        break;
    }
    g_assert_not_reached();
}

static void
on_cancelled_cb(GCancellable *cancellable, gpointer user_data)
{
    (void)cancellable;
    n2_node_identities_give_up(user_data);
}

static void
order_async(N2IdentitySource *source,
            const N2Order *given,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
    N2NodeIdentities *self = N2_NODE_IDENTITIES(source);
    GTask *task = g_task_new(self, cancellable, callback, user_data);
    order *o = g_new0(order, 1);

    g_task_set_check_cancellable(task, FALSE); /* the call tells it */
    *o = (order){.kind = given->kind, .identity = g_strdup(given->identity), .out = {.fd = -1}};
    g_task_set_task_data(task, o, order_free);
    if (cancellable) {
        o->cancellable = g_object_ref(cancellable);
        o->cancelled_id = g_signal_connect_object(cancellable, "cancelled",
                                                  G_CALLBACK(on_cancelled_cb), self, 0);
    }
    self->n_orders++;
    self->was_given_up = FALSE;
    give(self, given, task);
}

static gboolean
order_finish(N2IdentitySource *source, GAsyncResult *result, N2Ordered *ordered, GError **error)
{
    order *o = g_task_get_task_data(G_TASK(result));

    (void)source;
    if (!g_task_propagate_boolean(G_TASK(result), error))
        return FALSE;
    *ordered = o->out;
    o->out = (N2Ordered){.fd = -1};
    return TRUE;
}

void
n2_node_orders_init(N2IdentitySourceInterface *iface)
{
    iface->order_async = order_async;
    iface->order_finish = order_finish;
}

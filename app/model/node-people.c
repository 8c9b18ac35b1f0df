/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * node-people.c - people, trust and log-ins, from the user's node.
 */
#include "model/node-people.h"

#include <string.h>

#include "client/orders.h"
#include "model/identity-read.h"
#include "model/location.h"

struct _N2NodePeople {
    GObject parent_instance;

    N2Client *client;          /* owned */
    GListStore *people;        /* owned; N2Person */
    GPtrArray *own;            /* owned; N2OwnIdentity, whom the user means first */
    GHashTable *asks;          /* owned; id -> N2LogIn (owned) */
    GCancellable *cancellable; /* owned; of what is asked in the background */
    gboolean is_listing, wants_list;
};

static void source_init(N2PeopleSourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(N2NodePeople,
                              n2_node_people,
                              G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(N2_TYPE_PEOPLE_SOURCE, source_init))

/* ---- whom ---- */

static int
compare_people(gconstpointer a, gconstpointer b)
{
    const N2Person *one = *(N2Person *const *)a, *other = *(N2Person *const *)b;

    if (!*one->name != !*other->name) /* who has no name comes last */
        return *one->name ? -1 : 1;
    int order = g_utf8_collate(one->name, other->name);
    return order ? order : strcmp(one->address, other->address);
}

static void list(N2NodePeople *self);

static void
on_listed_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2NodePeople) self = user_data;
    g_autoptr(GVariant) rows = n2_client_finish(N2_CLIENT(source), result, NULL);
    g_autoptr(GPtrArray) people = g_ptr_array_new_with_free_func(g_object_unref);

    self->is_listing = FALSE;
    for (gsize i = 0; rows && i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        N2Person *person = n2_person_read(row);

        if (person)
            g_ptr_array_add(people, person);
    }
    if (rows) { /* else the node went: what is known stays to be seen */
        g_ptr_array_sort(people, compare_people);
        g_list_store_splice(self->people, 0,
                            g_list_model_get_n_items(G_LIST_MODEL(self->people)), people->pdata,
                            people->len);
    }
    if (self->wants_list)
        list(self);
}

static void
list(N2NodePeople *self)
{
    self->wants_list = self->is_listing; /* what changed meanwhile may not be in the answer */
    if (self->is_listing || !self->client)
        return;
    self->is_listing = TRUE;
    n2_client_contact_list_async(self->client, self->cancellable, on_listed_cb,
                                 g_object_ref(self));
}

static GListModel *
peek_people(N2PeopleSource *source)
{
    return G_LIST_MODEL(N2_NODE_PEOPLE(source)->people);
}

/* ---- who the user is ---- */

/* What somebody made comes before what the node made for itself. */
static void
take_own(N2NodePeople *self, GVariant *rows)
{
    g_ptr_array_set_size(self->own, 0);
    for (int untouched = 0; untouched < 2; untouched++)
        for (gsize i = 0; i < g_variant_n_children(rows); i++) {
            g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
            g_autoptr(N2OwnIdentity) own = n2_own_identity_read(row);

            if (own && !own->is_over && n2_own_identity_is_untouched(own) == untouched)
                g_ptr_array_add(self->own, g_steal_pointer(&own));
        }
}

static void
on_own_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2NodePeople) self = user_data;
    g_autoptr(GVariant) rows = n2_client_finish(N2_CLIENT(source), result, NULL);

    if (rows)
        take_own(self, rows);
}

static void
list_own(N2NodePeople *self)
{
    n2_client_id_list_async(self->client, self->cancellable, on_own_cb, g_object_ref(self));
    n2_people_source_emit_accounts_changed(N2_PEOPLE_SOURCE(self));
}

static const char *
peek_own(N2PeopleSource *source)
{
    const N2NodePeople *self = N2_NODE_PEOPLE(source);
    const N2OwnIdentity *first = self->own->len ? g_ptr_array_index(self->own, 0) : NULL;

    return first ? first->address : NULL;
}

/* ---- trust ---- */

static void
on_trusted_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) dict = n2_client_finish(N2_CLIENT(source), result, &error);
    N2Trust *trust = dict ? n2_trust_read(dict) : NULL;

    if (trust)
        g_task_return_pointer(task, trust, g_object_unref);
    else if (dict)
        g_task_return_error(task, n2_error_make(N2_ERR_FORMAT, "", NULL, NULL));
    else
        g_task_return_error(task, g_steal_pointer(&error));
}

static void
trust_async(N2PeopleSource *source,
            const char *address,
            const char *purpose,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
    N2NodePeople *self = N2_NODE_PEOPLE(source);
    GTask *task = g_task_new(self, cancellable, callback, user_data);
    g_autofree char *plain = g_strndup(address, strcspn(address, "#"));

    g_task_set_check_cancellable(task, FALSE);
    n2_client_trust_async(self->client, plain, purpose, cancellable, on_trusted_cb, task);
}

static N2Trust *
trust_finish(N2PeopleSource *source, GAsyncResult *result, GError **error)
{
    (void)source;
    return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- orders ---- */

typedef struct {
    char *identity; /* owned; nullable until it is known */
    GVariant *options;
} ordered;

static void
ordered_free(gpointer data)
{
    ordered *o = data;

    g_free(o->identity);
    g_clear_pointer(&o->options, g_variant_unref);
    g_free(o);
}

static GVariant *
options_of(const N2PeopleOrder *order)
{
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
    if (order->name)
        g_variant_dict_insert(&options, "name", "s", order->name);
    if (order->met != N2_LEAVE)
        g_variant_dict_insert(&options, "met", "b", order->met == N2_YES);
    if (order->met == N2_YES)
        g_variant_dict_insert(&options, "met-at", "x",
                              order->met_us ? order->met_us : g_get_real_time());
    if (order->introduces != N2_LEAVE)
        g_variant_dict_insert(&options, "introduces", "b", order->introduces == N2_YES);
    if (order->audits != N2_LEAVE)
        g_variant_dict_insert(&options, "audits", "b", order->audits == N2_YES);
    return g_variant_ref_sink(g_variant_dict_end(&options));
}

static void
on_ordered_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    N2NodePeople *self = g_task_get_source_object(task);
    const ordered *o = g_task_get_task_data(task);
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = n2_client_finish(N2_CLIENT(source), result, &error);
    const char *address = NULL;

    if (!answer) {
        g_task_return_error(task, g_steal_pointer(&error));
        return;
    }
    if (g_variant_is_of_type(answer, G_VARIANT_TYPE_VARDICT))
        address = n2_dict_string(answer, "address");
    g_task_return_pointer(task, g_strdup(address ? address : o->identity), g_free);
    list(self);
    n2_people_source_emit_accounts_changed(N2_PEOPLE_SOURCE(self));
}

static void
on_imported_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    ordered *o = g_task_get_task_data(task);
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) imported = n2_client_finish(N2_CLIENT(source), result, &error);
    const char *what = imported ? n2_dict_string(imported, "what") : NULL;
    const char *address = imported ? n2_dict_string(imported, "address") : NULL;

    if (!imported) {
        g_task_return_error(task, g_steal_pointer(&error));
        return;
    }
    o->identity = g_strdup(address ? address : "");
    if (g_strcmp0(what, "identity") != 0) { /* an end, a vouch: it counts, but names nobody */
        g_task_return_pointer(task, g_strdup(o->identity), g_free);
        list(g_task_get_source_object(task));
        return;
    }
    n2_client_contact_set_async(N2_CLIENT(source), o->identity, o->options,
                                g_task_get_cancellable(task), on_ordered_cb,
                                g_object_ref(task));
}

static void
on_exported_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) exported = n2_client_finish(N2_CLIENT(source), result, &error);
    const char *text = exported ? n2_dict_string(exported, "text") : NULL;

    if (exported)
        g_task_return_pointer(task, g_strdup(text ? text : ""), g_free);
    else
        g_task_return_error(task, g_steal_pointer(&error));
}

/* Whoever of ours has vouched takes it back. */
static void
vouch(N2NodePeople *self, const N2PeopleOrder *order, GTask *task)
{
    const char *by = peek_own(N2_PEOPLE_SOURCE(self));
    GVariantDict options;

    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(self->people)); i++) {
        g_autoptr(N2Person) person = g_list_model_get_item(G_LIST_MODEL(self->people), i);

        if (g_str_equal(person->address, order->identity) && person->vouched_by)
            by = person->vouched_by;
    }
    g_variant_dict_init(&options, NULL);
    g_variant_dict_insert(&options, "claim", "s", order->name);
    n2_client_vouch_async(self->client, by, order->identity, g_variant_dict_end(&options),
                          g_task_get_cancellable(task), on_ordered_cb, task);
}

static void
order_async(N2PeopleSource *source,
            const N2PeopleOrder *order,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
    N2NodePeople *self = N2_NODE_PEOPLE(source);
    GTask *task = g_task_new(self, cancellable, callback, user_data);
    ordered *o = g_new0(ordered, 1);

    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, o, ordered_free);
    o->identity = order->kind == N2_PEOPLE_ADD ? n2_location_dup_host(order->text)
                                               : g_strdup(order->identity);
    o->options = options_of(order);
    switch (order->kind) {
    case N2_PEOPLE_ADD:
        if (!o->identity) {
            n2_client_id_import_async(self->client, order->text, cancellable, on_imported_cb,
                                      task);
            return;
        }
        n2_client_contact_set_async(self->client, o->identity, o->options, cancellable,
                                    on_ordered_cb, task);
        return;
    case N2_PEOPLE_SET:
        n2_client_contact_set_async(self->client, o->identity, o->options, cancellable,
                                    on_ordered_cb, task);
        return;
    case N2_PEOPLE_REMOVE:
        n2_client_contact_remove_async(self->client, o->identity, cancellable, on_ordered_cb,
                                       task);
        return;
    case N2_PEOPLE_ACCEPT:
        n2_client_trust_accept_async(self->client, order->name, o->identity, cancellable,
                                     on_ordered_cb, task);
        return;
    case N2_PEOPLE_FORGET:
        n2_client_account_forget_async(self->client, o->identity, cancellable, on_ordered_cb,
                                       task);
        return;
    case N2_PEOPLE_VOUCH:
        vouch(self, order, task);
        return;
    case N2_PEOPLE_EXPORT:
        n2_client_id_export_async(self->client, o->identity, NULL, cancellable, on_exported_cb,
                                  task);
        return;
    case N2_PEOPLE_FORGET_MET:
        o->identity = g_strdup("");
        n2_client_met_forget_async(self->client, 0, cancellable, on_ordered_cb, task);
        return;
    case N2_PEOPLE_ORDERS:
        break;
    }
    g_assert_not_reached();
}

static char *
order_finish(N2PeopleSource *source, GAsyncResult *result, GError **error)
{
    (void)source;
    return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- accounts ---- */

static void
on_accounts_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) rows = n2_client_finish(N2_CLIENT(source), result, &error);
    GListStore *accounts = NULL;

    if (!rows) {
        g_task_return_error(task, g_steal_pointer(&error));
        return;
    }
    accounts = g_list_store_new(N2_TYPE_ACCOUNT);
    for (gsize i = 0; i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        g_autoptr(N2Account) account = n2_account_read(row);

        if (account)
            g_list_store_append(accounts, account);
    }
    g_task_return_pointer(task, accounts, g_object_unref);
}

static void
accounts_async(N2PeopleSource *source,
               GCancellable *cancellable,
               GAsyncReadyCallback callback,
               gpointer user_data)
{
    N2NodePeople *self = N2_NODE_PEOPLE(source);
    GTask *task = g_task_new(self, cancellable, callback, user_data);

    g_task_set_check_cancellable(task, FALSE);
    n2_client_account_list_async(self->client, cancellable, on_accounts_cb, task);
}

static GListModel *
accounts_finish(N2PeopleSource *source, GAsyncResult *result, GError **error)
{
    (void)source;
    return g_task_propagate_pointer(G_TASK(result), error);
}

static void
source_init(N2PeopleSourceInterface *iface)
{
    iface->peek_people = peek_people;
    iface->peek_own = peek_own;
    iface->trust_async = trust_async;
    iface->trust_finish = trust_finish;
    iface->order_async = order_async;
    iface->order_finish = order_finish;
    iface->accounts_async = accounts_async;
    iface->accounts_finish = accounts_finish;
}

/* ---- sites that ask who is there ---- */

/* A question under way: who could be shown has an address, and the user knows names. */
typedef struct {
    N2NodePeople *self; /* owned */
    guint id;
    N2LogIn *ask; /* owned */
    GStrv whom;   /* owned */
} question;

static void
question_free(question *q)
{
    g_object_unref(q->self);
    g_object_unref(q->ask);
    g_strfreev(q->whom);
    g_free(q);
}

static void
on_chosen_cb(N2LogIn *ask, int as, const char *identity, gboolean always, gpointer user_data)
{
    N2NodePeople *self = user_data;
    static const char *const words[] = {
        [N2_AS_NOBODY] = "nobody", [N2_AS_ACCOUNT] = "account", [N2_AS_IDENTITY] = "identity"};
    guint id = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(ask), "n2-id"));
    GVariantDict options;

    if (!self->client)
        return;
    g_variant_dict_init(&options, NULL);
    g_variant_dict_insert(&options, "as", "s", words[as]);
    if (identity)
        g_variant_dict_insert(&options, "identity", "s", identity);
    g_variant_dict_insert(&options, "always", "b", always);
    n2_client_agent_choose_async(self->client, id, g_variant_dict_end(&options), NULL, NULL,
                                 NULL);
    g_hash_table_remove(self->asks, GUINT_TO_POINTER(id));
}

static void
on_refused_cb(N2LogIn *ask, gpointer user_data)
{
    N2NodePeople *self = user_data;
    guint id = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(ask), "n2-id"));

    if (!self->client)
        return;
    n2_client_agent_refuse_async(self->client, id, NULL, NULL, NULL);
    g_hash_table_remove(self->asks, GUINT_TO_POINTER(id));
}

static void
on_own_listed_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    question *q = user_data;
    g_autoptr(GVariant) rows = n2_client_finish(N2_CLIENT(source), result, NULL);

    if (rows)
        take_own(q->self, rows);
    for (guint i = 0; i < q->self->own->len; i++) {
        const N2OwnIdentity *own = g_ptr_array_index(q->self->own, i);

        if (g_strv_contains((const char *const *)q->whom, own->address))
            n2_log_in_add(q->ask, own->address, n2_own_identity_peek_title(own));
    }
    if (!q->ask->is_over)
        n2_people_source_emit_log_in(N2_PEOPLE_SOURCE(q->self), q->ask);
    question_free(q);
}

static void
on_ask_cb(N2NodePeople *self, guint id, const char *want, GVariant *options)
{
    const char *site = n2_dict_string(options, "site");
    g_autoptr(GVariant) whom = n2_dict_dup(options, "identities", "as");
    N2LogIn *ask = NULL;
    question *q = NULL;

    if (!g_str_equal(want, "log-in")) /* PINs and the like: who shows identities answers */
        return;
    ask = n2_log_in_new(site ? site : "", n2_dict_string(options, "name"));
    g_object_set_data(G_OBJECT(ask), "n2-id", GUINT_TO_POINTER(id));
    g_signal_connect_object(ask, "chosen", G_CALLBACK(on_chosen_cb), self, 0);
    g_signal_connect_object(ask, "refused", G_CALLBACK(on_refused_cb), self, 0);
    g_hash_table_insert(self->asks, GUINT_TO_POINTER(id), ask);
    q = g_new(question, 1);
    *q = (question){.self = g_object_ref(self),
                    .id = id,
                    .ask = g_object_ref(ask),
                    .whom = whom ? g_variant_dup_strv(whom, NULL) : g_new0(char *, 1)};
    n2_client_id_list_async(self->client, NULL, on_own_listed_cb, q);
}

static void
on_ask_over_cb(N2NodePeople *self, guint id)
{
    N2LogIn *ask = g_hash_table_lookup(self->asks, GUINT_TO_POINTER(id));

    if (!ask)
        return;
    n2_log_in_close(ask);
    g_hash_table_remove(self->asks, GUINT_TO_POINTER(id));
}

/* ---- the node comes and goes ---- */

static void
on_appeared_cb(N2NodePeople *self)
{
    n2_client_agent_register_async(self->client, NULL, NULL, NULL);
    list(self);
    list_own(self);
}

static void
on_vanished_cb(N2NodePeople *self)
{
    g_autoptr(GList) asks = g_hash_table_get_values(self->asks);

    for (GList *at = asks; at; at = at->next)
        n2_log_in_close(at->data);
    g_hash_table_remove_all(self->asks);
}

static void
n2_node_people_dispose(GObject *object)
{
    N2NodePeople *self = N2_NODE_PEOPLE(object);

    g_cancellable_cancel(self->cancellable);
    if (self->client)
        g_signal_handlers_disconnect_by_data(self->client, self);
    g_clear_object(&self->client);
    G_OBJECT_CLASS(n2_node_people_parent_class)->dispose(object);
}

static void
n2_node_people_finalize(GObject *object)
{
    N2NodePeople *self = N2_NODE_PEOPLE(object);

    g_object_unref(self->people);
    g_object_unref(self->cancellable);
    g_ptr_array_unref(self->own);
    g_hash_table_unref(self->asks);
    G_OBJECT_CLASS(n2_node_people_parent_class)->finalize(object);
}

static void
n2_node_people_class_init(N2NodePeopleClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = n2_node_people_dispose;
    G_OBJECT_CLASS(klass)->finalize = n2_node_people_finalize;
}

static void
n2_node_people_init(N2NodePeople *self)
{
    self->people = g_list_store_new(N2_TYPE_PERSON);
    self->cancellable = g_cancellable_new();
    self->own = g_ptr_array_new_with_free_func(g_object_unref);
    self->asks = g_hash_table_new_full(NULL, NULL, NULL, g_object_unref);
}

N2NodePeople *
n2_node_people_new(N2Client *client)
{
    N2NodePeople *self = g_object_new(N2_TYPE_NODE_PEOPLE, NULL);

    self->client = g_object_ref(client);
    g_signal_connect_swapped(client, "appeared", G_CALLBACK(on_appeared_cb), self);
    g_signal_connect_swapped(client, "vanished", G_CALLBACK(on_vanished_cb), self);
    g_signal_connect_swapped(client, "contact-changed", G_CALLBACK(list), self);
    g_signal_connect_swapped(client, "identity-changed", G_CALLBACK(list_own), self);
    g_signal_connect_swapped(client, "ask", G_CALLBACK(on_ask_cb), self);
    g_signal_connect_swapped(client, "ask-over", G_CALLBACK(on_ask_over_cb), self);
    if (n2_client_is_connected(client))
        on_appeared_cb(self);
    return self;
}

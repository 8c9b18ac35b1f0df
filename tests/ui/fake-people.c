/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-people.c - people, trust and log-ins in memory.
 */
#include "fake-people.h"

#include <string.h>

#include "client/error.h"

struct _N2FakePeople {
    GObject parent_instance;

    GListStore *people;
    GListStore *accounts;
    guint n[N2_PEOPLE_ORDERS];
    gboolean is_accepted; /* changed.demo */
    gboolean is_turned;   /* turns.demo: nobody says any more whose it is */
    char *why, *next;     /* owned; of the next order's failure */
    N2LogIn *ask;         /* owned; the last one */
    char *answer;         /* owned */
};

static void source_init(N2PeopleSourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(N2FakePeople,
                              n2_fake_people,
                              G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(N2_TYPE_PEOPLE_SOURCE, source_init))

static const gint64 may_us = G_GINT64_CONSTANT(1777800000) * G_USEC_PER_SEC; /* 3 May 2026 */

/* ---- trust ---- */

typedef struct {
    const char *site; /* beginning of the address */
    const char *verdict;
    const char *identity, *name;
    const char *reasons; /* GVariant text, aa{sv} */
} fake_trust;

static const fake_trust trusts[] = {
    {"net2o://wiki.demo", "go", N2_FAKE_NORA, "wiki.demo",
     "[{'code': <'introduced'>, 'verdict': <'go'>, 'name': <'Bernd P'>, 'by': <'Ana Sousa'>,"
     " 'at': <int64 1777800000000000>},"
     " {'code': <'seen'>, 'verdict': <'go'>, 'at': <int64 1772500000000000>}]"},
    {"net2o://changed.demo", "ask", N2_FAKE_NOW, "changed.demo",
     "[{'code': <'changed'>, 'verdict': <'ask'>, 'name': <'changed.demo'>,"
     " 'who': <'" N2_FAKE_BEFORE "'>, 'at': <int64 1777800000000000>},"
     " {'code': <'first'>, 'verdict': <'note'>}]"},
    {"net2o://ended.demo", "stop", N2_FAKE_MIRA, "ended.demo",
     "[{'code': <'ended'>, 'verdict': <'stop'>, 'who': <'" N2_FAKE_HEIR "'>,"
     " 'at': <int64 1777800000000000>}]"},
    {"net2o://turns.demo", "ask", N2_FAKE_NOW, "turns.demo",
     "[{'code': <'silent'>, 'verdict': <'ask'>, 'name': <'turns.demo'>}]"},
    {"net2o://silent.demo", "ask", N2_FAKE_NOW, "silent.demo",
     "[{'code': <'silent'>, 'verdict': <'ask'>, 'name': <'silent.demo'>}]"},
    {"net2o://mixed.demo", "note", N2_FAKE_NOW, "mixed.demo",
     "[{'code': <'mixed'>, 'verdict': <'note'>, 'name': <'w\xd1\x96ki.demo'>,"
     " 'scripts': <'Latn Cyrl'>},"
     " {'code': <'alike'>, 'verdict': <'note'>, 'name': <'w\xd1\x96ki.demo'>,"
     " 'by': <'wiki.demo'>}, {'code': <'first'>, 'verdict': <'note'>}]"},
    {N2_FAKE_NORA, "go", N2_FAKE_NORA, "",
     "[{'code': <'met'>, 'verdict': <'go'>, 'at': <int64 1777800000000000>},"
     " {'code': <'seen'>, 'verdict': <'go'>, 'at': <int64 1772500000000000>}]"},
    {N2_FAKE_MIRA, "stop", N2_FAKE_MIRA, "",
     "[{'code': <'ended'>, 'verdict': <'stop'>, 'who': <'" N2_FAKE_HEIR "'>,"
     " 'at': <int64 1777800000000000>}]"},
    {N2_FAKE_NOW, "stop", N2_FAKE_NOW, "", "[{'code': <'forged'>, 'verdict': <'stop'>}]"},
    {"", "note", N2_FAKE_HEIR, "", "[{'code': <'first'>, 'verdict': <'note'>}]"},
};

static const fake_trust accepted = {
    "", "note", N2_FAKE_NOW, "changed.demo",
    "[{'code': <'changed'>, 'verdict': <'note'>, 'name': <'changed.demo'>,"
    " 'who': <'" N2_FAKE_BEFORE "'>, 'at': <int64 1777800000000000>}]"};

N2Trust *
n2_fake_people_trust(N2FakePeople *self, const char *address)
{
    const fake_trust *t = trusts;
    GVariantDict dict;
    g_autoptr(GVariant) whole = NULL;
    GVariant *reasons = NULL;

    while (!g_str_has_prefix(address, t->site))
        t++;
    if (self->is_accepted && g_str_equal(t->site, "net2o://changed.demo"))
        t = &accepted;
    if (!self->is_turned && g_str_equal(t->site, "net2o://turns.demo"))
        t = &trusts[G_N_ELEMENTS(trusts) - 1];
    reasons = g_variant_new_parsed(t->reasons);
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "verdict", "s", t->verdict);
    g_variant_dict_insert(&dict, "identity", "s", t->identity);
    g_variant_dict_insert(&dict, "name", "s", t->name);
    g_variant_dict_insert_value(&dict, "reasons", reasons);
    whole = g_variant_ref_sink(g_variant_dict_end(&dict));
    return n2_trust_read(whole);
}

void
n2_fake_people_turn(N2FakePeople *self)
{
    self->is_turned = TRUE;
}

static gboolean
on_trust_cb(gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    N2FakePeople *self = g_task_get_source_object(task);

    if (!g_task_return_error_if_cancelled(task))
        g_task_return_pointer(task, n2_fake_people_trust(self, g_task_get_task_data(task)),
                              g_object_unref);
    return G_SOURCE_REMOVE;
}

static void
trust_async(N2PeopleSource *source,
            const char *address,
            const char *purpose,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
    GTask *task = g_task_new(source, cancellable, callback, user_data);

    g_assert_true(g_str_equal(purpose, "read") || g_str_equal(purpose, "log-in"));
    g_task_set_task_data(task, g_strdup(address), g_free);
    g_idle_add(on_trust_cb, task);
}

static N2Trust *
trust_finish(N2PeopleSource *source, GAsyncResult *result, GError **error)
{
    (void)source;
    return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- whom ---- */

static void
add(N2FakePeople *self, const char *address, const char *name, N2PersonState state)
{
    g_autoptr(N2Person) person = n2_person_new(address, name);

    person->state = state;
    person->first_us = may_us - G_GINT64_CONSTANT(61) * 86400 * G_USEC_PER_SEC;
    g_list_store_append(self->people, person);
}

static N2Person *
peek(N2FakePeople *self, guint at)
{
    g_autoptr(N2Person) person = g_list_model_get_item(G_LIST_MODEL(self->people), at);

    return person; /* the store holds it */
}

void
n2_fake_people_clear(N2FakePeople *self)
{
    g_list_store_remove_all(self->people);
}

static GListModel *
peek_people(N2PeopleSource *source)
{
    return G_LIST_MODEL(N2_FAKE_PEOPLE(source)->people);
}

static const char *
peek_own(N2PeopleSource *source)
{
    (void)source;
    return "k1-own";
}

/* ---- orders ---- */

typedef struct {
    N2PeopleOrder order; /* its pointers are owned */
    char *identity, *name;
    GBytes *text;
} copy;

static void
copy_free(gpointer data)
{
    copy *c = data;

    g_free(c->identity);
    g_free(c->name);
    g_clear_pointer(&c->text, g_bytes_unref);
    g_free(c);
}

/* As the node does: values are made anew, never changed. */
static void
set(N2FakePeople *self, const copy *c, const char *identity)
{
    guint n = g_list_model_get_n_items(G_LIST_MODEL(self->people)), at = 0;
    const N2Person *old = NULL;
    g_autoptr(N2Person) person = NULL;

    while (at < n && !g_str_equal(peek(self, at)->address, identity))
        at++;
    old = at < n ? peek(self, at) : NULL;
    person = n2_person_new(identity, c->name ? c->name : old ? old->name : "");
    if (old) {
        person->is_met = old->is_met;
        person->met_us = old->met_us;
        person->introduces = old->introduces;
        person->audits = old->audits;
        person->state = old->state;
        person->successor = g_strdup(old->successor);
        person->first_us = old->first_us;
        person->vouched = g_strdup(old->vouched);
        person->vouched_until_us = old->vouched_until_us;
    }
    if (c->order.kind == N2_PEOPLE_VOUCH) {
        g_free(person->name);
        person->name = g_strdup(old->name);
        g_free(person->vouched);
        person->vouched = *c->name ? g_strdup(c->name) : NULL;
        person->vouched_until_us = may_us + G_GINT64_CONSTANT(365) * 86400 * G_USEC_PER_SEC;
    }
    if (c->order.met != N2_LEAVE) {
        person->is_met = c->order.met == N2_YES;
        person->met_us = c->order.met_us ? c->order.met_us : may_us;
    }
    if (c->order.introduces != N2_LEAVE)
        person->introduces = c->order.introduces == N2_YES;
    if (c->order.audits != N2_LEAVE)
        person->audits = c->order.audits == N2_YES;
    g_list_store_splice(self->people, at, old ? 1 : 0, (gpointer *)&person, 1);
}

static void
remove_person(N2FakePeople *self, const char *identity)
{
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(self->people)); i++)
        if (g_str_equal(peek(self, i)->address, identity)) {
            g_list_store_remove(self->people, i);
            return;
        }
}

static void
forget(N2FakePeople *self, const char *site)
{
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(self->accounts)); i++) {
        g_autoptr(N2Account) account = g_list_model_get_item(G_LIST_MODEL(self->accounts), i);

        if (g_str_equal(account->site, site)) {
            g_list_store_remove(self->accounts, i);
            return;
        }
    }
}

/* Whom @text names: an address, or statements about N2_FAKE_HEIR. */
static char *
read_text(GBytes *bytes)
{
    gsize len = 0;
    const char *data = g_bytes_get_data(bytes, &len);
    g_autofree char *text = g_strndup(data, len);

    if (g_str_has_prefix(text, N2_FAKE_STATEMENTS))
        return g_strdup(N2_FAKE_HEIR);
    return g_str_has_prefix(text, "k1-") ? g_strdup(text) : NULL;
}

static gboolean
on_order_cb(gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    N2FakePeople *self = g_task_get_source_object(task);
    copy *c = g_task_get_task_data(task);

    if (c->order.kind == N2_PEOPLE_ADD && !c->identity)
        c->identity = read_text(c->text);
    if (self->why || (!c->identity && c->order.kind != N2_PEOPLE_FORGET_MET)) {
        g_task_return_error(task, n2_error_make(N2_ERR_FORMAT, "it",
                                                self->why ? self->why : "nobody of that kind",
                                                self->next));
        g_clear_pointer(&self->why, g_free);
        g_clear_pointer(&self->next, g_free);
        return G_SOURCE_REMOVE;
    }
    if (c->order.kind == N2_PEOPLE_FORGET_MET) {
        g_free(c->identity);
        c->identity = g_strdup("");
    }
    if (c->order.kind == N2_PEOPLE_ADD || c->order.kind == N2_PEOPLE_SET ||
        c->order.kind == N2_PEOPLE_VOUCH)
        set(self, c, c->identity);
    else if (c->order.kind == N2_PEOPLE_REMOVE)
        remove_person(self, c->identity);
    else if (c->order.kind == N2_PEOPLE_ACCEPT)
        self->is_accepted = g_str_equal(c->identity, N2_FAKE_NOW);
    else if (c->order.kind == N2_PEOPLE_FORGET)
        forget(self, c->identity);
    g_task_return_pointer(task, g_strdup(c->identity), g_free);
    return G_SOURCE_REMOVE;
}

static void
order_async(N2PeopleSource *source,
            const N2PeopleOrder *order,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
    GTask *task = g_task_new(source, cancellable, callback, user_data);
    copy *c = g_new(copy, 1);

    *c = (copy){.order = *order,
                .identity = g_strdup(order->identity),
                .name = g_strdup(order->name),
                .text = order->text ? g_bytes_ref(order->text) : NULL};
    N2_FAKE_PEOPLE(source)->n[order->kind]++;
    g_task_set_task_data(task, c, copy_free);
    g_idle_add(on_order_cb, task);
}

static char *
order_finish(N2PeopleSource *source, GAsyncResult *result, GError **error)
{
    (void)source;
    return g_task_propagate_pointer(G_TASK(result), error);
}

void
n2_fake_people_fail(N2FakePeople *self, const char *why, const char *next)
{
    g_free(self->why);
    g_free(self->next);
    self->why = g_strdup(why);
    self->next = g_strdup(next);
}

guint
n2_fake_people_count(N2FakePeople *self, N2PeopleOrderKind kind)
{
    return self->n[kind];
}

/* ---- accounts ---- */

static void
add_account(N2FakePeople *self, const char *text)
{
    g_autoptr(GVariant) dict = g_variant_ref_sink(g_variant_new_parsed(text));
    g_autoptr(N2Account) account = n2_account_read(dict);

    g_list_store_append(self->accounts, account);
}

static void
accounts_async(N2PeopleSource *source,
               GCancellable *cancellable,
               GAsyncReadyCallback callback,
               gpointer user_data)
{
    g_autoptr(GTask) task = g_task_new(source, cancellable, callback, user_data);

    g_task_return_pointer(task, g_object_ref(N2_FAKE_PEOPLE(source)->accounts), g_object_unref);
}

static GListModel *
accounts_finish(N2PeopleSource *source, GAsyncResult *result, GError **error)
{
    (void)source;
    return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- log-in ---- */

static void
on_chosen_cb(N2FakePeople *self, int as, const char *identity, gboolean always)
{
    static const char *const words[] = {"nobody", "account", "identity"};

    g_free(self->answer);
    self->answer = g_strdup_printf("%s%s%s%s", words[as], identity ? " " : "",
                                   identity ? identity : "", always ? " always" : "");
}

static void
on_refused_cb(N2FakePeople *self)
{
    g_free(self->answer);
    self->answer = g_strdup("refused");
}

N2LogIn *
n2_fake_people_ask(N2FakePeople *self, const char *site, const char *name)
{
    g_clear_object(&self->ask);
    g_free(self->answer);
    self->answer = g_strdup("");
    self->ask = n2_log_in_new(site, name);
    n2_log_in_add(self->ask, "k1-own", "Ana Sousa");
    g_signal_connect_object(self->ask, "chosen", G_CALLBACK(on_chosen_cb), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->ask, "refused", G_CALLBACK(on_refused_cb), self,
                            G_CONNECT_SWAPPED);
    n2_people_source_emit_log_in(N2_PEOPLE_SOURCE(self), self->ask);
    return self->ask;
}

const char *
n2_fake_people_answer(N2FakePeople *self)
{
    return self->answer;
}

/* ---- object ---- */

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

static void
n2_fake_people_finalize(GObject *object)
{
    N2FakePeople *self = N2_FAKE_PEOPLE(object);

    g_object_unref(self->people);
    g_object_unref(self->accounts);
    g_clear_object(&self->ask);
    g_free(self->answer);
    g_free(self->why);
    g_free(self->next);
    G_OBJECT_CLASS(n2_fake_people_parent_class)->finalize(object);
}

static void
n2_fake_people_class_init(N2FakePeopleClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_fake_people_finalize;
}

static void
n2_fake_people_init(N2FakePeople *self)
{
    self->people = g_list_store_new(N2_TYPE_PERSON);
    self->accounts = g_list_store_new(N2_TYPE_ACCOUNT);
    add(self, "k1-jonasweberaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "jonas",
        N2_PERSON_LIVE);
    add(self, N2_FAKE_MIRA, "mira", N2_PERSON_ENDED);
    peek(self, 1)->successor = g_strdup(N2_FAKE_HEIR);
    add(self, N2_FAKE_NORA, "nora-hansen", N2_PERSON_LIVE);
    peek(self, 2)->is_met = TRUE;
    peek(self, 2)->met_us = may_us;
    peek(self, 2)->introduces = TRUE;
    add(self, "k1-strangeraaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "",
        N2_PERSON_UNKNOWN);
    add_account(self, "{'site': <'" N2_FAKE_NORA "'>, 'name': <'forum.demo'>,"
                      " 'identity': <'k1-own'>, 'as': <'account'>, 'allowed': <true>,"
                      " 'account': <'a1-forumaaaa'>, 'last': <int64 1777800000000000>}");
    add_account(self, "{'site': <'" N2_FAKE_HEIR "'>, 'name': <'<b>choir</b>.demo'>,"
                      " 'identity': <'k1-own'>, 'as': <'identity'>, 'allowed': <false>}");
}

N2FakePeople *
n2_fake_people_new(void)
{
    return g_object_new(N2_TYPE_FAKE_PEOPLE, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-identities.c - identities and tokens in memory.
 */
#include "fake-identities.h"

#include <string.h>
#include <unistd.h>

#include "client/error.h"
#include "model/secret.h"

struct _N2FakeIdentities {
    GObject parent_instance;
    GListStore *identities;
    GListStore *tokens;
    guint n[N2_ORDERS];
    N2Settings settings;
    guint tries;
    gboolean has_keypad, has_consent, was_ended;
    char *why, *next, *touch, *text;
    N2Ask *ask;  /* owned; that is open */
    GTask *task; /* owned; that waits for it */
};

static void source_init(N2IdentitySourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(N2FakeIdentities,
                              n2_fake_identities,
                              G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(N2_TYPE_IDENTITY_SOURCE, source_init))

typedef struct {
    N2OrderKind kind;
    char *identity, *name, *token, *key;
    guint hours;
    N2Tristate token_removed, screen_locked;
    int secret;
    N2Ordered out;
} copy;

static void
copy_free(gpointer data)
{
    copy *c = data;

    g_free(c->identity);
    g_free(c->name);
    g_free(c->token);
    g_free(c->key);
    n2_ordered_clear(&c->out);
    if (c->secret >= 0)
        close(c->secret);
    g_free(c);
}

static N2OwnIdentity *
find(N2FakeIdentities *self, const char *address, guint *at)
{
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(self->identities)); i++) {
        g_autoptr(N2OwnIdentity) one = g_list_model_get_item(G_LIST_MODEL(self->identities), i);
        *at = i;
        if (g_str_equal(one->address, address))
            return one;
    }
    g_error("no identity %s", address);
}

static void
touch_item(GListStore *store, guint at)
{
    g_list_model_items_changed(G_LIST_MODEL(store), at, 1, 1);
}

static void
take_token(N2FakeIdentities *self, N2OwnIdentity *identity, const char *id)
{
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(self->tokens)); i++) {
        g_autoptr(N2TokenModel) token = g_list_model_get_item(G_LIST_MODEL(self->tokens), i);
        if (!g_str_equal(token->id, id))
            continue;
        g_autoptr(N2OwnKey) key = n2_own_key_new(id, token->title, N2_KEY_TOKEN, 0);
        g_list_store_append(identity->keys, key);
        token->has_keys = TRUE;
        token->owner = g_strdup(identity->name);
        touch_item(self->tokens, i);
    }
}

static void
fail(GTask *task, n2_err code, const char *why, const char *next)
{
    g_task_return_error(task, n2_error_make(code, "it", why, next));
}

/* What is about other machines; FALSE: it is not. */
static gboolean
carry_out_other(N2FakeIdentities *self, copy *c)
{
    if (c->kind == N2_ORDER_DRAW || c->kind == N2_ORDER_ADD_DEVICE) {
        c->out.text = g_strdup(c->kind == N2_ORDER_DRAW ? N2_FAKE_REQUEST : N2_FAKE_ANSWER);
        c->out.qr = g_strdup(N2_FAKE_CODE);
        c->out.n_qr = 1;
        return TRUE;
    }
    if (c->kind == N2_ORDER_END) {
        char *typed = n2_secret_read(c->secret, NULL);

        c->secret = -1;
        self->was_ended = g_str_equal(typed, N2_FAKE_WORDS);
        n2_secret_free(typed);
        return TRUE;
    }
    if (c->kind == N2_ORDER_SETTINGS) {
        if (c->hours)
            self->settings.hours = c->hours;
        if (c->token_removed != N2_LEAVE)
            self->settings.token_signs_out = c->token_removed == N2_YES;
        if (c->screen_locked != N2_LEAVE)
            self->settings.screen_signs_out = c->screen_locked == N2_YES;
        n2_identity_source_emit_settings(N2_IDENTITY_SOURCE(self));
        return TRUE;
    }
    if (c->kind == N2_ORDER_IMPORT)
        c->out.address = g_strdup("k1-brought");
    return c->kind == N2_ORDER_IMPORT || c->kind == N2_ORDER_PAIR || c->kind == N2_ORDER_JOIN;
}

/* The old one is N2_FAKE_PASSPHRASE, if there is one. */
static void
seal(N2FakeIdentities *self, GTask *task, copy *c)
{
    char both[256] = "";
    gsize n = 0;

    while (n < sizeof both - 1) {
        gssize got = read(c->secret, both + n, sizeof both - 1 - n);
        if (got <= 0)
            break;
        n += (gsize)got;
    }
    close(c->secret);
    c->secret = -1;
    g_autoptr(N2OwnIdentity) first = g_list_model_get_item(G_LIST_MODEL(self->identities), 0);
    const char *new = both + strlen(both) + 1;
    if (!g_str_equal(both, first->has_passphrase ? N2_FAKE_PASSPHRASE : "")) {
        fail(task, N2_ERR_REFUSED, "it is wrong", NULL);
        return;
    }
    first->has_passphrase = *new != 0;
    touch_item(self->identities, 0);
    g_task_return_pointer(task, NULL, NULL);
}

/* Does what was ordered. */
static void
carry_out(N2FakeIdentities *self, GTask *task)
{
    copy *c = g_task_get_task_data(task);
    guint at = 0;

    if (self->why && c->kind != N2_ORDER_SHEET_SHOW && c->kind != N2_ORDER_SHEET_TEST) {
        fail(task, N2_ERR_TOKEN, self->why, self->next);
        g_clear_pointer(&self->why, g_free);
        g_clear_pointer(&self->next, g_free);
        return;
    }
    if (c->kind == N2_ORDER_MAKE) {
        g_autoptr(N2OwnIdentity) made = n2_own_identity_new(c->name, "k1-made");
        if (c->token) {
            take_token(self, made, c->token);
        } else {
            g_autoptr(N2OwnKey) key = n2_own_key_new("here", "This computer", N2_KEY_HERE, 0);
            char *secret = n2_secret_read(c->secret, NULL);
            g_assert_nonnull(secret);
            g_assert_cmpuint(strlen(secret), ==, 0); /* the old one: there was none */
            g_assert_cmpuint(strlen(secret + 1), >, 0);
            n2_secret_free(secret);
            c->secret = -1;
            g_list_store_append(made->keys, key);
        }
        g_list_store_append(self->identities, made);
        g_task_return_pointer(task, g_object_ref(made), g_object_unref);
        return;
    }
    if (c->kind == N2_ORDER_PASSPHRASE) {
        seal(self, task, c);
        return;
    }
    if (carry_out_other(self, c)) {
        if (c->kind == N2_ORDER_END && !self->was_ended)
            fail(task, N2_ERR_CORRUPT, "the words do not fit together",
                 "Look at each of them on the sheet.");
        else
            g_task_return_pointer(task, NULL, NULL);
        return;
    }
    N2OwnIdentity *identity = c->identity ? find(self, c->identity, &at) : NULL;
    if (c->kind == N2_ORDER_SIGN_IN || c->kind == N2_ORDER_SIGN_OUT)
        identity->signed_in_until_us =
            c->kind == N2_ORDER_SIGN_IN
                ? g_get_real_time() + G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC
                : 0;
    if (c->kind == N2_ORDER_ADD_TOKEN)
        take_token(self, identity, c->token);
    if (c->kind == N2_ORDER_REMOVE_KEY)
        g_list_store_remove(identity->keys, 0);
    if (c->kind == N2_ORDER_SHEET_SHOW) {
        identity->backup = N2_BACKUP_SHOWN;
        c->secret = n2_secret_pipe(N2_FAKE_WORDS "\n" N2_FAKE_CODE "\n", NULL);
    }
    if (c->kind == N2_ORDER_SHEET_TEST) {
        char *typed = n2_secret_read(c->secret, NULL);
        gboolean is_right = g_str_equal(typed, N2_FAKE_WORDS);
        n2_secret_free(typed);
        c->secret = -1;
        if (!is_right) {
            fail(task, N2_ERR_CORRUPT, "the words do not fit together",
                 "Look at each of them on the sheet.");
            return;
        }
        identity->backup = N2_BACKUP_TESTED;
    }
    if (identity)
        touch_item(self->identities, at);
    g_task_return_pointer(task, NULL, NULL);
}

static void open_touch(N2FakeIdentities *self);

static void
finish(N2FakeIdentities *self)
{
    g_autoptr(GTask) task = g_steal_pointer(&self->task);

    g_clear_object(&self->ask);
    carry_out(self, task);
}

static void
on_told_cb(N2FakeIdentities *self, int fd, gboolean is_last_allowed)
{
    g_autoptr(N2Ask) ask = g_steal_pointer(&self->ask);
    g_autoptr(GError) error = NULL;

    self->has_consent = is_last_allowed;
    if (fd == N2_ASK_AGREED) {
        finish(self);
        return;
    }
    if (fd < 0) {
        g_autoptr(GTask) task = g_steal_pointer(&self->task);
        fail(task, N2_ERR_CANCELLED, NULL, NULL);
        return;
    }
    char *pin = n2_secret_read(fd, &error);
    gboolean is_right = pin && g_str_equal(pin, N2_FAKE_PIN);
    n2_secret_free(pin);
    if (is_right) {
        self->tries = 3;
        open_touch(self);
        return;
    }
    g_autoptr(GTask) task = g_steal_pointer(&self->task);
    self->tries--;
    if (self->tries)
        fail(task, N2_ERR_TOKEN, "the PIN is wrong",
             "Look how many tries are left before the next one.");
    else
        fail(task, N2_ERR_TOKEN, "the PIN is blocked, as it was wrong too often",
             "Unblock it with the admin PIN or the reset code.");
}

static void
open_ask(N2FakeIdentities *self, N2AskWant want, guint seconds)
{
    g_clear_object(&self->ask);
    self->ask = n2_ask_new(want, "Nitrokey 3", self->tries, seconds);
    self->ask->same = g_strdup(want == N2_ASKS_WORDS ? "harbour lemon quiet" : NULL);
    g_signal_connect_object(self->ask, "told", G_CALLBACK(on_told_cb), self, G_CONNECT_SWAPPED);
    n2_identity_source_emit_ask(N2_IDENTITY_SOURCE(self), self->ask);
}

static void
open_touch(N2FakeIdentities *self)
{
    open_ask(self, N2_ASKS_TOUCH, 15);
}

void
n2_fake_identities_touch(N2FakeIdentities *self)
{
    g_assert_nonnull(self->ask);
    n2_ask_close(self->ask);
    finish(self);
}

/* What is asked for is taken away with its order. */
static void
on_cancelled_cb(N2FakeIdentities *self)
{
    g_autoptr(N2Ask) ask = g_steal_pointer(&self->ask);
    g_autoptr(GTask) task = g_steal_pointer(&self->task);

    if (!task)
        return;
    n2_ask_close(ask);
    fail(task, N2_ERR_CANCELLED, NULL, NULL);
}

static gboolean
on_idle_cb(gpointer user_data)
{
    GTask *task = user_data;
    N2FakeIdentities *self = g_task_get_source_object(task);
    const copy *c = g_task_get_task_data(task);

    if (g_task_return_error_if_cancelled(task))
        return G_SOURCE_REMOVE;
    if (c->kind == N2_ORDER_PAIR) {
        self->task = g_object_ref(task);
        g_signal_connect_object(g_task_get_cancellable(task), "cancelled",
                                G_CALLBACK(on_cancelled_cb), self, G_CONNECT_SWAPPED);
        open_ask(self, N2_ASKS_WORDS, 0);
    } else if ((c->kind == N2_ORDER_MAKE && c->token) || c->kind == N2_ORDER_ADD_TOKEN ||
               (c->kind == N2_ORDER_JOIN && !self->why)) {
        self->task = g_object_ref(task);
        g_signal_connect_object(g_task_get_cancellable(task), "cancelled",
                                G_CALLBACK(on_cancelled_cb), self, G_CONNECT_SWAPPED);
        open_ask(self,
                 self->has_keypad   ? N2_ASKS_KEYPAD
                 : self->tries == 1 ? N2_ASKS_LAST_PIN
                                    : N2_ASKS_PIN,
                 0);
    } else {
        carry_out(self, task);
    }
    return G_SOURCE_REMOVE;
}

static char *
dup_joined(const char *const *words)
{
    g_autoptr(GString) all = g_string_new(NULL);

    for (; *words; words++)
        g_string_append_printf(all, "%s%s", all->len ? " " : "", *words);
    return g_string_free(g_steal_pointer(&all), FALSE);
}

static void
order_async(N2IdentitySource *source,
            const N2Order *order,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
    GTask *task = g_task_new(source, cancellable, callback, user_data);
    copy *c = g_new0(copy, 1);

    *c = (copy){.kind = order->kind,
                .identity = g_strdup(order->identity),
                .name = g_strdup(order->name),
                .token = g_strdup(order->token),
                .key = g_strdup(order->key),
                .hours = order->hours,
                .token_removed = order->token_removed,
                .screen_locked = order->screen_locked,
                .secret = order->secret,
                .out = {.fd = -1}};
    N2_FAKE_IDENTITIES(source)->n[order->kind]++;
    if (order->text) {
        g_free(N2_FAKE_IDENTITIES(source)->text);
        N2_FAKE_IDENTITIES(source)->text =
            g_strndup(g_bytes_get_data(order->text, NULL), g_bytes_get_size(order->text));
    }
    if (order->kind == N2_ORDER_MAKE || order->kind == N2_ORDER_ADD_TOKEN) {
        g_free(N2_FAKE_IDENTITIES(source)->touch);
        N2_FAKE_IDENTITIES(source)->touch = order->touch ? dup_joined(order->touch) : NULL;
    }
    g_task_set_task_data(task, c, copy_free);
    g_idle_add_full(G_PRIORITY_DEFAULT, on_idle_cb, task, g_object_unref);
}

static gboolean
order_finish(N2IdentitySource *source, GAsyncResult *result, N2Ordered *ordered, GError **error)
{
    copy *c = g_task_get_task_data(G_TASK(result));
    g_autoptr(N2OwnIdentity) made = g_task_propagate_pointer(G_TASK(result), error);

    (void)source;
    if (g_task_had_error(G_TASK(result)))
        return FALSE;
    *ordered = c->out;
    c->out = (N2Ordered){.fd = -1};
    ordered->identity = g_steal_pointer(&made);
    if (c->kind == N2_ORDER_SHEET_SHOW) {
        ordered->fd = c->secret;
        c->secret = -1;
    }
    return TRUE;
}

static gboolean
is_known(N2IdentitySource *source)
{
    (void)source;
    return TRUE;
}

static GListModel *
peek_identities(N2IdentitySource *source)
{
    return G_LIST_MODEL(N2_FAKE_IDENTITIES(source)->identities);
}

static GListModel *
peek_tokens(N2IdentitySource *source)
{
    return G_LIST_MODEL(N2_FAKE_IDENTITIES(source)->tokens);
}

static const N2Settings *
peek_settings(N2IdentitySource *source)
{
    return &N2_FAKE_IDENTITIES(source)->settings;
}

N2Settings *
n2_fake_identities_settings(N2FakeIdentities *self)
{
    return &self->settings;
}

static void
source_init(N2IdentitySourceInterface *iface)
{
    iface->peek_settings = peek_settings;
    iface->peek_identities = peek_identities;
    iface->peek_tokens = peek_tokens;
    iface->is_known = is_known;
    iface->order_async = order_async;
    iface->order_finish = order_finish;
}

static void
n2_fake_identities_dispose(GObject *object)
{
    N2FakeIdentities *self = N2_FAKE_IDENTITIES(object);

    g_clear_object(&self->identities);
    g_clear_object(&self->tokens);
    g_clear_object(&self->ask);
    g_clear_object(&self->task);
    g_clear_pointer(&self->why, g_free);
    g_clear_pointer(&self->next, g_free);
    g_clear_pointer(&self->touch, g_free);
    g_clear_pointer(&self->text, g_free);
    G_OBJECT_CLASS(n2_fake_identities_parent_class)->dispose(object);
}

static void
n2_fake_identities_class_init(N2FakeIdentitiesClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = n2_fake_identities_dispose;
}

static void
n2_fake_identities_init(N2FakeIdentities *self)
{
    self->identities = g_list_store_new(N2_TYPE_OWN_IDENTITY);
    self->tokens = g_list_store_new(N2_TYPE_TOKEN_MODEL);
    self->tries = 3;
    self->settings = (N2Settings){
        .is_known = TRUE, .hours = 12, .token_signs_out = TRUE, .screen_signs_out = TRUE};
}

N2FakeIdentities *
n2_fake_identities_new(void)
{
    return g_object_new(N2_TYPE_FAKE_IDENTITIES, NULL);
}

void
n2_fake_identities_plug(N2FakeIdentities *self,
                        const char *title,
                        const char *state,
                        const char *why,
                        const char *next)
{
    g_autoptr(N2TokenModel) token = n2_token_model_new(title, title, state);

    token->why = g_strdup(why);
    token->next = g_strdup(next);
    token->tries = self->tries;
    token->wants_touch = TRUE;
    token->can_touch = g_strsplit(self->has_keypad ? "" : "sign login", " ", 0);
    token->has_keypad = self->has_keypad;
    g_list_store_append(self->tokens, token);
}

void
n2_fake_identities_pull(N2FakeIdentities *self)
{
    g_list_store_remove_all(self->tokens);
}

void
n2_fake_identities_own(N2FakeIdentities *self)
{
    g_autoptr(N2OwnIdentity) nora = n2_own_identity_new("Nora Hansen", "k1-nora");
    g_autoptr(N2OwnKey) one = n2_own_key_new("1", "Nitrokey 3", N2_KEY_TOKEN, 1746267000000000);
    g_autoptr(N2OwnKey) two = n2_own_key_new("2", "Second token", N2_KEY_TOKEN, 0);
    g_autoptr(N2OwnKey) here =
        n2_own_key_new("3", "This computer", N2_KEY_HERE, 1746267000000000);
    g_autoptr(N2OwnKey) phone = n2_own_key_new("4", "Phone", N2_KEY_DEVICE, 0);

    one->is_last = TRUE;
    nora->needs_token = TRUE;
    nora->backup = N2_BACKUP_SHOWN;
    g_list_store_append(nora->keys, one);
    g_list_store_append(nora->keys, two);
    g_list_store_append(nora->keys, here);
    g_list_store_append(nora->keys, phone);
    g_list_store_append(self->identities, nora);
}

void
n2_fake_identities_lack(N2FakeIdentities *self)
{
    g_autoptr(N2OwnIdentity) nora = g_list_model_get_item(G_LIST_MODEL(self->identities), 0);

    nora->lacks_vault = TRUE;
}

void
n2_fake_identities_fail(N2FakeIdentities *self, const char *why, const char *next)
{
    g_free(self->why);
    g_free(self->next);
    self->why = g_strdup(why);
    self->next = g_strdup(next);
}

void
n2_fake_identities_set_tries(N2FakeIdentities *self, guint tries)
{
    self->tries = tries;
}

void
n2_fake_identities_set_keypad(N2FakeIdentities *self, gboolean has_keypad)
{
    self->has_keypad = has_keypad;
}

guint
n2_fake_identities_count(N2FakeIdentities *self, N2OrderKind kind)
{
    return self->n[kind];
}

gboolean
n2_fake_identities_has_consent(N2FakeIdentities *self)
{
    return self->has_consent;
}

gboolean
n2_fake_identities_was_ended(N2FakeIdentities *self)
{
    return self->was_ended;
}

const char *
n2_fake_identities_peek_touch(N2FakeIdentities *self)
{
    return self->touch;
}

const char *
n2_fake_identities_peek_text(N2FakeIdentities *self)
{
    return self->text;
}

void
n2_fake_identities_fill(N2FakeIdentities *self)
{
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(self->tokens)); i++) {
        g_autoptr(N2TokenModel) token = g_list_model_get_item(G_LIST_MODEL(self->tokens), i);

        token->has_keys = TRUE;
        touch_item(self->tokens, i);
    }
}

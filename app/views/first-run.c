/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * first-run.c - the assistant that makes an identity, a question a page.
 *
 *     name -> choose -> passphrase -> busy -> sheet -> test -> done -> (busy, ask) signed in
 *                   |-> busy, ask ----> second ----'
 *                   `-> bring -> done, or back to choose: the new one then ends the old
 *
 * An order runs at most once at a time; what it asks for is shown on the page `ask`, what it
 * fails with on the page `failure`, from where it is given again or given up.
 */
#include "views/first-run.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#include "client/error.h"
#include "model/secret.h"
#include "model/words.h"
#include "views/ask-view.h"
#include "views/first-run-private.h"
#include "views/steps.h"

G_DEFINE_FINAL_TYPE(N2FirstRun, n2_first_run, GTK_TYPE_WIDGET)

enum {
    SIGNAL_FINISHED,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef struct {
    const char *name, *before; /* before: where Back leads, NULL: nowhere */
    guint dot;
} page_row;

static const page_row pages[] = {
    {"name", NULL, 0},           {"choose", "name", 1}, {"bring", "choose", 1},
    {"passphrase", "choose", 2}, {"busy", NULL, 2},     {"ask", NULL, 2},
    {"failure", "choose", 2},    {"second", NULL, 2},   {"sheet", NULL, 3},
    {"test", "sheet", 3},        {"done", NULL, 3},
};

static const page_row *
page_of(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(pages); i++)
        if (g_str_equal(pages[i].name, name))
            return &pages[i];
    g_assert_not_reached();
}

/* Where the keyboard goes on a page. */
static GtkWidget *
first_of(N2FirstRun *self, const char *name)
{
    if (g_str_equal(name, "name"))
        return GTK_WIDGET(self->name);
    if (g_str_equal(name, "choose"))
        return gtk_widget_get_sensitive(self->by_token) ? self->by_token : self->by_file;
    if (g_str_equal(name, "passphrase"))
        return GTK_WIDGET(self->passphrase);
    if (g_str_equal(name, "failure"))
        return self->again;
    if (g_str_equal(name, "second"))
        return gtk_widget_get_sensitive(self->use_second) ? self->use_second : self->no_second;
    if (g_str_equal(name, "sheet"))
        return self->print;
    if (g_str_equal(name, "test"))
        return GTK_WIDGET(self->typed);
    if (g_str_equal(name, "done"))
        return self->finish;
    return NULL;
}

static void
on_slid_cb(N2FirstRun *self)
{
    n2_steps_hide_others(self->stack);
}

void
n2_first_run_go(N2FirstRun *self, const char *name)
{
    const page_row *page = page_of(name);
    guint i = 0;

    gtk_widget_set_visible(self->back, page->before && !(self->identity && page->dot < 3));
    for (GtkWidget *dot = gtk_widget_get_first_child(GTK_WIDGET(self->dots)); dot;
         dot = gtk_widget_get_next_sibling(dot))
        if (i++ == page->dot)
            gtk_widget_add_css_class(dot, "on");
        else
            gtk_widget_remove_css_class(dot, "on");
    g_autofree char *step = g_strdup_printf(_("Step %u of %u"), page->dot + 1, i);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->dots), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   step, -1);
    n2_steps_go(self->stack, name, first_of(self, name));
}

static void
on_back_cb(N2FirstRun *self)
{
    const page_row *page = page_of(gtk_stack_get_visible_child_name(self->stack));

    if (n2_steps_is_at(self->stack, "bring") && n2_bring_view_back(self->bring))
        return;
    if (page->before)
        n2_first_run_go(self, page->before);
}

/* ---- orders ---- */

void
n2_first_run_fail(N2FirstRun *self, const GError *error)
{
    gtk_widget_set_visible(self->elsewhere, !self->is_signing);
    g_autofree char *why = n2_words_sentence(n2_error_peek_why(error));

    gtk_label_set_text(self->why, why);
    gtk_label_set_text(self->next, n2_error_peek_next(error));
    n2_first_run_go(self, "failure");
}

static void
on_made_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2FirstRun) self = user_data;
    g_autoptr(GError) error = NULL;
    g_auto(N2Ordered) ordered = {.fd = -1};
    gboolean is_done =
        n2_identity_source_order_finish(N2_IDENTITY_SOURCE(source), result, &ordered, &error);

    self->is_busy = FALSE;
    if (!self->source) /* the window went meanwhile */
        return;
    if (!is_done && n2_error_code(error) == N2_ERR_CANCELLED) {
        n2_first_run_go(self, self->identity ? "second" : "choose");
        return;
    }
    if (!is_done) {
        n2_first_run_fail(self, error);
        return;
    }
    gboolean is_first = ordered.identity != NULL;
    if (ordered.identity)
        g_set_object(&self->identity, ordered.identity);
    if (self->is_replacing)
        n2_first_run_end_old(self);
    else if (is_first)
        n2_first_run_go_on(self);
    else
        n2_first_run_go(self, "sheet");
}

static void
give_to(N2FirstRun *self, N2OrderKind kind, int secret, GAsyncReadyCallback then)
{
    const char *name = gtk_editable_get_text(GTK_EDITABLE(self->name));

    self->is_busy = TRUE;
    self->is_signing = kind == N2_ORDER_SIGN_IN;
    gtk_label_set_text(self->busy, self->is_signing ? _("Signing in") : _("Making your keys"));
    n2_first_run_go(self, "busy");
    n2_identity_source_order_async(
        self->source,
        &(N2Order){.kind = kind,
                   .name = name,
                   .identity = self->identity ? self->identity->address : NULL,
                   .token = self->token,
                   .touch = (const char *const *)self->touches,
                   .secret = secret},
        self->cancellable, then, g_object_ref(self));
}

static void
give(N2FirstRun *self, N2OrderKind kind, int secret)
{
    give_to(self, kind, secret, on_made_cb);
}

/* What the token shall ask for a touch for; NULL: it cannot, or there is none. */
static GStrv
dup_touches(N2FirstRun *self, const N2TokenModel *token)
{
    if (!n2_token_model_can_touch(token))
        return NULL;
    return gtk_switch_get_active(self->touch) ? g_strdupv(token->can_touch) : g_new0(char *, 1);
}

static void
take_token(N2FirstRun *self, N2OrderKind kind)
{
    N2TokenModel *token =
        n2_token_model_peek_free(n2_identity_source_peek_tokens(self->source));

    if (!token)
        return;
    g_free(self->token);
    self->token = g_strdup(token->id);
    g_strfreev(self->touches);
    self->touches = dup_touches(self, token);
    give(self, kind, -1);
}

static void
on_by_token_cb(N2FirstRun *self)
{
    take_token(self, N2_ORDER_MAKE);
}

static void
on_second_cb(N2FirstRun *self)
{
    take_token(self, N2_ORDER_ADD_TOKEN);
}

static void
on_no_second_cb(N2FirstRun *self)
{
    n2_first_run_go(self, "sheet");
}

static void
on_by_file_cb(N2FirstRun *self)
{
    g_clear_pointer(&self->token, g_free);
    g_clear_pointer(&self->touches, g_strfreev);
    n2_first_run_go(self, "passphrase");
}

static void
on_leave_cb(N2FirstRun *self)
{
    g_signal_emit(self, signals[SIGNAL_FINISHED], 0, self->identity);
}

static void
on_signed_in_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2FirstRun) self = user_data;
    g_autoptr(GError) error = NULL;
    gboolean is_done =
        n2_identity_source_order_finish(N2_IDENTITY_SOURCE(source), result, NULL, &error);

    self->is_busy = FALSE;
    if (!self->source) /* the window went meanwhile */
        return;
    if (is_done)
        on_leave_cb(self);
    else if (n2_error_code(error) == N2_ERR_CANCELLED)
        n2_first_run_go(self, "done");
    else
        n2_first_run_fail(self, error);
}

static void
sign_in(N2FirstRun *self)
{
    give_to(self, N2_ORDER_SIGN_IN, -1, on_signed_in_cb);
}

static void
on_finish_cb(N2FirstRun *self)
{
    if (self->identity && self->identity->signed_in_until_us <= g_get_real_time())
        sign_in(self);
    else
        on_leave_cb(self);
}

static void
on_again_cb(N2FirstRun *self)
{
    if (self->is_signing)
        sign_in(self);
    else if (self->is_replacing && self->identity)
        n2_first_run_go(self, "bring"); /* where the words stand */
    else if (self->identity)
        n2_first_run_go(self, "second");
    else if (self->token)
        give(self, N2_ORDER_MAKE, -1);
    else
        n2_first_run_go(self, "passphrase");
}

static void
on_elsewhere_cb(N2FirstRun *self)
{
    self->is_replacing = FALSE; /* the old one can be ended later */
    n2_first_run_go(self, self->identity ? "sheet" : "choose");
}

static void
on_stop_cb(N2FirstRun *self)
{
    g_cancellable_cancel(self->cancellable);
    g_object_unref(self->cancellable);
    self->cancellable = g_cancellable_new();
}

/* ---- name, passphrase ---- */

static void
on_name_changed_cb(N2FirstRun *self)
{
    g_autofree char *name =
        g_strstrip(g_strdup(gtk_editable_get_text(GTK_EDITABLE(self->name))));

    gtk_widget_set_sensitive(self->named, *name && strlen(name) <= N2_FIRST_RUN_NAME_BYTES_MAX);
}

static void
on_named_cb(N2FirstRun *self)
{
    if (gtk_widget_is_sensitive(self->named))
        n2_first_run_go(self, "choose");
}

static void
on_passphrase_changed_cb(N2FirstRun *self)
{
    const char *first = gtk_editable_get_text(GTK_EDITABLE(self->passphrase));
    const char *again = gtk_editable_get_text(GTK_EDITABLE(self->repeated));
    N2SecretGrade grade = n2_secret_grade(first);
    gboolean differs = *again && strcmp(first, again) != 0;

    gtk_level_bar_set_value(self->strength, grade);
    gtk_label_set_text(self->grade,
                       differs ? _("The two differ.") : n2_secret_peek_words(grade));
    gtk_widget_set_sensitive(self->seal, grade > N2_SECRET_WEAK && strcmp(first, again) == 0);
}

static void
on_seal_cb(N2FirstRun *self)
{
    g_autoptr(GError) error = NULL;

    if (!gtk_widget_is_sensitive(self->seal))
        return;
    int fd = n2_secret_pipe_change("", gtk_editable_get_text(GTK_EDITABLE(self->passphrase)),
                                   &error);
    gtk_editable_set_text(GTK_EDITABLE(self->passphrase), "");
    gtk_editable_set_text(GTK_EDITABLE(self->repeated), "");
    if (fd < 0)
        n2_first_run_fail(self, error);
    else
        give(self, N2_ORDER_MAKE, fd);
}

/* ---- what an order waits for ---- */

static gboolean
on_wanted_cb(N2FirstRun *self)
{
    if (self->is_busy)
        n2_first_run_go(self, "ask");
    return self->is_busy;
}

static void
on_over_cb(N2FirstRun *self)
{
    if (n2_steps_is_at(self->stack, "ask"))
        n2_first_run_go(self, "busy");
}

/* ---- tokens come and go ---- */

static void
on_tokens_cb(N2FirstRun *self)
{
    GListModel *tokens = n2_identity_source_peek_tokens(self->source);
    N2TokenModel *token = n2_token_model_peek_free(tokens);
    g_autofree char *words = n2_token_model_dup_summary(tokens);
    g_autofree char *use =
        token ? g_strdup_printf(_("Use %s"), token->title) : g_strdup(_("Waiting for it"));

    gtk_label_set_text(self->token_words, words);
    gtk_widget_set_sensitive(self->by_token, token != NULL);
    gtk_widget_set_visible(self->touch_list, token && n2_token_model_can_touch(token));
    gtk_widget_set_sensitive(self->use_second, token != NULL);
    gtk_button_set_label(GTK_BUTTON(self->use_second), use);
    if (n2_steps_is_at(self->stack, "second") && token)
        gtk_widget_grab_focus(self->use_second);
}

/* ---- life ---- */

void
n2_first_run_show_sheet(N2FirstRun *self, N2OwnIdentity *identity)
{
    g_return_if_fail(N2_IS_FIRST_RUN(self));

    g_set_object(&self->identity, identity);
    n2_first_run_go(self, "sheet");
}

static void
n2_first_run_map(GtkWidget *widget)
{
    N2FirstRun *self = N2_FIRST_RUN(widget);

    GTK_WIDGET_CLASS(n2_first_run_parent_class)->map(widget);
    n2_first_run_go(self, gtk_stack_get_visible_child_name(self->stack));
}

static void
n2_first_run_dispose(GObject *object)
{
    N2FirstRun *self = N2_FIRST_RUN(object);
    GtkWidget *child = NULL;

    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->cancellable);
    g_clear_object(&self->identity);
    g_clear_object(&self->source);
    g_clear_pointer(&self->token, g_free);
    g_clear_pointer(&self->touches, g_strfreev);
    G_OBJECT_CLASS(n2_first_run_parent_class)->dispose(object);
}

#define BIND(member) gtk_widget_class_bind_template_child(widget_class, N2FirstRun, member)
#define CALL(name) gtk_widget_class_bind_template_callback(widget_class, name)
#define CALL_SHEET(name)                                                                       \
    gtk_widget_class_bind_template_callback_full(widget_class, #name,                          \
                                                 G_CALLBACK(n2_first_run_##name))

static void
n2_first_run_class_init(N2FirstRunClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    g_type_ensure(N2_TYPE_ASK_VIEW);
    g_type_ensure(N2_TYPE_BRING_VIEW);
    G_OBJECT_CLASS(klass)->dispose = n2_first_run_dispose;
    widget_class->map = n2_first_run_map;
    signals[SIGNAL_FINISHED] =
        g_signal_new("finished", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                     NULL, G_TYPE_NONE, 1, N2_TYPE_OWN_IDENTITY);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "firstrun");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/first-run.ui");
    BIND(back);
    BIND(stack);
    BIND(dots);
    BIND(name);
    BIND(named);
    BIND(by_token);
    BIND(by_file);
    BIND(token_words);
    BIND(touch_list);
    BIND(touch);
    BIND(passphrase);
    BIND(repeated);
    BIND(strength);
    BIND(grade);
    BIND(seal);
    BIND(ask);
    BIND(bring);
    BIND(why);
    BIND(next);
    BIND(again);
    BIND(elsewhere);
    BIND(busy);
    BIND(leave);
    BIND(use_second);
    BIND(no_second);
    BIND(print);
    BIND(words);
    BIND(sheet_note);
    BIND(to_test);
    BIND(typed);
    BIND(check);
    BIND(test_note);
    BIND(done_title);
    BIND(done_words);
    BIND(finish);
    CALL(on_back_cb);
    CALL(on_name_changed_cb);
    CALL(on_named_cb);
    CALL(on_by_token_cb);
    CALL(on_by_file_cb);
    CALL(on_leave_cb);
    CALL(on_passphrase_changed_cb);
    CALL(on_seal_cb);
    CALL(on_stop_cb);
    CALL(on_again_cb);
    CALL(on_slid_cb);
    CALL(on_wanted_cb);
    CALL(on_over_cb);
    CALL(on_finish_cb);
    CALL(on_elsewhere_cb);
    CALL(on_second_cb);
    CALL(on_no_second_cb);
    CALL_SHEET(on_by_other_cb);
    CALL_SHEET(on_brought_cb);
    CALL_SHEET(on_lost_cb);
    CALL_SHEET(on_print_cb);
    CALL_SHEET(on_write_cb);
    CALL_SHEET(on_to_test_cb);
    CALL_SHEET(on_typed_changed_cb);
    CALL_SHEET(on_check_cb);
    CALL_SHEET(on_later_cb);
}

static void
n2_first_run_init(N2FirstRun *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    self->cancellable = g_cancellable_new();
    /* Seen while it is typed, and yet in locked memory. */
    g_autoptr(GtkEntryBuffer) buffer = gtk_password_entry_buffer_new();
    gtk_entry_set_buffer(GTK_ENTRY(self->typed), buffer);
    on_passphrase_changed_cb(self);
}

GtkWidget *
n2_first_run_new(N2IdentitySource *source)
{
    N2FirstRun *self = g_object_new(N2_TYPE_FIRST_RUN, NULL);

    self->source = g_object_ref(source);
    n2_ask_view_listen(self->ask, source);
    g_signal_connect_object(n2_identity_source_peek_tokens(source), "items-changed",
                            G_CALLBACK(on_tokens_cb), self, G_CONNECT_SWAPPED);
    on_tokens_cb(self);
    return GTK_WIDGET(self);
}

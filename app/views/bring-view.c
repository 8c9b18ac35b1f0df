/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bring-view.c - an identity that is there already.
 *
 *     have -> words (-> ask) -> brought
 *         |-> token (-> ask) -> brought
 *         |-> file ----------> brought
 *         `-> sheet -> lost
 */
#include "views/bring-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#include "model/secret.h"
#include "views/ask-view.h"
#include "views/carry-box.h"
#include "views/carry.h"
#include "views/steps.h"

struct _N2BringView {
    GtkWidget parent_instance;

    /* Template children: borrowed. */
    GtkStack *stack;
    GtkWidget *by_words;
    GtkWidget *by_file;
    GtkWidget *by_sheet;
    GtkEditable *with;
    GtkLabel *words_note;
    GtkWidget *connect;
    GtkDrawingArea *picture;
    GtkWidget *copy;
    GtkWidget *save;
    GtkLabel *file_note;
    N2CarryBox *carry;
    GtkWidget *by_token;
    GtkLabel *token_words;
    GtkEditable *whose;
    GtkLabel *token_note;
    GtkWidget *join;
    GtkWidget *own;
    GtkEditable *typed;
    GtkEditable *old;
    GtkLabel *sheet_note;
    GtkWidget *lost;
    N2AskView *ask;

    N2IdentitySource *source;  /* owned */
    GCancellable *cancellable; /* owned */
    char *name;                /* owned */
    char *asked_at;            /* owned; the page that the page `ask` came after */
    char *request;             /* owned; what the other device is to answer, once it is drawn */
    char *code;                /* owned; the same as a picture */
    guint n_orders;            /* under way, given here */
};

G_DEFINE_FINAL_TYPE(N2BringView, n2_bring_view, GTK_TYPE_WIDGET)

enum {
    SIGNAL_BROUGHT,
    SIGNAL_LOST,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
give(N2BringView *self, const N2Order *order, GAsyncReadyCallback then)
{
    self->n_orders++;
    n2_identity_source_order_async(self->source, order, self->cancellable, then,
                                   g_object_ref(self));
}

/* What an order here came to; FALSE: the view went meanwhile. */
static gboolean
finish(N2BringView *self,
       GObject *source,
       GAsyncResult *result,
       N2Ordered *ordered,
       GError **error)
{
    self->n_orders--;
    (void)n2_identity_source_order_finish(N2_IDENTITY_SOURCE(source), result, ordered, error);
    return self->source != NULL;
}

/* ---- by words ---- */

static void
on_by_words_cb(N2BringView *self)
{
    n2_steps_note(self->words_note, "");
    n2_steps_go(self->stack, "words", GTK_WIDGET(self->with));
}

static char *
dup_with(N2BringView *self)
{
    g_autofree char *text = g_strstrip(g_strdup(gtk_editable_get_text(self->with)));

    return !*text || strstr(text, "://") ? g_steal_pointer(&text)
                                         : g_strdup_printf("net2o://%s/", text);
}

static void
on_with_changed_cb(N2BringView *self)
{
    g_autofree char *with = dup_with(self);

    gtk_widget_set_sensitive(self->connect, *with && !self->n_orders);
}

static void
on_paired_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2BringView) self = user_data;
    g_autoptr(GError) error = NULL;

    if (!finish(self, source, result, NULL, &error))
        return;
    if (!error) {
        g_signal_emit(self, signals[SIGNAL_BROUGHT], 0);
        return;
    }
    on_with_changed_cb(self);
    n2_steps_note_error(self->words_note, error);
    n2_steps_go(self->stack, "words", GTK_WIDGET(self->with));
}

static void
on_connect_cb(N2BringView *self)
{
    g_autofree char *with = dup_with(self);

    if (!gtk_widget_is_sensitive(self->connect))
        return;
    n2_steps_note(self->words_note, _("Looking for it…"));
    give(self,
         &(N2Order){.kind = N2_ORDER_PAIR, .with = with, .name = self->name, .secret = -1},
         on_paired_cb);
    on_with_changed_cb(self);
}

static gboolean
on_wanted_cb(N2BringView *self)
{
    if (!self->n_orders)
        return FALSE;
    if (!n2_steps_is_at(self->stack, "ask")) {
        g_free(self->asked_at);
        self->asked_at = g_strdup(gtk_stack_get_visible_child_name(self->stack));
    }
    n2_steps_go(self->stack, "ask", NULL);
    return TRUE;
}

static void
on_over_cb(N2BringView *self)
{
    if (n2_steps_is_at(self->stack, "ask"))
        n2_steps_go(self->stack, self->asked_at, NULL);
}

/* ---- by file ---- */

static void
show_request(N2BringView *self)
{
    gtk_widget_set_sensitive(self->copy, self->request != NULL);
    gtk_widget_set_sensitive(self->save, self->request != NULL);
    gtk_widget_set_visible(GTK_WIDGET(self->picture), self->code != NULL);
    n2_carry_set_picture(self->picture, self->code);
}

static void
on_drawn_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2BringView) self = user_data;
    g_autoptr(GError) error = NULL;
    g_auto(N2Ordered) ordered = {.fd = -1};

    if (!finish(self, source, result, &ordered, &error))
        return;
    if (error) {
        n2_steps_note_error(self->file_note, error);
        return;
    }
    self->request = g_steal_pointer(&ordered.text);
    self->code = g_steal_pointer(&ordered.qr);
    show_request(self);
}

static void
on_by_file_cb(N2BringView *self)
{
    n2_steps_note(self->file_note, "");
    show_request(self);
    if (!self->request)
        give(self, &(N2Order){.kind = N2_ORDER_DRAW, .name = self->name, .secret = -1},
             on_drawn_cb);
    n2_steps_go(self->stack, "file", n2_carry_box_peek_first(self->carry));
}

static void
on_copy_cb(N2BringView *self)
{
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(self)), self->request);
}

static void
on_save_cb(N2BringView *self)
{
    n2_carry_save(GTK_WIDGET(self), _("request.n2o"), self->request);
}

static void
on_imported_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2BringView) self = user_data;
    g_autoptr(GError) error = NULL;

    if (!finish(self, source, result, NULL, &error))
        return;
    if (error)
        n2_steps_note_error(self->file_note, error);
    else
        g_signal_emit(self, signals[SIGNAL_BROUGHT], 0);
}

/* What was pasted, opened or scanned: the answer. */
static void
on_got_cb(N2BringView *self, GBytes *text, const GError *error)
{
    n2_steps_note(self->file_note, "");
    if (text)
        give(self, &(N2Order){.kind = N2_ORDER_IMPORT, .text = text, .secret = -1},
             on_imported_cb);
    else
        n2_steps_note_error(self->file_note, error);
}

/* ---- by token ---- */

static void
on_whose_changed_cb(N2BringView *self)
{
    gboolean is_there =
        self->source && n2_token_model_peek_used(n2_identity_source_peek_tokens(self->source));

    gtk_widget_set_sensitive(self->join, is_there && !self->n_orders &&
                                             *gtk_editable_get_text(self->whose));
    gtk_widget_set_sensitive(self->own, !self->n_orders);
}

/* Tokens come and go. */
static void
on_tokens_cb(N2BringView *self)
{
    g_autofree char *words =
        n2_token_model_dup_join(n2_identity_source_peek_tokens(self->source));

    gtk_label_set_text(self->token_words, words);
    on_whose_changed_cb(self);
}

static void
on_by_token_cb(N2BringView *self)
{
    n2_steps_note(self->token_note, "");
    on_tokens_cb(self);
    n2_steps_go(self->stack, "token", GTK_WIDGET(self->whose));
}

static void
on_joined_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2BringView) self = user_data;
    g_autoptr(GError) error = NULL;

    if (!finish(self, source, result, NULL, &error))
        return;
    if (!error) {
        g_signal_emit(self, signals[SIGNAL_BROUGHT], 0);
        return;
    }
    on_whose_changed_cb(self);
    n2_steps_note_error(self->token_note, error);
    n2_steps_go(self->stack, "token", GTK_WIDGET(self->whose));
}

static void
on_join_cb(N2BringView *self)
{
    g_autofree char *whose = g_strstrip(g_strdup(gtk_editable_get_text(self->whose)));

    if (!gtk_widget_is_sensitive(self->join))
        return;
    n2_steps_note(self->token_note, _("Looking for what is known of it…"));
    give(self,
         &(N2Order){.kind = N2_ORDER_JOIN, .identity = whose, .name = self->name, .secret = -1},
         on_joined_cb);
    on_whose_changed_cb(self);
}

/* Its statements are known now, and so is the address. */
static void
on_own_imported_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2BringView) self = user_data;
    g_autoptr(GError) error = NULL;
    g_auto(N2Ordered) ordered = {.fd = -1};

    if (!finish(self, source, result, &ordered, &error))
        return;
    if (error) {
        n2_steps_note_error(self->token_note, error);
    } else {
        gtk_editable_set_text(self->whose, ordered.address ? ordered.address : "");
        n2_steps_note(self->token_note, _("That is here now."));
    }
    on_whose_changed_cb(self);
    gtk_widget_grab_focus(gtk_widget_get_sensitive(self->join) ? self->join
                                                               : GTK_WIDGET(self->whose));
}

static void
on_own_got_cb(N2BringView *self, GBytes *text, const GError *error)
{
    n2_steps_note(self->token_note, "");
    if (text)
        give(self, &(N2Order){.kind = N2_ORDER_IMPORT, .text = text, .secret = -1},
             on_own_imported_cb);
    else
        n2_steps_note_error(self->token_note, error);
    on_whose_changed_cb(self);
}

/* ---- from the sheet ---- */

static void
on_by_sheet_cb(N2BringView *self)
{
    n2_steps_note(self->sheet_note, "");
    n2_steps_go(self->stack, "sheet", GTK_WIDGET(self->typed));
}

static void
on_lost_changed_cb(N2BringView *self)
{
    gtk_widget_set_sensitive(self->lost, *gtk_editable_get_text(self->typed) &&
                                             *gtk_editable_get_text(self->old));
}

static void
on_lost_cb(N2BringView *self)
{
    if (gtk_widget_is_sensitive(self->lost))
        g_signal_emit(self, signals[SIGNAL_LOST], 0);
    else if (*gtk_editable_get_text(self->typed))
        gtk_widget_grab_focus(GTK_WIDGET(self->old));
}

void
n2_bring_view_end_async(N2BringView *self,
                        const char *successor,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *old = g_strstrip(g_strdup(gtk_editable_get_text(self->old)));

    g_return_if_fail(N2_IS_BRING_VIEW(self));

    /* Too long for a pipe: then there is nothing in it, and the node says that these are no
     * words. */
    int secret = n2_secret_pipe(gtk_editable_get_text(self->typed), &error);
    if (secret < 0)
        secret = n2_secret_pipe("", NULL);
    n2_identity_source_order_async(
        self->source,
        &(N2Order){
            .kind = N2_ORDER_END, .identity = old, .successor = successor, .secret = secret},
        cancellable, callback, user_data);
}

/* ---- life ---- */

gboolean
n2_bring_view_back(N2BringView *self)
{
    g_return_val_if_fail(N2_IS_BRING_VIEW(self), FALSE);

    if (n2_steps_is_at(self->stack, "have"))
        return FALSE;
    g_cancellable_cancel(self->cancellable);
    g_object_unref(self->cancellable);
    self->cancellable = g_cancellable_new();
    n2_steps_go(self->stack, "have", self->by_words);
    return TRUE;
}

void
n2_bring_view_begin(N2BringView *self, N2IdentitySource *source, const char *name)
{
    g_return_if_fail(N2_IS_BRING_VIEW(self));

    if (g_set_object(&self->source, source)) {
        n2_ask_view_listen(self->ask, source);
        g_signal_connect_object(n2_identity_source_peek_tokens(source), "items-changed",
                                G_CALLBACK(on_tokens_cb), self, G_CONNECT_SWAPPED);
    }
    if (g_strcmp0(self->name, name) != 0) { /* a request is for this name */
        g_clear_pointer(&self->request, g_free);
        g_clear_pointer(&self->code, g_free);
        g_free(self->name);
        self->name = g_strdup(name);
    }
    n2_steps_go(self->stack, "have", self->by_words);
}

static void
n2_bring_view_dispose(GObject *object)
{
    N2BringView *self = N2_BRING_VIEW(object);
    GtkWidget *child = NULL;

    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->cancellable);
    g_clear_object(&self->source);
    g_clear_pointer(&self->name, g_free);
    g_clear_pointer(&self->asked_at, g_free);
    g_clear_pointer(&self->request, g_free);
    g_clear_pointer(&self->code, g_free);
    G_OBJECT_CLASS(n2_bring_view_parent_class)->dispose(object);
}

#define BIND(member) gtk_widget_class_bind_template_child(widget_class, N2BringView, member)
#define CALL(name) gtk_widget_class_bind_template_callback(widget_class, name)

static void
n2_bring_view_class_init(N2BringViewClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    g_type_ensure(N2_TYPE_ASK_VIEW);
    g_type_ensure(N2_TYPE_CARRY_BOX);
    G_OBJECT_CLASS(klass)->dispose = n2_bring_view_dispose;
    signals[SIGNAL_BROUGHT] = g_signal_new("brought", N2_TYPE_BRING_VIEW, G_SIGNAL_RUN_LAST, 0,
                                           NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_LOST] = g_signal_new("lost", N2_TYPE_BRING_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "bringview");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/bring-view.ui");
    BIND(stack);
    BIND(by_words);
    BIND(by_file);
    BIND(by_sheet);
    BIND(with);
    BIND(words_note);
    BIND(connect);
    BIND(picture);
    BIND(copy);
    BIND(save);
    BIND(file_note);
    BIND(carry);
    BIND(by_token);
    BIND(token_words);
    BIND(whose);
    BIND(token_note);
    BIND(join);
    BIND(own);
    BIND(typed);
    BIND(old);
    BIND(sheet_note);
    BIND(lost);
    BIND(ask);
    CALL(on_by_words_cb);
    CALL(on_by_file_cb);
    CALL(on_by_sheet_cb);
    CALL(on_with_changed_cb);
    CALL(on_connect_cb);
    CALL(on_copy_cb);
    CALL(on_save_cb);
    CALL(on_got_cb);
    CALL(on_by_token_cb);
    CALL(on_whose_changed_cb);
    CALL(on_join_cb);
    CALL(on_own_got_cb);
    CALL(on_lost_changed_cb);
    CALL(on_lost_cb);
    CALL(on_wanted_cb);
    CALL(on_over_cb);
}

static void
n2_bring_view_init(N2BringView *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    gtk_widget_add_css_class(n2_carry_box_peek_first(self->carry), "suggested-action");
    self->cancellable = g_cancellable_new();
    /* Seen while it is typed, and yet in locked memory. */
    g_autoptr(GtkEntryBuffer) buffer = gtk_password_entry_buffer_new();
    gtk_entry_set_buffer(GTK_ENTRY(self->typed), buffer);
}

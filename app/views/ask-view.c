/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ask-view.c - asks for a PIN, a touch, a token, a passphrase, or whether words agree.
 *
 * INVARIANT secret-by-pipe (model/secret.h): the entry is a GtkPasswordEntry, whose buffer is
 * locked memory, without its eye (what is seen is laid out in ordinary memory) and without
 * undo; its text goes into the pipe and is wiped.
 */
#include "views/ask-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "client/error.h"
#include "model/keyring.h"
#include "model/secret.h"
#include "widgets/touch-ring.h"

struct _N2AskView {
    GtkWidget parent_instance;

    /* Template children: borrowed. */
    GtkWidget *ring;
    GtkImage *icon;
    GtkLabel *title;
    GtkLabel *words;
    GtkLabel *left;
    GtkWidget *same;
    GtkWidget *entry;
    GtkWidget *again;
    GtkCheckButton *last;
    GtkCheckButton *keep;
    GtkLabel *hint;
    GtkWidget *cancel;
    GtkWidget *dark;
    GtkWidget *go;

    N2Ask *ask; /* owned; nullable */
    guint timer_id;
};

G_DEFINE_FINAL_TYPE(N2AskView, n2_ask_view, GTK_TYPE_WIDGET)

enum {
    SIGNAL_WANTED,
    SIGNAL_OVER,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

/* How much time or how many tries are left. */
static gboolean
show_left(gpointer user_data)
{
    N2AskView *self = user_data;
    g_autofree char *tries = n2_ask_dup_tries(self->ask);
    guint left = n2_ask_get_left(self->ask, g_get_monotonic_time());

    if (!self->ask->seconds) {
        gtk_label_set_text(self->left, tries);
        gtk_widget_set_visible(GTK_WIDGET(self->left), *tries);
        return G_SOURCE_CONTINUE;
    }
    g_autofree char *seconds =
        g_strdup_printf(ngettext("%u second left", "%u seconds left", left), left);
    gtk_label_set_text(self->left, seconds);
    gtk_widget_set_visible(GTK_WIDGET(self->left), TRUE);
    n2_touch_ring_set_left(N2_TOUCH_RING(self->ring),
                           (double)left / (double)self->ask->seconds);
    return G_SOURCE_CONTINUE;
}

static void
check_entry(N2AskView *self)
{
    const char *first = gtk_editable_get_text(GTK_EDITABLE(self->entry));
    const char *again = gtk_editable_get_text(GTK_EDITABLE(self->again));
    gboolean is_new = self->ask && self->ask->want == N2_ASKS_NEW_PIN;
    gboolean is_last = self->ask && n2_ask_is_last(self->ask);
    gboolean wants_text = self->ask && n2_ask_wants_text(self->ask);

    gtk_widget_set_sensitive(
        self->go, !wants_text || (*first && (!is_new || g_str_equal(first, again)) &&
                                  (!is_last || gtk_check_button_get_active(self->last))));
    if (!is_new)
        return;
    gtk_label_set_text(self->hint, _("The two differ."));
    gtk_widget_set_visible(GTK_WIDGET(self->hint), *again && !g_str_equal(first, again));
}

static void
wipe(N2AskView *self)
{
    gtk_editable_set_text(GTK_EDITABLE(self->entry), "");
    gtk_editable_set_text(GTK_EDITABLE(self->again), "");
}

static void
give(N2AskView *self)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Ask) ask = self->ask ? g_object_ref(self->ask) : NULL;

    if (!ask)
        return;
    int fd = n2_secret_pipe(gtk_editable_get_text(GTK_EDITABLE(self->entry)), &error);
    wipe(self);
    if (fd < 0) {
        gtk_label_set_text(self->hint, error->message);
        gtk_widget_set_visible(GTK_WIDGET(self->hint), TRUE);
        return;
    }
    n2_ask_tell(ask, fd, n2_ask_is_last(ask));
}

/* For the keyring, which may ask for a passphrase of its own. */
static void
set_waiting(N2AskView *self, gboolean is_waiting)
{
    gtk_editable_set_editable(GTK_EDITABLE(self->entry), !is_waiting);
    gtk_widget_set_sensitive(self->go, !is_waiting);
}

/* Kept before it is tried, as it is wiped then; a wrong one is forgotten by who tries it. */
static void
on_kept_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2AskView) self = user_data;
    g_autoptr(GError) error = NULL;
    (void)source;

    set_waiting(self, FALSE);
    if (n2_keyring_keep_finish(result, &error)) {
        give(self);
        return;
    }
    gtk_check_button_set_active(self->keep, FALSE);
    gtk_label_set_text(self->hint, error->message);
    gtk_widget_set_visible(GTK_WIDGET(self->hint), TRUE);
}

static void
on_go_cb(N2AskView *self)
{
    if (!self->ask || !gtk_widget_is_sensitive(self->go))
        return;
    if (!n2_ask_wants_text(self->ask)) {
        g_autoptr(N2Ask) ask = g_object_ref(self->ask);
        n2_ask_tell(ask, N2_ASK_AGREED, FALSE);
        return;
    }
    if (!self->ask->kept_as || !gtk_check_button_get_active(self->keep)) {
        give(self);
        return;
    }
    set_waiting(self, TRUE);
    n2_keyring_keep_async(self->ask->kept_as, gtk_editable_get_text(GTK_EDITABLE(self->entry)),
                          NULL, on_kept_cb, g_object_ref(self));
}

/* From the first of two to the second. */
static void
on_entered_cb(N2AskView *self)
{
    if (self->ask && self->ask->want == N2_ASKS_NEW_PIN)
        gtk_widget_grab_focus(self->again);
    else
        on_go_cb(self);
}

static void
on_cancel_cb(N2AskView *self)
{
    g_autoptr(N2Ask) ask = self->ask ? g_object_ref(self->ask) : NULL;

    wipe(self);
    if (ask)
        n2_ask_tell(ask, -1, FALSE);
}

static void
on_dark_cb(N2AskView *self)
{
    gtk_label_set_text(self->hint,
                       _("Then it may want the touch without saying so: lay a finger on its "
                         "metal for a second. If that does nothing, pull it out, plug it in "
                         "again and start once more."));
    gtk_widget_set_visible(GTK_WIDGET(self->hint), TRUE);
}

static const char *
icon_of(N2AskWant want)
{
    return want == N2_ASKS_PASSPHRASE ? "dialog-password-symbolic"
           : want == N2_ASKS_WORDS    ? "computer-symbolic"
                                      : "net2o-token-symbolic";
}

static const char *
label_of(N2AskWant want)
{
    return want == N2_ASKS_PASSPHRASE   ? _("Passphrase")
           : want == N2_ASKS_NEW_PIN    ? _("New PIN")
           : want == N2_ASKS_ADMIN_PIN  ? _("Admin PIN")
           : want == N2_ASKS_RESET_CODE ? _("Reset code")
                                        : _("PIN");
}

static void
show(N2AskView *self)
{
    gboolean wants_text = n2_ask_wants_text(self->ask);
    gboolean is_touch = self->ask->want == N2_ASKS_TOUCH;
    gboolean is_words = self->ask->want == N2_ASKS_WORDS;
    g_autofree char *words = n2_ask_dup_words(self->ask);

    gtk_label_set_text(self->title, n2_ask_peek_title(self->ask));
    gtk_label_set_text(self->words, words);
    gtk_image_set_from_icon_name(self->icon, icon_of(self->ask->want));
    gtk_widget_set_visible(self->ring, is_touch);
    gtk_widget_set_visible(GTK_WIDGET(self->icon), !is_touch);
    gtk_widget_set_visible(self->dark, is_touch);
    gtk_widget_set_visible(GTK_WIDGET(self->hint), FALSE);
    gtk_widget_set_visible(self->entry, wants_text);
    gtk_widget_set_visible(self->again, self->ask->want == N2_ASKS_NEW_PIN);
    gtk_widget_set_visible(self->same, is_words);
    gtk_label_set_text(GTK_LABEL(self->same), self->ask->same ? self->ask->same : "");
    gtk_widget_set_visible(self->go, wants_text || is_words);
    gtk_button_set_label(GTK_BUTTON(self->go), is_words ? _("They Are the Same") : _("Go On"));
    gtk_button_set_label(GTK_BUTTON(self->cancel), is_words ? _("No") : _("Cancel"));
    gtk_widget_set_visible(GTK_WIDGET(self->last), n2_ask_is_last(self->ask));
    gtk_check_button_set_active(self->last, FALSE);
    gtk_widget_set_visible(GTK_WIDGET(self->keep), self->ask->kept_as != NULL);
    gtk_check_button_set_active(self->keep, FALSE);
    gtk_editable_set_editable(GTK_EDITABLE(self->entry), TRUE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   label_of(self->ask->want), -1);
    g_object_set(self->entry, "placeholder-text", label_of(self->ask->want), NULL);
    wipe(self);
    check_entry(self);
    show_left(self);
    gtk_widget_grab_focus(wants_text ? self->entry : self->cancel);
}

void
n2_ask_view_set_ask(N2AskView *self, N2Ask *ask)
{
    g_return_if_fail(N2_IS_ASK_VIEW(self));

    g_clear_handle_id(&self->timer_id, g_source_remove);
    wipe(self);
    if (!g_set_object(&self->ask, ask) && !ask)
        return;
    if (!ask)
        return;
    self->timer_id = g_timeout_add_seconds(1, show_left, self);
    show(self);
}

/* ---- what a source asks ---- */

/* The next one may have come already, while the answer to this one was told. */
static void
on_closed_cb(N2AskView *self, N2Ask *ask)
{
    if (self->ask != ask)
        return;
    n2_ask_view_set_ask(self, NULL);
    g_signal_emit(self, signals[SIGNAL_OVER], 0);
}

static void
on_told_cb(N2AskView *self, int fd, gboolean is_last_allowed, N2Ask *ask)
{
    (void)fd;
    (void)is_last_allowed;
    on_closed_cb(self, ask);
}

static gboolean
on_ask_cb(N2AskView *self, N2Ask *ask)
{
    gboolean is_shown = FALSE;

    g_signal_emit(self, signals[SIGNAL_WANTED], 0, &is_shown);
    if (!is_shown)
        return FALSE;
    g_signal_connect_object(ask, "told", G_CALLBACK(on_told_cb), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(ask, "closed", G_CALLBACK(on_closed_cb), self, G_CONNECT_SWAPPED);
    n2_ask_view_set_ask(self, ask);
    return TRUE;
}

void
n2_ask_view_listen(N2AskView *self, N2IdentitySource *source)
{
    g_return_if_fail(N2_IS_ASK_VIEW(self));

    g_signal_connect_object(source, "ask", G_CALLBACK(on_ask_cb), self, G_CONNECT_SWAPPED);
}

static void
n2_ask_view_dispose(GObject *object)
{
    N2AskView *self = N2_ASK_VIEW(object);
    GtkWidget *child = NULL;

    g_clear_handle_id(&self->timer_id, g_source_remove);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->ask);
    G_OBJECT_CLASS(n2_ask_view_parent_class)->dispose(object);
}

static void
n2_ask_view_class_init(N2AskViewClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    g_type_ensure(N2_TYPE_TOUCH_RING);
    G_OBJECT_CLASS(klass)->dispose = n2_ask_view_dispose;
    signals[SIGNAL_WANTED] =
        g_signal_new("wanted", N2_TYPE_ASK_VIEW, G_SIGNAL_RUN_LAST, 0,
                     g_signal_accumulator_true_handled, NULL, NULL, G_TYPE_BOOLEAN, 0);
    signals[SIGNAL_OVER] = g_signal_new("over", N2_TYPE_ASK_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "askview");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/ask-view.ui");
    gtk_widget_class_bind_template_child(widget_class, N2AskView, ring);
    gtk_widget_class_bind_template_child(widget_class, N2AskView, icon);
    gtk_widget_class_bind_template_child(widget_class, N2AskView, title);
    gtk_widget_class_bind_template_child(widget_class, N2AskView, words);
    gtk_widget_class_bind_template_child(widget_class, N2AskView, left);
    gtk_widget_class_bind_template_child(widget_class, N2AskView, same);
    gtk_widget_class_bind_template_child(widget_class, N2AskView, entry);
    gtk_widget_class_bind_template_child(widget_class, N2AskView, again);
    gtk_widget_class_bind_template_child(widget_class, N2AskView, last);
    gtk_widget_class_bind_template_child(widget_class, N2AskView, keep);
    gtk_widget_class_bind_template_child(widget_class, N2AskView, hint);
    gtk_widget_class_bind_template_child(widget_class, N2AskView, cancel);
    gtk_widget_class_bind_template_child(widget_class, N2AskView, dark);
    gtk_widget_class_bind_template_child(widget_class, N2AskView, go);
    gtk_widget_class_bind_template_callback(widget_class, check_entry);
    gtk_widget_class_bind_template_callback(widget_class, on_entered_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_go_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_cancel_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_dark_cb);
}

static void
n2_ask_view_init(N2AskView *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

/* ---- in a window ---- */

static void
on_over_cb(GtkWindow *window)
{
    gtk_window_destroy(window);
}

static gboolean
on_close_request_cb(GtkWindow *window, gpointer user_data)
{
    N2AskView *view = user_data;

    (void)window;
    on_cancel_cb(view); /* that destroys the window */
    return TRUE;
}

GtkWindow *
n2_ask_window_open(GtkWindow *parent, N2Ask *ask)
{
    GtkWidget *window = adw_window_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *bar = adw_header_bar_new();
    N2AskView *view = g_object_new(N2_TYPE_ASK_VIEW, NULL);

    gtk_widget_add_css_class(bar, "flat");
    gtk_box_append(GTK_BOX(box), bar);
    gtk_widget_set_vexpand(GTK_WIDGET(view), TRUE);
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(view));
    adw_window_set_content(ADW_WINDOW(window), box);
    gtk_window_set_title(GTK_WINDOW(window), n2_ask_peek_title(ask));
    adw_header_bar_set_title_widget(ADW_HEADER_BAR(bar), gtk_label_new(NULL));
    gtk_window_set_default_size(GTK_WINDOW(window), 360, 420);
    gtk_window_set_modal(GTK_WINDOW(window), TRUE);
    gtk_window_set_transient_for(GTK_WINDOW(window), parent);
    g_signal_connect(window, "close-request", G_CALLBACK(on_close_request_cb), view);
    g_signal_connect_object(ask, "told", G_CALLBACK(on_over_cb), window,
                            G_CONNECT_SWAPPED | G_CONNECT_AFTER);
    g_signal_connect_object(ask, "closed", G_CALLBACK(on_over_cb), window, G_CONNECT_SWAPPED);
    n2_ask_view_set_ask(view, ask);
    gtk_window_present(GTK_WINDOW(window));
    return GTK_WINDOW(window);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * add-device.c - a window that lets another machine join an identity.
 */
#include "views/add-device.h"

#include <glib/gi18n.h>

#include "client/error.h"
#include "views/ask-view.h"
#include "views/carry.h"

struct _N2AddDevice {
    AdwWindow parent_instance;

    /* Template children: borrowed. */
    GtkStack *stack;
    GtkLabel *address;
    GtkWidget *wait;
    GtkWidget *paste;
    GtkWidget *open;
    GtkLabel *note;
    GtkLabel *answer_title;
    GtkLabel *answer_words;
    GtkDrawingArea *picture;
    GtkWidget *take;
    GtkWidget *done;
    N2AskView *ask;

    N2IdentitySource *source;  /* owned */
    N2OwnIdentity *identity;   /* owned */
    GCancellable *cancellable; /* owned */
    N2Ask *asked;              /* owned; what the page `ask` shows */
    char *answer;              /* owned */
    gboolean is_busy;
};

G_DEFINE_FINAL_TYPE(N2AddDevice, n2_add_device, ADW_TYPE_WINDOW)

static void
note(N2AddDevice *self, const char *words)
{
    gtk_label_set_text(self->note, words);
    gtk_widget_set_visible(GTK_WIDGET(self->note), *words);
}

/* What is not shown is hidden as a whole: AT-SPI of GTK 4.8 shows pages that lie behind. */
static void
go(N2AddDevice *self, const char *name, GtkWidget *first)
{
    GtkWidget *shown = gtk_stack_get_child_by_name(self->stack, name);

    gtk_widget_set_visible(shown, TRUE);
    gtk_stack_set_visible_child(self->stack, shown);
    for (GtkWidget *page = gtk_widget_get_first_child(GTK_WIDGET(self->stack)); page;
         page = gtk_widget_get_next_sibling(page))
        if (page != shown)
            gtk_widget_set_visible(page, FALSE);
    if (first)
        gtk_widget_grab_focus(first);
}

static void
set_busy(N2AddDevice *self, gboolean is_busy)
{
    self->is_busy = is_busy;
    gtk_widget_set_sensitive(self->wait, !is_busy);
    gtk_widget_set_sensitive(self->paste, !is_busy);
    gtk_widget_set_sensitive(self->open, !is_busy);
}

/* ---- orders ---- */

static void
on_added_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2AddDevice) self = user_data;
    g_autoptr(GError) error = NULL;
    g_auto(N2Ordered) ordered = {.fd = -1};

    (void)n2_identity_source_order_finish(N2_IDENTITY_SOURCE(source), result, &ordered, &error);
    if (!self->source) /* the window went meanwhile */
        return;
    set_busy(self, FALSE);
    if (error) {
        note(self, n2_error_code(error) == N2_ERR_CANCELLED ? "" : error->message);
        go(self, "ways", self->wait);
        return;
    }
    self->answer = g_steal_pointer(&ordered.text);
    gtk_label_set_text(self->answer_title,
                       self->answer ? _("Take this to the new device") : _("It has joined"));
    gtk_label_set_text(self->answer_words,
                       self->answer
                           ? _("There, paste or open it. It is not secret.")
                           : _("It speaks for you from now on, with keys of its own."));
    /* Several pictures are more trouble than a file. */
    gtk_widget_set_visible(GTK_WIDGET(self->picture), self->answer && ordered.n_qr == 1);
    n2_carry_set_picture(self->picture, ordered.n_qr == 1 ? ordered.qr : NULL);
    gtk_widget_set_visible(self->take, self->answer != NULL);
    go(self, "answer", self->done);
}

static void
give(N2AddDevice *self, N2OrderKind kind, GBytes *text)
{
    set_busy(self, TRUE);
    n2_identity_source_order_async(
        self->source,
        &(N2Order){
            .kind = kind, .identity = self->identity->address, .text = text, .secret = -1},
        self->cancellable, on_added_cb, g_object_ref(self));
}

static void
on_wait_cb(N2AddDevice *self)
{
    note(self, _("Waiting for the other device…"));
    give(self, N2_ORDER_PAIR, NULL);
}

static void
on_got_cb(GtkWidget *widget, GBytes *text, const GError *error)
{
    N2AddDevice *self = N2_ADD_DEVICE(widget);

    if (!self->source || self->is_busy)
        return;
    note(self, error ? error->message : "");
    if (text)
        give(self, N2_ORDER_ADD_DEVICE, text);
}

static void
on_paste_cb(N2AddDevice *self)
{
    n2_carry_paste(GTK_WIDGET(self), on_got_cb);
}

static void
on_open_cb(N2AddDevice *self)
{
    n2_carry_open(GTK_WIDGET(self), on_got_cb);
}

static void
on_copy_address_cb(N2AddDevice *self)
{
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(self)),
                           gtk_label_get_text(self->address));
}

static void
on_copy_cb(N2AddDevice *self)
{
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(self)), self->answer);
}

static void
on_save_cb(N2AddDevice *self)
{
    n2_carry_save(GTK_WIDGET(self), _("answer.n2o"), self->answer);
}

/* ---- what is asked ---- */

static void
on_closed_cb(N2AddDevice *self, N2Ask *ask)
{
    if (self->asked != ask)
        return;
    g_clear_object(&self->asked);
    n2_ask_view_set_ask(self->ask, NULL);
    go(self, "ways", NULL);
}

static void
on_told_cb(N2AddDevice *self, int fd, gboolean is_last_allowed, N2Ask *ask)
{
    (void)fd;
    (void)is_last_allowed;
    on_closed_cb(self, ask);
}

static gboolean
on_ask_cb(N2AddDevice *self, N2Ask *ask)
{
    if (!self->is_busy)
        return FALSE;
    g_set_object(&self->asked, ask);
    g_signal_connect_object(ask, "told", G_CALLBACK(on_told_cb), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(ask, "closed", G_CALLBACK(on_closed_cb), self, G_CONNECT_SWAPPED);
    go(self, "ask", NULL);
    n2_ask_view_set_ask(self->ask, ask);
    return TRUE;
}

/* ---- life ---- */

static void
n2_add_device_dispose(GObject *object)
{
    N2AddDevice *self = N2_ADD_DEVICE(object);

    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
    g_clear_object(&self->asked);
    g_clear_object(&self->identity);
    g_clear_object(&self->source);
    g_clear_pointer(&self->answer, g_free);
    G_OBJECT_CLASS(n2_add_device_parent_class)->dispose(object);
}

#define BIND(member) gtk_widget_class_bind_template_child(widget_class, N2AddDevice, member)
#define CALL(name) gtk_widget_class_bind_template_callback(widget_class, name)

static void
n2_add_device_class_init(N2AddDeviceClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    g_type_ensure(N2_TYPE_ASK_VIEW);
    G_OBJECT_CLASS(klass)->dispose = n2_add_device_dispose;
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/add-device.ui");
    gtk_widget_class_add_binding_action(widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
    BIND(stack);
    BIND(address);
    BIND(wait);
    BIND(paste);
    BIND(open);
    BIND(note);
    BIND(answer_title);
    BIND(answer_words);
    BIND(picture);
    BIND(take);
    BIND(done);
    BIND(ask);
    CALL(on_wait_cb);
    CALL(on_paste_cb);
    CALL(on_open_cb);
    CALL(on_copy_address_cb);
    CALL(on_copy_cb);
    CALL(on_save_cb);
    CALL(gtk_window_destroy);
}

static void
n2_add_device_init(N2AddDevice *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    self->cancellable = g_cancellable_new();
}

N2AddDevice *
n2_add_device_open(GtkWindow *parent, N2IdentitySource *source, N2OwnIdentity *identity)
{
    N2AddDevice *self = g_object_new(N2_TYPE_ADD_DEVICE, "transient-for", parent, NULL);
    g_autofree char *address = g_strdup_printf("net2o://%s/", identity->address);

    self->source = g_object_ref(source);
    self->identity = g_object_ref(identity);
    gtk_label_set_text(self->address, address);
    g_signal_connect_object(source, "ask", G_CALLBACK(on_ask_cb), self, G_CONNECT_SWAPPED);
    gtk_window_present(GTK_WINDOW(self));
    go(self, "ways", self->wait);
    return self;
}

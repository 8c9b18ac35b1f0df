/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * add-device.c - a window that lets another machine join an identity.
 */
#include "views/add-device.h"

#include <glib/gi18n.h>

#include "views/ask-view.h"
#include "views/carry-box.h"
#include "views/carry.h"
#include "views/steps.h"

struct _N2AddDevice {
    AdwWindow parent_instance;

    /* Template children: borrowed. */
    GtkStack *stack;
    GtkLabel *address;
    GtkWidget *wait;
    GtkWidget *carry;
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
    char *answer;              /* owned */
    gboolean is_busy;
};

G_DEFINE_FINAL_TYPE(N2AddDevice, n2_add_device, ADW_TYPE_WINDOW)

static void
set_busy(N2AddDevice *self, gboolean is_busy)
{
    self->is_busy = is_busy;
    gtk_widget_set_sensitive(self->wait, !is_busy);
    gtk_widget_set_sensitive(self->carry, !is_busy);
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
        n2_steps_note_error(self->note, error);
        n2_steps_go(self->stack, "ways", self->wait);
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
    n2_steps_go(self->stack, "answer", self->done);
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
    n2_steps_note(self->note, _("Waiting for the other device…"));
    give(self, N2_ORDER_PAIR, NULL);
}

static void
on_got_cb(N2AddDevice *self, GBytes *text, const GError *error)
{
    n2_steps_note(self->note, "");
    if (text)
        give(self, N2_ORDER_ADD_DEVICE, text);
    else
        n2_steps_note_error(self->note, error);
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

static gboolean
on_wanted_cb(N2AddDevice *self)
{
    if (self->is_busy)
        n2_steps_go(self->stack, "ask", NULL);
    return self->is_busy;
}

static void
on_over_cb(N2AddDevice *self)
{
    n2_steps_go(self->stack, "ways", NULL);
}

/* ---- life ---- */

static void
n2_add_device_dispose(GObject *object)
{
    N2AddDevice *self = N2_ADD_DEVICE(object);

    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
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
    g_type_ensure(N2_TYPE_CARRY_BOX);
    G_OBJECT_CLASS(klass)->dispose = n2_add_device_dispose;
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/add-device.ui");
    gtk_widget_class_add_binding_action(widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
    BIND(stack);
    BIND(address);
    BIND(wait);
    BIND(carry);
    BIND(note);
    BIND(answer_title);
    BIND(answer_words);
    BIND(picture);
    BIND(take);
    BIND(done);
    BIND(ask);
    CALL(on_wait_cb);
    CALL(on_got_cb);
    CALL(on_copy_address_cb);
    CALL(on_copy_cb);
    CALL(on_save_cb);
    CALL(on_wanted_cb);
    CALL(on_over_cb);
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
    n2_ask_view_listen(self->ask, source);
    gtk_window_present(GTK_WINDOW(self));
    n2_steps_go(self->stack, "ways", self->wait);
    return self;
}

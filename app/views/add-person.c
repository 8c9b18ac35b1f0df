/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * add-person.c - a form: somebody joins the user's people.
 *
 * What a file holds is given to the node as it is; nothing here reads it.
 */
#include "views/add-person.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "client/error.h"
#include "views/carry.h"
#include "views/sheet-print.h"

enum {
    FILE_BYTES_MAX = 256 * 1024 /* as a container of statements */
};

struct _N2AddPerson {
    GtkWidget parent_instance;

    /* Template children: borrowed. */
    GtkEditable *text;
    AdwActionRow *file_row;
    GtkEditable *name;
    GtkSwitch *met;
    GtkLabel *problem;
    GtkWidget *add;
    GtkWidget *mine;
    GtkDrawingArea *code;
    GtkLabel *own;

    N2PeopleSource *people;        /* owned */
    GBytes *bytes;                 /* owned; of the file, nullable */
    char *address;                 /* owned; the user's own, nullable */
    GCancellable *cancellable;     /* owned; of all that is under way */
    GtkFileChooserNative *chooser; /* owned; while it is open */
};

G_DEFINE_FINAL_TYPE(N2AddPerson, n2_add_person, GTK_TYPE_WIDGET)

enum {
    SIGNAL_ADDED,
    SIGNAL_CANCELLED,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
say(N2AddPerson *self, const char *words)
{
    gtk_label_set_text(self->problem, words ? words : "");
    gtk_widget_set_visible(GTK_WIDGET(self->problem), words != NULL);
}

static char *
dup_stripped(GtkEditable *editable)
{
    return g_strstrip(g_strdup(gtk_editable_get_text(editable)));
}

/* Somebody without a name would be a row of letters that nobody knows. */
static void
check(N2AddPerson *self)
{
    g_autofree char *text = dup_stripped(self->text);
    g_autofree char *name = dup_stripped(self->name);

    gtk_widget_set_sensitive(self->add, (*text || self->bytes) && *name);
}

/* ---- adding ---- */

static void
on_added_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2AddPerson) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autofree char *whose =
        n2_people_source_order_finish(N2_PEOPLE_SOURCE(source), result, &error);

    if (error && n2_error_code(error) == N2_ERR_CANCELLED)
        return;
    if (whose)
        g_signal_emit(self, signals[SIGNAL_ADDED], 0, whose);
    else
        say(self, error->message);
    check(self);
}

static void
on_add_cb(N2AddPerson *self)
{
    g_autofree char *text = dup_stripped(self->text);
    g_autofree char *name = n2_own_name_dup(gtk_editable_get_text(self->name));
    g_autoptr(GBytes) bytes = *text         ? g_bytes_new(text, strlen(text))
                              : self->bytes ? g_bytes_ref(self->bytes)
                                            : NULL;

    if (!self->people || !bytes || !*name)
        return;
    say(self, NULL);
    gtk_widget_set_sensitive(self->add, FALSE); /* until there is an answer */
    n2_people_source_order_async(
        self->people,
        &(N2PeopleOrder){.kind = N2_PEOPLE_ADD,
                         .text = bytes,
                         .name = name,
                         .met = gtk_switch_get_active(self->met) ? N2_YES : N2_LEAVE},
        self->cancellable, on_added_cb, g_object_ref(self));
}

static void
on_cancel_cb(N2AddPerson *self)
{
    g_signal_emit(self, signals[SIGNAL_CANCELLED], 0);
}

/* ---- a file ---- */

static void
on_read_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2AddPerson) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes =
        g_input_stream_read_bytes_finish(G_INPUT_STREAM(source), result, &error);

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    g_clear_pointer(&self->bytes, g_bytes_unref);
    if (!bytes)
        say(self, error->message);
    else if (g_bytes_get_size(bytes) == 0 || g_bytes_get_size(bytes) > FILE_BYTES_MAX)
        say(self, _("That file holds no identity: it is empty, or too large."));
    else
        self->bytes = g_bytes_ref(bytes);
    if (!self->bytes)
        adw_action_row_set_subtitle(self->file_row, "");
    check(self);
}

static void
on_file_opened_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2AddPerson) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GFileInputStream) stream = g_file_read_finish(G_FILE(source), result, &error);

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (!stream) {
        say(self, error->message);
        return;
    }
    g_input_stream_read_bytes_async(G_INPUT_STREAM(stream), FILE_BYTES_MAX + 1,
                                    G_PRIORITY_DEFAULT, self->cancellable, on_read_cb,
                                    g_object_ref(self));
}

void
n2_add_person_take_file(N2AddPerson *self, GFile *file)
{
    g_autofree char *name = NULL;
    g_autofree char *plain = NULL;

    g_return_if_fail(N2_IS_ADD_PERSON(self));

    name = g_file_get_basename(file);
    plain = g_markup_escape_text(name ? name : "", -1);
    say(self, NULL);
    gtk_editable_set_text(self->text, "");
    adw_action_row_set_subtitle(self->file_row, plain);
    g_file_read_async(file, G_PRIORITY_DEFAULT, self->cancellable, on_file_opened_cb,
                      g_object_ref(self));
}

static void
on_chosen_cb(N2AddPerson *self, int response)
{
    g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT
                                ? gtk_file_chooser_get_file(GTK_FILE_CHOOSER(self->chooser))
                                : NULL;

    if (file)
        n2_add_person_take_file(self, file);
    g_clear_object(&self->chooser);
}

static void
on_choose_cb(N2AddPerson *self)
{
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));

    if (self->chooser || !GTK_IS_WINDOW(root))
        return;
    self->chooser = gtk_file_chooser_native_new(_("A File With an Identity"), GTK_WINDOW(root),
                                                GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
    g_signal_connect_object(self->chooser, "response", G_CALLBACK(on_chosen_cb), self,
                            G_CONNECT_SWAPPED);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(self->chooser));
}

/* ---- a code ---- */

static void
on_scanned_cb(GtkWidget *widget, GBytes *text, const GError *error)
{
    N2AddPerson *self = N2_ADD_PERSON(widget);
    gsize n = text ? g_bytes_get_size(text) : 0;
    g_autofree char *plain =
        text ? g_utf8_make_valid(g_bytes_get_data(text, NULL), (gssize)n) : NULL;

    if (!self->people)
        return;
    say(self, error ? error->message : NULL);
    if (plain)
        gtk_editable_set_text(self->text, plain);
}

static void
on_scan_cb(N2AddPerson *self)
{
    n2_carry_scan(GTK_WIDGET(self), NULL, on_scanned_cb);
}

/* ---- the own address ---- */

static void
on_draw_cb(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer user_data)
{
    const N2AddPerson *self = user_data;

    (void)area;
    if (self->address)
        n2_sheet_draw_qr(cr, self->address, 0, 0, MIN(width, height));
}

static void
show_own(N2AddPerson *self)
{
    const char *own = n2_people_source_peek_own(self->people);

    gtk_widget_set_visible(self->mine, own != NULL);
    if (!own)
        return;
    g_free(self->address);
    self->address = g_strdup_printf("net2o://%s/", own);
    gtk_label_set_text(self->own, own);
    gtk_widget_queue_draw(GTK_WIDGET(self->code));
}

static void
on_copy_cb(N2AddPerson *self)
{
    gtk_widget_activate_action(GTK_WIDGET(self), "win.copy-text", "s",
                               gtk_label_get_text(self->own));
}

/* ---- object ---- */

static void
stop(N2AddPerson *self)
{
    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
}

void
n2_add_person_begin(N2AddPerson *self, N2PeopleSource *people)
{
    g_return_if_fail(N2_IS_ADD_PERSON(self));

    stop(self);
    self->cancellable = g_cancellable_new();
    g_set_object(&self->people, people);
    g_clear_pointer(&self->bytes, g_bytes_unref);
    gtk_editable_set_text(self->text, "");
    gtk_editable_set_text(self->name, "");
    gtk_switch_set_active(self->met, FALSE);
    adw_action_row_set_subtitle(self->file_row,
                                _("One that they exported, or that came by mail"));
    say(self, NULL);
    check(self);
    show_own(self);
    gtk_widget_grab_focus(GTK_WIDGET(self->text));
}

static void
n2_add_person_dispose(GObject *object)
{
    N2AddPerson *self = N2_ADD_PERSON(object);
    GtkWidget *child = NULL;

    stop(self);
    g_clear_object(&self->chooser);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->people);
    g_clear_pointer(&self->bytes, g_bytes_unref);
    g_clear_pointer(&self->address, g_free);
    G_OBJECT_CLASS(n2_add_person_parent_class)->dispose(object);
}

static void
n2_add_person_class_init(N2AddPersonClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    GType type = G_TYPE_FROM_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_add_person_dispose;
    signals[SIGNAL_ADDED] = g_signal_new("added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_STRING);
    signals[SIGNAL_CANCELLED] =
        g_signal_new("cancelled", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "addperson");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/add-person.ui");
    gtk_widget_class_bind_template_child(widget_class, N2AddPerson, text);
    gtk_widget_class_bind_template_child(widget_class, N2AddPerson, file_row);
    gtk_widget_class_bind_template_child(widget_class, N2AddPerson, name);
    gtk_widget_class_bind_template_child(widget_class, N2AddPerson, met);
    gtk_widget_class_bind_template_child(widget_class, N2AddPerson, problem);
    gtk_widget_class_bind_template_child(widget_class, N2AddPerson, add);
    gtk_widget_class_bind_template_child(widget_class, N2AddPerson, mine);
    gtk_widget_class_bind_template_child(widget_class, N2AddPerson, code);
    gtk_widget_class_bind_template_child(widget_class, N2AddPerson, own);
    gtk_widget_class_bind_template_callback(widget_class, check);
    gtk_widget_class_bind_template_callback(widget_class, on_add_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_cancel_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_choose_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_scan_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_copy_cb);
}

static void
name_entry(GtkEditable *row, const char *name)
{
    GtkEditable *text = gtk_editable_get_delegate(row);

    gtk_accessible_update_property(GTK_ACCESSIBLE(text), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                   -1);
}

static void
n2_add_person_init(N2AddPerson *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    name_entry(self->text, _("Address or code"));
    name_entry(self->name, _("Your name for them"));
    gtk_drawing_area_set_draw_func(self->code, on_draw_cb, self, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * error-view.c - why a place can't be shown.
 */
#include "views/error-view.h"

#include <glib/gi18n.h>

#include "client/error.h"
#include "model/location.h"
#include "model/place.h"
#include "widgets/hop-chain.h"

struct _N2ErrorView {
    GtkWidget parent_instance;

    /* Template children: owned by the template, borrowed here. */
    N2HopChain *chain;
    GtkLabel *title;
    GtkLabel *cause;
    GtkListBox *steps;
    GtkWidget *links;
    GtkWidget *map;
    GtkWidget *dot;
    GtkButton *handbook;

    N2Source *source;          /* owned */
    N2Failure *failure;        /* owned */
    GCancellable *cancellable; /* owned; of the question under way */
    GtkLabel *countdown;       /* of the row that tries again; NULL: there is none */
    N2Step *retry;             /* borrowed from the failure */
    guint clock_id;
    guint seconds; /* until the next try */
    guint n_tries; /* by itself, of this address */
    gboolean is_watching;
    gboolean is_narrow;
};

enum {
    FIRST_WAIT_S = 5, /* then twice as long each time */
    LAST_WAIT_S = 320
};

G_DEFINE_FINAL_TYPE(N2ErrorView, n2_error_view, GTK_TYPE_WIDGET)

enum {
    PROP_NARROW = 1,
    N_PROPS
};
enum {
    SIGNAL_STEP,
    SIGNAL_GO,
    N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static void
on_step_clicked_cb(GtkButton *button, gpointer user_data)
{
    N2Step *step = g_object_get_data(G_OBJECT(button), "n2-step");

    if (step->kind == N2_STEP_COPY) {
        gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(button)), step->argument);
        gtk_button_set_label(button, _("Copied"));
        return;
    }
    g_signal_emit(user_data, signals[SIGNAL_STEP], 0, step);
}

static gboolean
on_watch_cb(N2ErrorView *self, gboolean is_on)
{
    self->is_watching = is_on;
    return FALSE;
}

static GtkWidget *
make_switch(N2ErrorView *self, const N2Step *step)
{
    GtkWidget *toggle = gtk_switch_new();

    gtk_switch_set_active(GTK_SWITCH(toggle), self->is_watching);
    gtk_widget_set_valign(toggle, GTK_ALIGN_CENTER);
    gtk_accessible_update_property(GTK_ACCESSIBLE(toggle), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   step->title, -1);
    g_signal_connect_object(toggle, "state-set", G_CALLBACK(on_watch_cb), self,
                            G_CONNECT_SWAPPED);
    return toggle;
}

static GtkWidget *
make_button(N2ErrorView *self, N2Step *step)
{
    GtkWidget *button = gtk_button_new_with_label(step->label);
    g_autoptr(N2Step) best = g_list_model_get_item(G_LIST_MODEL(self->failure->steps), 0);

    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    gtk_widget_set_tooltip_text(button, step->title);
    if (best == step)
        gtk_widget_add_css_class(button, "suggested-action");
    g_object_set_data_full(G_OBJECT(button), "n2-step", g_object_ref(step), g_object_unref);
    g_signal_connect(button, "clicked", G_CALLBACK(on_step_clicked_cb), self);
    return button;
}

static GtkWidget *
make_words(N2ErrorView *self, N2Step *step)
{
    GtkWidget *words = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *title = gtk_label_new(step->title);

    gtk_label_set_xalign(GTK_LABEL(title), 0);
    gtk_label_set_wrap(GTK_LABEL(title), TRUE);
    gtk_widget_add_css_class(title, "heading");
    gtk_box_append(GTK_BOX(words), title);
    if (step->subtitle) {
        GtkWidget *subtitle = gtk_label_new(step->subtitle);

        gtk_label_set_xalign(GTK_LABEL(subtitle), 0);
        gtk_label_set_wrap(GTK_LABEL(subtitle), TRUE);
        gtk_label_set_wrap_mode(GTK_LABEL(subtitle), PANGO_WRAP_WORD_CHAR);
        gtk_widget_add_css_class(subtitle, "small");
        gtk_widget_add_css_class(subtitle, "dim");
        gtk_box_append(GTK_BOX(words), subtitle);
        if (step->kind == N2_STEP_RETRY) {
            self->countdown = GTK_LABEL(subtitle);
            self->retry = step;
        }
    }
    gtk_widget_set_valign(words, GTK_ALIGN_CENTER);
    gtk_widget_set_hexpand(words, TRUE);
    return words;
}

/* Problem and next step in one row: icon, words, button. */
static GtkWidget *
make_row(gpointer item, gpointer user_data)
{
    N2ErrorView *self = user_data;
    N2Step *step = item;
    GtkWidget *row = gtk_list_box_row_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 14);

    gtk_box_append(GTK_BOX(box), gtk_image_new_from_icon_name(step->icon));
    gtk_box_append(GTK_BOX(box), make_words(self, step));
    gtk_box_append(GTK_BOX(box), step->kind == N2_STEP_WATCH ? make_switch(self, step)
                                                             : make_button(self, step));
    gtk_widget_add_css_class(box, "step");
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
    gtk_widget_set_focusable(row, FALSE); /* the button in it takes the focus */
    return row;
}

static void
on_handbook_clicked_cb(N2ErrorView *self)
{
    g_signal_emit(self, signals[SIGNAL_GO], 0, self->failure->handbook, FALSE);
}

static void
on_map_clicked_cb(N2ErrorView *self)
{
    g_signal_emit(self, signals[SIGNAL_GO], 0, N2_LOCATION_NETWORK, FALSE);
}

/* ---- trying again ---- */

static void
show_countdown(N2ErrorView *self)
{
    g_autofree char *words =
        g_strdup_printf(ngettext("Next try by itself in %u second",
                                 "Next try by itself in %u seconds", self->seconds),
                        self->seconds);

    gtk_label_set_text(self->countdown, words);
}

static gboolean
on_clock_cb(gpointer user_data)
{
    N2ErrorView *self = user_data;

    if (--self->seconds > 0) {
        show_countdown(self);
        return G_SOURCE_CONTINUE;
    }
    self->clock_id = 0;
    self->n_tries++;
    g_signal_emit(self, signals[SIGNAL_STEP], 0, self->retry);
    return G_SOURCE_REMOVE;
}

static void
begin_countdown(N2ErrorView *self)
{
    if (!self->countdown)
        return;
    self->seconds = MIN((guint)FIRST_WAIT_S << MIN(self->n_tries, 8u), (guint)LAST_WAIT_S);
    self->clock_id = g_timeout_add_seconds(1, on_clock_cb, self);
    show_countdown(self);
}

void
n2_error_view_end(N2ErrorView *self)
{
    g_return_if_fail(N2_IS_ERROR_VIEW(self));

    g_clear_handle_id(&self->clock_id, g_source_remove);
    self->n_tries = 0;
    self->is_watching = FALSE;
}

gboolean
n2_error_view_is_watching(N2ErrorView *self)
{
    g_return_val_if_fail(N2_IS_ERROR_VIEW(self), FALSE);

    return self->is_watching;
}

/* ---- asking the hops ---- */

static void
stop_asking(N2ErrorView *self)
{
    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
}

/* All that is known where nobody on the way could be asked. */
static GListModel *
make_ends(const char *address)
{
    GListStore *hops = g_list_store_new(N2_TYPE_HOP);
    g_autofree char *site = n2_location_dup_site(address);
    g_autoptr(N2Hop) here = n2_hop_new(_("This computer"), N2_HOP_HERE, 0, FALSE);
    g_autoptr(N2Hop) end = n2_hop_new(site, N2_HOP_BEYOND, -1, TRUE);

    g_list_store_append(hops, here);
    g_list_store_append(hops, end);
    return G_LIST_MODEL(hops);
}

static void
on_traced_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2ErrorView) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GListModel) hops = n2_source_trace_finish(N2_SOURCE(source), result, &error);
    g_autofree char *title = NULL;
    g_autofree char *cause = NULL;

    if (error && n2_error_code(error) == N2_ERR_CANCELLED)
        return;
    if (!hops)
        hops = make_ends(self->failure->address);
    g_clear_object(&self->cancellable);
    n2_hop_chain_set_hops(self->chain, hops);
    gtk_widget_set_visible(GTK_WIDGET(self->chain), TRUE);
    title = n2_failure_dup_hop_title(self->failure, hops, &cause);
    if (!title)
        return;
    gtk_label_set_text(self->title, title);
    gtk_label_set_text(self->cause, cause);
}

/* Beside each other they would make the view wider than a narrow window. */
static void
lay_links(N2ErrorView *self)
{
    GtkWidget *label = gtk_button_get_child(self->handbook);
    gboolean has_both =
        gtk_widget_get_visible(GTK_WIDGET(self->handbook)) && gtk_widget_get_visible(self->map);

    gtk_orientable_set_orientation(GTK_ORIENTABLE(self->links),
                                   self->is_narrow ? GTK_ORIENTATION_VERTICAL
                                                   : GTK_ORIENTATION_HORIZONTAL);
    gtk_widget_set_visible(self->dot, has_both && !self->is_narrow);
    if (!GTK_IS_LABEL(label))
        return; /* no failure yet */
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
}

void
n2_error_view_set_failure(N2ErrorView *self, N2Failure *failure)
{
    g_return_if_fail(N2_IS_ERROR_VIEW(self));

    gboolean is_same = self->failure && g_str_equal(self->failure->address, failure->address);

    stop_asking(self);
    g_clear_handle_id(&self->clock_id, g_source_remove);
    if (!is_same)
        n2_error_view_end(self);
    self->countdown = NULL;
    g_set_object(&self->failure, failure);
    gtk_label_set_text(self->title, failure->title);
    gtk_label_set_text(self->cause, failure->cause);
    gtk_widget_set_visible(GTK_WIDGET(self->chain), FALSE);
    n2_hop_chain_set_hops(self->chain, NULL);
    gtk_list_box_bind_model(self->steps, G_LIST_MODEL(failure->steps), make_row, self, NULL);
    gtk_button_set_label(self->handbook, failure->handbook_title);
    /* No use where the handbook itself is what can't be had. */
    gboolean has_handbook = !n2_location_same_site(failure->handbook, failure->address);
    gtk_widget_set_visible(GTK_WIDGET(self->handbook), has_handbook);
    gtk_widget_set_visible(self->map, failure->is_on_way);
    gtk_widget_set_visible(self->links, has_handbook || failure->is_on_way);
    lay_links(self);
    if (!failure->is_on_way)
        return;
    begin_countdown(self);
    self->cancellable = g_cancellable_new();
    n2_source_trace_async(self->source, failure->address, self->cancellable, on_traced_cb,
                          g_object_ref(self));
}

const char *
n2_error_view_peek_title(N2ErrorView *self)
{
    g_return_val_if_fail(N2_IS_ERROR_VIEW(self), NULL);

    return gtk_label_get_text(self->title);
}

static gboolean
n2_error_view_grab_focus(GtkWidget *widget)
{
    return gtk_widget_child_focus(GTK_WIDGET(N2_ERROR_VIEW(widget)->steps),
                                  GTK_DIR_TAB_FORWARD);
}

static void
n2_error_view_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_NARROW)
        g_value_set_boolean(value, N2_ERROR_VIEW(object)->is_narrow);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
n2_error_view_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    N2ErrorView *self = N2_ERROR_VIEW(object);

    if (id != PROP_NARROW) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
        return;
    }
    self->is_narrow = g_value_get_boolean(value);
    g_object_set(self->chain, "rail", self->is_narrow, NULL);
    lay_links(self);
}

static void
n2_error_view_dispose(GObject *object)
{
    N2ErrorView *self = N2_ERROR_VIEW(object);
    GtkWidget *child = NULL;

    stop_asking(self);
    g_clear_handle_id(&self->clock_id, g_source_remove);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->source);
    g_clear_object(&self->failure);
    G_OBJECT_CLASS(n2_error_view_parent_class)->dispose(object);
}

static void
n2_error_view_class_init(N2ErrorViewClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->get_property = n2_error_view_get_property;
    object_class->set_property = n2_error_view_set_property;
    object_class->dispose = n2_error_view_dispose;
    widget_class->grab_focus = n2_error_view_grab_focus;
    props[PROP_NARROW] = g_param_spec_boolean("narrow", NULL, NULL, FALSE,
                                              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, props);
    signals[SIGNAL_STEP] = g_signal_new("step", N2_TYPE_ERROR_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, N2_TYPE_STEP);
    signals[SIGNAL_GO] =
        g_signal_new("go", N2_TYPE_ERROR_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
    g_type_ensure(N2_TYPE_HOP_CHAIN);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "errorview");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/error-view.ui");
    gtk_widget_class_bind_template_child(widget_class, N2ErrorView, chain);
    gtk_widget_class_bind_template_child(widget_class, N2ErrorView, title);
    gtk_widget_class_bind_template_child(widget_class, N2ErrorView, cause);
    gtk_widget_class_bind_template_child(widget_class, N2ErrorView, steps);
    gtk_widget_class_bind_template_child(widget_class, N2ErrorView, links);
    gtk_widget_class_bind_template_child(widget_class, N2ErrorView, map);
    gtk_widget_class_bind_template_child(widget_class, N2ErrorView, dot);
    gtk_widget_class_bind_template_child(widget_class, N2ErrorView, handbook);
    gtk_widget_class_bind_template_callback(widget_class, on_map_clicked_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_handbook_clicked_cb);
}

static void
n2_error_view_init(N2ErrorView *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *
n2_error_view_new(N2Source *source)
{
    N2ErrorView *self = g_object_new(N2_TYPE_ERROR_VIEW, NULL);

    self->source = g_object_ref(source);
    return GTK_WIDGET(self);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * start-view.c - the start page.
 */
#include "views/start-view.h"

#include <glib/gi18n.h>

#include "client/error.h"
#include "model/location.h"
#include "model/words.h"
#include "widgets/neighbour-list.h"
#include "widgets/suggestions.h"

#define HANDBOOK "net2o://handbook.demo/"

enum {
    CARDS = 6
};

struct _N2StartView {
    GtkWidget parent_instance;

    /* Template children: owned by the template, borrowed here. */
    GtkText *text;
    N2NeighbourList *neighbours;
    N2Suggestions *suggestions; /* a child of the field */
    GtkFlowBox *cards;
    GtkWidget *network_dot;
    GtkLabel *network;
    GtkWidget *network_button;

    N2Source *source;          /* owned */
    N2Recent *recent;          /* owned */
    GCancellable *cancellable; /* owned; cancelled when the view goes */
    const char *dot_class;     /* static */
    gboolean is_asking;
    gboolean is_narrow;
};

G_DEFINE_FINAL_TYPE(N2StartView, n2_start_view, GTK_TYPE_WIDGET)

enum {
    PROP_NARROW = 1,
    N_PROPS
};
enum {
    SIGNAL_GO,
    N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

/* ---- recent places ---- */

static void
on_card_clicked_cb(GtkButton *button, gpointer user_data)
{
    g_signal_emit(user_data, signals[SIGNAL_GO], 0,
                  g_object_get_data(G_OBJECT(button), "n2-address"), FALSE);
}

static void
on_card_middle_cb(GtkGestureClick *gesture, int n_press, double x, double y, gpointer user_data)
{
    GtkWidget *button = gtk_event_controller_get_widget(GTK_EVENT_CONTROLLER(gesture));

    (void)n_press;
    (void)x;
    (void)y;
    g_signal_emit(user_data, signals[SIGNAL_GO], 0,
                  g_object_get_data(G_OBJECT(button), "n2-address"), TRUE);
}

/* A card is one button: tile, title, address. */
static GtkWidget *
make_card(N2StartView *self, const char *address, const char *title)
{
    GtkWidget *button = gtk_button_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *words = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_autofree char *site = n2_location_dup_site(address);
    g_autofree char *rest = n2_location_dup_rest(address);
    g_autofree char *place = g_strconcat(site, rest, NULL);
    g_autofree char *first = g_utf8_substring(title, 0, MIN(1, g_utf8_strlen(title, -1)));
    g_autofree char *letter = g_utf8_strup(first, -1);
    g_autofree char *name = g_strdup_printf("%s, %s", title, place);
    GtkWidget *tile = gtk_label_new(letter);
    GtkWidget *title_label = gtk_label_new(title);
    GtkWidget *place_label = gtk_label_new(place);
    GtkGesture *middle = gtk_gesture_click_new();

    gtk_widget_add_css_class(tile, "tile");
    gtk_widget_add_css_class(tile, n2_location_tone(address));
    gtk_widget_set_valign(tile, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(title_label, "heading");
    gtk_widget_add_css_class(place_label, "caption");
    gtk_widget_add_css_class(place_label, "dim");
    gtk_widget_add_css_class(place_label, "where");
    for (int i = 0; i < 2; i++) {
        GtkLabel *label = GTK_LABEL(i ? place_label : title_label);

        gtk_label_set_xalign(label, 0);
        gtk_label_set_ellipsize(label, PANGO_ELLIPSIZE_END);
        gtk_box_append(GTK_BOX(words), GTK_WIDGET(label));
    }
    gtk_widget_set_valign(words, GTK_ALIGN_CENTER);
    gtk_widget_set_hexpand(words, TRUE);
    gtk_box_append(GTK_BOX(box), tile);
    gtk_box_append(GTK_BOX(box), words);
    gtk_button_set_child(GTK_BUTTON(button), box);
    gtk_widget_add_css_class(button, "card");
    gtk_widget_add_css_class(button, "place");
    gtk_widget_set_tooltip_text(button, place);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                   -1);
    g_object_set_data_full(G_OBJECT(button), "n2-address", g_strdup(address), g_free);
    g_signal_connect(button, "clicked", G_CALLBACK(on_card_clicked_cb), self);
    gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(middle), GDK_BUTTON_MIDDLE);
    g_signal_connect(middle, "pressed", G_CALLBACK(on_card_middle_cb), self);
    gtk_widget_add_controller(button, GTK_EVENT_CONTROLLER(middle));
    return button;
}

static void
add_card(N2StartView *self, const char *address, const char *title)
{
    GtkWidget *child = gtk_flow_box_child_new();

    gtk_flow_box_child_set_child(GTK_FLOW_BOX_CHILD(child), make_card(self, address, title));
    gtk_widget_set_focusable(child, FALSE); /* the button in it takes the focus */
    gtk_flow_box_append(self->cards, child);
}

static void
show_recent(N2StartView *self)
{
    GListModel *model = G_LIST_MODEL(self->recent);
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self->cards))))
        gtk_flow_box_remove(self->cards, child);
    for (guint i = 0; i < MIN(g_list_model_get_n_items(model), CARDS); i++) {
        g_autoptr(N2RecentPlace) place = g_list_model_get_item(model, i);

        add_card(self, place->address, place->title);
    }
    if (g_list_model_get_n_items(model) == 0)
        add_card(self, HANDBOOK, _("Handbook"));
}

/* ---- the network in one sentence ---- */

static void
say_network(N2StartView *self, const char *words, const char *dot_class)
{
    gtk_label_set_text(self->network, words);
    if (self->dot_class)
        gtk_widget_remove_css_class(self->network_dot, self->dot_class);
    self->dot_class = dot_class;
    gtk_widget_add_css_class(self->network_dot, dot_class);
}

static void
on_status_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2StartView) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Status) status = n2_source_status_finish(N2_SOURCE(source), result, &error);

    self->is_asking = FALSE;
    if (error && n2_error_code(error) == N2_ERR_CANCELLED)
        return;
    gtk_widget_set_visible(self->network_button, status != NULL);
    if (!status) {
        say_network(self, _("No node answers on this computer."), "bad");
        return;
    }
    g_autofree char *words = n2_words_network(status);
    guint n = g_list_model_get_n_items(G_LIST_MODEL(status->lines));
    guint up = n2_status_count_up(status);
    say_network(self, words, n == 0 ? "idle" : up == n ? "ok" : "warn");
}

static void
ask_status(N2StartView *self)
{
    if (self->is_asking || !gtk_widget_get_mapped(GTK_WIDGET(self)))
        return;
    self->is_asking = TRUE;
    n2_source_status_async(self->source, self->cancellable, on_status_cb, g_object_ref(self));
}

static void
on_network_clicked_cb(N2StartView *self)
{
    g_signal_emit(self, signals[SIGNAL_GO], 0, N2_LOCATION_NETWORK, FALSE);
}

static void
on_neighbour_cb(N2StartView *self, const char *address, gboolean new_tab)
{
    g_signal_emit(self, signals[SIGNAL_GO], 0, address, new_tab);
}

static void
on_changed_cb(N2StartView *self)
{
    gboolean is_typed = gtk_widget_has_focus(GTK_WIDGET(self->text));

    n2_suggestions_show(self->suggestions,
                        is_typed ? gtk_editable_get_text(GTK_EDITABLE(self->text)) : "");
}

static void
on_suggested_cb(N2StartView *self, const char *address)
{
    g_signal_emit(self, signals[SIGNAL_GO], 0, address, FALSE);
}

static void
on_unfocused_cb(N2StartView *self)
{
    n2_suggestions_show(self->suggestions, "");
}

static void
on_activate_cb(N2StartView *self)
{
    g_autofree char *chosen = n2_suggestions_take(self->suggestions);
    g_autofree char *text =
        chosen ? g_steal_pointer(&chosen)
               : g_strstrip(g_strdup(gtk_editable_get_text(GTK_EDITABLE(self->text))));

    if (*text)
        g_signal_emit(self, signals[SIGNAL_GO], 0, text, FALSE);
}

void
n2_start_view_edit(N2StartView *self)
{
    g_return_if_fail(N2_IS_START_VIEW(self));

    gtk_editable_set_text(GTK_EDITABLE(self->text), "");
    gtk_widget_grab_focus(GTK_WIDGET(self->text));
}

static gboolean
n2_start_view_grab_focus(GtkWidget *widget)
{
    return gtk_widget_grab_focus(GTK_WIDGET(N2_START_VIEW(widget)->text));
}

static void
n2_start_view_map(GtkWidget *widget)
{
    GTK_WIDGET_CLASS(n2_start_view_parent_class)->map(widget);
    ask_status(N2_START_VIEW(widget));
}

static void
n2_start_view_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_NARROW)
        g_value_set_boolean(value, N2_START_VIEW(object)->is_narrow);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
n2_start_view_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    N2StartView *self = N2_START_VIEW(object);
    guint n_columns = 0;

    if (id != PROP_NARROW) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
        return;
    }
    self->is_narrow = g_value_get_boolean(value);
    n_columns = self->is_narrow ? 2 : 3;
    gtk_flow_box_set_min_children_per_line(self->cards, n_columns);
    gtk_flow_box_set_max_children_per_line(self->cards, n_columns);
    if (self->is_narrow)
        gtk_widget_add_css_class(GTK_WIDGET(self), "narrow");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(self), "narrow");
}

static void
n2_start_view_dispose(GObject *object)
{
    N2StartView *self = N2_START_VIEW(object);
    GtkWidget *child = NULL;

    g_clear_pointer((GtkWidget **)&self->suggestions, gtk_widget_unparent);
    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    if (self->source)
        g_signal_handlers_disconnect_by_data(self->source, self);
    if (self->recent)
        g_signal_handlers_disconnect_by_data(self->recent, self);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->cancellable);
    g_clear_object(&self->source);
    g_clear_object(&self->recent);
    G_OBJECT_CLASS(n2_start_view_parent_class)->dispose(object);
}

static void
n2_start_view_class_init(N2StartViewClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->get_property = n2_start_view_get_property;
    object_class->set_property = n2_start_view_set_property;
    object_class->dispose = n2_start_view_dispose;
    props[PROP_NARROW] = g_param_spec_boolean("narrow", NULL, NULL, FALSE,
                                              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, props);
    widget_class->grab_focus = n2_start_view_grab_focus;
    widget_class->map = n2_start_view_map;
    signals[SIGNAL_GO] =
        g_signal_new("go", N2_TYPE_START_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
    g_type_ensure(N2_TYPE_NEIGHBOUR_LIST);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "startview");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/start-view.ui");
    gtk_widget_class_bind_template_child(widget_class, N2StartView, text);
    gtk_widget_class_bind_template_child(widget_class, N2StartView, cards);
    gtk_widget_class_bind_template_child(widget_class, N2StartView, neighbours);
    gtk_widget_class_bind_template_callback(widget_class, on_neighbour_cb);
    gtk_widget_class_bind_template_child(widget_class, N2StartView, network_dot);
    gtk_widget_class_bind_template_child(widget_class, N2StartView, network);
    gtk_widget_class_bind_template_child(widget_class, N2StartView, network_button);
    gtk_widget_class_bind_template_callback(widget_class, on_activate_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_network_clicked_cb);
}

static void
n2_start_view_init(N2StartView *self)
{
    GtkEventController *focus = gtk_event_controller_focus_new();

    gtk_widget_init_template(GTK_WIDGET(self));
    self->suggestions =
        n2_suggestions_new(gtk_widget_get_parent(GTK_WIDGET(self->text)), self->text);
    g_signal_connect_swapped(self->suggestions, "go", G_CALLBACK(on_suggested_cb), self);
    g_signal_connect_swapped(self->text, "changed", G_CALLBACK(on_changed_cb), self);
    g_signal_connect_swapped(focus, "leave", G_CALLBACK(on_unfocused_cb), self);
    gtk_widget_add_controller(GTK_WIDGET(self->text), focus);
    self->cancellable = g_cancellable_new();
    say_network(self, _("Asking your node…"), "idle");
}

GtkWidget *
n2_start_view_new(N2Source *source, N2Recent *recent)
{
    N2StartView *self = g_object_new(N2_TYPE_START_VIEW, NULL);

    self->source = g_object_ref(source);
    n2_neighbour_list_set_source(self->neighbours, source);
    self->recent = g_object_ref(recent);
    if (n2_source_peek_library(source))
        n2_suggestions_set_recent(self->suggestions, recent);
    g_signal_connect_swapped(source, "changed", G_CALLBACK(ask_status), self);
    g_signal_connect_swapped(recent, "items-changed", G_CALLBACK(show_recent), self);
    show_recent(self);
    return GTK_WIDGET(self);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * address-bar.c - where one is and where one wants to go.
 */
#include "widgets/address-bar.h"

#include <string.h>

#include <glib/gi18n.h>

#include "model/location.h"
#include "widgets/suggestions.h"

struct _N2AddressBar {
    GtkWidget parent_instance;

    /* Template children: owned by the template, borrowed here. */
    GtkMenuButton *mark;
    GtkText *text;
    GtkButton *path;
    GtkImage *path_icon;
    GtkLabel *path_label;
    N2PageInfo *info;

    N2Suggestions *suggestions; /* a child */
    char *address;              /* owned */
    gboolean is_compact;
    gboolean is_focused;
};

G_DEFINE_FINAL_TYPE(N2AddressBar, n2_address_bar, GTK_TYPE_WIDGET)

enum {
    PROP_COMPACT = 1,
    N_PROPS
};
enum {
    SIGNAL_GO,
    SIGNAL_LEAVE,
    SIGNAL_UNFOCUSED,
    N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

/* Out of focus: host plain, rest dim, no scheme.  In focus: the whole address, plain. */
static void
show_address(N2AddressBar *self)
{
    g_autoptr(PangoAttrList) attributes = NULL;
    g_autofree char *host = NULL;
    g_autofree char *rest = NULL;
    g_autofree char *whole = NULL;

    if (!self->address || g_str_equal(self->address, N2_LOCATION_START)) {
        gtk_editable_set_text(GTK_EDITABLE(self->text), "");
        return;
    }
    if (self->is_focused) {
        gtk_text_set_attributes(self->text, NULL);
        gtk_editable_set_text(GTK_EDITABLE(self->text), self->address);
        return;
    }
    host = n2_location_dup_site(self->address);
    rest = n2_location_dup_rest(self->address);
    whole = g_strconcat(host, rest, NULL);
    attributes = pango_attr_list_new();
    PangoAttribute *dim = pango_attr_foreground_alpha_new((guint16)(0.75 * G_MAXUINT16));
    dim->start_index = (guint)strlen(host);
    pango_attr_list_insert(attributes, dim);
    gtk_text_set_attributes(self->text, attributes);
    gtk_editable_set_text(GTK_EDITABLE(self->text), whole);
}

static void
on_focus_in_cb(N2AddressBar *self)
{
    self->is_focused = TRUE;
    show_address(self);
    gtk_editable_select_region(GTK_EDITABLE(self->text), 0, -1);
}

static void
on_focus_out_cb(N2AddressBar *self)
{
    self->is_focused = FALSE;
    n2_suggestions_show(self->suggestions, "");
    show_address(self);
    gtk_editable_select_region(GTK_EDITABLE(self->text), 0, 0);
    g_signal_emit(self, signals[SIGNAL_UNFOCUSED], 0);
}

static void
on_changed_cb(N2AddressBar *self)
{
    const char *text = gtk_editable_get_text(GTK_EDITABLE(self->text));
    gboolean is_typed = self->is_focused && g_strcmp0(text, self->address) != 0;

    n2_suggestions_show(self->suggestions, is_typed ? text : "");
}

static void
on_suggested_cb(N2AddressBar *self, const char *address)
{
    g_signal_emit(self, signals[SIGNAL_GO], 0, address);
}

static void
on_activate_cb(N2AddressBar *self)
{
    g_autofree char *chosen = n2_suggestions_take(self->suggestions);
    g_autofree char *text =
        chosen ? g_steal_pointer(&chosen)
               : g_strstrip(g_strdup(gtk_editable_get_text(GTK_EDITABLE(self->text))));

    if (*text)
        g_signal_emit(self, signals[SIGNAL_GO], 0, text);
}

static gboolean
on_key_cb(N2AddressBar *self, guint key)
{
    if (key != GDK_KEY_Escape)
        return FALSE;
    show_address(self);
    g_signal_emit(self, signals[SIGNAL_LEAVE], 0);
    return TRUE;
}

static void
on_path_clicked_cb(N2AddressBar *self)
{
    n2_address_bar_open_info(self);
}

void
n2_address_bar_set_address(N2AddressBar *self, const char *address)
{
    g_return_if_fail(N2_IS_ADDRESS_BAR(self));

    if (g_strcmp0(self->address, address) == 0)
        return;
    /* What somebody is typing is not swept away by a page that arrives. */
    gboolean is_typing =
        self->is_focused && g_strcmp0(gtk_editable_get_text(GTK_EDITABLE(self->text)),
                                      self->address ? self->address : "") != 0;
    g_free(self->address);
    self->address = g_strdup(address);
    if (is_typing)
        return;
    show_address(self);
    if (self->is_focused)
        gtk_editable_select_region(GTK_EDITABLE(self->text), 0, -1);
}

void
n2_address_bar_set_path(N2AddressBar *self, const char *words, gboolean is_bad)
{
    g_return_if_fail(N2_IS_ADDRESS_BAR(self));

    gtk_widget_set_visible(GTK_WIDGET(self->path), words != NULL);
    if (!words)
        return;
    gtk_label_set_text(self->path_label, words);
    gtk_image_set_from_icon_name(self->path_icon,
                                 is_bad ? "dialog-warning-symbolic" : "net2o-path-symbolic");
    if (is_bad)
        gtk_widget_add_css_class(GTK_WIDGET(self->path), "warn");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(self->path), "warn");
    /* Translators: %s is the quality of the path, e.g. "direct, 4 ms". */
    g_autofree char *name = g_strdup_printf(_("The way here: %s"), words);
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->path), name);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->path), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   name, -1);
}

N2PageInfo *
n2_address_bar_peek_info(N2AddressBar *self)
{
    g_return_val_if_fail(N2_IS_ADDRESS_BAR(self), NULL);

    return self->info;
}

void
n2_address_bar_set_has_info(N2AddressBar *self, gboolean has_info)
{
    g_return_if_fail(N2_IS_ADDRESS_BAR(self));

    gtk_widget_set_sensitive(GTK_WIDGET(self->mark), has_info);
    gtk_widget_set_sensitive(GTK_WIDGET(self->path), has_info);
}

void
n2_address_bar_set_doubt(N2AddressBar *self, gboolean is_doubtful)
{
    g_return_if_fail(N2_IS_ADDRESS_BAR(self));

    gtk_menu_button_set_icon_name(self->mark, is_doubtful ? "dialog-warning-symbolic"
                                                          : "net2o-seal-symbolic");
    if (is_doubtful)
        gtk_widget_add_css_class(GTK_WIDGET(self->mark), "doubt");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(self->mark), "doubt");
}

void
n2_address_bar_set_recent(N2AddressBar *self, N2Recent *recent)
{
    g_return_if_fail(N2_IS_ADDRESS_BAR(self));

    n2_suggestions_set_recent(self->suggestions, recent);
}

void
n2_address_bar_edit(N2AddressBar *self)
{
    g_return_if_fail(N2_IS_ADDRESS_BAR(self));

    gtk_widget_grab_focus(GTK_WIDGET(self->text));
    gtk_editable_select_region(GTK_EDITABLE(self->text), 0, -1);
}

void
n2_address_bar_open_info(N2AddressBar *self)
{
    g_return_if_fail(N2_IS_ADDRESS_BAR(self));

    if (gtk_widget_is_sensitive(GTK_WIDGET(self->mark)))
        gtk_menu_button_popup(self->mark);
}

static void
n2_address_bar_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_COMPACT)
        g_value_set_boolean(value, N2_ADDRESS_BAR(object)->is_compact);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
n2_address_bar_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    N2AddressBar *self = N2_ADDRESS_BAR(object);

    if (id != PROP_COMPACT) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
        return;
    }
    self->is_compact = g_value_get_boolean(value);
    gtk_widget_set_visible(GTK_WIDGET(self->path_label), !self->is_compact);
}

static void
n2_address_bar_dispose(GObject *object)
{
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(n2_address_bar_parent_class)->dispose(object);
}

static void
n2_address_bar_finalize(GObject *object)
{
    g_free(N2_ADDRESS_BAR(object)->address);
    G_OBJECT_CLASS(n2_address_bar_parent_class)->finalize(object);
}

static void
n2_address_bar_class_init(N2AddressBarClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->get_property = n2_address_bar_get_property;
    object_class->set_property = n2_address_bar_set_property;
    object_class->dispose = n2_address_bar_dispose;
    object_class->finalize = n2_address_bar_finalize;
    props[PROP_COMPACT] = g_param_spec_boolean("compact", NULL, NULL, FALSE,
                                               G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, props);
    signals[SIGNAL_GO] = g_signal_new("go", N2_TYPE_ADDRESS_BAR, G_SIGNAL_RUN_LAST, 0, NULL,
                                      NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    signals[SIGNAL_LEAVE] = g_signal_new("leave", N2_TYPE_ADDRESS_BAR, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_UNFOCUSED] =
        g_signal_new("unfocused", N2_TYPE_ADDRESS_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 0);

    g_type_ensure(N2_TYPE_PAGE_INFO);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BOX_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "addressbar");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/widgets/address-bar.ui");
    gtk_widget_class_bind_template_child(widget_class, N2AddressBar, mark);
    gtk_widget_class_bind_template_child(widget_class, N2AddressBar, text);
    gtk_widget_class_bind_template_child(widget_class, N2AddressBar, path);
    gtk_widget_class_bind_template_child(widget_class, N2AddressBar, path_icon);
    gtk_widget_class_bind_template_child(widget_class, N2AddressBar, path_label);
    gtk_widget_class_bind_template_child(widget_class, N2AddressBar, info);
    gtk_widget_class_bind_template_callback(widget_class, on_focus_in_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_focus_out_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_activate_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_key_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_path_clicked_cb);
}

static void
n2_address_bar_init(N2AddressBar *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    self->suggestions = n2_suggestions_new(GTK_WIDGET(self), self->text);
    g_signal_connect_swapped(self->suggestions, "go", G_CALLBACK(on_suggested_cb), self);
    g_signal_connect_swapped(self->text, "changed", G_CALLBACK(on_changed_cb), self);
}

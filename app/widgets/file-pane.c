/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * file-pane.c - what is known about one file.
 */
#include "widgets/file-pane.h"

#include <glib/gi18n.h>

#include "model/words.h"

struct _N2FilePane {
    GtkWidget parent_instance;

    /* Template children: owned by the template, borrowed here. */
    GtkWidget *tile;
    GtkImage *icon;
    GtkLabel *name;
    GtkLabel *words;
    GtkWidget *open;
    GtkWidget *save;
    GtkGrid *attributes;

    gboolean can_open;
};

G_DEFINE_FINAL_TYPE(N2FilePane, n2_file_pane, GTK_TYPE_WIDGET)

enum {
    PROP_CAN_OPEN = 1,
    N_PROPS
};
enum {
    SIGNAL_OPEN,
    SIGNAL_SAVE,
    N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static void
on_open_clicked_cb(N2FilePane *self)
{
    g_signal_emit(self, signals[SIGNAL_OPEN], 0);
}

static void
on_save_clicked_cb(N2FilePane *self)
{
    g_signal_emit(self, signals[SIGNAL_SAVE], 0);
}

static void
add_attribute(N2FilePane *self, int row, const char *name, const char *value)
{
    GtkWidget *left = gtk_label_new(name);
    GtkWidget *right = gtk_label_new(value);
    g_autoptr(PangoAttrList) whole = pango_attr_list_new();

    pango_attr_list_insert(whole, pango_attr_insert_hyphens_new(FALSE));
    gtk_label_set_attributes(GTK_LABEL(right), whole); /* a fingerprint has no hyphens */

    gtk_label_set_xalign(GTK_LABEL(left), 0);
    gtk_label_set_yalign(GTK_LABEL(left), 0);
    gtk_widget_add_css_class(left, "small");
    gtk_widget_add_css_class(left, "dim");
    gtk_label_set_xalign(GTK_LABEL(right), 0);
    gtk_label_set_wrap(GTK_LABEL(right), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(right), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_selectable(GTK_LABEL(right), TRUE);
    gtk_widget_set_hexpand(right, TRUE);
    gtk_widget_add_css_class(right, "small");
    gtk_accessible_update_relation(GTK_ACCESSIBLE(right), GTK_ACCESSIBLE_RELATION_LABELLED_BY,
                                   left, NULL, -1);
    gtk_grid_attach(self->attributes, left, 0, row, 1, 1);
    gtk_grid_attach(self->attributes, right, 1, row, 1, 1);
}

static void
show_attributes(N2FilePane *self, N2Entry *entry)
{
    GtkWidget *child = NULL;
    int row = 0;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self->attributes))))
        gtk_grid_remove(self->attributes, child);
    if (entry->changed_us > 0) {
        g_autofree char *when = n2_words_time(entry->changed_us, g_get_real_time());

        add_attribute(self, row++, _("Changed"), when);
    }
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(entry->attributes)); i++) {
        g_autoptr(N2Attribute) attribute =
            g_list_model_get_item(G_LIST_MODEL(entry->attributes), i);

        if (!g_str_equal(attribute->name, N2_ATTRIBUTE_MODIFIED)) /* said above, in words */
            add_attribute(self, row++, attribute->name, attribute->value);
    }
    if (entry->hash)
        add_attribute(self, row++, _("Fingerprint"), entry->hash);
}

void
n2_file_pane_set_entry(N2FilePane *self, N2Entry *entry)
{
    g_autofree char *size = NULL;
    g_autofree char *words = NULL;

    g_return_if_fail(N2_IS_FILE_PANE(self));

    if (!entry)
        return;
    gtk_image_set_from_icon_name(self->icon, n2_words_icon(entry->type));
    if (entry->is_directory)
        gtk_widget_add_css_class(self->tile, "folder");
    else
        gtk_widget_remove_css_class(self->tile, "folder");
    gtk_label_set_text(self->name, entry->name);
    size = g_format_size(entry->size_bytes);
    /* Translators: kind and size of a file: "Picture, 6.4 MB". */
    words = entry->is_directory
                ? g_strdup(n2_words_type(entry->type))
                : g_strdup_printf(_("%s, %s"), n2_words_type(entry->type), size);
    gtk_label_set_text(self->words, words);
    gtk_widget_set_visible(self->save, !entry->is_directory);
    show_attributes(self, entry);
}

static void
n2_file_pane_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_CAN_OPEN)
        g_value_set_boolean(value, N2_FILE_PANE(object)->can_open);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
n2_file_pane_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    N2FilePane *self = N2_FILE_PANE(object);

    if (id != PROP_CAN_OPEN) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
        return;
    }
    self->can_open = g_value_get_boolean(value);
    gtk_widget_set_visible(self->open, self->can_open);
    if (self->can_open) {
        gtk_button_set_icon_name(GTK_BUTTON(self->save), "document-save-symbolic");
        gtk_widget_remove_css_class(self->save, "suggested-action");
        gtk_widget_set_hexpand(self->save, FALSE);
    } else {
        gtk_button_set_label(GTK_BUTTON(self->save), _("Save a Copy…"));
        gtk_widget_add_css_class(self->save, "suggested-action");
        gtk_widget_set_hexpand(self->save, TRUE);
    }
}

static void
n2_file_pane_dispose(GObject *object)
{
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(n2_file_pane_parent_class)->dispose(object);
}

static void
n2_file_pane_class_init(N2FilePaneClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->get_property = n2_file_pane_get_property;
    object_class->set_property = n2_file_pane_set_property;
    object_class->dispose = n2_file_pane_dispose;
    props[PROP_CAN_OPEN] = g_param_spec_boolean("can-open", NULL, NULL, TRUE,
                                                G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, props);
    signals[SIGNAL_OPEN] = g_signal_new("open", N2_TYPE_FILE_PANE, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_SAVE] = g_signal_new("save", N2_TYPE_FILE_PANE, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "filepane");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/widgets/file-pane.ui");
    gtk_widget_class_bind_template_child(widget_class, N2FilePane, tile);
    gtk_widget_class_bind_template_child(widget_class, N2FilePane, icon);
    gtk_widget_class_bind_template_child(widget_class, N2FilePane, name);
    gtk_widget_class_bind_template_child(widget_class, N2FilePane, words);
    gtk_widget_class_bind_template_child(widget_class, N2FilePane, open);
    gtk_widget_class_bind_template_child(widget_class, N2FilePane, save);
    gtk_widget_class_bind_template_child(widget_class, N2FilePane, attributes);
    gtk_widget_class_bind_template_callback(widget_class, on_open_clicked_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_save_clicked_cb);
}

static void
n2_file_pane_init(N2FilePane *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    self->can_open = TRUE;
}

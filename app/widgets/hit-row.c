/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hit-row.c - one place that was found.
 */
#include "widgets/hit-row.h"

#include <glib/gi18n.h>

#include "model/words.h"

static GtkWidget *
make_label(const char *text, const char *class, gboolean is_dim)
{
    GtkWidget *label = gtk_label_new(text);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_widget_add_css_class(label, class);
    if (is_dim)
        gtk_widget_add_css_class(label, "dim");
    return label;
}

/* The text with what was found in it bold: by attributes, as it is from elsewhere. */
static GtkWidget *
make_text(const N2Hit *hit)
{
    GtkWidget *label = make_label(hit->text, "small", FALSE);
    g_autoptr(PangoAttrList) attributes = pango_attr_list_new();

    for (guint i = 0; i < hit->marks->len; i++) {
        const n2_stretch *s = &g_array_index(hit->marks, n2_stretch, i);
        PangoAttribute *bold = pango_attr_weight_new(PANGO_WEIGHT_BOLD);

        bold->start_index = s->from;
        bold->end_index = s->until;
        pango_attr_list_insert(attributes, bold);
    }
    gtk_label_set_attributes(GTK_LABEL(label), attributes);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_lines(GTK_LABEL(label), 2);
    return label;
}

/* "Page · 12 kB · Yesterday" (transfer full). */
static char *
dup_facts(const N2Hit *hit)
{
    g_autofree char *changed = n2_words_time(hit->changed_us, g_get_real_time());
    g_autofree char *size = hit->size_bytes ? g_format_size(hit->size_bytes) : g_strdup("");
    GString *facts = g_string_new(n2_words_type(hit->type));

    if (*size)
        g_string_append_printf(facts, " · %s", size);
    if (*changed)
        g_string_append_printf(facts, " · %s", changed);
    if (!hit->is_here && !g_str_equal(hit->type, "inode/directory"))
        g_string_append_printf(facts, " · %s", _("not here yet"));
    return g_string_free(facts, FALSE);
}

GtkWidget *
n2_hit_row_new(const N2Hit *hit)
{
    GtkWidget *row = gtk_list_box_row_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *texts = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    GtkWidget *icon = gtk_image_new_from_icon_name(n2_words_icon(hit->type));
    g_autofree char *facts = dup_facts(hit);
    g_autofree char *below = g_strdup_printf("%s · %s", hit->where, facts);
    /* Translators: a place that was found: its title, then where it is and what. */
    g_autofree char *name = g_strdup_printf(_("%s, %s"), hit->title, below);
    GtkWidget *where = make_label(below, "caption", TRUE);

    gtk_widget_add_css_class(icon, "ficon");
    if (g_str_equal(hit->type, "inode/directory"))
        gtk_widget_add_css_class(icon, "folder");
    gtk_widget_set_valign(icon, GTK_ALIGN_START);
    gtk_widget_set_margin_top(icon, 2);
    gtk_label_set_ellipsize(GTK_LABEL(where), PANGO_ELLIPSIZE_MIDDLE);
    gtk_box_append(GTK_BOX(texts), make_label(hit->title, "heading", FALSE));
    gtk_box_append(GTK_BOX(texts), where);
    if (hit->text)
        gtk_box_append(GTK_BOX(texts), make_text(hit));
    gtk_widget_set_hexpand(texts, TRUE);
    gtk_widget_set_valign(texts, GTK_ALIGN_CENTER);
    gtk_box_append(GTK_BOX(box), icon);
    gtk_box_append(GTK_BOX(box), texts);
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    gtk_widget_set_tooltip_text(row, hit->where);
    gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                   -1);
    return row;
}

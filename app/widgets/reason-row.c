/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * reason-row.c - one reason for or against an identity.
 */
#include "widgets/reason-row.h"

#include <glib/gi18n.h>

/* Words first; the mark only repeats how they are meant. */
static const char *
icon_of(const N2Reason *reason)
{
    if (reason->verdict >= N2_VERDICT_ASK)
        return "dialog-warning-symbolic";
    if (reason->verdict == N2_VERDICT_NOTE)
        return "dialog-information-symbolic";
    switch ((int)reason->why) {
    case N2_WHY_MET:
    case N2_WHY_PETNAME:
        return "avatar-default-symbolic";
    case N2_WHY_INTRODUCED:
        return "system-users-symbolic";
    case N2_WHY_FIRST:
    case N2_WHY_FIRST_NAME:
        return "dialog-information-symbolic";
    case N2_WHY_SEEN:
        return "document-open-recent-symbolic";
    default:
        return "net2o-seal-symbolic";
    }
}

GtkWidget *
n2_reason_row_new_words(const char *icon, const char *words)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *image = gtk_image_new_from_icon_name(icon);
    GtkWidget *label = gtk_label_new(words);

    gtk_widget_set_valign(image, GTK_ALIGN_START);
    gtk_widget_set_margin_top(image, 2);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_width_chars(GTK_LABEL(label), 12); /* GTK miscounts less with other fonts */
    gtk_label_set_max_width_chars(GTK_LABEL(label), 44);
    gtk_widget_set_hexpand(label, TRUE);
    gtk_box_append(GTK_BOX(box), image);
    gtk_box_append(GTK_BOX(box), label);
    return box;
}

GtkWidget *
n2_reason_row_new(N2Reason *reason)
{
    GtkWidget *box = n2_reason_row_new_words(icon_of(reason), reason->words);

    if (reason->verdict >= N2_VERDICT_ASK)
        gtk_widget_add_css_class(gtk_widget_get_first_child(box), "warning");
    return box;
}

GtkWidget *
n2_reason_row_make(gpointer reason, gpointer unused)
{
    GtkWidget *row = gtk_list_box_row_new();
    GtkWidget *box = n2_reason_row_new(reason);

    (void)unused;
    gtk_widget_add_css_class(box, "step");
    gtk_widget_add_css_class(box, "oneline");
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
    gtk_widget_set_focusable(row, FALSE);
    return row;
}

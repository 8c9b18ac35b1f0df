/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * warn-view.c - stands before a place whose publisher may be another than the user means.
 */
#include "views/warn-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "model/location.h"
#include "widgets/reason-row.h"

struct _N2WarnView {
    GtkWidget parent_instance;

    /* Template children: borrowed. */
    GtkLabel *title;
    GtkLabel *meaning;
    GtkListBox *reasons;
    GtkWidget *keys;
    GtkLabel *before;
    GtkLabel *now;
    GtkCheckButton *sure;
    GtkWidget *back;
    GtkWidget *go_on;
    GtkWidget *successor;

    N2Trust *trust; /* owned */
};

G_DEFINE_FINAL_TYPE(N2WarnView, n2_warn_view, GTK_TYPE_WIDGET)

enum {
    SIGNAL_BACK,
    SIGNAL_GO_ON,
    SIGNAL_GO,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
on_back_cb(N2WarnView *self)
{
    g_signal_emit(self, signals[SIGNAL_BACK], 0);
}

static void
on_go_on_cb(N2WarnView *self)
{
    g_signal_emit(self, signals[SIGNAL_GO_ON], 0);
}

static void
on_successor_cb(N2WarnView *self)
{
    g_autofree char *address =
        g_strdup_printf("net2o://%s/", n2_trust_peek_successor(self->trust));

    g_signal_emit(self, signals[SIGNAL_GO], 0, address, FALSE);
}

static void
on_handbook_cb(N2WarnView *self)
{
    /* Translators: a section of the handbook.  If the handbook has this page in your language,
     * name the page and the section of that one. */
    g_autofree char *address =
        g_strconcat("net2o://handbook.demo/",
                    _("troubleshooting.md#somebody-is-another-than-before"), NULL);

    g_signal_emit(self, signals[SIGNAL_GO], 0, address, FALSE);
}

static void
show_go_on(N2WarnView *self)
{
    gtk_widget_set_sensitive(self->go_on, !gtk_widget_get_visible(GTK_WIDGET(self->sure)) ||
                                              gtk_check_button_get_active(self->sure));
}

/* Who it was, if one of the reasons says so. */
static const char *
peek_before(const N2Trust *trust)
{
    static const n2_why whys[] = {N2_WHY_CHANGED_MARK, N2_WHY_CHANGED, N2_WHY_ZONE_OTHER,
                                  N2_WHY_PUBLISHED_OTHER};

    for (gsize i = 0; i < G_N_ELEMENTS(whys); i++) {
        N2Reason *reason = n2_trust_peek(trust, whys[i]);

        if (reason && reason->who && *reason->who)
            return reason->who;
    }
    return NULL;
}

static char *
dup_title(const N2Trust *trust, const char *site)
{
    if (n2_trust_is_changed(trust))
        /* Translators: %s is a site's name. */
        return g_strdup_printf(_("%s is somebody else than before"), site);
    if (n2_trust_peek(trust, N2_WHY_ENDED) || n2_trust_peek(trust, N2_WHY_OVER))
        return g_strdup_printf(_("%s has ended"), site);
    if (trust->verdict == N2_VERDICT_STOP)
        return g_strdup_printf(_("%s can’t be believed"), site);
    return g_strdup_printf(_("Is %s who you mean?"), site);
}

static const char *
peek_meaning(const N2Trust *trust)
{
    if (trust->verdict == N2_VERDICT_STOP && n2_trust_peek_successor(trust))
        return _("Who holds this identity’s recovery sheet has given it up and named another. "
                 "What is published under the old one may come from a thief.");
    if (trust->verdict == N2_VERDICT_STOP)
        return _("Nothing was opened. Whoever answers there can’t show that it is the one you "
                 "mean; the owner knows more: ask in person, or by telephone.");
    if (n2_trust_is_changed(trust))
        return _("Either the owner has a new identity and did not say so, or somebody else "
                 "answers in its place. Before you go on, ask the owner in another way: in "
                 "person, or by telephone.");
    return _("Nobody whom you trust says who this is. You can read what is there; tell nobody "
             "there what a stranger may not know.");
}

void
n2_warn_view_set_trust(N2WarnView *self, const char *address, N2Trust *trust)
{
    g_autofree char *site = n2_location_dup_site(address);
    g_autofree char *title = dup_title(trust, site);
    gboolean may_go_on = trust->verdict < N2_VERDICT_STOP;
    const char *before = peek_before(trust);

    g_return_if_fail(N2_IS_WARN_VIEW(self));

    g_set_object(&self->trust, trust);
    gtk_label_set_text(self->title, title);
    gtk_label_set_text(self->meaning, peek_meaning(trust));
    gtk_list_box_bind_model(self->reasons, G_LIST_MODEL(trust->items), n2_reason_row_make, NULL,
                            NULL);
    gtk_widget_set_visible(self->keys, before && *trust->identity);
    gtk_label_set_text(self->before, before ? before : "");
    gtk_label_set_text(self->now, trust->identity);
    gtk_widget_set_visible(GTK_WIDGET(self->sure), may_go_on && n2_trust_is_changed(trust));
    gtk_check_button_set_active(self->sure, FALSE);
    gtk_widget_set_visible(self->go_on, may_go_on);
    gtk_widget_set_visible(self->successor, n2_trust_peek_successor(trust) != NULL);
    show_go_on(self);
}

static gboolean
n2_warn_view_grab_focus(GtkWidget *widget)
{
    return gtk_widget_grab_focus(N2_WARN_VIEW(widget)->back);
}

static void
n2_warn_view_dispose(GObject *object)
{
    N2WarnView *self = N2_WARN_VIEW(object);
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->trust);
    G_OBJECT_CLASS(n2_warn_view_parent_class)->dispose(object);
}

static void
n2_warn_view_class_init(N2WarnViewClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    GType type = G_TYPE_FROM_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_warn_view_dispose;
    widget_class->grab_focus = n2_warn_view_grab_focus;
    signals[SIGNAL_BACK] =
        g_signal_new("back", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_GO_ON] =
        g_signal_new("go-on", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_GO] = g_signal_new("go", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                      G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "warnview");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/warn-view.ui");
    gtk_widget_class_bind_template_child(widget_class, N2WarnView, title);
    gtk_widget_class_bind_template_child(widget_class, N2WarnView, meaning);
    gtk_widget_class_bind_template_child(widget_class, N2WarnView, reasons);
    gtk_widget_class_bind_template_child(widget_class, N2WarnView, keys);
    gtk_widget_class_bind_template_child(widget_class, N2WarnView, before);
    gtk_widget_class_bind_template_child(widget_class, N2WarnView, now);
    gtk_widget_class_bind_template_child(widget_class, N2WarnView, sure);
    gtk_widget_class_bind_template_child(widget_class, N2WarnView, back);
    gtk_widget_class_bind_template_child(widget_class, N2WarnView, go_on);
    gtk_widget_class_bind_template_child(widget_class, N2WarnView, successor);
    gtk_widget_class_bind_template_callback(widget_class, show_go_on);
    gtk_widget_class_bind_template_callback(widget_class, on_back_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_go_on_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_successor_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_handbook_cb);
}

static void
n2_warn_view_init(N2WarnView *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *
n2_warn_view_new(void)
{
    return g_object_new(N2_TYPE_WARN_VIEW, NULL);
}

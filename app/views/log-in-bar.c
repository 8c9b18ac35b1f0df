/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * log-in-bar.c - a site asks who is there.
 *
 * The name that the site gave itself stands in a label of its own; what is known of it, in
 * another one below, which no name reaches.
 */
#include "views/log-in-bar.h"

#include <glib/gi18n.h>

struct _N2LogInBar {
    GtkWidget parent_instance;

    /* Template children: borrowed. */
    GtkBox *bar;
    GtkLabel *title;
    GtkLabel *words;
    GtkBox *answers;
    GtkDropDown *as;
    GtkCheckButton *always;
    GtkWidget *buttons;
    GtkButton *answer;

    N2LogIn *ask;              /* owned; nullable */
    GCancellable *cancellable; /* owned; who the site is */
    gboolean is_narrow;
};

G_DEFINE_FINAL_TYPE(N2LogInBar, n2_log_in_bar, GTK_TYPE_WIDGET)

enum {
    PROP_NARROW = 1,
    N_PROPS
};

static GParamSpec *props[N_PROPS];

/* The first row is nobody; then two for each identity: a key for here, and who one is. */
static N2LogInAs
get_as(N2LogInBar *self, const char **identity)
{
    guint row = gtk_drop_down_get_selected(self->as);
    guint whose = (row - 1) / 2;

    *identity = NULL;
    if (row == 0 || row == GTK_INVALID_LIST_POSITION || whose >= self->ask->whom->len)
        return N2_AS_NOBODY;
    *identity = ((N2Person *)g_ptr_array_index(self->ask->whom, whose))->address;
    return row % 2 ? N2_AS_ACCOUNT : N2_AS_IDENTITY;
}

static void
on_selected_cb(N2LogInBar *self)
{
    const char *identity = NULL;
    N2LogInAs as = N2_AS_NOBODY;

    if (!self->ask)
        return;
    as = get_as(self, &identity);
    gtk_button_set_label(self->answer, as == N2_AS_NOBODY ? _("Stay Unknown") : _("Log In"));
    if (as == N2_AS_NOBODY)
        gtk_widget_remove_css_class(GTK_WIDGET(self->answer), "suggested-action");
    else
        gtk_widget_add_css_class(GTK_WIDGET(self->answer), "suggested-action");
}

static GListModel *
make_rows(const N2LogIn *ask)
{
    GtkStringList *rows = gtk_string_list_new(NULL);

    gtk_string_list_append(rows, _("Nobody"));
    for (guint i = 0; i < ask->whom->len; i++) {
        const N2Person *person = g_ptr_array_index(ask->whom, i);
        g_autofree char *account =
            ask->whom->len == 1
                ? g_strdup(_("A key for this site only"))
                /* Translators: %s is the name of an own identity. */
                : g_strdup_printf(_("A key for this site only, of %s"), person->name);
        /* Translators: %s is the name of an own identity; the site will know it. */
        g_autofree char *whole = g_strdup_printf(_("%s, known by name"), person->name);

        gtk_string_list_append(rows, account);
        gtk_string_list_append(rows, whole);
    }
    return G_LIST_MODEL(rows);
}

static void
stop_asking(N2LogInBar *self)
{
    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
}

static void
hide(N2LogInBar *self)
{
    stop_asking(self);
    if (self->ask)
        g_signal_handlers_disconnect_by_data(self->ask, self);
    g_clear_object(&self->ask);
    gtk_widget_set_visible(GTK_WIDGET(self->bar), FALSE);
}

static void
on_answer_cb(N2LogInBar *self)
{
    g_autoptr(N2LogIn) ask = self->ask ? g_object_ref(self->ask) : NULL;
    const char *identity = NULL;
    N2LogInAs as = N2_AS_NOBODY;
    gboolean always = gtk_check_button_get_active(self->always);

    if (!ask)
        return;
    as = get_as(self, &identity);
    hide(self);
    n2_log_in_choose(ask, as, identity, always);
}

/* A page whose parts come one after the other would ask again with each. */
void
n2_log_in_bar_close(N2LogInBar *self)
{
    g_autoptr(N2LogIn) ask = NULL;

    g_return_if_fail(N2_IS_LOG_IN_BAR(self));

    ask = self->ask ? g_object_ref(self->ask) : NULL;
    hide(self);
    if (ask)
        n2_log_in_choose(ask, N2_AS_NOBODY, NULL, FALSE);
}

/* ---- who asks ---- */

static void
on_trusted_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2LogInBar) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Trust) trust =
        n2_people_source_trust_finish(N2_PEOPLE_SOURCE(source), result, &error);
    GListModel *reasons = trust ? G_LIST_MODEL(trust->items) : NULL;

    if (!self->cancellable || !self->ask || !reasons || !g_list_model_get_n_items(reasons))
        return; /* another one asks by now, or nothing is known */
    g_autoptr(N2Reason) first = g_list_model_get_item(reasons, 0);
    gtk_label_set_text(self->words, first->words);
    if (trust->verdict < N2_VERDICT_STOP)
        return;
    /* Nobody is shown to somebody else than one means. */
    gtk_drop_down_set_selected(self->as, 0);
    gtk_widget_set_sensitive(GTK_WIDGET(self->as), FALSE);
}

static void
ask_who(N2LogInBar *self, N2PeopleSource *people)
{
    self->cancellable = g_cancellable_new();
    n2_people_source_trust_async(people, self->ask->site, "log-in", self->cancellable,
                                 on_trusted_cb, g_object_ref(self));
}

/* Unless the user is typing elsewhere. */
static void
take_focus(N2LogInBar *self)
{
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));
    GtkWidget *focus = root ? gtk_root_get_focus(root) : NULL;

    if (!GTK_IS_TEXT(focus))
        gtk_widget_grab_focus(GTK_WIDGET(self->as));
}

gboolean
n2_log_in_bar_show(N2LogInBar *self, N2PeopleSource *people, N2LogIn *ask)
{
    g_autofree char *who = n2_log_in_dup_title(ask);
    /* Translators: %s is a site's name. */
    g_autofree char *title = g_strdup_printf(_("%s asks who you are"), who);
    g_autoptr(GListModel) rows = make_rows(ask);

    g_return_val_if_fail(N2_IS_LOG_IN_BAR(self), FALSE);

    if (self->ask)
        return FALSE;
    self->ask = g_object_ref(ask);
    g_signal_connect_swapped(ask, "closed", G_CALLBACK(hide), self);
    gtk_label_set_text(self->title, title);
    gtk_label_set_text(self->words, _("It sees nothing of you unless you choose so."));
    gtk_drop_down_set_model(self->as, rows);
    gtk_drop_down_set_selected(self->as, 0);
    gtk_widget_set_sensitive(GTK_WIDGET(self->as), TRUE);
    gtk_check_button_set_active(self->always, FALSE);
    on_selected_cb(self);
    gtk_widget_set_visible(GTK_WIDGET(self->bar), TRUE);
    take_focus(self);
    ask_who(self, people);
    return TRUE;
}

/* ---- object ---- */

/* One below the other where they would not fit beside each other. */
static void
lay_out(N2LogInBar *self)
{
    GtkOrientation way =
        self->is_narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL;

    gtk_orientable_set_orientation(GTK_ORIENTABLE(self->bar), way);
    gtk_orientable_set_orientation(GTK_ORIENTABLE(self->answers), way);
}

static void
n2_log_in_bar_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_NARROW)
        g_value_set_boolean(value, N2_LOG_IN_BAR(object)->is_narrow);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
n2_log_in_bar_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    if (id != PROP_NARROW) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
        return;
    }
    N2_LOG_IN_BAR(object)->is_narrow = g_value_get_boolean(value);
    lay_out(N2_LOG_IN_BAR(object));
}

/* A tab that goes answers for nobody. */
static void
n2_log_in_bar_dispose(GObject *object)
{
    N2LogInBar *self = N2_LOG_IN_BAR(object);
    g_autoptr(N2LogIn) ask = self->ask ? g_object_ref(self->ask) : NULL;
    GtkWidget *child = NULL;

    stop_asking(self);
    if (ask) {
        g_signal_handlers_disconnect_by_data(ask, self);
        g_clear_object(&self->ask);
        n2_log_in_refuse(ask);
    }
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(n2_log_in_bar_parent_class)->dispose(object);
}

static void
n2_log_in_bar_class_init(N2LogInBarClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->get_property = n2_log_in_bar_get_property;
    object_class->set_property = n2_log_in_bar_set_property;
    object_class->dispose = n2_log_in_bar_dispose;
    props[PROP_NARROW] = g_param_spec_boolean("narrow", NULL, NULL, FALSE,
                                              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, props);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "loginbar");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/log-in-bar.ui");
    gtk_widget_class_bind_template_child(widget_class, N2LogInBar, bar);
    gtk_widget_class_bind_template_child(widget_class, N2LogInBar, title);
    gtk_widget_class_bind_template_child(widget_class, N2LogInBar, words);
    gtk_widget_class_bind_template_child(widget_class, N2LogInBar, answers);
    gtk_widget_class_bind_template_child(widget_class, N2LogInBar, as);
    gtk_widget_class_bind_template_child(widget_class, N2LogInBar, always);
    gtk_widget_class_bind_template_child(widget_class, N2LogInBar, buttons);
    gtk_widget_class_bind_template_child(widget_class, N2LogInBar, answer);
    gtk_widget_class_bind_template_callback(widget_class, on_selected_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_answer_cb);
    gtk_widget_class_bind_template_callback(widget_class, n2_log_in_bar_close);
}

static void
n2_log_in_bar_init(N2LogInBar *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * person-pane.c - one person: who vouches, what the user says, the address.
 */
#include "views/person-pane.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "client/error.h"
#include "widgets/reason-row.h"

struct _N2PersonPane {
    GtkWidget parent_instance;

    /* Template children: borrowed. */
    AdwAvatar *avatar;
    GtkLabel *title;
    GtkLabel *words;
    GtkWidget *open;
    GtkWidget *gone;
    GtkLabel *gone_words;
    GtkLabel *problem;
    GtkWidget *vouches;
    GtkListBox *reasons;
    GtkWidget *marks;
    GtkEditable *name;
    GtkSwitch *met;
    GtkSwitch *introduces;
    GtkSwitch *audits;
    AdwActionRow *word;
    GtkWidget *word_copy;
    GtkButton *vouch;
    GtkLabel *address;
    GtkWidget *remove;

    N2PeopleSource *people;    /* owned */
    N2Person *person;          /* owned; nullable */
    N2Person *removed;         /* owned; what can be taken back, nullable */
    GCancellable *cancellable; /* owned; who vouches */
    gboolean is_filling;       /* switches are set by us, not by the user */
};

G_DEFINE_FINAL_TYPE(N2PersonPane, n2_person_pane, GTK_TYPE_WIDGET)

enum {
    SIGNAL_GO,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

/* ---- orders ---- */

static void
say(N2PersonPane *self, const char *words)
{
    gtk_label_set_text(self->problem, words ? words : "");
    gtk_widget_set_visible(GTK_WIDGET(self->problem), words != NULL);
}

static void fill(N2PersonPane *self);

static void
on_ordered_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2PersonPane) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autofree char *whose =
        n2_people_source_order_finish(N2_PEOPLE_SOURCE(source), result, &error);

    if (whose || !self->person)
        return; /* the list says what is different now */
    say(self, error->message);
    fill(self); /* the switches as they were */
}

static void
give(N2PersonPane *self, N2PeopleOrder order)
{
    order.identity = self->person->address;
    say(self, NULL);
    n2_people_source_order_async(self->people, &order, NULL, on_ordered_cb, g_object_ref(self));
}

static N2Tristate
state_of(GtkSwitch *toggle)
{
    return gtk_switch_get_active(toggle) ? N2_YES : N2_NO;
}

static void
on_name_cb(N2PersonPane *self)
{
    g_autofree char *name = n2_own_name_dup(gtk_editable_get_text(self->name));

    gtk_editable_set_text(self->name, name);
    if (self->person)
        give(self, (N2PeopleOrder){.kind = N2_PEOPLE_SET, .name = name});
}

static void
on_met_cb(N2PersonPane *self)
{
    if (self->person && !self->is_filling)
        give(self, (N2PeopleOrder){.kind = N2_PEOPLE_SET, .met = state_of(self->met)});
}

static void
on_introduces_cb(N2PersonPane *self)
{
    if (self->person && !self->is_filling)
        give(self,
             (N2PeopleOrder){.kind = N2_PEOPLE_SET, .introduces = state_of(self->introduces)});
}

static void
on_audits_cb(N2PersonPane *self)
{
    if (self->person && !self->is_filling)
        give(self, (N2PeopleOrder){.kind = N2_PEOPLE_SET, .audits = state_of(self->audits)});
}

static void
on_remove_cb(N2PersonPane *self)
{
    if (!self->person)
        return;
    g_set_object(&self->removed, self->person);
    give(self, (N2PeopleOrder){.kind = N2_PEOPLE_REMOVE});
}

static void
on_undo_cb(N2PersonPane *self)
{
    g_autoptr(N2Person) back = g_steal_pointer(&self->removed);

    if (!back || !self->person)
        return;
    give(self, (N2PeopleOrder){.kind = N2_PEOPLE_SET,
                               .name = back->name,
                               .met = back->is_met ? N2_YES : N2_NO,
                               .met_us = back->met_us,
                               .introduces = back->introduces ? N2_YES : N2_NO,
                               .audits = back->audits ? N2_YES : N2_NO});
}

/* Signs it, or takes it back: each undoes the other. */
static void
on_vouch_cb(N2PersonPane *self)
{
    if (!self->person)
        return;
    give(self, (N2PeopleOrder){.kind = N2_PEOPLE_VOUCH,
                               .name = self->person->vouched ? "" : self->person->name});
}

static void
on_exported_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2PersonPane) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autofree char *text =
        n2_people_source_order_finish(N2_PEOPLE_SOURCE(source), result, &error);

    if (text && self->person)
        gtk_widget_activate_action(GTK_WIDGET(self), "win.copy-text", "s", text);
    else if (self->person)
        say(self, error->message);
}

static void
on_word_copy_cb(N2PersonPane *self)
{
    if (self->person)
        n2_people_source_order_async(
            self->people,
            &(N2PeopleOrder){.kind = N2_PEOPLE_EXPORT, .identity = self->person->address}, NULL,
            on_exported_cb, g_object_ref(self));
}

static void
on_open_cb(N2PersonPane *self)
{
    g_autofree char *address =
        self->person ? g_strdup_printf("net2o://%s/", self->person->address) : NULL;

    if (address)
        g_signal_emit(self, signals[SIGNAL_GO], 0, address, FALSE);
}

static void
on_copy_cb(N2PersonPane *self)
{
    if (self->person)
        gtk_widget_activate_action(GTK_WIDGET(self), "win.copy-text", "s",
                                   self->person->address);
}

/* ---- who vouches ---- */

static void
on_trusted_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2PersonPane) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Trust) trust =
        n2_people_source_trust_finish(N2_PEOPLE_SOURCE(source), result, &error);
    guint n = trust ? g_list_model_get_n_items(G_LIST_MODEL(trust->items)) : 0;

    if (error && n2_error_code(error) == N2_ERR_CANCELLED)
        return;
    gtk_list_box_bind_model(self->reasons, trust ? G_LIST_MODEL(trust->items) : NULL,
                            n2_reason_row_make, NULL, NULL);
    gtk_widget_set_visible(self->vouches, n > 0);
}

static void
stop_asking(N2PersonPane *self)
{
    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
}

static void
ask(N2PersonPane *self)
{
    stop_asking(self);
    self->cancellable = g_cancellable_new();
    n2_people_source_trust_async(self->people, self->person->address, "read", self->cancellable,
                                 on_trusted_cb, g_object_ref(self));
}

/* ---- the person ---- */

static gboolean
is_marked(const N2Person *person)
{
    return *person->name || person->is_met || person->introduces || person->audits;
}

static void
fill_word(N2PersonPane *self)
{
    N2Person *person = self->person;
    g_autofree char *words = n2_person_dup_vouch(person);
    g_autofree char *title = n2_person_dup_title(person);
    g_autofree char *name = g_strdup_printf(
        person->vouched ? _("Take back your word for %s") : _("Vouch for %s"), title);

    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(self->word), person->vouched
                                                                       ? _("You vouch for them")
                                                                       : _("Vouch for them"));
    adw_action_row_set_subtitle(self->word, words);
    gtk_button_set_label(self->vouch, person->vouched ? _("Take Back") : _("Vouch"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->vouch), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   name, -1);
    gtk_widget_set_sensitive(GTK_WIDGET(self->vouch), person->vouched || *person->name);
    gtk_widget_set_visible(self->word_copy, person->vouched != NULL);
}

static void
fill(N2PersonPane *self)
{
    N2Person *person = self->person;
    g_autofree char *title = n2_person_dup_title(person);
    g_autofree char *words = n2_person_dup_words(person);
    g_autofree char *initials = n2_person_dup_initials(person);
    g_autofree char *gone = NULL;

    self->is_filling = TRUE;
    gtk_label_set_text(self->title, title);
    gtk_label_set_text(self->words, words);
    adw_avatar_set_text(self->avatar, initials);
    adw_avatar_set_show_initials(self->avatar, initials != NULL);
    gtk_switch_set_active(self->met, person->is_met);
    gtk_switch_set_active(self->introduces, person->introduces);
    gtk_switch_set_active(self->audits, person->audits);
    fill_word(self);
    gtk_label_set_text(self->address, person->address);
    gtk_widget_set_visible(self->remove, is_marked(person));
    if (self->removed) {
        g_autofree char *who = n2_person_dup_title(self->removed);
        gone = g_strdup_printf(_("%s is no longer among your people."), who);
        gtk_label_set_text(self->gone_words, gone);
    }
    gtk_widget_set_visible(self->gone, self->removed && !is_marked(person));
    self->is_filling = FALSE;
}

void
n2_person_pane_set_person(N2PersonPane *self, N2PeopleSource *people, N2Person *person)
{
    gboolean is_same =
        self->person && person && g_str_equal(self->person->address, person->address);
    gboolean is_renamed = !is_same || !g_str_equal(self->person->name, person->name);

    g_return_if_fail(N2_IS_PERSON_PANE(self));

    g_set_object(&self->people, people);
    g_set_object(&self->person, person);
    if (!person) {
        stop_asking(self);
        return;
    }
    if (!is_same) {
        g_clear_object(&self->removed);
        say(self, NULL);
        gtk_widget_set_visible(self->vouches, FALSE);
    }
    if (is_renamed)
        gtk_editable_set_text(self->name, person->name);
    fill(self);
    ask(self);
}

/* ---- object ---- */

static void
n2_person_pane_dispose(GObject *object)
{
    N2PersonPane *self = N2_PERSON_PANE(object);
    GtkWidget *child = NULL;

    stop_asking(self);
    g_clear_object(&self->person);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->people);
    g_clear_object(&self->removed);
    G_OBJECT_CLASS(n2_person_pane_parent_class)->dispose(object);
}

static void
n2_person_pane_class_init(N2PersonPaneClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_person_pane_dispose;
    signals[SIGNAL_GO] =
        g_signal_new("go", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "personpane");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/person-pane.ui");
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, avatar);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, title);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, words);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, open);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, gone);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, gone_words);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, problem);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, vouches);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, reasons);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, marks);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, name);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, met);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, introduces);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, audits);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, word);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, word_copy);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, vouch);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, address);
    gtk_widget_class_bind_template_child(widget_class, N2PersonPane, remove);
    gtk_widget_class_bind_template_callback(widget_class, on_name_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_met_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_introduces_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_audits_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_vouch_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_word_copy_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_open_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_copy_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_remove_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_undo_cb);
}

static void
n2_person_pane_init(N2PersonPane *self)
{
    GtkEditable *text = NULL;

    gtk_widget_init_template(GTK_WIDGET(self));
    text = gtk_editable_get_delegate(self->name);
    gtk_accessible_update_property(GTK_ACCESSIBLE(text), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Your name for them"), -1);
}

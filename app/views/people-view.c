/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * people-view.c - whom the user knows.
 */
#include "views/people-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "client/error.h"
#include "views/add-person.h"
#include "views/person-pane.h"

struct _N2PeopleView {
    GtkWidget parent_instance;

    /* Template children: borrowed. */
    AdwLeaflet *leaflet;
    GtkListBox *list;
    GtkWidget *to_list;
    GtkStack *side;
    AdwStatusPage *empty;
    GtkLabel *nobody;
    N2PersonPane *pane;
    N2AddPerson *add;

    N2Source *source;  /* owned */
    GListModel *model; /* owned; N2Person */
    char *selected;    /* owned; k1-..., nullable */
};

G_DEFINE_FINAL_TYPE(N2PeopleView, n2_people_view, GTK_TYPE_WIDGET)

enum {
    SIGNAL_GO,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
on_go_cb(N2PeopleView *self, const char *address, gboolean new_tab)
{
    g_signal_emit(self, signals[SIGNAL_GO], 0, address, new_tab);
}

/* ---- list ---- */

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

static GtkWidget *
make_row(gpointer item, gpointer user_data)
{
    N2Person *person = item;
    GtkWidget *row = gtk_list_box_row_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *texts = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    g_autofree char *initials = n2_person_dup_initials(person);
    GtkWidget *avatar = adw_avatar_new(36, initials, initials != NULL);
    g_autofree char *title = n2_person_dup_title(person);
    g_autofree char *words = n2_person_dup_words(person);
    /* Translators: somebody's name, then how the user came to know them. */
    g_autofree char *name = g_strdup_printf(_("%s, %s"), title, words);

    GtkWidget *below = make_label(words, "small", TRUE);

    (void)user_data;
    gtk_label_set_wrap(GTK_LABEL(below), TRUE); /* in large letters */
    gtk_label_set_lines(GTK_LABEL(below), 2);
    gtk_widget_set_valign(avatar, GTK_ALIGN_CENTER);
    gtk_widget_set_valign(texts, GTK_ALIGN_CENTER);
    gtk_widget_set_hexpand(texts, TRUE);
    gtk_box_append(GTK_BOX(texts), make_label(title, "heading", FALSE));
    gtk_box_append(GTK_BOX(texts), below);
    gtk_box_append(GTK_BOX(box), avatar);
    gtk_box_append(GTK_BOX(box), texts);
    if (person->state == N2_PERSON_ENDED || person->state == N2_PERSON_FROZEN) {
        GtkWidget *mark = gtk_image_new_from_icon_name("dialog-warning-symbolic");

        gtk_widget_add_css_class(mark, "warning");
        gtk_box_append(GTK_BOX(box), mark);
    }
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    gtk_widget_set_tooltip_text(row, words);
    gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                   -1);
    return row;
}

/* (transfer full) (nullable); @at: (out). */
static N2Person *
find(N2PeopleView *self, const char *address, guint *at)
{
    for (*at = 0; address && *at < g_list_model_get_n_items(self->model); (*at)++) {
        g_autoptr(N2Person) person = g_list_model_get_item(self->model, *at);
        if (g_str_equal(person->address, address))
            return g_steal_pointer(&person);
    }
    return NULL;
}

/* ---- beside it ---- */

static void
say_empty(N2PeopleView *self)
{
    gboolean has_some = g_list_model_get_n_items(self->model) > 0;

    adw_status_page_set_title(self->empty,
                              has_some ? _("Nobody chosen") : _("You know nobody yet"));
    adw_status_page_set_description(
        self->empty, has_some ? _("Choose somebody from the list.")
                              : _("Add people when you meet them: from then on you see that "
                                  "it is they, and nobody in their place."));
}

static void
show_side(N2PeopleView *self, const char *name)
{
    gtk_stack_set_visible_child_name(self->side, name);
    if (!g_str_equal(name, "empty"))
        adw_leaflet_set_visible_child_name(self->leaflet, "side");
}

static void
show_selected(N2PeopleView *self)
{
    guint at = 0;
    g_autoptr(N2Person) person = find(self, self->selected, &at);
    N2PeopleSource *people = n2_source_peek_people(self->source);

    say_empty(self);
    if (person)
        gtk_list_box_select_row(self->list, gtk_list_box_get_row_at_index(self->list, (int)at));
    else
        gtk_list_box_unselect_all(self->list);
    if (!person && self->selected) /* a stranger, or one that was removed just now */
        person = n2_person_new(self->selected, "");
    n2_person_pane_set_person(self->pane, people, person);
}

void
n2_people_view_select(N2PeopleView *self, const char *identity)
{
    g_return_if_fail(N2_IS_PEOPLE_VIEW(self));

    if (self->selected != identity) {
        g_free(self->selected);
        self->selected = g_strdup(identity);
    }
    show_selected(self);
    show_side(self, identity ? "person" : "empty");
    if (!identity)
        adw_leaflet_set_visible_child_name(self->leaflet, "list");
}

static void
on_row_cb(N2PeopleView *self, GtkListBoxRow *row)
{
    int at = row ? gtk_list_box_row_get_index(row) : -1;
    g_autoptr(N2Person) person = at >= 0 ? g_list_model_get_item(self->model, (guint)at) : NULL;

    if (person)
        n2_people_view_select(self, person->address);
}

static void
on_add_cb(N2PeopleView *self)
{
    show_side(self, "add");
    n2_add_person_begin(self->add, n2_source_peek_people(self->source));
}

static void
on_added_cb(N2PeopleView *self, const char *address)
{
    n2_people_view_select(self, *address ? address : NULL);
}

static void
on_cancelled_cb(N2PeopleView *self)
{
    g_autofree char *selected = g_strdup(self->selected);

    n2_people_view_select(self, selected);
}

/* ---- forgetting ---- */

static void
on_forgotten_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2PeopleView) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autofree char *done =
        n2_people_source_order_finish(N2_PEOPLE_SOURCE(source), result, &error);

    if (self->source)
        gtk_widget_activate_action(GTK_WIDGET(self), "win.tell", "s",
                                   done ? _("Whom you met is forgotten") : error->message);
}

static void
on_response_cb(AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
    N2PeopleView *self = user_data;

    (void)dialog;
    if (self->source && g_str_equal(response, "forget"))
        n2_people_source_order_async(n2_source_peek_people(self->source),
                                     &(N2PeopleOrder){.kind = N2_PEOPLE_FORGET_MET}, NULL,
                                     on_forgotten_cb, g_object_ref(self));
}

/* It cannot be undone. */
static void
on_forget_cb(N2PeopleView *self)
{
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));
    GtkWidget *dialog = adw_message_dialog_new(
        GTK_WINDOW(root), _("Forget whom you met?"),
        _("Your node forgets whom it met under which name. Until it has met them again, nobody "
          "is noticed who is another than before. What you say about people stays. This can’t "
          "be undone."));

    adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(dialog), "cancel", _("Cancel"),
                                     "forget", _("Forget"), NULL);
    adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), "forget",
                                               ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_response_cb), self, 0);
    gtk_window_present(GTK_WINDOW(dialog));
}

static void
on_to_list_cb(N2PeopleView *self)
{
    adw_leaflet_set_visible_child_name(self->leaflet, "list");
    gtk_widget_grab_focus(GTK_WIDGET(self->list));
}

static void
on_folded_cb(N2PeopleView *self)
{
    gtk_widget_set_visible(self->to_list, adw_leaflet_get_folded(self->leaflet));
    if (self->model)
        say_empty(self);
}

/* After the list box, which made its rows anew. */
static void
on_items_cb(N2PeopleView *self)
{
    if (self->selected || gtk_stack_get_visible_child(self->side) == GTK_WIDGET(self->empty))
        show_selected(self);
}

/* ---- object ---- */

static gboolean
n2_people_view_grab_focus(GtkWidget *widget)
{
    return gtk_widget_grab_focus(GTK_WIDGET(N2_PEOPLE_VIEW(widget)->list)) ||
           gtk_widget_child_focus(widget, GTK_DIR_TAB_FORWARD);
}

static void
n2_people_view_dispose(GObject *object)
{
    N2PeopleView *self = N2_PEOPLE_VIEW(object);
    GtkWidget *child = NULL;

    if (self->model)
        g_signal_handlers_disconnect_by_data(self->model, self);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->model);
    g_clear_object(&self->source);
    g_clear_pointer(&self->selected, g_free);
    G_OBJECT_CLASS(n2_people_view_parent_class)->dispose(object);
}

static void
n2_people_view_class_init(N2PeopleViewClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_people_view_dispose;
    widget_class->grab_focus = n2_people_view_grab_focus;
    signals[SIGNAL_GO] =
        g_signal_new("go", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
    g_type_ensure(N2_TYPE_PERSON_PANE);
    g_type_ensure(N2_TYPE_ADD_PERSON);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "peopleview");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/people-view.ui");
    gtk_widget_class_bind_template_child(widget_class, N2PeopleView, leaflet);
    gtk_widget_class_bind_template_child(widget_class, N2PeopleView, list);
    gtk_widget_class_bind_template_child(widget_class, N2PeopleView, to_list);
    gtk_widget_class_bind_template_child(widget_class, N2PeopleView, side);
    gtk_widget_class_bind_template_child(widget_class, N2PeopleView, empty);
    gtk_widget_class_bind_template_child(widget_class, N2PeopleView, nobody);
    gtk_widget_class_bind_template_child(widget_class, N2PeopleView, pane);
    gtk_widget_class_bind_template_child(widget_class, N2PeopleView, add);
    gtk_widget_class_bind_template_callback(widget_class, on_go_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_row_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_add_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_added_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_cancelled_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_forget_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_to_list_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_folded_cb);
}

static void
n2_people_view_init(N2PeopleView *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *
n2_people_view_new(N2Source *source)
{
    N2PeopleView *self = g_object_new(N2_TYPE_PEOPLE_VIEW, NULL);

    self->source = g_object_ref(source);
    self->model = g_object_ref(n2_people_source_peek_people(n2_source_peek_people(source)));
    gtk_list_box_bind_model(self->list, self->model, make_row, NULL, NULL);
    g_signal_connect_swapped(self->model, "items-changed", G_CALLBACK(on_items_cb), self);
    say_empty(self);
    return GTK_WIDGET(self);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tab-trust.c - whose the place is that a tab shows: warnings before it, and sites that ask who
 *               is there.
 *
 * The node says `ask` where the user has to decide, and fails where there is nothing to decide;
 * in both cases it is asked for all its reasons before anything of the place is seen.
 */
#include "views/tab-private.h"

#include "client/error.h"
#include "model/consent.h"
#include "model/location.h"

/* ---- warning ---- */

static void
on_back_cb(N2Tab *self)
{
    if (n2_history_peek(self->history, -1))
        n2_tab_move(self, -1);
    else
        n2_tab_go(self, N2_LOCATION_START);
}

static void
on_accepted_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2Tab) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autofree char *whose =
        n2_people_source_order_finish(N2_PEOPLE_SOURCE(source), result, &error);

    if (!self->engine) /* the tab has gone */
        return;
    if (whose)
        n2_tab_reload(self);
    else
        gtk_widget_activate_action(GTK_WIDGET(self), "win.tell", "s", error->message);
}

static void
on_go_on_cb(N2Tab *self)
{
    N2PeopleSource *people = n2_source_peek_people(n2_tab_peek_source(self));

    if (!self->warned || !self->warned_mark)
        return;
    n2_consent_give(n2_tab_peek_source(self), self->warned_mark);
    if (!n2_trust_is_changed(self->warned) || !*self->warned->name) {
        n2_tab_reload(self);
        return;
    }
    n2_people_source_order_async(people,
                                 &(N2PeopleOrder){.kind = N2_PEOPLE_ACCEPT,
                                                  .name = self->warned->name,
                                                  .identity = self->warned->identity},
                                 NULL, on_accepted_cb, g_object_ref(self));
}

/* @place: (nullable): what there is to go on with. */
static void
warn(N2Tab *self, N2Trust *trust, const N2Place *place)
{
    if (!self->warning) {
        self->warning = N2_WARN_VIEW(n2_warn_view_new());
        n2_tab_add_view(self, GTK_WIDGET(self->warning), "warning");
        g_signal_connect_swapped(self->warning, "back", G_CALLBACK(on_back_cb), self);
        g_signal_connect_swapped(self->warning, "go-on", G_CALLBACK(on_go_on_cb), self);
    }
    g_set_object(&self->warned, trust);
    g_free(self->warned_mark);
    self->warned_mark = place ? n2_consent_dup_mark(place) : NULL;
    n2_warn_view_set_trust(self->warning, self->wanted, trust);
    n2_tab_settle(self, NULL, N2_TAB_WARNING);
}

/* A question to the node about the place that is wanted. */
typedef struct {
    N2Tab *tab;     /* owned */
    N2Place *place; /* owned; its node said `ask`; or NULL, and */
    GError *error;  /* owned: there is nothing to be shown */
} doubt;

static void
doubt_free(doubt *d)
{
    g_object_unref(d->tab);
    g_clear_object(&d->place);
    g_clear_error(&d->error);
    g_free(d);
}

static void
on_doubted_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    doubt *d = user_data;
    N2Tab *self = d->tab;
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Trust) trust =
        n2_people_source_trust_finish(N2_PEOPLE_SOURCE(source), result, &error);
    gboolean is_gone =
        !self->engine || !self->wanted || (error && n2_error_code(error) == N2_ERR_CANCELLED);
    gboolean warns = trust && trust->verdict >= N2_VERDICT_ASK;

    if (!is_gone && (warns || d->place)) {
        warn(self, warns ? trust : d->place->trust, d->place);
    } else if (!is_gone) {
        g_autofree char *address = g_strdup(self->wanted);
        n2_tab_fail(self, address, d->error);
    }
    doubt_free(d);
}

static gboolean
is_about_identity(const GError *error)
{
    n2_err code = n2_error_code(error);

    return code == N2_ERR_ENDED || code == N2_ERR_FROZEN || code == N2_ERR_FORGED;
}

gboolean
n2_tab_warns(N2Tab *self, N2Place *place, const GError *error)
{
    N2PeopleSource *people = n2_source_peek_people(n2_tab_peek_source(self));
    gboolean must_ask = place && !n2_consent_covers(n2_tab_peek_source(self), place);
    doubt *d = NULL;

    if (!people || !self->wanted || !(must_ask || (error && is_about_identity(error))))
        return FALSE;
    d = g_new(doubt, 1);
    *d = (doubt){.tab = g_object_ref(self),
                 .place = place ? g_object_ref(place) : NULL,
                 .error = error ? g_error_copy(error) : NULL};
    n2_people_source_trust_async(people, self->wanted, "read", self->cancellable, on_doubted_cb,
                                 d);
    return TRUE;
}

/* ---- sites that ask ---- */

gboolean
n2_tab_show_log_in(N2Tab *self, N2LogIn *ask)
{
    g_return_val_if_fail(N2_IS_TAB(self), FALSE);

    return n2_log_in_bar_show(self->log_in, n2_source_peek_people(n2_tab_peek_source(self)),
                              ask);
}

gboolean
n2_tab_on_log_in(N2Tab *self, N2LogIn *ask)
{
    return self->wanted && n2_log_in_is_at(ask, self->wanted) && n2_tab_show_log_in(self, ask);
}

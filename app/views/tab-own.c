/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tab-own.c - places of the browser itself: start, files, people, network, search.
 */
#include "views/tab-private.h"

#include "client/error.h"
#include "model/location.h"

/* One's own folder is the site of the default identity, which the node knows. */
static void
on_own_identity_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2Tab) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Status) status = n2_source_status_finish(N2_SOURCE(source), result, &error);

    if (error && n2_error_code(error) == N2_ERR_CANCELLED)
        return;
    if (status && !status->identity)
        error = n2_error_make(N2_ERR_NOTFOUND, N2_LOCATION_FILES,
                              "the node has no identity yet", NULL);
    if (error) {
        n2_tab_fail(self, N2_LOCATION_FILES, error);
        return;
    }
    g_autofree char *address = g_strdup_printf("net2o://%s/", status->identity);
    n2_tab_ask_source(self, address, N2_OPEN_NO_INDEX);
}

static void
open_people(N2Tab *self, const char *address)
{
    N2Source *source = n2_tab_peek_source(self);

    if (!self->people) {
        self->people = N2_PEOPLE_VIEW(n2_people_view_new(source));
        n2_tab_add_view(self, GTK_WIDGET(self->people), "people");
    }
    n2_people_view_select(self->people, n2_location_peek_person(address));
    n2_tab_settle(self, NULL, N2_TAB_PEOPLE);
}

/* What is typed there is the present place; who comes back finds it again. */
static void
on_query_cb(N2Tab *self, const char *query)
{
    g_autofree char *address = n2_location_dup_search(query);

    if (self->kind != N2_TAB_SEARCH || self->wanted)
        return;
    n2_history_replace(self->history, address);
    n2_tab_tell_changed(self);
}

static void
open_search(N2Tab *self, const char *query)
{
    if (!self->search) {
        self->search = N2_SEARCH_VIEW(n2_search_view_new(n2_tab_peek_source(self)));
        n2_tab_add_view(self, GTK_WIDGET(self->search), "search");
        g_signal_connect_swapped(self->search, "query", G_CALLBACK(on_query_cb), self);
    }
    n2_tab_settle(self, NULL, N2_TAB_SEARCH);
    n2_search_view_set_query(self->search, query);
}

void
n2_tab_open_own(N2Tab *self, const char *address)
{
    N2Source *source = n2_tab_peek_source(self);

    if (g_str_equal(address, N2_LOCATION_FILES)) {
        n2_source_status_async(source, self->cancellable, on_own_identity_cb,
                               g_object_ref(self));
        return;
    }
    if (g_str_equal(address, N2_LOCATION_NETWORK)) {
        if (!self->network) {
            self->network = N2_NETWORK_VIEW(n2_network_view_new(source));
            n2_tab_add_view(self, GTK_WIDGET(self->network), "network");
        }
        n2_tab_settle(self, NULL, N2_TAB_NETWORK);
        return;
    }
    g_autofree char *query = n2_location_dup_query(address);
    if (query && n2_source_peek_library(source)) {
        open_search(self, query);
        return;
    }
    if (g_str_has_prefix(address, N2_LOCATION_PEOPLE) && n2_source_peek_people(source)) {
        open_people(self, address);
        return;
    }
    if (!self->start) {
        self->start = N2_START_VIEW(n2_start_view_new(source, self->recent));
        n2_tab_add_view(self, GTK_WIDGET(self->start), "start");
    }
    n2_tab_settle(self, NULL, N2_TAB_START);
}

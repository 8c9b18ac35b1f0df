/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tab-own.c - places of the browser itself: start, files, people, network.
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

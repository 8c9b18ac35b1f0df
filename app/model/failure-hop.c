/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * failure-hop.c - better words for a failure once the hops of the way were asked.
 */
#include <glib/gi18n.h>

#include "model/failure.h"
#include "model/location.h"
#include "model/place.h"

char *
n2_failure_dup_hop_title(N2Failure *self, GListModel *hops, char **cause)
{
    g_autofree char *site = n2_location_dup_site(self->address);
    g_autofree char *before = NULL;

    *cause = NULL;
    for (guint i = 0; i < g_list_model_get_n_items(hops); i++) {
        g_autoptr(N2Hop) hop = g_list_model_get_item(hops, i);

        if (hop->state != N2_HOP_SILENT) {
            g_free(before);
            before = g_strdup(hop->title);
            continue;
        }
        if (hop->is_end && i <= 1) {
            *cause = g_strdup_printf(_("No switch lies between: %s itself is silent, or the "
                                       "line to it."),
                                     site);
            return g_strdup_printf(_("%s is silent"), site);
        }
        if (hop->is_end) {
            *cause = g_strdup_printf(_("Every switch on the way answers, so the way is fine; "
                                       "%s itself is silent."),
                                     site);
            return g_strdup_printf(_("%s is silent"), site);
        }
        /* Translators: two switches or "This computer", then a site. */
        *cause = g_strdup_printf(_("The last that answers is “%s”. %s behind it is silent, "
                                   "so %s can’t be reached at the moment."),
                                 before ? before : _("This computer"), hop->title, site);
        return g_strdup(_("A switch on the way doesn’t answer"));
    }
    return NULL;
}

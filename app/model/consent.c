/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * consent.c - what of a warned place may be seen: one answer for a page and all that it brings.
 */
#include "model/consent.h"

#include "model/location.h"

static const char consents_key[] = "n2-consents";

static GHashTable *
peek_consents(N2Source *source)
{
    GHashTable *consents = g_object_get_data(G_OBJECT(source), consents_key);

    if (!consents) {
        consents = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_object_set_data_full(G_OBJECT(source), consents_key, consents,
                               (GDestroyNotify)g_hash_table_unref);
    }
    return consents;
}

char *
n2_consent_dup_mark(const N2Place *place)
{
    g_autofree char *site = n2_location_dup_site(place->address);
    g_autofree char *mark = n2_trust_dup_mark(place->trust);

    return g_strconcat(site, " ", mark, NULL);
}

gboolean
n2_consent_covers(N2Source *source, const N2Place *place)
{
    g_autofree char *mark = NULL;

    if (!n2_source_peek_people(source) || !place->trust ||
        place->trust->verdict < N2_VERDICT_ASK)
        return TRUE;
    if (place->trust->verdict >= N2_VERDICT_STOP)
        return FALSE;
    mark = n2_consent_dup_mark(place);
    return g_hash_table_contains(peek_consents(source), mark);
}

void
n2_consent_give(N2Source *source, const char *mark)
{
    g_hash_table_add(peek_consents(source), g_strdup(mark));
}

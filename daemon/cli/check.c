/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * check.c - refuses words that are wrong in themselves, and says how they are written.
 */
#include <glib/gi18n.h>
#include <string.h>

#include "base/address.h"
#include "base/limits.h"
#include "cli/cli.h"

gboolean
n2_cli_check_identity(const char *word, GError **error)
{
    n2_id id;

    if (n2_id_parse(&id, N2_ID_IDENTITY, word, strlen(word)) == N2_OK)
        return TRUE;
    n2_error_set(
        error, N2_ERR_USAGE, word, N_("this is not the address of an identity"),
        N_("It is written k1- and 52 letters and digits, as 'net2o id list' shows it."));
    return FALSE;
}

gboolean
n2_cli_check_name(const char *word, GError **error)
{
    g_autofree char *folded = g_utf8_casefold(word, -1);

    n2_err err = n2_name_check(folded, strlen(folded), NULL);

    if (!err)
        return TRUE;
    n2_error_set(error, N2_ERR_USAGE, word,
                 err == N2_ERR_LIMIT ? N_("this name is too long (8 parts of 63 bytes at most)")
                                     : N_("this cannot be a name"),
                 N_("Use letters, digits and inner hyphens; dots between the parts."));
    return FALSE;
}

gboolean
n2_cli_check_hop(const char *word, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(word, "/", 2);
    guint64 port = 0;
    guint64 bits = 0;

    if (g_strv_length(parts) != 2 ||
        !g_ascii_string_to_unsigned(parts[0], 10, 0, G_MAXUINT16, &port, NULL) ||
        !g_ascii_string_to_unsigned(parts[1], 10, 1, N2_SWITCH_WIDTH_MAX, &bits, NULL))
        return n2_cli_usage("path", word, N_("a hop is written PORT/BITS, such as 3/4"), error);
    if (port >> bits)
        return n2_cli_usage("path", word, N_("the port does not fit into so few bits"), error);
    return TRUE;
}

/* A date alone is its first moment in UTC. */
static GDateTime *
parse_time(const char *word)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autofree char *midnight = g_strconcat(word, "T00:00:00Z", NULL);
    GDateTime *time = g_date_time_new_from_iso8601(word, utc);

    return time ? time : g_date_time_new_from_iso8601(midnight, utc);
}

char *
n2_cli_attribute_value(const char *type, const char *word, GError **error)
{
    if (g_strcmp0(type, "time") != 0 ||
        g_ascii_string_to_signed(word, 10, G_MININT64, G_MAXINT64, NULL, NULL))
        return g_strdup(word);

    g_autoptr(GDateTime) time = parse_time(word);
    if (!time) {
        n2_cli_usage("attr", word, N_("a time is written 2024-12-31 or 2024-12-31T23:59:59Z"),
                     error);
        return NULL;
    }
    gint64 us = g_date_time_to_unix(time) * 1000000 + g_date_time_get_microsecond(time);
    return g_strdup_printf("%" G_GINT64_FORMAT, us);
}

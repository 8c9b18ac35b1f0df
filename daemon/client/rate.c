/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rate.c - a data rate as people say it.
 */
#include "client/rate.h"

#include <glib/gi18n.h>

char *
n2_rate_dup_words(guint64 bps)
{
    double value = (double)bps;
    int unit = 0;

    while (value >= 999.5 && unit < 3) {
        value /= 1000;
        unit++;
    }
    gboolean is_whole = value >= 9.95 || (int)(value * 10 + .5) % 10 == 0;
    g_autofree char *number = g_strdup_printf(is_whole ? "%.0f" : "%.1f", value);

    switch (unit) {
    case 0:
        /* Translators: a data rate. */
        return g_strdup_printf(_("%s bit/s"), number);
    case 1:
        /* Translators: a data rate. */
        return g_strdup_printf(_("%s kbit/s"), number);
    case 2:
        /* Translators: a data rate. */
        return g_strdup_printf(_("%s Mbit/s"), number);
    default:
        /* Translators: a data rate. */
        return g_strdup_printf(_("%s Gbit/s"), number);
    }
}

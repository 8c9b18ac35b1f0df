/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * network-rows.c - what the lists beside the map of the ways say.
 */
#include "views/network-rows.h"

#include <glib/gi18n.h>

#include "client/rate.h"
#include "model/words.h"

enum {
    CASTS_SHOWN = 8 /* a large switch has hundreds */
};

/* ---- lines ---- */

static void
put_line(N2NetworkList *list, const N2Waypoint *p)
{
    g_autofree char *load = n2_network_dup_load(p);
    g_autofree char *title = g_strdup_printf(_("To %s"), p->title);
    g_autofree char *waits = n2_words_delay((gint64)p->queue_us);
    g_autofree char *jam =
        p->jammed_us < 0 ? NULL
        : p->queue_us
            ? g_strdup_printf(_("Jammed for %u s; what goes there waits up to %s."),
                              (guint)(p->jammed_us / G_USEC_PER_SEC), waits)
            : g_strdup_printf(_("Jammed for %u s."), (guint)(p->jammed_us / G_USEC_PER_SEC));

    n2_network_list_put(
        list, p->key,
        &(n2_network_row){.title = title,
                          .value = load,
                          .subtitle = jam,
                          .level = p->line == N2_WAY_ASLEEP ? -1 : n2_waypoint_load(p),
                          .is_strong = TRUE,
                          .is_jam = p->line == N2_WAY_JAMMED});
}

void
n2_network_rows_lines(N2NetworkList *list, const N2Network *network)
{
    n2_network_list_begin(list);
    for (guint i = 1; i < network->points->len; i++) {
        const N2Waypoint *p = n2_network_point(network, i);
        if (p->depth == 1)
            put_line(list, p);
    }
    n2_network_list_end(list);
}

/* ---- reservations ---- */

void
n2_network_rows_reserved(N2NetworkList *list, const N2Network *network)
{
    GListModel *all = G_LIST_MODEL(network->reservations);

    n2_network_list_begin(list);
    for (guint i = 0; i < g_list_model_get_n_items(all); i++) {
        g_autoptr(N2Reservation) r = g_list_model_get_item(all, i);
        g_autofree char *rate = n2_rate_dup_words(r->rate_bps);
        g_autofree char *key = g_strdup_printf("%" G_GUINT64_FORMAT, r->number);
        g_autofree char *said = g_strdup_printf(_("Release %s"), r->title);
        g_autofree char *words = r->is_asked ? g_strdup_printf(_("%s, asked for"), rate)
                                 : r->is_urgent
                                     ? g_strdup_printf(_("%s, before all others"), rate)
                                     : g_strdup(rate);
        n2_network_list_put(list, key,
                            &(n2_network_row){.title = r->title,
                                              .is_strong = TRUE,
                                              .subtitle = words,
                                              .level = -1,
                                              .button = _("Release"),
                                              .button_name = said});
    }
    n2_network_list_end(list);
}

/* ---- what is avoided ---- */

void
n2_network_rows_avoided(N2NetworkList *list, const N2Network *network)
{
    n2_network_list_begin(list);
    for (guint i = 0; i < network->avoided->len; i++) {
        const n2_avoided *a = g_ptr_array_index(network->avoided, i);
        g_autofree char *said = g_strdup_printf(_("Allow %s"), a->title);

        n2_network_list_put(list, a->hop,
                            &(n2_network_row){.title = a->title,
                                              .is_strong = TRUE,
                                              .subtitle = _("No way leads through it."),
                                              .level = -1,
                                              .button = _("Allow"),
                                              .button_name = said});
    }
    n2_network_list_end(list);
}

/* ---- one to many ---- */

static void
put_cast(N2NetworkList *list, const N2Cast *cast)
{
    g_autofree char *words = n2_cast_dup_words(cast);

    n2_network_list_put(
        list, cast->key,
        &(n2_network_row){
            .title = cast->title, .is_strong = TRUE, .subtitle = words, .level = -1});
}

void
n2_network_rows_casts(N2NetworkList *list, const N2Network *network)
{
    GListModel *all = G_LIST_MODEL(network->casts);
    guint n_shown = MIN(g_list_model_get_n_items(all), CASTS_SHOWN);
    guint n_left = network->n_casts - n_shown;
    g_autofree char *more =
        g_strdup_printf(ngettext("and %u more", "and %u more", n_left), n_left);

    n2_network_list_begin(list);
    for (guint i = 0; i < n_shown; i++) {
        g_autoptr(N2Cast) cast = g_list_model_get_item(all, i);
        put_cast(list, cast);
    }
    if (n_left)
        n2_network_list_put(list, "more", &(n2_network_row){.title = more, .level = -1});
    n2_network_list_end(list);
}

/* ---- the node ---- */

static void
put_fact(N2NetworkList *list, const char *title, const char *value)
{
    if (value && *value)
        n2_network_list_put(list, title,
                            &(n2_network_row){.title = title, .value = value, .level = -1});
}

static void
put_size(N2NetworkList *list, const char *title, guint64 bytes)
{
    g_autofree char *size = g_format_size(bytes);

    put_fact(list, title, size);
}

void
n2_network_rows_today(N2NetworkList *list, const N2Status *status)
{
    n2_network_list_begin(list);
    put_size(list, _("Received"), status->in_bytes);
    put_size(list, _("Sent"), status->out_bytes);
    n2_network_list_end(list);
}

void
n2_network_rows_facts(N2NetworkList *list, const N2Status *status)
{
    g_autofree char *size = g_format_size(status->stored_bytes);
    g_autofree char *kept = g_strdup_printf(
        ngettext("%lu object, %s", "%lu objects, %s", (gulong)status->n_objects),
        (gulong)status->n_objects, size);
    g_autofree char *connections = g_strdup_printf("%u", status->n_connections);
    gint64 now_us = g_get_real_time();
    g_autofree char *since =
        n2_words_time(now_us - (gint64)status->uptime_s * G_USEC_PER_SEC, now_us);

    n2_network_list_begin(list);
    put_fact(list, _("Your address"), status->identity);
    put_fact(list, _("Listens at"), status->listeners);
    put_fact(list, _("Connections"), connections);
    put_fact(list, _("Kept here"), kept);
    put_size(list, _("Given to others"), status->given_bytes);
    put_fact(list, _("Started"), since);
    put_fact(list, _("Version of the node"), status->version);
    n2_network_list_end(list);
}

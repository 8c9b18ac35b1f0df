/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * network.c - making and freeing the values of network.h, and saying them in words.
 */
#include "model/network.h"

#include <glib/gi18n.h>

#include "client/rate.h"
#include "model/words.h"

enum {
    FULL_PERCENT = 90 /* from here on a line is said to be full */
};

G_DEFINE_FINAL_TYPE(N2Waypoint, n2_waypoint, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE(N2Reservation, n2_reservation, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE(N2Cast, n2_cast, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE(N2Network, n2_network, G_TYPE_OBJECT)

/* ---- values ---- */

static void
n2_waypoint_finalize(GObject *object)
{
    N2Waypoint *self = N2_WAYPOINT(object);

    g_free(self->key);
    g_free(self->title);
    g_free(self->address);
    g_free(self->where);
    g_free(self->avoid);
    G_OBJECT_CLASS(n2_waypoint_parent_class)->finalize(object);
}

static void
n2_waypoint_class_init(N2WaypointClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_waypoint_finalize;
}

static void
n2_waypoint_init(N2Waypoint *self)
{
    self->rtt_us = -1;
    self->jammed_us = -1;
}

N2Waypoint *
n2_waypoint_new(void)
{
    return g_object_new(N2_TYPE_WAYPOINT, NULL);
}

double
n2_waypoint_load(const N2Waypoint *self)
{
    guint64 most = MAX(self->in_bps, self->out_bps);

    return self->rate_bps ? MIN((double)most / (double)self->rate_bps, 1) : -1;
}

gboolean
n2_waypoint_is_full(const N2Waypoint *self)
{
    return n2_waypoint_load(self) * 100 >= FULL_PERCENT;
}

static void
n2_reservation_finalize(GObject *object)
{
    N2Reservation *self = N2_RESERVATION(object);

    g_free(self->title);
    G_OBJECT_CLASS(n2_reservation_parent_class)->finalize(object);
}

static void
n2_reservation_class_init(N2ReservationClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_reservation_finalize;
}

static void
n2_reservation_init(N2Reservation *self)
{
    (void)self;
}

N2Reservation *
n2_reservation_new(void)
{
    return g_object_new(N2_TYPE_RESERVATION, NULL);
}

static void
n2_cast_finalize(GObject *object)
{
    N2Cast *self = N2_CAST(object);

    g_free(self->key);
    g_free(self->title);
    G_OBJECT_CLASS(n2_cast_parent_class)->finalize(object);
}

static void
n2_cast_class_init(N2CastClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_cast_finalize;
}

static void
n2_cast_init(N2Cast *self)
{
    (void)self;
}

N2Cast *
n2_cast_new(void)
{
    return g_object_new(N2_TYPE_CAST, NULL);
}

static void
free_avoided(gpointer data)
{
    n2_avoided *a = data;

    g_free(a->hop);
    g_free(a->title);
    g_free(a);
}

void
n2_network_add_avoided(N2Network *self, const char *hop, const char *title)
{
    n2_avoided *a = g_new(n2_avoided, 1);

    *a = (n2_avoided){.hop = g_strdup(hop), .title = g_strdup(title)};
    g_ptr_array_add(self->avoided, a);
}

gboolean
n2_network_is_avoided(const N2Network *self, const char *hop)
{
    for (guint i = 0; hop && i < self->avoided->len; i++) {
        const n2_avoided *a = g_ptr_array_index(self->avoided, i);

        if (g_str_equal(a->hop, hop))
            return TRUE;
    }
    return FALSE;
}

static void
n2_network_finalize(GObject *object)
{
    N2Network *self = N2_NETWORK(object);

    g_ptr_array_unref(self->points);
    g_object_unref(self->reservations);
    g_object_unref(self->casts);
    g_ptr_array_unref(self->avoided);
    G_OBJECT_CLASS(n2_network_parent_class)->finalize(object);
}

static void
n2_network_class_init(N2NetworkClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_network_finalize;
}

static void
n2_network_init(N2Network *self)
{
    N2Waypoint *here = n2_waypoint_new();

    here->key = g_strdup("");
    here->title = g_strdup(_("This computer"));
    self->points = g_ptr_array_new_with_free_func(g_object_unref);
    g_ptr_array_add(self->points, here);
    self->reservations = g_list_store_new(N2_TYPE_RESERVATION);
    self->casts = g_list_store_new(N2_TYPE_CAST);
    self->avoided = g_ptr_array_new_with_free_func(free_avoided);
}

N2Network *
n2_network_new(void)
{
    return g_object_new(N2_TYPE_NETWORK, NULL);
}

N2Waypoint *
n2_network_point(const N2Network *self, guint i)
{
    return g_ptr_array_index(self->points, i);
}

N2Waypoint *
n2_network_find(const N2Network *self, const char *key)
{
    for (guint i = 0; i < self->points->len; i++)
        if (g_str_equal(n2_network_point(self, i)->key, key))
            return n2_network_point(self, i);
    return NULL;
}

void
n2_network_note(N2Network *self, const char *key, gint64 rtt_us)
{
    N2Waypoint *p = n2_network_find(self, key);

    if (!p || p->kind == N2_WAYPOINT_HERE || p->line == N2_WAY_JAMMED)
        return;
    if (rtt_us >= 0) {
        if (p->rtt_us < 0)
            p->rtt_us = rtt_us;
        return;
    }
    if (p->port || p->line == N2_WAY_USED)
        return;
    p->kind = N2_WAYPOINT_ASLEEP;
    p->line = N2_WAY_ASLEEP;
}

/* ---- words ---- */

char *
n2_cast_dup_words(const N2Cast *self)
{
    g_autofree char *ways =
        g_strdup_printf(ngettext("%u branch", "%u branches", self->n_ways), self->n_ways);
    g_autofree char *packets =
        g_strdup_printf(ngettext("%'lu packet", "%'lu packets", (gulong)self->n_packets),
                        (gulong)self->n_packets);

    /* Translators: of a multicast tree: "3 branches", then "4711 packets". */
    return g_strdup_printf(_("%s, %s"), ways, packets);
}

static guint
percent(const N2Waypoint *line)
{
    return (guint)(n2_waypoint_load(line) * 100 + .5);
}

guint
n2_network_count_lines(const N2Network *self, guint *good)
{
    guint n = 0, n_good = 0;

    for (guint i = 1; i < self->points->len; i++) {
        const N2Waypoint *p = n2_network_point(self, i);
        n += p->depth == 1;
        n_good += p->depth == 1 && p->line < N2_WAY_ASLEEP;
    }
    if (good)
        *good = n_good;
    return n;
}

/* The most urgent of all lines, or NULL; @n_more: (out): so many others are like it, which lie
 * behind none of these. */
static const N2Waypoint *
worst(const N2Network *self, guint *n_more)
{
    const N2Waypoint *found = NULL;

    *n_more = 0;
    for (guint i = 1; i < self->points->len; i++) {
        const N2Waypoint *p = n2_network_point(self, i);
        if (p->line < N2_WAY_ASLEEP || n2_network_point(self, p->parent)->line == p->line)
            continue;
        if (found && p->line == found->line)
            ++*n_more;
        if (found && p->line <= found->line)
            continue;
        found = p;
        *n_more = 0;
    }
    return found;
}

char *
n2_network_dup_headline(const N2Network *self)
{
    guint good = 0;
    guint n = n2_network_count_lines(self, &good);

    if (n == 0)
        return g_strdup(_("No line to any other node"));
    if (good == n)
        return g_strdup_printf(ngettext("Your line is good", "All %u lines are good", n), n);
    if (good == 0)
        return g_strdup_printf(ngettext("Your line is not good", "None of %u lines is good", n),
                               n);
    return g_strdup_printf(ngettext("%u of %u lines is good", "%u of %u lines are good", good),
                           good, n);
}

char *
n2_network_dup_sentence(const N2Network *self)
{
    guint n_more = 0;
    const N2Waypoint *bad = worst(self, &n_more);
    guint n = n2_network_count_lines(self, NULL);

    if (n == 0)
        return g_strdup(_("Add one with ‘net2o peer add’, then others can be reached."));
    if (!bad)
        return g_strdup(_("Nothing waits. Thicker lines carry more."));
    if (bad->line == N2_WAY_ASLEEP && n_more)
        /* Translators: "mira and 2 more do not answer; ...". */
        return g_strdup_printf(
            ngettext("%s and %u more do not answer; what lies behind them can’t be reached.",
                     "%s and %u more do not answer; what lies behind them can’t be reached.",
                     n_more),
            bad->title, n_more);
    if (bad->line == N2_WAY_ASLEEP)
        return g_strdup_printf(_("%s does not answer; what lies behind it can’t be reached."),
                               bad->title);
    if (bad->n_dropped)
        return g_strdup_printf(_("The line to %s is jammed: what goes there takes longer, and "
                                 "some of it is sent again."),
                               bad->title);
    return g_strdup_printf(_("The line to %s is jammed: who sends there is told to send less."),
                           bad->title);
}

char *
n2_network_dup_load(const N2Waypoint *line)
{
    g_autofree char *of = n2_rate_dup_words(line->rate_bps);
    g_autofree char *now = n2_rate_dup_words(MAX(line->in_bps, line->out_bps));

    if (line->line == N2_WAY_ASLEEP)
        return g_strdup(_("asleep"));
    if (line->rate_bps)
        /* Translators: how full a line is: "50 % of 100 Mbit/s". */
        return g_strdup_printf(_("%u %% of %s"), percent(line), of);
    if (line->in_bps || line->out_bps)
        return g_steal_pointer(&now);
    return g_strdup(_("idle"));
}

/* How the line to @p is, as part of a description. */
static char *
line_words(const N2Waypoint *p)
{
    g_autofree char *load = n2_network_dup_load(p);

    switch (p->line) {
    case N2_WAY_JAMMED:
        return g_strdup_printf(_("its line is jammed, %s"), load);
    case N2_WAY_ASLEEP:
        return g_strdup(_("asleep"));
    case N2_WAY_USED:
        return p->port ? g_strdup_printf(_("its line is in use, %s"), load)
                       : g_strdup(_("its line is in use"));
    case N2_WAY_KNOWN:
        break;
    }
    return g_strdup(_("its line is known"));
}

char *
n2_network_dup_description(const N2Network *self, const N2Waypoint *point)
{
    g_autoptr(GString) all = g_string_new(point->title);
    g_autofree char *delay = n2_words_delay(point->rtt_us);
    g_autofree char *line = line_words(point);
    g_autofree char *reserved = n2_rate_dup_words(point->reserved_bps);

    if (point->kind == N2_WAYPOINT_HERE)
        return g_strdup(point->title);
    if (*delay)
        g_string_append_printf(all, ", %s", delay);
    if (point->depth > 1)
        /* Translators: in a list: which stop of the way comes before this one. */
        g_string_append_printf(all, _(", behind %s"),
                               n2_network_point(self, point->parent)->title);
    g_string_append_printf(all, ", %s", line);
    if (point->reserved_bps)
        /* Translators: in a list: a part of the line, such as 4 Mbit/s, is kept for someone. */
        g_string_append_printf(all, _(", %s reserved"), reserved);
    if (n2_waypoint_is_full(point) && point->line != N2_WAY_JAMMED)
        g_string_append(all, _(", nearly full"));
    return g_string_free(g_steal_pointer(&all), FALSE);
}

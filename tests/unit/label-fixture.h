/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * label-fixture.h - tables of virtual labels by hand, for what test-label.c and
 *                   test-label-orders.c promise of them.
 */
#pragma once

#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "switch/switch.h"

enum {
    WIDTH = 4,
    LABEL = 12,
    INSIDE = 3,  /* port that leads inside */
    OUTSIDE = 5, /* port of whoever asks */
    KEY = 4711
};

static inline n2_labels *
new_labels(unsigned width)
{
    n2_labels *labels = NULL;

    g_assert_cmpint(n2_labels_new(&labels, width, KEY), ==, N2_OK);
    return labels;
}

static inline n2_label
way(unsigned label, unsigned port, const char *hops)
{
    g_autofree char *text = g_strdup_printf("%u to %u %s", label, port, hops);
    const char *at = text;
    n2_label made;

    g_assert_cmpint(n2_label_parse(&at, &made), ==, N2_OK);
    return made;
}

static inline n2_label
spread(unsigned label, guint n, const guint *members)
{
    n2_label made = {.kind = N2_LABEL_SPREAD, .label = (guint16)label, .n = (guint8)n};

    for (guint i = 0; i < n; i++)
        made.members[i] = (guint16)members[i];
    return made;
}

static inline void
order(n2_labels *labels, n2_label what)
{
    g_assert_cmpint(n2_labels_order(labels, &what), ==, N2_OK);
}

static inline n2_err
refused(n2_labels *labels, n2_label what)
{
    return n2_labels_order(labels, &what);
}

static inline guint64
route(const char *hops)
{
    n2_label made = way(1, 1, hops);

    return made.hidden.word;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * status.c - making and freeing the values of status.h.
 */
#include "model/status.h"

G_DEFINE_FINAL_TYPE(N2Line, n2_line, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE(N2Status, n2_status, G_TYPE_OBJECT)

static void
n2_line_finalize(GObject *object)
{
    N2Line *self = N2_LINE(object);

    g_free(self->endpoint);
    g_free(self->identity);
    G_OBJECT_CLASS(n2_line_parent_class)->finalize(object);
}

static void
n2_line_class_init(N2LineClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_line_finalize;
}

static void
n2_line_init(N2Line *self)
{
    self->rtt_us = -1;
}

N2Line *
n2_line_new(void)
{
    return g_object_new(N2_TYPE_LINE, NULL);
}

static void
n2_status_finalize(GObject *object)
{
    N2Status *self = N2_STATUS(object);

    g_free(self->identity);
    g_free(self->version);
    g_free(self->listeners);
    g_object_unref(self->lines);
    G_OBJECT_CLASS(n2_status_parent_class)->finalize(object);
}

static void
n2_status_class_init(N2StatusClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_status_finalize;
}

static void
n2_status_init(N2Status *self)
{
    self->lines = g_list_store_new(N2_TYPE_LINE);
}

N2Status *
n2_status_new(void)
{
    return g_object_new(N2_TYPE_STATUS, NULL);
}

guint
n2_status_count_up(const N2Status *self)
{
    guint n_up = 0;

    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(self->lines)); i++) {
        g_autoptr(N2Line) line = g_list_model_get_item(G_LIST_MODEL(self->lines), i);
        n_up += line->is_up ? 1 : 0;
    }
    return n_up;
}

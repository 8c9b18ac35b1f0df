/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * history.c - where a tab has been.
 */
#include "model/history.h"

typedef struct {
    char *address;
    double scroll;
    gboolean is_linked;
} visit;

struct _N2History {
    GObject parent_instance;

    GArray *visits; /* owned; of visit */
    guint position;
    gboolean could_go_back;
    gboolean could_go_forward;
};

G_DEFINE_FINAL_TYPE(N2History, n2_history, G_TYPE_OBJECT)

enum {
    PROP_CAN_GO_BACK = 1,
    PROP_CAN_GO_FORWARD,
    N_PROPS
};

static GParamSpec *props[N_PROPS];

static void
clear_visit(gpointer data)
{
    g_free(((visit *)data)->address);
}

static visit *
at(N2History *self, guint i)
{
    return &g_array_index(self->visits, visit, i);
}

static void
notify(N2History *self)
{
    gboolean back = n2_history_peek(self, -1) != NULL;
    gboolean forward = n2_history_peek(self, 1) != NULL;

    if (back != self->could_go_back) {
        self->could_go_back = back;
        g_object_notify_by_pspec(G_OBJECT(self), props[PROP_CAN_GO_BACK]);
    }
    if (forward != self->could_go_forward) {
        self->could_go_forward = forward;
        g_object_notify_by_pspec(G_OBJECT(self), props[PROP_CAN_GO_FORWARD]);
    }
}

void
n2_history_push(N2History *self, const char *address)
{
    visit v = {.address = g_strdup(address)};

    g_return_if_fail(N2_IS_HISTORY(self));

    if (self->visits->len > 0)
        g_array_set_size(self->visits, self->position + 1);
    g_array_append_val(self->visits, v);
    if (self->visits->len > N2_HISTORY_MAX)
        g_array_remove_index(self->visits, 0);
    self->position = self->visits->len - 1;
    notify(self);
}

void
n2_history_replace(N2History *self, const char *address)
{
    g_return_if_fail(N2_IS_HISTORY(self));

    if (self->visits->len == 0) {
        n2_history_push(self, address);
        return;
    }
    visit *v = at(self, self->position);
    if (g_strcmp0(v->address, address) == 0)
        return;
    g_free(v->address);
    *v = (visit){.address = g_strdup(address)};
}

gboolean
n2_history_move(N2History *self, int steps)
{
    g_return_val_if_fail(N2_IS_HISTORY(self), FALSE);

    if (!n2_history_peek(self, steps))
        return FALSE;
    self->position = (guint)((int)self->position + steps);
    notify(self);
    return TRUE;
}

const char *
n2_history_peek(N2History *self, int steps)
{
    g_return_val_if_fail(N2_IS_HISTORY(self), NULL);

    int i = (int)self->position + steps;
    return i >= 0 && i < (int)self->visits->len ? at(self, (guint)i)->address : NULL;
}

void
n2_history_set_linked(N2History *self, gboolean is_linked)
{
    g_return_if_fail(N2_IS_HISTORY(self));

    if (self->visits->len > 0)
        at(self, self->position)->is_linked = is_linked;
}

gboolean
n2_history_is_linked(N2History *self, int steps)
{
    return n2_history_peek(self, steps) &&
           at(self, (guint)((int)self->position + steps))->is_linked;
}

void
n2_history_set_scroll(N2History *self, double scroll)
{
    g_return_if_fail(N2_IS_HISTORY(self));

    if (self->visits->len > 0)
        at(self, self->position)->scroll = scroll;
}

double
n2_history_get_scroll(N2History *self)
{
    g_return_val_if_fail(N2_IS_HISTORY(self), 0);

    return self->visits->len > 0 ? at(self, self->position)->scroll : 0;
}

static void
n2_history_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    N2History *self = N2_HISTORY(object);

    switch (id) {
    case PROP_CAN_GO_BACK:
        g_value_set_boolean(value, self->could_go_back);
        break;
    case PROP_CAN_GO_FORWARD:
        g_value_set_boolean(value, self->could_go_forward);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
n2_history_finalize(GObject *object)
{
    g_array_unref(N2_HISTORY(object)->visits);
    G_OBJECT_CLASS(n2_history_parent_class)->finalize(object);
}

static void
n2_history_class_init(N2HistoryClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);

    object_class->get_property = n2_history_get_property;
    object_class->finalize = n2_history_finalize;
    props[PROP_CAN_GO_BACK] = g_param_spec_boolean("can-go-back", NULL, NULL, FALSE,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    props[PROP_CAN_GO_FORWARD] = g_param_spec_boolean(
        "can-go-forward", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, props);
}

static void
n2_history_init(N2History *self)
{
    self->visits = g_array_new(FALSE, FALSE, sizeof(visit));
    g_array_set_clear_func(self->visits, clear_visit);
}

N2History *
n2_history_new(void)
{
    return g_object_new(N2_TYPE_HISTORY, NULL);
}

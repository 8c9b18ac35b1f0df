/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * log-in.c - a site asks who is there.
 */
#include "model/log-in.h"

#include <string.h>

#include "model/person.h"

G_DEFINE_FINAL_TYPE(N2LogIn, n2_log_in, G_TYPE_OBJECT)

enum {
    SIGNAL_CHOSEN,
    SIGNAL_REFUSED,
    SIGNAL_CLOSED,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
n2_log_in_finalize(GObject *object)
{
    N2LogIn *self = N2_LOG_IN(object);

    g_free(self->site);
    g_free(self->name);
    g_ptr_array_unref(self->whom);
    G_OBJECT_CLASS(n2_log_in_parent_class)->finalize(object);
}

static void
n2_log_in_class_init(N2LogInClass *klass)
{
    GType type = G_TYPE_FROM_CLASS(klass);

    G_OBJECT_CLASS(klass)->finalize = n2_log_in_finalize;
    signals[SIGNAL_CHOSEN] =
        g_signal_new("chosen", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                     G_TYPE_INT, G_TYPE_STRING, G_TYPE_BOOLEAN);
    signals[SIGNAL_REFUSED] =
        g_signal_new("refused", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_CLOSED] =
        g_signal_new("closed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
n2_log_in_init(N2LogIn *self)
{
    self->whom = g_ptr_array_new_with_free_func(g_object_unref);
}

N2LogIn *
n2_log_in_new(const char *site, const char *name)
{
    N2LogIn *self = g_object_new(N2_TYPE_LOG_IN, NULL);

    self->site = g_strdup(site);
    self->name = g_strdup(name ? name : "");
    return self;
}

void
n2_log_in_add(N2LogIn *self, const char *address, const char *label)
{
    g_return_if_fail(N2_IS_LOG_IN(self));

    g_ptr_array_add(self->whom, n2_person_new(address, label));
}

void
n2_log_in_choose(N2LogIn *self, N2LogInAs as, const char *identity, gboolean always)
{
    g_return_if_fail(N2_IS_LOG_IN(self));

    if (self->is_over) /* the source was quicker */
        return;
    self->is_over = TRUE;
    g_signal_emit(self, signals[SIGNAL_CHOSEN], 0, (int)as,
                  as == N2_AS_NOBODY ? NULL : identity, always);
}

void
n2_log_in_refuse(N2LogIn *self)
{
    g_return_if_fail(N2_IS_LOG_IN(self));

    if (self->is_over)
        return;
    self->is_over = TRUE;
    g_signal_emit(self, signals[SIGNAL_REFUSED], 0);
}

void
n2_log_in_close(N2LogIn *self)
{
    g_return_if_fail(N2_IS_LOG_IN(self));

    self->is_over = TRUE;
    g_signal_emit(self, signals[SIGNAL_CLOSED], 0);
}

gboolean
n2_log_in_is_at(const N2LogIn *self, const char *address)
{
    const char *from = address ? strstr(address, "://") : NULL;
    g_autofree char *host = NULL;

    if (!from)
        return FALSE;
    host = g_strndup(from + 3, strcspn(from + 3, "/?#"));
    if (g_str_equal(host, self->site))
        return TRUE;
    /* A stripped name may lack its dots: what is left is compared. */
    g_autofree char *shown = n2_chrome_dup_name(self->name);
    g_autofree char *mine = n2_chrome_dup_name(host);
    return *shown && g_str_equal(shown, mine);
}

char *
n2_log_in_dup_title(const N2LogIn *self)
{
    return *self->name ? g_strdup(self->name) : n2_address_dup_short(self->site);
}

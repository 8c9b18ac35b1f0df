/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * log-in.h - a site asks who is there: the question, and its one answer.
 *
 * Layer: app/model (no widgets).
 * Life:  made by a source; shown by one bar; answered once by n2_log_in_choose() or _refuse(),
 *        or ended by the source with n2_log_in_close().
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
    N2_AS_NOBODY,
    N2_AS_ACCOUNT, /* a key of this site's own */
    N2_AS_IDENTITY
} N2LogInAs;

#define N2_TYPE_LOG_IN (n2_log_in_get_type())
G_DECLARE_FINAL_TYPE(N2LogIn, n2_log_in, N2, LOG_IN, GObject)

struct _N2LogIn {
    GObject parent_instance;
    char *site;      /* k1-... */
    char *name;      /* as the user came there, stripped; "" by address */
    GPtrArray *whom; /* of N2Person: own identities that could be shown */
    gboolean is_over;
};

/*
 * Signals:
 *   ::chosen (N2LogInAs as, char *identity (nullable), gboolean always)
 *   ::refused     nobody answers for the user: what asked fails
 *   ::closed      it is over, take it away
 */

N2LogIn *n2_log_in_new(const char *site, const char *name); /* (transfer full) */

/** @address: k1-... of an own identity; @label: its name. */
void n2_log_in_add(N2LogIn *self, const char *address, const char *label);

/** @identity: (nullable): with N2_AS_ACCOUNT and N2_AS_IDENTITY, whose. */
void n2_log_in_choose(N2LogIn *self, N2LogInAs as, const char *identity, gboolean always);

void n2_log_in_refuse(N2LogIn *self);

/** For sources. */
void n2_log_in_close(N2LogIn *self);

/** Is it the site at @address that asks? */
gboolean n2_log_in_is_at(const N2LogIn *self, const char *address);

/** Whom the user sees as the one that asks: the name, else the short address (transfer full).
 */
char *n2_log_in_dup_title(const N2LogIn *self);

G_END_DECLS

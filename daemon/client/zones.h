/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zones.h - calls about zones of names, and what is asked of them: see Network1.
 *
 * Layer: client (may include: base, and the generated code of ipc).
 */
#pragma once

#include "client/client.h"

/** @what: register, renew, change, revoke or transfer.  @options: (transfer floating) a{sv}. */
void n2_client_name_ask_async(
    N2Client *self, const char *what, const char *name, GVariant *options, N2_CALL_ARGS);
/** @options: (transfer floating) a{sv}. */
void
n2_client_zone_new_async(N2Client *self, const char *suffix, GVariant *options, N2_CALL_ARGS);
void n2_client_zone_follow_async(N2Client *self, const char *zone, N2_CALL_ARGS);
void n2_client_zone_unfollow_async(N2Client *self, const char *zone, N2_CALL_ARGS);
void n2_client_zone_list_async(N2Client *self, N2_CALL_ARGS);
void n2_client_zone_show_async(N2Client *self, const char *zone, gint64 skip, N2_CALL_ARGS);
/** @names: NULL-terminated, each as ZoneImport wants it. */
void n2_client_zone_import_async(N2Client *self,
                                 const char *zone,
                                 const char *const *names,
                                 N2_CALL_ARGS);

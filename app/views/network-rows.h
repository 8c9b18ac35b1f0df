/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * network-rows.h - what the lists beside the map of the ways say.
 *
 * Layer: app/views.  Each function shows a list anew; see widgets/network-list.h.
 */
#pragma once

#include "model/network.h"
#include "model/status.h"
#include "widgets/network-list.h"

G_BEGIN_DECLS

void n2_network_rows_lines(N2NetworkList *list, const N2Network *network);

/** Keys are the numbers of the reservations; each has a button that gives it back. */
void n2_network_rows_reserved(N2NetworkList *list, const N2Network *network);

/** Keys are what is avoided; each has a button that allows it again. */
void n2_network_rows_avoided(N2NetworkList *list, const N2Network *network);

void n2_network_rows_casts(N2NetworkList *list, const N2Network *network);
void n2_network_rows_today(N2NetworkList *list, const N2Status *status);
void n2_network_rows_facts(N2NetworkList *list, const N2Status *status);

G_END_DECLS

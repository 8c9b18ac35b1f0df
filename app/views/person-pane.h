/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * person-pane.h - one person: who vouches, what the user says, the address.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/people-source.h"

G_BEGIN_DECLS

#define N2_TYPE_PERSON_PANE (n2_person_pane_get_type())
G_DECLARE_FINAL_TYPE(N2PersonPane, n2_person_pane, N2, PERSON_PANE, GtkWidget)

/*
 * Signal ::go (char *address, gboolean new_tab)
 */

/** @person: (nullable): one of the source's, or a stranger with nothing but an address.  Text
 * that is being typed about the same one stays. */
void n2_person_pane_set_person(N2PersonPane *self, N2PeopleSource *people, N2Person *person);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * add-person.h - a form: somebody joins the user's people, by address, code or file.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/people-source.h"

G_BEGIN_DECLS

#define N2_TYPE_ADD_PERSON (n2_add_person_get_type())
G_DECLARE_FINAL_TYPE(N2AddPerson, n2_add_person, N2, ADD_PERSON, GtkWidget)

/*
 * Signals:
 *   ::added (char *address)
 *   ::cancelled
 */

/** Empties the form, and takes the focus. */
void n2_add_person_begin(N2AddPerson *self, N2PeopleSource *people);

/** As if this file had been chosen (transfer none). */
void n2_add_person_take_file(N2AddPerson *self, GFile *file);

G_END_DECLS

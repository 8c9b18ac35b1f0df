/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * assistant.h - what the tests of the assistant share: it in a window, keys, pictures.
 */
#pragma once

#include "fake-identities.h"
#include "ui.h"
#include "views/first-run.h"

G_BEGIN_DECLS

#define BUTTON GTK_ACCESSIBLE_ROLE_BUTTON

typedef struct {
    ui u; /* of its members only the window, which is of another class here */
    N2FakeIdentities *fake;
    GtkWidget *run;
    guint n_finished;
} scene;

/** Where pictures go; NULL: there are none. */
extern const char *folder;

GtkWidget *root(scene *s);

/** Shows @window, which is the scene's from now on. */
void open_window(scene *s, GtkWidget *window);

/** The assistant, without tokens and identities. */
void set_up(scene *s);
void tear_down(scene *s);

/** Until a visible label holds @text. */
void wait_for(scene *s, const char *text);

/** What somebody does with the keyboard. */
void key(const char *name);
void type(const char *text);

/** Checks that all has a name, and takes a picture in each manner: who-NAME-light.png, ... */
void pictures(scene *s, const char *name);

/** From the first page to the second. */
void give_name(scene *s);

/** GTK, translations and @folder, from the arguments of a test. */
void assistant_init(int *argc, char ***argv);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ui.h - what the tests of the browser share: a browser over a fake source, waiting, finding.
 */
#pragma once

#include "application.h"
#include "fake-source.h"

G_BEGIN_DECLS

typedef struct {
    N2FakeSource *fake; /* owned */
    N2Application *app; /* owned */
    N2Window *window;   /* borrowed */
    char *folder;       /* owned; profile of this run */
} ui;

/**
 * Before anything else in main(): as gtk_test_init(). Warnings end this program, not those it
 * starts: a word of WebKit's proxy of the bus, on a busy machine, would otherwise cost a page
 * its process.
 */
void ui_init(int *argc, char ***argv);

/** A browser with one window, on the screen, that shows @address (NULL: the start page). */
void ui_set_up(ui *u, const char *address);

/** As above, but over the node of @profile: there is no fake source then. */
void ui_set_up_node(ui *u, const char *profile, const char *address);

void ui_tear_down(ui *u);

/** Runs the main loop until @cond holds; fails the test, naming @what, after a minute. */
typedef gboolean (*ui_cond)(gpointer data);
void ui_wait(ui_cond cond, gpointer data, const char *what);

/** When patience ends, in µs of the monotonic clock. */
gint64 ui_deadline(void);

/** Runs the main loop for a moment; fails the test, naming @what, behind @deadline_us. */
void ui_turn(gint64 deadline_us, const char *what);

/** Runs the main loop until @condition, an expression, holds; fails the test, naming it, after
 * a minute. */
#define UI_UNTIL(condition)                                                                    \
    for (gint64 ui_end_us = ui_deadline(); !(condition); ui_turn(ui_end_us, #condition))

/** Runs the main loop so long. */
void ui_sleep(guint ms);

/** Until the tab in front shows a place of @kind and loads nothing. */
void ui_wait_kind(ui *u, N2TabKind kind);

/** Until the tab's page in the web view has this title. */
void ui_wait_title(ui *u, const char *title);

N2Tab *ui_tab(ui *u);

/** The first visible widget below @root with this role and accessible name, or NULL. */
GtkWidget *ui_find(GtkWidget *root, GtkAccessibleRole role, const char *name);

/** As above; waits for it, and fails the test if none comes. */
GtkWidget *ui_get(GtkWidget *root, GtkAccessibleRole role, const char *name);

/** The window that is called so, or NULL. */
GtkWidget *ui_find_window(const char *title);

/** As above; waits for it, and fails the test if none comes. */
GtkWidget *ui_get_window(const char *title);

/** Presses a button as soon as it is sensitive; gtk_widget_activate() would take its time. */
void ui_click(GtkWidget *button);

/** The first visible GtkLabel below @root whose text holds @part, or NULL. */
GtkWidget *ui_find_text(GtkWidget *root, const char *part);

/** The visible stop of the map below @root whose description begins with @words, or NULL. */
GtkWidget *ui_find_stop(GtkWidget *root, const char *words);

/** Answers the dialogue that is open; fails the test if there is none. */
void ui_answer(const char *response);

/** What @script returns in the page's isolated world, as text (transfer full). */
char *ui_script(ui *u, const char *script);

/** Until a visible label holds @text. */
void ui_wait_text(ui *u, const char *text);

/** Fails the test if a control of ours below @widget has no name for who does not see it.
 * Returns: how many controls there are. */
guint ui_check_names(GtkWidget *widget);

/** Gives the window this width, in px, and a height of 800; without a frame of GTK's own. */
void ui_set_width(ui *u, int width);

/** Takes a picture of the window: FOLDER/NAME.png. */
void ui_take(ui *u, const char *folder, const char *name);

/** How many web processes descend from this one; @pid: (out) (optional): of one of them. */
guint ui_count_web_processes(char **pid);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tab.h - one tab: a place, the view that its kind asks for, and where it has been.
 *
 * Layer: app/views.
 *
 * All ways to a place go through n2_tab_go(): it asks the source what is there, picks the view,
 * and only when something is there to show takes the old one away.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/history.h"
#include "model/recent.h"
#include "views/engine.h"

G_BEGIN_DECLS

typedef enum {
    N2_TAB_START,
    N2_TAB_DOCUMENT,
    N2_TAB_FOLDER,
    N2_TAB_FILE, /* a file that no view shows: it can be saved */
    N2_TAB_NETWORK,
    N2_TAB_PEOPLE,
    N2_TAB_ERROR,
    N2_TAB_WARNING, /* whose it is has to be said first */
    N2_TAB_SEARCH,
} N2TabKind;

#define N2_TYPE_TAB (n2_tab_get_type())
G_DECLARE_FINAL_TYPE(N2Tab, n2_tab, N2, TAB, GtkWidget)

/**
 * n2_tab_new:
 * @profile: (nullable): the node's profile folder, for words only
 *
 * Properties: "narrow" (boolean).
 *
 * Signals:
 *   ::changed                   something that the window shows of the tab is different
 *   ::new-tab (char *address, gboolean is_link)  something wants a tab of its own; is_link: a
 *                               page leads there from another site
 *   ::edit-address              the user wants to change the address
 *
 * Returns: (transfer floating): an empty tab; go somewhere next
 */
GtkWidget *n2_tab_new(N2Engine *engine, N2Recent *recent, const char *profile);

/** Opens what was typed, or a link.  Internet 1.0 is only told about, in a bar. */
void n2_tab_go(N2Tab *self, const char *text);

/** Opens what a page leads to.  Personal names are the user's alone: the node opens none for a
 * link from another site. */
void n2_tab_follow(N2Tab *self, const char *address);

/** Would what is shown lead there from another site? */
gboolean n2_tab_is_foreign(N2Tab *self, const char *address);

/** @steps: -1 back, 1 forward, ...; nothing happens beyond the ends. */
void n2_tab_move(N2Tab *self, int steps);

void n2_tab_reload(N2Tab *self);
void n2_tab_stop(N2Tab *self);

/** Finds in the page or the folder. */
void n2_tab_find(N2Tab *self);
void n2_tab_find_next(N2Tab *self, gboolean backwards);

/** @steps: 1 larger, -1 smaller, 0 as it was. */
void n2_tab_zoom(N2Tab *self, int steps);
double n2_tab_get_zoom(N2Tab *self);

void n2_tab_print(N2Tab *self);
void n2_tab_save(N2Tab *self);

/** On the start page: puts the cursor into its field.  FALSE: this is another page. */
gboolean n2_tab_edit_start(N2Tab *self);

N2TabKind n2_tab_get_kind(N2Tab *self);
gboolean n2_tab_is_loading(N2Tab *self);
N2History *n2_tab_peek_history(N2Tab *self);

/** Address shown, or wanted while it loads (transfer none). */
const char *n2_tab_peek_address(N2Tab *self);

/** (transfer full) */
char *n2_tab_dup_title(N2Tab *self);

/** What is shown, or NULL where it is no place of the network (transfer none). */
N2Place *n2_tab_peek_place(N2Tab *self);

/** Two words on the path, or NULL (transfer full). */
char *n2_tab_dup_path_words(N2Tab *self, gboolean *is_bad);

/** Symbolic icon for the tab, or NULL for documents (static). */
const char *n2_tab_peek_icon(N2Tab *self);

/** Shows a site's question who is there, whatever the tab shows; FALSE: it shows another one.
 */
gboolean n2_tab_show_log_in(N2Tab *self, N2LogIn *ask);

/** The web view, or NULL; for tests (transfer none). */
WebKitWebView *n2_tab_peek_web_view(N2Tab *self);

G_END_DECLS

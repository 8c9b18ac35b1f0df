/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tab-private.h - the inside of a tab, for tab.c (places), tab-own.c (places of one's own),
 *                 tab-trust.c (whose they are) and tab-tools.c (what is done there).
 *
 * Layer: app/views.
 */
#pragma once

#include "model/failure.h"
#include "views/copy-bar.h"
#include "views/document-view.h"
#include "views/error-view.h"
#include "views/folder-view.h"
#include "views/log-in-bar.h"
#include "views/network-view.h"
#include "views/outside-bar.h"
#include "views/people-view.h"
#include "views/search-view.h"
#include "views/start-view.h"
#include "views/tab.h"
#include "views/trust-bar.h"
#include "views/version-bar.h"
#include "views/warn-view.h"
#include "widgets/file-pane.h"
#include "widgets/find-bar.h"
#include "widgets/wait-overlay.h"

G_BEGIN_DECLS

typedef enum {
    N2_TAB_MODE_PUSH,    /* a new visit */
    N2_TAB_MODE_REPLACE, /* the present visit again */
    N2_TAB_MODE_MOVE,    /* another visit of the history */
} n2_tab_mode;

struct _N2Tab {
    GtkWidget parent_instance;

    /* Template children: owned by the template, borrowed here. */
    N2OutsideBar *outside;
    N2LogInBar *log_in;
    N2TrustBar *trust_bar;
    N2VersionBar *version_bar;
    N2CopyBar *copy_bar;
    N2FindBar *find_bar;
    GtkStack *stack;
    N2WaitOverlay *wait;
    N2FilePane *file_pane;

    /* Views: children of the stack, made when first needed. */
    N2StartView *start;
    N2DocumentView *document;
    N2FolderView *folder;
    N2ErrorView *error;
    N2NetworkView *network;
    N2PeopleView *people;
    N2SearchView *search;
    N2WarnView *warning;

    N2Engine *engine;          /* owned */
    N2Recent *recent;          /* owned */
    N2History *history;        /* owned */
    N2Place *place;            /* owned; shown, or NULL */
    N2Failure *failure;        /* owned; shown, or NULL */
    N2Trust *warned;           /* owned; warned of, or NULL */
    char *warned_mark;         /* owned; what is agreed to by going on, nullable */
    N2Place *coming;           /* owned; a page that loads, but is not shown yet */
    char *profile;             /* owned; nullable */
    char *wanted;              /* owned; address that is loading, NULL: none */
    GCancellable *cancellable; /* owned; of what is loading */
    n2_tab_mode mode;
    int steps; /* N2_TAB_MODE_MOVE */
    N2OpenFlags flags;
    N2TabKind kind;
    guint zoom; /* step of n2_tab_zoom() */
    gboolean is_narrow;
    gboolean is_linked;    /* a link leads to what comes next, or is there */
    gboolean wants_source; /* what comes next is shown as it is written */
    gboolean is_second;    /* its process ended before it began, and it was asked for again */
};

N2Source *n2_tab_peek_source(N2Tab *self);
void n2_tab_tell_changed(N2Tab *self);

/** The one way to a place.  @steps: of the history, with N2_TAB_MODE_MOVE. */
void n2_tab_open_address(N2Tab *self, const char *text, n2_tab_mode mode, int steps);

/** Ends what is loading; the view stays as it is. */
void n2_tab_abandon(N2Tab *self);

/** The site of @address has a newer tree. */
void n2_tab_on_site_changed(N2Tab *self, const char *address);

/** Shows the bytes of the present place as they are written. */
void n2_tab_show_source(N2Tab *self);

/** Saves what is at @address, shown or not. */
void n2_tab_save_address(N2Tab *self, const char *address);

/** What could not be shown is there, and the user wanted to be told. */
void n2_tab_tell_back(N2Tab *self);

/* Of the find bar. */
void n2_tab_on_find_text(N2Tab *self, const char *text);
void n2_tab_on_find_closed(N2Tab *self);

/* Parts of the way to a place. */
void n2_tab_add_view(N2Tab *self, GtkWidget *view, const char *name);
void n2_tab_settle(N2Tab *self, N2Place *place, N2TabKind kind);
void n2_tab_ask_source(N2Tab *self, const char *address, N2OpenFlags flags);

/** A place of the browser itself. */
void n2_tab_open_own(N2Tab *self, const char *address);

/** Must the user be asked before @place is shown?  It may be that there is nothing to show, and
 * @error says so: then this asks who is behind it.  TRUE: this is done here from now on. */
gboolean n2_tab_warns(N2Tab *self, N2Place *place, const GError *error);

/** A site asks who is there; FALSE: not in this tab. */
gboolean n2_tab_on_log_in(N2Tab *self, N2LogIn *ask);

/** Shows why @address can't be shown. */
void n2_tab_fail(N2Tab *self, const char *address, const GError *error);

G_END_DECLS

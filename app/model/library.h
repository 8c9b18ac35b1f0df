/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * library.h - what the user's node knows of contents: what is found here, versions, what is
 *             kept and why, and who is in the local network.
 *
 * Layer:   app/model (no widgets).  Items: filled once, then read only.
 * Threads: main context only; every call is asynchronous and can be cancelled.
 * Errors:  domain N2_ERROR of client/error.h; cancelling gives N2_ERR_CANCELLED.
 *
 * An implementation answers in the tables of org.net2o.Files1 and Network1; they are read here,
 * so that the node's answers and those of tests are read alike.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
    N2_LIBRARY_FIND,       /* a query */
    N2_LIBRARY_WATCH,      /* a query; answers when `since` is its state no more */
    N2_LIBRARY_HISTORY,    /* an address */
    N2_LIBRARY_NEIGHBOURS, /* a service, "": all */
    N2_LIBRARY_WHY,        /* an address */
    N2_LIBRARY_PIN,        /* an address */
    N2_LIBRARY_UNPIN,      /* an address */
    N2_LIBRARY_ROOTS       /* no text */
} N2LibraryQuestion;

enum {
    N2_LIBRARY_ANSWERS_MAX = 1000 /* of one question; the node tells no more at once */
};

#define N2_TYPE_LIBRARY (n2_library_get_type())
G_DECLARE_INTERFACE(N2Library, n2_library, N2, LIBRARY, GObject)

struct _N2LibraryInterface {
    GTypeInterface parent_iface;

    void (*ask_async)(N2Library *self,
                      N2LibraryQuestion question,
                      const char *text,
                      const char *since,
                      guint limit,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
    /* Rows, and of a query what is said of all of them; (transfer full), both. */
    GVariant *(*ask_finish)(N2Library *self,
                            GAsyncResult *result,
                            GVariant **info,
                            GError **error);
};

/**
 * @since: (nullable): of N2_LIBRARY_WATCH.
 * @limit: of a query: answers at most, up to N2_LIBRARY_ANSWERS_MAX; 0: as many as the node
 * tells unasked.
 */
void n2_library_ask_async(N2Library *self,
                          N2LibraryQuestion question,
                          const char *text,
                          const char *since,
                          guint limit,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);

/* ---- what is found ---- */

/** A stretch of a text, in bytes of it. */
typedef struct {
    guint from, until;
} n2_stretch;

#define N2_TYPE_HIT (n2_hit_get_type())
G_DECLARE_FINAL_TYPE(N2Hit, n2_hit, N2, HIT, GObject)

struct _N2Hit {
    GObject parent_instance;
    char *address;
    char *title;   /* it gives itself, else its name; one line */
    char *where;   /* the site and what leads to it, for people */
    char *type;    /* media type; "inode/directory" for folders */
    char *text;    /* (nullable) where the words stand in it; one line */
    GArray *marks; /* of n2_stretch: what was found in the text */
    guint64 size_bytes;
    gint64 changed_us; /* since 1970; 0 unknown */
    gboolean is_here;  /* all of it */
};

/** Is all that is said of them the same? */
gboolean n2_hit_equals(const N2Hit *a, const N2Hit *b);

#define N2_TYPE_FOUND (n2_found_get_type())
G_DECLARE_FINAL_TYPE(N2Found, n2_found, N2, FOUND, GObject)

struct _N2Found {
    GObject parent_instance;
    GListStore *hits; /* N2Hit */
    char *state;      /* (nullable) for N2_LIBRARY_WATCH */
    gboolean has_more;
    gboolean is_part;   /* the time was over before all was looked through */
    gboolean is_behind; /* what has just changed is not looked through yet */
};

/** Returns: (transfer full): the answer to FIND or WATCH, or %NULL with @error set. */
N2Found *n2_library_found_finish(N2Library *self, GAsyncResult *result, GError **error);

/* ---- versions ---- */

#define N2_TYPE_EDITION (n2_edition_get_type())
G_DECLARE_FINAL_TYPE(N2Edition, n2_edition, N2, EDITION, GObject)

struct _N2Edition {
    GObject parent_instance;
    char *address;
    char *device; /* (nullable) the machine it was published on, for people */
    guint64 counter;
    gint64 time_us;     /* since 1970 */
    gboolean is_merged; /* of what several machines published */
    gboolean is_current;
};

/** "Desk" or "several machines" (transfer full) (nullable). */
char *n2_edition_dup_device(const N2Edition *self);

/* ---- neighbours ---- */

#define N2_TYPE_NEIGHBOUR (n2_neighbour_get_type())
G_DECLARE_FINAL_TYPE(N2Neighbour, n2_neighbour, N2, NEIGHBOUR, GObject)

struct _N2Neighbour {
    GObject parent_instance;
    char *identity;        /* k1-... */
    char *name;            /* the user's own for it, or "" */
    char *services;        /* "files, mail", for people, or "" */
    gboolean is_proven;    /* its key is one of that identity */
    gboolean is_reachable; /* a way there is known and up */
    gboolean leads_out;
};

/** The user's own name, or the beginning of the identity (transfer full). */
char *n2_neighbour_dup_title(const N2Neighbour *self);

/** "Key proven, offers files" (transfer full). */
char *n2_neighbour_dup_words(const N2Neighbour *self);

/* ---- answers ---- */

/** Of HISTORY: N2Edition, the newest first (transfer full); %NULL with @error set. */
GListModel *n2_library_versions_finish(N2Library *self, GAsyncResult *result, GError **error);

/** Of NEIGHBOURS: N2Neighbour (transfer full); %NULL with @error set. */
GListModel *n2_library_neighbours_finish(N2Library *self, GAsyncResult *result, GError **error);

/**
 * Why something is here: sentences, one a line.
 *
 * @is_pinned: (out): the user asked that it stays.
 * Returns: (transfer full): "" if nothing keeps it; %NULL with @error set.
 */
char *n2_library_why_finish(N2Library *self,
                            GAsyncResult *result,
                            gboolean *is_pinned,
                            GError **error);

/** Of PIN and UNPIN. */
gboolean n2_library_done_finish(N2Library *self, GAsyncResult *result, GError **error);

/** Of ROOTS: a sentence on those that said two things at once, or "" (transfer full); %NULL
 * with @error set. */
char *n2_library_roots_finish(N2Library *self, GAsyncResult *result, GError **error);

G_END_DECLS

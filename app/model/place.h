/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * place.h - what a source says about a place: values that lists and views show.
 *
 * Layer:     app/model (no widgets).
 * Invariant: each object is filled by its maker before anyone else sees it and never changes
 *            afterwards, so its fields are public and read directly.
 * Text in them came from the network: show it with gtk_label_set_text(), never as markup.
 */
#pragma once

#include <gio/gio.h>

#include "model/person.h"

G_BEGIN_DECLS

#define N2_TYPE_ATTRIBUTE (n2_attribute_get_type())
G_DECLARE_FINAL_TYPE(N2Attribute, n2_attribute, N2, ATTRIBUTE, GObject)

/** Name of the attribute that says when a file was changed. */
#define N2_ATTRIBUTE_MODIFIED "modified"

/** One typed attribute of a file, as text for people. */
struct _N2Attribute {
    GObject parent_instance;
    char *name;
    char *value;
};

/** Copies both texts.  Returns: (transfer full). */
N2Attribute *n2_attribute_new(const char *name, const char *value);

#define N2_TYPE_ENTRY (n2_entry_get_type())
G_DECLARE_FINAL_TYPE(N2Entry, n2_entry, N2, ENTRY, GObject)

/** One row of a folder. */
struct _N2Entry {
    GObject parent_instance;
    char *name;
    char *address; /* canonical; of a folder with '/' at its end */
    char *type;    /* media type; "inode/directory" for folders */
    char *hash;    /* (nullable) h1-... */
    guint64 size_bytes;
    gint64 changed_us; /* since 1970; 0 unknown */
    gboolean is_directory;
    GListStore *attributes; /* N2Attribute */
};

/** An empty entry to fill (transfer full). */
N2Entry *n2_entry_new(void);

#define N2_TYPE_HOP (n2_hop_get_type())
G_DECLARE_FINAL_TYPE(N2Hop, n2_hop, N2, HOP, GObject)

typedef enum {
    N2_HOP_HERE,    /* this computer */
    N2_HOP_ANSWERS, /* it answered, or somebody behind it; then its delay is not known */
    N2_HOP_SILENT,  /* the first that did not */
    N2_HOP_BEYOND,  /* lies behind the silent one, so nothing is known of it */
} N2HopState;

/** One stop on the way to a place. */
struct _N2Hop {
    GObject parent_instance;
    char *title;     /* for people: "This computer", "Switch 2", the name of the place */
    gint64 delay_us; /* there and back; -1 unknown */
    N2HopState state;
    gboolean is_end; /* the place itself, not a switch */
};

/** Copies @title.  Returns: (transfer full). */
N2Hop *n2_hop_new(const char *title, N2HopState state, gint64 delay_us, gboolean is_end);

#define N2_TYPE_PLACE (n2_place_get_type())
G_DECLARE_FINAL_TYPE(N2Place, n2_place, N2, PLACE, GObject)

/** A file or folder that was found. */
struct _N2Place {
    GObject parent_instance;
    char *address;  /* canonical; of a folder or its index page with '/' at its end */
    char *type;     /* media type of the bytes that follow */
    char *hash;     /* (nullable) h1-... */
    char *site;     /* host part of the address */
    char *holder;   /* (nullable) k1-... of who sent it; NULL: it was here already */
    char *index;    /* (nullable) name of the index page that stands for the folder */
    N2Trust *trust; /* (nullable) owned; why its publisher is to be believed or not */
    guint64 size_bytes;
    int n_switches;          /* on the way; 0 direct; -1 it was here already */
    gint64 ms;               /* until the answer; -1 unknown */
    gint64 published_us;     /* when its publisher says to have published it; 0: not known */
    gboolean is_directory;   /* show `entries`; there are no bytes */
    gboolean is_unconfirmed; /* the last that was seen; its publisher could not be asked */
    gboolean is_source;      /* show the bytes as they are written, not as a page */
    GListStore *attributes;  /* N2Attribute */
    GListStore *entries;     /* N2Entry; empty for files */
};

/** An empty place to fill (transfer full). */
N2Place *n2_place_new(void);

/** Last part of the path, decoded, or the site for its top folder (transfer full). */
char *n2_place_dup_title(const N2Place *self);

G_END_DECLS

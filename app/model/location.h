/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * location.h - addresses as the browser handles them: typed, shown, compared, its own places.
 *
 * Layer: app/model (no widgets); reads addresses with base/address.h only.
 */
#pragma once

#include <glib.h>

#include "base/err.h"

G_BEGIN_DECLS

/* Places of the browser itself.  No site can be called `self`. */
#define N2_LOCATION_START "net2o://self/"
#define N2_LOCATION_NETWORK "net2o://self/network/"
#define N2_LOCATION_FILES "net2o://self/files/"
#define N2_LOCATION_SEARCH "net2o://self/search/" /* and behind it: ?q= and a query */
#define N2_LOCATION_PEOPLE "net2o://self/people/" /* and below it: k1-..., one of them */

typedef enum {
    N2_LOCATION_SITE,    /* something to ask the node for */
    N2_LOCATION_OWN,     /* one of the N2_LOCATION_* above */
    N2_LOCATION_OUTSIDE, /* Internet 1.0: http, https, mailto */
    N2_LOCATION_BAD,     /* nothing that can be opened */
} N2LocationKind;

/**
 * What somebody typed or a link says, as a canonical address.
 *
 * @err: (out) (optional): why it is N2_LOCATION_BAD, else N2_OK.
 * @out: (out) (transfer full): for BAD and OUTSIDE a copy of the trimmed text.
 */
N2LocationKind n2_location_read(const char *text, char **out, n2_err *err);

/** Host as people read it: "handbook.demo", "k1-abcdefgh…" (transfer full). */
char *n2_location_dup_site(const char *address);

/** What follows the host, decoded, from its first '/' on; "" for a site's top (transfer full).
 */
char *n2_location_dup_rest(const char *address);

/** Name of the place for tabs and lists when the page itself gives none (transfer full). */
char *n2_location_dup_title(const char *address);

/** Part after '#', decoded, or NULL (transfer full). */
char *n2_location_dup_fragment(const char *address);

/** Is it the same file, leaving out what follows '#'? */
gboolean n2_location_same_document(const char *a, const char *b);

/** Do both belong to one site? */
gboolean n2_location_same_site(const char *a, const char *b);

/** k1-... of a place below N2_LOCATION_PEOPLE, or NULL (transfer none). */
const char *n2_location_peek_person(const char *address);

/** The query of N2_LOCATION_SEARCH, "" without one; NULL: it is another place (transfer full).
 */
char *n2_location_dup_query(const char *address);

/** Where what @query finds is shown (transfer full). */
char *n2_location_dup_search(const char *query);

/** Number of the version that a site's address names, 0: none. */
guint64 n2_location_get_version(const char *address);

/** The same place in its newest version; NULL: @address names none (transfer full). */
char *n2_location_dup_newest(const char *address);

/** One of seven tones for a site's tile, by a hash of its host: "c0" to "c6" (static). */
const char *n2_location_tone(const char *address);

/** The host of what may be an address of a site, or NULL: it is something else (transfer full).
 */
char *n2_location_dup_host(GBytes *bytes);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * page.h - a document read from untrusted bytes: its blocks, its title, its links.
 *
 * Layer:   render (may include: GLib, cmark; nothing of the daemon).
 * Threads: no shared state; one page belongs to one thread at a time, and n2_page_context's
 *          exists callback is called on the thread that reads, only inside n2_page_read().
 * Cost:    linear in the input, whatever the input is.  Limits are the enum below.
 * Source:  render/SYNTAX.md.
 *
 * n2_page_read() -> n2_page_html() (html.h) for the browser, n2_page_text() (text.h) for the
 * terminal; both as often as wanted, from the same page.
 *
 * A page may hold others, `![[other]]`.  Nothing here fetches: n2_page_peek_wanted() names the
 * addresses, the caller fetches them and reads the page again with them as parts:
 *
 *     for (round = 0; round <= N2_PAGE_INCLUDE_DEPTH_MAX; round++) {
 *         page = n2_page_read(bytes, len, format, &context);
 *         if (!n2_page_peek_wanted(page)->len)
 *             break;
 *         fetch those, add each to context.parts, with NULL bytes if it can't be had
 *     }
 *
 * Each round reaches one level deeper.  A page whose parts are wanted still is a page already:
 * a link stands where they will.
 */
#pragma once

#include <glib.h>

/** Where pages look for their style sheet; the app's scheme handler serves
 *  render/style/page.css there.  No site can have this name: `self` belongs to the node. */
#define N2_PAGE_STYLE "net2o://app.self/style/page.css"

/** What the app sends as Content-Security-Policy with each page that n2_page_html() made. */
#define N2_PAGE_POLICY                                                                         \
    "default-src 'none'; img-src net2o:; style-src net2o:; base-uri 'none'; "                  \
    "form-action 'none'; frame-ancestors 'none'"

enum {
    N2_PAGE_BYTES_MAX = 16 << 20,       /* what follows is left out, and the page says so */
    N2_PAGE_MARKUP_BYTES_MAX = 2 << 20, /* a longer page is shown as plain text */
    N2_PAGE_DEPTH_MAX = 64,             /* deeper nesting keeps its words, not its shape */
    N2_PAGE_COLUMNS_MAX = 100,          /* of a table; a wider one stays text */
    N2_PAGE_EMPTY_CELLS_MAX = 10000,    /* filled in for short rows, in the whole page */
    N2_PAGE_BLANKS_MAX = 64,            /* blank lines in a row; more are dropped */
    N2_PAGE_PICTURES_MAX = 200,         /* "![" in a run of lines without a blank one */
    N2_PAGE_ADDRESS_MAX = 4096,         /* bytes of a link's target; a longer one is no link */
    N2_PAGE_TITLE_MAX = 200,            /* characters */
    N2_PAGE_INCLUDES_MAX = 64, /* parts in a page, each counted as often as it stands there */
    N2_PAGE_INCLUDE_DEPTH_MAX = 8,       /* parts in parts */
    N2_PAGE_INCLUDE_BYTES_MAX = 2 << 20, /* of all parts; what goes beyond is a link */
    N2_PAGE_FRONT_BYTES_MAX = 16 << 10,  /* of front matter; longer is no front matter */
    N2_PAGE_ATTRIBUTES_MAX = 64,         /* names in front matter, and values of each */
    N2_PAGE_ATTRIBUTE_MAX = 1000,        /* characters of a name or value; more are cut */
    N2_PAGE_DATA_DEPTH_MAX = 48, /* of a YAML or JSON file; a deeper one is shown as code */
    N2_PAGE_DATA_ENTRIES_MAX = 50000,   /* in such a file; one with more is shown as code */
    N2_PAGE_CODE_BYTES_MAX = 512 << 10, /* of code with colours, in the whole page */
    N2_PAGE_ACCENTS_MAX = 30,           /* combining marks in a row; more are dropped */
    N2_PAGE_CONTENTS_MAX = 500,         /* headings in a table of contents */
};

typedef enum {
    N2_PAGE_MARKDOWN,
    N2_PAGE_WIKI, /* the old wiki's markup: simple HTML tags, see SYNTAX.md */
    N2_PAGE_PLAIN,
    N2_PAGE_YAML, /* a tree to unfold */
    N2_PAGE_JSON, /* the same */
    N2_PAGE_CODE, /* source in a language that the name's suffix says */
} n2_page_format;

typedef enum {
    N2_EXISTS_UNKNOWN,
    N2_EXISTS_YES,
    N2_EXISTS_NO,
} n2_exists;

/** The bytes behind `![[other]]`. */
typedef struct {
    const char *address; /* as n2_page_peek_wanted() gave it */
    const void *bytes;   /* (nullable) NULL: it can't be had, and the page says so */
    gsize len;           /* the page says so too of more than N2_PAGE_INCLUDE_BYTES_MAX */
    n2_page_format format;
} n2_page_part;

typedef struct {
    const char *origin; /* (nullable) the site, "net2o://handbook.demo", no slash at the end */
    const char *path;   /* (nullable) of this page in its site, decoded: "/guide/start.md" */
    const char *name;   /* (nullable) title of a page that has no heading, e.g. "start.md" */
    const char *language; /* (nullable) BCP 47; NULL takes it from a name like "start.de.md" */
    /**
     * Whether the site has @path ("/guide/next.md": decoded, no query, no fragment, neither "."
     * nor ".." in it).  NULL: nobody knows, so no link is marked as missing.
     */
    n2_exists (*exists)(const char *path, void *user);
    void *user;
    const n2_page_part *parts; /* (nullable) fetched so far, in any order */
    guint n_parts;
} n2_page_context;

typedef enum {
    N2_LINK_SITE,    /* a file of the same site */
    N2_LINK_NET2O,   /* another net2o site */
    N2_LINK_OUTSIDE, /* Internet 1.0: http, https, mailto */
    N2_LINK_HERE,    /* "#section" of this page */
    N2_LINK_FOREIGN, /* any other scheme, e.g. irc: a link that nobody here follows */
    N2_LINK_REFUSED, /* a scheme that pages may not name, e.g. javascript; shown as text */
} n2_link_kind;

typedef struct {
    n2_link_kind kind;
    gboolean is_picture; /* the page wants to show it, not to lead there */
    gboolean is_missing; /* N2_LINK_SITE only: the site said that it has no such file */
    char *href;    /* as the page has it; `[[page]]` resolved to a file, percent-encoded */
    char *path;    /* (nullable) N2_LINK_SITE only: decoded, as given to `exists` */
    char *address; /* the whole address: href resolved against the page's own */
} n2_link;

/** A line of a page's front matter. */
typedef struct {
    char *name;    /* "title", "author", "date", "lang", "dir", "tags", or any other */
    char **values; /* one, or those of a list; no control characters */
} n2_attribute;

typedef struct n2_page n2_page;

/** Format of a file with @name, by its suffix: .md .markdown, .wiki, .yaml .yml, .json, those
 * of source code; all others plain. */
n2_page_format n2_page_format_by_name(const char *name);

/** Format of a file whose media type is known.  @type, @name: (nullable).  Only the type makes
 *  a file Markdown or wiki text; of other text the name says what it is. */
n2_page_format n2_page_format_by_type(const char *type, const char *name);

/**
 * Reads a page.  Never fails: bytes that are no UTF-8 become U+FFFD, what a limit forbids
 * becomes text.
 *
 * @bytes:   (transfer none): @len bytes, need not be NUL-terminated nor stay afterwards.
 * @context: (nullable) (transfer none): used during this call only.
 *
 * Returns: (transfer full): free with n2_page_free().
 */
n2_page *n2_page_read(const void *bytes,
                      gsize len,
                      n2_page_format format,
                      const n2_page_context *context);

/** @page: (transfer full) (nullable). */
void n2_page_free(n2_page *page);

/** The front matter's title, else the text of the first heading, else the context's name, else
 *  ""; one line, no control characters (transfer none). */
const char *n2_page_peek_title(const n2_page *page);

/** Language tag, "" if unknown (transfer none). */
const char *n2_page_peek_language(const n2_page *page);

/** Whether the front matter says `dir: rtl` or, if it says nothing, the page's first letter is
 * of a script written from right to left. */
gboolean n2_page_is_rtl(const n2_page *page);

/** Each link and picture in the order of the page, element type n2_link (transfer none). */
const GPtrArray *n2_page_peek_links(const n2_page *page);

/** Front matter in its order, element type n2_attribute; empty if there is none (transfer
 *  none). */
const GPtrArray *n2_page_peek_attributes(const n2_page *page);

/** Addresses ("net2o://demo.test/folder/other.md": same site, no query, no fragment, none
 * twice) of the parts that the context did not have, element type char *; at most
 *  N2_PAGE_INCLUDES_MAX (transfer none). */
const GPtrArray *n2_page_peek_wanted(const n2_page *page);

/** How many bytes of the source were no UTF-8; the page says so. */
gsize n2_page_count_bad_bytes(const n2_page *page);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(n2_page, n2_page_free)

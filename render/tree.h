/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tree.h - what the passes of the renderer share: cmark's tree and the nodes we add to it.
 *
 * Layer: render, private: included by render/ only.
 *
 * cmark parses blocks and inlines.  What it does not know (tables, tasks, struck text, wiki
 * links) is put into its tree as custom nodes whose user data is an n2_node_kind; a link's or
 * picture's user data is its n2_link.
 *
 * INVARIANT marks: some noncharacters mean something between the passes.  clean.c replaces
 * them where the source has them, so a page can't forge one; mark.c takes those left away.
 */
#pragma once

#include <cmark.h>

#include "render/page.h"

#define N2_MARK_PIPE "\xef\xb7\x90"   /* U+FDD0: "\|", a pipe that divides no cells */
#define N2_MARK_CELL "\xef\xb7\x91"   /* U+FDD1: begins and ends a cell, see table.c */
#define N2_MARK_BREAK "\xef\xb7\x92"  /* U+FDD2: keeps two characters apart */
#define N2_MARK_NOTE "\xef\xb7\x93"   /* U+FDD3: "[^" of a reference to a note, see note.c */
#define N2_MARK_END "\xef\xb7\x94"    /* U+FDD4: the "]" of a note's label */
#define N2_MARK_DEFINE "\xef\xb7\x95" /* U+FDD5: "[^" of a note; behind N2_MARK_ITEM */
#define N2_MARK_TERM "\xef\xb7\x96"   /* U+FDD6: ":" of a definition; behind N2_MARK_ITEM */
#define N2_MARK_FLANK_BEFORE                                                                   \
    "\xef\xb7\x97" /* U+FDD7: begins what flank.c put behind a symbol */
#define N2_MARK_FLANK_BEHIND "\xef\xb7\x98" /* U+FDD8: ends what it put before one */
#define N2_MARK_ITEM                                                                           \
    "+   " /* makes a list item of four columns, so that cmark reads what is in it */
enum {
    N2_MARK_BYTES = 3,
    N2_LABEL_MAX = 64, /* bytes of a note's label */
};

typedef enum {
    N2_NODE_NONE,
    N2_NODE_TABLE, /* holds a head and perhaps a body; both hold rows of cells */
    N2_NODE_TABLE_HEAD,
    N2_NODE_TABLE_BODY,
    N2_NODE_ROW,
    N2_NODE_CELL,
    N2_NODE_CELL_LEFT,
    N2_NODE_CELL_CENTER,
    N2_NODE_CELL_RIGHT,
    N2_NODE_STRUCK,
    N2_NODE_UNDERLINED,
    N2_NODE_LOWERED,
    N2_NODE_RAISED,
    N2_NODE_TASK, /* an empty box */
    N2_NODE_TASK_DONE,
    N2_NODE_NOTE_REF,  /* on_enter: the label, then the number; on_exit: id of this place */
    N2_NODE_NOTE_BACK, /* on_enter: id of the place that it leads back to */
    N2_NODE_NOTES,     /* holds all notes */
    N2_NODE_NOTE,      /* on_enter: the number, "" of one that nothing refers to */
    N2_NODE_DEFINITIONS,
    N2_NODE_TERM,
    N2_NODE_DEFINITION,
    N2_NODE_CONTENTS, /* where the table of contents stands */
    N2_NODE_INCLUDE,  /* holds another file's blocks, then N2_NODE_FROM */
    N2_NODE_FROM,     /* a link to that file, and why it is not there */
    N2_NODE_BYLINE,   /* who wrote the page, and when */
    N2_NODE_PROBLEM,  /* what the reader must know about this file */
    N2_NODE_DATA, /* a tree of data; on_enter: "[" of a list; below, each has its key there */
    N2_NODE_DATA_MAP,
    N2_NODE_DATA_LIST,
    N2_NODE_DATA_STRING, /* on_exit: the value */
    N2_NODE_DATA_NUMBER,
    N2_NODE_DATA_WORD,  /* true, null, ... */
    N2_NODE_DATA_ALIAS, /* on_exit: its name; never followed */
    N2_NODE_SOURCE,     /* holds the file behind a tree, as code */
} n2_node_kind;

/** A heading; user data of its node. */
typedef struct {
    guint level;
    char *id;   /* no two of a page are the same */
    char *text; /* one line */
} n2_heading;

struct n2_page {
    cmark_node *tree;      /* owned */
    GPtrArray *links;      /* of n2_link, in the page's order */
    GPtrArray *all_links;  /* owned, of n2_link: those of dropped nodes too */
    GPtrArray *headings;   /* owned, of n2_heading */
    GPtrArray *attributes; /* owned, of n2_attribute */
    GPtrArray *wanted;     /* owned, of char * */
    GHashTable *turned;    /* blocks whose first letter runs against the page's direction */
    char *title;
    char *language;
    gsize bad_bytes; /* of the source that are no UTF-8 */
    gsize markup_bytes;
    gboolean is_rtl;
    gboolean is_plain; /* one code block, the file as it stands */
    gboolean is_cut;   /* the source was longer than N2_PAGE_BYTES_MAX */
};

/** One file of a page: the page itself, or a part of it. */
typedef struct {
    const n2_page_context *context; /* of the whole page */
    const char *path;               /* of this file: "/folder/page.md" */
    guint number;                   /* 0 is the page itself, each part has its own */
    const char *section;            /* (nullable) all that is wanted of it */
} n2_file;

/** Kind of a custom node, N2_NODE_NONE for each other (transfer none). */
static inline n2_node_kind
n2_node_get_kind(cmark_node *node)
{
    cmark_node_type type = cmark_node_get_type(node);
    if (type != CMARK_NODE_CUSTOM_BLOCK && type != CMARK_NODE_CUSTOM_INLINE)
        return N2_NODE_NONE;
    return (n2_node_kind)GPOINTER_TO_INT(cmark_node_get_user_data(node));
}

/** The first text of a custom node, "" if it has none (transfer none). */
static inline const char *
n2_node_peek_first(cmark_node *node)
{
    const char *text = cmark_node_get_on_enter(node);
    return text ? text : "";
}

/** The second one. */
static inline const char *
n2_node_peek_second(cmark_node *node)
{
    const char *text = cmark_node_get_on_exit(node);
    return text ? text : "";
}

/** A custom node (transfer full). */
static inline cmark_node *
n2_node_new(cmark_node_type type, n2_node_kind kind)
{
    cmark_node *node = cmark_node_new(type);
    cmark_node_set_user_data(node, GINT_TO_POINTER(kind));
    return node;
}

/** Whether cmark's iterator gives no exit event for @node. */
static inline gboolean
n2_node_is_leaf(cmark_node *node)
{
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_HTML_BLOCK:
    case CMARK_NODE_THEMATIC_BREAK:
    case CMARK_NODE_CODE_BLOCK:
    case CMARK_NODE_TEXT:
    case CMARK_NODE_SOFTBREAK:
    case CMARK_NODE_LINEBREAK:
    case CMARK_NODE_CODE:
    case CMARK_NODE_HTML_INLINE:
        return TRUE;
    case CMARK_NODE_NONE:
    case CMARK_NODE_DOCUMENT:
    case CMARK_NODE_BLOCK_QUOTE:
    case CMARK_NODE_LIST:
    case CMARK_NODE_ITEM:
    case CMARK_NODE_CUSTOM_BLOCK:
    case CMARK_NODE_PARAGRAPH:
    case CMARK_NODE_HEADING:
    case CMARK_NODE_CUSTOM_INLINE:
    case CMARK_NODE_EMPH:
    case CMARK_NODE_STRONG:
    case CMARK_NODE_LINK:
    case CMARK_NODE_IMAGE:
        break;
    }
    return FALSE;
}

static inline gboolean
n2_node_is_cell(n2_node_kind kind)
{
    return kind >= N2_NODE_CELL && kind <= N2_NODE_CELL_RIGHT;
}

/** Appends @kind to @parent (transfer none). */
static inline cmark_node *
n2_node_add(cmark_node *parent, cmark_node_type type, n2_node_kind kind)
{
    cmark_node *node = n2_node_new(type, kind);
    cmark_node_append_child(parent, node);
    return node;
}

/** A text node (transfer full). */
static inline cmark_node *
n2_node_new_text(const char *text)
{
    cmark_node *node = cmark_node_new(CMARK_NODE_TEXT);
    cmark_node_set_literal(node, text);
    return node;
}

/** Takes @node out of its tree and frees it. */
static inline void
n2_node_drop(cmark_node *node)
{
    cmark_node_unlink(node);
    cmark_node_free(node);
}

/** clean.c: @bytes as UTF-8 in normal form C without NUL, foreign marks and CR; (transfer
 * full). Markdown gets marks for notes and definitions.
 *  @is_cut:    (out): N2_PAGE_BYTES_MAX was reached.
 *  @bad_bytes: (out): how many bytes were no UTF-8. */
GString *n2_clean(
    const void *bytes, gsize len, n2_page_format format, gboolean *is_cut, gsize *bad_bytes);

/** mark.c: @text as it was typed, marks undone (transfer full).  @in_cell: "\|" is "|" there.
 */
char *n2_mark_restore(const char *text, gboolean in_cell);

/** mark.c: the character that the mark at @text stands for outside code, "" if for none; NULL
 *  if there is no mark. */
const char *n2_mark_shown(const char *text);

/**
 * front.c: takes front matter off the start of @source.
 *
 * @attributes: (nullable): its lines are added, of n2_attribute.
 * @raw:        (out) (transfer full): of front matter that can't be read, its text; else NULL.
 *
 * Returns: (nullable) (transfer none): what is wrong with it, translated.
 */
const char *n2_front_take(GString *source, GPtrArray *attributes, char **raw);

/** front.c. */
void n2_attribute_free(n2_attribute *attribute);

/** front.c: puts title, author and date into the tree of @page. */
void n2_front_place(n2_page *page);

/** front.c: the first value of attribute @name, or NULL (transfer none). */
const char *n2_front_find(const n2_page *page, const char *name);

/** flank.c: puts what cmark takes for punctuation between symbols and the stars or underscores
 *  beside them; FALSE if there are none. */
gboolean n2_flank_put(GString *source);

/** flank.c: takes that away again, out of all that @tree holds. */
void n2_flank_take(cmark_node *tree);

/** table.c: the tree of @source with tables in it (transfer full). */
cmark_node *n2_table_parse(const GString *source);

/** inline.c: puts wiki links, struck text and tasks into @tree, folds blanks. */
void n2_inline_pass(cmark_node *tree);

/** wiki.c: the tree of a page in the old wiki's markup (transfer full). */
cmark_node *n2_wiki_parse(const GString *source);

/** note.c: moves the notes of a file to its end, ties references to them. */
void n2_note_pass(cmark_node *tree, const n2_file *file);

/** note.c: numbers the notes of the whole page. */
void n2_note_number(cmark_node *tree);

/** define.c: makes definition lists. */
void n2_define_pass(cmark_node *tree);

/** heading.c: names the headings of @page, puts its contents where they belong. */
void n2_heading_pass(n2_page *page);

/** heading.c: the id that a heading of this text would get, without a number (transfer full).
 */
char *n2_heading_slug(cmark_node *heading);

/** link.c: resolves each link and picture of @tree, a file of @page. */
void n2_link_pass(n2_page *page, cmark_node *tree, const n2_file *file);

/** link.c: lists the links that are in the tree of @page. */
void n2_link_gather(n2_page *page);

/** link.c: the target of `[[@name]]` as an address; the link pass resolves it
 *  (transfer full). */
char *n2_link_wiki_target(const char *name);

/** page.c: the tree of one file, its links resolved (transfer full). */
cmark_node *n2_file_read(
    n2_page *page, const void *bytes, gsize len, n2_page_format format, const n2_file *file);

/** include.c: puts the parts that the context has into @page, and lists those it wants. */
void n2_include_pass(n2_page *page, const n2_page_context *context);

/** json.c: @source as a tree of N2_NODE_DATA (transfer full), or NULL: it is no JSON, or beyond
 *  a limit; @problem (out) (transfer full): says which, translated. */
cmark_node *n2_json_parse(const char *source, gsize len, char **problem);

/** yaml.c: the same for YAML. */
cmark_node *n2_yaml_parse(const char *source, gsize len, char **problem);

/** heading.c: the heading right below @tree whose id is @id, or NULL. */
cmark_node *n2_heading_find(cmark_node *tree, const char *id);

/** turn.c: finds the blocks of @page that run against its direction. */
void n2_turn_pass(n2_page *page);

/** heading.c: the level of the largest headings that the table of contents lists; 0: none. */
guint n2_contents_level(const n2_page *page);

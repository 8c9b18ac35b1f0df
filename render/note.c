/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * note.c - footnotes: `[^label]` in the text, `[^label]: words` at the left edge.
 *
 * clean.c makes a list item of each definition, so that cmark reads the blocks in it.  Here
 * the items become notes; the references name them by file and label until the page is whole,
 * then both are numbered in the order in which the reader meets them.  Notes that refer to one
 * another nest nowhere: a reference is a number.
 */
#include <string.h>

#include "render/tree.h"

static cmark_node *
first_text(cmark_node *item)
{
    cmark_node *paragraph = cmark_node_first_child(item);
    cmark_node *text = paragraph && cmark_node_get_type(paragraph) == CMARK_NODE_PARAGRAPH
                           ? cmark_node_first_child(paragraph)
                           : NULL;
    return text && cmark_node_get_type(text) == CMARK_NODE_TEXT ? text : NULL;
}

/* "file:label"; "-" before it if only a section of the file is wanted (transfer full). */
static char *
make_key(const n2_file *file, const char *label, gsize len)
{
    g_autofree char *plain = g_ascii_strdown(label, (gssize)len);
    return g_strdup_printf("%s%u:%s", file->section ? "-" : "", file->number, plain);
}

/* Makes a note of @item if it is one that the file did not have yet. */
static void
take_item(cmark_node *item, cmark_node *notes, GHashTable *known, const n2_file *file)
{
    cmark_node *text = first_text(item), *child;
    const char *literal = text ? cmark_node_get_literal(text) : "";
    const char *label = literal + N2_MARK_BYTES;
    const char *end =
        g_str_has_prefix(literal, N2_MARK_DEFINE) ? strstr(label, N2_MARK_END) : NULL;
    if (!end)
        return;
    g_autofree char *key = make_key(file, label, (gsize)(end - label));
    if (g_hash_table_contains(known, key))
        return;
    end += N2_MARK_BYTES;
    end += *end == ':' ? 1 : 0;
    g_autofree char *rest = g_strdup(end + strspn(end, " \t"));
    cmark_node *note = n2_node_add(notes, CMARK_NODE_CUSTOM_BLOCK, N2_NODE_NOTE);
    cmark_node_set_on_exit(note, key);
    cmark_node_set_literal(text, rest);
    if (!*rest)
        n2_node_drop(text);
    while ((child = cmark_node_first_child(item)))
        cmark_node_append_child(note, child);
    g_hash_table_add(known, g_steal_pointer(&key));
    n2_node_drop(item);
}

/* Replaces the references in @text. */
static void
split_text(cmark_node *text, GHashTable *known, const n2_file *file)
{
    const char *literal = cmark_node_get_literal(text), *from = literal, *at = literal;
    while ((at = strstr(at, N2_MARK_NOTE))) {
        const char *label = at + N2_MARK_BYTES;
        const char *end = g_strstr_len(label, N2_LABEL_MAX + N2_MARK_BYTES, N2_MARK_END);
        g_autofree char *key = end ? make_key(file, label, (gsize)(end - label)) : NULL;
        if (!key || !g_hash_table_contains(known, key)) {
            at = label;
            continue;
        }
        if (at > from) {
            g_autofree char *before = g_strndup(from, (gsize)(at - from));
            cmark_node_insert_before(text, n2_node_new_text(before));
        }
        cmark_node *ref = n2_node_new(CMARK_NODE_CUSTOM_INLINE, N2_NODE_NOTE_REF);
        cmark_node_set_on_enter(ref, key);
        cmark_node_insert_before(text, ref);
        from = at = end + N2_MARK_BYTES;
    }
    if (from == literal)
        return;
    if (*from)
        cmark_node_insert_before(text, n2_node_new_text(from));
    n2_node_drop(text);
}

/* Texts that may refer to notes: none in a link, or a link would stand in it. */
static GPtrArray *
find_texts(cmark_node *tree)
{
    GPtrArray *texts = g_ptr_array_new();
    cmark_iter *iter = cmark_iter_new(tree);
    cmark_event_type event;
    guint depth = 0, links = 0;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        guint is_link = type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE ? 1 : 0;
        if (event == CMARK_EVENT_EXIT) {
            depth--;
            links -= is_link;
            continue;
        }
        if (type == CMARK_NODE_TEXT && !links && depth <= N2_PAGE_DEPTH_MAX)
            g_ptr_array_add(texts, node);
        if (!n2_node_is_leaf(node)) {
            depth++;
            links += is_link;
        }
    }
    cmark_iter_free(iter);
    return texts;
}

void
n2_note_pass(cmark_node *tree, const n2_file *file)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    cmark_node *notes = n2_node_new(CMARK_NODE_CUSTOM_BLOCK, N2_NODE_NOTES);
    cmark_node *next, *next_item;
    cmark_consolidate_text_nodes(tree);
    for (cmark_node *list = cmark_node_first_child(tree); list; list = next) {
        next = cmark_node_next(list);
        if (cmark_node_get_type(list) != CMARK_NODE_LIST)
            continue;
        for (cmark_node *item = cmark_node_first_child(list); item; item = next_item) {
            next_item = cmark_node_next(item);
            take_item(item, notes, known, file);
        }
        if (!cmark_node_first_child(list))
            n2_node_drop(list);
    }
    if (!cmark_node_first_child(notes)) {
        cmark_node_free(notes);
        return;
    }
    cmark_node_append_child(tree, notes);
    g_autoptr(GPtrArray) texts = find_texts(tree);
    for (guint i = 0; i < texts->len; i++)
        split_text(g_ptr_array_index(texts, i), known, file);
}

typedef struct {
    cmark_node *node;
    guint number; /* 0: nothing refers to it yet */
    guint refs;
} note;

typedef struct {
    GHashTable *notes; /* key -> note */
    GPtrArray *all;    /* of note, in the order of the files */
    GPtrArray *order;  /* of note, by number */
} numberer;

static void
number_refs(numberer *n, GPtrArray *refs)
{
    for (guint i = 0; i < refs->len; i++) {
        cmark_node *ref = g_ptr_array_index(refs, i);
        note *to = g_hash_table_lookup(n->notes, n2_node_peek_first(ref));
        if (!to) /* the section that was wanted of the file has it no more */
            continue;
        if (!to->number) {
            g_ptr_array_add(n->order, to);
            to->number = n->order->len;
        }
        to->refs++;
        g_autofree char *number = g_strdup_printf("%u", to->number);
        g_autofree char *id = to->refs == 1
                                  ? g_strdup_printf("ref:%u", to->number)
                                  : g_strdup_printf("ref:%u:%u", to->number, to->refs);
        cmark_node_set_on_enter(ref, number);
        cmark_node_set_on_exit(ref, id);
    }
}

/* References below @tree; outside notes if @tree is the page. */
static GPtrArray *
find_refs(cmark_node *tree, gboolean is_page)
{
    GPtrArray *refs = g_ptr_array_new();
    cmark_iter *iter = cmark_iter_new(tree);
    cmark_event_type event;
    guint notes = 0;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        n2_node_kind kind = n2_node_get_kind(node);
        if (kind == N2_NODE_NOTES && is_page)
            notes += event == CMARK_EVENT_ENTER ? 1U : -1U;
        else if (kind == N2_NODE_NOTE_REF && event == CMARK_EVENT_ENTER && !notes)
            g_ptr_array_add(refs, node);
    }
    cmark_iter_free(iter);
    return refs;
}

/* Collects the notes of all files and takes their holders away. */
static void
collect(numberer *n, cmark_node *tree)
{
    g_autoptr(GPtrArray) holders = g_ptr_array_new();
    cmark_iter *iter = cmark_iter_new(tree);
    cmark_event_type event;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_ENTER && n2_node_get_kind(node) == N2_NODE_NOTES)
            g_ptr_array_add(holders, node);
    }
    cmark_iter_free(iter);
    for (guint i = 0; i < holders->len; i++) {
        cmark_node *holder = g_ptr_array_index(holders, i), *child;
        while ((child = cmark_node_first_child(holder))) {
            note *found = g_new0(note, 1);
            found->node = child;
            cmark_node_unlink(child);
            g_ptr_array_add(n->all, found);
            g_hash_table_insert(n->notes, (gpointer)n2_node_peek_second(child), found);
        }
        n2_node_drop(holder);
    }
}

/* The ways back stand at the end of the note's last paragraph. */
static void
add_backs(const note *of)
{
    cmark_node *last = cmark_node_last_child(of->node);
    if (!last || cmark_node_get_type(last) != CMARK_NODE_PARAGRAPH) {
        last = cmark_node_new(CMARK_NODE_PARAGRAPH);
        cmark_node_append_child(of->node, last);
    }
    for (guint i = 1; i <= of->refs; i++) {
        g_autofree char *id = i == 1 ? g_strdup_printf("ref:%u", of->number)
                                     : g_strdup_printf("ref:%u:%u", of->number, i);
        cmark_node *back = n2_node_add(last, CMARK_NODE_CUSTOM_INLINE, N2_NODE_NOTE_BACK);
        cmark_node_set_on_enter(back, id);
    }
}

static void
place(numberer *n, cmark_node *tree)
{
    cmark_node *holder = n2_node_add(tree, CMARK_NODE_CUSTOM_BLOCK, N2_NODE_NOTES);
    for (guint i = 0; i < n->order->len; i++) {
        const note *numbered = g_ptr_array_index(n->order, i);
        g_autofree char *number = g_strdup_printf("%u", numbered->number);
        cmark_node_set_on_enter(numbered->node, number);
        add_backs(numbered);
        cmark_node_append_child(holder, numbered->node);
    }
    /* What nothing refers to stays readable, but for notes of a file's other sections. */
    for (guint i = 0; i < n->all->len; i++) {
        const note *left = g_ptr_array_index(n->all, i);
        if (!left->number && *n2_node_peek_second(left->node) == '-')
            cmark_node_free(left->node);
        else if (!left->number)
            cmark_node_append_child(holder, left->node);
    }
    if (!cmark_node_first_child(holder))
        n2_node_drop(holder);
}

void
n2_note_number(cmark_node *tree)
{
    numberer n = {.notes = g_hash_table_new(g_str_hash, g_str_equal),
                  .all = g_ptr_array_new_with_free_func(g_free),
                  .order = g_ptr_array_new()};
    g_autoptr(GPtrArray) refs = find_refs(tree, TRUE);
    collect(&n, tree);
    number_refs(&n, refs);
    for (guint i = 0; i < n.order->len; i++) {
        const note *numbered = g_ptr_array_index(n.order, i);
        g_autoptr(GPtrArray) inner = find_refs(numbered->node, FALSE);
        number_refs(&n, inner);
    }
    if (n.all->len)
        place(&n, tree);
    g_hash_table_unref(n.notes);
    g_ptr_array_unref(n.all);
    g_ptr_array_unref(n.order);
}

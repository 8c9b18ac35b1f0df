/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * frame.c - what a program and its renderer say to each other.
 */
#include "render/worker/frame.h"

#include <stdlib.h>
#include <string.h>

void
n2_frame_write_blob(n2_writer *w, const void *bytes, gsize len)
{
    n2_write_u32(w, (guint32)len);
    n2_write_bytes(w, bytes, len);
}

void
n2_frame_write_text(n2_writer *w, const char *text)
{
    n2_frame_write_blob(w, text ? text : "", text ? strlen(text) : 0);
}

char *
n2_frame_read_text(n2_reader *r)
{
    guint32 len = n2_read_u32(r);
    const guint8 *bytes = n2_read_bytes(r, len);

    if (r->err)
        return g_strdup("");
    if (memchr(bytes, 0, len) || !g_utf8_validate((const char *)bytes, len, NULL)) {
        n2_reader_fail(r, N2_ERR_FORMAT);
        return g_strdup("");
    }
    return g_strndup((const char *)bytes, len);
}

GBytes *
n2_frame_take(n2_frame_kind kind, n2_writer *w)
{
    n2_writer whole = n2_writer_init_growing(N2_RENDER_FRAME_BYTES_MAX);
    uint8_t *bytes = NULL;
    size_t len = 0;

    if (w->err)
        n2_writer_fail(&whole, w->err);
    n2_write_u32(&whole, (guint32)w->len);
    n2_write_u8(&whole, (guint8)kind);
    n2_write_bytes(&whole, w->buf, w->len);
    n2_writer_clear(w);
    if (n2_writer_steal(&whole, &bytes, &len) != N2_OK)
        return NULL;
    return g_bytes_new_with_free_func(bytes, len, free, bytes);
}

GBytes *
n2_frame_page(const n2_render_page *page)
{
    n2_writer w = n2_writer_init_growing(N2_RENDER_FRAME_BYTES_MAX);

    n2_write_u8(&w, (guint8)page->form);
    n2_write_u32(&w, page->columns);
    n2_write_u32(&w, page->flags);
    n2_write_u8(&w, (guint8)page->format);
    n2_frame_write_text(&w, page->origin);
    n2_frame_write_text(&w, page->path);
    n2_frame_write_text(&w, page->name);
    n2_frame_write_blob(&w, page->bytes, page->len);
    return n2_frame_take(N2_FRAME_PAGE, &w);
}

n2_supplies
n2_supplies_init(void)
{
    return (n2_supplies){.parts = n2_writer_init_growing(N2_RENDER_FRAME_BYTES_MAX),
                         .folders = n2_writer_init_growing(N2_RENDER_FRAME_BYTES_MAX)};
}

void
n2_supplies_part(n2_supplies *s, const char *address, n2_page_format format, GBytes *bytes)
{
    gsize len = 0;
    const void *data = bytes ? g_bytes_get_data(bytes, &len) : NULL;

    n2_frame_write_text(&s->parts, address);
    n2_write_u8(&s->parts, (guint8)format);
    n2_write_u8(&s->parts, bytes != NULL);
    n2_frame_write_blob(&s->parts, data, len);
    s->n_parts++;
}

void
n2_supplies_folder(n2_supplies *s, const char *path, GHashTable *names)
{
    guint n = names ? MIN(g_hash_table_size(names), (guint)N2_RENDER_NAMES_MAX) : 0;
    GHashTableIter iter;
    gpointer name;

    /* Of a folder with more nobody could say what it lacks. */
    if (names && g_hash_table_size(names) > n)
        names = NULL;
    n2_frame_write_text(&s->folders, path);
    n2_write_u8(&s->folders, names != NULL);
    n2_write_u32(&s->folders, names ? n : 0);
    if (names)
        g_hash_table_iter_init(&iter, names);
    while (names && g_hash_table_iter_next(&iter, &name, NULL))
        n2_frame_write_text(&s->folders, name);
    s->n_folders++;
}

GBytes *
n2_supplies_end(n2_supplies *s, gboolean is_last)
{
    n2_writer w = n2_writer_init_growing(N2_RENDER_FRAME_BYTES_MAX);

    if (s->parts.err || s->folders.err)
        n2_writer_fail(&w, N2_ERR_NOSPACE);
    n2_write_u8(&w, is_last != FALSE);
    n2_write_u32(&w, s->n_parts);
    n2_write_bytes(&w, s->parts.buf, s->parts.len);
    n2_write_u32(&w, s->n_folders);
    n2_write_bytes(&w, s->folders.buf, s->folders.len);
    n2_writer_clear(&s->parts);
    n2_writer_clear(&s->folders);
    return n2_frame_take(N2_FRAME_SUPPLY, &w);
}

/* ---- what comes back ---- */

static GPtrArray *
read_texts(n2_reader *r, guint max)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    guint32 n = n2_read_u32(r);

    if (n > max)
        n2_reader_fail(r, N2_ERR_LIMIT);
    for (guint32 i = 0; i < n && !r->err; i++)
        g_ptr_array_add(texts, n2_frame_read_text(r));
    return texts;
}

gboolean
n2_frame_read_need(GBytes *body, n2_render_need *need)
{
    gsize len = 0;
    const void *bytes = g_bytes_get_data(body, &len);
    n2_reader r = n2_reader_init(bytes, len);
    g_auto(n2_render_need) n = {.parts = read_texts(&r, N2_PAGE_INCLUDES_MAX),
                                .folders = read_texts(&r, N2_RENDER_FOLDERS_MAX)};

    if (n2_reader_finish(&r) != N2_OK)
        return FALSE;
    need->parts = g_steal_pointer(&n.parts);
    need->folders = g_steal_pointer(&n.folders);
    return TRUE;
}

static void
free_link(gpointer data)
{
    n2_render_link *link = data;

    g_free(link->address);
    g_free(link);
}

static GPtrArray *
read_links(n2_reader *r)
{
    GPtrArray *links = g_ptr_array_new_with_free_func(free_link);
    guint32 n = n2_read_u32(r);

    if (n > N2_RENDER_LINKS_MAX)
        n2_reader_fail(r, N2_ERR_LIMIT);
    for (guint32 i = 0; i < n && !r->err; i++) {
        n2_render_link *link = g_new0(n2_render_link, 1);
        guint8 kind = n2_read_u8(r);

        if (kind > N2_LINK_REFUSED)
            n2_reader_fail(r, N2_ERR_FORMAT);
        link->kind = (n2_link_kind)kind;
        link->is_missing = n2_read_u8(r) != 0;
        link->address = n2_frame_read_text(r);
        g_ptr_array_add(links, link);
    }
    return links;
}

gboolean
n2_frame_read_done(GBytes *body, n2_render_done *done)
{
    gsize len = 0;
    const guint8 *bytes = g_bytes_get_data(body, &len);
    n2_reader r = n2_reader_init(bytes, len);
    g_auto(n2_render_done) d = {0};

    d.title = n2_frame_read_text(&r);
    d.links = read_links(&r);
    guint32 n = n2_read_u32(&r);
    const guint8 *output = n2_read_bytes(&r, n);
    if (n > N2_RENDER_OUTPUT_BYTES_MAX || n2_reader_finish(&r) != N2_OK ||
        !g_utf8_validate((const char *)output, n, NULL))
        return FALSE;
    d.output = g_bytes_new_from_bytes(body, (gsize)(output - bytes), n);
    *done = d;
    d = (n2_render_done){0};
    return TRUE;
}

n2_render_reason
n2_frame_read_fail(GBytes *body)
{
    gsize len = 0;
    const void *bytes = g_bytes_get_data(body, &len);
    n2_reader r = n2_reader_init(bytes, len);
    guint8 reason = n2_read_u8(&r);

    return n2_reader_finish(&r) == N2_OK && reason < N2_RENDER_ABSENT ? (n2_render_reason)reason
                                                                      : N2_RENDER_CRASHED;
}

void
n2_render_need_clear(n2_render_need *need)
{
    g_clear_pointer(&need->parts, g_ptr_array_unref);
    g_clear_pointer(&need->folders, g_ptr_array_unref);
}

void
n2_render_done_clear(n2_render_done *done)
{
    g_clear_pointer(&done->title, g_free);
    g_clear_pointer(&done->output, g_bytes_unref);
    g_clear_pointer(&done->links, g_ptr_array_unref);
}

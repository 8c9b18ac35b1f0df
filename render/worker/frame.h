/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * frame.h - what a program and its renderer say to each other.
 *
 * Layer:   render/worker (may include: base, render; GLib).
 * Threads: no shared state.
 *
 * A frame is the length of its body (4 bytes, big-endian), its kind (1 byte), its body:
 *
 *     program                     renderer
 *     PAGE  what to render   ->
 *                            <-   NEED  folders and parts that are not known yet
 *     SUPPLY  some of them   ->         (again, until nothing is needed or SUPPLY is the last)
 *                            <-   DONE  the result, or FAIL  why there is none
 *
 * The renderer has read hostile bytes, so a program trusts nothing that comes back: lengths
 * are compared with the limits below, texts are checked to be UTF-8.
 */
#pragma once

#include "base/reader.h"
#include "base/writer.h"
#include "render/page.h"
#include "render/text.h"

enum {
    N2_RENDER_CPU_S = 5,                   /* that one page may take; then FAIL TIME */
    N2_RENDER_WALL_US = 10 * 1000 * 1000,  /* that an answer may take; then it is killed */
    N2_RENDER_MEMORY_BYTES = 768 << 20,    /* of address space; then FAIL MEMORY */
    N2_RENDER_DESCRIPTORS = 8,             /* numbers below this */
    N2_RENDER_OUTPUT_BYTES_MAX = 96 << 20, /* of HTML or text; then FAIL SIZE */
    N2_RENDER_LINKS_MAX = 20000,           /* told with a page's text */
    N2_RENDER_FOLDERS_MAX = 16,            /* asked for, that links may be marked as missing */
    N2_RENDER_NAMES_MAX = 20000,           /* told of one folder */
    N2_RENDER_ROUNDS_MAX = N2_PAGE_INCLUDE_DEPTH_MAX + 2, /* of NEED and SUPPLY */
    N2_RENDER_HEAD_BYTES = 5,
    N2_RENDER_FRAME_BYTES_MAX = 128 << 20,
};

typedef enum {
    N2_FRAME_PAGE = 1,
    N2_FRAME_SUPPLY,
    N2_FRAME_NEED,
    N2_FRAME_DONE,
    N2_FRAME_FAIL,
} n2_frame_kind;

typedef enum {
    N2_RENDER_HTML = 1,
    N2_RENDER_TEXT,
} n2_render_form;

typedef enum {
    N2_RENDER_CRASHED, /* it ended without a word, or said nonsense */
    N2_RENDER_TIME,
    N2_RENDER_MEMORY,
    N2_RENDER_SIZE,
    N2_RENDER_ABSENT, /* the program is not there, or could not be started */
    N2_RENDER_REASONS
} n2_render_reason;

/** Body of PAGE.  Texts are "" if not known; see n2_page_context. */
typedef struct {
    n2_render_form form;
    guint columns;       /* of TEXT */
    n2_text_flags flags; /* of TEXT */
    const char *origin;
    const char *path;
    const char *name;
    n2_page_format format;
    const void *bytes;
    gsize len;
} n2_render_page;

/** A link as DONE tells it. */
typedef struct {
    n2_link_kind kind;
    gboolean is_missing;
    char *address;
} n2_render_link;

/** Body of DONE. */
typedef struct {
    char *title;
    GBytes *output;
    GPtrArray *links; /* n2_render_link; only of TEXT */
} n2_render_done;

/** Body of NEED: addresses of parts and paths of folders, char *. */
typedef struct {
    GPtrArray *parts;
    GPtrArray *folders;
} n2_render_need;

/** The bytes from the network that belong to PAGE. */
GBytes *n2_frame_page(const n2_render_page *page);

/**
 * A SUPPLY frame that grows.
 *
 * n2_supplies_part(): @bytes NULL says that it can't be had.
 * n2_supplies_folder(): @names NULL says that nobody knows; an empty set, that it is not there.
 */
typedef struct {
    n2_writer parts;
    n2_writer folders;
    guint32 n_parts;
    guint32 n_folders;
} n2_supplies;

n2_supplies n2_supplies_init(void);
void
n2_supplies_part(n2_supplies *s, const char *address, n2_page_format format, GBytes *bytes);
void n2_supplies_folder(n2_supplies *s, const char *path, GHashTable *names);

/** Ends @s.  @is_last: no more will come, so the renderer shall do with what it has. */
GBytes *n2_supplies_end(n2_supplies *s, gboolean is_last);

/** Zero-terminated copy of a text of the frame, "" after a failure (transfer full). */
char *n2_frame_read_text(n2_reader *r);
void n2_frame_write_text(n2_writer *w, const char *text);
void n2_frame_write_blob(n2_writer *w, const void *bytes, gsize len);

/** Puts head and body together and ends @w (transfer full); NULL if it got too long. */
GBytes *n2_frame_take(n2_frame_kind kind, n2_writer *w);

/** What a renderer answered.  Returns: FALSE if it is malformed; then nothing is set. */
gboolean n2_frame_read_need(GBytes *body, n2_render_need *need);
gboolean n2_frame_read_done(GBytes *body, n2_render_done *done);
n2_render_reason n2_frame_read_fail(GBytes *body);

void n2_render_need_clear(n2_render_need *need);
void n2_render_done_clear(n2_render_done *done);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(n2_render_need, n2_render_need_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(n2_render_done, n2_render_done_clear)

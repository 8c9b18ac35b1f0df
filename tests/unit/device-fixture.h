/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * device-fixture.h - two nodes that hand statements to each other, and may be two machines of
 * one person.
 */
#pragma once

#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "two-nodes.h"

typedef struct {
    two_nodes *w;
    char id[NODES][N2_ID_TEXT_BYTES];
} world;

static inline void
set_up(world *t, gconstpointer data)
{
    (void)data;
    t->w = two_nodes_new(1);
    for (int i = 0; i < NODES; i++)
        n2_id_format(t->id[i], N2_ID_IDENTITY, &t->w->node[i].id);
}

static inline void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_free(t->w);
}

/* ---- small things ---- */

static inline n2_notice
done(world *t, int i, n2_request request, n2_err want)
{
    n2_notice notice = two_nodes_do(t->w, i, &request);

    if (notice.err != want)
        g_test_message("%s: %s", n2_err_name(notice.err), notice.why);
    g_assert_cmpstr(n2_err_name(notice.err), ==, n2_err_name(want));
    g_assert_true(!want || (notice.why && *notice.why));
    return notice;
}

static inline void
fails(world *t, int i, n2_request request, n2_err want)
{
    n2_notice notice = done(t, i, request, want);

    n2_notice_clear(&notice);
}

/* A cell of the only row of a job that succeeds (transfer full). */
static inline char *
said(world *t, int i, n2_request request, const char *cell)
{
    n2_notice notice = done(t, i, request, N2_OK);
    const n2_cell *c = n2_table_get(notice.table, 0, cell);
    char *text = c ? g_strdup(c->text) : NULL;

    n2_notice_clear(&notice);
    return text;
}

static inline char *
exported(world *t, int i, const char *who)
{
    return said(t, i, (n2_request){.kind = N2_JOB_ID_EXPORT, .address = who}, "text");
}

static inline n2_request
to_import(const char *text)
{
    return (n2_request){
        .kind = N2_JOB_ID_IMPORT, .bytes = (const guint8 *)text, .n_bytes = strlen(text)};
}

#define assert_imported(t, i, text, want)                                                      \
    G_STMT_START                                                                               \
    {                                                                                          \
        g_autofree char *what_ = said(t, i, to_import(text), "what");                          \
        g_assert_cmpstr(what_, ==, want);                                                      \
    }                                                                                          \
    G_STMT_END

static inline gint64
keys_of(world *t, int i, const char *who)
{
    n2_notice notice = done(t, i, (n2_request){.kind = N2_JOB_ID_SHOW, .address = who}, N2_OK);
    gint64 n = (gint64)n2_table_get(notice.table, 0, "keys")->table->n_rows;

    n2_notice_clear(&notice);
    return n;
}

static inline gboolean
is_here(world *t, int i, const char *who)
{
    n2_notice notice = done(t, i, (n2_request){.kind = N2_JOB_ID_SHOW, .address = who}, N2_OK);
    gboolean is = n2_table_get(notice.table, 0, "here")->integer != 0;

    n2_notice_clear(&notice);
    return is;
}

/* The account of node @i at @site, by the vault of @who. */
static inline n2_key
account_of(world *t, int i, const n2_id *who, const n2_id *site)
{
    g_autofree n2_keys_answer *a = g_new0(n2_keys_answer, 1);
    guint8 room[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_box box;
    n2_field f;

    two_nodes_keys(t->w, i,
                   &(n2_keys_request){.kind = N2_KEYS_ACCOUNT, .who = *who, .site = *site},
                   NULL, a, room);
    g_assert_cmpint(a->err, ==, N2_OK);
    g_assert_cmpint(
        n2_box_check(&box, a->statement.bytes, a->statement.len, N2_KIND_SIGNED, NULL), ==,
        N2_OK);
    g_assert_true(n2_box_find(&box, 1, &f));
    n2_box body = n2_box_of_field(&f);
    return n2_box_key(&body, 3);
}

/* Sites know both machines as the same one. */
static inline void
assert_same_account(world *t)
{
    const n2_id who = t->w->node[1].id, site = t->w->node[0].id;
    n2_key a = account_of(t, 0, &who, &site), b = account_of(t, 1, &who, &site);

    g_assert_true(n2_key_equal(&a, &b));
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * query-fixture.h - a small site in a store, and questions about it.
 */
#pragma once

#include <string.h>

#include "crypto/access.h"
#include "crypto/directory.h"
#include "store-fixture.h"
#include "store/query.h"

#define NOW_US (INT64_C(1795464000) * 1000000) /* 2026-11-23 20:00 UTC */
#define DAY_US (INT64_C(86400) * 1000000)

typedef struct {
    const char *path, *text;  /* a file */
    const char *name, *value; /* (nullable) one attribute; a number is one */
    gint64 number;
    int days; /* changed so long ago; -1: unknown */
} item;

G_GNUC_UNUSED static const item garden[] = {
    {"index.md", "# My garden\n\nSee [the pond](pond.md).\n", NULL, NULL, 0, 1},
    {"pond.md", "# The pond\n\nFrogs *live* here, and **newts**.\n", NULL, NULL, 0, 10},
    {"music/one.ogg", "oggoggoggogg", "artist", "Am\xc3\xb6n D\xc3\xbc\xc3\xbcl", 0, 100},
    {"music/two.ogg", "ogg", "artist", "Can", 0, 400},
    {"music/new/three.ogg", "oggogg", "year", NULL, 1972, 2},
    {"letters/invoice.txt", "Dear Sir or Madam, pay at once.", "subject", "Re: the invoice", 0,
     -1},
};

static inline n2_attr
attr_of(const char *name, guint8 type, const void *value, gsize len)
{
    return (n2_attr){.name = (const guint8 *)name,
                     .name_len = (guint8)strlen(name),
                     .type = type,
                     .value = value,
                     .len = (guint16)len};
}

static inline void
big_endian(guint8 out[8], gint64 value)
{
    guint64 be = GUINT64_TO_BE((guint64)value);

    memcpy(out, &be, 8);
}

static inline void
publish_as(fixture *f, const item *items, gsize n, n2_owner_kind kind, const char *slot)
{
    n2_batch *batch = NULL;
    n2_tree_maker *maker = NULL;
    n2_ref root;
    gint64 owner;

    assert_ok(n2_store_owner(f->store, kind, "k1-me", 0, &owner));
    assert_ok(n2_batch_new(&batch, f->store, N2_REALM_PUBLIC));
    assert_ok(n2_tree_maker_new(&maker, n2_batch_put_directory, batch, NULL));
    for (gsize i = 0; i < n; i++) {
        guint8 number[8], changed[8];
        n2_attr attrs[2];
        gsize n_attrs = 0;
        n2_ref ref;

        assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, items[i].text, strlen(items[i].text),
                               N2_CONTENT_PLAIN, &ref));
        big_endian(number, items[i].number);
        big_endian(changed, NOW_US - items[i].days * DAY_US);
        if (items[i].name && items[i].value)
            attrs[n_attrs++] =
                attr_of(items[i].name, N2_TYPE_TEXT, items[i].value, strlen(items[i].value));
        else if (items[i].name)
            attrs[n_attrs++] = attr_of(items[i].name, N2_TYPE_INT, number, 8);
        if (items[i].days >= 0)
            attrs[n_attrs++] = attr_of(N2_ATTR_MODIFIED, N2_TYPE_TIME, changed, 8);
        assert_ok(n2_tree_maker_add(maker, items[i].path, strlen(items[i].path), N2_ENTRY_FILE,
                                    &ref, attrs, n_attrs));
    }
    assert_ok(n2_tree_maker_finish(maker, &root));
    n2_tree_maker_free(maker);
    assert_ok(
        n2_batch_commit(batch, &(n2_batch_end){.owner = owner, .slot = slot, .root = root.id}));
    n2_batch_free(batch);
}

static inline guint
tend(fixture *f)
{
    bool more = true;
    guint n = 0;

    for (; more; n++) {
        assert_ok(n2_store_tend(f->store, &more));
        g_assert_cmpuint(n, <, 100000);
    }
    return n;
}

typedef struct {
    GString *paths;
    GString *texts;
    gsize stops_at, n;
} answer;

static inline bool
hit_cb(void *user, const n2_store_hit *hit)
{
    answer *a = user;

    g_string_append_printf(a->paths, "%s%s", a->n ? " " : "", hit->path);
    if (hit->text)
        g_string_append_printf(a->texts, "%s|", hit->text);
    return ++a->n != a->stops_at;
}

static inline n2_err
query(fixture *f, n2_store_search *s, const char *text, char **paths, n2_store_found *found)
{
    answer a = {.paths = g_string_new(NULL), .texts = g_string_new(NULL)};

    s->text = text;
    s->len = strlen(text);
    s->wall_us = NOW_US;
    s->max = s->max ? s->max : 100;
    n2_err err = n2_store_query(f->store, s, hit_cb, &a, found);
    *paths = g_string_free(a.paths, FALSE);
    g_string_free(a.texts, TRUE);
    return err;
}

static inline void
assert_finds(fixture *f, const char *text, const char *want)
{
    n2_store_search s = {.is_own = true};
    n2_store_found found;
    g_autofree char *paths = NULL;

    g_test_message("%s", text);
    assert_ok(query(f, &s, text, &paths, &found));
    g_assert_cmpstr(paths, ==, want);
    g_assert_false(found.is_part);
    g_assert_false(found.has_more);
}

static inline void
garden_init(fixture *f)
{
    fixture_init(f, FALSE);
    publish_as(f, garden, G_N_ELEMENTS(garden), N2_OWNER_TREE, "main/1");
    tend(f);
}

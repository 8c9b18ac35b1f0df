/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * merge-world.h - heads and trees in memory, for tests of what becomes of several.
 */
#pragma once

#include <glib.h>

#include "share/merge.h"

#define MERGE_DAY_US (INT64_C(86400) * 1000000)
#define MERGE_NOON_US (INT64_C(1795435200) * 1000000) /* 2026-11-23 12:00 */

/* Heads and folders by their hash. */
typedef struct {
    GHashTable *contents, *heads;
} MergeWorld;

MergeWorld *merge_world_new(void);
void merge_world_free(MergeWorld *w);
n2_merge_io merge_io(MergeWorld *w);

char *merge_key(const uint8_t *hash); /* (transfer full): of both tables */
n2_ref merge_ref(const char *text);
n2_err merge_put(void *user, const uint8_t *bytes, size_t len, n2_ref *ref);

/* The head as it is once its body is written, known in @w. */
n2_head merge_seal(MergeWorld *w, const n2_head *head);
n2_head merge_make_head(MergeWorld *w,
                        const n2_ref *root,
                        const n2_head *const *parents,
                        size_t n,
                        guint day,
                        const char *device);

/* A tree from words: "a/b=content@rule:attribute=value", a rule being "public", "nobody" or the
 * name of a list.  Sorted as a walk of the tree is; a folder that has something of its own
 * comes before what is in it, as "a/". */
n2_ref merge_plant(MergeWorld *w, const char *words);
/* (transfer full): the words of a tree, with each of its folders. */
char *merge_words(MergeWorld *w, const n2_ref *root);

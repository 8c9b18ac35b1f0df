/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-visit.c - what a visit to another's tree asks for behind the head, all in one go.
 */
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"

/* The path as holders follow it: names with one '/' between them, and the first index page of a
 * folder that is asked for as a page.  NULL: no memory. */
static char *
path_of(const job *j)
{
    const walk *w = j->walk;
    bool wants_index =
        j->kind == N2_JOB_OPEN && !j->no_index && (!*w->rest || w->address.is_folder);
    char *path = malloc(strlen(w->rest) + sizeof "/index.md");
    char *to = path;

    if (!path)
        return NULL;
    for (const char *from = w->rest; *from;) {
        size_t len = strcspn(from, "/");

        if (len && to > path)
            *to++ = '/';
        memcpy(to, from, len);
        to += len;
        from += len + (from[len] == '/');
    }
    *to = 0;
    if (wants_index)
        memcpy(to, to > path ? "/index.md" : "index.md", to > path ? 10 : 9);
    return path;
}

/* What is at the end of @path in the newest tree that is known here: whole, in part, or not. */
static n2_object_state
state_here(n2_control *c, const n2_id *who, const char *path)
{
    n2_object found = {.state = N2_OBJECT_ABSENT};
    n2_head head;

    if (n2_store_head_get(c->config.store, who, N2_BRANCH_MAIN, &head, NULL, NULL))
        return N2_OBJECT_ABSENT;
    n2_ref at = head.root;
    while (!n2_store_find(c->config.store, &at.id, &found) && found.state == N2_OBJECT_WHOLE &&
           *path) {
        size_t len = strcspn(path, "/");
        n2_view view = {0};
        n2_directory dir;
        n2_entry entry;
        n2_err err = n2_store_map_checked(c->config.store, &at.id, &view);

        if (!err)
            err = n2_directory_check(&dir, view.bytes, view.len, c->config.unicode);
        if (!err)
            err = n2_directory_find(&dir, path, len, &entry);
        n2_store_unmap(c->config.store, &view);
        if (err)
            return N2_OBJECT_ABSENT;
        at = entry.ref;
        path += len + (path[len] == '/');
    }
    return found.state == N2_OBJECT_WHOLE && *path ? N2_OBJECT_ABSENT : found.state;
}

n2_err
n2_visit_begin(n2_control *c, job *j)
{
    const walk *w = j->walk;
    char *path = path_of(j);
    n2_object_state here =
        path && !w->address.version ? state_here(c, &w->who, path) : N2_OBJECT_WHOLE;
    /* What a cache is asked for is not asked of the author, too. */
    bool wants_bytes = !n2_id_is_set(&c->config.cache) && j->kind == N2_JOB_OPEN &&
                       !j->no_content && here == N2_OBJECT_ABSENT;
    n2_err err =
        n2_fetch_head(c->fetch, &w->who, here == N2_OBJECT_WHOLE ? NULL : path,
                      wants_bytes ? N2_FETCH_AHEAD_GROUPS : 0, c->now_us, &j->transfer);

    free(path);
    return err;
}

bool
n2_open_was(const n2_control *c, const n2_id *who, n2_id *was)
{
    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        const walk *w = c->jobs[i] ? c->jobs[i]->walk : NULL;

        if (w && n2_id_equal(&w->who, who) && n2_id_is_set(&w->was)) {
            *was = w->was;
            return true;
        }
    }
    return false;
}

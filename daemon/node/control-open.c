/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-open.c - from an address to what it leads to: head, folders on the way, the end.
 *
 *     address --> whose tree --head--> root --folder--> ... --> what it leads to
 *     --> its content (control-reading.c), or an answer of its own: a list, attributes
 *
 * Each folder is a content like any other: fetched once, verified, kept, then read from the
 * store.
 */
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"
#include "node/control-statement.h"

static const char *const index_names[] = {"index.md", "README.md"};

void
n2_walk_free(n2_control *c, walk *w)
{
    if (!w)
        return;
    if (w->has_content)
        n2_checked_close(c->config.store, &w->content);
    if (w->sink.has)
        n2_fetch_drop_sink(c->fetch, &w->sink);
    free(w->sink.has);
    free(w->trust);
    n2_table_free(w->attributes);
    free(w);
}

/* ---- failing ---- */

static bool
is_out_of_reach(n2_err err)
{
    return err == N2_ERR_UNREACHABLE || err == N2_ERR_TIMEOUT || err == N2_ERR_CLOSED;
}

/* May somebody else have what did not come? */
static bool
may_be_elsewhere(n2_err err)
{
    return is_out_of_reach(err) || err == N2_ERR_NOWAY || err == N2_ERR_NOTFOUND;
}

static bool
is_own_tree(const n2_control *c, const walk *w)
{
    return w && w->has_who && n2_keys_own(c, &w->who);
}

/* Where the way broke is said too, if there is a way to be asked. */
void
n2_open_failed(n2_control *c, job *j, n2_err err)
{
    const walk *w = j->walk;

    if (may_be_elsewhere(err) && n2_dhts_holders(c, j, err))
        return;
    if (is_out_of_reach(err) && w && w->n_holders)
        n2_trace_begin(c, j, &w->holders[0], err);
    else if (err == N2_ERR_CORRUPT && is_own_tree(c, w))
        n2_job_failed_words(c, j, err, n2_words_lost_why, n2_words_lost_next);
    else if (err == N2_ERR_NOTFOUND && w && w->reach & N2_CONTENT_CLOSED)
        n2_site_failed(c, j);
    else
        n2_job_failed(c, j, err);
}

/* ---- one step down ---- */

static bool
matches(const char *rest, size_t *len)
{
    *len = strcspn(rest, "/");
    return *len > 0;
}

/* @entry is where we are now. */
static void
go_to(n2_control *c, walk *w, const n2_entry *entry)
{
    n2_ref list;
    n2_access access = n2_access_of(entry, &list);
    size_t len = entry->name_len < sizeof w->name ? entry->name_len : sizeof w->name - 1;

    memcpy(w->name, entry->name, len);
    w->name[len] = 0;
    w->ref = entry->ref;
    w->type = entry->type;
    n2_table_free(w->attributes);
    w->attributes = n2_info_attributes(c, entry);
    if (access != N2_ACCESS_AS_ABOVE)
        w->reach = access == N2_ACCESS_PUBLIC ? 0 : N2_CONTENT_CLOSED;
}

static n2_err
map_folder(n2_control *c, const walk *w, n2_view *view, n2_directory *dir)
{
    n2_err err = n2_store_map_checked(c->config.store, &w->ref.id, view);

    if (!err)
        err = n2_directory_check(dir, view->bytes, view->len, c->config.unicode);
    if (err)
        n2_store_unmap(c->config.store, view);
    return err;
}

static n2_err
step_down(n2_control *c, walk *w)
{
    n2_view view = {0};
    n2_directory dir;
    n2_entry entry;
    size_t len;
    n2_err err = map_folder(c, w, &view, &dir);

    if (err)
        return err;
    if (!matches(w->rest, &len))
        err = N2_ERR_FORMAT;
    else
        err = n2_directory_find(&dir, w->rest, len, &entry);
    if (!err && entry.type == N2_ENTRY_LINK)
        err = N2_ERR_UNSUPPORTED;
    if (!err) {
        go_to(c, w, &entry);
        w->rest += len;
        w->rest += *w->rest == '/';
    }
    n2_store_unmap(c->config.store, &view);
    return err;
}

/* A folder that was asked for as a page: takes its index, if it has one. */
static n2_err
take_index(n2_control *c, walk *w)
{
    n2_view view = {0};
    n2_directory dir;
    n2_entry entry;
    n2_err err = map_folder(c, w, &view, &dir);

    for (size_t i = 0; !err && i < sizeof index_names / sizeof index_names[0]; i++) {
        const char *name = index_names[i];

        if (n2_directory_find(&dir, name, strlen(name), &entry) || entry.type != N2_ENTRY_FILE)
            continue;
        go_to(c, w, &entry);
        memcpy(w->index, w->name, sizeof w->index);
        break;
    }
    n2_store_unmap(c->config.store, &view);
    return err;
}

/* ---- fetching ---- */

n2_err
n2_open_fetch(n2_control *c, job *j, unsigned content, awaited awaits)
{
    walk *w = j->walk;
    if (n2_cache_is_asked(c, w))
        return n2_cache_fetch(c, j, content, awaits);
    /* Who is asked for what is closed learns that it is there: none but its author is. */
    bool is_closed = w->has_who && w->reach & N2_CONTENT_CLOSED;
    const n2_id *holders = is_closed ? &w->who : w->holders;

    if (w->offline && !n2_crowd_is_recent(c, &w->who) && n2_dhts_holders(c, j, w->offline))
        return N2_OK; /* neither its author nor who has read it can be asked */
    n2_err err = w->n_holders
                     ? n2_fetch_content(c->fetch, &w->ref, content | w->reach, holders,
                                        is_closed ? 1 : w->n_holders, c->now_us, &j->transfer)
                     : N2_ERR_NOTFOUND;

    /* All of an own tree was here when it was published. */
    if (err == N2_ERR_NOTFOUND && is_own_tree(c, w))
        err = N2_ERR_CORRUPT;
    if (!err)
        j->awaits = awaits;
    return err;
}

/* Is it whole here?  Learns its size. */
n2_err
n2_open_look(n2_control *c, walk *w, bool *is_here)
{
    n2_object found;
    n2_err err = n2_store_find(c->config.store, &w->ref.id, &found);

    *is_here = !err && found.state == N2_OBJECT_WHOLE;
    if (*is_here)
        w->ref.size = found.ref.size;
    return err;
}

/* ---- the answer of those that want no content ---- */

static void
answer_list(n2_control *c, job *j)
{
    n2_view view = {0};
    n2_directory dir;
    n2_err err = map_folder(c, j->walk, &view, &dir);

    if (err) {
        n2_open_failed(c, j, err);
        return;
    }
    n2_table *t = n2_info_row(c, j);

    n2_table_take(t, "entries", n2_info_entries(c, &dir));
    n2_store_unmap(c->config.store, &view);
    n2_job_done(c, j, t);
}

/* The row of one attribute becomes the answer. */
static n2_table *
one_row(n2_table *from, size_t row)
{
    n2_table *t = n2_table_new();

    if (t) {
        n2_row wanted = from->rows[row];

        from->rows[row] = from->rows[--from->n_rows];
        t->rows = malloc(sizeof *t->rows);
        if (t->rows) {
            t->rows[0] = wanted;
            t->n_rows = t->room = 1;
        } else {
            from->rows[from->n_rows++] = wanted;
            t->err = N2_ERR_NOMEM;
        }
    }
    return t;
}

static void
answer_attr(n2_control *c, job *j)
{
    n2_table *all = j->walk->attributes;

    if (j->kind == N2_JOB_ATTR_LIST) {
        j->walk->attributes = NULL;
        n2_job_done(c, j, all ? all : n2_table_new());
        return;
    }
    for (size_t i = 0; all && j->name && i < all->n_rows; i++) {
        const n2_cell *name = n2_table_get(all, i, "name");

        if (name && !strcmp(name->text, j->name)) {
            n2_job_done(c, j, one_row(all, i));
            return;
        }
    }
    n2_job_failed(c, j, j->name ? N2_ERR_NOTFOUND : N2_ERR_USAGE);
}

/* ---- the walk ---- */

/* What stands at the end of the path. */
static void
arrive(n2_control *c, job *j)
{
    walk *w = j->walk;

    if (w->type == N2_ENTRY_FILE && w->address.is_folder && w->name[0] && !w->index[0]) {
        n2_job_failed(c, j, N2_ERR_NOTFOUND); /* "a.md/" is no folder */
    } else if (n2_keep_is(j->kind)) {
        n2_keep_arrived(c, j);
    } else if (j->kind == N2_JOB_ATTR_GET || j->kind == N2_JOB_ATTR_LIST) {
        answer_attr(c, j);
    } else if (j->kind == N2_JOB_LIST && w->type != N2_ENTRY_DIR) {
        n2_job_failed(c, j, N2_ERR_NOTFOUND);
    } else if (j->kind == N2_JOB_LIST) {
        answer_list(c, j);
    } else if (w->type == N2_ENTRY_DIR && n2_folder_is(j)) {
        n2_folder_begin(c, j);
    } else if (w->type == N2_ENTRY_DIR) {
        n2_reading_tell(c, j);
        n2_job_done(c, j, NULL);
    } else {
        n2_reading_begin(c, j);
    }
}

static bool
needs_folder(const job *j)
{
    return *j->walk->rest || j->kind == N2_JOB_LIST || (j->kind == N2_JOB_OPEN && !j->no_index);
}

/* Goes down until something has to be fetched, or the end. */
static void
go_on(n2_control *c, job *j)
{
    walk *w = j->walk;

    j->awaits = AWAIT_NOTHING;
    while (w->type == N2_ENTRY_DIR && needs_folder(j)) {
        bool is_here = false;
        bool is_end = !*w->rest;
        n2_err err = n2_open_look(c, w, &is_here);

        if (!err && !is_here) {
            err = n2_open_fetch(c, j, N2_CONTENT_DIRECTORY, AWAIT_FOLDER);
            if (!err)
                return;
        }
        if (!err && !is_end)
            err = step_down(c, w);
        else if (!err && j->kind == N2_JOB_OPEN)
            err = take_index(c, w);
        if (err) {
            n2_open_failed(c, j, err);
            return;
        }
        if (is_end)
            break;
    }
    if (*w->rest)
        n2_job_failed(c, j, N2_ERR_NOTFOUND); /* a file where a folder should be */
    else
        arrive(c, j);
}

/* ---- whose it is ---- */

static void begin_identity(n2_control *c, job *j);

/* Keeps what is to be known of the one who has answered, as it was before that is written down.
 * Returns: N2_OK, or why there is no more to be read. */
static n2_err
judge(n2_control *c, walk *w)
{
    const char *name = *w->address.name ? w->address.name : NULL;
    const n2_trust *trust =
        n2_trust_of(c, N2_PURPOSE_READ, &w->who, name, n2_id_is_set(&w->was) ? &w->was : NULL);

    free(w->trust);
    w->trust = trust ? malloc(sizeof *w->trust) : NULL;
    if (!w->trust)
        return trust ? N2_ERR_NOMEM : N2_ERR_IO;
    *w->trust = *trust;
    n2_err stop = n2_trust_stops(trust);

    if (!stop && !w->offline)
        n2_trust_met(c, &w->who, name, trust);
    return stop;
}

/* Its sheet has named a successor: names follow, addresses do not. */
static bool
goes_on(n2_control *c, job *j)
{
    walk *w = j->walk;
    n2_id from = w->who;

    if (w->address.kind != N2_ADDRESS_NAME || w->n_followed == N2_PEOPLE_FOLLOWED_MAX ||
        !n2_people_follow(c, &w->who))
        return false;
    w->n_followed++;
    if (!n2_id_is_set(&w->was))
        w->was = from;
    return true;
}

static void
stopped(n2_control *c, job *j, n2_err err)
{
    n2_id next = j->walk->who;

    if (err == N2_ERR_ENDED && n2_people_follow(c, &next))
        n2_job_failed_words(c, j, err, n2_words_moved_why, n2_words_moved_next);
    else
        n2_job_failed(c, j, err);
}

/* Only INFO can say that the user is to be asked first. */
static bool
can_ask(const job *j)
{
    return j->kind == N2_JOB_OPEN || j->kind == N2_JOB_LIST;
}

/* The newest head that is known here leads to the tree. */
static void
use_head(n2_control *c, job *j)
{
    walk *w = j->walk;
    n2_head head;
    n2_err err = n2_store_head_get(c->config.store, &w->who, N2_BRANCH_MAIN, &head, NULL, NULL);
    n2_err stop = err || n2_keys_own(c, &w->who) ? N2_OK : judge(c, w);

    if (stop) {
        stopped(c, j, stop);
        return;
    }
    if (w->trust && w->trust->verdict == N2_VERDICT_ASK && !can_ask(j)) {
        n2_job_failed_words(c, j, N2_ERR_REFUSED, n2_words_asks_why, n2_words_asks_next);
        return;
    }
    if (err) {
        n2_open_failed(c, j, w->offline ? w->offline : err);
        return;
    }
    if (w->address.version && w->address.version != head.counter) {
        err = n2_version_find(c, &w->who, w->address.version, &head);
        if (err == N2_ERR_NOTFOUND && w->n_holders && !w->offline && !w->asked_heads) {
            w->asked_heads = true;
            err = n2_fetch_heads(c->fetch, &w->who, w->address.version + 1, c->now_us,
                                 &j->transfer);
            if (!err)
                j->awaits = AWAIT_HEAD;
            else
                n2_job_failed(c, j, err);
            return;
        }
        if (err) {
            n2_open_failed(c, j, w->offline ? w->offline : err);
            return;
        }
    }
    w->tree = head.root.id;
    w->ref = head.root;
    w->type = N2_ENTRY_DIR;
    w->counter = head.counter;
    w->made_us = head.made_us;
    w->reach = head.access.id.method ? N2_CONTENT_CLOSED : 0;
    if (head.access.id.method)
        w->attributes = n2_info_top(c, &head.access);
    go_on(c, j);
}

void
n2_open_unreached(n2_control *c, job *j)
{
    use_head(c, j);
}

/* ---- where it begins ---- */

static void
begin_identity(n2_control *c, job *j)
{
    walk *w = j->walk;

    w->has_who = true;
    if (n2_keys_own(c, &w->who)) {
        use_head(c, j);
        return;
    }
    if (goes_on(c, j) && n2_keys_own(c, &w->who)) {
        use_head(c, j);
        return;
    }
    w->holders[0] = w->who;
    w->n_holders = 1;
    if (n2_crowd_is_recent(c, &w->who)) {
        n2_crowd_unreached(c, j, N2_ERR_UNREACHABLE);
        return;
    }
    n2_err err = n2_visit_begin(c, j);

    if (err)
        n2_job_failed(c, j, err);
    else
        j->awaits = AWAIT_HEAD;
}

/* A bare hash says nothing about who has it: all whom we can reach are asked, peers first. */
static void
begin_content(n2_control *c, job *j)
{
    walk *w = j->walk;
    bool wants_folder = *w->rest || w->address.is_folder || j->kind == N2_JOB_LIST;
    n2_object found;
    n2_err err = n2_store_find(c->config.store, &w->address.id, &found);

    if (!err)
        err = n2_crowd_holders(c, w);
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    bool is_here = found.state == N2_OBJECT_WHOLE;

    w->ref = (n2_ref){.id = w->address.id, .size = is_here ? found.ref.size : N2_SIZE_UNKNOWN};
    w->reach = N2_CONTENT_ALONE;
    w->type = wants_folder || (is_here && found.is_directory) ? N2_ENTRY_DIR : N2_ENTRY_FILE;
    if (w->type == N2_ENTRY_DIR)
        w->tree = w->address.id;
    else
        w->tree = w->address.in;
    go_on(c, j);
}

void
n2_open_named(n2_control *c, job *j, const n2_id *who)
{
    j->walk->who = *who;
    begin_identity(c, j);
}

void
n2_open_again(n2_control *c, job *j)
{
    go_on(c, j);
}

void
n2_open_begin(n2_control *c, job *j)
{
    walk *w = j->walk = calloc(1, sizeof *w);
    n2_err err = w ? N2_OK : N2_ERR_NOMEM;

    if (!err)
        err = n2_job_address(c, j, &w->address);
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    w->rest = w->address.path;
    if (w->address.kind == N2_ADDRESS_CONTENT) {
        begin_content(c, j);
        return;
    }
    if (w->address.kind == N2_ADDRESS_IDENTITY)
        w->who = w->address.id;
    else if (j->flags & N2_REQUEST_LINKED)
        err = n2_name_may_open(N2_NAME_LINKED, w->address.name);
    if (!err && w->address.kind == N2_ADDRESS_NAME)
        err = n2_name_own(c, w->address.name, &w->who);
    if (err == N2_ERR_NOTFOUND && w->address.kind == N2_ADDRESS_NAME &&
        !n2_name_is_own(w->address.name))
        n2_names_open(c, j);
    else if (err)
        n2_job_failed(c, j, err);
    else
        begin_identity(c, j);
}

/* ---- what fetch tells ---- */

void
n2_open_event(n2_control *c, job *j, const n2_fetch_event *event)
{
    walk *w = j->walk;
    awaited was = j->awaits;

    if (event->kind == N2_FETCH_PROGRESS && j->awaits == AWAIT_GATHER)
        return;
    if (event->kind == N2_FETCH_PROGRESS) {
        n2_reading_progress(c, j, event);
        return;
    }
    j->transfer = 0;
    j->awaits = AWAIT_NOTHING;
    if (!event->err) {
        w->is_fetched = true;
        w->from = event->who;
    }
    if (was == AWAIT_GATHER) {
        if (n2_folder_is(j))
            n2_folder_event(c, j, event);
        else
            n2_keep_event(c, j, event);
        return;
    }
    if (was == AWAIT_HEAD && event->err &&
        (is_out_of_reach(event->err) || event->err == N2_ERR_NOWAY)) {
        n2_crowd_unreached(c, j, event->err);
    } else if (was == AWAIT_HEAD && event->err == N2_ERR_ENDED && goes_on(c, j)) {
        begin_identity(c, j);
    } else if (was == AWAIT_HEAD && event->err == N2_ERR_ENDED) {
        stopped(c, j, event->err);
    } else if (event->err && n2_cache_failed(c, j, was)) {
        return;
    } else if (event->err == N2_ERR_NOTFOUND && n2_site_begin(c, j)) {
        return; /* it may be here for who says who he is */
    } else if (event->err) {
        n2_open_failed(c, j, event->err);
    } else if (was == AWAIT_HEAD) {
        use_head(c, j);
    } else if (was == AWAIT_FOLDER) {
        go_on(c, j);
    } else if (was == AWAIT_FILE) {
        w->ref = event->ref;
        n2_reading_whole(c, j);
    }
}

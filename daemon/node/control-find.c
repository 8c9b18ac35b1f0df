/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-find.c - jobs that find what is published or pinned here, and those that wait until
 *                  the answer is another one.
 *
 * A watch is a job that ends when its answer changes: the asker gives the `state` of the answer
 * that he has, and asks again with that of the new one.  So nothing is registered that could be
 * left behind: the job goes with its client.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "crypto/directory.h"
#include "node/control-private.h"
#include "store/query.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

enum {
    ANSWERS = 100, /* if nobody says how many */
    STATE_BYTES = 17,
    TEXT_BYTES_MAX = 4096 /* of what is shown of a page */
};

/* What a job waits for: `state` of j->state. */
typedef struct {
    uint64_t changes; /* of the index, at the last look */
    uint64_t again_us;
} watch;

typedef struct {
    n2_control *c;
    n2_table *rows;
    uint64_t sum; /* of all that was told; FNV-1a */
    uint64_t until_us;
    n2_address *address; /* (owned) */
    char uri[N2_ADDRESS_TEXT_BYTES_MAX * 6];
} finding;

static bool
late_cb(void *user)
{
    const finding *f = user;

    return f->c->config.clock(f->c->config.clock_user) >= f->until_us;
}

static void
sum_up(finding *f, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;

    for (size_t i = 0; i < len; i++)
        f->sum = (f->sum ^ at[i]) * UINT64_C(0x100000001b3);
}

static const char *
kind_word(uint8_t kind)
{
    return kind == N2_ENTRY_DIR ? "directory" : kind == N2_ENTRY_LINK ? "link" : "file";
}

/* By whom it is published, or by the hash of what is pinned. */
static void
put_address(finding *f, const n2_store_hit *hit)
{
    n2_address *a = f->address;
    const char *who = hit->top_owner;

    memset(a, 0, sizeof *a);
    a->kind = N2_ADDRESS_CONTENT;
    a->id = hit->top.id;
    if (hit->top_kind == N2_OWNER_TREE &&
        !n2_id_parse(&a->id, N2_ID_IDENTITY, who, strlen(who)))
        a->kind = N2_ADDRESS_IDENTITY;
    if (strlen(hit->path) >= sizeof a->path)
        return; /* too long for an address: it has its path and hash */
    memcpy(a->path, hit->path, strlen(hit->path) + 1);
    a->is_folder = hit->kind == N2_ENTRY_DIR;
    if (!n2_address_format(f->uri, sizeof f->uri, a, N2_ADDRESS_URI))
        n2_table_text(f->rows, "address", f->uri);
}

/* The text without the marks, and where they were, in characters. */
static void
put_text(n2_table *rows, const char *marked)
{
    char text[TEXT_BYTES_MAX];
    size_t n = 0;
    int64_t at = 0, from = -1;
    n2_table *marks = n2_table_new();

    for (const char *c = marked; *c && n + 1 < sizeof text; c++) {
        if (*c == '\2') {
            from = at;
        } else if (*c == '\3') {
            n2_table_row(marks);
            n2_table_int(marks, "from", from);
            n2_table_int(marks, "until", at);
        } else {
            text[n++] = *c;
            at += ((uint8_t)*c & 0xc0) != 0x80;
        }
    }
    while (n && !n2_utf8_is_valid(text, n)) /* it was cut within a character */
        n--;
    text[n] = '\0';
    n2_table_text(rows, "text", text);
    n2_table_take(rows, "marks", marks);
}

static bool
hit_cb(void *user, const n2_store_hit *hit)
{
    finding *f = user;
    n2_table *t = f->rows;
    bool is_tree = hit->top_kind == N2_OWNER_TREE;

    sum_up(f, hit->path, strlen(hit->path) + 1);
    sum_up(f, hit->top_owner, strlen(hit->top_owner) + 1);
    sum_up(f, hit->ref.id.hash, sizeof hit->ref.id.hash);
    if (hit->text)
        sum_up(f, hit->text, strlen(hit->text) + 1);
    n2_table_row(t);
    put_address(f, hit);
    n2_table_text(t, "name", hit->name);
    if (hit->title)
        n2_table_text(t, "title", hit->title);
    n2_table_text(t, "kind", kind_word(hit->kind));
    n2_table_text(t, "type", hit->type);
    if (hit->kind == N2_ENTRY_FILE)
        n2_table_int(t, "size", (int64_t)hit->size);
    if (hit->has_changed)
        n2_table_int(t, "changed", hit->changed_us);
    n2_table_text(t, "path", hit->path);
    n2_table_id(t, "hash", N2_ID_CONTENT, &hit->ref.id);
    n2_table_id(t, "tree", N2_ID_CONTENT, &hit->top.id);
    n2_table_text(t, "by", is_tree ? hit->top_owner : "");
    n2_table_bool(t, "here", hit->state == N2_OBJECT_WHOLE);
    if (hit->text)
        put_text(t, hit->text);
    return true;
}

static void
failed(n2_control *c, job *j, n2_err err, size_t at)
{
    free(j->address); /* what could not be read: the rest of it */
    j->address = strdup(j->value + at);
    if (err == N2_ERR_FORMAT)
        n2_job_failed_words(c, j, err, N_("the query makes no sense from here on"),
                            N_("See 'net2o find --help' for what a query may be."));
    else if (err == N2_ERR_LIMIT)
        n2_job_failed_words(
            c, j, err, N_("the query is longer or deeper than one may be"),
            N_("Use at most 64 terms, 16 parentheses in each other, and 4096 bytes."));
    else
        n2_job_failed(c, j, err);
}

/* *@state: N2 of the answer, STATE_BYTES.  @f: its rows are the answer's. */
static n2_err
look(n2_control *c, const job *j, finding *f, n2_store_found *found, char *state)
{
    n2_store_search search = {.text = j->value,
                              .len = strlen(j->value),
                              .is_own = true,
                              .wall_us = c->wall_us,
                              .skip = (size_t)j->number,
                              .max = j->port ? j->port : ANSWERS,
                              .user = f};

    f->c = c;
    f->sum = UINT64_C(0xcbf29ce484222325);
    if (c->config.clock) {
        f->until_us = c->config.clock(c->config.clock_user) + N2_FIND_US;
        search.is_late = late_cb;
    }
    n2_err err = n2_store_query(c->config.store, &search, hit_cb, f, found);
    sum_up(f, &found->has_more, 1);
    (void)snprintf(state, STATE_BYTES, "%016" PRIx64, f->sum);
    return err;
}

static void
done(n2_control *c, job *j, finding *f, const n2_store_found *found, const char *state)
{
    n2_table *t = n2_job_row();

    n2_table_bool(t, "more", found->has_more);
    n2_table_bool(t, "part", found->is_part);
    n2_table_bool(t, "behind", found->is_behind);
    n2_table_text(t, "state", state);
    n2_table_take(t, "entries", f->rows);
    f->rows = NULL;
    n2_job_done(c, j, t);
}

static size_t
n_watches(const n2_control *c)
{
    size_t n = 0;

    for (size_t i = 0; i < N2_JOBS_MAX; i++)
        n += c->jobs[i] && c->jobs[i]->kind == N2_JOB_FIND && c->jobs[i]->state;
    return n;
}

/* Waits on, unless the answer is another one. */
static void
run(n2_control *c, job *j)
{
    finding *f = calloc(1, sizeof *f);
    watch *w = j->state;
    n2_store_found found = {0};
    char state[STATE_BYTES];
    n2_err err = f ? N2_OK : N2_ERR_NOMEM;

    if (f) {
        f->rows = n2_table_new();
        f->address = malloc(sizeof *f->address);
        err = f->rows && f->address ? look(c, j, f, &found, state) : N2_ERR_NOMEM;
    }
    if (!err && j->name && !strcmp(j->name, state)) {
        if (!w)
            j->state = w = n_watches(c) < N2_FIND_WATCHES_MAX ? calloc(1, sizeof *w) : NULL;
        if (w) {
            w->changes = n2_store_index_changes(c->config.store);
            w->again_us = c->now_us + N2_MINUTE_US; /* ages pass by themselves */
        } else {
            n2_job_failed_words(c, j, N2_ERR_LIMIT, N_("too many queries are waited for"),
                                N_("End one of them."));
        }
    } else if (err) {
        failed(c, j, err, found.wrong_at);
    } else {
        done(c, j, f, &found, state);
    }
    if (f) {
        n2_table_free(f->rows);
        free(f->address);
    }
    free(f);
}

void
n2_find_job(n2_control *c, job *j)
{
    if (!j->value || j->number < 0 || j->number > N2_FIND_SKIPPED_MAX ||
        j->port > N2_FIND_ANSWERS_MAX) {
        n2_job_failed(c, j, N2_ERR_USAGE);
        return;
    }
    run(c, j);
}

/* Those that wait look again when what can be found has changed and all is looked through. */
void
n2_find_expire(n2_control *c)
{
    uint64_t changes = n2_store_index_changes(c->config.store);

    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        job *j = c->jobs[i];
        const watch *w = j && j->kind == N2_JOB_FIND ? j->state : NULL;

        if (w && (w->changes != changes || w->again_us <= c->now_us))
            run(c, j);
    }
}

uint64_t
n2_find_deadline(const n2_control *c)
{
    uint64_t at = UINT64_MAX;

    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        const job *j = c->jobs[i];
        const watch *w = j && j->kind == N2_JOB_FIND ? j->state : NULL;

        if (w && w->again_us < at)
            at = w->again_us;
    }
    return at;
}

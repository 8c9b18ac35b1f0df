/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * known.c - contacts, own names, history and vouches gathered from the store.
 */
#include "name/known.h"

#include <stdlib.h>
#include <string.h>

#include "store/book.h"

typedef struct {
    n2_known *known;
    const n2_id *subject;
    const char *name; /* "" by address */
    n2_known_holds holds;
    void *user;
    n2_err err;
} loading;

/* Room for one more in an array; NULL without memory. */
static void *
grow(void *array, size_t n, size_t *room, size_t each)
{
    enum {
        FIRST_ROOM = 16
    };
    size_t more = *room ? 2 * *room : FIRST_ROOM;

    if (n < *room)
        return array;
    void *bigger = realloc(array, more * each);
    if (bigger)
        *room = more;
    return bigger;
}

/* A copy that lives as long as @known; NULL without memory. */
static const char *
keep_text(n2_known *known, const char *text)
{
    char **texts = grow(known->texts, known->n_texts, &known->texts_room, sizeof *texts);
    size_t bytes = strlen(text) + 1;

    if (!texts)
        return NULL;
    known->texts = texts;
    char *copy = malloc(bytes);
    if (!copy)
        return NULL;
    memcpy(copy, text, bytes);
    texts[known->n_texts++] = copy;
    return copy;
}

n2_err
n2_known_add_vouch(n2_known *known, const n2_vouch *vouch)
{
    n2_vouch *all =
        grow(known->evidence, known->n_evidence, &known->evidence_room, sizeof *all);

    if (!all)
        return N2_ERR_NOMEM;
    known->evidence = all;
    all[known->n_evidence++] = *vouch;
    return N2_OK;
}

n2_err
n2_known_add_name(n2_known *known, const char *name, const n2_id *who)
{
    const n2_id nobody = {0};
    n2_known_name *all = grow(known->names, known->n_names, &known->names_room, sizeof *all);
    const char *copy = all ? keep_text(known, name) : NULL;

    if (all)
        known->names = all;
    if (!copy)
        return N2_ERR_NOMEM;
    all[known->n_names++] = (n2_known_name){.name = copy, .who = who ? *who : nobody};
    return N2_OK;
}

/* ---- marks: ascending, as the store lists them ---- */

static int
compare_ids(const n2_id *a, const n2_id *b)
{
    return a->method != b->method ? (a->method < b->method ? -1 : 1)
                                  : memcmp(a->hash, b->hash, sizeof a->hash);
}

/* The mark of @who; if there is none, *@at is where it belongs. */
static n2_mark *
find_mark(const n2_known *known, const n2_id *who, size_t *at)
{
    size_t low = 0, high = known->n_marks;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_ids(&known->marks[middle].who, who);
        if (!order)
            return &known->marks[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *at = low;
    return NULL;
}

static n2_mark *
mark_of(n2_known *known, const n2_id *who)
{
    size_t at = 0;
    n2_mark *mark = find_mark(known, who, &at);

    if (mark)
        return mark;
    n2_mark *all = grow(known->marks, known->n_marks, &known->marks_room, sizeof *all);
    if (!all)
        return NULL;
    known->marks = all;
    memmove(&all[at + 1], &all[at], (known->n_marks - at) * sizeof *all);
    known->n_marks++;
    all[at] = (n2_mark){.who = *who};
    return &all[at];
}

n2_err
n2_known_add_petname(n2_known *known, const n2_id *who, const char *petname)
{
    n2_mark *mark = mark_of(known, who);
    const char *copy = mark && !mark->petname ? keep_text(known, petname) : NULL;

    if (!mark || (!mark->petname && !copy))
        return N2_ERR_NOMEM;
    if (copy)
        mark->petname = copy;
    return N2_OK;
}

static bool
take_contact(void *user, const n2_store_contact *c)
{
    loading *l = user;
    n2_mark *mark = mark_of(l->known, &c->who);
    const char *name = mark && *c->name ? keep_text(l->known, c->name) : NULL;

    if (!mark || (*c->name && !name)) {
        l->err = N2_ERR_NOMEM;
        return false;
    }
    mark->is = c->marks;
    mark->met_us = c->met_us;
    mark->marked_us = c->marked_us;
    mark->name = name;
    return true;
}

/* An own name is a mark by itself; of several for one the first counts. */
static bool
take_petname(void *user, const char *name, const char *target)
{
    loading *l = user;
    n2_id who;
    size_t at;

    if (n2_id_parse(&who, N2_ID_IDENTITY, target, strlen(target)))
        return true; /* of a content */
    n2_mark *mark = n2_id_equal(&who, l->subject) ? mark_of(l->known, &who)
                                                  : find_mark(l->known, &who, &at);
    l->err = n2_id_equal(&who, l->subject) && !mark ? N2_ERR_NOMEM
                                                    : n2_known_add_name(l->known, name, &who);
    if (!l->err && mark && !mark->petname)
        mark->petname = l->known->names[l->known->n_names - 1].name;
    return !l->err;
}

/* ---- history ---- */

static bool
take_seen(void *user, const n2_store_seen *s)
{
    loading *l = user;
    n2_known *known = l->known;

    if (*s->name && known->n_names < N2_NAMES_KNOWN_MAX)
        l->err = n2_known_add_name(known, s->name, &s->who);
    if (l->err ||
        (!n2_id_equal(&s->who, l->subject) && (!*l->name || strcmp(s->name, l->name) != 0)))
        return !l->err;
    n2_seen *all = grow(known->seen, known->n_seen, &known->seen_room, sizeof *all);
    const char *name = all ? keep_text(known, s->name) : NULL;
    if (all)
        known->seen = all;
    if (!name) {
        l->err = N2_ERR_NOMEM;
        return false;
    }
    all[known->n_seen++] =
        (n2_seen){.who = s->who, .name = name, .first_us = s->first_us, .last_us = s->last_us};
    return true;
}

/* ---- vouches ---- */

static bool
take_vouch(void *user, const n2_store_vouch *v)
{
    loading *l = user;
    size_t at;
    const n2_mark *mark = find_mark(l->known, &v->by, &at);
    n2_vouch vouch;

    if (mark && mark->is && l->holds(l->user, v, &vouch))
        l->err = n2_known_add_vouch(l->known, &vouch);
    return !l->err;
}

n2_err
n2_known_load(n2_known *out,
              n2_store *store,
              const n2_id *subject,
              const char *name,
              n2_known_holds holds,
              void *user)
{
    loading l = {.known = out,
                 .subject = subject,
                 .name = name ? name : "",
                 .holds = holds,
                 .user = user};

    *out = (n2_known){0};
    n2_err err = n2_store_contacts(store, take_contact, &l);
    if (!err && !l.err)
        err = n2_store_names(store, take_petname, &l);
    if (!err && !l.err)
        err = n2_store_seen_list(store, NULL, NULL, take_seen, &l);
    if (!err && !l.err && holds)
        err = n2_store_vouches(store, subject, take_vouch, &l);
    err = l.err ? l.err : err;
    if (err)
        n2_known_clear(out);
    return err;
}

void
n2_known_clear(n2_known *known)
{
    for (size_t i = 0; i < known->n_texts; i++)
        free(known->texts[i]);
    free(known->texts);
    free(known->marks);
    free(known->seen);
    free(known->evidence);
    free(known->names);
    *known = (n2_known){0};
}

void
n2_known_fill(const n2_known *known, n2_trust_query *query)
{
    query->marks = known->marks;
    query->n_marks = known->n_marks;
    query->seen = known->seen;
    query->n_seen = known->n_seen;
    query->evidence = known->evidence;
    query->n_evidence = known->n_evidence;
    query->known = known->names;
    query->n_known = known->n_names;
}

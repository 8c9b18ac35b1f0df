/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-path.c - personal names and paths: set by hand, kept for good, used before all else.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"

/* ---- names ---- */

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

static const char name_why[] = N_("this cannot be a name");
static const char long_why[] = N_("this name is too long (8 parts of 63 bytes at most)");
static const char mixed_why[] =
    N_("letters of several writings stand in one part of this name");
static const char latin_cyrillic_why[] =
    N_("Latin and Cyrillic letters, which look alike, stand in one part of this name");
static const char latin_greek_why[] =
    N_("Latin and Greek letters, which look alike, stand in one part of this name");
static const char greek_cyrillic_why[] =
    N_("Greek and Cyrillic letters, which look alike, stand in one part of this name");
const char n2_words_name_next[] =
    N_("Use letters, digits and inner hyphens of one writing; dots between the parts.");

static bool
has_script(const n2_scripts *scripts, uint32_t script)
{
    for (size_t i = 0; i < scripts->n; i++)
        if (scripts->of[i] == script)
            return true;
    return false;
}

static const char *
mixed_words(const n2_scripts *scripts)
{
    bool latin = has_script(scripts, N2_SCRIPT('L', 'a', 't', 'n'));
    bool greek = has_script(scripts, N2_SCRIPT('G', 'r', 'e', 'k'));
    bool cyrillic = has_script(scripts, N2_SCRIPT('C', 'y', 'r', 'l'));

    return latin && cyrillic   ? latin_cyrillic_why
           : latin && greek    ? latin_greek_why
           : greek && cyrillic ? greek_cyrillic_why
                               : mixed_why;
}

n2_err
n2_name_take(n2_control *c,
             const char *text,
             char out[static N2_NAME_BYTES_MAX + 1],
             const char **why)
{
    n2_spelling spelling;
    n2_err err = n2_name_fold(out, text, strlen(text), c->config.unicode, &spelling);

    /* A character of tomorrow may be folded to another one then. */
    if (!err && !n2_utf8_is_assigned(out, strlen(out), c->config.unicode))
        err = N2_ERR_FORMAT;
    *why = !err                                  ? NULL
           : spelling.fault == N2_SPELLING_MIXED ? mixed_words(&spelling.scripts)
           : spelling.fault == N2_SPELLING_LONG  ? long_why
                                                 : name_why;
    return err ? N2_ERR_USAGE : N2_OK;
}

/* Names that were given before today's rules are found as they are. */
n2_err
n2_name_own(n2_control *c, const char *text, n2_id *out)
{
    char folded[N2_NAME_BYTES_MAX + 1];
    char *target = NULL;

    if (!n2_id_parse(out, N2_ID_IDENTITY, text, strlen(text)))
        return N2_OK;
    bool is_folded = !n2_name_fold(folded, text, strlen(text), c->config.unicode, NULL);

    if (!is_folded && n2_name_check(text, strlen(text), c->config.unicode))
        return N2_ERR_USAGE;
    n2_err err = n2_store_name_get(c->config.store, is_folded ? folded : text, &target);

    if (err == N2_ERR_NOTFOUND && is_folded && strcmp(folded, text))
        err = n2_store_name_get(c->config.store, text, &target);

    if (!err && n2_id_parse(out, N2_ID_IDENTITY, target, strlen(target)))
        err = N2_ERR_NOTFOUND;
    free(target);
    return err;
}

n2_err
n2_name_resolve(n2_control *c, const char *text, n2_id *out)
{
    n2_err err = n2_name_own(c, text, out);

    return err == N2_ERR_NOTFOUND ? n2_names_known(c, text, out) : err;
}

static n2_err
name_set(n2_control *c, const job *j, const char **why)
{
    char name[N2_NAME_BYTES_MAX + 1], text[N2_ID_TEXT_BYTES];
    n2_id who;

    if (!j->name || !j->address)
        return N2_ERR_USAGE;
    n2_err err = n2_name_take(c, j->name, name, why);

    if (!err)
        err = n2_name_resolve(c, j->address, &who);
    if (err)
        return err;
    n2_id_format(text, N2_ID_IDENTITY, &who);
    return n2_store_name_set(c->config.store, name, text);
}

static n2_err
name_unset(n2_control *c, const char *name)
{
    char folded[N2_NAME_BYTES_MAX + 1];

    if (!name)
        return N2_ERR_USAGE;
    if (n2_name_fold(folded, name, strlen(name), c->config.unicode, NULL))
        return n2_store_name_unset(c->config.store, name);
    return n2_store_name_unset(c->config.store, folded);
}

static bool
name_cb(void *user, const char *name, const char *target)
{
    n2_table *t = user;

    n2_table_row(t);
    n2_table_text(t, "name", name);
    n2_table_text(t, "identity", target);
    return true;
}

n2_table *
n2_way_words(n2_control *c, const n2_id *who)
{
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    size_t n = 0;
    n2_table *t = n2_table_new();

    if (n2_way_find(c, who, hops, &n, NULL))
        n = 0;
    for (size_t i = 0; i < n; i++) {
        char text[16];

        (void)snprintf(text, sizeof text, "%u/%u", hops[i].port, hops[i].bits);
        n2_table_row(t);
        n2_table_text(t, "hop", text);
    }
    return t;
}

/* ---- paths ---- */

void
n2_hops_put(n2_table *t, const n2_store_hop *hops, size_t n)
{
    n2_table *rows = n2_table_new();

    for (size_t i = 0; i < n; i++) {
        n2_table_row(rows);
        n2_table_int(rows, "n", (int64_t)i + 1);
        n2_table_int(rows, "port", hops[i].port);
        n2_table_int(rows, "bits", hops[i].bits);
    }
    n2_table_take(t, "hops", rows);
}

typedef struct {
    const char *want;
    char *name; /* (owned) (nullable) */
} naming;

static bool
naming_cb(void *user, const char *name, const char *target)
{
    naming *s = user;

    if (!strcmp(target, s->want))
        s->name = strdup(name);
    return !s->name;
}

char *
n2_name_dup(n2_control *c, const n2_id *who)
{
    char id[N2_ID_TEXT_BYTES];
    naming s = {.want = id};

    n2_id_format(id, N2_ID_IDENTITY, who);
    if (c->config.store && n2_store_names(c->config.store, naming_cb, &s)) {
        free(s.name);
        return NULL;
    }
    return s.name;
}

static void
put_path(n2_control *c,
         n2_table *t,
         const n2_id *who,
         const n2_store_hop *hops,
         size_t n,
         const char *source)
{
    char id[N2_ID_TEXT_BYTES];
    char labels[24];
    n2_route route;

    n2_id_format(id, N2_ID_IDENTITY, who);
    n2_table_row(t);
    n2_table_text(t, "identity", id);
    char *name = n2_name_dup(c, who);

    n2_table_text(t, "name", name);
    free(name);
    n2_table_text(t, "source", source);
    if (!n2_way_path(hops, n, &route)) {
        (void)snprintf(labels, sizeof labels, "%016" PRIx64, route.word);
        n2_table_text(t, "labels", labels);
        n2_table_int(t, "bits", route.bits);
    }
    n2_hops_put(t, hops, n);
    const n2_composed *way = n2_routes_composed(c, who, route.word);

    if (way && way->rate_Bps)
        n2_table_int(t, "rate_bps", (int64_t)way->rate_Bps * 8);
    char *others = n2_way_dup_others(c, who);

    if (others)
        n2_table_text(t, "others", others);
    free(others);
    n2_remote_info info;
    uint64_t delay_us = way ? way->delay_us : 0;

    for (size_t i = 0; n2_fetch_remote_at(c->fetch, i, &info); i++)
        if (n2_id_equal(&info.who, who) && info.rtt_us)
            delay_us = info.rtt_us / 2;
    if (delay_us)
        n2_table_int(t, "delay_us", (int64_t)delay_us);
}

static void
path_get(n2_control *c, job *j, const n2_id *who)
{
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    const char *source;
    size_t n = 0;
    n2_err err = n2_way_find(c, who, hops, &n, &source);

    if (err == N2_ERR_BUSY && n2_routes_is_asked(c, who) && !j->n_tries++) {
        j->awaits = AWAIT_WAY;
        return;
    }
    if (err) {
        n2_job_failed(c, j, err == N2_ERR_BUSY ? N2_ERR_UNREACHABLE : err);
        return;
    }
    n2_table *t = n2_table_new();

    put_path(c, t, who, hops, n, source);
    n2_job_done(c, j, t);
}

/* One way; the first switch is our own: its width is no news.  Attack 4: more than 58 bits are
 * refused here, with words, never cut. */
static n2_err
check_way(const n2_control *c,
          const char *text,
          n2_store_hop hops[static N2_STORE_HOPS_MAX],
          size_t *n)
{
    n2_route route;
    n2_err err = n2_way_parse(text, hops, n);

    if (!err && hops[0].bits != c->config.switch_bits)
        err = N2_ERR_USAGE;
    return err ? err : n2_way_path(hops, *n, &route);
}

/* "1/4 3/2 or 2/4 1/2": the first is the way, the others are for when it fails. */
static n2_err
path_set(n2_control *c, const job *j, const n2_id *who)
{
    n2_store_hop first[N2_STORE_HOPS_MAX], hops[N2_STORE_HOPS_MAX];
    char *text = j->value ? strdup(j->value) : NULL;
    char *others = text ? calloc(1, strlen(text) + 1) : NULL;
    char *end = others; /* it has room for all that is in text */
    size_t n_first = 0, n = 0, n_ways = 0;
    n2_err err = !j->value ? N2_ERR_USAGE : others ? N2_OK : N2_ERR_NOMEM;

    for (char *one = text; one && !err; n_ways++) {
        char *next = strstr(one, " or ");

        if (next)
            *next = '\0';
        err = n_ways == N2_ROUTES_MAX ? N2_ERR_USAGE
              : n_ways                ? check_way(c, one, hops, &n)
                                      : check_way(c, one, first, &n_first);
        if (n_ways && !err) {
            size_t len = strlen(one);

            if (end > others)
                *end++ = ';';
            memcpy(end, one, len);
            end += len;
        }
        one = next ? next + strlen(" or ") : NULL;
    }
    if (!err)
        err = n2_store_path_set(c->config.store, who, first, n_first);
    if (!err)
        err = n2_way_set_others(c, who, others);
    free(text);
    free(others);
    return err;
}

typedef struct {
    n2_control *c;
    n2_table *table;
} listing;

static bool
path_cb(void *user, const n2_id *who, const n2_store_hop *hops, size_t n)
{
    listing *l = user;

    put_path(l->c, l->table, who, hops, n, "hand");
    return true;
}

static void
end(n2_control *c, job *j, n2_err err, const char *changed)
{
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    n2_control_changed(c, changed);
    n2_job_done(c, j, NULL);
}

static void
lists(n2_control *c, job *j)
{
    listing l = {.c = c, .table = n2_table_new()};
    n2_err err = j->kind == N2_JOB_NAME_LIST ? n2_store_names(c->config.store, name_cb, l.table)
                                             : n2_store_paths(c->config.store, path_cb, &l);

    if (err) {
        n2_table_free(l.table);
        n2_job_failed(c, j, err);
        return;
    }
    n2_job_done(c, j, l.table);
}

static void
names(n2_control *c, job *j)
{
    const char *why = NULL;
    n2_err err = j->kind == N2_JOB_NAME_SET ? name_set(c, j, &why) : name_unset(c, j->name);

    if (!err)
        n2_people_changed(c, NULL);
    if (err && why) { /* it is about the name, not about whom */
        free(j->address);
        j->address = NULL;
        n2_job_failed_words(c, j, err, why, n2_words_name_next);
        return;
    }
    end(c, j, err, "names");
}

void
n2_path_job(n2_control *c, job *j)
{
    n2_id who = {0};
    n2_err err = N2_OK;

    if (j->kind == N2_JOB_NAME_LIST || j->kind == N2_JOB_PATH_LIST) {
        lists(c, j);
        return;
    }
    if (j->kind == N2_JOB_NAME_SET || j->kind == N2_JOB_NAME_UNSET) {
        names(c, j);
        return;
    }
    err = j->address ? n2_name_resolve(c, j->address, &who) : N2_ERR_USAGE;
    if (!err && j->kind == N2_JOB_PATH_UNSET) {
        err = n2_store_path_unset(c->config.store, &who);
        end(c, j, err ? err : n2_way_set_others(c, &who, ""), "paths");
        return;
    }
    if (!err && j->kind == N2_JOB_PATH_SET)
        err = path_set(c, j, &who);
    if (err == N2_ERR_LIMIT && j->kind == N2_JOB_PATH_SET) {
        n2_job_failed_words(c, j, err, n2_words_long_way_why, n2_words_long_way_next);
        return;
    }
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    if (j->kind == N2_JOB_PATH_SET) {
        n2_way_tell(c, &who);
        n2_way_changed(c, &who);
        n2_casts_ways_changed(c);
        n2_control_changed(c, "paths");
    }
    path_get(c, j, &who);
}

void
n2_path_way_came(n2_control *c)
{
    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        job *j = c->jobs[i];

        if (!j || j->awaits != AWAIT_WAY)
            continue;
        j->awaits = AWAIT_NOTHING;
        n2_path_job(c, j);
    }
}

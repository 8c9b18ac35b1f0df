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

n2_err
n2_name_resolve(n2_control *c, const char *text, n2_id *out)
{
    char *target = NULL;

    if (!n2_id_parse(out, N2_ID_IDENTITY, text, strlen(text)))
        return N2_OK;
    if (n2_name_check(text, strlen(text), c->config.unicode))
        return N2_ERR_USAGE;
    n2_err err = n2_store_name_get(c->config.store, text, &target);

    if (!err && n2_id_parse(out, N2_ID_IDENTITY, target, strlen(target)))
        err = N2_ERR_NOTFOUND;
    free(target);
    return err;
}

static n2_err
name_set(n2_control *c, const job *j)
{
    char text[N2_ID_TEXT_BYTES];
    n2_id who;

    if (!j->name || !j->address || n2_name_check(j->name, strlen(j->name), c->config.unicode))
        return N2_ERR_USAGE;
    n2_err err = n2_name_resolve(c, j->address, &who);

    if (err)
        return err;
    n2_id_format(text, N2_ID_IDENTITY, &who);
    return n2_store_name_set(c->config.store, j->name, text);
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

static void
put_hops(n2_table *t, const n2_store_hop *hops, size_t n)
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
    naming s = {.want = id};
    n2_route route;

    n2_id_format(id, N2_ID_IDENTITY, who);
    n2_table_row(t);
    n2_table_text(t, "identity", id);
    if (!n2_store_names(c->config.store, naming_cb, &s))
        n2_table_text(t, "name", s.name);
    free(s.name);
    n2_table_text(t, "source", source);
    if (!n2_way_path(hops, n, &route)) {
        (void)snprintf(labels, sizeof labels, "%016" PRIx64, route.word);
        n2_table_text(t, "labels", labels);
        n2_table_int(t, "bits", route.bits);
    }
    put_hops(t, hops, n);
    char *others = n2_way_dup_others(c, who);

    if (others)
        n2_table_text(t, "others", others);
    free(others);
    n2_remote_info info;

    for (size_t i = 0; n2_fetch_remote_at(c->fetch, i, &info); i++)
        if (n2_id_equal(&info.who, who) && info.rtt_us)
            n2_table_int(t, "delay_us", info.rtt_us / 2);
}

static void
path_get(n2_control *c, job *j, const n2_id *who)
{
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    const char *source;
    size_t n = 0;
    n2_err err = n2_way_find(c, who, hops, &n, &source);

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

void
n2_path_job(n2_control *c, job *j)
{
    n2_id who = {0};
    n2_err err = N2_OK;

    if (j->kind == N2_JOB_NAME_LIST || j->kind == N2_JOB_PATH_LIST) {
        lists(c, j);
        return;
    }
    if (j->kind == N2_JOB_NAME_SET) {
        end(c, j, name_set(c, j), "names");
        return;
    }
    if (j->kind == N2_JOB_NAME_UNSET) {
        end(c, j, j->name ? n2_store_name_unset(c->config.store, j->name) : N2_ERR_USAGE,
            "names");
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
        n2_control_changed(c, "paths");
    }
    path_get(c, j, &who);
}

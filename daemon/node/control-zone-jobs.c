/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-zone-jobs.c - zones for whoever keeps them: which there are, their names, and names
 *                       that come from a file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

enum {
    PAGE_NAMES = 1000 /* in one answer */
};

static const char none_why[] = N_("this zone is not kept here");
static const char none_next[] = N_("See 'net2o name zone list'.");

/* ---- shown ---- */

static void
put_zone(n2_control *c, n2_table *t, const kept_zone *k)
{
    const n2_zone_head *head = n2_zone_head_of(k->zone);
    const n2_roots *roots = n2_resolver_roots(c->names->resolver);
    n2_table *suffixes = n2_table_new();

    for (size_t i = 0; i < roots->n; i++)
        if (n2_id_equal(&roots->of[i].zone, &k->rules.who)) {
            n2_table_row(suffixes);
            n2_table_text(suffixes, "suffix", *roots->of[i].suffix ? roots->of[i].suffix : ".");
        }
    n2_table_id(t, "zone", N2_ID_IDENTITY, &k->rules.who);
    n2_table_int(t, "serial", (int64_t)head->serial);
    n2_table_int(t, "count", head->count);
    n2_table_int(t, "waiting", (int64_t)n2_zone_waiting(k->zone));
    if (head->serial) {
        n2_table_int(t, "made", head->made_us);
        n2_table_int(t, "until", head->until_us);
    }
    n2_table_bool(t, "follows", k->rules.flags & N2_STORE_ZONE_FOLLOWS);
    n2_table_bool(t, "closed", k->rules.flags & N2_STORE_ZONE_CLOSED);
    n2_table_take(t, "suffixes", suffixes);
}

typedef struct {
    n2_control *c;
    n2_table *names;
    int64_t passed, skip;
} listing;

static bool
name_cb(void *user, const n2_store_zone_name *name)
{
    listing *l = user;
    n2_zone_record r;

    if (l->passed++ < l->skip)
        return true;
    if (l->names->n_rows == PAGE_NAMES)
        return false;
    if (n2_zone_record_check(&r, name->record, name->len, l->c->config.unicode))
        return true; /* fsck says so */
    n2_table_row(l->names);
    n2_table_text(l->names, "label", r.label);
    if (n2_id_is_set(&r.who))
        n2_table_id(l->names, "identity", N2_ID_IDENTITY, &r.who);
    if (n2_id_is_set(&r.zone))
        n2_table_id(l->names, "zone", N2_ID_IDENTITY, &r.zone);
    n2_table_int(l->names, "since", r.since_us);
    n2_table_int(l->names, "until", r.until_us);
    n2_table_int(l->names, "caching", r.caching_s);
    n2_names_put_lists(l->names, &r);
    return true;
}

static void
list(n2_control *c, job *j)
{
    n2_table *t = n2_table_new();

    for (size_t i = 0; i < c->names->zones->n; i++) {
        n2_table_row(t);
        put_zone(c, t, &c->names->zones->of[i]);
    }
    n2_job_done(c, j, t);
}

static void
show(n2_control *c, job *j, const kept_zone *k)
{
    n2_table *t = n2_job_row();
    listing l = {.c = c, .names = n2_table_new(), .skip = j->number};
    n2_err err = !t || !l.names
                     ? N2_ERR_NOMEM
                     : n2_store_zone_names(c->config.store, &k->rules.who, name_cb, &l);

    if (err) {
        n2_table_free(l.names);
        n2_table_free(t);
        n2_job_failed(c, j, err);
        return;
    }
    put_zone(c, t, k);
    n2_table_take(t, "names", l.names);
    n2_job_done(c, j, t);
}

/* ---- from a file ---- */

/* One name as a line: its label, then KEY=VALUE, with tabs between. */
typedef struct {
    n2_zone_record r;
    const char *hosts[N2_ZONE_HOSTS_MAX];
    n2_attr attrs[N2_ZONE_ATTRS_MAX];
    uint8_t values[N2_ZONE_ATTRS_MAX][N2_ID_BYTES];
    size_t n_hosts, n_attrs;
} entry;

static n2_err
read_id(const char *text, n2_id *out)
{
    return n2_id_parse(out, N2_ID_IDENTITY, text, strlen(text)) ? N2_ERR_USAGE : N2_OK;
}

static n2_err
read_int(const char *text, int64_t *out)
{
    char *end = NULL;

    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno || end == text || *end ? N2_ERR_USAGE : N2_OK;
}

/* "text:NAME", "int:NAME" and "id:NAME" are what it offers. */
static n2_err
read_attr(entry *e, const char *key, const char *value)
{
    static const struct {
        const char *word;
        uint8_t type;
    } types[] = {{"text:", N2_TYPE_TEXT}, {"int:", N2_TYPE_INT}, {"id:", N2_TYPE_ID}};
    n2_id id;
    int64_t number;

    if (e->n_attrs == N2_ZONE_ATTRS_MAX)
        return N2_ERR_LIMIT;
    n2_attr *a = &e->attrs[e->n_attrs];
    uint8_t *bytes = e->values[e->n_attrs];

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        size_t len = strlen(types[i].word), name_len = strlen(key);

        if (strncmp(key, types[i].word, len) != 0 || name_len == len || name_len - len > 255)
            continue;
        *a = (n2_attr){.name = (const uint8_t *)key + len,
                       .name_len = (uint8_t)(name_len - len),
                       .type = types[i].type,
                       .value = bytes};
        e->n_attrs++;
        if (a->type == N2_TYPE_TEXT) {
            if (strlen(value) > N2_ZONE_RECORD_BYTES_MAX)
                return N2_ERR_LIMIT;
            a->value = (const uint8_t *)value;
            a->len = (uint16_t)strlen(value);
            return N2_OK;
        }
        if (a->type == N2_TYPE_INT) {
            n2_writer w = n2_writer_init(bytes, 8);

            a->len = 8;
            n2_err err = read_int(value, &number);
            n2_write_u64(&w, (uint64_t)number);
            return err;
        }
        a->len = N2_ID_BYTES;
        n2_err err = read_id(value, &id);
        bytes[0] = id.method;
        memcpy(bytes + 1, id.hash, sizeof id.hash);
        return err;
    }
    return N2_ERR_USAGE;
}

static n2_err
read_pair(entry *e, const char *key, const char *value)
{
    int64_t number = 0;
    n2_err err;

    if (!strcmp(key, "identity"))
        return read_id(value, &e->r.who);
    if (!strcmp(key, "zone"))
        return read_id(value, &e->r.zone);
    if (!strcmp(key, "since"))
        return read_int(value, &e->r.since_us);
    if (!strcmp(key, "until"))
        return read_int(value, &e->r.until_us);
    if (!strcmp(key, "caching")) {
        err = read_int(value, &number);
        e->r.caching_s = number > 0 && number <= N2_ZONE_CACHING_S_MAX ? (uint32_t)number : 0;
        return err ? err : e->r.caching_s ? N2_OK : N2_ERR_USAGE;
    }
    if (strcmp(key, "mail") != 0)
        return read_attr(e, key, value);
    if (e->n_hosts == N2_ZONE_HOSTS_MAX)
        return N2_ERR_LIMIT;
    e->hosts[e->n_hosts++] = value;
    return N2_OK;
}

/* @line is cut into its parts. */
static n2_err
read_line(n2_control *c, char *line, uint8_t *buf, n2_zone_record *out)
{
    entry e = {.r = {.since_us = c->wall_us,
                     .until_us = c->wall_us + (int64_t)N2_ZONE_TERM_US,
                     .caching_s = N2_ZONE_CACHING_S}};
    char label[N2_NAME_BYTES_MAX + 1];
    char *rest = strchr(line, '\t');
    n2_err err;

    if (rest)
        *rest++ = '\0';
    err = n2_name_fold(label, line, strlen(line), c->config.unicode, NULL);
    if (err || strlen(label) > N2_LABEL_BYTES_MAX || strchr(label, '.'))
        return N2_ERR_USAGE;
    memcpy(e.r.label, label, strlen(label) + 1);
    while (!err && rest && *rest) {
        char *pair = rest, *equals = strchr(pair, '=');

        rest = strchr(pair, '\t');
        if (rest)
            *rest++ = '\0';
        if (!equals || (rest && equals > rest))
            return N2_ERR_USAGE;
        *equals = '\0';
        err = read_pair(&e, pair, equals + 1);
    }
    if (!err)
        err = n2_zone_record_write(buf, N2_ZONE_RECORD_BYTES_MAX, &e.r, e.hosts, e.n_hosts,
                                   e.attrs, e.n_attrs, c->config.unicode, out);
    return err == N2_ERR_FORMAT || err == N2_ERR_NOSPACE ? N2_ERR_USAGE : err;
}

static const char line_why[] = N_("a name in it is not as names of zones are");
static const char line_next[] =
    N_("Nothing was changed. Compare it with what 'net2o name zone export' writes.");

static n2_err
import(n2_control *c, job *j, kept_zone *k, size_t *n)
{
    size_t n_lines = 0;

    while (j->list && j->list[n_lines])
        n_lines++;
    *n = n_lines;
    if (!n_lines || n_lines > PAGE_NAMES)
        return n_lines ? N2_ERR_LIMIT : N2_ERR_USAGE;
    n2_zone_record *records = calloc(n_lines, sizeof *records);
    uint8_t *bytes = malloc(n_lines * N2_ZONE_RECORD_BYTES_MAX);
    n2_err err = records && bytes ? N2_OK : N2_ERR_NOMEM;

    for (size_t i = 0; !err && i < n_lines; i++) {
        err = read_line(c, j->list[i], bytes + i * N2_ZONE_RECORD_BYTES_MAX, &records[i]);
        if (!err && n2_id_equal(&records[i].zone, &k->rules.who))
            err = N2_ERR_USAGE; /* a circle */
    }
    if (!err)
        err = n2_zone_set(k->zone, records, n_lines, c->wall_us);
    free(bytes);
    free(records);
    return err;
}

void
n2_zones_show_job(n2_control *c, job *j)
{
    size_t n = 0;
    n2_id who;

    if (j->kind == N2_JOB_ZONE_LIST) {
        list(c, j);
        return;
    }
    n2_err err = j->address ? n2_name_resolve(c, j->address, &who) : N2_ERR_USAGE;
    kept_zone *k = err ? NULL : n2_zones_find(c, &who);
    bool is_import = j->kind == N2_JOB_ZONE_IMPORT;

    if (!err && (!k || (is_import && k->rules.flags & N2_STORE_ZONE_FOLLOWS))) {
        n2_job_failed_words(c, j, N2_ERR_NOTFOUND, none_why, none_next);
        return;
    }
    if (!err && !is_import) {
        show(c, j, k);
        return;
    }
    if (!err && c->wall_us <= 0)
        err = N2_ERR_STATE;
    if (!err)
        err = import(c, j, k, &n);
    if (err == N2_ERR_USAGE) {
        n2_job_failed_words(c, j, err, line_why, line_next);
        return;
    }
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    n2_zones_tend(c, k);
    n2_table *t = n2_job_row();

    n2_table_int(t, "names", (int64_t)n);
    n2_job_done(c, j, t);
}

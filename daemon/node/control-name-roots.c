/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-name-roots.c - whom the user trusts with which suffix, and which heads of zones were
 *                        seen: kept in the store.
 */
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

static const char setting[] = "name.roots";

enum {
    ROOTS_BYTES_MAX =
        N2_ROOTS_MAX * (N2_NAME_BYTES_MAX + 1 + (1 + N2_ROOT_SERVERS_MAX) * (1 + N2_ID_CHARS))
};

const char n2_words_no_root_why[] = N_("nobody whom you trust speaks for names that end so");
const char n2_words_no_root_next[] =
    N_("Name who does with 'net2o name root add' ('net2o name root offered' shows whom the "
       "local network names), or give the name yourself with 'net2o name set'.");
const char n2_words_claimed_why[] = N_("these names belong to a root that was added before");
const char n2_words_claimed_next[] =
    N_("See 'net2o name root list'; remove that one first if this one is to speak for them.");

static bool
head_cb(void *user, const n2_id *zone, const uint8_t *statement, size_t len)
{
    n2_control *c = user;
    n2_head_seen head;
    n2_seen_news news;

    /* What was believed once is not verified for nothing: its keys may say more today. */
    if (!n2_names_head(c, zone, statement, len, &head))
        (void)!n2_zone_seen_take(n2_resolver_seen(c->names->resolver), &head, &news, NULL);
    return true;
}

n2_err
n2_names_load(n2_control *c)
{
    char *text = NULL;
    n2_err err = n2_store_setting_get(c->config.store, setting, &text);

    if (!err && n2_roots_read(n2_resolver_roots(c->names->resolver), text, strlen(text)))
        n2_control_log(c, "not all roots of names could be read");
    free(text);
    if (err && err != N2_ERR_NOTFOUND)
        return err;
    return n2_store_seen_heads(c->config.store, head_cb, c);
}

static n2_err
save(n2_control *c, const n2_roots *roots)
{
    n2_writer w = n2_writer_init_growing(ROOTS_BYTES_MAX);

    n2_roots_write(roots, &w);
    n2_write_u8(&w, 0);
    n2_err err = n2_writer_finish(&w, NULL);

    if (!err)
        err = n2_store_setting_set(c->config.store, setting, (const char *)w.buf);
    n2_writer_clear(&w);
    return err;
}

n2_err
n2_roots_suffix(n2_control *c,
                const char *text,
                char out[static N2_NAME_BYTES_MAX + 1],
                const char **why)
{
    *why = NULL;
    *out = '\0';
    if (!text)
        return N2_ERR_USAGE;
    return !*text || !strcmp(text, ".") ? N2_OK : n2_name_take(c, text, out, why);
}

/* That root, as it is written. */
static const n2_root *
find(n2_control *c, const char *suffix)
{
    const n2_roots *roots = n2_resolver_roots(c->names->resolver);

    for (size_t i = 0; i < roots->n; i++)
        if (!strcmp(roots->of[i].suffix, suffix))
            return &roots->of[i];
    return NULL;
}

bool
n2_roots_may_claim(n2_control *c, const char *suffix, const n2_id *zone)
{
    const n2_root *root = find(c, suffix);
    n2_roots *roots = malloc(sizeof *roots);
    bool may = root && n2_id_equal(&root->zone, zone);

    if (roots && !root) {
        *roots = *n2_resolver_roots(c->names->resolver);
        may = !n2_roots_add(roots, suffix, zone, NULL, 0);
    }
    free(roots);
    return may;
}

n2_err
n2_roots_claim(n2_control *c, const char *suffix, const n2_id *zone)
{
    n2_roots *now = n2_resolver_roots(c->names->resolver);
    const n2_root *root = find(c, suffix);

    if (root)
        return n2_id_equal(&root->zone, zone) ? N2_OK : N2_ERR_EXISTS;
    n2_err err = n2_roots_add(now, suffix, zone, NULL, 0);

    if (!err)
        err = save(c, now);
    if (err)
        (void)!n2_roots_remove(now, suffix);
    else
        n2_control_changed(c, "names");
    return err;
}

static n2_err
add(n2_control *c, const job *j, const char *suffix, n2_roots *roots)
{
    n2_id zone, servers[N2_ROOT_SERVERS_MAX];
    size_t n = 0;
    n2_err err = j->address ? n2_name_resolve(c, j->address, &zone) : N2_ERR_USAGE;

    for (char **one = j->list; !err && one && *one; one++)
        err = n == N2_ROOT_SERVERS_MAX ? N2_ERR_USAGE : n2_name_resolve(c, *one, &servers[n++]);
    return err ? err : n2_roots_add(roots, suffix, &zone, servers, n);
}

static void
change(n2_control *c, job *j)
{
    n2_roots *now = n2_resolver_roots(c->names->resolver), *roots = malloc(sizeof *roots);
    char suffix[N2_NAME_BYTES_MAX + 1];
    const char *why = NULL;
    n2_err err = roots ? n2_roots_suffix(c, j->name, suffix, &why) : N2_ERR_NOMEM;

    if (!err) {
        *roots = *now;
        err = j->kind == N2_JOB_ROOT_ADD ? add(c, j, suffix, roots)
                                         : n2_roots_remove(roots, suffix);
    }
    if (!err)
        err = save(c, roots);
    if (!err) {
        *now = *roots;
        n2_control_changed(c, "names");
        n2_near_changed(c);
    }
    free(roots);
    if (err == N2_ERR_EXISTS)
        n2_job_failed_words(c, j, err, n2_words_claimed_why, n2_words_claimed_next);
    else if (err && why)
        n2_job_failed_words(c, j, err, why, n2_words_name_next);
    else if (err)
        n2_job_failed(c, j, err);
    else
        n2_job_done(c, j, NULL);
}

static void
put_head(n2_table *t, const n2_head_seen *head)
{
    n2_table_row(t);
    n2_table_int(t, "serial", (int64_t)head->serial);
    n2_table_int(t, "made", head->made_us);
    n2_table_bytes(t, "statement", head->bytes, head->len);
}

static void
list(n2_control *c, job *j)
{
    const n2_roots *roots = n2_resolver_roots(c->names->resolver);
    const n2_zone_seen *seen = n2_resolver_seen(c->names->resolver);
    n2_table *t = n2_table_new();

    for (size_t i = 0; i < roots->n; i++) {
        const n2_root *r = &roots->of[i];
        n2_table *servers = n2_table_new();
        n2_head_seen two[2];

        for (size_t k = 0; k < r->n_servers; k++) {
            n2_table_row(servers);
            n2_table_id(servers, "identity", N2_ID_IDENTITY, &r->servers[k]);
        }
        n2_table_row(t);
        n2_table_text(t, "suffix", *r->suffix ? r->suffix : ".");
        n2_table_id(t, "zone", N2_ID_IDENTITY, &r->zone);
        n2_table_take(t, "servers", servers);
        n2_table_int(t, "serial", (int64_t)n2_zone_seen_floor(seen, &r->zone));
        if (n2_zone_seen_fraud(seen, &r->zone, two)) {
            n2_table *fraud = n2_table_new();

            put_head(fraud, &two[0]);
            put_head(fraud, &two[1]);
            n2_table_take(t, "fraud", fraud);
        }
    }
    n2_job_done(c, j, t);
}

void
n2_roots_job(n2_control *c, job *j)
{
    if (!c->names)
        n2_job_failed(c, j, N2_ERR_STATE);
    else if (j->kind == N2_JOB_ROOT_LIST)
        list(c, j);
    else
        change(c, j);
}

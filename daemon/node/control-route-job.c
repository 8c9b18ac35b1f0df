/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-route-job.c - what the user says of domains, places and what is to be avoided, and is
 *                       shown of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/armor.h"
#include "crypto/container.h"
#include "crypto/pieces.h"
#include "node/control-private.h"
#include "node/control-statement.h"
#include "node/forms.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

static const char hop_why[] = N_("this names no switch and no domain");
static const char hop_next[] =
    N_("Give k1-... or a name, or # and the number of a switch, as 'net2o path' shows them.");
static const char place_why[] = N_("this node has no place in a domain yet");
static const char place_next[] =
    N_("Join one with 'net2o domain join'; 'net2o domain show' says what came of it.");

/* ---- orders ---- */

static n2_err
set_ids(n2_control *c, const char *key, const n2_id *ids, size_t n)
{
    char *text = calloc(n + 1, N2_ID_TEXT_BYTES), *at = text;

    if (!text)
        return N2_ERR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        if (i)
            *at++ = ' ';
        n2_id_format(at, N2_ID_IDENTITY, &ids[i]);
        at += strlen(at);
    }
    n2_err err = n2_store_setting_set(c->config.store, key, text);

    free(text);
    return err;
}

static n2_err
change_ids(n2_control *c, const char *key, const n2_id *who, bool is_there, size_t most)
{
    n2_id ids[ROUTE_SWITCHES];
    size_t n = n2_routes_get_ids(c, key, ids, most), at = 0;

    while (at < n && !n2_id_equal(&ids[at], who))
        at++;
    if (is_there == (at < n))
        return is_there ? N2_OK : N2_ERR_NOTFOUND;
    if (!is_there)
        ids[at] = ids[--n];
    else if (n == most)
        return N2_ERR_LIMIT;
    else
        ids[n++] = *who;
    return set_ids(c, key, ids, n);
}

static n2_err
set_on(n2_control *c, const char *key, bool is)
{
    return n2_store_setting_set(c->config.store, key, is ? "yes" : "no");
}

static n2_err
join(n2_control *c, const n2_id *who, bool is_switch)
{
    n2_err err = set_ids(c, "domain/own", who, 1);

    return err ? err : set_on(c, "domain/switch", is_switch);
}

static n2_err
order(n2_control *c, const job *j, const n2_id *who)
{
    static const struct {
        const char *word, *key;
        bool is_list, is;
    } words[] = {
        {"serve", "domain/serve", false, true},
        {"unserve", "domain/serve", false, false},
        {"hide", "domain/hidden", false, true},
        {"tell", "domain/hidden", false, false},
        {"fixed", "domain/fixed", false, true},
        {"moving", "domain/fixed", false, false},
        {"switch-add", "domain/switches", true, true},
        {"switch-remove", "domain/switches", true, false},
        {"parent-add", "domain/parents", true, true},
        {"parent-remove", "domain/parents", true, false},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        bool is_parent = words[i].is_list && words[i].word[0] == 'p';

        if (strcmp(words[i].word, j->type) != 0)
            continue;
        if (!words[i].is_list)
            return set_on(c, words[i].key, words[i].is);
        if (!n2_id_is_set(who) || n2_keys_own(c, who))
            return N2_ERR_USAGE;
        return change_ids(c, words[i].key, who, words[i].is,
                          is_parent ? N2_DOMAIN_PARENTS_MAX : ROUTE_SWITCHES);
    }
    if (strcmp(j->type, "leave") == 0)
        return set_ids(c, "domain/own", NULL, 0);
    if ((strcmp(j->type, "join") != 0 && strcmp(j->type, "join-switch") != 0) ||
        !n2_id_is_set(who) || n2_keys_own(c, who))
        return N2_ERR_USAGE;
    return join(c, who, strcmp(j->type, "join-switch") == 0);
}

static void
place_set(n2_control *c, job *j)
{
    struct routes *r = c->routes;
    n2_id who = {0};
    n2_err err = !j->type                    ? N2_ERR_USAGE
                 : j->address && *j->address ? n2_name_resolve(c, j->address, &who)
                                             : N2_OK;

    if (!err)
        err = order(c, j, &who);
    if (!err)
        err = n2_routes_read(c);
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    r->report_at_us = c->now_us;
    n2_routes_anew(c);
    n2_routes_expire(c);
    n2_control_changed(c, "domain");
    n2_job_done(c, j, NULL);
}

static n2_table *
switches(n2_control *c)
{
    const struct routes *r = c->routes;
    n2_table *t = n2_table_new();

    for (size_t i = 0; i < r->n_switches; i++) {
        char *name = n2_name_dup(c, &r->switches[i]);

        n2_table_row(t);
        n2_table_id(t, "identity", N2_ID_IDENTITY, &r->switches[i]);
        n2_table_text(t, "name", name);
        n2_table_int(t, "number", n2_id_number(&r->switches[i]));
        free(name);
    }
    return t;
}

static void
put_hang(n2_table *t, const n2_control *c, const route_hang *h, bool is_parent)
{
    n2_table_row(t);
    n2_table_id(t, "domain", N2_ID_IDENTITY, &h->domain);
    n2_table_bool(t, "parent", is_parent);
    n2_table_text(t, "state",
                  h->len && h->at.flags & N2_ATTACHMENT_GUEST ? "guest"
                  : h->len                                    ? "attached"
                                                              : "asked");
    if (h->len)
        n2_table_int(t, "until", h->at.until_us);
    else if (h->err)
        n2_table_text(t, "why", n2_words_why(h->err));
    (void)c;
}

/* All that somebody needs to find us: statements of us and of our domain, and the attachment.
 */
static void
put_text(n2_control *c, n2_table *t)
{
    const route_hang *h = &c->routes->hangs[0];
    n2_writer w = n2_writer_init_growing(N2_IDENTITY_BYTES_MAX);
    n2_err err = h->len ? n2_statement_write(c, &c->owns[0].who, &w, NULL) : N2_ERR_NOTFOUND;

    if (!err && !n2_keys_own(c, &h->domain))
        err = n2_statement_write(c, &h->domain, &w, NULL);
    if (!err)
        n2_container_put(&w, h->bytes, h->len);
    if (!err && !w.err)
        n2_forms_put_text(t, N2_ARMOR_CONTAINER, w.buf, w.len);
    n2_writer_clear(&w);
}

static void
place_show(n2_control *c, job *j)
{
    const struct routes *r = c->routes;
    n2_table *t = n2_job_row(), *hangs = n2_table_new(), *parents = n2_table_new();
    n2_topology_counts counts = {0};

    n2_table_bool(t, "serves", r->server != NULL);
    n2_table_bool(t, "switch", r->is_switch);
    n2_table_bool(t, "hidden", r->is_hidden);
    n2_table_bool(t, "fixed", r->is_fixed);
    for (size_t i = 0; i < ROUTE_HANGS; i++)
        if (n2_id_is_set(&r->hangs[i].domain))
            put_hang(hangs, c, &r->hangs[i], i > 0);
    n2_table_take(t, "places", hangs);
    n2_table_free(parents);
    if (r->server) {
        n2_topology_counts_get(n2_domain_server_topology(r->server), &counts);
        n2_table_take(t, "switches", switches(c));
        n2_table_int(t, "links_up", (int64_t)counts.n_up);
        n2_table_int(t, "links_doubtful", (int64_t)counts.n_doubtful);
        n2_table_int(t, "complaints", (int64_t)counts.n_complaints);
        n2_table_int(t, "reports", (int64_t)counts.n_reports);
        n2_table_int(t, "refused", (int64_t)(counts.n_refused + counts.n_replayed));
        n2_table_bool(t, "signed", r->is_whole);
        if (!r->is_whole && r->said_err)
            n2_table_text(t, "why", n2_words_why(r->said_err));
    }
    if (c->n_owns)
        put_text(c, t);
    n2_job_done(c, j, t);
}

static void
place_learn(n2_control *c, job *j)
{
    uint8_t *buf = malloc(j->n_bytes + 1);
    size_t len = 0, at = 0, n, n_statements;
    const uint8_t *one;
    n2_err err = !buf          ? N2_ERR_NOMEM
                 : !j->n_bytes ? N2_ERR_USAGE
                               : n2_pieces_read(j->bytes, j->n_bytes, buf, &len);

    if (err == N2_ERR_NOTFOUND)
        err = N2_ERR_FORMAT; /* no such text in it */
    if (!err)
        err = n2_container_check(buf, len, &n_statements);
    n2_slice chain = {buf, len};
    n2_err found = N2_ERR_FORMAT;

    while (!err && n2_container_next(buf, len, &at, &one, &n))
        if (n2_statement_kind(one, n) == N2_KIND_ATTACHMENT)
            found = n2_routes_learn(c, &(n2_id){0}, &(n2_slice){one, n}, &chain);
    err = err ? err : found;
    free(buf);
    if (err)
        n2_job_failed(c, j, err);
    else
        n2_job_done(c, j, NULL);
}

static void
avoid_set(n2_control *c, job *j)
{
    struct routes *r = c->routes;
    char text[N2_ID_TEXT_BYTES] = "", all[ROUTE_AVOIDED * N2_ID_TEXT_BYTES] = "";
    bool is_avoided = j->flags != 0;
    n2_id who;
    size_t at = 0, len = 0;
    n2_err err = j->address && *j->address ? N2_OK : N2_ERR_USAGE;

    if (!err && j->address[0] == '#') {
        char *end;
        unsigned long number = strtoul(j->address + 1, &end, 10);

        err = *end || !number || number > INT32_MAX ? N2_ERR_USAGE : N2_OK;
        (void)snprintf(text, sizeof text, "#%lu", number);
    } else if (!err) {
        err = n2_name_resolve(c, j->address, &who);
        if (!err)
            n2_id_format(text, N2_ID_IDENTITY, &who);
    }
    while (!err && at < ROUTE_AVOIDED && strcmp(r->avoided[at], is_avoided ? "" : text) != 0)
        at++;
    for (size_t i = 0; !err && is_avoided && i < ROUTE_AVOIDED; i++)
        at = strcmp(r->avoided[i], text) == 0 ? i : at;
    if (!err && at == ROUTE_AVOIDED)
        err = is_avoided ? N2_ERR_LIMIT : N2_ERR_NOTFOUND;
    if (!err)
        memcpy(r->avoided[at], is_avoided ? text : "", is_avoided ? sizeof text : 1);
    for (size_t i = 0; !err && i < ROUTE_AVOIDED; i++)
        if (r->avoided[i][0])
            len += (size_t)snprintf(all + len, sizeof all - len, "%s%s", len ? " " : "",
                                    r->avoided[i]);
    if (!err)
        err = n2_store_setting_set(c->config.store, "domain/avoid", all);
    if (err == N2_ERR_USAGE) {
        n2_job_failed_words(c, j, err, hop_why, hop_next);
    } else if (err) {
        n2_job_failed(c, j, err);
    } else {
        n2_routes_anew(c);
        n2_job_done(c, j, NULL);
    }
}

n2_table *
n2_routes_avoided(n2_control *c)
{
    n2_table *t = n2_table_new();

    for (size_t i = 0; c->routes && i < ROUTE_AVOIDED; i++) {
        const char *text = c->routes->avoided[i];
        n2_id who;

        if (!*text)
            continue;
        n2_table_row(t);
        n2_table_text(t, "hop", text);
        if (n2_id_parse(&who, N2_ID_IDENTITY, text, strlen(text)))
            continue;
        char *name = n2_name_dup(c, &who);

        n2_table_text(t, "name", name);
        free(name);
    }
    return t;
}

void
n2_routes_job(n2_control *c, job *j)
{
    if (j->kind == N2_JOB_PLACE_SET)
        place_set(c, j);
    else if (j->kind == N2_JOB_PLACE_LEARN)
        place_learn(c, j);
    else if (j->kind == N2_JOB_AVOID_SET)
        avoid_set(c, j);
    else if (j->kind == N2_JOB_AVOID_LIST)
        n2_job_done(c, j, n2_routes_avoided(c));
    else if (j->flags && !c->routes->hangs[0].len)
        n2_job_failed_words(c, j, N2_ERR_STATE, place_why, place_next);
    else
        place_show(c, j);
}

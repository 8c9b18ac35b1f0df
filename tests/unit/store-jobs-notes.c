/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * store-jobs-notes.c - the job that writes into the books: identities, names, ways, peers.
 */
#include <string.h>

#include "store-jobs-private.h"

n2_err
job_note(fixture *f, guint step, const char *text)
{
    const n2_id who = {.method = N2_METHOD_SHA256, .hash = {(guint8)text[0]}};
    const n2_store_hop hop = {.port = 3, .bits = 4};
    const n2_store_peer peer = {.net = text, .link_id = (guint8)text[0], .port = 2};
    guint8 answer[N2_ANSWER_BYTES] = {(guint8)text[0]};

    switch (step) {
    case 0:
        return n2_store_statement_put(f->store, &who, N2_KIND_BIRTH, text, strlen(text));
    case 1:
        return n2_store_name_set(f->store, text, "k1-x");
    case 2:
        return n2_store_path_set(f->store, &who, &hop, 1);
    case 3:
        return n2_store_peer_put(f->store, &peer);
    case 4:
        return n2_store_port_put(f->store, (guint8)text[0], 9);
    case 5:
        return n2_store_node_key_put(f->store, &who, answer, sizeof answer);
    default:
        return n2_store_setting_set(f->store, text, "value");
    }
}

static bool
see_statement(void *user, uint8_t kind, const uint8_t *statement, size_t len)
{
    (void)kind;
    (void)statement;
    *(gboolean *)user = len > 0;
    return true;
}

typedef struct {
    const char *text;
    gboolean found;
} search;

static bool
see_peer(void *user, const n2_store_peer *peer)
{
    search *s = user;

    s->found |= g_str_equal(peer->net, s->text) && peer->port == 2;
    return true;
}

static bool
see_port(void *user, uint64_t link_id, uint16_t port)
{
    search *s = user;

    s->found |= link_id == (guint8)s->text[0] && port == 9;
    return true;
}

n2_err
job_noted(fixture *f, guint step, const char *text, gboolean *is_there)
{
    const n2_id who = {.method = N2_METHOD_SHA256, .hash = {(guint8)text[0]}};
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    guint8 answer[N2_ANSWER_BYTES_MAX];
    gsize len = 0;
    g_autofree char *value = NULL;
    search s = {.text = text};
    size_t n = 0;
    n2_err err = N2_OK;

    *is_there = FALSE;
    switch (step) {
    case 0:
        return n2_store_statements(f->store, &who, 0, see_statement, is_there);
    case 1:
        err = n2_store_name_get(f->store, text, &value);
        break;
    case 2:
        err = n2_store_path_get(f->store, &who, hops, &n);
        break;
    case 3:
        err = n2_store_peers(f->store, see_peer, &s);
        *is_there = s.found;
        return err;
    case 4:
        err = n2_store_ports(f->store, see_port, &s);
        *is_there = s.found;
        return err;
    case 5:
        err = n2_store_node_key_get(f->store, &who, answer, &len);
        break;
    default:
        err = n2_store_setting_get(f->store, text, &value);
        break;
    }
    *is_there = !err;
    return err == N2_ERR_NOTFOUND ? N2_OK : err;
}

/* Each note is durable when its call returns: how far it came counts. */
n2_err
job_run_notes(fixture *f)
{
    for (guint i = 0; i < JOB_N_NOTES; i++) {
        n2_err err = job_note(f, i, "x-new");
        if (err)
            return err;
        f->progress = MAX(f->progress, i + 1);
    }
    return N2_OK;
}

void
job_check_notes(fixture *f, job_outcome outcome)
{
    for (guint i = 0; i < JOB_N_NOTES; i++) {
        gboolean is_there = FALSE;
        assert_ok(job_noted(f, i, "x-new", &is_there));
        if (i < f->progress || outcome == JOB_DONE)
            g_assert_true(is_there);
        else if (i > f->progress || outcome == JOB_NOT)
            g_assert_false(is_there);
    }
}

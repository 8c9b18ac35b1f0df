/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-show.c - to whom we show who we are, and the proof that the keys process makes of it.
 *
 *     a holder is proven --the user wishes it--> PROVE --certificate, signature--> `show`
 */
#include <stdlib.h>
#include <string.h>

#include "node/control-statement.h"

static bool
is_wished(const n2_control *c, const n2_id *who)
{
    if (c->config.shows == N2_SHOW_ALL || n2_routes_shows(c, who))
        return true;
    for (size_t i = 0; c->config.shows == N2_SHOW_PEERS && i < c->n_peers; i++)
        if (c->peers[i].endpoint && n2_id_equal(&c->peers[i].key, who))
            return true;
    return false;
}

void
n2_show_begin(n2_control *c, const n2_fetch_event *event)
{
    n2_keys_request request = {.kind = N2_KEYS_PROVE, .suite = event->suite};
    key_request extra = {.conn = event->conn};

    const own_identity *own = n2_identity_shown(c);

    if (n2_vault_proven(c, event)) {
        n2_sync_begin(c, &event->who);
        return;
    }
    if (own && n2_site_proven(c, event))
        return;
    if (!own || !is_wished(c, &event->who))
        return;
    request.who = extra.who = own->who;
    memcpy(request.hash, event->hash, sizeof request.hash);
    n2_err err = n2_keys_ask(c, &request, &extra);

    n2_fetch_showing(c->fetch, event->conn, !err, c->now_us);
    if (err)
        n2_control_log(c, "cannot prove who we are: %s", n2_err_text(err));
}

static bool
put_statement_cb(void *user, uint8_t kind, const uint8_t *statement, size_t len)
{
    n2_writer *w = user;

    if (kind < N2_KIND_BIRTH || kind > N2_KIND_FRESH)
        return true;
    if (len > UINT16_MAX)
        n2_writer_fail(w, N2_ERR_LIMIT);
    n2_write_u16(w, (uint16_t)len);
    n2_write_bytes(w, statement, len);
    return !w->err;
}

/* All that is about its keys, each statement with its length before it. */
static n2_err
write_chain(n2_control *c, const n2_id *who, n2_writer *w)
{
    n2_err err = n2_store_statements(c->config.store, who, 0, put_statement_cb, w);

    return err ? err : w->err;
}

void
n2_show_proof(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    n2_writer w = n2_writer_init_growing(N2_VM_STRING_BYTES_MAX);
    n2_err err = a->err;

    if (!err)
        err = write_chain(c, &r->who, &w);
    if (!err)
        err = n2_fetch_show(c->fetch, r->conn,
                            &(n2_shown){.who = r->who,
                                        .chain = {w.buf, w.len},
                                        .certificate = a->statement,
                                        .signature = a->signature},
                            c->now_us);
    n2_writer_clear(&w);
    if (err)
        n2_fetch_showing(c->fetch, r->conn, false, c->now_us);
    if (err)
        n2_site_unproven(c, r, err);
    /* NOTFOUND: the connection has ended meanwhile; STATE, TOKEN: we are not signed in. */
    if (err && err != N2_ERR_NOTFOUND && err != N2_ERR_STATE && err != N2_ERR_TOKEN)
        n2_control_log(c, "cannot prove who we are: %s", n2_err_text(err));
}

void
n2_show_ended(n2_control *c, const n2_fetch_event *event)
{
    char id[N2_ID_TEXT_BYTES];

    if (!event->err)
        return;
    n2_id_format(id, N2_ID_IDENTITY, &event->who);
    n2_control_log(c, "%s does not take our %s: %s", id,
                   event->kind == N2_FETCH_LOGGED_IN ? "log-in" : "proof of who we are",
                   n2_err_text(event->err));
}

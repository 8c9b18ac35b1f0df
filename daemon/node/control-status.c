/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-status.c - the job that tells about the node itself.
 */
#include "node/control-private.h"

static n2_table *
connections(const n2_control *c)
{
    n2_table *t = n2_table_new();
    n2_remote_info info;

    for (size_t i = 0; n2_fetch_remote_at(c->fetch, i, &info); i++) {
        if (!info.is_open)
            continue;
        n2_table_row(t);
        n2_table_id(t, "identity", N2_ID_IDENTITY, &info.who);
        n2_table_bool(t, "opened", true);
        n2_table_bool(t, "shown", info.is_shown);
        n2_table_int(t, "rtt_us", info.rtt_us);
    }
    /* The rest came to us, and needn't say who they are. */
    for (size_t i = 0; i < c->talk.n_talkers; i++) {
        const n2_talker *talker = c->talk.talkers[i];
        n2_id who, site;
        n2_key account;

        if (!(talker->rights & N2_MAY_ASK))
            continue;
        n2_table_row(t);
        n2_table_bool(t, "opened", false);
        if (n2_serve_asker(c->serve, talker->conn, &who))
            n2_table_id(t, "identity", N2_ID_IDENTITY, &who);
        if (n2_serve_account(c->serve, talker->conn, &account, &site))
            n2_site_put_account(t, &account);
    }
    return t;
}

static void
put_counts(n2_control *c, n2_table *t)
{
    n2_fetch_counts fetched;
    n2_serve_counts served;

    n2_fetch_counts_get(c->fetch, &fetched);
    n2_serve_counts_get(c->serve, &served);
    n2_table_int(t, "transfers", fetched.n_transfers);
    n2_table_int(t, "fetched_bytes", (int64_t)fetched.bytes);
    n2_table_int(t, "fetch_forged", (int64_t)fetched.n_forged);
    n2_table_int(t, "fetch_relieved", (int64_t)fetched.n_relieved);
    n2_table_int(t, "fetch_lost", (int64_t)fetched.n_lost);
    n2_table_int(t, "fetch_moved", (int64_t)fetched.n_moved);
    n2_table_int(t, "served_reads", (int64_t)served.n_reads);
    n2_table_int(t, "served_bytes", (int64_t)served.read_bytes);
    n2_table_int(t, "serve_failed", (int64_t)served.n_failed);
    n2_table_int(t, "askers_proven", (int64_t)served.n_shows);
    n2_table_int(t, "askers_not_proven", (int64_t)served.n_shows_wrong);
    n2_table_int(t, "logins", (int64_t)served.n_logins);
    n2_table_int(t, "logins_wrong", (int64_t)served.n_logins_wrong);
    n2_table_int(t, "blocks_refused", (int64_t)c->talk.n_blocks_refused);
}

static n2_table *
limits(const n2_control *c, const n2_store_counts *stored)
{
    n2_table *t = n2_table_new();
    n2_uses uses = {0};
    uint64_t n_jobs = 0, n_meetings = 0, n_asks = 0;

    for (size_t i = 0; i < N2_JOBS_MAX; i++)
        n_jobs += c->jobs[i] != NULL;
    for (size_t i = 0; i < N2_PERSON_ASKS_MAX; i++)
        n_asks += c->asks[i].id != 0;
    if (!n2_ports_is_switch(c)) {
        n2_talk_uses(&c->talk, &uses);
        n2_serve_uses(c->serve, &uses);
        n2_fetch_uses(c->fetch, &uses);
        n2_names_uses(c, &uses);
        n2_dhts_uses(c, &uses);
        n2_routes_uses(c, &uses);
        n2_cache_uses(c, &uses);
        n2_uses_add(&uses, "key_requests", c->n_requests, N2_KEY_REQUESTS_MAX,
                    c->met.key_requests);
    }
    n2_uses_add(&uses, "peers_others", c->n_others, N2_PEERS_OTHERS_MAX, c->met.others);
    n2_uses_add(&uses, "link_kept", c->n_kept_ports, N2_LINK_KNOWN_MAX, c->met.kept_ports);
    for (size_t i = 0; i < N2_MEETINGS_MAX; i++)
        n_meetings += c->meetings[i].link_id != 0;
    n2_uses_add(&uses, "meetings", n_meetings, N2_MEETINGS_MAX, c->met.meetings);
    if (stored->cache_max)
        n2_uses_add(&uses, "store_cache_bytes", stored->cache_bytes, stored->cache_max,
                    stored->n_evicted);
    n2_uses_add(&uses, "jobs", n_jobs, N2_JOBS_MAX, c->met.jobs);
    n2_uses_add(&uses, "person_asks", n_asks, N2_PERSON_ASKS_MAX, c->met.asks);
    n2_table_uses(t, &uses);
    return t;
}

/* What only a node with users has. */
static void
put_users(n2_control *c, n2_table *t, const n2_store_counts *stored)
{
    if (c->n_owns)
        n2_table_id(t, "identity", N2_ID_IDENTITY, &c->owns[0].who);
    n2_table_bool(t, "keys", c->has_node_key);
    n2_table_take(t, "connections", connections(c));
    n2_table_int(t, "objects", (int64_t)stored->n_whole);
    n2_table_int(t, "size", (int64_t)stored->bytes);
    n2_table_int(t, "free", (int64_t)stored->free_bytes);
    put_counts(c, t);
    n2_dhts_status(c, t);
}

void
n2_status_job(n2_control *c, job *j)
{
    n2_store_counts stored = {0};
    bool is_switch = n2_ports_is_switch(c);
    n2_err err = is_switch ? N2_OK : n2_store_count(c->config.store, &stored);

    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    n2_table *t = n2_job_row();

    n2_table_text(t, "mode", is_switch ? "switch" : "node");
    n2_table_text(t, "version", N2_VERSION);
    n2_table_text(t, "listeners", c->config.listeners);
    n2_table_int(t, "bits", c->config.switch_bits);
    n2_table_int(t, "uptime_s", (int64_t)((c->now_us - c->begun_us) / N2_SECOND_US));
    n2_table_take(t, "links", n2_peers_table(c));
    if (!is_switch)
        put_users(c, t, &stored);
    n2_table_take(t, "limits", limits(c, &stored));
    n2_job_done(c, j, t);
}

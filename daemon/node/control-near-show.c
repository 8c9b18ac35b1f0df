/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-near-show.c - neighbours and what they offer, as they are shown.
 */
#include <stdlib.h>
#include <string.h>

#include "node/control-near-private.h"

n2_near_stands
n2_near_stand(n2_control *c, const n2_neighbour *who)
{
    n2_identity identity;

    if (n2_keys_identity(c, &who->words.who, &identity))
        return N2_STAND_CLAIMED;
    return n2_identity_may(&identity, &who->device, N2_RIGHT_DEVICE, c->wall_us)
               ? N2_STAND_PROVEN
               : N2_STAND_REFUTED;
}

uint16_t
n2_near_port(const n2_control *c, const n2_net_addr *net)
{
    for (size_t i = 0; i < c->n_peers; i++)
        if (c->peers[i].is_up && n2_net_addr_equal(&c->peers[i].net, net))
            return c->peers[i].port;
    return 0;
}

static void
put_value(n2_table *t, const n2_attr *a)
{
    char text[N2_NEAR_VALUE_BYTES_MAX + 1] = "";
    n2_field f = n2_attr_field(a);
    n2_id id;

    if (a->type == N2_TYPE_TEXT && a->len) {
        memcpy(text, a->value, a->len);
        n2_table_text(t, "value", text);
    } else if (a->type == N2_TYPE_INT || a->type == N2_TYPE_TIME) {
        n2_table_int(t, "value", n2_field_int(&f));
    } else if (a->type == N2_TYPE_ID) {
        id = n2_field_id(&f);
        n2_table_id(t, "value", N2_ID_IDENTITY, &id);
    } else if (a->type == N2_TYPE_REF) {
        id = n2_field_ref(&f).id;
        n2_table_id(t, "value", N2_ID_CONTENT, &id);
    }
}

static n2_table *
offers_of(const n2_neighbour *who)
{
    n2_table *t = n2_table_new();
    char word[N2_NEAR_WORD_BYTES_MAX + 1];
    n2_attr a;

    for (size_t at = 0; n2_near_next_offer(who, &at, &a);) {
        memcpy(word, a.name, a.name_len);
        word[a.name_len] = 0;
        n2_table_row(t);
        n2_table_text(t, "service", word);
        put_value(t, &a);
    }
    return t;
}

static void
put(n2_control *c, n2_table *t, const n2_neighbour *who)
{
    static const char *const stands[] = {
        [N2_STAND_CLAIMED] = "claimed", [N2_STAND_PROVEN] = "proven"};
    char *name = n2_name_dup(c, &who->words.who);
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    uint16_t port = who->wire.net.len ? n2_near_port(c, &who->wire.net) : 0;
    size_t n = 0;
    bool is_there =
        n2_keys_own(c, &who->words.who) || !n2_way_find(c, &who->words.who, hops, &n, NULL);

    n2_table_row(t);
    n2_table_id(t, "identity", N2_ID_IDENTITY, &who->words.who);
    n2_table_text(t, "name", name);
    n2_table_text(t, "state", stands[n2_near_stand(c, who)]);
    n2_table_bool(t, "reachable", is_there);
    n2_table_bool(t, "leads-out", who->words.flags & N2_NEAR_LEADS_OUT);
    if (who->wire.net.len)
        n2_table_bytes(t, "net", who->wire.net.bytes, who->wire.net.len);
    if (port || who->way.path)
        n2_table_int(t, "port", port ? port : who->way.port);
    n2_table_int(t, "heard", c->wall_us - (int64_t)(c->now_us - who->heard_us));
    n2_table_take(t, "services", offers_of(who));
    free(name);
}

void
n2_near_job(n2_control *c, job *j)
{
    n2_table *t = n2_table_new();

    if (!c->near) {
        n2_table_free(t);
        n2_job_failed_words(c, j, N2_ERR_STATE, n2_words_near_why, n2_words_near_next);
        return;
    }
    for (size_t i = 0; i < n2_near_count(c->near->near); i++) {
        const n2_neighbour *who = n2_near_at(c->near->near, i);
        if (n2_near_stand(c, who) != N2_STAND_REFUTED &&
            (!j->name || !*j->name || n2_near_offers(who, j->name)))
            put(c, t, who);
    }
    n2_job_done(c, j, t);
}

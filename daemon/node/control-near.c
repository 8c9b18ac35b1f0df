/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-near.c - the local network: what this node says of itself, whom it hears, and the
 *                  links that come of it (name/near.h).
 *
 *     offers, node key --body--> keys process --statement--> near --> each wire, local channel
 *     wire, local channel --> near --> links to whom all pick; ways to whom the switch reaches
 *
 * Nothing here is believed further than to try: a way leads to whoever proves to be meant, and
 * a link is a wire like others.  Nothing is written down either, so it ends with the network.
 */
#include "node/control-near-private.h"

#include <stdlib.h>
#include <string.h>

enum {
    BROADCAST = 2, /* n2_mode, of wire/packet.h */
    SMALL_BYTES = 512,
    LARGE_BYTES = 2048,
    PORT_OF_LOCAL = 6 /* bits of a label at a switch whose width is not known */
};

#define NEAR_TAG N2_CAST_TAG_OF_NODE /* of the local channel */

/* ---- what we say ----------------------------------------------------------------------------
 */

static bool
add_offer(
    n2_attr *offers, size_t *n, const char *word, uint8_t type, const void *value, size_t len)
{
    for (size_t i = 0; i < *n; i++)
        if (offers[i].name_len == strlen(word) &&
            memcmp(offers[i].name, word, strlen(word)) == 0)
            return true;
    if (*n == N2_NEAR_OFFERS_MAX)
        return false;
    offers[(*n)++] = (n2_attr){.name = (const uint8_t *)word,
                               .name_len = (uint8_t)strlen(word),
                               .type = type,
                               .value = value,
                               .len = (uint16_t)len};
    return true;
}

/* Those of the configuration: @text is taken apart. */
static void
add_configured(n2_attr *offers, size_t *n, char *text)
{
    char *rest = NULL;

    for (char *one = strtok_r(text, ";", &rest); one; one = strtok_r(NULL, ";", &rest)) {
        one += strspn(one, " ");
        char *value = strchr(one, '=');
        size_t len = strcspn(one, "= ");

        if (!len || len > N2_NEAR_WORD_BYTES_MAX)
            continue;
        value = value ? value + 1 : one + strlen(one);
        one[len] = 0;
        (void)add_offer(offers, n, one, N2_TYPE_TEXT, value, strlen(value));
    }
}

static const n2_root *
root_of(const n2_roots *roots, const n2_id *zone)
{
    for (size_t i = 0; i < roots->n; i++)
        if (n2_id_equal(&roots->of[i].zone, zone))
            return &roots->of[i];
    return NULL;
}

/* The first zone that is kept here and has a suffix, else the first: "SUFFIX k1-ZONE" in @text,
 * or its identity. */
static void
add_names(n2_control *c,
          n2_attr *offers,
          size_t *n,
          char text[static N2_NEAR_VALUE_BYTES_MAX + 1])
{
    const struct zones *z = c->names ? c->names->zones : NULL;
    const kept_zone *kept = NULL;
    const n2_root *root = NULL;

    for (size_t i = 0; z && i < z->n && !root; i++) {
        if (z->of[i].has_no_key)
            continue;
        kept = kept ? kept : &z->of[i];
        root = root_of(n2_resolver_roots(c->names->resolver), &z->of[i].rules.who);
        kept = root ? &z->of[i] : kept;
    }
    if (!kept)
        return;
    size_t len = root ? strlen(root->suffix) : 0;
    if (len + 1 + N2_ID_CHARS > N2_NEAR_VALUE_BYTES_MAX)
        len = 0; /* who takes it says himself what for */
    if (len) {
        memcpy(text, root->suffix, len);
        text[len++] = ' ';
    }
    n2_id_format(text + len, N2_ID_IDENTITY, &kept->rules.who);
    (void)add_offer(offers, n, N2_NEAR_NAMES, N2_TYPE_TEXT, text, strlen(text));
}

/* Has @who published anything? */
static bool
has_tree(n2_control *c, const n2_id *who)
{
    n2_head head;

    return !n2_store_head_get(c->config.store, who, N2_BRANCH_MAIN, &head, NULL, NULL);
}

static const n2_node_key *
node_key(const n2_control *c)
{
    for (size_t i = 0; i < sizeof c->keys / sizeof *c->keys; i++)
        if (c->offers & 1u << i)
            return &c->keys[i].record;
    return NULL;
}

static bool
leads_out(const n2_control *c)
{
    for (size_t i = 0; i < c->n_peers; i++)
        if (c->peers[i].is_up && c->peers[i].endpoint && !n2_net_is_local(&c->peers[i].net))
            return true;
    return false;
}

/* Body of what we say now; false: nothing. */
static bool
write_body(n2_control *c, uint8_t *buf, size_t cap, n2_box *body)
{
    const n2_node_key *key = node_key(c);
    char *text = strdup(c->config.offers ? c->config.offers : "");
    char names[N2_NEAR_VALUE_BYTES_MAX + 1];
    n2_attr offers[N2_NEAR_OFFERS_MAX];
    uint8_t mine[N2_ID_BYTES] = {c->owns[0].who.method};
    size_t n = 0;
    n2_near_words words = {.who = c->owns[0].who,
                           .suites = c->offers,
                           .switch_bits = c->config.switch_bits,
                           .flags =
                               N2_NEAR_TAKES_LINKS | (leads_out(c) ? N2_NEAR_LEADS_OUT : 0),
                           .serial = (uint64_t)c->wall_us,
                           .until_us = c->wall_us + (int64_t)N2_HOUR_US};

    if (text)
        add_configured(offers, &n, text);
    memcpy(mine + 1, c->owns[0].who.hash, sizeof c->owns[0].who.hash);
    add_names(c, offers, &n, names);
    if (has_tree(c, &c->owns[0].who))
        (void)add_offer(offers, &n, "files", N2_TYPE_ID, mine, sizeof mine);
    n2_node_key_static(key, &words.key);
    bool is_said = n || c->config.local == N2_LOCAL_SHOWS;
    n2_err err = is_said ? n2_near_body(buf, cap, &words, offers, n, body) : N2_OK;
    if (err)
        n2_control_log(c, "the local network is not told what is offered here: %s",
                       n2_err_text(err));
    free(text);
    return is_said && !err;
}

static void
sign(n2_control *c)
{
    near_work *w = c->near;
    uint8_t buf[N2_NEAR_BYTES_MAX];
    key_request extra = {.signed_then = n2_near_signed};
    n2_box body;

    w->sign_at_us = c->now_us + N2_NEAR_LIFE_US;
    if (!c->n_owns || !node_key(c) || c->wall_us <= 0)
        return;
    if (!write_body(c, buf, sizeof buf, &body)) {
        n2_near_be_silent(w->near);
        return;
    }
    n2_err err = n2_keys_ask(c,
                             &(n2_keys_request){.kind = N2_KEYS_SIGN,
                                                .who = c->owns[0].who,
                                                .body = {.bytes = body.bytes, .len = body.len}},
                             &extra);
    if (err)
        n2_control_log(c, "the local network is not told who is here: %s", n2_err_text(err));
}

void
n2_near_signed(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    n2_err err = a->err;
    (void)r;

    if (!c->near)
        return;
    if (!err)
        err = n2_near_set_own(c->near->near, a->statement.bytes, a->statement.len, c->now_us);
    if (err)
        n2_control_log(c, "the local network is not told who is here: %s", n2_err_text(err));
}

void
n2_near_changed(n2_control *c)
{
    if (c->near && c->is_ready)
        c->near->sign_at_us = c->now_us;
}

/* By the local channel of our switch. */
static void
send_by_switch(n2_control *c, const uint8_t *said, size_t len)
{
    size_t room = len > SMALL_BYTES ? LARGE_BYTES : SMALL_BYTES;
    n2_op op = {.kind = N2_OP_CAST_SEND,
                .address = N2_NEAR_CHANNEL,
                .bits = BROADCAST,
                .bytes = calloc(1, room),
                .len = room};

    if (!op.bytes)
        return;
    memcpy(op.bytes, said, len);
    n2_env_random(&c->env, &op.size, sizeof op.size); /* else it were the same as the last */
    n2_op_queue_push(&c->ops, &op);
}

/* ---- links ----------------------------------------------------------------------------------
 */

static near_link *
link_to(near_work *w, const n2_net_addr *net)
{
    for (size_t i = 0; i < N2_NEAR_LINKS_MAX; i++)
        if (w->links[i].id && n2_net_addr_equal(&w->links[i].net, net))
            return &w->links[i];
    return NULL;
}

/* A free place; else that of the link that has been down for longest, then of the oldest. */
static near_link *
link_place(n2_control *c)
{
    near_link *at = NULL;

    for (size_t i = 0; i < N2_NEAR_LINKS_MAX; i++) {
        near_link *l = &c->near->links[i];
        if (!l->id)
            return l;
        if (!at || l->is_up < at->is_up ||
            (l->is_up == at->is_up && l->since_us < at->since_us))
            at = l;
    }
    if (c->now_us - at->since_us < N2_NEAR_SILENT_US)
        return NULL; /* nobody makes us change links again and again */
    n2_peers_close_near(c, at->id);
    return at;
}

static bool
is_linked(const n2_control *c, const n2_net_addr *net)
{
    for (size_t i = 0; i < c->n_peers; i++)
        if (n2_net_addr_equal(&c->peers[i].net, net))
            return true;
    return false;
}

static void
link(n2_control *c, const n2_neighbour *to)
{
    near_link *l = link_to(c->near, &to->wire.net);

    if (l || is_linked(c, &to->wire.net))
        return;
    l = link_place(c);
    if (!l)
        return;
    *l = (near_link){.net = to->wire.net, .since_us = c->now_us};
    l->id = n2_peers_open_near(c, &l->net);
    n2_control_changed(c, "links");
}

/* To whom all of the wire pick. */
static void
pick(n2_control *c)
{
    const n2_neighbour *to = n2_near_pick(c->near->near);

    if (to && n2_near_stand(c, to) != N2_STAND_REFUTED)
        link(c, to);
}

void
n2_near_link(n2_control *c, const n2_event *event)
{
    if (!c->near)
        return;
    for (size_t i = 0; i < N2_NEAR_LINKS_MAX; i++) {
        near_link *l = &c->near->links[i];
        if (!l->id || l->id != event->link_id)
            continue;
        if (l->is_up != (event->kind == N2_EVENT_LINK_UP))
            l->since_us = c->now_us;
        l->is_up = event->kind == N2_EVENT_LINK_UP;
    }
    if (event->kind == N2_EVENT_LINK_UP && n2_net_is_local(&event->net))
        n2_near_hurry(c->near->near, c->now_us);
    n2_near_changed(c); /* it may lead out now */
}

bool
n2_near_reach(n2_control *c, const n2_id *who)
{
    for (size_t i = 0; c->near && i < n2_near_count(c->near->near); i++) {
        const n2_neighbour *at = n2_near_at(c->near->near, i);
        if (!n2_id_equal(&at->words.who, who) || !at->wire.net.len ||
            !(at->words.flags & N2_NEAR_TAKES_LINKS) ||
            n2_near_stand(c, at) == N2_STAND_REFUTED)
            continue;
        link(c, at);
        return true;
    }
    return false;
}

size_t
n2_near_name_servers(n2_control *c, const n2_roots *roots, n2_id *out, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; c->near && n < max && i < n2_near_count(c->near->near); i++) {
        const n2_neighbour *at = n2_near_at(c->near->near, i);
        char suffix[N2_NAME_BYTES_MAX + 1];
        n2_id zone;

        if (n2_near_names(at, suffix, &zone) && root_of(roots, &zone) &&
            n2_near_stand(c, at) != N2_STAND_REFUTED)
            out[n++] = at->words.who;
    }
    return n;
}

/* ---- ways -----------------------------------------------------------------------------------
 */

/* The labels of the way back, of which only the bits are known, and the width of our switch and
 * perhaps of the next. */
static bool
hops_of(const n2_control *c, uint64_t path, n2_store_hop *hops, size_t *n)
{
    uint64_t labels = path >> N2_PATH_USED_BITS << N2_PATH_USED_BITS;
    unsigned bits = c->config.switch_bits;

    for (*n = 0; labels && *n < N2_STORE_HOPS_MAX; bits = PORT_OF_LOCAL) {
        uint32_t port = (uint32_t)(labels >> (64 - bits));
        hops[(*n)++] = (n2_store_hop){.port = (uint16_t)port, .bits = (uint8_t)bits};
        labels <<= bits;
        if (*n == 1 && n2_peers_bits(c, port)) {
            bits = n2_peers_bits(c, port);
            if (!labels)
                break;
            hops[(*n)++] = (n2_store_hop){.port = (uint16_t)(labels >> (64 - bits)),
                                          .bits = (uint8_t)bits};
            labels <<= bits;
        }
    }
    return *n && !labels;
}

bool
n2_near_way(n2_control *c,
            const n2_id *who,
            size_t *at,
            n2_store_hop hops[static N2_STORE_HOPS_MAX],
            size_t *n)
{
    /* First by the switch, then by links to who was heard on a wire. */
    for (; c->near && *at < 2 * n2_near_count(c->near->near);) {
        bool is_wire = *at % 2;
        const n2_neighbour *to = n2_near_at(c->near->near, (*at)++ / 2);
        if (!n2_id_equal(&to->words.who, who) || n2_near_stand(c, to) == N2_STAND_REFUTED)
            continue;
        if (!is_wire && to->way.path && hops_of(c, to->way.path, hops, n))
            return true;
        uint16_t port = is_wire && to->wire.net.len ? n2_near_port(c, &to->wire.net) : 0;
        if (!port)
            continue;
        hops[0] = (n2_store_hop){.port = port, .bits = c->config.switch_bits};
        *n = 1;
        return true;
    }
    return false;
}

/* ---- in and out -----------------------------------------------------------------------------
 */

static void
hear(n2_control *c, const n2_near_place *from, const uint8_t *bytes, size_t len)
{
    bool is_news;
    n2_err err = n2_near_hear(c->near->near, bytes, len, from, c->now_us, c->wall_us, &is_news);

    if (err || !is_news)
        return;
    pick(c);
    n2_way_tell(c, NULL);
    n2_control_changed(c, "neighbours");
}

bool
n2_near_packet(n2_control *c, const n2_event *event)
{
    const n2_near_place from = {
        .path = event->path, .port = (uint16_t)(event->path >> (64 - c->config.switch_bits))};

    if (event->tag != NEAR_TAG)
        return false;
    if (c->near && from.port)
        hear(c, &from, event->bytes, event->len);
    return true;
}

void
n2_control_hear(n2_control *control,
                const n2_net_addr *from,
                const uint8_t *bytes,
                size_t len,
                uint64_t now_us,
                int64_t wall_us)
{
    const n2_near_place place = {.net = *from};

    control->now_us = now_us;
    control->wall_us = wall_us;
    if (control->near && n2_net_is_local(from))
        hear(control, &place, bytes, len);
    n2_control_drain_fetch(control);
}

size_t
n2_control_next_near(n2_control *control, uint8_t *out)
{
    if (!control->near || !control->near->is_due)
        return 0;
    control->near->is_due = false;
    return n2_near_write(control->near->near, control->config.local_port, out);
}

void
n2_control_wires_changed(n2_control *control, uint64_t now_us)
{
    if (control->near)
        n2_near_hurry(control->near->near, now_us);
}

/* ---- life -----------------------------------------------------------------------------------
 */

static void
join(n2_control *c)
{
    n2_op_queue_push(&c->ops, &(n2_op){.kind = N2_OP_CAST_JOIN,
                                       .tag = NEAR_TAG,
                                       .address = N2_NEAR_CHANNEL,
                                       .bits = BROADCAST});
}

n2_err
n2_near_begin(n2_control *c)
{
    if (n2_ports_is_switch(c) || c->config.local == N2_LOCAL_OFF)
        return N2_OK;
    c->near = calloc(1, sizeof *c->near);
    if (!c->near)
        return N2_ERR_NOMEM;
    n2_err err = n2_near_new(&c->near->near, &c->env, c->now_us);
    if (err)
        return err;
    n2_near_hurry(c->near->near, c->now_us);
    join(c);
    return N2_OK;
}

void
n2_near_restarted(n2_control *c)
{
    if (!c->near)
        return;
    for (size_t i = 0; i < N2_NEAR_LINKS_MAX; i++)
        c->near->links[i].is_up = false;
    join(c);
}

void
n2_near_clear(n2_control *c)
{
    if (c->near)
        n2_near_free(c->near->near);
    free(c->near);
    c->near = NULL;
}

void
n2_near_due(n2_control *c)
{
    near_work *w = c->near;
    uint8_t said[N2_NEAR_SAID_BYTES_MAX];
    bool is_news;

    if (!w)
        return;
    if (c->is_ready && c->now_us >= w->sign_at_us)
        sign(c);
    if (n2_near_expire(w->near, c->now_us, &is_news)) {
        w->is_due = true;
        send_by_switch(c, said, n2_near_write(w->near, c->config.local_port, said));
        pick(c);
    }
    if (is_news)
        n2_control_changed(c, "neighbours");
}

uint64_t
n2_near_when(const n2_control *c)
{
    if (!c->near)
        return UINT64_MAX;
    uint64_t at_us = n2_near_deadline(c->near->near);

    return c->is_ready && c->near->sign_at_us < at_us ? c->near->sign_at_us : at_us;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-places.c - what neighbours, servers and parents answer about links, places and routes,
 * and what strangers ask about them: any values to any question of ours, any arguments of those
 * words, at a node that serves a domain and hangs in others.
 *
 * Records: what 1, then
 *     below 0x80   an answer to the question 1 + what % 8 (route_asks): n values 1, each type
 * 1: 0 number 8; 1 bytes: length 1, bytes; 2 id of the server; 3 id of whom it is about; 4 an
 * attachment that the server signed: flags 1, serial 1, down 8, bits 1, minutes 1; 5 a route of
 * two steps: word 8, bits 1, bits 1, hidden 1; 6 what the server knows of its keys; 7 what it
 * says of itself: serial 1, hours 1 0x80-0xbf    the word 0x48 + what % 8 is asked by a way 8:
 * its arguments, as values 0xc0-        a way is looked for, and time passes: seconds 1
 */
#define IDENTITY_NOW_S 1760000000 /* as two-nodes.c has it */

#include "identity-world.h"
#include "two-nodes.h"

#include "base/reader.h"
#include "crypto/container.h"
#include "fuzz.h"
#include "node/control-private.h"
#include "vm/words.h"

enum {
    TURNS = 200, /* inputs with one pair of nodes */
    RECORDS_MAX = 8,
    VALUES_MAX = 5,
    NUMBER = ROUTE_NUMBER | 77,
    ROOM_BYTES = 2048
};

typedef struct {
    two_nodes *w;
    n2_control *c;
    world server, bob;
    peer neighbour;
    GByteArray *chain; /* what is known of the server */
    guint8 rooms[VALUES_MAX][ROOM_BYTES];
} table;

static GByteArray *
chain_of(const world *who, GBytes *add)
{
    n2_writer w = n2_writer_init_growing(1 << 16);
    GByteArray *chain = g_byte_array_new();
    GBytes *all[] = {who->birth, add};

    for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
        gsize len;
        const guint8 *bytes = g_bytes_get_data(all[i], &len);

        n2_container_put(&w, bytes, len);
    }
    g_byte_array_append(chain, w.buf, (guint)w.len);
    n2_writer_clear(&w);
    return chain;
}

static void
open_table(table *t)
{
    const guint8 secret[N2_PLACES_SECRET_BYTES] = {5};

    t->w = two_nodes_new(7);
    t->c = t->w->node[0].control;
    two_nodes_drain(t->w);
    world_init(&t->server, 1);
    world_init(&t->bob, 1);
    t->bob.id.hash[0] ^= 1; /* whom nobody has met */
    GBytes *add = add_by(&t->server.born, &t->server.device[0], "server",
                         BY(&t->server.control[0], &t->server.device[0]));

    t->chain = chain_of(&t->server, add);
    g_bytes_unref(add);
    struct routes *r = t->c->routes;

    r->is_server = true;
    r->hangs[0] = (route_hang){.domain = t->w->node[0].id, .again_us = UINT64_MAX};
    r->hangs[1] = (route_hang){.domain = t->server.id, .again_us = UINT64_MAX};
    /* A link that is up, with the server at its other end. */
    t->neighbour = (peer){.port = 5,
                          .is_up = true,
                          .endpoint = (char *)(uintptr_t) "somewhere",
                          .key = t->server.id};
    t->c->peers = &t->neighbour;
    t->c->n_peers = 1;
    check(!n2_domain_server_new(&r->server, &t->w->node[0].id, 4, secret));
}

static void
close_table(table *t)
{
    t->c->peers = NULL; /* it is not the node's to free */
    t->c->n_peers = 0;
    two_nodes_free(t->w);
    world_clear(&t->server);
    world_clear(&t->bob);
    g_byte_array_unref(t->chain);
}

/* ---- values ---- */

static size_t
put_id(guint8 *out, const n2_id *id)
{
    out[0] = id->method;
    memcpy(out + 1, id->hash, sizeof id->hash);
    return N2_ID_BYTES;
}

static size_t
put_signed(const table *t, guint8 *out, const n2_box *body)
{
    n2_box box;

    check(!n2_statement_sign(out, ROOM_BYTES, body, &t->server.device[0], &box));
    memmove(out, box.bytes, box.len);
    return box.len;
}

static size_t
put_place(const table *t, n2_reader *r, guint8 *out)
{
    guint8 buf[N2_ATTACHMENT_BODY_BYTES_MAX];
    n2_attachment a = {.node = t->bob.device[2].key, .domain = t->server.id, .place = {1}};
    n2_box body;

    a.flags = n2_read_u8(r);
    a.serial = n2_read_u8(r);
    a.down.word = n2_read_u64(r);
    a.down.bits = n2_read_u8(r);
    a.up = a.down;
    a.until_us = t->c->wall_us + n2_read_u8(r) * G_GINT64_CONSTANT(60000000);
    return n2_attachment_body(buf, sizeof buf, &a, &body) ? 0 : put_signed(t, out, &body);
}

static size_t
put_way(const table *t, n2_reader *r, guint8 *out)
{
    n2_composed c = {.n_hops = 2};

    c.route.word = n2_read_u64(r);
    c.hops[0].bits = n2_read_u8(r);
    c.hops[1].bits = n2_read_u8(r);
    c.hops[1].domain = t->server.id;
    c.headroom = n2_read_u8(r);
    c.route.bits = (uint8_t)(c.hops[0].bits + c.hops[1].bits);
    return n2_composed_write(out, &c);
}

static size_t
put_domain(const table *t, n2_reader *r, guint8 *out)
{
    guint8 buf[1024];
    n2_domain_said said = {.who = t->server.id, .landmark = 5};
    n2_box body;

    said.serial = n2_read_u8(r);
    said.until_us = t->c->wall_us + n2_read_u8(r) * G_GINT64_CONSTANT(3600000000);
    return n2_domain_body(buf, sizeof buf, &said, &body) ? 0 : put_signed(t, out, &body);
}

static n2_value
read_value(table *t, n2_reader *r, size_t i, char type)
{
    uint8_t kind = n2_read_u8(r) & 7;
    guint8 *room = t->rooms[i];
    size_t len = 0;

    if (type == 'u' || (!type && !kind))
        return (n2_value){.type = 'u', .u = n2_read_u64(r)};
    if (kind <= 1) {
        size_t left = n2_reader_left(r);

        len = n2_read_u8(r);
        left = n2_reader_left(r);
        len = len < left ? len : left;
        const guint8 *bytes = n2_read_bytes(r, len);

        if (bytes)
            memcpy(room, bytes, len);
    } else if (kind == 2) {
        len = put_id(room, &t->server.id);
    } else if (kind == 3) {
        len = put_id(room, &t->bob.id);
    } else if (kind == 4) {
        len = put_place(t, r, room);
    } else if (kind == 5) {
        len = put_way(t, r, room);
    } else if (kind == 6) {
        len = t->chain->len;
        memcpy(room, t->chain->data, len);
    } else {
        len = put_domain(t, r, room);
    }
    return (n2_value){.type = 'b', .bytes = room, .len = len};
}

/* ---- what happens ---- */

static void
answer(table *t, uint8_t what, n2_reader *r)
{
    n2_value values[VALUES_MAX], exact[VALUES_MAX];
    size_t n = n2_read_u8(r) % (VALUES_MAX + 1);

    for (size_t i = 0; i < n; i++) {
        values[i] = exact[i] = read_value(t, r, i, 0);
        if (values[i].type == 'b')
            exact[i].bytes = fuzz_copy(values[i].bytes, values[i].len);
    }
    (void)n2_routes_reach(t->c, &t->bob.id);
    t->c->routes->sends[0] = (route_send){.number = NUMBER,
                                          .what = (route_asks)(1 + what % 8),
                                          .server = t->server.id,
                                          .about = t->bob.id,
                                          .is_sent = true,
                                          .until_us = UINT64_MAX};
    n2_routes_answered(t->c, NUMBER, &t->server.id, N2_OK, exact, n);
    for (size_t i = 0; i < n; i++)
        if (exact[i].type == 'b')
            free((void *)(uintptr_t)exact[i].bytes);
}

static void
ask(table *t, uint8_t what, n2_reader *r)
{
    n2_call call = {.opcode = (uint8_t)(N2_WORD_NEIGHBOUR + what % 8), .tag = 1};
    const char *taken = n2_word_find(call.opcode)->taken;
    n2_asm block = n2_asm_init();
    n2_talker *talker = n2_talk_find(&t->c->talk, 1);
    uint64_t path = n2_read_u64(r);
    uint8_t *bytes;
    size_t len;

    if (talker)
        talker->path = path;
    for (size_t i = 0; taken[i]; i++) {
        call.arg[i] = read_value(t, r, i, taken[i]);
        if (call.arg[i].type == 'b')
            call.arg[i].bytes = fuzz_copy(call.arg[i].bytes, call.arg[i].len);
    }
    (void)!n2_routes_asked(t->c, 1, &call, &block);
    for (size_t i = 0; taken[i]; i++)
        if (call.arg[i].type == 'b')
            free((void *)(uintptr_t)call.arg[i].bytes);
    if (!n2_asm_finish(&block, &bytes, &len))
        free(bytes);
}

static void
check_ways(table *t)
{
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    n2_route route;
    size_t n;
    const n2_id *whom[] = {&t->bob.id, &t->server.id};

    for (size_t i = 0; i < G_N_ELEMENTS(whom); i++)
        for (size_t at = 0; n2_routes_way(t->c, whom[i], &at, hops, &n);)
            check(n >= 1 && n <= N2_STORE_HOPS_MAX);
    for (size_t i = 0; i < ROUTE_NEIGHBOURS; i++) {
        const route_neighbour *one = &t->c->routes->neighbours[i];

        check(!one->has_way ||
              (one->n_way <= N2_STORE_HOPS_MAX && !n2_way_path(one->way, one->n_way, &route)));
    }
    for (size_t i = 0; i < ROUTE_TARGETS; i++) {
        const route_target *to = &t->c->routes->targets[i];

        check(to->n <= N2_COMPOSED_MAX);
        for (size_t k = 0; k < to->n; k++)
            check(to->ways[k].route.bits + to->ways[k].headroom <= N2_PATH_BITS);
    }
    /* What is ours is signed for our key, which the server here never did. */
    check(!t->c->routes->hangs[1].len);
    const route_place *p = n2_routes_place(t->c, &t->bob.id);

    check(!p || (n2_id_equal(&p->at.domain, &t->server.id) &&
                 !n2_attachment_is_over(&p->at, t->c->wall_us)));
}

static void
act(table *t, n2_reader *r)
{
    uint8_t what = n2_read_u8(r);

    if (what < 0x80) {
        answer(t, what, r);
    } else if (what < 0xc0) {
        ask(t, what, r);
    } else {
        t->w->now_us += n2_read_u8(r) * N2_SECOND_US;
        n2_control_expire(t->c, t->w->now_us, t->w->wall_us);
    }
    two_nodes_drain(t->w);
    check_ways(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned turn;
    static table t;
    n2_reader r = n2_reader_init(data, size);
    n2_notice notice;

    if (turn++ % TURNS == 0) {
        if (t.w)
            close_table(&t);
        open_table(&t);
    }
    for (unsigned n = 0; n < RECORDS_MAX && n2_reader_left(&r); n++)
        act(&t, &r);
    while (two_nodes_notice(t.w, 0, 0, N2_NOTICE_LOG, &notice))
        n2_notice_clear(&notice);
    return 0;
}

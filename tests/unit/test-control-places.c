/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-places.c - where somebody hangs, as others tell it: what is believed, and what
 *                         servers, neighbours and parents may answer that is not.
 */
#define IDENTITY_NOW_S 1760000000 /* as two-nodes.c has it */

#include "identity-world.h"
#include "two-nodes.h"

#include "crypto/container.h"
#include "node/control-private.h"
#include "node/control-statement.h"

enum {
    NUMBER = ROUTE_NUMBER | 77
};

/* Of a domain, and of bob who hangs in it; node 0 has met neither. */
typedef struct {
    two_nodes *w;
    n2_control *c;
    world domain, bob;
    GBytes *domain_add[2], *bob_add[2];
} scene;

static void
set_up(scene *t, gconstpointer data)
{
    (void)data;
    memset(t, 0, sizeof *t);
    t->w = two_nodes_new(7);
    t->c = t->w->node[0].control;
    two_nodes_drain(t->w);
    t->c->wall_us = now;
    world_init(&t->domain, 1);
    world_init(&t->bob, 1);
    t->bob.control[0] = key(90);
    g_bytes_unref(t->bob.birth);
    t->bob.birth = birth_by(&t->bob, 2, 1);
    gsize len;
    const guint8 *bytes = g_bytes_get_data(t->bob.birth, &len);
    g_assert_cmpint(n2_identity_birth(&t->bob.born, bytes, len, N2_METHOD_SHA256, NULL), ==,
                    N2_OK);
    t->bob.id = t->bob.born.id;
    for (guint i = 0; i < 2; i++) {
        t->domain_add[i] = add_by(&t->domain.born, &t->domain.device[i], "server",
                                  BY(&t->domain.control[0], &t->domain.device[i]));
        t->bob_add[i] = add_by(&t->bob.born, &t->bob.device[2 + i], "laptop",
                               BY(&t->bob.control[0], &t->bob.device[2 + i]));
    }
}

static void
tear_down(scene *t, gconstpointer data)
{
    (void)data;
    for (guint i = 0; i < 2; i++) {
        g_bytes_unref(t->domain_add[i]);
        g_bytes_unref(t->bob_add[i]);
    }
    world_clear(&t->domain);
    world_clear(&t->bob);
    two_nodes_free(t->w);
}

/* One container of them. */
static GByteArray *
chain_of(GBytes *first, ...)
{
    n2_writer w = n2_writer_init_growing(1 << 20);
    GByteArray *chain = g_byte_array_new();
    va_list list;

    va_start(list, first);
    for (GBytes *one = first; one; one = va_arg(list, GBytes *)) {
        gsize len;
        const guint8 *bytes = g_bytes_get_data(one, &len);
        n2_container_put(&w, bytes, len);
    }
    va_end(list);
    g_byte_array_append(chain, w.buf, (guint)w.len);
    n2_writer_clear(&w);
    return chain;
}

static n2_attachment
place_of(const scene *t, guint64 serial)
{
    n2_attachment a = {.node = t->bob.device[2].key,
                       .domain = t->domain.id,
                       .place = {1, 2, 3, 4, 5, 6, 7, 8},
                       .serial = serial,
                       .until_us = now + (gint64)N2_ATTACHMENT_US};

    g_assert_cmpint(n2_route_add(&a.down, 4, 3), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&a.up, 4, 1), ==, N2_OK);
    return a;
}

static GBytes *
signed_by(const n2_attachment *a, const n2_signing_key *by)
{
    guint8 buf[N2_ATTACHMENT_BODY_BYTES_MAX], statement[N2_ATTACHMENT_BYTES_MAX];
    n2_box body, box;

    g_assert_cmpint(n2_attachment_body(buf, sizeof buf, a, &body), ==, N2_OK);
    g_assert_cmpint(n2_statement_sign(statement, sizeof statement, &body, by, &box), ==, N2_OK);
    return g_bytes_new(box.bytes, box.len);
}

static n2_err
learn(scene *t, GBytes *statement, const GByteArray *chain)
{
    gsize len;
    const guint8 *bytes = g_bytes_get_data(statement, &len);

    return n2_routes_learn(t->c, &t->bob.id, &(n2_slice){bytes, len},
                           &(n2_slice){chain->data, chain->len});
}

static guint64
known(const scene *t)
{
    const route_place *p = n2_routes_place(t->c, &t->bob.id);

    return p ? p->at.serial : 0;
}

/* Attack 13: an older word, though still valid, takes nobody back to where he was; one that is
 * over is none. */
static void
test_old(scene *t, gconstpointer data)
{
    g_autoptr(GByteArray) chain =
        chain_of(t->domain.birth, t->domain_add[0], t->bob.birth, t->bob_add[0], NULL);
    n2_attachment a = place_of(t, 5), older = place_of(t, 4), over = place_of(t, 9);
    g_autoptr(GBytes) first = signed_by(&a, &t->domain.device[0]);
    g_autoptr(GBytes) replayed = signed_by(&older, &t->domain.device[0]);
    over.until_us = now;
    g_autoptr(GBytes) late = signed_by(&over, &t->domain.device[0]);

    (void)data;
    g_assert_cmpint(learn(t, first, chain), ==, N2_OK);
    g_assert_cmpuint(known(t), ==, 5);
    (void)!learn(t, replayed, chain);
    g_assert_cmpuint(known(t), ==, 5);
    g_assert_cmpint(learn(t, late, chain), ==, N2_ERR_FORGED);
    g_assert_cmpuint(known(t), ==, 5);
    t->c->wall_us = a.until_us;
    g_assert_cmpuint(known(t), ==, 0);
    g_assert_cmpint(learn(t, first, chain), ==, N2_ERR_FORGED);
}

/* Attack 35: who has seen that a device of the domain was removed takes nothing of it any more,
 * whatever old picture comes along; what it had said is forgotten when it is used next. */
static void
test_removed_server(scene *t, gconstpointer data)
{
    g_autoptr(GByteArray) old =
        chain_of(t->domain.birth, t->domain_add[0], t->bob.birth, t->bob_add[0], NULL);
    g_autoptr(GBytes) gone =
        remove_by(&t->domain.born, &t->domain.device[0].key, 2, BY(&t->domain.control[0]));
    g_autoptr(GByteArray) news =
        chain_of(t->domain.birth, t->domain_add[0], gone, t->domain_add[1], NULL);
    n2_attachment a = place_of(t, 5), b = place_of(t, 6);
    g_autoptr(GBytes) by_gone = signed_by(&a, &t->domain.device[0]);
    g_autoptr(GBytes) by_gone_later = signed_by(&b, &t->domain.device[0]);
    g_autoptr(GBytes) by_other = signed_by(&b, &t->domain.device[1]);
    n2_identity domain;

    (void)data;
    t->c->routes->hangs[0] = (route_hang){.domain = t->domain.id, .len = 1};
    g_assert_cmpint(learn(t, by_gone, old), ==, N2_OK);
    (void)n2_routes_reach(t->c, &t->bob.id);
    n2_routes_anew(t->c);
    g_assert_cmpuint(known(t), ==, 5); /* asked about, and it holds */
    g_assert_cmpint(n2_statement_keep(t->c, &t->domain.id, news->data, news->len, &domain), ==,
                    N2_OK);
    n2_routes_anew(t->c);
    g_assert_cmpuint(known(t), ==, 0);
    g_assert_cmpint(learn(t, by_gone_later, old), ==, N2_ERR_FORGED);
    g_assert_cmpuint(known(t), ==, 0);
    g_assert_cmpint(learn(t, by_other, old), ==, N2_OK);
    g_assert_cmpuint(known(t), ==, 6);
}

/* Attack 35: nor is he where a device of his is that he has removed. */
static void
test_removed_laptop(scene *t, gconstpointer data)
{
    g_autoptr(GByteArray) old =
        chain_of(t->domain.birth, t->domain_add[0], t->bob.birth, t->bob_add[0], NULL);
    g_autoptr(GBytes) gone =
        remove_by(&t->bob.born, &t->bob.device[2].key, 2, BY(&t->bob.control[0]));
    g_autoptr(GByteArray) news = chain_of(t->bob.birth, t->bob_add[0], gone, NULL);
    n2_attachment a = place_of(t, 5);
    g_autoptr(GBytes) at = signed_by(&a, &t->domain.device[0]);
    n2_identity bob;

    (void)data;
    t->c->routes->hangs[0] = (route_hang){.domain = t->domain.id, .len = 1};
    g_assert_cmpint(learn(t, at, old), ==, N2_OK);
    (void)n2_routes_reach(t->c, &t->bob.id);
    g_assert_cmpint(n2_statement_keep(t->c, &t->bob.id, news->data, news->len, &bob), ==,
                    N2_OK);
    n2_routes_anew(t->c);
    g_assert_cmpuint(known(t), ==, 0);
    g_assert_cmpint(learn(t, at, old), !=, N2_OK);
    g_assert_cmpuint(known(t), ==, 0);
}

/* ---- answers ---- */

static void
answer(scene *t, route_asks what, const n2_value *values, gsize n)
{
    t->c->routes->sends[0] = (route_send){.number = NUMBER,
                                          .what = what,
                                          .server = t->domain.id,
                                          .about = t->bob.id,
                                          .is_sent = true,
                                          .until_us = UINT64_MAX};
    n2_routes_answered(t->c, NUMBER, &t->domain.id, N2_OK, values, n);
}

static n2_value
bytes(const void *from, gsize len)
{
    return (n2_value){.type = 'b', .bytes = from, .len = len};
}

static n2_value
number(guint64 u)
{
    return (n2_value){.type = 'u', .u = u};
}

static void
put_id(guint8 out[N2_ID_BYTES], const n2_id *id)
{
    out[0] = id->method;
    memcpy(out + 1, id->hash, sizeof id->hash);
}

/* A neighbour speaks for itself alone, and of ways that a packet can go. */
static void
test_neighbour(scene *t, gconstpointer data)
{
    guint8 self[N2_ID_BYTES], other[N2_ID_BYTES];
    static const guint8 way[] = {0, 3, 4, 0, 1, 4}, no_port[] = {0, 16, 4};
    guint8 long_way[3 * (N2_STORE_HOPS_MAX + 1)];
    route_neighbour *n;

    (void)data;
    put_id(self, &t->domain.id);
    put_id(other, &t->bob.id);
    for (gsize i = 0; i < sizeof long_way; i++)
        long_way[i] = i % 3 == 2 ? 1 : i % 3;
    const struct {
        const char *name;
        n2_value values[5];
        gsize n;
        gboolean is_taken, has_way;
    } rows[] = {
        {"nothing", {{0}}, 0, false, false},
        {"too-few", {bytes(self, 33), number(2), bytes(self, 33)}, 3, false, false},
        {"another",
         {bytes(other, 33), number(2), bytes(self, 33), bytes(way, 6)},
         4,
         false,
         false},
        {"short-id",
         {bytes(self, 32), number(2), bytes(self, 33), bytes(way, 6)},
         4,
         false,
         false},
        {"no-port",
         {bytes(self, 33), number(0), bytes(self, 33), bytes(way, 6)},
         4,
         false,
         false},
        {"port-beyond",
         {bytes(self, 33), number(65536), bytes(self, 33), bytes(way, 6)},
         4,
         false,
         false},
        {"port-as-bytes",
         {bytes(self, 33), bytes(way, 6), bytes(self, 33), bytes(way, 6)},
         4,
         false,
         false},
        {"no-domain",
         {bytes(self, 33), number(2), bytes(self, 0), bytes(way, 6)},
         4,
         true,
         false},
        {"half-a-hop",
         {bytes(self, 33), number(2), bytes(other, 33), bytes(way, 5)},
         4,
         true,
         false},
        {"no-such-port",
         {bytes(self, 33), number(2), bytes(other, 33), bytes(no_port, 3)},
         4,
         true,
         false},
        {"too-long",
         {bytes(self, 33), number(2), bytes(other, 33), bytes(long_way, sizeof long_way)},
         4,
         true,
         false},
        {"way-as-number",
         {bytes(self, 33), number(2), bytes(other, 33), number(1)},
         4,
         true,
         false},
        {"whole", {bytes(self, 33), number(2), bytes(other, 33), bytes(way, 6)}, 4, true, true},
    };
    peer *was = t->c->peers, mine = {.port = 5, .is_up = true, .key = t->domain.id};
    mine.endpoint = (char *)"somewhere";
    t->c->peers = &mine;
    t->c->n_peers = 1;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].name);
        memset(t->c->routes->neighbours, 0, sizeof t->c->routes->neighbours);
        answer(t, ROUTE_ASKS_NEIGHBOUR, rows[i].values, rows[i].n);
        n = n2_routes_neighbour(t->c, 5, false);
        g_assert_cmpint(n && n->remote_port == 2, ==, rows[i].is_taken);
        g_assert_cmpint(n && n->has_way, ==, rows[i].has_way);
    }
    t->c->peers = was;
    t->c->n_peers = 0;
}

/* An attachment that is not ours, or not of that domain, is not taken for ours. */
static void
test_place(scene *t, gconstpointer data)
{
    g_autoptr(GByteArray) chain = chain_of(t->domain.birth, t->domain_add[0], NULL);
    n2_attachment a = place_of(t, 5); /* bob's */
    g_autoptr(GBytes) at = signed_by(&a, &t->domain.device[0]);
    g_autoptr(GBytes) by_thief = signed_by(&a, &t->domain.thief);
    gsize len, thief_len;
    const guint8 *good = g_bytes_get_data(at, &len);
    const guint8 *bad = g_bytes_get_data(by_thief, &thief_len);
    route_hang *h = &t->c->routes->hangs[0];
    n2_identity domain;

    (void)data;
    g_assert_cmpint(n2_statement_keep(t->c, &t->domain.id, chain->data, chain->len, &domain),
                    ==, N2_OK);
    *h = (route_hang){.domain = t->domain.id};
    const struct {
        n2_value values[2];
        gsize n;
        n2_err want;
    } rows[] = {{{{0}}, 0, N2_ERR_FORMAT},
                {{number(1)}, 1, N2_ERR_FORMAT},
                {{bytes(good, len), number(1)}, 2, N2_ERR_FORMAT},
                {{bytes(good, len - 1)}, 1, N2_ERR_TRUNCATED},
                {{bytes(bad, thief_len)}, 1, N2_ERR_FORGED},
                {{bytes(good, len)}, 1, N2_ERR_FORGED}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        answer(t, ROUTE_ASKS_PLACE, rows[i].values, rows[i].n);
        g_assert_cmpstr(n2_err_name(h->err), ==, n2_err_name(rows[i].want));
        g_assert_cmpuint(h->len, ==, 0);
    }
}

/* What a parent hands back as ours has to be ours, and of now; else nothing of it is kept. */
static void
test_parent(scene *t, gconstpointer data)
{
    guint8 buf[1024], statement[2048];
    n2_domain_said said = {
        .who = t->domain.id, .landmark = 5, .serial = 9, .until_us = now + day};
    n2_box body, box;

    (void)data;
    g_assert_cmpint(n2_domain_body(buf, sizeof buf, &said, &body), ==, N2_OK);
    g_assert_cmpint(
        n2_statement_sign(statement, sizeof statement, &body, &t->domain.device[0], &box), ==,
        N2_OK);
    const n2_value rows[] = {number(1), bytes("", 0), bytes(box.bytes, box.len - 1),
                             bytes(box.bytes, box.len)};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        answer(t, ROUTE_ASKS_PARENT, &rows[i], 1);
        for (gsize k = 0; k < ROUTE_DOMAINS; k++)
            g_assert_null(t->c->routes->domains[k].bytes);
        g_assert_false(t->c->routes->is_whole);
    }
    /* A domain that nobody serves here is not told to anybody either. */
    const n2_value two[] = {rows[3], bytes("", 0)};
    answer(t, ROUTE_ASKS_DOMAIN, two, 2);
    g_assert_null(t->c->routes->domains[0].bytes);
}

/* Attack 4: a route that is too long, or whose steps do not add up, is refused with all that
 * came with it. */
static void
test_ways(scene *t, gconstpointer data)
{
    g_autoptr(GByteArray) chain =
        chain_of(t->domain.birth, t->domain_add[0], t->bob.birth, t->bob_add[0], NULL);
    n2_attachment a = place_of(t, 5);
    g_autoptr(GBytes) at = signed_by(&a, &t->domain.device[0]);
    n2_composed way = {.route = {.word = UINT64_C(1) << 60, .bits = 52},
                       .hops = {{.bits = 4}, {.domain = t->domain.id, .bits = 48}},
                       .n_hops = 2};
    guint8 good[N2_COMPOSED_BYTES_MAX], bad[N2_COMPOSED_BYTES_MAX];
    const gsize headroom_at = N2_PATH_STORED_BYTES;

    (void)data;
    t->c->routes->hangs[0] = (route_hang){.domain = t->w->node[1].id, .len = 1}; /* another */
    g_assert_cmpint(learn(t, at, chain), ==, N2_OK);
    (void)n2_routes_reach(t->c, &t->bob.id);
    const route_target *target = &t->c->routes->targets[0];
    g_assert_true(n2_id_equal(&target->who, &t->bob.id));
    gsize len = n2_composed_write(good, &way);
    n2_value values[] = {bytes(good, len), bytes(bad, len)};
    answer(t, ROUTE_ASKS_WAYS, values, 1);
    g_assert_cmpuint(target->n, ==, 1);
    g_assert_cmpuint(target->ways[0].route.bits, ==, 56); /* and his own four */
    memcpy(bad, good, len);
    bad[headroom_at] = 7; /* 59 with what is hidden */
    values[0] = bytes(bad, len);
    answer(t, ROUTE_ASKS_WAYS, values, 1);
    g_assert_cmpint(target->err, ==, N2_ERR_LIMIT);
    bad[headroom_at] = 3; /* 55 by itself, 59 with the way down to him */
    answer(t, ROUTE_ASKS_WAYS, values, 1);
    g_assert_cmpint(target->err, ==, N2_ERR_LIMIT);
    bad[headroom_at] = 0;
    bad[len - 1]--; /* bits of the last step */
    answer(t, ROUTE_ASKS_WAYS, values, 1);
    g_assert_cmpint(target->err, ==, N2_ERR_FORMAT);
    values[0] = number(3);
    answer(t, ROUTE_ASKS_WAYS, values, 1);
    g_assert_cmpint(target->err, ==, N2_ERR_FORMAT);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(scene *t, gconstpointer data);
    } tests[] = {
        {"attack-13-older", test_old},
        {"attack-35-removed-server", test_removed_server},
        {"attack-35-removed-laptop", test_removed_laptop},
        {"neighbour", test_neighbour},
        {"own", test_place},
        {"parent", test_parent},
        {"attack-4-ways", test_ways},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/control/places/", tests[i].name, NULL);
        g_test_add(path, scene, NULL, set_up, tests[i].test, tear_down);
    }
    return g_test_run();
}

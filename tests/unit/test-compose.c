/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-compose.c - routes of several domains: what is signed, who must sign it, how it is put
 *                  together, and what is refused.
 */
#include "identity-fixture.h"

#include "name/domain-places.h"
#include "topology-fixture.h"

static n2_id
dom(guint8 i)
{
    return (n2_id){.method = N2_METHOD_SHA256, .hash = {0, 1, 0, i}};
}

static n2_route
labels(guint bits, guint port)
{
    return (n2_route){.word = (guint64)port << (64 - bits), .bits = (guint8)bits};
}

static n2_parent
parent(guint8 who, guint bits, guint8 headroom, guint64 rate_Bps, guint64 delay_us)
{
    return (n2_parent){.who = dom(who),
                       .down = labels(bits, 1),
                       .up = labels(bits, 2),
                       .headroom = headroom,
                       .rate = n2_rate_to_code(rate_Bps),
                       .delay = n2_delay_to_code(delay_us)};
}

static void
put(n2_domains *d, guint8 who, const n2_parent *parents, gsize n)
{
    n2_domain_said said = {.who = dom(who),
                           .landmark = who,
                           .serial = 1,
                           .until_us = now + day / 2,
                           .n_parents = n};

    memcpy(said.parents, parents, n * sizeof *parents);
    g_assert_cmpint(n2_domains_put(d, &said), ==, N2_OK);
}

/*       1
 *     /   \
 *    2     3    (3 has 9 as a parent, too; and so has 2, by a slow line)
 *   / \     \
 *  4   5     6
 */
static n2_domains *
tree(guint bits)
{
    const n2_parent two[] = {parent(1, bits, 0, 12500000, 2000),
                             parent(9, bits, 0, 125000, 90000)};
    const n2_parent three[] = {parent(1, bits, 0, 1250000, 3000),
                               parent(9, bits, 0, 12500000, 9000)};
    const n2_parent below2 = parent(2, bits, 0, 12500000, 1000);
    const n2_parent below3 = parent(3, bits, 6, 12500000, 1000);
    n2_domains *d;

    g_assert_cmpint(n2_domains_new(&d), ==, N2_OK);
    put(d, 2, two, 2);
    put(d, 3, three, 2);
    put(d, 4, &below2, 1);
    put(d, 5, &below2, 1);
    put(d, 6, &below3, 1);
    return d;
}

static n2_err
ways(n2_domains *d, guint8 from, guint8 to, const n2_avoid *avoid, n2_composed *w, gsize *n)
{
    n2_id a = dom(from), b = dom(to);

    return n2_domains_ways(d, &a, &b, avoid, now, w, N2_COMPOSED_MAX, n);
}

static void
test_lowest(void)
{
    n2_composed w[N2_COMPOSED_MAX];
    n2_domains *d = tree(4);
    gsize n;

    /* 4 - 2 - 5: nobody goes over 1. */
    g_assert_cmpint(ways(d, 4, 5, NULL, w, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, 1);
    g_assert_cmpuint(w[0].route.bits, ==, 8);
    g_assert_cmpuint(w[0].route.word, ==, UINT64_C(0x21) << 56); /* up 2, down 1 */
    g_assert_cmpuint(w[0].delay_us, ==, 2000);
    g_assert_cmpuint(w[0].n_hops, ==, 2);
    /* 4 to 6: over 1 or over 9, the cheaper first. */
    g_assert_cmpint(ways(d, 4, 6, NULL, w, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, 2);
    g_assert_cmpuint(w[0].delay_us, ==, 7000);
    g_assert_cmpuint(w[0].route.bits, ==, 16);
    g_assert_cmpuint(w[0].headroom, ==, 6);
    g_assert_cmpuint(w[0].rate_Bps, <=, 1250000);
    g_assert_cmpuint(n2_composed_cost_us(&w[0]), <, n2_composed_cost_us(&w[1]));
    /* Up alone, down alone, and nothing at all. */
    g_assert_cmpint(ways(d, 6, 1, NULL, w, &n), ==, N2_OK);
    g_assert_cmpuint(w[0].route.word, ==, UINT64_C(0x22) << 56);
    g_assert_cmpint(ways(d, 1, 6, NULL, w, &n), ==, N2_OK);
    g_assert_cmpuint(w[0].route.word, ==, UINT64_C(0x11) << 56);
    g_assert_cmpint(ways(d, 4, 4, NULL, w, &n), ==, N2_OK);
    g_assert_cmpuint(w[0].route.bits, ==, 0);
    g_assert_cmpint(ways(d, 4, 77, NULL, w, &n), ==, N2_ERR_NOTFOUND);
    /* When its day is over, a domain is where nobody knows. */
    n2_id a = dom(4), b = dom(6);
    g_assert_cmpint(n2_domains_ways(d, &a, &b, NULL, now + day, w, N2_COMPOSED_MAX, &n), ==,
                    N2_ERR_NOTFOUND);
    n2_domains_free(d);
}

static void
test_avoid(void)
{
    n2_composed w[N2_COMPOSED_MAX];
    n2_domains *d = tree(4);
    n2_avoid avoid = {.domains = {dom(1)}, .n_domains = 1};
    gsize n;

    g_assert_cmpint(ways(d, 4, 6, &avoid, w, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, 1);
    g_assert_cmpuint(w[0].delay_us, ==, 101000);
    g_assert_false(n2_composed_meets(&w[0], &avoid));
    avoid.domains[avoid.n_domains++] = dom(9);
    g_assert_cmpint(ways(d, 4, 6, &avoid, w, &n), ==, N2_ERR_REFUSED);
    g_assert_cmpuint(n, ==, 0);
    avoid.domains[0] = dom(4); /* where one is and goes cannot be avoided */
    avoid.domains[1] = dom(5);
    g_assert_cmpint(ways(d, 4, 5, &avoid, w, &n), ==, N2_OK);
    n2_domains_free(d);
}

static void
test_circle(void)
{
    n2_composed w[N2_COMPOSED_MAX];
    n2_domains *d;
    gsize n;

    g_assert_cmpint(n2_domains_new(&d), ==, N2_OK);
    for (guint8 i = 1; i <= 8; i++) { /* each two are parents of each other, and a tail */
        n2_parent p[] = {parent(i % 8 + 1, 1, 0, 0, 0), parent((i + 5) % 8 + 1, 1, 0, 0, 0)};
        put(d, i, p, 2);
    }
    g_assert_cmpint(ways(d, 1, 77, NULL, w, &n), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(ways(d, 1, 5, NULL, w, &n), ==, N2_OK);
    g_assert_cmpuint(n, <=, N2_COMPOSED_MAX);
    n2_domain_said again =
        *n2_domains_find(d, &(n2_id){.method = 1, .hash = {0, 1, 0, 3}}, now);
    g_assert_cmpint(n2_domains_put(d, &again), ==, N2_ERR_STATE); /* a replay */
    n2_domains_free(d);
}

/* A way climbs N2_DOMAIN_DEPTH_MAX domains and no more; of N2_DOMAINS_MAX one more is refused;
 * however many parents there are, N2_DOMAIN_CHAINS_MAX ways up are looked at. */
static void
test_limits(void)
{
    n2_composed w[N2_COMPOSED_MAX];
    n2_domain_said said = {.serial = 1, .until_us = now + day / 2};
    n2_domains *d;
    gsize n;

    g_assert_cmpint(n2_domains_new(&d), ==, N2_OK);
    for (guint8 i = 1; i <= N2_DOMAIN_DEPTH_MAX + 1; i++) {
        n2_parent p = parent(i + 1, 1, 0, 0, 0);
        put(d, i, &p, 1);
    }
    g_assert_cmpint(ways(d, 2, N2_DOMAIN_DEPTH_MAX + 2, NULL, w, &n), ==, N2_OK);
    g_assert_cmpint(ways(d, 1, N2_DOMAIN_DEPTH_MAX + 2, NULL, w, &n), ==, N2_ERR_NOTFOUND);
    for (guint i = 0; i < N2_DOMAINS_MAX - N2_DOMAIN_DEPTH_MAX - 1; i++) {
        said.who = (n2_id){.method = 1, .hash = {1, (guint8)(i >> 8), (guint8)i}};
        g_assert_cmpint(n2_domains_put(d, &said), ==, N2_OK);
    }
    said.who.hash[0] = 2;
    g_assert_cmpint(n2_domains_put(d, &said), ==, N2_ERR_LIMIT);
    n2_domains_free(d);

    /* Four parents each, in four storeys: 4 + 16 + 64 ways up and more. */
    g_assert_cmpint(n2_domains_new(&d), ==, N2_OK);
    for (guint8 i = 0; i < 16; i++) {
        n2_parent p[N2_DOMAIN_PARENTS_MAX];
        for (guint8 k = 0; k < N2_DOMAIN_PARENTS_MAX; k++)
            p[k] = parent((guint8)(i / 4 * 4 + 4 + k), 1, 0, 0, 0);
        put(d, i, p, N2_DOMAIN_PARENTS_MAX);
    }
    g_assert_cmpint(ways(d, 0, 1, NULL, w, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, N2_COMPOSED_MAX);
    g_assert_cmpint(ways(d, 0, 18, NULL, w, &n), ==, N2_ERR_NOTFOUND); /* beyond all 64 */
    g_assert_cmpuint(N2_DOMAIN_CHAINS_MAX, ==, 64);
    n2_domains_free(d);
}

/* Attacks 4 and 44: what does not fit with what is hidden is refused, whole. */
static void
test_bits(void)
{
    n2_composed w[N2_COMPOSED_MAX];
    n2_domains *d = tree(14);
    gsize n;

    g_assert_cmpint(ways(d, 4, 5, NULL, w, &n), ==, N2_OK);        /* 28 bits */
    g_assert_cmpint(ways(d, 1, 6, NULL, w, &n), ==, N2_OK);        /* 28, 6 hidden */
    g_assert_cmpint(ways(d, 4, 6, NULL, w, &n), ==, N2_ERR_LIMIT); /* 56, 6 hidden */
    g_assert_cmpuint(n, ==, 0);
    g_assert_cmpint(ways(d, 4, 3, NULL, w, &n), ==, N2_OK); /* 42 */

    n2_attachment target = {.domain = dom(3), .down = labels(16, 5)};
    g_assert_cmpint(n2_composed_finish(&w[0], &target), ==, N2_OK); /* 58: just right */
    g_assert_cmpuint(w[0].route.bits, ==, 58);
    n2_composed was = w[0];
    target.down = labels(1, 1);
    g_assert_cmpint(n2_composed_finish(&w[0], &target), ==, N2_ERR_LIMIT);
    g_assert_cmpmem(&was, sizeof was, &w[0], sizeof w[0]);
    g_assert_cmpint(ways(d, 4, 3, NULL, w, &n), ==, N2_OK);
    target.down = labels(10, 5);
    target.headroom = 7; /* 52 + 7 */
    g_assert_cmpint(n2_composed_finish(&w[0], &target), ==, N2_ERR_LIMIT);
    target.headroom = 6;
    g_assert_cmpint(n2_composed_finish(&w[0], &target), ==, N2_OK);
    n2_domains_free(d);
}

/* ---- within a domain ---- */

static void
test_server(void)
{
    g_autofree grid *g = g_new(grid, 1);
    n2_domains *d = tree(4);
    n2_composed w[N2_COMPOSED_MAX];
    n2_id own = dom(4), to = dom(5);
    gsize n;
    /* Behind port 9 of switch 3; the landmark is switch 1; two ways between. */
    const n2_end asker = {
        .number = 3, .port = 9, .rest_up = labels(3, 1), .rest_down = labels(3, 0)};
    const n2_end beside = {
        .number = 2, .port = 8, .rest_up = labels(2, 1), .rest_down = labels(2, 0)};

    grid_init(g, 4, WIDTH);
    grid_join(g, 1, 2, 125000000, 1000);
    grid_join(g, 2, 3, 125000000, 1000);
    grid_join(g, 1, 4, 125000000, 2000);
    grid_join(g, 4, 3, 125000000, 2000);
    grid_report_all(g);
    g_assert_cmpint(n2_compose_out(g->t, d, &own, 1, &asker, &to, NULL, now, w, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, 2);
    g_assert_cmpuint(w[0].route.bits, ==, 3 + 2 * WIDTH + 8);
    g_assert_cmpuint(w[0].delay_us, ==, 4000);
    g_assert_cmpuint(w[1].delay_us, ==, 6000);
    g_assert_false(n2_id_is_set(&w[0].hops[0].domain));
    g_assert_cmpuint(w[0].hops[1].number, ==, 3);
    g_assert_cmpuint(w[0].hops[2].number, ==, 2);
    n2_avoid avoid = {.switches = {.numbers = {2}, .n = 1}};
    g_assert_cmpint(n2_compose_out(g->t, d, &own, 1, &asker, &to, &avoid, now, w, &n), ==,
                    N2_OK);
    g_assert_cmpuint(n, ==, 1);
    g_assert_false(n2_composed_meets(&w[0], &avoid));
    g_assert_cmpuint(w[0].delay_us, ==, 6000);

    /* To the switch beside nobody goes by the landmark. */
    g_assert_cmpint(n2_compose_in(g->t, &own, &asker, &beside, NULL, w, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, 2);
    g_assert_cmpuint(w[0].route.bits, ==, 3 + 2 * WIDTH + 2);
    g_assert_cmpuint(w[0].n_hops, ==, 4);
    n2_route inner = {.word = w[0].route.word << 3, .bits = WIDTH};
    g_assert_cmpuint(grid_go(g, 3, &inner), ==, 2);
    g_assert_cmpuint(w[0].route.word << (3 + WIDTH) >> (64 - WIDTH), ==, 8);
    n2_domains_free(d);
    n2_topology_free(g->t);
}

/* Attack 45: one user gets no more places, whatever keys he has; and last week's is nobody's.
 */
static void
test_places(void)
{
    const guint8 secret[N2_PLACES_SECRET_BYTES] = {1, 2, 3};
    g_autofree grid *g = g_new(grid, 1);
    n2_place_asked asked = {
        .user = dom(50),
        .node = {.method = N2_KEY_ED25519},
        .end = {.number = 2, .port = 9, .rest_up = labels(3, 1), .rest_down = labels(3, 0)}};
    n2_attachment first, again, other;
    n2_places *p;
    n2_end end;
    guint given = 0;

    grid_init(g, 2, WIDTH);
    grid_join(g, 1, 2, 125000000, 1000);
    grid_report_all(g);
    g_assert_cmpint(n2_places_new(&p, &g->domain, secret), ==, N2_OK);
    g_assert_cmpint(n2_places_take(p, g->t, 1, &asked, 0, &first), ==, N2_ERR_STATE);
    g_assert_cmpint(n2_places_take(p, g->t, 1, &asked, now, &first), ==, N2_OK);
    g_assert_cmpuint(first.down.bits, ==, 2 * WIDTH + 3);
    g_assert_cmpuint(first.up.bits, ==, 3 + WIDTH);
    g_assert_cmpuint(first.down.word, ==, UINT64_C(0x19) << 56);
    g_assert_cmpint(n2_places_find(p, first.place, now, &end), ==, N2_OK);
    g_assert_cmpuint(end.number, ==, 2);
    g_assert_cmpint(n2_places_take(p, g->t, 1, &asked, now + 1, &again), ==, N2_OK);
    g_assert_cmpmem(first.place, 8, again.place, 8);
    g_assert_cmpuint(again.serial, >, first.serial);
    for (guint i = 1; i <= 1000; i++) {
        asked.node.bytes[0] = (guint8)i;
        asked.node.bytes[1] = (guint8)(i >> 8);
        asked.end.port = (guint16)(3 + i % 12); /* at any port */
        given += !n2_places_take(p, g->t, 1, &asked, now + 2, &other);
    }
    g_assert_cmpuint(given, ==, N2_PLACES_USER_MAX - 1);
    g_assert_cmpuint(n2_places_count(p), ==, N2_PLACES_USER_MAX);
    /* Others, and guests at a port each, are not in the way of it. */
    asked.user = dom(51);
    g_assert_cmpint(n2_places_take(p, g->t, 1, &asked, now, &other), ==, N2_OK);
    g_assert_cmpuint(other.flags, ==, 0);
    asked.user = (n2_id){0};
    given = 0;
    for (guint i = 1; i <= 100; i++) {
        asked.node.bytes[0] = (guint8)i;
        asked.end.port = 9;
        given += !n2_places_take(p, g->t, 1, &asked, now, &other);
    }
    g_assert_cmpuint(given, ==, N2_PLACES_USER_MAX);
    g_assert_cmpuint(other.flags, ==, N2_ATTACHMENT_GUEST);

    /* A new server with the same secret gives the same places: no more by restarts. */
    n2_places *second;
    asked = (n2_place_asked){.user = dom(50), .node = first.node, .end = end};
    g_assert_cmpint(n2_places_new(&second, &g->domain, secret), ==, N2_OK);
    g_assert_cmpint(n2_places_take(second, g->t, 1, &asked, now, &again), ==, N2_OK);
    g_assert_cmpmem(first.place, 8, again.place, 8);
    n2_places_free(second);

    /* Next week. */
    gint64 later = n2_place_week_end_us(now);
    asked.is_fixed = true;
    g_assert_cmpint(n2_places_take(p, g->t, 1, &asked, later - 5, &again), ==, N2_OK);
    g_assert_cmpint(again.until_us, ==, later);
    g_assert_cmpint(n2_places_find(p, again.place, later, &end), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(n2_places_take(p, g->t, 1, &asked, later, &other), ==, N2_OK);
    g_assert_cmpint(memcmp(other.place, first.place, 8), !=, 0);
    g_assert_cmpint(n2_places_find(p, first.place, later, &end), ==, N2_ERR_NOTFOUND);
    n2_places_free(p);
    n2_topology_free(g->t);
}

/* N2_PLACES_MAX of all users: who has one keeps it, one more gets none. */
static void
test_places_full(void)
{
    const guint8 secret[N2_PLACES_SECRET_BYTES] = {1};
    g_autofree grid *g = g_new(grid, 1);
    n2_place_asked asked = {.node = {.method = N2_KEY_ED25519},
                            .end = {.number = 1, .port = 9, .rest_down = labels(3, 0)}};
    n2_attachment a;
    n2_places *p;

    grid_init(g, 1, WIDTH);
    g_assert_cmpint(n2_places_new(&p, &g->domain, secret), ==, N2_OK);
    for (guint i = 0; i < N2_PLACES_MAX; i++) {
        asked.user =
            (n2_id){.method = 1, .hash = {(guint8)(i >> 16), (guint8)(i >> 8), (guint8)i}};
        g_assert_cmpint(n2_places_take(p, g->t, 1, &asked, now, &a), ==, N2_OK);
    }
    g_assert_cmpuint(n2_places_count(p), ==, N2_PLACES_MAX);
    g_assert_cmpint(n2_places_take(p, g->t, 1, &asked, now, &a), ==, N2_OK);
    asked.user = dom(50);
    g_assert_cmpint(n2_places_take(p, g->t, 1, &asked, now, &a), ==, N2_ERR_LIMIT);
    gint64 later = now + (gint64)N2_ATTACHMENT_US; /* all are over */
    g_assert_cmpint(n2_places_take(p, g->t, 1, &asked, later, &a), ==, N2_OK);
    g_assert_cmpuint(n2_places_count(p), ==, 1);
    /* An end with switches of more than N2_END_BITS_MAX has no place in any route. */
    asked.end.rest_down = labels(N2_END_BITS_MAX, 0);
    g_assert_cmpint(n2_places_take(p, g->t, 1, &asked, later, &a), ==, N2_OK);
    asked.end.rest_down = labels(N2_END_BITS_MAX + 1, 0);
    g_assert_cmpint(n2_places_take(p, g->t, 1, &asked, later, &a), ==, N2_ERR_LIMIT);
    n2_places_free(p);
    n2_topology_free(g->t);
}

/* Attack 45: a domain claims another's user, or a place of another week. */
static void
test_suits(void)
{
    person p;

    person_init(&p);
    n2_attachment a = {.node = p.device.key, .until_us = now + SECOND};
    g_assert_cmpint(n2_attachment_suits(&a, &p.full, now), ==, N2_OK);
    a.node = p.thief.key;
    g_assert_cmpint(n2_attachment_suits(&a, &p.full, now), ==, N2_ERR_FORGED);
    a.node = p.control.key;
    g_assert_cmpint(n2_attachment_suits(&a, &p.full, now), ==, N2_ERR_FORGED);
    a.node = p.device.key;
    a.until_us = n2_place_week_end_us(now) + SECOND;
    g_assert_cmpint(n2_attachment_suits(&a, &p.full, now), ==, N2_ERR_FORGED);
}

/* ---- formats ---- */

static void
test_statements(void)
{
    g_autofree n2_links *said = g_new0(n2_links, 1), *read = g_new0(n2_links, 1);
    guint8 buf[4096], out[N2_STATEMENT_BYTES_SMALL];
    g_autofree grid *g = g_new(grid, 1);
    const n2_signing_key *by[2];
    n2_domain_said domain, got;
    n2_box body;
    person p;

    person_init(&p);
    grid_init(g, 3, WIDTH);
    grid_join(g, 1, 2, 125000000, 1000);
    grid_join(g, 1, 3, 0, 0);
    grid_said(g, 1, said);
    said->number = n2_id_number(&p.who.id);
    said->made_us = now;
    g_assert_cmpint(n2_links_body(buf, sizeof buf, said, &body), ==, N2_OK);
    by[0] = &p.device;
    gsize len = state(out, &body, by, 1);
    g_assert_cmpint(n2_links_check(read, &p.full, out, len, now, NULL), ==, N2_OK);
    g_assert_cmpmem(said, sizeof *said, read, sizeof *read);
    by[0] = &p.thief;
    len = state(out, &body, by, 1);
    g_assert_cmpint(n2_links_check(read, &p.full, out, len, now, NULL), ==, N2_ERR_FORGED);
    by[0] = &p.device;
    said->number++; /* of another switch */
    g_assert_cmpint(n2_links_body(buf, sizeof buf, said, &body), ==, N2_OK);
    len = state(out, &body, by, 1);
    g_assert_cmpint(n2_links_check(read, &p.full, out, len, now, NULL), ==, N2_ERR_FORGED);
    said->links[1].port = said->links[0].port;
    g_assert_cmpint(n2_links_body(buf, sizeof buf, said, &body), ==, N2_ERR_FORMAT);
    g_autofree guint8 *large = g_malloc(1 << 16);
    for (said->n = 0; said->n < N2_LINKS_SAID_MAX; said->n++)
        said->links[said->n] = (n2_link_said){
            .port = (guint16)(said->n + 1), .neighbour = 9, .neighbour_port = 1, .width = 16};
    g_assert_cmpint(n2_links_body(large, 1 << 16, said, &body), ==, N2_OK);

    /* A domain of one parent, who must sign too. */
    domain = (n2_domain_said){.who = p.who.id,
                              .landmark = 5,
                              .serial = 9,
                              .until_us = now + day / 2,
                              .parents = {parent(1, 4, 6, 1250000, 1000)},
                              .n_parents = 1};
    domain.parents[0].who = p.who.id;
    g_assert_cmpint(n2_domain_body(buf, sizeof buf, &domain, &body), ==, N2_ERR_FORMAT);
    domain.parents[0] = parent(1, 50, 9, 0, 0);
    g_assert_cmpint(n2_domain_body(buf, sizeof buf, &domain, &body), ==, N2_ERR_LIMIT);
    domain.parents[0] = parent(1, 4, 6, 1250000, 1000);
    /* the parent: another identity, whose device is the thief */
    n2_identity above = p.full;
    above.id = dom(1);
    for (gsize i = 0; i < above.n_keys; i++)
        if (n2_key_equal(&above.keys[i].key, &p.device.key))
            above.keys[i].key = p.thief.key;
    g_assert_cmpint(n2_domain_body(buf, sizeof buf, &domain, &body), ==, N2_OK);
    by[0] = &p.device;
    len = state(out, &body, by, 1);
    g_assert_cmpint(n2_domain_check(&got, &p.full, &above, 1, out, len, now, NULL), ==,
                    N2_ERR_FORGED);
    g_assert_cmpint(n2_domain_check(&got, &p.full, NULL, 0, out, len, now, NULL), ==,
                    N2_ERR_NOTFOUND);
    by[1] = &p.thief;
    len = state(out, &body, by, 2);
    g_assert_cmpint(n2_domain_check(&got, &p.full, &above, 1, out, len, now, NULL), ==, N2_OK);
    g_assert_true(n2_id_equal(&got.who, &domain.who));
    g_assert_cmpuint(got.landmark, ==, 5);
    g_assert_cmpuint(got.serial, ==, 9);
    g_assert_cmpuint(got.n_parents, ==, 1);
    g_assert_cmpuint(got.parents[0].up.word, ==, domain.parents[0].up.word);
    g_assert_cmpuint(got.parents[0].down.bits, ==, 4);
    g_assert_cmpuint(got.parents[0].headroom, ==, 6);
    g_assert_cmpint(n2_domain_check(&got, &p.full, &above, 1, out, len, now + day, NULL), ==,
                    N2_ERR_FORGED);
    n2_topology_free(g->t);
}

static void
test_wire(void)
{
    guint8 buf[N2_COMPOSED_BYTES_MAX], same[N2_COMPOSED_BYTES_MAX];
    guint8 text[N2_AVOID_BYTES_MAX];
    n2_composed w[N2_COMPOSED_MAX], read;
    n2_domains *d = tree(4);
    n2_avoid avoid = {.domains = {dom(1), dom(9)},
                      .n_domains = 2,
                      .switches = {.numbers = {7}, .n = 1}},
             avoid_read;
    gsize n;

    g_assert_cmpint(ways(d, 4, 6, NULL, w, &n), ==, N2_OK);
    gsize len = n2_composed_write(buf, &w[0]);
    g_assert_cmpint(n2_composed_read(&read, buf, len), ==, N2_OK);
    g_assert_cmpmem(same, n2_composed_write(same, &read), buf, len);
    g_assert_cmpuint(read.route.word, ==, w[0].route.word);
    g_assert_cmpint(n2_composed_read(&read, buf, len - 1), ==, N2_ERR_TRUNCATED);
    buf[N2_PATH_STORED_BYTES] = 43; /* hidden: 16 + 43 */
    g_assert_cmpint(n2_composed_read(&read, buf, len), ==, N2_ERR_LIMIT);
    buf[N2_PATH_STORED_BYTES] = 0;
    buf[len - 1]++; /* a step more than there is */
    g_assert_cmpint(n2_composed_read(&read, buf, len), ==, N2_ERR_FORMAT);
    g_assert_cmpuint(read.route.bits, ==, 0);

    len = n2_avoid_write(text, &avoid);
    g_assert_cmpint(n2_avoid_read(&avoid_read, text, len), ==, N2_OK);
    g_assert_cmpmem(&avoid_read, sizeof avoid, &avoid, sizeof avoid);
    text[0] = N2_AVOID_MAX + 1;
    g_assert_cmpint(n2_avoid_read(&avoid_read, text, len), ==, N2_ERR_LIMIT);
    n2_domains_free(d);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compose/lowest-common", test_lowest);
    g_test_add_func("/compose/avoid", test_avoid);
    g_test_add_func("/compose/circle", test_circle);
    g_test_add_func("/compose/limits", test_limits);
    g_test_add_func("/compose/attack-44-hidden-bits", test_bits);
    g_test_add_func("/compose/server", test_server);
    g_test_add_func("/compose/attack-45-places", test_places);
    g_test_add_func("/compose/places-full", test_places_full);
    g_test_add_func("/compose/attack-45-another-s-user", test_suits);
    g_test_add_func("/compose/statements", test_statements);
    g_test_add_func("/compose/wire", test_wire);
    return g_test_run();
}

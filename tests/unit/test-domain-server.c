/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-domain-server.c - a domain's server: who hangs where, by the way that packets came, and
 *                        the routes from there.
 */
#include "topology-fixture.h"

#include "name/domain-server.h"

static const gint64 now = G_GINT64_CONSTANT(1700000000) * 1000000;

enum {
    OWN_BITS = 3 /* of a user's own switch */
};

/* The landmark 1, with 2 and 4 at it and 3 at both of these; the last cable is plugged into
 * port 9 of 2: a user. */
typedef struct {
    grid grid;
    n2_domain_server *server;
    n2_id own;
} scene;

static n2_route
labels(guint n, ...)
{
    n2_route r = {0};
    va_list list;

    va_start(list, n);
    for (guint i = 0; i < n; i++) {
        guint width = va_arg(list, guint);
        guint port = va_arg(list, guint);
        g_assert_cmpint(n2_route_add(&r, width, port), ==, N2_OK);
    }
    va_end(list);
    return r;
}

static scene *
scene_new(void)
{
    const guint8 secret[N2_PLACES_SECRET_BYTES] = {5};
    scene *s = g_new0(scene, 1);

    grid_init(&s->grid, 4, WIDTH);
    n2_topology_free(s->grid.t);
    s->own = switch_id(1);
    g_assert_cmpint(n2_domain_server_new(&s->server, &s->own, WIDTH, secret), ==, N2_OK);
    s->grid.t = n2_domain_server_topology(s->server);
    s->grid.domain = s->own;
    for (guint i = 2; i <= 4; i++) {
        n2_id who = switch_id(i);
        g_assert_cmpint(n2_topology_admit(s->grid.t, &who, WIDTH), ==, N2_OK);
    }
    grid_join(&s->grid, 1, 2, 125000000, 1000); /* port 1 of 1, port 1 of 2 */
    grid_join(&s->grid, 1, 4, 125000000, 1000); /* 2, 1 */
    grid_join(&s->grid, 2, 3, 125000000, 1000); /* 2, 1 */
    grid_join(&s->grid, 4, 3, 125000000, 9000); /* 2, 2 */
    grid_report_all(&s->grid);
    return s;
}

static void
scene_free(scene *s)
{
    n2_domain_server_free(s->server);
    g_free(s);
}

static n2_key
node(guint8 i)
{
    return (n2_key){.method = N2_KEY_ED25519, .bytes = {i}};
}

static n2_id
user(guint8 i)
{
    return (n2_id){.method = N2_METHOD_SHA256, .hash = {200, i}};
}

/* At port @port of switch @at, by the way @path; through port 1 of a switch of his own. */
static n2_attachment
attached(scene *s, guint8 i, const n2_route *path, guint bits_up)
{
    n2_route up = {.word = UINT64_C(1) << (64 - OWN_BITS), .bits = (guint8)bits_up};
    n2_id who = user(i);
    n2_key key = node(i);
    n2_attachment a;

    g_assert_cmpint(
        n2_domain_server_attach(s->server, &who, &key, path->word, &up, false, now, &a), ==,
        N2_OK);
    g_assert_true(n2_key_equal(&a.node, &key));
    return a;
}

static void
test_inside(void)
{
    scene *s = scene_new();
    /* One at port 9 of 2, one at port 9 of 3. */
    n2_route to_a = labels(3, WIDTH, 1, WIDTH, 9, OWN_BITS, 0);
    n2_route to_b = labels(4, WIDTH, 1, WIDTH, 2, WIDTH, 9, OWN_BITS, 0);
    n2_attachment a = attached(s, 1, &to_a, OWN_BITS + WIDTH);
    n2_attachment b = attached(s, 2, &to_b, OWN_BITS + 2 * WIDTH);
    n2_route_question q = {.domain = s->own, .has_place = true};
    n2_composed w[N2_COMPOSED_MAX];
    gsize n;

    g_assert_cmpuint(a.down.word, ==, to_a.word);
    g_assert_cmpuint(a.down.bits, ==, to_a.bits);
    g_assert_cmpuint(a.up.bits, ==, OWN_BITS + WIDTH);
    memcpy(q.own, a.place, sizeof q.own);
    memcpy(q.place, b.place, sizeof q.place);
    g_assert_cmpint(n2_domain_server_route(s->server, &q, to_a.word, now, w, &n), ==, N2_OK);
    /* own port 1, 2's port 2, 3's port 9, own 0: the landmark is not gone through */
    n2_route want = labels(4, OWN_BITS, 1, WIDTH, 2, WIDTH, 9, OWN_BITS, 0);
    g_assert_cmpuint(w[0].route.word, ==, want.word);
    g_assert_cmpuint(w[0].route.bits, ==, want.bits);
    g_assert_cmpuint(n, ==, 2); /* or round by 1 and 4 */
    g_assert_cmpuint(w[1].n_hops, ==, 6);

    /* The cable fails: the next answer goes round, and the place stays. */
    s->grid.cables[2].is_cut = TRUE;
    g_assert_cmpint(grid_report(&s->grid, 3), ==, N2_OK);
    g_assert_cmpint(n2_domain_server_route(s->server, &q, to_a.word, now, w, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, 1);
    g_assert_cmpuint(w[0].n_hops, ==, 6);
    n2_route round = labels(4, WIDTH, 2, WIDTH, 2, WIDTH, 9, OWN_BITS, 0);
    n2_attachment again = attached(s, 2, &round, OWN_BITS + 2 * WIDTH);
    g_assert_cmpmem(again.place, 8, b.place, 8);
    g_assert_cmpuint(again.down.word, ==, round.word);
    scene_free(s);
}

/* Attack 45: a place is where packets come from: nobody asks from another's, or gets one where
 * he is not. */
static void
test_elsewhere(void)
{
    scene *s = scene_new();
    n2_route to_a = labels(3, WIDTH, 1, WIDTH, 9, OWN_BITS, 0);
    n2_route to_b = labels(3, WIDTH, 1, WIDTH, 8, OWN_BITS, 0);
    n2_attachment a = attached(s, 1, &to_a, OWN_BITS + WIDTH);
    n2_route_question q = {.domain = s->own, .has_place = true};
    n2_composed w[N2_COMPOSED_MAX];
    n2_route up = {.word = UINT64_C(1) << 61, .bits = OWN_BITS};
    n2_id who = user(3);
    n2_key key = node(3);
    n2_attachment none;
    gsize n;

    memcpy(q.own, a.place, sizeof q.own);
    memcpy(q.place, a.place, sizeof q.place);
    g_assert_cmpint(n2_domain_server_route(s->server, &q, to_b.word, now, w, &n), ==,
                    N2_ERR_REFUSED);
    g_assert_cmpuint(n, ==, 0);
    g_assert_cmpint(n2_domain_server_route(s->server, &q, to_a.word, now, w, &n), ==, N2_OK);
    g_assert_cmpint(
        n2_domain_server_route(s->server, &q, to_a.word, n2_place_week_end_us(now), w, &n), ==,
        N2_ERR_NOTFOUND);
    q.place[0]++;
    g_assert_cmpint(n2_domain_server_route(s->server, &q, to_a.word, now, w, &n), ==,
                    N2_ERR_NOTFOUND);
    q.domain.hash[5]++; /* a place of another domain is not ours to say */
    g_assert_cmpint(n2_domain_server_route(s->server, &q, to_a.word, now, w, &n), ==,
                    N2_ERR_NOTFOUND);
    /* Labels that say less, or more, than the way back has. */
    g_assert_cmpint(
        n2_domain_server_attach(s->server, &who, &key, to_a.word, &up, false, now, &none), ==,
        N2_ERR_FORMAT);
    up.bits = N2_PATH_BITS;
    g_assert_cmpint(
        n2_domain_server_attach(s->server, &who, &key, to_a.word, &up, false, now, &none), ==,
        N2_ERR_LIMIT);
    up.bits = OWN_BITS + WIDTH + N2_END_BITS_MAX;
    g_assert_cmpint(
        n2_domain_server_attach(s->server, &who, &key, to_a.word, &up, false, now, &none), ==,
        N2_ERR_LIMIT);
    scene_free(s);
}

/* A switch of the domain has an end point, too. */
static void
test_switch(void)
{
    scene *s = scene_new();
    n2_route to = labels(3, WIDTH, 1, WIDTH, 2, WIDTH, 0);
    n2_route up = labels(2, WIDTH, 1, WIDTH, 1);
    n2_route_question q = {.domain = user(9)};
    n2_domain_said said = {.who = user(9), .until_us = now + 1000000, .n_parents = 1};
    n2_composed w[N2_COMPOSED_MAX];
    n2_id who = switch_id(3);
    n2_key key = node(3);
    n2_attachment a;
    gsize n;

    g_assert_cmpint(n2_domain_server_attach(s->server, &who, &key, to.word, &up, true, now, &a),
                    ==, N2_OK);
    g_assert_cmpuint(a.down.word, ==, to.word);
    g_assert_cmpuint(a.down.bits, ==, to.bits);
    g_assert_cmpuint(a.up.word, ==, up.word);
    g_assert_cmpuint(a.flags, ==, N2_ATTACHMENT_FIXED);
    memcpy(q.own, a.place, sizeof q.own);
    g_assert_cmpint(n2_domain_server_route(s->server, &q, to.word, now, w, &n), ==,
                    N2_ERR_NOTFOUND);
    said.parents[0] =
        (n2_parent){.who = s->own, .down = labels(1, WIDTH, 7), .up = labels(1, WIDTH, 1)};
    g_assert_cmpint(n2_domains_put(n2_domain_server_domains(s->server), &said), ==, N2_OK);
    g_assert_cmpint(n2_domain_server_route(s->server, &q, to.word, now, w, &n), ==, N2_OK);
    n2_route want = labels(3, WIDTH, 1, WIDTH, 1, WIDTH, 7);
    g_assert_cmpuint(w[0].route.word, ==, want.word);
    q.avoid.switches.numbers[q.avoid.switches.n++] = 2;
    g_assert_cmpint(n2_domain_server_route(s->server, &q, to.word, now, w, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, 1);
    g_assert_cmpuint(w[0].hops[1].number, ==, 4);
    scene_free(s);
}

/* A parent signs what it sees, and no more. */
static void
test_child(void)
{
    scene *s = scene_new();
    n2_domain_said child = {.who = user(7), .until_us = now + 3600000000, .n_parents = 1};
    n2_route down = labels(2, WIDTH, 1, WIDTH, 9);

    child.parents[0] =
        (n2_parent){.who = s->own, .down = down, .up = labels(2, WIDTH, 1, WIDTH, 1)};
    g_assert_cmpint(n2_domain_server_may_sign(s->server, &child, down.word, now), ==, N2_OK);
    n2_route other = labels(2, WIDTH, 1, WIDTH, 8);
    g_assert_cmpint(n2_domain_server_may_sign(s->server, &child, other.word, now), ==,
                    N2_ERR_REFUSED);
    child.parents[0].down = labels(2, WIDTH, 1, WIDTH, 2); /* it would be our switch 3 */
    g_assert_cmpint(
        n2_domain_server_may_sign(s->server, &child, child.parents[0].down.word, now), ==,
        N2_ERR_REFUSED);
    child.parents[0].down = down;
    g_assert_cmpint(n2_domain_server_may_sign(s->server, &child, down.word, child.until_us), ==,
                    N2_ERR_FORMAT);
    child.until_us = now + 3 * G_GINT64_CONSTANT(86400000000);
    g_assert_cmpint(n2_domain_server_may_sign(s->server, &child, down.word, now), ==,
                    N2_ERR_FORMAT);
    child.parents[0].who = user(8);
    g_assert_cmpint(n2_domain_server_may_sign(s->server, &child, down.word, now), ==,
                    N2_ERR_NOTFOUND);
    scene_free(s);
}

static n2_complaint
complaint(const n2_attachment *by, guint32 answers, guint32 silent)
{
    n2_complaint c = {.answers = answers, .silent = silent};

    memcpy(c.own, by->place, sizeof c.own);
    return c;
}

/* Attack 43: whoever complains makes the server look, and changes nothing; from a place that is
 * not his he is not heard at all. */
static void
test_complaint(void)
{
    scene *s = scene_new();
    n2_route to_a = labels(3, WIDTH, 1, WIDTH, 9, OWN_BITS, 0);
    n2_route to_b = labels(4, WIDTH, 1, WIDTH, 2, WIDTH, 9, OWN_BITS, 0);
    n2_attachment a = attached(s, 1, &to_a, OWN_BITS + WIDTH);
    guint64 version = n2_topology_version(s->grid.t);
    n2_complaint c = complaint(&a, 2, 3);
    n2_route near, far;
    guint32 number;
    guint16 port;

    g_assert_cmpint(n2_domain_server_complain(s->server, &c, to_b.word, now, 0), ==,
                    N2_ERR_REFUSED);
    c.own[0] ^= 1;
    g_assert_cmpint(n2_domain_server_complain(s->server, &c, to_a.word, now, 0), ==,
                    N2_ERR_NOTFOUND);
    g_assert_false(n2_topology_next_probe(s->grid.t, 1, &number, &port, &near, &far));
    c.own[0] ^= 1;
    g_assert_cmpint(n2_domain_server_complain(s->server, &c, to_a.word, now, 0), ==, N2_OK);
    c = complaint(&a, 1, 3);
    g_assert_cmpint(n2_domain_server_complain(s->server, &c, to_a.word, now, 0), ==,
                    N2_ERR_NOTFOUND);
    c = complaint(&a, 77, 3);
    g_assert_cmpint(n2_domain_server_complain(s->server, &c, to_a.word, now, 0), ==,
                    N2_ERR_NOTFOUND);
    g_assert_cmpuint(n2_topology_version(s->grid.t), ==, version);
    g_assert_true(n2_topology_next_probe(s->grid.t, 1, &number, &port, &near, &far));
    g_assert_cmpuint(grid_go(&s->grid, 1, &far), ==, 3);
    g_assert_false(n2_topology_next_probe(s->grid.t, 1, &number, &port, &near, &far));
    scene_free(s);
}

/* Attack 43: a flood of complaints from one port stops those of no other, whatever names its
 * user takes. */
static void
test_complaints(void)
{
    scene *s = scene_new();
    n2_route to_a = labels(3, WIDTH, 1, WIDTH, 9, OWN_BITS, 0);
    n2_route to_b = labels(4, WIDTH, 1, WIDTH, 2, WIDTH, 9, OWN_BITS, 0);
    n2_attachment a = attached(s, 1, &to_a, OWN_BITS + WIDTH);
    n2_attachment again = attached(s, 3, &to_a, OWN_BITS + WIDTH);
    n2_attachment b = attached(s, 2, &to_b, OWN_BITS + 2 * WIDTH);
    n2_complaint c = complaint(&a, 2, 3);
    guint64 at_us = 1000 * G_USEC_PER_SEC;

    for (guint i = 0; i < 100; i++) {
        c = complaint(i % 2 ? &a : &again, 2, 3);
        g_assert_cmpint(n2_domain_server_complain(s->server, &c, to_a.word, now, at_us), ==,
                        i < N2_COMPLAINTS_BURST ? N2_OK : N2_ERR_LIMIT);
    }
    c = complaint(&b, 3, 2);
    g_assert_cmpint(n2_domain_server_complain(s->server, &c, to_b.word, now, at_us), ==, N2_OK);
    c = complaint(&a, 2, 3);
    at_us += (N2_COMPLAINT_EVERY_S - 1) * G_USEC_PER_SEC;
    g_assert_cmpint(n2_domain_server_complain(s->server, &c, to_a.word, now, at_us), ==,
                    N2_ERR_LIMIT);
    at_us += G_USEC_PER_SEC;
    g_assert_cmpint(n2_domain_server_complain(s->server, &c, to_a.word, now, at_us), ==, N2_OK);
    scene_free(s);
}

/* One after the other up to N2_COMPLAINERS_MAX ports; whoever comes behind them waits until one
 * has been quiet. */
static void
test_complainers(void)
{
    const guint8 secret[N2_PLACES_SECRET_BYTES] = {5};
    scene s = {.own = switch_id(1)};
    guint64 at_us = 1000 * G_USEC_PER_SEC;
    n2_attachment a[N2_COMPLAINERS_MAX + 2];

    g_assert_cmpint(n2_domain_server_new(&s.server, &s.own, 8, secret), ==, N2_OK);
    for (guint i = 1; i <= N2_COMPLAINERS_MAX + 1; i++) {
        n2_route to = labels(2, 8, i, OWN_BITS, 0);
        a[i] = attached(&s, (guint8)i, &to, OWN_BITS);
        n2_complaint c = complaint(&a[i], 1, 2);
        g_assert_cmpint(n2_domain_server_complain(s.server, &c, to.word, now, at_us), ==,
                        i <= N2_COMPLAINERS_MAX ? N2_ERR_NOTFOUND : N2_ERR_LIMIT);
    }
    n2_complaint c = complaint(&a[N2_COMPLAINERS_MAX + 1], 1, 2);
    n2_route to = labels(2, 8, N2_COMPLAINERS_MAX + 1, OWN_BITS, 0);
    at_us += N2_COMPLAINT_EVERY_S * G_USEC_PER_SEC;
    g_assert_cmpint(n2_domain_server_complain(s.server, &c, to.word, now, at_us), ==,
                    N2_ERR_NOTFOUND);
    n2_domain_server_free(s.server);
}

static void
test_complaint_read(void)
{
    guint8 buf[N2_COMPLAINT_BYTES];
    n2_complaint c = {.own = {1, 2}, .answers = 5, .silent = 6}, read;

    n2_complaint_write(buf, &c);
    g_assert_cmpint(n2_complaint_read(&read, buf, sizeof buf), ==, N2_OK);
    g_assert_cmpmem(&read, sizeof read, &c, sizeof c);
    g_assert_cmpint(n2_complaint_read(&read, buf, sizeof buf - 1), ==, N2_ERR_TRUNCATED);
    g_assert_cmpuint(read.answers, ==, 0);
    for (guint i = 0; i < 4; i++) {
        n2_complaint bad = {.own = {1},
                            .answers = i == 0   ? 0
                                       : i == 1 ? UINT32_C(1) << 31
                                                : 6,
                            .silent = i == 2   ? 0
                                      : i == 3 ? 6
                                               : 7};

        n2_complaint_write(buf, &bad);
        g_assert_cmpint(n2_complaint_read(&read, buf, sizeof buf), ==, N2_ERR_FORMAT);
    }
}

static void
test_question(void)
{
    guint8 buf[N2_ROUTE_QUESTION_BYTES_MAX];
    n2_route_question q = {.own = {1, 2}, .domain = user(3), .has_place = true, .place = {9}};
    n2_route_question read;

    q.avoid.domains[q.avoid.n_domains++] = user(4);
    q.avoid.switches.numbers[q.avoid.switches.n++] = 17;
    gsize len = n2_route_question_write(buf, &q);
    g_assert_cmpint(n2_route_question_read(&read, buf, len), ==, N2_OK);
    g_assert_cmpmem(&read, sizeof read, &q, sizeof q);
    g_assert_cmpint(n2_route_question_read(&read, buf, len - 1), ==, N2_ERR_TRUNCATED);
    g_assert_false(read.has_place);
    buf[0] = 2;
    g_assert_cmpint(n2_route_question_read(&read, buf, len), ==, N2_ERR_FORMAT);
    q.has_place = false;
    len = n2_route_question_write(buf, &q);
    g_assert_cmpint(n2_route_question_read(&read, buf, len), ==, N2_OK);
    g_assert_cmpuint(read.place[0], ==, 0);
    buf[1 + N2_PLACE_BYTES] = 77; /* a hash that nobody knows */
    g_assert_cmpint(n2_route_question_read(&read, buf, len), ==, N2_ERR_FORMAT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/domain-server/inside", test_inside);
    g_test_add_func("/domain-server/attack-45-elsewhere", test_elsewhere);
    g_test_add_func("/domain-server/switch", test_switch);
    g_test_add_func("/domain-server/child", test_child);
    g_test_add_func("/domain-server/attack-43-complaint", test_complaint);
    g_test_add_func("/domain-server/attack-43-complaints", test_complaints);
    g_test_add_func("/domain-server/attack-43-complainers", test_complainers);
    g_test_add_func("/domain-server/complaint", test_complaint_read);
    g_test_add_func("/domain-server/question", test_question);
    return g_test_run();
}

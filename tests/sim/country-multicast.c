/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * country-multicast.c - a tree through a country: who keeps an entry, what is said, and how
 *                       often a packet crosses a line.
 */
#include <string.h>

#include "base/limits.h"
#include "country-tests.h"
#include "switch/tree.h"
#include "wire/path.h"
#include "world.h"

enum {
    JOIN_EACH_US = 5000,
    PACKETS = 20
};

/* An end point that wants to see it. */
typedef struct {
    n2_trees trees; /* of its own switch, which passes its joins on */
    uint64_t nonce, asked_us;
    bool wants, is_in;
    unsigned got, doubled;
    uint32_t last; /* packet */
} viewer;

typedef struct {
    country *c;
    unsigned source;
    n2_trees trees; /* of the source */
    uint64_t id;
    uint16_t number;
    viewer *viewers; /* [n_ends] */
    unsigned *order; /* the ends that join, n of them */
    unsigned n;
    uint32_t sent;
    unsigned refused;
} play;

/* ---- what ends say ---- */

static void
say(play *p, unsigned end, n2_trees *trees, const n2_cast *cast)
{
    uint8_t bytes[N2_CAST_BYTES];
    uint64_t path = cast->path;
    uint32_t out_port = 0;

    n2_cast_write(bytes, cast);
    g_assert_true(n2_path_step(&path, 1, 0, &out_port));
    g_assert_cmpuint(out_port, ==, 1);
    n2_packet_set_path(bytes, path);
    if (cast->is_for_hops)
        g_assert_cmpint(n2_trees_hop(trees, 0, 1, bytes, sizeof bytes, country_now(p->c)), ==,
                        N2_CAST_PASSES);
    country_put(p->c, end, bytes, sizeof bytes);
}

static void
ask(play *p, unsigned end, n2_cast_kind kind)
{
    viewer *v = &p->viewers[end];
    n2_cast cast = {.type = N2_CAST_TREE,
                    .kind = kind,
                    .is_for_hops = true,
                    .taken = v->is_in ? n2_cast_token(v->nonce) : 0,
                    .id = p->id,
                    .nonce = v->nonce,
                    .path = country_path(p->c, end, p->source)};

    v->asked_us = country_now(p->c);
    say(p, end, &v->trees, &cast);
}

static void
drain_source(play *p)
{
    uint8_t bytes[N2_CAST_BYTES];
    n2_cast cast;

    while (n2_said_take(&p->trees.said, bytes)) {
        g_assert_cmpint(n2_cast_read(&cast, bytes, sizeof bytes), ==, N2_OK);
        say(p, p->source, &p->trees, &cast);
    }
}

static void
send_one(play *p)
{
    n2_packet head = {.is_long = true,
                      .class = N2_CLASS_DEFAULT,
                      .mode = N2_MODE_MULTICAST,
                      .path = (uint64_t)p->number << (64 - 1 - 16),
                      .address = 1};
    uint8_t bytes[N2_LONG_HEAD_BYTES + N2_DATA_BYTES_MIN] = {0};
    size_t at = n2_packet_write_head(bytes, &head);
    uint64_t path = head.path;
    uint32_t out_port;
    n2_copies copies;

    p->sent++;
    memcpy(bytes + at, &p->sent, sizeof p->sent);
    g_assert_true(n2_path_step(&path, 1, 0, &out_port));
    g_assert_true(n2_trees_copies(&p->trees, path, &copies));
    while (n2_copies_next(&copies, &out_port, &path)) {
        g_assert_cmpuint(out_port, ==, 1);
        n2_packet_set_path(bytes, path);
        country_put(p->c, p->source, bytes, sizeof bytes);
    }
}

/* ---- what ends hear ---- */

static void
hear_answer(play *p, unsigned end, const n2_cast *cast)
{
    viewer *v = &p->viewers[end];

    if (cast->id != p->id || cast->nonce != v->nonce)
        return;
    v->is_in = cast->kind == N2_CAST_ACCEPT;
    p->refused += !v->is_in;
}

static void
hear_cb(country *c, unsigned end, uint64_t path, const uint8_t *packet, size_t len, void *user)
{
    play *p = user;
    viewer *v = &p->viewers[end];
    uint8_t bytes[N2_CAST_BYTES];
    n2_packet head;
    n2_cast cast;

    g_assert_cmpint(n2_packet_parse(&head, packet, len), ==, N2_OK);
    if (head.mode == N2_MODE_MULTICAST) {
        uint32_t number;
        memcpy(&number, head.data, sizeof number);
        v->doubled += number == v->last;
        v->last = number;
        v->got++;
        return;
    }
    g_assert_cmpuint(len, ==, sizeof bytes);
    memcpy(bytes, packet, len);
    n2_packet_set_path(bytes, path);
    if (end == p->source) {
        (void)n2_trees_hop(&p->trees, 1, 0, bytes, len, country_now(c));
        drain_source(p);
    } else if (!n2_cast_read(&cast, bytes, len)) {
        hear_answer(p, end, &cast);
    }
}

/* ---- time ---- */

/* Lets it pass; ends ask again when it is time to, sooner if they are not in. */
static void
go_on(play *p, uint64_t us)
{
    uint64_t until_us = country_now(p->c) + us;

    while (country_now(p->c) < until_us) {
        country_run(p->c, MIN(us, N2_SECOND_US / 10));
        for (unsigned i = 0; i < p->n; i++) {
            viewer *v = &p->viewers[p->order[i]];
            uint64_t each_us = v->is_in ? N2_TREE_RENEW_US : N2_SECOND_US;
            if (v->wants && country_now(p->c) - v->asked_us >= each_us)
                ask(p, p->order[i], N2_CAST_JOIN);
        }
        if (n2_trees_deadline(&p->trees) <= country_now(p->c))
            n2_trees_expire(&p->trees, country_now(p->c));
        drain_source(p);
    }
}

/* ---- what must be so ---- */

/* Lines of all ways together, and switches where they part. */
static void
expect(const play *p, unsigned *lines, unsigned *branching)
{
    unsigned n = country_n_switches(), way[COUNTRY_WAY_MAX];
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autofree unsigned *leaving = g_new0(unsigned, n);

    *lines = 1; /* the source's */
    for (unsigned i = 0; i < p->n; i++) {
        unsigned end = p->order[i];
        if (!p->viewers[end].wants)
            continue;
        unsigned k = country_way(p->c, end, p->source, way);
        (*lines)++;
        leaving[way[0]]++;
        while (--k) {
            if (g_hash_table_add(seen, GUINT_TO_POINTER(way[k] * n + way[k - 1] + 1))) {
                (*lines)++;
                leaving[way[k]]++;
            }
        }
    }
    *branching = 0;
    for (unsigned i = 0; i < n; i++)
        *branching += leaving[i] >= 2;
}

static unsigned
count_entries(play *p)
{
    unsigned entries = 0;

    for (unsigned i = 0; i < country_n_switches(); i++) {
        const n2_look *look = country_look(p->c, i);
        entries += (unsigned)look->n_all_trees;
    }
    return entries;
}

static void
check_packets(play *p, unsigned lines)
{
    for (unsigned i = 0; i < p->n; i++)
        p->viewers[p->order[i]].got = p->viewers[p->order[i]].doubled = 0;
    country_settle(p->c);
    (void)country_take_crossings(p->c);
    for (unsigned i = 0; i < PACKETS; i++) {
        send_one(p);
        country_settle(p->c);
    }
    country_crossings crossed = country_take_crossings(p->c);
    for (unsigned i = 0; i < p->n; i++) {
        const viewer *v = &p->viewers[p->order[i]];
        g_assert_cmpuint(v->got, ==, v->wants ? (unsigned)PACKETS : 0u);
        g_assert_cmpuint(v->doubled, ==, 0);
    }
    g_assert_cmpuint(crossed.others, ==, (uint64_t)lines * PACKETS);
}

static void
begin(play *p, gconstpointer shape)
{
    world_random lot;

    *p = (play){.c = country_of(shape, 0), .id = 4711, .n = country_pick(100, 2000)};
    world_random_init(&lot, 8);
    country_set_packet_cb(p->c, hear_cb, p);
    p->viewers = g_new0(viewer, country_n_ends());
    p->order = g_new(unsigned, country_n_ends());
    n2_env env = {.user = &lot, .random = world_random_fill};
    for (unsigned i = 0; i < country_n_ends(); i++) {
        unsigned k = (unsigned)(world_random_next(&lot) % (i + 1));
        p->order[i] = p->order[k];
        p->order[k] = i;
    }
    p->source = p->order[country_n_ends() - 1];
    n2_trees_init(&p->trees, &env, 1);
    g_assert_cmpint(n2_trees_open(&p->trees, p->id, &p->number), ==, N2_OK);
    for (unsigned i = 0; i < p->n; i++) {
        viewer *v = &p->viewers[p->order[i]];
        n2_trees_init(&v->trees, &env, 1);
        v->nonce = world_random_next(&lot);
    }
}

static void
end(play *p)
{
    n2_trees_clear(&p->trees);
    for (unsigned i = 0; i < p->n; i++)
        n2_trees_clear(&p->viewers[p->order[i]].trees);
    g_free(p->viewers);
    g_free(p->order);
    country_free(p->c);
}

/* M1 and M2: entries where the tree branches and nowhere else; each packet crosses a line once;
 * when the
 * root starts again all is as before by renewals; when half have left, and when all have, no
 * more is kept than is needed. */
void
country_test_multicast(gconstpointer shape)
{
    unsigned lines, branching;
    play p;

    begin(&p, shape);
    (void)country_take_crossings(p.c);
    for (unsigned i = 0; i < p.n; i++) {
        p.viewers[p.order[i]].wants = true;
        ask(&p, p.order[i], N2_CAST_JOIN);
        go_on(&p, JOIN_EACH_US);
    }
    go_on(&p, 4 * N2_TREE_RENEW_US);
    uint64_t said = country_take_crossings(p.c).control;
    expect(&p, &lines, &branching);
    unsigned entries = count_entries(&p);
    /* One whose last branch but one went elsewhere late ends as late. */
    for (int i = 0; i < 3 && entries > branching; i++) {
        go_on(&p, N2_TREE_RENEW_US);
        entries = count_entries(&p);
    }
    g_test_message(
        "%u viewers: %u lines, %u switches branch, %u entries; %.1f control packets on "
        "lines for each, %u refusals",
        p.n, lines, branching, entries, (double)said / p.n, p.refused);
    g_assert_cmpuint(entries, ==, branching);
    check_packets(&p, lines);

    country_restart(p.c, 0); /* through which most of it goes */
    go_on(&p, 3 * N2_TREE_US);
    g_test_message("started again in the middle: %u entries", count_entries(&p));
    g_assert_cmpuint(count_entries(&p), ==, branching);
    check_packets(&p, lines);

    for (unsigned i = 0; i < p.n; i += 2) {
        p.viewers[p.order[i]].wants = false;
        ask(&p, p.order[i], N2_CAST_LEAVE);
    }
    go_on(&p, 3 * N2_TREE_US); /* an entry gives up a life after its last but one branch */
    expect(&p, &lines, &branching);
    g_test_message("half have left: %u lines, %u switches branch, %u entries", lines, branching,
                   count_entries(&p));
    g_assert_cmpuint(count_entries(&p), ==, branching);
    check_packets(&p, lines);

    for (unsigned i = 1; i < p.n; i += 2)
        p.viewers[p.order[i]].wants = false; /* without a word */
    go_on(&p, N2_TREE_US + 5 * N2_SECOND_US);
    g_assert_cmpuint(count_entries(&p), ==, 0);
    end(&p);
}

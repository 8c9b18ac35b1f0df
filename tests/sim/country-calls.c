/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * country-calls.c - calls through a country, each with a rate of its own: what switches keep
 * for them, and what is said.
 */
#include <string.h>

#include "bar.h"
#include "base/limits.h"
#include "country-tests.h"
#include "switch/reserve-message.h"
#include "switch/reserve.h"
#include "wire/path.h"
#include "world.h"

enum {
    RATE_BPS = 125 * 1000 * 1000, /* of each line */
    CALL_KBPS = 64,
    TAG = 1
};

/* One end of a call. */
typedef struct {
    n2_reserve *reserve;
    unsigned to; /* caller: who is called */
    bool calls, is_given;
    unsigned given; /* answers that said yes */
} phone;

typedef struct {
    country *c;
    world_random lot;
    phone *phones;   /* [n_ends] */
    unsigned *order; /* callers first, n of them, then who is called */
    unsigned n;
} play;

/* ---- what ends say and hear ---- */

static phone *
phone_of(play *p, unsigned end)
{
    phone *f = &p->phones[end];
    n2_env env = {.user = &p->lot, .random = world_random_fill};

    if (!f->reserve)
        g_assert_cmpint(n2_reserve_new(&f->reserve, &env, 1), ==, N2_OK);
    return f;
}

static void
drain(play *p, unsigned end)
{
    phone *f = phone_of(p, end);
    const n2_reserve_way way = {.in_port = 0, .out_port = 1, .rate_Bps = RATE_BPS, .users = 1};
    uint8_t bytes[N2_RESERVE_BYTES];
    n2_reserve_message m;
    n2_reserve_event e;

    while (n2_reserve_output(f->reserve, bytes, country_now(p->c))) {
        uint64_t path = n2_packet_get_path(bytes);
        uint32_t out_port = 0;
        bool is_for_hops = n2_reserve_message_read(&m, bytes, sizeof bytes) == N2_OK &&
                           (m.what == N2_RESERVE_ASK || m.what == N2_RESERVE_RELEASE);
        g_assert_true(n2_path_step(&path, 1, 0, &out_port));
        g_assert_cmpuint(out_port, ==, 1);
        n2_packet_set_path(bytes, path);
        if (!is_for_hops ||
            n2_reserve_hop(f->reserve, &way, bytes, sizeof bytes, country_now(p->c)))
            country_put(p->c, end, bytes, sizeof bytes);
    }
    while (n2_reserve_take_event(f->reserve, &e)) {
        f->is_given = !e.err && e.kbps >= CALL_KBPS;
        f->given += f->is_given;
    }
}

static void
hear_cb(country *c, unsigned end, uint64_t path, const uint8_t *packet, size_t len, void *user)
{
    play *p = user;
    uint8_t bytes[N2_RESERVE_BYTES];

    g_assert_cmpuint(len, ==, sizeof bytes);
    memcpy(bytes, packet, len);
    n2_packet_set_path(bytes, path);
    n2_reserve_end(phone_of(p, end)->reserve, 1, 1, bytes, len, country_now(c));
    drain(p, end);
}

static void
call(play *p, unsigned i)
{
    unsigned from = p->order[i];
    phone *f = phone_of(p, from);
    n2_reserve_claim claim = {.tag = TAG, .kbps = CALL_KBPS, .class = N2_CLASS_URGENT};

    f->to = p->order[p->n + i];
    f->calls = true;
    claim.path = country_path(p->c, from, f->to);
    g_assert_cmpint(n2_reserve_ask(f->reserve, &claim, country_now(p->c)), ==, N2_OK);
    drain(p, from);
}

static void
go_on(play *p, uint64_t us)
{
    uint64_t until_us = country_now(p->c) + us;

    while (country_now(p->c) < until_us) {
        country_run(p->c, MIN(us, N2_SECOND_US / 10));
        for (unsigned end = 0; end < country_n_ends(); end++) {
            phone *f = &p->phones[end];
            if (!f->reserve || n2_reserve_deadline(f->reserve) > country_now(p->c))
                continue;
            n2_reserve_expire(f->reserve, country_now(p->c));
            drain(p, end);
        }
    }
}

/* ---- what must be so ---- */

/* Switches on the ways of all calls, one by one. */
static uint64_t
count_places(const play *p)
{
    unsigned way[COUNTRY_WAY_MAX];
    uint64_t n = 0;

    for (unsigned i = 0; i < p->n; i++) {
        const phone *f = &p->phones[p->order[i]];
        if (f->calls)
            n += country_way(p->c, p->order[i], f->to, way);
    }
    return n;
}

static uint64_t
count_kept(play *p)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < country_n_switches(); i++)
        n += country_look(p->c, i)->n_all_reservations;
    return n;
}

static unsigned
count_given(const play *p)
{
    unsigned n = 0;

    for (unsigned i = 0; i < p->n; i++)
        n += p->phones[p->order[i]].is_given;
    return n;
}

static void
begin(play *p, gconstpointer shape)
{
    *p = (play){.c = country_of(shape, RATE_BPS), .n = country_pick(50, 2000)};
    world_random_init(&p->lot, 9);
    country_set_packet_cb(p->c, hear_cb, p);
    p->phones = g_new0(phone, country_n_ends());
    p->order = g_new(unsigned, country_n_ends());
    for (unsigned i = 0; i < country_n_ends(); i++) {
        unsigned k = (unsigned)(world_random_next(&p->lot) % (i + 1));
        p->order[i] = p->order[k];
        p->order[k] = i;
    }
}

static void
end(play *p)
{
    for (unsigned i = 0; i < country_n_ends(); i++)
        n2_reserve_free(p->phones[i].reserve);
    g_free(p->phones);
    g_free(p->order);
    country_free(p->c);
}

/* Q1: a call is reserved in one round trip, in each switch on its way and in no other; a switch
 * that starts again has all of it back by renewals; who hangs up, or falls silent, leaves
 * nothing. */
void
country_test_calls(gconstpointer shape)
{
    play p;

    begin(&p, shape);
    (void)country_take_crossings(p.c);
    for (unsigned i = 0; i < p.n; i++) {
        call(&p, i);
        country_settle(p.c);
    }
    uint64_t said = country_take_crossings(p.c).control, places = count_places(&p);
    g_test_message("%u calls, %.1f switches each: %.1f control packets on lines for each", p.n,
                   (double)places / p.n, (double)said / p.n);
    g_assert_cmpuint(count_given(&p), ==, p.n);
    g_assert_cmpuint(said, ==, 2 * (places + p.n)); /* there and back, over a line more */
    g_assert_cmpuint(count_kept(&p), ==, places);

    go_on(&p, N2_RESERVE_US + 5 * N2_SECOND_US);
    said = country_take_crossings(p.c).control;
    g_test_message("renewed for 35 s: %.2f control packets on lines a second for each",
                   (double)said / p.n / 35);
    g_assert_cmpuint(count_kept(&p), ==, places);

    country_restart(p.c, 0);
    g_assert_cmpuint(count_kept(&p), <, places);
    go_on(&p, 2 * N2_RESERVE_RENEW_US);
    g_assert_cmpuint(count_kept(&p), ==, places);
    g_assert_cmpuint(count_given(&p), ==, p.n);

    for (unsigned i = 0; i < p.n; i += 2) {
        phone *f = &p.phones[p.order[i]];
        n2_reserve_give_back(f->reserve, TAG, country_now(p.c));
        f->calls = false;
        drain(&p, p.order[i]);
        country_settle(p.c);
    }
    g_assert_cmpuint(count_kept(&p), ==, count_places(&p));
    country_run(p.c, N2_RESERVE_US + 5 * N2_SECOND_US); /* nobody renews */
    g_assert_cmpuint(count_kept(&p), ==, 0);
    end(&p);
}

/* ---- in steps ---- */

enum {
    A_CALL_US = 8 * 1000, /* from one to the next: all are there before the first is renewed */
    WAY_MIN = 4           /* switches: an edge, a large one at least, and two behind it */
};

/* Who calls whom: all at one switch all those whose ways part behind the large ones. */
typedef struct {
    unsigned way[COUNTRY_WAY_MAX]; /* that all go first */
    unsigned n;                    /* switches on it: the edge, large ones, the last of all */
    unsigned *called;
    unsigned n_called;
    uint64_t looked_at, passed; /* asks on the line from the edge to the first large one */
} exchange;

static char *
name_way(const unsigned *way, unsigned n)
{
    g_autoptr(GString) name = g_string_new(NULL);

    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(name, " %u", way[i]);
    return g_string_free(g_steal_pointer(&name), FALSE);
}

/* The beginning of ways from end 0 that most ends share, all but their own switch. */
static void
find_exchange(const play *p, exchange *x)
{
    g_autoptr(GHashTable) ends = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    unsigned way[COUNTRY_WAY_MAX], most = 0;
    g_autofree char *best = NULL;

    for (unsigned end = 0; end < country_n_ends(); end++) {
        unsigned n = country_way(p->c, 0, end, way);
        if (n < WAY_MIN)
            continue;
        char *name = name_way(way, n - 1);
        unsigned found = GPOINTER_TO_UINT(g_hash_table_lookup(ends, name)) + 1;
        if (found > most) {
            most = found;
            g_free(best);
            best = g_strdup(name);
            x->n = n - 1;
            memcpy(x->way, way, sizeof way);
        }
        g_hash_table_insert(ends, name, GUINT_TO_POINTER(found));
    }
    g_assert_nonnull(best);
    x->called = g_new(unsigned, most);
    for (unsigned end = 0; end < country_n_ends(); end++) {
        unsigned n = country_way(p->c, 0, end, way);
        g_autofree char *name = name_way(way, n - 1);
        if (n == x->n + 1 && g_str_equal(name, best))
            x->called[x->n_called++] = end;
    }
    g_assert_cmpuint(x->n_called, ==, most);
}

/* What large switches look at is what bothers them; the rest passes them as any packet. */
static void
count_asks_cb(const uint8_t *packet, size_t len, void *user)
{
    exchange *x = user;
    n2_reserve_message m;

    if (n2_reserve_message_read(&m, packet, len) || m.what != N2_RESERVE_ASK)
        return;
    if (m.from <= n2_path_used(m.path))
        x->looked_at++;
    else
        x->passed++;
}

static void
set_role(play *p, unsigned which, n2_reserve_role role)
{
    country_op(p->c, which, &(n2_op){.kind = N2_OP_RESERVE_ROLE, .bits = (uint8_t)role});
}

/* All at end 0's switch call all that are called.  Returns: how many calls. */
static unsigned
call_all(play *p, const exchange *x)
{
    unsigned n = 0;

    for (unsigned from = 0; from < country_n_ends(); from++) {
        for (unsigned i = 0; country_switch_of(p->c, from) == x->way[0] && i < x->n_called;
             i++) {
            n2_reserve_claim claim = {.tag = i + 1,
                                      .kbps = CALL_KBPS,
                                      .class = N2_CLASS_URGENT,
                                      .path = country_path(p->c, from, x->called[i])};
            g_assert_cmpint(
                n2_reserve_ask(phone_of(p, from)->reserve, &claim, country_now(p->c)), ==,
                N2_OK);
            drain(p, from);
            country_run(p->c, A_CALL_US);
            n++;
        }
    }
    return n;
}

/* Q2: calls from an edge through large switches that want to be asked in big steps: one message
 * for 16 calls at most, and a few rows, whatever the number of calls. */
void
country_test_steps(gconstpointer shape)
{
    exchange x = {0};
    uint64_t inner = 0;
    unsigned given = 0;
    play p;

    begin(&p, shape);
    find_exchange(&p, &x);
    unsigned n_large = x.n - 2;
    set_role(&p, x.way[0], N2_RESERVE_ROLE_EDGE);
    for (unsigned i = 1; i <= n_large; i++)
        set_role(&p, x.way[i], N2_RESERVE_ROLE_LARGE);
    country_watch_line(p.c, x.way[0], x.way[1], count_asks_cb, &x);
    unsigned n = call_all(&p, &x);
    for (unsigned end = 0; end < country_n_ends(); end++)
        given += p.phones[end].given;
    for (unsigned i = 1; i <= n_large; i++)
        inner += country_look(p.c, x.way[i])->n_all_reservations;
    g_test_message("%u calls through %u large switches: these look at %" G_GUINT64_FORMAT
                   " asks, %" G_GUINT64_FORMAT " pass unread; %" G_GUINT64_FORMAT
                   " kept in them",
                   given, n_large, x.looked_at, x.passed, inner);
    g_assert_cmpuint(given, ==, n);
    g_autofree char *what = g_strdup_printf(
        "asks upstream for 16 of %u calls, in a country of %u switches (%s)", n,
        country_n_switches(), GPOINTER_TO_INT(shape) == COUNTRY_MESH ? "meshes" : "tree");
    bar_most("calls", what, 16.0 * (double)x.looked_at / n, 1, "");
    g_assert_cmpuint(x.looked_at + x.passed, >=, n);
    g_assert_cmpuint(inner, <=, 2 * (uint64_t)n_large);
    g_free(x.called);
    end(&p);
}

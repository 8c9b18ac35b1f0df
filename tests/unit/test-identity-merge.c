/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-identity-merge.c - the same statements come to the same, in whatever order they came:
 *                         10,000 runs of adds and removes by four keys on two devices, and
 *                         statements of all kinds at once.
 */
#include "identity-world.h"

enum {
    RUNS = 10000,
    OPS = 6, /* of each device in a run */
    ORDERS = 300
};

/* ---- adds and removes ---- */

typedef struct {
    GBytes *statement;
    guint device;
    bool is_add;
} op;

/* Each statement has a place of its own among those that need not be verified again. */
static bool
is_free_place(GBytes *statement, bool *places)
{
    guint8 hash[N2_HASH_BYTES];
    gsize len;
    const guint8 *bytes = g_bytes_get_data(statement, &len);

    n2_sha256_of(bytes, len, hash);
    bool was = places[hash[0]];
    places[hash[0]] = true;
    return !was;
}

static void
make_ops(const world *w, op ops[static 4 * DEVICES * 2])
{
    bool places[256] = {false};
    guint n = 0;

    (void)is_free_place(w->birth, places);
    for (guint k = 0; k < 4; k++)
        for (guint d = 0; d < DEVICES; d++)
            for (guint is_add = 0; is_add < 2; is_add++) {
                op *o = &ops[n++];
                *o = (op){.device = d, .is_add = is_add};
                for (gint try = 0; !o->statement; try++) {
                    g_autofree char *label = g_strdup_printf("try %d", try);
                    GBytes *made = is_add ? add_by(&w->born, &w->device[d], label,
                                                   BY(&w->control[k], &w->device[d]))
                                          : remove_by(&w->born, &w->device[d].key, try,
                                                      BY(&w->control[k]));
                    if (is_free_place(made, places))
                        o->statement = made;
                    else
                        g_bytes_unref(made);
                }
            }
}

static n2_identity_set *
empty_set(const world *w)
{
    n2_identity_set *set;

    g_assert_cmpint(n2_identity_set_new(&set, &w->id, NULL), ==, N2_OK);
    return set;
}

static void
take_bytes(n2_identity_set *set, GBytes *statement, n2_verified *verified)
{
    gsize len;
    const guint8 *bytes = g_bytes_get_data(statement, &len);

    g_assert_cmpint(n2_identity_take(set, bytes, len, now, verified, NULL), ==, N2_OK);
}

static void
shuffle(guint *order, guint n, GRand *rand)
{
    for (guint i = n; i > 1; i--) {
        guint j = (guint)g_rand_int_range(rand, 0, (gint32)i), was = order[i - 1];
        order[i - 1] = order[j];
        order[j] = was;
    }
}

static void
test_interleavings(void)
{
    g_autofree n2_verified *verified = g_new0(n2_verified, 1);
    guint32 seed = (guint32)g_test_rand_int();
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    op ops[4 * DEVICES * 2];
    guint n_seen = 0;
    world w;

    g_test_message("seed %u", seed);
    world_init(&w, 4);
    make_ops(&w, ops);
    for (guint run = 0; run < RUNS; run++) {
        n2_identity_set *sets[2] = {empty_set(&w), empty_set(&w)};
        bool added[DEVICES] = {false}, removed[DEVICES] = {false};
        const op *done[2 * OPS];
        n2_identity who[2];

        for (guint d = 0; d < 2; d++)
            take_bytes(sets[d], w.birth, verified);
        for (guint i = 0; i < 2 * OPS; i++) { /* each device does its own, in its own time */
            const op *o = &ops[g_rand_int_range(rand, 0, G_N_ELEMENTS(ops))];
            done[i] = o;
            added[o->device] |= o->is_add;
            removed[o->device] |= !o->is_add;
            take_bytes(sets[i % 2], o->statement, verified);
        }
        for (guint d = 0; d < 2; d++) { /* then each hears what the other did, in some order */
            guint order[OPS];
            for (guint i = 0; i < OPS; i++)
                order[i] = 2 * i + !d;
            shuffle(order, OPS, rand);
            for (guint i = 0; i < OPS; i++)
                take_bytes(sets[d], done[order[i]]->statement, verified);
            who[d] = look(sets[d]);
        }
        g_assert_true(is_alike(&who[0], &who[1]));
        for (guint d = 0; d < DEVICES; d++) {
            bool is_live = added[d] && !removed[d]; /* remove wins, whenever it was */
            g_assert_cmpint(has(&who[0], &w.device[d], N2_RIGHT_DEVICE), ==, is_live);
            n_seen += is_live;
        }
        n2_identity_set_free(sets[0]);
        n2_identity_set_free(sets[1]);
    }
    g_assert_cmpuint(n_seen, >, RUNS / 2); /* there was something to see */
    for (guint i = 0; i < G_N_ELEMENTS(ops); i++)
        g_bytes_unref(ops[i].statement);
    world_clear(&w);
}

/* ---- all kinds ---- */

static gint
by_bytes(gconstpointer a, gconstpointer b)
{
    return g_bytes_compare(*(GBytes *const *)a, *(GBytes *const *)b);
}

/* What a set holds, as a sorted array: two sets are alike if all of it is. */
static GPtrArray *
kept(const n2_identity_set *set)
{
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);

    for (gsize i = 0; i < n2_identity_set_count(set); i++) {
        n2_kept k = n2_identity_set_at(set, i);
        g_ptr_array_add(all, g_bytes_new(k.bytes, k.len));
    }
    g_ptr_array_sort(all, by_bytes);
    return all;
}

/* Three control statements, devices of each, removes by control and by themselves, words of
 * freshness old and new; with @twist a second third control statement, or an end, too. */
static GPtrArray *
story(const world *w, guint twist)
{
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    n2_identity_set *set = set_of(w);
    n2_identity who = look(set);
#define TELL(statement)                                                                        \
    do {                                                                                       \
        GBytes *told = (statement);                                                            \
        assert_took(set, told);                                                                \
        who = look(set);                                                                       \
        g_ptr_array_add(all, told);                                                            \
    } while (0)
    const n2_signing_key *c = w->control, *d = w->device;

    g_ptr_array_add(all, g_bytes_ref(w->birth));
    TELL(add_by(&who, &d[0], "one", BY(&c[0], &d[0])));
    TELL(add_by(&who, &d[1], "two", BY(&c[1], &d[1])));
    TELL(remove_by(&who, &d[0].key, N2_REMOVED_RETIRED, BY(&d[0])));
    TELL(fresh_by(set, &who, now - 3 * day, BY(&d[1])));
    TELL(control_by(&who, now, BY(&c[1], &c[2]), BY(&d[1]), BY(&c[0])));
    TELL(add_by(&who, &d[2], "three", BY(&c[2], &d[2])));
    TELL(remove_by(&who, &d[1].key, N2_REMOVED_LOST, BY(&c[1])));
    n2_identity before = who;
    TELL(control_by(&who, now + 1, BY(&c[2], &c[3]), BY(&d[2]), BY(&c[2])));
    TELL(add_by(&who, &d[3], "four", BY(&c[3], &d[3])));
    TELL(add_by(&who, &d[4], "five", BY(&c[3], &d[4])));
    TELL(remove_by(&who, &d[4].key, N2_REMOVED_STOLEN, BY(&c[3])));
    TELL(remove_by(&who, &d[5].key, N2_REMOVED_STOLEN, BY(&c[2])));
    TELL(fresh_by(set, &who, now - 2 * day, BY(&d[2])));
    TELL(fresh_by(set, &who, now - day, BY(&d[2])));
    TELL(fresh_by(set, &who, now - 4 * day, BY(&c[3])));
    if (twist == 1)
        TELL(control_by(&before, now, BY(&c[1]), NULL, BY(&c[1])));
    if (twist == 2)
        TELL(end_by(w, NULL, now, NULL, 0, BY(&w->sheet_25519, &w->sheet_448)));
#undef TELL
    n2_identity_set_free(set);
    return all;
}

static void
test_orders(gconstpointer data)
{
    static const n2_identity_state states[] = {N2_IDENTITY_LIVE, N2_IDENTITY_FROZEN,
                                               N2_IDENTITY_ENDED};
    guint twist = GPOINTER_TO_UINT(data);
    g_autoptr(GRand) rand = g_rand_new_with_seed(7 + twist);
    g_autofree n2_verified *verified = g_new0(n2_verified, 1);
    g_autoptr(GPtrArray) first_kept = NULL;
    n2_identity first;
    world w;

    world_init(&w, 2);
    g_autoptr(GPtrArray) all = story(&w, twist);
    for (guint round = 0; round < ORDERS; round++) {
        n2_identity_set *set = empty_set(&w);
        guint order[64], n = 0;

        for (guint i = 0; i < all->len; i++) { /* some come twice */
            order[n++] = i;
            if (g_rand_boolean(rand))
                order[n++] = i;
        }
        if (round)
            shuffle(order, n, rand);
        for (guint i = 0; i < n; i++)
            take_bytes(set, all->pdata[order[i]], verified);
        n2_identity who = look(set);
        g_autoptr(GPtrArray) mine = kept(set);
        if (!round) {
            first = who;
            first_kept = g_steal_pointer(&mine);
        } else {
            g_assert_true(is_alike(&who, &first));
            g_assert_cmpuint(mine->len, ==, first_kept->len);
            for (guint i = 0; i < mine->len; i++)
                g_assert_true(g_bytes_equal(mine->pdata[i], first_kept->pdata[i]));
        }
        n2_identity_set_free(set);
    }
    g_assert_cmpint(first.state, ==, states[twist]);
    g_assert_cmpuint(first.number, ==, twist == 1 ? 1 : 2);
    if (twist != 1) {
        g_assert_true(has(&first, &w.device[2], N2_RIGHT_DEVICE));
        g_assert_true(has(&first, &w.device[3], N2_RIGHT_DEVICE));
        g_assert_false(has(&first, &w.device[0], N2_RIGHTS_ALL));
        g_assert_false(has(&first, &w.device[1], N2_RIGHTS_ALL));
        g_assert_false(has(&first, &w.device[4], N2_RIGHTS_ALL));
        g_assert_true(has(&first, &w.control[3], N2_RIGHT_CONTROL));
        g_assert_false(has(&first, &w.control[1], N2_RIGHT_CONTROL));
        g_assert_cmpint(first.fresh_us, ==, now - day);
        g_assert_true(n2_identity_is_confirmed(&first, now));
        g_assert_false(n2_identity_is_confirmed(&first, now + 30 * day));
        g_assert_false(n2_identity_is_confirmed(&first, 0));
    }
    world_clear(&w);
}

/* A container, whatever its order, and with others' statements between, comes to the same. */
static void
test_container(void)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint8 buf[N2_STATEMENT_BYTES_SMALL * 4], again[sizeof buf];
    gsize len, again_len;
    person other;
    world w;

    world_init(&w, 2);
    person_init(&other);
    g_autoptr(GPtrArray) all = story(&w, 0);
    n2_identity_set *one = empty_set(&w), *two = empty_set(&w), *three = empty_set(&w);
    g_byte_array_append(bytes, other.birth, (guint)other.birth_len);
    for (guint i = all->len; i-- > 0;) {
        const guint8 *statement = g_bytes_get_data(all->pdata[i], &len);
        g_byte_array_append(bytes, statement, (guint)len);
    }
    g_byte_array_append(bytes, other.add, (guint)other.add_len);
    g_assert_cmpint(n2_identity_take_all(one, bytes->data, bytes->len, now, NULL), ==, N2_OK);
    n2_identity who = look(one);
    g_assert_cmpuint(who.number, ==, 2);
    g_assert_cmpint(n2_identity_set_write(one, buf, sizeof buf, &len), ==, N2_OK);
    g_assert_cmpint(n2_identity_take_all(two, buf, len, now, NULL), ==, N2_OK);
    n2_identity same = look(two);
    g_assert_true(is_alike(&who, &same));
    g_assert_cmpint(n2_identity_set_write(two, again, sizeof again, &again_len), ==, N2_OK);
    g_assert_cmpmem(buf, len, again, again_len);
    g_assert_cmpint(n2_identity_set_write(two, again, len - 1, &again_len), ==, N2_ERR_NOSPACE);
    /* one that is refused keeps none of the rest out */
    g_autoptr(GBytes) bad = add_by(&w.born, &w.thief, "", BY(&w.thief));
    const guint8 *statement = g_bytes_get_data(bad, &len);
    g_byte_array_prepend(bytes, statement, (guint)len);
    g_assert_cmpint(n2_identity_take_all(three, bytes->data, bytes->len, now, NULL), ==,
                    N2_ERR_FORGED);
    same = look(three);
    g_assert_true(is_alike(&who, &same));
    n2_identity_set_free(one);
    n2_identity_set_free(two);
    n2_identity_set_free(three);
    world_clear(&w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crypto/identity/merge/interleavings", test_interleavings);
    g_test_add_data_func("/crypto/identity/merge/orders", GUINT_TO_POINTER(0), test_orders);
    g_test_add_data_func("/crypto/identity/merge/orders-frozen", GUINT_TO_POINTER(1),
                         test_orders);
    g_test_add_data_func("/crypto/identity/merge/orders-ended", GUINT_TO_POINTER(2),
                         test_orders);
    g_test_add_func("/crypto/identity/merge/container", test_container);
    return g_test_run();
}

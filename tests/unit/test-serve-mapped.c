/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-serve-mapped.c - how much of what strangers read a node keeps in memory, and how long.
 */
#include "serve-world.h"

enum {
    MANY = N2_SERVE_MAPPED_BYTES / N2_GROUP_BYTES + 10
};

/* Their row in the status. */
static n2_use
mapped(const world *t)
{
    n2_uses uses = {0};

    n2_serve_uses(t->serve, &uses);
    for (size_t i = 0; i < uses.n; i++)
        if (g_str_equal(uses.rows[i].name, "serve_mapped_bytes"))
            return uses.rows[i];
    g_assert_not_reached();
}

static uint64_t
mapped_bytes(const world *t)
{
    return mapped(t).at;
}

/* More than may be mapped for long: @at_us the first, @step_us later each of the others. */
static void
map_many(world *t, guint64 at_us, guint64 step_us)
{
    for (guint i = 0; i < MANY; i++) {
        g_autofree char *slot = g_strdup_printf("m%u", i);
        n2_asm a = n2_asm_init();
        memcpy(t->bytes, &i, sizeof i);
        n2_ref ref = put(t, t->bytes, N2_GROUP_BYTES, slot, 0);

        put_ref(&a, &ref, ref.size);
        n2_asm_word(&a, N2_WORD_STAT);
        assert_ok(say(t, &a, at_us + step_us * i));
        assert_answer(t, 0, N2_OK);
    }
}

/* Contents that nobody reads any more are not kept in memory without end. */
static void
test_mapped_is_bounded(world *t, gconstpointer data)
{
    (void)data;
    map_many(t, 0, N2_SECOND_US);
    n2_serve_expire(t->serve, MANY * N2_SECOND_US);
    g_assert_cmpuint(mapped_bytes(t), <=, N2_SERVE_MAPPED_BYTES);
    g_assert_cmpuint(mapped_bytes(t), >, N2_SERVE_MAPPED_BYTES / 2);
    g_assert_cmpuint(mapped(t).refused, >=, 10);
}

/* Those that were read just now stay for a moment, as they may be wanted again. */
static void
test_mapped_for_a_moment(world *t, gconstpointer data)
{
    guint64 end_us = 5 * N2_SECOND_US + N2_SERVE_KEPT_US;

    (void)data;
    g_assert_cmpuint(n2_serve_deadline(t->serve), ==, UINT64_MAX);
    map_many(t, 5 * N2_SECOND_US, 0);
    g_assert_cmpuint(n2_serve_deadline(t->serve), ==, end_us);
    n2_serve_expire(t->serve, end_us - 1);
    g_assert_cmpuint(mapped_bytes(t), ==, MANY * N2_GROUP_BYTES);
    n2_serve_expire(t->serve, end_us);
    g_assert_cmpuint(mapped_bytes(t), <=, N2_SERVE_MAPPED_BYTES);
    g_assert_cmpuint(mapped_bytes(t), >, N2_SERVE_MAPPED_BYTES / 2);
    g_assert_cmpuint(n2_serve_deadline(t->serve), ==, UINT64_MAX);
}

/* Large ones, one after the other, are not all kept so long: nobody has such an amount of
 * memory to spare because others read quickly. */
static void
test_mapped_large(world *t, gconstpointer data)
{
    enum {
        N_LARGE = 6,
        LARGE = N2_SERVE_KEPT_BYTES / 4
    };
    g_autofree guint8 *bytes = g_malloc0(LARGE);
    guint64 us = 5 * N2_SECOND_US, step_us = 2 * N2_SECOND_US;

    (void)data;
    for (guint i = 0; i < N_LARGE; i++) {
        g_autofree char *slot = g_strdup_printf("l%u", i);
        n2_asm a = n2_asm_init();
        memcpy(bytes, &i, sizeof i);
        n2_ref ref = put(t, bytes, LARGE, slot, 0);

        put_ref(&a, &ref, ref.size);
        n2_asm_word(&a, N2_WORD_STAT);
        n2_serve_expire(t->serve, us);
        assert_ok(say(t, &a, us));
        assert_answer(t, 0, N2_OK);
        /* The fifth is over the mark, and for as long as it takes, all are kept. */
        g_assert_cmpuint(mapped_bytes(t), <=, N2_SERVE_KEPT_BYTES + LARGE);
        if (i == 4) {
            g_assert_cmpuint(n2_serve_deadline(t->serve), <=, us + N2_SERVE_MOMENT_US);
            g_assert_cmpuint(mapped_bytes(t), ==, 5 * LARGE);
        }
        us += step_us;
    }
    n2_serve_expire(t->serve, us);
    g_assert_cmpuint(mapped_bytes(t), ==, N2_SERVE_KEPT_BYTES);
    n2_serve_expire(t->serve, us + N2_SERVE_KEPT_US);
    g_assert_cmpuint(mapped_bytes(t), <=, N2_SERVE_MAPPED_BYTES);
}

/* One that alone is more than that stays for the next who wants it, until another is read. */
static void
test_mapped_largest(world *t, gconstpointer data)
{
    enum {
        LARGE = N2_SERVE_KEPT_BYTES + N2_GROUP_BYTES
    };
    g_autofree guint8 *bytes = g_malloc0(LARGE);
    n2_ref large = put(t, bytes, LARGE, "large", 0), small = put(t, bytes, 1, "small", 0);
    const struct {
        guint64 at_us;
        const n2_ref *read; /* (nullable) */
        guint64 mapped;     /* after it */
    } steps[] = {
        {5 * N2_SECOND_US, &large, LARGE},
        {34 * N2_SECOND_US, NULL, LARGE},
        {34 * N2_SECOND_US, &large, LARGE},
        {36 * N2_SECOND_US, &small, LARGE + 1},
        {36 * N2_SECOND_US + N2_SERVE_MOMENT_US, NULL, 1},
        {40 * N2_SECOND_US, &large, LARGE + 1},
        {40 * N2_SECOND_US + N2_SERVE_KEPT_US - 1, NULL, LARGE},
        {40 * N2_SECOND_US + N2_SERVE_KEPT_US, NULL, 0},
    };

    (void)data;
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        n2_serve_expire(t->serve, steps[i].at_us);
        if (steps[i].read) {
            n2_asm a = n2_asm_init();
            put_ref(&a, steps[i].read, steps[i].read->size);
            n2_asm_word(&a, N2_WORD_STAT);
            assert_ok(say(t, &a, steps[i].at_us));
            assert_answer(t, 0, N2_OK);
        }
        g_test_message("step %u", i);
        g_assert_cmpuint(mapped_bytes(t), ==, steps[i].mapped);
    }
}

/* A content that takes the place of another is not counted beside it, else an asker of many
 * small ones would have all be closed at once, for ever. */
static void
test_mapped_is_counted_once(world *t, gconstpointer data)
{
    enum {
        N = 3 * N2_SERVE_OBJECTS_MAX,
        BYTES = 4096
    };

    (void)data;
    for (guint i = 0; i < N; i++) {
        g_autofree char *slot = g_strdup_printf("s%u", i);
        n2_asm a = n2_asm_init();
        memcpy(t->bytes, &i, sizeof i);
        n2_ref ref = put(t, t->bytes, BYTES, slot, 0);

        put_ref(&a, &ref, ref.size);
        n2_asm_word(&a, N2_WORD_STAT);
        assert_ok(say(t, &a, N2_SECOND_US * i));
        assert_answer(t, 0, N2_OK);
    }
    g_assert_cmpuint(mapped_bytes(t), ==, N2_SERVE_OBJECTS_MAX * BYTES);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(world *, gconstpointer);
    } tests[] = {
        {"mapped-is-bounded", test_mapped_is_bounded},
        {"mapped-for-a-moment", test_mapped_for_a_moment},
        {"mapped-large", test_mapped_large},
        {"mapped-largest", test_mapped_largest},
        {"mapped-is-counted-once", test_mapped_is_counted_once},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/share/serve/", tests[i].path, NULL);

        g_test_add(path, world, NULL, set_up, tests[i].test, tear_down);
    }
    return g_test_run();
}

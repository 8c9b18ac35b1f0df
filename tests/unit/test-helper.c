/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-helper.c - the thread that works for the control thread: all is done, once, seen when it
 *                 is said to be done, and nobody sleeps for ever.
 */
#include <glib.h>
#include <poll.h>

#include "crypto/hash.h"
#include "host/helper.h"

enum {
    PATIENCE_MS = 5000,
    WORKS = 10 * N2_HELPER_WORKS_MAX
};

typedef struct {
    n2_work work;
    guint8 in;
    guint8 out[N2_HASH_BYTES];
    guint times;
} sum;

static void
run(n2_work *work, n2_crypto *crypto)
{
    sum *s = (sum *)work;
    const guint8 *src[1] = {&s->in};

    n2_sha256_many(crypto, 1, 0, src, 1, (uint8_t(*)[N2_HASH_BYTES])s->out);
    s->times++;
}

static n2_host_helper *
make(sum **works, guint n)
{
    n2_host_helper *helper = NULL;

    g_assert_cmpint(n2_host_helper_new(&helper), ==, N2_OK);
    *works = g_new0(sum, n);
    for (guint i = 0; i < n; i++) {
        (*works)[i].work.run = run;
        (*works)[i].in = (guint8)i;
    }
    return helper;
}

static void
assert_done(const sum *s)
{
    guint8 want[N2_HASH_BYTES];
    const guint8 bytes[] = {0, s->in};

    g_assert_true(n2_work_is_done(&s->work));
    g_assert_cmpuint(s->times, ==, 1);
    n2_sha256_of(bytes, sizeof bytes, want);
    g_assert_cmpmem(s->out, sizeof s->out, want, sizeof want);
}

/* More than wait at a time, and waited for. */
static void
test_wait(void)
{
    sum *works;
    n2_host_helper *helper = make(&works, WORKS);
    const n2_helper *table = n2_host_helper_table(helper);

    table->wait(table->user); /* for nothing */
    for (guint i = 0; i < WORKS; i++)
        table->give(table->user, &works[i].work);
    table->wait(table->user);
    for (guint i = 0; i < WORKS; i++)
        assert_done(&works[i]);
    g_assert_true(n2_host_helper_disarm(helper));
    g_assert_false(n2_host_helper_disarm(helper));
    n2_host_helper_free(helper);
    g_free(works);
}

/* As the main loop does: armed, then asleep until something is done. */
static void
test_woken(void)
{
    sum *works;
    n2_host_helper *helper = make(&works, WORKS);
    const n2_helper *table = n2_host_helper_table(helper);

    for (guint i = 0; i < WORKS; i++) {
        table->give(table->user, &works[i].work);
        while (!n2_work_is_done(&works[i].work)) {
            if (n2_host_helper_arm(helper)) {
                struct pollfd p = {.fd = n2_host_helper_fd(helper), .events = POLLIN};
                g_assert_cmpint(poll(&p, 1, PATIENCE_MS), ==, 1);
            }
            (void)n2_host_helper_disarm(helper);
        }
        assert_done(&works[i]);
    }
    n2_host_helper_free(helper);
    g_free(works);
}

/* Who ends it loses nothing. */
static void
test_end(void)
{
    sum *works;
    n2_host_helper *helper = make(&works, N2_HELPER_WORKS_MAX);
    const n2_helper *table = n2_host_helper_table(helper);

    for (guint i = 0; i < N2_HELPER_WORKS_MAX; i++)
        table->give(table->user, &works[i].work);
    n2_host_helper_free(helper);
    for (guint i = 0; i < N2_HELPER_WORKS_MAX; i++)
        assert_done(&works[i]);
    g_free(works);
    helper = make(&works, 1); /* one that never worked has no thread */
    n2_host_helper_free(helper);
    n2_host_helper_free(NULL);
    g_free(works);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/helper/wait", test_wait);
    g_test_add_func("/host/helper/woken", test_woken);
    g_test_add_func("/host/helper/end", test_end);
    return g_test_run();
}

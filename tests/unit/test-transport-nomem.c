/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-nomem.c - memory that is refused, at each place in turn: in end point, links,
 *                          switch and plane.  What can't be done is said or left, nothing is
 *                          lost or used twice (a sanitizer looks), and afterwards all works.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "fail-malloc.h"
#include "link/link.h"
#include "link/run.h"
#include "node/plane.h"
#include "transport-fixture.h"

enum {
    CONN_TAG = 4
};

static const n2_key_limits often = {
    .packets = 2, .packets_max = 1 << 20, .us = N2_EPOCH_US, .failed_max = 1 << 20};

/* ---- making --------------------------------------------------------------------------------
 */

static n2_err
make_endpoint(void *user)
{
    uint64_t random = 5;
    n2_env env = {&random, puppet_random_cb};
    n2_endpoint *ep = NULL;

    (void)user;
    n2_err err = n2_endpoint_new(&ep, &env, 1);
    g_assert_true((ep != NULL) == !err);
    n2_endpoint_free(ep);
    return err;
}

static n2_err
make_links(void *user)
{
    uint64_t random = 5;
    n2_links_config config = {
        .env = {&random, puppet_random_cb}, .width = 4, .datagram_bytes = 1472};
    n2_net_addr net = {.len = 4};
    n2_links *links = NULL;

    (void)user;
    n2_err err = n2_links_new(&links, &config);
    if (!err)
        err = n2_links_known(links, 9, 3);
    if (!err) {
        err = n2_links_open(links, &net, 7, 0, 0, 1);
        g_assert_true(n2_links_is_up(links, 1) == false);
    }
    n2_links_free(links);
    return err;
}

static n2_err
make_switch(void *user)
{
    n2_switch sw;

    (void)user;
    n2_err err = n2_switch_init(&sw, 4);
    n2_switch_clear(&sw);
    return err;
}

static n2_err
make_plane(void *user)
{
    uint64_t random = 5;
    n2_plane_config config = {.env = {&random, puppet_random_cb}, .width_bits = 4, .now_us = 1};
    n2_plane *plane = NULL;

    (void)user;
    n2_err err = n2_plane_new(&plane, &config);
    g_assert_true((plane != NULL) == !err);
    n2_plane_free(plane);
    return err;
}

static void
test_making(void)
{
    g_assert_cmpuint(fail_malloc_each("end point", make_endpoint, NULL), >=, 8);
    g_assert_cmpuint(fail_malloc_each("links", make_links, NULL), >=, 5);
    g_assert_cmpuint(fail_malloc_each("switch", make_switch, NULL), ==, 2);
    g_assert_cmpuint(fail_malloc_each("plane", make_plane, NULL), >=, 15);
}

/* ---- a conversation -------------------------------------------------------------------------
 */

/* Everything that takes memory; returns whether all of it went well. */
static bool
talk(fixture *f, puppet *p)
{
    static uint8_t source[3000];
    uint8_t unit[UNIT] = {7}, packet[N2_PACKET_BYTES_MAX], zeros[32] = {0};
    puppet_host *h = &f->h;
    n2_packet plain = {.class = N2_CLASS_DEFAULT, .path = 0x0010 | 1, .address = 0x0100};

    if (!puppet_open(p))
        return false;
    f->conn = puppet_host_last(h, N2_EVENT_CONNECTED)->conn;
    n2_op op = {.kind = N2_OP_GRANT,
                .conn = f->conn,
                .address = f->address,
                .memory = f->memory,
                .size = REGION_BYTES,
                .unit = UNIT};
    puppet_host_op(h, &op);
    puppet_send(p, f->address, unit, sizeof unit);
    puppet_turn(p);
    puppet_send(p, f->address + UNIT / 32, unit, sizeof unit);
    puppet_send(p, p->peer.command + 1, zeros, 32);
    send_op(f, source, sizeof source, 1);
    op = (n2_op){.kind = N2_OP_COMMAND, .conn = f->conn, .bytes = g_malloc0(40), .len = 40};
    puppet_host_op(h, &op);
    for (unsigned i = 0; i < 20; i++)
        puppet_wait(p, 20000, 10000, true);
    n2_op query = {.kind = N2_OP_KEY_QUERY, .tag = 8, .path = 1};
    puppet_host_op(h, &query);
    (void)n2_packet_write_head(packet, &plain);
    puppet_deliver(p, packet, 38);
    conn_op(f, N2_OP_REVOKE);
    return true;
}

static void
test_talking(void)
{
    unsigned n_refused = 0, n_went = 0;

    for (uint64_t n = 1; n < 1000; n++) {
        fixture f = {0};
        puppet p;
        puppet_host_init(&f.h, 77);
        n2_endpoint_set_key_limits(f.h.ep, &often);
        f.memory = g_malloc0(REGION_BYTES);
        f.address = n2_region_address(N2_REGION_PLANE_MAX + 9, 4);
        puppet_init(&p, &f.h, 0);
        fail_malloc_at(n, false);
        bool went = talk(&f, &p);
        bool was_refused = fail_malloc_count() >= n;
        fail_malloc_at(0, false);
        n_refused += was_refused;
        n_went += went;
        puppet_clear(&p);
        /* And another one comes, as if nothing had been. */
        f.address += UINT64_C(1) << 43;
        puppet_init(&p, &f.h, 1);
        g_assert_true(talk(&f, &p));
        g_assert_cmpuint(f.memory[UNIT], ==, 7);
        puppet_clear(&p);
        puppet_host_clear(&f.h);
        g_free(f.memory);
        if (!was_refused)
            break;
    }
    g_test_message("%u refused, %u went well all the same", n_refused, n_went);
    g_assert_cmpuint(n_refused, >=, 15);
    g_assert_cmpuint(n_went, >=, 5);
}

/* Our own CONNECT: it says why not. */
static void
test_connecting(void)
{
    for (uint64_t n = 1; n < 100; n++) {
        puppet_host h;
        n2_op op = {.kind = N2_OP_CONNECT,
                    .tag = CONN_TAG,
                    .path = 1,
                    .suite = N2_SUITE_1,
                    .key_id = PUPPET_KEY_ID};
        puppet_host_init(&h, 3);
        memcpy(op.key, h.key, sizeof op.key);
        fail_malloc_at(n, false);
        puppet_host_op(&h, &op);
        bool was_refused = fail_malloc_count() >= n;
        fail_malloc_at(0, false);
        if (was_refused) {
            g_assert_cmpuint(puppet_host_last(&h, N2_EVENT_CLOSED)->tag, ==, CONN_TAG);
            g_assert_cmpint(puppet_host_last(&h, N2_EVENT_CLOSED)->err, !=, N2_OK);
        } else {
            g_assert_null(puppet_host_last(&h, N2_EVENT_CLOSED));
        }
        puppet_host_clear(&h);
        if (!was_refused)
            break;
    }
}

int
main(int argc, char **argv)
{
    fail_malloc_init();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transport/nomem/making", test_making);
    g_test_add_func("/transport/nomem/talking", test_talking);
    g_test_add_func("/transport/nomem/connecting", test_connecting);
    return g_test_run();
}

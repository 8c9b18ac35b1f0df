/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-routes.c - any bytes as a route of an answer, as what is to be avoided, as a question,
 * as a complaint, and any box as a report of links, a domain: what is read is written the same,
 * no route is longer than 58 bits with what it hides, and a topology of any reports answers.
 *
 * First byte: what the rest is.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "name/domain-server.h"

/* Written again it is the same, but for fields of later versions, which are left out. */
static void
check_same(const n2_box *again, const n2_box *box)
{
    check(again->len < box->len ||
          (again->len == box->len && !memcmp(again->bytes, box->bytes, box->len)));
}

static void
try_composed(const uint8_t *data, size_t size)
{
    uint8_t again[N2_COMPOSED_BYTES_MAX];
    n2_attachment target = {.down = {.word = UINT64_C(1) << 60, .bits = 4}};
    n2_composed c;

    if (n2_composed_read(&c, data, size) != N2_OK)
        return;
    check(c.route.bits + c.headroom <= N2_PATH_BITS);
    check(n2_composed_write(again, &c) == size && !memcmp(again, data, size));
    if (n2_composed_finish(&c, &target) == N2_OK)
        check(c.route.bits + c.headroom <= N2_PATH_BITS && c.n_hops <= N2_COMPOSED_HOPS_MAX);
}

static void
try_avoid(const uint8_t *data, size_t size)
{
    uint8_t again[N2_AVOID_BYTES_MAX];
    n2_avoid a;

    if (n2_avoid_read(&a, data, size) != N2_OK)
        return;
    check(n2_avoid_write(again, &a) == size && !memcmp(again, data, size));
}

static void
try_question(const uint8_t *data, size_t size)
{
    uint8_t again[N2_ROUTE_QUESTION_BYTES_MAX];
    n2_route_question q;

    if (n2_route_question_read(&q, data, size) == N2_OK)
        check(n2_route_question_write(again, &q) == size && !memcmp(again, data, size));
}

static void
try_complaint(const uint8_t *data, size_t size)
{
    uint8_t again[N2_COMPLAINT_BYTES];
    n2_complaint c;

    if (n2_complaint_read(&c, data, size) != N2_OK)
        return;
    check(c.answers && c.silent && c.answers != c.silent);
    n2_complaint_write(again, &c);
    check(size == sizeof again && !memcmp(again, data, size));
}

static void
try_domain(const uint8_t *data, size_t size)
{
    static uint8_t again[1 << 16];
    n2_domain_said d;
    n2_box box, same;

    if (n2_box_check(&box, data, size, N2_KIND_DOMAIN, NULL) != N2_OK ||
        n2_domain_read(&d, &box) != N2_OK)
        return;
    check(d.n_parents <= N2_DOMAIN_PARENTS_MAX);
    check(n2_domain_body(again, sizeof again, &d, &same) == N2_OK);
    check_same(&same, &box);
}

/* Switches 1 to 8; the rows of a report follow each other. */
static void
try_links(const uint8_t *data, size_t size)
{
    static uint8_t again[1 << 16];
    n2_links *said = calloc(1, sizeof *said);
    n2_inner_way ways[N2_COMPOSED_MAX];
    n2_topology *t;
    n2_box box, same;
    size_t n;

    if (!said || n2_topology_new(&t, &(n2_id){.method = 1}) != N2_OK)
        abort();
    if (n2_box_check(&box, data, size, N2_KIND_LINKS, NULL) == N2_OK &&
        n2_links_read(said, &box) == N2_OK) {
        check(n2_links_body(again, sizeof again, said, &same) == N2_OK);
        check_same(&same, &box);
    }
    for (uint8_t i = 1; i <= 8; i++)
        check(n2_topology_admit(t, &(n2_id){.method = 1, .hash = {0, 0, 0, i}}, 4) == N2_OK);
    for (uint64_t at = 0; at + 3 <= size && at < 300; at += 3) {
        uint8_t a = data[at] & 7, b = data[at] >> 3 & 7, port = data[at + 1] & 15;
        uint8_t there = data[at + 1] >> 4;
        n2_links one = {.domain = {.method = 1}, .number = a + 1u, .serial = at + 1};
        if (!port || !there || a == b)
            continue;
        one.links[one.n++] = (n2_link_said){.neighbour = b + 1u,
                                            .port = port,
                                            .neighbour_port = there,
                                            .width = 4,
                                            .rate = data[at + 2],
                                            .delay = data[at + 2]};
        check(n2_topology_report(t, &one, at) == N2_OK);
        one.number = b + 1u;
        one.links[0].neighbour = a + 1u;
        one.links[0].port = there;
        one.links[0].neighbour_port = port;
        if (data[at] >> 6)
            check(n2_topology_report(t, &one, at) == N2_OK);
        if (n2_topology_ways(t, a + 1u, b + 1u, NULL, ways, N2_COMPOSED_MAX, &n) == N2_OK) {
            check(n >= 1 && n <= N2_COMPOSED_MAX);
            for (size_t i = 0; i < n; i++)
                check(ways[i].route.bits <= N2_PATH_BITS && ways[i].n >= 1 &&
                      ways[i].route.bits == 4 * (ways[i].n - 1));
        }
    }
    n2_topology_free(t);
    free(said);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    uint8_t *copy = fuzz_copy(data + 1, size - 1);

    switch (data[0] & 7) {
    case 0:
        try_composed(copy, size - 1);
        break;
    case 1:
        try_avoid(copy, size - 1);
        break;
    case 2:
        try_domain(copy, size - 1);
        break;
    case 4:
        try_question(copy, size - 1);
        break;
    case 5:
        try_complaint(copy, size - 1);
        break;
    default:
        try_links(copy, size - 1);
        break;
    }
    free(copy);
    return 0;
}

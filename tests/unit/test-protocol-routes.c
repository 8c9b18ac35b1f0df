/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-protocol-routes.c - the examples of daemon/PROTOCOL.md for domains and routes.
 */
#include <glib.h>
#include <string.h>

#include "name/domain-server.h"
#include "protocol-page.h"

#define SECOND G_GINT64_CONSTANT(1000000)
#define UNTIL ((G_GINT64_CONSTANT(1767225600) + 86400) * SECOND) /* 2026-01-02 */

static void
test_domain(void)
{
    n2_domain_said said = {.who = {.method = N2_METHOD_SHA256},
                           .landmark = 5,
                           .serial = 9,
                           .until_us = UNTIL,
                           .n_parents = 1};
    n2_parent *p = &said.parents[0];
    n2_domains *domains;
    guint8 body_bytes[512], bytes[N2_COMPOSED_BYTES_MAX];
    n2_domain_said other;
    n2_composed ways[N2_COMPOSED_MAX];
    n2_box body;
    gsize n;

    p->who.method = N2_METHOD_SHA256;
    for (guint8 i = 0; i < 32; i++) {
        said.who.hash[i] = 0xa1 + i;
        p->who.hash[i] = 1 + i;
    }
    p->down = (n2_route){.word = UINT64_C(1) << 60, .bits = 4};
    p->up = (n2_route){.word = UINT64_C(2) << 60, .bits = 4};
    p->headroom = 6;
    p->rate = 80;
    p->delay = 10;
    g_assert_cmpint(n2_domain_body(body_bytes, sizeof body_bytes, &said, &body), ==, N2_OK);
    protocol_page_expect("domain", body.bytes, body.len);

    /* To another one below the same parent, which says the same of itself. */
    other = said;
    other.who.hash[0]++;
    g_assert_cmpint(n2_domains_new(&domains), ==, N2_OK);
    g_assert_cmpint(n2_domains_put(domains, &said), ==, N2_OK);
    g_assert_cmpint(n2_domains_put(domains, &other), ==, N2_OK);
    g_assert_cmpint(n2_domains_ways(domains, &said.who, &other.who, NULL, UNTIL - SECOND, ways,
                                    N2_COMPOSED_MAX, &n),
                    ==, N2_OK);
    g_assert_cmpuint(n, ==, 1);
    protocol_page_expect("route", bytes, n2_composed_write(bytes, &ways[0]));
    n2_domains_free(domains);

    guint8 asked[N2_ROUTE_QUESTION_BYTES_MAX];
    n2_route_question question = {.own = {1, 2, 3, 4, 5, 6, 7, 8}, .domain = said.who};

    question.avoid.domains[question.avoid.n_domains++] = p->who;
    question.avoid.switches.numbers[question.avoid.switches.n++] = 7;
    protocol_page_expect("question", asked, n2_route_question_write(asked, &question));

    guint8 told[N2_COMPLAINT_BYTES];
    n2_complaint complaint = {.own = {1, 2, 3, 4, 5, 6, 7, 8}, .answers = 5, .silent = 6};

    n2_complaint_write(told, &complaint);
    protocol_page_expect("complaint", told, sizeof told);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/routes/domain", test_domain);
    return g_test_run();
}

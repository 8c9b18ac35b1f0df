/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-protocol-zones.c - the examples of zones in daemon/PROTOCOL.md.
 */
#include "zone-fixture.h"

#include "name/zone-request.h"
#include "protocol-page.h"

static void
expect(const char *what, GBytes *bytes)
{
    gsize len;
    const guint8 *data = g_bytes_get_data(bytes, &len);

    protocol_page_expect(what, data, len);
}

/* Three names: n1 is there, "nobody" is not. */
static void
test_answers(void)
{
    zone_world z;

    zone_world_init(&z, 3);
    g_autoptr(GBytes) there = zone_answer(&z, "n1"), none = zone_answer(&z, "nobody");
    expect("answer: a record", there);
    expect("answer: none", none);
    zone_world_clear(&z);
}

static void
test_requests(void)
{
    const char *hosts[] = {"mail.example"};
    n2_zone_request q = {.what = N2_ZONE_REGISTER,
                         .who = {.method = N2_METHOD_SHA256, .hash = {1}},
                         .to = {.method = N2_METHOD_SHA256, .hash = {2}},
                         .zone = {.method = N2_METHOD_SHA256, .hash = {3}},
                         .label = "anna",
                         .made_us = now};
    guint8 buf[1024];
    n2_box body;

    g_assert_cmpint(
        n2_zone_request_body(buf, sizeof buf, &q, hosts, 1, NULL, 0, n2_host_unicode(), &body),
        ==, N2_OK);
    protocol_page_expect("request", body.bytes, body.len);
    q.what = N2_ZONE_TRANSFER;
    g_assert_cmpint(
        n2_zone_request_body(buf, sizeof buf, &q, NULL, 0, NULL, 0, n2_host_unicode(), &body),
        ==, N2_OK);
    protocol_page_expect("transfer", body.bytes, body.len);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/zones/answers", test_answers);
    g_test_add_func("/protocol/zones/requests", test_requests);
    return g_test_run();
}

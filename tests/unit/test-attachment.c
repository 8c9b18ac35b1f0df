/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-attachment.c - attachments: what is written is read, and who may say where a node hangs.
 */
#include "identity-fixture.h"

#include "crypto/attachment.h"

static n2_attachment
one(const person *p)
{
    n2_attachment a = {.node = p->second.key,
                       .domain = p->who.id,
                       .place = {1, 2, 3, 4, 5, 6, 7, 8},
                       .headroom = 12,
                       .rate = 80,
                       .delay = 300,
                       .serial = 7,
                       .until_us = now + (gint64)N2_ATTACHMENT_US,
                       .flags = 0};

    g_assert_cmpint(n2_route_add(&a.down, 8, 200), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&a.down, 4, 3), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&a.up, 4, 1), ==, N2_OK);
    return a;
}

static n2_err
check(const person *p, const n2_attachment *a, const n2_signing_key *by, gint64 wall_us)
{
    guint8 buf[N2_ATTACHMENT_BODY_BYTES_MAX], statement[N2_ATTACHMENT_BYTES_MAX];
    n2_attachment read;
    n2_box body, box;

    g_assert_cmpint(n2_attachment_body(buf, sizeof buf, a, &body), ==, N2_OK);
    g_assert_cmpint(n2_statement_sign(statement, sizeof statement, &body, by, &box), ==, N2_OK);
    n2_err err = n2_attachment_check(&read, &p->full, box.bytes, box.len, wall_us, NULL, NULL);

    g_assert_cmpint(read.serial, ==, err ? 0 : a->serial);
    return err;
}

static void
test_round(void)
{
    guint8 buf[N2_ATTACHMENT_BODY_BYTES_MAX], again[N2_ATTACHMENT_BODY_BYTES_MAX];
    n2_attachment read;
    n2_box body, same;
    person p;

    person_init(&p);
    n2_attachment a = one(&p);
    a.flags = N2_ATTACHMENT_FLAGS;
    g_assert_cmpint(n2_attachment_body(buf, sizeof buf, &a, &body), ==, N2_OK);
    g_assert_cmpint(n2_attachment_read(&read, &body), ==, N2_OK);
    g_assert_true(n2_key_equal(&read.node, &a.node) && n2_id_equal(&read.domain, &a.domain));
    g_assert_cmpmem(read.place, 8, a.place, 8);
    g_assert_cmpuint(read.down.word, ==, a.down.word);
    g_assert_cmpuint(read.up.bits, ==, 4);
    g_assert_cmpuint(read.headroom, ==, 12);
    g_assert_cmpuint(read.rate, ==, 80);
    g_assert_cmpuint(read.delay, ==, 300);
    g_assert_cmpint(read.until_us, ==, a.until_us);
    g_assert_cmpuint(read.flags, ==, 3);
    g_assert_cmpint(n2_attachment_body(again, sizeof again, &read, &same), ==, N2_OK);
    g_assert_cmpmem(same.bytes, same.len, body.bytes, body.len);
    g_assert_cmpint(n2_attachment_body(buf, 20, &a, &body), ==, N2_ERR_NOSPACE);
}

/* Attack 45: only a domain says who hangs in it, and not for longer than it may. */
static void
test_who(void)
{
    person p;

    person_init(&p);
    n2_attachment good = one(&p), other = good, fixed = good, longer = good;
    other.domain.hash[0] ^= 1;
    fixed.flags = N2_ATTACHMENT_FIXED;
    fixed.until_us = now + (gint64)N2_ATTACHMENT_FIXED_US;
    longer.until_us = fixed.until_us;
    const struct {
        const char *name;
        const n2_attachment *a;
        const n2_signing_key *by;
        gint64 wall_us;
        n2_err want;
    } rows[] = {{"device", &good, &p.device, now, N2_OK},
                {"fixed", &fixed, &p.device, now, N2_OK},
                {"no-clock", &longer, &p.device, 0, N2_OK},
                {"the-node-itself", &good, &p.second, now, N2_ERR_FORGED},
                {"thief", &good, &p.thief, now, N2_ERR_FORGED},
                {"another-domains-users", &other, &p.device, now, N2_ERR_FORGED},
                {"longer-than-it-may", &longer, &p.device, now, N2_ERR_FORGED},
                {"over", &good, &p.device, good.until_us, N2_ERR_FORGED}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(check(&p, rows[i].a, rows[i].by, rows[i].wall_us), ==, rows[i].want);
    }
    p.full.state = N2_IDENTITY_FROZEN;
    g_assert_cmpint(check(&p, &good, &p.device, now), ==, N2_ERR_FROZEN);
}

/* Attack 44, and bodies that no maker of ours writes. */
static void
test_odd(void)
{
    guint8 buf[N2_ATTACHMENT_BODY_BYTES_MAX];
    person p;
    n2_box body;

    person_init(&p);
    for (guint i = 0; i < 4; i++) {
        n2_attachment a = one(&p);
        switch (i) {
        case 0:
            a.headroom = N2_PATH_BITS - 11; /* the way down has 12 bits */
            break;
        case 1:
            a.headroom = N2_HEADROOM_MAX + 1;
            break;
        case 2:
            a.flags = 4;
            break;
        default:
            a.serial = G_MAXUINT64;
            break;
        }
        g_test_message("%u", i);
        g_assert_cmpint(n2_attachment_body(buf, sizeof buf, &a, &body), ==, N2_ERR_FORMAT);
        g_assert_null(body.bytes);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/attachment/round", test_round);
    g_test_add_func("/attachment/attack-45-who", test_who);
    g_test_add_func("/attachment/attack-44-odd", test_odd);
    return g_test_run();
}

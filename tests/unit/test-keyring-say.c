/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-keyring-say.c - what a keyring says in the name of an identity: that its keys stand, and
 *                      what it vouches for.
 */
#include "keyring-fixture.h"

#include "crypto/identity-set.h"
#include "name/domain.h"
#include "name/vouch.h"

static const n2_id BOB = {.method = 1, .hash = {0xb0}};

static n2_id
ada(fixture *f)
{
    g_assert_cmpint(new_identity(f, "Ada"), ==, N2_OK);
    return f->a.who;
}

/* What somebody who has all statements makes of it. */
static n2_identity
look(fixture *f, n2_identity_set **keep)
{
    n2_identity_set *set;
    n2_identity who;

    g_assert_cmpint(list(f, 0), ==, N2_OK);
    g_assert_cmpint(n2_identity_set_new(&set, &f->a.who, NULL), ==, N2_OK);
    for (gsize i = 0; i < f->a.n_statements; i++)
        g_assert_cmpint(n2_identity_take(set, f->a.statements[i].bytes, f->a.statements[i].len,
                                         0, NULL, NULL),
                        ==, N2_OK);
    g_assert_cmpint(n2_identity_look(set, WALL_US, &who), ==, N2_OK);
    if (keep)
        *keep = set;
    else
        n2_identity_set_free(set);
    return who;
}

/* It confirms the keys, is in what is shown to others, is replaced by the next, and costs no
 * write of the file. */
static void
test_fresh(fixture *f, gconstpointer data)
{
    n2_id who = ada(f);
    n2_keys_request q = {.id = 4, .kind = N2_KEYS_FRESH, .who = who};
    n2_identity_set *set;
    n2_identity now = look(f, &set);
    guint64 calls = f->disk->calls;

    (void)data;
    g_assert_false(n2_identity_is_confirmed(&now, WALL_US));
    g_assert_cmpint(ask(f, &q), ==, N2_OK);
    g_assert_cmpint(
        n2_identity_take(set, f->a.statement.bytes, f->a.statement.len, 0, NULL, NULL), ==,
        N2_OK);
    g_assert_cmpint(n2_identity_look(set, WALL_US, &now), ==, N2_OK);
    g_assert_cmpint(now.fresh_us, ==, WALL_US);
    n2_identity_set_free(set);
    for (guint hour = 1; hour < 100; hour++)
        g_assert_cmpint(ask_at(f, &q, WALL_US + hour * HOUR_US), ==, N2_OK);
    g_assert_cmpuint(f->disk->calls, ==, calls);
    now = look(f, NULL);
    g_assert_cmpuint(f->a.n_statements, ==, 3);
    g_assert_cmpint(now.fresh_us, ==, 0);   /* said in what is still to come, for that clock */
    g_assert_cmpint(ask(f, &q), ==, N2_OK); /* the clock was put back */
    now = look(f, NULL);
    g_assert_cmpint(now.fresh_us, ==, WALL_US);
    g_assert_cmpint(ask_at(f, &q, 0), ==, N2_ERR_STATE);
    q.who.hash[0] ^= 1;
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_NOTFOUND);
}

static n2_keys_request
vouch(const n2_id *who, const char *claim)
{
    return (n2_keys_request){.id = 5,
                             .kind = N2_KEYS_VOUCH,
                             .who = *who,
                             .subject = BOB,
                             .scope = N2_SCOPE_MET,
                             .days = 90,
                             .body = {(const guint8 *)claim, strlen(claim)}};
}

static void
test_vouch(fixture *f, gconstpointer data)
{
    n2_id who = ada(f);
    n2_identity now = look(f, NULL);
    n2_keys_request q = vouch(&who, "Bob of the choir");
    g_autofree char *large = g_strnfill(N2_CLAIM_BYTES_MAX + 1, 'x');
    n2_vouch got;

    (void)data;
    g_assert_cmpint(ask(f, &q), ==, N2_OK);
    g_assert_cmpint(n2_vouch_check(&got, &now, f->a.statement.bytes, f->a.statement.len,
                                   WALL_US, NULL, NULL),
                    ==, N2_OK);
    g_assert_true(n2_id_equal(&got.by, &who));
    g_assert_true(n2_id_equal(&got.subject, &BOB));
    g_assert_cmpuint(got.scope, ==, N2_SCOPE_MET);
    g_assert_cmpstr(got.claim, ==, "Bob of the choir");
    g_assert_cmpint(got.from_us, ==, WALL_US);
    g_assert_cmpint(got.until_us, ==, WALL_US + 90 * DAY_US);
    q = vouch(&who, ""); /* takes back what was said */
    g_assert_cmpint(ask(f, &q), ==, N2_OK);

    q = vouch(&who, large);
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_FORMAT);
    q = vouch(&who, "x");
    q.subject = who; /* nobody for himself */
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_FORMAT);
    q = vouch(&who, "x");
    q.days = 733;
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_FORMAT);
    q = vouch(&who, "x");
    q.scope = 0;
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_FORMAT);
    q = vouch(&BOB, "x"); /* in nobody else's name */
    q.subject = who;
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_NOTFOUND);
}

static n2_err
sign(fixture *f, const n2_id *by, const n2_box *body)
{
    n2_keys_request q = {.id = 9, .kind = N2_KEYS_SIGN, .who = *by};

    q.body = (n2_slice){body->bytes, body->len};
    return ask(f, &q);
}

/* Reports, domains and attachments: in one's own name, of a domain also as a parent that is
 * named in it, and of nobody else. */
static void
test_domains(fixture *f, gconstpointer data)
{
    n2_id who = ada(f);
    n2_identity now = look(f, NULL);
    g_autofree n2_links *said = g_new0(n2_links, 1);
    n2_domain_said domain = {
        .who = who, .landmark = 1, .until_us = WALL_US + DAY_US / 2, .n_parents = 1};
    n2_attachment place = {.node = {.method = N2_KEY_ED25519},
                           .domain = who,
                           .down = {.word = UINT64_C(1) << 60, .bits = 4},
                           .until_us = WALL_US + HOUR_US},
                  place_read;
    n2_domain_said read;
    guint8 buf[1024];
    n2_box body;

    (void)data;
    domain.parents[0] = (n2_parent){.who = BOB,
                                    .down = {.word = UINT64_C(1) << 60, .bits = 4},
                                    .up = {.word = UINT64_C(1) << 60, .bits = 4}};
    said->domain = BOB;
    said->number = n2_id_number(&who);
    g_assert_cmpint(n2_links_body(buf, sizeof buf, said, &body), ==, N2_OK);
    g_assert_cmpint(sign(f, &who, &body), ==, N2_OK);
    g_assert_cmpint(
        n2_links_check(said, &now, f->a.statement.bytes, f->a.statement.len, WALL_US, NULL), ==,
        N2_OK);
    said->number++;
    g_assert_cmpint(n2_links_body(buf, sizeof buf, said, &body), ==, N2_OK);
    g_assert_cmpint(sign(f, &who, &body), ==, N2_ERR_REFUSED);

    g_assert_cmpint(n2_attachment_body(buf, sizeof buf, &place, &body), ==, N2_OK);
    g_assert_cmpint(sign(f, &who, &body), ==, N2_OK);
    g_assert_cmpint(n2_attachment_check(&place_read, &now, f->a.statement.bytes,
                                        f->a.statement.len, WALL_US, NULL, NULL),
                    ==, N2_OK);
    place.domain = BOB;
    g_assert_cmpint(n2_attachment_body(buf, sizeof buf, &place, &body), ==, N2_OK);
    g_assert_cmpint(sign(f, &who, &body), ==, N2_ERR_REFUSED);

    g_assert_cmpint(n2_domain_body(buf, sizeof buf, &domain, &body), ==, N2_OK);
    g_assert_cmpint(sign(f, &who, &body), ==, N2_OK);
    n2_identity bob = {.id = BOB};
    g_assert_cmpint(n2_domain_check(&read, &now, &bob, 1, f->a.statement.bytes,
                                    f->a.statement.len, WALL_US, NULL),
                    ==, N2_ERR_FORGED); /* Bob has not signed */
    domain.who = BOB;
    domain.parents[0].who = who;
    g_assert_cmpint(n2_domain_body(buf, sizeof buf, &domain, &body), ==, N2_OK);
    g_assert_cmpint(sign(f, &who, &body), ==, N2_OK); /* as the parent */
    domain.parents[0].who.hash[0]++;
    g_assert_cmpint(n2_domain_body(buf, sizeof buf, &domain, &body), ==, N2_OK);
    g_assert_cmpint(sign(f, &who, &body), ==, N2_ERR_REFUSED); /* of others */
}

/* A session by hand is over at its end, without anybody asking for anything. */
static void
test_expire(fixture *f, gconstpointer data)
{
    n2_id who = ada(f), said[N2_KEYRING_IDENTITIES_MAX];
    n2_keys_request prove = {.id = 6, .kind = N2_KEYS_PROVE, .who = who, .suite = 1};
    n2_keys_request login = {.id = 7, .kind = N2_KEYS_LOGIN, .who = who, .hours = 2};
    n2_keys_request state = {.id = 8, .kind = N2_KEYS_STATE, .who = who};
    gint64 next_us = 1;

    (void)data;
    g_assert_cmpuint(n2_keyring_expire(f->keyring, WALL_US, said, &next_us), ==, 0);
    g_assert_cmpint(next_us, ==, 0);
    g_assert_cmpint(ask(f, &prove), ==, N2_OK); /* by itself: it is renewed when it is over */
    g_assert_cmpuint(n2_keyring_expire(f->keyring, WALL_US, said, &next_us), ==, 0);
    g_assert_cmpint(next_us, ==, WALL_US + 12 * HOUR_US);
    g_assert_cmpuint(n2_keyring_expire(f->keyring, next_us, said, &next_us), ==, 0);
    g_assert_cmpint(next_us, ==, 0);
    g_assert_cmpint(ask_at(f, &prove, WALL_US + 13 * HOUR_US), ==, N2_OK);
    g_assert_cmpint(ask(f, &login), ==, N2_OK);
    g_assert_cmpuint(n2_keyring_expire(f->keyring, 0, said, &next_us), ==, 0);
    g_assert_cmpuint(n2_keyring_expire(f->keyring, WALL_US + 2 * HOUR_US - 1, said, &next_us),
                     ==, 0);
    g_assert_cmpint(next_us, ==, WALL_US + 2 * HOUR_US);
    g_assert_cmpuint(n2_keyring_expire(f->keyring, next_us, said, &next_us), ==, 1);
    g_assert_true(n2_id_equal(&said[0], &who));
    g_assert_cmpuint(n2_keyring_expire(f->keyring, WALL_US + 2 * HOUR_US, said, &next_us), ==,
                     0);
    g_assert_cmpint(ask(f, &state), ==, N2_OK);
    g_assert_cmpuint(f->a.flags & (N2_OWN_IS_SIGNED_IN | N2_OWN_IS_SIGNED_OUT), ==,
                     N2_OWN_IS_SIGNED_OUT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/keyring/say/fresh", fixture, NULL, setup, test_fresh, teardown);
    g_test_add("/keyring/say/vouch", fixture, NULL, setup, test_vouch, teardown);
    g_test_add("/keyring/say/domains", fixture, NULL, setup, test_domains, teardown);
    g_test_add("/keyring/say/expire", fixture, NULL, setup, test_expire, teardown);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-keyring-devices.c - several machines of one person: admitted, with the vault; sent away,
 *                          with their way to it; keys listed anew; accounts that move.
 */
#include "keyring-devices.h"

/* All devices have the same accounts; one that is sent away knows none of those that come
 * after, and those that stay move theirs. */
static void
test_vault(fixture *f, gconstpointer data)
{
    fixture second = {0}, third = {0};
    n2_id who = ada(f);
    n2_login login;

    (void)data;
    setup(&second, NULL);
    setup(&third, NULL);
    n2_key before = account(f, &who, 7);
    admit(f, &second, &who, "laptop");
    assert_same_account(f, &second, &who, 7);
    admit(f, &third, &who, "phone"); /* by the first only: the second has no control */
    assert_same_account(&second, &third, &who, 8);
    g_assert_cmpuint(f->a.number, ==, 0);
    g_assert_cmpint(log_in(f, &who, 7, 0, &login), ==, N2_OK);
    g_assert_cmpuint(f->a.number, ==, 1);
    g_assert_cmpint(reopen(&second, ""), ==, N2_OK);
    assert_same_account(f, &second, &who, 9);

    /* The phone is stolen.  Its own open key goes with it, and a new vault is drawn. */
    n2_key phone = device_of(&third, &who);
    g_assert_cmpuint(look(f).n_keys, ==, 7);
    g_assert_cmpuint(send_away(f, &second, &who, &phone), ==, 3);
    g_assert_cmpuint(look(f).n_keys, ==, 5);
    n2_key after = account(f, &who, 7);
    g_assert_false(n2_key_equal(&before, &after));
    assert_same_account(f, &second, &who, 7);
    n2_key thiefs = account(&third, &who, 7); /* he has heard nothing */
    g_assert_true(n2_key_equal(&thiefs, &before));

    /* Both can move what was: the old account signs for the new one. */
    fixture *movers[] = {f, &second};
    for (gsize i = 0; i < G_N_ELEMENTS(movers); i++) {
        g_assert_cmpint(reopen(movers[i], ""), ==, N2_OK);
        g_assert_cmpint(log_in(movers[i], &who, 7, 1, &login), ==, N2_OK);
        g_assert_cmpuint(movers[i]->a.number, ==, 2);
        g_assert_true(n2_key_equal(&login.account, &after));
        g_assert_true(n2_key_equal(&login.old, &before));
        g_assert_cmpint(log_in(movers[i], &who, 7, 3, &login), ==, N2_ERR_NOTFOUND);
        g_assert_cmpint(log_in(movers[i], &who, 7, 2, &login), ==, N2_OK);
        g_assert_cmpuint(login.old.method, ==, 0);
    }
    /* The statement of the vault is nothing to who was sent away, nor to who says it again. */
    n2_key laptop = device_of(&second, &who);
    g_assert_cmpuint(send_away(f, &third, &who, &laptop), ==, 3);
    g_assert_cmpint(log_in(&third, &who, 7, 0, &login), !=, N2_OK);
    g_assert_cmpint(log_in(f, &who, 7, 1, &login), ==, N2_OK); /* two vaults ago */
    g_assert_true(n2_key_equal(&login.old, &before));
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(log_in(f, &who, 7, 2, &login), ==, N2_OK);
    g_assert_true(n2_key_equal(&login.old, &after));
    teardown(&second, NULL);
    teardown(&third, NULL);
}

/* A vault is believed only by a device or control key that stands, and never an older one. */
static void
test_vault_forged(fixture *f, gconstpointer data)
{
    fixture second = {0}, other = {0};
    n2_id who = ada(f);

    (void)data;
    setup(&second, NULL);
    setup(&other, NULL);
    admit(f, &second, &who, "laptop");
    n2_key mine = account(&second, &who, 7);
    n2_key open = {0};
    n2_identity now = look(f);
    for (gsize i = 0; i < now.n_keys; i++)
        if (now.keys[i].rights == N2_RIGHT_OPEN)
            open = now.keys[i].key;
    /* Somebody else draws a vault for his own, and says that it is hers. */
    n2_id eve = ada(&other);
    (void)account(&other, &eve, 1);
    n2_keys_request q = of(&eve, N2_KEYS_CONTROL);
    g_strlcpy(q.label, "trap", sizeof q.label);
    q.days = 10;
    q.n_keys = 1;
    q.keys[0] = (n2_keys_own_key){.key = open, .rights = N2_RIGHT_OPEN};
    g_assert_cmpint(ask(&other, &q), ==, N2_OK);
    g_assert_cmpuint(other.a.n_statements, ==, 2);
    n2_keys_request take = of(&who, N2_KEYS_TAKE);
    take.body = other.a.statements[1];
    g_assert_cmpint(ask(&second, &take), ==, N2_ERR_FORGED);
    n2_key still = account(&second, &who, 7);
    g_assert_true(n2_key_equal(&mine, &still));

    /* An older one that comes again changes nothing. */
    fixture third = {0};
    setup(&third, NULL);
    admit(f, &third, &who, "phone");
    n2_key phone = device_of(&third, &who);
    send_away(f, &second, &who, &phone);
    n2_key newer = account(&second, &who, 7);
    take.body = last_vault;
    g_assert_cmpint(ask(&second, &take), ==, N2_OK);
    still = account(&second, &who, 7);
    g_assert_true(n2_key_equal(&newer, &still));
    teardown(&second, NULL);
    teardown(&other, NULL);
    teardown(&third, NULL);
}

/* When the disk is full nothing has changed: neither keys nor vault, on either side. */
static void
test_disk_full(fixture *f, gconstpointer data)
{
    n2_id who = ada(f);
    fixture second = {0};

    (void)data;
    setup(&second, NULL);
    admit(f, &second, &who, "laptop");
    n2_key laptop = device_of(&second, &who), was = account(f, &who, 7);
    n2_keys_request q = of(&who, N2_KEYS_REMOVE);
    q.key = laptop;
    guint n_failed = 0;
    for (guint64 at = 1; at < 100; at++) {
        f->disk->fail_at = f->disk->calls + at;
        f->disk->fail_with = N2_ERR_NOSPACE;
        if (!ask(f, &q))
            break;
        n_failed++;
        g_assert_cmpuint(look(f).n_keys, ==, 5);
        n2_key still = account(f, &who, 7);
        g_assert_true(n2_key_equal(&was, &still));
    }
    f->disk->fail_at = 0;
    g_assert_cmpuint(n_failed, >, 0);
    g_assert_cmpuint(look(f).n_keys, ==, 3);
    n2_key after = account(f, &who, 7);
    g_assert_false(n2_key_equal(&was, &after));
    teardown(&second, NULL);
}

/* Another control key: all is listed anew, labels and lives as they were, and the old one may
 * nothing more. */
static void
test_control(fixture *f, gconstpointer data)
{
    n2_id who = ada(f);
    n2_identity was = look(f);
    fixture second = {0};
    n2_signing_key next;
    guint8 seed[32];

    (void)data;
    setup(&second, NULL);
    admit(f, &second, &who, "laptop");
    random_bytes(NULL, seed, sizeof seed);
    g_assert_cmpint(n2_signing_key_init(&next, N2_KEY_ED25519, seed), ==, N2_OK);
    n2_keys_request q = of(&who, N2_KEYS_CONTROL);
    g_strlcpy(q.label, "safe", sizeof q.label);
    q.days = 1000;
    q.n_drops = 1;
    q.drops[0] = was.keys[0].key;
    g_assert_cmpuint(was.keys[0].rights, ==, N2_RIGHT_CONTROL);
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_FORMAT); /* nobody would be left to change it */
    q.n_keys = 1;
    q.keys[0] = (n2_keys_own_key){.key = next.key, .rights = N2_RIGHT_OPEN};
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_FORMAT); /* it cannot */
    q.keys[0].rights = N2_RIGHT_CONTROL;
    q.drops[0].bytes[0] ^= 1;
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_NOTFOUND);
    q.drops[0].bytes[0] ^= 1;
    n2_identity before = look(f);
    g_assert_cmpuint(before.number, ==, 0);
    g_assert_cmpint(ask(f, &q), ==, N2_OK);
    g_assert_cmpuint(f->a.n_statements, ==, 1); /* the vault is as it was */
    n2_slice control = copy(f->a.statements[0]);
    n2_identity now = look(f);
    g_assert_cmpuint(now.number, ==, 1);
    g_assert_cmpuint(now.n_keys, ==, before.n_keys);
    for (gsize i = 0; i < before.n_keys; i++) {
        const n2_grant *g = &before.keys[i];
        gboolean stays = !n2_key_equal(&g->key, &was.keys[0].key), is_there = FALSE;
        for (gsize k = 0; k < now.n_keys; k++)
            if (n2_key_equal(&now.keys[k].key, &g->key)) {
                is_there = TRUE;
                g_assert_cmpuint(now.keys[k].rights, ==, g->rights);
                g_assert_cmpint(now.keys[k].until_us, ==, g->until_us);
            }
        g_assert_cmpint(is_there, ==, stays);
    }
    g_assert_nonnull(memmem(control.bytes, control.len, "laptop", 6));
    g_assert_nonnull(memmem(control.bytes, control.len, "safe", 4));
    g_assert_true(n2_identity_may(&now, &next.key, N2_RIGHT_CONTROL, WALL_US));
    /* The second follows; here nothing is changed any more, as the new key is elsewhere. */
    n2_keys_request take = of(&who, N2_KEYS_TAKE);
    take.body = control;
    g_assert_cmpint(ask(&second, &take), ==, N2_OK);
    g_assert_cmpuint(look(&second).number, ==, 1);
    assert_same_account(f, &second, &who, 5);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_NOTFOUND);
    q.n_drops = 0;
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_REFUSED);
    g_free((gpointer)control.bytes);
    teardown(&second, NULL);
}

/* A key that stands may be listed with other rights: a machine that is to ask the token. */
static void
test_fewer_rights(fixture *f, gconstpointer data)
{
    n2_id who = ada(f);
    n2_keys_request q = of(&who, N2_KEYS_CONTROL), prove = of(&who, N2_KEYS_PROVE);
    n2_node_key k;

    (void)data;
    prove.suite = 1;
    g_assert_cmpint(ask(f, &prove), ==, N2_OK);
    g_strlcpy(q.label, "server", sizeof q.label);
    q.days = 400;
    q.n_keys = 1;
    q.keys[0] = (n2_keys_own_key){.key = device_of(f, &who),
                                  .rights = N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH};
    g_assert_cmpint(ask(f, &q), ==, N2_OK);
    g_assert_cmpuint(look(f).n_keys, ==, 2);
    g_assert_cmpint(ask(f, &prove), ==, N2_ERR_REFUSED); /* the session went with the right */
    g_assert_cmpint(node_key(f, &who, TRUE, WALL_US, &k), ==, N2_OK);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(ask(f, &prove), ==, N2_ERR_REFUSED);
    assert_es(f, &k, N2_OK, WALL_US);
    q.keys[0].rights = N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH | N2_RIGHT_SESSION;
    g_assert_cmpint(ask(f, &q), ==, N2_OK);
    g_assert_cmpuint(look(f).number, ==, 2);
    g_assert_cmpint(ask(f, &prove), ==, N2_OK);
}

/* Machines come and go for years.  What hangs on a control statement that another has followed
 * is left out, and sending somebody away always goes. */
static void
test_years(fixture *f, gconstpointer data)
{
    n2_id who = ada(f);
    guint n_full = 0, n_anew = 0;

    (void)data;
    for (guint i = 0; i < 100; i++) {
        n2_keys_request q = of(&who, N2_KEYS_ADD);
        q.key = (n2_key){.method = N2_KEY_X25519, .bytes = {(guint8)i, 1}};
        q.rights = N2_RIGHT_OPEN;
        q.days = 100;
        g_snprintf(q.label, sizeof q.label, "machine %u", i);
        n2_err err = ask(f, &q);
        if (err == N2_ERR_LIMIT) { /* all that stands is listed anew */
            n2_keys_request anew = of(&who, N2_KEYS_CONTROL);
            g_strlcpy(anew.label, "x", sizeof anew.label);
            g_assert_cmpint(ask(f, &anew), ==, N2_OK);
            g_assert_cmpuint(f->a.n_statements, ==, 1);
            n_full++;
            err = ask(f, &q);
        }
        g_assert_cmpint(err, ==, N2_OK);
        guint32 number = look(f).number;
        q.kind = N2_KEYS_REMOVE;
        g_assert_cmpint(ask(f, &q), ==, N2_OK);
        g_assert_cmpint(f->a.kind, ==, N2_KEYS_REMOVE);
        g_assert_cmpuint(f->a.n_statements, ==, 1);
        n2_identity now = look(f);
        n_anew += now.number != number;
        g_assert_cmpuint(now.n_keys, ==, 2);
        g_assert_cmpint(now.state, ==, N2_IDENTITY_LIVE);
    }
    g_assert_cmpuint(n_full + n_anew, >, 2);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpuint(look(f).n_keys, ==, 2);
}

static void
test_admit_refused(fixture *f, gconstpointer data)
{
    n2_id who = ada(f);
    fixture second = {0};
    n2_keys_request draw = {.id = 1, .kind = N2_KEYS_DRAW, .label = "laptop"};

    (void)data;
    setup(&second, NULL);
    g_assert_cmpint(ask(&second, &draw), ==, N2_OK);
    n2_keys_request q = of(&who, N2_KEYS_ADMIT), good;
    g_strlcpy(q.label, "laptop", sizeof q.label);
    q.days = 400;
    q.n_keys = 2;
    memcpy(q.keys, second.a.keys, sizeof q.keys);
    good = q;
    q.keys[0].rights |= N2_RIGHT_CONTROL; /* a machine that could change who she is */
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_FORMAT);
    q = good;
    q.keys[0].rights &= ~(guint32)N2_RIGHT_DEVICE;
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_FORMAT);
    q = good;
    q.keys[1] = q.keys[0];
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_FORMAT);
    q = good;
    q.days = 0;
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_FORMAT);
    q = good;
    q.n_keys = 0;
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_FORMAT);
    q = good;
    q.keys[0].key = device_of(f, &who);
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_EXISTS);
    g_assert_cmpuint(look(f).n_keys, ==, 2);
    good.days = 401; /* longer than a device lives */
    g_assert_cmpint(ask(f, &good), !=, N2_OK);
    teardown(&second, NULL);
}

/* A control key of another method; a device's signatures stay short. */
static void
test_methods(fixture *f, gconstpointer data)
{
    n2_keys_request q = {.id = 1, .kind = N2_KEYS_NEW, .label = "Ada", .method = N2_KEY_ED448};
    n2_node_key k;

    (void)data;
    g_assert_cmpint(ask(f, &q), ==, N2_OK);
    n2_identity who = look(f);
    g_assert_cmpuint(who.n_keys, ==, 2);
    for (gsize i = 0; i < 2; i++)
        g_assert_cmpuint(who.keys[i].key.method, ==,
                         who.keys[i].rights == N2_RIGHT_CONTROL ? N2_KEY_ED448
                                                                : N2_KEY_ED25519);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(node_key(f, &who.id, FALSE, WALL_US, &k), ==, N2_OK);
    (void)account(f, &who.id, 4); /* a statement of the Ed448 key in it */
    q.method = N2_KEY_X25519;
    q.label[0] = 'B';
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_UNSUPPORTED);
}

/* Who signed out, or in by hand, is not signed in by a restart. */
static void
test_signed_out(fixture *f, gconstpointer data)
{
    n2_id who = ada(f);
    n2_keys_request prove = of(&who, N2_KEYS_PROVE), login = of(&who, N2_KEYS_LOGIN);

    (void)data;
    prove.suite = 1;
    login.hours = 2;
    g_assert_cmpint(ask(f, &prove), ==, N2_OK);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(ask(f, &prove), ==, N2_OK); /* nobody said anything */
    g_assert_cmpint(ask(f, &login), ==, N2_OK);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(ask(f, &prove), ==, N2_ERR_STATE); /* by hand: the restart was its end */
    login.hours = 0;
    g_assert_cmpint(ask(f, &login), ==, N2_OK);
    login.hours = 2;
    g_assert_cmpint(ask(f, &prove), ==, N2_OK);
    g_assert_cmpint(simple(f, &who, N2_KEYS_LOGOUT), ==, N2_OK);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(ask(f, &prove), ==, N2_ERR_STATE);
    g_assert_cmpint(simple(f, &who, N2_KEYS_STATE), ==, N2_OK);
    g_assert_true(f->a.flags & N2_OWN_IS_SIGNED_OUT);
    g_assert_cmpint(ask(f, &login), ==, N2_OK);
    g_assert_cmpint(ask(f, &prove), ==, N2_OK);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(ask(f, &prove), ==, N2_ERR_STATE);
    login.hours = 0; /* by itself again, from now on */
    g_assert_cmpint(ask(f, &login), ==, N2_OK);
    g_assert_cmpint(ask(f, &prove), ==, N2_OK);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(ask(f, &prove), ==, N2_OK);
    f->disk->fail_at = f->disk->calls + 1;
    f->disk->fail_with = N2_ERR_NOSPACE;
    g_assert_cmpint(simple(f, &who, N2_KEYS_LOGOUT), ==, N2_ERR_NOSPACE);
    g_assert_cmpint(ask(f, &prove), ==, N2_ERR_STATE); /* out it is, all the same */
}

#define ADD(path, function)                                                                    \
    g_test_add("/keyring/devices/" path, fixture, NULL, setup, function, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("vault", test_vault);
    ADD("vault-forged", test_vault_forged);
    ADD("disk-full", test_disk_full);
    ADD("control", test_control);
    ADD("fewer-rights", test_fewer_rights);
    ADD("years", test_years);
    ADD("admit-refused", test_admit_refused);
    ADD("methods", test_methods);
    ADD("signed-out", test_signed_out);
    return g_test_run();
}

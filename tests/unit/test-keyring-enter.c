/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-keyring-enter.c - a new machine with a token that changes an identity: it is one of the
 *                        identity's by the token alone, and by no other token.
 */
#include "keyring-token-world.h"

#include <sodium.h>

#include "crypto/container.h"

typedef struct {
    world old, new; /* one token, in this machine or that */
    guint8 container[N2_IDENTITY_BYTES_MAX];
    gsize len;
} machines;

/* An answer to what comes with a secret, or gives one. */
static n2_err
ask_secret(fixture *f, const n2_keys_request *q, const n2_keys_secret *in, n2_keys_secret *out)
{
    guint8 message[4096];
    gsize len, answer_len;

    g_assert_cmpint(n2_keys_request_write(q, message, sizeof message, &len), ==, N2_OK);
    g_assert_cmpint(n2_keyring_ask(f->keyring, message, len, in, out, WALL_US, f->bytes,
                                   sizeof f->bytes, &answer_len),
                    ==, N2_OK);
    g_assert_cmpint(n2_keys_answer_read(&f->a, f->bytes, answer_len), ==, N2_OK);
    return f->a.err;
}

static void
show(machines *m)
{
    n2_writer w = n2_writer_init(m->container, sizeof m->container);

    g_assert_cmpint(list(&m->old.f, 0), ==, N2_OK);
    for (gsize i = 0; i < m->old.f.a.n_statements; i++)
        n2_container_put(&w, m->old.f.a.statements[i].bytes, m->old.f.a.statements[i].len);
    g_assert_cmpint(n2_writer_finish(&w, &m->len), ==, N2_OK);
}

static void
set_up(machines *m, gconstpointer data)
{
    world_init(&m->old, data);
    world_init(&m->new, data);
    memcpy(m->new.t.keys, m->old.t.keys, sizeof m->new.t.keys);
    be_born(&m->old);
    m->new.who = m->old.who;
    show(m);
}

static void
tear_down(machines *m, gconstpointer data)
{
    world_clear(&m->old, data);
    world_clear(&m->new, data);
}

static n2_keys_request
enter(const machines *m)
{
    n2_keys_request q = birth_request(&m->new);

    for (gsize i = 0; i < q.n_keys; i++)
        q.keys[i].rights = 0;
    q.id = 77;
    q.kind = N2_KEYS_ENTER;
    q.who = m->old.who;
    q.body = (n2_slice){m->container, m->len};
    g_strlcpy(q.label, "blue", sizeof q.label); /* as the token is called, too */
    return q;
}

static void
refused(machines *m, const n2_keys_request *q, n2_err want)
{
    guint n = m->new.t.n_signs;

    g_assert_true(asked(&m->new, q, WALL_US));
    g_assert_cmpstr(n2_err_name(m->new.f.a.err), ==, n2_err_name(want));
    g_assert_cmpuint(m->new.t.n_signs, ==, n); /* and the token was not asked */
    g_assert_cmpint(list(&m->new.f, 0), ==, N2_ERR_NOTFOUND);
}

/* A moment after it was born. */
static void
join(machines *m)
{
    n2_keys_request q = enter(m);

    g_assert_false(asked(&m->new, &q, WALL_US + 1));
    g_assert_true(n2_key_equal(&m->new.t.key, &m->new.t.keys[SIG].key));
    g_assert_true(touch(&m->new, WALL_US + 1));
    g_assert_cmpint(m->new.f.a.err, ==, N2_OK);
    g_assert_cmpstr(m->new.f.a.label, ==, "blue");
    g_assert_true(n2_id_equal(&m->new.f.a.who, &m->old.who));
}

/* What the new machine knows goes to the old one. */
static void
tell_old(machines *m)
{
    g_assert_cmpint(list(&m->new.f, 0), ==, N2_OK);
    for (gsize i = 0; i < m->new.f.a.n_statements; i++) {
        n2_keys_request q = of(&m->old, N2_KEYS_TAKE);
        q.body = m->new.f.a.statements[i];
        g_assert_true(asked(&m->old, &q, WALL_US));
        g_assert_cmpint(m->old.f.a.err, ==, N2_OK);
    }
}

/* The key of its own that a machine has. */
static n2_key
device_of(world *w, guint32 *rights)
{
    g_assert_cmpint(answer(w, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(w->f.a.n_keys, ==, 4);
    for (gsize i = 0; i < w->f.a.n_keys; i++)
        if (w->f.a.keys[i].place.slot == N2_PLACE_HERE) {
            *rights = w->f.a.keys[i].rights;
            return w->f.a.keys[i].key;
        }
    g_assert_not_reached();
}

/* Born elsewhere, one of this machine's by one signature of the token; the token signs in. */
static void
test_enter(machines *m, gconstpointer data)
{
    guint32 rights;

    (void)data;
    n2_key of_old = device_of(&m->old, &rights);
    join(m);
    for (int round = 0; round < 2; round++) { /* through a restart too */
        n2_key device = device_of(&m->new, &rights);
        g_assert_false(n2_key_equal(&device, &of_old));
        g_assert_cmpuint(rights, ==, N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH);
        g_assert_cmpuint(m->new.f.a.flags & ~(guint)N2_OWN_IS_SIGNED_OUT, ==,
                         N2_OWN_NEEDS_TOKEN | N2_OWN_LACKS_VAULT); /* and it has no sheet */
        log_in(&m->new, 12);
        g_assert_cmpint(answer(&m->new, N2_KEYS_PROVE), ==, N2_OK);
        g_assert_cmpint(reopen(&m->new.f, ""), ==, N2_OK);
        n2_keyring_set_tokens(m->new.f.keyring, &m->new.table);
    }
    n2_keys_request again = enter(m);
    g_assert_true(asked(&m->new, &again, WALL_US));
    g_assert_cmpint(m->new.f.a.err, ==, N2_ERR_EXISTS);
}

/* Each machine can be removed alone, by the token: the other stays, and the token's keys. */
static void
test_removed_alone(machines *m, gconstpointer data)
{
    guint32 rights;

    (void)data;
    join(m);
    tell_old(m);
    n2_keys_request q = of(&m->old, N2_KEYS_REMOVE);
    q.key = device_of(&m->new, &rights);
    q.reason = N2_REMOVED_LOST;
    g_assert_false(asked(&m->old, &q, WALL_US));
    g_assert_true(touch(&m->old, WALL_US));
    g_assert_cmpint(m->old.f.a.err, ==, N2_OK);
    g_assert_cmpuint(m->old.f.a.n_statements, ==, 1);
    n2_keys_request take = of(&m->new, N2_KEYS_TAKE);
    take.body = m->old.f.a.statements[0];
    g_assert_true(asked(&m->new, &take, WALL_US));
    g_assert_cmpint(m->new.f.a.err, ==, N2_OK);
    (void)device_of(&m->new, &rights);
    g_assert_cmpuint(rights, ==, 0);
    (void)device_of(&m->old, &rights);
    g_assert_cmpuint(rights, ==, N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH);
    for (gsize i = 0; i < m->old.f.a.n_keys; i++)
        g_assert_cmpuint(m->old.f.a.keys[i].rights, !=, 0);
}

/* All its machines have the same accounts: the older one tells what the vault is, the token
 * opens it; no second one is drawn. */
static void
test_vault(machines *m, gconstpointer data)
{
    guint8 bytes[4096], shared[32];
    n2_login logins[2];
    n2_keys_request q;

    (void)data;
    join(m);
    tell_old(m);
    log_in(&m->new, 12);
    log_in(&m->old, 12);
    q = of(&m->new, N2_KEYS_ACCOUNT);
    q.site = (n2_id){.method = 1, .hash = {7}};
    memset(q.hash, 3, sizeof q.hash);
    g_assert_true(asked(&m->new, &q, WALL_US));
    g_assert_cmpint(m->new.f.a.err, ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(answer(&m->new, N2_KEYS_VAULT), ==, N2_ERR_NOTFOUND);
    n2_keys_request login = of(&m->old, N2_KEYS_LOGIN);
    login.hours = 1;
    g_assert_false(asked(&m->old, &login, WALL_US));
    g_assert_cmpint(answer(&m->old, N2_KEYS_VAULT), ==, N2_ERR_BUSY); /* an order waits */
    g_assert_true(touch(&m->old, WALL_US));
    g_assert_cmpint(answer(&m->old, N2_KEYS_VAULT), ==, N2_OK);
    n2_keys_request take = of(&m->new, N2_KEYS_TAKE);
    gsize len = m->old.f.a.statement.len;
    g_assert_cmpuint(len, <=, sizeof bytes);
    memcpy(bytes, m->old.f.a.statement.bytes, len);
    take.body = (n2_slice){bytes, len};
    g_assert_true(asked(&m->new, &take, WALL_US));
    g_assert_cmpint(m->new.f.a.err, ==, N2_OK);
    for (guint i = 0; i < 2; i++) {
        world *w = i ? &m->new : &m->old;
        if (!asked(w, &q, WALL_US)) {
            g_assert_true(n2_key_equal(&w->t.key, &w->t.keys[DEC].key));
            g_assert_cmpint(crypto_scalarmult(shared, w->t.keys[DEC].seed, w->t.point), ==, 0);
            g_assert_true(told(w, q.id, N2_OK, shared, sizeof shared, WALL_US));
        }
        g_assert_cmpint(w->f.a.err, ==, N2_OK);
        memset(logins[i].hash, 3, sizeof logins[i].hash);
        g_assert_cmpint(
            n2_login_check(&logins[i], w->f.a.statement.bytes, w->f.a.statement.len, NULL), ==,
            N2_OK);
    }
    g_assert_true(n2_key_equal(&logins[0].account, &logins[1].account));
    g_assert_cmpuint(m->new.t.n_agrees, ==, 1);
}

/* A token that the identity does not list, or whose control key it lists no more. */
static void
test_not_listed(machines *m, gconstpointer data)
{
    n2_keys_request q = enter(m);

    (void)data;
    q.keys[SIG].key.bytes[5] ^= 1;
    refused(m, &q, N2_ERR_REFUSED); /* the AUT key alone signs in, and changes nothing */
    q = enter(m);
    q.n_keys = 0;
    refused(m, &q, N2_ERR_REFUSED);
    q = enter(m);
    q.keys[SIG].place.slot = N2_PLACE_AUT; /* a slot that is for something else */
    refused(m, &q, N2_ERR_REFUSED);

    /* The old machine's new key takes the place of the token's. */
    n2_keys_request control = of(&m->old, N2_KEYS_CONTROL);
    control.days = 100;
    control.n_keys = 1;
    n2_signing_key other;
    guint8 seed[32] = {9};
    g_assert_cmpint(n2_signing_key_init(&other, N2_KEY_ED25519, seed), ==, N2_OK);
    control.keys[0] =
        (n2_keys_own_key){.key = other.key,
                          .rights = N2_RIGHT_CONTROL,
                          .place = {.slot = N2_PLACE_SIG, .aid = {8}, .name = "blue"}};
    control.n_drops = 1;
    control.drops[0] = m->old.t.keys[SIG].key;
    g_strlcpy(control.label, "second", sizeof control.label);
    g_assert_false(asked(&m->old, &control, WALL_US));
    g_assert_true(touch(&m->old, WALL_US));
    g_assert_cmpint(m->old.f.a.err, ==, N2_OK);
    show(m);
    q = enter(m);
    refused(m, &q, N2_ERR_REFUSED);
}

/* Statements that do not hold, or of somebody else, or of an identity that is no more. */
static void
test_statements(machines *m, gconstpointer data)
{
    n2_keys_request q = enter(m);

    (void)data;
    q.body.len--;
    g_assert_true(asked(&m->new, &q, WALL_US));
    g_assert_cmpint(m->new.f.a.err, !=, N2_OK);
    q = enter(m);
    q.body.len = 0;
    g_assert_true(asked(&m->new, &q, WALL_US));
    g_assert_cmpint(m->new.f.a.err, !=, N2_OK);
    q = enter(m);
    q.who.hash[3] ^= 1;
    g_assert_true(asked(&m->new, &q, WALL_US));
    g_assert_cmpint(m->new.f.a.err, !=, N2_OK);
    g_assert_cmpint(list(&m->new.f, 0), ==, N2_ERR_NOTFOUND);
    g_assert_cmpuint(m->new.t.n_signs, ==, 0);
    join(m);
}

/* Two control statements of one number: nobody may say which one counts. */
static void
test_frozen(machines *m, gconstpointer data)
{
    guint8 body_bytes[2048], bytes[2048];
    n2_identity_set *set;
    n2_identity who;
    n2_writer w = n2_writer_init(m->container, sizeof m->container);

    (void)data;
    g_assert_cmpint(n2_identity_set_new(&set, &m->old.who, NULL), ==, N2_OK);
    g_assert_cmpint(list(&m->old.f, 0), ==, N2_OK);
    for (gsize i = 0; i < m->old.f.a.n_statements; i++) {
        n2_slice s = m->old.f.a.statements[i];
        n2_container_put(&w, s.bytes, s.len);
        g_assert_cmpint(n2_identity_take(set, s.bytes, s.len, 0, NULL, NULL), ==, N2_OK);
    }
    g_assert_cmpint(n2_identity_look(set, WALL_US, &who), ==, N2_OK);
    for (guint i = 0; i < 2; i++) {
        n2_listed listed[N2_IDENTITY_KEYS_MAX];
        n2_box body, statement;
        for (gsize k = 0; k < who.n_keys; k++)
            listed[k] = (n2_listed){.grant = who.keys[k], .label = i ? "a" : "b"};
        g_assert_cmpint(n2_control_body(body_bytes, sizeof body_bytes, &who, WALL_US, listed,
                                        who.n_keys, &body),
                        ==, N2_OK);
        g_assert_cmpint(
            n2_statement_sign(bytes, sizeof bytes, &body, &m->old.t.keys[SIG], &statement), ==,
            N2_OK);
        n2_container_put(&w, statement.bytes, statement.len);
    }
    g_assert_cmpint(n2_writer_finish(&w, &m->len), ==, N2_OK);
    n2_identity_set_free(set);
    n2_keys_request q = enter(m);
    refused(m, &q, N2_ERR_FROZEN);
}

/* Ended by its sheet. */
static void
test_ended(machines *m, gconstpointer data)
{
    guint8 birth[1024], end[1024];
    n2_keys_secret sheet = {0};
    n2_keys_request q = of(&m->old, N2_KEYS_SHEET_SHOW);

    (void)data;
    g_assert_cmpint(ask_secret(&m->old.f, &q, NULL, &sheet), ==, N2_OK);
    sheet.len = (gsize)((guint8 *)memchr(sheet.bytes, '\n', sheet.len) - sheet.bytes);
    g_assert_cmpint(list(&m->old.f, 0), ==, N2_OK);
    q = of(&m->old, N2_KEYS_END);
    gsize len = m->old.f.a.statements[0].len;
    memcpy(birth, m->old.f.a.statements[0].bytes, len);
    q.body = (n2_slice){birth, len};
    g_assert_cmpint(ask_secret(&m->old.f, &q, &sheet, NULL), ==, N2_OK);
    n2_writer w = n2_writer_init(m->container + m->len, sizeof m->container - m->len);
    len = m->old.f.a.statement.len;
    memcpy(end, m->old.f.a.statement.bytes, len);
    n2_container_put(&w, end, len);
    g_assert_cmpint(n2_writer_finish(&w, &len), ==, N2_OK);
    m->len += len;
    q = enter(m);
    refused(m, &q, N2_ERR_ENDED);
}

/* No PIN, a token that is pulled, a wrong signature, a power cut: nothing is left of it, and
 * the next try works. */
static void
test_fails(machines *m, gconstpointer data)
{
    n2_keys_request q = enter(m), birth = {.id = 51, .kind = N2_KEYS_NEW, .label = "B"};
    guint8 wrong[64] = {1};

    (void)data;
    for (guint how = 0; how < 4; how++) {
        g_assert_false(asked(&m->new, &q, WALL_US));
        g_assert_true(asked(&m->new, &birth, WALL_US));
        g_assert_cmpint(m->new.f.a.err, ==, N2_ERR_BUSY);
        if (how == 0)
            g_assert_true(told(&m->new, 77, N2_ERR_CANCELLED, NULL, 0, WALL_US));
        else if (how == 1)
            g_assert_true(told(&m->new, 77, N2_ERR_TOKEN, NULL, 0, WALL_US));
        else if (how == 2)
            g_assert_true(told(&m->new, 77, N2_OK, wrong, sizeof wrong, WALL_US));
        else
            n2_keyring_cancel(m->new.f.keyring, 77);
        g_assert_cmpint(list(&m->new.f, 0), ==, N2_ERR_NOTFOUND);
    }
    join(m);
}

#define ADD(path, function)                                                                    \
    g_test_add("/keyring/enter/" path, machines, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("by-token", test_enter);
    ADD("removed-alone", test_removed_alone);
    ADD("vault", test_vault);
    ADD("not-listed", test_not_listed);
    ADD("statements", test_statements);
    ADD("frozen", test_frozen);
    ADD("ended", test_ended);
    ADD("fails", test_fails);
    return g_test_run();
}

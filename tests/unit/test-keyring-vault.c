/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-keyring-vault.c - which vault is in force: one machine is stolen and says all that it
 * may say; statements come in any order; a file of a program that kept no words about vaults.
 */
#include "keyring-devices.h"

#include "keys/keyring-impl.h"

enum {
    ORDERS = 24
};

static n2_own *
own_of(fixture *f)
{
    return &f->keyring->own[0];
}

static n2_err
hear(fixture *f, const n2_id *who, n2_slice statement)
{
    n2_keys_request take = of(who, N2_KEYS_TAKE);

    take.body = statement;
    return ask(f, &take);
}

/* All statements that @f has, with the vault that the last admitted got. */
static void
tell(fixture *f, fixture *other, const n2_id *who)
{
    g_assert_cmpint(list(f, 0), ==, N2_OK);
    for (gsize i = 0; i < f->a.n_statements; i++)
        g_assert_cmpint(hear(other, who, f->a.statements[i]), ==, N2_OK);
    g_assert_cmpint(hear(other, who, last_vault), ==, N2_OK);
}

static n2_slice
said(fixture *f)
{
    guint8 bytes[N2_STATEMENT_BYTES_SMALL];
    n2_box box;

    g_assert_cmpint(n2_vault_statement(f->keyring, 0, bytes, sizeof bytes, &box), ==, N2_OK);
    return copy((n2_slice){box.bytes, box.len});
}

/* A vault that only the thief knows all of, as he likes it: signed by his right, which stands.
 */
static n2_slice
thiefs_vault(fixture *thief, guint32 number, gint64 drawn_us)
{
    n2_own *own = own_of(thief);

    g_assert_cmpint(n2_vault_draw(thief->keyring, 0, NULL, 0, WALL_US), ==, N2_OK);
    own->vault.number = number;
    own->vault.drawn_us = drawn_us;
    own->vault.n_olds = 0;
    own->n_words = 0;
    own->vault.drawer = (n2_key){0};
    g_assert_cmpint(n2_vault_say(own, &thief->keyring->secrets->own[0], WALL_US), ==, N2_OK);
    return said(thief);
}

static void
drop(n2_slice *s, gsize n)
{
    for (gsize i = 0; i < n; i++)
        g_free((gpointer)s[i].bytes);
}

/* What a machine that was stolen said with its right falls with the right, however great the
 * number; what was before is lost to nobody. */
static void
test_stolen(fixture *f, gconstpointer data)
{
    fixture second = {0}, third = {0};
    n2_id who = ada(f);
    n2_login login;

    (void)data;
    setup(&second, NULL);
    setup(&third, NULL);
    admit(f, &second, &who, "laptop");
    admit(f, &third, &who, "phone");
    tell(f, &second, &who);
    n2_key before = account(f, &who, 7), phone = device_of(&third, &who);
    n2_slice his = thiefs_vault(&third, UINT32_MAX, WALL_US + HOUR_US);
    g_assert_cmpint(hear(f, &who, his), ==, N2_OK);
    g_assert_cmpint(hear(&second, &who, his), ==, N2_OK);
    assert_same_account(f, &third, &who, 7); /* he is one of hers until she says no */
    n2_key meanwhile = account(f, &who, 8);
    g_assert_cmpint(log_in(&second, &who, 7, 1, &login), ==, N2_OK);
    g_assert_true(n2_key_equal(&login.old, &before)); /* not even now */

    send_away(f, &second, &who, &phone);
    n2_key thiefs = account(&third, &who, 7);
    fixture *honest[] = {f, &second};
    for (gsize i = 0; i < G_N_ELEMENTS(honest); i++) {
        assert_same_account(f, honest[i], &who, 7);
        n2_key now = account(honest[i], &who, 7);
        g_assert_false(n2_key_equal(&now, &thiefs));
        g_assert_false(n2_key_equal(&now, &before));
        g_assert_cmpint(log_in(honest[i], &who, 7, 1, &login), ==, N2_OK);
        g_assert_cmpuint(honest[i]->a.number, ==, 2);
        g_assert_true(n2_key_equal(&login.old, &before));
        g_assert_cmpint(log_in(honest[i], &who, 8, UINT32_MAX, &login), ==, N2_OK);
        g_assert_true(n2_key_equal(&login.old, &meanwhile));
        g_assert_cmpint(hear(honest[i], &who, his), ==, N2_ERR_FORGED);
        g_assert_cmpint(reopen(honest[i], ""), ==, N2_OK);
        n2_key again = account(honest[i], &who, 7);
        g_assert_true(n2_key_equal(&again, &now));
    }
    drop(&his, 1);
    teardown(&second, NULL);
    teardown(&third, NULL);
}

/* Before it was heard, a vault of tomorrow, by two, or with another one's name is refused. */
static void
test_refused(fixture *f, gconstpointer data)
{
    fixture second = {0};
    n2_id who = ada(f);

    (void)data;
    setup(&second, NULL);
    admit(f, &second, &who, "laptop");
    n2_key was = account(f, &who, 7);
    n2_slice his = thiefs_vault(&second, 7, WALL_US + HOUR_US + 1);
    g_assert_cmpint(hear(f, &who, his), ==, N2_ERR_FORGED);
    drop(&his, 1);
    own_of(&second)->vault.drawer = (n2_key){.method = N2_KEY_ED25519, .bytes = {1}};
    own_of(&second)->vault.drawn_us = WALL_US;
    own_of(&second)->n_words = 0;
    g_assert_cmpint(n2_vault_say(own_of(&second), &second.keyring->secrets->own[0], WALL_US),
                    ==, N2_OK);
    his = said(&second);
    g_assert_cmpint(hear(f, &who, his), ==, N2_ERR_FORGED);
    n2_key is = account(f, &who, 7);
    g_assert_true(n2_key_equal(&was, &is));
    drop(&his, 1);
    teardown(&second, NULL);
}

/* The answer to the last change, in pieces. */
static gsize
pieces(fixture *f, n2_slice *out)
{
    for (gsize i = 0; i < f->a.n_statements; i++)
        out[i] = copy(f->a.statements[i]);
    return f->a.n_statements;
}

/* The laptop may change who she is, too. */
static void
give_control(fixture *f, fixture *second, const n2_id *who)
{
    n2_keys_request q = of(who, N2_KEYS_CONTROL);

    g_strlcpy(q.label, "laptop", sizeof q.label);
    q.days = 300;
    q.n_keys = 1;
    q.keys[0] = (n2_keys_own_key){.key = device_of(second, who),
                                  .rights = DEVICE_RIGHTS | N2_RIGHT_CONTROL};
    g_assert_cmpint(ask(f, &q), ==, N2_OK);
    n2_slice control = copy(f->a.statements[0]);
    g_assert_cmpint(hear(second, who, control), ==, N2_OK);
    drop(&control, 1);
}

/* Ada's desk (control), laptop (control), tablet; the phone is the thief's, the watch is only
 * sent away.  Desk and laptop change her at once, while the thief says what he can; the tablet
 * hears all of it, in any order. */
static void
test_any_order(fixture *f, gconstpointer data)
{
    fixture laptop = {0}, tablet = {0}, phone = {0}, watch = {0};
    n2_slice all[16];
    gsize n = 0;
    n2_id who = ada(f);

    (void)data;
    setup(&laptop, NULL);
    setup(&tablet, NULL);
    setup(&phone, NULL);
    setup(&watch, NULL);
    admit(f, &laptop, &who, "laptop");
    give_control(f, &laptop, &who);
    admit(f, &phone, &who, "phone");
    admit(f, &watch, &who, "watch");
    admit(f, &tablet, &who, "tablet");
    fixture *others[] = {&laptop, &phone, &watch};
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        tell(f, others[i], &who);
    n2_key before = account(f, &who, 7), lost = device_of(&phone, &who),
           old = device_of(&watch, &who);

    all[n++] = thiefs_vault(&phone, UINT32_MAX, WALL_US + 5);
    g_assert_cmpint(hear(&laptop, &who, all[0]), ==, N2_OK);
    send_away(f, NULL, &who, &lost);
    n += pieces(f, all + n);
    send_away(&laptop, NULL, &who, &old);
    n += pieces(&laptop, all + n);
    all[n++] = thiefs_vault(&phone, UINT32_MAX - 1, WALL_US + HOUR_US);
    all[n++] = thiefs_vault(&phone, 1, WALL_US + HOUR_US - 1);
    g_assert_cmpuint(n, ==, 9);

    n2_key want = {0};
    for (guint order = 0; order < ORDERS + 2; order++) {
        fixture copied = {.disk = disk_mem_copy(tablet.disk)}, *hears = &copied;
        if (order < ORDERS)
            g_assert_cmpint(reopen(&copied, ""), ==, N2_OK);
        else
            hears = order == ORDERS ? f : &laptop;
        for (gsize i = n - 1; i > 0; i--) {
            gsize k = (gsize)g_test_rand_int_range(0, (gint)i + 1);
            n2_slice s = all[i];
            all[i] = all[k];
            all[k] = s;
        }
        for (gsize i = 0; i < n; i++) {
            n2_err err = hear(hears, &who, all[i]);
            g_assert_true(!err || err == N2_ERR_FORGED);
        }
        n2_key now = account(hears, &who, 7);
        if (!order)
            want = now;
        g_assert_true(n2_key_equal(&now, &want));
        if (hears == &copied) {
            n2_login login;
            g_assert_cmpint(log_in(hears, &who, 7, 1, &login), ==, N2_OK);
            g_assert_true(n2_key_equal(&login.old, &before));
            g_assert_cmpint(reopen(hears, ""), ==, N2_OK);
            now = account(hears, &who, 7);
            g_assert_true(n2_key_equal(&now, &want));
        }
        teardown(&copied, NULL);
    }

    /* Each of the two was drawn in ignorance of the other.  When one is told next it is mended.
     */
    g_assert_cmpint(simple(f, &who, N2_KEYS_VAULT), ==, N2_OK);
    n2_slice mended = copy(f->a.statement);
    g_assert_cmpint(hear(&laptop, &who, mended), ==, N2_OK);
    (void)hear(&phone, &who, mended);
    assert_same_account(f, &laptop, &who, 7);
    n2_key mine = account(f, &who, 7), his = account(&phone, &who, 7);
    g_assert_false(n2_key_equal(&mine, &his));
    g_assert_false(n2_key_equal(&mine, &want));
    for (gsize i = 0; i < own_of(f)->vault.n_slots; i++)
        g_assert_true(n2_own_rights(own_of(f), &own_of(f)->vault.slots[i].key, NULL));
    g_assert_cmpint(simple(f, &who, N2_KEYS_VAULT), ==, N2_OK);
    g_assert_cmpmem(f->a.statement.bytes, f->a.statement.len, mended.bytes, mended.len);
    drop(&mended, 1);
    drop(all, n);
    teardown(&laptop, NULL);
    teardown(&tablet, NULL);
    teardown(&phone, NULL);
    teardown(&watch, NULL);
}

/* Who leaves in peace makes nobody go back to an older vault, which others may know; who is
 * admitted then gets a new one. */
static void
test_left_in_peace(fixture *f, gconstpointer data)
{
    fixture second = {0}, third = {0};
    n2_id who = ada(f);

    (void)data;
    setup(&second, NULL);
    setup(&third, NULL);
    admit(f, &second, &who, "laptop");
    n2_slice its = thiefs_vault(&second, 2, WALL_US + 1);
    g_assert_cmpint(hear(f, &who, its), ==, N2_OK);
    n2_key was = account(f, &who, 7);
    n2_keys_request leave = of(&who, N2_KEYS_REMOVE);
    leave.key = device_of(&second, &who);
    leave.reason = N2_REMOVED_RETIRED;
    g_assert_cmpint(ask(&second, &leave), ==, N2_OK);
    n2_slice word = copy(second.a.statements[0]);
    g_assert_cmpint(hear(f, &who, word), ==, N2_OK);
    n2_key is = account(f, &who, 7);
    g_assert_true(n2_key_equal(&was, &is));
    admit(f, &third, &who, "phone");
    assert_same_account(f, &third, &who, 7);
    is = account(&third, &who, 7);
    g_assert_false(n2_key_equal(&was, &is));
    n2_login login;
    g_assert_cmpint(log_in(&third, &who, 7, 2, &login), ==, N2_OK);
    g_assert_true(n2_key_equal(&login.old, &was));
    drop(&its, 1);
    drop(&word, 1);
    teardown(&second, NULL);
    teardown(&third, NULL);
}

/* The number is a name: after the last there is comes one that nothing has. */
static void
test_last_number(fixture *f, gconstpointer data)
{
    fixture second = {0};
    n2_id who = ada(f);
    n2_login login;

    (void)data;
    setup(&second, NULL);
    admit(f, &second, &who, "laptop");
    n2_slice its = thiefs_vault(f, UINT32_MAX, WALL_US + 1); /* her own, here */
    n2_key was = account(f, &who, 7);
    n2_key laptop = device_of(&second, &who);
    send_away(f, NULL, &who, &laptop);
    g_assert_cmpint(log_in(f, &who, 7, UINT32_MAX, &login), ==, N2_OK);
    g_assert_true(n2_key_equal(&login.old, &was));
    g_assert_cmpuint(f->a.number, ==, 1);
    drop(&its, 1);
    teardown(&second, NULL);
}

/* A file without words, as former programs wrote it: the same accounts, and what comes then is
 * taken. */
static void
test_former(fixture *f, gconstpointer data)
{
    fixture second = {0};
    n2_id who = ada(f);

    (void)data;
    setup(&second, NULL);
    admit(f, &second, &who, "laptop");
    n2_key was = account(f, &who, 7), laptop = device_of(&second, &who);
    fixture *both[] = {f, &second};
    for (gsize i = 0; i < G_N_ELEMENTS(both); i++) {
        own_of(both[i])->n_words = 0;
        g_assert_cmpint(n2_keyring_save(both[i]->keyring), ==, N2_OK);
        g_assert_cmpint(reopen(both[i], ""), ==, N2_OK);
        g_assert_cmpuint(own_of(both[i])->n_words, ==, 1);
        n2_key is = account(both[i], &who, 7);
        g_assert_true(n2_key_equal(&was, &is));
    }
    n2_slice its = said(&second);
    g_assert_cmpint(hear(f, &who, its), ==, N2_OK);
    assert_same_account(f, &second, &who, 7);
    g_assert_cmpuint(send_away(f, NULL, &who, &laptop), ==, 3);
    n2_key is = account(f, &who, 7);
    g_assert_false(n2_key_equal(&was, &is));
    own_of(f)->words[0].bytes[own_of(f)->words[0].len - 1] ^= 1; /* the signature */
    g_assert_cmpint(n2_keyring_save(f->keyring), ==, N2_OK);
    g_assert_cmpint(reopen(f, ""), ==, N2_ERR_CORRUPT);
    drop(&its, 1);
    teardown(&second, NULL);
}

/* A word of tests/vectors/keyring-2.txt, as it stands behind @name (transfer full). */
static char *
word_of(const char *text, const char *name)
{
    g_autofree char *head = g_strdup_printf("\n%s ", name);
    const char *at = strstr(text, head);

    g_assert_nonnull(at);
    at += strlen(head);
    return g_strndup(at, strcspn(at, "\n"));
}

static void
assert_hex(const guint8 *bytes, const char *text, const char *name)
{
    g_autofree char *want = word_of(text, name);
    char hex[65];

    g_assert_cmpstr(sodium_bin2hex(hex, sizeof hex, bytes, 32), ==, want);
}

/* A file that a former program wrote: after one of three machines was removed. */
static void
test_former_program(fixture *f, gconstpointer data)
{
    const char *source = g_getenv("N2_SOURCE");
    g_autofree char *path =
        g_build_filename(source ? source : ".", "tests", "vectors", "keyring-2.txt", NULL);
    g_autofree char *text = NULL;
    fixture second = {0};
    n2_login login;
    gsize len;

    (void)data;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_autofree char *base64 = word_of(text, "file");
    g_autofree guint8 *file = g_base64_decode(base64, &len);
    disk_mem_put(f->disk, N2_KEYRING_FILE, file, len);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(list(f, 0), ==, N2_OK);
    n2_id who = f->a.who;
    assert_hex(who.hash, text, "identity");
    for (guint round = 0; round < 2; round++) { /* the second: as this program wrote it */
        n2_key now = account(f, &who, 7);
        assert_hex(now.bytes, text, "account");
        g_assert_cmpint(log_in(f, &who, 7, 1, &login), ==, N2_OK);
        assert_hex(login.old.bytes, text, "before");
        g_assert_cmpint(simple(f, &who, N2_KEYS_LOGOUT), ==, N2_OK); /* writes it */
        g_assert_cmpint(reopen(f, ""), ==, N2_OK);
        n2_keys_request in = of(&who, N2_KEYS_LOGIN);
        g_assert_cmpint(ask(f, &in), ==, N2_OK);
    }
    setup(&second, NULL);
    admit(f, &second, &who, "phone");
    assert_same_account(f, &second, &who, 7);
    n2_key phone = device_of(&second, &who);
    send_away(f, NULL, &who, &phone);
    g_assert_cmpint(log_in(f, &who, 7, 2, &login), ==, N2_OK);
    assert_hex(login.old.bytes, text, "account");
    teardown(&second, NULL);
}

/* Of many devices the words that come first stay, and that in force always. */
static void
test_many_words(fixture *f, gconstpointer data)
{
    fixture machines[VAULT_WORDS_MAX + 2] = {0};
    n2_slice words[G_N_ELEMENTS(machines)];
    n2_id who = ada(f);

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(machines); i++) {
        g_autofree char *label = g_strdup_printf("machine %zu", i);
        setup(&machines[i], NULL);
        admit(f, &machines[i], &who, label);
        words[i] = thiefs_vault(&machines[i], 2, WALL_US + 10 - (gint64)i);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(machines); i++)
        g_assert_cmpint(hear(f, &who, words[i]), ==, N2_OK);
    g_assert_cmpuint(own_of(f)->n_words, ==, VAULT_WORDS_MAX);
    assert_same_account(f, &machines[0], &who, 7);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    assert_same_account(f, &machines[0], &who, 7);
    n2_key gone = device_of(&machines[0], &who);
    send_away(f, NULL, &who, &gone);
    g_assert_cmpuint(own_of(f)->n_words, ==, VAULT_WORDS_MAX);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    drop(words, G_N_ELEMENTS(words));
    for (gsize i = 0; i < G_N_ELEMENTS(machines); i++)
        teardown(&machines[i], NULL);
}

#define ADD(path, function)                                                                    \
    g_test_add("/keyring/vault/" path, fixture, NULL, setup, function, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("attack-34-stolen-vault", test_stolen);
    ADD("attack-34-refused-vault", test_refused);
    ADD("attack-34-any-order", test_any_order);
    ADD("left-in-peace", test_left_in_peace);
    ADD("last-number", test_last_number);
    ADD("former-file", test_former);
    ADD("former-program", test_former_program);
    ADD("many-words", test_many_words);
    return g_test_run();
}

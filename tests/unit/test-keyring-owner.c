/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-keyring-owner.c - what an owner does with a keyring: signs in and out, prints the sheet,
 *                        changes the passphrase, adds devices, logs in to sites; and a file of
 *                        version 1 that is taken over.
 */
#include "keyring-devices.h"

#include "crypto/armor.h"
#include "crypto/proof.h"

static n2_keys_secret shown;

/* Asks with what comes through a pipe; @in: NULL: no pipe. */
static n2_err
ask_with(fixture *f, const n2_keys_request *q, const char *in, gsize in_len)
{
    g_autofree guint8 *message = g_malloc(N2_KEYRING_MESSAGE_BYTES_MAX);
    n2_keys_secret secret = {.len = in ? in_len : 0};
    gsize len, answer_len;

    if (in)
        memcpy(secret.bytes, in, in_len);
    g_assert_cmpint(n2_keys_request_write(q, message, N2_KEYRING_MESSAGE_BYTES_MAX, &len), ==,
                    N2_OK);
    g_assert_cmpint(n2_keyring_ask(f->keyring, message, len, in ? &secret : NULL, &shown,
                                   WALL_US, f->bytes, sizeof f->bytes, &answer_len),
                    ==, N2_OK);
    g_assert_cmpint(n2_keys_answer_read(&f->a, f->bytes, answer_len), ==, N2_OK);
    return f->a.err;
}

static n2_err
say(fixture *f, const n2_keys_request *q, const char *in)
{
    return ask_with(f, q, in, in ? strlen(in) : 0);
}

static void
test_in_and_out(fixture *f, gconstpointer data)
{
    n2_id who = ada(f), nobody = {.method = 1};
    n2_keys_request q = of(&who, N2_KEYS_LOGIN);

    (void)data;
    g_assert_cmpint(simple(f, &who, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(f->a.flags, ==, N2_OWN_HAS_SHEET);
    g_assert_cmpuint(f->a.n_keys, ==, 2);
    g_assert_cmpint(simple(f, &who, N2_KEYS_PROVE), ==, N2_OK); /* by itself */
    g_assert_cmpint(simple(f, &who, N2_KEYS_LOGOUT), ==, N2_OK);
    g_assert_cmpint(simple(f, &who, N2_KEYS_PROVE), ==, N2_ERR_STATE); /* not any more */
    g_assert_cmpint(simple(f, &who, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(f->a.flags, ==, N2_OWN_HAS_SHEET | N2_OWN_IS_SIGNED_OUT);
    q.hours = 2;
    g_assert_cmpint(ask(f, &q), ==, N2_OK);
    g_assert_cmpint(f->a.until_us, ==, WALL_US + 2 * HOUR_US);
    g_assert_cmpint(simple(f, &who, N2_KEYS_PROVE), ==, N2_OK);
    n2_keys_request prove = of(&who, N2_KEYS_PROVE);
    g_assert_cmpint(ask_at(f, &prove, WALL_US + 2 * HOUR_US), ==, N2_ERR_STATE);
    g_assert_cmpint(ask_at(f, &q, 0), ==, N2_ERR_STATE);
    g_assert_cmpint(simple(f, &nobody, N2_KEYS_LOGOUT), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(ask(f, &q), ==, N2_OK);
    n2_id all = {0};
    g_assert_cmpint(simple(f, &all, N2_KEYS_LOGOUT), ==, N2_OK);
    g_assert_cmpint(simple(f, &who, N2_KEYS_PROVE), ==, N2_ERR_STATE);
    /* Files, heads and node keys are the device's, and go on. */
    n2_node_key k;
    g_assert_cmpint(node_key(f, &who, TRUE, WALL_US, &k), ==, N2_OK);
}

static gboolean
has_sheet(fixture *f, const n2_id *who)
{
    g_assert_cmpint(simple(f, who, N2_KEYS_STATE), ==, N2_OK);
    return f->a.flags & N2_OWN_HAS_SHEET;
}

static void
test_sheet(fixture *f, gconstpointer data)
{
    n2_id who = ada(f);
    n2_keys_request show = of(&who, N2_KEYS_SHEET_SHOW), test = of(&who, N2_KEYS_SHEET_TEST);

    (void)data;
    g_assert_cmpint(say(f, &test, "abandon"), ==, N2_ERR_STATE); /* not shown yet */
    g_assert_cmpint(ask(f, &show), ==, N2_ERR_USAGE);            /* no pipe */
    g_assert_cmpint(say(f, &show, NULL), ==, N2_OK);
    g_autofree char *text = g_strndup((const char *)shown.bytes, shown.len);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 3);
    g_auto(GStrv) words = g_strsplit(lines[0], " ", -1);
    g_assert_cmpuint(g_strv_length(words), ==, 13);
    g_assert_true(g_str_has_prefix(lines[1], "N2:"));
    g_assert_null(memmem(f->bytes, sizeof f->bytes, words[3], strlen(words[3])));

    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(ask(f, &test), ==, N2_ERR_USAGE);
    g_assert_cmpint(say(f, &test, ""), ==, N2_ERR_TRUNCATED);
    g_assert_cmpint(say(f, &test, "N2:AAAA"), !=, N2_OK);
    g_autofree char *swapped = g_strdup(lines[0]);
    char *first = strchr(swapped, ' ');
    g_assert_nonnull(first);
    *first = '\0';
    g_autofree char *moved = g_strdup_printf("%s %s", first + 1, swapped);
    n2_err err = say(f, &test, moved);
    g_assert_true(err == N2_ERR_CORRUPT || err == N2_ERR_REFUSED);
    g_assert_true(has_sheet(f, &who));

    g_autofree char *typed = g_ascii_strup(lines[0], -1);
    g_assert_cmpint(say(f, &test, typed), ==, N2_OK);
    g_assert_false(has_sheet(f, &who));
    g_assert_cmpint(say(f, &show, NULL), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_false(has_sheet(f, &who));

    /* The end, from the paper and the birth alone, in another profile. */
    fixture other = {0};
    setup(&other, NULL);
    n2_keys_request end = of(&who, N2_KEYS_END);
    end.successor = (n2_id){.method = 1, .hash = {4}};
    g_assert_cmpint(list(f, 0), ==, N2_OK);
    g_autofree guint8 *birth = g_memdup2(f->a.statements[0].bytes, f->a.statements[0].len);
    end.body = (n2_slice){birth, f->a.statements[0].len};
    g_assert_cmpint(ask_with(&other, &end, lines[1], strlen(lines[1])), ==, N2_OK);
    g_autofree guint8 *ended = g_memdup2(other.a.statement.bytes, other.a.statement.len);
    n2_keys_request take = of(&who, N2_KEYS_TAKE);
    take.body = (n2_slice){ended, other.a.statement.len};
    g_assert_cmpint(ask(f, &take), ==, N2_OK);
    n2_identity now = look(f);
    g_assert_cmpint(now.state, ==, N2_IDENTITY_ENDED);
    g_assert_true(n2_id_equal(&now.successor, &end.successor));
    static const guint8 over[] = {N2_KEYS_PROVE, N2_KEYS_LOGIN, N2_KEYS_ACCOUNT, N2_KEYS_ADD};
    for (gsize i = 0; i < sizeof over; i++) {
        n2_keys_request q = of(&who, over[i]);
        q.key = (n2_key){.method = N2_KEY_X25519, .bytes = {9}};
        q.label[0] = 'x';
        q.hours = 1;
        q.site = who;
        g_assert_cmpint(ask(f, &q), ==, N2_ERR_ENDED);
    }
    teardown(&other, NULL);
}

/* The sheet of one is none of another, and a key that works signs no end. */
static void
test_sheet_misuse(fixture *f, gconstpointer data)
{
    n2_id who = ada(f);
    guint8 bytes[2048];
    n2_box body;

    (void)data;
    n2_keys_request q = of(&who, N2_KEYS_SHEET_SHOW);
    g_assert_cmpint(say(f, &q, NULL), ==, N2_OK);
    g_autofree char *text = g_strndup((const char *)shown.bytes, shown.len);
    *strchr(text, '\n') = '\0';
    g_assert_cmpint(new_identity(f, "Eve"), ==, N2_OK);
    n2_id eve = f->a.who;
    g_autofree guint8 *birth = g_memdup2(f->a.statements[0].bytes, f->a.statements[0].len);
    n2_slice eves = {birth, f->a.statements[0].len};

    q = of(&eve, N2_KEYS_SHEET_SHOW);
    g_assert_cmpint(say(f, &q, NULL), ==, N2_OK);
    q = of(&eve, N2_KEYS_SHEET_TEST);
    g_assert_cmpint(say(f, &q, text), ==, N2_ERR_REFUSED);
    g_assert_true(has_sheet(f, &eve));
    q = of(&eve, N2_KEYS_END);
    q.body = eves;
    g_assert_cmpint(say(f, &q, text), ==, N2_ERR_REFUSED);
    q.who = who; /* another's birth */
    g_assert_cmpint(say(f, &q, text), ==, N2_ERR_FORGED);
    q.who = eve;
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_USAGE);

    q = of(&who, N2_KEYS_SIGN);
    n2_key a = {.method = N2_KEY_ED25519, .bytes = {1}}, b = {.method = N2_KEY_ED448};
    g_assert_cmpint(
        n2_end_body(bytes, sizeof bytes, &who, NULL, WALL_US, &a, &b, NULL, 0, &body), ==,
        N2_OK);
    q.body = (n2_slice){body.bytes, body.len};
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_REFUSED);
    n2_identity now = look(f);
    g_assert_cmpint(now.state, ==, N2_IDENTITY_LIVE);
}

static void
test_passphrase(fixture *f, gconstpointer data)
{
    n2_id who = ada(f);
    n2_keys_request q = {.id = 3, .kind = N2_KEYS_PASSPHRASE};
    static const char to[] = "\0correct horse", back[] = "correct horse\0";

    (void)data;
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_USAGE);
    g_assert_cmpint(ask_with(f, &q, "wrong\0new", 9), ==, N2_ERR_REFUSED);
    g_assert_cmpint(ask_with(f, &q, "\0a\0b", 4), ==, N2_ERR_FORMAT);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    f->disk->fail_at = f->disk->calls + 1;
    f->disk->fail_with = N2_ERR_NOSPACE;
    g_assert_cmpint(ask_with(f, &q, to, sizeof to - 1), ==, N2_ERR_NOSPACE);
    g_assert_cmpint(ask_with(f, &q, to, sizeof to - 1), ==, N2_OK);
    g_assert_cmpint(simple(f, &who, N2_KEYS_STATE), ==, N2_OK);
    g_assert_cmpuint(f->a.flags & N2_OWN_HAS_PASSPHRASE, !=, 0);
    g_assert_cmpint(reopen(f, ""), ==, N2_ERR_REFUSED);
    g_assert_cmpint(reopen(f, "correct horse"), ==, N2_OK);
    g_assert_cmpint(list(f, 0), ==, N2_OK);
    g_assert_true(n2_id_equal(&f->a.who, &who));
    g_assert_cmpint(simple(f, &who, N2_KEYS_UNLOCK), ==, N2_ERR_STATE);
    g_assert_cmpint(say(f, &q, "the new one alone"), ==, N2_ERR_FORMAT);
    g_assert_cmpint(ask_with(f, &q, back, sizeof back - 1), ==, N2_OK);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(say(f, &q, "the new one alone"), ==, N2_ERR_FORMAT);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
}

/* Another device: its key is drawn there, added here, countersigned there, taken here. */
static void
test_devices(fixture *f, gconstpointer data)
{
    n2_id who = ada(f);
    fixture second = {0};
    guint8 container[8192];
    n2_writer w = n2_writer_init(container, sizeof container);
    gsize len;

    (void)data;
    setup(&second, NULL);
    n2_keys_request q = {.id = 1, .kind = N2_KEYS_DRAW, .label = "laptop"};
    g_assert_cmpint(ask(&second, &q), ==, N2_OK);
    n2_key key = second.a.keys[0].key;

    q = of(&who, N2_KEYS_ADD);
    q.key = key;
    q.rights = N2_RIGHT_DEVICE | N2_RIGHT_SESSION;
    q.days = 400;
    g_strlcpy(q.label, "laptop", sizeof q.label);
    g_assert_cmpint(ask(f, &q), ==, N2_OK);
    g_autofree guint8 *half = g_memdup2(f->a.statement.bytes, f->a.statement.len);
    n2_keys_request join = {.id = 2, .kind = N2_KEYS_JOIN, .first = {half, f->a.statement.len}};
    g_assert_cmpint(list(f, 0), ==, N2_OK);
    g_assert_cmpuint(f->a.n_statements, ==, 2); /* the half is not one of them */
    for (gsize i = 0; i < f->a.n_statements; i++)
        n2_container_put(&w, f->a.statements[i].bytes, f->a.statements[i].len);
    g_assert_cmpint(n2_writer_finish(&w, &len), ==, N2_OK);
    join.body = (n2_slice){container, len};

    half[join.first.len / 2] ^= 1;
    g_assert_cmpint(ask(&second, &join), !=, N2_OK);
    half[join.first.len / 2] ^= 1;
    g_assert_cmpint(ask(f, &join), ==, N2_ERR_STATE); /* nothing was drawn there */
    g_assert_cmpint(list(&second, 0), ==, N2_ERR_NOTFOUND);
    second.disk->fail_at = second.disk->calls + 2;
    second.disk->fail_with = N2_ERR_NOSPACE;
    g_assert_cmpint(ask(&second, &join), ==, N2_ERR_NOSPACE);
    g_assert_cmpint(list(&second, 0), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(ask(&second, &join), ==, N2_OK);
    g_assert_true(n2_id_equal(&second.a.who, &who));
    g_assert_cmpuint(second.a.n_statements, ==, 3);
    g_assert_cmpint(ask(&second, &join), ==, N2_ERR_STATE); /* once */

    /* Both prove and serve; the first takes the whole add. */
    g_assert_cmpint(list(&second, 0), ==, N2_OK);
    n2_keys_request take = of(&who, N2_KEYS_TAKE);
    for (gsize i = 0; i < second.a.n_statements; i++) {
        take.body = second.a.statements[i];
        g_assert_cmpint(ask(f, &take), ==, N2_OK);
    }
    n2_identity now = look(f);
    g_assert_cmpuint(now.n_keys, ==, 3);
    g_assert_true(n2_identity_may(&now, &key, N2_RIGHT_DEVICE, WALL_US));
    g_assert_cmpint(simple(&second, &who, N2_KEYS_PROVE), ==, N2_OK);
    n2_node_key k;
    g_assert_cmpint(node_key(&second, &who, FALSE, WALL_US, &k), ==, N2_OK);

    /* It has no control: it adds nobody, but may go by itself; or the first sends it away. */
    q.key.bytes[0] ^= 1;
    g_assert_cmpint(ask(&second, &q), ==, N2_ERR_REFUSED);
    n2_keys_request leave = of(&who, N2_KEYS_REMOVE);
    leave.key = key;
    leave.reason = N2_REMOVED_RETIRED;
    g_assert_cmpint(ask(f, &leave), ==, N2_OK);
    now = look(f);
    g_assert_cmpuint(now.n_keys, ==, 2);
    g_assert_cmpint(ask(f, &leave), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(ask(&second, &leave), ==, N2_OK);
    g_assert_cmpint(simple(&second, &who, N2_KEYS_PROVE), ==, N2_ERR_REFUSED);
    g_assert_cmpint(reopen(&second, ""), ==, N2_OK); /* what else is in the file stays */
    g_assert_cmpint(node_key(&second, &who, FALSE, WALL_US, &k), ==, N2_ERR_REFUSED);
    teardown(&second, NULL);
}

/* One account for each site, the same for ever, that says nothing of the others. */
static void
test_vault(fixture *f, gconstpointer data)
{
    n2_id who = ada(f);

    (void)data;
    f->disk->fail_at = f->disk->calls + 2;
    f->disk->fail_with = N2_ERR_NOSPACE;
    n2_keys_request q = of(&who, N2_KEYS_ACCOUNT);
    q.site = who;
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_NOSPACE);
    g_assert_cmpuint(look(f).n_keys, ==, 2);
    n2_key first = account(f, &who, 7), other = account(f, &who, 8);
    g_assert_false(n2_key_equal(&first, &other));
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    n2_key again = account(f, &who, 7);
    g_assert_true(n2_key_equal(&first, &again));
    n2_identity now = look(f);
    g_assert_cmpuint(now.n_keys, ==, 3); /* an open key came with it */
    g_assert_cmpint(simple(f, &who, N2_KEYS_LOGOUT), ==, N2_OK);
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_STATE);
    q.hours = 1;
    q.kind = N2_KEYS_LOGIN;
    g_assert_cmpint(ask(f, &q), ==, N2_OK);
    again = account(f, &who, 7);
    g_assert_true(n2_key_equal(&first, &again));
    /* Another key that can open leaves: another vault, and other accounts. */
    for (gsize i = 0; i < now.n_keys; i++)
        if (now.keys[i].rights == N2_RIGHT_OPEN) {
            q = of(&who, N2_KEYS_REMOVE);
            q.key = now.keys[i].key;
            g_assert_cmpint(ask(f, &q), ==, N2_OK);
        }
    again = account(f, &who, 7);
    g_assert_false(n2_key_equal(&first, &again));
}

/* The file that a program of version 1 left: nothing is lost, and at no moment is there less
 * than one whole file. */
static void
test_version_1(fixture *f, gconstpointer data)
{
    const char *source = g_getenv("N2_SOURCE");
    g_autofree char *path =
        g_build_filename(source ? source : ".", "tests", "unit", "keyring-v1.n2", NULL);
    g_autofree char *old = NULL;
    gsize len, now_len;
    n2_identity was, is;
    n2_node_key k;
    guint n_failed = 0;

    (void)data;
    g_assert_true(g_file_get_contents(path, &old, &len, NULL));
    for (guint64 at = 1; at < 200; at++) {
        teardown(f, NULL);
        *f = (fixture){.disk = disk_mem_new()};
        disk_mem_put(f->disk, N2_KEYRING_FILE, old, len);
        g_assert_cmpint(reopen(f, ""), ==, N2_OK);
        g_assert_cmpmem(disk_mem_bytes(f->disk, N2_KEYRING_FILE, &now_len), now_len, old, len);
        was = look(f);
        n2_id who = was.id;
        gint64 wall_us = was.made_us + HOUR_US;
        g_assert_cmpint(simple(f, &who, N2_KEYS_STATE), ==, N2_OK);
        g_assert_cmpuint(f->a.n_keys, ==, 2);
        gboolean has = has_sheet(f, &who);

        f->disk->fail_at = f->disk->calls + at;
        f->disk->fail_with = N2_ERR_IO;
        n2_err err = node_key(f, &who, TRUE, wall_us, &k);
        f->disk->fail_at = 0;
        n_failed += err != N2_OK;
        const guint8 *left = disk_mem_bytes(f->disk, N2_KEYRING_OLD_FILE, &now_len);
        if (left && now_len == len) /* else it was cut while it was written, beside it */
            g_assert_cmpmem(left, now_len, old, len);
        g_assert_cmpint(reopen(f, ""), ==, N2_OK);
        is = look(f);
        assert_same(&was, &is);
        g_assert_true(has_sheet(f, &who) == has);
        g_assert_cmpint(node_key(f, &who, TRUE, wall_us, &k), ==, N2_OK);
        g_assert_cmpint(reopen(f, ""), ==, N2_OK);
        g_assert_null(disk_mem_bytes(f->disk, N2_KEYRING_OLD_FILE, &now_len));
        assert_es(f, &k, N2_OK, wall_us);
        if (!err)
            break;
    }
    g_assert_cmpuint(n_failed, >, 5);
}

/* What is more than a place, an answer or a pipe holds is refused, and all goes on. */
static void
test_limits(fixture *f, gconstpointer data)
{
    n2_id who = ada(f);
    n2_keys_request q = of(&who, N2_KEYS_ADD);
    gsize n_bytes = 0;
    guint n = 2;

    (void)data;
    q.rights = N2_RIGHT_OPEN;
    q.days = 10;
    q.place = (n2_keys_place){.slot = N2_PLACE_DEC, .aid = {7}, .name = "blue"};
    g_strlcpy(q.label, "blue", sizeof q.label);
    for (;; n++) { /* agreement keys sign nothing: control alone does */
        q.key = (n2_key){.method = N2_KEY_X25519, .bytes = {(guint8)(n + 1), 1}};
        n2_err err = ask(f, &q);
        if (err) {
            g_assert_cmpint(err, ==, N2_ERR_LIMIT);
            break;
        }
    }
    g_assert_cmpuint(n, ==, N2_KEYRING_KEYS_MAX);
    q.place = (n2_keys_place){0}; /* of other devices: not ours, but statements of ours */
    for (n2_err err = N2_OK; !err; n++) {
        q.key = (n2_key){.method = N2_KEY_X25519, .bytes = {(guint8)(n + 1), 2}};
        err = ask(f, &q);
        g_assert_true(!err || err == N2_ERR_LIMIT);
        g_assert_cmpuint(n, <, 100);
    }
    for (int round = 0; round < 2; round++) {
        g_assert_cmpint(list(f, 0), ==, N2_OK);
        g_assert_cmpuint(f->a.n_statements, >, N2_KEYRING_KEYS_MAX);
        g_assert_cmpuint(f->a.n_statements, <=, N2_KEYRING_STATEMENTS_MAX);
        n_bytes = 0;
        for (gsize i = 0; i < f->a.n_statements; i++)
            n_bytes += f->a.statements[i].len;
        g_assert_cmpuint(n_bytes, <=, N2_KEYRING_STATEMENTS_BYTES_MAX);
        g_assert_cmpint(simple(f, &who, N2_KEYS_STATE), ==, N2_OK);
        g_assert_cmpuint(f->a.n_keys, ==, N2_KEYRING_KEYS_MAX);
        g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    }
    g_autofree char *long_one = g_malloc0(N2_KEYRING_SECRET_BYTES_MAX);
    memset(long_one + 1, 'x', N2_KEYRING_SECRET_BYTES_MAX - 1);
    q = (n2_keys_request){.id = 3, .kind = N2_KEYS_PASSPHRASE};
    g_assert_cmpint(ask_with(f, &q, long_one, N2_KEYRING_SECRET_BYTES_MAX), ==, N2_ERR_LIMIT);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    q = of(&who, N2_KEYS_LOGIN);
    q.hours = N2_SESSION_HOURS_MAX + 1;
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_FORMAT);
    q.hours = N2_SESSION_HOURS_MAX;
    g_assert_cmpint(ask(f, &q), ==, N2_OK);
}

/* A file that asks for 100 GB, or for an hour, is refused before anything is worked out. */
static void
test_costly_file(fixture *f, gconstpointer data)
{
    enum {
        PASSES_AT = 12, /* values of fields 1 and 2 of the box */
        KIB_AT = 24
    };
    static const struct {
        gsize at;
        guint64 value;
    } rows[] = {{PASSES_AT, N2_SEALED_PASSES_MAX + 1},
                {PASSES_AT, 1 << 30},
                {KIB_AT, N2_SEALED_KIB_MAX + 1},
                {KIB_AT, 100 << 20},
                {KIB_AT, G_MAXUINT64 / 2}};
    guint8 *file;
    gsize len;

    (void)data;
    (void)ada(f);
    g_assert_cmpint(n2_disk_read_file(&f->disk->disk, N2_KEYRING_FILE, 1 << 20, &file, &len),
                    ==, N2_OK);
    gint64 from_us = g_get_monotonic_time();
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree guint8 *costly = g_memdup2(file, len);
        guint64 be = GUINT64_TO_BE(rows[i].value);
        memcpy(costly + rows[i].at, &be, sizeof be);
        n2_sha256_of(costly, len - 36, costly + len - 32); /* it is not damaged */
        disk_mem_put(f->disk, N2_KEYRING_FILE, costly, len);
        g_assert_cmpint(reopen(f, ""), ==, N2_ERR_LIMIT);
    }
    g_assert_cmpint(g_get_monotonic_time() - from_us, <, G_USEC_PER_SEC);
    disk_mem_put(f->disk, N2_KEYRING_FILE, file, len);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    free(file);
}

#define ADD(path, function)                                                                    \
    g_test_add("/keyring/owner/" path, fixture, NULL, setup, function, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("in-and-out", test_in_and_out);
    ADD("sheet", test_sheet);
    ADD("attack-33-sheet-misuse", test_sheet_misuse);
    ADD("passphrase", test_passphrase);
    ADD("devices", test_devices);
    ADD("vault", test_vault);
    ADD("version-1", test_version_1);
    ADD("limits", test_limits);
    ADD("attack-39-costly-file", test_costly_file);
    return g_test_run();
}

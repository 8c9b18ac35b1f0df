/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-proof.c - who is at an end of a connection: every way to pass for somebody else, or to
 * show a proof where it was not made for (attacks 12, 31).
 */
#include <glib.h>
#include <string.h>

#include "base/writer.h"
#include "crypto/proof.h"

enum {
    ROOM = 4096
};

#define HOUR_US INT64_C(3600000000)
#define DAY_US (24 * HOUR_US)
#define WALL_US INT64_C(1800000000000000)

typedef struct {
    n2_identity who;
    n2_signing_key control, device;
    guint8 chain[ROOM];
    gsize chain_len;
} person;

static n2_signing_key
key_of(guint8 seed)
{
    guint8 bytes[32];
    n2_signing_key key;

    memset(bytes, seed, sizeof bytes);
    g_assert_cmpint(n2_signing_key_init(&key, N2_KEY_ED25519, bytes), ==, N2_OK);
    return key;
}

static void
put(person *p, const n2_box *statement)
{
    n2_writer w = n2_writer_init(p->chain + p->chain_len, ROOM - p->chain_len);

    n2_write_u16(&w, (guint16)statement->len);
    n2_write_bytes(&w, statement->bytes, statement->len);
    g_assert_cmpint(w.err, ==, N2_OK);
    p->chain_len += w.len;
}

static void
make_person(person *p, guint8 seed, guint32 rights, gint64 until_us)
{
    static const guint8 sheet[N2_HASH_BYTES] = {3}, salt[N2_SALT_BYTES] = {4};
    guint8 body_bytes[ROOM], bytes[ROOM], d[N2_DIGEST_BYTES];
    n2_grant grant = {.rights = rights, .from_us = WALL_US - 10 * DAY_US, .until_us = until_us};
    n2_signature signatures[2];
    n2_box body, statement;

    *p = (person){.control = key_of(seed), .device = key_of(seed + 1)};
    grant.key = p->device.key;
    g_assert_cmpint(n2_birth_body(body_bytes, ROOM, sheet, WALL_US - 10 * DAY_US, salt,
                                  &p->control.key, 1, &body),
                    ==, N2_OK);
    g_assert_cmpint(n2_statement_sign(bytes, ROOM, &body, &p->control, &statement), ==, N2_OK);
    g_assert_cmpint(
        n2_identity_birth(&p->who, statement.bytes, statement.len, N2_METHOD_SHA256, NULL), ==,
        N2_OK);
    put(p, &statement);
    g_assert_cmpint(n2_add_body(body_bytes, ROOM, &p->who, &grant, "desk", &body), ==, N2_OK);
    n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    g_assert_cmpint(n2_sign(&signatures[0], &p->control, d), ==, N2_OK);
    g_assert_cmpint(n2_sign(&signatures[1], &p->device, d), ==, N2_OK);
    g_assert_cmpint(n2_statement_make(bytes, ROOM, &body, signatures, 2, &statement), ==,
                    N2_OK);
    put(p, &statement);
}

/* What is shown. */
typedef struct {
    person p;
    n2_signing_key session;
    n2_proof made;  /* as the asker signs it */
    n2_proof known; /* as the holder knows the connection */
    gint64 wall_us; /* when it looks */
    guint8 certificate[ROOM];
    gsize certificate_len;
    guint8 signature[N2_SIGNATURE_BYTES_MAX];
    gsize signature_len;
} show;

static void
certify(show *s, const n2_signing_key *by, gint64 uses, gint64 from_us, gint64 until_us)
{
    guint8 body_bytes[ROOM];
    n2_box body, statement;

    g_assert_cmpint(n2_session_body(body_bytes, ROOM, &s->p.who.id, &s->session.key, uses,
                                    from_us, until_us, &body),
                    ==, N2_OK);
    g_assert_cmpint(n2_statement_sign(s->certificate, ROOM, &body, by, &statement), ==, N2_OK);
    s->certificate_len = statement.len;
}

static void
sign_with(show *s, const n2_signing_key *key)
{
    guint8 d[N2_DIGEST_BYTES];
    n2_signature signature;

    n2_proof_digest(&s->made, d);
    g_assert_cmpint(n2_sign(&signature, key, d), ==, N2_OK);
    s->signature_len = n2_signature_bytes(N2_KEY_ED25519);
    memcpy(s->signature, signature.bytes, s->signature_len);
}

static void
make_show_until(show *s, guint32 rights, gint64 key_until_us)
{
    *s = (show){.session = key_of(90), .wall_us = WALL_US};
    make_person(&s->p, 10, rights, key_until_us);
    s->known = (n2_proof){.role = N2_PROOF_ASKER, .suite = 1};
    memset(s->known.hash, 0x77, sizeof s->known.hash);
    s->made = s->known;
    s->made.who = s->p.who.id;
    s->made.session = s->session.key;
    certify(s, &s->p.device, N2_SESSION_LOG_IN, WALL_US - HOUR_US, WALL_US + 11 * HOUR_US);
    sign_with(s, &s->session);
}

static void
make_show(show *s)
{
    make_show_until(s, N2_RIGHT_DEVICE | N2_RIGHT_SESSION, WALL_US + 100 * DAY_US);
}

static n2_err
check(const show *s)
{
    n2_proof proof = s->known;
    gint64 until_us = 0;
    n2_err err =
        n2_proof_check(&proof, s->p.chain, s->p.chain_len, s->certificate, s->certificate_len,
                       s->signature, s->signature_len, s->wall_us, NULL, NULL, &until_us);

    g_assert_cmpint(n2_id_equal(&proof.who, &s->p.who.id), ==, !err);
    g_assert_cmpint(n2_id_is_set(&proof.who), ==, !err);
    return err;
}

/* ---- what is changed ---- */

static void
nothing(show *s)
{
    (void)s;
}

/* Made for the connection to somebody in between, who shows it on his own. */
static void
other_connection(show *s)
{
    s->known.hash[63] ^= 1;
}

/* A holder shows the asker's proof back, as its own. */
static void
reflected(show *s)
{
    s->known.role = N2_PROOF_HOLDER;
}

static void
other_suite(show *s)
{
    s->known.suite = 2;
}

/* Somebody certifies a session key that is another's, and shows what that one signed. */
static void
borrowed_session(show *s)
{
    n2_signing_key device;

    make_person(&s->p, 40, N2_RIGHT_DEVICE | N2_RIGHT_SESSION, WALL_US + DAY_US);
    device = s->p.device;
    certify(s, &device, N2_SESSION_LOG_IN, WALL_US - HOUR_US, WALL_US + HOUR_US);
}

/* The certificate of one, the chain of another. */
static void
other_chain(show *s)
{
    person other;

    make_person(&other, 40, N2_RIGHT_DEVICE | N2_RIGHT_SESSION, WALL_US + DAY_US);
    memcpy(s->p.chain, other.chain, sizeof s->p.chain);
    s->p.chain_len = other.chain_len;
}

static void
stolen_certificate(show *s)
{
    n2_signing_key thief = key_of(91);

    sign_with(s, &thief);
}

static void
stranger_certifies(show *s)
{
    n2_signing_key stranger = key_of(92);

    certify(s, &stranger, N2_SESSION_LOG_IN, WALL_US - HOUR_US, WALL_US + HOUR_US);
}

/* A control key changes who somebody is; it certifies no session. */
static void
control_certifies(show *s)
{
    n2_signing_key control = s->p.control;

    certify(s, &control, N2_SESSION_LOG_IN, WALL_US - HOUR_US, WALL_US + HOUR_US);
}

static void
no_right(show *s)
{
    make_show_until(s, N2_RIGHT_DEVICE, WALL_US + 100 * DAY_US);
}

static void
key_has_ended(show *s)
{
    make_show_until(s, N2_RIGHT_DEVICE | N2_RIGHT_SESSION, WALL_US + HOUR_US);
    s->wall_us = WALL_US + HOUR_US;
}

static void
certificate_over(show *s)
{
    s->wall_us = WALL_US + 11 * HOUR_US;
}

static void
certificate_too_long(show *s)
{
    certify(s, &s->p.device, N2_SESSION_LOG_IN, WALL_US, WALL_US + DAY_US + 1);
}

static void
from_later(show *s)
{
    s->wall_us = WALL_US - 2 * HOUR_US - 1;
}

static void
other_use(show *s)
{
    certify(s, &s->p.device, N2_SESSION_LETTER | N2_SESSION_PUBLISH, WALL_US, WALL_US + 1);
}

static void
unknown_use(show *s)
{
    certify(s, &s->p.device, N2_SESSION_LOG_IN | 8, WALL_US, WALL_US + 1);
}

/* The key was removed: the chain says so itself. */
static void
revoked(show *s)
{
    guint8 body_bytes[ROOM], bytes[ROOM];
    n2_box_writer w = n2_box_begin(body_bytes, ROOM, N2_KIND_REMOVE);
    n2_box body, statement;

    n2_box_put_id(&w, 1, &s->p.who.id);
    n2_box_put_bytes(&w, 2, s->p.who.control, sizeof s->p.who.control);
    n2_box_put_key(&w, 3, &s->p.device.key);
    n2_box_put_int(&w, 4, 1);
    g_assert_cmpint(n2_box_end(&w, &body, NULL), ==, N2_OK);
    g_assert_cmpint(n2_statement_sign(bytes, ROOM, &body, &s->p.control, &statement), ==,
                    N2_OK);
    put(&s->p, &statement);
}

static void
signature_flipped(show *s)
{
    s->signature[5] ^= 1;
}

static void
signature_short(show *s)
{
    s->signature_len--;
}

static void
no_signature(show *s)
{
    s->signature_len = 0;
}

static void
no_chain(show *s)
{
    s->p.chain_len = 0;
}

static void
birth_alone(show *s)
{
    s->p.chain_len = 2u + (gsize)(s->p.chain[0] << 8 | s->p.chain[1]);
}

static void
chain_cut(show *s)
{
    s->p.chain_len--;
}

static void
certificate_is_an_add(show *s)
{
    gsize birth = 2u + (gsize)(s->p.chain[0] << 8 | s->p.chain[1]);

    s->certificate_len = s->p.chain_len - birth - 2;
    memcpy(s->certificate, s->p.chain + birth + 2, s->certificate_len);
}

/* The same bytes, signed as a body that a box could have. */
static void
signed_as_a_statement(show *s)
{
    guint8 bytes[256], d[N2_DIGEST_BYTES];
    n2_writer w = n2_writer_init(bytes, sizeof bytes);
    n2_signature signature;

    n2_write_bytes(&w, "net2o identity 1", 16);
    n2_write_u8(&w, 0);
    n2_write_u8(&w, 1);
    n2_write_bytes(&w, s->made.hash, sizeof s->made.hash);
    n2_write_u8(&w, s->made.who.method);
    n2_write_bytes(&w, s->made.who.hash, sizeof s->made.who.hash);
    n2_write_u8(&w, s->session.key.method);
    n2_write_bytes(&w, s->session.key.bytes, 32);
    n2_statement_digest(N2_KIND_SESSION, 1, bytes, w.len, d);
    g_assert_cmpint(n2_sign(&signature, &s->session, d), ==, N2_OK);
    memcpy(s->signature, signature.bytes, s->signature_len);
}

static const struct {
    const char *name;
    void (*change)(show *s);
    n2_err want;
} rows[] = {
    {"true", nothing, N2_OK},
    {"attack-12-relayed", other_connection, N2_ERR_FORGED},
    {"attack-12-reflected", reflected, N2_ERR_FORGED},
    {"attack-12-other-suite", other_suite, N2_ERR_FORGED},
    {"attack-12-borrowed-session", borrowed_session, N2_ERR_FORGED},
    {"attack-12-other-chain", other_chain, N2_ERR_FORGED},
    {"attack-12-stolen-certificate", stolen_certificate, N2_ERR_FORGED},
    {"attack-31-signed-as-a-statement", signed_as_a_statement, N2_ERR_FORGED},
    {"stranger-certifies", stranger_certifies, N2_ERR_FORGED},
    {"control-certifies", control_certifies, N2_ERR_FORGED},
    {"no-right", no_right, N2_ERR_FORGED},
    {"key-has-ended", key_has_ended, N2_ERR_FORGED},
    {"revoked", revoked, N2_ERR_FORGED},
    {"certificate-over", certificate_over, N2_ERR_FORGED},
    {"certificate-too-long", certificate_too_long, N2_ERR_FORGED},
    {"from-later", from_later, N2_ERR_FORGED},
    {"other-use", other_use, N2_ERR_FORGED},
    {"unknown-use", unknown_use, N2_ERR_UNSUPPORTED},
    {"signature-flipped", signature_flipped, N2_ERR_FORGED},
    {"signature-short", signature_short, N2_ERR_FORMAT},
    {"no-signature", no_signature, N2_ERR_FORMAT},
    {"no-chain", no_chain, N2_ERR_TRUNCATED},
    {"birth-alone", birth_alone, N2_ERR_FORGED},
    {"chain-cut", chain_cut, N2_ERR_TRUNCATED},
    {"certificate-is-an-add", certificate_is_an_add, N2_ERR_FORMAT},
};

static void
test_row(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    show s;

    make_show(&s);
    rows[i].change(&s);
    g_assert_cmpstr(n2_err_name(check(&s)), ==, n2_err_name(rows[i].want));
}

/* Without a clock no lifetime is looked at, all else is. */
static void
test_no_clock(void)
{
    show s;

    make_show(&s);
    s.wall_us = 0;
    g_assert_cmpint(check(&s), ==, N2_OK);
    other_connection(&s);
    g_assert_cmpint(check(&s), ==, N2_ERR_FORGED);
}

/* No byte of what is shown may be another. */
static void
test_every_byte(void)
{
    show s, changed;

    make_show(&s);
    changed = s;
    for (gsize i = 0; i < s.certificate_len; i++) {
        changed.certificate[i] ^= 0x10;
        g_assert_cmpint(check(&changed), !=, N2_OK);
        changed.certificate[i] ^= 0x10;
    }
    for (gsize i = 0; i < s.signature_len; i++) {
        changed.signature[i] ^= 0x10;
        g_assert_cmpint(check(&changed), !=, N2_OK);
        changed.signature[i] ^= 0x10;
    }
    for (gsize i = 0; i < s.p.chain_len; i++) {
        changed.p.chain[i] ^= 0x10;
        g_assert_cmpint(check(&changed), !=, N2_OK);
        changed.p.chain[i] ^= 0x10;
    }
    g_assert_cmpint(check(&changed), ==, N2_OK);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/crypto/proof/%s", rows[i].name);

        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
    }
    g_test_add_func("/crypto/proof/no-clock", test_no_clock);
    g_test_add_func("/crypto/proof/every-byte", test_every_byte);
    return g_test_run();
}

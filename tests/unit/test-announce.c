/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-announce.c - announcements: who may say that he has something, who can read it, and
 * where it lies; as PROTOCOL.md says, "Who has what".
 */
#include "identity-fixture.h"

#include "crypto/announce.h"
#include "crypto/hkdf.h"

static const n2_id root = {.method = N2_METHOD_SHA256, .hash = {1, 2, 3}};

/* Somebody's machine at a place of its domain, which is @p. */
typedef struct {
    person p;
    guint8 attachment[N2_ATTACHMENT_BYTES_MAX];
    n2_announce a;
} holder;

static void
holder_init(holder *h)
{
    guint8 buf[N2_ATTACHMENT_BODY_BYTES_MAX];
    n2_box body, statement;

    memset(h, 0, sizeof *h);
    person_init(&h->p);
    n2_attachment place = {.node = h->p.second.key,
                           .domain = h->p.who.id,
                           .place = {8, 7, 6, 5, 4, 3, 2, 1},
                           .serial = 1,
                           .until_us = now + (gint64)N2_ATTACHMENT_US};
    g_assert_cmpint(n2_attachment_body(buf, sizeof buf, &place, &body), ==, N2_OK);
    g_assert_cmpint(
        n2_statement_sign(h->attachment, sizeof h->attachment, &body, &h->p.device, &statement),
        ==, N2_OK);
    h->a = (n2_announce){.about = root,
                         .node = place.node,
                         .who = h->p.who.id,
                         .serial = 9,
                         .until_us = now + (gint64)N2_ANNOUNCE_US,
                         .attachment = h->attachment,
                         .attachment_len = statement.len};
}

/* Sealed by @by; @out: N2_ANNOUNCE_BYTES_MAX. */
static gsize
seal(const n2_announce *a, n2_announce_kind kind, const n2_signing_key *by, guint8 *out)
{
    const guint8 nonce[N2_ANNOUNCE_NONCE_BYTES] = {5};
    guint8 buf[2048], bytes[N2_ANNOUNCE_BYTES_MAX];
    n2_box body, statement;
    gsize len = 0;

    g_assert_cmpint(n2_announce_body(buf, sizeof buf, a, &body), ==, N2_OK);
    g_assert_cmpint(n2_statement_sign(bytes, sizeof bytes, &body, by, &statement), ==, N2_OK);
    g_assert_cmpint(
        n2_announce_seal(kind, &a->about, &statement, nonce, out, N2_ANNOUNCE_BYTES_MAX, &len),
        ==, N2_OK);
    g_assert_cmpint(n2_announce_seal(kind, &a->about, &statement, nonce, out, len - 1, &len),
                    ==, N2_ERR_NOSPACE);
    return len;
}

static n2_err
open_at(n2_announce_kind kind, const n2_id *about, const guint8 *value, gsize len, gint64 at)
{
    g_autofree guint8 *exact = g_memdup2(value, len);
    guint8 room[N2_ANNOUNCE_BYTES_MAX];
    n2_announce a;
    n2_err err = n2_announce_open(&a, kind, about, exact, len, at, NULL, room);

    g_assert_true(!err == !!a.attachment);
    return err;
}

static void
test_round(void)
{
    guint8 value[N2_ANNOUNCE_BYTES_MAX], room[N2_ANNOUNCE_BYTES_MAX];
    n2_announce read;
    holder h;

    holder_init(&h);
    gsize len = seal(&h.a, N2_ANNOUNCE_HAS, &h.p.second, value);
    g_assert_cmpint(
        n2_announce_open(&read, N2_ANNOUNCE_HAS, &root, value, len, now, NULL, room), ==,
        N2_OK);
    g_assert_true(n2_id_equal(&read.about, &root) && n2_id_equal(&read.who, &h.p.who.id));
    g_assert_true(n2_key_equal(&read.node, &h.p.second.key));
    g_assert_cmpuint(read.serial, ==, 9);
    g_assert_cmpint(read.until_us, ==, h.a.until_us);
    g_assert_cmpmem(read.attachment, read.attachment_len, h.attachment, h.a.attachment_len);
    g_assert_cmpmem(read.place.place, 8, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
    /* what the domain says is asked for by itself, and holds */
    n2_attachment place;
    g_assert_cmpint(n2_attachment_check(&place, &h.p.full, read.attachment, read.attachment_len,
                                        now, NULL, NULL),
                    ==, N2_OK);
    /* a machine that says where its identity is; and one that does not say whose it is */
    h.a.about = h.a.who;
    len = seal(&h.a, N2_ANNOUNCE_WHERE, &h.p.second, value);
    g_assert_cmpint(open_at(N2_ANNOUNCE_WHERE, &h.a.about, value, len, now), ==, N2_OK);
    h.a.who = (n2_id){.method = 0};
    len = seal(&h.a, N2_ANNOUNCE_WHERE, &h.p.second, value);
    g_assert_cmpint(open_at(N2_ANNOUNCE_WHERE, &h.a.about, value, len, now), ==, N2_OK);
}

/* What a node says of itself, unsealed: about its identity, or about one connection. */
static void
test_here(void)
{
    const guint8 one[N2_ANNOUNCE_HERE_BYTES] = {1}, other[N2_ANNOUNCE_HERE_BYTES] = {2};
    const n2_id here = n2_announce_here(one), there = n2_announce_here(other);
    guint8 buf[2048], bytes[N2_ANNOUNCE_BYTES_MAX];
    n2_box body, statement;
    n2_announce read;
    holder h;

    holder_init(&h);
    g_assert_false(n2_id_equal(&here, &there));
    h.a.about = here;
    g_assert_cmpint(n2_announce_body(buf, sizeof buf, &h.a, &body), ==, N2_OK);
    g_assert_cmpint(n2_statement_sign(bytes, sizeof bytes, &body, &h.p.second, &statement), ==,
                    N2_OK);
    g_assert_cmpint(n2_announce_check(&read, &here, bytes, statement.len, now, NULL), ==,
                    N2_OK);
    g_assert_cmpint(n2_announce_check(&read, &there, bytes, statement.len, now, NULL), ==,
                    N2_ERR_FORGED);
    /* it is no record: that is about the identity */
    g_assert_cmpint(n2_announce_check(&read, NULL, bytes, statement.len, now, NULL), ==,
                    N2_ERR_FORGED);
    h.a.about = h.a.who;
    g_assert_cmpint(n2_announce_body(buf, sizeof buf, &h.a, &body), ==, N2_OK);
    g_assert_cmpint(n2_statement_sign(bytes, sizeof bytes, &body, &h.p.second, &statement), ==,
                    N2_OK);
    g_assert_cmpint(n2_announce_check(&read, NULL, bytes, statement.len, now, NULL), ==, N2_OK);
    g_assert_true(n2_id_equal(&read.about, &h.p.who.id));
}

/* Attack 53: nobody announces for others, poisons what others announced, or keeps it for
 * longer. */
static void
test_who(void)
{
    guint8 value[N2_ANNOUNCE_BYTES_MAX];
    n2_id other = {.method = N2_METHOD_SHA256, .hash = {9}}, same = root;
    holder h;

    holder_init(&h);
    n2_announce long_life = h.a, unlike = h.a;
    long_life.until_us += (gint64)N2_CLOCK_SKEW_US + 1;
    unlike.about = other;
    unlike.who = h.p.who.id;
    same.method = N2_METHOD_BLAKE2B;
    const struct {
        const char *name;
        const n2_announce *a;
        n2_announce_kind sealed_as, asked_as;
        const n2_signing_key *by;
        const n2_id *asked;
        gint64 at;
        n2_err want;
    } rows[] = {
        {"good", &h.a, N2_ANNOUNCE_HAS, N2_ANNOUNCE_HAS, &h.p.second, &root, now, N2_OK},
        {"clock-not-known", &long_life, N2_ANNOUNCE_HAS, N2_ANNOUNCE_HAS, &h.p.second, &root, 0,
         N2_OK},
        {"by-another", &h.a, N2_ANNOUNCE_HAS, N2_ANNOUNCE_HAS, &h.p.thief, &root, now,
         N2_ERR_FORGED},
        {"by-the-domain", &h.a, N2_ANNOUNCE_HAS, N2_ANNOUNCE_HAS, &h.p.device, &root, now,
         N2_ERR_FORGED},
        {"asked-for-another", &h.a, N2_ANNOUNCE_HAS, N2_ANNOUNCE_HAS, &h.p.second, &other, now,
         N2_ERR_FORGED},
        {"another-method", &h.a, N2_ANNOUNCE_HAS, N2_ANNOUNCE_HAS, &h.p.second, &same, now,
         N2_ERR_FORGED},
        {"as-a-place", &h.a, N2_ANNOUNCE_WHERE, N2_ANNOUNCE_HAS, &h.p.second, &root, now,
         N2_ERR_FORGED},
        {"of-another", &unlike, N2_ANNOUNCE_WHERE, N2_ANNOUNCE_WHERE, &h.p.second, &other, now,
         N2_ERR_FORGED},
        {"over", &h.a, N2_ANNOUNCE_HAS, N2_ANNOUNCE_HAS, &h.p.second, &root, h.a.until_us,
         N2_ERR_FORGED},
        {"too-long", &long_life, N2_ANNOUNCE_HAS, N2_ANNOUNCE_HAS, &h.p.second, &root, now,
         N2_ERR_FORGED},
        {"place-over", &h.a, N2_ANNOUNCE_HAS, N2_ANNOUNCE_HAS, &h.p.second, &root,
         now + (gint64)N2_ATTACHMENT_US, N2_ERR_FORGED}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gsize len = seal(rows[i].a, rows[i].sealed_as, rows[i].by, value);
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(open_at(rows[i].asked_as, rows[i].asked, value, len, rows[i].at), ==,
                        rows[i].want);
    }
    /* one that was announced about something else, sealed anew for what is asked for */
    guint8 buf[2048], bytes[N2_ANNOUNCE_BYTES_MAX];
    const guint8 nonce[N2_ANNOUNCE_NONCE_BYTES] = {6};
    n2_box body, statement;
    gsize len;
    g_assert_cmpint(n2_announce_body(buf, sizeof buf, &h.a, &body), ==, N2_OK);
    g_assert_cmpint(n2_statement_sign(bytes, sizeof bytes, &body, &h.p.second, &statement), ==,
                    N2_OK);
    g_assert_cmpint(
        n2_announce_seal(N2_ANNOUNCE_HAS, &other, &statement, nonce, value, sizeof value, &len),
        ==, N2_OK);
    g_assert_cmpint(open_at(N2_ANNOUNCE_HAS, &other, value, len, now), ==, N2_ERR_FORGED);
    /* every bit counts, and every byte */
    len = seal(&h.a, N2_ANNOUNCE_HAS, &h.p.second, value);
    for (gsize i = 0; i < len; i += 7) {
        value[i] ^= 4;
        g_assert_cmpint(open_at(N2_ANNOUNCE_HAS, &root, value, len, now), ==, N2_ERR_FORGED);
        value[i] ^= 4;
    }
    for (gsize n = 0; n < len; n += 13)
        g_assert_cmpint(open_at(N2_ANNOUNCE_HAS, &root, value, n, now), !=, N2_OK);
    /* an attachment of another key is none of this node's */
    n2_announce stolen = h.a;
    stolen.node = h.p.thief.key;
    g_assert_cmpint(n2_announce_body(buf, sizeof buf, &stolen, &body), ==, N2_ERR_FORMAT);
}

/* The example of PROTOCOL.md. */
static void
test_ids(void)
{
    n2_attachment a = {.domain = {.method = N2_METHOD_SHA256},
                       .place = {1, 2, 3, 4, 5, 6, 7, 8},
                       .until_us = G_GINT64_CONSTANT(1700000000) * 1000000};
    g_autoptr(GString) text = g_string_new(NULL);
    guint8 has[32], where[32], id[32], other[32];
    g_autofree gchar *page = NULL;
    g_autofree gchar *path =
        g_build_filename(g_getenv("N2_SOURCE"), "daemon", "PROTOCOL.md", NULL);

    memset(a.domain.hash, 0x11, sizeof a.domain.hash);
    n2_announce_key(N2_ANNOUNCE_HAS, &a.domain, has);
    n2_announce_key(N2_ANNOUNCE_WHERE, &a.domain, where);
    n2_dht_id_of(&a, 3, id);
    for (guint i = 0; i < 3; i++) {
        const guint8 *bytes = i == 0 ? has : i == 1 ? where : id;
        g_string_append(text, i == 0 ? "has    " : i == 1 ? "where  " : "node   ");
        for (guint k = 0; k < 32; k++)
            g_string_append_printf(text, "%02x", bytes[k]);
        g_string_append(text, "\n");
    }
    g_assert_true(g_file_get_contents(path, &page, NULL, NULL));
    if (!strstr(page, text->str))
        g_error("PROTOCOL.md does not hold:\n%s", text->str);
    /* another slot, place, week or domain is another node; a second more is not */
    n2_attachment b = a;
    b.until_us++;
    n2_dht_id_of(&b, 3, other);
    g_assert_cmpmem(id, 32, other, 32);
    n2_dht_id_of(&a, 2, other);
    g_assert_true(memcmp(id, other, 32) != 0);
    b.until_us += (gint64)N2_DHT_WEEK_US;
    n2_dht_id_of(&b, 3, other);
    g_assert_true(memcmp(id, other, 32) != 0);
    b = a;
    b.place[7]++;
    n2_dht_id_of(&b, 3, other);
    g_assert_true(memcmp(id, other, 32) != 0);
    b = a;
    b.domain.hash[31]++;
    n2_dht_id_of(&b, 3, other);
    g_assert_true(memcmp(id, other, 32) != 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/announce/here", test_here);
    g_test_add_func("/announce/round", test_round);
    g_test_add_func("/announce/attack-53-who", test_who);
    g_test_add_func("/announce/ids", test_ids);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-token-parse.c - tlv.h, key.h, openpgp.h, pinpad.h: each form that is allowed, and none
 * that is not.
 */
#include <glib.h>
#include <string.h>

#include "token-crypto.h"
#include "token/openpgp.h"
#include "token/pinpad.h"
#include "token/tlv.h"

static size_t
from_hex(const char *text, uint8_t *out)
{
    size_t n = 0;

    for (; text[0] && text[1]; text += 2)
        out[n++] =
            (uint8_t)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
    return n;
}

/* ---- TLV ---- */

typedef struct {
    const char *name, *bytes;
    int n; /* objects until the end, or -1: it fails */
    uint16_t tag;
    size_t len;
} tlv_row;

static const tlv_row tlvs[] = {
    {"empty", "", 0, 0, 0},
    {"short", "4f0101", 1, 0x4f, 1},
    {"long-tag", "7f49020102", 1, 0x7f49, 2},
    {"81", "4f8101aa", 1, 0x4f, 1},
    {"82", "4f820001aa", 1, 0x4f, 1},
    {"83", "4f83000001aa", -1, 0, 0},
    {"indefinite", "4f80aa0000", -1, 0, 0},
    {"padding", "0000ff4f0101ff00", 1, 0x4f, 1},
    {"two", "4f01015e00", 2, 0x5e, 0},
    {"three-byte-tag", "7f814901aa", -1, 0, 0},
    {"no-length", "4f", -1, 0, 0},
    {"half-tag", "7f", -1, 0, 0},
    {"half-length", "4f8201", -1, 0, 0},
    {"cut", "4f0201", -1, 0, 0},
};

static void
test_tlv(gconstpointer data)
{
    const tlv_row *t = data;
    uint8_t bytes[64];
    g_autofree uint8_t *exact = g_memdup2(bytes, from_hex(t->bytes, bytes));
    size_t n = from_hex(t->bytes, bytes);
    int found = 0;
    n2_tlv tlv = {0, NULL, 0};

    if (n)
        memcpy(exact, bytes, n);
    n2_reader r = n2_reader_init(exact, n);
    while (n2_tlv_next(&r, &tlv))
        found++;
    g_assert_cmpint(r.err ? -1 : found, ==, t->n);
    if (t->n > 0) {
        g_assert_cmphex(tlv.tag, ==, t->tag);
        g_assert_cmpuint(tlv.n, ==, t->len);
    }
}

static void
test_tlv_write(void)
{
    static const struct {
        uint16_t tag;
        size_t n;
        const char *want;
    } heads[] = {{0x4d, 0, "4d00"},         {0x4d, 127, "4d7f"},     {0x7f48, 128, "7f488180"},
                 {0x5f48, 255, "5f4881ff"}, {0xa6, 256, "a6820100"}, {0xa6, 65535, "a682ffff"}};
    uint8_t buf[8], want[8];
    size_t n;

    for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
        n2_writer w = n2_writer_init(buf, sizeof buf);
        n2_tlv_write_head(&w, heads[i].tag, heads[i].n);
        g_assert_cmpint(n2_writer_finish(&w, &n), ==, N2_OK);
        g_assert_cmpmem(buf, n, want, from_hex(heads[i].want, want));
    }
    n2_writer w = n2_writer_init(buf, sizeof buf);
    n2_tlv_write_head(&w, 0x4d, 65536);
    g_assert_cmpint(n2_writer_finish(&w, &n), ==, N2_ERR_LIMIT);
}

/* ---- keys ---- */

static void
test_attributes(void)
{
    static const struct {
        const char *bytes;
        n2_card_method want;
    } rows[] = {{"162b06010401da470f01", N2_CARD_ED25519},
                {"162b06010401da470f01ff", N2_CARD_ED25519},
                {"162b6570", N2_CARD_ED25519},
                {"122b060104019755010501", N2_CARD_X25519},
                {"122b656e", N2_CARD_X25519},
                {"122b656eff", N2_CARD_X25519},
                {"132a8648ce3d030107", N2_CARD_P256},
                {"122a8648ce3d030107", N2_CARD_P256_ECDH},
                {"162b6571", N2_CARD_ED448},
                {"122b656f", N2_CARD_X448},
                {"010800002000", N2_CARD_NO_METHOD},
                {"132b81040022", N2_CARD_NO_METHOD},
                {"162b656e", N2_CARD_NO_METHOD},
                {"", N2_CARD_NO_METHOD},
                {"ff", N2_CARD_NO_METHOD},
                {"162b65", N2_CARD_NO_METHOD},
                {"122b06010401975501050100", N2_CARD_X25519}, /* imports without point, said */
                {"132a8648ce3d03010700", N2_CARD_P256},
                {"132a8648ce3d03010701", N2_CARD_NO_METHOD},
                {"00", N2_CARD_NO_METHOD}};
    uint8_t bytes[32];
    size_t n;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(n2_card_method_of(bytes, from_hex(rows[i].bytes, bytes)), ==,
                        rows[i].want);
    for (int method = 0; method < 32; method++)
        for (unsigned slot = 0; slot < N2_CARD_SLOTS; slot++)
            for (unsigned form = 0; form < 3; form++) {
                const uint8_t *a =
                    n2_card_attributes((n2_card_method)method, (n2_card_slot)slot, form, &n);
                g_assert_true(
                    !a || (n2_card_method_of(a, n) == (n2_card_method)method &&
                           n2_card_method_fits((n2_card_method)method, (n2_card_slot)slot)));
            }
    g_assert_false(n2_card_method_fits(N2_CARD_X25519, N2_CARD_AUT));
    g_assert_false(n2_card_method_fits(N2_CARD_ED25519, N2_CARD_DEC));
    g_assert_cmpuint(n2_card_method_result_bytes(N2_CARD_NO_METHOD), ==, 0);
}

#define N32 "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
#define Z32 "0000000000000000000000000000000000000000000000000000000000000000"
/* order of P-256, less 1: the highest s; its low one is 1. */
#define TOP "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"
#define ONE "0000000000000000000000000000000000000000000000000000000000000001"
#define HALF "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8"
#define OVER "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a9"

typedef struct {
    const char *name;
    n2_card_method method;
    const char *bytes;
    const char *want; /* NULL: malformed */
} form_row;

static const form_row signatures[] = {
    {"ed25519", N2_CARD_ED25519, N32 N32, N32 N32},
    {"ed25519-short", N2_CARD_ED25519, N32, NULL},
    {"p256", N2_CARD_P256, N32 N32, N32 N32},
    {"p256-high", N2_CARD_P256, N32 TOP, N32 ONE},
    {"p256-half", N2_CARD_P256, N32 HALF, N32 HALF},
    {"p256-over", N2_CARD_P256, N32 OVER, N32 HALF},
    {"p256-zeros", N2_CARD_P256, "00" N32 "00" TOP, N32 ONE},
    {"p256-66-not-zero", N2_CARD_P256, "01" N32 "00" N32, NULL},
    {"p256-der", N2_CARD_P256, "30440220" N32 "0220" N32, N32 N32},
    {"p256-der-zero", N2_CARD_P256, "30450220" N32 "022100" TOP, N32 ONE},
    {"p256-der-both", N2_CARD_P256, "3046022100" TOP "022100" TOP, TOP ONE},
    {"p256-der-little", N2_CARD_P256, "3006020101020102",
     ONE "0000000000000000000000000000000000000000000000000000000000000002"},
    {"p256-der-long", N2_CARD_P256, "3047022100" N32 "02220000" N32, N32 N32},
    {"p256-der-too-great", N2_CARD_P256, "3045022101" N32 "0220" N32, NULL},
    {"p256-der-trailing", N2_CARD_P256, "30450220" N32 "0220" N32 "00", NULL},
    {"p256-der-more", N2_CARD_P256, "3080", NULL},
    {"p256-der-one", N2_CARD_P256, "30220220" N32, NULL},
    {"p256-der-other", N2_CARD_P256, "30440320" N32 "0220" N32, NULL},
    {"p256-odd", N2_CARD_P256, N32 N32 "00", NULL},
    {"p256-empty", N2_CARD_P256, "", NULL},
};

static const form_row shared[] = {
    {"x25519", N2_CARD_X25519, N32, N32},
    {"x25519-native", N2_CARD_X25519, "40" N32, N32},
    {"x25519-short", N2_CARD_X25519, "01", NULL},
    {"x25519-zero", N2_CARD_X25519, Z32, NULL},
    {"p256", N2_CARD_P256_ECDH, N32, N32},
    {"p256-point", N2_CARD_P256_ECDH, "04" N32 Z32, N32},
    {"p256-compressed", N2_CARD_P256_ECDH, "02" N32, NULL},
    {"p256-zero-point", N2_CARD_P256_ECDH, "04" Z32 N32, NULL},
    {"no-method", N2_CARD_NO_METHOD, "", NULL},
};

static const form_row points[] = {
    {"ed25519", N2_CARD_ED25519, N32, N32},
    {"ed25519-native", N2_CARD_ED25519, "40" N32, N32},
    {"ed25519-other", N2_CARD_ED25519, "41" N32, NULL},
    {"p256", N2_CARD_P256, "04" N32 TOP, "02" N32},
    {"p256-odd", N2_CARD_P256, "04" N32 ONE, "03" N32},
    {"p256-ecdh", N2_CARD_P256_ECDH, "04" N32 ONE, "04" N32 ONE},
    {"p256-compressed", N2_CARD_P256, "02" N32, NULL},
    {"p256-native", N2_CARD_P256_ECDH, "4004" N32 ONE, NULL},
    {"empty", N2_CARD_X25519, "", NULL},
    {"none", N2_CARD_NO_METHOD, N32, NULL},
};

static void
check_form(const form_row *t, n2_token_code code, const uint8_t *out)
{
    uint8_t want[128];

    if (!t->want) {
        g_assert_cmpint(code, !=, N2_TOKEN_OK);
        g_assert_cmphex(out[0], ==, 0xee);
        return;
    }
    g_assert_cmpint(code, ==, N2_TOKEN_OK);
    size_t n = from_hex(t->want, want);
    g_assert_cmpmem(out, n, want, n);
}

static void
test_signature(gconstpointer data)
{
    const form_row *t = data;
    uint8_t bytes[128], out[128] = {0xee};

    check_form(t, n2_card_signature_read(t->method, bytes, from_hex(t->bytes, bytes), out),
               out);
}

static void
test_shared(gconstpointer data)
{
    const form_row *t = data;
    uint8_t bytes[128], out[128] = {0xee};

    check_form(t, n2_card_shared_read(t->method, bytes, from_hex(t->bytes, bytes), out), out);
}

static void
test_point(gconstpointer data)
{
    const form_row *t = data;
    uint8_t bytes[128];
    n2_card_key key = {.bytes = {0xee}};

    check_form(t, n2_card_point_read(t->method, bytes, from_hex(t->bytes, bytes), &key),
               key.bytes);
    if (t->want)
        g_assert_cmpuint(key.n, ==, strlen(t->want) / 2);
}

/* As gpg computes it, so that it finds the key again. */
static void
test_fingerprint(void)
{
    uint64_t seed = 1;
    const n2_card_crypto crypto = token_crypto(&seed);
    uint8_t point[65], out[20];
    size_t n = from_hex(N32, point);

    g_assert_cmpint(
        n2_card_fingerprint(&crypto, N2_CARD_ED25519, N2_CARD_AUT, point, n, 1, out), ==,
        N2_TOKEN_OK);
    /* SHA-1 of 99 0033 04 00000001 16 09 OID 0107 40 point, written out here. */
    uint8_t packet[96], want[20];
    size_t len = from_hex("9900330400000001"
                          "16092b06010401da470f01"
                          "010740" N32,
                          packet);
    g_assert_true(crypto.hash(crypto.user, N2_CARD_SHA1, packet, len, len, want));
    g_assert_cmpmem(out, 20, want, 20);
    g_assert_cmpint(
        n2_card_fingerprint(&crypto, N2_CARD_ED25519, N2_CARD_DEC, point, n, 1, out), ==,
        N2_TOKEN_NO_ALGORITHM);
}

/* ---- objects ---- */

#define AID "4f10d276000124010304fffe000001020000"
#define C4 "c407007f7f7f030003"

typedef struct {
    const char *name;
    uint16_t tag;
    const char *bytes;
    n2_err want;
} object_row;

static const object_row objects[] = {
    {"6e", 0x6e, "6e1d" AID "7309" C4, N2_OK},
    {"bare", 0x6e, AID "7309" C4, N2_OK},
    {"flat", 0x6e, "6e1b" AID C4, N2_OK},
    {"unknown-inside", 0x6e, "6e065f5003616263", N2_OK},
    {"c4-wrapped", 0xc4, C4, N2_OK},
    {"c4-plain", 0xc4, "007f7f7f030003", N2_OK},
    {"c4-short", 0xc4, "007f7f7f0300", N2_ERR_TRUNCATED},
    {"c4-long", 0xc4, "007f7f7f03000300", N2_ERR_TRAILING},
    {"uif", 0xd8, "0120", N2_OK},
    {"uif-alone", 0xd8, "01", N2_OK},
    {"uif-long", 0xd8, "012000", N2_ERR_TRAILING},
    {"uif-empty", 0xd8, "", N2_ERR_TRUNCATED},
    {"de", 0xde, "010002010302", N2_OK},
    {"de-more", 0xde, "01000201030281008200", N2_OK},
    {"de-odd", 0xde, "0100020103", N2_ERR_TRUNCATED},
    {"c5-short", 0xc5, N32, N2_ERR_TRUNCATED},
    {"c5-of-four-keys", 0xc5, N32 N32 "00000000000000000000000000000000", N2_OK},
    {"cd", 0xcd, "000000010000000200000003", N2_OK},
    {"cd-of-four-keys", 0xcd, "00000001000000020000000300000004", N2_OK},
    {"cd-short", 0xcd, "0000000100000002000000", N2_ERR_TRUNCATED},
    {"fa", 0xfa, "fa0cc10a162b06010401da470f01", N2_OK},
    {"fa-says-more", 0xfa, "fa0ec10a162b06010401da470f01", N2_OK},
    {"fa-bare", 0xfa, "c10a162b06010401da470f01", N2_OK},
    {"fa-cut", 0xfa, "fa0cc10c162b06010401da470f01", N2_ERR_TRUNCATED},
    {"fa-agreement-to-sign", 0xfa, "c104122b656e", N2_OK},
    {"nest", 0x6e,
     "6e0a730873067304730273"
     "00",
     N2_ERR_FORMAT},
    {"aid-of-later-versions", 0x4f, "d276000124010304fffe000001020100", N2_OK},
    {"aid-short", 0x4f, "d276000124010304fffe0000010200", N2_ERR_TRUNCATED},
    {"aid-of-another", 0x4f, "a0000003080000100001000000000000", N2_ERR_FORMAT},
    {"93", 0x7a, "7a059303000102", N2_OK},
    {"93-short", 0x7a, "7a0493020001", N2_ERR_TRUNCATED},
    {"other", 0x5e, "41", N2_OK},
};

static void
test_object(gconstpointer data)
{
    const object_row *t = data;
    uint8_t bytes[256];
    size_t n = from_hex(t->bytes, bytes);
    g_autofree uint8_t *exact = g_memdup2(bytes, n);
    n2_openpgp_info info, before;

    memset(&info, 0, sizeof info);
    n2_openpgp_info_init(&info);
    before = info;
    g_assert_cmpstr(n2_err_name(n2_openpgp_read(&info, t->tag, exact, n)), ==,
                    n2_err_name(t->want));
    if (t->want)
        g_assert_cmpmem(&info, sizeof info, &before, sizeof before);
}

static void
test_info(void)
{
    uint8_t bytes[512];
    n2_openpgp_info info;

    n2_openpgp_info_init(&info);
    g_assert_cmpuint(info.tries[0], ==, N2_TOKEN_TRIES_UNKNOWN);
    g_assert_cmpint(n2_openpgp_read(&info, 0x6e, bytes,
                                    from_hex(AID "c00a7d000bfe080000ff0000"
                                                 "c10a162b06010401da470f01"
                                                 "c205122b656eff"
                                                 "c4070143407f030201"
                                                 "d6020020d7020120d8020920"
                                                 "de06010002010302",
                                             bytes)),
                    ==, N2_OK);
    g_assert_true(info.has_aid && info.has_pins && info.is_sign_pin_kept && info.has_kdf);
    g_assert_cmpuint(info.pin_bytes_max[0], ==, 0x43);
    g_assert_cmpuint(info.tries[1], ==, 2);
    g_assert_cmpuint(info.slot[0].method, ==, N2_CARD_ED25519);
    g_assert_true(info.slot[1].is_point_wanted && !info.slot[0].is_point_wanted);
    g_assert_cmpuint(info.slot[1].method, ==, N2_CARD_X25519);
    g_assert_cmpuint(info.slot[2].method, ==, N2_CARD_NO_METHOD);
    g_assert_cmpuint(info.slot[0].touch, ==, N2_TOUCH_OFF);
    g_assert_cmpuint(info.slot[1].touch, ==, N2_TOUCH_ON);
    g_assert_cmpuint(info.slot[2].touch, ==, N2_TOUCH_ON); /* a value of later versions */
    g_assert_cmpuint(info.slot[0].origin, ==, N2_KEY_NONE);
    g_assert_cmpuint(info.slot[1].origin, ==, N2_KEY_GENERATED);
    g_assert_cmpuint(info.slot[2].origin, ==, N2_KEY_IMPORTED);
    g_assert_cmpint(
        n2_openpgp_read(&info, 0xfa, bytes,
                        from_hex("c104162b6570c109132a8648ce3d030107c106010800002000", bytes)),
        ==, N2_OK);
    g_assert_cmpuint(info.slot[0].n_offered, ==, 2);
    g_assert_cmpuint(info.slot[0].offered[0], ==, N2_CARD_ED25519);
    g_assert_cmpuint(info.slot[0].offered_form[0], ==, 1);
    g_assert_cmpuint(info.slot[0].offered_form[1], ==, 0);
    g_assert_cmpint(n2_openpgp_read(&info, 0x65, bytes, from_hex("65055b03416461", bytes)), ==,
                    N2_OK);
    g_assert_cmpstr(info.name, ==, "Ada");
}

/* A token that keeps a fourth key, for attestation (DA, D9, 81 in DE): as makers write it. */
static void
test_four_keys(void)
{
    static const char zeros[41] = "0000000000000000000000000000000000000000";
    g_autofree char *text =
        g_strconcat("6e8201374f10d276000124010304000600001234"
                    "00005f520800730000e00590007f7403810120"
                    "73820110c00a7d000bfe080000ff0000"
                    "c1060108000011"
                    "00c2060108000011"
                    "00c3060108000011"
                    "00da060108000011"
                    "00"
                    "c407ff7f7f7f030003c550"
                    "0100000000000000000000000000000000000000",
                    zeros, "0300000000000000000000000000000000000000", zeros, "c650", zeros,
                    zeros, zeros, zeros,
                    "cd10000000010000000000000003"
                    "00000004"
                    "de080101020003028102"
                    "7f660802020bfe02020bfed6020020d7020020d8020120d9020020",
                    NULL);
    g_autofree uint8_t *bytes = g_malloc(strlen(text) / 2);
    n2_openpgp_info info;

    n2_openpgp_info_init(&info);
    g_assert_cmpint(n2_openpgp_read(&info, 0x6e, bytes, from_hex(text, bytes)), ==, N2_OK);
    g_assert_true(info.has_aid && info.has_pins && info.has_kdf);
    g_assert_cmphex(info.aid.serial, ==, 0x1234);
    g_assert_true(info.slot[0].has_fingerprint && !info.slot[1].has_fingerprint &&
                  info.slot[2].has_fingerprint);
    g_assert_cmphex(info.slot[2].fingerprint[0], ==, 3);
    g_assert_cmpuint(info.slot[2].created, ==, 3);
    g_assert_cmpuint(info.slot[2].origin, ==, N2_KEY_IMPORTED);
    g_assert_cmpuint(info.slot[2].touch, ==, N2_TOUCH_ON);
}

/* ---- hashed PINs: RFC 4880, 3.7.1.3 ---- */

static void
test_kdf(void)
{
    uint64_t seed = 1;
    const n2_card_crypto crypto = token_crypto(&seed);
    uint8_t bytes[256], out[N2_CARD_PIN_BYTES_MAX], want[64];
    n2_openpgp_kdf kdf;
    size_t n;

    /* One salt for all, fewer bytes than there are: all of it once. */
    g_assert_cmpint(n2_openpgp_kdf_read(&kdf, bytes,
                                        from_hex("81010382010a830400000001"
                                                 "84083031323334353637",
                                                 bytes)),
                    ==, N2_OK);
    g_assert_cmpint(
        n2_openpgp_kdf_pin(&kdf, &crypto, N2_CARD_PW3, (const uint8_t *)"12345678", 8, out, &n),
        ==, N2_TOKEN_OK);
    g_assert_true(crypto.hash(crypto.user, N2_CARD_SHA512, (const uint8_t *)"0123456712345678",
                              16, 16, want));
    g_assert_cmpmem(out, n, want, 64);
    g_assert_cmpint(n2_openpgp_kdf_pin(&kdf, &crypto, N2_CARD_PW3, bytes, 128, out, &n), ==,
                    N2_TOKEN_PIN_LENGTH);
    static const struct {
        const char *bytes;
        n2_err want;
    } rows[] = {{"", N2_OK},
                {"810100", N2_OK},
                {"f903810100", N2_OK},
                {"810101", N2_ERR_UNSUPPORTED},
                {"81020000", N2_ERR_FORMAT},
                {"820108", N2_ERR_FORMAT},
                {"810103", N2_ERR_FORMAT},
                {"81010382010883020000", N2_ERR_FORMAT},
                {"8101038201098304000000018401aa", N2_ERR_UNSUPPORTED},
                {"810103820108830400000001", N2_ERR_FORMAT},
                {"8101038201088304ffffffff8401aa", N2_ERR_LIMIT},
                {"8101038201088304000000018421" N32 "aa", N2_ERR_LIMIT},
                {"8101038201088304000000018400", N2_OK}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpstr(
            n2_err_name(n2_openpgp_kdf_read(&kdf, bytes, from_hex(rows[i].bytes, bytes))), ==,
            n2_err_name(rows[i].want));
}

static void
test_pinpad(void)
{
    static const struct {
        const char *bytes;
        uint32_t verify, modify;
    } rows[] = {{"", 0, 0},
                {"060442330006", 0x42330006, 0},
                {"0604423300060704423300070a044233000a", 0x42330006, 0x42330007},
                {"0602423306044233000a", 0x4233000a, 0},
                {"0604423300", 0, 0},
                {"06", 0, 0},
                {"06044233000607", 0, 0}};
    static const uint8_t header[4] = {0, 0x20, 0, 0x82};
    uint8_t bytes[64], want[64];

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_pinpad found = n2_pinpad_read(bytes, from_hex(rows[i].bytes, bytes));
        g_assert_cmphex(found.verify, ==, rows[i].verify);
        g_assert_cmphex(found.modify, ==, rows[i].modify);
    }
    size_t n = n2_pinpad_request(header, 6, 0x40, false, bytes);
    g_assert_cmpmem(bytes, n, want,
                    from_hex("1e00820000"
                             "4006"
                             "0201"
                             "0904"
                             "00"
                             "000000"
                             "05000000"
                             "0020008200",
                             want));
    n = n2_pinpad_request(header, 6, 0x40, true, bytes);
    g_assert_cmpmem(bytes, n, want,
                    from_hex("1e00820000"
                             "0000"
                             "4006"
                             "03"
                             "02"
                             "03"
                             "0904"
                             "000102"
                             "000000"
                             "05000000"
                             "0020008200",
                             want));
    g_assert_cmpint(n2_pinpad_code(0x6402), ==, N2_TOKEN_PINPAD_MISMATCH);
    g_assert_cmpint(n2_pinpad_code(0x6403), ==, N2_TOKEN_PIN_LENGTH);
    g_assert_cmpint(n2_pinpad_code(0x9000), ==, N2_TOKEN_OK);
}

#define ADD(prefix, table, test)                                                               \
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {                                         \
        g_autofree char *path = g_strdup_printf("/token/parse/" prefix "/%s", table[i].name);  \
        g_test_add_data_func(path, &table[i], test);                                           \
    }

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("tlv", tlvs, test_tlv);
    ADD("signature", signatures, test_signature);
    ADD("shared", shared, test_shared);
    ADD("point", points, test_point);
    ADD("object", objects, test_object);
    g_test_add_func("/token/parse/tlv-write", test_tlv_write);
    g_test_add_func("/token/parse/attributes", test_attributes);
    g_test_add_func("/token/parse/fingerprint", test_fingerprint);
    g_test_add_func("/token/parse/info", test_info);
    g_test_add_func("/token/parse/four-keys", test_four_keys);
    g_test_add_func("/token/parse/kdf", test_kdf);
    g_test_add_func("/token/parse/pinpad", test_pinpad);
    return g_test_run();
}

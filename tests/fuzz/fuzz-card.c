/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-card.c - a smart card that answers anything: read or refused whole, never beyond its
 * end, and no PIN is sent twice or left open.
 *
 * The first byte says what is done.  In a talk each answer is a byte of length, whose high bit
 * adds with 90 00 behind them; then the bytes, status word and all.  After the last the card is
 * gone.
 */
#include "fuzz.h"
#include "token/card.h"
#include "token/tlv.h"

enum {
    TALKS = 16,
    GOOD = 0x80 /* in the byte of length: 90 00 is added */
};

typedef struct {
    const uint8_t *data;
    size_t left;
    unsigned n_pins; /* sent */
    bool in_transaction, was_reset;
    uint8_t byte;
} world;

static n2_token_code
begin(void *user)
{
    ((world *)user)->in_transaction = true;
    return N2_TOKEN_OK;
}

static n2_token_code
say(world *w, uint8_t *answer, size_t *n_answer)
{
    if (!w->left)
        return N2_TOKEN_PULLED;
    uint8_t head = w->data[0];
    size_t n = head & ~GOOD;
    w->data++;
    w->left--;
    if (n > w->left)
        n = w->left;
    check(n + 2 <= *n_answer);
    if (n)
        memcpy(answer, w->data, n);
    w->data += n;
    w->left -= n;
    if (head & GOOD) {
        answer[n++] = 0x90;
        answer[n++] = 0;
    }
    *n_answer = n;
    return N2_TOKEN_OK;
}

static n2_token_code
transmit(void *user, const uint8_t *command, size_t n, uint8_t *answer, size_t *n_answer)
{
    world *w = user;

    check(w->in_transaction && n >= 4 && n <= N2_APDU_COMMAND_BYTES_MAX);
    check(*n_answer >= N2_APDU_SHORT_BYTES_MAX);
    check(n < 6 || command[4] == n - 5 || command[4] == n - 6);
    w->n_pins += command[1] == 0x20 && n > 5;
    return say(w, answer, n_answer);
}

static n2_token_code
control(void *user, uint32_t code, const uint8_t *in, size_t n, uint8_t *out, size_t *n_out)
{
    (void)in;
    check(code == N2_PINPAD_FEATURES || n <= N2_PINPAD_REQUEST_BYTES_MAX);
    return say(user, out, n_out);
}

static void
end(void *user, bool reset)
{
    world *w = user;

    check(w->in_transaction);
    w->in_transaction = false;
    w->was_reset = reset;
}

static void
chance(void *user, void *buf, size_t n)
{
    memset(buf, ((world *)user)->byte++, n);
}

static bool
hash(
    void *user, n2_card_hash kind, const uint8_t *block, size_t n, uint64_t total, uint8_t *out)
{
    check(n && total <= N2_CARD_KDF_BYTES_MAX + N2_CARD_PIN_BYTES_MAX);
    memset(out, ((world *)user)->byte ^ block[n - 1],
           kind == N2_CARD_SHA512   ? 64
           : kind == N2_CARD_SHA256 ? 32
                                    : 20);
    return true;
}

static bool
verify(void *user,
       const n2_card_key *key,
       const uint8_t *message,
       size_t n,
       const uint8_t *signature)
{
    (void)user;
    check(n == N2_CARD_DIGEST_BYTES && key->n && message);
    return signature[0] != 0xff;
}

static bool
agree(void *user, const n2_card_key *key, n2_card_key *point, uint8_t *shared)
{
    *point = *key;
    memset(shared, ((world *)user)->byte, N2_CARD_SHARED_BYTES_MAX);
    return true;
}

static n2_token_code
bring(n2_card *k, n2_card_method method, n2_card_slot slot)
{
    n2_card_import_key in = {.key = {.method = (uint8_t)method, .n = 32}};
    const n2_card_entry pin = {.bytes = "123456", .n = 6};

    return n2_card_import(k, slot, &in, 1, &pin);
}

/* One operation with a card that says what it wants to. */
static n2_token_code
talk(n2_card *k, unsigned what, world *w)
{
    static const n2_card_key ed = {.method = N2_CARD_ED25519, .n = 32},
                             x = {.method = N2_CARD_X25519, .n = 32},
                             p = {.method = N2_CARD_P256, .n = 33};
    static const uint8_t digest[N2_CARD_DIGEST_BYTES];
    const n2_card_entry pin = {.bytes = "123456", .n = 6}, at_reader = {.is_at_reader = true},
                        admin = {.bytes = "12345678", .n = 8};
    uint8_t out[N2_CARD_SIGNATURE_BYTES_MAX] = {0}, tries;
    const n2_openpgp_info *info;
    n2_card_key key;
    n2_token_code code = N2_TOKEN_OK;

    switch (what) {
    case 0:
        code = n2_card_info(k, &info);
        check(code || (info->has_aid && info->has_pins));
        return code;
    case 1:
        code = n2_card_verify(k, N2_CARD_PW1, &pin);
        check(w->n_pins <= 1);
        return code;
    case 2:
        return n2_card_verify(k, N2_CARD_PW3, &at_reader);
    case 3:
        code = n2_card_sign(k, N2_CARD_AUT, &ed, digest, out);
        check(!code || !out[0]);
        return code;
    case 4:
        return n2_card_sign(k, N2_CARD_SIG, &p, digest, out);
    case 5:
        code = n2_card_agree(k, &x, out);
        for (size_t i = 0; i < 32 && !code && !out[i]; i++)
            check(i < 31); /* never all zero */
        return code;
    case 6:
        return n2_card_generate(k, N2_CARD_AUT, N2_CARD_ED25519, 1, &key);
    case 7:
        return bring(k, N2_CARD_X25519, N2_CARD_DEC);
    case 8:
        return bring(k, N2_CARD_P256, N2_CARD_SIG);
    case 9:
        code = n2_card_change_pin(k, N2_CARD_PW1, &pin, &admin);
        return code;
    case 10:
        return n2_card_unblock(k, &admin, &pin);
    case 11:
        return n2_card_set_touch(k, N2_CARD_DEC, N2_TOUCH_ON, false);
    case 12:
        return n2_card_factory_reset(k, true);
    case 13:
        return n2_card_public(k, N2_CARD_DEC, &key);
    case 14:
        return n2_card_tries(k, N2_CARD_PW1, &tries);
    default:
        return n2_card_set_reset_code(k, &admin);
    }
}

static void
hold_talk(unsigned what, const uint8_t *data, size_t size)
{
    world w = {.data = data, .left = size};
    const n2_card_link link = {&w, begin, transmit, control, end};
    const n2_card_crypto crypto = {&w, chance, hash, verify, agree};
    n2_card *k = malloc(sizeof *k);

    check(k != NULL);
    n2_token_code code = n2_card_open(k, &link, &crypto);
    if (!code || code == N2_TOKEN_SWITCHED_OFF)
        code = talk(k, what, &w);
    check(code >= 0 && code < N2_TOKEN_CODES);
    n2_card_close(k);
    check(!w.in_transaction && (!w.n_pins || w.was_reset));
    for (size_t i = 0; i < sizeof *k; i++)
        check(!((uint8_t *)k)[i]);
    free(k);
}

static void
read_object(uint8_t tag, const uint8_t *data, size_t size)
{
    static const uint16_t tags[] = {0x6e, 0x65, 0x7a, 0xfa, 0xc4, 0xd6, 0xde, 0x4f, 0x73};
    n2_openpgp_info info, before;
    n2_openpgp_kdf kdf;
    uint8_t *bytes = fuzz_copy(data, size);

    memset(&info, 0, sizeof info);
    n2_openpgp_info_init(&info);
    before = info;
    if (n2_openpgp_read(&info, tags[tag % (sizeof tags / sizeof *tags)], bytes, size))
        check(memcmp(&info, &before, sizeof info) == 0);
    if (!n2_openpgp_kdf_read(&kdf, bytes, size))
        check(!kdf.is_on || (kdf.bytes <= N2_CARD_KDF_BYTES_MAX &&
                             kdf.n_salt[2] <= N2_CARD_KDF_SALT_BYTES_MAX));
    (void)n2_pinpad_read(bytes, size);
    free(bytes);
}

static void
read_key(uint8_t kind, const uint8_t *data, size_t size)
{
    static const n2_card_method methods[] = {N2_CARD_NO_METHOD, N2_CARD_ED25519, N2_CARD_ED448,
                                             N2_CARD_P256,      N2_CARD_X25519,  N2_CARD_X448,
                                             N2_CARD_P256_ECDH};
    n2_card_method method = methods[kind % (sizeof methods / sizeof *methods)];
    uint8_t *bytes = fuzz_copy(data, size), *out = malloc(N2_CARD_SIGNATURE_BYTES_MAX);
    n2_card_key key;

    check(out != NULL);
    if (!n2_card_point_read(method, bytes, size, &key))
        check(key.method == method && key.n && key.n <= size);
    if (n2_card_method_fits(method, N2_CARD_AUT))
        (void)!n2_card_signature_read(method, bytes, size, out);
    if (n2_card_method_fits(method, N2_CARD_DEC))
        (void)!n2_card_shared_read(method, bytes, size, out);
    (void)n2_card_method_of(bytes, size);
    free(out);
    free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *bytes = NULL;
    n2_openpgp_aid aid = {.major = 0xee};
    size_t len = 0;
    n2_err err = n2_apdu_check(data, size, &bytes, &len);

    check(err || (bytes == data && len + 2 == size));
    if (!n2_openpgp_aid_parse(data, size, &aid))
        check(!err && len >= N2_OPENPGP_AID_BYTES && data[len] == 0x90);
    else
        check(aid.major == 0xee);
    if (size < 2)
        return 0;
    if (data[0] < TALKS)
        hold_talk(data[0], data + 1, size - 1);
    else if (data[0] & 1)
        read_object(data[1], data + 2, size - 2);
    else
        read_key(data[1], data + 2, size - 2);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-token-link.c - cards by script: each status word, each answer that makes no sense, told
 * apart.
 */
#include <glib.h>
#include <string.h>

#include "token-crypto.h"
#include "token/card.h"
#include "token/holder.h"
#include "token/pcsc.h"

#include <glib/gstdio.h>
#include <unistd.h>
#include <winscard.h>

enum {
    STEPS_MAX = 12
};

/* A command in hexadecimal ("*": any end) and its answer; an answer "!CODE" is the link's. */
typedef struct {
    const char *command, *answer;
} step;

typedef struct {
    const step *steps;
    unsigned at, n_ended, n_resets;
} script;

static size_t
from_hex(const char *text, uint8_t *out)
{
    size_t n = 0;

    for (; text[0] && text[1]; text += 2)
        out[n++] =
            (uint8_t)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
    return n;
}

static n2_token_code
code_of(const char *name)
{
    for (int i = 0; i < N2_TOKEN_CODES; i++)
        if (strcmp(n2_token_name((n2_token_code)i), name) == 0)
            return (n2_token_code)i;
    g_error("no code %s", name);
}

static n2_token_code
begin(void *user)
{
    (void)user;
    return N2_TOKEN_OK;
}

static n2_token_code
transmit(void *user, const uint8_t *command, size_t n, uint8_t *answer, size_t *n_answer)
{
    script *s = user;
    const step *now = &s->steps[s->at++];
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree uint8_t *bytes = g_malloc(8192);

    for (size_t i = 0; i < n; i++)
        g_string_append_printf(text, "%02x", command[i]);
    if (!now->command)
        g_error("step %u: %s was not expected", s->at, text->str);
    size_t len = strcspn(now->command, "*");
    if (strncmp(text->str, now->command, len) != 0 || (!now->command[len] && text->len != len))
        g_error("step %u: %s, not %s", s->at, text->str, now->command);
    if (now->answer[0] == '!')
        return code_of(now->answer + 1);
    size_t got = from_hex(now->answer, bytes);
    g_assert_cmpuint(got, <=, *n_answer);
    if (got)
        memcpy(answer, bytes, got);
    *n_answer = got;
    return N2_TOKEN_OK;
}

static void
end(void *user, bool reset)
{
    script *s = user;

    s->n_ended++;
    s->n_resets += reset;
}

#define SELECT "00a4040006d27600012401"
#define C4 "00ca00c400"
#define C4_333 "007f7f7f0303039000"
#define C4_233 "007f7f7f0203039000"
#define F9 "00ca00f900"
#define NO "6a88"
#define PIN                                                                                    \
    "00200082"                                                                                 \
    "06313233343536"
#define SIGN "0088000040*"
#define POINT "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
#define DECIPHER "002a808627a6257f49228620" POINT "00"
#define DECIPHER_40 "002a808628a6267f4923862140" POINT "00"
#define Z32 "0000000000000000000000000000000000000000000000000000000000000000"
#define S64 POINT POINT

typedef n2_token_code (*operation)(n2_card *k);

static n2_token_code
do_verify(n2_card *k)
{
    n2_card_entry entry = {.bytes = "123456", .n = 6};

    return n2_card_verify(k, N2_CARD_PW1, &entry);
}

static n2_token_code
do_sign(n2_card *k)
{
    static const uint8_t digest[N2_CARD_DIGEST_BYTES];
    const n2_card_key key = {.method = N2_CARD_ED25519, .n = 32};
    uint8_t out[N2_CARD_SIGNATURE_BYTES_MAX];

    return n2_card_sign(k, N2_CARD_AUT, &key, digest, out);
}

static n2_token_code
do_agree(n2_card *k)
{
    n2_card_key peer = {.method = N2_CARD_X25519, .n = 32};
    uint8_t out[N2_CARD_SHARED_BYTES_MAX];

    (void)from_hex(POINT, peer.bytes);
    return n2_card_agree(k, &peer, out);
}

static n2_token_code
do_tries(n2_card *k)
{
    uint8_t tries;

    return n2_card_tries(k, N2_CARD_PW1, &tries);
}

static n2_token_code
do_aid(n2_card *k)
{
    n2_openpgp_aid aid;

    return n2_card_aid(k, &aid);
}

static n2_token_code
do_info(n2_card *k)
{
    const n2_openpgp_info *info;

    return n2_card_info(k, &info);
}

static n2_token_code
do_public(n2_card *k)
{
    n2_card_key key;

    return n2_card_public(k, N2_CARD_AUT, &key);
}

static n2_token_code
do_generate(n2_card *k)
{
    n2_card_key key;

    return n2_card_generate(k, N2_CARD_AUT, N2_CARD_P256, 1, &key);
}

static n2_token_code
do_name(n2_card *k)
{
    return n2_card_set_name(k, "x", 1);
}

static n2_token_code
do_factory(n2_card *k)
{
    return n2_card_factory_reset(k, true);
}

static n2_token_code
do_nothing(n2_card *k)
{
    (void)k;
    return N2_TOKEN_OK;
}

typedef struct {
    const char *name;
    operation run;
    n2_token_code want;
    uint8_t tries; /* afterwards; 255: not said */
    step steps[STEPS_MAX];
} row;

#define OPEN                                                                                   \
    {                                                                                          \
        SELECT, "9000"                                                                         \
    }
#define READY                                                                                  \
    OPEN, {C4, C4_333},                                                                        \
    {                                                                                          \
        F9, NO                                                                                 \
    }

/* All that is asked for before a key is: Ed25519 in AUT. */
#define AID "4f10d276000124010304fffe000001020000"
#define PLAIN_6E                                                                               \
    "6e3b" AID "c30a162b06010401da470f01"                                                      \
    "c407007f7f7f030303d6020020d7020020d8020020de06010002000302"                               \
    "9000"
#define INFO(offered)                                                                          \
    OPEN, {"00ca006e00", PLAIN_6E}, {"00ca00fa00", offered}, {"00ca006500", NO},               \
    {                                                                                          \
        "00ca007a00", NO                                                                       \
    }
#define PUT_P256 "00da00c309132a8648ce3d030107"
#define PUT_P256_FF "00da00c30a132a8648ce3d030107ff"
#define MADE_P256                                                                              \
    {"0047800002a40000", "7f494386"                                                            \
                         "4104" POINT POINT "9000"},                                           \
        {"00da00c914*", "9000"},                                                               \
    {                                                                                          \
        "00da00d004*", "9000"                                                                  \
    }

/* clang-format off */
static const row rows[] = {
    {"select/ok", do_nothing, N2_TOKEN_OK, 255, {OPEN}},
    {"select/later", do_nothing, N2_TOKEN_OK, 255, {{SELECT, "6103"}, {"00c0000003", "6f01009000"}}},
    {"select/absent", do_nothing, N2_TOKEN_NO_APPLET, 255, {{SELECT, "6a82"}}},
    {"select/refused", do_nothing, N2_TOKEN_NO_APPLET, 255, {{SELECT, "6d00"}}},
    {"select/terminated", do_nothing, N2_TOKEN_SWITCHED_OFF, 255, {{SELECT, "6285"}}},
    {"select/deactivated", do_nothing, N2_TOKEN_SWITCHED_OFF, 255, {{SELECT, "6283"}}},
    {"select/empty", do_nothing, N2_TOKEN_MALFORMED, 255, {{SELECT, ""}}},
    {"select/half", do_nothing, N2_TOKEN_MALFORMED, 255, {{SELECT, "90"}}},
    {"select/pulled", do_nothing, N2_TOKEN_PULLED, 255, {{SELECT, "!pulled"}}},
    {"select/died", do_nothing, N2_TOKEN_SERVICE_DIED, 255, {{SELECT, "!service-died"}}},

    {"verify/right", do_verify, N2_TOKEN_OK, 3, {READY, {PIN, "9000"}}},
    {"verify/wrong-6982", do_verify, N2_TOKEN_PIN_WRONG, 2, {READY, {PIN, "6982"}, {C4, C4_233}}},
    {"verify/wrong-63c2", do_verify, N2_TOKEN_PIN_WRONG, 2, {READY, {PIN, "63c2"}}},
    {"verify/wrong-6300", do_verify, N2_TOKEN_PIN_WRONG, 2, {READY, {PIN, "6300"}, {C4, C4_233}}},
    {"verify/blocked-63c0", do_verify, N2_TOKEN_PIN_BLOCKED, 0, {READY, {PIN, "63c0"}}},
    {"verify/blocked-6983", do_verify, N2_TOKEN_PIN_BLOCKED, 0, {READY, {PIN, "6983"}}},
    {"verify/blocked-6982", do_verify, N2_TOKEN_PIN_BLOCKED, 0, {READY, {PIN, "6982"}, {C4, "007f7f7f0003039000"}}},
    {"verify/blocked-before", do_verify, N2_TOKEN_PIN_BLOCKED, 0, {OPEN, {C4, "007f7f7f0003039000"}}},
    {"verify/last", do_verify, N2_TOKEN_PIN_LAST, 1, {OPEN, {C4, "007f7f7f0103039000"}}},
    {"verify/length-6a80", do_verify, N2_TOKEN_PIN_LENGTH, 3, {READY, {PIN, "6a80"}, {C4, C4_333}}},
    {"verify/length-6700-counts", do_verify, N2_TOKEN_PIN_WRONG, 2, {READY, {PIN, "6700"}, {C4, C4_233}}},
    {"verify/too-long-for-it", do_verify, N2_TOKEN_PIN_LENGTH, 3, {OPEN, {C4, "00057f7f0303039000"}, {F9, NO}}},
    {"verify/applet", do_verify, N2_TOKEN_APPLET_CHANGED, 3, {READY, {PIN, "6d00"}}},
    {"verify/applet-6e00", do_verify, N2_TOKEN_APPLET_CHANGED, 255, {OPEN, {C4, "6e00"}}},
    {"verify/pulled", do_verify, N2_TOKEN_PULLED, 3, {READY, {PIN, "!pulled"}}},
    {"verify/pulled-after", do_verify, N2_TOKEN_PIN_WRONG, 255, {READY, {PIN, "6982"}, {C4, "!pulled"}}},
    {"verify/memory", do_verify, N2_TOKEN_MEMORY, 3, {READY, {PIN, "6581"}}},
    {"verify/kdf-unknown", do_verify, N2_TOKEN_PIN_HASHED, 3, {OPEN, {C4, C4_333}, {F9, "8101079000"}}},
    {"verify/kdf-greedy", do_verify, N2_TOKEN_PIN_HASHED, 3, {OPEN, {C4, C4_333},
      {F9, "8101038201088304ffffffff840831323334353637389000"}}},
    {"verify/kdf-cut", do_verify, N2_TOKEN_PIN_HASHED, 3, {OPEN, {C4, C4_333}, {F9, "810103829000"}}},
    {"verify/kdf-off", do_verify, N2_TOKEN_OK, 3, {OPEN, {C4, C4_333}, {F9, "f9038101009000"}, {PIN, "9000"}}},

    {"sign/no-pin", do_sign, N2_TOKEN_PIN_NEEDED, 255, {OPEN, {SIGN, "6982"}}},
    {"sign/no-key", do_sign, N2_TOKEN_KEY_MISSING, 255, {OPEN, {SIGN, "6a88"}}},
    {"sign/no-touch", do_sign, N2_TOKEN_TOUCH_TIMEOUT, 255, {OPEN, {SIGN, "6600"}}},
    {"sign/applet", do_sign, N2_TOKEN_APPLET_CHANGED, 255, {OPEN, {SIGN, "6d00"}}},
    {"sign/refused", do_sign, N2_TOKEN_REFUSED, 255, {OPEN, {SIGN, "6a80"}}},
    {"sign/short", do_sign, N2_TOKEN_MALFORMED, 255, {OPEN, {SIGN, POINT "9000"}}},
    {"sign/long", do_sign, N2_TOKEN_MALFORMED, 255, {OPEN, {SIGN, S64 "009000"}}},
    {"sign/empty", do_sign, N2_TOKEN_MALFORMED, 255, {OPEN, {SIGN, "9000"}}},
    {"sign/forged", do_sign, N2_TOKEN_NOT_PROVEN, 255, {OPEN, {SIGN, S64 "9000"}}},
    {"sign/pulled", do_sign, N2_TOKEN_PULLED, 255, {OPEN, {SIGN, "!pulled"}}},

    {"agree/zero", do_agree, N2_TOKEN_WEAK, 255, {OPEN, {DECIPHER, Z32 "9000"}}},
    {"agree/ok", do_agree, N2_TOKEN_OK, 255, {OPEN, {DECIPHER, POINT "9000"}}},
    {"agree/native", do_agree, N2_TOKEN_OK, 255, {OPEN, {DECIPHER, "6a80"}, {DECIPHER_40, "40" POINT "9000"}}},
    {"agree/neither", do_agree, N2_TOKEN_REFUSED, 255, {OPEN, {DECIPHER, "6a80"}, {DECIPHER_40, "6a80"}}},
    {"agree/short", do_agree, N2_TOKEN_MALFORMED, 255, {OPEN, {DECIPHER, "009000"}}},
    {"agree/pieces", do_agree, N2_TOKEN_OK, 255, {OPEN, {DECIPHER, "8520610a"}, {"00c000000a",
      "f0098930a754748b7ddcb43ef75a0dbf3a0d26381af46102"}, {"00c0000002", "eba4a98eaa9b4e6a9000"}}},
    {"agree/6c", do_agree, N2_TOKEN_OK, 255, {OPEN, {DECIPHER, "6c20"},
      {"002a808627a6257f49228620" POINT "20", POINT "9000"}}},
    {"agree/6c-again", do_agree, N2_TOKEN_REFUSED, 255, {OPEN, {DECIPHER, "6c20"},
      {"002a808627a6257f49228620" POINT "20", "6c20"}}},

    {"agree/native-6700", do_agree, N2_TOKEN_OK, 255, {OPEN, {DECIPHER, "6700"}, {DECIPHER_40, POINT "9000"}}},
    {"agree/fetched-6c", do_agree, N2_TOKEN_OK, 255, {OPEN, {DECIPHER, "6100"}, {"00c0000000", "6c20"},
      {"00c0000020", POINT "9000"}}},
    {"agree/fetched-6c-again", do_agree, N2_TOKEN_REFUSED, 255, {OPEN, {DECIPHER, "6100"}, {"00c0000000", "6c20"},
      {"00c0000020", "6c20"}}},

    {"public/none-6a88", do_public, N2_TOKEN_KEY_MISSING, 255, {INFO(NO), {"0047810002a40000", NO}}},
    {"public/none-6982", do_public, N2_TOKEN_KEY_MISSING, 255, {INFO(NO), {"0047810002a40000", "6982"}}},
    {"public/none-6b00", do_public, N2_TOKEN_KEY_MISSING, 255, {INFO(NO), {"0047810002a40000", "6b00"}}},
    {"public/applet", do_public, N2_TOKEN_APPLET_CHANGED, 255, {INFO(NO), {"0047810002a40000", "6d00"}}},
    {"generate/attributes", do_generate, N2_TOKEN_OK, 255, {INFO(NO), {PUT_P256, "9000"}, MADE_P256}},
    {"generate/attributes-offered-with-ff", do_generate, N2_TOKEN_OK, 255, {INFO("c30a132a8648ce3d030107ff9000"),
      {PUT_P256, "6a80"}, {PUT_P256_FF, "9000"}, MADE_P256}},
    {"generate/attributes-neither", do_generate, N2_TOKEN_NO_ALGORITHM, 255, {INFO("c30a132a8648ce3d030107ff9000"),
      {PUT_P256, "6a80"}, {PUT_P256_FF, "6a80"}}},

    {"tries/in-6e", do_tries, N2_TOKEN_OK, 255, {OPEN, {C4, NO}, {"00ca006e00", "6e0bc407007f7f7f03000373009000"}}},
    {"tries/nowhere", do_tries, N2_TOKEN_MALFORMED, 255, {OPEN, {C4, NO}, {"00ca006e00", "6e009000"}}},
    {"tries/short", do_tries, N2_TOKEN_MALFORMED, 255, {OPEN, {C4, "007f9000"}}},
    {"tries/wrapped", do_tries, N2_TOKEN_OK, 255, {OPEN, {C4, "c407" C4_333}}},
    {"aid/none", do_aid, N2_TOKEN_MALFORMED, 255, {OPEN, {"00ca004f00", NO}, {"00ca006e00", NO}}},
    {"aid/nowhere", do_aid, N2_TOKEN_MALFORMED, 255, {OPEN, {"00ca004f00", NO}, {"00ca006e00", "6e009000"}}},
    {"aid/in-6e", do_aid, N2_TOKEN_OK, 255, {OPEN, {"00ca004f00", NO}, {"00ca006e00", "6e12" AID "9000"}}},
    {"aid/other", do_aid, N2_TOKEN_MALFORMED, 255, {OPEN, {"00ca004f00", "a0000003080000100001000000000000" "9000"}}},
    {"info/none", do_info, N2_TOKEN_MALFORMED, 255, {OPEN, {"00ca006e00", NO}}},
    {"info/cut", do_info, N2_TOKEN_MALFORMED, 255, {OPEN, {"00ca006e00", "6e104f10d2769000"}}},
    {"put/no-pin", do_name, N2_TOKEN_PIN_NEEDED, 255, {OPEN, {"00da005b0178", "6982"}}},
    {"put/none", do_name, N2_TOKEN_NO_FUNCTION, 255, {OPEN, {"00da005b0178", NO}}},
    {"factory/none", do_factory, N2_TOKEN_NO_FUNCTION, 255, {OPEN, {"00e60000", "6d00"}}},
    {"factory/applet", do_factory, N2_TOKEN_APPLET_CHANGED, 255, {OPEN, {"00e60000", "6982"}, {C4, C4_333},
      {"0020008108*", "6d00"}}},
    {"factory/activate", do_factory, N2_TOKEN_REFUSED, 255, {OPEN, {"00e60000", "9000"}, {"00440000", "6f00"}}},
};
/* clang-format on */

static void
test_row(gconstpointer data)
{
    const row *r = data;
    script s = {.steps = r->steps};
    uint64_t seed = 3;
    const n2_card_link link = {&s, begin, transmit, NULL, end};
    const n2_card_crypto crypto = token_crypto(&seed);
    g_autofree n2_card *k = g_new(n2_card, 1);

    n2_token_code code = n2_card_open(k, &link, &crypto);
    if (!code)
        code = r->run(k);
    g_assert_cmpstr(n2_token_name(code), ==, n2_token_name(r->want));
    g_assert_cmpuint(n2_card_result(k, code).tries, ==, r->tries);
    g_assert_null(r->steps[s.at].command); /* all of it was said */
    bool was_pin_sent = false;
    for (unsigned i = 0; i < s.at; i++)
        was_pin_sent = was_pin_sent || g_str_has_prefix(r->steps[i].command, "002000");
    n2_card_close(k);
    g_assert_cmpuint(s.n_ended, ==, 1);
    g_assert_cmpuint(s.n_resets, ==, was_pin_sent); /* no PIN stays open behind us */
    for (size_t i = 0; i < sizeof *k; i++)
        g_assert_cmphex(((uint8_t *)k)[i], ==, 0);
}

/* ---- answers without end, commands in chains ---- */

typedef struct {
    unsigned n;
    size_t blocks[8];
    uint8_t classes[8];
    const char *answer;
} chain;

static n2_token_code
chain_transmit(void *user, const uint8_t *command, size_t n, uint8_t *answer, size_t *n_answer)
{
    chain *c = user;

    if (c->n < 8) {
        c->classes[c->n] = command[0];
        c->blocks[c->n] = n;
    }
    c->n++;
    g_assert_cmpuint(*n_answer, >=, strlen(c->answer) / 2);
    *n_answer = from_hex(c->answer, answer);
    return N2_TOKEN_OK;
}

static void
test_pieces_without_end(void)
{
    chain c = {.answer = "6100"};
    const n2_card_link link = {.user = &c, .transmit = chain_transmit};
    const n2_apdu apdu = {.ins = 0xca, .wants_answer = true};
    g_autofree n2_apdu_buffer *b = g_new0(n2_apdu_buffer, 1);

    g_assert_cmpint(n2_apdu_send(&link, &apdu, b), ==, N2_TOKEN_MALFORMED);
    g_assert_cmpuint(c.n, ==, 1 + N2_APDU_PIECES_MAX);
    c = (chain){.answer = S64 S64 "6100"};
    g_assert_cmpint(n2_apdu_send(&link, &apdu, b), ==, N2_TOKEN_MALFORMED); /* too long */
    g_assert_cmpuint(c.n, ==, 1 + N2_APDU_ANSWER_BYTES_MAX / 128);
    g_assert_cmpuint(b->n_answer, ==, N2_APDU_ANSWER_BYTES_MAX);
}

/* A short command asks for 256 bytes at most; some cards answer it with all they have. */
static void
test_long_piece(void)
{
    g_autofree char *bytes = g_strnfill(2 * N2_APDU_ANSWER_BYTES_MAX, '5');
    g_autofree char *all = g_strconcat(bytes, "9000", NULL);
    chain c = {.answer = all};
    const n2_card_link link = {.user = &c, .transmit = chain_transmit};
    const n2_apdu apdu = {.ins = 0xca, .p2 = 0xfa, .wants_answer = true};
    g_autofree n2_apdu_buffer *b = g_new0(n2_apdu_buffer, 1);

    g_assert_cmpint(n2_apdu_send(&link, &apdu, b), ==, N2_TOKEN_OK);
    g_assert_cmpuint(b->n_answer, ==, N2_APDU_ANSWER_BYTES_MAX);
    g_assert_cmphex(b->status, ==, 0x9000);
}

static void
test_chains(void)
{
    static const uint8_t data[N2_APDU_DATA_BYTES_MAX + 1];
    g_autofree n2_apdu_buffer *b = g_new0(n2_apdu_buffer, 1);
    chain c = {.answer = "9000"};
    const n2_card_link link = {.user = &c, .transmit = chain_transmit};
    n2_apdu apdu = {.ins = 0xdb, .data = data};

    static const struct {
        size_t n;
        unsigned blocks;
        size_t last;
    } rows_of[] = {{0, 1, 4},   {1, 1, 6},     {254, 1, 259},
                   {255, 2, 6}, {508, 2, 259}, {509, 3, 6}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows_of); i++) {
        c = (chain){.answer = "9000"};
        apdu.n = rows_of[i].n;
        g_assert_cmpint(n2_apdu_send(&link, &apdu, b), ==, N2_TOKEN_OK);
        g_assert_cmpuint(c.n, ==, rows_of[i].blocks);
        g_assert_cmpuint(c.blocks[c.n - 1], ==, rows_of[i].last);
        for (unsigned k = 0; k < c.n; k++)
            g_assert_cmphex(c.classes[k], ==, k + 1 < c.n ? 0x10 : 0);
    }
    c = (chain){.answer = "6884"}; /* a card that knows no chains gets one block of it */
    g_assert_cmpint(n2_apdu_send(&link, &apdu, b), ==, N2_TOKEN_OK);
    g_assert_cmpuint(c.n, ==, 1);
    g_assert_cmpint(n2_apdu_code(b->status), ==, N2_TOKEN_NO_FUNCTION);
    apdu.n = sizeof data;
    g_assert_cmpint(n2_apdu_send(&link, &apdu, b), ==, N2_TOKEN_USAGE);
}

/* ---- readers, services, words ---- */

static void
test_service_codes(void)
{
    static const struct {
        long code;
        n2_token_code want;
    } codes[] = {
        {SCARD_S_SUCCESS, N2_TOKEN_OK},
        {SCARD_E_NO_SERVICE, N2_TOKEN_NO_SERVICE},
        {SCARD_E_SERVICE_STOPPED, N2_TOKEN_NO_SERVICE},
        {SCARD_F_COMM_ERROR, N2_TOKEN_SERVICE_DIED},
        {SCARD_E_INVALID_HANDLE, N2_TOKEN_SERVICE_DIED},
        {SCARD_W_SECURITY_VIOLATION, N2_TOKEN_NOT_ALLOWED},
        {SCARD_E_NO_ACCESS, N2_TOKEN_NOT_ALLOWED},
        {SCARD_E_NO_READERS_AVAILABLE, N2_TOKEN_NO_READER},
        {SCARD_E_UNKNOWN_READER, N2_TOKEN_NO_READER},
        {SCARD_E_READER_UNAVAILABLE, N2_TOKEN_NO_READER},
        {SCARD_E_NO_SMARTCARD, N2_TOKEN_NO_CARD},
        {SCARD_W_REMOVED_CARD, N2_TOKEN_PULLED},
        {SCARD_W_UNRESPONSIVE_CARD, N2_TOKEN_MUTE},
        {SCARD_W_UNPOWERED_CARD, N2_TOKEN_MUTE},
        {SCARD_E_PROTO_MISMATCH, N2_TOKEN_MUTE},
        {SCARD_E_SHARING_VIOLATION, N2_TOKEN_IN_USE},
        {SCARD_E_INSUFFICIENT_BUFFER, N2_TOKEN_MALFORMED},
        {SCARD_E_CANCELLED, N2_TOKEN_CANCELLED},
        {SCARD_E_UNSUPPORTED_FEATURE, N2_TOKEN_NO_PINPAD},
        {SCARD_F_INTERNAL_ERROR, N2_TOKEN_SERVICE_FAULT},
        {1, N2_TOKEN_SERVICE_FAULT},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
        g_assert_cmpstr(n2_token_name(n2_pcsc_code(codes[i].code)), ==,
                        n2_token_name(codes[i].want));
}

/* Each code has words of its own. */
static void
test_words(void)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) whys = g_hash_table_new(g_str_hash, g_str_equal);

    for (int i = 0; i < N2_TOKEN_CODES; i++) {
        g_assert_true(g_hash_table_add(names, (char *)n2_token_name((n2_token_code)i)));
        g_assert_true(g_hash_table_add(whys, (char *)n2_token_why((n2_token_code)i)));
        g_assert_cmpint(n2_token_err((n2_token_code)i) == N2_OK, ==, i == N2_TOKEN_OK);
        g_assert_cmpint(g_str_has_suffix(n2_token_next((n2_token_code)i), ".") ||
                            strstr(n2_token_next((n2_token_code)i), ": "),
                        ==, i != N2_TOKEN_OK);
    }
    g_assert_cmpstr(n2_token_name((n2_token_code)-1), ==, "usage");
    g_assert_cmpstr(n2_token_name(N2_TOKEN_CODES), ==, "usage");
}

static void
make_process(const char *proc, int pid, const char *name, const char *maps)
{
    g_autofree char *folder = g_strdup_printf("%s/%d", proc, pid);
    g_autofree char *comm = g_build_filename(folder, "comm", NULL);
    g_autofree char *map = g_build_filename(folder, "maps", NULL);

    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(comm, name, -1, NULL));
    if (maps)
        g_assert_true(g_file_set_contents(map, maps, -1, NULL));
}

static void
test_holder(void)
{
    g_autofree char *proc = g_dir_make_tmp("n2-holder-XXXXXX", NULL);
    char name[N2_HOLDER_NAME_BYTES];
    int pid = 0;

    g_assert_false(n2_token_holder("/nowhere", name, &pid));
    g_assert_false(n2_token_holder(proc, name, &pid));
    make_process(proc, 100001, "editor\n", "00-01 /usr/lib/libc.so\n");
    make_process(proc, 100002, "pcscd\n", "00-01 /usr/lib/libpcsclite.so.1\n");
    make_process(proc, getpid(), "us\n", "00-01 /usr/lib/libpcsclite.so.1\n");
    g_assert_false(n2_token_holder(proc, name, &pid));
    make_process(proc, 100003, "bro\x1b[wser\n", "a\n00-01 /usr/lib/libpcsclite.so.1\n");
    g_assert_true(n2_token_holder(proc, name, &pid));
    g_assert_cmpstr(name, ==, "bro?[wser");
    g_assert_cmpint(pid, ==, 100003);
    make_process(proc, 100004, "scdaemon\n", NULL); /* another user's: known by name */
    g_assert_true(n2_token_holder(proc, name, &pid));
    g_assert_cmpstr(name, ==, "scdaemon");
    g_assert_cmpint(pid, ==, 100004);
    g_autofree char *remove = g_strdup_printf("rm -r '%s'", proc);
    g_assert_true(g_spawn_command_line_sync(remove, NULL, NULL, NULL, NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/token/link/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/token/link/pieces-without-end", test_pieces_without_end);
    g_test_add_func("/token/link/long-piece", test_long_piece);
    g_test_add_func("/token/link/chains", test_chains);
    g_test_add_func("/token/link/service-codes", test_service_codes);
    g_test_add_func("/token/link/words", test_words);
    g_test_add_func("/token/link/holder", test_holder);
    return g_test_run();
}

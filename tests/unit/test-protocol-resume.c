/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-protocol-resume.c - the examples of daemon/PROTOCOL.md for suite 2 and for resumption.
 */
#include <string.h>

#include "crypto/hash.h"
#include "crypto/hkdf.h"
#include "crypto/noise.h"
#include "crypto/resume.h"
#include "protocol-hello.h"
#include "protocol-page.h"
#include "transport/ack.h"
#include "transport/epoch.h"
#include "transport/first.h"

/* As in the example of suite 1: secrets 01, 21, 41 and up, 56 bytes each; record 136 bytes. */
static void
test_suite_2(void)
{
    const n2_noise_suite *suite = n2_noise_suite_find(N2_SUITE_2);
    guint8 s[56], e[56], r[56], s_public[56], e_public[56], record[136];
    guint8 prologue[43] = "net2o 1\x01\x02\x00\x03", payload[64], body[112], bytes[128];
    n2_hello ours = offer;
    n2_noise_es_result es;
    n2_noise asker, holder;
    n2_noise_keys keys;

    count_up(s, sizeof s, 0x01);
    count_up(e, sizeof e, 0x21);
    count_up(r, sizeof r, 0x41);
    count_up(record, sizeof record, 0x80);
    n2_sha256_of(record, sizeof record, prologue + 11);
    g_assert_cmpint(n2_noise_public(suite, s, s_public), ==, N2_OK);
    g_assert_cmpint(n2_noise_public(suite, e, e_public), ==, N2_OK);
    n2_noise_init_initiator(&asker, suite, prologue, sizeof prologue, s_public);
    n2_hello_encode(&ours, payload);
    g_assert_cmpint(n2_noise_write1(&asker, e, payload, 40, body), ==, N2_OK);
    n2_first first = {.type = N2_FIRST_HELLO, .suite = 2, .key_id = 3, .body = body};
    n2_first_encode(&first, bytes);
    protocol_page_expect("hello of suite 2", bytes, sizeof bytes);

    n2_noise_init_responder(&holder, suite, prologue, sizeof prologue, s_public);
    g_assert_cmpint(n2_noise_es(suite, s, e_public, &es), ==, N2_OK);
    g_assert_cmpint(n2_noise_read1(&holder, &es, body, sizeof body, payload), ==, N2_OK);
    ours.ciphers = N2_CIPHER_CHACHA20POLY1305;
    memcpy(ours.extra, record + 2, 4);
    n2_hello_encode(&ours, payload);
    g_assert_cmpint(n2_noise_write2(&holder, r, payload, 40, body), ==, N2_OK);
    first = (n2_first){
        .type = N2_FIRST_ANSWER, .suite = 2, .key_id = 3, .token = e_public, .body = body};
    n2_first_encode(&first, bytes);
    protocol_page_expect("answer of suite 2", bytes, sizeof bytes);
    g_assert_cmpint(n2_noise_read2(&asker, body, sizeof body, payload), ==, N2_OK);
    g_assert_cmpint(n2_noise_split(&asker, &keys), ==, N2_OK);
    protocol_page_expect("handshake hash of suite 2", keys.hash, sizeof keys.hash);
    n2_noise_clear(&holder);
}

/* Noise's two keys of a former connection count up from c1 and e1. */
static void
test_resume(void)
{
    const n2_noise_suite *suite = n2_noise_suite_find(N2_SUITE_1);
    guint8 former[64], record[112], random[32], payload[64], body[112], bytes[128];
    guint8 prologue[43] = "net2o 1\x06\x01\x00\x03", both[48], keys_shown[64];
    n2_resume asker, holder;
    n2_noise_keys asked, answered;
    n2_hello ours = offer;
    n2_ticket ticket;

    count_up(former, sizeof former, 0xc1);
    count_up(record, sizeof record, 0x80);
    n2_sha256_of(record, sizeof record, prologue + 11);
    n2_ticket_draw(&ticket, former, former + 32);
    memcpy(both, ticket.id, 16);
    memcpy(both + 16, ticket.secret, 32);
    protocol_page_expect("ticket", both, sizeof both);

    n2_resume_init(&asker, suite, &ticket, prologue, sizeof prologue);
    n2_hello_encode(&ours, payload);
    count_up(random, sizeof random, 0x61);
    g_assert_cmpint(n2_resume_write1(&asker, &ticket, random, payload, body), ==, N2_OK);
    n2_first first = {.type = N2_FIRST_RESUME, .suite = 1, .key_id = 3, .body = body};
    n2_first_encode(&first, bytes);
    protocol_page_expect("resume", bytes, sizeof bytes);

    n2_resume_init(&holder, suite, &ticket, prologue, sizeof prologue);
    g_assert_cmpint(n2_resume_read1(&holder, body, payload), ==, N2_OK);
    ours.ciphers = N2_CIPHER_CHACHA20POLY1305;
    n2_hello_encode(&ours, payload);
    guint8 token[N2_FIRST_TOKEN_BYTES];
    memcpy(token, random, sizeof token);
    count_up(random, sizeof random, 0x91);
    g_assert_cmpint(n2_resume_write2(&holder, random, payload, body, &answered), ==, N2_OK);
    first = (n2_first){
        .type = N2_FIRST_RESUMED, .suite = 1, .key_id = 3, .token = token, .body = body};
    n2_first_encode(&first, bytes);
    protocol_page_expect("resumed", bytes, sizeof bytes);
    g_assert_cmpint(n2_resume_read2(&asker, body, payload, &asked), ==, N2_OK);
    g_assert_cmpmem(&asked, sizeof asked, &answered, sizeof answered);
    memcpy(keys_shown, asked.to_responder, 32);
    memcpy(keys_shown + 32, asked.to_initiator, 32);
    protocol_page_expect("keys of a resumed connection", keys_shown, sizeof keys_shown);
    protocol_page_expect("hash of a resumed connection", asked.hash, sizeof asked.hash);
    n2_resume_clear(&asker);
    n2_resume_clear(&holder);
}

/* The secret of a direction counts up from 01, the agreement is that of 21 and 41. */
static void
test_fresh(void)
{
    const n2_noise_suite *suite = n2_noise_suite_find(N2_SUITE_1);
    guint8 mine[32], theirs[32], theirs_public[32], bytes[N2_CONTROL_BYTES];
    n2_control_message m = {.type = N2_CONTROL_FRESH};
    guint8 shared[32];
    n2_epochs epochs = {.n_made = 1};

    count_up(mine, sizeof mine, 0x21);
    count_up(theirs, sizeof theirs, 0x41);
    g_assert_cmpint(n2_noise_public(suite, mine, m.e), ==, N2_OK);
    g_assert_cmpint(n2_noise_public(suite, theirs, theirs_public), ==, N2_OK);
    g_assert_cmpint(n2_noise_agree(suite, mine, theirs_public, shared), ==, N2_OK);
    n2_control_encode(&m, bytes);
    protocol_page_expect("fresh", bytes, shown(bytes, sizeof bytes));
    count_up(epochs.secret, sizeof epochs.secret, 0x01);
    n2_epochs_mix(&epochs, shared, sizeof shared);
    protocol_page_expect("mixed secret", epochs.secret, sizeof epochs.secret);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/suite-2", test_suite_2);
    g_test_add_func("/protocol/resume", test_resume);
    g_test_add_func("/protocol/fresh", test_fresh);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * verify.c - how long vouches take to be verified, and a container of 100,000 signatures to be
 *            refused.
 *
 *   bench-verify ed25519|ed448|many
 *
 * ed25519, ed448: 1,000 vouches by 1,000 signers, each checked as a reader does, form, digest
 * and signature.  many: 100,000 statements in one container, taken into a set.  Prints the
 * milliseconds of the best of five runs, by the processor's clock.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/container.h"
#include "crypto/identity-body.h"
#include "crypto/identity-set.h"

enum {
    VOUCHES = 1000,
    MANY = 100000,
    ROOM = 512,
    RUNS = 5
};

static double
now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
need(bool holds)
{
    if (!holds) {
        fputs("verify: what must hold does not\n", stderr);
        exit(1);
    }
}

typedef struct {
    uint8_t bytes[ROOM];
    size_t len;
} vouch;

static void
make(vouch *out, uint8_t method, uint32_t i)
{
    uint8_t body_bytes[ROOM], seed[N2_SEED_BYTES_MAX] = {(uint8_t)i, (uint8_t)(i >> 8), 9};
    n2_id by = {.method = 1, .hash = {1}}, subject = {.method = 1, .hash = {2}};
    n2_signing_key key;
    n2_box body, statement;

    memcpy(by.hash, &i, sizeof i);
    need(!n2_signing_key_init(&key, method, seed));
    need(!n2_vouch_body(body_bytes, sizeof body_bytes, &by, &subject, 1, "met in person", 1,
                        1000000, &body));
    need(!n2_statement_sign(out->bytes, sizeof out->bytes, &body, &key, &statement));
    out->len = statement.len;
}

static double
verify_all(const vouch *vouches)
{
    double from = now_ms();

    for (size_t i = 0; i < VOUCHES; i++) {
        n2_statement s;
        need(!n2_statement_check(&s, vouches[i].bytes, vouches[i].len, N2_KIND_VOUCH, NULL));
    }
    return now_ms() - from;
}

static double
refuse(const uint8_t *container, size_t len, const n2_id *who)
{
    n2_identity_set *set;

    need(!n2_identity_set_new(&set, who, NULL));
    double from = now_ms();
    need(n2_identity_take_all(set, container, len, 1, NULL) == N2_ERR_LIMIT);
    double ms = now_ms() - from;
    n2_identity_set_free(set);
    return ms;
}

int
main(int argc, char **argv)
{
    static vouch vouches[VOUCHES];
    n2_id who = {.method = 1, .hash = {1}};
    double best = 1e9;

    need(argc == 2);
    bool is_many = !strcmp(argv[1], "many");
    uint8_t method = strcmp(argv[1], "ed448") ? N2_KEY_ED25519 : N2_KEY_ED448;
    for (uint32_t i = 0; i < (is_many ? 1 : VOUCHES); i++)
        make(&vouches[i], method, i);
    size_t len = is_many ? MANY * vouches[0].len : 0;
    uint8_t *container = malloc(len + 1);
    need(container);
    for (size_t i = 0; i < len / vouches[0].len; i++)
        memcpy(container + i * vouches[0].len, vouches[0].bytes, vouches[0].len);
    for (int run = 0; run < RUNS; run++) {
        double ms = is_many ? refuse(container, len, &who) : verify_all(vouches);
        best = ms < best ? ms : best;
    }
    printf("%.4f\n", best);
    free(container);
    return 0;
}

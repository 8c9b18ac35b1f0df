/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-statement.c - any bytes as a birth, an add, a head, a node key, a key query's answer.
 *
 * The first byte says as which.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/head.h"
#include "crypto/nodekey.h"
#include "fuzz.h"
#include "grow.h"

/* What holds is, put together again from its parts, the same bytes. */
static void
try_statement(const uint8_t *data, size_t size)
{
    n2_statement s;
    n2_identity who;

    if (n2_statement_check(&s, data, size, N2_KIND_ANY, NULL) != N2_OK) {
        check(n2_identity_birth(&who, data, size, N2_METHOD_SHA256, NULL) != N2_OK);
        check(who.n_keys == 0);
        return;
    }
    check(s.n_keys >= 1 && s.n_keys <= N2_SIGNATURES_MAX);
    check(s.body.len < size);
    if (n2_identity_birth(&who, data, size, N2_METHOD_SHA256, NULL) == N2_OK) {
        n2_id id = n2_id_of_body(N2_METHOD_SHA256, &s.body);
        check(n2_id_equal(&id, &who.id));
        check(who.n_keys >= 1 && who.n_keys <= N2_CONTROL_KEYS_MAX);
        for (size_t i = 0; i < who.n_keys; i++)
            check(n2_statement_is_by(&s, &who.keys[i].key));
    }
}

/* An identity that nobody has the keys of takes nothing in. */
static void
try_add(const uint8_t *data, size_t size)
{
    n2_identity who = {.id.method = N2_METHOD_SHA256, .n_keys = 1};
    n2_statement s;

    who.keys[0] = (n2_grant){.key = {.method = N2_KEY_ED25519, .bytes = {1}},
                             .rights = N2_RIGHTS_ALL,
                             .until_us = INT64_MAX};
    check(n2_identity_add(&who, data, size, NULL) != N2_OK);
    check(who.n_keys == 1);
    for (uint8_t kind = 0; kind < 34; kind++)
        check(n2_identity_check(&who, &s, data, size, kind, 1, NULL) != N2_OK);
}

static void
try_head(const uint8_t *data, size_t size)
{
    uint8_t buf[4096];
    n2_head head;
    n2_box body, again;

    if (n2_box_check(&body, data, size, N2_KIND_TREE_HEAD, NULL) != N2_OK ||
        n2_head_read(&head, &body) != N2_OK)
        return;
    check(head.counter >= 1 && head.branch[0]);
    if (n2_head_body(buf, sizeof buf, &head, &again) != N2_OK ||
        again.n_fields != body.n_fields)
        return; /* fields that this program ignores */
    check(again.len == size && memcmp(buf, data, size) == 0);
}

static void
try_answer(const uint8_t *data, size_t size)
{
    uint8_t answer[N2_ANSWER_BYTES];
    n2_identity nobody = {.id.method = N2_METHOD_SHA256};
    n2_node_key k;

    if (n2_node_key_read(&k, data, size) != N2_OK)
        return;
    n2_node_key_write(&k, answer);
    check(size == sizeof answer && memcmp(answer, data, size) == 0);
    check(n2_node_key_check(&k, &nobody, 0) != N2_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    switch (data[0] % 4) {
    case 0:
        try_statement(data + 1, size - 1);
        break;
    case 1:
        try_add(data + 1, size - 1);
        break;
    case 2:
        try_head(data + 1, size - 1);
        break;
    default:
        try_answer(data + 1, size - 1);
        break;
    }
    return 0;
}

#ifdef N2_FUZZER
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    return grow_mutate(data, size, max_size, seed, 1,
                       (const uint8_t[]){N2_KIND_SIGNED, N2_KIND_TREE_HEAD, 0});
}
#endif

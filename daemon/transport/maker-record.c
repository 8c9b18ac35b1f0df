/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * maker-record.c - our key records, and the queries for them that strangers make.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "transport/endpoint-private.h"

enum {
    SERIAL_AT = 2 /* in the answer */
};

void
n2_maker_record(n2_endpoint *ep, const n2_op *op)
{
    n2_key_record *oldest = &ep->maker.records[0];

    if (op->len == (op->suite == N2_SUITE_2 ? N2_KEY_ANSWER_BYTES_MAX : N2_KEY_ANSWER_BYTES)) {
        for (size_t i = 0; i < N2_KEY_RECORDS_MAX; i++) {
            n2_key_record *r = &ep->maker.records[i];
            if (!r->in_use || (r->id == op->key_id && r->suite == op->suite)) {
                oldest = r;
                break;
            }
            if (r->until_us < oldest->until_us)
                oldest = r;
        }
        *oldest = (n2_key_record){
            .in_use = true, .id = op->key_id, .suite = op->suite, .until_us = op->until_us};
        memcpy(oldest->key, op->key, sizeof oldest->key);
        memcpy(oldest->answer, op->bytes, op->len);
        oldest->answer_len = (uint8_t)op->len;
        memcpy(&oldest->serial, op->bytes + SERIAL_AT, sizeof oldest->serial);
        n2_sha256_of(op->bytes, op->len, oldest->hash);
    }
    free(op->bytes);
}

static const n2_key_record *
newest_record(const n2_maker *m, uint8_t suite, uint64_t now_us)
{
    const n2_key_record *best = NULL;

    for (size_t i = 0; i < N2_KEY_RECORDS_MAX; i++) {
        const n2_key_record *r = &m->records[i];
        if (r->in_use && r->suite == suite && r->until_us > now_us &&
            (!best || r->until_us > best->until_us))
            best = r;
    }
    return best;
}

const n2_key_record *
n2_maker_find_record(const n2_maker *m, uint8_t suite, uint16_t id, uint64_t now_us)
{
    for (size_t i = 0; i < N2_KEY_RECORDS_MAX; i++) {
        const n2_key_record *r = &m->records[i];
        if (r->in_use && r->suite == suite && r->id == id && r->until_us > now_us)
            return r;
    }
    return NULL;
}

void
n2_maker_query(n2_endpoint *ep, const n2_first *first, uint64_t back, uint64_t now_us)
{
    n2_maker *m = &ep->maker;
    const n2_key_record *r = newest_record(m, first->suite, now_us);
    uint8_t data[N2_FIRST_LONG_BYTES];

    n2_maker_turn_second(ep, now_us);
    ep->stats.queries++;
    if (!r || ++m->queries_this_second > N2_QUERY_PER_S) {
        ep->met.queries_per_s += r != NULL;
        ep->stats.dropped++;
        return;
    }
    n2_first answer = {.type = N2_FIRST_KEY,
                       .suite = r->suite,
                       .key_id = r->id,
                       .token = first->token,
                       .body = r->answer,
                       .body_len = r->answer_len};
    n2_first_encode(&answer, data);
    n2_raw_queue_add_plain(&ep->raw, back, N2_MODE_UNICAST, data,
                           n2_first_bytes(answer.type, answer.suite));
}

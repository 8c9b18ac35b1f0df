/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-control.c - control messages: what is read is written the same, and whatever an
 *                  acknowledgement claims, a flight stays as it must be.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "transport/ack.h"
#include "transport/flight.h"
#include "transport/rate.h"

enum {
    FLYING = 600
};

static void
count(const n2_flight *f)
{
    uint32_t n = 0;
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < f->next; i++)
        if (f->ring[i & (f->capacity - 1)].state == N2_FLIGHT_FLYING) {
            check(i >= f->first);
            bytes += f->ring[i & (f->capacity - 1)].wire_bytes;
            n++;
        }
    check(n == f->n_flying && bytes == f->bytes);
}

/* The proof is 0 for every packet here, so that claims get past it. */
static void
claim(const n2_ack *ack)
{
    n2_flight_walk walk = {.ack = ack};
    n2_flight_record *r;
    n2_flight f = {0};
    n2_rate rate;
    uint64_t at_us;

    for (uint32_t i = 0; i < FLYING; i++) {
        n2_flight_record record = {.sent_us = i * 10,
                                   .wire_bytes = 100,
                                   .state =
                                       i % 9 == 8 ? N2_FLIGHT_UNCOUNTED : N2_FLIGHT_FLYING};
        check(n2_flight_room(&f, 0));
        n2_flight_add(&f, &record);
    }
    n2_ack honest = *ack;
    honest.proof = 0;
    walk.ack = &honest;
    if (!n2_flight_check(&f, &honest, &(n2_flight_span){.end = f.next})) {
        n2_flight_doubt doubt = {.highest = ack->highest, .before_us = ack->arrived_us};
        uint64_t cursor = f.first;
        while ((r = n2_flight_next_acked(&f, &walk)))
            check(r->state == N2_FLIGHT_ACKED);
        while ((r = n2_flight_next_lost(&f, &doubt, &cursor)))
            check(r->state == N2_FLIGHT_LOST);
        count(&f);
    }
    while (n2_flight_oldest(&f, FLYING * 10))
        ;
    check(!f.n_flying && !f.bytes);
    n2_flight_clear(&f);

    n2_rate_init(&rate, ack->data_end, ack->held_us, 0);
    for (uint64_t i = 0; i < N2_ACK_WORDS; i++) {
        n2_rate_news news = {.bytes = ack->bitmap[i] >> 32,
                             .packets = (uint32_t)ack->bitmap[i] >> 16,
                             .lost = ack->bitmap[i] & 0xffff,
                             .rtt_us = ack->held_us >> i,
                             .one_way_us = ack->arrived_us << i,
                             .arrived_us = ack->arrived_us >> i,
                             .since_us = ack->held_us << i,
                             .in_flight = ack->command_end >> 32};
        n2_rate_ack(&rate, &news, i * ack->hole_bytes);
        (void)n2_rate_may_send(&rate, ack->hole, i * ack->hole_bytes, &at_us);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[N2_CONTROL_BYTES];
    n2_control_message m;

    if (n2_control_decode(&m, data, size))
        return 0;
    check(size == N2_CONTROL_BYTES);
    n2_control_encode(&m, again);
    if (m.type == N2_CONTROL_CLOSE)
        check(!memcmp(again, data, 4));
    else
        check(!memcmp(again, data, sizeof again));
    if (m.type == N2_CONTROL_ACK)
        claim(&m.ack);
    return 0;
}

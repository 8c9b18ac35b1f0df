/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * agreeing.c - works out the agreements of several first packets at once.
 *
 * Eight agreements side by side take as long as one (crypto/agree.h), so what comes together is
 * put together.  No more than eight at a time: their packets leave before the next are begun,
 * so that the other side can work on them meanwhile.
 */
#include "transport/agreeing.h"

#include <sodium.h>

#include "crypto/agree.h"
#include "transport/endpoint-private.h"

static n2_agreeing *
at(n2_agreeings *a, uint32_t i)
{
    return &a->ring[(a->first + i) & (N2_AGREEING_MAX - 1)];
}

n2_agreeing *
n2_agreeing_add(n2_endpoint *ep, n2_agreeing_kind kind, uint8_t suite, uint64_t now_us)
{
    n2_agreeings *a = &ep->agreeings;

    if (a->n == N2_AGREEING_MAX)
        (void)n2_endpoint_work(ep, now_us);
    n2_agreeing *one = at(a, a->n++);
    *one = (n2_agreeing){.kind = kind, .suite = suite};
    return one;
}

static size_t
lanes_of(const n2_agreeing *a)
{
    return a->kind == N2_AGREEING_ANSWER ? 1 : 2;
}

/* How many of the first go together, and how many lanes they need. */
static uint32_t
choose(n2_agreeings *a, size_t *n_lanes)
{
    uint32_t n = 0;

    *n_lanes = 0;
    while (n < a->n && at(a, n)->suite == at(a, 0)->suite &&
           *n_lanes + lanes_of(at(a, n)) <= N2_AGREE_LANES)
        *n_lanes += lanes_of(at(a, n++));
    return n;
}

/* What @one needs: its public key, and the agreement with theirs.  An answer whose connection
 * is gone needs something too, as it has its lane; it is looked at when it is done. */
static size_t
ask_for(n2_endpoint *ep, n2_agreeing *one, n2_agreement *out)
{
    const n2_connection *c = n2_endpoint_find(ep, one->conn);
    const n2_opening *o = c && c->state == N2_CONNECTION_OPENING ? c->opening : NULL;

    if (one->kind == N2_AGREEING_ANSWER) {
        out[0] = (n2_agreement){.secret = o ? o->noise.e_secret : one->pair.secret,
                                .public_key = one->body,
                                .out = one->shared};
        return 1;
    }
    out[0] = (n2_agreement){.secret = one->pair.secret, .out = one->pair.public_key};
    out[1] = (n2_agreement){.secret = one->pair.secret,
                            .public_key = one->kind == N2_AGREEING_ES ? one->noise.remote
                                          : o                         ? o->noise.remote
                                                                      : NULL,
                            .out = one->shared};
    return 2;
}

static void
finish(n2_endpoint *ep, n2_agreeing *one, n2_err err, uint64_t now_us)
{
    switch (one->kind) {
    case N2_AGREEING_HELLO:
        n2_asker_hello_agreed(ep, one, err, now_us);
        break;
    case N2_AGREEING_ANSWER:
        n2_asker_answer_agreed(ep, one, err, now_us);
        break;
    case N2_AGREEING_ES:
        n2_maker_es_agreed(ep, one, err, now_us);
        break;
    }
    sodium_memzero(one, sizeof *one);
}

bool
n2_endpoint_work(n2_endpoint *ep, uint64_t now_us)
{
    n2_agreeings *a = &ep->agreeings;
    n2_agreement agreements[N2_AGREE_LANES];
    size_t n_lanes, lane = 0;
    uint32_t n = choose(a, &n_lanes);

    if (!n)
        return false;
    for (uint32_t i = 0; i < n; i++)
        lane += ask_for(ep, at(a, i), &agreements[lane]);
    n2_agree(n2_noise_suite_find(at(a, 0)->suite), agreements, n_lanes);
    lane = 0;
    for (; n; n--) {
        n2_agreeing *one = at(a, 0);
        n2_err err = agreements[lane].err;
        if (lanes_of(one) == 2 && !err)
            err = agreements[lane + 1].err;
        lane += lanes_of(one);
        finish(ep, one, err, now_us);
        a->first++;
        a->n--;
    }
    return true;
}

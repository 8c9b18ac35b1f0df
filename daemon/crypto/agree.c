/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * agree.c - agreements one by one by the suite's library, or eight side by side.
 */
#include "crypto/agree.h"

#include <sodium.h>

#include "crypto/lanes.h"
#include "crypto/noise-impl.h"

enum {
    STACK_BYTES = 16384
};

_Static_assert((int)N2_LANES == (int)N2_AGREE_LANES, "as agree.h says");

void
n2_agree_singly(const n2_noise_suite *suite, n2_agreement *agreements, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        n2_agreement *a = &agreements[i];
        a->err = a->public_key ? suite->f->dh(a->secret, a->public_key, a->out)
                               : suite->f->dh_public(a->secret, a->out);
    }
}

/* Lanes that nobody needs do the first one's work again, into @nowhere. */
static void
side_by_side(const n2_noise_suite *suite, n2_agreement *agreements, size_t n)
{
    uint8_t nowhere[N2_NOISE_DH_BYTES_MAX];
    uint8_t base[N2_NOISE_DH_BYTES_MAX] = {suite->f->base};
    n2_lanes lanes;

    for (size_t i = 0; i < N2_LANES; i++) {
        const n2_agreement *a = &agreements[i < n ? i : 0];
        lanes.secret[i] = a->secret;
        lanes.public_key[i] = a->public_key ? a->public_key : base;
        lanes.out[i] = i < n ? a->out : nowhere;
    }
    suite->f->lanes(&lanes);
    for (size_t i = 0; i < n; i++)
        agreements[i].err =
            sodium_is_zero(agreements[i].out, suite->dh_bytes) ? N2_ERR_FORGED : N2_OK;
    sodium_memzero(nowhere, sizeof nowhere);
    sodium_stackzero(STACK_BYTES); /* what the lanes kept beside their registers */
}

void
n2_agree(const n2_noise_suite *suite, n2_agreement *agreements, size_t n)
{
    bool has_lanes = n2_lanes_work();

    while (n) {
        size_t now = n < N2_LANES ? n : N2_LANES;
        if (has_lanes && now >= suite->f->worth)
            side_by_side(suite, agreements, now);
        else
            n2_agree_singly(suite, agreements, now);
        agreements += now;
        n -= now;
    }
}

const char *
n2_agree_name(const n2_noise_suite *suite)
{
    return n2_lanes_work() ? "net2o" : suite->f->dh_name;
}

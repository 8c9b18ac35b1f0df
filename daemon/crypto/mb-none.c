/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mb-none.c - what mb.c answers in a build without ipsec-mb: that it is not there.
 */
#include <stdlib.h>

#include "crypto/aead-impl.h"

n2_err
n2_mb_new(void **mb)
{
    *mb = NULL;
    return N2_ERR_UNSUPPORTED;
}

void
n2_mb_free(void *mb)
{
    (void)mb;
}

const n2_aead_ops *
n2_aead_mb(int cipher)
{
    (void)cipher;
    return NULL;
}

void
n2_mb_lanes(void *mb, unsigned *lanes, unsigned *worth)
{
    (void)mb;
    *lanes = 0;
    *worth = 0;
}

/* Never called: there are no lanes. */
void
n2_mb_sha256(void *mb, size_t n, const uint8_t *const src[], size_t len, uint8_t (*out)[32])
{
    (void)mb, (void)n, (void)src, (void)len, (void)out;
    abort();
}

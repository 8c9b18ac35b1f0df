/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-sealed.c - a sealed file from anywhere: opened, refused, never more work than allowed.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "crypto/sealed.h"
#include "fuzz.h"
#include "grow.h"

enum {
    QUICK_KIB = 64 /* dearer files are left to the unit test */
};

static void
zero_bytes(void *user, void *buf, size_t len)
{
    (void)user;
    memset(buf, 0, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const n2_env env = {NULL, zero_bytes};
    static uint8_t plain[70000], again[70000], file[70000];
    n2_box box, box2;
    n2_sealer sealer;
    size_t len, len2;

    if (sodium_init() < 0)
        abort();
    bool form = n2_box_check(&box, data, size, N2_KIND_SEALED, NULL) == N2_OK;
    if (form && (n2_box_int(&box, 1) > 2 || n2_box_int(&box, 2) > QUICK_KIB))
        return 0;
    n2_err err = n2_sealer_of_file(&sealer, data, size, "", 0);
    if (!err && !form)
        abort();
    if (err || n2_sealer_open(&sealer, data, size, plain, sizeof plain, &len) != N2_OK)
        return 0;
    err = n2_sealer_seal(&sealer, &env, plain, len, file, sizeof file, &box2);
    if (err == N2_ERR_LIMIT)
        return 0;
    if (err ||
        n2_sealer_open(&sealer, box2.bytes, box2.len, again, sizeof again, &len2) != N2_OK ||
        len2 != len || memcmp(plain, again, len) != 0)
        abort();
    return 0;
}

#ifdef N2_FUZZER
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    return grow_mutate(data, size, max_size, seed, 0, (const uint8_t[]){N2_KIND_SEALED, 0});
}
#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-card.c - what a smart card answers.
 */
#include <stdlib.h>

#include "token/openpgp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    n2_openpgp_aid aid = {.major = 0xee};
    n2_err err = n2_openpgp_aid_parse(data, len, &aid);

    if (!err && (len != N2_OPENPGP_AID_BYTES + 2 || data[len - 2] != 0x90))
        abort();
    if (err && aid.major != 0xee)
        abort();
    return 0;
}

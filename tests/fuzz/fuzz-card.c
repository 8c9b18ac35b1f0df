/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-card.c - what a smart card answers: read or refused whole, never beyond its end.
 */
#include "fuzz.h"
#include "token/openpgp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *bytes = NULL;
    n2_openpgp_aid aid = {.major = 0xee};
    size_t len = 0;
    n2_err err = n2_apdu_check(data, size, &bytes, &len);

    check(err || (bytes == data && len + 2 == size));
    if (!n2_openpgp_aid_parse(data, size, &aid))
        check(!err && len == N2_OPENPGP_AID_BYTES && data[len] == 0x90);
    else
        check(aid.major == 0xee);
    return 0;
}

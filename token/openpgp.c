/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * openpgp.c - the OpenPGP application of smart cards: what its answers say.
 */
#include "token/openpgp.h"

#include <string.h>

#include "base/reader.h"

enum {
    STATUS_BYTES = 2,
    STATUS_DONE = 0x9000,
    APPLICATION_OPENPGP = 1
};

static const uint8_t rid[5] = {0xd2, 0x76, 0x00, 0x01, 0x24}; /* FSF Europe e.V. */

const uint8_t n2_openpgp_select[11] = {0x00, 0xa4, 0x04, 0x00, 0x06, 0xd2,
                                       0x76, 0x00, 0x01, 0x24, 0x01};
const uint8_t n2_openpgp_get_aid[5] = {0x00, 0xca, 0x00, 0x4f, 0x00};

n2_err
n2_apdu_check(const uint8_t *answer, size_t n, const uint8_t **data, size_t *n_data)
{
    if (n < STATUS_BYTES)
        return N2_ERR_TRUNCATED;
    n2_reader status = n2_reader_init(answer + n - STATUS_BYTES, STATUS_BYTES);
    if (n2_read_u16(&status) != STATUS_DONE)
        return N2_ERR_REFUSED;
    *data = answer;
    *n_data = n - STATUS_BYTES;
    return N2_OK;
}

n2_err
n2_openpgp_aid_parse(const uint8_t *answer, size_t n, n2_openpgp_aid *aid)
{
    const uint8_t *data = NULL;
    size_t n_data = 0;
    uint8_t named[sizeof rid];
    n2_err err = n2_apdu_check(answer, n, &data, &n_data);

    if (err)
        return err;
    n2_reader r = n2_reader_init(data, n_data);
    n2_read_copy(&r, named, sizeof named);
    uint8_t application = n2_read_u8(&r);
    n2_openpgp_aid found = {
        .major = n2_read_u8(&r),
        .minor = n2_read_u8(&r),
        .manufacturer = n2_read_u16(&r),
        .serial = n2_read_u32(&r),
    };
    n2_read_zero(&r, 2); /* kept for later versions */
    err = n2_reader_finish(&r);
    if (err)
        return err;
    if (memcmp(named, rid, sizeof rid) != 0 || application != APPLICATION_OPENPGP)
        return N2_ERR_FORMAT;
    *aid = found;
    return N2_OK;
}

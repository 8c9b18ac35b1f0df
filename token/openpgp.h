/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * openpgp.h - the OpenPGP application of smart cards: what its answers say.
 *
 * Layer: token (may include: base only).
 * Source: Functional Specification of the OpenPGP application on ISO Smart Card Operating
 * Systems, version 3.4, sections 4.2.1 (AID) and 7.2.6 (GET DATA).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    N2_OPENPGP_AID_BYTES = 16,
    N2_APDU_SHORT_BYTES_MAX = 256 + 2 /* of an answer, with its status word */
};

/** SELECT of the application, and GET DATA of its full AID. */
extern const uint8_t n2_openpgp_select[11];
extern const uint8_t n2_openpgp_get_aid[5];

typedef struct {
    uint8_t major, minor;  /* of the specification it follows */
    uint16_t manufacturer; /* registered number; 0 and from 0xff00: tests */
    uint32_t serial;       /* of the manufacturer */
} n2_openpgp_aid;

/** The data of an answer of @n bytes: N2_OK if its status word is 90 00. */
N2_MUST_USE n2_err n2_apdu_check(const uint8_t *answer,
                                 size_t n,
                                 const uint8_t **data,
                                 size_t *n_data);

/**
 * Reads what a card said to n2_openpgp_get_aid, status word included.
 *
 * Returns: N2_OK; N2_ERR_REFUSED if the card refused; N2_ERR_TRUNCATED, N2_ERR_TRAILING,
 *          N2_ERR_FORMAT if that is no AID of this application.
 */
N2_MUST_USE n2_err n2_openpgp_aid_parse(const uint8_t *answer, size_t n, n2_openpgp_aid *aid);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * readers.c - the card readers of this machine and the tokens in them, by PC/SC.
 */
#include "token/readers.h"

#include <stdlib.h>
#include <string.h>
#include <winscard.h>

enum {
    NAMES_BYTES = N2_READERS_MAX * N2_READER_NAME_BYTES + 1
};

static n2_readers_state
cause_of(LONG code)
{
    switch (code) {
    case SCARD_S_SUCCESS:
        return N2_READERS_OK;
    case SCARD_E_NO_SERVICE:
    case SCARD_E_SERVICE_STOPPED:
        return N2_READERS_NO_SERVICE;
    case SCARD_W_SECURITY_VIOLATION:
        return N2_READERS_NOT_ALLOWED;
    case SCARD_E_NO_READERS_AVAILABLE:
        return N2_READERS_NONE;
    default:
        return N2_READERS_FAULT;
    }
}

/* One command; N2_ERR_IO if the card is gone or the answer did not fit. */
static n2_err
transmit(SCARDHANDLE card,
         DWORD protocol,
         const uint8_t *command,
         size_t n,
         uint8_t *answer,
         size_t *n_answer)
{
    const SCARD_IO_REQUEST *pci = protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    DWORD got = N2_APDU_SHORT_BYTES_MAX;
    LONG code = SCardTransmit(card, pci, command, n, NULL, answer, &got);

    *n_answer = code == SCARD_S_SUCCESS ? got : 0;
    return code == SCARD_S_SUCCESS ? N2_OK : N2_ERR_IO;
}

/* In one transaction, so that no other program selects another application between the two. */
static n2_slot_state
ask_openpgp(SCARDHANDLE card, DWORD protocol, n2_openpgp_aid *aid)
{
    uint8_t answer[N2_APDU_SHORT_BYTES_MAX];
    const uint8_t *data;
    size_t n, n_data;

    if (SCardBeginTransaction(card) != SCARD_S_SUCCESS)
        return N2_SLOT_IN_USE;
    n2_err err =
        transmit(card, protocol, n2_openpgp_select, sizeof n2_openpgp_select, answer, &n);
    if (!err)
        err = n2_apdu_check(answer, n, &data, &n_data);
    if (!err)
        err =
            transmit(card, protocol, n2_openpgp_get_aid, sizeof n2_openpgp_get_aid, answer, &n);
    if (!err)
        err = n2_openpgp_aid_parse(answer, n, aid);
    (void)SCardEndTransaction(card, SCARD_LEAVE_CARD);
    return err ? N2_SLOT_OTHER : N2_SLOT_OPENPGP;
}

static void
ask_card(SCARDCONTEXT context, n2_slot *slot)
{
    SCARDHANDLE card;
    DWORD protocol;
    LONG code = SCardConnect(context, slot->reader, SCARD_SHARE_SHARED,
                             SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol);

    if (code == SCARD_E_SHARING_VIOLATION) {
        slot->state = N2_SLOT_IN_USE;
        return;
    }
    if (code != SCARD_S_SUCCESS) {
        slot->state = code == SCARD_E_NO_SMARTCARD || code == SCARD_W_REMOVED_CARD
                          ? N2_SLOT_EMPTY
                          : N2_SLOT_MUTE;
        return;
    }
    slot->state = ask_openpgp(card, protocol, &slot->openpgp);
    (void)SCardDisconnect(card, SCARD_LEAVE_CARD);
}

static void
look(SCARDCONTEXT context, n2_slot *slot)
{
    SCARD_READERSTATE seen = {.szReader = slot->reader, .dwCurrentState = SCARD_STATE_UNAWARE};

    slot->state = N2_SLOT_EMPTY;
    if (SCardGetStatusChange(context, 0, &seen, 1) != SCARD_S_SUCCESS)
        return; /* the reader was pulled out since */
    if (seen.dwEventState & SCARD_STATE_MUTE)
        slot->state = N2_SLOT_MUTE;
    if (!(seen.dwEventState & SCARD_STATE_PRESENT) || seen.dwEventState & SCARD_STATE_MUTE)
        return;
    slot->n_atr = seen.cbAtr <= N2_ATR_BYTES_MAX ? seen.cbAtr : 0;
    memcpy(slot->atr, seen.rgbAtr, slot->n_atr);
    if (seen.dwEventState & SCARD_STATE_EXCLUSIVE)
        slot->state = N2_SLOT_IN_USE;
    else
        ask_card(context, slot);
}

n2_err
n2_readers_list(n2_slot *slots, size_t *n, n2_readers_state *state)
{
    SCARDCONTEXT context;
    char names[NAMES_BYTES]; /* one behind the other, each with its NUL, and one more */
    DWORD n_bytes = sizeof names;

    *n = 0;
    *state = cause_of(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context));
    if (*state != N2_READERS_OK)
        return N2_ERR_TOKEN;
    *state = cause_of(SCardListReaders(context, NULL, names, &n_bytes));
    for (const char *name = names; *state == N2_READERS_OK && *name && *n < N2_READERS_MAX;) {
        size_t n_name = strnlen(name, N2_READER_NAME_BYTES - 1);
        n2_slot *slot = &slots[(*n)++];
        *slot = (n2_slot){.n_atr = 0};
        memcpy(slot->reader, name, n_name);
        look(context, slot);
        name += strlen(name) + 1;
    }
    (void)SCardReleaseContext(context);
    if (*state == N2_READERS_OK && *n == 0)
        *state = N2_READERS_NONE;
    return *state == N2_READERS_OK ? N2_OK : N2_ERR_TOKEN;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * readers.c - the card readers of this machine and the tokens in them, by PC/SC.
 */
#include "token/readers.h"

#include <string.h>
#include <winscard.h>

#include "token/card.h"
#include "token/pcsc.h"

enum {
    NAMES_BYTES = N2_READERS_MAX * N2_READER_NAME_BYTES + 1
};

static n2_readers_state
cause_of(n2_token_code code)
{
    if (code == N2_TOKEN_OK)
        return N2_READERS_OK;
    if (code == N2_TOKEN_NO_SERVICE)
        return N2_READERS_NO_SERVICE;
    if (code == N2_TOKEN_NOT_ALLOWED)
        return N2_READERS_NOT_ALLOWED;
    return code == N2_TOKEN_NO_READER ? N2_READERS_NONE : N2_READERS_FAULT;
}

/* In one transaction, so that no other program selects another application between the two. */
static n2_slot_state
ask_openpgp(n2_pcsc *pcsc, n2_openpgp_aid *aid)
{
    n2_card card;
    n2_token_code code = n2_card_open(&card, n2_pcsc_link(pcsc), NULL);

    if (!code)
        code = n2_card_aid(&card, aid);
    n2_card_close(&card);
    if (code == N2_TOKEN_IN_USE)
        return N2_SLOT_IN_USE;
    return code ? N2_SLOT_OTHER : N2_SLOT_OPENPGP;
}

static void
ask_card(n2_slot *slot)
{
    n2_pcsc *pcsc;
    n2_token_code code = n2_pcsc_connect(&pcsc, slot->reader, 0);

    if (code == N2_TOKEN_IN_USE)
        slot->state = N2_SLOT_IN_USE;
    else if (code)
        slot->state = code == N2_TOKEN_NO_CARD ? N2_SLOT_EMPTY : N2_SLOT_MUTE;
    else
        slot->state = ask_openpgp(pcsc, &slot->openpgp);
    n2_pcsc_close(pcsc);
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
        ask_card(slot);
}

n2_err
n2_readers_list(n2_slot *slots, size_t *n, n2_readers_state *state)
{
    SCARDCONTEXT context;
    char names[NAMES_BYTES]; /* one behind the other, each with its NUL, and one more */
    DWORD n_bytes = sizeof names;

    *n = 0;
    *state = cause_of(n2_pcsc_context(&context));
    if (*state != N2_READERS_OK)
        return N2_ERR_TOKEN;
    *state = cause_of(n2_pcsc_code(SCardListReaders(context, NULL, names, &n_bytes)));
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

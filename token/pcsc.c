/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pcsc.c - the line to a card in a reader of this machine, by PC/SC.
 */
#include "token/pcsc.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <winscard.h>

#include "token/readers.h"

enum {
    PROTOCOLS = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
    RESETS_MAX = 3,     /* healed in a row before we say that somebody is at it */
    GONE_MS = 1000,     /* the service notices within this time that a card is gone */
    AGAIN_MS = 50,      /* first wait while another program holds the card; then doubled */
    COUNTER_SHIFT = 16, /* of SCARD_READERSTATE.dwEventState: insertions and removals */
    STATUS_BYTES = 2
};

#define SOCKET_NAME "/run/pcscd/pcscd.comm"

struct n2_pcsc {
    SCARDCONTEXT context;
    SCARDHANDLE card;
    DWORD protocol;
    char reader[N2_READER_NAME_BYTES];
    n2_card_link link;
};

n2_token_code
n2_pcsc_code(long code)
{
    switch (code) {
    case SCARD_S_SUCCESS:
        return N2_TOKEN_OK;
    case SCARD_E_NO_SERVICE:
    case SCARD_E_SERVICE_STOPPED:
        return N2_TOKEN_NO_SERVICE;
    case SCARD_F_COMM_ERROR:
    case SCARD_E_INVALID_HANDLE: /* of a service that is gone */
        return N2_TOKEN_SERVICE_DIED;
    case SCARD_W_SECURITY_VIOLATION:
    case SCARD_E_NO_ACCESS:
        return N2_TOKEN_NOT_ALLOWED;
    case SCARD_E_NO_READERS_AVAILABLE:
    case SCARD_E_UNKNOWN_READER:
    case SCARD_E_READER_UNAVAILABLE:
        return N2_TOKEN_NO_READER;
    case SCARD_E_NO_SMARTCARD:
        return N2_TOKEN_NO_CARD;
    case SCARD_W_REMOVED_CARD:
        return N2_TOKEN_PULLED;
    case SCARD_W_UNRESPONSIVE_CARD:
    case SCARD_W_UNPOWERED_CARD:
    case SCARD_W_UNSUPPORTED_CARD:
    case SCARD_E_PROTO_MISMATCH:
    case SCARD_E_NOT_TRANSACTED:
        return N2_TOKEN_MUTE;
    case SCARD_E_SHARING_VIOLATION:
    case SCARD_W_RESET_CARD: /* again and again */
        return N2_TOKEN_IN_USE;
    case SCARD_E_INSUFFICIENT_BUFFER:
        return N2_TOKEN_MALFORMED;
    case SCARD_E_CANCELLED:
        return N2_TOKEN_CANCELLED;
    case SCARD_E_UNSUPPORTED_FEATURE:
        return N2_TOKEN_NO_PINPAD;
    default:
        return N2_TOKEN_SERVICE_FAULT;
    }
}

n2_token_code
n2_pcsc_context(long *context)
{
    LONG code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, context);
    const char *name = getenv("PCSCLITE_CSOCK_NAME");

    /* A service that crashed leaves its socket: nobody listens, which is no lack of rights. */
    if (code == SCARD_E_NO_ACCESS && access(name ? name : SOCKET_NAME, R_OK | W_OK) == 0)
        return N2_TOKEN_NO_SERVICE;
    return n2_pcsc_code(code);
}

bool
n2_pcsc_is_gone(n2_pcsc *p)
{
    SCARD_READERSTATE seen = {.szReader = p->reader, .dwCurrentState = SCARD_STATE_UNAWARE};

    if (SCardGetStatusChange(p->context, 0, &seen, 1) != SCARD_S_SUCCESS ||
        !(seen.dwEventState & SCARD_STATE_PRESENT))
        return true;
    DWORD counter = seen.dwEventState >> COUNTER_SHIFT;
    seen.dwCurrentState = seen.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
    LONG code = SCardGetStatusChange(p->context, GONE_MS, &seen, 1);
    return code == SCARD_S_SUCCESS && (!(seen.dwEventState & SCARD_STATE_PRESENT) ||
                                       seen.dwEventState >> COUNTER_SHIFT != counter);
}

static n2_token_code
begin(void *user)
{
    n2_pcsc *p = user;
    LONG code = SCardBeginTransaction(p->card);

    /* Somebody reset the card since: told once, and healed by connecting anew. */
    for (unsigned i = 0; i < RESETS_MAX && code == SCARD_W_RESET_CARD; i++) {
        code = SCardReconnect(p->card, SCARD_SHARE_SHARED, PROTOCOLS, SCARD_LEAVE_CARD,
                              &p->protocol);
        if (code == SCARD_S_SUCCESS)
            code = SCardBeginTransaction(p->card);
    }
    return n2_pcsc_code(code);
}

static n2_token_code
transmit(void *user, const uint8_t *command, size_t n, uint8_t *answer, size_t *n_answer)
{
    n2_pcsc *p = user;
    const SCARD_IO_REQUEST *pci =
        p->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    DWORD got = *n_answer;
    n2_token_code code =
        n2_pcsc_code(SCardTransmit(p->card, pci, command, n, NULL, answer, &got));

    *n_answer = code ? 0 : got;
    if (code == N2_TOKEN_IN_USE) /* nobody can reset a card in our transaction but itself */
        return N2_TOKEN_PULLED;
    if (code == N2_TOKEN_NO_CARD)
        return N2_TOKEN_PULLED;
    if ((code == N2_TOKEN_MUTE || code == N2_TOKEN_SERVICE_FAULT ||
         (!code && got < STATUS_BYTES)) &&
        n2_pcsc_is_gone(p))
        return N2_TOKEN_PULLED;
    return code;
}

static n2_token_code
control(void *user, uint32_t code, const uint8_t *in, size_t n, uint8_t *out, size_t *n_out)
{
    n2_pcsc *p = user;
    DWORD got = 0;
    n2_token_code result = n2_pcsc_code(SCardControl(p->card, code, in, n, out, *n_out, &got));

    *n_out = result ? 0 : got;
    if ((result == N2_TOKEN_MUTE || result == N2_TOKEN_SERVICE_FAULT ||
         (!result && got < STATUS_BYTES)) &&
        n2_pcsc_is_gone(p))
        return N2_TOKEN_PULLED;
    return result;
}

static void
end(void *user, bool reset)
{
    n2_pcsc *p = user;

    (void)SCardEndTransaction(p->card, reset ? SCARD_RESET_CARD : SCARD_LEAVE_CARD);
}

static n2_token_code
connect_patiently(n2_pcsc *p, unsigned patience_ms)
{
    unsigned wait_ms = AGAIN_MS;

    for (;;) {
        n2_token_code code = n2_pcsc_code(SCardConnect(
            p->context, p->reader, SCARD_SHARE_SHARED, PROTOCOLS, &p->card, &p->protocol));
        if (code != N2_TOKEN_IN_USE || !patience_ms)
            return code == N2_TOKEN_PULLED ? N2_TOKEN_NO_CARD : code;
        if (wait_ms > patience_ms)
            wait_ms = patience_ms;
        patience_ms -= wait_ms;
        struct timespec pause = {.tv_nsec = (long)wait_ms * 1000000};
        (void)nanosleep(&pause, NULL);
        wait_ms = wait_ms < 400 ? 2 * wait_ms : wait_ms;
    }
}

n2_token_code
n2_pcsc_connect(n2_pcsc **pcsc, const char *reader, unsigned patience_ms)
{
    n2_pcsc *p = calloc(1, sizeof *p);

    *pcsc = NULL;
    if (!p)
        return N2_TOKEN_SERVICE_FAULT;
    memcpy(p->reader, reader, strnlen(reader, sizeof p->reader - 1));
    p->link = (n2_card_link){p, begin, transmit, control, end};
    n2_token_code code = n2_pcsc_context(&p->context);
    if (code) {
        free(p);
        return code;
    }
    code = connect_patiently(p, patience_ms);
    if (code) {
        (void)SCardReleaseContext(p->context);
        free(p);
        return code;
    }
    *pcsc = p;
    return N2_TOKEN_OK;
}

void
n2_pcsc_close(n2_pcsc *pcsc)
{
    if (!pcsc)
        return;
    (void)SCardDisconnect(pcsc->card, SCARD_LEAVE_CARD);
    (void)SCardReleaseContext(pcsc->context);
    free(pcsc);
}

const n2_card_link *
n2_pcsc_link(n2_pcsc *pcsc)
{
    return &pcsc->link;
}

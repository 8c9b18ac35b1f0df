/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-pcsc.c - a smart card service inside the test.
 */
#include "fake-pcsc.h"

#include <reader.h>
#include <string.h>

fake_pcsc fake;

static gboolean is_cancelled;

static const char *const names[] = {"one", "two"};

void
fake_reset(void)
{
    g_mutex_lock(&fake.lock);
    for (int i = 0; i < 2; i++) {
        card_free(fake.cards[i]);
        fake.cards[i] = NULL;
        fake.flags[i] = fake.counter[i] = 0;
    }
    fake.establish = fake.list = fake.connect = fake.begin = fake.reconnect = fake.transmit =
        fake.control = SCARD_S_SUCCESS;
    fake.n_busy = fake.n_resets = fake.fail_in = 0;
    fake.protocol = 0;
    fake.is_gone_later = fake.is_short = fake.holds = fake.was_reset = FALSE;
    fake.n_readers = 2;
    fake.change = 0;
    g_mutex_unlock(&fake.lock);
}

void
fake_changed(void)
{
    fake.change++;
    g_cond_broadcast(&fake.more);
}

static int
index_of(const char *name)
{
    return strcmp(name, names[0]) == 0 ? 0 : strcmp(name, names[1]) == 0 ? 1 : -1;
}

LONG
SCardEstablishContext(DWORD scope, LPCVOID a, LPCVOID b, LPSCARDCONTEXT context)
{
    (void)scope;
    (void)a;
    (void)b;
    g_mutex_lock(&fake.lock);
    LONG code = fake.establish;
    *context = 77;
    fake.n_contexts += code == SCARD_S_SUCCESS;
    g_mutex_unlock(&fake.lock);
    return code;
}

LONG
SCardReleaseContext(SCARDCONTEXT context)
{
    (void)context;
    g_mutex_lock(&fake.lock);
    fake.n_contexts--;
    g_mutex_unlock(&fake.lock);
    return SCARD_S_SUCCESS;
}

LONG
SCardListReaders(SCARDCONTEXT context, LPCSTR groups, LPSTR readers, LPDWORD n)
{
    (void)context;
    (void)groups;
    g_mutex_lock(&fake.lock);
    LONG code = fake.list;
    if (!code && !fake.n_readers)
        code = SCARD_E_NO_READERS_AVAILABLE;
    *n = (DWORD)(fake.n_readers * 4 + 1);
    if (!code)
        memcpy(readers, fake.n_readers == 2 ? "one\0two\0" : "one\0", *n);
    g_mutex_unlock(&fake.lock);
    return code;
}

static DWORD
state_of(int i)
{
    if (i < 0 || i >= fake.n_readers)
        return SCARD_STATE_UNKNOWN;
    DWORD state = fake.cards[i] ? SCARD_STATE_PRESENT : SCARD_STATE_EMPTY;
    return state | fake.flags[i] | fake.counter[i] << 16;
}

LONG
SCardGetStatusChange(SCARDCONTEXT context, DWORD timeout, SCARD_READERSTATE *states, DWORD n)
{
    gboolean has_changed = FALSE;
    LONG code = SCARD_S_SUCCESS;

    (void)context;
    g_mutex_lock(&fake.lock);
    unsigned seen = fake.change;
    for (;;) {
        for (DWORD i = 0; i < n; i++) {
            gboolean is_list = states[i].szReader[0] == '\\';
            DWORD now =
                is_list ? (DWORD)fake.n_readers << 16 : state_of(index_of(states[i].szReader));
            states[i].dwEventState = now;
            if (now == states[i].dwCurrentState)
                continue;
            states[i].dwEventState |= SCARD_STATE_CHANGED;
            has_changed = TRUE;
        }
        if (fake.establish) /* it died */
            code = SCARD_F_COMM_ERROR;
        else if (is_cancelled && timeout == INFINITE)
            code = SCARD_E_CANCELLED;
        if (has_changed || code)
            break;
        if (timeout != INFINITE) {
            code = timeout ? SCARD_E_TIMEOUT : SCARD_S_SUCCESS;
            if (timeout && fake.is_gone_later) {
                card_free(fake.cards[0]);
                fake.cards[0] = NULL;
                fake.is_gone_later = FALSE;
                code = SCARD_S_SUCCESS;
                states[0].dwEventState = state_of(0) | SCARD_STATE_CHANGED;
            }
            break;
        }
        while (seen == fake.change && !is_cancelled)
            g_cond_wait(&fake.more, &fake.lock);
        seen = fake.change;
    }
    is_cancelled = is_cancelled && timeout != INFINITE;
    g_mutex_unlock(&fake.lock);
    return code;
}

LONG
SCardCancel(SCARDCONTEXT context)
{
    (void)context;
    g_mutex_lock(&fake.lock);
    is_cancelled = TRUE;
    g_cond_broadcast(&fake.more);
    g_mutex_unlock(&fake.lock);
    return SCARD_S_SUCCESS;
}

LONG
SCardConnect(SCARDCONTEXT context,
             LPCSTR reader,
             DWORD share,
             DWORD protocols,
             LPSCARDHANDLE handle,
             LPDWORD protocol)
{
    (void)context;
    g_assert_cmpuint(share, ==, SCARD_SHARE_SHARED);
    (void)protocols;
    g_mutex_lock(&fake.lock);
    LONG code = fake.connect;
    int i = index_of(reader);
    if (!code && fake.n_busy > 0) {
        fake.n_busy--;
        code = SCARD_E_SHARING_VIOLATION;
    }
    if (!code && (i < 0 || i >= fake.n_readers))
        code = SCARD_E_UNKNOWN_READER;
    if (!code && !fake.cards[i])
        code = SCARD_E_NO_SMARTCARD;
    *handle = i;
    *protocol = fake.protocol ? fake.protocol : SCARD_PROTOCOL_T1;
    fake.n_connections += !code;
    g_mutex_unlock(&fake.lock);
    return code;
}

LONG
SCardReconnect(SCARDHANDLE handle, DWORD share, DWORD protocols, DWORD init, LPDWORD protocol)
{
    (void)handle;
    (void)share;
    (void)protocols;
    (void)init;
    (void)protocol;
    return fake.reconnect;
}

LONG
SCardDisconnect(SCARDHANDLE handle, DWORD how)
{
    (void)handle;
    g_assert_cmpuint(how, ==, SCARD_LEAVE_CARD);
    g_mutex_lock(&fake.lock);
    fake.n_connections--;
    g_mutex_unlock(&fake.lock);
    return SCARD_S_SUCCESS;
}

LONG
SCardBeginTransaction(SCARDHANDLE handle)
{
    (void)handle;
    g_mutex_lock(&fake.lock);
    LONG code = fake.begin;
    if (!code && fake.n_resets > 0) {
        fake.n_resets--;
        code = SCARD_W_RESET_CARD;
    }
    fake.n_transactions += !code;
    g_mutex_unlock(&fake.lock);
    return code;
}

LONG
SCardEndTransaction(SCARDHANDLE handle, DWORD how)
{
    g_mutex_lock(&fake.lock);
    fake.n_transactions--;
    fake.was_reset = how == SCARD_RESET_CARD;
    if (fake.was_reset && fake.cards[handle])
        card_reset(fake.cards[handle]);
    g_mutex_unlock(&fake.lock);
    return SCARD_S_SUCCESS;
}

LONG
SCardTransmit(SCARDHANDLE handle,
              const SCARD_IO_REQUEST *pci,
              LPCBYTE in,
              DWORD n,
              SCARD_IO_REQUEST *pci_out,
              LPBYTE out,
              LPDWORD n_out)
{
    static uint8_t answer[CARD_ANSWER_MAX];
    LONG code;

    (void)pci_out;
    g_mutex_lock(&fake.lock);
    g_assert_cmpuint(pci->dwProtocol, ==, fake.protocol ? fake.protocol : SCARD_PROTOCOL_T1);
    while (fake.holds)
        g_cond_wait(&fake.more, &fake.lock);
    code = fake.transmit;
    if (fake.fail_in && --fake.fail_in == 0)
        code = SCARD_W_REMOVED_CARD;
    if (!code && fake.is_short) {
        *n_out = 1;
    } else if (!code) {
        int got = fake.cards[handle] ? card_apdu(fake.cards[handle], in, n, answer) : -1;
        if (got < 0 || (DWORD)got > *n_out) {
            code = got < 0 ? SCARD_W_REMOVED_CARD : SCARD_E_INSUFFICIENT_BUFFER;
        } else {
            memcpy(out, answer, (size_t)got);
            *n_out = (DWORD)got;
        }
    }
    g_mutex_unlock(&fake.lock);
    return code;
}

LONG
SCardControl(
    SCARDHANDLE handle, DWORD what, LPCVOID in, DWORD n, LPVOID out, DWORD room, LPDWORD n_out)
{
    static const uint8_t features[] = {6, 4, 0x42, 0x33, 0x00, 0x06};

    (void)handle;
    (void)in;
    (void)n;
    g_assert_cmpuint(room, >=, sizeof features);
    *n_out = 0;
    if (fake.control)
        return fake.control;
    if (what == CM_IOCTL_GET_FEATURE_REQUEST) {
        memcpy(out, features, sizeof features);
        *n_out = sizeof features;
    } else if (!fake.is_short) {
        memcpy(out, "\x64\x01", 2);
        *n_out = 2;
    }
    return SCARD_S_SUCCESS;
}

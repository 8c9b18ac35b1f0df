/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pinpad.c - a reader with keys of its own: Debian's virtual reader, and PC/SC part 10 added to
 * it.
 *
 * What is typed on the keys is read from $PINPAD_FILE when they are asked for: a line with the
 * PIN, two lines (old, new) to change one.  "timeout" answers 6400; no such file, or an empty
 * one, is the cancel key: 6401.  With a FIFO the reader waits, as one does for people.
 * $PINPAD_ONLY_VERIFY leaves the change of PINs out.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <winscard.h>

#include <ifdhandler.h>
#include <reader.h>

enum {
    PIN_MAX = 64
};

#define CODE(feature) SCARD_CTL_CODE((feature) + 0x330000)
static const char driver[] = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";

static void *
original(const char *name)
{
    static void *library;

    if (!library)
        library = dlopen(driver, RTLD_NOW | RTLD_LOCAL);
    void *f = library ? dlsym(library, name) : NULL;
    if (!f) {
        fprintf(stderr, "pinpad: %s\n", dlerror());
        abort();
    }
    return f;
}

/* Hands a call over to the driver. */
#define HAND_OVER(name, ...)                                                                   \
    __typeof__(name) *f;                                                                       \
    *(void **)&f = original(#name);                                                            \
    return f(__VA_ARGS__)

RESPONSECODE
IFDHCreateChannelByName(DWORD lun, LPSTR name)
{
    HAND_OVER(IFDHCreateChannelByName, lun, name);
}

RESPONSECODE
IFDHCreateChannel(DWORD lun, DWORD channel)
{
    HAND_OVER(IFDHCreateChannel, lun, channel);
}

RESPONSECODE
IFDHCloseChannel(DWORD lun)
{
    HAND_OVER(IFDHCloseChannel, lun);
}

RESPONSECODE
IFDHGetCapabilities(DWORD lun, DWORD tag, PDWORD size, PUCHAR value)
{
    HAND_OVER(IFDHGetCapabilities, lun, tag, size, value);
}

RESPONSECODE
IFDHSetCapabilities(DWORD lun, DWORD tag, DWORD size, PUCHAR value)
{
    HAND_OVER(IFDHSetCapabilities, lun, tag, size, value);
}

RESPONSECODE
IFDHSetProtocolParameters(
    DWORD lun, DWORD protocol, UCHAR flags, UCHAR pts1, UCHAR pts2, UCHAR pts3)
{
    HAND_OVER(IFDHSetProtocolParameters, lun, protocol, flags, pts1, pts2, pts3);
}

RESPONSECODE
IFDHPowerICC(DWORD lun, DWORD action, PUCHAR atr, PDWORD size)
{
    HAND_OVER(IFDHPowerICC, lun, action, atr, size);
}

RESPONSECODE
IFDHTransmitToICC(DWORD lun,
                  SCARD_IO_HEADER send,
                  PUCHAR in,
                  DWORD n,
                  PUCHAR out,
                  DWORD *out_n,
                  PSCARD_IO_HEADER got)
{
    HAND_OVER(IFDHTransmitToICC, lun, send, in, n, out, out_n, got);
}

RESPONSECODE
IFDHICCPresence(DWORD lun)
{
    HAND_OVER(IFDHICCPresence, lun);
}

/* A line of digits into @pin; returns its length, 0 for none. */
static size_t
typed(FILE *keys, char pin[PIN_MAX + 2])
{
    if (!fgets(pin, PIN_MAX + 2, keys))
        return 0;
    size_t n = strcspn(pin, "\n");
    pin[n] = 0;
    return n;
}

/* Reads @n_pins from the keys and adds them to @apdu; returns its length, or the status word.
 */
static size_t
build(uint8_t apdu[5 + 2 * PIN_MAX], unsigned n_pins, uint16_t *sw)
{
    const char *path = getenv("PINPAD_FILE");
    FILE *keys = path ? fopen(path, "r") : NULL;
    char pin[PIN_MAX + 2];
    size_t at = 5;

    *sw = 0;
    for (unsigned i = 0; i < n_pins && !*sw; i++) {
        size_t n = keys ? typed(keys, pin) : 0;
        if (!n || n > PIN_MAX)
            *sw = 0x6401;
        else if (!strcmp(pin, "timeout"))
            *sw = 0x6400;
        else
            memcpy(apdu + at, pin, n);
        at += n;
    }
    if (keys)
        (void)fclose(keys);
    explicit_bzero(pin, sizeof pin);
    apdu[4] = (uint8_t)(at - 5);
    return at;
}

static RESPONSECODE
ask(DWORD lun, const uint8_t *head, unsigned n_pins, PUCHAR out, DWORD max, LPDWORD out_n)
{
    uint8_t apdu[5 + 2 * PIN_MAX];
    uint16_t sw;

    memcpy(apdu, head, 4);
    size_t n = build(apdu, n_pins, &sw);
    if (sw) {
        out[0] = (UCHAR)(sw >> 8);
        out[1] = (UCHAR)sw;
        *out_n = 2;
        return IFD_SUCCESS;
    }
    SCARD_IO_HEADER send = {1, 0}, got = {1, 0};
    DWORD size = max;
    RESPONSECODE code = IFDHTransmitToICC(lun, send, apdu, n, out, &size, &got);
    explicit_bzero(apdu, sizeof apdu);
    *out_n = size;
    return code;
}

/* Is what the host gave a command's header, and a length of none? */
static int
is_header(const uint8_t *data, DWORD n, uint32_t said, uint8_t ins)
{
    return said == n && (n == 4 || (n == 5 && !data[4])) && data[1] == ins;
}

static size_t
feature(uint8_t *to, uint8_t tag, uint32_t code)
{
    to[0] = tag;
    to[1] = 4;
    for (unsigned i = 0; i < 4; i++)
        to[2 + i] = (uint8_t)(code >> (24 - 8 * i));
    return 6;
}

RESPONSECODE
IFDHControl(DWORD lun, DWORD code, PUCHAR in, DWORD n, PUCHAR out, DWORD max, LPDWORD out_n)
{
    int can_change = !getenv("PINPAD_ONLY_VERIFY");

    *out_n = 0;
    if (code == CM_IOCTL_GET_FEATURE_REQUEST) {
        if (max < 18)
            return IFD_ERROR_INSUFFICIENT_BUFFER;
        size_t at = feature(out, FEATURE_VERIFY_PIN_DIRECT, CODE(FEATURE_VERIFY_PIN_DIRECT));
        if (can_change)
            at += feature(out + at, FEATURE_MODIFY_PIN_DIRECT, CODE(FEATURE_MODIFY_PIN_DIRECT));
        at += feature(out + at, FEATURE_IFD_PIN_PROPERTIES, CODE(FEATURE_IFD_PIN_PROPERTIES));
        *out_n = at;
        return IFD_SUCCESS;
    }
    if (code == CODE(FEATURE_IFD_PIN_PROPERTIES)) {
        PIN_PROPERTIES_STRUCTURE has = {.bEntryValidationCondition = 7};
        if (max < sizeof has)
            return IFD_ERROR_INSUFFICIENT_BUFFER;
        memcpy(out, &has, sizeof has);
        *out_n = sizeof has;
        return IFD_SUCCESS;
    }
    if (code == CODE(FEATURE_VERIFY_PIN_DIRECT)) {
        PIN_VERIFY_STRUCTURE ask_for;
        if (n < sizeof ask_for || max < 2)
            return IFD_COMMUNICATION_ERROR;
        memcpy(&ask_for, in, sizeof ask_for);
        const uint8_t *data = in + sizeof ask_for;
        if (!is_header(data, n - sizeof ask_for, ask_for.ulDataLength, 0x20))
            return IFD_COMMUNICATION_ERROR;
        return ask(lun, data, 1, out, max, out_n);
    }
    if (code == CODE(FEATURE_MODIFY_PIN_DIRECT) && can_change) {
        PIN_MODIFY_STRUCTURE ask_for;
        if (n < sizeof ask_for || max < 2)
            return IFD_COMMUNICATION_ERROR;
        memcpy(&ask_for, in, sizeof ask_for);
        const uint8_t *data = in + sizeof ask_for;
        if (!is_header(data, n - sizeof ask_for, ask_for.ulDataLength, 0x24))
            return IFD_COMMUNICATION_ERROR;
        return ask(lun, data, 2, out, max, out_n);
    }
    return IFD_ERROR_NOT_SUPPORTED;
}

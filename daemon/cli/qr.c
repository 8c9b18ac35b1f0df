/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * qr.c - QR codes on the terminal: half a character for each module.
 */
#include <glib/gi18n.h>
#include <qrencode.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/agent.h"

enum {
    QUIET_MODULES = 4 /* white round the code, as its standard wants */
};

static gboolean
is_dark(const QRcode *code, int row, int column)
{
    row -= QUIET_MODULES;
    column -= QUIET_MODULES;
    return row >= 0 && column >= 0 && row < code->width && column < code->width &&
           code->data[row * code->width + column] & 1;
}

static void
print_row(const QRcode *code, int row, int width, gboolean has_colour)
{
    static const char *const blocks[] = {" ", "\u2584", "\u2580", "\u2588"};

    /* Black on white, whatever the terminal's colours are; without any it may be on paper. */
    if (has_colour)
        printf("\033[30;107m");
    for (int column = 0; column < width; column++)
        printf("%s", blocks[2 * is_dark(code, row, column) + is_dark(code, row + 1, column)]);
    printf(has_colour ? "\033[0m\n" : "\n");
}

/* A code that is broken into lines is none. */
static gboolean
has_room(N2Cli *cli, int width)
{
    struct winsize size;

    if (!cli->out_is_terminal || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col ||
        size.ws_col >= width)
        return TRUE;
    g_autofree char *text = g_strdup_printf(
        _("The QR code needs %u columns: make the window wider, or the letters smaller."),
        (guint)width);
    n2_cli_agent_say(cli, text);
    return FALSE;
}

gboolean
n2_cli_print_qr(N2Cli *cli, const char *text)
{
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);

    if (!code)
        code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
    if (!code)
        return FALSE;
    int width = code->width + 2 * QUIET_MODULES;
    gboolean is_fine = has_room(cli, width);
    for (int row = 0; is_fine && row < width; row += 2)
        print_row(code, row, width, cli->has_colour);
    QRcode_free(code);
    return is_fine;
}

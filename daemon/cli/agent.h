/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * agent.h - the command line asks the person, or a program, what an order waits for.
 *
 * Layer:   cli.
 * Threads: the main context of the program.
 *
 * PINs and passphrases come from the terminal without echo, or from descriptors as lines.  A
 * line of --pin-fd is used again, for what one order asks about one token, as long as the token
 * counts no wrong try in between: so nothing is ever tried again that was wrong.
 */
#pragma once

#include "cli/cli.h"
#include "cli/secret.h"

G_BEGIN_DECLS

/** What the command's options say; set it up by N2_CLI_AGENT_INIT. */
typedef struct {
    int pin_fd; /* -1: none */
    int admin_pin_fd;
    int passphrase_fd;
    int words_fd; /* of a recovery sheet */
    gboolean allows_last;
    gboolean is_deaf; /* answers no asks: the command itself sends what would be asked for */
    char *as;         /* (nullable): nobody, account, k1-...; NULL: asked at the
                         terminal */
} N2CliAgentOptions;

#define N2_CLI_AGENT_INIT                                                                      \
    {                                                                                          \
        .pin_fd = -1, .admin_pin_fd = -1, .passphrase_fd = -1, .words_fd = -1                  \
    }

/* clang-format off */
#define N2_CLI_AGENT_ENTRIES(o) \
    {"pin-fd", 0, 0, G_OPTION_ARG_INT, &(o).pin_fd, NULL, NULL}, \
    {"admin-pin-fd", 0, 0, G_OPTION_ARG_INT, &(o).admin_pin_fd, NULL, NULL}, \
    {"passphrase-fd", 0, 0, G_OPTION_ARG_INT, &(o).passphrase_fd, NULL, NULL}, \
    {"words-fd", 0, 0, G_OPTION_ARG_INT, &(o).words_fd, NULL, NULL}, \
    {"last-try", 0, 0, G_OPTION_ARG_NONE, &(o).allows_last, NULL, NULL}

/** Of commands that read from sites. */
#define N2_CLI_LOGIN_ENTRIES(o) \
    {"as", 0, 0, G_OPTION_ARG_STRING, &(o).as, NULL, NULL}, N2_CLI_AGENT_ENTRIES(o)
/* clang-format on */

/**
 * Enters the fence, with the terminal open, and becomes agent.
 *
 * @options: (transfer none): copied.
 *
 * Returns: FALSE with N2_ERR_USAGE: no such descriptor.
 */
gboolean n2_cli_agent_start(N2Cli *cli, const N2CliAgentOptions *options, GError **error);

/**
 * The same for a command that enters the fence itself, and may meet a site which asks who is
 * there: only where --as or a terminal can answer.  Before the fence; n2_cli_agent_register()
 * behind it.
 *
 * @options: its `as` is consumed.
 */
gboolean n2_cli_agent_prepare(N2Cli *cli, N2CliAgentOptions *options, GError **error);
void n2_cli_agent_register(N2Cli *cli);

/** The terminal is as it was before; also without a start. */
void n2_cli_agent_stop(N2Cli *cli);

/** n2_cli_finish() of an order: what was asked meanwhile is over, and an order that failed for
 * want of an answer says so, with N2_ERR_TOKEN if it was a token that asked. */
GVariant *n2_cli_agent_finish(N2Cli *cli, GError **error);

/** Where a secret comes from that the command itself wants. */
typedef enum {
    N2_CLI_PASSPHRASE,
    N2_CLI_NEW_PASSPHRASE, /* typed twice */
    N2_CLI_WORDS           /* shown while they are typed: they are checked by eye */
} N2CliSecretKind;

/**
 * n2_cli_agent_ask_secret:
 * @out: n2_cli_secret_new(): gets it, NUL-terminated
 *
 * Returns: bytes; -1 with @error set: N2_ERR_CANCELLED, or N2_ERR_USAGE if there is nobody to
 * ask
 */
gssize n2_cli_agent_ask_secret(N2Cli *cli, N2CliSecretKind kind, char *out, GError **error);

/** A sentence for the person: on the terminal, or on stderr. */
void n2_cli_agent_say(N2Cli *cli, const char *text);

/** Has the person a terminal? */
gboolean n2_cli_agent_has_terminal(const N2Cli *cli);

G_END_DECLS

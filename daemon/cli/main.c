/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * main.c - net2o: the command line over the node's private socket.
 */
#include <errno.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/agent.h"

static const char *const help =
    N_("net2o - read, publish and look after a net2o node\n"
       "\n"
       "  net2o [--profile DIR] [--json] COMMAND ...\n"
       "\n"
       "  show ADDRESS         a page as text       status   the node and its links\n"
       "  get ADDRESS          fetch a file         fsck     verify the store\n"
       "  ls ADDRESS           list a folder        id       your identities\n"
       "  publish FOLDER       publish a folder     peer     links to other nodes\n"
       "  attr ...             attributes           path     ways to nodes, domain\n"
       "  token list           hardware tokens      name     personal names\n"
       "  reserve NAME RATE    bandwidth there      switch   labels, trees ...\n"
       "  find QUERY           what is here         history  versions of an address\n"
       "  pin ADDRESS          keep it, unpin       why      what is kept, and by what\n"
       "  neighbours           who is near          sync     one tree of several machines\n"
       "\n"
       "  --profile DIR   talk to the node that was started with this --profile\n"
       "  --json          one JSON object, or one a line, for programs\n"
       "  --help, --version\n"
       "\n"
       "'net2o COMMAND --help' tells more.\n"
       "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused, 5 unreachable,\n"
       "6 forged or damaged, 7 token needed, 8 full.\n");

static void
set_locale(void)
{
    const char *folder = g_getenv("N2_LOCALEDIR"); /* for a program that is not installed */

    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, folder ? folder : N2_LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
}

static gboolean
has_colour(void)
{
    const char *no_colour = g_getenv("NO_COLOR");
    const char *term = g_getenv("TERM");

    return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && term &&
           !g_str_equal(term, "dumb");
}

/* GOption stops at the command, so that each command parses its own options. */
static gboolean
parse_common(N2Cli *cli, char **profile, int *argc, char ***argv, GError **error)
{
    gboolean wants_help = FALSE;
    gboolean wants_version = FALSE;
    const GOptionEntry entries[] = {
        {"profile", 0, 0, G_OPTION_ARG_FILENAME, profile, NULL, NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &cli->is_json, NULL, NULL},
        {"help", 'h', 0, G_OPTION_ARG_NONE, &wants_help, NULL, NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &wants_version, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) cause = NULL;

    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_strict_posix(context, TRUE);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, &cause)) {
        n2_error_set(error, N2_ERR_USAGE, "net2o", cause->message, N_("See 'net2o --help'."));
        return FALSE;
    }
    if (wants_help)
        printf("%s", _(help));
    if (wants_version)
        printf("net2o %s\n", N2_VERSION);
    if (wants_help || wants_version)
        exit(0);
    if (*argc > 1 && g_str_equal((*argv)[1], "--")) {
        (*argv)++;
        (*argc)--;
    }
    if (*argc < 2) {
        n2_error_set(error, N2_ERR_USAGE, "net2o", N_("the command is missing"),
                     N_("See 'net2o --help'."));
        return FALSE;
    }
    return TRUE;
}

/* These enter the sandbox themselves, once they know what they read, write or start. */
static gboolean
knows_paths(const N2CliCommand *command)
{
    return command->run == n2_cli_get || command->run == n2_cli_publish ||
           command->run == n2_cli_show || command->run == n2_cli_ls ||
           command->run == n2_cli_fsck || command->run == n2_cli_switch ||
           command->run == n2_cli_id || command->run == n2_cli_token ||
           command->run == n2_cli_name;
}

static gboolean
run(N2Cli *cli, int argc, char **argv, GError **error)
{
    for (const N2CliCommand *c = n2_cli_commands; c->name; c++)
        if (g_str_equal(argv[1], c->name)) {
            if (!knows_paths(c))
                n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
            return c->run(cli, argc - 1, argv + 1, error);
        }
    n2_error_set(error, N2_ERR_USAGE, argv[1], N_("there is no such command"),
                 N_("See 'net2o --help'."));
    return FALSE;
}

/* Did all that was printed get out?  If not, errno says why. */
static gboolean
is_written(void)
{
    if (fflush(stdout) != 0)
        return FALSE;
    if (!ferror(stdout))
        return TRUE;
    /* Something was lost on the way, and its reason with it: it is cut anyway, so ask again. */
    errno = EIO;
    (void)fputc('\n', stdout);
    (void)fflush(stdout);
    return FALSE;
}

int
main(int argc, char **argv)
{
    N2Cli cli = {
        .out_is_terminal = isatty(STDOUT_FILENO),
        .err_is_terminal = isatty(STDERR_FILENO),
        .has_colour = has_colour(),
    };
    g_autofree char *profile = NULL;
    g_autoptr(GError) error = NULL;
    int code = 0;

    set_locale();
    for (int i = 1; i < argc; i++) /* so that a wrong option is told as JSON too */
        cli.is_json |= g_str_equal(argv[i], "--json");
    cli.cancellable = g_cancellable_new();
    gboolean is_fine = parse_common(&cli, &profile, &argc, &argv, &error);
    if (is_fine) {
        cli.client = n2_client_new(profile);
        cli.profile = profile;
        is_fine = run(&cli, argc, argv, &error);
    }
    if (is_fine && !is_written()) { /* a full disk behind a redirection */
        if (errno == EPIPE)
            n2_cli_reader_gone();
        n2_error_set(&error, N2_ERR_NOSPACE, "stdout", g_strerror(errno), NULL);
        is_fine = FALSE;
    }
    n2_cli_agent_stop(&cli);
    n2_cli_say_liars(&cli);
    if (!is_fine)
        code = n2_cli_print_error(&cli, error);
    g_clear_object(&cli.client);
    g_clear_object(&cli.cancellable);
    g_free(cli.fenced_path);
    g_clear_pointer(&cli.liars, g_ptr_array_unref);
    return code;
}

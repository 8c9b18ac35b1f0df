/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * run.c - arguments of commands, and waiting for answers.
 */
#include "cli/cli.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

gboolean
n2_cli_usage(const char *command, const char *word, const char *why, GError **error)
{
    /* Translators: the argument is a command, such as 'net2o peer'. */
    g_autofree char *next = g_strdup_printf(_("See 'net2o %s --help'."), command);

    n2_error_set(error, N2_ERR_USAGE, word, why, next);
    return FALSE;
}

static const char *
help_of(const char *command)
{
    for (const N2CliCommand *c = n2_cli_commands; c->name; c++)
        if (g_str_equal(c->name, command))
            return c->help;
    return NULL;
}

/* That of the command with its first word, or of the command, or of what it is part of. */
static const char *
help_for(const char *command, const char *word)
{
    g_autofree char *both = g_strdup_printf("%s %s", command, word ? word : "");
    g_autofree char *whole = g_strndup(command, strcspn(command, " "));
    const char *help = help_of(both);

    if (!help)
        help = help_of(command);
    return help ? help : help_of(whole);
}

/* GOption ends at "--", but may leave it among the words. */
static void
drop_dashes(int *argc, char **argv)
{
    int at = 1;

    while (at < *argc && !g_str_equal(argv[at], "--"))
        at++;
    if (at == *argc)
        return;
    for (; at + 1 < *argc; at++)
        argv[at] = argv[at + 1];
    argv[--*argc] = NULL;
}

gboolean
n2_cli_parse(N2Cli *cli,
             const GOptionEntry *entries,
             int *argc,
             char ***argv,
             int min,
             int max,
             GError **error)
{
    gboolean wants_help = FALSE;
    const GOptionEntry common[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &cli->is_json, NULL, NULL},
        {"help", 'h', 0, G_OPTION_ARG_NONE, &wants_help, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) cause = NULL;
    const char *command = (*argv)[0];

    g_option_context_set_help_enabled(context, FALSE);
    if (entries)
        g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_main_entries(context, common, NULL);
    if (!g_option_context_parse(context, argc, argv, &cause))
        return n2_cli_usage(command, command, cause->message, error);
    if (wants_help) {
        printf("%s", _(help_for(command, *argc > 1 ? (*argv)[1] : NULL)));
        exit(0);
    }
    drop_dashes(argc, *argv);
    int n = *argc - 1;
    if (n < min)
        return n2_cli_usage(command, command, N_("a word is missing"), error);
    if (max >= 0 && n > max)
        return n2_cli_usage(command, (*argv)[max + 1], N_("this word is one too many"), error);
    return TRUE;
}

/* Index of the first word that is no option; argc if there is none. */
static int
find_word(int argc, char **argv)
{
    int at = 1;

    while (at < argc && argv[at][0] == '-' && argv[at][1])
        at++;
    return at;
}

gboolean
n2_cli_run_verb(N2Cli *cli, const N2CliVerb *verbs, int argc, char **argv, GError **error)
{
    const char *command = argv[0];
    int at = find_word(argc, argv);

    if (at == argc) {
        if (!n2_cli_parse(cli, NULL, &argc, &argv, 1, 1, error))
            return FALSE;
        return n2_cli_usage(command, argv[1], N_("there is no such command"), error);
    }
    for (const N2CliVerb *verb = verbs; verb->name; verb++)
        if (g_str_equal(verb->name, argv[at])) {
            g_autofree char *whole = g_strdup_printf("%s %s", command, verb->name);
            for (int i = at; i > 1; i--) /* options before it belong to it */
                argv[i] = argv[i - 1];
            argv[1] = whole;
            return verb->run(cli, argc - 1, argv + 1, error);
        }
    return n2_cli_usage(command, argv[at], N_("this is not how it is used"), error);
}

void
n2_cli_done_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    N2Cli *cli = user_data;
    (void)source;

    cli->result = g_object_ref(result);
}

GAsyncResult *
n2_cli_await(N2Cli *cli)
{
    while (!cli->result)
        g_main_context_iteration(NULL, TRUE);
    return g_steal_pointer(&cli->result);
}

GVariant *
n2_cli_finish(N2Cli *cli, GError **error)
{
    g_autoptr(GAsyncResult) result = n2_cli_await(cli);

    return n2_client_finish(cli->client, result, error);
}

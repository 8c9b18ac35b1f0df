/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-people.c - net2o id trust, contact: whom the user knows, who vouches for whom, and what
 * is to be known of who answers.
 */
#include "cli/people.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "base/why.h"
#include "client/orders.h"
#include "client/why.h"

static const char *
word_of(GVariant *dict, const char *key)
{
    const char *word = n2_dict_string(dict, key);

    return word ? word : "";
}

/* ---- reasons ---- */

static n2_verdict
verdict_of(GVariant *dict)
{
    const char *word = word_of(dict, "verdict");

    for (n2_verdict v = N2_VERDICT_GO; v < N2_VERDICT_STOP; v++)
        if (g_str_equal(word, n2_verdict_word(v)))
            return v;
    return *word ? N2_VERDICT_STOP : N2_VERDICT_GO; /* of one that says nothing, nothing */
}

/* (transfer full): safe for a terminal. */
static char *
sentence(GVariant *reason)
{
    g_autofree char *words = n2_why_dup_words(reason);

    return n2_cli_clean(words);
}

/* Worth a word to who did not ask: it is another one than before, or may pass for another. That
 * somebody is new, or not confirmed, is not. */
static gboolean
is_unusual(GVariant *reason)
{
    static const n2_why usual[] = {N2_WHY_UNCONFIRMED, N2_WHY_FIRST, N2_WHY_FIRST_NAME,
                                   N2_WHY_CLOCK, N2_WHY_LAPSED};
    n2_why why = n2_why_of_word(word_of(reason, "code"));

    if (verdict_of(reason) == N2_VERDICT_GO)
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(usual); i++)
        if (why == usual[i])
            return FALSE;
    return TRUE;
}

/* Of what date it is, and from whom, if its author could not be asked. */
static void
say_unconfirmed(GVariant *info)
{
    g_autoptr(GVariant) from = n2_dict_dup(info, "from", "as");
    g_autofree char *when = n2_cli_format_time((gint64)n2_dict_uint(info, "published"));
    const char *holder = NULL;

    if (!n2_dict_bool(info, "unconfirmed"))
        return;
    if (from && g_variant_n_children(from))
        g_variant_get_child(from, 0, "&s", &holder);
    if (holder)
        /* Translators: a date and time; k1-... of the node that sent it. */
        fprintf(stderr,
                _("Its author can't be reached. This was published %s; it comes from %s.\n"),
                when, holder);
    else
        /* Translators: a date and time. */
        fprintf(stderr,
                _("Its author can't be reached. This was published %s and kept here.\n"), when);
}

gboolean
n2_cli_judge(N2Cli *cli, GVariant *info, GError **error)
{
    g_autoptr(GVariant) reasons = n2_dict_dup(info, "reasons", "aa{sv}");
    g_autoptr(GString) against = g_string_new(NULL);
    gboolean asks = verdict_of(info) >= N2_VERDICT_ASK;
    static gboolean is_said; /* of a page, and not again of its pictures */

    for (gsize i = 0; reasons && i < g_variant_n_children(reasons); i++) {
        g_autoptr(GVariant) reason = g_variant_get_child_value(reasons, i);
        g_autofree char *words = sentence(reason);

        if (asks && verdict_of(reason) >= N2_VERDICT_ASK)
            g_string_append_printf(against, "%s%s", against->len ? " " : "", words);
        else if (!asks && !is_said && !cli->is_json && is_unusual(reason))
            fprintf(stderr, "%s\n", words);
    }
    if (!is_said && !asks && !cli->is_json)
        say_unconfirmed(info);
    is_said = TRUE;
    if (!asks)
        return TRUE;
    n2_error_set(
        error, N2_ERR_REFUSED, word_of(info, "address"),
        against->len ? against->str : N_("it may not be who it seems"),
        N_("See 'net2o id trust' with this address; with --accept you go on with it."));
    return FALSE;
}

/* ---- trust ---- */

static const char *
verdict_words(n2_verdict verdict)
{
    static const char *const words[] = {
        N_("Nothing stands against it."), N_("Go on, but know this:"),
        N_("Decide yourself, knowing this:"), N_("Do not go on:")};

    return _(words[verdict]);
}

static void
print_trust(const N2Cli *cli, GVariant *trust)
{
    g_autoptr(GVariant) reasons = n2_dict_dup(trust, "reasons", "aa{sv}");
    n2_verdict verdict = verdict_of(trust);
    g_autofree char *head = n2_cli_tone(
        cli, verdict >= N2_VERDICT_ASK ? N2_TONE_BAD : N2_TONE_TITLE, verdict_words(verdict));

    printf("%s\n%s\n", word_of(trust, "identity"), head);
    for (gsize i = 0; reasons && i < g_variant_n_children(reasons); i++) {
        g_autoptr(GVariant) reason = g_variant_get_child_value(reasons, i);
        g_autofree char *words = sentence(reason);

        printf("  %s\n", words);
    }
}

static GVariant *
ask_trust(N2Cli *cli, const char *address, const char *purpose, GError **error)
{
    n2_client_trust_async(cli->client, address, purpose, cli->cancellable, n2_cli_done_cb, cli);
    return n2_cli_finish(cli, error);
}

gboolean
n2_cli_accept(N2Cli *cli, const char *name, const char *identity, GError **error)
{
    n2_client_trust_accept_async(cli->client, name, identity, cli->cancellable, n2_cli_done_cb,
                                 cli);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);

    return answer != NULL;
}

/* Goes on with who has the name now; then it is asked for once more, as it is from now on. */
static GVariant *
accept_it(N2Cli *cli, const char *address, const char *purpose, GVariant *trust, GError **error)
{
    const char *name = word_of(trust, "name");

    if (!*name) {
        (void)n2_cli_usage("id trust", address, N_("this is no name, so it is always the same"),
                           error);
        return NULL;
    }
    if (!n2_cli_accept(cli, name, word_of(trust, "identity"), error))
        return NULL;
    return ask_trust(cli, address, purpose, error);
}

gboolean
n2_cli_id_trust(N2Cli *cli, int argc, char **argv, GError **error)
{
    g_autofree char *purpose = NULL;
    gboolean accepts = FALSE;
    const GOptionEntry entries[] = {
        {"for", 0, 0, G_OPTION_ARG_STRING, &purpose, NULL, NULL},
        {"accept", 0, 0, G_OPTION_ARG_NONE, &accepts, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };

    if (!n2_cli_parse(cli, entries, &argc, &argv, 1, 1, error))
        return FALSE;
    const char *what_for = purpose ? purpose : "read";
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    g_autoptr(GVariant) trust = ask_trust(cli, argv[1], what_for, error);
    if (trust && accepts) {
        g_autoptr(GVariant) before = g_steal_pointer(&trust);
        trust = accept_it(cli, argv[1], what_for, before, error);
    }
    if (!trust)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(trust);
    else
        print_trust(cli, trust);
    return TRUE;
}

/* ---- contacts ---- */

static char *
state_words(GVariant *contact)
{
    const char *state = word_of(contact, "state");
    const char *successor = n2_dict_string(contact, "successor");

    if (g_str_equal(state, "frozen"))
        return g_strdup(_("frozen: its keys are in dispute"));
    if (!g_str_equal(state, "ended"))
        return g_strdup("");
    return successor ? g_strdup_printf(_("ended; its successor is %s"), successor)
                     : g_strdup(_("ended by its recovery sheet"));
}

static char *
marks_words(GVariant *contact)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    gint64 met_us = (gint64)n2_dict_uint(contact, "met-at");

    if (n2_dict_bool(contact, "met")) {
        g_autofree char *day = n2_date_dup_words(met_us);
        g_ptr_array_add(words, met_us ? g_strdup_printf(_("met in person on %s"), day)
                                      : g_strdup(_("met in person")));
    }
    if (n2_dict_bool(contact, "introduces"))
        g_ptr_array_add(words, g_strdup(_("introduces others")));
    if (n2_dict_bool(contact, "audits"))
        g_ptr_array_add(words, g_strdup(_("judges others")));
    g_ptr_array_add(words, NULL);
    return g_strjoinv(", ", (char **)words->pdata);
}

static void
print_contacts(GVariant *contacts)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    for (gsize i = 0; i < g_variant_n_children(contacts); i++) {
        g_autoptr(GVariant) contact = g_variant_get_child_value(contacts, i);
        g_autofree char *marks = marks_words(contact);
        g_autofree char *state = state_words(contact);

        g_ptr_array_add(rows, n2_cli_row(word_of(contact, "address"), word_of(contact, "name"),
                                         marks, state, NULL));
    }
    n2_cli_print_columns(rows, 0);
}

/* "2026-05-03": microseconds since 1970; 0: it is no day. */
static gint64
read_day(const char *word)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_local();
    g_autofree char *noon = g_strconcat(word, "T12:00:00", NULL);
    g_autoptr(GDateTime) day = g_date_time_new_from_iso8601(noon, zone);

    return day ? g_date_time_to_unix(day) * G_USEC_PER_SEC : 0;
}

typedef struct {
    char *name;
    char *met;
    gboolean introduces, audits, is_met, removes, forgets;
    char **no;
} wish;

static gboolean
put_no(GVariantDict *options, char **no, GError **error)
{
    static const char *const known[] = {"met", "introduces", "audits", "name", NULL};

    for (char **word = no; word && *word; word++) {
        if (!g_strv_contains(known, *word))
            return n2_cli_usage("id contact", *word, N_("this is not how it is used"), error);
        if (g_str_equal(*word, "name"))
            g_variant_dict_insert(options, "name", "s", "");
        else
            g_variant_dict_insert(options, *word, "b", FALSE);
    }
    return TRUE;
}

static gboolean
put_wish(GVariantDict *options, const wish *w, GError **error)
{
    gint64 day_us = w->met ? read_day(w->met) : 0;

    if (w->met && !day_us)
        return n2_cli_usage("id contact", w->met, N_("a day is written 2026-05-31"), error);
    if (w->name)
        g_variant_dict_insert(options, "name", "s", w->name);
    if (w->is_met || day_us)
        g_variant_dict_insert(options, "met", "b", TRUE);
    if (day_us)
        g_variant_dict_insert(options, "met-at", "x", day_us);
    if (w->introduces)
        g_variant_dict_insert(options, "introduces", "b", TRUE);
    if (w->audits)
        g_variant_dict_insert(options, "audits", "b", TRUE);
    return put_no(options, w->no, error);
}

static gboolean
remove_contact(N2Cli *cli, const char *who, GError **error)
{
    n2_client_contact_remove_async(cli->client, who, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);

    if (answer && cli->is_json)
        n2_cli_print_json_words("removed", who, NULL);
    return answer != NULL;
}

static gboolean
list_contacts(N2Cli *cli, GError **error)
{
    n2_client_contact_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) contacts = n2_cli_finish(cli, error);

    if (contacts && cli->is_json)
        n2_cli_print_json(contacts);
    else if (contacts)
        print_contacts(contacts);
    return contacts != NULL;
}

static gboolean
set_contact(N2Cli *cli, const char *who, const wish *w, GError **error)
{
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
    if (!put_wish(&options, w, error)) {
        g_variant_dict_clear(&options);
        return FALSE;
    }
    n2_client_contact_set_async(cli->client, who, g_variant_dict_end(&options),
                                cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) contact = n2_cli_finish(cli, error);
    if (contact && cli->is_json)
        n2_cli_print_json(contact);
    return contact != NULL;
}

static gboolean
forget_met(N2Cli *cli, GError **error)
{
    n2_client_met_forget_async(cli->client, 0, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);

    if (answer && cli->is_json)
        n2_cli_print_json_words("forgotten", "met", NULL);
    return answer != NULL;
}

gboolean
n2_cli_id_contact(N2Cli *cli, int argc, char **argv, GError **error)
{
    wish w = {0};
    const GOptionEntry entries[] = {
        {"name", 0, 0, G_OPTION_ARG_STRING, &w.name, NULL, NULL},
        {"met", 0, 0, G_OPTION_ARG_NONE, &w.is_met, NULL, NULL},
        {"met-on", 0, 0, G_OPTION_ARG_STRING, &w.met, NULL, NULL},
        {"introduces", 0, 0, G_OPTION_ARG_NONE, &w.introduces, NULL, NULL},
        {"audits", 0, 0, G_OPTION_ARG_NONE, &w.audits, NULL, NULL},
        {"not", 0, 0, G_OPTION_ARG_STRING_ARRAY, &w.no, NULL, NULL},
        {"remove", 0, 0, G_OPTION_ARG_NONE, &w.removes, NULL, NULL},
        {"forget-met", 0, 0, G_OPTION_ARG_NONE, &w.forgets, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    gboolean is_fine = n2_cli_parse(cli, entries, &argc, &argv, 0, 1, error);

    if (is_fine)
        n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    if (is_fine && argc == 1 && w.forgets)
        is_fine = forget_met(cli, error);
    else if (is_fine && w.forgets)
        is_fine = n2_cli_usage("id contact", argv[1], N_("this word is one too many"), error);
    else if (is_fine && argc == 1)
        is_fine = list_contacts(cli, error);
    else if (is_fine && w.removes)
        is_fine = remove_contact(cli, argv[1], error);
    else if (is_fine)
        is_fine = set_contact(cli, argv[1], &w, error);
    g_free(w.name);
    g_free(w.met);
    g_strfreev(w.no);
    return is_fine;
}

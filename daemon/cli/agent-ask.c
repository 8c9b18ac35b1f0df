/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * agent-ask.c - puts before the person, or a program, what an order waits for.
 */
#include <glib/gi18n.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cli/agent-private.h"
#include "client/orders.h"

static void ask_next(N2CliAgent *a);

void
n2_cli_ask_free(N2CliAsk *q)
{
    g_free(q->want);
    g_variant_unref(q->options);
    g_free(q);
}

static gboolean
wants(const N2CliAsk *q, const char *want)
{
    return g_str_equal(q->want, want);
}

static gboolean
is_text(const N2CliAsk *q)
{
    return wants(q, "pin") || wants(q, "sign-pin") || wants(q, "last-pin") ||
           wants(q, "new-pin") || wants(q, "admin-pin") || wants(q, "reset-code") ||
           wants(q, "passphrase");
}

/* (transfer none) */
static const char *
token_of(const N2CliAsk *q)
{
    const char *token = n2_dict_string(q->options, "token");

    return token && *token ? token : _("the token");
}

static guint
tries_of(const N2CliAsk *q)
{
    g_autoptr(GVariant) tries = n2_dict_dup(q->options, "tries", "x");

    return tries ? (guint)CLAMP(g_variant_get_int64(tries), 0, N2_CLI_TRIES_UNKNOWN)
                 : N2_CLI_TRIES_UNKNOWN;
}

/* One of a kind and a token (transfer full). */
static char *
told_key(const N2CliAsk *q)
{
    if (wants(q, "passphrase"))
        return g_strdup("passphrase");
    return g_strdup_printf("%s %s",
                           wants(q, "admin-pin") || wants(q, "reset-code") ? q->want : "pin",
                           token_of(q));
}

static void
note_told(N2CliAgent *a, const N2CliAsk *q)
{
    if (!wants(q, "new-pin"))
        g_hash_table_insert(a->told, told_key(q), GUINT_TO_POINTER(tries_of(q)));
}

/* It was told, and it is asked for again. */
static gboolean
was_wrong(const N2CliAgent *a, const N2CliAsk *q)
{
    g_autofree char *key = told_key(q);
    gpointer tries = NULL;

    if (wants(q, "new-pin") || !g_hash_table_lookup_extended(a->told, key, NULL, &tries))
        return FALSE;
    return wants(q, "passphrase") ||
           (tries_of(q) != N2_CLI_TRIES_UNKNOWN && tries_of(q) < GPOINTER_TO_UINT(tries));
}

/* ---- answers ---- */

void
n2_cli_agent_on_told_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    /* What the answer was for fails by itself if it came too late. */
    g_autoptr(GVariant) answer = n2_client_finish(N2_CLIENT(source), result, NULL);
    (void)user_data;
}

/* The head was answered, or is over. */
static void
drop_head(N2CliAgent *a)
{
    g_clear_handle_id(&a->ticking, g_source_remove);
    sodium_memzero(a->first, N2_CLI_SECRET_CAP);
    a->is_asking = FALSE;
    a->is_last = FALSE;
    n2_cli_ask_free(g_queue_pop_head(&a->waiting));
}

const char *
n2_cli_ask_what(const N2CliAsk *q)
{
    return wants(q, "passphrase") ? "passphrase" : wants(q, "words") ? "words" : token_of(q);
}

static void
refuse(N2CliAgent *a, n2_err code, const char *why, const char *next)
{
    const N2CliAsk *q = g_queue_peek_head(&a->waiting);

    if (!a->failed)
        a->failed = n2_error_make(code, n2_cli_ask_what(q), why, next);
    n2_client_agent_refuse_async(a->cli->client, q->id, NULL, n2_cli_agent_on_told_cb, NULL);
    drop_head(a);
    ask_next(a);
}

static void
give_up(N2CliAgent *a)
{
    const N2CliAsk *q = g_queue_peek_head(&a->waiting);

    refuse(a, wants(q, "passphrase") ? N2_ERR_CANCELLED : N2_ERR_TOKEN, N_("it was cancelled"),
           N_("Start it again if you want it after all."));
}

static void
tell(N2CliAgent *a, const char *line, gsize len)
{
    const N2CliAsk *q = g_queue_peek_head(&a->waiting);
    int fd = n2_cli_secret_pipe(line, len, NULL);

    if (fd < 0) {
        refuse(a, N2_ERR_IO, NULL, NULL);
        return;
    }
    note_told(a, q);
    n2_client_agent_tell_async(a->cli->client, q->id, fd, a->is_last, NULL,
                               n2_cli_agent_on_told_cb, NULL);
    drop_head(a);
    ask_next(a);
}

/* @options: sunk. */
static void
choose(N2CliAgent *a, GVariant *options)
{
    const N2CliAsk *q = g_queue_peek_head(&a->waiting);

    n2_client_agent_choose_async(a->cli->client, q->id, options, NULL, n2_cli_agent_on_told_cb,
                                 NULL);
    drop_head(a);
    ask_next(a);
}

/* ---- from descriptors ---- */

static N2CliSupply *
supply_of(N2CliAgent *a, const N2CliAsk *q)
{
    bool is_admin = wants(q, "admin-pin") || wants(q, "reset-code");
    N2CliSupply *s = is_admin                 ? &a->admin_pins
                     : wants(q, "passphrase") ? &a->passphrases
                                              : &a->pins;

    return s->lines ? s : NULL;
}

/* (nullable) (transfer none) */
static N2CliKept *
find_kept(const N2CliSupply *s, const char *token)
{
    for (guint i = 0; i < s->kept->len; i++) {
        N2CliKept *k = s->kept->pdata[i];
        if (g_str_equal(k->token, token))
            return k;
    }
    return NULL;
}

static void
keep(N2CliSupply *s, const N2CliAsk *q, const char *line, gsize len)
{
    N2CliKept *k = find_kept(s, token_of(q));

    if (!k) {
        k = g_new0(N2CliKept, 1);
        k->token = g_strdup(token_of(q));
        k->secret = n2_cli_secret_new();
        g_ptr_array_add(s->kept, k);
    }
    memcpy(k->secret, line, len + 1);
    k->tries = tries_of(q);
}

static void
on_supplied_cb(const char *line, gsize len, gpointer user_data)
{
    N2CliAgent *a = user_data;
    const N2CliAsk *q = g_queue_peek_head(&a->waiting);

    if ((!line || !len) && was_wrong(a, q)) {
        gboolean is_pin = !wants(q, "passphrase");
        refuse(a, is_pin ? N2_ERR_TOKEN : N2_ERR_REFUSED,
               is_pin ? N_("the PIN is wrong") : N_("the passphrase is wrong"),
               is_pin ? N_("Be sure of it before you go on: each wrong one costs a try.")
                      : N_("Type it again; look whether the caps lock is on."));
        return;
    }
    if (!line || !len) {
        refuse(a, wants(q, "passphrase") ? N2_ERR_REFUSED : N2_ERR_TOKEN,
               N_("more is asked for than the descriptor has lines"),
               N_("Write a line for each PIN or passphrase."));
        return;
    }
    if (wants(q, "new-pin")) { /* what was told before may be the old one */
        g_ptr_array_set_size(a->pins.kept, 0);
        g_ptr_array_set_size(a->admin_pins.kept, 0);
    } else {
        keep(supply_of(a, q), q, line, len);
    }
    tell(a, line, len);
}

/* What was told about this token and cost no try since: so it was right.  (nullable) */
static const N2CliKept *
find_right(const N2CliSupply *s, const N2CliAsk *q)
{
    const N2CliKept *k = find_kept(s, token_of(q));
    guint tries = tries_of(q);

    if (!k || wants(q, "new-pin") || tries == N2_CLI_TRIES_UNKNOWN ||
        k->tries == N2_CLI_TRIES_UNKNOWN || tries < k->tries)
        return NULL;
    return k;
}

static void
ask_supply(N2CliAgent *a, const N2CliAsk *q, N2CliSupply *s)
{
    if (wants(q, "last-pin") || (tries_of(q) == 1 && !wants(q, "new-pin"))) {
        if (!a->allows_last) {
            refuse(a, N2_ERR_TOKEN, N_("only one try is left for this PIN"),
                   N_("Be sure of it, and give --last-try."));
            return;
        }
        a->is_last = TRUE;
    }
    const N2CliKept *right = find_right(s, q);
    if (right)
        tell(a, right->secret, strlen(right->secret));
    else
        n2_cli_lines_ask(s->lines, on_supplied_cb, a);
}

/* ---- from the terminal ---- */

/* (transfer full) */
static char *
prompt_of(const N2CliAsk *q)
{
    guint tries = tries_of(q);
    g_autofree char *left =
        tries == N2_CLI_TRIES_UNKNOWN
            ? g_strdup("")
            : g_strdup_printf(ngettext(" (%u try left)", " (%u tries left)", tries), tries);

    if (wants(q, "passphrase"))
        return g_strdup(_("Passphrase of your keys:"));
    if (wants(q, "sign-pin"))
        /* Translators: the last one is " (2 tries left)" or empty. */
        return g_strdup_printf(_("You are changing who you are. PIN of %s%s:"), token_of(q),
                               left);
    if (wants(q, "admin-pin"))
        return g_strdup_printf(_("Admin PIN of %s%s:"), token_of(q), left);
    if (wants(q, "reset-code"))
        return g_strdup_printf(_("Reset code of %s%s:"), token_of(q), left);
    if (wants(q, "new-pin"))
        return g_strdup_printf(_("New PIN for %s:"), token_of(q));
    return g_strdup_printf(_("PIN of %s%s:"), token_of(q), left);
}

static void
on_typed_again_cb(const char *line, gsize len, gpointer user_data)
{
    N2CliAgent *a = user_data;

    if (line && len == strlen(a->first) && sodium_memcmp(line, a->first, len) == 0)
        tell(a, line, len);
    else if (!line || !len)
        give_up(a);
    else
        refuse(a, N2_ERR_TOKEN, N_("the two are not the same"),
               N_("Nothing was changed; start again."));
}

static void
on_typed_cb(const char *line, gsize len, gpointer user_data)
{
    N2CliAgent *a = user_data;
    const N2CliAsk *q = g_queue_peek_head(&a->waiting);

    if (!line || !len) {
        give_up(a);
    } else if (wants(q, "new-pin")) {
        memcpy(a->first, line, len + 1);
        n2_cli_terminal_ask(a->terminal, _("Once more:"), TRUE, on_typed_again_cb, a);
    } else {
        tell(a, line, len);
    }
}

static gboolean
is_yes(const char *line)
{
    return line && (g_ascii_strcasecmp(line, "yes") == 0 ||
                    g_ascii_strcasecmp(line, C_("typed as consent", "yes")) == 0);
}

static void
on_consent_cb(const char *line, gsize len, gpointer user_data)
{
    N2CliAgent *a = user_data;
    const N2CliAsk *q = g_queue_peek_head(&a->waiting);
    (void)len;

    if (!is_yes(line)) {
        give_up(a);
        return;
    }
    g_autofree char *prompt = prompt_of(q);
    a->is_last = TRUE;
    n2_cli_terminal_ask(a->terminal, prompt, TRUE, on_typed_cb, a);
}

static void
ask_terminal(N2CliAgent *a, const N2CliAsk *q)
{
    g_autofree char *prompt = prompt_of(q);

    if (was_wrong(a, q))
        n2_cli_terminal_say(a->terminal, wants(q, "passphrase") ? _("That passphrase is wrong.")
                                                                : _("That PIN is wrong."));
    if (!wants(q, "last-pin")) {
        n2_cli_terminal_ask(a->terminal, prompt, TRUE, on_typed_cb, a);
        return;
    }
    g_autofree char *warning = g_strdup_printf(
        _("One try is left. If it is wrong again, %s blocks its PIN; then only the admin PIN "
          "or the reset code helps."),
        token_of(q));
    n2_cli_terminal_say(a->terminal, warning);
    n2_cli_terminal_ask(a->terminal, _("Type yes to use it:"), FALSE, on_consent_cb, a);
}

/* ---- what wants no text ---- */

/* For a program: one object, so that it can tell its user. */
static void
print_ask(const N2CliAsk *q)
{
    g_autofree char *options = n2_cli_json(q->options);

    fprintf(stderr, "{\"ask\": \"%s\", \"options\": %s}\n", q->want, options);
}

/* (transfer full) */
static char *
notice_of(const N2CliAsk *q)
{
    if (wants(q, "keypad"))
        return g_strdup_printf(_("Type the PIN at the reader of %s."), token_of(q));
    if (wants(q, "insert"))
        return g_strdup_printf(_("Plug in %s."), token_of(q));
    return g_strdup_printf(_("Touch %s."), token_of(q));
}

static gboolean
on_tick_cb(gpointer user_data)
{
    N2CliAgent *a = user_data;
    const N2CliAsk *q = g_queue_peek_head(&a->waiting);
    g_autofree char *notice = notice_of(q);
    gint64 left_us = q->until_us - g_get_monotonic_time();
    guint left = left_us > 0 ? (guint)((left_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC) : 0;
    /* Translators: "Touch the token. 14 s" */
    g_autofree char *line =
        q->until_us ? g_strdup_printf(_("%s %u s"), notice, left) : g_strdup(notice);

    n2_cli_terminal_show(a->terminal, line);
    return G_SOURCE_CONTINUE;
}

static void
notify(N2CliAgent *a, const N2CliAsk *q)
{
    g_autofree char *notice = notice_of(q);

    if (a->terminal) {
        on_tick_cb(a);
        a->ticking = g_timeout_add_seconds(1, on_tick_cb, a);
    } else if (a->cli->is_json) {
        print_ask(q);
    } else {
        n2_cli_agent_say(a->cli, notice);
    }
}

static void
on_same_cb(const char *line, gsize len, gpointer user_data)
{
    GVariantDict options;
    (void)len;

    g_variant_dict_init(&options, NULL);
    g_variant_dict_insert(&options, "same", "b", is_yes(line));
    choose(user_data, g_variant_dict_end(&options));
}

/* The other machine shows the same three, if nobody is in between. */
static void
ask_words(N2CliAgent *a, const N2CliAsk *q)
{
    const char *words = n2_dict_string(q->options, "words");
    const char *other = n2_dict_string(q->options, "other");
    g_autofree char *text =
        g_strdup_printf(_("The other machine (%s) has to show these three words:"),
                        other && *other ? other : _("unknown"));

    if (a->terminal) {
        n2_cli_terminal_say(a->terminal, text);
        n2_cli_terminal_say(a->terminal, words ? words : "");
        n2_cli_terminal_ask(a->terminal, _("Type yes if it does:"), FALSE, on_same_cb, a);
        return;
    }
    if (a->cli->is_json)
        print_ask(q);
    else
        fprintf(stderr, "%s\n%s\n", text, words ? words : "");
    if (a->words.lines)
        n2_cli_lines_ask(a->words.lines, on_same_cb, a);
    else
        refuse(a, N2_ERR_REFUSED, N_("nobody is there to compare the words"),
               N_("Run it in a terminal, or give --words-fd, and write yes there."));
}

/* As whom: nobody, account, or one of ours. */
static void
log_in(N2CliAgent *a, const char *as)
{
    gboolean is_plain = !*as || g_str_equal(as, "nobody") || g_str_equal(as, "account");
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
    g_variant_dict_insert(&options, "as", "s", !*as ? "nobody" : is_plain ? as : "identity");
    if (!is_plain)
        g_variant_dict_insert(&options, "identity", "s", as);
    choose(a, g_variant_dict_end(&options));
}

static void
on_as_cb(const char *line, gsize len, gpointer user_data)
{
    (void)len;
    log_in(user_data, line ? line : "");
}

static void
ask_login(N2CliAgent *a, const N2CliAsk *q)
{
    const char *name = n2_dict_string(q->options, "name");
    const char *site = n2_dict_string(q->options, "site");
    g_autoptr(GVariant) own = n2_dict_dup(q->options, "identities", "as");
    g_autofree const char **addresses = own ? g_variant_get_strv(own, NULL) : NULL;

    if (a->as || !a->terminal) {
        log_in(a, a->as ? a->as : "");
        return;
    }
    g_autofree char *text =
        g_strdup_printf(_("%s (%s) asks who you are. It can be told nothing, get a key that is "
                          "for it alone (account), or one of these:"),
                        name && *name ? name : "?", site ? site : "?");
    n2_cli_terminal_say(a->terminal, text);
    for (const char **address = addresses; address && *address; address++)
        n2_cli_terminal_say(a->terminal, *address);
    n2_cli_terminal_ask(a->terminal, _("Type nobody, account or k1-...:"), FALSE, on_as_cb, a);
}

/* ---- asks ---- */

static void
ask_next(N2CliAgent *a)
{
    const N2CliAsk *q = g_queue_peek_head(&a->waiting);

    if (!q || a->is_asking)
        return;
    a->is_asking = TRUE;
    if (wants(q, "words")) {
        ask_words(a, q);
    } else if (wants(q, "log-in")) {
        ask_login(a, q);
    } else if (!is_text(q)) {
        notify(a, q);
    } else if (supply_of(a, q)) {
        ask_supply(a, q, supply_of(a, q));
    } else if (a->terminal) {
        ask_terminal(a, q);
    } else if (wants(q, "passphrase")) {
        refuse(a, N2_ERR_REFUSED, N_("a passphrase is asked for, and nobody is there"),
               N_("Run it in a terminal, or give --passphrase-fd."));
    } else {
        refuse(a, N2_ERR_TOKEN, N_("a PIN is asked for, and nobody is there"),
               N_("Run it in a terminal, or give --pin-fd."));
    }
}

void
n2_cli_agent_on_ask_cb(N2CliAgent *a, guint id, const char *want, GVariant *options)
{
    N2CliAsk *q = g_new0(N2CliAsk, 1);
    guint64 seconds = n2_dict_uint(options, "seconds");

    q->id = id;
    q->want = g_strdup(want);
    q->options = g_variant_ref(options);
    q->until_us =
        seconds ? g_get_monotonic_time() + (gint64)MIN(seconds, 3600) * G_USEC_PER_SEC : 0;
    g_queue_push_tail(&a->waiting, q);
    ask_next(a);
}

void
n2_cli_agent_on_over_cb(N2CliAgent *a, guint id)
{
    const N2CliAsk *head = g_queue_peek_head(&a->waiting);

    if (head && head->id == id) {
        n2_cli_agent_quiet(a);
        drop_head(a);
        ask_next(a);
        return;
    }
    for (GList *link = a->waiting.head; link; link = link->next)
        if (((N2CliAsk *)link->data)->id == id) {
            n2_cli_ask_free(link->data);
            g_queue_delete_link(&a->waiting, link);
            return;
        }
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-token.c - net2o token: the tokens at hand.  The node's keys process has them; where no
 *               node runs the readers are asked from here.
 */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "cli/orders.h"
#include "token/readers.h"

/* Names for programs, texts for people. */
static const struct {
    const char *name, *text;
} states[] = {
    [N2_SLOT_EMPTY] = {"empty", N_("empty")},
    [N2_SLOT_MUTE] = {"mute", N_("what is in there does not answer")},
    [N2_SLOT_IN_USE] = {"in-use", N_("used by another program")},
    [N2_SLOT_OTHER] = {"other", N_("a card without OpenPGP application")},
    [N2_SLOT_OPENPGP] = {"openpgp", N_("OpenPGP token")},
};

static const struct {
    const char *why, *next;
} faults[] = {
    [N2_READERS_OK] = {NULL, NULL},
    [N2_READERS_NO_SERVICE] = {N_("the smart card service does not run"),
                               N_("Install pcscd and start it.")},
    [N2_READERS_NOT_ALLOWED] = {N_("the rules of this machine keep you from its card readers"),
                                N_("Ask who looks after it for the polkit rule of pcscd.")},
    [N2_READERS_NONE] = {N_("there is no token and no card reader"), N_("Plug one in.")},
    [N2_READERS_FAULT] = {N_("the smart card service failed"), N_("Start pcscd again.")},
};

/* Manufacturer and serial number as they are printed on tokens (transfer full). */
static char *
format_serial(const n2_openpgp_aid *aid)
{
    return g_strdup_printf("%04X %08X", aid->manufacturer, aid->serial);
}

static void
print_slots(const n2_slot *slots, size_t n)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    for (size_t i = 0; i < n; i++) {
        gboolean is_openpgp = slots[i].state == N2_SLOT_OPENPGP;
        g_autofree char *serial = is_openpgp ? format_serial(&slots[i].openpgp) : g_strdup("");
        g_autofree char *version = is_openpgp ? g_strdup_printf("%u.%u", slots[i].openpgp.major,
                                                                slots[i].openpgp.minor)
                                              : g_strdup("");
        g_autofree char *name = g_utf8_make_valid(slots[i].reader, -1);
        g_ptr_array_add(
            rows, n2_cli_row(name, _(states[slots[i].state].text), serial, version, NULL));
    }
    n2_cli_print_columns(rows, 0);
}

static void
print_slots_json(const n2_slot *slots, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        gboolean is_openpgp = slots[i].state == N2_SLOT_OPENPGP;
        g_autofree char *serial = is_openpgp ? format_serial(&slots[i].openpgp) : NULL;
        g_autofree char *name = g_utf8_make_valid(slots[i].reader, -1);
        g_autoptr(GString) atr = g_string_new(NULL);
        for (size_t b = 0; b < slots[i].n_atr; b++)
            g_string_append_printf(atr, "%02x", slots[i].atr[b]);
        n2_cli_print_json_words("reader", name, "state", states[slots[i].state].name, "atr",
                                atr->len ? atr->str : NULL, "serial", serial, NULL);
    }
}

/* ---- asking ---- */

enum {
    PATIENCE_S = 5 /* for all readers; a card may take its time, or never answer */
};

typedef struct {
    n2_slot slots[N2_READERS_MAX];
    size_t n;
    n2_readers_state state;
    n2_err err;
} listing;

static void
list_thread(GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
    listing *l = g_new0(listing, 1);
    (void)source;
    (void)task_data;
    (void)cancellable;

    l->err = n2_readers_list(l->slots, &l->n, &l->state);
    g_task_return_pointer(task, l, g_free);
}

static gboolean
on_patience_cb(gpointer user_data)
{
    g_cancellable_cancel(user_data);
    return G_SOURCE_REMOVE;
}

/* PC/SC cannot be interrupted, so it is asked in a thread, which ends with the program
 * (transfer full) (nullable). */
static listing *
list(N2Cli *cli, GError **error)
{
    g_autoptr(GCancellable) patience = g_cancellable_new();
    g_autoptr(GTask) task = g_task_new(NULL, patience, n2_cli_done_cb, cli);
    guint timer = g_timeout_add_seconds(PATIENCE_S, on_patience_cb, patience);

    g_task_set_return_on_cancel(task, TRUE);
    g_task_run_in_thread(task, list_thread);
    g_autoptr(GAsyncResult) result = n2_cli_await(cli);
    listing *l = g_task_propagate_pointer(G_TASK(result), NULL);
    if (l)
        g_source_remove(timer);
    else
        n2_error_set(error, N2_ERR_TOKEN, "token list", N_("a card does not answer"),
                     N_("Pull it out, and try again."));
    return l;
}

/* @said: (nullable): the node's row that says why.  Returns FALSE. */
static gboolean
no_token(GVariant *said, GError **error)
{
    const char *why = n2_dict_string(said, "why");

    n2_error_set(error, N2_ERR_TOKEN, "token list",
                 why ? why : N_("no card reader holds a token"),
                 why ? n2_dict_string(said, "next") : N_("Plug one in."));
    return FALSE;
}

/* Without a node. */
static gboolean
list_here(N2Cli *cli, GError **error)
{
    g_autofree listing *l = list(cli, error);
    size_t n_cards = 0;

    if (!l)
        return FALSE;
    if (l->err) {
        n2_error_set(error, l->err, "token list", faults[l->state].why, faults[l->state].next);
        return FALSE;
    }
    if (cli->is_json)
        print_slots_json(l->slots, l->n);
    else
        print_slots(l->slots, l->n);
    for (size_t i = 0; i < l->n; i++)
        n_cards += l->slots[i].state != N2_SLOT_EMPTY;
    return n_cards > 0 || no_token(NULL, error);
}

/* ---- by the node ---- */

/* The names that this command has always had, for what the node calls otherwise. */
static const struct {
    const char *node;
    n2_slot_state slot;
} renamed[] = {
    {"ok", N2_SLOT_OPENPGP}, {"no-card", N2_SLOT_EMPTY}, {"no-applet", N2_SLOT_OTHER}};

static const char *
state_of(GVariant *token)
{
    const char *state = n2_dict_string(token, "state");

    for (size_t i = 0; state && i < G_N_ELEMENTS(renamed); i++)
        if (g_str_equal(state, renamed[i].node))
            return states[renamed[i].slot].name;
    return state ? state : "";
}

/* A sentence of the node's, in the user's language (transfer none). */
static const char *
say(GVariant *token, const char *key)
{
    const char *text = n2_dict_string(token, key);

    return text && *text ? _(text) : "";
}

/* "0006 12345678" of an id (transfer full); "" of none. */
static char *
serial_of(GVariant *token)
{
    const char *id = n2_dict_string(token, "id");
    g_autofree char *text =
        id && strlen(id) >= 12 ? g_strdup_printf("%.4s %.8s", id, id + 4) : g_strdup("");

    return g_ascii_strup(text, -1);
}

/* (transfer full) */
static char *
say_keys(GVariant *token)
{
    g_autoptr(GVariant) keys = n2_dict_dup(token, "keys", "aa{sv}");
    g_autoptr(GString) text = g_string_new(NULL);

    for (gsize i = 0; keys && i < g_variant_n_children(keys); i++) {
        g_autoptr(GVariant) key = g_variant_get_child_value(keys, i);
        const char *slot = n2_dict_string(key, "slot");
        const char *method = n2_dict_string(key, "method");
        g_string_append_printf(text, "%s%s %s", i ? ", " : "", slot ? slot : "",
                               method ? method : "");
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static char *
say_tries(GVariant *token)
{
    g_autoptr(GVariant) tries = n2_dict_dup(token, "tries", "x");
    gint64 n = tries ? g_variant_get_int64(tries) : 255;

    if (n < 0 || n >= 255)
        return g_strdup("");
    return g_strdup_printf(ngettext("%u try", "%u tries", (guint)n), (guint)n);
}

void
n2_cli_print_tokens(GVariant *tokens)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    for (gsize i = 0; i < g_variant_n_children(tokens); i++) {
        g_autoptr(GVariant) token = g_variant_get_child_value(tokens, i);
        gboolean is_openpgp = g_str_equal(state_of(token), states[N2_SLOT_OPENPGP].name);
        const char *reader = n2_dict_string(token, "reader");
        const char *title = n2_dict_string(token, "title");
        const char *owner = n2_dict_string(token, "owner");
        g_autofree char *serial = serial_of(token);
        g_autofree char *tries = say_tries(token);
        g_autofree char *keys = say_keys(token);

        if (reader)
            g_ptr_array_add(rows, n2_cli_row(reader,
                                             !is_openpgp       ? say(token, "why")
                                             : title && *title ? title
                                                               : _("OpenPGP token"),
                                             serial, tries, keys, owner ? owner : "", NULL));
    }
    n2_cli_print_columns(rows, 0);
}

static void
print_tokens_json(GVariant *tokens)
{
    for (gsize i = 0; i < g_variant_n_children(tokens); i++) {
        g_autoptr(GVariant) token = g_variant_get_child_value(tokens, i);
        g_autofree char *serial = serial_of(token);
        GVariantDict row;

        if (!n2_dict_string(token, "reader"))
            continue;
        g_variant_dict_init(&row, token);
        g_variant_dict_insert(&row, "state", "s", state_of(token));
        if (*serial)
            g_variant_dict_insert(&row, "serial", "s", serial);
        g_autoptr(GVariant) whole = g_variant_ref_sink(g_variant_dict_end(&row));
        n2_cli_print_json(whole);
    }
}

static gboolean
print_found(N2Cli *cli, GVariant *tokens, GError **error)
{
    g_autoptr(GVariant) first =
        g_variant_n_children(tokens) ? g_variant_get_child_value(tokens, 0) : NULL;
    gsize n_cards = 0;

    if (cli->is_json)
        print_tokens_json(tokens);
    else
        n2_cli_print_tokens(tokens);
    for (gsize i = 0; i < g_variant_n_children(tokens); i++) {
        g_autoptr(GVariant) token = g_variant_get_child_value(tokens, i);
        n_cards += n2_dict_string(token, "reader") &&
                   !g_str_equal(state_of(token), states[N2_SLOT_EMPTY].name);
    }
    return n_cards > 0 || no_token(n2_dict_string(first, "reader") ? NULL : first, error);
}

static gboolean
run_list(N2Cli *cli, int argc, char **argv, GError **error)
{
    g_autoptr(GError) cause = NULL;

    if (!n2_cli_parse(cli, NULL, &argc, &argv, 0, 0, error))
        return FALSE;
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    n2_client_token_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) tokens = n2_cli_finish(cli, &cause);
    if (tokens)
        return print_found(cli, tokens, error);
    if (!n2_client_is_connected(cli->client) && n2_error_code(cause) == N2_ERR_CLOSED)
        return list_here(cli, error);
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
}

gboolean
n2_cli_token(N2Cli *cli, int argc, char **argv, GError **error)
{
    static const N2CliVerb verbs[] = {
        {"list", run_list},
        {"enrol", n2_cli_token_enrol},
        {"backup", n2_cli_token_backup},
        {"clone", n2_cli_token_clone},
        {"pin", n2_cli_token_pin},
        {"touch", n2_cli_token_touch},
        {NULL, NULL},
    };

    return n2_cli_run_verb(cli, verbs, argc, argv, error);
}

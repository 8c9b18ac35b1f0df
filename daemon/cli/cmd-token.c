/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-token.c - net2o token: the tokens at hand; needs no node.
 */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"
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

gboolean
n2_cli_token(N2Cli *cli, int argc, char **argv, GError **error)
{
    size_t n_cards = 0;

    if (!n2_cli_parse(cli, NULL, &argc, &argv, 1, 1, error))
        return FALSE;
    if (!g_str_equal(argv[1], "list"))
        return n2_cli_usage("net2o token", argv[1], N_("there is no such command"), error);
    g_autofree listing *l = list(cli, error);
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
    if (n_cards)
        return TRUE;
    n2_error_set(error, N2_ERR_TOKEN, "token list", N_("no card reader holds a token"),
                 N_("Plug one in."));
    return FALSE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * show.c - net2o show: a page as text.
 *
 * The page is a stranger's, so it is laid out in a process of its own (render/worker).
 */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/address.h"
#include "cli/agent.h"
#include "cli/site.h"
#include "render/worker/renderer.h"

enum {
    CHUNK_BYTES = 1024 * 1024,
    COLUMNS_DEFAULT = 80,
    COLUMNS_MAX = 100 /* longer lines are hard to read */
};

static guint
columns(const N2Cli *cli)
{
    struct winsize size;

    if (cli->out_is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
        return MIN(size.ws_col, COLUMNS_MAX);
    return COLUMNS_DEFAULT;
}

/* ---- the page ---- */

static GByteArray *
read_page(N2Cli *cli, N2Transfer *transfer, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autofree guint8 *chunk = g_malloc(CHUNK_BYTES);
    gssize n = 1;

    while (n > 0 && bytes->len <= N2_PAGE_BYTES_MAX) {
        n = n2_cli_read_some(cli, transfer, chunk, CHUNK_BYTES, error);
        if (n > 0)
            g_byte_array_append(bytes, chunk, (guint)n);
    }
    return n >= 0 ? g_steal_pointer(&bytes) : NULL;
}

static gboolean
fail(N2Transfer *transfer, const GError *cause, GError **error)
{
    gboolean is_full = g_error_matches(cause, N2_RENDER_ERROR, N2_RENDER_TIME) ||
                       g_error_matches(cause, N2_RENDER_ERROR, N2_RENDER_MEMORY) ||
                       g_error_matches(cause, N2_RENDER_ERROR, N2_RENDER_SIZE);
    n2_err code = cause->domain != N2_RENDER_ERROR ? n2_error_code(cause)
                  : is_full                        ? N2_ERR_LIMIT
                                                   : N2_ERR_IO;

    n2_error_set(error, code, n2_dict_string(n2_transfer_peek_info(transfer), "address"),
                 cause->message, N_("Save it with 'net2o get ADDRESS -o FILE'."));
    return FALSE;
}

static GBytes *
ask(N2Cli *cli, N2Worker *worker, GBytes *frame, n2_frame_kind *kind, GError **error)
{
    n2_worker_ask_async(worker, frame, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GAsyncResult) result = n2_cli_await(cli);
    return n2_worker_ask_finish(worker, result, kind, error);
}

/* Carries what is asked for to the renderer, until it is done. */
static gboolean
lay_out(N2CliSite *site,
        N2Renderer *renderer,
        const n2_render_page *page,
        n2_render_done *done,
        GError **error)
{
    g_autoptr(N2Worker) worker = n2_renderer_take(renderer);
    GBytes *frame = n2_frame_page(page);

    for (;;) {
        n2_frame_kind kind = N2_FRAME_FAIL;
        g_autoptr(GBytes) body = ask(site->cli, worker, frame, &kind, error);
        g_auto(n2_render_need) need = {0};
        if (!body)
            return FALSE;
        if (kind == N2_FRAME_DONE && n2_frame_read_done(body, done))
            return TRUE;
        if (kind != N2_FRAME_NEED || !n2_frame_read_need(body, &need)) {
            g_propagate_error(error, n2_renderer_refuse(renderer));
            return FALSE;
        }
        frame = n2_cli_site_supply(site, &need);
    }
}

/* Where the page comes from decides where its links lead. */
static gboolean
make_page(N2Cli *cli,
          N2Renderer *renderer,
          N2Transfer *transfer,
          const GByteArray *bytes,
          n2_render_done *done,
          GError **error)
{
    GVariant *info = n2_transfer_peek_info(transfer);
    const char *address = n2_dict_string(info, "address");
    const char *index = n2_dict_string(info, "index");
    g_autofree n2_address *parsed = g_new0(n2_address, 1);
    g_autofree char *origin = NULL;
    g_autofree char *path = NULL;

    if (address && n2_address_parse(parsed, address, NULL) == N2_OK) {
        const char *host = address + strlen("net2o://");
        origin = g_strndup(address, (gsize)(host - address) + strcspn(host, "/?#"));
        path = index && *parsed->path ? g_strconcat("/", parsed->path, "/", index, NULL)
               : index                ? g_strconcat("/", index, NULL)
                                      : g_strconcat("/", parsed->path, NULL);
    }
    g_autofree char *name = path ? g_path_get_basename(path) : NULL;
    N2CliSite site = n2_cli_site_init(cli, origin ? origin : "");
    const n2_render_page page = {
        .form = N2_RENDER_TEXT,
        .columns = columns(cli),
        .flags = N2_TEXT_LINKS | (cli->has_colour ? N2_TEXT_ANSI : N2_TEXT_PLAIN),
        .origin = origin,
        .path = path,
        .name = name,
        .format = n2_page_format_by_type(n2_dict_string(info, "type"), name),
        .bytes = bytes->data,
        .len = bytes->len,
    };
    g_autoptr(GError) cause = NULL;

    return lay_out(&site, renderer, &page, done, &cause) || fail(transfer, cause, error);
}

/* ---- telling ---- */

/* Where the page leads, in its order: address, kind, and whether its site says it has no such
 * file. */
static GVariant *
links_of(const n2_render_done *done)
{
    static const char *const kinds[] = {
        [N2_LINK_SITE] = "site", [N2_LINK_NET2O] = "net2o",     [N2_LINK_OUTSIDE] = "outside",
        [N2_LINK_HERE] = "here", [N2_LINK_FOREIGN] = "foreign", [N2_LINK_REFUSED] = "refused"};
    GVariantBuilder rows;

    g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < done->links->len; i++) {
        const n2_render_link *link = g_ptr_array_index(done->links, i);
        g_variant_builder_open(&rows, G_VARIANT_TYPE_VARDICT);
        g_variant_builder_add(&rows, "{sv}", "address", g_variant_new_string(link->address));
        g_variant_builder_add(&rows, "{sv}", "kind", g_variant_new_string(kinds[link->kind]));
        g_variant_builder_add(&rows, "{sv}", "missing",
                              g_variant_new_boolean(link->is_missing));
        g_variant_builder_close(&rows);
    }
    return g_variant_builder_end(&rows);
}

/* A page's @text and @done, or a folder's @entries; the others are NULL. */
static void
report(N2Transfer *transfer, const char *text, const n2_render_done *done, GVariant *entries)
{
    GVariantBuilder dict;
    GVariantIter iter;
    const char *key;
    GVariant *value;

    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    g_variant_iter_init(&iter, n2_transfer_peek_info(transfer));
    while (g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
        if (!g_str_equal(key, "transfer"))
            g_variant_builder_add(&dict, "{sv}", key, value);
        g_variant_unref(value);
    }
    if (text)
        g_variant_builder_add(&dict, "{sv}", "text", g_variant_new_string(text));
    if (done)
        g_variant_builder_add(&dict, "{sv}", "links", links_of(done));
    if (entries)
        g_variant_builder_add(&dict, "{sv}", "entries", entries);
    g_autoptr(GVariant) whole = g_variant_ref_sink(g_variant_builder_end(&dict));
    n2_cli_print_json(whole);
}

static gboolean
show_folder(N2Cli *cli, N2Transfer *transfer, const char *address, GError **error)
{
    g_autoptr(GVariant) entries = n2_cli_list(cli, address, error);

    if (!entries)
        return FALSE;
    if (cli->is_json)
        report(transfer, NULL, NULL, entries);
    else
        n2_cli_print_entries(cli, entries);
    return TRUE;
}

gboolean
n2_cli_show(N2Cli *cli, int argc, char **argv, GError **error)
{
    N2CliAgentOptions agent = N2_CLI_AGENT_INIT;
    const GOptionEntry entries[] = {N2_CLI_LOGIN_ENTRIES(agent), G_OPTION_ENTRY_NULL};

    if (!n2_cli_parse(cli, entries, &argc, &argv, 1, 1, error) ||
        !n2_cli_agent_prepare(cli, &agent, error))
        return FALSE;
    /* The one process that is ever started here is started before that is given up. */
    g_autoptr(N2Renderer) renderer = n2_renderer_new(NULL, TRUE);
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    n2_cli_agent_register(cli);
    g_autoptr(N2Transfer) transfer = n2_cli_open(cli, argv[1], error);
    if (!transfer)
        return FALSE;
    GVariant *info = n2_transfer_peek_info(transfer);
    if (n2_cli_is_bare_folder(transfer))
        return show_folder(cli, transfer, argv[1], error);
    if (!n2_cli_is_text(transfer)) {
        n2_error_set(error, N2_ERR_UNSUPPORTED, n2_dict_string(info, "address"),
                     N_("this is no text"), N_("Save it with 'net2o get ADDRESS -o FILE'."));
        return FALSE;
    }
    g_autoptr(GByteArray) bytes = read_page(cli, transfer, error);
    g_auto(n2_render_done) done = {0};
    if (!bytes || !make_page(cli, renderer, transfer, bytes, &done, error))
        return FALSE;
    gsize len = 0;
    const char *output = g_bytes_get_data(done.output, &len);
    g_autofree char *text = g_strndup(output ? output : "", len);
    n2_cli_clean_page(text, cli->has_colour);
    if (cli->is_json)
        report(transfer, text, &done, NULL);
    else
        printf("%s", text);
    return TRUE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-protocol-tables.c - the tables of daemon/PROTOCOL.md that lists of the code have too:
 *                          kinds of boxes, errors, limits.
 */
#include <glib.h>
#include <string.h>

#include "protocol-page.h"
#include "wire/kinds.h"

static const struct {
    guint32 bit;
    const char *word;
} signers[] = {
    {N2_RIGHT_CONTROL, "control"},
    {N2_RIGHT_SESSION, "session"},
    {N2_RIGHT_DEVICE, "device"},
    {N2_RIGHT_OPEN, "open"},
    {N2_RIGHT_ZONE, "zone"},
    {N2_RIGHT_PUBLISH, "publish"},
    {N2_SIGNER_ITS_KEYS, "each of its keys"},
    {N2_SIGNER_NEW_KEY, "and the new key"},
    {N2_SIGNER_ITSELF, "or the key itself"},
    {N2_SIGNER_SHEET, "both sheet keys"},
    {N2_SIGNER_SESSION, "a session key"},
    {N2_SIGNER_STREAM, "the stream key"},
    {N2_SIGNER_ACCOUNT, "the account key"},
    {N2_SIGNER_PARENTS, "and each parent"},
};

static void
put_signers(GString *row, guint32 bits)
{
    gsize before = row->len;

    for (gsize i = 0; i < G_N_ELEMENTS(signers); i++)
        if (bits & signers[i].bit) {
            gboolean joined = g_str_has_prefix(signers[i].word, "and ") ||
                              g_str_has_prefix(signers[i].word, "or ");
            g_string_append_printf(row, "%s%s",
                                   row->len == before ? ""
                                   : joined           ? " "
                                                      : ", ",
                                   signers[i].word);
        }
    if (row->len == before)
        g_string_append_c(row, '-');
}

static void
put_life(GString *row, guint32 seconds)
{
    if (!seconds)
        g_string_append_c(row, '-');
    else if (seconds % 86400)
        g_string_append_printf(row, "%u h", seconds / 3600);
    else
        g_string_append_printf(row, "%u d", seconds / 86400);
}

static void
put_field(GString *row, const n2_field_rule *f)
{
    static const char letters[] = "?tiTbrkIxa";

    g_string_append_printf(row, "%u", f->number);
    for (guint type = 1; type < N2_TYPES; type++)
        if (f->types & 1u << type)
            g_string_append_c(row, letters[type]);
    if (f->inner)
        g_string_append_printf(row, "%u", f->inner);
    if (f->n && f->number < 64)
        g_string_append_printf(row, ":%u", f->n);
    else if (f->n && f->number < 192)
        g_string_append_printf(row, "<=%u", f->n);
    if (f->number < 64 && f->optional)
        g_string_append_c(row, '?');
}

static void
test_kinds(void)
{
    guint n = 0;

    for (guint kind = 0; kind < 256; kind++) {
        const n2_kind_rule *rule = n2_kind_rule_of((guint8)kind);
        g_autoptr(GString) row = g_string_new(NULL);

        if (!rule)
            continue;
        g_assert_cmpuint(rule->version, ==, 1);
        g_string_append_printf(row, "| %u | %s | `", kind, rule->word);
        for (const n2_field_rule *f = rule->fields; f->number; f++) {
            if (f != rule->fields)
                g_string_append_c(row, ' ');
            put_field(row, f);
        }
        g_string_append(row, "` | ");
        put_signers(row, rule->signers);
        g_string_append(row, " | ");
        put_life(row, rule->lifetime_s);
        g_string_append(row, " |");
        protocol_page_expect_text("kind", row->str);
        n++;
    }
    g_assert_cmpuint(n, ==, 36);
}

static void
test_errors(void)
{
    static const struct {
        int value;
        const char *name, *text;
    } rows[] = {
#define X(name, value, exit, text) {value, #name, text},
        N2_ERR_LIST(X)
#undef X
    };

    for (gsize i = 1; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *row = g_strdup_printf("| %d | %s | %s |", rows[i].value,
                                               rows[i].name + strlen("N2_ERR_"), rows[i].text);
        protocol_page_expect_text("error", row);
    }
}

/* Each name of the table of limits is one of limits.h, and a plain number beside one name is
 * the one that stands there. */
static void
test_limits(void)
{
    g_autofree char *page = protocol_page_read();
    g_autofree char *path =
        g_build_filename(g_getenv("N2_SOURCE"), "daemon", "base", "limits.h", NULL);
    g_autofree char *header = NULL;
    g_autoptr(GRegex) row = g_regex_new("\\| (N2_[A-Z0-9_]+) \\| ([0-9,]+) \\|", 0, 0, NULL);
    g_autoptr(GRegex) name =
        g_regex_new("\\bN2_[A-Z0-9_]+_(MAX|US|PER_S|EVERY|TOLD|TRIES)\\b", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    const char *from = strstr(page, "## Limits");
    guint n = 0;

    g_assert_true(g_file_get_contents(path, &header, NULL, NULL));
    g_assert_nonnull(from);
    for (g_regex_match(name, from, 0, &match); g_match_info_matches(match);
         g_match_info_next(match, NULL), n++) {
        g_autofree char *word = g_match_info_fetch(match, 0);
        g_autofree char *pattern = g_strdup_printf("\\b%s\\b", word);

        if (!g_regex_match_simple(pattern, header, 0, 0))
            g_error("daemon/PROTOCOL.md names %s, limits.h does not", word);
    }
    g_assert_cmpuint(n, >, 30);
    g_clear_pointer(&match, g_match_info_unref);
    for (g_regex_match(row, from, 0, &match); g_match_info_matches(match);
         g_match_info_next(match, NULL)) {
        g_autofree char *word = g_match_info_fetch(match, 1);
        g_autofree char *text = g_match_info_fetch(match, 2);
        g_auto(GStrv) digits = g_strsplit(text, ",", -1);
        g_autofree char *number = g_strjoinv("", digits);
        g_autofree char *pattern = g_strdup_printf("\\b%s\\s*=?\\s*\\(?%s\\b", word, number);

        if (!g_regex_match_simple(pattern, header, 0, 0))
            g_error("daemon/PROTOCOL.md says %s is %s, limits.h does not", word, text);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/tables/kinds", test_kinds);
    g_test_add_func("/protocol/tables/errors", test_errors);
    g_test_add_func("/protocol/tables/limits", test_limits);
    return g_test_run();
}

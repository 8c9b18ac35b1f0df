/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-answers.c - whatever a node may answer, read as programs read it: dictionaries, errors,
 *                  lines of JSON, columns for people, and the bytes of a transfer.
 *
 * First byte: 0 a dictionary and a table of the input's making, 1 an error with any name and
 * words, 2 any bytes as a value of an answer's type, 3 a stream: size 1, bytes.
 */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#include "base/reader.h"
#include "cli/cli.h"
#include "client/stream.h"
#include "fuzz.h"

static const char *const keys[] = {
    "identity", "name",   "address", "size",  "attributes", "path", "entries", "kind",
    "type",     "hash",   "from",    "state", "opened",     "port", "rtt_us",  "limits",
    "links",    "uptime", "hops",    "n",     "bits",       "at",   "max",     "refused",
};

static char *
read_text(n2_reader *r)
{
    size_t len = n2_read_u8(r), left = n2_reader_left(r);

    len = len < left ? len : left;
    const uint8_t *bytes = n2_read_bytes(r, len);
    g_autofree char *text = bytes ? g_strndup((const char *)bytes, len) : g_strdup("");

    return g_utf8_make_valid(text, -1);
}

static GVariant *read_dict(n2_reader *r, unsigned depth);

static GVariant *
read_value(n2_reader *r, unsigned depth)
{
    GVariantBuilder list;

    switch (n2_read_u8(r) % 8) {
    case 0:
        return g_variant_new_int64((gint64)n2_read_u64(r));
    case 1:
        return g_variant_new_uint64(n2_read_u64(r));
    case 2:
        return g_variant_new_boolean(n2_read_u8(r) & 1);
    case 3:
        return g_variant_new_int32((gint32)n2_read_u32(r));
    case 4:
        if (depth > 2)
            return g_variant_new_byte(n2_read_u8(r));
        g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
        for (unsigned n = n2_read_u8(r) % 3; n; n--)
            g_variant_builder_add_value(&list, read_dict(r, depth + 1));
        return g_variant_builder_end(&list);
    case 5:
        g_variant_builder_init(&list, G_VARIANT_TYPE_STRING_ARRAY);
        for (unsigned n = n2_read_u8(r) % 3; n; n--)
            g_variant_builder_add_value(&list, g_variant_new_take_string(read_text(r)));
        return g_variant_builder_end(&list);
    case 6: {
        g_autofree char *text = read_text(r);

        return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, text, strlen(text), 1);
    }
    default:
        return g_variant_new_take_string(read_text(r));
    }
}

static GVariant *
read_dict(n2_reader *r, unsigned depth)
{
    GVariantBuilder dict;

    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    for (unsigned n = n2_read_u8(r) % 8; n; n--) {
        const char *key = keys[n2_read_u8(r) % G_N_ELEMENTS(keys)];

        g_variant_builder_add(&dict, "{sv}", key, read_value(r, depth));
    }
    return g_variant_builder_end(&dict);
}

/* One line, and nothing in it that a terminal would obey. */
static void
check_line(const char *line)
{
    check(g_utf8_validate(line, -1, NULL));
    for (const char *p = line; *p; p += g_utf8_skip[(guchar)*p]) {
        gunichar c = g_utf8_get_char(p);

        check(c >= 0x20 && !(c >= 0x7f && c < 0xa0));
    }
}

static void
read_one(GVariant *dict)
{
    guint64 sum = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *text = n2_dict_string(dict, keys[i]);
        g_autoptr(GVariant) rows = n2_dict_dup(dict, keys[i], "aa{sv}");
        g_autoptr(GVariant) words = n2_dict_dup(dict, keys[i], "as");

        if (text) {
            g_autofree char *clean = n2_cli_clean(text);

            check_line(clean);
        }
        sum += n2_dict_uint(dict, keys[i]) + (guint64)n2_dict_bool(dict, keys[i]);
        sum += rows ? g_variant_n_children(rows) : words ? g_variant_n_children(words) : 0;
    }
    (void)*(volatile guint64 *)&sum;
    g_autofree char *line = n2_cli_json(dict);

    check_line(line);
}

static void
dictionary(n2_reader *r)
{
    static const N2Cli cli;
    g_autoptr(GVariant) dict = g_variant_ref_sink(read_dict(r, 0));
    g_autoptr(GVariant) limits = n2_dict_dup(dict, "limits", "aa{sv}");
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    g_autofree char *us = n2_cli_format_us(n2_dict_uint(dict, "rtt_us"));
    g_autofree char *time = n2_cli_format_time((gint64)n2_dict_uint(dict, "n"));
    const char *first = n2_dict_string(dict, "name"), *second = n2_dict_string(dict, "path");

    read_one(dict);
    n2_cli_print_json(dict);
    g_ptr_array_add(rows, n2_cli_row(first ? first : "", second ? second : "", us, NULL));
    g_ptr_array_add(rows, n2_cli_row(time, "b", "", NULL));
    n2_cli_print_columns(rows, 1);
    if (limits)
        n2_cli_print_limits(&cli, dict, true);
}

static void
error(n2_reader *r)
{
    static const N2Cli plain, json = {.is_json = TRUE};
    g_autofree char *name = read_text(r), *text = read_text(r);

    if (!g_dbus_is_interface_name(name)) {
        g_free(name);
        name = g_strdup("org.net2o.Error.NotFound");
    }
    GError *made =
        n2_error_take_remote(g_dbus_error_new_for_dbus_error(name, text), "net2o://a/");

    check(made->domain == N2_ERROR && made->message);
    check(n2_error_get_hop(made) <= 64);
    check(n2_err_text(n2_error_code(made)) != NULL);
    check(n2_cli_print_error(&plain, made) == n2_cli_print_error(&json, made));
    g_error_free(made);
}

static void
any_value(n2_reader *r)
{
    static const char *const types[] = {"a{sv}", "aa{sv}", "(a{sv}aa{sv})"};
    uint8_t which = n2_read_u8(r);
    size_t len = n2_reader_left(r);
    g_autoptr(GBytes) bytes = g_bytes_new(n2_read_bytes(r, len), len);
    g_autoptr(GVariant) foreign = g_variant_ref_sink(
        g_variant_new_from_bytes(G_VARIANT_TYPE(types[which % 3]), bytes, FALSE));
    /* As GDBus does with what came. */
    g_autoptr(GVariant) value = g_variant_get_normal_form(foreign);
    g_autofree char *line = n2_cli_json(value);

    check_line(line);
    n2_cli_print_json(value);
    if (which % 3 == 0)
        read_one(value);
}

/* A stream ends well only after all its bytes. */
static void
stream(n2_reader *r)
{
    uint8_t size = n2_read_u8(r), buf[256];
    size_t len = MIN(n2_reader_left(r), 1000), got = 0;
    const uint8_t *bytes = n2_read_bytes(r, len);
    g_autoptr(GError) wrong = NULL;
    int ends[2];
    gssize n;

    check(!pipe2(ends, O_CLOEXEC));
    if (len)
        check(write(ends[1], bytes, len) == (ssize_t)len);
    close(ends[1]);
    g_autoptr(GInputStream) s = n2_stream_new(ends[0], size, "a");

    while ((n = g_input_stream_read(s, buf, 1 + size % sizeof buf, NULL, &wrong)) > 0)
        got += (size_t)n;
    check((n == 0) == (got == size && len == size));
    check(n == 0 || n2_error_code(wrong) == N2_ERR_CLOSED);
}

/* What net2od --fsck printed. */
static void
found(n2_reader *r)
{
    static const char *const begins[] = {"", "found ", "failed ", "log "};
    const char *begin = begins[n2_read_u8(r) % 4];
    size_t len = n2_reader_left(r);
    g_autofree char *text = g_strndup((const char *)n2_read_bytes(r, len), len);
    g_autofree char *line = g_strconcat(begin, text, NULL);
    g_autoptr(GError) wrong = NULL;
    g_autoptr(GVariant) all = n2_cli_found_take(line, &wrong);

    check(!all == !!wrong);
    if (!all)
        return;
    g_autofree char *json = n2_cli_json(all);
    check_line(json);
    n2_cli_found_print(all);
    (void)n2_cli_found_is_bad(all, FALSE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    n2_reader r = n2_reader_init(data, size);
    FILE *out = stdout, *err = stderr;

    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    check(nowhere != NULL);
    stdout = stderr = nowhere; /* where the commands print; glibc lets them be changed */
    switch (n2_read_u8(&r) % 5) {
    case 0:
        dictionary(&r);
        break;
    case 1:
        error(&r);
        break;
    case 2:
        any_value(&r);
        break;
    case 3:
        stream(&r);
        break;
    default:
        found(&r);
        break;
    }
    stdout = out;
    stderr = err;
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * config-file.c - the text of net2o.conf, and which of its lines is wrong.
 *
 * GKeyFile would quote a faulty line, however long and whatever is in it, and not say which it
 * is.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "host/config.h"
#include "host/fault.h"

/* Why the line cannot be, or NULL. */
static const char *
fault_of(char *line, gboolean *has_section)
{
    gsize len = strlen(g_strstrip(line));

    if (len == 0 || line[0] == '#')
        return NULL;
    if (line[0] == '[') {
        *has_section = TRUE;
        return len > 2 && line[len - 1] == ']' && !strchr(line + 1, '[') ? NULL
                                                                         : "is no [SECTION]";
    }
    if (!strchr(line, '=') || line[0] == '=')
        return "is neither [SECTION] nor KEY=VALUE nor # comment";
    return *has_section ? NULL : "stands before the first [SECTION]";
}

static n2_err
check_lines(const char *path, const char *text, gsize len, GError **error)
{
    const char *end = NULL;
    gboolean has_section = FALSE;
    guint number = 1;

    if (!g_utf8_validate(text, (gssize)len, &end)) {
        for (const char *c = text; c < end; c++)
            number += *c == '\n';
        return n2_fault_set(error, N2_ERR_FORMAT,
                            "%s: line %u is no text in UTF-8. Mend it or move the file away",
                            path, number);
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (; lines[number - 1]; number++) {
        const char *fault = fault_of(lines[number - 1], &has_section);
        if (fault)
            return n2_fault_set(error, N2_ERR_FORMAT,
                                "%s: line %u %s. Mend it or move the file away", path, number,
                                fault);
    }
    return N2_OK;
}

n2_err
n2_config_read(char **out, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) cause = NULL;
    struct stat st;
    gsize len = 0;

    *out = NULL;
    if (g_stat(path, &st) < 0 && errno == ENOENT)
        return N2_OK;
    if (g_stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return n2_fault_set(error, N2_ERR_IO, "%s: it is no file. Move it away", path);
    if (st.st_size > N2_CONFIG_BYTES_MAX)
        return n2_fault_set(error, N2_ERR_FORMAT,
                            "%s: it is longer than %d bytes. Mend it or move it away", path,
                            N2_CONFIG_BYTES_MAX);
    if (!g_file_get_contents(path, &text, &len, &cause))
        return n2_fault_set(error, N2_ERR_IO, "%s: %s. Mend it or move it away", path,
                            g_strerror(errno));
    n2_err err = check_lines(path, text, len, error);
    if (!err)
        *out = g_steal_pointer(&text);
    return err;
}

guint
n2_config_line(const char *text, const char *section, const char *key, guint *again)
{
    g_autofree char *head = g_strdup_printf("[%s]", section);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    gboolean is_here = FALSE;
    guint found = 0;

    *again = 0;
    for (guint i = 0; lines[i] && !*again; i++) {
        const char *line = g_strstrip(lines[i]);
        char *equals = strchr(lines[i], '=');
        if (line[0] == '[')
            is_here = strcmp(line, head) == 0;
        if (line[0] == '[' || line[0] == '#' || !is_here || !equals)
            continue;
        *equals = '\0';
        if (strcmp(g_strchomp(lines[i]), key) == 0)
            *(found ? again : &found) = i + 1;
    }
    return found;
}

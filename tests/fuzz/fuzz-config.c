/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-config.c - any text as net2o.conf and as a command line: what is taken is in its bounds,
 *                 and a switch takes its rules and labels; what is refused says why.
 *
 * The first byte: how many words of the command line follow (each ended by a newline); the rest
 * is the file.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "host/config.h"
#include "host/log.h"
#include "switch/filter.h"
#include "switch/label.h"

enum {
    WORDS_MAX = 6
};

/* What is taken here is not refused later, when packets pass already. */
static void
check_rules(const n2_config *c)
{
    static n2_filter_rule rules[N2_FILTER_RULES_MAX];
    const char *rest = c->labels;
    n2_filter *filter;
    n2_labels *labels;
    n2_label order;
    unsigned line;
    size_t n;

    check(!n2_filter_parse(c->filter, rules, &n, &line));
    check(!n2_filter_new(&filter, (unsigned)c->switch_bits, rules, n));
    n2_filter_free(filter);
    check(!n2_labels_new(&labels, (unsigned)c->switch_bits, 1));
    while (!n2_label_parse(&rest, &order))
        check(!n2_labels_order(labels, &order));
    for (guint i = 0; i < c->ports->len; i++)
        check(!n2_labels_is_label(labels,
                                  (uint32_t)g_array_index(c->ports, n2_config_port, i).port));
    n2_labels_free(labels);
}

static void
check_config(const n2_config *c)
{
    check(c->listen && c->listen[0]);
    for (char **l = c->listen; *l; l++)
        check(g_str_has_prefix(*l, "udp:") || g_str_has_prefix(*l, "eth:"));
    check(c->switch_bits >= 1 && c->switch_bits <= 16);
    check(c->log_level <= 3);
    check(c->is_switch <= 1);
    for (guint i = 0; i < c->ports->len; i++) {
        const n2_config_port *p = &g_array_index(c->ports, n2_config_port, i);
        check(p->port >= 1 && !(p->port >> c->switch_bits));
        check(p->their_port <= UINT16_MAX && (!p->to || p->net.len));
        for (guint k = 0; k < i; k++)
            check(g_array_index(c->ports, n2_config_port, k).port != p->port);
    }
    check(c->buffer_kib >= 64 && c->buffer_kib <= 65536 && c->spin_us <= 1000);
    check_rules(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *argv[WORDS_MAX + 2] = {g_strdup("net2od")};
    int argc = 1, fd = memfd_create("net2o.conf", MFD_CLOEXEC);
    size_t at = 1;
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autoptr(GError) error = NULL;
    n2_options options;
    n2_config config;

    check(fd >= 0);
    for (int n = size ? data[0] % WORDS_MAX : 0; argc <= n && at < size; argc++) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end ? (size_t)(end - data) - at : size - at;

        argv[argc] = g_strndup((const char *)data + at, len);
        at += len + 1;
    }
    if (at < size)
        check(write(fd, data + at, size - at) == (ssize_t)(size - at));
    n2_log_setup("fuzz", N2_LOG_ERROR);
    n2_err err = n2_options_parse(&options, argc, argv, &error);

    check(!err == !error);
    if (!err) {
        err = n2_config_load(&config, &options, path, &error);
        check(!err == !error);
        if (err) {
            check(error->message && *error->message);
        } else {
            check_config(&config);
            n2_config_clear(&config);
        }
        n2_options_clear(&options);
    }
    for (int i = 0; i < WORDS_MAX + 1; i++)
        g_free(argv[i]);
    close(fd);
    return 0;
}

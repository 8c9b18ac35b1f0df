/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * config-rules.c - virtual labels, filter and services of net2o.conf: are they such, and has
 * the switch what they speak of?  A node that would begin without its rules does not begin.
 */
#include "host/config-rules.h"

#include <string.h>

#include "base/limits.h"
#include "host/config-port.h"
#include "host/fault.h"
#include "name/near.h"
#include "switch/filter.h"
#include "switch/label.h"

n2_err
n2_config_set_labels(char **place, const char *name, const char *text, GError **error)
{
    const char *rest = text;
    n2_label order;
    n2_err err = N2_OK;
    unsigned n = 0;

    for (; !err; n++)
        err = n2_label_parse(&rest, &order);
    if (err != N2_ERR_NOTFOUND)
        return n2_fault_set(error, N2_ERR_USAGE,
                            "%s: number %u of %s is no order about a label. See "
                            "net2o switch --help",
                            name, n, text);
    g_free(*place);
    *place = g_strdup(text);
    return N2_OK;
}

n2_err
n2_config_set_filter(char **place, const char *name, const char *text, GError **error)
{
    g_autofree n2_filter_rule *rules = g_new(n2_filter_rule, N2_FILTER_RULES_MAX);
    unsigned line;
    size_t n;

    if (strlen(text) > N2_FILTER_TEXT_BYTES_MAX)
        return n2_fault_set(error, N2_ERR_USAGE, "%s: longer than %d bytes. Give fewer rules",
                            name, N2_FILTER_TEXT_BYTES_MAX);
    if (strchr(text, '#'))
        return n2_fault_set(error, N2_ERR_USAGE,
                            "%s: all behind # would be no rules. Give the comment its own line",
                            name);
    n2_err err = n2_filter_parse(text, rules, &n, &line);
    if (err == N2_ERR_LIMIT && n == N2_FILTER_RULES_MAX)
        return n2_fault_set(error, N2_ERR_USAGE, "%s: more than %d rules. Give fewer", name,
                            N2_FILTER_RULES_MAX);
    if (err)
        return n2_fault_set(error, N2_ERR_USAGE,
                            "%s: number %zu of %s is no rule. See net2o switch --help", name, n,
                            text);
    g_free(*place);
    *place = g_strdup(text);
    return N2_OK;
}

static n2_err
check_filter(const char *text, unsigned bits, GError **error)
{
    g_autofree n2_filter_rule *rules = g_new(n2_filter_rule, N2_FILTER_RULES_MAX);
    char words[N2_FILTER_LINE_BYTES];
    n2_filter *filter = NULL;
    unsigned line;
    size_t n;
    n2_err err = n2_filter_parse(text, rules, &n, &line);

    for (size_t i = 0; i < n && !err; i++) {
        err = n2_filter_new(&filter, bits, &rules[i], 1);
        n2_filter_free(g_steal_pointer(&filter));
        if (err)
            n2_filter_format(words, &rules[i]);
    }
    if (err == N2_ERR_NOMEM)
        return n2_fault_set(error, err, "switch.filter: out of memory");
    return err ? n2_fault_set(error, N2_ERR_USAGE,
                              "switch.filter: %s: the switch has ports 0 to %u. Name these, or "
                              "raise node.switch-bits",
                              words, (1u << bits) - 1)
               : N2_OK;
}

static n2_err
check_label(n2_labels *labels, const n2_label *order, unsigned bits, GError **error)
{
    char words[N2_LABEL_TEXT_BYTES];
    n2_err err = n2_labels_order(labels, order);

    n2_label_format(words, order);
    if (err == N2_ERR_EXISTS)
        return n2_fault_set(error, N2_ERR_USAGE,
                            "switch.labels: %s: another label stands for this way. Give one of "
                            "them",
                            words);
    if (err)
        return n2_fault_set(error, N2_ERR_USAGE,
                            "switch.labels: %s: a label is one of 1 to %u that is no port of "
                            "another label, and those behind any are labels with a way. See "
                            "net2o switch --help",
                            words, (1u << bits) - 1);
    return N2_OK;
}

static n2_err
check_labels(const char *text, const GArray *ports, unsigned bits, GError **error)
{
    n2_labels *labels;
    n2_label order;
    n2_err err = n2_labels_new(&labels, bits, 0);

    if (err)
        return n2_fault_set(error, err, "switch.labels: out of memory");
    while (!err && !n2_label_parse(&text, &order))
        err = check_label(labels, &order, bits, error);
    for (guint i = 0; i < ports->len && !err; i++) {
        guint64 port = g_array_index(ports, n2_config_port, i).port;
        if (n2_labels_is_label(labels, (uint32_t)port))
            err = n2_fault_set(error, N2_ERR_USAGE,
                               "[port %" G_GUINT64_FORMAT "]: a label of switch.labels has "
                               "this number, and no link can have it. Take another",
                               port);
    }
    n2_labels_free(labels);
    return err;
}

n2_err
n2_config_set_offers(char **place, const char *name, const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ";", -1);
    guint n = 0;

    for (char **part = parts; *part; part++) {
        char *value = strchr(g_strstrip(*part), '=');
        gsize len = value ? (gsize)(value - *part) : strlen(*part);
        if (!len && !value)
            continue; /* nothing between two of them */
        if (!n2_near_is_word(*part, len) ||
            (value && strlen(value + 1) > N2_NEAR_VALUE_BYTES_MAX))
            return n2_fault_set(error, N2_ERR_USAGE,
                                "%s: %s is no service. Give WORD or WORD=VALUE, words of small "
                                "letters, digits and hyphens, values of at most %d bytes",
                                name, *part, N2_NEAR_VALUE_BYTES_MAX);
        if (++n > N2_NEAR_OFFERS_MAX)
            return n2_fault_set(error, N2_ERR_USAGE, "%s: more than %d services. Give fewer",
                                name, N2_NEAR_OFFERS_MAX);
    }
    g_free(*place);
    *place = g_strjoinv(";", parts);
    return N2_OK;
}

n2_err
n2_config_rules_check(
    const char *labels, const char *filter, const GArray *ports, unsigned bits, GError **error)
{
    n2_err err = check_labels(labels, ports, bits, error);

    return err ? err : check_filter(filter, bits, error);
}

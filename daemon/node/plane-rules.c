/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane-rules.c - orders about virtual labels and the filter of our switch.
 *
 * A port that is a label gets no link, and one with a link is no label.
 */
#include "node/plane-rules.h"

#include <stdlib.h>
#include <string.h>

/* The first label makes the table. */
static n2_err
need_labels(n2_switch *sw, const n2_links *links, const n2_env *env)
{
    uint64_t key;

    if (sw->labels)
        return N2_OK;
    n2_env_random(env, &key, sizeof key);
    n2_err err = n2_labels_new(&sw->labels, sw->width, key);
    for (uint32_t port = 1; port < UINT32_C(1) << sw->width && !err; port++)
        n2_labels_link(sw->labels, port, n2_links_is_up(links, port));
    return err;
}

static n2_err
follow_label(n2_switch *sw, n2_links *links, const n2_env *env, const n2_op *op)
{
    n2_label order;

    if (op->len != sizeof order)
        return N2_ERR_USAGE;
    memcpy(&order, op->bytes, sizeof order);
    bool is_label = order.kind == N2_LABEL_WAY || order.kind == N2_LABEL_SPREAD;
    bool was_label = n2_labels_is_label(sw->labels, order.label);
    n2_err err = need_labels(sw, links, env);
    if (!err && is_label && !was_label)
        err = n2_links_bar(links, order.label, true);
    if (err)
        return err;
    err = n2_labels_order(sw->labels, &order);
    /* As it is now, whatever became of the order. */
    bool is_barred = n2_labels_is_label(sw->labels, order.label);
    if ((is_label || was_label) && !is_barred)
        (void)!n2_links_bar(links, order.label, false); /* a port that there is */
    return err;
}

static n2_err
load_filter(n2_switch *sw, const n2_op *op)
{
    size_t n = op->len / sizeof(n2_filter_rule);
    n2_filter_rule *rules = NULL;
    n2_filter *filter = NULL;
    n2_err err = op->len % sizeof *rules ? N2_ERR_USAGE : N2_OK;

    if (!err && n) {
        rules = malloc(op->len);
        if (!rules)
            return N2_ERR_NOMEM;
        memcpy(rules, op->bytes, op->len); /* aligned */
        err = n2_filter_new(&filter, sw->width, rules, n);
        free(rules);
    }
    if (err)
        return err;
    n2_filter_free(sw->filter);
    sw->filter = filter;
    return N2_OK;
}

static void
put_rows(n2_event *event, void *rows, size_t bytes)
{
    event->bytes = rows;
    event->len = rows ? bytes : 0;
    event->err = rows || !bytes ? N2_OK : N2_ERR_NOMEM;
}

static void
look_at_labels(const n2_switch *sw, n2_event *event)
{
    size_t n = n2_labels_rows(sw->labels, NULL, 0);
    n2_label_row *rows = n ? calloc(n, sizeof *rows) : NULL;

    if (rows)
        (void)n2_labels_rows(sw->labels, rows, n);
    put_rows(event, rows, n * sizeof *rows);
}

static void
look_at_filter(const n2_switch *sw, n2_event *event)
{
    size_t n = n2_filter_rows(sw->filter, NULL, 0);
    n2_filter_row *rows = n ? calloc(n, sizeof *rows) : NULL;

    if (rows)
        (void)n2_filter_rows(sw->filter, rows, n);
    put_rows(event, rows, n * sizeof *rows);
}

n2_event
n2_plane_rules_op(n2_switch *sw, n2_links *links, const n2_env *env, const n2_op *op)
{
    n2_event event = {.kind = N2_EVENT_RULES, .tag = op->tag};

    if (op->kind == N2_OP_LABEL)
        event.err = follow_label(sw, links, env, op);
    else if (op->kind == N2_OP_FILTER)
        event.err = load_filter(sw, op);
    else if (op->kind == N2_OP_LABEL_LOOK)
        look_at_labels(sw, &event);
    else
        look_at_filter(sw, &event);
    free(op->bytes);
    return event;
}

void
n2_plane_rules_uses(const n2_switch *sw, n2_uses *uses)
{
    n2_uses_add(uses, "labels", n2_labels_count(sw->labels), N2_LABELS_MAX,
                n2_labels_refused(sw->labels));
    n2_uses_add(uses, "filter_rules", n2_filter_count(sw->filter), N2_FILTER_RULES_MAX, 0);
}

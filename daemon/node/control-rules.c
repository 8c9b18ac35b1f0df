/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-rules.c - virtual labels and the filter of our switch: set, and listed.
 *
 * Both live in the data plane and nowhere else: what was set by a job is gone when the node
 * ends; what the configuration says is there again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"
#include "switch/filter.h"
#include "switch/label.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

static const char label_why[] = N_("it is no label, or no port, or already used otherwise");
static const char label_next[] =
    N_("Take a port number that no link has, and see 'net2o switch label'.");
static const char exists_why[] =
    N_("a link has this port, or another label hides the same way");
static const char rule_why[] = N_("this is no rule");
static const char port_why[] = N_("the switch has no such port");
static const char rule_next[] = N_("See 'net2o switch --help'; nothing was changed.");

/* ---- orders ---- */

/* @bytes: copied. */
static n2_err
push(n2_control *c, n2_op_kind kind, n2_job tag, const void *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);

    if (!copy)
        return N2_ERR_NOMEM;
    if (len)
        memcpy(copy, bytes, len);
    n2_op_queue_push(&c->ops, &(n2_op){.kind = kind, .tag = tag, .bytes = copy, .len = len});
    return N2_OK;
}

/* @line: (out) (nullable) of the first fault.
 * @words: (out) (nullable) N2_FILTER_LINE_BYTES: with NOTFOUND, the first rule about a port
 * that there is not. */
static n2_err
push_filter(n2_control *c, const char *text, n2_job tag, unsigned *line, char *words)
{
    n2_filter_rule *rules = NULL;
    unsigned at = 0;
    size_t n = 0;
    n2_err err = strlen(text) > N2_FILTER_TEXT_BYTES_MAX ? N2_ERR_LIMIT : N2_OK;

    if (!err) {
        rules = calloc(N2_FILTER_RULES_MAX, sizeof *rules);
        err = rules ? n2_filter_parse(text, rules, &n, &at) : N2_ERR_NOMEM;
    }
    for (size_t i = 0; i < n && !err; i++) {
        if (!((rules[i].in_lo | rules[i].out_lo) >> c->config.switch_bits))
            continue;
        err = N2_ERR_NOTFOUND;
        if (words)
            n2_filter_format(words, &rules[i]);
    }
    if (!err)
        err = push(c, N2_OP_FILTER, tag, rules, n * sizeof *rules);
    free(rules);
    if (line)
        *line = at;
    return err;
}

n2_err
n2_rules_begin(n2_control *c)
{
    const char *labels = c->config.labels ? c->config.labels : "";
    n2_err err = N2_OK;
    n2_label order;

    while (!err && !(err = n2_label_parse(&labels, &order)))
        err = push(c, N2_OP_LABEL, 0, &order, sizeof order);
    if (err != N2_ERR_NOTFOUND)
        return err;
    return c->config.filter ? push_filter(c, c->config.filter, 0, NULL, NULL) : N2_OK;
}

/* ---- jobs ---- */

static void
set_label(n2_control *c, job *j)
{
    const char *text = j->value ? j->value : "";
    n2_label order, more;
    n2_err err = n2_label_parse(&text, &order);

    if (!err && n2_label_parse(&text, &more) != N2_ERR_NOTFOUND)
        err = N2_ERR_FORMAT; /* one at a time, so that it is known which was refused */
    if (!err)
        err = push(c, N2_OP_LABEL, j->id, &order, sizeof order);
    if (err == N2_ERR_NOMEM || err == N2_ERR_LIMIT)
        n2_job_failed(c, j, err);
    else if (err)
        n2_job_failed_words(c, j, N2_ERR_USAGE, label_why, label_next);
}

/* Fails it with the line that is no rule. */
static void
refuse_rule(n2_control *c, job *j, unsigned line)
{
    const char *at = j->value ? j->value : "";

    for (; line > 1 && strchr(at, '\n'); line--)
        at = strchr(at, '\n') + 1;
    free(j->address);
    j->address = strndup(at, strcspn(at, "\n"));
    n2_job_failed_words(c, j, N2_ERR_USAGE, rule_why, rule_next);
}

static void
set_filter(n2_control *c, job *j)
{
    char words[N2_FILTER_LINE_BYTES];
    unsigned line = 0;
    n2_err err = push_filter(c, j->value ? j->value : "", j->id, &line, words);

    if (err == N2_ERR_FORMAT || err == N2_ERR_USAGE) {
        refuse_rule(c, j, line);
    } else if (err == N2_ERR_NOTFOUND) {
        free(j->address);
        j->address = strdup(words);
        n2_job_failed_words(c, j, N2_ERR_USAGE, port_why, rule_next);
    } else if (err) {
        n2_job_failed(c, j, err);
    }
}

void
n2_rules_job(n2_control *c, job *j)
{
    j->awaits = AWAIT_RULES;
    if (j->kind == N2_JOB_LABEL_SET)
        set_label(c, j);
    else if (j->kind == N2_JOB_FILTER_SET)
        set_filter(c, j);
    else
        n2_op_queue_push(&c->ops,
                         &(n2_op){.kind = j->kind == N2_JOB_LABEL_LIST ? N2_OP_LABEL_LOOK
                                                                       : N2_OP_FILTER_LOOK,
                                  .tag = j->id});
}

/* ---- answers ---- */

static n2_table *
label_rows(const n2_event *event)
{
    n2_table *t = n2_table_new();
    char text[N2_LABEL_TEXT_BYTES];
    n2_label_row row;

    for (size_t at = 0; at + sizeof row <= event->len; at += sizeof row) {
        memcpy(&row, event->bytes + at, sizeof row);
        n2_label_format(text, &row.label);
        n2_table_row(t);
        n2_table_text(t, "label", text);
        if (row.label.kind == N2_LABEL_WAY || row.label.kind == N2_LABEL_HIDE) {
            n2_table_int(t, "port", row.label.port);
            n2_table_bool(t, "up", row.is_up);
        }
        if (row.label.kind == N2_LABEL_HIDE)
            continue;
        n2_table_int(t, "number", row.label.label);
        n2_table_int(t, "packets", (int64_t)row.packets);
        n2_table_int(t, "refused", (int64_t)row.refused);
        if (row.label.kind == N2_LABEL_WAY)
            n2_table_int(t, "answers", (int64_t)row.answers);
    }
    return t;
}

/* The last row is of what no rule was for: it has no text. */
static n2_table *
filter_rows(const n2_event *event)
{
    n2_table *t = n2_table_new();
    char text[N2_FILTER_LINE_BYTES];
    n2_filter_row row;

    for (size_t at = 0; at + sizeof row <= event->len; at += sizeof row) {
        memcpy(&row, event->bytes + at, sizeof row);
        n2_table_row(t);
        if (at + 2 * sizeof row <= event->len) {
            n2_filter_format(text, &row.rule);
            n2_table_text(t, "rule", text);
        }
        n2_table_int(t, "packets", (int64_t)row.packets);
        n2_table_int(t, "bytes", (int64_t)row.bytes);
    }
    return t;
}

void
n2_rules_event(n2_control *c, const n2_event *event)
{
    job *j = n2_job_find(c, (n2_job)event->tag);

    if (!event->tag && event->err)
        n2_control_log(c, "a label or the filter of net2o.conf was refused: %s",
                       n2_words_why(event->err));
    if (!j || j->awaits != AWAIT_RULES)
        return;
    if (event->err && j->kind == N2_JOB_LABEL_SET)
        n2_job_failed_words(c, j, event->err,
                            event->err == N2_ERR_EXISTS  ? exists_why
                            : event->err == N2_ERR_USAGE ? label_why
                                                         : n2_words_why(event->err),
                            label_next);
    else if (event->err)
        n2_job_failed(c, j, event->err);
    else if (j->kind == N2_JOB_LABEL_LIST)
        n2_job_done(c, j, label_rows(event));
    else if (j->kind == N2_JOB_FILTER_LIST)
        n2_job_done(c, j, filter_rows(event));
    else
        n2_job_done(c, j, NULL);
}

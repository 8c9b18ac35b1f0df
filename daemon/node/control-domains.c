/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-domains.c - which broadcast channels may pass a port, and which may come from there:
 *                     what the configuration says, and what the user changes until the node
 *                     ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

#define TAG_BASE (UINT64_C(1) << 32) /* of orders about rules, so that they are no cast's */

static const char rules_why[] =
    N_("it names no port of this switch, or no channels, as in 256-511,0x120000");
static const char rules_next[] = N_("See 'net2o switch --help'; nothing was changed.");

/* @rules, or none, in the place of all. */
static n2_err
push(n2_control *c, uint64_t tag, const n2_channel_rule *rules, size_t n)
{
    n2_op op = {.kind = N2_OP_CHANNEL_RULES,
                .tag = TAG_BASE | tag,
                .bytes = malloc(n ? n * sizeof *rules : 1),
                .len = n * sizeof *rules};

    if (!op.bytes)
        return N2_ERR_NOMEM;
    if (n)
        memcpy(op.bytes, rules, op.len);
    n2_op_queue_push(&c->ops, &op);
    return N2_OK;
}

/* All rules but those that @what says of @port, and those of @text for it. */
static n2_err
with(const n2_control *c,
     n2_domain what,
     uint16_t port,
     const char *text,
     n2_channel_rule *rules,
     size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < c->n_rules; i++)
        if (c->rules[i].port != port || c->rules[i].what != what)
            rules[(*n)++] = c->rules[i];
    return n2_channel_rules_parse(text, what, port, rules, n);
}

static n2_err
keep(n2_control *c, const n2_channel_rule *rules, size_t n)
{
    if (!c->rules)
        c->rules = calloc(N2_CHANNEL_RULES_MAX, sizeof *c->rules);
    if (!c->rules)
        return N2_ERR_NOMEM;
    if (n)
        memcpy(c->rules, rules, n * sizeof *rules);
    c->n_rules = n;
    return N2_OK;
}

static n2_err
add(n2_control *c, n2_domain what, uint16_t port, const char *text)
{
    n2_channel_rule rules[N2_CHANNEL_RULES_MAX];
    size_t n = 0;
    n2_err err = text ? with(c, what, port, text, rules, &n) : N2_OK;

    return err || !text ? err : keep(c, rules, n);
}

n2_err
n2_domains_begin(n2_control *c)
{
    n2_err err = N2_OK;

    for (size_t i = 0; i < c->config.n_ports && !err; i++) {
        const n2_port_plan *plan = &c->config.ports[i];
        err = add(c, N2_DOMAIN_TAKE, plan->port, plan->channels_take);
        if (!err)
            err = add(c, N2_DOMAIN_BLOCK, plan->port, plan->channels_block);
    }
    return err || !c->n_rules ? err : push(c, 0, c->rules, c->n_rules);
}

n2_err
n2_domains_restarted(n2_control *c)
{
    return c->n_rules ? push(c, 0, c->rules, c->n_rules) : N2_OK;
}

/* ---- jobs ---- */

static void
set(n2_control *c, job *j)
{
    n2_channel_rule rules[N2_CHANNEL_RULES_MAX];
    bool is_take = j->type && strcmp(j->type, "take") == 0;
    bool is_right = j->port && !(j->port >> c->config.switch_bits) &&
                    (is_take || (j->type && strcmp(j->type, "block") == 0));
    size_t n = 0;
    n2_err err = !is_right ? N2_ERR_USAGE
                           : with(c, is_take ? N2_DOMAIN_TAKE : N2_DOMAIN_BLOCK, j->port,
                                  j->value ? j->value : "", rules, &n);

    if (!err)
        err = push(c, j->id, rules, n);
    if (!err)
        err = keep(c, rules, n);
    if (err == N2_ERR_USAGE || err == N2_ERR_FORMAT)
        n2_job_failed_words(c, j, N2_ERR_USAGE, rules_why, rules_next);
    else if (err)
        n2_job_failed(c, j, err);
}

static n2_table *
rows(const n2_control *c)
{
    n2_table *t = n2_table_new();

    for (size_t i = 0; i < c->n_rules; i++) {
        const n2_channel_rule *rule = &c->rules[i];
        n2_table_row(t);
        n2_table_int(t, "port", rule->port);
        n2_table_text(t, "what", rule->what == N2_DOMAIN_TAKE ? "take" : "block");
        n2_table_int(t, "first", rule->first);
        n2_table_int(t, "last", rule->last);
    }
    return t;
}

void
n2_domains_job(n2_control *c, job *j)
{
    j->awaits = AWAIT_RULES;
    if (j->kind == N2_JOB_DOMAIN_SET)
        set(c, j);
    else
        n2_job_done(c, j, rows(c));
}

bool
n2_domains_event(n2_control *c, const n2_event *event)
{
    job *j = n2_job_find(c, (n2_job)(event->tag & UINT32_MAX));

    if (!(event->tag & TAG_BASE))
        return false;
    if (j && j->kind == N2_JOB_DOMAIN_SET) {
        if (event->err)
            n2_job_failed(c, j, event->err);
        else
            n2_job_done(c, j, NULL);
        n2_casts_borders_changed(c);
    } else if (event->err) {
        n2_control_log(c, "the channels of net2o.conf were refused: %s",
                       n2_words_why(event->err));
    }
    return true;
}

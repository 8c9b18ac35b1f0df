/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-ports.c - a node that is a switch only: no store, no keys, its ports as configured.
 *
 * Links that the configuration tells to open are peers whose port is fixed.  A rate belongs to
 * its port, whoever is there; a weight, and what channels may come from there, only to who is
 * known by address: with a number anybody could wish for it.
 */
#include "node/control-private.h"

static const n2_port_plan *
plan_of(const n2_control *c, uint32_t port)
{
    for (size_t i = 0; i < c->config.n_ports; i++)
        if (c->config.ports[i].port == port)
            return &c->config.ports[i];
    return NULL;
}

bool
n2_ports_is_switch(const n2_control *c)
{
    return !c->config.store;
}

n2_err
n2_ports_check(const n2_control_config *config)
{
    for (size_t i = 0; i < config->n_ports; i++) {
        const n2_port_plan *plan = &config->ports[i];
        uint32_t port = plan->port;

        if (!port || port >> config->switch_bits)
            return N2_ERR_USAGE;
        if (!plan->net.len && (plan->users_max || plan->channels_take))
            return N2_ERR_USAGE; /* a right of whoever comes first */
        for (size_t k = 0; k < i; k++)
            if (config->ports[k].port == port)
                return N2_ERR_USAGE;
    }
    return N2_OK;
}

void
n2_ports_up(n2_control *c, const n2_event *event)
{
    const n2_port_plan *plan = plan_of(c, event->port);

    if (plan && plan->rate_Bps)
        n2_op_queue_push(
            &c->ops,
            &(n2_op){.kind = N2_OP_LINK_RATE, .port = event->port, .size = plan->rate_Bps});
    if (plan && plan->users_max && n2_net_addr_equal(&plan->net, &event->net))
        n2_op_queue_push(
            &c->ops,
            &(n2_op){.kind = N2_OP_LINK_USERS, .port = event->port, .size = plan->users_max});
}

void
n2_ports_begin(n2_control *c)
{
    for (size_t i = 0; i < c->config.n_ports; i++)
        n2_op_queue_push(&c->ops, &(n2_op){.kind = N2_OP_LINK_PLAN,
                                           .port = c->config.ports[i].port,
                                           .net = c->config.ports[i].net});
}

bool
n2_ports_does(n2_job_kind kind)
{
    /* All others give, get, or speak of names and identities. */
    static const n2_job_kind can[] = {N2_JOB_STATUS,      N2_JOB_PEER_LIST,  N2_JOB_SWITCH_LOOK,
                                      N2_JOB_LABEL_SET,   N2_JOB_LABEL_LIST, N2_JOB_FILTER_SET,
                                      N2_JOB_FILTER_LIST, N2_JOB_CAST_OPEN,  N2_JOB_CAST_CLOSE,
                                      N2_JOB_CAST_PROBE,  N2_JOB_CAST_LIST,  N2_JOB_DOMAIN_SET,
                                      N2_JOB_DOMAIN_LIST};

    for (size_t i = 0; i < sizeof can / sizeof *can; i++)
        if (can[i] == kind)
            return true;
    return false;
}

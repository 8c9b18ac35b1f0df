/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * config-port.c - sections [port N] of net2o.conf: the ports of a switch without users.
 */
#include "host/config-port.h"

#include <string.h>

#include "base/limits.h"
#include "host/fault.h"
#include "host/net.h"
#include "switch/domains.h"

static const char prefix[] = "port ";

enum {
    PORT_MAX = (1 << N2_SWITCH_WIDTH_MAX) - 1,
    RATE_KBIT_MAX = 1 << 30
};

static void
clear_port(gpointer data)
{
    n2_config_port *p = data;

    g_free(p->to);
    g_free(p->channels_take);
    g_free(p->channels_block);
}

GArray *
n2_config_ports_new(void)
{
    GArray *ports = g_array_new(FALSE, TRUE, sizeof(n2_config_port));

    g_array_set_clear_func(ports, clear_port);
    return ports;
}

bool
n2_config_is_port(const char *section)
{
    return g_str_has_prefix(section, prefix);
}

/* The port's entry, made if there is none; NULL: it is no port's number. */
static n2_config_port *
find(GArray *ports, const char *section)
{
    n2_config_port fresh = {0};

    if (!g_ascii_string_to_unsigned(section + strlen(prefix), 10, 1, PORT_MAX, &fresh.port,
                                    NULL))
        return NULL;
    for (guint i = 0; i < ports->len; i++) {
        n2_config_port *p = &g_array_index(ports, n2_config_port, i);
        if (p->port == fresh.port)
            return p;
    }
    g_array_append_val(ports, fresh);
    return &g_array_index(ports, n2_config_port, ports->len - 1);
}

static n2_err
set_number(guint64 *place, guint64 max, const char *name, const char *text, GError **error)
{
    if (g_ascii_string_to_unsigned(text, 10, 0, max, place, NULL))
        return N2_OK;
    return n2_fault_set(error, N2_ERR_USAGE,
                        "%s: %s is not a number from 0 to %" G_GUINT64_FORMAT
                        ". Give one of these",
                        name, text, max);
}

static n2_err
set_to(n2_config_port *p, bool is_from, const char *name, const char *text, GError **error)
{
    p->net = (n2_net_addr){0};
    g_clear_pointer(&p->to, g_free);
    if (is_from && strcmp(text, "any") == 0)
        return N2_OK;
    if (n2_net_parse(&p->net, text) != N2_OK)
        return n2_fault_set(error, N2_ERR_USAGE,
                            "%s: %s is no address of a link. Give udp:ADDRESS:PORT or "
                            "eth:INTERFACE/ADDRESS, with numbers for names",
                            name, text);
    p->to = g_strdup(text);
    p->is_from = is_from;
    return N2_OK;
}

static n2_err
set_channels(char **place, const char *name, const char *text, GError **error)
{
    n2_channel_rule rules[N2_CHANNEL_RULES_MAX];
    size_t n = 0;

    if (n2_channel_rules_parse(text, N2_DOMAIN_BLOCK, 0, rules, &n))
        return n2_fault_set(error, N2_ERR_USAGE,
                            "%s: %s names no channels. Give ranges such as 256-511,0x120000",
                            name, text);
    g_free(*place);
    *place = g_strdup(text);
    return N2_OK;
}

n2_err
n2_config_port_set(GArray *ports,
                   const char *section,
                   const char *key,
                   const char *name,
                   const char *text,
                   GError **error)
{
    bool is_known = strcmp(key, "to") == 0 || strcmp(key, "from") == 0 ||
                    strcmp(key, "their-port") == 0 || strcmp(key, "rate-kbit") == 0 ||
                    strcmp(key, "users") == 0 || strcmp(key, "channels-take") == 0 ||
                    strcmp(key, "channels-block") == 0;
    n2_config_port *p = is_known ? find(ports, section) : NULL;

    if (!is_known)
        return N2_ERR_NOTFOUND;
    if (!p)
        return n2_fault_set(error, N2_ERR_USAGE,
                            "%s: a port's section is [port N], N from 1 to %d. Give such a one",
                            name, PORT_MAX);
    if (strcmp(key, "to") == 0 || strcmp(key, "from") == 0)
        return set_to(p, strcmp(key, "from") == 0, name, text, error);
    if (strcmp(key, "their-port") == 0)
        return set_number(&p->their_port, PORT_MAX, name, text, error);
    if (strcmp(key, "channels-take") == 0)
        return set_channels(&p->channels_take, name, text, error);
    if (strcmp(key, "channels-block") == 0)
        return set_channels(&p->channels_block, name, text, error);
    if (strcmp(key, "users") == 0)
        return set_number(&p->users, N2_QUEUE_WEIGHT_MAX, name, text, error);
    return set_number(&p->rate_kbit, RATE_KBIT_MAX, name, text, error);
}

n2_err
n2_config_ports_check(const GArray *ports, guint64 switch_bits, GError **error)
{
    for (guint i = 0; i < ports->len; i++) {
        const n2_config_port *p = &g_array_index(ports, n2_config_port, i);
        guint64 port = p->port;
        if (port >> switch_bits)
            return n2_fault_set(error, N2_ERR_USAGE,
                                "[port %" G_GUINT64_FORMAT "]: the switch has ports 1 to "
                                "%" G_GUINT64_FORMAT ". Raise node.switch-bits",
                                port, (UINT64_C(1) << switch_bits) - 1);
        if (!p->to && (p->users || p->channels_take))
            return n2_fault_set(error, N2_ERR_USAGE,
                                "[port %" G_GUINT64_FORMAT "]: users and channels-take are for "
                                "one who is known. Give to= or from= with its address",
                                port);
    }
    return N2_OK;
}

n2_port_plan *
n2_config_port_plans(const GArray *ports)
{
    n2_port_plan *plans = g_new0(n2_port_plan, ports->len);

    for (guint i = 0; i < ports->len; i++) {
        const n2_config_port *p = &g_array_index(ports, n2_config_port, i);
        plans[i] = (n2_port_plan){.port = (uint16_t)p->port,
                                  .remote_port = (uint16_t)p->their_port,
                                  .rate_Bps = p->rate_kbit * 125,
                                  .users_max = (uint32_t)p->users,
                                  .channels_take = p->channels_take,
                                  .channels_block = p->channels_block,
                                  .endpoint = p->is_from ? NULL : p->to,
                                  .net = p->net};
    }
    return plans;
}

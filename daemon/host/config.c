/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * config.c - what the operator asked for: command line, `--set`, and the key file net2o.conf.
 */
#include "host/config.h"

#include <getopt.h>
#include <stddef.h>
#include <string.h>

#include "base/limits.h"
#include "base/netaddr.h"
#include "host/config-rules.h"
#include "host/fault.h"
#include "node/control.h"

typedef enum {
    VALUE_LISTEN, /* list of listeners */
    VALUE_NUMBER, /* min to max */
    VALUE_LEVEL,  /* a log level by name */
    VALUE_MODE,   /* node or switch */
    VALUE_LABELS, /* orders about virtual labels */
    VALUE_FILTER, /* rules of the filter */
    VALUE_OFFERS, /* services */
    VALUE_WHO     /* an identity, or nobody */
} value_type;

typedef struct {
    const char *section;
    const char *key;
    value_type type;
    size_t offset; /* in n2_config */
    guint64 min, max;
    const char *built_in;
} setting;

/* clang-format off */
static const setting settings[] = {
    {"node",    "listen",      VALUE_LISTEN, offsetof(n2_config, listen),      0,  0,     "udp:0.0.0.0:0;udp:[::]:0"},
    {"node",    "switch-bits", VALUE_NUMBER, offsetof(n2_config, switch_bits), 1,  16,    "4"},
    {"node",    "mode",        VALUE_MODE,   offsetof(n2_config, is_switch),   0,  0,     "node"},
    {"node",    "log",         VALUE_LEVEL,  offsetof(n2_config, log_level),   0,  0,     "info"},
    {"node",    "suites",      VALUE_NUMBER, offsetof(n2_config, suites),      1,  3,     "1"},
    {"node",    "show-identity", VALUE_NUMBER, offsetof(n2_config, show_identity), 0, 2,  "0"},
    {"identity", "hours",      VALUE_NUMBER, offsetof(n2_config, hours),       1,  N2_SESSION_HOURS_MAX, "12"},
    {"identity", "token-removed", VALUE_NUMBER, offsetof(n2_config, token_signs_out), 0, 1, "1"},
    {"identity", "screen-locked", VALUE_NUMBER, offsetof(n2_config, screen_signs_out), 0, 1, "1"},
    {"network", "buffer-kib",  VALUE_NUMBER, offsetof(n2_config, buffer_kib),  64, 65536, "8192"},
    {"network", "spin-us",     VALUE_NUMBER, offsetof(n2_config, spin_us),     0,  1000,  "20"},
    {"network", "rate-kbit",   VALUE_NUMBER, offsetof(n2_config, rate_kbit),   0,  1 << 30, "0"},
    {"network", "introductions", VALUE_NUMBER, offsetof(n2_config, introductions), 0, 2, "1"},
    {"network", "local",       VALUE_NUMBER, offsetof(n2_config, local),       0,  2,     "1"},
    {"network", "dht",         VALUE_NUMBER, offsetof(n2_config, dht),         0,  1,     "1"},
    {"network", "offers",      VALUE_OFFERS, offsetof(n2_config, offers),      0,  0,     ""},
    {"switch",  "labels",      VALUE_LABELS, offsetof(n2_config, labels),      0,  0,     ""},
    {"switch",  "reservations", VALUE_NUMBER, offsetof(n2_config, reservations), 0, 2, "0"},
    {"switch",  "filter",      VALUE_FILTER, offsetof(n2_config, filter),      0,  0,     ""},
    {"store",   "versions",    VALUE_NUMBER, offsetof(n2_config, versions),    0,  N2_STORE_VERSIONS_MAX, "1000"},
    {"store",   "cache",       VALUE_WHO,    offsetof(n2_config, cache),       0,  0,     ""},
    {"store",   "carry",       VALUE_NUMBER, offsetof(n2_config, carry),       0,  1,     "0"},
    {"store",   "cache-mib",   VALUE_NUMBER, offsetof(n2_config, cache_mib),   0,  1 << 30, "10240"},
};
/* clang-format on */

G_STATIC_ASSERT(G_N_ELEMENTS(settings) <= 64); /* bits of n2_config.said */

static const char *const levels[] = {"error", "warning", "info", "debug"};

const char *
n2_options_help(void)
{
    return "Usage: net2od [OPTION]...\n"
           "The node of net2o: switch, transport, names and store, in the foreground.\n"
           "\n"
           "  --profile DIR             keep all in DIR, not in the user's XDG folders\n"
           "  --listen udp:ADDRESS:PORT listen here, repeatable; port 0: any free one; also\n"
           "                            udp:[::1]:4000, eth:INTERFACE (takes CAP_NET_RAW)\n"
           "  --switch-bits N           our switch has 2^N ports (1 to 16, default 4)\n"
           "  --set SECTION.KEY=VALUE   as in net2o.conf: node.listen, node.switch-bits,\n"
           "          node.mode (node; switch: without users or store),\n"
           "          node.log (error|warning|info|debug), node.suites, node.show-identity,\n"
           "          identity.hours, identity.token-removed, identity.screen-locked,\n"
           "          network.buffer-kib, network.spin-us, network.dht, network.local,\n"
           "          network.rate-kbit, network.introductions, switch.labels,\n"
           "          switch.filter, switch.reservations, network.offers, store.cache,\n"
           "          store.cache-mib, store.carry, store.versions\n"
           "  --fsck                    verify the store while no node runs, and end\n"
           "  --cut                     the same; back to before a damaged log of changes\n"
           "  --help, --version         this text; the version\n"
           "\n"
           "Prints `ready LISTENERS IDENTITY` when it accepts work.\n"
           "SIGTERM or SIGINT ends it cleanly.\n";
}

n2_err
n2_options_parse(n2_options *out, int argc, char **argv, GError **error)
{
    static const struct option known[] = {
        {"profile", required_argument, NULL, 'p'},
        {"listen", required_argument, NULL, 'l'},
        {"switch-bits", required_argument, NULL, 'b'},
        {"set", required_argument, NULL, 's'},
        {"fsck", no_argument, NULL, 'f'},
        {"cut", no_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {0},
    };
    n2_options o = {.listen = g_ptr_array_new(), .set = g_ptr_array_new()};
    int choice;

    optind = 0; /* start anew, also in a test that parses twice */
    opterr = 0;
    while ((choice = getopt_long(argc, argv, "+:", known, NULL)) != -1) {
        switch (choice) {
        case 'p':
            o.profile = optarg;
            break;
        case 'l':
            g_ptr_array_add(o.listen, optarg);
            break;
        case 'b':
            o.switch_bits = optarg;
            break;
        case 's':
            g_ptr_array_add(o.set, optarg);
            break;
        case 'f':
            o.wants_fsck = TRUE;
            break;
        case 'c':
            o.wants_cut = TRUE;
            break;
        case 'h':
            o.show_help = TRUE;
            break;
        case 'v':
            o.show_version = TRUE;
            break;
        default:
            n2_fault_set(error, N2_ERR_USAGE, "%s: %s. See net2od --help", argv[optind - 1],
                         choice == ':' ? "needs a value" : "there is no such option");
            goto wrong;
        }
    }
    if (optind < argc) {
        n2_fault_set(error, N2_ERR_USAGE, "%s: not an option. See net2od --help", argv[optind]);
        goto wrong;
    }
    if (o.profile && !*o.profile) {
        n2_fault_set(error, N2_ERR_USAGE, "--profile: needs a folder. See net2od --help");
        goto wrong;
    }
    *out = o;
    return N2_OK;

wrong:
    n2_options_clear(&o);
    *out = o;
    return N2_ERR_USAGE;
}

void
n2_options_clear(n2_options *options)
{
    g_clear_pointer(&options->listen, g_ptr_array_unref);
    g_clear_pointer(&options->set, g_ptr_array_unref);
}

static n2_err
check_listener(const char *text, GError **error)
{
    n2_net_addr net;

    if (g_str_has_prefix(text, "udp:") || n2_net_ether_parse(&net, text, true) == N2_OK)
        return N2_OK;
    return n2_fault_set(error, N2_ERR_USAGE,
                        "%s: this is no listener. Use udp:ADDRESS:PORT or eth:INTERFACE", text);
}

static n2_err
set_listen(char ***place, const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ";", -1);
    g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);

    for (char **part = parts; *part; part++) {
        if (!*g_strstrip(*part))
            continue;
        n2_err err = check_listener(*part, error);
        if (err)
            return err;
        g_ptr_array_add(kept, g_strdup(*part));
    }
    if (kept->len == 0)
        return n2_fault_set(error, N2_ERR_USAGE,
                            "node.listen: no listener given. Use udp:ADDRESS:PORT or "
                            "eth:INTERFACE");
    g_ptr_array_add(kept, NULL);
    g_strfreev(*place);
    *place = (char **)g_ptr_array_free(g_steal_pointer(&kept), FALSE);
    return N2_OK;
}

/* The one place that turns text into a value; @name is what the person wrote. */
static n2_err
apply(n2_config *config, const setting *s, const char *name, const char *text, GError **error)
{
    void *place = (char *)config + s->offset;

    switch (s->type) {
    case VALUE_LISTEN:
        return set_listen(place, text, error);
    case VALUE_NUMBER:
        if (!g_ascii_string_to_unsigned(text, 10, s->min, s->max, place, NULL))
            return n2_fault_set(error, N2_ERR_USAGE,
                                "%s: %s is not a number from %" G_GUINT64_FORMAT
                                " to %" G_GUINT64_FORMAT ". Give one of these",
                                name, text, s->min, s->max);
        return N2_OK;
    case VALUE_LEVEL:
        for (guint64 i = 0; i < G_N_ELEMENTS(levels); i++) {
            if (strcmp(levels[i], text) == 0) {
                *(guint64 *)place = i;
                return N2_OK;
            }
        }
        return n2_fault_set(error, N2_ERR_USAGE,
                            "%s: %s is not error, warning, info or debug. Give one of these",
                            name, text);
    case VALUE_MODE:
        *(guint64 *)place = strcmp(text, "switch") == 0;
        if (*(guint64 *)place || strcmp(text, "node") == 0)
            return N2_OK;
        return n2_fault_set(error, N2_ERR_USAGE,
                            "%s: %s is not node or switch. Give one of these", name, text);
    case VALUE_LABELS:
        return n2_config_set_labels(place, name, text, error);
    case VALUE_FILTER:
        return n2_config_set_filter(place, name, text, error);
    case VALUE_OFFERS:
        return n2_config_set_offers(place, name, text, error);
    case VALUE_WHO:
        if (!*text || !n2_id_parse(place, N2_ID_IDENTITY, text, strlen(text)))
            return N2_OK;
        return n2_fault_set(error, N2_ERR_USAGE,
                            "%s: %s is no identity. Give k1-..., or nothing", name, text);
    }
    g_assert_not_reached();
}

static const setting *
find_setting(const char *section, const char *key)
{
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++)
        if (strcmp(settings[i].section, section) == 0 && strcmp(settings[i].key, key) == 0)
            return &settings[i];
    return NULL;
}

/* Any key of any section.  N2_ERR_NOTFOUND, without words: there is none of this name. */
static n2_err
apply_key(n2_config *config,
          const char *section,
          const char *key,
          const char *name,
          const char *text,
          GError **error)
{
    const setting *s = find_setting(section, key);

    if (n2_config_is_port(section))
        return n2_config_port_set(config->ports, section, key, name, text, error);
    if (!s)
        return N2_ERR_NOTFOUND;
    if (s->type == VALUE_LISTEN)
        config->listen_is_built_in = FALSE;
    config->said |= G_GUINT64_CONSTANT(1) << (s - settings);
    return apply(config, s, name, text, error);
}

/* @unknown: (inout) (nullable) the first key that is none. */
static n2_err
apply_file(n2_config *config, const char *path, char **unknown, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *text = NULL;
    n2_err read_err = n2_config_read(&text, path, error);

    if (read_err || !text)
        return read_err;
    if (!g_key_file_load_from_data(file, text, strlen(text), G_KEY_FILE_NONE, NULL))
        return n2_fault_set(error, N2_ERR_FORMAT,
                            "%s: it is no key file. Mend it or move it away", path);
    g_auto(GStrv) sections = g_key_file_get_groups(file, NULL);
    for (char **section = sections; *section; section++) {
        g_auto(GStrv) keys = g_key_file_get_keys(file, *section, NULL, NULL);
        for (char **key = keys; key && *key; key++) {
            g_autofree char *value = g_key_file_get_value(file, *section, *key, NULL);
            guint again, line = n2_config_line(text, *section, *key, &again);
            g_autofree char *name =
                g_strdup_printf("%s: line %u: %s.%s", path, line, *section, *key);
            if (again)
                return n2_fault_set(error, N2_ERR_USAGE,
                                    "%s: given again in line %u. Give it once", name, again);
            guint to = n2_config_is_port(*section) && strcmp(*key, "from") == 0
                           ? n2_config_line(text, *section, "to", &again)
                           : 0;
            if (to)
                return n2_fault_set(
                    error, N2_ERR_USAGE,
                    "%s: line %u says to= of the same port. Give to= or from=", name, to);
            n2_err err =
                apply_key(config, *section, *key, name, value ? g_strchomp(value) : "", error);
            if (err && err != N2_ERR_NOTFOUND)
                return err;
            if (err)
                n2_log(N2_LOG_WARNING, "%s: this version does not know it", name);
            if (err && !*unknown)
                *unknown = g_steal_pointer(&name);
        }
    }
    return N2_OK;
}

static n2_err
apply_set(n2_config *config, const char *text, GError **error)
{
    const char *equals = strchr(text, '=');
    g_autofree char *name = g_strndup(text, equals ? (gsize)(equals - text) : strlen(text));
    char *dot = strchr(name, '.');

    if (!equals || !dot)
        return n2_fault_set(error, N2_ERR_USAGE,
                            "--set %s: not of the form SECTION.KEY=VALUE. See net2od --help",
                            text);
    g_autofree char *section = g_strndup(name, (gsize)(dot - name));
    n2_err err = apply_key(config, section, dot + 1, name, equals + 1, error);
    if (err == N2_ERR_NOTFOUND)
        return n2_fault_set(error, N2_ERR_USAGE,
                            "--set %s: there is no such option. See net2od --help", name);
    return err;
}

static n2_err
apply_options(n2_config *config, const n2_options *options, GError **error)
{
    n2_err err = N2_OK;

    for (guint i = 0; !err && i < options->set->len; i++)
        err = apply_set(config, g_ptr_array_index(options->set, i), error);
    if (!err && options->switch_bits)
        err = apply(config, find_setting("node", "switch-bits"), "--switch-bits",
                    options->switch_bits, error);
    if (!err && options->listen->len) {
        g_autoptr(GString) all = g_string_new(NULL);
        for (guint i = 0; i < options->listen->len; i++)
            g_string_append_printf(all, "%s;", (char *)g_ptr_array_index(options->listen, i));
        config->listen_is_built_in = FALSE;
        err = apply(config, find_setting("node", "listen"), "--listen", all->str, error);
    }
    return err;
}

n2_err
n2_config_load(n2_config *out, const n2_options *options, const char *path, GError **error)
{
    n2_config config = {.listen_is_built_in = TRUE, .ports = n2_config_ports_new()};
    g_autofree char *unknown = NULL;
    n2_err err = N2_OK;

    for (size_t i = 0; !err && i < G_N_ELEMENTS(settings); i++)
        err = apply(&config, &settings[i], settings[i].key, settings[i].built_in, error);
    if (!err)
        err = apply_file(&config, path, &unknown, error);
    if (!err)
        err = apply_options(&config, options, error);
    if (!err)
        err = n2_config_ports_check(config.ports, config.switch_bits, error);
    if (!err)
        err = n2_config_rules_check(config.labels, config.filter, config.ports,
                                    (unsigned)config.switch_bits, error);
    if (!err && config.is_switch && !config.ports->len)
        n2_log(N2_LOG_WARNING, "node.mode=switch without any [port N]: no link is opened, and "
                               "nobody may open one");
    if (!err && config.is_switch && unknown)
        err = n2_fault_set(error, N2_ERR_USAGE,
                           "%s: there is no such key, and a switch does not begin with less "
                           "than it was told. Mend it or take it out",
                           unknown);
    if (err) {
        n2_config_clear(&config);
        return err;
    }
    *out = config;
    return N2_OK;
}

unsigned
n2_config_session_fixed(const n2_config *config)
{
    static const struct {
        const char *key;
        unsigned bit;
    } all[] = {{"hours", N2_SESSION_SAYS_HOURS},
               {"token-removed", N2_SESSION_SAYS_TOKEN},
               {"screen-locked", N2_SESSION_SAYS_SCREEN}};
    unsigned fixed = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (config->said >> (find_setting("identity", all[i].key) - settings) & 1)
            fixed |= all[i].bit;
    return fixed;
}

void
n2_config_clear(n2_config *config)
{
    g_clear_pointer(&config->listen, g_strfreev);
    g_clear_pointer(&config->labels, g_free);
    g_clear_pointer(&config->filter, g_free);
    g_clear_pointer(&config->offers, g_free);
    g_clear_pointer(&config->ports, g_array_unref);
}

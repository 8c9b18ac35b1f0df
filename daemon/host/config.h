/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * config.h - what the operator asked for: command line, `--set`, and the key file net2o.conf.
 *
 * Layer: host.  Strongest first: `--listen` and `--switch-bits`, `--set`, net2o.conf, the value
 *        built in.  A key that this version does not know is an error on the command line, and
 *        a warning in the file, which an older or newer version may have written; but of a
 *        switch without users an error, as a right may hang on it.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "host/config-port.h"
#include "host/log.h"

/** The command line as given; strings are borrowed from argv. */
typedef struct {
    const char *profile;     /* (nullable) */
    GPtrArray *listen;       /* (element-type utf8) (owned) */
    GPtrArray *set;          /* (element-type utf8) (owned) "section.key=value" */
    const char *switch_bits; /* (nullable) */
    gboolean wants_fsck;     /* verify the store, and end */
    gboolean wants_cut;      /* the same, and take damaged newest changes back before */
    gboolean show_help;
    gboolean show_version;
} n2_options;

typedef struct {
    char **listen;               /* (owned) "udp:ADDRESS:PORT", "eth:INTERFACE"; at least one */
    gboolean listen_is_built_in; /* nobody asked: a family the machine lacks is left out */
    guint64 switch_bits;         /* 1 to 16 */
    guint64 is_switch;           /* without users: no store, no keys, ports as configured */
    GArray *ports;               /* (owned) (element-type n2_config_port) of such a switch */
    guint64 log_level;           /* n2_log_level */
    guint64 suites;              /* bits of those that this node has keys for */
    guint64 buffer_kib;          /* asked of the kernel for each socket and direction */
    guint64 versions;            /* own trees kept beside the newest */
    guint64 cache_mib;           /* of what was only read; 0: no limit */
    guint64 rate_kbit;           /* what each link carries; 0: unknown */
    guint64 introductions;       /* by neighbours: 0 none, 1 followed, 2 asked for too */
    guint64 show_identity;       /* to holders: 0 never, 1 to peers, 2 to all */
    guint64 hours;               /* of a sign-in that says nothing else */
    guint64 token_signs_out;     /* a token that is pulled: 0: its session goes on */
    guint64 screen_signs_out;    /* a screen that is locked: 0: sessions go on */
    guint64 said;                /* bits of the settings that somebody gave */
    guint64 spin_us;             /* the data plane looks so long for more before it sleeps */
    char *labels;                /* (owned) virtual labels of the switch, as switch/label.h */
    guint64 reservations;        /* n2_reserve_role: 0 each call, 1 edge, 2 large */
    guint64 carry;               /* a cache: fetches for others */
    n2_id cache;                 /* such a one that is asked first; or not set */
    guint64 local;               /* n2_local of node/control.h */
    guint64 dht;                 /* part is taken in the DHT */
    char *offers;                /* (owned) services, as n2_control_config has them */
    char *filter;                /* (owned) rules of the switch, as switch/filter.h */
} n2_config;

/** Text of --help, under 24 lines (static). */
const char *n2_options_help(void);

/**
 * Reads a command line; @argv must outlive @out.
 *
 * Returns: N2_OK, or N2_ERR_USAGE with words in @error; @out is cleared then.
 */
N2_MUST_USE n2_err n2_options_parse(n2_options *out, int argc, char **argv, GError **error);

void n2_options_clear(n2_options *options);

/**
 * Joins the built-in values, the key file @path (which need not exist) and @options.
 *
 * Returns: N2_OK; N2_ERR_USAGE (a value out of range, an unknown key in --set or of a switch, a
 *          key given twice, labels or rules that the switch would refuse), N2_ERR_FORMAT
 *          (net2o.conf is no key file), N2_ERR_IO (it cannot be read).
 */
N2_MUST_USE n2_err n2_config_load(n2_config *out,
                                  const n2_options *options,
                                  const char *path,
                                  GError **error);

/**
 * The text of the key file @path, looked at line by line, so that a fault can be found.
 *
 * @out: (out) (transfer full) (nullable): NULL if there is no such file.
 *
 * Returns: N2_OK; N2_ERR_FORMAT (a line is no section, key or comment; no text; too long),
 *          N2_ERR_IO (it cannot be read, or is no file).
 */
N2_MUST_USE n2_err n2_config_read(char **out, const char *path, GError **error);

/**
 * Where in @text, from n2_config_read(), @key of @section stands for the first time; from 1.
 *
 * @again: (out) the line in which it stands for the second time; 0: in none.
 */
guint n2_config_line(const char *text, const char *section, const char *key, guint *again);

/** What of [identity] somebody gave a value for, in the file or on the command line: bits
 *  N2_SESSION_SAYS_* of node/control.h. */
unsigned n2_config_session_fixed(const n2_config *config);

void n2_config_clear(n2_config *config);

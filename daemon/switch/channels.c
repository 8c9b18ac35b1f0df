/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * channels.c - the way of a broadcast through the table, domains, and what ends by itself.
 *
 * Joins are kept in two generations, so that no port needs a time of its own: every turn the
 * younger one becomes the older one, and the older one is forgotten.
 */
#include "switch/channels.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "switch/channels-private.h"
#include "wire/path.h"

static_assert((int)N2_BROADCAST_BITS == (int)N2_CHANNEL_BITS, "a channel is in the path");
static_assert(crypto_shorthash_KEYBYTES == 2 * sizeof(uint64_t), "SipHash");

void
n2_channels_init(n2_channels *channels, const n2_env *env, unsigned width, n2_rows_kind kind)
{
    *channels = (n2_channels){.env = *env,
                              .width = (uint8_t)width,
                              .words = width > 6 ? 1u << (width - 6) : 1,
                              .turn_us = UINT64_MAX,
                              .look_us = UINT64_MAX};
    n2_rows_init(&channels->rows, kind, width, 0);
}

void
n2_channels_clear(n2_channels *channels)
{
    n2_rows_clear(&channels->rows);
    free(channels->ports);
    free(channels->local);
    free(channels->seen);
    free(channels->rules);
    *channels = (n2_channels){0};
}

size_t
n2_channels_bytes(const n2_channels *channels)
{
    return n2_rows_bytes(&channels->rows) +
           (channels->ports ? sizeof *channels->ports << channels->width : 0) +
           (channels->local ? sizeof *channels->local * channels->words * 2 : 0) +
           (channels->seen ? sizeof *channels->seen * N2_LOCAL_SEEN_MAX : 0) +
           (channels->rules ? sizeof *channels->rules * N2_CHANNEL_RULES_MAX : 0);
}

n2_err
n2_channels_need_ports(n2_channels *channels)
{
    if (!channels->ports) { /* before any row is made */
        n2_env_random(&channels->env, channels->key, sizeof channels->key);
        n2_env_random(&channels->env, &channels->rows.seed, sizeof channels->rows.seed);
        channels->ports = calloc((size_t)1 << channels->width, sizeof *channels->ports);
    }
    if (!channels->local)
        channels->local = calloc(2 * (size_t)channels->words, sizeof *channels->local);
    if (!channels->seen)
        channels->seen = calloc(N2_LOCAL_SEEN_MAX, sizeof *channels->seen);
    return channels->ports && channels->local && channels->seen ? N2_OK : N2_ERR_NOMEM;
}

/* ---- ports of a row -------------------------------------------------------------------------
 */

bool
n2_channel_row_has(const n2_channels *channels, const n2_channel_row *row, uint32_t port)
{
    uint64_t word = row->ports[port / 64] | row->ports[channels->words + port / 64];

    return word >> port % 64 & 1;
}

void
n2_channel_row_add(n2_channels *channels, n2_channel_row *row, uint32_t port)
{
    if (!n2_channel_row_has(channels, row, port))
        channels->ports[port].n_joined++;
    row->ports[port / 64] |= UINT64_C(1) << port % 64;
}

void
n2_channel_row_remove(n2_channels *channels, n2_channel_row *row, uint32_t port)
{
    if (!n2_channel_row_has(channels, row, port))
        return;
    channels->ports[port].n_joined--;
    row->ports[port / 64] &= ~(UINT64_C(1) << port % 64);
    row->ports[channels->words + port / 64] &= ~(UINT64_C(1) << port % 64);
}

bool
n2_channel_row_is_empty(const n2_channels *channels, const n2_channel_row *row)
{
    for (uint32_t i = 0; i < 2 * channels->words; i++)
        if (row->ports[i])
            return false;
    return true;
}

static void
count_less(n2_channels *channels, uint32_t word, uint64_t ports)
{
    for (; ports; ports &= ports - 1)
        channels->ports[word * 64 + (unsigned)__builtin_ctzll(ports)].n_joined--;
}

void
n2_channel_row_end(n2_channels *channels, n2_channel_row *row)
{
    for (uint32_t i = 0; i < channels->words; i++)
        count_less(channels, i, row->ports[i] | row->ports[channels->words + i]);
    if (!row->is_source)
        channels->ports[row->in_port].n_from--;
    n2_rows_drop(&channels->rows, row);
}

/* ---- domains --------------------------------------------------------------------------------
 */

static uint32_t
first_of(uint32_t key)
{
    return key & (N2_ROWS_BLOCK - 1);
}

static uint32_t
last_of(uint32_t key)
{
    return key & N2_ROWS_BLOCK ? first_of(key) + N2_CHANNEL_BLOCK - 1 : key;
}

bool
n2_channels_may_pass(const n2_channels *channels, uint32_t port, uint32_t key)
{
    for (uint32_t i = 0; i < channels->n_rules; i++) {
        const n2_channel_rule *rule = &channels->rules[i];
        if (rule->what == N2_DOMAIN_BLOCK && rule->port == port &&
            rule->first <= last_of(key) && rule->last >= first_of(key))
            return false;
    }
    return true;
}

bool
n2_channels_may_come(const n2_channels *channels, uint32_t port, uint32_t key)
{
    if (!n2_channels_may_pass(channels, port, key))
        return false;
    if (channels->ports[port].flags & N2_CHANNEL_UPLINK)
        return true;
    for (uint32_t i = 0; i < channels->n_rules; i++) {
        const n2_channel_rule *rule = &channels->rules[i];
        if (rule->what == N2_DOMAIN_TAKE && rule->port == port &&
            rule->first <= first_of(key) && rule->last >= last_of(key))
            return true;
    }
    return false;
}

static void
set_flags(n2_channels *channels, uint32_t port, unsigned flags)
{
    channels->ports[port].flags = (uint8_t)flags;
    channels->local[port / 64] &= ~(UINT64_C(1) << port % 64);
    if (flags & N2_CHANNEL_LOCAL)
        channels->local[port / 64] |= UINT64_C(1) << port % 64;
}

n2_err
n2_channels_set_port(n2_channels *channels, uint32_t port, unsigned flags)
{
    if (!channels->ports && !flags)
        return N2_OK;
    n2_err err = n2_channels_need_ports(channels);
    if (!err)
        set_flags(channels, port, flags);
    return err;
}

/* Ends what the rules, as they are now, forbid. */
static void
keep_rules(n2_channels *channels)
{
    n2_channel_row *row;

    for (uint32_t at = 0; (row = n2_rows_next(&channels->rows, &at));) {
        bool may_come = row->is_source ? n2_channels_may_pass(channels, row->in_port, row->key)
                                       : n2_channels_may_come(channels, row->in_port, row->key);
        if (!may_come) {
            n2_channel_row_end(channels, row);
            continue;
        }
        for (uint32_t i = 0; i < channels->n_rules; i++)
            if (!n2_channels_may_pass(channels, channels->rules[i].port, row->key))
                n2_channel_row_remove(channels, row, channels->rules[i].port);
    }
}

static bool
is_rule(const n2_channels *channels, const n2_channel_rule *rule)
{
    return (rule->what == N2_DOMAIN_BLOCK || rule->what == N2_DOMAIN_TAKE) &&
           rule->first <= rule->last && rule->last < N2_ROWS_BLOCK &&
           !(rule->port >> channels->width);
}

n2_err
n2_channels_set_rules(n2_channels *channels, const n2_channel_rule *rules, size_t n)
{
    n2_err err = n2_channels_need_ports(channels);

    if (err)
        return err;
    if (n > N2_CHANNEL_RULES_MAX)
        return N2_ERR_LIMIT;
    for (size_t i = 0; i < n; i++)
        if (!is_rule(channels, &rules[i]))
            return N2_ERR_USAGE;
    if (!channels->rules)
        channels->rules = calloc(N2_CHANNEL_RULES_MAX, sizeof *channels->rules);
    if (!channels->rules)
        return N2_ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        channels->rules[i] = rules[i];
    channels->n_rules = (uint32_t)n;
    keep_rules(channels);
    return N2_OK;
}

void
n2_channels_port_down(n2_channels *channels, uint32_t port)
{
    n2_channel_row *row;

    if (!channels->ports)
        return;
    for (uint32_t at = 0; (row = n2_rows_next(&channels->rows, &at));) {
        n2_channel_row_remove(channels, row, port);
        if (row->in_port == port && port && !row->is_source)
            n2_channel_row_end(channels, row);
    }
    set_flags(channels, port, 0);
}

/* ---- our own --------------------------------------------------------------------------------
 */

n2_err
n2_channels_open(n2_channels *channels, uint32_t channel, uint32_t port, uint64_t now_us)
{
    if (channel < N2_CHANNELS_LOCAL || channel >= N2_ROWS_BLOCK || port >> channels->width)
        return N2_ERR_USAGE;
    n2_err err = n2_channels_need_ports(channels);
    if (err)
        return err;
    if (!n2_channels_may_pass(channels, port, channel))
        return N2_ERR_REFUSED;
    n2_channel_row *row = n2_rows_find(&channels->rows, channel);
    if (row && row->in_port != port)
        return N2_ERR_EXISTS;
    if (row && !row->is_source)
        channels->ports[port].n_from--;
    if (!row)
        row = n2_rows_make(&channels->rows, channel, N2_ROWS_OURS);
    if (!row)
        return N2_ERR_LIMIT;
    row->in_port = (uint16_t)port;
    row->is_source = row->is_granted = true;
    row->asked_us = now_us;
    return N2_OK;
}

void
n2_channels_close(n2_channels *channels, uint32_t channel)
{
    n2_channel_row *row = n2_rows_find(&channels->rows, channel);

    if (row && row->is_source)
        n2_channel_row_end(channels, row);
}

/* ---- packets --------------------------------------------------------------------------------
 */

/* What makes two local broadcasts the same: all that a switch does not change. */
static uint64_t
hash_of(const n2_channels *channels, const uint8_t *bytes, size_t len)
{
    uint64_t hash;

    (void)crypto_shorthash((uint8_t *)&hash, bytes + N2_PATH_AT + 8, len - N2_PATH_AT - 8,
                           (const uint8_t *)channels->key);
    return hash;
}

/* Was it here in the last two seconds?  It is from now on. */
static bool
is_seen(n2_channels *channels, uint64_t hash, uint64_t now_us)
{
    enum {
        WAYS = 8
    };
    n2_local_seen *set = &channels->seen[(hash >> 8) % (N2_LOCAL_SEEN_MAX / WAYS) * WAYS];
    n2_local_seen *oldest = set;

    for (unsigned i = 0; i < WAYS; i++) {
        if (set[i].hash == hash && now_us < set[i].until_us)
            return true;
        if (set[i].until_us < oldest->until_us)
            oldest = &set[i];
    }
    *oldest = (n2_local_seen){hash, now_us + N2_LOCAL_SEEN_US};
    return false;
}

/* The local ports that @channel may pass. */
static const uint64_t *
ports_within(n2_channels *channels, uint32_t channel)
{
    uint64_t *within = channels->local + channels->words;

    memcpy(within, channels->local, channels->words * sizeof *within);
    within[0] |= 1; /* port 0: ourselves */
    for (uint32_t i = 0; i < channels->n_rules; i++) {
        const n2_channel_rule *rule = &channels->rules[i];
        if (rule->what == N2_DOMAIN_BLOCK && rule->first <= channel && rule->last >= channel)
            within[rule->port / 64] &= ~(UINT64_C(1) << rule->port % 64);
    }
    return within;
}

static bool
local_copies(n2_channels *channels,
             uint32_t in_port,
             uint32_t channel,
             const uint8_t *bytes,
             size_t len,
             uint64_t now_us,
             n2_copies *copies)
{
    n2_channel_port *port = &channels->ports[in_port];

    if ((in_port && !(port->flags & N2_CHANNEL_LOCAL)) ||
        !n2_channels_may_pass(channels, in_port, channel)) {
        channels->refused_domain++;
        return false;
    }
    /* First the rate: then the places for what was seen are enough. */
    if (!n2_bucket_take(&port->local, N2_LOCAL_PER_S, N2_LOCAL_BURST, now_us)) {
        channels->refused_local++;
        return false;
    }
    if (is_seen(channels, hash_of(channels, bytes, len), now_us)) {
        channels->again++;
        return false;
    }
    copies->ports[0] = ports_within(channels, channel);
    return true;
}

static unsigned
add_row(
    const n2_channels *channels, uint32_t key, uint32_t in_port, n2_copies *copies, unsigned n)
{
    n2_channel_row *row = n2_rows_find(&channels->rows, key);

    if (!row || row->in_port != in_port)
        return n;
    row->packets++;
    copies->ports[n] = row->ports;
    copies->ports[n + 1] = row->ports + channels->words;
    return n + 2;
}

bool
n2_channels_copies(n2_channels *channels,
                   uint32_t in_port,
                   const uint8_t *bytes,
                   size_t len,
                   uint64_t now_us,
                   n2_copies *copies)
{
    uint64_t path = n2_packet_get_path(bytes);
    uint32_t channel = (uint32_t)(path >> (64 - N2_BROADCAST_BITS));

    if (!channels->ports || !n2_path_step_broadcast(&path, channels->width, in_port)) {
        channels->strange++;
        return false;
    }
    *copies = (n2_copies){.in_port = (uint16_t)in_port, .words = channels->words, .path = path};
    if (channel < N2_CHANNELS_LOCAL)
        return local_copies(channels, in_port, channel, bytes, len, now_us, copies);
    uint32_t block = channel / N2_CHANNEL_BLOCK * N2_CHANNEL_BLOCK | N2_ROWS_BLOCK;
    unsigned n = add_row(channels, channel, in_port, copies, 0);
    n = add_row(channels, block, in_port, copies, n);
    if (!n)
        channels->strange++;
    return n;
}

/* ---- what ends ------------------------------------------------------------------------------
 */

uint64_t
n2_channels_deadline(const n2_channels *channels)
{
    if (!channels->rows.n)
        return UINT64_MAX;
    return channels->turn_us < channels->look_us ? channels->turn_us : channels->look_us;
}

static void
look_at(n2_channels *channels, n2_channel_row *row, uint64_t now_us)
{
    bool came = row->packets_seen != (uint32_t)row->packets;

    row->packets_seen = (uint32_t)row->packets;
    if (came)
        row->n_silent = 0;
    else if (row->n_silent < N2_CHANNEL_LOOKS)
        row->n_silent++;
    if (!row->is_granted && now_us - row->asked_us >= N2_CHANNEL_WAIT_US)
        n2_channel_row_end(channels, row);
}

static void
turn(n2_channels *channels, n2_channel_row *row)
{
    for (uint32_t i = 0; i < channels->words; i++) {
        uint64_t *young = &row->ports[i], *old = &row->ports[channels->words + i];
        count_less(channels, i, *old & ~*young);
        *old = *young;
        *young = 0;
    }
    if (!row->is_source && n2_channel_row_is_empty(channels, row))
        n2_channel_row_end(channels, row);
}

void
n2_channels_expire(n2_channels *channels, uint64_t now_us)
{
    n2_channel_row *row;

    if (now_us >= channels->look_us) {
        channels->look_us = now_us + N2_CHANNEL_LOOK_US;
        for (uint32_t at = 0; (row = n2_rows_next(&channels->rows, &at));)
            look_at(channels, row, now_us);
    }
    if (now_us >= channels->turn_us) {
        channels->turn_us = now_us + N2_CHANNEL_TURN_US;
        for (uint32_t at = 0; (row = n2_rows_next(&channels->rows, &at));)
            turn(channels, row);
    }
}

/* ---- what it shows --------------------------------------------------------------------------
 */

void
n2_channels_uses(const n2_channels *channels, n2_uses *uses)
{
    if (channels->rows.kind == N2_ROWS_MAP)
        n2_uses_add(uses, "channel_blocks", channels->rows.room, N2_CHANNEL_BLOCKS_MAX,
                    channels->refused + channels->refused_ports);
    else
        n2_uses_add(uses, "channels", channels->rows.n, N2_CHANNELS_MAX,
                    channels->refused + channels->refused_ports);
    n2_uses_add(uses, "channel_per_s", N2_USE_NONE, N2_CHANNEL_PER_S, channels->refused_asks);
    n2_uses_add(uses, "local_per_s", N2_USE_NONE, N2_LOCAL_PER_S, channels->refused_local);
}

void
n2_channels_look(const n2_channels *channels, n2_look *look, uint64_t now_us)
{
    const n2_channel_row *row;

    for (uint32_t at = 0; (row = n2_rows_next(&channels->rows, &at));) {
        n2_look_channel *shown = n2_look_add_channels(look);
        if (!shown)
            continue;
        unsigned n = 0;
        for (uint32_t i = 0; i < channels->words; i++)
            n +=
                (unsigned)__builtin_popcountll(row->ports[i] | row->ports[channels->words + i]);
        *shown = (n2_look_channel){
            .channel = row->key & (N2_ROWS_BLOCK - 1),
            .in_port = row->in_port,
            .n_ports = (uint16_t)n,
            .left_us = channels->turn_us > now_us ? channels->turn_us - now_us : 0,
            .packets = row->packets};
    }
}

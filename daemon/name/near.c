/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * near.c - who is in the same local network: a small table, filled by announcements, emptied by
 *          time.
 *
 * Costs are bounded before anything is verified: the same bytes again cost a comparison, others
 * a signature, of which there are so many a second; a full table keeps who is in it.
 */
#include "name/near-private.h"

#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "base/writer.h"

enum {
    VERSION = 1,
    FLAG_ASKS = 1,
    ASKS = 2,            /* one may be lost */
    NET_UDP_PORT_AT = 1, /* in an n2_net_addr of UDP (host/net.h) */
    NET_UDP_PORT_BYTES = 2
};

static const char magic[] = "n2c";

struct n2_near {
    n2_env env;
    n2_neighbour *all; /* (owned) N2_NEAR_MAX */
    size_t n;
    n2_near_words own;
    n2_key own_device;
    size_t own_len; /* 0: we are silent */
    uint8_t own_bytes[N2_NEAR_BYTES_MAX];
    bool asks;       /* the one that is said now asks the others */
    unsigned n_asks; /* so many of the next do */
    uint64_t due_us;
    n2_bucket checks, answers;
    n2_near_stats stats;
};

/* ---- us -------------------------------------------------------------------------------------
 */

n2_err
n2_near_new(n2_near **out, const n2_env *env, uint64_t now_us)
{
    n2_near *near = calloc(1, sizeof *near);

    if (near)
        near->all = calloc(N2_NEAR_MAX, sizeof *near->all);
    if (!near || !near->all) {
        free(near);
        return N2_ERR_NOMEM;
    }
    near->env = *env;
    near->due_us = now_us;
    *out = near;
    return N2_OK;
}

void
n2_near_free(n2_near *near)
{
    if (!near)
        return;
    free(near->all);
    free(near);
}

/* A moment within @span_us from now: so that all who have a cause at once don't speak at once.
 */
static uint64_t
some_time(const n2_near *near, uint64_t now_us, uint64_t span_us)
{
    uint32_t drawn;

    n2_env_random(&near->env, &drawn, sizeof drawn);
    return now_us + drawn % span_us;
}

void
n2_near_hurry(n2_near *near, uint64_t now_us)
{
    uint64_t soon_us = some_time(near, now_us, N2_NEAR_FIRST_US);

    near->n_asks = ASKS;
    if (near->due_us > soon_us)
        near->due_us = soon_us;
}

static bool
is_same_machine(const n2_neighbour *a, const n2_near_words *words, const n2_key *device)
{
    return n2_id_equal(&a->words.who, &words->who) && n2_key_equal(&a->device, device);
}

static void
drop(n2_near *near, size_t i)
{
    near->n--;
    if (i != near->n)
        near->all[i] = near->all[near->n];
}

n2_err
n2_near_set_own(n2_near *near, const void *statement, size_t len, uint64_t now_us)
{
    n2_near_words words;
    n2_key device;
    n2_err err = n2_near_read(&words, &device, statement, len);

    if (err)
        return err;
    if (!near->own_len)
        n2_near_hurry(near, now_us);
    else if (near->due_us > now_us + N2_NEAR_FIRST_US)
        near->due_us = some_time(near, now_us, N2_NEAR_FIRST_US); /* it says something new */
    near->own = words;
    near->own_device = device;
    near->own_len = len;
    memcpy(near->own_bytes, statement, len);
    for (size_t i = near->n; i-- > 0;)
        if (is_same_machine(&near->all[i], &words, &device))
            drop(near, i);
    return N2_OK;
}

void
n2_near_be_silent(n2_near *near)
{
    near->own_len = 0;
}

size_t
n2_near_write(const n2_near *near, uint16_t port, uint8_t *out)
{
    n2_writer w = n2_writer_init(out, N2_NEAR_SAID_BYTES_MAX);
    size_t len = 0;

    if (!near->own_len && !near->asks)
        return 0;
    n2_write_bytes(&w, magic, strlen(magic));
    n2_write_u8(&w, VERSION);
    n2_write_u8(&w, near->asks ? FLAG_ASKS : 0);
    n2_write_u8(&w, 0);
    n2_write_u16(&w, port);
    n2_write_u16(&w, (uint16_t)near->own_len);
    n2_write_bytes(&w, near->own_bytes, near->own_len);
    return n2_writer_finish(&w, &len) ? 0 : len;
}

/* ---- others ---------------------------------------------------------------------------------
 */

typedef struct {
    bool asks;
    uint16_t port;
    const uint8_t *bytes; /* the statement */
    size_t len;
} said;

static n2_err
read_said(said *out, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    const uint8_t *begin = n2_read_bytes(&r, strlen(magic));
    uint8_t version = n2_read_u8(&r), flags = n2_read_u8(&r);

    n2_read_zero(&r, 1);
    out->port = n2_read_u16(&r);
    out->len = n2_read_u16(&r);
    out->bytes = n2_read_bytes(&r, out->len);
    out->asks = flags & FLAG_ASKS;
    n2_read_zero(&r, n2_reader_left(&r)); /* of a packet, or of the shortest frame */
    n2_err err = n2_reader_finish(&r);
    if (err)
        return err;
    if (memcmp(begin, magic, strlen(magic)) != 0 || flags & ~FLAG_ASKS)
        return N2_ERR_FORMAT;
    if (version != VERSION)
        return N2_ERR_VERSION;
    if (!out->len && !out->asks)
        return N2_ERR_FORMAT;
    return out->len > N2_NEAR_BYTES_MAX ? N2_ERR_LIMIT : N2_OK;
}

/* Is it one address of a wire, whatever the port? */
static bool
is_station(const n2_net_addr *a, const n2_net_addr *b)
{
    n2_net_addr x = *a, y = *b;

    if (x.len != y.len || !x.len)
        return false;
    if (!n2_net_is_ether(&x)) {
        memset(x.bytes + NET_UDP_PORT_AT, 0, NET_UDP_PORT_BYTES);
        memset(y.bytes + NET_UDP_PORT_AT, 0, NET_UDP_PORT_BYTES);
    }
    return n2_net_addr_equal(&x, &y);
}

/* Is there a place for one more who was heard at @from? */
static bool
has_place(const n2_near *near, const n2_near_place *from)
{
    size_t n = 0;

    for (size_t i = 0; i < near->n; i++) {
        const n2_neighbour *at = &near->all[i];
        n += from->net.len ? is_station(&at->wire.net, &from->net)
                           : at->way.path && at->way.port == from->port;
    }
    return n < (from->net.len ? N2_NEAR_STATION_MAX : N2_NEAR_PORT_MAX);
}

static n2_neighbour *
make_place(n2_near *near)
{
    if (near->n == N2_NEAR_MAX)
        return NULL;
    near->all[near->n] = (n2_neighbour){0};
    return &near->all[near->n++];
}

static n2_neighbour *
find(n2_near *near, const n2_near_words *words, const n2_key *device)
{
    for (size_t i = 0; i < near->n; i++)
        if (is_same_machine(&near->all[i], words, device))
            return &near->all[i];
    return NULL;
}

/* Where it was heard: at another place than before only when that one has been silent. */
static bool
note_place(n2_neighbour *who, const n2_near_place *from, uint64_t now_us)
{
    bool is_wire = from->net.len;
    n2_near_place *at = is_wire ? &who->wire : &who->way;
    uint64_t *at_us = is_wire ? &who->wire_us : &who->way_us;
    bool is_there = is_wire ? at->net.len : at->path;
    bool is_same = is_wire ? n2_net_addr_equal(&at->net, &from->net) : at->path == from->path;

    if (is_there && !is_same && now_us - *at_us < N2_NEAR_STAYS_US)
        return false;
    *at = *from;
    *at_us = now_us;
    return !is_there || !is_same;
}

/* Form, and whether it may be verified at all.  @out: who it is about, if already here. */
static n2_err
look_at(n2_near *near,
        const said *s,
        const n2_near_place *from,
        int64_t wall_us,
        uint64_t now_us,
        n2_neighbour **out)
{
    n2_near_words words;
    n2_statement read;
    n2_err err = n2_statement_read(&read, s->bytes, s->len);

    if (!err && (read.body.kind != N2_KIND_NEAR || read.n_keys != 1))
        err = N2_ERR_FORMAT;
    if (!err)
        err = n2_near_read_body(&words, &read.body);
    if (err)
        return err;
    if (near->own_len && n2_id_equal(&near->own.who, &words.who) &&
        n2_key_equal(&near->own_device, &read.keys[0]))
        return N2_ERR_EXISTS;
    n2_neighbour *who = *out = find(near, &words, &read.keys[0]);
    if (who && who->len == s->len && memcmp(who->bytes, s->bytes, s->len) == 0)
        return N2_OK;
    if (who && words.serial <= who->words.serial)
        return N2_ERR_STATE;
    if (wall_us && (words.until_us <= wall_us ||
                    words.until_us - wall_us > (int64_t)(N2_HOUR_US + N2_CLOCK_SKEW_US)))
        return N2_ERR_TIMEOUT;
    if (!who && (near->n == N2_NEAR_MAX || !has_place(near, from)))
        return N2_ERR_NOSPACE;
    if (!n2_bucket_take(&near->checks, N2_NEAR_CHECK_PER_S, N2_NEAR_CHECK_BURST, now_us))
        return N2_ERR_BUSY;
    return N2_OK;
}

/* New words of somebody, old or new. */
static n2_err
take(n2_near *near, const said *s, n2_neighbour **who)
{
    n2_near_words words;
    n2_key device;
    n2_err err = n2_near_read(&words, &device, s->bytes, s->len);

    if (err)
        return err;
    if (!*who)
        *who = make_place(near);
    if (!*who)
        return N2_ERR_NOSPACE;
    (*who)->words = words;
    (*who)->device = device;
    (*who)->len = s->len;
    memcpy((*who)->bytes, s->bytes, s->len);
    return N2_OK;
}

static void
count(n2_near *near, n2_err err)
{
    n2_near_stats *st = &near->stats;

    if (!err)
        st->heard++;
    else if (err == N2_ERR_FORGED)
        st->forged++;
    else if (err == N2_ERR_STATE || err == N2_ERR_TIMEOUT)
        st->over++;
    else if (err == N2_ERR_BUSY)
        st->busy++;
    else if (err == N2_ERR_NOSPACE)
        st->full++;
    else if (err != N2_ERR_EXISTS)
        st->wrong++;
}

n2_err
n2_near_hear(n2_near *near,
             const uint8_t *bytes,
             size_t len,
             const n2_near_place *from,
             uint64_t now_us,
             int64_t wall_us,
             bool *is_news)
{
    n2_near_place place = *from;
    n2_neighbour *who = NULL;
    said s;
    n2_err err = read_said(&s, bytes, len);

    *is_news = false;
    if (!err && place.net.len && !n2_net_is_ether(&place.net)) {
        place.net.bytes[NET_UDP_PORT_AT] = (uint8_t)(s.port >> 8);
        place.net.bytes[NET_UDP_PORT_AT + 1] = (uint8_t)s.port;
    }
    if (!err && s.len)
        err = look_at(near, &s, &place, wall_us, now_us, &who);
    bool is_same = !err && who && who->len == s.len && !memcmp(who->bytes, s.bytes, s.len);
    if (!err && s.len && !is_same)
        err = take(near, &s, &who);
    count(near, err);
    if (err)
        return err;
    if (who) {
        *is_news = note_place(who, &place, now_us) || !is_same;
        who->heard_us = now_us;
    }
    if (s.asks && near->due_us > now_us + N2_NEAR_FIRST_US &&
        n2_bucket_take(&near->answers, N2_NEAR_ANSWER_PER_S, 1, now_us))
        near->due_us = some_time(near, now_us, N2_NEAR_FIRST_US);
    return N2_OK;
}

/* ---- time -----------------------------------------------------------------------------------
 */

bool
n2_near_expire(n2_near *near, uint64_t now_us, bool *is_news)
{
    *is_news = false;
    for (size_t i = near->n; i-- > 0;) {
        n2_neighbour *who = &near->all[i];
        if (now_us - who->heard_us >= N2_NEAR_SILENT_US) {
            drop(near, i);
            *is_news = true;
            continue;
        }
        if (who->wire.net.len && now_us - who->wire_us >= N2_NEAR_SILENT_US)
            who->wire = (n2_near_place){0};
        if (who->way.path && now_us - who->way_us >= N2_NEAR_SILENT_US)
            who->way = (n2_near_place){0};
    }
    if (now_us < near->due_us)
        return false;
    near->asks = near->n_asks;
    near->n_asks -= near->asks;
    near->due_us = near->n_asks
                       ? some_time(near, now_us + N2_NEAR_FIRST_US, N2_NEAR_FIRST_US)
                       : some_time(near, now_us + N2_NEAR_TURN_US * 3 / 4, N2_NEAR_TURN_US / 2);
    return near->own_len || near->asks;
}

uint64_t
n2_near_deadline(const n2_near *near)
{
    uint64_t at_us = near->own_len || near->n_asks ? near->due_us : UINT64_MAX;

    for (size_t i = 0; i < near->n; i++)
        if (near->all[i].heard_us + N2_NEAR_SILENT_US < at_us)
            at_us = near->all[i].heard_us + N2_NEAR_SILENT_US;
    return at_us;
}

/* ---- what there is --------------------------------------------------------------------------
 */

size_t
n2_near_count(const n2_near *near)
{
    return near->n;
}

const n2_neighbour *
n2_near_at(const n2_near *near, size_t i)
{
    return i < near->n ? &near->all[i] : NULL;
}

/* Does @a come before @b, as the one where all come together? */
static bool
comes_before(const n2_near_words *a, const n2_key *x, const n2_near_words *b, const n2_key *y)
{
    int leads = (a->flags & N2_NEAR_LEADS_OUT) - (b->flags & N2_NEAR_LEADS_OUT);

    if (leads)
        return leads > 0;
    int order = memcmp(a->who.hash, b->who.hash, sizeof a->who.hash);
    return order ? order < 0 : memcmp(x->bytes, y->bytes, sizeof x->bytes) < 0;
}

static bool
takes_links(const n2_neighbour *who)
{
    const uint8_t *port = who->wire.net.bytes + NET_UDP_PORT_AT;

    return who->wire.net.len && who->words.flags & N2_NEAR_TAKES_LINKS &&
           (n2_net_is_ether(&who->wire.net) || port[0] || port[1]);
}

const n2_neighbour *
n2_near_pick(const n2_near *near)
{
    const n2_neighbour *first = NULL;

    for (size_t i = 0; i < near->n; i++) {
        const n2_neighbour *who = &near->all[i];
        if (takes_links(who) &&
            (!first || comes_before(&who->words, &who->device, &first->words, &first->device)))
            first = who;
    }
    if (first && near->own_len && near->own.flags & N2_NEAR_TAKES_LINKS &&
        comes_before(&near->own, &near->own_device, &first->words, &first->device))
        return NULL;
    return first;
}

n2_near_stats
n2_near_stats_of(const n2_near *near)
{
    return near->stats;
}

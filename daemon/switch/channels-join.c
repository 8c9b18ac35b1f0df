/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * channels-join.c - joins and leaves of broadcast channels, on their way and back.
 */
#include "base/limits.h"
#include "switch/channels-private.h"
#include "wire/path.h"

/** A message here, and where it is going. */
typedef struct {
    uint32_t in_port, out_port;
    uint32_t key; /* of its row */
    n2_cast cast;
    uint64_t now_us;
} message;

static n2_cast_fate
refuse(n2_channels *channels, const message *m, n2_refuse why)
{
    n2_cast a = n2_cast_answer(&m->cast, N2_CAST_REFUSE);

    a.number |= (uint16_t)why;
    n2_said_put(&channels->said, &a);
    return N2_CAST_ENDS;
}

static n2_channel_row *
make_row(n2_channels *channels, const message *m, uint32_t from)
{
    n2_channel_row *row = n2_rows_make(&channels->rows, m->key, m->in_port);

    if (!row)
        return NULL;
    row->in_port = (uint16_t)from;
    channels->ports[from].n_from++;
    return row;
}

/* A row for a channel that nobody here had yet; why not, in @why. */
static n2_channel_row *
new_row(n2_channels *channels, const message *m, n2_refuse *why)
{
    *why = N2_REFUSE_NONE;
    if (!m->out_port) /* here ends the way to its source, and there is none */
        return NULL;
    *why = N2_REFUSE_DOMAIN;
    if (!n2_channels_may_come(channels, m->out_port, m->key)) {
        channels->refused_domain++;
        return NULL;
    }
    *why = N2_REFUSE_FULL;
    /* Nobody has more of an associative table than what is left, nor of what our neighbour lets
     * us join. */
    uint32_t n_joined = channels->ports[m->in_port].n_joined;
    uint32_t n_from = channels->ports[m->out_port].n_from;
    bool may =
        (channels->rows.kind == N2_ROWS_MAP || n_joined < n2_rows_left(&channels->rows)) &&
        n_joined + n_from < N2_CHANNELS_PER_PORT_MAX;
    return may ? make_row(channels, m, m->out_port) : NULL;
}

/* ---- the way to the source ------------------------------------------------------------------
 */

static bool
is_due(const n2_channel_row *row, uint64_t now_us)
{
    /* It came, and comes no more: whoever is nearer to the source may have forgotten us. */
    bool is_silent = row->packets && row->n_silent == N2_CHANNEL_LOOKS;

    return now_us - row->asked_us >=
           (row->n_asked || is_silent ? N2_TREE_TRY_US : N2_TREE_UP_US);
}

/* By the way that was accepted, whatever ways joiners say that they have: none of them ends
 * what the others get.  Returns: false: it is of no use any more. */
static bool
renew(n2_channels *channels, n2_channel_row *row, uint64_t now_us)
{
    n2_cast join = {.type = N2_CAST_CHANNEL,
                    .kind = N2_CAST_JOIN,
                    .is_for_hops = true,
                    .number = (uint16_t)(row->key & N2_ROWS_BLOCK ? N2_CAST_OF_BLOCK : 0),
                    .id = row->key & (N2_ROWS_BLOCK - 1),
                    .path = row->way};

    if (row->n_asked == N2_TREE_TRIES) {
        row->is_way = row->is_granted = false;
        row->n_asked = 0;
        return false;
    }
    n2_env_random(&channels->env, &join.nonce, sizeof join.nonce);
    row->nonce = join.nonce;
    row->asked_us = now_us;
    row->n_asked++;
    n2_said_put(&channels->said, &join);
    return true;
}

/* Is @nonce that of the last renew()? */
static bool
is_our_own(const n2_channel_row *row, uint64_t nonce)
{
    return row->is_way && row->n_asked && row->nonce == nonce;
}

/* May it go on for a row that has no way yet?  One by the same port waits twice as long, so
 * nobody keeps others from it; and each longer than the one before, so that in the end there is
 * time for the answer. */
static bool
may_go_on(const n2_channel_row *row, const message *m)
{
    uint64_t wait_us = row->asked_port == m->in_port ? N2_TREE_TRY_US / 2 : N2_TREE_TRY_US / 4;

    if (row->n_asked)
        wait_us <<= row->n_asked - 1u;
    return !row->asked_us || m->now_us - row->asked_us >= wait_us;
}

static n2_cast_fate
goes_on(const n2_channels *channels, n2_channel_row *row, const message *m)
{
    row->asked_us = m->now_us;
    row->asked_port = (uint16_t)m->in_port;
    if (row->n_asked < N2_CHANNEL_WAITS)
        row->n_asked++;
    row->nonce = m->cast.nonce;
    row->way = n2_cast_ahead(m->cast.path, channels->width, m->out_port);
    return N2_CAST_PASSES;
}

static n2_cast_fate
accepted(n2_channels *channels, const message *m)
{
    n2_cast a = n2_cast_answer(&m->cast, N2_CAST_ACCEPT);

    n2_said_put(&channels->said, &a);
    return N2_CAST_ENDS;
}

/* One switch asks for a block that its neighbour carries one by one, or the other way round:
 * the row of the block will do for each of its channels. */
static n2_channel_row *
find_row(const n2_channels *channels, uint32_t key)
{
    n2_channel_row *row = n2_rows_find(&channels->rows, key);

    if (row || key & N2_ROWS_BLOCK)
        return row;
    row = n2_rows_find(&channels->rows,
                       key / N2_CHANNEL_BLOCK * N2_CHANNEL_BLOCK | N2_ROWS_BLOCK);
    return row && row->is_granted ? row : NULL;
}

static n2_cast_fate
on_join(n2_channels *channels, const message *m)
{
    n2_refuse why;

    if (m->in_port == m->out_port && m->in_port)
        return refuse(channels, m, N2_REFUSE_OTHER);
    if (!n2_channels_may_pass(channels, m->in_port, m->key)) {
        channels->refused_domain++;
        return refuse(channels, m, N2_REFUSE_DOMAIN);
    }
    n2_channel_row *row = find_row(channels, m->key);
    if (row && !m->in_port && row->key == m->key && is_our_own(row, m->cast.nonce))
        return N2_CAST_PASSES;
    bool has = row && row->key == m->key && n2_channel_row_has(channels, row, m->in_port);
    if (!has && channels->ports[m->in_port].n_joined >= N2_CHANNELS_PER_PORT_MAX) {
        channels->refused_ports++;
        return refuse(channels, m, N2_REFUSE_FULL);
    }
    if (row && row->in_port != m->out_port)
        return refuse(channels, m, N2_REFUSE_OTHER);
    if (row && row->key != m->key) {
        /* The whole block comes here, so this channel does: its own row needs no answer. */
        row = make_row(channels, m, row->in_port);
        if (row) {
            row->is_granted = true;
            row->asked_us = m->now_us;
            row->asked_port = (uint16_t)m->in_port;
        }
        why = N2_REFUSE_FULL;
    } else if (!row) {
        row = new_row(channels, m, &why);
    }
    if (!row) {
        channels->refused += why == N2_REFUSE_FULL;
        return refuse(channels, m, why);
    }
    n2_channel_row_add(channels, row, m->in_port);
    bool is_good = row->is_granted && row->is_way;
    if (is_good && is_due(row, m->now_us))
        is_good = renew(channels, row, m->now_us);
    if (row->is_source || is_good)
        return accepted(channels, m);
    if (may_go_on(row, m))
        return goes_on(channels, row, m);
    /* Somebody else has just asked: the next try finds the answer. */
    return row->is_granted ? accepted(channels, m) : N2_CAST_ENDS;
}

/* It goes on only if nobody else here wants the channel. */
static n2_cast_fate
on_leave(n2_channels *channels, const message *m)
{
    n2_channel_row *row = n2_rows_find(&channels->rows, m->key);

    if (!row || !n2_channel_row_has(channels, row, m->in_port))
        return N2_CAST_ENDS;
    n2_channel_row_remove(channels, row, m->in_port);
    if (row->is_source || !n2_channel_row_is_empty(channels, row))
        return N2_CAST_ENDS;
    bool passes = m->out_port && row->in_port == m->out_port;
    n2_channel_row_end(channels, row);
    return passes ? N2_CAST_PASSES : N2_CAST_ENDS;
}

/* A way was refused: ours, then the next joiner's is tried; or a joiner's, who had no business
 * here, and all others go on as before. */
static void
on_refuse(n2_channels *channels, n2_channel_row *row, const message *m)
{
    bool is_ours = is_our_own(row, m->cast.nonce);

    row->asked_us = m->now_us - N2_TREE_TRY_US / (is_ours ? 2 : 4); /* others may at once */
    row->n_asked = 0;
    row->is_way = false;
    if (is_ours) {
        /* There is none any more, as far as we know: nobody is told that there is. */
        row->is_granted = (m->cast.number & ~N2_CAST_OF_BLOCK) != N2_REFUSE_NONE;
        return;
    }
    /* Who joined in the turn before has been accepted by another way. */
    if (!(row->ports[channels->words + m->out_port / 64] >> m->out_port % 64 & 1))
        n2_channel_row_remove(channels, row, m->out_port);
    if (n2_channel_row_is_empty(channels, row))
        n2_channel_row_end(channels, row);
}

/* An answer on its way back: only from where the channel comes, and only to what was asked. */
static n2_cast_fate
on_answer(n2_channels *channels, const message *m)
{
    n2_channel_row *row = n2_rows_find(&channels->rows, m->key);
    bool is_ours = row && is_our_own(row, m->cast.nonce);

    if (row && row->in_port == m->in_port && row->nonce == m->cast.nonce && !row->is_source) {
        if (m->cast.kind == N2_CAST_ACCEPT) {
            row->is_granted = row->is_way = true;
            row->n_asked = 0;
            if (row->n_silent)
                row->n_silent = N2_CHANNEL_ASKED;
        } else {
            on_refuse(channels, row, m);
        }
    }
    if (is_ours && !m->out_port)
        return N2_CAST_ENDS;
    return m->out_port ? N2_CAST_PASSES : N2_CAST_IS_OURS;
}

static bool
may_ask(n2_channels *channels, const message *m)
{
    if (n2_bucket_take(&channels->ports[m->in_port].asks, N2_CHANNEL_PER_S, N2_CHANNEL_BURST,
                       m->now_us))
        return true;
    channels->refused_asks++;
    return false;
}

static bool
may_pass(n2_channels *channels, const message *m)
{
    if (!m->in_port || n2_bucket_take(&channels->ports[m->in_port].passes,
                                      N2_CHANNEL_PASS_PER_S, N2_CHANNEL_BURST, m->now_us))
        return true;
    channels->refused_asks++;
    return false;
}

/* Key of the row that @cast is about; false: there can be none. */
static bool
key_of(const n2_cast *cast, uint32_t *key)
{
    bool is_asked = cast->kind == N2_CAST_JOIN || cast->kind == N2_CAST_LEAVE;

    bool is_block = cast->number & N2_CAST_OF_BLOCK;

    *key = (uint32_t)cast->id | (is_block ? N2_ROWS_BLOCK : 0);
    return cast->id >= N2_CHANNELS_LOCAL &&
           (!is_asked || !(cast->number & ~N2_CAST_OF_BLOCK)) &&
           (!is_block || !(cast->id % N2_CHANNEL_BLOCK));
}

n2_cast_fate
n2_channels_hop(n2_channels *channels,
                uint32_t in_port,
                uint32_t out_port,
                uint8_t *bytes,
                size_t len,
                uint64_t now_us)
{
    message m = {.in_port = in_port, .out_port = out_port, .now_us = now_us};
    n2_cast_fate fate = N2_CAST_ENDS;

    if (n2_cast_read(&m.cast, bytes, len) || m.cast.type != N2_CAST_CHANNEL ||
        !key_of(&m.cast, &m.key) || n2_path_used(m.cast.path) < channels->width ||
        n2_channels_need_ports(channels))
        return N2_CAST_ENDS;
    if (channels->turn_us == UINT64_MAX) {
        channels->turn_us = now_us + N2_CHANNEL_TURN_US;
        channels->look_us = now_us + N2_CHANNEL_LOOK_US;
    }
    switch (m.cast.kind) {
    case N2_CAST_JOIN:
    case N2_CAST_LEAVE:
        n2_cast_gather(&m.cast, channels->width);
        if (may_ask(channels, &m))
            fate = m.cast.kind == N2_CAST_JOIN ? on_join(channels, &m) : on_leave(channels, &m);
        if (fate == N2_CAST_PASSES && !may_pass(channels, &m))
            fate = N2_CAST_ENDS;
        break;
    case N2_CAST_ACCEPT:
    case N2_CAST_REFUSE:
        return on_answer(channels, &m);
    case N2_CAST_SPLIT:
        break;
    }
    if (fate == N2_CAST_PASSES)
        n2_cast_patch(bytes, &m.cast);
    return fate;
}

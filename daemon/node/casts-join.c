/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * casts-join.c - what our own end point joined: asked for, renewed, and by unicast while no
 *                tree takes us.
 *
 * A join lasts until it is left.  Refused or unanswered, it is said again from time to time,
 * and of a tree the source is asked for copies of our own meanwhile; when the tree has us, they
 * end.
 */
#include "node/casts-private.h"

enum {
    SHIFT_MAX = 5 /* of waits that double: 16 s, and N2_TREE_RENEW_US before */
};

static n2_cast_how
how_of(const n2_joined *j)
{
    return j->is_joined ? N2_CAST_SHARED : j->is_fed ? N2_CAST_ALONE : N2_CAST_NOT;
}

static n2_err
error_of(n2_refuse why)
{
    switch (why) {
    case N2_REFUSE_FULL:
        return N2_ERR_LIMIT;
    case N2_REFUSE_NONE:
    case N2_REFUSE_ENDED:
        return N2_ERR_NOTFOUND;
    case N2_REFUSE_DOMAIN:
    case N2_REFUSE_OTHER:
        break;
    }
    return N2_ERR_REFUSED;
}

static void
tell(n2_casts *casts, uint64_t tag, n2_err err)
{
    n2_event_queue_push(&casts->events,
                        &(n2_event){.kind = N2_EVENT_CAST_STATE, .err = err, .tag = tag});
}

/* Says how it comes now, if that is news. */
static void
tell_state(n2_casts *casts, n2_joined *j)
{
    n2_cast_how how = how_of(j);
    n2_refuse why = how == N2_CAST_SHARED ? 0 : j->is_refused ? j->why : j->feed_why;
    n2_err err = how ? N2_OK : why ? error_of(why) : N2_ERR_TIMEOUT;

    if (j->is_told && j->told_how == how && j->told_err == err && j->told_why == why)
        return;
    j->is_told = true;
    j->told_how = how;
    j->told_err = err;
    j->told_why = why;
    n2_event_queue_push(&casts->events, &(n2_event){.kind = N2_EVENT_CAST_STATE,
                                                    .err = err,
                                                    .tag = j->tag,
                                                    .width = (uint8_t)how,
                                                    .key_id = (uint16_t)why,
                                                    .size = j->is_refused ? j->place : 0});
}

/* ---- words ---------------------------------------------------------------------------------
 */

static void
say(n2_casts *casts, n2_joined *j, n2_cast_kind kind, uint64_t now_us)
{
    n2_cast cast = {.type = j->is_channel ? N2_CAST_CHANNEL : N2_CAST_TREE,
                    .kind = kind,
                    .is_for_hops = true,
                    .number = j->number,
                    .id = j->id,
                    .nonce = j->nonce,
                    .path = j->path};

    if (kind == N2_CAST_JOIN && !j->is_channel && j->accepted_us)
        cast.taken = n2_cast_token(j->nonce);
    n2_said_put(&casts->said, &cast);
    j->asked_us = now_us;
    if (kind == N2_CAST_JOIN && j->n_asked < UINT8_MAX)
        j->n_asked++;
}

/* The same to the source alone. */
static void
say_alone(n2_casts *casts, n2_joined *j, n2_cast_kind kind, uint64_t now_us)
{
    n2_said_put(&casts->said, &(n2_cast){.type = N2_CAST_TREE,
                                         .kind = kind,
                                         .id = j->id,
                                         .nonce = j->nonce,
                                         .path = j->path});
    j->feed_asked_us = now_us;
    if (kind == N2_CAST_JOIN && j->n_feed_asked < UINT8_MAX)
        j->n_feed_asked++;
}

/* Is the first answer to that still to come? */
static bool
is_asking_alone(const n2_joined *j)
{
    return j->n_feed_asked && !j->is_fed;
}

static void
need_feed(n2_casts *casts, n2_joined *j, uint64_t now_us)
{
    if (!j->is_channel && !j->is_fed && !j->n_feed_asked)
        say_alone(casts, j, N2_CAST_JOIN, now_us);
}

static void
end_feed(n2_casts *casts, n2_joined *j, uint64_t now_us)
{
    if (j->is_fed || j->n_feed_asked)
        say_alone(casts, j, N2_CAST_LEAVE, now_us);
    j->is_fed = false;
    j->n_feed_asked = 0;
}

/* ---- orders --------------------------------------------------------------------------------
 */

static bool
is_local(const n2_joined *j)
{
    return j->is_channel && j->id < N2_CHANNELS_LOCAL; /* they come without being asked for */
}

static n2_joined *
find_tag(n2_casts *casts, uint64_t tag)
{
    for (size_t i = 0; i < N2_JOINED_PLACES; i++)
        if (casts->joined[i].is_used && casts->joined[i].tag == tag)
            return &casts->joined[i];
    return NULL;
}

void
n2_casts_join(n2_casts *casts, const n2_op *op, uint64_t now_us)
{
    n2_joined *j = NULL, fresh = {.is_used = true,
                                  .is_channel = op->bits == N2_MODE_BROADCAST,
                                  .number = op->size ? N2_CAST_OF_BLOCK : 0,
                                  .tag = op->tag,
                                  .id = op->address,
                                  .path = op->path};

    bool is_of_node = op->tag >= N2_CAST_TAG_OF_NODE;
    size_t end = is_of_node ? N2_JOINED_PLACES : N2_CASTS_MAX;

    for (size_t i = is_of_node ? N2_CASTS_MAX : 0; i < end && !j; i++)
        if (!casts->joined[i].is_used)
            j = &casts->joined[i];
    if ((fresh.is_channel && fresh.id >> N2_CHANNEL_BITS) || find_tag(casts, op->tag)) {
        tell(casts, op->tag, N2_ERR_USAGE);
    } else if (!j) {
        casts->joined_refused++;
        tell(casts, op->tag, N2_ERR_NOSPACE);
    } else {
        do
            n2_env_random(&casts->env, &fresh.nonce, sizeof fresh.nonce);
        while (!n2_cast_token(fresh.nonce));
        *j = fresh;
        casts->n_joined++;
        if (!is_local(j)) {
            say(casts, j, N2_CAST_JOIN, now_us);
            return;
        }
        j->is_joined = true;
        tell_state(casts, j);
    }
}

void
n2_casts_leave(n2_casts *casts, uint64_t tag, uint64_t now_us)
{
    n2_joined *j = find_tag(casts, tag);

    if (!j)
        return;
    if (!is_local(j))
        say(casts, j, N2_CAST_LEAVE, now_us);
    end_feed(casts, j, now_us);
    j->is_used = false;
    casts->n_joined--;
}

/* ---- answers -------------------------------------------------------------------------------
 */

/* What the answer is to.  Only who saw our join knows its nonce. */
static n2_joined *
find_answered(n2_casts *casts, const n2_cast *a, uint32_t in_port)
{
    for (size_t i = 0; i < N2_JOINED_PLACES; i++) {
        n2_joined *j = &casts->joined[i];
        if (j->is_used && j->nonce == a->nonce && j->id == a->id &&
            j->is_channel == (a->type == N2_CAST_CHANNEL) &&
            (in_port == j->path >> (64 - casts->width) || !in_port)) /* 0: our own switch */
            return j;
    }
    return NULL;
}

static bool
says_end(const n2_cast *a)
{
    return a->kind == N2_CAST_REFUSE && a->number == N2_REFUSE_ENDED;
}

static void
alone_answered(n2_casts *casts, n2_joined *j, const n2_cast *a, uint64_t now_us)
{
    bool has_ended = says_end(a);

    if (has_ended ? !j->is_fed || a->path != j->fed_path : !j->n_feed_asked)
        return;
    j->n_feed_asked = 0;
    if (a->kind == N2_CAST_REFUSE) {
        j->is_fed = false;
        j->feed_why = has_ended ? N2_REFUSE_NONE : (n2_refuse)a->number;
        if (!j->is_joined)
            tell_state(casts, j);
        return;
    }
    j->is_fed = true;
    j->feed_why = 0;
    j->fed_us = now_us;
    j->fed_path = a->path;
    if (j->is_joined) {
        end_feed(casts, j, now_us); /* the tree was quicker */
        return;
    }
    j->accepted_us = 0; /* what some switch may still have of us is no branch to go on from */
    tell_state(casts, j);
}

/* Does who feeds us say, unasked, that the tree has ended?  From others that is no word. */
static bool
is_end(const n2_joined *j, const n2_cast *a)
{
    return !j->is_channel && j->accepted_us && a->path == j->upstream;
}

static void
refused(n2_casts *casts, n2_joined *j, const n2_cast *a, uint64_t now_us)
{
    bool has_ended = a->number == N2_REFUSE_ENDED;

    j->why = has_ended ? N2_REFUSE_NONE : (n2_refuse)(a->number & ~N2_CAST_OF_BLOCK);
    j->place = has_ended ? 0 : (uint8_t)__builtin_popcountll(a->mask);
    j->is_refused = true;
    j->is_joined = false;
    j->accepted_us = 0;
    j->n_asked = 0;
    if (!j->n_refused)
        j->n_refused = 1;
    if (j->why == N2_REFUSE_NONE)
        end_feed(casts, j, now_us); /* there is nothing to be had */
    else
        need_feed(casts, j, now_us);
    if (!is_asking_alone(j))
        tell_state(casts, j);
}

void
n2_casts_answered(n2_casts *casts, const n2_cast *a, uint32_t in_port, uint64_t now_us)
{
    n2_joined *j = find_answered(casts, a, in_port);

    if (j && !j->is_channel && !a->mask) {
        alone_answered(casts, j, a, now_us);
    } else if (!j || !(says_end(a) ? is_end(j, a) : j->n_asked)) {
        return;
    } else if (a->kind == N2_CAST_REFUSE) {
        refused(casts, j, a, now_us);
    } else {
        j->upstream_was = j->accepted_us ? j->upstream : a->path;
        j->upstream = a->path;
        j->accepted_us = now_us;
        j->n_asked = j->n_refused = 0;
        j->is_refused = false;
        j->is_joined = true;
        end_feed(casts, j, now_us);
        tell_state(casts, j);
    }
}

/* ---- packets -------------------------------------------------------------------------------
 */

static bool
is_its_channel(const n2_joined *j, uint64_t channel)
{
    return j->id == channel || (j->number && j->id == channel - channel % N2_CHANNEL_BLOCK);
}

/* What came by the tree before it was lost, or comes since it had us, and not what the source
 * still sends us alone; that only while it is what we have. */
static bool
is_its_way(const n2_joined *j, uint64_t path)
{
    if (j->is_fed)
        return path == j->fed_path;
    return path == j->upstream || path == j->upstream_was;
}

n2_joined *
n2_casts_find_packet(n2_casts *casts, const n2_packet *p, bool of_node)
{
    bool is_channel = p->mode == N2_MODE_BROADCAST;
    uint64_t channel = p->path >> (64 - N2_BROADCAST_BITS);
    size_t end = of_node ? N2_JOINED_PLACES : N2_CASTS_MAX;

    for (size_t i = of_node ? N2_CASTS_MAX : 0; i < end; i++) {
        n2_joined *j = &casts->joined[i];
        if (!j->is_used || j->is_channel != is_channel)
            continue;
        if (is_channel
                ? is_its_channel(j, channel)
                : p->address >> 32 == n2_cast_address(j->id) >> 32 && is_its_way(j, p->path))
            return j;
    }
    return NULL;
}

/* ---- time ----------------------------------------------------------------------------------
 */

/* Up to a quarter less than @wait_us: who heard, or missed, the same at the same time does not
 * speak at the same time, nor ever more so. */
static uint64_t
earlier(const n2_joined *j, uint64_t wait_us)
{
    return wait_us - j->nonce % (wait_us / 4);
}

static uint64_t
doubled(const n2_joined *j, uint64_t first_us, unsigned n)
{
    uint64_t wait_us = first_us << (n < SHIFT_MAX ? n : SHIFT_MAX);

    return earlier(j, wait_us < N2_TREE_RENEW_US ? wait_us : N2_TREE_RENEW_US);
}

/* When to renew what was accepted. */
static uint64_t
renewal_us(const n2_joined *j, uint64_t accepted_us, uint64_t asked_us)
{
    uint64_t due = accepted_us + earlier(j, N2_TREE_RENEW_US);
    /* it came, and comes no more */
    uint64_t silent = j->heard_us + earlier(j, N2_CAST_SILENCE_US + N2_CAST_SILENCE_US / 3);

    return j->heard_us > asked_us && silent < due ? silent : due;
}

static uint64_t
due_us(const n2_joined *j)
{
    if (j->is_again)
        return 0;
    if (j->is_refused)
        return j->asked_us + doubled(j, N2_TREE_TRY_US, j->n_refused);
    if (j->n_asked)
        return j->asked_us + doubled(j, N2_TREE_TRY_US, j->n_asked - 1u);
    return renewal_us(j, j->accepted_us, j->asked_us);
}

static uint64_t
feed_due_us(const n2_joined *j)
{
    if (j->is_again && j->is_fed)
        return 0;
    if (j->n_feed_asked)
        return j->feed_asked_us + doubled(j, N2_TREE_TRY_US, j->n_feed_asked - 1u);
    return j->is_fed ? renewal_us(j, j->fed_us, j->feed_asked_us) : UINT64_MAX;
}

/* Joins are not answered: if nothing comes either, the tree has lost us. */
static void
is_unanswered(n2_casts *casts, n2_joined *j, uint64_t now_us)
{
    bool is_silent = now_us - j->heard_us >= N2_CAST_SILENCE_US;

    if (!j->is_channel && j->n_asked >= N2_FEED_TRIES && is_silent) {
        j->is_joined = false;
        need_feed(casts, j, now_us);
    }
    if (now_us - j->accepted_us >= N2_TREE_US)
        j->is_joined = false;
    if (!j->is_joined && j->n_asked >= N2_TREE_TRIES && !is_asking_alone(j))
        tell_state(casts, j);
}

static void
expire_feed(n2_casts *casts, n2_joined *j, uint64_t now_us)
{
    if (j->n_feed_asked < N2_TREE_TRIES) {
        say_alone(casts, j, N2_CAST_JOIN, now_us);
        return;
    }
    j->is_fed = false;
    j->n_feed_asked = 0;
    j->feed_why = 0;
    tell_state(casts, j);
}

/* A join is due: renewed, said again, or tried once more after it was refused. */
static void
expire_join(n2_casts *casts, n2_joined *j, uint64_t now_us)
{
    j->is_again = false;
    if (j->is_refused && j->n_asked >= N2_TREE_TRIES)
        j->is_refused = false; /* who said so is silent now */
    if (j->is_refused && j->n_refused < SHIFT_MAX)
        j->n_refused++;
    else if (j->n_asked && !j->is_refused)
        is_unanswered(casts, j, now_us);
    say(casts, j, N2_CAST_JOIN, now_us);
}

void
n2_casts_link_up(n2_casts *casts, uint32_t port)
{
    for (size_t i = 0; casts->n_joined && i < N2_JOINED_PLACES; i++) {
        n2_joined *j = &casts->joined[i];
        if (j->is_used && !is_local(j) && j->path >> (64 - casts->width) == port)
            j->is_again = true;
    }
}

uint64_t
n2_casts_joined_deadline(const n2_casts *casts)
{
    uint64_t due = UINT64_MAX;
    uint32_t left = casts->n_joined;

    /* From the last, which is the node's own and mostly the only one. */
    for (size_t i = N2_JOINED_PLACES; left && i--;) {
        const n2_joined *j = &casts->joined[i];
        left -= j->is_used;
        if (!j->is_used || is_local(j))
            continue;
        if (due_us(j) < due)
            due = due_us(j);
        if (feed_due_us(j) < due)
            due = feed_due_us(j);
    }
    return due;
}

void
n2_casts_expire_joined(n2_casts *casts, uint64_t now_us)
{
    for (size_t i = 0; casts->n_joined && i < N2_JOINED_PLACES; i++) {
        n2_joined *j = &casts->joined[i];
        if (!j->is_used || is_local(j))
            continue;
        if (now_us >= feed_due_us(j))
            expire_feed(casts, j, now_us);
        if (now_us >= due_us(j))
            expire_join(casts, j, now_us);
    }
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * feeds.c - who gets copies of our own trees one by one.
 */
#include "node/feeds.h"

#include <assert.h>
#include <stdlib.h>

#include "wire/path.h"

static_assert(sizeof(n2_feed) == 40, "as DESIGN.md says");

void
n2_feeds_clear(n2_feeds *feeds)
{
    free(feeds->feeds);
    *feeds = (n2_feeds){0};
}

static void
drop(n2_feeds *feeds, uint32_t at)
{
    feeds->feeds[at] = feeds->feeds[--feeds->n];
}

/* An end point has one for a tree, whatever nonces it draws. */
static n2_feed *
find(const n2_feeds *feeds, const n2_cast *cast)
{
    uint64_t path = n2_path_answer(cast->path);

    for (uint32_t i = 0; i < feeds->n; i++) {
        n2_feed *f = &feeds->feeds[i];
        if (f->id == cast->id && f->path == path)
            return f;
    }
    return NULL;
}

/* Nobody gets more by one in-port than what is left then, so there is always some for others.
 */
static bool
has_room(const n2_feeds *feeds, uint32_t in_port)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < feeds->n; i++)
        n += feeds->feeds[i].in_port == in_port;
    return n < N2_FEEDS_MAX - feeds->n;
}

n2_err
n2_feeds_add(n2_feeds *feeds, const n2_cast *join, uint32_t in_port, uint64_t now_us)
{
    n2_feed *f = find(feeds, join);

    if (f) {
        f->nonce = join->nonce;
        f->until_us = now_us + N2_TREE_US;
        return N2_OK;
    }
    if (!has_room(feeds, in_port)) {
        feeds->refused++;
        return N2_ERR_LIMIT;
    }
    if (!feeds->feeds)
        feeds->feeds = calloc(N2_FEEDS_MAX, sizeof *feeds->feeds);
    if (!feeds->feeds)
        return N2_ERR_NOMEM;
    feeds->feeds[feeds->n++] = (n2_feed){.id = join->id,
                                         .nonce = join->nonce,
                                         .path = n2_path_answer(join->path),
                                         .until_us = now_us + N2_TREE_US,
                                         .in_port = (uint16_t)in_port};
    return N2_OK;
}

void
n2_feeds_end(n2_feeds *feeds, const n2_cast *leave)
{
    const n2_feed *f = find(feeds, leave);

    if (f && f->nonce == leave->nonce)
        drop(feeds, (uint32_t)(f - feeds->feeds));
}

bool
n2_feeds_close(n2_feeds *feeds, uint64_t id, n2_feed *out)
{
    for (uint32_t i = feeds->n; i-- > 0;)
        if (feeds->feeds[i].id == id) {
            *out = feeds->feeds[i];
            drop(feeds, i);
            return true;
        }
    return false;
}

void
n2_feeds_port_down(n2_feeds *feeds, uint32_t port)
{
    for (uint32_t i = feeds->n; i-- > 0;)
        if (feeds->feeds[i].in_port == port)
            drop(feeds, i);
}

bool
n2_feeds_next(const n2_feeds *feeds, uint64_t id, uint32_t *at, uint64_t *path)
{
    while (*at < feeds->n) {
        const n2_feed *f = &feeds->feeds[(*at)++];
        if (f->id == id) {
            *path = f->path;
            return true;
        }
    }
    return false;
}

unsigned
n2_feeds_count(const n2_feeds *feeds, uint64_t id)
{
    uint32_t at = 0;
    unsigned n = 0;

    for (uint64_t path; n2_feeds_next(feeds, id, &at, &path);)
        n++;
    return n;
}

uint64_t
n2_feeds_deadline(const n2_feeds *feeds)
{
    uint64_t due = UINT64_MAX;

    for (uint32_t i = 0; i < feeds->n; i++)
        if (feeds->feeds[i].until_us < due)
            due = feeds->feeds[i].until_us;
    return due;
}

void
n2_feeds_expire(n2_feeds *feeds, uint64_t now_us)
{
    for (uint32_t i = feeds->n; i-- > 0;)
        if (now_us >= feeds->feeds[i].until_us)
            drop(feeds, i);
}

void
n2_feeds_uses(const n2_feeds *feeds, n2_uses *uses)
{
    n2_uses_add(uses, "feeds", feeds->n, N2_FEEDS_MAX, feeds->refused);
}

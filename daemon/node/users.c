/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * users.c - counting, asking and telling how many users stand behind a link.
 */
#include "node/users.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

static size_t
n_words(const n2_users *users)
{
    return (users->n_ports + 63) / 64;
}

void
n2_users_set_most(n2_users *users, uint32_t port, uint64_t most)
{
    bool was = users->most[port] > 1;

    users->most[port] = (uint16_t)(most < N2_QUEUE_WEIGHT_MAX ? most : N2_QUEUE_WEIGHT_MAX);
    users->n_trunks += (users->most[port] > 1) - was;
    if (users->most[port] <= 1)
        n2_queues_set_weight(users->queues, port, 1);
}

static void
stop_counting(n2_users *users, uint32_t port)
{
    users->n_counted -= users->seen[port] != NULL;
    free(users->seen[port]);
    users->seen[port] = NULL;
    users->last[port] = 0;
}

void
n2_users_forget(n2_users *users, uint32_t port)
{
    n2_users_set_most(users, port, 0);
    stop_counting(users, port);
}

/* Has @source (0: nobody shares it) been counted already?  Two in 65,536 may be taken for one.
 */
static bool
was_counted(n2_users *users, uint64_t source)
{
    uint64_t place = source * UINT64_C(0x9e3779b97f4a7c15) >> 48;
    uint64_t bit = UINT64_C(1) << (place & 63), *word = &users->sources[place >> 6];
    bool was = source && *word & bit;

    static_assert(sizeof users->sources[0] * 8 * N2_USERS_WORDS == 1 << 16,
                  "16 bits say where");
    if (source)
        *word |= bit;
    return was;
}

/* What was seen since the last time, each in-port as much as it weighs, each source once. */
static uint32_t
count(n2_users *users, uint32_t port)
{
    uint64_t *seen = users->seen[port];
    uint32_t n = 0;

    memset(users->sources, 0, sizeof users->sources);
    for (size_t i = 0; i < n_words(users); i++) {
        for (uint64_t left = seen[i]; left; left &= left - 1) {
            uint32_t in_port = (uint32_t)(64 * i) + (uint32_t)__builtin_ctzll(left);
            if (!was_counted(users, n2_queues_source(users->queues, in_port)))
                n += n2_queues_weight(users->queues, in_port);
        }
        seen[i] = 0;
    }
    return n < UINT16_MAX ? n : UINT16_MAX;
}

/* What is told to @port; 0: it does not ask.  Who pauses for a moment is still there. */
static uint32_t
users_of(n2_users *users, uint32_t port, uint64_t now_us)
{
    if (!n2_links_is_asked(users->links, port, now_us)) {
        stop_counting(users, port);
        return 0;
    }
    if (!users->seen[port]) { /* without memory: one user */
        users->seen[port] = calloc(n_words(users), sizeof *users->seen[port]);
        users->n_counted += users->seen[port] != NULL;
    }
    uint32_t now = users->seen[port] ? count(users, port) : 0;
    uint32_t most = now > users->last[port] ? now : users->last[port];
    users->last[port] = (uint16_t)now;
    return most ? most : 1;
}

uint64_t
n2_users_deadline(const n2_users *users)
{
    bool is_active = users->n_trunks || users->n_counted ||
                     n2_links_asked_until(users->links) > users->next_us;

    return is_active ? users->next_us : UINT64_MAX;
}

void
n2_users_expire(n2_users *users, uint64_t now_us)
{
    if (now_us < users->next_us || n2_users_deadline(users) == UINT64_MAX)
        return;
    for (uint32_t port = 1; port < users->n_ports; port++) {
        bool is_trunk = users->most[port] > 1;
        uint32_t n = users_of(users, port, now_us);

        if (is_trunk) {
            uint32_t told = n2_links_users(users->links, port, now_us);
            n2_queues_set_weight(users->queues, port,
                                 told < users->most[port] ? told : users->most[port]);
        }
        if (n || is_trunk)
            n2_links_tell_users(users->links, port, n, is_trunk);
    }
    users->next_us = now_us + N2_USERS_US;
}

n2_err
n2_users_init(n2_users *users, n2_links *links, n2_queues *queues, unsigned width)
{
    *users = (n2_users){.links = links, .queues = queues, .n_ports = UINT32_C(1) << width};
    users->most = calloc(users->n_ports, sizeof *users->most);
    users->last = calloc(users->n_ports, sizeof *users->last);
    users->seen = calloc(users->n_ports, sizeof *users->seen);
    if (users->most && users->last && users->seen)
        return N2_OK;
    n2_users_clear(users);
    return N2_ERR_NOMEM;
}

void
n2_users_clear(n2_users *users)
{
    for (uint32_t port = 0; users->seen && port < users->n_ports; port++)
        free(users->seen[port]);
    free(users->most);
    free(users->last);
    free(users->seen);
    *users = (n2_users){0};
}

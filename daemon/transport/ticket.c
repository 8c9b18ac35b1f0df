/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ticket.c - a ring of tickets with chains by their keys.
 */
#include "transport/ticket.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

enum {
    NONE = 0 /* chains and `next` count from 1 */
};

struct n2_ticket_entry {
    uint8_t key[N2_TICKET_KEY_BYTES];
    n2_ticket ticket;
    uint64_t until_us; /* 0: free */
    uint32_t next;     /* older one of the same chain */
    uint32_t prev;     /* newer one */
};

void
n2_tickets_init(n2_tickets *t, uint32_t capacity)
{
    assert(capacity && !(capacity & (capacity - 1)));
    *t = (n2_tickets){.capacity = capacity};
}

void
n2_tickets_clear(n2_tickets *t)
{
    if (t->ring)
        sodium_memzero(t->ring, t->capacity * sizeof *t->ring);
    free(t->ring);
    free(t->chains);
    *t = (n2_tickets){.capacity = t->capacity};
}

/* Keys are outputs of a hash or of HKDF, so any bytes of them spread. */
static uint32_t *
chain_of(const n2_tickets *t, const uint8_t *key)
{
    uint32_t at;

    memcpy(&at, key, sizeof at);
    return &t->chains[at & (t->capacity - 1)];
}

/* (nullable): the newest under @key, with @id if that is given. */
static n2_ticket_entry *
find(const n2_tickets *t, const uint8_t *key, const uint8_t *id)
{
    if (!t->ring)
        return NULL;
    for (uint32_t at = *chain_of(t, key); at != NONE; at = t->ring[at - 1].next) {
        n2_ticket_entry *e = &t->ring[at - 1];
        if (!memcmp(e->key, key, sizeof e->key) &&
            (!id || !memcmp(e->ticket.id, id, sizeof e->ticket.id)))
            return e;
    }
    return NULL;
}

static void
remove_entry(n2_tickets *t, n2_ticket_entry *e)
{
    if (e->next != NONE)
        t->ring[e->next - 1].prev = e->prev;
    if (e->prev != NONE)
        t->ring[e->prev - 1].next = e->next;
    else
        *chain_of(t, e->key) = e->next;
    sodium_memzero(e, sizeof *e);
    t->n--;
}

static bool
has_room(n2_tickets *t)
{
    if (t->ring)
        return true;
    t->ring = calloc(t->capacity, sizeof *t->ring);
    t->chains = calloc(t->capacity, sizeof *t->chains);
    if (t->ring && t->chains)
        return true;
    free(t->ring);
    free(t->chains);
    t->ring = NULL;
    t->chains = NULL;
    return false;
}

void
n2_tickets_put(n2_tickets *t,
               const uint8_t key[static N2_TICKET_KEY_BYTES],
               const n2_ticket *ticket,
               uint64_t until_us,
               uint64_t now_us)
{
    if (until_us <= now_us || !has_room(t))
        return;
    n2_ticket_entry *e = &t->ring[t->next];
    t->next = (t->next + 1) & (t->capacity - 1);
    if (e->until_us) {
        t->thrown += e->until_us > now_us;
        remove_entry(t, e);
    }
    uint32_t *chain = chain_of(t, key);
    memcpy(e->key, key, sizeof e->key);
    e->ticket = *ticket;
    e->until_us = until_us;
    e->next = *chain;
    if (e->next != NONE)
        t->ring[e->next - 1].prev = (uint32_t)(e - t->ring) + 1;
    *chain = (uint32_t)(e - t->ring) + 1;
    if (!t->n++)
        t->sweep_us = now_us + N2_MINUTE_US;
}

bool
n2_tickets_get(const n2_tickets *t,
               const uint8_t key[static N2_TICKET_KEY_BYTES],
               n2_ticket *out,
               uint64_t *until_us,
               uint64_t now_us)
{
    const n2_ticket_entry *e = find(t, key, NULL);

    if (!e || e->until_us <= now_us)
        return false;
    *out = e->ticket;
    *until_us = e->until_us;
    return true;
}

void
n2_tickets_drop(n2_tickets *t,
                const uint8_t key[static N2_TICKET_KEY_BYTES],
                const uint8_t id[static N2_TICKET_ID_BYTES])
{
    n2_ticket_entry *e = find(t, key, id);

    if (e)
        remove_entry(t, e);
}

uint64_t
n2_tickets_deadline(const n2_tickets *t)
{
    return t->n ? t->sweep_us : UINT64_MAX;
}

void
n2_tickets_expire(n2_tickets *t, uint64_t now_us)
{
    if (!t->n || now_us < t->sweep_us)
        return;
    t->sweep_us = now_us + N2_MINUTE_US;
    for (uint32_t i = 0; i < t->capacity; i++)
        if (t->ring[i].until_us && t->ring[i].until_us <= now_us)
            remove_entry(t, &t->ring[i]);
}

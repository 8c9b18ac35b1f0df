/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dht-values.c - what one node of the DHT keeps for others, sealed: key, value, writer.
 */
#include "share/dht-values.h"

#include <stdlib.h>
#include <string.h>

#include "base/bucket.h"
#include "base/limits.h"

typedef struct kept {
    n2_dht_value value;
    uint8_t *bytes; /* (owned) of it */
    uint8_t writer[N2_DHT_ID_BYTES];
    uint64_t domain;
} kept;

/* What one domain does here; a place whose domain has nothing here and did nothing lately is
 * given to another. */
typedef struct {
    uint64_t domain;
    uint32_t n; /* values of it */
    n2_bucket keeps;
} share;

struct n2_dht_values {
    kept *kept; /* (owned) sorted by key */
    size_t n, room;
    share *shares; /* (owned) */
    size_t n_shares, shares_room;
    uint64_t n_refused, n_key_refused, n_writer_refused, n_share_refused;
    uint64_t n_shares_refused, n_often;
};

n2_err
n2_dht_values_new(n2_dht_values **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? N2_OK : N2_ERR_NOMEM;
}

void
n2_dht_values_free(n2_dht_values *values)
{
    if (!values)
        return;
    for (size_t i = 0; i < values->n; i++)
        free(values->kept[i].bytes);
    free(values->kept);
    free(values->shares);
    free(values);
}

/* The first place whose key is not below @key. */
static size_t
lower(const n2_dht_values *v, const uint8_t *key)
{
    size_t from = 0, to = v->n;

    while (from < to) {
        size_t mid = from + (to - from) / 2;

        if (memcmp(v->kept[mid].value.key, key, N2_DHT_ID_BYTES) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

static bool
is_key(const n2_dht_values *v, size_t i, const uint8_t *key)
{
    return i < v->n && !memcmp(v->kept[i].value.key, key, N2_DHT_ID_BYTES);
}

/* ---- shares of domains ---- */

/* Makes sure that one more of @each bytes fits behind @n. */
static n2_err
make_room(void **array, size_t n, size_t *room, size_t each)
{
    if (n < *room)
        return N2_OK;
    size_t larger = *room ? 2 * *room : 8;
    void *more = realloc(*array, larger * each);

    if (!more)
        return N2_ERR_NOMEM;
    *array = more;
    *room = larger;
    return N2_OK;
}

/* The share of @domain; NULL: as many domains as there is room for have something here. */
static share *
share_of(n2_dht_values *v, uint64_t domain, uint64_t now_us)
{
    share *idle = NULL;

    for (size_t i = 0; i < v->n_shares; i++) {
        share *s = &v->shares[i];

        if (s->domain == domain)
            return s;
        if (!idle && !s->n && s->keeps.paid_us <= now_us)
            idle = s;
    }
    if (!idle && v->n_shares < N2_DHT_SHARES_MAX &&
        !make_room((void **)&v->shares, v->n_shares, &v->shares_room, sizeof *v->shares))
        idle = &v->shares[v->n_shares++];
    if (idle)
        *idle = (share){.domain = domain};
    return idle;
}

static void
drop_at(n2_dht_values *v, size_t i)
{
    for (size_t k = 0; k < v->n_shares; k++)
        if (v->shares[k].domain == v->kept[i].domain)
            v->shares[k].n--;
    free(v->kept[i].bytes);
    v->n--;
    memmove(v->kept + i, v->kept + i + 1, (v->n - i) * sizeof *v->kept);
}

void
n2_dht_values_expire(n2_dht_values *values, int64_t wall_us)
{
    for (size_t i = values->n; i-- > 0;)
        if (values->kept[i].value.until_us <= wall_us)
            drop_at(values, i);
}

/* ---- keeping ---- */

/* May one more of this writer be kept under this key? */
static n2_err
has_room(n2_dht_values *v, const n2_dht_peer *writer, const uint8_t *key, size_t at, share *s)
{
    size_t n_key = 0, n_domain = 0, n_writer = 0;

    for (size_t i = at; is_key(v, i, key); i++, n_key++)
        n_domain += v->kept[i].domain == writer->domain;
    for (size_t i = 0; i < v->n; i++)
        n_writer += v->kept[i].domain == writer->domain &&
                    !memcmp(v->kept[i].writer, writer->id, N2_DHT_ID_BYTES);
    if (n_key >= N2_DHT_KEY_VALUES_MAX || n_domain >= N2_DHT_KEY_DOMAIN_MAX)
        v->n_key_refused++;
    else if (n_writer >= N2_DHT_WRITER_MAX)
        v->n_writer_refused++;
    else if (s->n >= N2_DHT_SHARE_MAX)
        v->n_share_refused++;
    else if (v->n >= N2_DHT_VALUES_MAX)
        v->n_refused++;
    else
        return N2_OK;
    return N2_ERR_LIMIT;
}

static bool
is_his(const kept *k, const n2_dht_peer *writer)
{
    return !memcmp(k->writer, writer->id, N2_DHT_ID_BYTES);
}

/* In the place of the one that the same writer wrote before. */
static n2_err
replace(kept *k, const n2_dht_value *value, uint8_t *copy)
{
    if (k->value.serial > value->serial) {
        free(copy);
        return N2_ERR_STATE;
    }
    free(k->bytes);
    k->value = *value;
    k->value.bytes = k->bytes = copy;
    return N2_OK;
}

n2_err
n2_dht_values_keep(n2_dht_values *values,
                   const n2_dht_peer *writer,
                   const n2_dht_value *value,
                   int64_t wall_us,
                   uint64_t now_us)
{
    size_t at = lower(values, value->key), mine = at;

    if (!value->len || value->len > N2_DHT_VALUE_BYTES_MAX)
        return N2_ERR_LIMIT;
    if (value->until_us <= wall_us || value->until_us - wall_us > (int64_t)N2_DHT_VALUE_US)
        return N2_ERR_TIMEOUT;
    share *s = share_of(values, writer->domain, now_us);

    if (!s) {
        values->n_shares_refused++;
        return N2_ERR_LIMIT;
    }
    if (!n2_bucket_take(&s->keeps, N2_DHT_KEEP_PER_S, N2_DHT_KEEP_BURST, now_us)) {
        values->n_often++;
        return N2_ERR_LIMIT;
    }
    while (is_key(values, mine, value->key) && !is_his(&values->kept[mine], writer))
        mine++;
    bool is_there = is_key(values, mine, value->key);
    n2_err err = is_there ? N2_OK : has_room(values, writer, value->key, at, s);

    if (!err && !is_there)
        err = make_room((void **)&values->kept, values->n, &values->room, sizeof *values->kept);
    if (err)
        return err;
    uint8_t *copy = malloc(value->len);

    if (!copy)
        return N2_ERR_NOMEM;
    memcpy(copy, value->bytes, value->len);
    if (is_there)
        return replace(&values->kept[mine], value, copy);
    memmove(values->kept + at + 1, values->kept + at, (values->n - at) * sizeof *values->kept);
    values->kept[at] = (kept){.value = *value, .domain = writer->domain};
    values->kept[at].value.bytes = values->kept[at].bytes = copy;
    memcpy(values->kept[at].writer, writer->id, N2_DHT_ID_BYTES);
    values->n++;
    s->n++;
    return N2_OK;
}

size_t
n2_dht_values_get(const n2_dht_values *values,
                  const uint8_t key[static N2_DHT_ID_BYTES],
                  int64_t wall_us,
                  uint64_t turn,
                  n2_dht_value out[static N2_DHT_ANSWER_VALUES])
{
    size_t at = lower(values, key), n_key = 0, n = 0;

    while (is_key(values, at + n_key, key))
        n_key++;
    for (size_t i = 0; i < n_key && n < N2_DHT_ANSWER_VALUES; i++) {
        const n2_dht_value *v = &values->kept[at + (turn + i) % n_key].value;

        if (v->until_us > wall_us)
            out[n++] = *v;
    }
    return n;
}

size_t
n2_dht_values_count(const n2_dht_values *values)
{
    return values->n;
}

void
n2_dht_values_uses(const n2_dht_values *values, n2_uses *uses)
{
    uint32_t most = 0;

    for (size_t i = 0; i < values->n_shares; i++)
        if (values->shares[i].n > most)
            most = values->shares[i].n;
    n2_uses_add(uses, "dht_values", values->n, N2_DHT_VALUES_MAX, values->n_refused);
    n2_uses_add(uses, "dht_key_values", N2_USE_NONE, N2_DHT_KEY_VALUES_MAX,
                values->n_key_refused);
    n2_uses_add(uses, "dht_writer", N2_USE_NONE, N2_DHT_WRITER_MAX, values->n_writer_refused);
    n2_uses_add(uses, "dht_share", most, N2_DHT_SHARE_MAX, values->n_share_refused);
    n2_uses_add(uses, "dht_shares", values->n_shares, N2_DHT_SHARES_MAX,
                values->n_shares_refused);
    n2_uses_add(uses, "dht_keep_per_s", N2_USE_NONE, N2_DHT_KEEP_PER_S, values->n_often);
}

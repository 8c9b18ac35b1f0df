/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-key.c - which connection key of a remote is taken: never an older one than was proven,
 *               never a weaker suite than it offers (attack 13).
 *
 * What was proven of an identity stays in the store for good: the serial and the suites of the
 * newest key, even when the key itself is of no use any more.  A record that comes in clear is
 * used only to connect, and believed when the identity has proven it inside the connection; a
 * newer or a stronger key that shows there ends the connection before anything is asked.
 */
#include "share/fetch-private.h"

#include "base/reader.h"
#include "keys/request.h"

uint8_t
n2_remote_best_suite(const n2_fetch *f, uint8_t suites)
{
    return n2_suite_strongest(suites & (f->config.suites ? f->config.suites : N2_SUITES_ALL));
}

static void
raise_floor(remote *r, uint32_t serial, uint8_t suites)
{
    if (serial < r->serial_floor)
        return;
    r->serial_floor = serial;
    r->suites_floor = suites;
}

void
n2_remote_recall_floor(n2_fetch *f, remote *r)
{
    uint8_t kept[N2_ANSWER_BYTES_MAX];
    size_t len;

    if (n2_store_node_key_get(f->config.store, &r->who, kept, &len))
        return;
    n2_reader in = n2_reader_init(kept, len);

    (void)n2_read_u8(&in); /* type */
    uint8_t suites = n2_read_u8(&in);
    raise_floor(r, n2_read_u32(&in), suites);
}

void
n2_remote_recall_key(n2_fetch *f, remote *r)
{
    size_t len;

    if (r->has_key && n2_node_key_fresh(&r->key, f->wall_us)) {
        r->has_key = false;
        r->is_proven = false;
    }
    if (r->has_key || n2_store_node_key_get(f->config.store, &r->who, r->answer, &len))
        return;
    if (n2_node_key_read(&r->key, r->answer, len) || n2_node_key_fresh(&r->key, f->wall_us) ||
        n2_remote_best_suite(f, r->key.suites) != n2_node_key_suite(&r->key))
        return;
    r->has_key = true;
    r->key_is_kept = true;
    r->is_proven = false;
}

void
n2_remote_forget_key(n2_fetch *f, remote *r)
{
    uint8_t kept[N2_ANSWER_BYTES_MAX];
    size_t len;
    n2_err err = n2_store_node_key_get(f->config.store, &r->who, kept, &len);

    if (!err)
        err = n2_store_node_key_put(f->config.store, &r->who, kept, N2_NODE_KEY_FLOOR_BYTES);
    (void)err; /* not there, or it will be found stale once more */
    r->has_key = false;
    r->is_proven = false;
}

uint8_t
n2_remote_suite_to_ask(const n2_fetch *f, const remote *r)
{
    uint8_t proven = n2_remote_best_suite(f, r->suites_floor);

    return r->ask_suite                               ? r->ask_suite
           : proven                                   ? proven
           : n2_remote_best_suite(f, 1) != N2_SUITE_1 ? N2_SUITE_2
                                                      : 0;
}

n2_err
n2_remote_judge_key(const n2_fetch *f, const remote *r)
{
    n2_err err = n2_node_key_fresh(&r->key, f->wall_us);

    if (!err && r->key.serial < r->serial_floor)
        err = N2_ERR_FORGED;
    if (!err && r->key.serial == r->serial_floor && r->suites_floor &&
        r->key.suites != r->suites_floor)
        err = N2_ERR_FORGED;
    if (!err && !n2_remote_best_suite(f, r->key.suites))
        err = N2_ERR_UNSUPPORTED;
    return err;
}

/* ---- proof ---- */

/* The statement of its newest key is proven.  N2_ERR_STATE: a better key than that of this
 * connection is to be had, newer or of a stronger suite; the floor says so. */
static n2_err
check_key(n2_fetch *f, remote *r, const n2_box *body)
{
    n2_key key = n2_box_key(body, 2), ours;
    int64_t suites = n2_box_int(body, 3), serial = n2_box_int(body, 4);

    if (suites < 1 || suites > UINT8_MAX || serial < 0 || serial > UINT32_MAX)
        return N2_ERR_FORMAT;
    n2_node_key_static(&r->key, &ours);
    bool is_ours = n2_key_equal(&key, &ours);

    if (!is_ours && serial <= r->key.serial)
        return N2_ERR_FORGED; /* not one of its keys: somebody stands between */
    raise_floor(r, (uint32_t)serial, (uint8_t)suites);
    return is_ours && n2_remote_best_suite(f, (uint8_t)suites) <= n2_node_key_suite(&r->key)
               ? N2_OK
               : N2_ERR_STATE;
}

/* What is known of its keys, with what it says now: nothing that was seen is taken back. */
static n2_err
take_statements(n2_fetch *f, remote *r, const n2_value *values, size_t n)
{
    /* The chain of whoever we connect to again is the same as before, mostly. */
    n2_verified *verified = &f->verified;
    n2_identity_set *set;
    n2_taken taken;
    bool is_news = false;

    n2_err err = n2_store_identity(f->config.store, &r->who, verified, &set);
    for (size_t i = 0; i < n && !err; i++) {
        err =
            n2_identity_take(set, values[i].bytes, values[i].len, f->wall_us, verified, &taken);
        is_news |= !err && taken == N2_TAKEN_NEW;
    }
    if (!err)
        err = n2_identity_look(set, f->wall_us, &r->identity);
    if (!err && is_news) {
        n2_err kept = n2_store_identity_keep(f->config.store, set);
        (void)kept; /* a full disk: it will be heard again */
        n2_fetch_tell(f, &(n2_fetch_event){.kind = N2_FETCH_HEARD, .who = r->who});
    }
    n2_identity_set_free(set);
    return err;
}

n2_err
n2_remote_check_chain(n2_fetch *f, remote *r, const n2_value *values, size_t n)
{
    n2_statement statement;

    if (n < 2)
        return N2_ERR_FORMAT;
    for (size_t i = 0; i < n; i++)
        if (values[i].type != 'b')
            return N2_ERR_FORMAT;
    n2_err err = take_statements(f, r, values, n - 1);
    if (!err)
        err = n2_identity_stands(&r->identity);
    if (!err)
        err = n2_identity_check_once(&r->identity, &statement, values[n - 1].bytes,
                                     values[n - 1].len, N2_KIND_NODE_KEY, f->wall_us,
                                     f->config.unicode, &f->verified);
    return err ? err : check_key(f, r, &statement.body);
}

void
n2_remote_keep(n2_fetch *f, const remote *r)
{
    n2_err kept = n2_store_node_key_put(f->config.store, &r->who, r->answer,
                                        n2_node_key_answer_len(&r->key));

    (void)kept; /* a full disk: it will be asked for again */
}

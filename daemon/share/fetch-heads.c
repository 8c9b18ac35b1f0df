/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-heads.c - the heads of a tree, older ones too, asked of who publishes it.
 *
 * A head counts if a key that stands has signed it, or if one that counts names it as its
 * parent: so versions stay that were published from a machine which was removed since.
 */
#include <string.h>

#include "share/fetch-private.h"
#include "store/version.h"

void
n2_heads_ask(n2_fetch *f, transfer *t, uint64_t now_us)
{
    const n2_id *who = &t->remote->who;
    uint8_t id[N2_ID_BYTES];
    n2_asm block;

    if (!n2_fetch_ask(f, t->remote, ASK_HEADS, t->id, 0, &block, now_us))
        return;
    id[0] = who->method;
    memcpy(id + 1, who->hash, sizeof who->hash);
    n2_asm_bytes(&block, id, sizeof id);
    n2_asm_u64(&block, t->below);
    n2_asm_word(&block, N2_WORD_HEADS);
    n2_fetch_say(f, t->remote, &block);
    t->is_asked = true;
}

typedef struct {
    const uint8_t *hash;
    bool found;
} wanted;

static bool
look_cb(void *user, const n2_head *head, const uint8_t *statement, size_t len)
{
    wanted *w = user;

    (void)statement;
    (void)len;
    for (size_t i = 0; i < head->n_parents && !w->found; i++)
        w->found = !memcmp(head->parents[i], w->hash, N2_HASH_BYTES);
    return !w->found;
}

/* Does it count, as one that a version names which is known already? */
static bool
is_named(n2_fetch *f, const n2_id *who, const n2_value *v)
{
    n2_statement s;
    n2_head head;

    if (n2_statement_check(&s, v->bytes, v->len, N2_KIND_TREE_HEAD, f->config.unicode) ||
        n2_head_read(&head, &s.body) || !n2_id_equal(&head.who, who))
        return false;
    wanted w = {.hash = head.hash};
    return !n2_store_versions(f->config.store, who, head.branch, 0, look_cb, &w) && w.found;
}

n2_err
n2_heads_take(n2_fetch *f, remote *r, const n2_call *call)
{
    n2_head head;
    bool is_new;
    n2_err err = call->n_values > N2_HEADS_ANSWERED_MAX ? N2_ERR_FORMAT : N2_OK;

    for (size_t i = 0; !err && i < call->n_values; i++) {
        const n2_value *v = &call->values[i];

        if (v->type != 'b')
            return N2_ERR_FORMAT;
        if (n2_head_check(&head, &r->identity, v->bytes, v->len, f->wall_us,
                          f->config.unicode) &&
            !is_named(f, &r->who, v))
            continue; /* of a key that is gone, and nobody names it: it may be anybody's */
        err = n2_store_version_put(f->config.store, v->bytes, v->len, &is_new);
    }
    return err;
}

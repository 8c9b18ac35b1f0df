/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * head.c - heads of published trees.
 */
#include "crypto/head.h"

#include <string.h>

enum {
    HEAD_WHO = 1,
    HEAD_BRANCH = 2,
    HEAD_COUNTER = 3,
    HEAD_ROOT = 4,
    HEAD_MADE = 5,
    HEAD_ACCESS = 6,
    HEAD_PARENTS = 64,
    HEAD_DEVICE = 192 /* readers of before do without */
};

/* Which parent comes first, and so on: a set ascends. */
static void
sort_parents(const n2_head *head, size_t order[static N2_HEAD_PARENTS_MAX])
{
    for (size_t i = 0; i < head->n_parents; i++) {
        size_t at = i;

        for (; at && memcmp(head->parents[i], head->parents[order[at - 1]], N2_HASH_BYTES) < 0;
             at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

n2_err
n2_head_body(void *buf, size_t cap, const n2_head *head, n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_TREE_HEAD);
    size_t order[N2_HEAD_PARENTS_MAX];
    n2_head read;

    *out = (n2_box){0};
    if (head->counter > INT64_MAX || head->n_parents > N2_HEAD_PARENTS_MAX)
        return N2_ERR_LIMIT;
    sort_parents(head, order);
    n2_box_put_id(&w, HEAD_WHO, &head->who);
    n2_box_put_text(&w, HEAD_BRANCH, head->branch);
    n2_box_put_int(&w, HEAD_COUNTER, (int64_t)head->counter);
    n2_box_put_ref(&w, HEAD_ROOT, &head->root);
    n2_box_put_time(&w, HEAD_MADE, head->made_us);
    if (head->access.id.method)
        n2_box_put_ref(&w, HEAD_ACCESS, &head->access);
    for (size_t i = 0; i < head->n_parents; i++)
        n2_box_put_bytes(&w, HEAD_PARENTS, head->parents[order[i]], N2_HASH_BYTES);
    if (*head->device)
        n2_box_put_text(&w, HEAD_DEVICE, head->device);
    n2_err err = n2_box_end(&w, out, NULL);
    return err ? err : n2_head_read(&read, out);
}

n2_err
n2_head_read(n2_head *out, const n2_box *body)
{
    n2_head head = {.who = n2_box_id(body, HEAD_WHO),
                    .root = n2_box_ref(body, HEAD_ROOT),
                    .made_us = n2_box_int(body, HEAD_MADE)};
    int64_t counter = n2_box_int(body, HEAD_COUNTER);
    size_t len = 0;
    n2_field f;

    *out = (n2_head){0};
    const uint8_t *branch = n2_box_bytes(body, HEAD_BRANCH, &len);
    if (body->kind != N2_KIND_TREE_HEAD || counter < 1 || !len || len > N2_BRANCH_BYTES_MAX)
        return N2_ERR_FORMAT;
    memcpy(head.branch, branch, len);
    if (n2_box_find(body, HEAD_ACCESS, &f))
        head.access = n2_field_ref(&f);
    const uint8_t *device = n2_box_find(body, HEAD_DEVICE, &f) ? f.value : NULL;
    if (device && f.len <= N2_DEVICE_NAME_BYTES_MAX) /* it is of no weight */
        memcpy(head.device, device, f.len);
    head.counter = (uint64_t)counter;
    for (size_t at = 0; n2_box_next(body, &at, &f);) {
        if (f.number != HEAD_PARENTS)
            continue;
        if (f.len != N2_HASH_BYTES)
            return N2_ERR_FORMAT;
        memcpy(head.parents[head.n_parents++], f.value, N2_HASH_BYTES); /* kinds.h: 8 at most */
    }
    if ((counter == 1) != (head.n_parents == 0))
        return N2_ERR_FORMAT; /* counter = 1 + the greatest parent's */
    n2_sha256_of(body->bytes, body->len, head.hash);
    *out = head;
    return N2_OK;
}

n2_err
n2_head_check(n2_head *out,
              const n2_identity *identity,
              const void *statement,
              size_t len,
              int64_t wall_us,
              const n2_unicode *unicode)
{
    n2_statement s;

    *out = (n2_head){0};
    n2_err err =
        n2_identity_check(identity, &s, statement, len, N2_KIND_TREE_HEAD, wall_us, unicode);
    return err ? err : n2_head_read(out, &s.body);
}

int
n2_head_compare(const n2_head *a, const n2_head *b)
{
    if (a->counter != b->counter)
        return a->counter < b->counter ? -1 : 1;
    return memcmp(a->hash, b->hash, sizeof a->hash);
}

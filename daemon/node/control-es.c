/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-es.c - the responder's part of a hello, which the keys process does.
 */
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"

static void
refuse_es(n2_control *c, uint64_t tag, n2_err err)
{
    n2_op_queue_push(&c->ops, &(n2_op){.kind = N2_OP_ES, .tag = tag, .err = err});
}

void
n2_keys_need_es(n2_control *c, const n2_event *event)
{
    n2_keys_request request = {
        .kind = N2_KEYS_ES, .key_id = event->key_id, .suite = event->suite};
    key_request extra = {.es_tag = event->tag};
    size_t len = sizeof request.e < sizeof event->key ? sizeof request.e : sizeof event->key;

    memcpy(request.e, event->key, len);
    n2_err err = n2_keys_ask(c, &request, &extra);

    if (err)
        refuse_es(c, event->tag, err);
}

void
n2_keys_es_came(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    n2_op op = {.kind = N2_OP_ES, .tag = r->es_tag};
    size_t len = sizeof a->es.ck + sizeof a->es.k;

    if (a->err) {
        refuse_es(c, r->es_tag, a->err);
        return;
    }
    op.bytes = malloc(len);
    if (!op.bytes) {
        refuse_es(c, r->es_tag, N2_ERR_NOMEM);
        return;
    }
    memcpy(op.bytes, a->es.ck, sizeof a->es.ck);
    memcpy(op.bytes + sizeof a->es.ck, a->es.k, sizeof a->es.k);
    op.len = len;
    n2_op_queue_push(&c->ops, &op);
}

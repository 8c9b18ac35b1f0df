/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-ask.c - questions to holders: a tag for each, said, and forgotten.
 */
#include "share/fetch-private.h"

bool
n2_fetch_ask_too(n2_fetch *f,
                 remote *r,
                 ask_kind kind,
                 n2_transfer id,
                 size_t stretch_at,
                 n2_asm *block,
                 uint64_t now_us)
{
    size_t at = 0;

    while (at < QUESTIONS_MAX && f->questions[at].remote)
        at++;
    if (at == QUESTIONS_MAX)
        return false;
    if (!r->n_waiting) {
        r->heard_us = now_us;
        r->stalled_us = now_us;
        r->is_probed = false;
    }
    r->n_waiting++;
    f->questions[at] = (question){.remote = r,
                                  .kind = kind,
                                  .serial = ++f->serial,
                                  .transfer = id,
                                  .stretch = stretch_at,
                                  .address = f->stretches[stretch_at].address};
    n2_asm_u64(block, (uint64_t)f->questions[at].serial << 32 | at);
    n2_asm_word(block, N2_WORD_TAG);
    return true;
}

bool
n2_fetch_ask(n2_fetch *f,
             remote *r,
             ask_kind kind,
             n2_transfer id,
             size_t stretch_at,
             n2_asm *block,
             uint64_t now_us)
{
    *block = n2_asm_init();
    return n2_fetch_ask_too(f, r, kind, id, stretch_at, block, now_us);
}

void
n2_fetch_say(n2_fetch *f, const remote *r, n2_asm *block)
{
    n2_op op = {.kind = N2_OP_COMMAND, .conn = r->conn};

    /* Without memory nothing is said, and the silence that follows is told as such. */
    if (!n2_asm_finish(block, &op.bytes, &op.len))
        n2_op_queue_push(f->config.ops, &op);
}

void
n2_fetch_forget(n2_fetch *f, const remote *r, n2_transfer id)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        question *q = &f->questions[i];

        if (!q->remote || (r && q->remote != r) || (id && q->transfer != id))
            continue;
        q->remote->n_waiting--;
        q->remote = NULL;
    }
}

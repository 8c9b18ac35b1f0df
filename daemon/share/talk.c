/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * talk.c - the command streams of all connections: finds, checks and runs blocks, writes
 * answers.
 */
#include "share/talk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "wire/packet.h"

void
n2_talk_init(n2_talk *talk, n2_op_queue *ops)
{
    *talk = (n2_talk){.ops = ops};
    n2_vm_init(&talk->vm);
}

static void
free_talker(n2_talker *t)
{
    n2_block_stream_clear(&t->stream);
    free(t->account);
    free(t->session);
    free(t);
}

void
n2_talk_clear(n2_talk *talk)
{
    for (size_t i = 0; i < talk->n_talkers; i++)
        free_talker(talk->talkers[i]);
    free(talk->talkers);
    n2_vm_clear(&talk->vm);
    *talk = (n2_talk){0};
}

/* Index of the first talker whose conn is not below @conn. */
static size_t
place_of(const n2_talk *talk, n2_conn conn)
{
    size_t low = 0;
    size_t high = talk->n_talkers;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (talk->talkers[middle]->conn < conn)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

n2_talker *
n2_talk_find(const n2_talk *talk, n2_conn conn)
{
    size_t at = place_of(talk, conn);

    return at < talk->n_talkers && talk->talkers[at]->conn == conn ? talk->talkers[at] : NULL;
}

n2_err
n2_talk_open(n2_talk *talk, n2_conn conn, unsigned rights, uint64_t now_us)
{
    n2_talk_close(talk, conn);
    if (talk->n_talkers == talk->room) {
        size_t room = talk->room ? talk->room * 2 : 16;
        n2_talker **grown = realloc(talk->talkers, room * sizeof(n2_talker *));

        if (!grown)
            return N2_ERR_NOMEM;
        talk->talkers = grown;
        talk->room = room;
    }
    n2_talker *t = calloc(1, sizeof *t);

    if (!t)
        return N2_ERR_NOMEM;
    t->conn = conn;
    t->rights = rights;
    t->unit_max = N2_DATA_BYTES_MAX;
    n2_budget_init(&t->budget, now_us);
    n2_block_stream_init(&t->stream);

    size_t at = place_of(talk, conn);

    memmove(talk->talkers + at + 1, talk->talkers + at,
            (talk->n_talkers - at) * sizeof(n2_talker *));
    talk->talkers[at] = t;
    talk->n_talkers++;
    return N2_OK;
}

void
n2_talk_close(n2_talk *talk, n2_conn conn)
{
    n2_talker *t = n2_talk_find(talk, conn);

    if (!t)
        return;
    size_t at = place_of(talk, conn);

    talk->n_talkers--;
    memmove(talk->talkers + at, talk->talkers + at + 1,
            (talk->n_talkers - at) * sizeof(n2_talker *));
    if (talk->running == t)
        talk->running = NULL;
    talk->bytes -= t->stream.room;
    free_talker(t);
}

/* Silences the connection that holds most; an error if that is @t. */
static n2_err
make_room(n2_talk *talk, const n2_talker *t)
{
    n2_talker *most = talk->talkers[0];

    for (size_t i = 1; i < talk->n_talkers; i++)
        if (talk->talkers[i]->stream.room > most->stream.room)
            most = talk->talkers[i];
    talk->n_bytes_refused++;
    talk->bytes -= most->stream.room;
    n2_block_stream_clear(&most->stream);
    most->stream.err = N2_ERR_LIMIT;
    if (most == t)
        return N2_ERR_LIMIT;
    n2_op_queue_push(talk->ops,
                     &(n2_op){.kind = N2_OP_CLOSE, .conn = most->conn, .err = N2_ERR_LIMIT});
    return N2_OK;
}

n2_err
n2_talk_input(n2_talk *talk, n2_conn conn, const uint8_t *bytes, size_t len, uint64_t now_us)
{
    n2_talker *t = n2_talk_find(talk, conn);

    if (!t)
        return N2_ERR_NOTFOUND;
    n2_budget_refill(&t->budget, now_us);
    talk->bytes -= t->stream.room;
    n2_err err = n2_block_stream_input(&t->stream, bytes, len);

    talk->bytes += t->stream.room;
    if (!err && talk->bytes > N2_TALK_BYTES_MAX)
        err = make_room(talk, t);
    return err;
}

static void
send_block(n2_talk *talk, n2_conn conn, n2_asm *a)
{
    n2_op op = {.kind = N2_OP_COMMAND, .conn = conn};

    if (!n2_asm_finish(a, &op.bytes, &op.len))
        n2_op_queue_push(talk->ops, &op);
}

static void
send_error(n2_talk *talk, n2_conn conn, uint64_t tag, n2_err err)
{
    n2_asm a = n2_asm_init();

    n2_asm_s64(&a, err);
    n2_asm_u64(&a, tag);
    n2_asm_word(&a, N2_WORD_DELIVER);
    send_block(talk, conn, &a);
}

/* The block at hand went wrong.  An answer is never answered: two that refuse each other's
 * would go on for ever. */
static void
send_wrong(n2_talk *talk, n2_conn conn, uint64_t tag, n2_err err)
{
    if (!talk->vm.is_answer)
        send_error(talk, conn, tag, err);
}

/* It was refused, before or while it ran. */
static void
refuse(n2_talk *talk, n2_talker *t, uint64_t tag, n2_err err)
{
    talk->n_blocks_refused++;
    t->n_refused++;
    if (t->n_refused > talk->most_refused)
        talk->most_refused = t->n_refused;
    talk->n_closed += t->n_refused == N2_VM_REFUSED_MAX;
    send_wrong(talk, t->conn, tag, err);
}

bool
n2_talk_next(n2_talk *talk, n2_conn conn, n2_call *call, n2_err *err, uint64_t now_us)
{
    n2_talker *t = n2_talk_find(talk, conn);

    *err = N2_OK;
    if (!t)
        return false;
    n2_budget_refill(&t->budget, now_us);
    for (;;) {
        if (talk->running) {
            assert(talk->running == t);
            n2_err wrong = n2_vm_step(&talk->vm, call);

            if (!wrong && call->opcode)
                return true;
            talk->running = NULL;
            /* Spending too much is no lie: the asker waits and asks again. */
            talk->n_cost_refused += wrong == N2_ERR_BUDGET;
            if (wrong == N2_ERR_BUDGET)
                send_wrong(talk, conn, n2_vm_tag(&talk->vm), wrong);
            else if (wrong)
                refuse(talk, t, n2_vm_tag(&talk->vm), wrong);
        }
        const uint8_t *block;
        size_t len;

        talk->bytes -= t->stream.room;
        *err = n2_block_stream_next(&t->stream, &block, &len);
        talk->bytes += t->stream.room;
        if (!*err && t->n_refused >= N2_VM_REFUSED_MAX)
            *err = N2_ERR_LIMIT;
        if (*err || !block)
            return false;
        n2_err wrong = n2_vm_load(&talk->vm, block, len, t->rights, &t->budget);

        if (wrong)
            refuse(talk, t, 0, wrong);
        else
            talk->running = t;
    }
}

void
n2_talk_put_object(n2_talk *talk, uint64_t number)
{
    n2_vm_put_object(&talk->vm, number);
}

void
n2_talk_fail(n2_talk *talk, n2_err err)
{
    n2_talker *t = talk->running;

    if (!t)
        return;
    talk->running = NULL;
    send_wrong(talk, t->conn, n2_vm_tag(&talk->vm), err);
}

n2_asm
n2_talk_values(void)
{
    return n2_asm_init();
}

void
n2_talk_answer(n2_talk *talk, n2_asm *values, uint64_t tag)
{
    n2_talker *t = talk->running;
    uint64_t cost = values->body.len * N2_VM_COST_ANSWER_BYTE;

    if (!t || values->body.err || cost > t->budget.left) {
        n2_err err = values->body.err ? values->body.err : N2_ERR_BUDGET;

        talk->n_cost_refused += err == N2_ERR_BUDGET;
        n2_writer_clear(&values->body);
        n2_talk_fail(talk, err);
        return;
    }
    t->budget.left -= cost;
    n2_asm_s64(values, N2_OK);
    n2_asm_u64(values, tag);
    n2_asm_word(values, N2_WORD_DELIVER);
    send_block(talk, t->conn, values);
}

void
n2_talk_answer_later(n2_talk *talk, n2_conn conn, n2_asm *values, uint64_t tag, n2_err err)
{
    n2_talker *t = n2_talk_find(talk, conn);
    uint64_t cost = values->body.len * N2_VM_COST_ANSWER_BYTE;

    if (!err)
        err = values->body.err             ? values->body.err
              : t && cost > t->budget.left ? N2_ERR_BUDGET
                                           : N2_OK;
    if (!t || err) {
        talk->n_cost_refused += err == N2_ERR_BUDGET;
        n2_writer_clear(&values->body);
        if (t)
            send_error(talk, conn, tag, err);
        return;
    }
    t->budget.left -= cost;
    n2_asm_s64(values, N2_OK);
    n2_asm_u64(values, tag);
    n2_asm_word(values, N2_WORD_DELIVER);
    send_block(talk, conn, values);
}

void
n2_talk_uses(const n2_talk *talk, n2_uses *uses)
{
    n2_uses_add(uses, "talk_bytes", talk->bytes, N2_TALK_BYTES_MAX, talk->n_bytes_refused);
    n2_uses_add(uses, "vm_refused", talk->most_refused, N2_VM_REFUSED_MAX, talk->n_closed);
    n2_uses_add(uses, "vm_cost_per_s", N2_USE_NONE, N2_VM_COST_PER_S, talk->n_cost_refused);
}

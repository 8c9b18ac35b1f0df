/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * serve-known.c - what is known here of anybody's tree: for those who cannot ask its author.
 *
 * Only what its author shows to everybody: a tree that is closed as a whole was read for
 * ourselves, and nobody learns from us that it is there (attack 46).
 */
#include <stdlib.h>

#include "share/serve-private.h"

/* All that is known of the keys of @who; that it does not fit one string is an error. */
static n2_err
put_statements(n2_serve *s, n2_asm *a, const n2_id *who)
{
    n2_identity_set *set = NULL;
    uint8_t *buf = malloc(N2_VM_STRING_BYTES_MAX);
    size_t len = 0;
    n2_err err = buf ? n2_store_identity(s->store, who, &s->verified, &set) : N2_ERR_NOMEM;

    if (!err)
        err = n2_identity_set_write(set, buf, N2_VM_STRING_BYTES_MAX, &len);
    if (!err)
        n2_asm_bytes(a, buf, len);
    n2_identity_set_free(set);
    free(buf);
    return err == N2_ERR_NOSPACE ? N2_ERR_LIMIT : err;
}

n2_err
n2_serve_do_known(n2_serve *s, const n2_call *call)
{
    n2_id who;
    n2_head head;
    uint8_t *statement = NULL;
    size_t len = 0;
    n2_asm a = n2_talk_values();
    n2_err err = n2_serve_read_id(&call->arg[0], &who);

    if (!err)
        err = n2_store_head_get(s->store, &who, N2_BRANCH_MAIN, &head, &statement, &len);
    if (!err && (head.access.id.method || head.counter < call->arg[1].u))
        err = N2_ERR_NOTFOUND;
    if (!err) {
        n2_asm_bytes(&a, statement, len);
        err = put_statements(s, &a, &who);
    }
    free(statement);
    if (err)
        n2_writer_clear(&a.body);
    else
        n2_talk_answer(s->talk, &a, call->tag);
    return err;
}

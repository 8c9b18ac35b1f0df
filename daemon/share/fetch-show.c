/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-show.c - who we are, shown to a holder that is proven, where the user wishes it.
 */
#include <string.h>

#include "share/fetch-private.h"

void
n2_show_offer(n2_fetch *f, remote *r)
{
    n2_fetch_event event = {
        .kind = N2_FETCH_PROVEN, .who = r->who, .conn = r->conn, .suite = r->suite};

    memcpy(event.hash, r->hash, sizeof event.hash);
    n2_fetch_tell(f, &event);
}

n2_err
n2_fetch_show(n2_fetch *fetch, n2_conn conn, const n2_shown *shown, uint64_t now_us)
{
    remote *r = NULL;
    n2_asm block;

    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++)
        if (fetch->remotes[i].conn == conn && fetch->remotes[i].state == REMOTE_OPEN)
            r = &fetch->remotes[i];
    if (!conn || !r)
        return N2_ERR_NOTFOUND;
    if (shown->chain.len > N2_VM_STRING_BYTES_MAX)
        return N2_ERR_LIMIT;
    if (!n2_fetch_ask(fetch, r, ASK_SHOW, 0, 0, &block, now_us))
        return N2_ERR_LIMIT;
    n2_asm_bytes(&block, shown->chain.bytes, shown->chain.len);
    n2_asm_bytes(&block, shown->certificate.bytes, shown->certificate.len);
    n2_asm_bytes(&block, shown->signature.bytes, shown->signature.len);
    n2_asm_word(&block, N2_WORD_SHOW);
    n2_fetch_say(fetch, r, &block);
    return N2_OK;
}

void
n2_show_answer(n2_fetch *f, remote *r, const n2_call *call)
{
    n2_err err = !call->err && call->n_values ? N2_ERR_FORMAT : call->err;

    r->is_shown = !err;
    n2_fetch_tell(f, &(n2_fetch_event){.kind = N2_FETCH_SHOWN, .who = r->who, .err = err});
}

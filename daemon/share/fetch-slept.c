/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-slept.c - a pause of our own process: nobody else was silent in that time.
 */
#include "share/fetch-private.h"

void
n2_fetch_slept(n2_fetch *fetch, uint64_t pause_us)
{
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++) {
        remote *r = &fetch->remotes[i];

        if (r->state == REMOTE_FREE)
            continue;
        if (r->deadline_us != UINT64_MAX && r->state != REMOTE_PAUSE)
            r->deadline_us += pause_us;
        r->heard_us += pause_us;
        r->stalled_us += pause_us;
        r->trouble_us += pause_us;
        r->busy_since_us += pause_us;
    }
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++)
        fetch->transfers[i].hedge_us += pause_us;
}

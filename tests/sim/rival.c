/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rival.c - CUBIC and BBR as others on the same bridge.
 */
#include "rival.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>

enum {
    PACKET_BYTES = 1500,
    FLIGHT = 1 << 16,
    REORDER = 3,
    FIRST_WINDOW = 10,
    SILENCE_US = 1000000,
    LOOK_US = 200000,
    HYSTART_LEAST = 16,
    HYSTART_SAMPLES = 8,
    BBR_ROUNDS = 10,
    BBR_CYCLE = 8,
    BBR_PROBE_US = 10000000,
    BBR_PROBE_LONG_US = 200000
};

typedef struct {
    rival *v;
    uint64_t number;
    uint64_t sent_us, there_us; /* back, too */
    uint64_t delivered;         /* packets that had arrived when it left, */
    uint64_t delivered_us;      /* and when the last of them was heard of */
    enum {
        NONE,
        FLYING,
        ARRIVED
    } state;
} packet;

struct rival {
    road *r;
    rival_kind kind;
    packet flight[FLIGHT];
    uint64_t first, next; /* below first all is settled */
    uint64_t n_flying, delivered, delivered_us, heard_us;
    uint64_t recovers_at; /* until this packet it is one loss */
    bool is_over;
    double window, srtt_us, least_us;
    uint64_t round_end; /* packet that ends the round */
    /* CUBIC */
    double threshold, most, origin, k_s, estimate;
    uint64_t epoch_us, round_us, train_us;
    double round_least_us;
    unsigned round_samples;
    /* BBR */
    double rates[BBR_ROUNDS];
    unsigned round, phase, full_rounds;
    double full_Bps;
    enum {
        STARTUP,
        DRAIN,
        CYCLE,
        PROBE
    } state;
    uint64_t phase_us, least_seen_us, probe_us, pace_us;
    bool pace_waits;
};

static void send_more(rival *v);

static packet *
at(rival *v, uint64_t number)
{
    return &v->flight[number % FLIGHT];
}

/* ---- CUBIC ----------------------------------------------------------------------------------
 */

static void
cubic_lost(rival *v)
{
    v->most = v->window < v->most ? v->window * 0.85 : v->window;
    v->window = MAX(2, v->window * 0.7);
    v->threshold = v->window;
    v->epoch_us = 0;
}

/* Leaves slow start when a round's first packets were held up, or the train of
 * acknowledgements is half a round trip long. */
static void
hystart(rival *v, double rtt_us, uint64_t now_us)
{
    double eta = CLAMP(v->least_us / 8, 4000, 16000);

    if (v->window < HYSTART_LEAST)
        return;
    if (now_us - v->train_us <= 2000) {
        v->train_us = now_us;
        if ((double)(now_us - v->round_us) > v->least_us / 2)
            v->threshold = v->window;
    }
    if (v->round_samples++ < HYSTART_SAMPLES)
        v->round_least_us = MIN(v->round_least_us, rtt_us);
    else if (v->round_least_us > v->least_us + eta)
        v->threshold = v->window;
}

static void
cubic_acked(rival *v, double rtt_us, uint64_t now_us)
{
    if (v->window < v->threshold) {
        v->window += 1;
        hystart(v, rtt_us, now_us);
        return;
    }
    if (!v->epoch_us) {
        v->epoch_us = now_us;
        v->estimate = v->window;
        v->origin = MAX(v->most, v->window);
        v->k_s = cbrt((v->origin - v->window) / 0.4);
    }
    double t = ((double)(now_us - v->epoch_us) + v->least_us) / 1e6 - v->k_s;
    double target = MIN(v->origin + 0.4 * t * t * t, v->window * 1.5);
    v->estimate += 0.53 / v->window;
    target = MAX(target, v->estimate);
    v->window += target > v->window ? (target - v->window) / v->window : 0.01 / v->window;
}

/* ---- BBR ------------------------------------------------------------------------------------
 */

static double
bbr_Bps(const rival *v)
{
    double most = 0;

    for (int i = 0; i < BBR_ROUNDS; i++)
        most = MAX(most, v->rates[i]);
    return most;
}

static double
bbr_gain(const rival *v)
{
    static const double cycle[BBR_CYCLE] = {1.25, 0.75, 1, 1, 1, 1, 1, 1};

    return v->state == STARTUP ? 2.885
           : v->state == DRAIN ? 1 / 2.885
           : v->state == PROBE ? 1
                               : cycle[v->phase];
}

static void
bbr_round(rival *v)
{
    v->round++;
    v->rates[v->round % BBR_ROUNDS] = 0;
    if (v->state != STARTUP)
        return;
    if (bbr_Bps(v) > v->full_Bps * 1.25) {
        v->full_Bps = bbr_Bps(v);
        v->full_rounds = 0;
    } else if (++v->full_rounds >= 3) {
        v->state = DRAIN;
    }
}

static void
bbr_acked(rival *v, const packet *p, bool is_round, uint64_t now_us)
{
    double us = (double)(v->delivered_us - p->delivered_us);
    double Bps = us > 0 ? (double)(v->delivered - p->delivered) * PACKET_BYTES * 1e6 / us : 0;

    if (is_round)
        bbr_round(v);
    v->rates[v->round % BBR_ROUNDS] = MAX(v->rates[v->round % BBR_ROUNDS], Bps);
    double bdp = bbr_Bps(v) * v->least_us / 1e6 / PACKET_BYTES;
    if (v->state == DRAIN && (double)v->n_flying <= bdp) {
        v->state = CYCLE;
        v->phase = 2;
        v->phase_us = now_us;
    }
    if (v->state == CYCLE && (double)(now_us - v->phase_us) > v->least_us) {
        v->phase = (v->phase + 1) % BBR_CYCLE;
        v->phase_us = now_us;
    }
    if (v->state == CYCLE && now_us > v->least_seen_us + BBR_PROBE_US) {
        v->state = PROBE;
        v->probe_us = now_us + BBR_PROBE_LONG_US;
        v->least_us = 1e9;
    } else if (v->state == PROBE && now_us > v->probe_us) {
        v->state = CYCLE;
        v->least_seen_us = v->phase_us = now_us;
    }
    v->window = v->state == PROBE ? 4 : MAX(4, (v->state == STARTUP ? 2.885 : 2) * bdp);
    if (!bdp)
        v->window = FIRST_WINDOW;
}

/* ---- both -----------------------------------------------------------------------------------
 */

static void
advance(rival *v)
{
    while (v->first < v->next && at(v, v->first)->state != FLYING)
        v->first++;
}

static void
lost_below(rival *v, uint64_t number)
{
    for (uint64_t i = v->first; i + REORDER <= number; i++) {
        if (at(v, i)->state != FLYING)
            continue;
        at(v, i)->state = NONE;
        v->n_flying--;
        if (i >= v->recovers_at) {
            v->recovers_at = v->next;
            if (v->kind == RIVAL_CUBIC)
                cubic_lost(v);
        }
    }
    advance(v);
}

static void
acked_cb(world *w, void *user)
{
    packet *p = user;
    rival *v = p->v;
    uint64_t now_us = world_now(w), number = p->number;

    if (p->state != FLYING || p->there_us != now_us)
        return;
    double rtt_us = (double)(now_us - p->sent_us);
    p->state = ARRIVED;
    v->n_flying--;
    v->delivered++;
    v->delivered_us = v->heard_us = now_us;
    v->srtt_us = v->srtt_us > 0 ? v->srtt_us * 7 / 8 + rtt_us / 8 : rtt_us;
    if (rtt_us <= v->least_us) {
        v->least_us = rtt_us;
        v->least_seen_us = now_us;
    }
    bool is_round = number >= v->round_end;
    if (is_round) {
        v->round_end = v->next;
        v->round_us = v->train_us = now_us;
        v->round_least_us = 1e9;
        v->round_samples = 0;
    }
    if (v->kind == RIVAL_BBR)
        bbr_acked(v, p, is_round, now_us);
    else if (number >= v->recovers_at || v->window < v->threshold)
        cubic_acked(v, rtt_us, now_us);
    advance(v);
    lost_below(v, number);
    send_more(v);
}

static void
paced_cb(world *w, void *user)
{
    rival *v = user;

    (void)w;
    v->pace_waits = false;
    send_more(v);
}

static void
send_one(rival *v)
{
    road_flow *f = v->r->flows;
    uint64_t now_us = world_now(v->r->w);

    packet *p = at(v, v->next);

    *p = (packet){.v = v,
                  .number = v->next,
                  .sent_us = now_us,
                  .delivered = v->delivered,
                  .delivered_us = v->delivered_us ? v->delivered_us : now_us,
                  .state = FLYING};
    v->n_flying++;
    p->there_us = world_foreign(v->r->w, f->server, f->client, PACKET_BYTES);
    if (p->there_us) {
        p->there_us += v->r->back.delay_us;
        world_call_at(v->r->w, p->there_us, acked_cb, p);
    }
    v->next++;
}

static void
send_more(rival *v)
{
    uint64_t now_us = world_now(v->r->w);
    double Bps = v->kind == RIVAL_BBR ? bbr_Bps(v) * bbr_gain(v) : 0;

    while (!v->is_over && (double)v->n_flying + 1 <= v->window &&
           v->next - v->first < FLIGHT - 1) {
        if (Bps > 0 && v->pace_us > now_us) {
            if (!v->pace_waits)
                world_call_at(v->r->w, v->pace_us, paced_cb, v);
            v->pace_waits = true;
            return;
        }
        send_one(v);
        if (Bps > 0)
            v->pace_us = MAX(v->pace_us, now_us) + (uint64_t)(PACKET_BYTES * 1e6 / Bps);
    }
}

static void
silent_cb(world *w, void *user)
{
    rival *v = user;

    if (v->is_over)
        return;
    if (world_now(w) > v->heard_us + SILENCE_US) {
        for (uint64_t i = v->first; i < v->next; i++)
            at(v, i)->state = NONE;
        advance(v);
        v->n_flying = 0;
        v->threshold = MAX(2, v->window / 2);
        v->window = 2;
        v->heard_us = world_now(w);
        send_more(v);
    }
    world_call_at(w, world_now(w) + LOOK_US, silent_cb, v);
}

static void
begin_cb(world *w, void *user)
{
    rival *v = user;

    v->heard_us = v->least_seen_us = world_now(w);
    send_more(v);
    silent_cb(w, v);
}

rival *
rival_new(road *r, rival_kind kind, uint64_t at_us)
{
    rival *v = g_new0(rival, 1);

    v->r = r;
    v->kind = kind;
    v->window = FIRST_WINDOW;
    v->threshold = 1e9;
    v->least_us = v->round_least_us = 1e9;
    world_call_at(r->w, at_us, begin_cb, v);
    return v;
}

void
rival_stop(rival *v)
{
    v->is_over = true;
}

void
rival_free(rival *v)
{
    g_free(v);
}

uint64_t
rival_bytes(const rival *v)
{
    return v->delivered * PACKET_BYTES;
}

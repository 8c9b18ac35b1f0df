/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * puppet.h - a peer made by hand from the protocol page, who may also lie.
 *
 * It talks to one end point under test, without links and switches: what it sends arrives by
 * the way `way`, and of what the end point sends it takes what goes the way back.  Nothing of
 * transport/ is used but the codecs, so that both sides of a mistake are not the same code.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/aead.h"
#include "crypto/noise.h"
#include "transport/ack.h"
#include "transport/endpoint.h"
#include "transport/first.h"

enum {
    PUPPET_KEPT = 8192, /* packets of the end point, the oldest are forgotten */
    PUPPET_KEY_ID = 3
};

/** xorshift64*: the same numbers in each run. */
void puppet_random_cb(void *user, void *buf, size_t len);

/** The end point under test with a static key of its own. */
typedef struct {
    n2_endpoint *ep;
    uint64_t random;
    uint64_t now_us;
    uint8_t secret[32], key[32], answer[N2_KEY_ANSWER_BYTES], record[32];
    n2_event events[256]; /* the last ones, without NEED_ES; their bytes are freed */
    unsigned n_events, counts[N2_EVENT_RESTARTED + 1];
    uint8_t commands[1 << 20]; /* all COMMAND bytes in order */
    size_t command_bytes;
    bool holds_es;     /* NEED_ES is not answered but kept here */
    bool holds_events; /* nothing is taken */
    n2_event es[64];
    unsigned n_es;
} puppet_host;

void puppet_host_init(puppet_host *h, uint64_t seed);
void puppet_host_clear(puppet_host *h);

/** Takes events, answers NEED_ES; and expires what is due. */
void puppet_host_settle(puppet_host *h);
void puppet_host_op(puppet_host *h, const n2_op *op);

/** The last event of @kind, or NULL. */
const n2_event *puppet_host_last(const puppet_host *h, n2_event_kind kind);
unsigned puppet_host_count(const puppet_host *h, n2_event_kind kind);

/** A packet of the end point, opened. */
typedef struct {
    uint64_t address;
    uint32_t epoch, counter, half;
    size_t len;
    uint8_t data[2048];
} puppet_packet;

/** A key of one direction: the page's 68 bytes. */
typedef struct {
    uint32_t epoch;
    uint8_t schedule[32 + 32 + 4];
    n2_aead_key key;
} puppet_key;

typedef struct {
    puppet_host *host;
    uint64_t way; /* as its packets arrive */
    n2_noise noise;
    uint8_t hello[N2_FIRST_BYTES];
    n2_hello offer, peer;
    n2_crypto crypto;
    puppet_key seal;
    puppet_key open[3]; /* the one before, this, the next */
    n2_noise_keys keys;
    uint32_t counter; /* of the next packet */
    bool is_ready;
    /* what came since the last puppet_forget() */
    puppet_packet *kept;
    unsigned n_kept, room;
    unsigned n_answers, n_again, n_wrong; /* ANSWER, AGAIN, packets that did not open */
    size_t bytes;                         /* of everything that came */
    uint8_t last_first[N2_FIRST_BYTES];
} puppet;

/** @id: another way for each. */
void puppet_init(puppet *p, puppet_host *host, unsigned id);
void puppet_clear(puppet *p);

/** Makes the hello; puppet_init() made the offer, which may have been changed. */
void puppet_make_hello(puppet *p);

/** One unsealed packet with @data (128 bytes) to address 0. */
void puppet_first(puppet *p, const uint8_t *data);

/** hello, answer, keys; no sealed packet yet.  True if there was an answer. */
bool puppet_connect(puppet *p);

/** connect and one command unit of zeros; true if the end point said CONNECTED. */
bool puppet_open(puppet *p);

/** A sealed packet with the next counter into @out (2090 bytes); returns its length. */
size_t puppet_seal(puppet *p, uint64_t address, const void *data, size_t len, uint8_t *out);

/** Goes on to the key of the next epoch with what it seals; counters begin anew. */
void puppet_turn(puppet *p);

/** Seals and delivers.  @len 32, 128, 512, 2048. */
void puppet_send(puppet *p, uint64_t address, const void *data, size_t len);

/** Delivers bytes as they are. */
void puppet_deliver(puppet *p, const uint8_t *bytes, size_t len);

/** Takes everything the end point has to send now (at once: no pace), for this puppet. */
void puppet_take(puppet *p);

/** An honest acknowledgement of all kept packets under the newest key but control messages,
 *  512 back; or of those under the key of @epoch. */
void puppet_ack(const puppet *p, n2_ack *ack);
void puppet_ack_of(const puppet *p, uint32_t epoch, n2_ack *ack);
void puppet_send_ack(puppet *p, const n2_ack *ack);
void puppet_forget(puppet *p);

/** Lets time pass in steps of @step_us, taking packets; acknowledges in each if @acks. */
void puppet_wait(puppet *p, uint64_t us, uint64_t step_us, bool acks);

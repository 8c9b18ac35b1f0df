/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * log.h - lines for the operator on stderr, or in the journal; limited in rate.
 *
 * Layer:   host.  No key, no content and no address of a third party is ever logged.  Limits
 *          stand in base/limits.h.  If stderr is the journal (sd-daemon(3)), lines begin with
 *          their level.
 * Threads: any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef enum {
    N2_LOG_ERROR,
    N2_LOG_WARNING,
    N2_LOG_INFO,
    N2_LOG_DEBUG
} n2_log_level;

/** The limiter alone: a bucket of tokens.  Zeroed memory is a full bucket. */
typedef struct {
    uint64_t since_us;  /* up to this time refilled; 0 = never used */
    uint64_t tokens_us; /* worth of time; a line costs 1 s / @per_s */
    uint64_t n_dropped; /* lines since the last one that passed */
} n2_log_gate;

/** May a line be written at @now_us?  @burst at once may, then @per_s a second.  If so,
 * @dropped (out) says how many were not before it. */
bool n2_log_gate_pass(
    n2_log_gate *gate, unsigned burst, unsigned per_s, uint64_t now_us, uint64_t *dropped);

/** Sets the name in front of each line ("net2od", "keys", ...; static) and the wordiest level
 *  shown. */
void n2_log_setup(const char *name, n2_log_level level);

/**
 * Writes one line.  Lines of one @format are of one kind, which has a limit of its own, so that
 * much of one hides nothing of another; how many were left out is said in the next of its kind.
 *
 * @format: a literal.
 */
void n2_log(n2_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Makes @text fit for a terminal: control characters, and bytes that are no UTF-8, become "?".
 */
void n2_log_tame(char *text);

/** Lines of this process that were left out by the limits. */
uint64_t n2_log_left_out(void);

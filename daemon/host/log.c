/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * log.c - lines for the operator on stderr, limited in rate.
 */
#include "host/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/clock.h"

enum {
    LINE_BYTES = 1024,
    LINE_COST_US = 1000000 / N2_LOG_LINES_PER_S
};

static struct {
    pthread_mutex_t lock;
    const char *name;
    n2_log_level level;
    n2_log_gate gate;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .name = "net2od", .level = N2_LOG_INFO};

bool
n2_log_gate_pass(n2_log_gate *gate, uint64_t now_us, uint64_t *dropped)
{
    const uint64_t full_us = (uint64_t)N2_LOG_BURST_LINES * LINE_COST_US;

    if (gate->since_us == 0)
        gate->tokens_us = full_us;
    else if (now_us > gate->since_us)
        gate->tokens_us += now_us - gate->since_us;
    if (gate->tokens_us > full_us)
        gate->tokens_us = full_us;
    gate->since_us = now_us ? now_us : 1;
    if (gate->tokens_us < LINE_COST_US) {
        gate->n_dropped++;
        return false;
    }
    gate->tokens_us -= LINE_COST_US;
    *dropped = gate->n_dropped;
    gate->n_dropped = 0;
    return true;
}

void
n2_log_setup(const char *name, n2_log_level level)
{
    pthread_mutex_lock(&state.lock);
    state.name = name;
    state.level = level;
    pthread_mutex_unlock(&state.lock);
}

/* The journal reads the level from the front of the line; a person would stumble over it. */
static const char *
level_mark(n2_log_level level)
{
    static const char *const marks[] = {"<3>", "<4>", "<6>", "<7>"};

    return getenv("JOURNAL_STREAM") ? marks[level] : "";
}

void
n2_log(n2_log_level level, const char *format, ...)
{
    char text[LINE_BYTES], line[LINE_BYTES + 128];
    uint64_t dropped = 0;
    va_list args;
    int len = 0;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);

    pthread_mutex_lock(&state.lock);
    if (level <= state.level && n2_log_gate_pass(&state.gate, n2_clock_us(), &dropped)) {
        if (dropped)
            len = snprintf(line, sizeof line, "%s%s: (%llu lines left out) %s\n",
                           level_mark(level), state.name, (unsigned long long)dropped, text);
        else
            len =
                snprintf(line, sizeof line, "%s%s: %s\n", level_mark(level), state.name, text);
    }
    if (len > 0) { /* one write a line, so that processes do not mix theirs */
        ssize_t written = write(STDERR_FILENO, line, (size_t)len);
        (void)written; /* nobody is left to be told */
    }
    pthread_mutex_unlock(&state.lock);
}

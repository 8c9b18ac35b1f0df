/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * log.c - lines for the operator on stderr, or in the journal; limited in rate.
 */
#include "host/log.h"

#include <glib.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "host/clock.h"

enum {
    TEXT_BYTES = 1024,
    LINE_BYTES = TEXT_BYTES + 128
};

typedef struct {
    const char *format; /* NULL: nothing of this kind yet */
    n2_log_gate gate;
} kind;

static struct {
    pthread_mutex_t lock;
    const char *name;
    n2_log_level level;
    bool is_journal;
    n2_log_gate gate; /* for all kinds together */
    kind kinds[N2_LOG_KINDS];
    uint64_t n_left_out;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .name = "net2od", .level = N2_LOG_INFO};

bool
n2_log_gate_pass(
    n2_log_gate *gate, unsigned burst, unsigned per_s, uint64_t now_us, uint64_t *dropped)
{
    const uint64_t cost_us = 1000000 / per_s;
    const uint64_t full_us = burst * cost_us;

    if (gate->since_us == 0)
        gate->tokens_us = full_us;
    else if (now_us > gate->since_us)
        gate->tokens_us += now_us - gate->since_us;
    if (gate->tokens_us > full_us)
        gate->tokens_us = full_us;
    gate->since_us = now_us ? now_us : 1;
    if (gate->tokens_us < cost_us) {
        gate->n_dropped++;
        return false;
    }
    gate->tokens_us -= cost_us;
    *dropped = gate->n_dropped;
    gate->n_dropped = 0;
    return true;
}

/* systemd says which file the journal is, as somebody may have turned stderr elsewhere. */
static bool
is_journal(void)
{
    const char *text = getenv("JOURNAL_STREAM");
    char *rest = NULL;
    struct stat st;

    if (!text || fstat(STDERR_FILENO, &st) < 0)
        return false;
    unsigned long long device = strtoull(text, &rest, 10);
    if (*rest != ':' || device != st.st_dev)
        return false;
    unsigned long long inode = strtoull(rest + 1, &rest, 10);
    return *rest == 0 && inode == st.st_ino;
}

void
n2_log_setup(const char *name, n2_log_level level)
{
    pthread_mutex_lock(&state.lock);
    state.name = name;
    state.level = level;
    state.is_journal = is_journal();
    pthread_mutex_unlock(&state.lock);
}

/* The journal reads the level from the front of the line; a person would stumble over it. */
static const char *
level_mark(n2_log_level level)
{
    static const char *const marks[] = {"<3>", "<4>", "<6>", "<7>"};

    return state.is_journal ? marks[level] : "";
}

/* The place of lines of this kind; the last one is shared by all that find no place. */
static kind *
kind_of(const char *format)
{
    size_t i = 0;

    while (i + 1 < N2_LOG_KINDS && state.kinds[i].format && state.kinds[i].format != format)
        i++;
    state.kinds[i].format = format;
    return &state.kinds[i];
}

/* Its own limit first: what that stops takes no room from other kinds. */
static bool
passes(const char *format, uint64_t *more)
{
    uint64_t now_us = n2_clock_us(), others;
    kind *k = kind_of(format);

    if (n2_log_gate_pass(&k->gate, N2_LOG_KIND_BURST, N2_LOG_KIND_PER_S, now_us, more)) {
        if (n2_log_gate_pass(&state.gate, N2_LOG_BURST, N2_LOG_PER_S, now_us, &others))
            return true;
        k->gate.n_dropped = *more + 1;
    }
    state.n_left_out++;
    return false;
}

void
n2_log_tame(char *text)
{
    const char *bad = NULL;

    for (char *from = text; !g_utf8_validate(from, -1, &bad);) {
        from += bad - from;
        *from++ = '?';
    }
    for (unsigned char *c = (unsigned char *)text; *c; c++)
        if (*c < ' ' || *c == 0x7f)
            *c = '?';
        else if (c[0] == 0xc2 && c[1] < 0xa0) /* U+0080 to U+009F */
            c[0] = c[1] = '?';
}

void
n2_log(n2_log_level level, const char *format, ...)
{
    char text[TEXT_BYTES], more_text[64] = "", line[LINE_BYTES];
    uint64_t more = 0;
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    n2_log_tame(text); /* one line stays one */

    pthread_mutex_lock(&state.lock);
    if (level <= state.level && passes(format, &more)) {
        if (more)
            (void)snprintf(more_text, sizeof more_text, " (%llu more like this)",
                           (unsigned long long)more);
        int len = snprintf(line, sizeof line, "%s%s: %s%s\n", level_mark(level), state.name,
                           text, more_text);
        /* one write a line, so that processes do not mix theirs */
        ssize_t written = write(STDERR_FILENO, line, (size_t)len);
        (void)written; /* nobody is left to be told */
    }
    pthread_mutex_unlock(&state.lock);
}

uint64_t
n2_log_left_out(void)
{
    pthread_mutex_lock(&state.lock);
    uint64_t n = state.n_left_out;
    pthread_mutex_unlock(&state.lock);
    return n;
}

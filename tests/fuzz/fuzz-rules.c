/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-rules.c - orders about labels and rules of a filter as any text, then packets that meet
 *                them: each step uses up the switch's bits, and what is dropped stays as it
 * came.
 *
 * Two texts, each up to a zero byte or the end; then packets: in-port 1, kind 1, care 1,
 * path 8.
 */
#include "base/reader.h"
#include "fuzz.h"
#include "switch/switch.h"

enum {
    WIDTH = 4,
    ROUNDS = 64
};

/* The next text with its NUL, of exactly its length; to be freed. */
static char *
take_text(n2_reader *r)
{
    size_t left = n2_reader_left(r);
    const uint8_t *bytes = n2_read_bytes(r, left);
    const uint8_t *end = left ? memchr(bytes, 0, left) : NULL;
    size_t len = end ? (size_t)(end - bytes) : left;
    char *text = (char *)fuzz_copy(left ? bytes : (const uint8_t *)"", len + (end != NULL));

    if (!end) {
        text = realloc(text, len + 1);
        check(text != NULL);
        text[len] = 0;
    }
    *r = n2_reader_init(left ? bytes + len + (end != NULL) : NULL, left - len - (end != NULL));
    return text;
}

static void
set_labels(n2_labels *labels, const char *text)
{
    char again[N2_LABEL_TEXT_BYTES];
    n2_label order, back;
    n2_err err;

    while ((err = n2_label_parse(&text, &order)) != N2_ERR_NOTFOUND) {
        if (err)
            continue;
        n2_label_format(again, &order);
        const char *at = again;
        check(!n2_label_parse(&at, &back));
        check(back.kind == order.kind && back.label == order.label && back.port == order.port &&
              back.n == order.n && back.hidden.word == order.hidden.word &&
              back.hidden.bits == order.hidden.bits && back.ends == order.ends);
        (void)!n2_labels_order(labels, &order); /* it may be one that cannot be */
    }
}

static n2_filter *
make_filter(const char *text)
{
    static n2_filter_rule rules[N2_FILTER_RULES_MAX];
    n2_filter *filter = NULL;
    size_t n = 0;
    unsigned line = 0;

    if (n2_filter_parse(text, rules, &n, &line)) {
        check(line >= 1);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        char again[N2_FILTER_LINE_BYTES], once_more[N2_FILTER_LINE_BYTES];
        n2_filter_rule back[N2_FILTER_RULES_MAX];
        size_t one;

        n2_filter_format(again, &rules[i]);
        check(!n2_filter_parse(again, back, &one, &line) && one == 1);
        n2_filter_format(once_more, &back[0]);
        check(!strcmp(again, once_more));
    }
    (void)!n2_filter_new(&filter, WIDTH, rules, n); /* a port may be one that it has not */
    return filter;
}

/* Round and round through the same switch, in by the port that it left by. */
static void
send(n2_switch *sw, n2_reader *r)
{
    uint8_t bytes[N2_PACKET_BYTES_MAX] = {0}, before[N2_PACKET_BYTES_MAX];
    uint32_t in_port = n2_read_u8(r) & ((1u << WIDTH) - 1);

    bytes[0] = n2_read_u8(r);
    bytes[1] = n2_read_u8(r);
    n2_packet_set_path(bytes, n2_read_u64(r));
    if (!n2_kind_is_valid(bytes[0]))
        return;
    unsigned step = 0;
    n2_step_verdict verdict = N2_STEP_FORWARD;
    while (verdict == N2_STEP_FORWARD || verdict == N2_STEP_HOP) {
        check(step++ <= N2_PATH_BITS / WIDTH);
        memcpy(before, bytes, sizeof before);
        n2_step s = n2_switch_step(sw, in_port, bytes, n2_packet_bytes(bytes[0]), 0);
        bool is_long = bytes[0] & N2_KIND_LONG;
        size_t path = is_long ? 8 : 2;
        check(bytes[0] == before[0] &&
              !memcmp(bytes + 2 + path, before + 2 + path, sizeof bytes - 2 - path));
        if (s.verdict == N2_STEP_DROP)
            check(!memcmp(bytes, before, sizeof bytes));
        verdict = s.verdict;
        in_port = s.out_port;
        check(in_port < 1u << WIDTH && !n2_labels_is_label(sw->labels, in_port));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    n2_reader r = n2_reader_init(data, size);
    n2_switch sw;

    check(!n2_switch_init(&sw, WIDTH));
    check(!n2_labels_new(&sw.labels, WIDTH, 7));
    char *labels = take_text(&r), *filter = take_text(&r);
    set_labels(sw.labels, labels);
    sw.filter = make_filter(filter);
    for (unsigned i = 0; i < ROUNDS && n2_reader_left(&r) >= 11; i++)
        send(&sw, &r);
    free(labels);
    free(filter);
    n2_switch_clear(&sw);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card-life.c - the virtual card from its making to its end: quirks, power, randomness.
 */
#include "card-private.h"

#include <sodium.h>
#include <stdlib.h>

static const struct {
    const char *word, *text;
} quirks[CARD_QUIRKS] = {
#define X(name, word, text) [CARD_QUIRK_##name] = {word, text},
    CARD_QUIRK_LIST(X)
#undef X
};

_Static_assert((int)CARD_QUIRKS <= 64, "quirks fit into their set");

bool
card_quirk_of(const char *word, card_quirk *quirk)
{
    for (int i = 0; i < CARD_QUIRKS; i++)
        if (!strcmp(word, quirks[i].word)) {
            *quirk = (card_quirk)i;
            return true;
        }
    return false;
}

const char *
card_quirk_word(card_quirk quirk)
{
    return quirks[quirk].word;
}

const char *
card_quirk_text(card_quirk quirk)
{
    return quirks[quirk].text;
}

/* Power */

/* What was volatile is gone. */
void
card_clear(card *c)
{
    c->is_selected = HAS(c, SELECTED);
    c->is_other = false;
    memset(c->open, 0, sizeof c->open);
    memset(c->touched, 0, sizeof c->touched);
    c->cert = 0;
    c->in_chain = false;
    c->chained = 0;
    c->rest.n = c->rest_at = 0;
    sodium_memzero(c->chain, sizeof c->chain);
    sodium_memzero(c->rest.bytes, sizeof c->rest.bytes);
}

_Noreturn void
card_lose_power(card *c)
{
    c->is_on = false;
    c->tear_in = 0;
    longjmp(c->torn, 1);
}

void
card_pass(card *c, card_point point, size_t at)
{
    bool torn = c->tear_in && !--c->tear_in;

    if (!torn && c->options.tear)
        torn = c->options.tear(c->options.user, point, at);
    if (torn)
        card_lose_power(c);
}

void
card_tear_in(card *c, size_t n)
{
    c->tear_in = n;
}

void
card_power(card *c, bool on)
{
    card_clear(c);
    c->is_on = on;
}

void
card_reset(card *c)
{
    card_clear(c);
}

bool
card_is_on(const card *c)
{
    return c->is_on;
}

void
card_set_quirk(card *c, card_quirk quirk, bool on)
{
    uint64_t bit = (uint64_t)1 << quirk;

    c->options.quirks = on ? c->options.quirks | bit : c->options.quirks & ~bit;
}

void
card_random(card *c, uint8_t *out, size_t n)
{
    if (!c->options.seed) {
        randombytes_buf(out, n);
        return;
    }
    uint8_t seed[randombytes_SEEDBYTES] = {0};
    memcpy(seed, &c->options.seed, sizeof c->options.seed);
    memcpy(seed + 8, &c->drawn, sizeof c->drawn);
    c->drawn++;
    randombytes_buf_deterministic(out, n, seed);
}

card *
card_new(const card_options *options)
{
    if (sodium_init() < 0)
        abort();
    card *c = calloc(1, sizeof *c);
    if (!c)
        abort(); /* a test without memory has nothing to tell */
    if (options)
        c->options = *options;
    if (!c->options.version)
        c->options.version = 0x0304;
    if (!c->options.manufacturer)
        c->options.manufacturer = 0xfffe;
    if (c->options.path)
        c->path = strdup(c->options.path);
    c->options.path = c->path;
    if (!card_load(c)) {
        card_free(c);
        return NULL;
    }
    card_power(c, true);
    return c;
}

void
card_free(card *c)
{
    if (!c)
        return;
    card_clear(c);
    card_forget(c);
    free(c->path);
    free(c);
}

size_t
card_atr(const card *c, uint8_t *out)
{
    /* T=1, blocks of 254 bytes; as real cards say it. */
    static const uint8_t front[] = {0x3b, 0xd0, 0x18, 0xff, 0x81, 0xb1, 0xfe, 0x75, 0x1f, 0x03};
    uint8_t check = 0;
    size_t n = sizeof front;

    memcpy(out, front, n);
    n += card_historical(c, out + n);
    out[1] |= (uint8_t)(n - sizeof front);
    for (size_t i = 1; i < n; i++)
        check ^= out[i];
    out[n] = check;
    return n + 1;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card-store.c - the virtual card's memory: records, in a file if it has one.
 *
 * The file is text, a line a record, identifier and bytes in hexadecimal.  It is replaced
 * whole, so that a killed program leaves a card that lost power between two writes.
 */
#include "card-private.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

static const char first_line[] = "net2o virtual card 1\n";

/* c->n_records: there is none. */
static size_t
place(const card *c, uint32_t id)
{
    size_t i = 0;

    while (i < c->n_records && c->records[i].id != id)
        i++;
    return i;
}

const uint8_t *
card_get(const card *c, uint32_t id, size_t *n)
{
    size_t i = place(c, id);
    bool is_there = i < c->n_records;

    if (n)
        *n = is_there ? c->records[i].n : 0;
    return is_there ? c->records[i].bytes : NULL;
}

static void
empty(record *r)
{
    if (r->bytes)
        sodium_memzero(r->bytes, r->n);
    free(r->bytes);
    r->bytes = NULL;
    r->n = 0;
}

static void
set(card *c, uint32_t id, const void *bytes, size_t n)
{
    size_t i = place(c, id);

    if (i == RECORDS_MAX)
        abort(); /* more kinds of records than were thought of */
    record *r = &c->records[i];
    if (i == c->n_records) {
        *r = (record){.id = id};
        c->n_records++;
    }
    uint8_t *copy = malloc(n + 1);
    if (!copy)
        abort();
    if (n)
        memcpy(copy, bytes, n);
    empty(r);
    r->bytes = copy;
    r->n = n;
}

static void
save(const card *c)
{
    char name[4096];

    if (!c->path)
        return;
    if ((size_t)snprintf(name, sizeof name, "%s.new", c->path) >= sizeof name)
        abort();
    FILE *f = fopen(name, "w");
    bool is_good = f && fputs(first_line, f) >= 0;
    for (size_t i = 0; is_good && i < c->n_records; i++) {
        const record *r = &c->records[i];
        is_good = fprintf(f, "%x ", (unsigned)r->id) > 0;
        for (size_t k = 0; is_good && k < r->n; k++)
            is_good = fprintf(f, "%02x", r->bytes[k]) > 0;
        is_good = is_good && fputc('\n', f) != EOF;
    }
    if (f && fclose(f))
        is_good = false;
    if (!is_good || rename(name, c->path)) {
        perror(c->path);
        abort(); /* a test that goes on with a card that forgets would mislead */
    }
}

static void
drop(card *c, uint32_t id)
{
    size_t i = place(c, id);

    if (i == c->n_records)
        return;
    empty(&c->records[i]);
    c->records[i] = c->records[--c->n_records];
}

void
card_put_all(card *c, const change *changes, size_t n)
{
    card_pass(c, CARD_AT_WRITE, 0);
    for (size_t i = 0; i < n; i++)
        if (changes[i].bytes)
            set(c, changes[i].id, changes[i].bytes, changes[i].n);
        else
            drop(c, changes[i].id);
    save(c);
    card_pass(c, CARD_AT_WRITTEN, 0);
}

void
card_put(card *c, uint32_t id, const void *bytes, size_t n)
{
    card_put_all(c, &(change){id, bytes, n}, 1);
}

void
card_forget(card *c)
{
    while (c->n_records)
        empty(&c->records[--c->n_records]);
}

/* Sets all records to what they are when the card is delivered. */
static void
make(card *c)
{
    static const uint8_t ed25519[] = {0x16, 0x2b, 0x06, 0x01, 0x04,
                                      0x01, 0xda, 0x47, 0x0f, 0x01};
    static const uint8_t x25519[] = {0x12, 0x2b, 0x06, 0x01, 0x04, 0x01,
                                     0x97, 0x55, 0x01, 0x05, 0x01};
    static const uint8_t p256[] = {0x13, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    static const uint8_t rsa[] = {0x01, 0x08, 0x00, 0x00, 0x20, 0x00};

    card_forget(c);
    if (HAS(c, PIN_BLOCK)) {
        set(c, REC_PIN + 1, "\x26\x12\x34\x56\xff\xff\xff\xff", 8);
        set(c, REC_PIN + 3, "\x28\x12\x34\x56\x78\xff\xff\xff", 8);
    } else {
        set(c, REC_PIN + 1, "123456", 6);
        set(c, REC_PIN + 3, "12345678", 8);
    }
    set(c, REC_TRIES, (uint8_t[]){TRIES, 0, TRIES}, 3);
    set(c, 0xc4, (uint8_t[]){HAS(c, SIGN_MANY)}, 1);
    set(c, 0x5f35, "9", 1);
    for (uint32_t slot = 0; slot < CARD_SLOTS; slot++) {
        if (HAS(c, RSA_FIRST)) {
            set(c, 0xc1 + slot, rsa, sizeof rsa);
        } else if (HAS(c, NO_25519)) {
            set(c, 0xc1 + slot, p256, sizeof p256);
            if (slot == CARD_DEC)
                c->records[c->n_records - 1].bytes[0] = 0x12;
        } else if (slot == CARD_DEC) {
            set(c, 0xc1 + slot, x25519, sizeof x25519);
        } else {
            set(c, 0xc1 + slot, ed25519, sizeof ed25519);
        }
        set(c, 0xd6 + slot, (uint8_t[]){0x00, 0x20}, 2);
    }
}

void
card_make(card *c)
{
    card_pass(c, CARD_AT_WRITE, 0);
    make(c);
    save(c);
    card_pass(c, CARD_AT_WRITTEN, 0);
}

/* One line of the file. */
static bool
load_line(card *c, const char *line)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[RECORD_MAX];
    char *end;
    unsigned long id = strtoul(line, &end, 16);
    size_t n = 0;

    if (end == line || *end != ' ' || id > UINT32_MAX || c->n_records == RECORDS_MAX)
        return false;
    for (end++; *end != '\n'; end += 2) {
        const char *high = *end ? strchr(digits, end[0]) : NULL;
        const char *low = high && end[1] ? strchr(digits, end[1]) : NULL;
        if (!low || n == sizeof bytes)
            return false;
        bytes[n++] = (uint8_t)((high - digits) << 4 | (low - digits));
    }
    set(c, (uint32_t)id, bytes, n);
    return true;
}

bool
card_load(card *c)
{
    char line[2 * RECORD_MAX + 16];
    FILE *f = c->path ? fopen(c->path, "r") : NULL;
    size_t n;

    if (!f) {
        make(c);
        save(c);
        return true;
    }
    bool is_good = fgets(line, sizeof line, f) && !strcmp(line, first_line);
    while (is_good && fgets(line, sizeof line, f))
        is_good = load_line(c, line);
    is_good = is_good && !ferror(f);
    (void)fclose(f);
    is_good = is_good && card_get(c, REC_TRIES, &n) && n == 3 &&
              card_get(c, REC_PIN + 1, NULL) && card_get(c, REC_PIN + 3, NULL) &&
              card_get(c, 0xc4, &n) && n == 1;
    for (uint32_t slot = 0; slot < CARD_SLOTS; slot++)
        is_good =
            is_good && card_get(c, 0xc1 + slot, NULL) && card_get(c, 0xd6 + slot, &n) && n == 2;
    return is_good;
}

void
card_copy_memory(card *to, const card *from)
{
    card_forget(to);
    for (size_t i = 0; i < from->n_records; i++)
        set(to, from->records[i].id, from->records[i].bytes, from->records[i].n);
    save(to);
}

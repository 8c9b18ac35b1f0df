/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * near-words.c - what an announcement says: its body, and what is offered in it.
 */
#include "name/near-private.h"

#include <string.h>

enum {
    NEAR_WHO = 1,
    NEAR_KEY = 2,
    NEAR_SUITES = 3,
    NEAR_SERIAL = 4,
    NEAR_SWITCH = 5, /* bits of its switch, and from bit 8 on its flags */
    NEAR_UNTIL = 6,
    NEAR_OFFER = 65,
    FLAGS_SHIFT = 8,
    SIGNED_BYTES = 8 + 4 + 4 + 1 + 32 + 64 /* around a body that an Ed25519 key signs */
};

bool
n2_near_is_word(const char *name, size_t len)
{
    if (!len || len > N2_NEAR_WORD_BYTES_MAX || name[0] == '-' || name[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!(name[i] >= 'a' && name[i] <= 'z') && !(name[i] >= '0' && name[i] <= '9') &&
            name[i] != '-')
            return false;
    return true;
}

static bool
is_offer(const n2_attr *a)
{
    return n2_near_is_word((const char *)a->name, a->name_len) &&
           a->len <= N2_NEAR_VALUE_BYTES_MAX;
}

n2_err
n2_near_body(void *buf,
             size_t cap,
             const n2_near_words *words,
             const n2_attr *offers,
             size_t n,
             n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_NEAR);

    if (n > N2_NEAR_OFFERS_MAX)
        return N2_ERR_LIMIT;
    n2_box_put_id(&w, NEAR_WHO, &words->who);
    n2_box_put_key(&w, NEAR_KEY, &words->key);
    n2_box_put_int(&w, NEAR_SUITES, words->suites);
    n2_box_put_int(&w, NEAR_SERIAL, (int64_t)words->serial);
    n2_box_put_int(&w, NEAR_SWITCH, words->flags << FLAGS_SHIFT | words->switch_bits);
    n2_box_put_time(&w, NEAR_UNTIL, words->until_us);
    for (size_t i = 0; i < n; i++) {
        if (!is_offer(&offers[i]))
            return N2_ERR_FORMAT;
        n2_box_put_attr(&w, NEAR_OFFER, &offers[i]);
    }
    n2_err err = n2_box_end(&w, out, NULL);
    return !err && out->len > N2_NEAR_BYTES_MAX - SIGNED_BYTES ? N2_ERR_LIMIT : err;
}

n2_err
n2_near_read_body(n2_near_words *out, const n2_box *body)
{
    int64_t sw = n2_box_int(body, NEAR_SWITCH), suites = n2_box_int(body, NEAR_SUITES);
    n2_field f;

    *out = (n2_near_words){.who = n2_box_id(body, NEAR_WHO),
                           .key = n2_box_key(body, NEAR_KEY),
                           .suites = (uint8_t)suites,
                           .switch_bits = (uint8_t)sw,
                           .flags = (uint8_t)(sw >> FLAGS_SHIFT),
                           .serial = (uint64_t)n2_box_int(body, NEAR_SERIAL),
                           .until_us = n2_box_int(body, NEAR_UNTIL)};
    if (suites < 1 || suites > 3 || sw < 0 || sw >> 16 || !out->switch_bits ||
        out->switch_bits > 16 || out->flags & ~(N2_NEAR_TAKES_LINKS | N2_NEAR_LEADS_OUT))
        return N2_ERR_FORMAT;
    for (size_t at = 0; n2_box_next(body, &at, &f);) {
        n2_attr a = n2_field_attr(&f);
        if (f.number == NEAR_OFFER && !is_offer(&a))
            return N2_ERR_FORMAT;
    }
    return N2_OK;
}

n2_err
n2_near_read(n2_near_words *out, n2_key *device, const void *statement, size_t len)
{
    n2_statement s;
    n2_err err;

    *out = (n2_near_words){0};
    *device = (n2_key){0};
    if (len > N2_NEAR_BYTES_MAX)
        return N2_ERR_LIMIT;
    err = n2_statement_read(&s, statement, len); /* its form, before its signature costs */
    if (!err && (s.body.kind != N2_KIND_NEAR || s.n_keys != 1))
        err = N2_ERR_FORMAT;
    if (!err)
        err = n2_statement_check(&s, statement, len, N2_KIND_NEAR, NULL);
    if (!err)
        err = n2_near_read_body(out, &s.body);
    if (err)
        *out = (n2_near_words){0};
    else
        *device = s.keys[0];
    return err;
}

static n2_box
body_of(const n2_neighbour *who)
{
    n2_statement s;

    return n2_statement_read(&s, who->bytes, who->len) ? (n2_box){0} : s.body;
}

bool
n2_near_next_offer(const n2_neighbour *who, size_t *at, n2_attr *out)
{
    n2_box body = body_of(who);
    n2_field f;

    while (body.len && n2_box_next(&body, at, &f))
        if (f.number == NEAR_OFFER) {
            *out = n2_field_attr(&f);
            return true;
        }
    return false;
}

bool
n2_near_offers(const n2_neighbour *who, const char *word)
{
    size_t len = strlen(word);
    n2_attr a;

    for (size_t at = 0; n2_near_next_offer(who, &at, &a);)
        if (a.name_len == len && memcmp(a.name, word, len) == 0)
            return true;
    return false;
}

/* "SUFFIX ZONE", "ZONE": as in n2_near_names(). */
static bool
read_names(const n2_attr *a, char *suffix, n2_id *zone)
{
    const char *text = (const char *)a->value, *end = memchr(text, ' ', a->len);
    size_t len = end ? (size_t)(end - text) : 0, at = end ? len + 1 : 0;

    if (len > N2_NAME_BYTES_MAX || n2_id_parse(zone, N2_ID_IDENTITY, text + at, a->len - at))
        return false;
    memcpy(suffix, text, len);
    suffix[len] = 0;
    return true;
}

bool
n2_near_names(const n2_neighbour *who, char suffix[static N2_NAME_BYTES_MAX + 1], n2_id *zone)
{
    n2_attr a;

    for (size_t at = 0; n2_near_next_offer(who, &at, &a);) {
        n2_field f = n2_attr_field(&a);

        if (a.name_len != strlen(N2_NEAR_NAMES) ||
            memcmp(a.name, N2_NEAR_NAMES, a.name_len) != 0)
            continue;
        suffix[0] = 0;
        if (a.type == N2_TYPE_ID)
            *zone = n2_field_id(&f);
        return a.type == N2_TYPE_ID || (a.type == N2_TYPE_TEXT && read_names(&a, suffix, zone));
    }
    return false;
}

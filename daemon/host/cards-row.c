/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cards-row.c - tokens as the node hears of them.
 */
#include <string.h>

#include "host/cards-private.h"

/* Makers whose tokens people know by a name. */
static const struct {
    uint16_t number;
    const char *name;
} makers[] = {
    {0x0005, "OpenPGP card"},
    {0x0006, "YubiKey"},
    {0x000f, "Nitrokey"},
    {0xf517, "FST-01"},
};

enum {
    VERSION = 6,       /* of the specification, in an id: no card has one above 15 */
    VERSION_MASK = 15, /* above it: how many of this number were there before */
    COUNT_SHIFT = 4
};

static void
plain_id(const n2_openpgp_aid *aid, uint8_t out[N2_KEYS_AID_BYTES])
{
    out[0] = (uint8_t)(aid->manufacturer >> 8);
    out[1] = (uint8_t)aid->manufacturer;
    for (unsigned i = 0; i < 4; i++)
        out[2 + i] = (uint8_t)(aid->serial >> (24 - 8 * i));
    out[VERSION] = aid->major & VERSION_MASK;
    out[7] = aid->minor;
}

/* Is that the id of the token in another reader? */
static bool
is_taken(const n2_cards *c, const char *reader, const uint8_t id[N2_KEYS_AID_BYTES])
{
    for (size_t i = 0; i < c->n_seats; i++)
        if (strcmp(c->seats[i].reader, reader) != 0 &&
            !memcmp(c->seats[i].aid, id, N2_KEYS_AID_BYTES))
            return true;
    return false;
}

void
n2_cards_id(const n2_cards *c, const n2_token *token, uint8_t out[N2_KEYS_AID_BYTES])
{
    uint8_t plain[N2_KEYS_AID_BYTES], its[N2_KEYS_AID_BYTES];

    plain_id(&token->info.aid, plain);
    for (size_t i = 0; i < c->n_seats; i++) {
        memcpy(its, c->seats[i].aid, sizeof its);
        its[VERSION] &= VERSION_MASK;
        if (!strcmp(c->seats[i].reader, token->reader) && !memcmp(its, plain, sizeof its)) {
            memcpy(out, c->seats[i].aid, sizeof its);
            return;
        }
    }
    memcpy(out, plain, sizeof plain);
    for (unsigned n = 1; n <= VERSION_MASK && is_taken(c, token->reader, out); n++)
        out[VERSION] = (uint8_t)(plain[VERSION] | n << COUNT_SHIFT);
}

n2_openpgp_aid
n2_cards_openpgp_aid(const uint8_t aid[N2_KEYS_AID_BYTES])
{
    n2_openpgp_aid out = {.manufacturer = (uint16_t)(aid[0] << 8 | aid[1]),
                          .major = aid[VERSION] & VERSION_MASK,
                          .minor = aid[7]};

    for (unsigned i = 0; i < 4; i++)
        out.serial = out.serial << 8 | aid[2 + i];
    return out;
}

/* As on the card, without what is no letter to anybody: control characters (transfer full). */
static char *
name_of(const n2_openpgp_info *info)
{
    char *name = g_strdup(info->name);

    for (char *at = name; *at; at++)
        if ((guchar)*at < 0x20 || ((guchar)*at >= 0x7f && (guchar)*at < 0xa0))
            *at = ' ';
    return name;
}

/* "YubiKey 1234567", and whose it is as the card says: Latin-1, "Family<<Given". */
static char *
title_of(const n2_openpgp_info *info)
{
    const char *maker = "OpenPGP";

    for (size_t i = 0; i < G_N_ELEMENTS(makers); i++)
        if (makers[i].number == info->aid.manufacturer)
            maker = makers[i].name;
    g_autofree char *latin = name_of(info);
    g_autofree char *name = g_convert(latin, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
    g_auto(GStrv) parts = g_strsplit(name ? name : "", "<<", 2);
    g_autofree char *whole =
        parts[0] && parts[1] ? g_strconcat(parts[1], " ", parts[0], NULL) : g_strdup(name);
    if (whole)
        g_strstrip(g_strdelimit(whole, "<", ' '));
    if (!whole || !*whole)
        return g_strdup_printf("%s %X", maker, info->aid.serial);
    return g_strdup_printf("%s %X (%s)", maker, info->aid.serial, whole);
}

void
n2_cards_row(const n2_cards *c, const n2_token *token, n2_keys_token *row)
{
    *row = (n2_keys_token){.state = (uint8_t)token->state};
    g_autofree char *reader = g_utf8_make_valid(token->reader, -1);
    g_strlcpy(row->reader, reader, sizeof row->reader);
    if (token->state)
        return;
    const n2_openpgp_info *info = &token->info;
    g_autofree char *title = title_of(info);
    gsize len = strlen(title);
    while (len > N2_KEYS_NAME_BYTES_MAX) /* whole characters */
        len = (gsize)(g_utf8_find_prev_char(title, title + len) - title);
    memcpy(row->title, title, len);
    n2_cards_id(c, token, row->aid);
    memset(row->tries, N2_TRIES_UNKNOWN, sizeof row->tries);
    if (info->has_pins)
        memcpy(row->tries, info->tries, sizeof row->tries);
    row->flags = token->has_pinpad ? N2_KEYS_TOKEN_KEYPAD : 0;
    for (unsigned i = 0; i < N2_CARD_SLOTS; i++)
        row->keys[i] = (n2_keys_token_key){.key = n2_cards_key(&token->key[i]),
                                           .touch = info->slot[i].touch,
                                           .origin = info->slot[i].origin,
                                           .made_s = info->slot[i].created};
    if (c->events.owner)
        c->events.owner(c->events.user, row);
}

bool
n2_cards_find(const n2_cards *c, const uint8_t aid[N2_KEYS_AID_BYTES], n2_token *token)
{
    g_autofree n2_token *all = g_new0(n2_token, N2_READERS_MAX);
    size_t n = n2_tokens_list(c->tokens, all);
    uint8_t its[N2_KEYS_AID_BYTES];

    for (size_t i = 0; i < n; i++) {
        if (all[i].state || !all[i].info.has_aid)
            continue;
        n2_cards_id(c, &all[i], its);
        if (!memcmp(its, aid, sizeof its)) {
            *token = all[i];
            return true;
        }
    }
    return false;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-vault-choose.c - which of several vaults is in force: the last word of each device is
 *                          kept, and all devices that heard the same come to the same vault.
 *
 *     in force  of those that count the one drawn last; of one time that of the greater number,
 *               then with more slots, then whose SHA-256 of all sealed slots is less
 *     counts    who drew it and who signed it stand; or no vault of somebody who stands names
 *               the one of them that left
 *
 * So who was sent away keeps nothing, however great the number that he gave his vault, and who
 * left in peace doesn't make the others go back to a vault that those sent away before know.
 */
#include <sodium.h>
#include <string.h>

#include "keys/keyring-impl.h"

/* Who may say what the vault is; that a lifetime is over makes no vault fall. */
static bool
stands(const n2_own *own, const n2_key *key)
{
    return n2_identity_may(&own->who, key, N2_RIGHT_DEVICE | N2_RIGHT_CONTROL, 0);
}

bool
n2_vault_is_left(const n2_own *own, const n2_own_vault *vault)
{
    return vault->by.method && (!stands(own, &vault->by) || !stands(own, &vault->drawer));
}

static bool
is_ahead(const n2_own_vault *vault, int64_t wall_us)
{
    return wall_us > 0 && vault->drawn_us > wall_us + (int64_t)N2_CLOCK_SKEW_US;
}

static void
name_of(const n2_key *key, uint8_t name[VAULT_GONE_BYTES])
{
    uint8_t bytes[1 + N2_KEY_BYTES_MAX], hash[N2_HASH_BYTES];
    size_t len = n2_key_bytes(key->method);

    bytes[0] = key->method;
    memcpy(bytes + 1, key->bytes, len);
    n2_hash_of(N2_METHOD_SHA256, bytes, 1 + len, hash);
    memcpy(name, hash, VAULT_GONE_BYTES);
}

static bool
names(const n2_own_vault *vault, const n2_key *key)
{
    uint8_t name[VAULT_GONE_BYTES];

    name_of(key, name);
    for (size_t i = 0; i < vault->n_gone; i++)
        if (!memcmp(vault->gone[i], name, sizeof name))
            return true;
    return false;
}

/* Of what all devices see alike. */
static void
hash_slots(const n2_own_vault *vault, uint8_t hash[N2_HASH_BYTES])
{
    crypto_hash_sha256_state state;

    (void)crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < vault->n_slots; i++)
        (void)crypto_hash_sha256_update(&state, vault->slots[i].sealed,
                                        sizeof vault->slots[i].sealed);
    (void)crypto_hash_sha256_final(&state, hash);
}

/* Below 0: @a is the older one. */
static int
compare(const n2_own_vault *a, const n2_own_vault *b)
{
    uint8_t of_a[N2_HASH_BYTES], of_b[N2_HASH_BYTES];

    if (a->drawn_us != b->drawn_us)
        return a->drawn_us < b->drawn_us ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    if (a->n_slots != b->n_slots)
        return a->n_slots < b->n_slots ? -1 : 1;
    hash_slots(a, of_a);
    hash_slots(b, of_b);
    return memcmp(of_b, of_a, sizeof of_a);
}

bool
n2_vault_word(const n2_own *own, size_t i, n2_own_vault *out)
{
    n2_statement s;

    return i < own->n_words && !n2_statement_read(&s, own->words[i].bytes, own->words[i].len) &&
           !n2_vault_read(&s, out);
}

/* Is the one that goes, of @a and @b, the first? */
static bool
goes_first(const n2_own *own, const n2_own_vault *a, const n2_own_vault *b)
{
    bool a_left = n2_vault_is_left(own, a), b_left = n2_vault_is_left(own, b);

    if (a_left != b_left)
        return a_left;
    return compare(a, b) < 0;
}

void
n2_vault_keep(
    n2_own *own, const n2_own_vault *vault, const void *bytes, size_t len, int64_t wall_us)
{
    size_t at = own->n_words;
    n2_own_vault word, last = *vault;

    for (size_t i = 0; i < own->n_words; i++) {
        if (!n2_vault_word(own, i, &word) || !n2_key_equal(&word.by, &vault->by))
            continue;
        bool is_over = is_ahead(&word, wall_us) ||
                       (n2_vault_is_left(own, &word) && !n2_vault_is_left(own, vault));
        if (!is_over && compare(vault, &word) <= 0)
            return;
        at = i;
    }
    for (size_t i = 0; at == VAULT_WORDS_MAX && i < own->n_words; i++)
        if (n2_vault_word(own, i, &word) && !n2_key_equal(&word.by, &own->vault.by) &&
            goes_first(own, &word, &last))
            last = word;
    for (size_t i = 0; at == VAULT_WORDS_MAX && i < own->n_words; i++)
        if (n2_vault_word(own, i, &word) && n2_key_equal(&word.by, &last.by))
            at = i;
    if (at == VAULT_WORDS_MAX)
        return; /* it is the one that goes */
    if (at == own->n_words)
        own->n_words++;
    memcpy(own->words[at].bytes, bytes, len);
    own->words[at].len = len;
}

static bool
is_among(const n2_key *keys, size_t n, const n2_own_vault *vault)
{
    for (size_t i = 0; i < n; i++)
        if (n2_key_equal(&keys[i], &vault->by) || n2_key_equal(&keys[i], &vault->drawer))
            return true;
    return false;
}

/* Does somebody who stands name the one who left? */
static bool
is_named(const n2_own *own, const n2_own_vault *left, const n2_key *going, size_t n_going)
{
    n2_own_vault word;

    for (size_t i = 0; i < own->n_words; i++)
        if (n2_vault_word(own, i, &word) && !n2_vault_is_left(own, &word) &&
            !is_among(going, n_going, &word) &&
            ((!stands(own, &left->by) && names(&word, &left->by)) ||
             (!stands(own, &left->drawer) && names(&word, &left->drawer))))
            return true;
    return false;
}

/* Who left and was named so comes back no more: also not when the one who named him leaves. */
static void
forget_named(n2_own *own)
{
    n2_own_vault word;

    for (size_t i = 0; i < own->n_words;) {
        if (!n2_vault_word(own, i, &word) || !n2_vault_is_left(own, &word) ||
            n2_key_equal(&word.by, &own->vault.by) || !is_named(own, &word, NULL, 0)) {
            i++;
            continue;
        }
        own->n_words--;
        memmove(&own->words[i], &own->words[i + 1], (own->n_words - i) * sizeof own->words[0]);
    }
}

void
n2_vault_choose(
    n2_own *own, n2_own_secrets *secrets, const n2_key *going, size_t n_going, int64_t wall_us)
{
    n2_own_vault word, best = {0};

    if (own->vault.n_slots && !own->vault.by.method)
        best = own->vault; /* nobody signed it: no word of it is kept */
    for (size_t i = 0; i < own->n_words; i++) {
        if (!n2_vault_word(own, i, &word) || is_among(going, n_going, &word) ||
            is_ahead(&word, wall_us) ||
            (n2_vault_is_left(own, &word) && is_named(own, &word, going, n_going)))
            continue;
        if (!best.n_slots || compare(&word, &best) > 0)
            best = word;
    }
    if (best.n_slots && (!n2_key_equal(&best.by, &own->vault.by) || !own->vault.n_slots ||
                         compare(&best, &own->vault))) {
        own->vault = best;
        sodium_memzero(secrets->vault, sizeof secrets->vault); /* to be opened anew */
        secrets->has_vault = false;
    }
    if (!n_going)
        forget_named(own);
}

bool
n2_vault_wants_successor(const n2_own *own)
{
    n2_own_vault word;

    if (n2_vault_is_left(own, &own->vault))
        return true;
    for (size_t i = 0; i < own->n_words; i++)
        if (n2_vault_word(own, i, &word) && n2_vault_is_left(own, &word) &&
            compare(&word, &own->vault) > 0 && !is_named(own, &word, NULL, 0))
            return true;
    return false;
}

/* ---- what follows that in force ---- */

static bool
has_number(const n2_own_vault *vault, uint32_t number)
{
    for (size_t i = 0; i < vault->n_olds; i++)
        if (vault->olds[i].number == number)
            return true;
    return vault->n_slots && vault->number == number;
}

static bool
is_used(const n2_own *own, uint32_t number)
{
    n2_own_vault word;

    for (size_t i = 0; i < own->n_words; i++)
        if (n2_vault_word(own, i, &word) && has_number(&word, number))
            return true;
    return has_number(&own->vault, number);
}

/* One more than the greatest of those who stand.  It says which vault an account is of, not
 * which is newer: so one that somebody set to the last there is, is left aside. */
static uint32_t
next_number(const n2_own *own)
{
    uint32_t number = own->vault.number < UINT32_MAX ? own->vault.number : 0;
    n2_own_vault word;

    if (n2_vault_is_left(own, &own->vault))
        number = 0;
    for (size_t i = 0; i < own->n_words; i++)
        if (n2_vault_word(own, i, &word) && !n2_vault_is_left(own, &word) &&
            word.number > number && word.number < UINT32_MAX)
            number = word.number;
    do
        number = number < UINT32_MAX ? number + 1 : 1;
    while (is_used(own, number)); /* of some two dozen */
    return number;
}

static void
name_gone(n2_own_vault *vault, const uint8_t name[VAULT_GONE_BYTES])
{
    for (size_t i = 0; i < vault->n_gone; i++)
        if (!memcmp(vault->gone[i], name, VAULT_GONE_BYTES))
            return;
    if (vault->n_gone == VAULT_GONE_MAX) /* what those of long ago said nobody keeps */
        vault->n_gone--;
    memmove(vault->gone[1], vault->gone[0], vault->n_gone * sizeof vault->gone[0]);
    memcpy(vault->gone[0], name, VAULT_GONE_BYTES);
    vault->n_gone++;
}

static void
name_key(n2_own_vault *vault, const n2_key *key)
{
    uint8_t name[VAULT_GONE_BYTES];

    if (!n2_signature_bytes(key->method)) /* it can say nothing */
        return;
    name_of(key, name);
    name_gone(vault, name);
}

/* What a thief says of somebody who stands is not handed on. */
static bool
is_of_who_stands(const n2_own *own, const uint8_t gone[VAULT_GONE_BYTES])
{
    uint8_t name[VAULT_GONE_BYTES];

    for (size_t i = 0; i < own->who.n_keys; i++) {
        name_of(&own->who.keys[i].key, name);
        if (!memcmp(name, gone, sizeof name))
            return true;
    }
    return false;
}

void
n2_vault_inherit(n2_own *own)
{
    n2_own_vault word;

    for (size_t i = 0; i < own->n_words; i++)
        if (n2_vault_word(own, i, &word) && !n2_vault_is_left(own, &word))
            for (size_t k = word.n_gone; k > 0; k--)
                if (!is_of_who_stands(own, word.gone[k - 1]))
                    name_gone(&own->vault, word.gone[k - 1]);
}

void
n2_vault_succeed(n2_own *own, const n2_key *going, size_t n_going, int64_t wall_us)
{
    int64_t drawn_us = wall_us;
    n2_own_vault word;

    own->vault.number = next_number(own);
    n2_vault_inherit(own);
    if (!is_ahead(&own->vault, wall_us) && own->vault.drawn_us >= drawn_us)
        drawn_us = own->vault.drawn_us + 1;
    for (size_t i = 0; i < own->n_words; i++) {
        if (!n2_vault_word(own, i, &word))
            continue;
        if (!n2_vault_is_left(own, &word) && !is_ahead(&word, wall_us) &&
            word.drawn_us >= drawn_us)
            drawn_us = word.drawn_us + 1;
        if (!stands(own, &word.by))
            name_key(&own->vault, &word.by);
        if (!stands(own, &word.drawer))
            name_key(&own->vault, &word.drawer);
    }
    for (size_t i = 0; i < n_going; i++)
        name_key(&own->vault, &going[i]);
    own->vault.drawn_us = drawn_us;
    own->vault.drawer = (n2_key){0};
}

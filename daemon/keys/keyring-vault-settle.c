/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-vault-settle.c - the vault after keys came and went: sealed to those who came, drawn
 *                          anew when somebody left who knew it.
 */
#include "keys/keyring-impl.h"

bool
n2_vault_had(const n2_own *own, const n2_key *key)
{
    return n2_own_rights(own, key, NULL) & (N2_RIGHT_OPEN | N2_RIGHT_DEVICE) ||
           n2_key_equal(key, &own->vault.by) || n2_key_equal(key, &own->vault.drawer);
}

bool
n2_vault_is_lost(const n2_own *own, const n2_key *going, size_t n, int64_t wall_us)
{
    if (n2_own_signer(own, N2_RIGHT_CONTROL, wall_us) == NO_KEY)
        return false;
    for (size_t i = 0; i < n; i++)
        if (n2_vault_had(own, &going[i]))
            return true;
    return false;
}

/* Is there an open key that stands and has no slot? */
static bool
lacks_slot(const n2_own *own)
{
    for (size_t i = 0; i < own->who.n_keys; i++) {
        const n2_grant *g = &own->who.keys[i];
        bool has_slot = !(g->rights & N2_RIGHT_OPEN);
        for (size_t s = 0; s < own->vault.n_slots; s++)
            has_slot = has_slot || n2_key_equal(&own->vault.slots[s].key, &g->key);
        if (!has_slot)
            return true;
    }
    return false;
}

bool
n2_vault_is_known(const n2_own *own)
{
    for (size_t i = 0; i < own->vault.n_slots; i++)
        if (!(n2_own_rights(own, &own->vault.slots[i].key, NULL) & N2_RIGHT_OPEN))
            return true;
    return false;
}

n2_err
n2_vault_settle(n2_keyring *k,
                size_t index,
                const n2_key *going,
                size_t n_going,
                bool has_lost,
                int64_t wall_us,
                bool *has_new)
{
    const n2_own *own = &k->own[index];
    bool is_open = k->secrets->own[index].has_vault;

    *has_new = true;
    if (!own->vault.n_slots)
        *has_new = false;
    else if (has_lost || n2_vault_is_known(own) || (is_open && n2_vault_wants_successor(own)))
        return n2_vault_draw(k, index, going, n_going, wall_us);
    else if (is_open && lacks_slot(own))
        return n2_vault_seal(k, index, wall_us);
    else
        *has_new = false;
    return N2_OK;
}

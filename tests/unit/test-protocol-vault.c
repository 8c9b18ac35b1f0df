/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-protocol-vault.c - the examples of daemon/PROTOCOL.md for the vault that devices of one
 *                         person share.
 */
#include <glib.h>
#include <sodium.h>
#include <string.h>

#include "crypto/hpke.h"
#include "keys/keyring-impl.h"
#include "protocol-page.h"

/* 01 02 ..., on and on. */
static void
count_cb(void *user, void *buf, size_t len)
{
    guint8 *next = user;

    for (size_t i = 0; i < len; i++)
        ((guint8 *)buf)[i] = (*next)++;
}

static void
fill(guint8 *bytes, gsize n, guint8 first)
{
    for (gsize i = 0; i < n; i++)
        bytes[i] = (guint8)(first + i);
}

static void
test_vault(void)
{
    const gint64 wall_us = G_GINT64_CONSTANT(1767225600) * 1000000;
    guint8 next = 1, open_secret[32], seed[32], bytes[2048], vault[VAULT_BYTES];
    guint8 info[10 + N2_ID_BYTES] = "n2 vault 1";
    const n2_env env = {&next, count_cb};
    g_autofree n2_own *own = g_new0(n2_own, 1);
    g_autofree n2_keyring_secrets *secrets = g_new0(n2_keyring_secrets, 1);
    n2_keyring keyring = {.env = &env, .own = own, .n_own = 1, .secrets = secrets};
    n2_key open = {.method = N2_KEY_X25519};
    n2_box statement;

    g_assert_cmpint(sodium_init(), >=, 0);
    own->who.id.method = 1;
    memset(own->who.id.hash, 0xa5, sizeof own->who.id.hash);
    fill(open_secret, sizeof open_secret, 0xd1);
    g_assert_cmpint(n2_hpke_public(N2_KEY_X25519, open_secret, &open), ==, N2_OK);
    own->who.keys[0] = (n2_grant){.key = open, .rights = N2_RIGHT_OPEN};
    fill(seed, sizeof seed, 0xc1);
    n2_signing_key *device = &secrets->own[0].keys[0];
    g_assert_cmpint(n2_signing_key_init(device, N2_KEY_ED25519, seed), ==, N2_OK);
    own->who.keys[1] = (n2_grant){.key = device->key,
                                  .rights = N2_RIGHT_DEVICE,
                                  .from_us = wall_us,
                                  .until_us = wall_us + 1};
    own->who.n_keys = 2;
    own->keys[0].key = device->key;
    own->n_keys = 1;
    fill(secrets->own[0].vault, VAULT_BYTES, 0x41); /* the first, before that key left */
    secrets->own[0].has_vault = true;
    own->vault.number = 1;

    g_assert_cmpint(n2_vault_draw(&keyring, 0, NULL, 0, wall_us), ==, N2_OK);
    g_assert_cmpuint(secrets->own[0].vault[0], ==, 1);
    g_assert_cmpint(n2_vault_statement(&keyring, 0, bytes, sizeof bytes, &statement), ==,
                    N2_OK);
    protocol_page_expect("vault", statement.bytes, statement.len);
    g_assert_cmpint(n2_vault_old(&keyring, 0, 1, vault), ==, N2_OK);
    g_assert_cmpuint(vault[0], ==, 0x41);
    info[10] = 1;
    memset(info + 11, 0xa5, N2_HASH_BYTES);
    g_assert_cmpint(n2_hpke_open(&open, open_secret, own->vault.slots[0].enc, info, sizeof info,
                                 NULL, 0, own->vault.slots[0].sealed,
                                 sizeof own->vault.slots[0].sealed, vault),
                    ==, N2_OK);
    g_assert_cmpmem(vault, sizeof vault, secrets->own[0].vault, sizeof vault);
}

static void
test_ask(void)
{
    guint8 seed[32], hash[64], buf[512], bytes[1024];
    n2_id who = {.method = 1};
    n2_signing_key device;
    n2_box body, statement;

    memset(who.hash, 0xa5, sizeof who.hash);
    fill(seed, sizeof seed, 0xc1);
    fill(hash, sizeof hash, 0x11);
    g_assert_cmpint(n2_signing_key_init(&device, N2_KEY_ED25519, seed), ==, N2_OK);
    n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_VAULT_ASK);
    n2_box_put_id(&w, 1, &who);
    n2_box_put_bytes(&w, 2, hash, sizeof hash);
    g_assert_cmpint(n2_box_end(&w, &body, NULL), ==, N2_OK);
    g_assert_cmpint(n2_statement_sign(bytes, sizeof bytes, &body, &device, &statement), ==,
                    N2_OK);
    protocol_page_expect("vault-ask", statement.bytes, statement.len);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/vault", test_vault);
    g_test_add_func("/protocol/vault-ask", test_ask);
    return g_test_run();
}

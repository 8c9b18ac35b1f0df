/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * memsearch.c - looks for every private key of a profile in the memory of processes.
 *
 *   memsearch KEYS_DIR             prints each key: name and hexadecimal bytes
 *   memsearch KEYS_DIR PID...      prints each place where one was found
 *
 * Exit code: 0 none found, 1 found, 2 could not look.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "host/disk.h"
#include "host/random.h"
#include "keys/keyring-impl.h"

#include "keysearch.h"

enum {
    PIECE_BYTES = 1 << 20
};

typedef struct {
    char *name;
    guint8 bytes[64];
    gsize len;
    n2_key_search *search;
} secret;

static void
add(GArray *secrets, const char *name, gsize index, const guint8 *bytes, gsize len)
{
    secret s = {.name = g_strdup_printf("%s-%zu", name, index), .len = len};

    g_assert(len <= sizeof s.bytes);
    memcpy(s.bytes, bytes, len);
    s.search = n2_key_search_new(bytes, len);
    g_array_append_val(secrets, s);
}

/* A signing key is dangerous in two forms: its seed, and the scalar made of it (RFC 8032). */
static void
add_signing(GArray *secrets, const char *name, gsize index, const n2_signing_key *key)
{
    g_autofree char *scalar_name = g_strconcat(name, "-scalar", NULL);
    guint8 hash[crypto_hash_sha512_BYTES];
    gsize len = n2_seed_bytes(key->key.method);

    add(secrets, name, index, key->seed, len);
    crypto_hash_sha512(hash, key->seed, len);
    hash[0] &= 248;
    hash[31] = (guint8)((hash[31] & 127) | 64);
    add(secrets, scalar_name, index, hash, 32);
}

/* All private keys of the keyring; it must have the empty passphrase. */
static GArray *
read_secrets(const char *dir)
{
    const n2_env env = {.random = n2_host_random};
    GArray *secrets = g_array_new(FALSE, TRUE, sizeof(secret));
    n2_host_disk *disk = NULL;
    n2_keyring *keyring = NULL;
    n2_err err = n2_host_disk_open(&disk, dir);

    if (!err)
        err = n2_keyring_open(&keyring, n2_host_disk_table(disk), &env, "", NULL);
    if (err) {
        (void)fprintf(stderr, "memsearch: %s: %s\n", dir, n2_err_text(err));
        exit(2);
    }
    add(secrets, "file", 0, keyring->secrets->sealer.key, N2_SEALED_KEY_BYTES);
    for (gsize i = 0; i < keyring->n_own; i++) {
        const n2_own_secrets *own = &keyring->secrets->own[i];
        for (gsize k = 0; k < keyring->own[i].n_keys; k++) {
            const n2_own_key *key = &keyring->own[i].keys[k];
            gboolean is_control =
                n2_own_rights(&keyring->own[i], &key->key, NULL) == N2_RIGHT_CONTROL;
            if (key->place.slot != N2_PLACE_HERE)
                continue;
            if (n2_seed_bytes(key->key.method))
                add_signing(secrets, is_control ? "control" : "device", i, &own->keys[k]);
            else
                add(secrets, "open", i, own->keys[k].seed,
                    n2_hpke_secret_bytes(key->key.method));
        }
        if (own->has_sheet)
            add(secrets, "sheet", i, own->sheet, sizeof own->sheet);
        for (gsize k = 0; k < keyring->own[i].n_statics; k++)
            add(secrets, "connection", 100 * i + k, own->statics[k],
                n2_node_key_len(&keyring->own[i].statics[k]));
    }
    n2_keyring_free(keyring);
    n2_host_disk_free(disk);
    return secrets;
}

/* Looks at one mapping, in pieces that overlap; returns hits. */
static guint
search_range(GArray *secrets, int mem, guint64 from, guint64 to, const char *where)
{
    const guint64 overlap = 512;
    g_autofree guint8 *piece = g_malloc(PIECE_BYTES);
    guint hits = 0;

    for (guint64 at = from; at < to; at += PIECE_BYTES - overlap) {
        ssize_t got = pread(mem, piece, MIN((guint64)PIECE_BYTES, to - at), (off_t)at);
        for (guint i = 0; got > 0 && i < secrets->len; i++) {
            const secret *s = &g_array_index(secrets, secret, i);
            g_assert(n2_key_search_overlap(s->search) <= overlap);
            const char *how = n2_key_search_in(s->search, piece, (gsize)got);
            if (how) {
                g_print("%s (%s) at %" G_GINT64_MODIFIER "x %s\n", s->name, how, at, where);
                hits++;
            }
        }
        if (at + PIECE_BYTES >= to)
            break;
    }
    return hits;
}

/* All that the process can write to; read-only pages of files hold what the files hold. */
static gint64
search_process(GArray *secrets, const char *pid, guint64 *bytes)
{
    g_autofree char *maps_path = g_strdup_printf("/proc/%s/maps", pid);
    g_autofree char *mem_path = g_strdup_printf("/proc/%s/mem", pid);
    g_autofree char *maps = NULL;
    int mem = open(mem_path, O_RDONLY | O_CLOEXEC);
    gint64 hits = 0;

    if (mem < 0 || !g_file_get_contents(maps_path, &maps, NULL, NULL)) {
        (void)fprintf(stderr, "memsearch: process %s: %s\n", pid, g_strerror(errno));
        return -1;
    }
    g_auto(GStrv) lines = g_strsplit(maps, "\n", -1);
    for (char **line = lines; *line; line++) {
        char *end = NULL;
        guint64 from = g_ascii_strtoull(*line, &end, 16);
        if (!end || *end != '-')
            continue;
        guint64 to = g_ascii_strtoull(end + 1, &end, 16);
        if (!strstr(*line, " rw") || strstr(*line, "[vvar"))
            continue;
        const char *name = strrchr(*line, ' ');
        hits += search_range(secrets, mem, from, to, name ? name + 1 : "");
        *bytes += to - from;
    }
    close(mem);
    return hits;
}

int
main(int argc, char **argv)
{
    if (argc < 2 || sodium_init() < 0)
        return 2;
    GArray *secrets = read_secrets(argv[1]);
    guint64 bytes = 0;
    gint64 hits = 0;
    for (guint i = 0; argc == 2 && i < secrets->len; i++) {
        const secret *s = &g_array_index(secrets, secret, i);
        g_print("%s ", s->name);
        for (gsize k = 0; k < s->len; k++)
            g_print("%02x", s->bytes[k]);
        g_print("\n");
    }
    for (int i = 2; i < argc; i++) {
        gint64 found = search_process(secrets, argv[i], &bytes);
        if (found < 0)
            return 2;
        hits += found;
    }
    if (argc > 2)
        g_print("%u keys, %" G_GUINT64_FORMAT " MiB searched, %" G_GINT64_FORMAT " hits\n",
                secrets->len, bytes >> 20, hits);
    return hits ? 1 : 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cheap-argon.c - what the linker puts in the place of crypto_pwhash() in tests that open
 * sealed files again and again: at most the work for an empty passphrase, and the same question
 * is answered once.  What work a file costs is tested in test-sealed.
 */
#include <glib.h>
#include <sodium.h>
#include <string.h>

#include "crypto/sealed.h"

int __real_crypto_pwhash(unsigned char *out,
                         unsigned long long out_len,
                         const char *passphrase,
                         unsigned long long passphrase_len,
                         const unsigned char *salt,
                         unsigned long long passes,
                         size_t bytes,
                         int method);
int __wrap_crypto_pwhash(unsigned char *out,
                         unsigned long long out_len,
                         const char *passphrase,
                         unsigned long long passphrase_len,
                         const unsigned char *salt,
                         unsigned long long passes,
                         size_t bytes,
                         int method);

int
__wrap_crypto_pwhash(unsigned char *out,
                     unsigned long long out_len,
                     const char *passphrase,
                     unsigned long long passphrase_len,
                     const unsigned char *salt,
                     unsigned long long passes,
                     size_t bytes,
                     int method)
{
    static GHashTable *known;
    const unsigned long long costs[] = {out_len, passes, bytes, (unsigned long long)method};
    g_autoptr(GByteArray) question = g_byte_array_new();
    gsize len;

    g_byte_array_append(question, (const guint8 *)costs, sizeof costs);
    g_byte_array_append(question, salt, crypto_pwhash_SALTBYTES);
    g_byte_array_append(question, (const guint8 *)passphrase, (guint)passphrase_len);
    if (!known)
        known =
            g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
                                  (GDestroyNotify)g_bytes_unref);
    g_autoptr(GBytes) key = g_byte_array_free_to_bytes(g_steal_pointer(&question));
    GBytes *answer = g_hash_table_lookup(known, key);
    if (!answer) {
        passes = MIN(passes, (unsigned long long)N2_SEALED_PASSES_EMPTY);
        bytes = MIN(bytes, (size_t)N2_SEALED_KIB_EMPTY * 1024);
        int failed = __real_crypto_pwhash(out, out_len, passphrase, passphrase_len, salt,
                                          passes, bytes, method);
        if (failed)
            return failed;
        answer = g_bytes_new(out, (gsize)out_len);
        g_hash_table_insert(known, g_steal_pointer(&key), answer);
    }
    memcpy(out, g_bytes_get_data(answer, &len), (gsize)out_len);
    return 0;
}

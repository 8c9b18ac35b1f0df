/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * shown.c - an asker who proves who it is.
 */
#include "shown.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/writer.h"
#include "host/random.h"
#include "vm/asm.h"

static const n2_env env = {.random = n2_host_random};

static void
ask(shown *s, const n2_keys_request *request, n2_keys_answer *a, uint8_t *room)
{
    uint8_t message[N2_KEYRING_MESSAGE_BYTES_MAX];
    size_t len;

    g_assert_cmpint(n2_keys_request_write(request, message, sizeof message, &len), ==, N2_OK);
    g_assert_cmpint(n2_keyring_answer(s->keyring, message, len, g_get_real_time(), room,
                                      N2_KEYRING_MESSAGE_BYTES_MAX, &len),
                    ==, N2_OK);
    g_assert_cmpint(n2_keys_answer_read(a, room, len), ==, N2_OK);
    g_assert_cmpint(a->err, ==, N2_OK);
}

void
shown_init(shown *s)
{
    uint8_t room[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_writer w = n2_writer_init(s->chain, sizeof s->chain);
    n2_keys_answer a;

    s->folder = g_dir_make_tmp("n2shown.XXXXXX", NULL);
    g_assert_nonnull(s->folder);
    g_assert_cmpint(n2_host_disk_open(&s->disk, s->folder), ==, N2_OK);
    g_assert_cmpint(n2_keyring_open(&s->keyring, n2_host_disk_table(s->disk), &env, "", NULL),
                    ==, N2_OK);
    ask(s, &(n2_keys_request){.kind = N2_KEYS_NEW, .label = "asker"}, &a, room);
    s->who = a.who;
    for (size_t i = 0; i < a.n_statements; i++) {
        n2_write_u16(&w, (uint16_t)a.statements[i].len);
        n2_write_bytes(&w, a.statements[i].bytes, a.statements[i].len);
    }
    g_assert_cmpint(n2_writer_finish(&w, &s->chain_len), ==, N2_OK);
}

void
shown_clear(shown *s)
{
    g_autofree char *file =
        s->folder ? g_build_filename(s->folder, N2_KEYRING_FILE, NULL) : NULL;

    n2_keyring_free(s->keyring);
    n2_host_disk_free(s->disk);
    if (file) {
        g_unlink(file);
        g_rmdir(s->folder);
    }
    g_free(s->folder);
}

n2_op
shown_op(shown *s, n2_conn conn, const uint8_t hash[static 64], uint64_t tag)
{
    n2_keys_request q = {.kind = N2_KEYS_PROVE, .suite = N2_SUITE_1, .who = s->who};
    n2_op op = {.kind = N2_OP_COMMAND, .conn = conn};
    uint8_t room[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_asm block = n2_asm_init();
    n2_keys_answer a;

    memcpy(q.hash, hash, sizeof q.hash);
    ask(s, &q, &a, room);
    n2_asm_u64(&block, tag);
    n2_asm_word(&block, N2_WORD_TAG);
    n2_asm_bytes(&block, s->chain, s->chain_len);
    n2_asm_bytes(&block, a.statement.bytes, a.statement.len);
    n2_asm_bytes(&block, a.signature.bytes, a.signature.len);
    n2_asm_word(&block, N2_WORD_SHOW);
    g_assert_cmpint(n2_asm_finish(&block, &op.bytes, &op.len), ==, N2_OK);
    return op;
}

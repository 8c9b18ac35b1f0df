/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-sheet.c - the recovery sheet: kept until it was printed and read back, and what it is
 *                   for; and the passphrase of the file.
 *
 * Words and passphrases come and go by pipes, past the node.
 */
#include <sodium.h>
#include <string.h>

#include "crypto/armor.h"
#include "crypto/words.h"
#include "keys/keyring-impl.h"

n2_err
n2_sheet_show(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    uint8_t qr[N2_SHEET_QR_BYTES];
    size_t index;

    n2_err err = n2_own_find(k, &q->who, &index);
    if (err)
        return err;
    n2_own *own = &k->own[index];
    const n2_own_secrets *secrets = &k->secrets->own[index];
    if (!w->out)
        return N2_ERR_USAGE;
    if (!secrets->has_sheet)
        return N2_ERR_NOTFOUND;
    if (!own->was_sheet_shown) {
        own->was_sheet_shown = true;
        err = n2_keyring_save(k);
        if (err) {
            own->was_sheet_shown = false;
            return err;
        }
    }
    char *text = (char *)w->out->bytes;
    n2_sheet_words(secrets->sheet, text);
    size_t len = strlen(text);
    text[len++] = '\n';
    n2_sheet_qr(secrets->sheet, qr);
    err = n2_qr_write(text + len, sizeof w->out->bytes - len - 1, qr, sizeof qr);
    sodium_memzero(qr, sizeof qr);
    len += err ? 0 : strlen(text + len);
    text[len++] = '\n';
    w->out->len = err ? 0 : len;
    return err;
}

/* Words as somebody typed them, or what a camera read. */
static n2_err
read_sheet(const n2_keys_secret *in, uint8_t seed[N2_SHEET_SEED_BYTES])
{
    uint8_t bytes[N2_SHEET_QR_BYTES];
    size_t len = in ? in->len : 0, n;

    if (!in)
        return N2_ERR_USAGE;
    while (len && (in->bytes[len - 1] == '\n' || in->bytes[len - 1] == '\r'))
        len--;
    if (len < 3 || memcmp(in->bytes, "N2:", 3) != 0) {
        n2_err no = n2_sheet_parse(seed, (const char *)in->bytes, len, NULL);
        return no == N2_ERR_NOTFOUND ? N2_ERR_FORMAT : no; /* that is for identities */
    }
    n2_err err = n2_qr_read((const char *)in->bytes, len, bytes, sizeof bytes, &n);
    if (!err)
        err = n2_sheet_of_qr(seed, bytes, n);
    sodium_memzero(bytes, sizeof bytes);
    return err;
}

/* Is it the sheet of this birth?  All of it is worked out anew, as who has nothing else would.
 */
static n2_err
is_sheet_of(const n2_identity *who, const uint8_t seed[N2_SHEET_SEED_BYTES])
{
    uint8_t commitment[N2_HASH_BYTES];

    n2_err err = n2_sheet_commitment(seed, commitment);
    if (!err && sodium_memcmp(commitment, who->sheet, sizeof commitment) != 0)
        err = N2_ERR_REFUSED;
    return err;
}

static n2_err
make_end(const n2_id *who,
         const n2_id *successor,
         const uint8_t seed[N2_SHEET_SEED_BYTES],
         int64_t wall_us,
         uint8_t *buf,
         size_t cap,
         n2_box *out)
{
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL], d[N2_DIGEST_BYTES];
    n2_signing_key keys[2];
    n2_signature signatures[2];
    n2_box body;

    n2_err err = n2_sheet_keys(seed, &keys[0], &keys[1]);
    if (!err)
        err = n2_end_body(bytes, sizeof bytes, who, successor->method ? successor : NULL,
                          wall_us, &keys[0].key, &keys[1].key, NULL, 0, &body);
    if (!err)
        n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    for (unsigned i = 0; i < 2 && !err; i++)
        err = n2_sign(&signatures[i], &keys[i], d);
    if (!err)
        err = n2_statement_make(buf, cap, &body, signatures, 2, out);
    n2_signing_key_clear(&keys[0]);
    n2_signing_key_clear(&keys[1]);
    return err;
}

/* All else is lost: from the birth and the sheet alone the same keys come, and with them the
 * end that only they can make, as anybody checks it.  Nothing of it leaves this function. */
static n2_err
restore(const n2_keyring *k, const n2_own *own, const uint8_t seed[N2_SHEET_SEED_BYTES])
{
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL];
    const n2_kept birth = n2_identity_set_at(own->set, 0);
    const n2_id nobody = {0};
    n2_identity_set *scratch = NULL;
    n2_identity restored = {0};
    n2_box end;

    n2_err err = n2_identity_set_new(&scratch, &own->who.id, k->unicode);
    if (!err)
        err = n2_identity_take(scratch, birth.bytes, birth.len, 0, NULL, NULL);
    if (!err)
        err = n2_identity_look(scratch, 0, &restored);
    if (!err)
        err = is_sheet_of(&restored, seed);
    if (!err)
        err =
            make_end(&restored.id, &nobody, seed, restored.made_us, bytes, sizeof bytes, &end);
    if (!err)
        err = n2_identity_take(scratch, end.bytes, end.len, 0, NULL, NULL);
    if (!err)
        err = n2_identity_look(scratch, 0, &restored);
    if (!err && restored.state != N2_IDENTITY_ENDED)
        err = N2_ERR_REFUSED;
    n2_identity_set_free(scratch);
    sodium_memzero(bytes, sizeof bytes); /* whoever has it can end what is to live */
    return err;
}

n2_err
n2_sheet_test(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    uint8_t seed[N2_SHEET_SEED_BYTES];
    size_t index;

    n2_err err = n2_own_find(k, &q->who, &index);
    if (err)
        return err;
    n2_own *own = &k->own[index];
    n2_own_secrets *secrets = &k->secrets->own[index];
    if (!secrets->has_sheet)
        return N2_ERR_NOTFOUND;
    if (!own->was_sheet_shown)
        return N2_ERR_STATE;
    err = read_sheet(w->in, seed);
    if (!err)
        err = restore(k, own, seed);
    if (!err) {
        memcpy(seed, secrets->sheet, sizeof seed); /* should the disk be full */
        secrets->has_sheet = false;
        sodium_memzero(secrets->sheet, sizeof secrets->sheet);
        err = n2_keyring_save(k);
        if (err) {
            memcpy(secrets->sheet, seed, sizeof seed);
            secrets->has_sheet = true;
        }
    }
    sodium_memzero(seed, sizeof seed);
    return err;
}

n2_err
n2_sheet_end(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    uint8_t seed[N2_SHEET_SEED_BYTES];
    n2_keys_answer taken = {0};
    n2_answering quiet = *w;
    n2_identity ended;
    size_t index;
    n2_box end;

    if (w->wall_us <= 0)
        return N2_ERR_STATE;
    n2_err err =
        n2_identity_birth(&ended, q->body.bytes, q->body.len, q->who.method, k->unicode);
    if (!err && !n2_id_equal(&ended.id, &q->who))
        err = N2_ERR_FORGED;
    if (!err)
        err = read_sheet(w->in, seed);
    if (!err)
        err = is_sheet_of(&ended, seed);
    if (!err)
        err = make_end(&q->who, &q->successor, seed, w->wall_us, w->room,
                       N2_KEYRING_MESSAGE_BYTES_MAX, &end);
    sodium_memzero(seed, sizeof seed);
    if (!err && !n2_own_find(k, &q->who, &index)) { /* ours: it is over here first */
        const n2_keys_request take = {.who = q->who, .body = {end.bytes, end.len}};
        quiet.a = &taken;
        err = n2_device_take(k, &take, &quiet);
    }
    if (!err)
        w->a->statement = (n2_slice){end.bytes, end.len};
    return err;
}

n2_err
n2_passphrase_change(n2_keyring *keyring, n2_answering *w)
{
    n2_sealer *sealer = &keyring->secrets->sealer, *old;
    const char *text = w->in ? (const char *)w->in->bytes : NULL;
    const char *end = text ? memchr(text, 0, w->in->len) : NULL;

    if (!text)
        return N2_ERR_USAGE;
    if (!end) /* which of the two would it be? */
        return N2_ERR_FORMAT;
    size_t old_len = (size_t)(end - text);
    const char *new_text = end + 1;
    size_t new_len = w->in->len - (size_t)(new_text - text);
    if (memchr(new_text, 0, new_len))
        return N2_ERR_FORMAT;
    n2_err err = n2_keyring_test(keyring, text, old_len);
    if (err)
        return err;
    old = sodium_malloc(sizeof *old);
    if (!old)
        return N2_ERR_NOMEM;
    *old = *sealer;
    err = n2_sealer_init(sealer, new_text, new_len, keyring->env);
    if (!err)
        err = n2_keyring_save(keyring);
    if (err)
        *sealer = *old;
    sodium_free(old);
    return err;
}

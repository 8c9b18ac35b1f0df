/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-keyring.c - what the keys process reads: its file, sealed by who knows the passphrase
 *                  and writes nonsense; and requests of a node that means no good.
 *
 * First byte even: the rest is the file's plain text, a box of kind 34, which the harness
 * seals, cheaply.  Odd: requests, each its length 1 and bytes; a length of 0: two bytes, kind
 * and identity, say which well-formed one.
 */
#include <string.h>

#include "crypto/sealed.h"
#include "disk-mem.h"
#include "fuzz.h"
#include "grow.h"
#include "keys/keyring.h"

#include "base/reader.h"

enum {
    CHEAP_KIB = 8,
    WALL_S = 1700000000
};

static const n2_env *
env(void)
{
    static uint64_t seed = 1;
    static n2_env e = {&seed, fuzz_random_cb};

    return &e;
}

/* A file that opens at once. */
static void
put_file(disk_mem *d, const uint8_t *plain, size_t len)
{
    static uint8_t file[N2_SEALED_PLAIN_BYTES_MAX + N2_SEALED_OVERHEAD_BYTES];
    static n2_sealer sealer;
    n2_box box;

    if (!sealer.kib) {
        /* Made from a file that says how cheap it is, as only files do. */
        n2_sealer any = {.passes = 1, .kib = CHEAP_KIB};

        check(!n2_sealer_seal(&any, env(), "", 0, file, sizeof file, &box));
        check(!n2_sealer_of_file(&sealer, box.bytes, box.len, "", 0));
    }
    check(!n2_sealer_seal(&sealer, env(), plain, len, file, sizeof file, &box));
    disk_mem_put(d, N2_KEYRING_FILE, box.bytes, box.len);
}

typedef struct {
    uint8_t bytes[N2_KEYRING_MESSAGE_BYTES_MAX]; /* the first answer; the others are the same */
    size_t len;
    unsigned n;
} heard;

static n2_err
hear(void *user, const uint8_t *answer, size_t len)
{
    heard *h = user;

    check(len <= sizeof h->bytes);
    check(!h->n || (len == h->len && !memcmp(h->bytes, answer, len)));
    memcpy(h->bytes, answer, len);
    h->len = len;
    h->n++;
    return N2_OK;
}

/* A request for a hello is made several times at once: they are worked out side by side. */
static n2_err
ask(n2_keyring *ring, const uint8_t *bytes, size_t len, n2_keys_answer *answer)
{
    static heard h;
    n2_slice requests[N2_KEYRING_TURN];
    unsigned n = len > 4 && bytes[4] == N2_KEYS_ES ? 1 + len % N2_KEYRING_TURN : 1;

    for (unsigned i = 0; i < n; i++)
        requests[i] = (n2_slice){bytes, len};
    h.n = 0;
    n2_err err = n2_keyring_answer_many(ring, requests, n, WALL_S * INT64_C(1000000), hear, &h);

    check(err || h.n == n);
    if (!err)
        check(!n2_keys_answer_read(answer, h.bytes, h.len));
    return err;
}

static void
open_file(const uint8_t *data, size_t size)
{
    disk_mem *d = disk_mem_new();
    n2_keys_answer answer;
    n2_keyring *ring;

    if (size > N2_SEALED_PLAIN_BYTES_MAX)
        size = N2_SEALED_PLAIN_BYTES_MAX;
    put_file(d, data, size);
    n2_err err = n2_keyring_open(&ring, &d->disk, env(), "", NULL);

    check(!err == (ring != NULL));
    check(!err || err == N2_ERR_CORRUPT || err == N2_ERR_VERSION || err == N2_ERR_LIMIT);
    if (!err) {
        uint8_t list[] = {0, 0, 0, 1, N2_KEYS_LIST, 0, 0};
        uint8_t fresh[] = {0, 0, 0, 1, N2_KEYS_NEW, 1, 'z', 0, 0};

        check(!ask(ring, list, sizeof list, &answer));
        /* Whatever it holds, what is written then can be read. */
        check(!ask(ring, fresh, sizeof fresh, &answer));
        if (!answer.err) {
            n2_keyring_free(ring);
            check(!n2_keyring_open(&ring, &d->disk, env(), "", NULL));
        }
    }
    n2_keyring_free(ring);
    disk_mem_free(d);
}

static n2_keys_own_key mine[2]; /* of the identity that is asked about */

/* A keyring with one identity, kept for all runs but those that wipe it. */
static n2_keyring *
ring_of(disk_mem **disk, n2_id *who)
{
    static const uint8_t new[] = {0, 0, 0, 1, N2_KEYS_NEW, 1, 'a', 0, 0};
    n2_keys_answer answer;
    n2_keyring *ring;

    *disk = disk_mem_new();
    put_file(*disk, (const uint8_t *)"n2\x22\x01\0\0\0", N2_BOX_HEAD_BYTES);
    check(!n2_keyring_open(&ring, &(*disk)->disk, env(), "", NULL));
    check(!ask(ring, new, sizeof new, &answer) && !answer.err);
    *who = answer.who;
    n2_keys_request state = {.kind = N2_KEYS_STATE, .who = *who};
    uint8_t bytes[64];
    size_t len;
    check(!n2_keys_request_write(&state, bytes, sizeof bytes, &len));
    check(!ask(ring, bytes, len, &answer) && answer.n_keys == 2);
    memcpy(mine, answer.keys, sizeof mine);
    return ring;
}

/* What a node that knows who is here may ask. */
static size_t
well_formed(n2_reader *r, const n2_id *who, uint8_t *out)
{
    static uint8_t body[1024];
    uint8_t kind = n2_read_u8(r), how = n2_read_u8(r);
    size_t len = 0;
    n2_keys_request q = {
        .id = how,
        .kind = (n2_keys_kind)(1 + kind % N2_KEYS_KIND_LAST),
        .who = *who,
        .label = {'a', (char)('a' + how % 26)},
        .index = how & 3,
        .suite = N2_SUITE_1,
        .fresh = how & 1,
        .hours = how,
        .site = *who,
        .key = {.method = how & 1 ? N2_KEY_X25519 : N2_KEY_ED25519, .bytes = {how}},
        .rights = how & N2_RIGHTS_ALL,
        .days = how,
        .method = (uint8_t)(how % 4),
        .number = how & 3,
        .subject = {.method = 1, .hash = {how}},
        .scope = how & 7,
        .n_keys = how % 3,
        .n_drops = (how >> 2) % 3,
        .drops = {mine[how & 1].key, mine[~how & 1].key},
        .n_aids = 1,
        .which = N2_PIN_USER,
        .n_makes = 1,
        .makes = {{.slot = N2_PLACE_SIG}}};

    for (size_t i = 0; i < q.n_keys; i++) {
        uint8_t what = n2_read_u8(r);
        q.keys[i] = (n2_keys_own_key){
            .key = {.method = what & 1 ? N2_KEY_X25519 : N2_KEY_ED25519, .bytes = {what}},
            .rights = n2_read_u8(r) & N2_RIGHTS_ALL,
            .place = {.slot = (n2_keys_slot)((what >> 1) % N2_PLACES)}};
        if (what & 64)
            q.keys[i].key = mine[what & 1].key;
    }
    if (how & 8)
        q.key = mine[how & 1].key;
    if (q.kind == N2_KEYS_WIPE) /* comes by itself often enough */
        q.kind = N2_KEYS_PROVE;
    q.body = (n2_slice){body, grow_box(body, sizeof body, kind >> 3, n2_read_u16(r))};
    if (q.body.len > N2_BOX_HEAD_BYTES + 4 + N2_ID_BYTES && body[9] == N2_TYPE_ID) {
        body[12] = who->method;
        memcpy(body + 13, who->hash, sizeof who->hash);
    }
    return n2_keys_request_write(&q, out, 2048, &len) ? 0 : len;
}

static void
requests(const uint8_t *data, size_t size)
{
    static n2_keyring *ring;
    static disk_mem *disk;
    static n2_id who;
    static unsigned n_asked;
    n2_reader r = n2_reader_init(data, size);
    n2_keys_answer answer;

    while (n2_reader_left(&r)) {
        uint8_t made[2048], len = n2_read_u8(&r);
        const uint8_t *bytes = made;
        size_t n = len;

        if (!ring || n_asked++ % 1024 == 0) {
            n2_keyring_free(ring);
            if (disk)
                disk_mem_free(disk);
            ring = ring_of(&disk, &who);
        }
        if (len)
            bytes = n2_read_bytes(&r, n = len < n2_reader_left(&r) ? len : n2_reader_left(&r));
        else
            n = well_formed(&r, &who, made);
        uint8_t *exact = fuzz_copy(bytes, n);
        n2_err err = ask(ring, exact, n, &answer);

        free(exact);
        check(!err || err == N2_ERR_TRUNCATED || err == N2_ERR_FORMAT || err == N2_ERR_LIMIT);
        if (!err && answer.kind == N2_KEYS_WIPE) {
            n2_keyring_free(ring);
            disk_mem_free(disk);
            ring = NULL;
            disk = NULL;
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    if (data[0] & 1)
        requests(data + 1, size - 1);
    else
        open_file(data + 1, size - 1);
    return 0;
}

#ifdef N2_FUZZER
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    if (size && data[0] & 1 && seed % 16)
        return LLVMFuzzerMutate(data, size, max_size);
    size = grow_mutate(data, size, max_size, seed, 1, (const uint8_t[]){N2_KIND_SECRETS, 0});
    if (seed % 16)
        data[0] &= 0xfe;
    return size;
}
#endif

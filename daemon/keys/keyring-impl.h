/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-impl.h - what a keyring holds; for keyring*.c only.
 *
 * Layer:     keys (may include: base, wire, crypto).
 * Invariant: own[i] and secrets->own[i] are the two halves of one identity; so are their keys
 *            and their statics.  All that is private lies in `secrets`.
 */
#pragma once

#include "crypto/hpke.h"
#include "crypto/identity-body.h"
#include "crypto/identity-set.h"
#include "crypto/login.h"
#include "crypto/sealed.h"
#include "crypto/sheet.h"
#include "keys/keyring.h"

enum {
    DEVICE_RIGHTS = N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH | N2_RIGHT_SESSION,
    DEVICE_WITH_TOKEN = N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH, /* the token signs in */
    DEVICE_IN_FILE = N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH, /* its word there, whatever it may */
    STATICS_ROOM = N2_KEYRING_STATICS_MAX + 2,           /* new ones, until they are written */
    VAULT_BYTES = 32,
    VAULT_SEALED_BYTES = VAULT_BYTES + N2_HPKE_TAG_BYTES,
    VAULTS_OLD_MAX = 4, /* kept until the accounts of their time have moved */
    VAULT_NONCE_BYTES = 24,
    VAULT_WORDS_MAX = 4, /* of as many devices what they said last */
    VAULT_GONE_MAX = 16, /* keys that a vault names as gone */
    VAULT_GONE_BYTES = 8,
    ADD_BYTES_MAX = 640, /* of a whole add, any method, with two signatures */
    STATEMENT_WHO = 1    /* field of all that is signed here */
};

/** A key of an own identity: in secrets at the same index, or on a token. */
typedef struct {
    n2_key key;
    n2_keys_place place;
} n2_own_key;

/** The vault, sealed to one open key. */
typedef struct {
    n2_key key;
    uint8_t enc[N2_HPKE_ENC_BYTES_MAX];
    uint8_t sealed[VAULT_SEALED_BYTES];
} n2_own_slot;

/** A vault of before, sealed by the one of now. */
typedef struct {
    uint32_t number;
    uint8_t nonce[VAULT_NONCE_BYTES];
    uint8_t sealed[VAULT_SEALED_BYTES];
} n2_own_old;

/** What somebody says that the vault is. */
typedef struct {
    n2_own_slot slots[N2_KEYRING_KEYS_MAX];
    size_t n_slots;
    n2_own_old olds[VAULTS_OLD_MAX]; /* newest first */
    size_t n_olds;
    uint32_t number;  /* what the accounts of its time are told apart by */
    int64_t drawn_us; /* 0: not known */
    n2_key by;        /* who says so; method 0: not known, and there is no statement of it */
    n2_key drawer;    /* who drew it */
    uint8_t gone[VAULT_GONE_MAX][VAULT_GONE_BYTES]; /* keys that had left when it was drawn */
    size_t n_gone;
} n2_own_vault;

/** The newest word of one device about the vault, as it was signed. */
typedef struct {
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL];
    size_t len;
} n2_own_word;

/** The public half of an own identity. */
typedef struct {
    n2_identity who;              /* what `set` comes to */
    n2_identity_set *set;         /* (owned) */
    const n2_unicode *unicode;    /* (borrowed) (nullable) */
    const n2_keys_tokens *tokens; /* (borrowed) (nullable): who sees them, during a request */
    char label[N2_OWN_LABEL_BYTES_MAX + 1];
    n2_own_key keys[N2_KEYRING_KEYS_MAX];
    size_t n_keys;
    n2_own_vault vault; /* the one in force; n_slots 0: there is none */
    n2_own_word words[VAULT_WORDS_MAX];
    size_t n_words;
    bool was_sheet_shown;
    uint32_t serial;                   /* of the newest connection key; never falls */
    n2_node_key statics[STATICS_ROOM]; /* oldest first; of one serial: by suite */
    size_t n_statics;
    uint8_t *session; /* (owned) certificate of the session key; NULL: there is none */
    size_t session_len;
    int64_t session_from_us, session_until_us;
    bool is_by_hand;   /* LOGIN: when it ends, nothing begins by itself */
    n2_key session_by; /* the key that certified it, and where that is */
    n2_keys_place session_place;
    bool is_signed_out; /* by its owner: nothing signs in by itself */
} n2_own;

typedef struct {
    n2_signing_key keys[N2_KEYRING_KEYS_MAX]; /* of agreement keys: the secret as seed */
    n2_signing_key session;                   /* never written to the disk */
    bool has_sheet;
    uint8_t sheet[N2_SHEET_SEED_BYTES];
    bool has_vault; /* opened; never written */
    uint8_t vault[VAULT_BYTES];
    uint8_t statics[STATICS_ROOM][N2_STATIC_X448_BYTES];
} n2_own_secrets;

enum {
    SIGNERS_MAX = N2_CONTROL_KEYS_MAX,
    NO_KEY = N2_KEYRING_KEYS_MAX /* an index of none */
};

/**
 * A request that is answered when all have signed: bodies one after the other, each signed by
 * some own keys.  Those here sign at once, those on tokens when the token has.
 */
typedef struct {
    bool is_used;
    uint32_t id;
    n2_keys_kind kind;
    size_t own;
    uint8_t body[N2_STATEMENT_BYTES_SMALL];
    size_t body_len;
    size_t signers[SIGNERS_MAX]; /* indices of own keys */
    size_t n_signers;
    n2_signature signatures[SIGNERS_MAX];
    size_t n_signed;
    size_t step;     /* NEW: which key is added next; agreeing: which slot */
    size_t target;   /* REMOVE: index of the own key that removes itself; NO_KEY */
    size_t n_added;  /* own keys at the end of the list that are not ours yet */
    n2_key drops[2]; /* REMOVE: these, one statement each */
    size_t n_drops;
    bool lists_anew; /* by a control statement */
    uint8_t
        kept[2 * N2_STATEMENT_BYTES_SMALL]; /* statements that are whole, one after the other */
    size_t kept_len[2];
    size_t n_kept;
    n2_signing_key session; /* LOGIN: counts when its certificate is there */
    int64_t wall_us, until_us;
    bool is_agreeing;  /* the vault is being opened, by slots[step] */
    n2_keys_request q; /* without `body`, `first` */
} n2_pending;

typedef struct {
    n2_sealer sealer;
    n2_own_secrets own[N2_KEYRING_IDENTITIES_MAX];
    n2_pending pending[N2_KEYRING_PENDING_MAX];
    n2_signing_key drawn;      /* DRAW, until JOIN; method 0: none */
    n2_signing_key drawn_open; /* the same */
} n2_keyring_secrets;

struct n2_keyring {
    const n2_disk *disk;         /* (borrowed) */
    const n2_env *env;           /* (borrowed) */
    const n2_unicode *unicode;   /* (borrowed) (nullable) */
    n2_keyring_secrets *secrets; /* (owned) in locked memory; NULL: wiped */
    n2_own *own;                 /* (owned) N2_KEYRING_IDENTITIES_MAX of them */
    size_t n_own;
    const n2_keys_tokens *tokens; /* (borrowed) (nullable) */
    char drawn_label[N2_OWN_LABEL_BYTES_MAX + 1];
    bool is_old; /* the file is of an older version, and is kept aside before it is replaced */
};

/** What an answer is made of. */
typedef struct {
    int64_t wall_us;
    const n2_keys_secret *in;
    n2_keys_secret *out;
    uint8_t *room; /* N2_KEYRING_MESSAGE_BYTES_MAX, for what `a` borrows */
    n2_keys_answer *a;
    bool is_later; /* (out): there is no answer yet */
} n2_answering;

/** Frees what @own holds and zeroes it, and wipes @secrets. */
void n2_own_clear(n2_own *own, n2_own_secrets *secrets);

/** Which own identity @who is; N2_OK, N2_ERR_NOTFOUND. */
N2_MUST_USE n2_err n2_own_find(const n2_keyring *keyring, const n2_id *who, size_t *index);

/* keyring-own.c */

/** Begins an own identity with nothing but its set; N2_OK, N2_ERR_NOMEM, N2_ERR_UNSUPPORTED. */
N2_MUST_USE n2_err n2_own_begin(n2_own *own, const n2_id *who, const n2_unicode *unicode);

/** Takes a statement into the set, and looks at it anew.  @count: must count at once, else
 * N2_ERR_FORGED.  N2_ERR_LIMIT: more than are kept. */
N2_MUST_USE n2_err
n2_own_take(n2_own *own, const void *statement, size_t len, bool count, int64_t wall_us);

/** Room for so many statements more, and bytes? */
bool n2_own_has_room(const n2_own *own, size_t n_more, size_t bytes);

/** The same, after what has fallen was left out if need be. */
bool n2_own_make_room(n2_own *own, size_t n_more, size_t bytes);

/** Index of an own key with one of @rights now, the first of those here before those on
 * tokens; NO_KEY: none. */
size_t n2_own_signer(const n2_own *own, uint32_t rights, int64_t wall_us);

/** Index of @key among the own keys, or NO_KEY. */
size_t n2_own_key_index(const n2_own *own, const n2_key *key);

/** The rights that @key has, 0: it does not stand.  @grant: (out) (nullable). */
uint32_t n2_own_rights(const n2_own *own, const n2_key *key, n2_grant *grant);

/** Index of the own key that signs a change after which @drops stand no more: one that stays
 * before one that goes, which may be lost; NO_KEY: none. */
size_t n2_own_control(const n2_own *own, const n2_key *drops, size_t n_drops, int64_t wall_us);

/** Would nobody be left who changes the identity, were @key struck? */
bool n2_own_is_last_control(const n2_own *own, const n2_key *key);

/** Could key @i sign at once: is it here, or its token plugged in? */
bool n2_own_is_at_hand(const n2_own *own, size_t i);

/** Has the identity a key with right session that is on one of our tokens? */
bool n2_own_needs_token(const n2_own *own, int64_t wall_us);

/** The statements as they are, to go back to when a change could not be written. */
typedef struct {
    uint8_t *bytes; /* (owned) a container; NULL: none */
    size_t len;
} n2_own_picture;

N2_MUST_USE n2_err n2_own_picture_take(n2_own_picture *out, const n2_own *own);
/** Frees @picture; @back: and goes back to it. */
void n2_own_picture_end(n2_own_picture *picture,
                        n2_own *own,
                        bool back,
                        const n2_unicode *unicode,
                        int64_t wall_us);

void n2_own_show(const n2_own *own, n2_keys_answer *a);

/** A new software key; method N2_KEY_ED25519 or an agreement's. */
N2_MUST_USE n2_err n2_own_draw(const n2_keyring *keyring, uint8_t method, n2_signing_key *out);

/* keyring-file.c */

/** Reads the file, if there is one, else makes a sealer; errors as n2_keyring_open(). */
N2_MUST_USE n2_err n2_keyring_load(n2_keyring *keyring, const char *passphrase);

/** Writes the file; N2_OK, N2_ERR_LIMIT (more than a file holds), N2_ERR_NOMEM, or the disk's.
 */
N2_MUST_USE n2_err n2_keyring_save(n2_keyring *keyring);

/** Is that the passphrase of the file as it is?  N2_OK, N2_ERR_REFUSED, or as load. */
N2_MUST_USE n2_err n2_keyring_test(const n2_keyring *keyring, const char *passphrase, size_t n);

/* keyring-static.c; errors as in keyring.h */

/** How many of the oldest go, so that no more than N2_KEYRING_STATICS_MAX are kept. */
size_t n2_static_excess(const n2_own *own);

/** Wipes connection keys past their end; from the file they go when it is written next. */
void n2_static_drop_old(n2_keyring *keyring, int64_t wall_us);

N2_MUST_USE n2_err n2_static_answer_key(n2_keyring *keyring,
                                        const n2_keys_request *q,
                                        int64_t wall_us,
                                        n2_keys_answer *a);

/** Fills the answers to @n requests of kind ES, at most N2_KEYRING_TURN; those that have an
 * error already are left as they are. */
void n2_static_answer_es(const n2_keyring *keyring,
                         const n2_keys_request *requests,
                         n2_keys_answer *answers,
                         size_t n);

/** Is the secret of this connection key kept here, for whichever own identity it was made? */
bool n2_static_is_own(const n2_keyring *keyring, const n2_key *key);

/* keyring-session.c; errors as in keyring.h */

N2_MUST_USE n2_err n2_session_prove(n2_keyring *keyring,
                                    const n2_keys_request *q,
                                    n2_answering *w);
N2_MUST_USE n2_err n2_session_login(n2_keyring *keyring,
                                    const n2_keys_request *q,
                                    n2_answering *w);
/** Its certificate came. */
N2_MUST_USE n2_err n2_session_began(n2_keyring *keyring,
                                    n2_pending *p,
                                    const n2_box *certificate,
                                    n2_answering *w);
void n2_session_end(n2_own *own, n2_own_secrets *secrets);
/** The identity has changed: a session by a key that may certify none any more ends. */
void n2_session_recheck(n2_own *own, n2_own_secrets *secrets, int64_t wall_us);
/** Is there a session key that is good now? */
bool n2_session_is_on(const n2_own *own, int64_t wall_us);
/** May something be shown or signed in @own's name now?  N2_OK, N2_ERR_TOKEN (LOGIN first),
 * N2_ERR_STATE (signed out, or no clock), N2_ERR_FROZEN, N2_ERR_ENDED. */
N2_MUST_USE n2_err n2_session_may(const n2_own *own, int64_t wall_us);

/* keyring-say.c; errors as in keyring.h */

N2_MUST_USE n2_err n2_say_sign(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
N2_MUST_USE n2_err n2_say_vouch(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
N2_MUST_USE n2_err n2_say_fresh(n2_keyring *k, const n2_keys_request *q, n2_answering *w);

/* keyring-draft.c */

/** A free place for a request that may have to wait; N2_ERR_LIMIT, N2_ERR_BUSY (the number is
 * in use). */
N2_MUST_USE n2_err n2_draft_new(n2_keyring *keyring,
                                const n2_keys_request *q,
                                size_t own,
                                int64_t wall_us,
                                n2_pending **out);
/** It is over, answered or not: wiped, and what was begun for it. */
void n2_draft_drop(n2_keyring *keyring, n2_pending *p);

/** The body and who signs it; @n_signers at most SIGNERS_MAX. */
void n2_draft_body(n2_pending *p, const n2_box *body, const size_t *signers, size_t n_signers);

/** Goes on until the answer is there (then @p is dropped) or a token is waited for. */
N2_MUST_USE n2_err n2_draft_run(n2_keyring *keyring, n2_pending *p, n2_answering *w);

/** Keeps a whole statement with the request; N2_ERR_LIMIT. */
N2_MUST_USE n2_err n2_draft_keep(n2_pending *p, const n2_box *statement);
n2_slice n2_draft_kept(const n2_pending *p, size_t i);

/* keyring-change.c: identities that are made, and get a key */

/** What a key of a token may be is what its slot can; N2_OK, N2_ERR_FORMAT. */
N2_MUST_USE n2_err n2_change_check_token_key(const n2_keys_own_key *k);
/** Room for one more identity with this label?  N2_OK, or why not. */
N2_MUST_USE n2_err n2_change_may_begin(const n2_keyring *keyring,
                                       const char *label,
                                       int64_t wall_us);
/** A request that changes an identity which lets itself be changed. */
N2_MUST_USE n2_err n2_change_begin(n2_keyring *k,
                                   const n2_keys_request *q,
                                   n2_answering *w,
                                   n2_pending **p);

N2_MUST_USE n2_err n2_change_new(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
N2_MUST_USE n2_err n2_change_add(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
N2_MUST_USE n2_err n2_change_zone(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
/** A statement is whole: it is taken, and what comes next is set up; @is_over: nothing comes
 * next, and the answer is there. */
N2_MUST_USE n2_err n2_change_signed(n2_keyring *keyring,
                                    n2_pending *p,
                                    const n2_box *statement,
                                    n2_answering *w,
                                    bool *is_over);

/* keyring-list.c: what stands is listed anew: removes, control statements, new devices */

N2_MUST_USE n2_err n2_list_remove(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
N2_MUST_USE n2_err n2_list_control(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
N2_MUST_USE n2_err n2_list_admit(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
/** The vault is open, or will not be: on with the statements. */
N2_MUST_USE n2_err n2_list_go_on(n2_keyring *k, n2_pending *p, n2_answering *w);
/** As n2_change_signed(), of these. */
N2_MUST_USE n2_err n2_list_signed(
    n2_keyring *k, n2_pending *p, const n2_box *statement, n2_answering *w, bool *is_over);
/** Takes all that was kept, the vault with it, and writes it down; or all is as it was.
 * @first: of the statements, from which on they count. */
N2_MUST_USE n2_err n2_list_commit(n2_keyring *k, n2_pending *p, size_t first, n2_answering *w);

/* keyring-device.c: another device of the same person */

N2_MUST_USE n2_err n2_device_draw(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
N2_MUST_USE n2_err n2_device_join(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
N2_MUST_USE n2_err n2_device_take(n2_keyring *k, const n2_keys_request *q, n2_answering *w);

/* keyring-enter.c: an identity that a token has the control of */

N2_MUST_USE n2_err n2_enter(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
/** The add of this machine's key is whole. */
N2_MUST_USE n2_err n2_enter_signed(n2_keyring *k,
                                   n2_pending *p,
                                   const n2_box *add,
                                   n2_answering *w);

/* keyring-sheet.c */

N2_MUST_USE n2_err n2_sheet_show(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
N2_MUST_USE n2_err n2_sheet_test(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
N2_MUST_USE n2_err n2_sheet_end(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
N2_MUST_USE n2_err n2_passphrase_change(n2_keyring *keyring, n2_answering *w);

/* keyring-vault.c */

/** Opens the vault, if it is not: N2_OK (then it may have to wait: w->is_later, and @p goes on
 * by n2_vault_agreed()), N2_ERR_NOTFOUND (no key of ours opens it), N2_ERR_TOKEN. */
N2_MUST_USE n2_err n2_vault_open(n2_keyring *k, n2_pending *p, n2_answering *w);
/** @shared was agreed on for it. */
N2_MUST_USE n2_err n2_vault_agreed(n2_keyring *k,
                                   n2_pending *p,
                                   const uint8_t *shared,
                                   size_t len);
/** Draws the first one, with an open key to open it if there is none, and writes it down.
 * N2_ERR_NOTFOUND: that is for a device that changes the identity. */
N2_MUST_USE n2_err n2_vault_first(n2_keyring *keyring, size_t index, int64_t wall_us);
/** Is there one that no key here opens, or that only an older device has? */
bool n2_vault_is_lacking(const n2_own *own, int64_t wall_us);
/** Draws a new one, with the last inside if it was open; nothing is written.  @going: keys that
 * it is drawn for, as they leave. */
N2_MUST_USE n2_err n2_vault_draw(
    n2_keyring *keyring, size_t own, const n2_key *going, size_t n_going, int64_t wall_us);
/** Draws one in the place of one whose maker has left, or that somebody knows who has, and
 * writes it down; if no key here opens that one, it stays. */
N2_MUST_USE n2_err n2_vault_renew(n2_keyring *keyring, size_t own, int64_t wall_us);
/** Seals the open one to every open key that stands; nothing is written. */
N2_MUST_USE n2_err n2_vault_seal(n2_keyring *keyring, size_t own, int64_t wall_us);
/** Forgets the open one, unless the owner is signed in. */
void n2_vault_close(n2_keyring *keyring, size_t own, int64_t wall_us);
/** Opens @from by a key that is here, into @vault; N2_ERR_NOTFOUND: none does. */
N2_MUST_USE n2_err n2_vault_open_here(const n2_keyring *keyring,
                                      size_t own,
                                      const n2_own_vault *from,
                                      uint8_t vault[VAULT_BYTES]);
/** The one with @number into @vault: out of the one in force, which is open, or by another word
 * that a key here opens; N2_ERR_NOTFOUND. */
N2_MUST_USE n2_err n2_vault_old(const n2_keyring *keyring,
                                size_t own,
                                uint32_t number,
                                uint8_t vault[VAULT_BYTES]);

/* keyring-vault-form.c: slots as bytes */

enum {
    N2_SLOT_BYTES_MAX = 1 + N2_KEY_BYTES_MAX + N2_HPKE_ENC_BYTES_MAX + VAULT_SEALED_BYTES,
    N2_OLD_BYTES = 4 + VAULT_NONCE_BYTES + VAULT_SEALED_BYTES
};

/** Adds slots and old vaults as fields @slots and @olds. */
void n2_vault_put(n2_box_writer *w, const n2_own_vault *vault, uint8_t slots, uint8_t olds);
/** Reads one field; N2_OK, N2_ERR_LIMIT, N2_ERR_CORRUPT or what the reader says. */
N2_MUST_USE n2_err n2_vault_read_slot(const n2_field *f, n2_own_vault *vault);
N2_MUST_USE n2_err n2_vault_read_old(const n2_field *f, n2_own_vault *vault);
/** Reads all of a statement that was checked; N2_OK, N2_ERR_FORMAT, N2_ERR_LIMIT. */
N2_MUST_USE n2_err n2_vault_read(const n2_statement *s, n2_own_vault *out);
/** Says with the device key that is here, else a control key, what the vault in force is: that
 * is our word from now on.  Without such a key nobody says it. */
N2_MUST_USE n2_err n2_vault_say(n2_own *own, const n2_own_secrets *secrets, int64_t wall_us);
/** The vault in force as a statement for our other devices (kind 37), as it was signed.
 * N2_ERR_NOTFOUND: there is no vault, or nobody signed it. */
N2_MUST_USE n2_err
n2_vault_statement(const n2_keyring *keyring, size_t own, void *buf, size_t cap, n2_box *out);
/** Answers VAULT. */
N2_MUST_USE n2_err n2_vault_show(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
/** Hears what another device says.  N2_OK also if nothing changes; what a stranger says is
 * refused as n2_identity_check() does, what is said of tomorrow too. */
N2_MUST_USE n2_err n2_vault_take(n2_own *own,
                                 n2_own_secrets *secrets,
                                 const void *statement,
                                 size_t len,
                                 int64_t wall_us,
                                 const n2_unicode *unicode);

/* keyring-vault-choose.c: which of several vaults is in force */

/** Keeps @vault, whose statement @bytes is, as the word of who signed it, unless a newer one of
 * his is there.  Of too many that which comes last goes. */
void n2_vault_keep(
    n2_own *own, const n2_own_vault *vault, const void *bytes, size_t len, int64_t wall_us);
/** The @i-th word, read; false: there is none so many. */
bool n2_vault_word(const n2_own *own, size_t i, n2_own_vault *out);
/** Puts in force what is to be, after statements came.  @going: keys that are about to go, and
 * their vaults with them. */
void n2_vault_choose(
    n2_own *own, n2_own_secrets *secrets, const n2_key *going, size_t n_going, int64_t wall_us);
/** Has who drew or said it left the identity? */
bool n2_vault_is_left(const n2_own *own, const n2_own_vault *vault);
/** Is there a vault whose maker has left, and which that in force doesn't name as such? */
bool n2_vault_wants_successor(const n2_own *own);
/** That in force names as gone whom the words of those who stand name. */
void n2_vault_inherit(n2_own *own);
/** For the one that takes the place of that in force: its number, the time, and who has left,
 * @going among them. */
void n2_vault_succeed(n2_own *own, const n2_key *going, size_t n_going, int64_t wall_us);

/* keyring-vault-settle.c */

/** May who has @key have drawn a vault, or opened one? */
bool n2_vault_had(const n2_own *own, const n2_key *key);
/** Does one of @going have a vault that the others should have no more?  Who has no control
 * takes himself out, and draws none for the others. */
bool n2_vault_is_lost(const n2_own *own, const n2_key *going, size_t n, int64_t wall_us);
/** Has that in force a slot of who may open it no more? */
bool n2_vault_is_known(const n2_own *own);
/** After keys came and went, what the vault is to be.  @has_lost: n2_vault_is_lost() said so
 * before @going went; @has_new: (out): it has changed.  Nothing is written. */
N2_MUST_USE n2_err n2_vault_settle(n2_keyring *k,
                                   size_t own,
                                   const n2_key *going,
                                   size_t n_going,
                                   bool has_lost,
                                   int64_t wall_us,
                                   bool *has_new);

/* keyring-account.c */

N2_MUST_USE n2_err n2_account_ask(n2_keyring *k, const n2_keys_request *q, n2_answering *w);
/** The vault is open. */
N2_MUST_USE n2_err n2_account_give(n2_keyring *keyring,
                                   size_t index,
                                   const n2_keys_request *q,
                                   n2_answering *w);

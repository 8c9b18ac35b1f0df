/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card.c - commands and answers of the virtual card: lengths, classes, chains, pieces.
 */
#include "card-private.h"

enum {
    INS_VERIFY = 0x20,
    INS_MSE = 0x22,
    INS_CHANGE = 0x24,
    INS_PSO = 0x2a,
    INS_UNBLOCK = 0x2c,
    INS_ACTIVATE = 0x44,
    INS_GENERATE = 0x47,
    INS_CHALLENGE = 0x84,
    INS_AUTHENTICATE = 0x88,
    INS_SELECT = 0xa4,
    INS_SELECT_DATA = 0xa5,
    INS_GET_RESPONSE = 0xc0,
    INS_GET_DATA = 0xca,
    INS_NEXT_DATA = 0xcc,
    INS_PUT_DATA = 0xda,
    INS_PUT_DATA_ODD = 0xdb,
    INS_TERMINATE = 0xe6,

    CLA_CHAIN = 0x10,
};

static const uint8_t other_aid[] = {0xa0, 0x00, 0x00, 0x03,
                                    0x08}; /* another application lives here */

/* A length of 2 bytes, of which 0 is 65536 where @is_le. */
static size_t
wide(const uint8_t *bytes, bool is_le)
{
    size_t n = (size_t)bytes[0] << 8 | bytes[1];

    return n || !is_le ? n : 65536;
}

/* Splits what follows the header, ISO 7816-3, section 12.1.  False: no such form. */
static bool
split(const uint8_t *in, size_t n, bool may_be_long, command *out)
{
    const uint8_t *at = in + 4;
    size_t left = n - 4;

    if (!left)
        return true;
    if (left == 1) {
        out->has_le = true;
        out->le = at[0] ? at[0] : 256;
        return true;
    }
    if (at[0]) {
        out->n = at[0];
        out->data = at + 1;
        left -= 1;
        if (left != out->n && left != out->n + 1)
            return false;
        out->has_le = left > out->n;
        if (out->has_le)
            out->le = at[1 + out->n] ? at[1 + out->n] : 256;
        return true;
    }
    if (!may_be_long || left < 3)
        return false;
    if (left == 3) {
        out->has_le = true;
        out->le = wide(at + 1, true);
        return true;
    }
    out->n = wide(at + 1, false);
    out->data = at + 3;
    left -= 3;
    if (!out->n || (left != out->n && left != out->n + 2))
        return false;
    out->has_le = left > out->n;
    if (out->has_le)
        out->le = wide(out->data + out->n, true);
    return true;
}

static int
select_application(card *c, const command *in, answer *out)
{
    uint8_t aid[16];
    size_t n = card_aid(c, aid);

    if (in->p1 != 4 || (in->p2 & ~0x0e))
        return SW_P1P2;
    if (in->n < 5 || in->n > 16)
        return SW_DATA;
    bool is_next = in->p2 & 3;
    if (!is_next && in->n >= sizeof other_aid &&
        !memcmp(in->data, other_aid, sizeof other_aid)) {
        card_clear(c);
        c->is_selected = false;
        c->is_other = true;
        return SW_OK;
    }
    if (is_next || memcmp(in->data, aid, in->n) != 0)
        return SW_NO_FILE; /* what was selected stays so */
    card_clear(c);
    c->is_selected = true;
    if (card_get(c, REC_TERMINATED, NULL))
        return SW_TERMINATED;
    if (HAS(c, SELECT_FCI) && in->has_le && in->p2 != 0x0c) {
        answer fci = {.n = 0};
        card_add_tlv(&fci, 0x84, aid, n);
        card_add_tlv(out, 0x6f, fci.bytes, fci.n);
    }
    return SW_OK;
}

/* TERMINATE DF, section 7.2.16: after PW3, or once both PINs are blocked. */
static int
terminate(card *c)
{
    const uint8_t *tries = card_get(c, REC_TRIES, NULL);

    if (HAS(c, NO_RESET))
        return SW_INS;
    if (!card_is_open(c, 3) && (tries[0] || tries[2]))
        return SW_SECURITY;
    card_put(c, REC_TERMINATED, "", 1);
    memset(c->open, 0, sizeof c->open);
    return SW_OK;
}

static int
activate(card *c)
{
    if (HAS(c, NO_RESET))
        return SW_INS;
    if (!card_get(c, REC_TERMINATED, NULL))
        return SW_OK;
    card_make(c);
    memset(c->open, 0, sizeof c->open);
    return SW_OK;
}

static bool
has_answer(uint8_t ins)
{
    return ins == INS_PSO || ins == INS_GENERATE || ins == INS_CHALLENGE ||
           ins == INS_AUTHENTICATE || ins == INS_GET_DATA || ins == INS_NEXT_DATA;
}

static bool
is_known(uint8_t ins)
{
    return has_answer(ins) || ins == INS_VERIFY || ins == INS_CHANGE || ins == INS_UNBLOCK ||
           ins == INS_ACTIVATE || ins == INS_SELECT_DATA || ins == INS_PUT_DATA ||
           ins == INS_PUT_DATA_ODD || ins == INS_TERMINATE;
}

/* In the application, by the state of its life. */
static int
run(card *c, command *in, answer *out)
{
    if (!is_known(in->ins))
        return SW_INS;
    if (card_get(c, REC_TERMINATED, NULL) && in->ins != INS_ACTIVATE &&
        in->ins != INS_TERMINATE)
        return SW_CONDITION;
    if (has_answer(in->ins) && !in->has_le) {
        if (!HAS(c, LE_OPTIONAL))
            return SW_LENGTH;
        in->le = 256;
    }
    bool is_zero = !in->p1 && !in->p2;
    switch (in->ins) {
    case INS_VERIFY:
        return card_verify(c, in);
    case INS_CHANGE:
        return card_change(c, in);
    case INS_UNBLOCK:
        return card_unblock(c, in);
    case INS_PSO:
        if (in->p1 == 0x9e && in->p2 == 0x9a)
            return card_sign(c, in, out);
        return in->p1 == 0x80 && in->p2 == 0x86 ? card_decipher(c, in, out) : SW_P1P2;
    case INS_AUTHENTICATE:
        return is_zero ? card_authenticate(c, in, out) : SW_P1P2;
    case INS_GENERATE:
        return card_generate(c, in, out);
    case INS_GET_DATA:
        return card_get_data(c, in, out);
    case INS_NEXT_DATA:
        return card_next_data(c, in, out);
    case INS_SELECT_DATA:
        return card_select_data(c, in);
    case INS_PUT_DATA:
        return card_put_data(c, in);
    case INS_PUT_DATA_ODD:
        return in->p1 == 0x3f && in->p2 == 0xff ? card_import(c, in) : SW_P1P2;
    case INS_CHALLENGE:
        if (!is_zero)
            return SW_P1P2;
        if (in->n || in->le > 256)
            return SW_LENGTH;
        out->n = in->le;
        card_random(c, out->bytes, out->n);
        return SW_OK;
    case INS_ACTIVATE:
        return !is_zero ? SW_P1P2 : in->n ? SW_LENGTH : activate(c);
    default:
        return !is_zero ? SW_P1P2 : in->n ? SW_LENGTH : terminate(c);
    }
}

/* Answers */

/* The next piece of c->rest, at most @le bytes, and its status word. */
static int
give(card *c, size_t le, uint8_t *out, int sw)
{
    size_t left = c->rest.n - c->rest_at, n = left;
    size_t piece = HAS(c, PIECES) ? 32 : 65536;

    if (n > le)
        n = le;
    if (n > piece)
        n = piece;
    memcpy(out, c->rest.bytes + c->rest_at, n);
    c->rest_at += n;
    left -= n;
    if (left)
        sw = SW_MORE | (left < 256 ? (int)left : 0);
    else
        c->rest.n = c->rest_at = 0;
    out[n] = (uint8_t)(sw >> 8);
    out[n + 1] = (uint8_t)sw;
    return (int)n + 2;
}

static int
end_with(card *c, uint8_t *out, int sw)
{
    c->rest.n = c->rest_at = 0;
    return give(c, 0, out, sw);
}

/* Adds a part of a chain; 0: it is whole and @in has all of it, else what to answer. */
static int
chain(card *c, const uint8_t *head, command *in)
{
    bool is_last = !(head[0] & CLA_CHAIN);

    if (c->in_chain && memcmp(c->chain_head, head + 1, 3) != 0) {
        c->in_chain = false;
        return SW_LAST_EXPECTED;
    }
    if (is_last && !c->in_chain)
        return 0;
    if (HAS(c, NO_CHAINING))
        return SW_NO_CHAINING;
    if (!c->in_chain)
        c->chained = 0;
    memcpy(c->chain_head, head + 1, 3);
    c->in_chain = !is_last;
    if (in->n > sizeof c->chain - c->chained) {
        c->in_chain = false;
        return SW_LENGTH;
    }
    if (in->n)
        memcpy(c->chain + c->chained, in->data, in->n);
    c->chained += in->n;
    in->data = c->chain;
    in->n = c->chained;
    return is_last ? 0 : SW_OK;
}

static int
execute(card *c, const uint8_t *in, size_t n, uint8_t *out)
{
    if (n < 4)
        return end_with(c, out, SW_LENGTH);
    command now = {.ins = in[1], .p1 = in[2], .p2 = in[3]};
    if (in[0] & ~CLA_CHAIN) {
        int sw = in[0] & 0xe0 ? SW_CLASS : in[0] & 0x0c ? SW_NO_SM : SW_CHANNEL;
        return end_with(c, out, sw);
    }
    if (!split(in, n, !HAS(c, NO_EXTENDED), &now))
        return end_with(c, out, SW_LENGTH);
    if (now.ins == INS_GET_RESPONSE) {
        if (now.p1 || now.p2)
            return end_with(c, out, SW_P1P2);
        if (!c->rest.n)
            return end_with(c, out, SW_CONDITION);
        return now.has_le && !now.n ? give(c, now.le, out, SW_OK) : end_with(c, out, SW_LENGTH);
    }
    c->rest.n = c->rest_at = 0;
    if (!c->is_selected && now.ins != INS_SELECT)
        return end_with(c, out, c->is_other && HAS(c, OTHER_6E00) ? SW_CLASS : SW_INS);
    int sw = chain(c, in, &now);
    if (sw)
        return end_with(c, out, sw);
    sw = now.ins == INS_SELECT ? select_application(c, &now, &c->rest) : run(c, &now, &c->rest);
    if (sw != SW_OK)
        return end_with(c, out, sw);
    return give(c, HAS(c, LATER) && c->rest.n ? 0 : now.le, out, sw);
}

int
card_apdu(card *c, const uint8_t *in, size_t n, uint8_t *out)
{
    c->came_out = c->answer_size = 0;
    if (!c->is_on)
        return -1;
    if (setjmp(c->torn)) {
        card_clear(c);
        return -1;
    }
    for (size_t i = 1; i <= n; i++)
        card_pass(c, CARD_AT_COMMAND, i);
    int size = execute(c, in, n, out);
    c->answer_size = (size_t)size;
    for (int i = 1; i <= size; i++) {
        c->came_out = (size_t)i;
        card_pass(c, CARD_AT_ANSWER, c->came_out);
    }
    return size;
}

size_t
card_came_out(const card *c)
{
    return c->came_out;
}

size_t
card_answer_size(const card *c)
{
    return c->answer_size;
}

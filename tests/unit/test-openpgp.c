/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-openpgp.c - what cards answer: each field, cut at each byte, each byte wrong in turn.
 */
#include <glib.h>
#include <string.h>

#include "token/openpgp.h"

/* The example of the specification, section 4.2.1, with a serial number of our own. */
static const uint8_t answer[] = {0xd2, 0x76, 0x00, 0x01, 0x24, 0x01, 0x03, 0x04, 0xff,
                                 0xfe, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x90, 0x00};

static void
test_fields(void)
{
    n2_openpgp_aid aid;

    g_assert_cmpint(n2_openpgp_aid_parse(answer, sizeof answer, &aid), ==, N2_OK);
    g_assert_cmpuint(aid.major, ==, 3);
    g_assert_cmpuint(aid.minor, ==, 4);
    g_assert_cmphex(aid.manufacturer, ==, 0xfffe);
    g_assert_cmphex(aid.serial, ==, 0x102);
}

/* A short answer still ends with a good status word, as a card would send it. */
static void
test_cut(void)
{
    for (size_t n = 0; n < sizeof answer - 2; n++) {
        uint8_t cut[sizeof answer];
        n2_openpgp_aid aid;
        memcpy(cut, answer, n);
        memcpy(cut + n, answer + sizeof answer - 2, 2);
        g_assert_cmpint(n2_openpgp_aid_parse(cut, n + 2, &aid), ==, N2_ERR_TRUNCATED);
    }
    for (size_t n = 0; n < 2; n++) {
        n2_openpgp_aid aid;
        g_assert_cmpint(n2_openpgp_aid_parse(answer, n, &aid), ==, N2_ERR_TRUNCATED);
    }
}

static void
test_wrong_bytes(void)
{
    for (size_t i = 0; i < sizeof answer; i++) {
        uint8_t wrong[sizeof answer];
        n2_openpgp_aid aid;
        gboolean is_status = i >= sizeof answer - 2;
        gboolean is_free =
            i >= 6 && !is_status; /* version, manufacturer, serial, what is kept for later */
        memcpy(wrong, answer, sizeof answer);
        wrong[i] ^= 0x10;
        n2_err want = is_status ? N2_ERR_REFUSED : is_free ? N2_OK : N2_ERR_FORMAT;
        g_assert_cmpint(n2_openpgp_aid_parse(wrong, sizeof wrong, &aid), ==, want);
    }
}

static void
test_long(void)
{
    uint8_t longer[sizeof answer + 1] = {0};
    n2_openpgp_aid aid;

    memcpy(longer, answer, 16);
    longer[17] = 0x90;
    g_assert_cmpint(n2_openpgp_aid_parse(longer, sizeof longer, &aid), ==, N2_ERR_TRAILING);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/openpgp/fields", test_fields);
    g_test_add_func("/openpgp/cut", test_cut);
    g_test_add_func("/openpgp/wrong-bytes", test_wrong_bytes);
    g_test_add_func("/openpgp/long", test_long);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-label.c - any bytes as names: one form, the same when folded again, nothing in the
 * chrome but letters, digits and gaps; any box as a vouch.
 *
 * Two names, a zero byte between.
 */
#include <string.h>

#include <glib.h>

#include "fuzz.h"
#include "host/unicode.h"
#include "name/label.h"
#include "name/vouch.h"

static void
try_fold(const char *text, size_t len)
{
    char once[N2_NAME_BYTES_MAX + 1], twice[N2_NAME_BYTES_MAX + 1];
    n2_spelling s;
    n2_err err = n2_name_fold(once, text, len, n2_host_unicode(), &s);

    check(!err == (s.fault == N2_SPELLING_GOOD));
    check(s.scripts.n <= N2_SCRIPTS_SHOWN_MAX);
    check(s.scripts.is_mixed == (s.fault == N2_SPELLING_MIXED));
    if (err) {
        check(!once[0]);
        return;
    }
    check(n2_name_fold(twice, once, strlen(once), n2_host_unicode(), NULL) == N2_OK);
    check(strcmp(once, twice) == 0);
    check(n2_name_check(once, strlen(once), n2_host_unicode()) == N2_OK);
    check(!n2_name_is_alike(once, twice, n2_host_unicode()));
}

static void
try_show(const char *text, size_t len)
{
    char shown[N2_SHOWN_BYTES], again[N2_SHOWN_BYTES];
    bool was_space = true;

    n2_name_show(shown, text, len, n2_host_unicode());
    check(g_utf8_validate(shown, -1, NULL));
    check(g_utf8_strlen(shown, -1) <= N2_SHOWN_CHARS_MAX);
    for (const char *at = shown; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        check(c == ' ' ? !was_space
                       : g_unichar_isalnum(c) || g_unichar_ismark(c) || c == '.' || c == '-');
        was_space = c == ' ';
    }
    check(!*shown || !was_space);
    n2_name_show(again, shown, strlen(shown), n2_host_unicode());
    check(strcmp(shown, again) == 0);
}

static void
try_vouch(const uint8_t *data, size_t size)
{
    n2_vouch v;
    n2_box box;

    if (n2_box_check(&box, data, size, N2_KIND_VOUCH, n2_host_unicode()) != N2_OK ||
        n2_vouch_read(&v, &box) != N2_OK)
        return;
    check(strlen(v.claim) <= N2_CLAIM_BYTES_MAX);
    check(v.until_us > v.from_us && !n2_id_equal(&v.by, &v.subject));
    check(!n2_vouch_replaces(&v, &v));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = (char *)fuzz_copy(data, size);
    const char *end = size ? memchr(text, 0, size) : NULL;
    size_t len = end ? (size_t)(end - text) : size;

    try_fold(text, size);
    try_fold(text, len);
    try_show(text, size);
    (void)n2_name_scripts(text, size, n2_host_unicode());
    if (end) {
        char *other = g_strndup(end + 1, size - len - 1);
        check(n2_name_is_alike(text, other, n2_host_unicode()) ==
              n2_name_is_alike(other, text, n2_host_unicode()));
        check(!n2_name_is_alike(text, text, n2_host_unicode()));
        g_free(other);
    }
    try_vouch(data, size);
    free(text);
    return 0;
}

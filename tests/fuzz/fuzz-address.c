/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-address.c - any text as an address: what is accepted is written and read again as the
 *                  same; and any text through the checks for names and ids.
 */
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char uri[N2_ADDRESS_TEXT_BYTES_MAX * 6];
    char end_seen[N2_ADDRESS_TEXT_BYTES_MAX + 2];
    n2_address a, again;
    n2_id id;

    if (size >= sizeof end_seen)
        size = sizeof end_seen - 1;
    char *text = (char *)fuzz_copy(data, size);
    if (!n2_utf8_check_name(text, size, NULL))
        check(n2_utf8_is_valid(text, size) && !n2_utf8_check_text(text, size, NULL));
    if (!n2_id_parse(&id, N2_ID_CONTENT, text, size)) {
        char out[N2_ID_TEXT_BYTES];
        n2_id_format(out, N2_ID_CONTENT, &id);
        check(size == N2_ID_CHARS && !memcmp(out, text, size));
    }
    memcpy(end_seen, data, size);
    end_seen[size] = '\0';
    free(text);
    text = (char *)fuzz_copy(end_seen, size + 1);
    n2_err err = n2_address_parse(&a, text, NULL);
    free(text);
    if (err)
        return 0;
    check(!strstr(a.path, "..") || !strstr(a.path, "/../"));
    for (int form = N2_ADDRESS_URI; form <= N2_ADDRESS_READABLE; form++) {
        check(!n2_address_format(uri, sizeof uri, &a, (n2_address_form)form));
        if (strlen(uri) > N2_ADDRESS_TEXT_BYTES_MAX)
            continue; /* percent signs made it too long to be read again */
        check(!n2_address_parse(&again, uri, NULL) && !memcmp(&a, &again, sizeof a));
    }
    return 0;
}

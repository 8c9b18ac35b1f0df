/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * domains.c - ranges of channels as an operator writes them: "256-511,0x120000".
 */
#include "switch/domains.h"

#include <stdbool.h>
#include <string.h>

#include "base/limits.h"

/* A number, decimal or with 0x; @*text is moved behind it. */
static bool
read_channel(const char **text, uint32_t *channel)
{
    bool is_hex = strncmp(*text, "0x", 2) == 0;
    const char *at = *text + (is_hex ? 2 : 0), *begin = at;
    uint32_t value = 0;

    for (;; at++) {
        uint32_t digit = *at >= '0' && *at <= '9'             ? (uint32_t)(*at - '0')
                         : is_hex && *at >= 'a' && *at <= 'f' ? (uint32_t)(*at - 'a' + 10)
                                                              : 16;
        if (digit == 16)
            break;
        value = value * (is_hex ? 16 : 10) + digit;
        if (value >= N2_CHANNELS)
            return false;
    }
    *text = at;
    *channel = value;
    return at != begin;
}

n2_err
n2_channel_rules_parse(
    const char *text, n2_domain what, uint16_t port, n2_channel_rule *rules, size_t *n)
{
    size_t found = *n;

    while (*text) {
        n2_channel_rule rule = {.what = what, .port = port};
        if (!read_channel(&text, &rule.first))
            return N2_ERR_FORMAT;
        rule.last = rule.first;
        if (*text == '-') {
            text++;
            if (!read_channel(&text, &rule.last))
                return N2_ERR_FORMAT;
        }
        if (rule.last < rule.first || (*text && *text != ','))
            return N2_ERR_FORMAT;
        if (*text && !*++text)
            return N2_ERR_FORMAT;
        if (found == N2_CHANNEL_RULES_MAX)
            return N2_ERR_LIMIT;
        rules[found++] = rule;
    }
    *n = found;
    return N2_OK;
}

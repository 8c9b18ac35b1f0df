/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * query-value.c - numbers with k M G, dates and ages, as people write them.
 */
#include "store/query-value.h"

#include <string.h>

enum {
    YEAR_FIRST = 1,
    YEAR_LAST = 9998, /* the one after it has four digits, too */
    FRACTION_DIGITS = 9
};

static const int64_t minute_us = INT64_C(60) * 1000000;
static const int64_t hour_us = INT64_C(3600) * 1000000;
static const int64_t day_us = INT64_C(86400) * 1000000;

/* Digits at *@at, moved behind them; false: none, or above @max. */
static bool
digits(const char **at, int64_t max, int64_t *out)
{
    const char *c = *at;
    int64_t n = 0;

    for (; *c >= '0' && *c <= '9'; c++) {
        if (n > (max - (*c - '0')) / 10)
            return false;
        n = n * 10 + (*c - '0');
    }
    if (c == *at)
        return false;
    *at = c;
    *out = n;
    return true;
}

static int64_t
unit_of(char c)
{
    switch (c) {
    case 'k':
    case 'K':
        return INT64_C(1) << 10;
    case 'm':
    case 'M':
        return INT64_C(1) << 20;
    case 'g':
    case 'G':
        return INT64_C(1) << 30;
    default:
        return 1;
    }
}

static void
number(n2_find_value *v)
{
    const char *at = v->text;
    bool is_minus = *at == '-';
    int64_t whole = 0, part = 0, scale = 1;

    at += is_minus;
    if (!digits(&at, INT64_MAX, &whole))
        return;
    if (*at == '.') {
        const char *from = ++at;
        if (!digits(&at, INT64_C(999999999), &part) || at - from > FRACTION_DIGITS)
            return;
        for (ptrdiff_t i = 0; i < at - from; i++)
            scale *= 10;
    }
    int64_t unit = unit_of(*at);
    at += unit != 1;
    if (*at || whole > (INT64_MAX - (unit - 1)) / unit)
        return;
    int64_t n = whole * unit + part * unit / scale; /* below 2^30 * 10^9 */
    v->number = is_minus ? -n : n;
    v->may_be |= N2_VALUE_NUMBER;
}

static void
age(n2_find_value *v)
{
    const char *at = v->text;
    int64_t n, unit;

    if (!digits(&at, 100000, &n) || !*at || at[1])
        return;
    switch (*at) {
    case 'h':
        unit = hour_us;
        break;
    case 'd':
        unit = day_us;
        break;
    case 'w':
        unit = 7 * day_us;
        break;
    case 'y':
        unit = 365 * day_us;
        break;
    default:
        return;
    }
    v->age_us = n * unit;
    v->may_be |= N2_VALUE_AGE;
}

static bool
is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t
days_in(int64_t year, int64_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

/* From 1970-01-01 to the first of a month; @month may be 13. */
static int64_t
day_of(int64_t year, int64_t month)
{
    int64_t y = year - 1;
    int64_t days = 365 * y + y / 4 - y / 100 + y / 400 - 719162;

    for (int64_t m = 1; m < month; m++)
        days += days_in(year, m);
    return days;
}

/* @n digits, exactly, of @least to @most; *@at moved behind them. */
static bool
field(const char **at, size_t n, int64_t least, int64_t most, int64_t *out)
{
    const char *from = *at;

    return digits(at, most, out) && (size_t)(*at - from) == n && *out >= least;
}

static void
date(n2_find_value *v)
{
    const char *at = v->text;
    int64_t year, month = 0, day = 0, hour = 0, minute = 0, from, us;

    if (!field(&at, 4, YEAR_FIRST, YEAR_LAST, &year))
        return;
    if (*at == '-' && (at++, !field(&at, 2, 1, 12, &month)))
        return;
    if (month && *at == '-' && (at++, !field(&at, 2, 1, days_in(year, month), &day)))
        return;
    bool has_time = day && *at == 'T';
    if (has_time && (at++, !field(&at, 2, 0, 23, &hour) || *at != ':'))
        return;
    if (has_time && (at++, !field(&at, 2, 0, 59, &minute)))
        return;
    if (*at)
        return;
    from = day_of(year, month ? month : 1);
    us = has_time ? minute_us
         : day    ? day_us
         : month  ? days_in(year, month) * day_us
                  : (day_of(year, 13) - from) * day_us;
    v->at = (from + (day ? day - 1 : 0)) * day_us + hour * hour_us + minute * minute_us;
    v->until = v->at + us;
    v->may_be |= N2_VALUE_TIME;
}

void
n2_find_value_read(n2_find_value *v)
{
    number(v);
    age(v);
    date(v);
}

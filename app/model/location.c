/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * location.c - addresses as the browser handles them.
 */
#include "model/location.h"

#include <string.h>

#include <glib/gi18n.h>

#include "base/address.h"
#include "model/person.h"

#define SCHEME "net2o://"

static bool
is_nfc(void *user, const char *text, size_t len)
{
    g_autofree char *normal = g_utf8_normalize(text, (gssize)len, G_NORMALIZE_NFC);

    (void)user;
    return normal && strlen(normal) == len && memcmp(normal, text, len) == 0;
}

static bool
is_assigned(void *user, int32_t code_point)
{
    (void)user;
    return g_unichar_isdefined((gunichar)code_point);
}

/* As the node folds names: until nothing changes, since composing may make a letter that folds
 * again. */
static bool
fold(void *user, const char *text, size_t len, char *out, size_t cap, size_t *out_len)
{
    g_autofree char *now = g_strndup(text, len);
    bool is_same = false;
    (void)user;

    for (int i = 0; i < 4 && !is_same; i++) {
        g_autofree char *folded =
            g_utf8_validate(now, -1, NULL) ? g_utf8_casefold(now, -1) : NULL;
        g_autofree char *next = folded ? g_utf8_normalize(folded, -1, G_NORMALIZE_NFC) : NULL;

        if (!next)
            return false;
        is_same = g_str_equal(next, now);
        g_free(now);
        now = g_steal_pointer(&next);
    }
    *out_len = strlen(now);
    if (!is_same || *out_len > cap)
        return false;
    memcpy(out, now, *out_len);
    return true;
}

static const n2_unicode unicode = {.is_nfc = is_nfc, .is_assigned = is_assigned, .fold = fold};

static gboolean
is_outside(const char *text)
{
    static const char *const schemes[] = {"http:", "https:", "mailto:"};

    for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (g_ascii_strncasecmp(text, schemes[i], strlen(schemes[i])) == 0)
            return TRUE;
    return FALSE;
}

#define QUERY "?q="

/* Is it the place of a search?  What follows is the query, behind QUERY. */
static gboolean
is_search(const char *text)
{
    const char *rest = text + strlen(N2_LOCATION_SEARCH);

    return g_str_has_prefix(text, N2_LOCATION_SEARCH) &&
           (!*rest || g_str_has_prefix(rest, QUERY));
}

static gboolean
is_own(const char *text)
{
    return g_str_equal(text, N2_LOCATION_START) || g_str_equal(text, N2_LOCATION_NETWORK) ||
           g_str_equal(text, N2_LOCATION_FILES) || g_str_equal(text, N2_LOCATION_PEOPLE) ||
           n2_location_peek_person(text) || is_search(text);
}

N2LocationKind
n2_location_read(const char *text, char **out, n2_err *err)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(text));
    g_autofree n2_address *address = g_new(n2_address, 1);
    g_autofree char *canonical = g_malloc(N2_ADDRESS_TEXT_BYTES_MAX * 6);
    n2_err why = N2_OK;

    if (is_own(trimmed) || is_outside(trimmed)) {
        N2LocationKind kind = is_own(trimmed) ? N2_LOCATION_OWN : N2_LOCATION_OUTSIDE;

        *out = g_steal_pointer(&trimmed);
        if (err)
            *err = N2_OK;
        return kind;
    }
    why = n2_address_parse(address, trimmed, &unicode);
    if (!why && address->kind == N2_ADDRESS_NAME &&
        (g_str_equal(address->name, "self") || g_str_has_suffix(address->name, ".self")))
        why = N2_ERR_NOTFOUND;
    if (!why)
        why = n2_address_format(canonical, N2_ADDRESS_TEXT_BYTES_MAX * 6, address,
                                N2_ADDRESS_URI);
    if (err)
        *err = why;
    *out = g_strdup(why ? trimmed : canonical);
    return why ? N2_LOCATION_BAD : N2_LOCATION_SITE;
}

/* Host and rest of an address that may be a bad one too: splits at the first '/'. */
static void
split(const char *address, char **host, char **rest)
{
    const char *from = g_str_has_prefix(address, SCHEME) ? address + strlen(SCHEME) : address;
    gsize len = strcspn(from, "/?#");
    g_autofree char *raw = g_strndup(from, len);
    g_autofree char *tail = g_uri_unescape_string(from + len, "/");

    *host = g_uri_unescape_string(raw, "/");
    if (!*host)
        *host = g_steal_pointer(&raw);
    *rest = g_strdup(tail ? tail : from + len);
}

char *
n2_location_dup_site(const char *address)
{
    g_autofree char *host = NULL;
    g_autofree char *rest = NULL;

    split(address, &host, &rest);
    /* A key's text is 55 characters; people recognise its beginning. */
    if ((g_str_has_prefix(host, "k1-") || g_str_has_prefix(host, "h1-")) && strlen(host) > 16)
        return g_strdup_printf("%.11s…", host);
    return g_steal_pointer(&host);
}

char *
n2_location_dup_rest(const char *address)
{
    g_autofree char *host = NULL;
    g_autofree char *rest = NULL;

    split(address, &host, &rest);
    if (g_str_equal(rest, "/"))
        return g_strdup("");
    return g_steal_pointer(&rest);
}

char *
n2_location_dup_title(const char *address)
{
    g_autofree char *host = NULL;
    g_autofree char *rest = NULL;
    char *slash = NULL;

    if (g_str_equal(address, N2_LOCATION_START))
        return g_strdup(_("Start"));
    if (g_str_equal(address, N2_LOCATION_NETWORK))
        return g_strdup(_("Network"));
    if (g_str_equal(address, N2_LOCATION_FILES))
        return g_strdup(_("Files"));
    if (g_str_equal(address, N2_LOCATION_PEOPLE))
        return g_strdup(_("People"));
    g_autofree char *query = n2_location_dup_query(address);
    if (query) /* Translators: title of a tab: what is searched for. */
        return *query ? g_strdup_printf(_("Search: %s"), query) : g_strdup(_("Search"));
    if (n2_location_peek_person(address))
        return n2_address_dup_short(n2_location_peek_person(address));
    split(address, &host, &rest);
    rest[strcspn(rest, "?#")] = '\0';
    if (rest[0] && rest[strlen(rest) - 1] == '/')
        rest[strlen(rest) - 1] = '\0';
    slash = strrchr(rest, '/');
    return slash && slash[1] ? g_strdup(slash + 1) : n2_location_dup_site(address);
}

const char *
n2_location_peek_person(const char *address)
{
    const char *who = address + strlen(N2_LOCATION_PEOPLE);

    if (!g_str_has_prefix(address, N2_LOCATION_PEOPLE) || !g_str_has_prefix(who, "k1-"))
        return NULL;
    for (const char *at = who + strlen("k1-"); *at; at++)
        if (!g_ascii_isalnum(*at))
            return NULL;
    return who;
}

char *
n2_location_dup_query(const char *address)
{
    const char *rest = address + strlen(N2_LOCATION_SEARCH);
    char *query = NULL;

    if (!is_search(address))
        return NULL;
    if (*rest)
        query = g_uri_unescape_string(rest + strlen(QUERY), NULL);
    return query && g_utf8_validate(query, -1, NULL) ? query : (g_free(query), g_strdup(""));
}

char *
n2_location_dup_search(const char *query)
{
    g_autofree char *escaped = g_uri_escape_string(query, NULL, FALSE);

    return *query ? g_strconcat(N2_LOCATION_SEARCH QUERY, escaped, NULL)
                  : g_strdup(N2_LOCATION_SEARCH);
}

#define VERSION "version="

/* Where the number begins in @address, or NULL. */
static const char *
find_version(const char *address)
{
    const char *from = g_str_has_prefix(address, SCHEME) && !is_own(address)
                           ? address + strcspn(address, "?#")
                           : "";

    if (*from != '?' || !g_str_has_prefix(from + 1, VERSION))
        return NULL;
    return g_ascii_isdigit(from[1 + strlen(VERSION)]) ? from + 1 + strlen(VERSION) : NULL;
}

guint64
n2_location_get_version(const char *address)
{
    const char *number = find_version(address);

    return number ? g_ascii_strtoull(number, NULL, 10) : 0;
}

char *
n2_location_dup_newest(const char *address)
{
    const char *number = find_version(address);
    gsize len = strcspn(address, "?#");

    return number ? g_strdup_printf("%.*s%s", (int)len, address, number + strcspn(number, "#"))
                  : NULL;
}

char *
n2_location_dup_fragment(const char *address)
{
    const char *mark = strchr(address, '#');

    return mark ? g_uri_unescape_string(mark + 1, NULL) : NULL;
}

gboolean
n2_location_same_document(const char *a, const char *b)
{
    gsize a_len = a ? strcspn(a, "#") : 0;
    gsize b_len = b ? strcspn(b, "#") : 0;

    return a && b && a_len == b_len && strncmp(a, b, a_len) == 0;
}

gboolean
n2_location_same_site(const char *a, const char *b)
{
    g_autofree char *a_host = NULL;
    g_autofree char *b_host = NULL;
    g_autofree char *a_rest = NULL;
    g_autofree char *b_rest = NULL;

    split(a, &a_host, &a_rest);
    split(b, &b_host, &b_rest);
    return g_str_equal(a_host, b_host);
}

const char *
n2_location_tone(const char *address)
{
    static const char *const tones[] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6"};
    g_autofree char *host = NULL;
    g_autofree char *rest = NULL;

    split(address, &host, &rest);
    return tones[g_str_hash(host) % G_N_ELEMENTS(tones)];
}

char *
n2_location_dup_host(GBytes *bytes)
{
    gsize len = 0;
    const char *data = g_bytes_get_data(bytes, &len);
    g_autofree char *text = len && len < 1024 ? g_strndup(data, len) : NULL;
    g_autofree char *address = NULL;
    const char *host = NULL;

    if (!text || !g_utf8_validate(text, -1, NULL))
        return NULL;
    if (n2_location_read(text, &address, NULL) != N2_LOCATION_SITE)
        return NULL;
    host = strstr(address, "://");
    return host ? g_strndup(host + 3, strcspn(host + 3, "/?#")) : NULL;
}

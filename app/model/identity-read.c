/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-read.c - own identities and tokens from the node's dictionaries.
 */
#include "model/identity-read.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client/client.h"

/* ---- identities ---- */

typedef struct {
    N2OwnKey *key;       /* borrowed: the list has it */
    char *token;         /* owned; id, "" here and on other devices */
    gint64 from_us;      /* keys of another device are told apart by it */
    gboolean may_change; /* one of them has the right to change the identity */
} place;

static void
place_free(gpointer data)
{
    place *p = data;

    g_free(p->token);
    g_free(p);
}

static N2KeyPlace
place_of(GVariant *row)
{
    const char *word = n2_dict_string(row, "place");

    return g_strcmp0(word, "here") == 0    ? N2_KEY_HERE
           : g_strcmp0(word, "token") == 0 ? N2_KEY_TOKEN
                                           : N2_KEY_DEVICE;
}

static char *
dup_title(GVariant *row, N2KeyPlace where)
{
    const char *label = n2_dict_string(row, "label");
    const char *token = n2_dict_string(row, "token-name");

    if (where == N2_KEY_HERE)
        return g_strdup(_("This computer"));
    if (label && *label)
        return g_strdup(label);
    if (where == N2_KEY_DEVICE)
        return g_strdup(_("Another device"));
    return g_strdup(token && *token ? token : _("Security token"));
}

/* Where keys lie, each place once. */
static place *
ensure_place(GPtrArray *places, GListStore *keys, GVariant *row)
{
    N2KeyPlace where = place_of(row);
    const char *token = n2_dict_string(row, "token");
    gint64 from_us = (gint64)n2_dict_uint(row, "from");
    g_autofree char *title = NULL;

    for (guint i = 0; i < places->len; i++) {
        place *p = g_ptr_array_index(places, i);

        if (p->key->place == where && g_str_equal(p->token, token ? token : "") &&
            (where != N2_KEY_DEVICE || p->from_us == from_us))
            return p;
    }
    title = dup_title(row, where);
    g_autoptr(N2OwnKey) key = n2_own_key_new("", title, where, from_us);
    place *p = g_new(place, 1);

    *p = (place){.key = key, .token = g_strdup(token ? token : ""), .from_us = from_us};
    g_ptr_array_add(places, p);
    g_list_store_append(keys, key);
    return p;
}

static void
read_keys(N2OwnIdentity *identity, GVariant *rows)
{
    g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func(place_free);
    guint n_changers = 0;

    for (gsize i = 0; i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        const char *id = n2_dict_string(row, "id");
        const char *rights = n2_dict_string(row, "rights");

        if (!id || !*id)
            continue;
        place *p = ensure_place(places, identity->keys, row);
        char *both = *p->key->id ? g_strconcat(p->key->id, " ", id, NULL) : g_strdup(id);

        g_free(p->key->id);
        p->key->id = both;
        p->may_change = p->may_change || (rights && strstr(rights, "control"));
    }
    for (guint i = 0; i < places->len; i++)
        n_changers += ((place *)g_ptr_array_index(places, i))->may_change;
    for (guint i = 0; i < places->len; i++) {
        place *p = g_ptr_array_index(places, i);

        p->key->is_last = p->may_change && n_changers == 1;
    }
}

N2OwnIdentity *
n2_own_identity_read(GVariant *dict)
{
    const char *name = n2_dict_string(dict, "name");
    const char *address = n2_dict_string(dict, "address");
    const char *sheet = n2_dict_string(dict, "sheet");
    const char *state = n2_dict_string(dict, "state");
    g_autoptr(GVariant) keys = n2_dict_dup(dict, "keys", "aa{sv}");
    N2OwnIdentity *identity = NULL;

    if (!address || !*address || !n2_dict_bool(dict, "here"))
        return NULL;
    identity = n2_own_identity_new(name ? name : "", address);
    if (n2_dict_bool(dict, "signed-in"))
        identity->signed_in_until_us = (gint64)n2_dict_uint(dict, "until");
    identity->needs_token = n2_dict_bool(dict, "needs-token");
    identity->lacks_vault = n2_dict_bool(dict, "lacks-vault");
    identity->has_passphrase = n2_dict_bool(dict, "passphrase");
    identity->is_over = state && !g_str_equal(state, "live");
    identity->backup = g_strcmp0(sheet, "done") == 0    ? N2_BACKUP_TESTED
                       : g_strcmp0(sheet, "shown") == 0 ? N2_BACKUP_SHOWN
                                                        : N2_BACKUP_NONE;
    if (keys)
        read_keys(identity, keys);
    return identity;
}

/* ---- tokens ---- */

static char *
dup_owner(const char *address, GListModel *identities)
{
    if (!address || !*address)
        return NULL;
    for (guint i = 0; identities && i < g_list_model_get_n_items(identities); i++) {
        g_autoptr(N2OwnIdentity) identity = g_list_model_get_item(identities, i);

        if (g_str_equal(identity->address, address))
            return g_strdup(n2_own_identity_peek_title(identity));
    }
    return g_strdup(address);
}

static guint
tries(GVariant *dict, const char *key)
{
    g_autoptr(GVariant) value = g_variant_lookup_value(dict, key, G_VARIANT_TYPE_INT64);

    return value ? (guint)n2_dict_uint(dict, key) : 255; /* unknown */
}

/* Letters are opened by the dozen: a touch for each would be switched off soon. */
static GStrv
dup_can_touch(GVariant *dict)
{
    g_autoptr(GVariant) slots = n2_dict_dup(dict, "can-touch", "as");
    g_autoptr(GStrvBuilder) out = g_strv_builder_new();

    for (gsize i = 0; slots && i < g_variant_n_children(slots); i++) {
        const char *slot = NULL;

        g_variant_get_child(slots, i, "&s", &slot);
        if (!g_str_equal(slot, "open"))
            g_strv_builder_add(out, slot);
    }
    return g_strv_builder_end(out);
}

N2TokenModel *
n2_token_model_read(GVariant *dict, GListModel *identities)
{
    const char *id = n2_dict_string(dict, "id");
    const char *title = n2_dict_string(dict, "title");
    const char *reader = n2_dict_string(dict, "reader");
    const char *state = n2_dict_string(dict, "state");
    g_autoptr(GVariant) touch = n2_dict_dup(dict, "touch", "as");
    g_autoptr(GVariant) keys = n2_dict_dup(dict, "keys", "aa{sv}");
    N2TokenModel *token = NULL;

    if (!state || (!reader && g_str_equal(state, "no-reader")))
        return NULL;
    if (!title || !*title)
        title = reader && *reader ? reader : _("Security tokens");
    token = n2_token_model_new(id ? id : "", title, state);
    token->reader = g_strdup(reader ? reader : "");
    token->why = g_strdup(n2_dict_string(dict, "why"));
    token->next = g_strdup(n2_dict_string(dict, "next"));
    token->tries = tries(dict, "tries");
    token->admin_tries = tries(dict, "admin-tries");
    token->has_keypad = n2_dict_bool(dict, "keypad");
    token->wants_touch = touch && g_variant_n_children(touch) > 0;
    token->can_touch = dup_can_touch(dict);
    token->has_keys = keys && g_variant_n_children(keys) > 0;
    token->owner = dup_owner(n2_dict_string(dict, "owner"), identities);
    return token;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-choice.c - what the user chose at sites: for this session in memory, for good in the
 *                    store.
 */
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"

/* To look at, which is no use. */
static site_choice *
peek(const n2_control *c, const n2_id *site)
{
    for (size_t i = 0; c->sites && i < N2_SITE_CHOICES_MAX; i++)
        if (n2_id_is_set(&c->sites[i].site) && n2_id_equal(&c->sites[i].site, site))
            return &c->sites[i];
    return NULL;
}

site_choice *
n2_choice_find(n2_control *c, const n2_id *site)
{
    site_choice *choice = peek(c, site);

    if (choice)
        choice->used = ++c->site_turn;
    return choice;
}

/* Is @a's place rather to be given up than @b's?  What is written down is found again. */
static bool
is_less(const site_choice *a, const site_choice *b)
{
    return a->is_allowed != b->is_allowed ? a->is_allowed : a->used < b->used;
}

site_choice *
n2_choice_place(n2_control *c, const n2_id *site)
{
    site_choice *place = n2_choice_find(c, site);

    if (!c->sites)
        c->sites = calloc(N2_SITE_CHOICES_MAX, sizeof *c->sites);
    if (!c->sites)
        return NULL;
    for (size_t i = 0; !place && i < N2_SITE_CHOICES_MAX; i++)
        if (!n2_id_is_set(&c->sites[i].site))
            place = &c->sites[i];
    if (!place) {
        place = c->sites;
        for (size_t i = 1; i < N2_SITE_CHOICES_MAX; i++)
            if (is_less(&c->sites[i], place))
                place = &c->sites[i];
    }
    *place = (site_choice){.site = *site, .used = ++c->site_turn};
    return place;
}

static bool
recall_cb(void *user, const n2_store_login *login)
{
    site_recall *r = user;

    if (r->who && !n2_id_equal(r->who, &login->who))
        return true;
    if (!r->who && (!login->is_allowed ||
                    (login->as != N2_STORE_AS_NOBODY && !n2_keys_own(r->c, &login->who))))
        return true;
    r->login = *login;
    if (strlen(login->name) < sizeof r->name)
        memcpy(r->name, login->name, strlen(login->name) + 1);
    r->login.name = r->name;
    r->is_there = true;
    return false;
}

void
n2_choice_recall(n2_control *c, const n2_id *site, const n2_id *who, site_recall *out)
{
    *out = (site_recall){.c = c, .who = who};
    if (n2_store_logins(c->config.store, site, recall_cb, out))
        out->is_there = false;
}

/* Has its minute passed? */
static bool
is_over(const n2_control *c, const site_choice *choice)
{
    return choice->as == N2_STORE_AS_NOBODY && choice->until_us <= c->now_us;
}

site_choice *
n2_choice_for(n2_control *c, const n2_id *site)
{
    site_choice *choice = n2_choice_find(c, site);
    site_recall r;

    if (choice && !is_over(c, choice))
        return choice;
    if (choice)
        *choice = (site_choice){0};
    n2_choice_recall(c, site, NULL, &r);
    choice = r.is_there ? n2_choice_place(c, site) : NULL;
    if (!choice)
        return NULL;
    choice->who = r.login.who;
    choice->as = r.login.as;
    choice->is_allowed = true;
    choice->until_us = UINT64_MAX;
    memcpy(choice->name, r.name, sizeof choice->name);
    return choice;
}

bool
n2_choice_is_account(n2_control *c, const n2_id *site, const n2_id *who)
{
    const site_choice *choice = peek(c, site);
    site_recall r;

    if (choice && !is_over(c, choice))
        return choice->as == N2_STORE_AS_ACCOUNT && n2_id_equal(&choice->who, who);
    n2_choice_recall(c, site, NULL, &r);
    return r.is_there && r.login.as == N2_STORE_AS_ACCOUNT && n2_id_equal(&r.login.who, who);
}

bool
n2_choice_is_for_session(const n2_control *c, const n2_store_login *login)
{
    const site_choice *choice = peek(c, &login->site);

    return choice && !choice->is_allowed && choice->as != N2_STORE_AS_NOBODY &&
           choice->as == login->as && n2_id_equal(&choice->who, &login->who);
}

void
n2_choice_keep(n2_control *c, const site_choice *choice)
{
    bool is_account = choice->as == N2_STORE_AS_ACCOUNT;
    site_recall was;

    n2_choice_recall(c, &choice->site, &choice->who, &was);
    n2_store_login login = {.site = choice->site,
                            .who = choice->who,
                            .as = choice->as,
                            .is_allowed = choice->is_allowed,
                            .last_us = c->wall_us,
                            .number = was.login.number,
                            .account = was.login.account,
                            .name = choice->name};
    if (choice->is_move) /* nobody chose anything */
        login = was.login;
    if (is_account) {
        login.number = choice->number;
        login.account = choice->account;
    }
    n2_err err = choice->is_move && !was.is_there ? N2_OK /* forgotten meanwhile */
                                                  : n2_store_login_put(c->config.store, &login);

    if (err)
        n2_control_log(c, "a log-in cannot be written down: %s", n2_err_text(err));
    else
        n2_control_changed(c, "accounts");
}

void
n2_site_over(n2_control *c, const n2_id *who)
{
    bool is_any = false;

    for (size_t i = 0; c->sites && i < N2_SITE_CHOICES_MAX; i++) {
        site_choice *choice = &c->sites[i];

        if (!n2_id_is_set(&choice->site) || choice->is_allowed ||
            choice->as == N2_STORE_AS_NOBODY || (who && !n2_id_equal(&choice->who, who)))
            continue;
        *choice = (site_choice){0};
        is_any = true;
    }
    if (is_any)
        n2_control_changed(c, "accounts");
}

bool
n2_site_forget(n2_control *c, const n2_id *site)
{
    site_choice *choice = n2_choice_find(c, site);

    if (!choice)
        return false;
    *choice = (site_choice){0};
    n2_fetch_hide_from(c->fetch, site, c->now_us);
    return true;
}

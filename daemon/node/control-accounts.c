/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-accounts.c - jobs about log-ins: where there were any, and that a site is to ask
 * anew.
 */
#include <string.h>

#include "node/control-private.h"

void
n2_site_put_account(n2_table *t, const n2_key *account)
{
    char text[N2_ID_TEXT_BYTES];
    n2_id id = {.method = account->method};

    if (account->method != N2_KEY_ED25519) /* there is no text for others */
        return;
    memcpy(id.hash, account->bytes, sizeof id.hash);
    n2_id_format(text, N2_ID_ACCOUNT, &id);
    n2_table_text(t, "account", text);
}

typedef struct {
    n2_control *c;
    n2_table *t;
} listing;

static bool
put_login_cb(void *user, const n2_store_login *l)
{
    static const char *const words[] = {"nobody", "account", "identity"};
    listing *to = user;

    n2_table_row(to->t);
    n2_table_id(to->t, "site", N2_ID_IDENTITY, &l->site);
    n2_table_text(to->t, "name", l->name);
    n2_table_id(to->t, "identity", N2_ID_IDENTITY, &l->who);
    n2_table_text(to->t, "as", words[l->as]);
    n2_table_int(to->t, "last", l->last_us);
    n2_table_bool(to->t, "allowed", l->is_allowed);
    n2_table_bool(to->t, "session", n2_choice_is_for_session(to->c, l));
    n2_site_put_account(to->t, &l->account);
    return true;
}

void
n2_site_job(n2_control *c, job *j)
{
    listing to = {.c = c};
    n2_id site = {0};
    n2_err err = N2_OK;

    if (j->kind == N2_JOB_ID_ACCOUNTS) {
        to.t = n2_table_new();
        err = n2_store_logins(c->config.store, NULL, put_login_cb, &to);
        if (err) {
            n2_table_free(to.t);
            n2_job_failed(c, j, err);
        } else {
            n2_job_done(c, j, to.t);
        }
        return;
    }
    err = j->address ? n2_name_resolve(c, j->address, &site) : N2_ERR_USAGE;
    if (!err)
        err = n2_store_login_drop(c->config.store, &site);
    if (n2_id_is_set(&site) && n2_site_forget(c, &site) && err == N2_ERR_NOTFOUND)
        err = N2_OK;
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    n2_control_changed(c, "accounts");
    n2_job_done(c, j, NULL);
}

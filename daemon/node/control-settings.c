/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-settings.c - what the user wants of sign-ins, and as whom he publishes.
 *
 * Both are kept in the store, as small texts.  What the operator wrote down for this node
 * (n2_control_config) stays as it is: the user may look at it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"
#include "store/book.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

/* Names of settings in the store: of profiles, so for good. */
#define HOURS "session-hours"
#define TOKEN "session-token-removed"
#define SCREEN "session-screen-locked"
#define PUBLISHER "publisher"

static const char fixed_why[] = N_("the configuration of this node says it");
static const char fixed_next[] = N_("Change it in net2o.conf, and start the node anew.");

/* ---- who publishes ---- */

/* The own identity that may still speak; of an ended one its successor, if that is ours too. */
static const own_identity *
live_own(n2_control *c, const n2_id *who)
{
    n2_id at = *who;

    for (size_t i = 0; i <= c->n_owns; i++) {
        const own_identity *own = n2_keys_own(c, &at);
        n2_identity identity;

        if (!own || n2_keys_identity(c, &at, &identity))
            return NULL;
        if (identity.state != N2_IDENTITY_ENDED)
            return own;
        at = identity.successor;
    }
    return NULL;
}

/* The one that was written down; NULL: none, or it is over. */
static const own_identity *
chosen(n2_control *c)
{
    char *text = NULL;
    n2_id who;

    if (n2_store_setting_get(c->config.store, PUBLISHER, &text))
        return NULL;
    n2_err err = n2_id_parse(&who, N2_ID_IDENTITY, text, strlen(text));

    free(text);
    return err ? NULL : live_own(c, &who);
}

const own_identity *
n2_publisher(n2_control *c)
{
    const own_identity *own = c->n_owns ? chosen(c) : NULL;

    if (!own && c->n_owns)
        own = live_own(c, &c->owns[0].who);
    return own ? own : c->n_owns ? c->owns : NULL;
}

/* From now on @who publishes, unless another is named. */
static n2_err
choose(n2_control *c, const n2_id *who)
{
    char text[N2_ID_TEXT_BYTES];

    n2_id_format(text, N2_ID_IDENTITY, who);
    return n2_store_setting_set(c->config.store, PUBLISHER, text);
}

/* ---- sessions ---- */

/* A number up to @max that the user has set; @built_in: none, or it cannot be read. */
static unsigned
number_of(n2_control *c, const char *name, unsigned max, unsigned built_in)
{
    char *text = NULL;

    if (n2_store_setting_get(c->config.store, name, &text))
        return built_in;
    unsigned long value = strtoul(text, NULL, 10);

    free(text);
    return value <= max ? (unsigned)value : built_in;
}

/* The keys process begins with what the operator says. */
static void
tell_keys(n2_control *c)
{
    const n2_keys_request request = {.kind = N2_KEYS_PULL, .reason = !c->sessions.token_stays};
    key_request extra = {0};

    if (n2_keys_ask(c, &request, &extra))
        n2_control_log(c, "the keys process cannot be told what a pulled token means");
}

void
n2_settings_begin(n2_control *c)
{
    unsigned fixed = c->config.session_fixed;
    unsigned hours = c->config.session_hours ? c->config.session_hours : N2_SESSION_HOURS;

    if (!(fixed & N2_SESSION_SAYS_HOURS))
        hours = number_of(c, HOURS, N2_SESSION_HOURS_MAX, hours);
    c->sessions.hours = (uint8_t)(hours ? hours : N2_SESSION_HOURS);
    c->sessions.token_stays = c->config.token_stays;
    c->sessions.screen_stays = c->config.screen_stays;
    if (!(fixed & N2_SESSION_SAYS_TOKEN))
        c->sessions.token_stays = !number_of(c, TOKEN, 1, !c->config.token_stays);
    if (!(fixed & N2_SESSION_SAYS_SCREEN))
        c->sessions.screen_stays = !number_of(c, SCREEN, 1, !c->config.screen_stays);
    n2_settings_tell(c);
}

void
n2_settings_tell(n2_control *c)
{
    if (c->sessions.token_stays != c->config.token_stays)
        tell_keys(c);
}

static void
put_fixed(const n2_control *c, n2_table *t)
{
    static const struct {
        unsigned bit;
        const char *name;
    } all[] = {{N2_SESSION_SAYS_HOURS, "hours"},
               {N2_SESSION_SAYS_TOKEN, "token-removed"},
               {N2_SESSION_SAYS_SCREEN, "screen-locked"}};
    char text[64] = "";
    size_t used = 0;

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (c->config.session_fixed & all[i].bit)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? " " : "",
                                     all[i].name);
    n2_table_text(t, "fixed", text);
}

static void
show(n2_control *c, job *j)
{
    const own_identity *own = n2_publisher(c);
    char publisher[N2_ID_TEXT_BYTES] = "";
    n2_table *t = n2_job_row();

    if (own)
        n2_id_format(publisher, N2_ID_IDENTITY, &own->who);
    n2_table_int(t, "hours", c->sessions.hours);
    n2_table_bool(t, "token-removed", !c->sessions.token_stays);
    n2_table_bool(t, "screen-locked", !c->sessions.screen_stays);
    n2_table_text(t, "publisher", publisher);
    put_fixed(c, t);
    n2_job_done(c, j, t);
}

static n2_err
keep(n2_control *c, const char *name, unsigned value)
{
    char text[16];

    (void)snprintf(text, sizeof text, "%u", value);
    return n2_store_setting_set(c->config.store, name, text);
}

/* What is said: bits N2_SESSION_SAYS_*. */
static unsigned
said_of(const job *j)
{
    return (j->flags / N2_SETTINGS_SAID & N2_SETTINGS_ALL) |
           (j->number ? N2_SESSION_SAYS_HOURS : 0);
}

static n2_err
change(n2_control *c, const job *j)
{
    unsigned said = said_of(j);
    bool token_stays = !(j->flags & N2_SESSION_SAYS_TOKEN);
    bool screen_stays = !(j->flags & N2_SESSION_SAYS_SCREEN);
    n2_err err = N2_OK;

    if (said & N2_SESSION_SAYS_HOURS)
        err = keep(c, HOURS, (unsigned)j->number);
    if (!err && said & N2_SESSION_SAYS_HOURS)
        c->sessions.hours = (uint8_t)j->number;
    if (!err && said & N2_SESSION_SAYS_TOKEN)
        err = keep(c, TOKEN, !token_stays);
    if (!err && said & N2_SESSION_SAYS_TOKEN && c->sessions.token_stays != token_stays) {
        c->sessions.token_stays = token_stays;
        tell_keys(c);
    }
    if (!err && said & N2_SESSION_SAYS_SCREEN)
        err = keep(c, SCREEN, !screen_stays);
    if (!err && said & N2_SESSION_SAYS_SCREEN)
        c->sessions.screen_stays = screen_stays;
    return err;
}

void
n2_settings_job(n2_control *c, job *j)
{
    n2_err err = j->number < 0 || j->number > N2_SESSION_HOURS_MAX ? N2_ERR_USAGE : N2_OK;

    if (!err && said_of(j) & c->config.session_fixed) {
        n2_job_failed_words(c, j, N2_ERR_REFUSED, fixed_why, fixed_next);
        return;
    }
    if (!err && j->address && !n2_identity_own(c, j, j->address, &j->who))
        return;
    if (!err && (said_of(j) || j->address)) {
        err = change(c, j);
        if (!err && j->address)
            err = choose(c, &j->who);
        n2_identity_changed(c, NULL); /* also of what was kept before it failed */
    }
    if (err)
        n2_job_failed(c, j, err);
    else
        show(c, j);
}

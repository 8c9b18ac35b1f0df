/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-bring.c - an identity that is there already comes to this computer.
 *
 * test-bring [FOLDER]: with pictures of every page, into FOLDER.
 */
#include <glib/gi18n.h>
#include <string.h>

#include "assistant.h"

static void
go_bring(scene *s)
{
    give_name(s);
    ui_click(ui_get(root(s), BUTTON, _("I already have one")));
    wait_for(s, _("Bring your identity here"));
}

/* From another device: three words, that are compared; or its answer, by the clipboard. */
static void
test_bring(void)
{
    scene s;

    set_up(&s);
    go_bring(&s);
    pictures(&s, "bring");
    key("Return"); /* the focus is on the first way */
    wait_for(&s, _("Where is the other device?"));
    type("k1-far");
    pictures(&s, "bring-words");
    key("Return");
    wait_for(&s, "harbour lemon quiet");
    pictures(&s, "same");
    ui_click(ui_get(root(&s), BUTTON, _("No")));
    wait_for(&s, _("Where is the other device?"));
    ui_sleep(50);
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_PAIR), ==, 1);
    ui_click(ui_get(root(&s), BUTTON, _("Connect")));
    wait_for(&s, "harbour lemon quiet");
    ui_click(ui_get(root(&s), BUTTON, _("They Are the Same")));
    wait_for(&s, "Nora");
    tear_down(&s);

    set_up(&s);
    go_bring(&s);
    ui_click(ui_get(root(&s), BUTTON, _("By file or picture")));
    wait_for(&s, _("Ask your other device"));
    ui_sleep(50);
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_DRAW), ==, 1);
    ui_click(ui_get(root(&s), BUTTON, _("Copy")));
    pictures(&s, "bring-file");
    ui_click(ui_get(root(&s), BUTTON, _("Paste"))); /* any text is the node's to judge */
    wait_for(&s, "Nora");
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_IMPORT), ==, 1);
    tear_down(&s);
}

/* The sheet alone: a new identity is made, and ends the old one; wrong words do not. */
static void
test_lost(void)
{
    scene s;

    set_up(&s);
    n2_fake_identities_plug(s.fake, "Nitrokey 3", "ok", NULL, NULL);
    go_bring(&s);
    ui_click(ui_get(root(&s), BUTTON, _("From the recovery sheet")));
    wait_for(&s, _("What does the sheet say?"));
    type("able acid");
    key("Return");
    type("k1-old");
    pictures(&s, "lost");
    key("Return");
    wait_for(&s, _("Who will you be?"));
    ui_click(ui_get(root(&s), BUTTON, _("Use a security token")));
    wait_for(&s, _("Give the token’s PIN"));
    type(N2_FAKE_PIN);
    key("Return");
    wait_for(&s, _("Touch the token"));
    n2_fake_identities_touch(s.fake);
    wait_for(&s, _("That did not work"));
    g_assert_false(n2_fake_identities_was_ended(s.fake));
    key("Return"); /* back to the words */
    wait_for(&s, _("What does the sheet say?"));
    GtkWidget *typed = ui_get(root(&s), GTK_ACCESSIBLE_ROLE_TEXT_BOX, _("The 13 words"));
    gtk_editable_set_text(GTK_EDITABLE(typed), N2_FAKE_WORDS);
    ui_click(ui_get(root(&s), BUTTON, _("Go On")));
    wait_for(&s, _("Now a second token"));
    g_assert_true(n2_fake_identities_was_ended(s.fake));
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_MAKE), ==, 1);
    tear_down(&s);
}

int
main(int argc, char **argv)
{
    assistant_init(&argc, &argv);
    g_test_add_func("/bring/other", test_bring);
    g_test_add_func("/bring/lost", test_lost);
    return g_test_run();
}

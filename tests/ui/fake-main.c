/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-main.c - the browser as a program of its own, over the source in memory, for journey.py.
 */
#include "application.h"
#include "fake-source.h"

int
main(int argc, char **argv)
{
    g_autofree char *folder = g_dir_make_tmp("n2-ui-XXXXXX", NULL);
    g_autoptr(N2Application) app = n2_application_new(folder, N2_SOURCE(n2_fake_source_new()));

    return g_application_run(G_APPLICATION(app), argc, argv);
}

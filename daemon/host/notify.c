/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * notify.c - word to the service manager, as sd_notify(3) defines it.
 */
#include "host/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int
n2_notify_open(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = path ? strlen(path) : 0;

    if (len < 2 || len >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@'))
        return -1;
    memcpy(to.sun_path, path, len);
    if (path[0] == '@')
        to.sun_path[0] = 0; /* abstract name */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to,
                           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

void
n2_notify(int fd, const char *state)
{
    if (fd < 0)
        return;
    ssize_t sent = send(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent; /* the manager is gone, or not listening: nothing to be done about it */
}

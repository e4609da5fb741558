/* One question to an engine, with the plainest HTTP there is: connection closed behind the reply,
 * no chunks. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include "doctor.h"
#include "te/base/buf.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/text/json.h"

static const double patience = 10; /* s for a whole reply */

static int connect_to(const char *socket_text, struct te_err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = socket_text + strlen("unix://");
    size_t len = strlen(path);
    if (len >= sizeof address.sun_path)
        return te_err_set(err, TE_ERR_USAGE, "path '%s' is longer than a socket's may be (%zu)",
                          path, sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, len + 1);
    te_cleanup(te_fd_cleanup) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot make a socket");
    struct timeval wait = {.tv_sec = 5};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) != 0)
        return te_err_sys(err, TE_ERR_IO, "cannot set a socket's timeouts");
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        return te_err_sys(err, errno == ENOENT ? TE_ERR_NOENT : TE_ERR_IO, "socket '%s'", path);
    int open_fd = fd;
    fd = -1;
    return open_fd;
}

static int receive(int fd, struct te_buf *reply, struct te_err *err)
{
    double deadline = te_clock_mono() + patience;
    for (;;) {
        char part[8192];
        ssize_t n = read(fd, part, sizeof part);
        if (n == 0)
            return te_buf_check(reply, err);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return te_err_sys(err, TE_ERR_INFRA, "cannot read the engine's reply");
        if (n > 0)
            te_buf_add(reply, part, (size_t)n);
        if (te_clock_mono() > deadline || (n < 0 && errno == EAGAIN))
            return te_err_set(err, TE_ERR_TIMEOUT, "the engine does not answer in time");
    }
}

static json_t *parse(const struct te_buf *reply, int *status, struct te_err *err)
{
    const char *body = reply->data ? strstr(reply->data, "\r\n\r\n") : NULL;
    if (!body || sscanf(reply->data, "HTTP/1.%*1[01] %3d", status) != 1) {
        te_err_set(err, TE_ERR_INFRA, "what answers is not an engine: no HTTP reply");
        return NULL;
    }
    body += 4;
    size_t len = reply->len - (size_t)(body - reply->data);
    json_t *json = te_json_parse(body, len, "the engine's reply", err);
    if (!json && *status != 200) {
        te_err_set(err, TE_ERR_INFRA, "HTTP status %d", *status);
        return NULL;
    }
    return json;
}

json_t *doctor_get(const char *socket_text, const char *path, int *status, struct te_err *err)
{
    te_cleanup(te_fd_cleanup) int fd = connect_to(socket_text, err);
    char request[1024];
    int n = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\nHost: docker\r\n\r\n", path);
    if (fd < 0)
        return NULL;
    if (n < 0 || (size_t)n >= sizeof request) {
        te_err_set(err, TE_ERR_LIMIT, "request '%.80s...' is too long", path);
        return NULL;
    }
    if (te_fs_write_all(fd, request, (size_t)n, err) < 0)
        return NULL;
    struct te_buf reply;
    te_buf_init(&reply, TE_MAX_HTTP_BODY);
    json_t *json = receive(fd, &reply, err) == 0 ? parse(&reply, status, err) : NULL;
    te_buf_release(&reply);
    return json;
}

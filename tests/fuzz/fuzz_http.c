/* What comes back over the engine's socket, as bytes: a thread answers the requests of
 * te_docker_open and of a list of containers with the input, cut into pieces (first byte: their
 * size) and then hangs up. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "te/adapter/docker.h"
#include "te/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[60], host[80];
static int listener = -1;
/* The thread may still write when the caller has hung up: what it writes is its own. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char answer[1 << 16];
static size_t answer_len, piece;

static void leave(void)
{
    unlink(path);
}

static void reply(int fd)
{
    char request[4096];
    size_t n = 0;
    while (n < sizeof request - 1 && !(n >= 4 && memcmp(request + n - 4, "\r\n\r\n", 4) == 0)) {
        ssize_t k = read(fd, request + n, 1);
        if (k <= 0)
            return;
        n += (size_t)k;
    }
    pthread_mutex_lock(&lock);
    for (size_t at = 0; at < answer_len; at += piece) {
        size_t len = answer_len - at < piece ? answer_len - at : piece;
        if (send(fd, answer + at, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
            break;
    }
    pthread_mutex_unlock(&lock);
}

static void *serve(void *arg)
{
    (void)arg;
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        reply(fd);
        close(fd);
    }
    return NULL;
}

static void prepare(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    pthread_t thread;
    snprintf(path, sizeof path, "/tmp/te-fuzz-http.%ld", (long)getpid());
    snprintf(host, sizeof host, "unix://%s", path);
    snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
    unlink(path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&addr, sizeof addr) != 0 ||
        listen(listener, 50) != 0 || pthread_create(&thread, NULL, serve, NULL) != 0)
        abort();
    atexit(leave);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct te_err err = TE_ERR_INIT;
    struct te_docker *docker = NULL;
    struct te_engine_item *items = NULL;
    size_t n = 0;
    if (listener < 0)
        prepare();
    if (size < 1 || size > sizeof answer)
        return 0;
    pthread_mutex_lock(&lock);
    piece = 1 + (size_t)data[0] * 16;
    memcpy(answer, data + 1, size - 1);
    answer_len = size - 1;
    pthread_mutex_unlock(&lock);
    if (te_docker_open(host, 2, &docker, &err) < 0)
        return err.text[0] ? 0 : (abort(), 0);
    if (te_docker_list(docker, NULL, NULL, &items, &n, &err) == 0)
        te_free(items);
    te_docker_close(docker);
    return 0;
}

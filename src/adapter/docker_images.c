/* Images as archives, for hosts that lack them. */
#include <errno.h>
#include <string.h>
#include "te/adapter/docker.h"
#include "te/base/mem.h"

struct sink {
    FILE *out;
    int error; /* errno of the first write that failed */
};

static void to_file(void *arg, const char *data, size_t len)
{
    struct sink *sink = arg;
    if (!sink->error && fwrite(data, 1, len, sink->out) != len)
        sink->error = errno ? errno : EIO;
}

static int expect_200(const struct te_http_call *call, const char *what, struct te_err *err)
{
    char text[200];
    if (call->status == 200)
        return 0;
    te_engine_message(call->body.data, call->body.len, text, sizeof text);
    return te_err_set(err, TE_ERR_INFRA, "%s: the engine answers %ld: %s", what, call->status,
                      text);
}

static int save(struct te_docker *docker, const char *image, FILE *out, struct te_err *err)
{
    struct sink sink = {.out = out};
    struct te_http_call *call;
    struct te_buf name;
    te_buf_init(&name, 4096);
    te_engine_escape(&name, image);
    te_autofree char *path =
        te_asprintf(err, "/v%s/images/%s/get", docker->version, name.data ? name.data : "");
    te_buf_release(&name);
    struct te_http_request q = {.method = "GET", .path = path, .sink = to_file, .arg = &sink};
    if (!path || te_http_do(docker->http, &q, &call, err) < 0)
        return -1;
    int rc = call->status == 200
                 ? 0
                 : te_err_set(err, TE_ERR_INFRA, "image '%s': the engine answers %ld", image,
                              call->status);
    te_http_free(docker->http, call);
    if (rc == 0 && sink.error) {
        errno = sink.error;
        return te_err_sys(err, TE_ERR_IO, "image '%s' cannot be written", image);
    }
    return rc;
}

int te_docker_save(struct te_docker *docker, const char *image, const char *path,
                   struct te_err *err)
{
    FILE *out = fopen(path, "wbe");
    if (!out)
        return te_err_sys(err, TE_ERR_IO, "cannot write '%s'", path);
    int rc = save(docker, image, out, err);
    if (fclose(out) != 0 && rc == 0)
        rc = te_err_sys(err, TE_ERR_IO, "cannot write '%s'", path);
    return rc;
}

/* The engine answers 200 before it has read everything; a fault then stands in the text. */
int te_docker_load(struct te_docker *docker, FILE *in, int64_t size, struct te_err *err)
{
    struct te_http_call *call;
    te_autofree char *path = te_asprintf(err, "/v%s/images/load?quiet=1", docker->version);
    struct te_http_request q = {.method = "POST", .path = path, .upload = in, .upload_size = size};
    if (!path || te_http_do(docker->http, &q, &call, err) < 0)
        return -1;
    int rc = expect_200(call, "an image cannot be loaded", err);
    if (rc == 0 && call->body.data && strstr(call->body.data, "\"error\""))
        rc = te_err_set(err, TE_ERR_INFRA, "an image cannot be loaded: %.300s", call->body.data);
    te_http_free(docker->http, call);
    return rc;
}

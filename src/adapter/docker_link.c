/* The connection to the engine, for callers that may block for a moment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "te/adapter/docker.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"

int te_docker_do(struct te_docker *d, const char *method, const char *path, const char *body,
                 double timeout, struct te_http_call **out, struct te_err *err)
{
    bool bare = d->version[0] == '\0';
    te_autofree char *full =
        te_asprintf(err, "%s%s%s", bare ? "" : "/v", bare ? "" : d->version, path);
    if (!full)
        return -1;
    struct te_http_request q = {.method = method, .path = full, .body = body, .timeout = timeout};
    return te_http_do(d->http, &q, out, err);
}

/* The reply's status as an error, unless it is below 300. */
static int check_status(const struct te_http_call *call, struct te_err *err)
{
    char text[200];
    if (call->status < 300)
        return 0;
    te_engine_message(call->body.data, call->body.len, text, sizeof text);
    return te_err_set(err, call->status == 404 ? TE_ERR_NOENT : TE_ERR_INFRA,
                      "the engine answers %ld: %s", call->status, text);
}

static int ask_facts(struct te_docker *d, double timeout, struct te_err *err)
{
    struct te_http_call *call = NULL;
    char version[TE_ENGINE_VERSION];
    if (te_docker_do(d, "GET", "/version", NULL, timeout, &call, err) < 0)
        return -1;
    int rc = check_status(call, err);
    if (rc == 0)
        rc = te_engine_negotiate(call->body.data, call->body.len, version, err);
    te_http_free(d->http, call);
    if (rc < 0)
        return -1;
    memcpy(d->version, version, sizeof version);
    if (te_docker_do(d, "GET", "/info", NULL, timeout, &call, err) < 0)
        return -1;
    rc = check_status(call, err);
    if (rc == 0)
        rc = te_engine_parse_info(call->body.data, call->body.len, &d->info, err);
    te_http_free(d->http, call);
    return rc;
}

void te_docker_leave_group(struct te_docker *d)
{
    if (!te_cgroups_cpuset(&d->groups, d->cpuset, sizeof d->cpuset))
        d->cpuset[0] = '\0';
    d->groups.parent[0] = '\0';
    d->groups.version = 0;
    d->groups.slices = false;
}

/* A parent may be any path only where the engine makes its groups itself, in the same version; else
 * it is a slice. */
static void find_groups(struct te_docker *d)
{
    struct te_batch batch;
    te_batch_read(getenv, &batch);
    memcpy(d->job, batch.id, sizeof d->job);
    te_cgroups_probe("/sys/fs/cgroup", &d->groups);
    bool same = d->groups.mounted == d->info.cgroup_version;
    if (!d->info.cgroupfs || !same)
        te_docker_leave_group(d);
    if (!d->info.cgroupfs && same)
        te_cgroups_use_slices(&d->groups);
}

int te_docker_open(const char *host, double timeout, struct te_docker **out, struct te_err *err)
{
    struct te_docker *d = te_zalloc(1, sizeof *d, err);
    if (!d)
        return -1;
    if (te_http_open(host, &d->http, err) < 0 || ask_facts(d, timeout, err) < 0) {
        te_docker_close(d);
        return -1;
    }
    find_groups(d);
    *out = d;
    return 0;
}

void te_docker_close(struct te_docker *d)
{
    if (!d)
        return;
    te_http_close(d->http);
    te_free(d);
}

int te_docker_list(struct te_docker *d, const char *label, const char *run,
                   struct te_engine_item **items, size_t *count, struct te_err *err)
{
    struct te_buf filter, path;
    te_buf_init(&filter, 4096);
    te_buf_init(&path, 16384);
    te_buf_addf(&filter, "{\"label\":[\"" TE_LABEL "%s%s\"", label ? "=" : "", label ? label : "");
    if (run)
        te_buf_addf(&filter, ",\"" TE_LABEL_RUN "=%s\"", run);
    te_buf_adds(&filter, "]}");
    te_buf_adds(&path, "/containers/json?all=1&filters=");
    if (!filter.failed)
        te_engine_escape(&path, filter.data);
    struct te_http_call *call = NULL;
    int rc = te_buf_check(&filter, err) < 0 ? -1 : te_buf_check(&path, err);
    if (rc == 0)
        rc = te_docker_do(d, "GET", path.data, NULL, 30, &call, err);
    if (rc == 0)
        rc = check_status(call, err);
    if (rc == 0)
        rc = te_engine_parse_list(call->body.data, call->body.len, items, count, err);
    te_http_free(d->http, call);
    te_buf_release(&filter);
    te_buf_release(&path);
    return rc;
}

static const double remove_timeout = 60; /* s */

int te_docker_remove(struct te_docker *d, const char *id, double timeout, struct te_err *err)
{
    char path[200];
    struct te_http_call *call = NULL;
    snprintf(path, sizeof path, "/containers/%s?force=1&v=1", id);
    if (te_docker_do(d, "DELETE", path, NULL, timeout, &call, err) < 0)
        return -1;
    /* 409: its removal is going on already */
    int rc = call->status == 404 || call->status == 409 ? 0 : check_status(call, err);
    te_http_free(d->http, call);
    return rc;
}

int te_docker_sweep(struct te_docker *d, const char *label, size_t *count, struct te_err *err)
{
    te_autofree struct te_engine_item *items = NULL;
    size_t n = 0;
    int rc = te_docker_list(d, label, NULL, &items, &n, err);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = te_docker_remove(d, items[i].id, remove_timeout, err);
    *count = n;
    return rc;
}

int te_docker_image(struct te_docker *d, const char *image, struct te_engine_image *out,
                    struct te_err *err)
{
    struct te_buf path;
    te_buf_init(&path, 4096);
    te_buf_adds(&path, "/images/");
    te_engine_escape(&path, image);
    te_buf_adds(&path, "/json");
    struct te_http_call *call = NULL;
    int rc =
        te_buf_check(&path, err) < 0 ? -1 : te_docker_do(d, "GET", path.data, NULL, 30, &call, err);
    te_buf_release(&path);
    if (rc < 0)
        return -1;
    *out = (struct te_engine_image){.id = ""};
    if (call->status != 404)
        rc = check_status(call, err);
    if (rc == 0 && call->status != 404)
        rc = te_engine_parse_image(call->body.data, call->body.len, out, err);
    te_http_free(d->http, call);
    return rc;
}

/* Id of any image, for what needs no particular one. */
static int any_image(struct te_docker *d, struct te_engine_image *out, struct te_err *err)
{
    struct te_http_call *call = NULL;
    if (te_docker_do(d, "GET", "/images/json", NULL, 30, &call, err) < 0)
        return -1;
    int rc = check_status(call, err);
    if (rc == 0)
        rc = te_engine_parse_image(call->body.data, call->body.len, out, err);
    te_http_free(d->http, call);
    return rc;
}

static int run_container(struct te_docker *d, const char *body, struct te_err *err)
{
    struct te_http_call *call = NULL;
    char id[TE_ENGINE_ID] = "", path[160];
    if (te_docker_do(d, "POST", "/containers/create", body, 60, &call, err) < 0)
        return -1;
    int rc = check_status(call, err);
    if (rc == 0)
        rc = te_engine_parse_id(call->body.data, call->body.len, id, err);
    te_http_free(d->http, call);
    static const char *const verbs[] = {"start", "wait"};
    int code = 0;
    for (int i = 0; i < 2 && rc == 0; i++) {
        snprintf(path, sizeof path, "/containers/%s/%s", id, verbs[i]);
        rc = te_docker_do(d, "POST", path, NULL, 120, &call, err);
        if (rc < 0)
            break;
        rc = check_status(call, err);
        if (rc == 0 && i == 1)
            rc = te_engine_parse_wait(call->body.data, call->body.len, &code, err);
        te_http_free(d->http, call);
    }
    struct te_err ignored = TE_ERR_INIT;
    if (*id && te_docker_remove(d, id, remove_timeout, &ignored) < 0 && rc == 0)
        rc = te_err_set(err, (enum te_code)ignored.code, "%s", ignored.text);
    if (rc == 0 && code != 0)
        rc = te_err_set(err, TE_ERR_IO, "rm in a container ends with code %d", code);
    return rc;
}

int te_docker_wipe(struct te_docker *d, const char *image, const char *folder, struct te_err *err)
{
    struct te_engine_image first;
    if (!image && any_image(d, &first, err) < 0)
        return -1;
    te_autofree char *parent = te_fs_dirname(folder, err);
    te_autofree char *bind = parent ? te_asprintf(err, "%s:/scratch:rw", parent) : NULL;
    te_autofree char *inside = te_asprintf(err, "/scratch/%s", te_fs_basename(folder));
    if (!bind || !inside)
        return -1;
    const char *argv[] = {"-rf", "--", inside, NULL};
    const char *lib64 = te_fs_exists("/lib64") ? "/lib64:/lib64:ro" : NULL;
    const char *binds[] = {bind, "/usr:/usr:ro", "/bin:/bin:ro", "/lib:/lib:ro", lib64, NULL};
    const char *labels[] = {TE_LABEL, "wipe", *d->job ? TE_LABEL_JOB : NULL, d->job, NULL};
    struct te_engine_container c = {.image = image ? image : first.id,
                                    .argv = argv,
                                    .entrypoint = "/bin/rm",
                                    .labels = labels,
                                    .binds = binds,
                                    .user = "0"};
    struct te_buf body;
    te_buf_init(&body, TE_MIB);
    int rc = te_engine_create(&c, &body, err);
    if (rc == 0)
        rc = run_container(d, body.data, err);
    te_buf_release(&body);
    return rc < 0 ? te_err_wrap(err, "cannot remove '%s'", folder) : 0;
}

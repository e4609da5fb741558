/* Pulls images before a host works: once for all ranks there, with a word about it now and then. */
#include <stdio.h>
#include <string.h>
#include "te/adapter/docker.h"
#include "te/base/clock.h"
#include "te/base/log.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/units.h"

static const double pull_stall = 300; /* s without a byte */

struct pulling {
    struct te_engine_pulling state;
    struct te_buf line;
    double heard; /* monotonic */
};

static void on_line(void *arg, const char *text, size_t len)
{
    struct pulling *p = arg;
    te_engine_pulling_line(&p->state, text, len);
}

static void on_pull(void *arg, const char *data, size_t len)
{
    struct pulling *p = arg;
    p->heard = te_clock_mono();
    te_engine_lines_feed(&p->line, data, len, on_line, p);
}

static int drive_pull(struct te_docker *docker, const struct te_http_call *call, struct pulling *p,
                      int (*tell)(void *, const struct te_engine_pulling *, struct te_err *),
                      void *arg, struct te_err *err)
{
    while (!call->done) {
        if (te_http_poll(docker->http, 0.2, err) < 0 || tell(arg, &p->state, err) < 0)
            return -1;
        if (!call->done && te_clock_mono() - p->heard > pull_stall)
            return te_err_set(err, TE_ERR_TIMEOUT, "nothing has come for %.0f s (last: %s)",
                              pull_stall, p->state.status);
    }
    if (call->err.code) {
        *err = call->err;
        return -1;
    }
    /* a refusal is a body of its own; after 200 a fault stands among the lines */
    te_engine_lines_feed(&p->line, "\n", 1, on_line, p);
    if (call->status >= 300 || p->state.error[0])
        return te_err_set(err, call->status == 404 ? TE_ERR_NOENT : TE_ERR_INFRA, "%s",
                          p->state.error[0] ? p->state.error : "the engine gives no reason");
    return 0;
}

static int pull(struct te_docker *docker, const char *image,
                int (*tell)(void *, const struct te_engine_pulling *, struct te_err *), void *arg,
                struct te_err *err)
{
    struct te_buf path;
    te_autofree struct pulling *p = te_zalloc(1, sizeof *p, err);
    struct te_http_call *call = NULL;
    if (!p)
        return -1;
    te_buf_init(&path, 8192);
    te_buf_init(&p->line, TE_MIB);
    te_buf_addf(&path, "/v%s", docker->version);
    te_engine_pull(&path, image);
    p->heard = te_clock_mono();
    struct te_http_request q = {.method = "POST", .path = path.data, .sink = on_pull, .arg = p};
    int rc = te_buf_check(&path, err);
    if (rc == 0)
        rc = te_http_start(docker->http, &q, &call, err);
    if (rc == 0)
        rc = drive_pull(docker, call, p, tell, arg, err);
    te_http_free(docker->http, call);
    te_buf_release(&p->line);
    te_buf_release(&path);
    return rc < 0 ? te_err_wrap(err, "image '%s' cannot be pulled", image) : 0;
}

/* ---- all that a host needs ------------------------------------------------------------------- */

static const double tell_every = 5; /* s between two lines about one pull */
enum { PULL_TRIES = 3 };

struct provision {
    const char *image;
    double next_line; /* monotonic */
    te_docker_alive *alive;
    void *arg;
};

static int tell_progress(void *arg, const struct te_engine_pulling *pull, struct te_err *err)
{
    struct provision *p = arg;
    double now = te_clock_mono();
    char have[40], all[40];
    int64_t total, current = te_engine_pulling_bytes(pull, &total);
    if (now >= p->next_line) {
        te_format_size((double)current, have, sizeof have);
        te_format_size((double)total, all, sizeof all);
        if (total > 0)
            te_log(TE_LOG_NOTICE, "image '%s': %.0f %% pulled, %s of %s", p->image,
                   100 * (double)current / (double)total, have, all);
        else if (pull->status[0])
            te_log(TE_LOG_NOTICE, "image '%s': %s", p->image, pull->status);
        p->next_line = now + tell_every;
    }
    return p->alive ? p->alive(p->arg, err) : 0;
}

/* A registry may be busy for a moment; what it has not got it will not get. */
static int pull_one(struct te_docker *docker, struct provision *p, struct te_err *err)
{
    double start = te_clock_mono();
    te_log(TE_LOG_NOTICE, "image '%s': pulling it", p->image);
    for (int i = 1;; i++) {
        struct te_err why = TE_ERR_INIT;
        p->next_line = te_clock_mono() + tell_every;
        if (pull(docker, p->image, tell_progress, p, &why) == 0)
            break;
        if (why.code != TE_ERR_INFRA || i == PULL_TRIES) {
            *err = why;
            return -1;
        }
        te_log(TE_LOG_INFO, "%s; once more", why.text);
        te_clock_sleep(i, 1);
        if (p->alive && p->alive(p->arg, err) < 0)
            return -1;
    }
    te_log(TE_LOG_NOTICE, "image '%s' is there, after %.0f s", p->image, te_clock_mono() - start);
    return 0;
}

int te_docker_provide(struct te_docker *docker, const char *images, bool always,
                      te_docker_alive *alive, void *arg, struct te_err *err)
{
    for (const char *at = images; at && *at;) {
        size_t n = strcspn(at, "\n");
        struct te_engine_image there = {.id = ""};
        te_autofree char *image = te_strndup(at, n, err);
        if (!image || (!always && te_docker_image(docker, image, &there, err) < 0))
            return -1;
        struct provision p = {.image = image, .alive = alive, .arg = arg};
        if (!there.id[0] && pull_one(docker, &p, err) < 0)
            return -1;
        at += n + (at[n] == '\n');
    }
    return 0;
}

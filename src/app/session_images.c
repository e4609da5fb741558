/*
 * Images before the run: where all workers are on this host, rank 0 pulls them itself, so that what
 * cannot be had is told before anything begins; elsewhere each host's leading rank does.
 */
#include <string.h>
#include "session_state.h"
#include "te/adapter/docker.h"
#include "te/base/buf.h"
#include "te/base/max.h"
#include "te/base/mem.h"

/* The images that the plan needs, one a line, each once. */
static char *list_images(const struct session *s, struct te_err *err)
{
    struct te_buf list;
    te_buf_init(&list, TE_MAX_MESSAGE);
    for (size_t i = 0; i < te_plan_algorithm_count(s->plan); i++) {
        struct te_plan_algorithm_info a;
        te_plan_algorithm_get(s->plan, i, &a);
        bool known = a.adapter != TE_ADAPTER_DOCKER || !a.program;
        for (size_t k = 0; k < i && !known; k++) {
            struct te_plan_algorithm_info b;
            te_plan_algorithm_get(s->plan, k, &b);
            known =
                b.adapter == TE_ADAPTER_DOCKER && b.program && strcmp(a.program, b.program) == 0;
        }
        if (!known)
            te_buf_addf(&list, "%s%s", list.len ? "\n" : "", a.program);
    }
    char *text = te_buf_take(&list, err);
    te_buf_release(&list);
    return text;
}

static int pull_here(struct session *s, struct te_err *err)
{
    struct te_run_settings *settings = &s->config->settings;
    struct te_docker *docker = NULL;
    if (te_docker_open(settings->docker_host, 30, &docker, err) < 0)
        return -1;
    int rc = te_docker_provide(docker, s->images, settings->pull == TE_PULL_ALWAYS,
                               session_heed_signals, NULL, err);
    te_docker_close(docker);
    if (rc < 0 && err->code != TE_ERR_CANCELED && err->code != TE_ERR_NOMEM) {
        err->code = TE_ERR_USAGE;
        return te_err_wrap(err, "[docker] pull");
    }
    return rc;
}

int session_get_images(struct session *s, struct te_err *err)
{
    if (s->config->settings.pull == TE_PULL_NEVER)
        return 0;
    s->images = list_images(s, err);
    if (!s->images)
        return -1;
    if (!*s->images || !session_one_host(s))
        return 0;
    if (pull_here(s, err) < 0)
        return -1;
    te_free(s->images); /* they are there: workers need not pull */
    s->images = NULL;
    return 0;
}

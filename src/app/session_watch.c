/* What a run shows while it goes on: progress, the status file, the result file without scores. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <jansson.h>
#include "session_state.h"
#include "show.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/base/sig.h"
#include "te/base/units.h"

static const double status_every = 2; /* s */
static const double stop_within = 6;  /* s for workers to answer an orderly stop */

/* ---- status file ----------------------------------------------------------------------------- */

static json_t *slots_json(const struct session *s, double now)
{
    json_t *slots = json_array();
    for (size_t i = 0; slots && s->driver && i + 1 < (size_t)s->o->transport->count; i++) {
        double since;
        const char *host;
        int64_t task = te_driver_running(s->driver, i, &since, &host);
        const struct te_experiment *e = task >= 0 ? te_plan_get(s->plan, (size_t)task) : NULL;
        const struct te_dataset *d = e ? &s->datasets.items[e->dataset] : NULL;
        json_t *slot = json_pack(
            "{s:I, s:s, s:s, s:I, s:f, s:s, s:s, s:s}", "rank", (json_int_t)i + 1, "host", host,
            "state", te_driver_slot_state(s->driver, i), "experiment", (json_int_t)task, "seconds",
            e ? now - since : 0.0, "algorithm", e ? s->config->algorithms[e->algorithm].name : "",
            "collection", d ? d->collection : "", "dataset", d ? d->name : "");
        if (!slot || json_array_append_new(slots, slot) != 0)
            break;
    }
    return slots;
}

int session_write_status(struct session *s, double now, const char *state, struct te_err *err)
{
    const struct te_run_progress *p = &s->progress;
    double eta = te_progress_eta(p, now);
    char idle[300] = "";
    if (s->driver)
        te_driver_why_idle(s->driver, idle, sizeof idle);
    te_autofree char *path = te_fs_join(s->folder, "status.json", err);
    json_t *status = json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:o}", "run",
        s->name, "idle", idle, "state", state, "host", s->host.name, "pid", (json_int_t)getpid(),
        "updated", te_clock_real(), "total", (json_int_t)p->total, "done", (json_int_t)p->done,
        "ok", (json_int_t)p->by_status[TE_STATUS_OK], "error",
        (json_int_t)p->by_status[TE_STATUS_ERROR], "timeout",
        (json_int_t)p->by_status[TE_STATUS_TIMEOUT], "oom", (json_int_t)p->by_status[TE_STATUS_OOM],
        "eta", eta >= 0 ? json_real(eta) : json_null(), "lost_workers",
        (json_int_t)(s->driver ? te_driver_lost(s->driver) : 0), "slots", slots_json(s, now));
    char *text = status ? json_dumps(status, JSON_INDENT(1)) : NULL;
    int rc = path && text ? te_fs_write_atomic(path, text, strlen(text), err)
                          : te_err_set(err, TE_ERR_NOMEM, "cannot make the status file");
    free(text);
    json_decref(status);
    return rc;
}

/* ---- stopping -------------------------------------------------------------------------------- */

static int heed_signals(struct session *s, double now, struct te_err *err)
{
    enum te_sig_request wish = te_sig_requested();
    if (wish == TE_SIG_NONE)
        return 0;
    if (!s->draining) {
        s->draining = true;
        s->drain_since = now;
        te_log(TE_LOG_NOTICE, "stopping in order: nothing new starts, what runs is stopped");
        return te_driver_drain(s->driver, err);
    }
    if (wish == TE_SIG_ABORT || now - s->drain_since > stop_within)
        return te_err_set(err, TE_ERR_CANCELED, "stopped at once");
    return 0;
}

int session_watch(void *arg, double now, struct te_err *err)
{
    struct session *s = arg;
    struct te_err why = TE_ERR_INIT;
    if (heed_signals(s, now, err) < 0)
        return -1;
    show_progress(s->config->progress, &s->progress, now, &s->next_progress);
    if (now >= s->next_status) {
        s->next_status = now + status_every;
        if (session_write_status(s, now, s->draining ? "stopping" : "running", &why) < 0)
            te_log(TE_LOG_INFO, "%s", why.text);
    }
    session_refresh(s, now);
    return 0;
}

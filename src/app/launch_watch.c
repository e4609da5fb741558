/* What the launcher shows while the run goes on: its status file, and a bar where that makes sense.
 */
#include "launch.h"
#include "show.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/text/json.h"

enum { ASK_TIMEOUT = 40 };

static size_t number(const json_t *status, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(status, key));
    return value > 0 ? (size_t)value : 0;
}

/* The pace is not in the file, the time that is left is: a pace that gives it. */
static void take_progress(struct launch *launch, const json_t *status, double now)
{
    static const char *const words[TE_STATUS_COUNT] = {[TE_STATUS_OK] = "ok",
                                                       [TE_STATUS_ERROR] = "error",
                                                       [TE_STATUS_TIMEOUT] = "timeout",
                                                       [TE_STATUS_OOM] = "oom"};
    struct te_run_progress p = {.total = number(status, "total"), .done = number(status, "done")};
    const json_t *slots = json_object_get(status, "slots"), *slot,
                 *eta = json_object_get(status, "eta");
    size_t i;
    for (i = 0; i < TE_STATUS_COUNT; i++)
        p.by_status[i] = number(status, words[i]);
    json_array_foreach(slots, i, slot)
    {
        p.slots++;
        p.running += json_integer_value(json_object_get(slot, "experiment")) >= 0;
    }
    if (json_is_number(eta) && p.total > p.done) {
        p.done_here = 1;
        p.started = now - json_number_value(eta) / (double)(p.total - p.done);
    }
    launch->progress = p;
}

void launch_watch(struct launch *launch, double now)
{
    struct te_err err = TE_ERR_INIT;
    struct te_aframe reply;
    struct lhost *host = launch_scheduler(launch);
    te_autofree char *from = te_asprintf(&err, "%s/status.json", launch->remote_run);
    te_autofree char *to = te_fs_join(launch->folder, "status.json", &err);
    if (!host || !from || !to)
        return;
    json_t *head = json_pack("{s:s, s:s, s:i}", "op", "get", "path", from, "offset", 0);
    if (lhost_ask(&launch->hosts, host, head, ASK_TIMEOUT, &reply, &err) < 0)
        return; /* not written yet, or no answer: the next look tells */
    json_t *status = te_json_parse((const char *)reply.data, reply.len, from, &err);
    if (json_is_object(status)) {
        take_progress(launch, status, now);
        if (te_fs_write_atomic(to, reply.data, reply.len, &err) < 0)
            te_log(TE_LOG_INFO, "%s", err.text);
    }
    json_decref(status);
    te_aframe_release(&reply);
}

void launch_show(struct launch *launch, double now)
{
    if (launch->bar && launch->progress.total > 0)
        show_progress(launch->config->progress, &launch->progress, now, &launch->next_progress);
}

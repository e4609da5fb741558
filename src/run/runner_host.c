/* What a runner needs of its host: scratch folder, engine, guardian; and how it lets go of them. */
#include <string.h>
#include "runner_state.h"
#include "te/adapter/docker.h"
#include "te/adapter/guardian.h"
#include "te/base/fs.h"
#include "te/base/hash.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/run/clean.h"

static void fill_env(struct te_runner *r)
{
    r->env = (struct te_adapter_env){.settings = r->settings,
                                     .host = r->host,
                                     .rank = r->rank,
                                     .slot = r->slot,
                                     .label = r->label,
                                     .owner = r->owner,
                                     .helper = "/proc/self/exe",
                                     .stop_grace = 10};
}

static int open_parts(struct te_runner *r, const struct te_runner_place *place, struct te_err *err)
{
    const char *scratch = r->settings->scratch;
    r->host = te_strdup(place->host ? place->host : "localhost", err);
    if (te_owner_self(r->owner, err) < 0)
        return -1;
    /* two runs of one name on one host must not take each other's for their own */
    r->label = te_asprintf(err, "%08x-%s", (unsigned)te_hash64(r->owner, strlen(r->owner)),
                           place->label ? place->label : "local");
    r->scratch = te_strdup(scratch && *scratch ? scratch : "/tmp", err);
    if (!r->host || !r->label || !r->scratch || te_str_check_name("label", r->label, err) < 0)
        return -1;
    fill_env(r);
    return te_metric_parse_list(r->settings->metrics ? r->settings->metrics : "ROC_AUC",
                                &r->metrics, err);
}

int te_runner_open(const struct te_run_settings *settings, const struct te_runner_place *place,
                   struct te_runner **out, struct te_err *err)
{
    struct te_runner *r = te_zalloc(1, sizeof *r, err);
    if (!r)
        return -1;
    r->settings = settings;
    r->rank = place->rank;
    r->slot = place->slot;
    r->slots = place->slots > 0 ? place->slots : 1;
    te_result_init(&r->result);
    if (open_parts(r, place, err) < 0) {
        te_runner_close(r);
        return -1;
    }
    *out = r;
    return 0;
}

/* The connection to the engine, made at the first need. */
static int runner_connect_engine(struct te_runner *r, struct te_err *err)
{
    const char *host = r->settings->docker_host;
    if (r->env.docker)
        return 0;
    return te_docker_open(host && *host ? host : "unix:///var/run/docker.sock", 30, &r->env.docker,
                          err);
}

int te_runner_clean_host(struct te_runner *r, struct te_err *err)
{
    struct te_cleaned cleaned;
    struct te_err why = TE_ERR_INIT;
    const char *run =
        r->settings->run_name && *r->settings->run_name ? r->settings->run_name : NULL;
    /* without an engine there are no containers either: tasks that need it say so themselves */
    bool engine = runner_connect_engine(r, &why) == 0;
    if (te_clean(engine ? r->env.docker : NULL, r->scratch, run, &cleaned, err) < 0)
        return -1;
    if (cleaned.containers + cleaned.folders + cleaned.processes)
        te_log(TE_LOG_NOTICE, "removed what an earlier run left: %zu containers, %zu folders",
               cleaned.containers, cleaned.folders);
    return 0;
}

int runner_scratch_room(const struct te_runner *r, struct te_err *err)
{
    static const int64_t least = 64 << 10; /* bytes */
    struct te_err unknown = TE_ERR_INIT;
    int64_t free_bytes;
    if (te_fs_free_space(r->scratch, &free_bytes, &unknown) < 0 || free_bytes >= least)
        return 0;
    return te_err_set(
        err, TE_ERR_INFRA,
        "the scratch folder '%s' is full: make room, or name another one in [run] scratch",
        r->scratch);
}

int te_run_use_scratch(const char *scratch, struct te_err *err)
{
    return te_fs_use_folder(scratch, err) < 0
               ? te_err_wrap(err, "[run] scratch, which must be a folder that can be written")
               : 0;
}

int te_runner_try_scratch(struct te_runner *r, struct te_err *err)
{
    return te_run_use_scratch(r->scratch, err) < 0 ? -1 : runner_scratch_room(r, err);
}

int te_runner_pull(struct te_runner *r, const char *images,
                   int (*alive)(void *arg, struct te_err *err), void *arg, struct te_err *err)
{
    if (runner_connect_engine(r, err) < 0)
        return -1;
    return te_docker_provide(r->env.docker, images, r->settings->pull == TE_PULL_ALWAYS, alive, arg,
                             err);
}

void runner_end_task(struct te_runner *r)
{
    struct te_err err = TE_ERR_INIT;
    if (r->phase_open)
        te_phase_release(&r->phase);
    r->phase_open = false;
    te_filtering_drop(&r->filtering);
    te_cutlog_release(&r->log);
    const char *image = r->task && r->task->adapter == TE_ADAPTER_DOCKER ? r->task->program : NULL;
    te_autofree char *folder = r->folder ? te_strdup(r->folder, &err) : NULL;
    if (te_workdir_end(&r->workdir, &err) < 0 &&
        !(folder && image && r->env.docker &&
          te_docker_wipe(r->env.docker, image, folder, &err) == 0))
        te_log(TE_LOG_WARNING, "%s", err.text);
    r->folder = NULL;
    r->task = NULL;
}

void te_runner_close(struct te_runner *r)
{
    if (!r)
        return;
    te_runner_cancel(r);
    te_workdir_close(&r->workdir);
    bool dirty = r->env.docker && r->env.docker->dirty;
    if (r->env.guardian) {
        struct te_cgroups groups;
        te_cgroups_probe("/sys/fs/cgroup", &groups);
        dirty |= te_cgroups_sweep(&groups, r->label) > 0; /* those that were busy a moment ago */
    }
    te_guardian_close(r->env.guardian, dirty);
    te_docker_close(r->env.docker);
    te_metric_list_release(&r->metrics);
    te_truth_release(&r->truth);
    te_free(r->host);
    te_free(r->label);
    te_free(r->scratch);
    te_free(r);
}

/* What a task needs that earlier ones did not: the guardian, a connection to the engine. */
int runner_begin_services(struct te_runner *r, struct te_err *err)
{
    const char *host = r->settings->docker_host;
    if (!r->env.guardian) {
        struct te_guardian_spec spec = {r->env.helper, r->label, host ? host : "", r->scratch};
        if (te_guardian_open(&spec, &r->env.guardian, err) < 0)
            return -1;
    }
    return r->task->adapter == TE_ADAPTER_DOCKER ? runner_connect_engine(r, err) : 0;
}

/* Requests of a phase in a container, and the streams that come back beside their replies. */
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "docker_state.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/text/num.h"

static void add_name(struct docker *d, struct te_buf *path, const char *format_rest)
{
    te_buf_addf(path, "/containers/%s%s", d->name, format_rest);
}

/* TimeEval's rules: uid 0 counts as none; the group by name, else the user's number. */
static void make_ids(const struct te_adapter_env *env, char uid[32], char gid[32])
{
    const char *group = env->settings->group;
    struct group *g = group && *group ? getgrnam(group) : NULL;
    uid[0] = gid[0] = '\0';
    if (getuid() != 0) {
        snprintf(uid, 32, "LOCAL_UID=%u", (unsigned)getuid());
        snprintf(gid, 32, "LOCAL_GID=%u", (unsigned)getuid());
    }
    if (g)
        snprintf(gid, 32, "LOCAL_GID=%u", (unsigned)g->gr_gid);
}

static void print_preface(struct docker *d, const char *uid, const char *gid)
{
    char cpus[TE_NUM_TEXT];
    te_num_repr(d->job->cpus, cpus);
    const char *u = *uid ? strchr(uid, '=') + 1 : "", *g = *gid ? strchr(gid, '=') + 1 : "";
    te_cutlog_addf(&d->out.log,
                   "Running container '%s' with env='{%s%s%s%s%s%s%s}' in ExecutionType.%s mode.\n",
                   d->job->task->program, *u ? "'LOCAL_UID': '" : "", u, *u ? "'" : "",
                   *u && *g ? ", " : "", *g ? "'LOCAL_GID': '" : "", g, *g ? "'" : "",
                   d->job->phase == TE_TRAIN ? "TRAIN" : "EXECUTE");
    te_cutlog_addf(&d->out.log, "Restricting container to %s CPUs and %.3f GB RAM\n", cpus,
                   (double)d->job->memory / 1073741824.0);
    te_cutlog_addf(&d->out.log, "\n#### Docker container logs ####\n");
}

/* The user's wish, or NULL where we choose. */
const char *docker_wished_parent(const struct docker *d)
{
    const char *wish = d->base.env->settings->cgroup_parent;
    return wish && *wish && strcmp(wish, "auto") != 0 ? wish : NULL;
}

/* A group of ours that keeps its counters, within that of the batch job; else the job's alone. */
static char *choose_parent(const struct docker *d, struct te_err *err)
{
    const char *wish = docker_wished_parent(d), *job = d->base.env->docker->groups.parent;
    if (wish)
        return te_strdup(strcmp(wish, "none") == 0 ? "" : wish, err);
    if (!d->group.groups || d->group.groups->slices)
        return te_strdup(d->group.groups ? d->group.name : job, err);
    return te_asprintf(err, "%s/%s", job, d->group.name);
}

static int make_create(struct docker *d, struct te_buf *body, struct te_err *err)
{
    const struct te_job *job = d->job;
    const struct te_adapter_env *env = d->base.env;
    const struct te_run_settings *s = env->settings;
    char uid[32], gid[32], id[32], rank[32];
    const char *file = te_fs_basename(job->data_path);
    te_autofree char *real = te_fs_real(job->data_path, err);
    te_autofree char *folder = real ? te_fs_dirname(real, err) : NULL;
    te_autofree char *data = te_asprintf(err, "/data/%s", file);
    if (!folder || !data)
        return -1;
    te_autofree char *bind_data = s->mount_file ? te_asprintf(err, "%s:%s:ro", real, data)
                                                : te_asprintf(err, "%s:/data:ro", folder);
    te_autofree char *bind_out = te_asprintf(err, "%s:/results:rw", job->folder);
    struct te_buf args;
    te_buf_init(&args, TE_MAX_PARAM_TEXT + 8192);
    te_engine_argument(&args, data, "/results/" TE_FILE_SCORES, "/results/" TE_FILE_MODEL,
                       job->phase, job->task->params_json);
    te_autofree char *argument = te_buf_take(&args, err);
    te_buf_release(&args);
    if (!bind_data || !bind_out || !argument)
        return -1;
    make_ids(env, uid, gid);
    snprintf(id, sizeof id, "%016llx", (unsigned long long)job->task->id);
    snprintf(rank, sizeof rank, "%d", env->rank);
    te_autofree char *parent = choose_parent(d, err);
    if (!parent)
        return -1;
    const char *env_list[3] = {NULL};
    int n = 0;
    if (*uid)
        env_list[n++] = uid;
    if (*gid)
        env_list[n++] = gid;
    const char *labels[] = {TE_LABEL,
                            env->label,
                            TE_LABEL_RUN,
                            s->run_name ? s->run_name : "",
                            TE_LABEL_OWNER,
                            env->owner,
                            TE_LABEL_EXPERIMENT,
                            id,
                            TE_LABEL_RANK,
                            rank,
                            *env->docker->job ? TE_LABEL_JOB : NULL,
                            env->docker->job,
                            NULL};
    const char *binds[] = {bind_data, bind_out, NULL};
    const char *argv[] = {"execute-algorithm", argument, NULL};
    struct te_engine_container c = {.image = job->task->program,
                                    .argv = argv,
                                    .env = env_list,
                                    .labels = labels,
                                    .binds = binds,
                                    .network = s->network,
                                    .cgroup_parent = parent,
                                    .cpuset = env->docker->cpuset,
                                    .memory = job->memory,
                                    .cpus = job->cpus,
                                    .pids_limit = s->pids_limit,
                                    .shm_size = s->shm_size,
                                    .swappiness = env->docker->info.cgroup_version == 1};
    if (d->tries == 0)
        print_preface(d, uid, gid);
    return te_engine_create(&c, body, err);
}

const struct docker_step docker_steps[] = {
    [STEP_PULL] = {"POST", NULL, 3600, "pull of the image"},
    [STEP_CLEAR] = {"DELETE", "?force=1&v=1", 60, "clearing"},
    [STEP_CREATE] = {"POST", NULL, 60, "create"},
    [STEP_START] = {"POST", "/start", 60, "start"},
    [STEP_WAIT] = {"POST", "/wait", 0, "wait"},
    [STEP_INSPECT] = {"GET", "/json", 30, "inspect"},
    [STEP_REMOVE] = {"DELETE", "?force=1&v=1", 60, "remove"},
    [STEP_DONE] = {NULL, NULL, 0, NULL}, /* as all steps without a request */
};

static int send_request(struct docker *d, const char *method, struct te_buf *path, const char *body,
                        double timeout, struct te_http_call **call,
                        void (*sink)(void *, const char *, size_t), struct te_err *err)
{
    if (te_buf_check(path, err) < 0)
        return -1;
    te_autofree char *full = te_asprintf(err, "/v%s%s", d->base.env->docker->version, path->data);
    struct te_http_request q = {
        .method = method, .path = full, .body = body, .timeout = timeout, .sink = sink, .arg = d};
    return full ? te_http_start(d->http, &q, call, err) : -1;
}

static void on_payload(void *arg, const char *data, size_t len)
{
    struct docker *d = arg;
    te_cutlog_add(&d->out.log, data, len);
}

void docker_on_output(void *arg, const char *data, size_t len)
{
    struct docker *d = arg;
    struct te_err err = TE_ERR_INIT;
    if (te_engine_frames_feed(&d->frames, data, len, on_payload, d, &err) < 0)
        te_cutlog_add(&d->out.log, data, len);
}

static void on_sample(void *arg, const char *line, size_t len)
{
    struct docker *d = arg;
    struct te_err err = TE_ERR_INIT;
    if (te_engine_parse_stats(line, len, &d->out.measure, &err) < 0)
        te_err_clear(&err);
}

void docker_on_stats(void *arg, const char *data, size_t len)
{
    struct docker *d = arg;
    te_engine_lines_feed(&d->line, data, len, on_sample, d);
}

static void on_pull_line(void *arg, const char *line, size_t len)
{
    struct docker *d = arg;
    te_engine_pulling_line(&d->pull, line, len);
}

void docker_on_pull(void *arg, const char *data, size_t len)
{
    struct docker *d = arg;
    te_engine_lines_feed(&d->line, data, len, on_pull_line, d);
}

int docker_send_step(struct docker *d, struct te_err *err)
{
    const struct docker_step *info = &docker_steps[d->step];
    struct te_buf path, body;
    te_buf_init(&path, 8192);
    te_buf_init(&body, TE_MIB);
    int rc = 0;
    if (d->step == STEP_PULL) {
        te_buf_clear(&d->line);
        d->pull = (struct te_engine_pulling){0};
        te_engine_pull(&path, d->job->task->program);
    } else if (d->step == STEP_CREATE) {
        te_buf_addf(&path, "/containers/create?name=%s", d->name);
        rc = make_create(d, &body, err);
        d->exists = true;
    } else {
        add_name(d, &path, info->rest);
    }
    if (rc == 0)
        rc = send_request(d, info->method, &path, body.data, info->timeout, &d->call,
                          d->step == STEP_PULL ? docker_on_pull : NULL, err);
    te_buf_release(&path);
    te_buf_release(&body);
    return rc;
}

int docker_open_stream(struct docker *d, const char *method, const char *rest,
                       void (*sink)(void *, const char *, size_t), struct te_http_call **call,
                       struct te_err *err)
{
    struct te_buf path;
    te_buf_init(&path, 1024);
    add_name(d, &path, rest);
    int rc = send_request(d, method, &path, NULL, 0, call, sink, err);
    te_buf_release(&path);
    return rc;
}

/* A request beside the steps whose reply hardly matters. */
void docker_send_extra(struct docker *d, const char *method, const char *rest)
{
    struct te_err err = TE_ERR_INIT;
    struct te_buf path;
    te_buf_init(&path, 1024);
    if (*rest == '!')
        te_buf_adds(&path, rest + 1);
    else
        add_name(d, &path, rest);
    te_http_free(d->http, d->extra);
    d->extra = NULL;
    if (send_request(d, method, &path, NULL, 30, &d->extra, NULL, &err) < 0)
        te_log(TE_LOG_WARNING, "%s", err.text);
    te_buf_release(&path);
}

#include "te/app/dataset_sync.h"

#include <stdio.h>
#include <string.h>
#include "host.h"
#include "host_mirrors.h"
#include "launch.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/model/mirror.h"

struct job {
    const struct te_dataset_sync_options *o;
    struct te_config config; /* of a launch: [remote] alone counts */
    struct te_launch_options launch_options;
    struct launch launch;
    struct te_strings names; /* of the hosts */
    char **to;               /* by host: the folder there, or NULL */
    struct te_strings paths, digests;
    size_t absent;
};

static void job_release(struct job *job)
{
    for (size_t i = 0; i < job->launch.hosts.count; i++) {
        te_free(job->launch.hosts.items[i].state);
        te_free(job->to ? job->to[i] : NULL);
    }
    te_free(job->to);
    lhosts_release(&job->launch.hosts);
    te_strings_release(&job->names);
    te_strings_release(&job->paths);
    te_strings_release(&job->digests);
}

/* ---- the hosts ------------------------------------------------------------------------------- */

/* Where the folder begins in HOST:FOLDER; a host's name has no '/' in it. */
static const char *folder_of(const char *to)
{
    const char *home = strstr(to, ":~/"), *colon = strstr(to, ":/");
    colon = home ? home : colon;
    return colon ? colon + 1 : NULL;
}

static int name_hosts(struct job *job, struct te_err *err)
{
    const struct te_config_remote *remote = job->o->remote;
    if (job->o->to->count == 0) {
        if (!remote->present)
            return te_err_set(err, TE_ERR_USAGE,
                              "which hosts: --to HOST, or a configuration with section [remote]");
        return 0;
    }
    for (size_t i = 0; i < job->o->to->count; i++) {
        const char *to = job->o->to->items[i], *folder = folder_of(to);
        te_autofree char *name =
            te_strndup(to, folder ? (size_t)(folder - 1 - to) : strlen(to), err);
        if (!name)
            return -1;
        for (size_t k = 0; k < job->names.count; k++)
            if (strcmp(job->names.items[k], name) == 0)
                return te_err_set(err, TE_ERR_USAGE, "--to: host '%s' is named twice", name);
        if (folder && job->o->roots->count != 1)
            return te_err_set(err, TE_ERR_USAGE,
                              "--to '%s': a folder there needs exactly one dataset folder here",
                              to);
        if (te_strings_add(&job->names, name, err) < 0)
            return -1;
    }
    job->config.remote.scheduler_host = job->names.items[0];
    job->config.remote.worker_hosts = job->names;
    return 0;
}

static int open_hosts(struct job *job, struct te_err *err)
{
    job->config.remote = *job->o->remote;
    if (name_hosts(job, err) < 0 || lhosts_open(&job->config.remote, &job->launch.hosts, err) < 0)
        return -1;
    job->to = te_zalloc(job->launch.hosts.count, sizeof *job->to, err);
    if (!job->to)
        return -1;
    for (size_t i = 0; i < job->launch.hosts.count; i++) {
        const char *folder = i < job->names.count ? folder_of(job->o->to->items[i]) : NULL;
        job->launch.hosts.items[i].worker = true; /* the scheduler host has datasets, too */
        if (folder && !(job->to[i] = te_strdup(folder, err)))
            return -1;
    }
    return 0;
}

/* ---- the files ------------------------------------------------------------------------------- */

static int hash_one(struct job *job, struct te_mirror_cache *cache, const char *path,
                    struct te_err *err)
{
    char sha256[TE_MIRROR_HEX];
    int64_t bytes;
    if (!te_fs_exists(path)) {
        job->absent++;
        return 0;
    }
    if (te_mirror_hash(cache, path, sha256, &bytes, err) < 0)
        return -1;
    te_autofree char *digest = te_asprintf(err, "%lld %s", (long long)bytes, sha256);
    if (!digest || te_strings_add(&job->paths, path, err) < 0)
        return -1;
    return te_strings_add(&job->digests, digest, err);
}

static int hash_all(struct job *job, struct te_err *err)
{
    struct te_mirror_cache cache;
    struct te_err ignored = TE_ERR_INIT;
    te_autofree char *folder = te_host_cache_folder(err);
    if (!folder || te_mirror_cache_open(&cache, folder, err) < 0)
        return -1;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < job->o->files->count; i++)
        rc = hash_one(job, &cache, job->o->files->items[i], err);
    if (te_mirror_cache_save(&cache, &ignored) < 0)
        te_err_clear(&ignored); /* it costs time, nothing else */
    te_mirror_cache_release(&cache);
    return rc;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int fill_host(const struct job *job, const struct lhost *host,
                     const struct mirror_count *count, struct te_dataset_sync_host *out,
                     struct te_err *err)
{
    *out = (struct te_dataset_sync_host){.name = te_strdup(host->name, err),
                                         .ok = !host->failed && count->failed == 0 &&
                                               (job->o->dry_run || count->copied == count->differ),
                                         .differ = count->differ,
                                         .copied = count->copied,
                                         .failed = count->failed,
                                         .bytes = count->bytes};
    if (!out->ok || job->o->dry_run)
        snprintf(out->why, sizeof out->why, "%s", host->failed ? host->reason : count->why);
    return out->name ? 0 : -1;
}

static int report(const struct job *job, const struct host_mirrors *m, struct te_dataset_sync *out,
                  struct te_err *err)
{
    const struct lhosts *hosts = &job->launch.hosts;
    struct te_dataset_sync sync = {.files = job->paths.count, .absent = job->absent};
    sync.hosts = te_zalloc(hosts->count, sizeof *sync.hosts, err);
    if (!sync.hosts)
        return -1;
    for (; sync.count < hosts->count; sync.count++)
        if (fill_host(job, &hosts->items[sync.count], &m->counts[sync.count],
                      &sync.hosts[sync.count], err) < 0) {
            te_dataset_sync_release(&sync);
            return -1;
        }
    *out = sync;
    return 0;
}

static int mend(struct job *job, struct te_dataset_sync *out, struct te_err *err)
{
    struct host_mirrors m = {.hosts = &job->launch.hosts,
                             .paths = &job->paths,
                             .digests = &job->digests,
                             .roots = job->o->roots,
                             .from = job->o->roots->count ? job->o->roots->items[0] : "",
                             .to = job->to,
                             .sweep = !job->o->dry_run};
    if (host_mirrors_open(&m, err) < 0)
        return -1;
    int rc = host_mirrors_look(&m, err);
    for (size_t i = 0; rc == 0 && !job->o->dry_run && i < job->paths.count; i++)
        if (host_mirrors_lacking(&m, i) > 0)
            rc = host_mirrors_send(&m, i, job->paths.items[i], err);
    if (rc == 0)
        rc = report(job, &m, out, err);
    host_mirrors_close(&m);
    return rc;
}

int te_dataset_sync(const struct te_dataset_sync_options *options, struct te_dataset_sync *out,
                    struct te_err *err)
{
    struct job job = {.o = options,
                      .launch_options = {.self = options->self, .version = options->version}};
    job.launch.options = &job.launch_options;
    job.launch.config = &job.config;
    int rc = open_hosts(&job, err);
    if (rc == 0)
        rc = hash_all(&job, err);
    if (rc == 0)
        rc = launch_reach(&job.launch, err);
    if (rc == 0)
        rc = mend(&job, out, err);
    job_release(&job);
    return rc;
}

void te_dataset_sync_release(struct te_dataset_sync *sync)
{
    for (size_t i = 0; i < sync->count; i++)
        te_free(sync->hosts[i].name);
    te_free(sync->hosts);
    *sync = (struct te_dataset_sync){0};
}

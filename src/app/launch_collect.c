/* The launcher fetches what a run left on the hosts; only what is safely here goes there. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "launch.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"

enum { ASK_TIMEOUT = 60 };

/* A resumed run may have cut the journal's torn tail: after each start of mpirun it is copied anew,
 * beside the copy that is here, which it then replaces. */
void launch_pull_journal(struct launch *launch)
{
    struct te_err err = TE_ERR_INIT;
    struct lhost *host = launch_scheduler(launch);
    te_autofree char *from = te_asprintf(&err, "%s/%s", launch->remote_run, LAUNCH_JOURNAL);
    te_autofree char *copy = te_asprintf(&err, "%s/%s", launch->folder, LAUNCH_JOURNAL);
    te_autofree char *fresh = te_asprintf(&err, "%s/%s.part", launch->folder, LAUNCH_JOURNAL);
    int64_t there = launch_journal_there(launch),
            begin = launch->journal_fresh ? 0 : launch->journal;
    if (!host || !from || !copy || !fresh || there <= begin)
        return;
    const char *to = launch->journal_fresh ? fresh : copy;
    if (lhost_get_file(&launch->hosts, host, from, to, begin, &begin, &err) < 0 ||
        (launch->journal_fresh && te_fs_commit(fresh, copy, &err) < 0)) {
        te_log(TE_LOG_WARNING, "cannot copy the journal: %s", err.text);
        return;
    }
    launch->journal = begin;
    launch->journal_fresh = false;
}

void launch_pull_status(struct launch *launch)
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
    if (reply.len > 0 && te_fs_write_atomic(to, reply.data, reply.len, &err) < 0)
        te_log(TE_LOG_INFO, "%s", err.text);
    te_aframe_release(&reply);
}

int launch_push_journal(struct launch *launch, struct te_err *err)
{
    te_autofree char *from = te_asprintf(err, "%s/%s", launch->folder, LAUNCH_JOURNAL);
    te_autofree char *to = te_asprintf(err, "%s/%s", launch->remote_run, LAUNCH_JOURNAL);
    if (!from || !to)
        return -1;
    if (!te_fs_exists(from))
        return te_err_set(err, TE_ERR_NOENT, "no journal of this run is here: '%s'", from);
    return lhost_put_file(&launch->hosts, launch_scheduler(launch), from, to, err);
}

/* Lists a remote folder; the reply is released by the caller. */
static int list_folder(struct launch *launch, struct lhost *host, const char *path,
                       struct te_aframe *reply, struct te_err *err)
{
    json_t *head = json_pack("{s:s, s:s}", "op", "list", "path", path);
    return lhost_ask(&launch->hosts, host, head, ASK_TIMEOUT, reply, err);
}

static bool wanted(const char *name, bool logs_only)
{
    size_t len = strlen(name);
    bool log = len > 4 && strcmp(name + len - 4, ".log") == 0 && strcmp(name, LAUNCH_JOURNAL) != 0;
    return strchr(name, '/') == NULL && strcmp(name, "run.lock") != 0 && (!logs_only || log);
}

/* Every file of <path> into the folder here; with prefix the host's name goes in front. */
static int fetch_folder(struct launch *launch, struct lhost *host, const char *path, bool logs_only,
                        struct te_err *err)
{
    struct te_aframe reply;
    size_t i;
    const json_t *file;
    if (list_folder(launch, host, path, &reply, err) < 0)
        return -1;
    int rc = 0;
    json_array_foreach(json_object_get(reply.head, "files"), i, file)
    {
        const char *name = json_string_value(json_object_get(file, "name"));
        if (rc < 0 || !name || !wanted(name, logs_only))
            continue;
        te_autofree char *from = te_fs_join(path, name, err);
        te_autofree char *to = te_fs_join(launch->folder, name, err);
        rc = from && to ? lhost_get_file(&launch->hosts, host, from, to, 0, NULL, err) : -1;
    }
    te_aframe_release(&reply);
    return rc;
}

/*
 * Results come from the scheduler host. A worker host has no more than logs: one that is gone keeps
 * them, which is said, and is no reason to lose the rest.
 */
int launch_collect(struct launch *launch, struct te_err *err)
{
    struct lhost *scheduler = launch_scheduler(launch);
    if (!scheduler)
        return te_err_set(err, TE_ERR_INFRA, "no host is left to collect results from");
    if (fetch_folder(launch, scheduler, launch->remote_run, false, err) < 0)
        return te_err_wrap(err, "results cannot be collected; they stay at '%s:%s'",
                           scheduler->name, launch->remote_run);
    launch_say("collect", scheduler, "%s", launch->folder);
    for (size_t i = 0; i < launch->hosts.count; i++) {
        struct lhost *host = &launch->hosts.items[i];
        struct te_err why = TE_ERR_INIT;
        if (host->failed || host == scheduler ||
            fetch_folder(launch, host, launch->remote_run, true, &why) == 0)
            continue;
        te_log(TE_LOG_ERROR, "logs of host '%s' cannot be collected (%s); they stay at '%s:%s'",
               host->name, host->failed ? host->reason : why.text, host->name, launch->remote_run);
    }
    return 0;
}

static int clean_next(void *arg, struct lhost *host, const struct te_aframe *reply,
                      struct te_err *err)
{
    struct launch *launch = arg;
    size_t step = (size_t)host->slots; /* slots are not needed any more: the step's number */
    if (reply && json_object_get(reply->head, "error"))
        te_log(TE_LOG_WARNING, "host '%s': %s", host->name,
               json_string_value(json_object_get(reply->head, "error")));
    host->slots++;
    te_autofree char *parent = te_fs_dirname(launch->files_dir, err);
    const char *const folders[] = {launch->remote_dir, parent};
    json_t *head;
    if (!parent)
        return -1;
    if (step == 2)
        head = json_pack("{s:s, s:s, s:s}", "op", "clean", "engine",
                         launch->config->settings.docker_host, "run", launch->name);
    else if (step < 2)
        head = json_pack("{s:s, s:s}", "op", "remove", "path", folders[step]);
    else
        return 0;
    return lhost_send(host, head, NULL, 0, err) < 0 ? -1 : 1;
}

/* Over connections of its own: a host that failed a check has leftovers, too. */
static int clean_hosts(struct launch *launch, struct lhosts *hosts, struct te_err *err)
{
    const struct te_config_remote *remote = &launch->config->remote;
    struct talk talk = {.next = clean_next, .soft = true, .timeout = ASK_TIMEOUT, .arg = launch};
    for (size_t i = 0; i < hosts->count; i++)
        hosts->items[i].failed = !launch->hosts.items[i].connected;
    if (lhosts_connect(hosts, remote,
                       remote->remote_binary ? remote->remote_binary : launch->options->self,
                       err) < 0)
        return -1;
    return lhosts_talk(hosts, NULL, &talk, err);
}

void launch_clean(struct launch *launch)
{
    struct te_err err = TE_ERR_INIT;
    struct lhosts hosts;
    if (lhosts_open(&launch->config->remote, &hosts, &err) == 0) {
        if (clean_hosts(launch, &hosts, &err) < 0)
            te_log(TE_LOG_WARNING, "cannot clean up: %s", err.text);
        lhosts_release(&hosts);
    }
}

/* Whose the folders on the hosts are: two launches of one name must not take each other's. */
#include <stdio.h>
#include <string.h>
#include "launch.h"
#include "te/base/fs.h"
#include "te/base/mem.h"

enum { CLAIM_TIMEOUT = 40 };

struct claim {
    const struct launch *launch;
    const char *folders[LAUNCH_FOLDERS];
    char taken[900]; /* by another launch: where and by whom */
};

static int claim_next(void *arg, struct lhost *host, const struct te_aframe *reply,
                      struct te_err *err)
{
    struct claim *claim = arg;
    const char *owner = reply ? json_string_value(json_object_get(reply->head, "owner")) : NULL;
    if (owner) {
        snprintf(claim->taken, sizeof claim->taken,
                 "host '%s' has folder '%s' of another launch (%s)", host->name,
                 claim->folders[host->claimed], owner);
        return 0;
    }
    host->claimed += reply != NULL;
    if (host->claimed == LAUNCH_FOLDERS)
        return 0;
    json_t *head = json_pack("{s:s, s:s, s:s}", "op", "claim", "path",
                             claim->folders[host->claimed], "owner", claim->launch->owner);
    return lhost_send(host, head, NULL, 0, err) < 0 ? -1 : 1;
}

static void claim_done(void *arg, struct lhost *host)
{
    (void)arg;
    if (host->failed)
        launch_say("files", host, "%s", host->reason);
}

int launch_claim(struct launch *launch, struct te_err *err)
{
    te_autofree char *parent = te_fs_dirname(launch->files_dir, err);
    struct claim claim = {.launch = launch, .folders = {launch->remote_dir, parent}};
    struct talk talk = {
        .next = claim_next, .done = claim_done, .timeout = CLAIM_TIMEOUT, .arg = &claim};
    if (!parent)
        return -1;
    for (size_t i = 0; i < launch->hosts.count; i++)
        launch->hosts.items[i].claimed = 0;
    if (lhosts_talk(&launch->hosts, NULL, &talk, err) < 0)
        return -1;
    if (claim.taken[0])
        return te_err_set(err, TE_ERR_USAGE,
                          "run '%s': %s: give this run another [run] name, or go on with that one "
                          "from its place; if nobody needs it, remove the folder there",
                          launch->name, claim.taken);
    return launch_judge(launch, "files", err);
}

#include "host.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "te/adapter/hostfacts.h"
#include "te/app/session.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/model/algorithm.h"

int te_host_read(struct te_host *out, struct te_err *err)
{
    struct te_hostfacts facts;
    struct te_host host = {0};
    if (te_hostfacts_read("", &facts, err) < 0)
        return -1;
    snprintf(host.name, sizeof host.name, "%s", facts.host);
    host.cpus = facts.cpus;
    host.memory = facts.memory;
    host.batch = facts.batch;
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");
    if (f) {
        if (fgets(host.boot_id, sizeof host.boot_id, f))
            host.boot_id[strcspn(host.boot_id, "\n")] = '\0';
        fclose(f);
    }
    *out = host;
    return 0;
}

char *te_host_cache_folder(struct te_err *err)
{
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (xdg && xdg[0] == '/')
        return te_fs_join(xdg, "timeeval-mpi", err);
    if (!home || home[0] != '/') {
        const struct passwd *user = getpwuid(getuid());
        home = user ? user->pw_dir : "/tmp";
    }
    return te_fs_join(home, ".cache/timeeval-mpi", err);
}

/* Folder of this program's file. Freed by the caller. */
static char *host_program_folder(struct te_err *err)
{
    te_autofree char *self = te_fs_real("/proc/self/exe", err);
    return self ? te_fs_dirname(self, err) : NULL;
}

const char *te_session_scratch(const char *wish)
{
    const char *tmp = getenv("TMPDIR");
    return wish ? wish : tmp && tmp[0] == '/' ? tmp : "/tmp";
}

char *te_session_catalog(struct te_err *err)
{
    te_autofree char *folder = host_program_folder(err);
    if (!folder && err->code == TE_ERR_NOMEM)
        return NULL;
    /* a program in a folder that this user may not enter has nothing beside it */
    te_err_clear(err);
    char *path = te_catalog_locate(NULL, getenv("TIMEEVAL_CATALOG"), folder, err);
    if (path || err->code != TE_ERR_NOENT)
        return path;
    te_err_clear(err);
    return te_strdup("", err);
}

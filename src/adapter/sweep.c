/* Processes of ours, found by the label in their environment. */
#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "te/adapter/proc.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"

/* Is `want` one of the NUL-separated texts of the process's environment? */
static bool carries(const char *pid, const char *want)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/environ", pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    char *item = NULL;
    size_t cap = 0;
    bool found = false;
    while (!found && getdelim(&item, &cap, '\0', f) > 0)
        found = strcmp(item, want) == 0;
    free(item);
    fclose(f);
    return found;
}

int te_proc_sweep(const char *label)
{
    struct te_err err = TE_ERR_INIT;
    int n = 0;
    te_autofree char *want = te_asprintf(&err, TE_PROC_LABEL "=%s", label);
    DIR *dir = want ? opendir("/proc") : NULL;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        long pid = isdigit((unsigned char)e->d_name[0]) ? strtol(e->d_name, NULL, 10) : 0;
        if (pid <= 1 || pid == (long)getpid() || !carries(e->d_name, want))
            continue;
        n += kill((pid_t)pid, SIGKILL) == 0;
    }
    if (dir)
        closedir(dir);
    return n;
}

#include "te/adapter/owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* First line of a small file of /proc. */
static bool read_line(const char *path, char *out, int size)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    bool ok = fgets(out, size, f) != NULL;
    if (fclose(f) != 0)
        ok = false;
    if (ok)
        out[strcspn(out, "\n")] = '\0';
    return ok;
}

/* Start time of a process in clock ticks after boot: field 22 of stat, counted behind the name,
 * which may hold anything. */
static unsigned long long start_of(long pid)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    if (!read_line(path, line, sizeof line))
        return 0;
    char *p = strrchr(line, ')');
    char state = p && p[1] ? p[2] : 'Z';
    if (!p || state == 'Z' || state == 'X')
        return 0;
    for (int field = 2; field < 22; field++) {
        p = strchr(p + 1, ' ');
        if (!p)
            return 0;
    }
    return strtoull(p, NULL, 10);
}

static void place(char *out, size_t size)
{
    char host[72] = "", boot[48] = "";
    struct stat ns = {0};
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    host[strcspn(host, "/")] = '\0';
    if (!read_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot))
        boot[0] = '\0';
    if (stat("/proc/self/ns/pid", &ns) != 0)
        ns.st_ino = 0;
    snprintf(out, size, "%s/%s/%llu", host, boot, (unsigned long long)ns.st_ino);
}

int te_owner_self(char out[TE_OWNER_TEXT], struct te_err *err)
{
    char here[200];
    place(here, sizeof here);
    int n =
        snprintf(out, TE_OWNER_TEXT, "%s/%ld/%llu", here, (long)getpid(), start_of((long)getpid()));
    if (n < 0 || n >= TE_OWNER_TEXT)
        return te_err_set(err, TE_ERR_LIMIT, "host name too long");
    return 0;
}

enum te_owner_state te_owner_check(const char *owner)
{
    char here[200], host[72];
    place(here, sizeof here);
    size_t n = strlen(here);
    if (strncmp(owner, here, n) != 0 || owner[n] != '/') {
        /* the same host after a reboot: nothing of then lives on */
        snprintf(host, sizeof host, "%.*s", (int)strcspn(here, "/"), here);
        size_t h = strlen(host);
        const char *boot = owner + h + 1;
        bool same_host = strncmp(owner, host, h) == 0 && owner[h] == '/';
        bool same_boot = same_host && strncmp(boot, here + h + 1, strcspn(here + h + 1, "/")) == 0;
        return same_host && !same_boot ? TE_OWNER_GONE : TE_OWNER_ELSEWHERE;
    }
    char *end = NULL;
    long pid = strtol(owner + n + 1, &end, 10);
    if (pid <= 0 || *end != '/')
        return TE_OWNER_ELSEWHERE;
    unsigned long long start = strtoull(end + 1, NULL, 10);
    return start_of(pid) == start && start != 0 ? TE_OWNER_ALIVE : TE_OWNER_GONE;
}

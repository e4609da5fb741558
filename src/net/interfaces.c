/*
 * A bridge such as docker0 has the same address on every host. Open MPI would send part of each
 * large message over it, which then arrives at the sender itself, and wait for ever.
 */
#include "interfaces.h"

#include <ctype.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include "te/base/buf.h"
#include "te/base/max.h"
#include "te/base/str.h"

static int is_user_bridge(const char *name)
{
    if (!te_str_starts(name, "br-") || strlen(name) != 3 + 12)
        return 0;
    for (const char *p = name + 3; *p; p++)
        if (!isxdigit((unsigned char)*p))
            return 0;
    return 1;
}

/* Is this the name of a container engine's or virtual machine's bridge? */
static int interface_is_bridge(const char *name)
{
    static const char *const prefixes[] = {"podman", "cni", "virbr", "lxcbr"};
    if (strcmp(name, "docker0") == 0 || is_user_bridge(name))
        return 1;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (te_str_starts(name, prefixes[i]))
            return 1;
    return 0;
}

/* Interface of the default route, "" if there is none: it is used whatever its name. */
static void default_route(char name[IF_NAMESIZE])
{
    char line[512], dev[IF_NAMESIZE], dest[32];
    name[0] = '\0';
    FILE *f = fopen("/proc/net/route", "r");
    if (!f)
        return;
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "%15s %31s", dev, dest) == 2 && strcmp(dest, "00000000") == 0) {
            snprintf(name, IF_NAMESIZE, "%s", dev);
            break;
        }
    fclose(f);
}

char *te_interfaces_exclude(struct te_err *err)
{
    char route[IF_NAMESIZE];
    struct te_buf list;
    size_t found = 0;
    struct if_nameindex *all = if_nameindex();
    if (!all) {
        te_err_sys(err, TE_ERR_IO, "cannot list the network interfaces");
        return NULL;
    }
    default_route(route);
    te_buf_init(&list, TE_MAX_PATH);
    te_buf_adds(&list, "lo");
    for (const struct if_nameindex *i = all; i->if_index != 0; i++)
        if (interface_is_bridge(i->if_name) && strcmp(i->if_name, route) != 0) {
            te_buf_addf(&list, ",%s", i->if_name);
            found++;
        }
    if_freenameindex(all);
    if (found == 0)
        te_buf_clear(&list);
    char *text = te_buf_take(&list, err);
    te_buf_release(&list);
    return text;
}

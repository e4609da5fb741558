#include "mirror_check.h"

#include <stdatomic.h>
#include "host.h"
#include "inbox.h"
#include "te/base/aside.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/model/mirror.h"

struct mirror_check {
    struct te_aside aside;
    bool sweep;
    struct te_mirror_list files;
    struct te_mirror_file *list; /* of the same files */
    struct te_mirror_item *bad;
    atomic_bool stop;
};

static int look(struct mirror_check *c, struct te_mirror_cache *cache, struct te_err *err)
{
    if (c->sweep && inbox_sweep(&c->files, err) < 0)
        return -1;
    for (size_t i = 0; i < c->files.count && !atomic_load(&c->stop); i++)
        if (te_mirror_check(cache, &c->list[i], 1, err) < 0)
            return -1;
    return 0;
}

/* Between blocks of a file: gigabytes are given up, too. */
static int heed_stop(void *arg, struct te_err *err)
{
    struct mirror_check *c = arg;
    return atomic_load(&c->stop) ? te_err_set(err, TE_ERR_CANCELED, "given up") : 0;
}

static int run(void *arg, struct te_err *err)
{
    struct mirror_check *c = arg;
    struct te_mirror_cache cache;
    te_autofree char *folder = te_host_cache_folder(err);
    if (!folder || te_mirror_cache_open(&cache, folder, err) < 0)
        return -1;
    cache.between = heed_stop;
    cache.between_arg = c;
    int rc = look(c, &cache, err);
    struct te_err ignored = TE_ERR_INIT; /* a cache that cannot be kept costs time, nothing else */
    if (te_mirror_cache_save(&cache, &ignored) < 0)
        te_log(TE_LOG_INFO, "%s", ignored.text);
    te_mirror_cache_release(&cache);
    return rc;
}

int mirror_check_start(struct te_mirror_list *files, bool sweep, struct mirror_check **out,
                       struct te_err *err)
{
    struct mirror_check *c = te_zalloc(1, sizeof *c, err);
    if (!c)
        return -1;
    c->sweep = sweep;
    c->list = te_zalloc(files->count + 1, sizeof *c->list, err);
    c->bad = c->list ? te_zalloc(files->count + 1, sizeof *c->bad, err) : NULL;
    for (size_t i = 0; c->bad && i < files->count; i++)
        c->list[i] = (struct te_mirror_file){.path = files->files[i].path,
                                             .bytes = files->files[i].bytes,
                                             .sha256 = files->files[i].sha256};
    if (!c->bad) {
        mirror_check_free(c);
        return -1;
    }
    c->files = *files;
    *files = (struct te_mirror_list){0};
    if (c->files.count > 0 && te_aside_start(&c->aside, run, c, err) < 0) {
        mirror_check_free(c);
        return -1;
    }
    *out = c;
    return 0;
}

bool mirror_check_wait(struct mirror_check *c, double seconds)
{
    return te_aside_wait(&c->aside, seconds);
}

int mirror_check_result(struct mirror_check *c, struct te_mirror_list *bad, struct te_err *err)
{
    struct te_mirror_list found = {.files = c->bad, .last = true};
    if (c->aside.rc < 0) {
        *err = c->aside.err;
        return -1;
    }
    for (size_t i = 0; i < c->files.count; i++)
        if (c->list[i].verdict != TE_MIRROR_OK) {
            c->bad[found.count] = c->files.files[i]; /* borrowed from it */
            c->bad[found.count++].why = c->list[i].why;
        }
    *bad = found;
    return 0;
}

void mirror_check_free(struct mirror_check *c)
{
    if (!c)
        return;
    atomic_store(&c->stop, true);
    while (!te_aside_wait(&c->aside, 1))
        ;
    te_mirror_list_release(&c->files);
    te_free(c->list);
    te_free(c->bad);
    te_free(c);
}

/*
 * The modes that the program starts itself in. "__child" sets its own limits and becomes another
 * program or calls a plugin's function; what goes wrong before that is told on a descriptor of its
 * own, so that it is never taken for the algorithm's failure.
 */
#include "te/adapter/helper.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include "te/adapter/adapter.h"
#include "te/adapter/child.h"
#include "te/adapter/guardian.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/model/series.h"
#include "timeeval/plugin.h"

static int __attribute__((format(printf, 1, 2))) complain(const char *fmt, ...)
{
    char text[480];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    ssize_t n = write(TE_HELPER_FAIL_FD, text, strlen(text));
    (void)n;
    return TE_HELPER_EXIT;
}

static int set_cpus(const char *list)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (char *end; *list; list = *end == ',' ? end + 1 : end) {
        unsigned long cpu = strtoul(list, &end, 10);
        if (end == list)
            return -1;
        if (cpu < CPU_SETSIZE)
            CPU_SET(cpu, &set);
    }
    return sched_setaffinity(0, sizeof set, &set);
}

static int join(const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, "0", 1);
    close(fd);
    return n == 1 ? 0 : -1;
}

static int set_option(const char *option)
{
    if (strncmp(option, "--data=", 7) == 0) {
        rlim_t bytes = (rlim_t)strtoull(option + 7, NULL, 10);
        struct rlimit limit = {bytes, bytes};
        return setrlimit(RLIMIT_DATA, &limit);
    }
    if (strncmp(option, "--cpus=", 7) == 0)
        return set_cpus(option + 7);
    if (strncmp(option, "--join=", 7) == 0) {
        (void)join(option + 7); /* a controller that is missing only counts less */
        return 0;
    }
    errno = EINVAL;
    return -1;
}

/* ---- plugins ------------------------------------------------------------------------------ */

struct scores {
    double *values;
    size_t n;
};

static double *new_scores(const struct timeeval_call *call, size_t n)
{
    struct scores *s = call->own;
    free(s->values);
    s->values = calloc(n ? n : 1, sizeof *s->values);
    s->n = s->values ? n : 0;
    return s->values;
}

static void put_le(unsigned char *to, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (unsigned char)(v >> 8 * i);
}

static int write_scores(const char *folder, const struct scores *s, struct te_err *err)
{
    static const char magic[8] = TE_CHILD_MAGIC; /* without the NUL */
    te_autofree char *path = te_fs_join(folder, TE_FILE_BINARY, err);
    te_autofree unsigned char *data = te_alloc(TE_CHILD_HEADER + 8 * s->n, err);
    if (!path || !data)
        return -1;
    memcpy(data, magic, sizeof magic);
    put_le(data + 8, TE_CHILD_VERSION, 4);
    put_le(data + 12, 0, 4);
    put_le(data + 16, s->n, 8);
    put_le(data + 24, 1, 8);
    for (size_t i = 0; i < s->n; i++) {
        uint64_t bits;
        memcpy(&bits, &s->values[i], sizeof bits);
        put_le(data + TE_CHILD_HEADER + 8 * i, bits, 8);
    }
    return te_fs_write_atomic(path, data, TE_CHILD_HEADER + 8 * s->n, err);
}

static timeeval_function *load_function(const char *path, const char *symbol)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        complain("cannot load '%s': %s", path, dlerror());
        return NULL;
    }
    const uint32_t *abi = dlsym(library, "timeeval_plugin_abi");
    if (!abi || *abi != TIMEEVAL_PLUGIN_ABI) {
        complain("'%s' %s (this program has plugin interface %d: rebuild it with its "
                 "timeeval/plugin.h and the macro TIMEEVAL_PLUGIN)",
                 path, abi ? "was built for another plugin interface" : "names no plugin interface",
                 TIMEEVAL_PLUGIN_ABI);
        return NULL;
    }
    timeeval_function *function = NULL;
    void *found = dlsym(library, symbol);
    if (!found)
        complain("'%s' has no function '%s'", path, symbol);
    memcpy(&function, &found, sizeof function);
    return function;
}

static void tell_time(double took)
{
    char text[60];
    int len = snprintf(text, sizeof text, TE_CHILD_TIME "%.9f\n", took);
    ssize_t n = write(TE_HELPER_FAIL_FD, text, (size_t)len);
    (void)n;
}

/* LIB SYMBOL train|execute DATA FOLDER PARAMS MODEL */
static int run_plugin(int argc, char **argv)
{
    struct te_err err = TE_ERR_INIT;
    struct te_series series;
    if (argc != 7)
        return complain("plugin: 7 arguments expected");
    timeeval_function *function = load_function(argv[0], argv[1]);
    if (!function)
        return TE_HELPER_EXIT;
    bool train = strcmp(argv[2], "train") == 0;
    if (te_series_load(argv[3], TE_SERIES_VALUES, &series, &err) < 0)
        return complain("%s", err.text);
    uint8_t *marks = NULL;
    double *labels = NULL;
    size_t n = 0;
    if (train && te_series_labels(argv[3], &marks, &n, &err) == 0 && n == series.rows)
        labels = te_zalloc(n ? n : 1, sizeof *labels, &err);
    for (size_t i = 0; labels && i < n; i++)
        labels[i] = marks[i];
    struct scores scores = {0};
    struct timeeval_call call = {.abi = TIMEEVAL_PLUGIN_ABI,
                                 .phase = train ? TIMEEVAL_TRAIN : TIMEEVAL_EXECUTE,
                                 .rows = series.rows,
                                 .dims = series.dims,
                                 .values = series.values,
                                 .labels = labels,
                                 .params = argv[5],
                                 .dataset = argv[3],
                                 .model = argv[6],
                                 .folder = argv[4],
                                 .new_scores = new_scores,
                                 .own = &scores};
    fcntl(TE_HELPER_FAIL_FD, F_SETFD, FD_CLOEXEC);
    double begin = te_clock_mono();
    int rc = function(&call);
    tell_time(te_clock_mono() - begin);
    fflush(NULL);
    if (rc == 0 && !train && write_scores(argv[4], &scores, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        rc = 1;
    }
    free(scores.values);
    te_free(labels);
    te_free(marks);
    te_series_release(&series);
    return rc & 255 ? rc & 255 : rc != 0;
}

/* IN OUT: files in place of standard input and output; "": as they are. */
static int redirect(const char *in, const char *out)
{
    const struct {
        const char *path;
        int flags, fd;
    } ways[] = {{in, O_RDONLY, STDIN_FILENO}, {out, O_WRONLY | O_CREAT | O_EXCL, STDOUT_FILENO}};
    for (int i = 0; i < 2; i++) {
        if (!*ways[i].path)
            continue;
        int fd = open(ways[i].path, ways[i].flags | O_CLOEXEC, 0600);
        if (fd < 0 || dup2(fd, ways[i].fd) < 0)
            return complain("cannot open '%s': %s", ways[i].path, strerror(errno));
    }
    return 0;
}

static int run_child(int argc, char **argv)
{
    int i = 2;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (set_option(argv[i]) < 0)
            return complain("cannot set '%s': %s", argv[i], strerror(errno));
    if (i + 2 >= argc)
        return complain("nothing to run");
    if (strcmp(argv[i + 1], "plugin") == 0)
        return run_plugin(argc - i - 2, argv + i + 2);
    /* "keep": the program itself says on it why it cannot begin, and closes it */
    if (strcmp(argv[i + 1], "keep") != 0)
        fcntl(TE_HELPER_FAIL_FD, F_SETFD, FD_CLOEXEC);
    if (strcmp(argv[i + 1], "filter") == 0) {
        if (i + 4 >= argc)
            return complain("nothing to run");
        if (redirect(argv[i + 2], argv[i + 3]) != 0)
            return TE_HELPER_EXIT;
        i += 2;
    }
    execvp(argv[i + 2], argv + i + 2);
    return complain("cannot run '%s': %s", argv[i + 2], strerror(errno));
}

bool te_helper_wanted(int argc, char *const *argv)
{
    return argc > 1 && (strcmp(argv[1], "__child") == 0 || strcmp(argv[1], "__guardian") == 0);
}

int te_helper_main(int argc, char **argv)
{
    if (strcmp(argv[1], "__guardian") == 0)
        return te_guardian_main(argc, argv);
    return run_child(argc, argv);
}

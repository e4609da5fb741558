/*
 * The program around a sample algorithm, in an image or as a command:
 *
 *   PROGRAM manifest                      prints /app/manifest.json
 *   PROGRAM [execute-algorithm] '{json}'  trains or executes
 *
 * As the images of TimeEval do, it becomes LOCAL_UID:LOCAL_GID first where both are set.
 */
#include "sample.h"

#include <errno.h>
#include <grp.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, SCRATCH = 1 << 16 };

int sample_complain(const char *fmt, ...)
{
    va_list ap;
    fprintf(stderr, "%s: ", sample_algorithm.name);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return -1;
}

double *sample_doubles(size_t n)
{
    double *p = n <= SIZE_MAX / sizeof *p ? malloc((n ? n : 1) * sizeof *p) : NULL;
    if (!p) {
        sample_complain("out of memory");
        exit(EXIT_FAILURE);
    }
    return p;
}

int sample_model_write(const char *path, const double *values, size_t n)
{
    FILE *f = fopen(path, "w");
    if (!f)
        return sample_complain("cannot write '%s': %s", path, strerror(errno));
    fprintf(f, "%s %zu\n", sample_algorithm.name, n);
    for (size_t i = 0; i < n; i++)
        fprintf(f, "%.17g\n", values[i]);
    return fclose(f) == 0 ? 0 : sample_complain("cannot write '%s': %s", path, strerror(errno));
}

int sample_model_read(const char *path, double *values, size_t n)
{
    char name[64];
    size_t count = 0;
    FILE *f = fopen(path, "r");
    if (!f)
        return sample_complain("cannot read the model '%s': %s", path, strerror(errno));
    bool good = fscanf(f, "%63s %zu", name, &count) == 2 &&
                strcmp(name, sample_algorithm.name) == 0 && count == n;
    for (size_t i = 0; good && i < n; i++)
        good = fscanf(f, "%lf", &values[i]) == 1;
    fclose(f);
    return good ? 0 : sample_complain("'%s' is no model of this algorithm", path);
}

static size_t columns(const char *line)
{
    size_t n = 1;
    for (; *line; line++)
        n += *line == ',';
    return n;
}

/* One data row: index, channels, label. */
static int read_row(char *line, size_t number, struct sample_data *data)
{
    char *p = strchr(line, ',');
    double *x = data->x + data->rows * data->channels;
    for (size_t c = 0; c <= data->channels; c++) {
        if (!p)
            return sample_complain("line %zu: too few columns", number);
        char *start = p + 1, *end;
        double v = strtod(start, &end);
        p = strchr(start, ',');
        if (end == start)
            v = (double)NAN;
        if (c < data->channels)
            x[c] = v;
        else
            data->label[data->rows] = v > 0.5;
    }
    data->rows++;
    return 0;
}

static void grow(struct sample_data *data, size_t *room)
{
    *room = *room ? *room * 2 : 4096;
    data->x = realloc(data->x, *room * data->channels * sizeof *data->x);
    data->label = realloc(data->label, *room);
    if (!data->x || !data->label) {
        sample_complain("out of memory");
        exit(EXIT_FAILURE);
    }
}

int sample_read(const char *path, struct sample_data *data)
{
    char *line = NULL;
    size_t size = 0, room = 0;
    int rc = 0;
    memset(data, 0, sizeof *data);
    FILE *f = fopen(path, "r");
    if (!f)
        return sample_complain("cannot read '%s': %s", path, strerror(errno));
    size_t wide = getline(&line, &size, f) > 0 ? columns(line) : 0;
    if (wide < 3)
        rc = sample_complain("'%s' has no index, value and label columns", path);
    else
        data->channels = wide - 2;
    for (size_t number = 2; rc == 0 && getline(&line, &size, f) > 0; number++) {
        if (line[0] == '\n' || line[0] == '\r')
            continue;
        if (data->rows == room)
            grow(data, &room);
        rc = read_row(line, number, data);
    }
    free(line);
    fclose(f);
    if (rc == 0 && data->rows == 0)
        rc = sample_complain("'%s' has no rows", path);
    return rc;
}

void sample_release(struct sample_data *data)
{
    free(data->x);
    free(data->label);
    memset(data, 0, sizeof *data);
}

static int write_scores(const char *path, const double *scores, size_t n)
{
    FILE *f = fopen(path, "w");
    if (!f)
        return sample_complain("cannot write '%s': %s", path, strerror(errno));
    for (size_t i = 0; i < n; i++)
        fprintf(f, "%.17g\n", scores[i]);
    return fclose(f) == 0 ? 0 : sample_complain("cannot write '%s': %s", path, strerror(errno));
}

static int execute(const struct sample_data *data, const struct sample_args *args, const char *out)
{
    double *scores = NULL;
    size_t n = 0;
    int rc = sample_algorithm.execute(data, args, &scores, &n);
    if (rc == 0)
        rc = write_scores(out, scores, n);
    if (rc == 0)
        printf("%s: %zu rows of %zu channels, %zu scores\n", sample_algorithm.name, data->rows,
               data->channels, n);
    free(scores);
    return rc;
}

static int work(const char *json)
{
    char in[PATH_SIZE], out[PATH_SIZE], model[PATH_SIZE], type[16];
    if (sample_json_text(sample_json_get(json, "executionType"), type, sizeof type) != 0 ||
        sample_json_text(sample_json_get(json, "dataInput"), in, sizeof in) != 0 ||
        sample_json_text(sample_json_get(json, "dataOutput"), out, sizeof out) != 0)
        return sample_complain("the argument lacks executionType, dataInput or dataOutput");
    bool train = strcmp(type, "train") == 0;
    const char *key = train ? "modelOutput" : "modelInput";
    if (sample_json_text(sample_json_get(json, key), model, sizeof model) != 0)
        model[0] = '\0';
    const struct sample_args args = {sample_json_get(json, "customParameters"), model};
    struct sample_data data;
    int rc = sample_read(in, &data);
    if (rc == 0 && !train)
        rc = execute(&data, &args, out);
    else if (rc == 0 && sample_algorithm.train)
        rc = sample_algorithm.train(&data, &args);
    else if (rc == 0)
        rc = sample_complain("learns nothing; execute it");
    sample_release(&data);
    return rc;
}

static int become_local(void)
{
    const char *uid = getenv("LOCAL_UID"), *gid = getenv("LOCAL_GID");
    if (!uid || !*uid || !gid || !*gid || geteuid() != 0)
        return 0;
    gid_t g = (gid_t)strtoul(gid, NULL, 10);
    if (setgroups(1, &g) != 0 || setgid(g) != 0 || setuid((uid_t)strtoul(uid, NULL, 10)) != 0)
        return sample_complain("cannot become %s:%s: %s", uid, gid, strerror(errno));
    return 0;
}

static int show_manifest(void)
{
    static char text[SCRATCH];
    FILE *f = fopen("/app/manifest.json", "r");
    if (!f)
        return sample_complain("no manifest here: %s", strerror(errno));
    size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    return fwrite(text, 1, n, stdout) == n ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (become_local() != 0)
        return EXIT_FAILURE;
    if (argc == 2 && strcmp(argv[1], "manifest") == 0)
        return show_manifest() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    if (argc == 3 && strcmp(argv[1], "execute-algorithm") == 0)
        argv++, argc--;
    if (argc != 2 || argv[1][0] != '{') {
        sample_complain("usage: manifest | execute-algorithm '{json}'");
        return 2;
    }
    return work(argv[1]) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

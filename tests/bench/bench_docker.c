/*
 * One Docker experiment against the bare sequence create, start, wait, remove with the same image
 * and options, in alternating pairs; and two slots against one with an image that works for a
 * second. Needs DOCKER_HOST and the image of tests/images/build.sh; skips without.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "te/adapter/docker.h"
#include "te/adapter/helper.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/run/runner.h"

#define IMAGE "timeeval-mpi/probe:1.0.0"
enum { PAIRS = 40, ROWS = 100 };

static char folder[] = "/tmp/te-bench-XXXXXX", dataset[100];
static struct te_run_settings settings;

static void must(int rc, const struct te_err *err)
{
    if (rc == 0)
        return;
    printf("bench_docker: %s\n", err->text);
    _exit(1);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct te_runner *open_runner(int slot, int slots)
{
    struct te_err err = TE_ERR_INIT;
    struct te_runner *r = NULL;
    char label[40];
    snprintf(label, sizeof label, "bench-%d-%d", (int)getpid(), slot);
    struct te_runner_place place = {"here", 1 + slot, slot, slots, label};
    must(te_runner_open(&settings, &place, &r, &err), &err);
    return r;
}

static void fill_task(struct te_task *t, char *params)
{
    static char name[] = "probe", image[] = IMAGE;
    *t = (struct te_task){.attempt = 1,
                          .algorithm = name,
                          .collection = name,
                          .dataset = name,
                          .params_json = params,
                          .program = image,
                          .test_path = dataset,
                          .adapter = TE_ADAPTER_DOCKER};
    t->limits = (struct te_limits){.memory = 64 << 20, .cpus = 1, .execute_timeout = 60};
}

static void finish(struct te_runner *r)
{
    struct te_result result;
    double *scores = NULL;
    te_runner_take(r, &result, &scores);
    if (result.status != TE_STATUS_OK)
        printf("bench_docker: %s\n", result.error_message);
    te_result_release(&result);
    te_free(scores);
}

static double experiment(struct te_runner *r, const struct te_task *t)
{
    struct te_err err = TE_ERR_INIT;
    bool done = false;
    double begin = te_clock_mono();
    must(te_runner_start(r, t, &err), &err);
    while (!done)
        must(te_runner_poll(r, 0.2, &done, &err), &err);
    finish(r);
    return te_clock_mono() - begin;
}

static void step(struct te_docker *d, const char *method, const char *path, const char *body,
                 char id[TE_ENGINE_ID])
{
    struct te_err err = TE_ERR_INIT;
    struct te_http_call *call = NULL;
    must(te_docker_do(d, method, path, body, 60, &call, &err), &err);
    if (id)
        must(te_engine_parse_id(call->body.data, call->body.len, id, &err), &err);
    te_http_free(d->http, call);
}

static double bare(struct te_docker *d)
{
    char path[200], id[TE_ENGINE_ID], body[1500];
    snprintf(
        body, sizeof body,
        "{\"Image\":\"" IMAGE "\",\"Cmd\":[\"execute-algorithm\",\"{\\\"dataOutput\\\": "
        "\\\"/results/docker-algorithm-scores.csv\\\", \\\"executionType\\\": \\\"execute\\\", "
        "\\\"do\\\": \\\"scores=100\\\"}\"],\"HostConfig\":{\"Binds\":[\"%s:/data:ro\","
        "\"%s:/results:rw\"],\"Memory\":67108864,\"MemorySwap\":67108864,"
        "\"MemorySwappiness\":0,\"NanoCpus\":1000000000,\"NetworkMode\":\"none\"}}",
        folder, folder);
    double begin = te_clock_mono();
    step(d, "POST", "/containers/create", body, id);
    snprintf(path, sizeof path, "/containers/%s/start", id);
    step(d, "POST", path, NULL, NULL);
    snprintf(path, sizeof path, "/containers/%s/wait", id);
    step(d, "POST", path, NULL, NULL);
    snprintf(path, sizeof path, "/containers/%s?v=1", id);
    step(d, "DELETE", path, NULL, NULL);
    return te_clock_mono() - begin;
}

static void compare_one(struct te_docker *d)
{
    static char params[] = "{\"do\": \"scores=100\"}";
    struct te_task t;
    double ours[PAIRS], theirs[PAIRS];
    struct te_runner *r = open_runner(0, 1);
    fill_task(&t, params);
    (void)experiment(r, &t);
    (void)bare(d);
    for (int i = 0; i < PAIRS; i++) {
        t.number = (uint32_t)i;
        ours[i] = experiment(r, &t);
        theirs[i] = bare(d);
    }
    te_runner_close(r);
    qsort(ours, PAIRS, sizeof ours[0], compare);
    qsort(theirs, PAIRS, sizeof theirs[0], compare);
    double a = ours[PAIRS / 2], b = theirs[PAIRS / 2];
    printf("one experiment: %.0f ms, bare API: %.0f ms (medians of %d pairs), ratio %.3f (aim <= "
           "1.08)\n",
           a * 1000, b * 1000, PAIRS, a / b);
}

/* n tasks of a second over some slots of this process, polled in turn. */
static double throughput(int slots, int tasks)
{
    static char params[] = "{\"do\": \"sleep=1 scores=100\"}";
    struct te_err err = TE_ERR_INIT;
    struct te_runner *r[2];
    struct te_task t[2];
    bool busy[2] = {false, false};
    int begun = 0, ended = 0;
    for (int s = 0; s < slots; s++)
        r[s] = open_runner(s, slots);
    double begin = te_clock_mono();
    while (ended < tasks) {
        for (int s = 0; s < slots; s++) {
            bool done = false;
            if (!busy[s] && begun < tasks) {
                fill_task(&t[s], params);
                t[s].number = (uint32_t)begun++;
                must(te_runner_start(r[s], &t[s], &err), &err);
                busy[s] = true;
            }
            if (!busy[s])
                continue;
            must(te_runner_poll(r[s], 0.01, &done, &err), &err);
            if (done) {
                finish(r[s]);
                busy[s] = false;
                ended++;
            }
        }
    }
    double seconds = te_clock_mono() - begin;
    for (int s = 0; s < slots; s++)
        te_runner_close(r[s]);
    return tasks / seconds;
}

static void idle_cost(void)
{
    static char params[] = "{\"do\": \"sleep=5 scores=100\"}";
    struct te_task t;
    struct te_runner *r = open_runner(0, 1);
    fill_task(&t, params);
    struct te_err err = TE_ERR_INIT;
    bool done = false;
    must(te_runner_start(r, &t, &err), &err);
    double begin = te_clock_mono();
    while (te_clock_mono() - begin < 1)
        must(te_runner_poll(r, 0.1, &done, &err), &err);
    double cpu = te_clock_cpu();
    begin = te_clock_mono();
    while (te_clock_mono() - begin < 3 && !done)
        must(te_runner_poll(r, 0.1, &done, &err), &err);
    printf("a rank whose container runs: %.3f %% of a core (aim <= 0.2)\n",
           100 * (te_clock_cpu() - cpu) / (te_clock_mono() - begin));
    te_runner_cancel(r);
    te_runner_close(r);
}

int main(int argc, char **argv)
{
    struct te_err err = TE_ERR_INIT;
    if (te_helper_wanted(argc, argv))
        return te_helper_main(argc, argv);
    static char metrics[] = "ROC_AUC", none[] = "none";
    struct te_engine_image image = {.id = ""};
    settings = (struct te_run_settings){.metrics = metrics,
                                        .network = none,
                                        .scratch = folder,
                                        .docker_host = getenv("DOCKER_HOST")};
    struct te_docker *d = NULL;
    if (!settings.docker_host || te_docker_open(settings.docker_host, 10, &d, &err) < 0 ||
        te_docker_image(d, IMAGE, &image, &err) < 0 || !*image.id) {
        printf("bench_docker: skipped: no DOCKER_HOST with " IMAGE "\n");
        te_docker_close(d);
        return 0;
    }
    struct te_buf text;
    te_buf_init(&text, 1 << 16);
    te_buf_adds(&text, "timestamp,v,is_anomaly\n");
    for (int i = 0; i < ROWS; i++)
        te_buf_addf(&text, "%d,1,%d\n", i, i > 90);
    if (!mkdtemp(folder))
        return 1;
    snprintf(dataset, sizeof dataset, "%s/d.csv", folder);
    must(te_fs_write_atomic(dataset, text.data, text.len, &err), &err);
    te_buf_release(&text);
    compare_one(d);
    double one = throughput(1, 6), two = throughput(2, 12);
    printf("throughput: 1 slot %.2f/s, 2 slots %.2f/s, ratio %.2f (aim >= 1.8)\n", one, two,
           two / one);
    idle_cost();
    te_docker_close(d);
    must(te_fs_remove_tree(folder, &err), &err);
    return 0;
}

/* The Docker adapter against an engine that misbehaves: a process of the test on a socket. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "te/adapter/docker.h"
#include "te/adapter/helper.h"
#include "te/base/buf.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/run/runner.h"
#include "te_test.h"

static char folder[] = "/tmp/te-docker-XXXXXX";
static char dataset[100], address[120];

enum mode { GOOD, NEWER, GARBAGE, ERRORS, GONE, ABSENT, FLAKY, LABELLED, NO_PARENT };

static void reply(int fd, int status, const char *body)
{
    char text[4096];
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                     "Connection: close\r\n\r\n%s",
                     status, strlen(body), body);
    if (write(fd, text, (size_t)n) < 0)
        _exit(1);
}

static void answer(int fd, enum mode mode, const char *request)
{
    static int creates;
    static bool with_parent;
    const char *prefix = mode == NEWER ? " /v1.44/" : " /v1.41/";
    if (strstr(request, "/version")) {
        reply(fd, 200,
              mode == NEWER ? "{\"ApiVersion\":\"1.52\",\"MinAPIVersion\":\"1.44\"}"
                            : "{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\"}");
    } else if (!strstr(request, prefix)) {
        reply(fd, 400, "{\"message\":\"client version is too old\"}");
    } else if (strstr(request, "/info")) {
        reply(fd, 200,
              mode == NO_PARENT
                  ? "{\"CgroupDriver\":\"cgroupfs\",\"CgroupVersion\":\"1\",\"NCPU\":2}"
                  : "{\"CgroupDriver\":\"systemd\",\"CgroupVersion\":\"2\",\"NCPU\":2}");
    } else if (strstr(request, "/create?name")) {
        with_parent = mode == NO_PARENT && strstr(request, "/job_77/");
        if (mode == GARBAGE)
            reply(fd, 201, "<html>not what you want</html>");
        else if (mode == ERRORS || (mode == FLAKY && creates++ == 0))
            reply(fd, 500, "{\"message\":\"disk on fire\"}");
        else if (mode == ABSENT)
            reply(fd, 404, "{\"message\":\"no such image\"}");
        else if (mode == LABELLED && !strstr(request, "\"timeeval-mpi.job\":\"77\""))
            reply(fd, 400, "{\"message\":\"no label\"}");
        else if (mode != GONE)
            reply(fd, 201, "{\"Id\":\"0123456789abcdef\"}");
    } else if (strstr(request, "/start") && with_parent) {
        reply(fd, 500, "{\"message\":\"OCI runtime: cannot apply cgroup configuration\"}");
    } else if (strstr(request, "/start")) {
        reply(fd, 204, "");
    } else if (strstr(request, "/wait")) {
        reply(fd, 200, "{\"StatusCode\":3}");
    } else if (strstr(request, "/json")) {
        reply(fd, 200,
              "{\"Image\":\"sha256:abc\",\"State\":{\"Running\":false,\"ExitCode\":3,"
              "\"StartedAt\":\"2026-01-31T12:00:00.5Z\","
              "\"FinishedAt\":\"2026-01-31T12:00:02.75Z\"}}");
    } else {
        reply(fd, 200, "");
    }
}

static void serve(int listener, enum mode mode)
{
    for (;;) {
        char request[16384];
        size_t n = 0;
        int fd = accept(listener, NULL, NULL);
        while (fd >= 0 && n < sizeof request - 1) {
            ssize_t k = read(fd, request + n, sizeof request - 1 - n);
            if (k <= 0)
                break;
            n += (size_t)k;
            request[n] = '\0';
            if (strstr(request, "\r\n\r\n"))
                break;
        }
        request[n] = '\0';
        answer(fd, mode, request);
        close(fd);
    }
}

static pid_t start_engine(enum mode mode)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%s/sock", folder);
    unlink(to.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof to) < 0 || listen(fd, 16) < 0)
        abort();
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGPIPE, SIG_IGN);
        serve(fd, mode);
    }
    close(fd);
    return pid;
}

static struct te_result run_against(enum mode mode)
{
    static char metrics[] = "ROC_AUC", none[] = "none";
    static struct te_run_settings settings = {
        .metrics = metrics, .max_log = 8192, .network = none, .pull = TE_PULL_NEVER};
    struct te_runner_place place = {"here", 1, 0, 1, "unit-docker"};
    struct te_err err = TE_ERR_INIT;
    struct te_runner *r = NULL;
    struct te_result result;
    double *scores = NULL;
    bool done = false;
    static char a[] = "alg", c[] = "c", d[] = "d", p[] = "{}", image[] = "some/image:1";
    struct te_task t = {.attempt = 1,
                        .algorithm = a,
                        .collection = c,
                        .dataset = d,
                        .params_json = p,
                        .program = image,
                        .test_path = dataset,
                        .adapter = TE_ADAPTER_DOCKER};
    settings.scratch = folder;
    settings.docker_host = address;
    pid_t engine = start_engine(mode);
    if (te_runner_open(&settings, &place, &r, &err) < 0 || te_runner_start(r, &t, &err) < 0)
        abort();
    for (int i = 0; i < 300 && !done; i++)
        CU_ASSERT_EQUAL_FATAL(te_runner_poll(r, 0.1, &done, &err), 0);
    CU_ASSERT_TRUE_FATAL(done);
    te_runner_take(r, &result, &scores);
    te_free(scores);
    te_runner_close(r);
    kill(engine, SIGKILL);
    waitpid(engine, NULL, 0);
    return result;
}

static void expect(enum mode mode, enum te_reason reason, const char *part)
{
    double begin = te_clock_mono();
    struct te_result r = run_against(mode);
    CU_ASSERT_EQUAL(r.status, TE_STATUS_ERROR);
    CU_ASSERT_EQUAL(r.reason, reason);
    CU_ASSERT_PTR_NOT_NULL(strstr(r.error_message, part));
    CU_ASSERT_TRUE(te_clock_mono() - begin < 20);
    if (!strstr(r.error_message, part) || r.reason != reason)
        te_note("%s: %s", te_reason_word(r.reason), r.error_message);
    te_result_release(&r);
}

static void a_good_engine_is_believed(void)
{
    struct te_result r = run_against(GOOD);
    CU_ASSERT_EQUAL(r.reason, TE_REASON_EXIT);
    CU_ASSERT_EQUAL(r.phase[TE_EXECUTE].exit_code, 3);
    CU_ASSERT_DOUBLE_EQUAL(r.phase[TE_EXECUTE].main_time, 2.25, 1e-9);
    CU_ASSERT_STRING_EQUAL(r.image_digest, "sha256:abc");
    te_result_release(&r);
}

static void a_newer_engine_is_spoken_to(void)
{
    expect(NEWER, TE_REASON_EXIT, "Status '3'");
}

static void garbage_is_infrastructure(void)
{
    expect(GARBAGE, TE_REASON_INFRASTRUCTURE, "reply to create");
}

static void errors_are_tried_again_then_told(void)
{
    expect(ERRORS, TE_REASON_INFRASTRUCTURE, "disk on fire");
    expect(FLAKY, TE_REASON_EXIT, "Status '3'");
}

static void an_engine_that_goes_away(void)
{
    expect(GONE, TE_REASON_INFRASTRUCTURE, "create failed");
}

static void an_absent_image(void)
{
    expect(ABSENT, TE_REASON_INFRASTRUCTURE,
           "Could not start Docker container for algorithm some/image:1 because image not found!");
}

static void a_batch_job_is_named(void)
{
    CU_ASSERT_EQUAL_FATAL(setenv("SLURM_JOB_ID", "77", 1), 0);
    expect(LABELLED, TE_REASON_EXIT, "Status '3'");
    unsetenv("SLURM_JOB_ID");
}

static bool join_group(const char *folder_of_group)
{
    struct te_err err = TE_ERR_INIT;
    char pid[24];
    te_autofree char *path = te_asprintf(&err, "%s/cgroup.procs", folder_of_group);
    FILE *f = path ? fopen(path, "w") : NULL;
    if (!f)
        return false;
    int n = snprintf(pid, sizeof pid, "%ld", (long)getpid());
    bool ok = fwrite(pid, 1, (size_t)n, f) == (size_t)n;
    return fclose(f) == 0 && ok;
}

/* Containers go into the job's group; where the engine cannot do that, they run without. */
static void an_engine_that_refuses_the_jobs_group(void)
{
    struct te_err err = TE_ERR_INIT;
    te_autofree char *top = te_asprintf(&err, "/sys/fs/cgroup/memory/te-unit-%ld", (long)getpid());
    te_autofree char *job = te_asprintf(&err, "%s/job_77", top);
    if (!te_fs_is_folder("/sys/fs/cgroup/memory") || te_fs_mkdirs(job, &err) < 0) {
        te_skip("no control groups of version 1 that may be made");
        return;
    }
    CU_ASSERT_TRUE_FATAL(join_group(job));
    CU_ASSERT_EQUAL_FATAL(setenv("SLURM_JOB_ID", "77", 1), 0);
    expect(NO_PARENT, TE_REASON_EXIT, "Status '3'");
    unsetenv("SLURM_JOB_ID");
    CU_ASSERT_TRUE_FATAL(join_group("/sys/fs/cgroup/memory"));
    CU_ASSERT_EQUAL(rmdir(job), 0); /* nothing of ours is left in it */
    CU_ASSERT_EQUAL(rmdir(top), 0);
    static const char *const others[] = {"cpu", "cpuacct", "blkio", "pids"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        te_autofree char *path =
            te_asprintf(&err, "/sys/fs/cgroup/%s/%s", others[i], te_fs_basename(top));
        CU_ASSERT(rmdir(path) == 0 || !te_fs_exists(path));
    }
}

static void no_engine_at_all(void)
{
    struct te_docker *d = NULL;
    struct te_err err = TE_ERR_INIT;
    CU_ASSERT_EQUAL(te_docker_open("unix:///nowhere/sock", 2, &d, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/nowhere/sock"));
    CU_ASSERT_EQUAL(te_docker_open("tcp://1.2.3.4:5", 2, &d, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
}

TE_TESTS = {TE_TEST(a_good_engine_is_believed), TE_TEST(a_newer_engine_is_spoken_to),
            TE_TEST(garbage_is_infrastructure), TE_TEST(errors_are_tried_again_then_told),
            TE_TEST(an_engine_that_goes_away),  TE_TEST(an_absent_image),
            TE_TEST(a_batch_job_is_named),      TE_TEST(an_engine_that_refuses_the_jobs_group),
            TE_TEST(no_engine_at_all)};

int main(int argc, char **argv)
{
    struct te_err err = TE_ERR_INIT;
    if (te_helper_wanted(argc, argv))
        return te_helper_main(argc, argv);
    if (!mkdtemp(folder))
        return 1;
    snprintf(dataset, sizeof dataset, "%s/d.csv", folder);
    snprintf(address, sizeof address, "unix://%s/sock", folder);
    static const char text[] = "timestamp,v,is_anomaly\n0,1,0\n1,2,1\n";
    if (te_fs_write_atomic(dataset, text, sizeof text - 1, &err) < 0)
        return 1;
    int rc = te_test_run(te_tests, sizeof te_tests / sizeof te_tests[0]);
    if (te_fs_remove_tree(folder, &err) < 0)
        te_note("%s", err.text);
    return rc;
}

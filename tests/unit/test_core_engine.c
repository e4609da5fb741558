/* The engine's language: requests byte by byte, replies good and bad. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "te/core/engine.h"
#include "te_test.h"

static void the_argument_is_the_peers(void)
{
    struct te_buf b;
    te_buf_init(&b, 4096);
    te_engine_argument(&b, "/data/dataset.test.csv", "/results/docker-algorithm-scores.csv",
                       "/results/model.pkl", TE_EXECUTE, "{\"z\": 1, \"a\": 1.0}");
    CU_ASSERT_STRING_EQUAL(
        b.data, "{\"dataInput\": \"/data/dataset.test.csv\", \"dataOutput\": "
                "\"/results/docker-algorithm-scores.csv\", \"modelInput\": \"/results/model.pkl\", "
                "\"modelOutput\": \"/results/model.pkl\", \"executionType\": \"execute\", "
                "\"customParameters\": {\"z\": 1, \"a\": 1.0}}");
    te_buf_release(&b);
}

static void create_is_complete(void)
{
    const char *argv[] = {"execute-algorithm", "{\"a\": \"it's\"}", NULL};
    const char *env[] = {"LOCAL_UID=1000", "LOCAL_GID=7", NULL};
    const char *labels[] = {TE_LABEL, "r-1", NULL};
    const char *binds[] = {"/d:/data:ro", "/w:/results:rw", NULL};
    struct te_engine_container c = {.image = "a/b:1",
                                    .argv = argv,
                                    .env = env,
                                    .labels = labels,
                                    .binds = binds,
                                    .network = "none",
                                    .cgroup_parent = "/x",
                                    .cpuset = "0-3,8",
                                    .memory = 1048576,
                                    .cpus = 1.5,
                                    .pids_limit = 10,
                                    .shm_size = 64,
                                    .swappiness = true};
    struct te_buf b;
    struct te_err err = TE_ERR_INIT;
    te_buf_init(&b, 4096);
    CU_ASSERT_EQUAL(te_engine_create(&c, &b, &err), 0);
    CU_ASSERT_STRING_EQUAL(
        b.data,
        "{\"Image\":\"a/b:1\",\"Cmd\":[\"execute-algorithm\",\"{\\\"a\\\": \\\"it's\\\"}\"],"
        "\"Env\":[\"LOCAL_UID=1000\",\"LOCAL_GID=7\"],"
        "\"Labels\":{\"timeeval-mpi.label\":\"r-1\"},"
        "\"HostConfig\":{\"Binds\":[\"/d:/data:ro\",\"/w:/results:rw\"],"
        "\"Memory\":1048576,\"MemorySwap\":1048576,\"MemorySwappiness\":0,"
        "\"NanoCpus\":1500000000,\"PidsLimit\":10,\"ShmSize\":64,\"NetworkMode\":\"none\","
        "\"CgroupParent\":\"/x\",\"CpusetCpus\":\"0-3,8\",\"LogConfig\":{\"Type\":\"none\"}}}");
    te_buf_release(&b);
}

static void versions_are_agreed_on(void)
{
    static const struct {
        const char *reply;
        const char *want; /* NULL: an error */
    } cases[] = {
        {"{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\"}", "1.41"},
        {"{\"ApiVersion\":\"1.47\",\"MinAPIVersion\":\"1.24\"}", "1.41"},
        {"{\"ApiVersion\":\"1.30\",\"MinAPIVersion\":\"1.12\"}", "1.30"},
        {"{\"ApiVersion\":\"1.52\",\"MinAPIVersion\":\"1.44\"}", "1.44"},
        {"{\"ApiVersion\":\"1.40\"}", "1.40"},
        {"{\"ApiVersion\":\"1.18\",\"MinAPIVersion\":\"1.12\"}", NULL},
        {"{\"ApiVersion\":\"x\"}", NULL},
        {"{}", NULL},
        {"[]", NULL},
        {"<html>", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[TE_ENGINE_VERSION] = "";
        struct te_err err = TE_ERR_INIT;
        int rc = te_engine_negotiate(cases[i].reply, strlen(cases[i].reply), out, &err);
        CU_ASSERT_EQUAL(rc, cases[i].want ? 0 : -1);
        if (cases[i].want)
            CU_ASSERT_STRING_EQUAL(out, cases[i].want);
    }
}

static void states_are_read(void)
{
    static const char text[] =
        "{\"Id\":\"x\",\"Image\":\"sha256:abc\",\"State\":{\"Running\":false,\"OOMKilled\":true,"
        "\"ExitCode\":137,\"Error\":\"\",\"StartedAt\":\"2026-01-31T12:00:00.123456789Z\","
        "\"FinishedAt\":\"2026-01-31T12:00:01.123456799Z\"}}";
    struct te_engine_state s;
    struct te_err err = TE_ERR_INIT;
    CU_ASSERT_EQUAL(te_engine_parse_state(text, strlen(text), &s, &err), 0);
    CU_ASSERT_TRUE(s.oom_killed && !s.running && s.exit_code == 137);
    CU_ASSERT_DOUBLE_EQUAL(s.run_time, 1.00000001, 1e-12);
    CU_ASSERT_STRING_EQUAL(s.image, "sha256:abc");
    CU_ASSERT_FALSE(s.removing);
    static const char going[] = "{\"State\":{\"Status\":\"removing\",\"ExitCode\":137}}";
    CU_ASSERT_EQUAL(te_engine_parse_state(going, strlen(going), &s, &err), 0);
    CU_ASSERT_TRUE(s.removing);
    /* every cut of it is an error, not a crash */
    for (size_t n = 0; n + 1 < strlen(text); n++)
        CU_ASSERT_EQUAL(te_engine_parse_state(text, n, &s, &err), -1);
}

static void ids_and_codes_are_checked(void)
{
    struct te_err err = TE_ERR_INIT;
    char id[TE_ENGINE_ID];
    int code = 0;
    const char *good = "{\"Id\":\"0123456789abcdef\",\"Warnings\":[]}";
    CU_ASSERT_EQUAL(te_engine_parse_id(good, strlen(good), id, &err), 0);
    CU_ASSERT_STRING_EQUAL(id, "0123456789abcdef");
    const char *evil = "{\"Id\":\"../../x\"}";
    CU_ASSERT_EQUAL(te_engine_parse_id(evil, strlen(evil), id, &err), -1);
    const char *docker = "{\"Error\":null,\"StatusCode\":3}\n",
               *podman = "{\"StatusCode\":3,\"Error\":null}", *bad = "{\"StatusCode\":\"3\"}";
    CU_ASSERT_TRUE(te_engine_parse_wait(docker, strlen(docker), &code, &err) == 0 && code == 3);
    CU_ASSERT_TRUE(te_engine_parse_wait(podman, strlen(podman), &code, &err) == 0 && code == 3);
    CU_ASSERT_EQUAL(te_engine_parse_wait(bad, strlen(bad), &code, &err), -1);
    char text[16];
    const char *message = "{\"message\":\"no such\\nimage\"}";
    te_engine_message(message, strlen(message), text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "no such image");
    te_engine_message("", 0, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "");
}

static void collect(void *arg, const char *data, size_t len)
{
    te_buf_add(arg, data, len);
}

/* Frames arrive in any pieces. */
static void frames_come_apart_anywhere(void)
{
    static const char wire[] = "\2\0\0\0\0\0\0\3err\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\4out\n";
    size_t n = sizeof wire - 1;
    for (size_t cut = 0; cut <= n; cut++) {
        struct te_engine_frames f = {0};
        struct te_err err = TE_ERR_INIT;
        struct te_buf b;
        te_buf_init(&b, 100);
        CU_ASSERT_EQUAL(te_engine_frames_feed(&f, wire, cut, collect, &b, &err), 0);
        CU_ASSERT_EQUAL(te_engine_frames_feed(&f, wire + cut, n - cut, collect, &b, &err), 0);
        CU_ASSERT_STRING_EQUAL(b.data, "errout\n");
        te_buf_release(&b);
    }
    struct te_engine_frames f = {0};
    struct te_err err = TE_ERR_INIT;
    CU_ASSERT_EQUAL(te_engine_frames_feed(&f, "HTTP/1.1 200", 12, collect, NULL, &err), -1);
}

static void figures_are_read(void)
{
    static const char text[] =
        "{\"cpu_stats\":{\"cpu_usage\":{\"total_usage\":3000000000,\"usage_in_kernelmode\":"
        "1000000000}},\"memory_stats\":{\"usage\":5,\"max_usage\":9},\"blkio_stats\":"
        "{\"io_service_bytes_recursive\":[{\"op\":\"Read\",\"value\":4},{\"op\":\"Write\","
        "\"value\":8},{\"op\":\"Total\",\"value\":12}]}}";
    struct te_measure m = {.peak_memory = NAN};
    struct te_err err = TE_ERR_INIT;
    CU_ASSERT_EQUAL(te_engine_parse_stats(text, strlen(text), &m, &err), 0);
    CU_ASSERT_TRUE(m.cpu_user == 2 && m.cpu_system == 1 && m.peak_memory == 9);
    CU_ASSERT_TRUE(m.read_bytes == 4 && m.write_bytes == 8);
    CU_ASSERT_EQUAL(m.measured_by, TE_MEASURED_STATS);
    struct te_measure same = m;
    CU_ASSERT_EQUAL(te_engine_parse_stats("{}", 2, &m, &err), 0);
    CU_ASSERT_EQUAL(m.cpu_user, same.cpu_user);
}

static void images_are_named_for_a_pull(void)
{
    static const struct {
        const char *image, *want;
    } cases[] = {
        {"cof", "/images/create?fromImage=cof&tag=latest"},
        {"ghcr.io/timeeval/cof:0.3.0", "/images/create?fromImage=ghcr.io/timeeval/cof&tag=0.3.0"},
        {"localhost:5000/cof", "/images/create?fromImage=localhost:5000/cof&tag=latest"},
        {"localhost:5000/cof@sha256:ab", "/images/create?fromImage=localhost:5000/cof%40sha256:ab"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct te_buf out;
        te_buf_init(&out, 1024);
        te_engine_pull(&out, cases[i].image);
        CU_ASSERT_STRING_EQUAL(out.data, cases[i].want);
        te_buf_release(&out);
    }
}

static void images_are_read(void)
{
    static const struct {
        const char *reply, *id, *digest; /* id NULL: an error */
    } cases[] = {
        {"{\"Parent\":\"sha256:ffffffffffffffff\",\"Id\":\"sha256:0123456789abcdef\"}",
         "sha256:0123456789abcdef", ""},
        {"[{\"Id\":\"sha256:0123456789abcdef\",\"RepoDigests\":[\"a/b@sha256:12\"]},"
         "{\"Id\":\"sha256:ffffffffffffffff\"}]",
         "sha256:0123456789abcdef", "sha256:12"},
        {"[]", NULL, NULL},
        {"{}", NULL, NULL},
        {"{\"Id\":\"../../../x\"}", NULL, NULL},
        {"sha256:0123456789abcdef", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct te_engine_image out;
        struct te_err err = TE_ERR_INIT;
        int rc = te_engine_parse_image(cases[i].reply, strlen(cases[i].reply), &out, &err);
        CU_ASSERT_EQUAL(rc, cases[i].id ? 0 : -1);
        if (!cases[i].id)
            continue;
        CU_ASSERT_STRING_EQUAL(out.id, cases[i].id);
        CU_ASSERT_STRING_EQUAL(out.digest, cases[i].digest);
    }
}

static void count_line(void *arg, const char *data, size_t len)
{
    struct te_buf *b = arg;
    te_buf_addf(b, "<%.*s>", (int)len, data);
}

static void lines_come_together(void)
{
    struct te_buf line, out;
    te_buf_init(&line, 8);
    te_buf_init(&out, 1000);
    te_engine_lines_feed(&line, "one\ntw", 6, count_line, &out);
    te_engine_lines_feed(&line, "o\n\n", 3, count_line, &out);
    te_engine_lines_feed(&line, "too long for it\nfour\nrest", 25, count_line, &out);
    CU_ASSERT_STRING_EQUAL(out.data, "<one><two><four>");
    te_buf_release(&line);
    te_buf_release(&out);
}

static void tell(struct te_engine_pulling *p, const char *line)
{
    te_engine_pulling_line(p, line, strlen(line));
}

static void pulls_tell_how_far_they_are(void)
{
    struct te_engine_pulling p = {0}, refused = {0};
    int64_t total;
    tell(&p, "{\"status\":\"Pulling from te/probe\",\"id\":\"1.0\"}");
    tell(&p, "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":10,\"total\":40},"
             "\"id\":\"aaaa\"}");
    tell(&p, "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":5,\"total\":60},"
             "\"id\":\"bbbb\"}");
    CU_ASSERT_EQUAL(te_engine_pulling_bytes(&p, &total), 15);
    CU_ASSERT_EQUAL(total, 100);
    tell(&p, "{\"status\":\"Extracting\",\"progressDetail\":{\"current\":1,\"total\":40},"
             "\"id\":\"aaaa\"}");
    tell(&p, "{\"status\":\"Download complete\",\"progressDetail\":{},\"id\":\"aaaa\"}");
    CU_ASSERT_EQUAL(te_engine_pulling_bytes(&p, &total), 45);
    CU_ASSERT_STRING_EQUAL(p.error, "");
    tell(&p, "not JSON at all");
    tell(&p, "{\"errorDetail\":{\"message\":\"no\\nspace\"},\"error\":\"no\\nspace\"}");
    CU_ASSERT_STRING_EQUAL(p.error, "no space");
    tell(&refused, "{\"message\":\"pull access denied\"}");
    CU_ASSERT_STRING_EQUAL(refused.error, "pull access denied");
}

TE_TESTS = {TE_TEST(the_argument_is_the_peers),
            TE_TEST(create_is_complete),
            TE_TEST(versions_are_agreed_on),
            TE_TEST(states_are_read),
            TE_TEST(ids_and_codes_are_checked),
            TE_TEST(frames_come_apart_anywhere),
            TE_TEST(lines_come_together),
            TE_TEST(pulls_tell_how_far_they_are),
            TE_TEST(figures_are_read),
            TE_TEST(images_are_named_for_a_pull),
            TE_TEST(images_are_read)};
TE_TEST_MAIN

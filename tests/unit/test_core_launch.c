#include "te_test.h"

#include <string.h>
#include "te/base/mem.h"
#include "te/core/launch.h"

static char *joined(const struct te_strings *list)
{
    static char text[4096];
    text[0] = '\0';
    for (size_t i = 0; i < list->count; i++) {
        size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, "%s[%s]", i ? " " : "", list->items[i]);
    }
    return text;
}

static void host_names(void)
{
    static const char *const good[] = {"node1", "user@10.77.0.11", "fe80::1", "a_b.c-d"};
    static const char *const bad[] = {"",     "-oProxyCommand=x", "a b", "a;b", "$(reboot)", "a\nb",
                                      "`id`", "node1/x",          "x'y"};
    struct te_err err = TE_ERR_INIT;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CU_ASSERT_EQUAL(te_launch_check_host(good[i], &err), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_EQUAL(te_launch_check_host(bad[i], &err), -1);
}

static void ssh_arguments(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_config_remote remote = {0};
    struct te_strings argv = {0};
    CU_ASSERT_EQUAL(te_strings_add(&remote.ssh_args, "-p2222", &err), 0);
    CU_ASSERT_EQUAL(te_launch_ssh(&remote, "node1", &argv, &err), 0);
    CU_ASSERT_STRING_EQUAL(argv.items[0], "ssh");
    CU_ASSERT_STRING_EQUAL(argv.items[argv.count - 3], "--");
    CU_ASSERT_STRING_EQUAL(argv.items[argv.count - 2], "node1");
    CU_ASSERT_PTR_NOT_NULL(strstr(joined(&argv), "[BatchMode=yes]"));
    CU_ASSERT_PTR_NOT_NULL(strstr(joined(&argv), "[-p2222]"));
    te_strings_release(&argv);
    te_strings_release(&remote.ssh_args);
}

static void mpirun_arguments(void)
{
    static const struct te_launch_host hosts[] = {{"node1", 2}, {"node2", 2}, {"node3", 0}};
    struct te_err err = TE_ERR_INIT;
    struct te_config_remote remote = {0};
    struct te_strings sets = {0}, argv = {0};
    CU_ASSERT_EQUAL(te_strings_add(&sets, "run.name=a b", &err), 0);
    struct te_launch_run run = {.hosts = hosts,
                                .n_hosts = 3,
                                .hostfile = "/h",
                                .binary = "/b",
                                .config = "/c",
                                .sets = &sets,
                                .resume = "a b",
                                .retry = "oom,timeout",
                                .log = "/l",
                                .tmp = "/t",
                                .file_level = "info",
                                .console_level = "notice",
                                .as_root = true};
    te_autofree char *hostfile = te_launch_hostfile(&run, &err);
    CU_ASSERT_STRING_EQUAL(hostfile, "node1 slots=3\nnode2 slots=2\n");
    CU_ASSERT_EQUAL(te_launch_mpirun(&remote, &run, &argv, &err), 0);
    const char *line = joined(&argv);
    CU_ASSERT_PTR_NOT_NULL(strstr(line, "[-np] [5]"));
    CU_ASSERT_PTR_NOT_NULL(strstr(line, "[--enable-recovery]"));
    CU_ASSERT_PTR_NOT_NULL(strstr(line, "[plm_rsh_no_tree_spawn] [1]"));
    CU_ASSERT_PTR_NOT_NULL(strstr(line, "ServerAliveInterval=0]"));
    CU_ASSERT_PTR_NOT_NULL(strstr(line, "[orte_tmpdir_base] [/t]"));
    CU_ASSERT_PTR_NOT_NULL(strstr(line, "[--allow-run-as-root]"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(line, "[/b] [run] [/c] [--log] [/l] [--log-level] [info] [--console-level] [notice] "
                     "[--set] [run.name=a b] [--resume=a b] [--retry] [oom,timeout]"));
    te_strings_release(&argv);
    CU_ASSERT_EQUAL(te_strings_add(&remote.ssh_args, "-o Blank=here", &err), 0);
    CU_ASSERT_EQUAL(te_launch_mpirun(&remote, &run, &argv, &err), -1);
    te_strings_release(&remote.ssh_args);
    te_strings_release(&argv);
    te_strings_release(&sets);
}

static void reasons_have_a_mend(void)
{
    static const struct {
        int status;
        const char *errors, *part;
    } cases[] = {
        {255 << 8, "root@node1: Permission denied (publickey).\n", "ssh-copy-id node1"},
        {255 << 8, "Host key verification failed.\r\n", "ssh node1"},
        {255 << 8, "ssh: Could not resolve hostname node1: Name or service not known", "spelling"},
        {255 << 8, "ssh: connect to host node1 port 22: Connection refused", "start sshd on node1"},
        {255 << 8, "ssh: connect to host node1 port 22: Connection timed out", "reachable"},
        {127 << 8, "sh: 1: exec: /opt/x: not found", "remote_binary"},
        {255 << 8, "something new", "something new"},
        {9, "", "signal 9"},
    };
    char text[600];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        te_launch_reason("node1", cases[i].status, cases[i].errors, text, sizeof text);
        if (!strstr(text, cases[i].part))
            te_note("%s -> %s", cases[i].errors, text);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, cases[i].part));
    }
}

static void over_provisioning_shows_the_arithmetic(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_limits limits = {.memory = (int64_t)3 << 30, .cpus = 2};
    CU_ASSERT_EQUAL(te_launch_fits("n", 2, &limits, 4, (int64_t)6 << 30, &err), 0);
    CU_ASSERT_EQUAL(te_launch_fits("n", 3, &limits, 4, (int64_t)90 << 30, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "3 tasks x 2 CPUs = 6 CPUs, it has 4"));
    CU_ASSERT_EQUAL(te_launch_fits("n", 3, &limits, 64, (int64_t)8 << 30, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(err.text, "3 tasks x 3.0 GiB = 9.0 GiB of memory, it has 8.0 GiB"));
}

static void slots_that_a_share_bears(void)
{
    struct te_limits none = {0}, both = {.memory = (int64_t)3 << 30, .cpus = 1.5};
    CU_ASSERT_EQUAL(te_launch_slots(&none, 4, (int64_t)6 << 30), 0);
    CU_ASSERT_EQUAL(te_launch_slots(&both, 6, (int64_t)90 << 30), 4);
    CU_ASSERT_EQUAL(te_launch_slots(&both, 6, (int64_t)7 << 30), 2);
    CU_ASSERT_EQUAL(te_launch_slots(&both, 1, (int64_t)1 << 30), 1);
}

TE_TESTS = {
    TE_TEST(host_names),
    TE_TEST(ssh_arguments),
    TE_TEST(mpirun_arguments),
    TE_TEST(reasons_have_a_mend),
    TE_TEST(over_provisioning_shows_the_arithmetic),
    TE_TEST(slots_that_a_share_bears),
};
TE_TEST_MAIN

#include "te_test.h"

#include <string.h>
#include "te/base/mem.h"
#include "../../src/cli/opt.h"

static int nothing(const struct te_args *args, struct te_err *err)
{
    (void)args;
    (void)err;
    return 0;
}

static const struct te_option run_options[] = {
    {"set", "KEY=VALUE", "sets"}, {"resume", "[NAME]", "resumes"},
    {"dry-run", NULL, "lists"},   {"o", "FILE", "output"},
    {NULL, NULL, NULL},
};
static const struct te_command cmd_run = {
    .name = "run", .options = run_options, .min_args = 1, .max_args = 1, .run = nothing};
static const struct te_command cmd_list = {.name = "datasets list", .max_args = -1, .run = nothing};
static const struct te_command cmd_show = {
    .name = "datasets show", .min_args = 1, .max_args = 2, .run = nothing};
static const struct te_command cmd_verify = {.name = "verify", .max_args = 1, .run = nothing};
static const struct te_command *const commands[] = {&cmd_run, &cmd_list, &cmd_show, &cmd_verify};

static struct te_args args;
static struct te_err err;

/* Parses up to a NULL; returns what te_args_parse returns. */
static int parse(const char *const *words)
{
    char *argv[16];
    static char copies[16][64]; /* groups and values point into them */
    int argc = 0;
    te_args_release(&args);
    te_err_clear(&err);
    for (; words[argc]; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc]);
        argv[argc] = copies[argc];
    }
    return te_args_parse(argc, argv, commands, 4, &args, &err);
}

#define PARSE(...) parse((const char *const[]){"timeeval-mpi", __VA_ARGS__, NULL})

static void finds_commands_and_groups(void)
{
    CU_ASSERT_EQUAL(PARSE("run", "a.ini"), 0);
    CU_ASSERT_PTR_EQUAL(args.command, &cmd_run);
    CU_ASSERT_STRING_EQUAL(te_args_arg(&args, 0), "a.ini");
    CU_ASSERT_EQUAL(PARSE("datasets", "list", "x", "y", "z"), 0);
    CU_ASSERT_PTR_EQUAL(args.command, &cmd_list);
    CU_ASSERT_EQUAL(te_args_n(&args), 3);
    CU_ASSERT_PTR_NULL(te_args_arg(&args, 3));
}

static void ini_means_run(void)
{
    CU_ASSERT_EQUAL(PARSE("./jobs/x.ini", "--dry-run"), 0);
    CU_ASSERT_PTR_EQUAL(args.command, &cmd_run);
    CU_ASSERT_STRING_EQUAL(te_args_arg(&args, 0), "./jobs/x.ini");
    CU_ASSERT_STRING_EQUAL(te_args_get(&args, "dry-run"), "");
}

static void takes_values_in_every_spelling(void)
{
    CU_ASSERT_EQUAL(PARSE("run", "--set", "a=1", "x.ini", "--set=b=2", "-o", "f", "-og"), 0);
    CU_ASSERT_EQUAL(te_args_count(&args, "set"), 2);
    CU_ASSERT_STRING_EQUAL(te_args_at(&args, "set", 0), "a=1");
    CU_ASSERT_STRING_EQUAL(te_args_at(&args, "set", 1), "b=2");
    CU_ASSERT_PTR_NULL(te_args_at(&args, "set", 2));
    CU_ASSERT_STRING_EQUAL(te_args_get(&args, "o"), "g");
    CU_ASSERT_PTR_NULL(te_args_get(&args, "resume"));
    CU_ASSERT_EQUAL(PARSE("run", "--resume", "x.ini"), 0);
    CU_ASSERT_STRING_EQUAL(te_args_get(&args, "resume"), "");
    CU_ASSERT_EQUAL(PARSE("run", "--resume=night", "x.ini"), 0);
    CU_ASSERT_STRING_EQUAL(te_args_get(&args, "resume"), "night");
    CU_ASSERT_EQUAL(PARSE("run", "--", "--dry-run"), 0);
    CU_ASSERT_STRING_EQUAL(te_args_arg(&args, 0), "--dry-run");
}

static void usage_errors_say_what_is_right(void)
{
    static const struct {
        const char *words[5];
        const char *message;
    } cases[] = {
        {{"rum", "x.ini"}, "unknown command 'rum', did you mean 'run'?"},
        {{"datasets", "lst"}, "unknown command 'datasets lst', did you mean 'datasets list'?"},
        {{"datasets"}, "'datasets' needs a verb: one of list, show"},
        {{"run", "x.ini", "--ste", "a"}, "unknown option '--ste' of 'run', did you mean '--set'?"},
        {{"run", "x.ini", "--set"}, "option '--set' of 'run' needs a value: --set KEY=VALUE"},
        {{"run", "--set", "--dry-run", "x"},
         "option '--set' of 'run' needs a value: --set KEY=VALUE"},
        {{"run", "x.ini", "--dry-run=1"}, "option '--dry-run' of 'run' takes no value"},
        {{"run", "a.ini", "b.ini"}, "'run' has no use for 'b.ini': timeeval-mpi run "},
        {{"run"}, "'run' needs an argument, 0 are given: timeeval-mpi run "},
        {{"--sett", "x"},
         "'--sett' stands where a command or a configuration is expected ('timeeval-mpi --help' "
         "lists the commands)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const *w = cases[i].words;
        CU_ASSERT_EQUAL(PARSE(w[0], w[1], w[2], w[3], w[4]), -1);
        CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
        CU_ASSERT_STRING_EQUAL(err.text, cases[i].message);
        if (strcmp(err.text, cases[i].message) != 0)
            te_note("got: %s", err.text);
    }
}

static void help_wins_over_faults(void)
{
    CU_ASSERT_EQUAL(PARSE("run", "--no-such", "--help"), 0);
    CU_ASSERT_EQUAL(args.wish, TE_OPT_HELP);
    CU_ASSERT_PTR_EQUAL(args.command, &cmd_run);
    CU_ASSERT_EQUAL(PARSE("datasets", "--help"), 0);
    CU_ASSERT_STRING_EQUAL(args.group, "datasets");
    CU_ASSERT_EQUAL(PARSE("--version"), 0);
    CU_ASSERT_EQUAL(args.wish, TE_OPT_VERSION);
    CU_ASSERT_PTR_NULL(args.command);
}

static void line_is_quoted_for_people(void)
{
    CU_ASSERT_EQUAL(PARSE("run", "my runs/x.ini", "--set", "run.name=it's"), 0);
    CU_ASSERT_STRING_EQUAL(te_args_line(&args),
                           "timeeval-mpi run 'my runs/x.ini' --set 'run.name=it'\\''s'");
    te_args_release(&args);
}

static void every_allocation_may_fail(void)
{
    char *argv[] = {(char[]){"p"}, (char[]){"run"}, (char[]){"x y"}, NULL};
    for (unsigned long n = 1; n < 100; n++) {
        te_args_release(&args);
        te_mem_fail_at(n);
        int rc = te_args_parse(3, argv, commands, 4, &args, &err);
        te_mem_fail_at(0);
        if (rc == 0) {
            CU_ASSERT(n > 3);
            break;
        }
        CU_ASSERT_EQUAL(err.code, TE_ERR_NOMEM);
    }
    te_args_release(&args);
}

TE_TESTS = {
    TE_TEST(finds_commands_and_groups),      TE_TEST(ini_means_run),
    TE_TEST(takes_values_in_every_spelling), TE_TEST(usage_errors_say_what_is_right),
    TE_TEST(help_wins_over_faults),          TE_TEST(line_is_quoted_for_people),
    TE_TEST(every_allocation_may_fail),
};
TE_TEST_MAIN

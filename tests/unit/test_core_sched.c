/* Golden traces: what the scheduler decides, as text, in scenes small enough to be checked by eye.
 */
#include <string.h>
#include "te/base/buf.h"
#include "te/base/max.h"
#include "te/core/sched.h"
#include "te_test.h"

static struct te_err err;

struct scene {
    struct te_sched *sched;
    struct te_buf trace;
    double now;
};

static const char *const words[] = {"assign", "cancel", "record",  "drop",     "charged",
                                    "failed", "lost",   "cut",     "walltime", "nowhere",
                                    "lose",   "aside",  "finished"};

static void open_scene(struct scene *sc, uint32_t tasks, uint32_t workers, double stop_at)
{
    struct te_sched_config config;
    te_sched_defaults(&config);
    config.n_tasks = tasks;
    config.n_workers = workers;
    config.n_datasets = 4;
    config.n_algorithms = 4;
    config.stop_at = stop_at;
    sc->now = 0;
    sc->sched = te_sched_new(&config, &err);
    te_buf_init(&sc->trace, TE_MIB);
}

static void step(struct scene *sc, struct te_event ev)
{
    struct te_actions actions = {0};
    ev.now = sc->now;
    CU_ASSERT_EQUAL(te_sched_step(sc->sched, &ev, &actions, &err), 0);
    for (size_t i = 0; i < actions.count; i++) {
        const struct te_action *a = &actions.items[i];
        te_buf_addf(&sc->trace, "%s", words[a->type]);
        switch (a->type) {
        case TE_ACT_ASSIGN:
            te_buf_addf(&sc->trace, " %u>%u#%u%s", a->task, a->worker, a->attempt,
                        a->suspect ? "!" : "");
            break;
        case TE_ACT_LOSE:
            te_buf_addf(&sc->trace, " %u", a->worker);
            break;
        case TE_ACT_SET_ASIDE:
            te_buf_addf(&sc->trace, " %u", a->host);
            break;
        case TE_ACT_FINISHED:
            break;
        case TE_ACT_FAILED:
        case TE_ACT_CHARGED:
            te_buf_addf(&sc->trace, " %u*%u", a->task, a->charges);
            break;
        default:
            te_buf_addf(&sc->trace, " %u", a->task);
        }
        te_buf_adds(&sc->trace, "; ");
    }
    te_actions_release(&actions);
}

static void close_scene(struct scene *sc, const char *expected)
{
    CU_ASSERT_STRING_EQUAL(sc->trace.data ? sc->trace.data : "", expected);
    if (sc->trace.data && strcmp(sc->trace.data, expected) != 0)
        te_note("was: %s", sc->trace.data);
    te_sched_free(sc->sched);
    te_buf_release(&sc->trace);
}

static void up(struct scene *sc, uint32_t worker, uint32_t host)
{
    step(sc, (struct te_event){.type = TE_EV_UP, .worker = worker, .host = host});
}

static void result(struct scene *sc, uint32_t worker, uint32_t task, uint32_t attempt,
                   enum te_outcome outcome)
{
    sc->now += 1;
    step(sc, (struct te_event){.type = TE_EV_RESULT,
                               .worker = worker,
                               .task = task,
                               .attempt = attempt,
                               .outcome = outcome});
}

static void start(struct scene *sc)
{
    step(sc, (struct te_event){.type = TE_EV_START});
}

static void longest_first_then_by_number(void)
{
    struct scene sc;
    open_scene(&sc, 4, 1, 0);
    for (uint32_t t = 0; t < 4; t++)
        te_sched_describe(sc.sched, t, t, t, t == 2 ? 9 : 1);
    start(&sc);
    up(&sc, 0, 0);
    result(&sc, 0, 2, 1, TE_OUTCOME_FINAL);
    result(&sc, 0, 0, 1, TE_OUTCOME_FINAL);
    result(&sc, 0, 1, 1, TE_OUTCOME_FINAL);
    result(&sc, 0, 3, 1, TE_OUTCOME_FINAL);
    CU_ASSERT_EQUAL(te_sched_end(sc.sched), TE_SCHED_COMPLETE);
    close_scene(&sc, "assign 2>0#1; record 2; assign 0>0#1; record 0; assign 1>0#1; record 1; "
                     "assign 3>0#1; record 3; finished; ");
}

static void what_was_learned_orders_what_is_pending(void)
{
    struct scene sc;
    open_scene(&sc, 5, 1, 0);
    for (uint32_t i = 0; i < 5; i++)
        te_sched_describe(sc.sched, i, i % 4, i % 4, 10.0F * (float)(5 - i));
    step(&sc, (struct te_event){.type = TE_EV_START});
    up(&sc, 0, 0);
    sc.now = 50;
    te_sched_expect(sc.sched, 4, 99);
    te_sched_expect(sc.sched, 2, 98);
    te_sched_expect(sc.sched, 0, 200); /* it runs: its place is of no interest */
    te_sched_reorder(sc.sched);
    for (uint32_t i = 0; i < 5; i++) {
        static const uint32_t order[] = {0, 4, 2, 1, 3};
        result(&sc, 0, order[i], 1, TE_OUTCOME_FINAL);
    }
    close_scene(&sc, "assign 0>0#1; record 0; assign 4>0#1; record 4; assign 2>0#1; record 2; "
                     "assign 1>0#1; record 1; assign 3>0#1; record 3; finished; ");
}

static void warm_is_preferred_among_the_equally_long(void)
{
    struct scene sc;
    open_scene(&sc, 4, 1, 0);
    te_sched_describe(sc.sched, 0, 0, 0, 0);
    te_sched_describe(sc.sched, 1, 1, 1, 0);
    te_sched_describe(sc.sched, 2, 2, 0, 0); /* the same algorithm as 0 */
    te_sched_describe(sc.sched, 3, 1, 2, 0);
    start(&sc);
    up(&sc, 0, 0);
    result(&sc, 0, 0, 1, TE_OUTCOME_FINAL);
    result(&sc, 0, 2, 1, TE_OUTCOME_FINAL);
    close_scene(&sc, "assign 0>0#1; record 0; assign 2>0#1; record 2; assign 1>0#1; ");
}

static void a_dataset_decides_the_host(void)
{
    struct scene sc;
    open_scene(&sc, 3, 2, 0);
    for (uint32_t t = 0; t < 3; t++)
        te_sched_describe(sc.sched, t, t, 0, 0);
    start(&sc);
    step(&sc, (struct te_event){.type = TE_EV_LACKS, .host = 0, .dataset = 0});
    for (uint32_t h = 0; h < 2; h++) /* nobody has 2 */
        step(&sc, (struct te_event){.type = TE_EV_LACKS, .host = h, .dataset = 2});
    up(&sc, 0, 0);
    up(&sc, 1, 1);
    result(&sc, 0, 1, 1, TE_OUTCOME_FINAL);
    result(&sc, 1, 0, 1, TE_OUTCOME_FINAL);
    close_scene(&sc, "assign 1>0#1; assign 0>1#1; record 1; record 0; nowhere 2; finished; ");
}

static void a_dataset_that_comes_is_waited_for(void)
{
    struct scene sc;
    open_scene(&sc, 3, 1, 0);
    for (uint32_t t = 0; t < 3; t++)
        te_sched_describe(sc.sched, t, t, 0, 0);
    start(&sc);
    step(&sc, (struct te_event){.type = TE_EV_COMING, .dataset = 0});
    step(&sc, (struct te_event){.type = TE_EV_COMING, .dataset = 0}); /* said twice */
    step(&sc, (struct te_event){.type = TE_EV_COMING, .dataset = 2});
    up(&sc, 0, 0);
    result(&sc, 0, 1, 1, TE_OUTCOME_FINAL); /* what is there runs meanwhile */
    CU_ASSERT_EQUAL(te_sched_end(sc.sched), TE_SCHED_RUNNING);
    step(&sc, (struct te_event){.type = TE_EV_HAS, .dataset = 0});
    result(&sc, 0, 0, 1, TE_OUTCOME_FINAL);
    CU_ASSERT_EQUAL(te_sched_end(sc.sched), TE_SCHED_RUNNING);
    step(&sc, (struct te_event){.type = TE_EV_LACKS, .dataset = 2}); /* it does not come */
    close_scene(&sc, "assign 1>0#1; record 1; assign 0>0#1; record 0; nowhere 2; finished; ");
}

static void nothing_comes_to_a_lost_host(void)
{
    struct scene sc;
    open_scene(&sc, 1, 2, 0);
    start(&sc);
    for (uint32_t h = 0; h < 2; h++)
        step(&sc, (struct te_event){.type = h ? TE_EV_LACKS : TE_EV_COMING, .host = h});
    up(&sc, 0, 0);
    up(&sc, 1, 1);
    CU_ASSERT_EQUAL(te_sched_end(sc.sched), TE_SCHED_RUNNING);
    step(&sc, (struct te_event){.type = TE_EV_GONE, .worker = 0});
    close_scene(&sc, "nowhere 0; finished; ");
}

static void a_failed_infrastructure_is_tried_elsewhere(void)
{
    struct scene sc;
    open_scene(&sc, 1, 2, 0);
    start(&sc);
    up(&sc, 0, 0);
    up(&sc, 1, 1);
    result(&sc, 0, 0, 1, TE_OUTCOME_FAILED);
    result(&sc, 1, 0, 2, TE_OUTCOME_FAILED);
    result(&sc, 0, 0, 3, TE_OUTCOME_FAILED); /* the third is its result */
    close_scene(&sc, "assign 0>0#1; failed 0*1; drop 0; assign 0>1#2; failed 0*2; drop 0; assign "
                     "0>0#3; record 0; "
                     "finished; ");
}

static void a_host_that_fails_everything_is_set_aside(void)
{
    struct scene sc;
    open_scene(&sc, 5, 2, 0);
    for (uint32_t t = 0; t < 5; t++)
        te_sched_describe(sc.sched, t, 0, 0, 0);
    start(&sc);
    up(&sc, 0, 0);
    up(&sc, 1, 1);
    result(&sc, 0, 0, 1, TE_OUTCOME_FAILED);
    result(&sc, 0, 2, 1, TE_OUTCOME_FAILED);
    result(&sc, 0, 3, 1, TE_OUTCOME_FAILED);
    result(&sc, 1, 1, 1, TE_OUTCOME_FINAL);
    close_scene(&sc,
                "assign 0>0#1; assign 1>1#1; failed 0*1; drop 0; assign 2>0#1; failed 2*0; drop 2; "
                "assign 3>0#1; failed 3*0; drop 3; aside 0; record 1; assign 0>1#2; ");
}

/* Hosts 0 and 1 fail everything while host 2 is busy: the tasks that they ate have attempts left.
 */
static void two_bad_hosts_use_up_nobody(void)
{
    struct scene sc;
    open_scene(&sc, 4, 3, 0);
    for (uint32_t t = 0; t < 4; t++)
        te_sched_describe(sc.sched, t, 0, 0, 0);
    start(&sc);
    for (uint32_t w = 0; w < 3; w++)
        up(&sc, w, w);
    result(&sc, 0, 0, 1, TE_OUTCOME_FAILED);
    result(&sc, 1, 1, 1, TE_OUTCOME_FAILED);
    result(&sc, 0, 3, 1, TE_OUTCOME_FAILED);
    result(&sc, 1, 0, 2, TE_OUTCOME_FAILED);
    result(&sc, 0, 1, 2, TE_OUTCOME_FAILED);
    result(&sc, 2, 2, 1, TE_OUTCOME_FINAL);
    close_scene(&sc,
                "assign 0>0#1; assign 1>1#1; assign 2>2#1; failed 0*1; drop 0; assign 3>0#1; "
                "failed 1*1; drop 1; assign 0>1#2; failed 3*0; drop 3; assign 1>0#2; failed 0*1; "
                "drop 0; assign 3>1#2; failed 1*1; drop 1; aside 0; record 2; assign 0>2#3; ");
}

static void who_kills_its_worker_thrice_is_lost(void)
{
    struct scene sc;
    open_scene(&sc, 2, 3, 0);
    start(&sc);
    for (uint32_t w = 0; w < 3; w++)
        up(&sc, w, w);
    result(&sc, 1, 1, 1, TE_OUTCOME_FINAL);
    for (uint32_t w = 0; w < 3; w++) {
        int64_t on = te_sched_running(sc.sched, w == 0 ? 0 : w == 1 ? 1 : 2);
        CU_ASSERT_EQUAL(on, 0);
        step(&sc, (struct te_event){.type = TE_EV_GONE, .worker = w});
    }
    CU_ASSERT_EQUAL(te_sched_end(sc.sched), TE_SCHED_COMPLETE);
    close_scene(&sc, "assign 0>0#1; assign 1>1#1; record 1; charged 0*1; assign 0>1#2!; "
                     "charged 0*2; assign 0>2#3!; charged 0*3; lost 0; finished; ");
}

/* Until that time, as often as the loop of rank 0 does. */
static void ticks(struct scene *sc, double until)
{
    while (sc->now < until) {
        sc->now += 1;
        step(sc, (struct te_event){.type = TE_EV_TICK});
    }
}

/* What the workers said meanwhile is still to be read. */
static void who_was_held_up_blames_nobody(void)
{
    struct scene sc;
    open_scene(&sc, 1, 2, 0);
    start(&sc);
    up(&sc, 0, 0);
    up(&sc, 1, 1);
    sc.now = 40;
    step(&sc, (struct te_event){.type = TE_EV_TICK});
    step(&sc, (struct te_event){.type = TE_EV_HEARD, .worker = 1});
    ticks(&sc, 54);
    step(&sc, (struct te_event){.type = TE_EV_HEARD, .worker = 1});
    CU_ASSERT_STRING_EQUAL(sc.trace.data, "assign 0>0#1; ");
    ticks(&sc, 56); /* worker 0 has said nothing in the 15 s that it could be heard */
    close_scene(&sc, "assign 0>0#1; lose 0; charged 0*1; assign 0>1#2!; ");
}

static void silence_is_a_loss(void)
{
    struct scene sc;
    open_scene(&sc, 1, 2, 0);
    start(&sc);
    up(&sc, 0, 0);
    ticks(&sc, 8);
    sc.now = 10;
    up(&sc, 1, 1);
    ticks(&sc, 16);                         /* worker 0 was last heard of at 0 */
    result(&sc, 0, 0, 1, TE_OUTCOME_FINAL); /* too late */
    result(&sc, 1, 0, 2, TE_OUTCOME_FINAL);
    result(&sc, 1, 0, 2, TE_OUTCOME_FINAL); /* twice */
    close_scene(&sc, "assign 0>0#1; lose 0; charged 0*1; assign 0>1#2!; drop 0; record 0; "
                     "finished; drop 0; ");
}

static void suspects_run_one_at_a_time(void)
{
    struct scene sc;
    open_scene(&sc, 3, 3, 0);
    for (uint32_t t = 0; t < 2; t++)
        step(&sc, (struct te_event){.type = TE_EV_ASSIGNED, .worker = t, .task = t, .attempt = 1});
    step(&sc, (struct te_event){.type = TE_EV_RESTART}); /* 0 and 1 were in flight */
    start(&sc);
    for (uint32_t w = 0; w < 3; w++)
        up(&sc, w, w);
    result(&sc, 0, 0, 2, TE_OUTCOME_FINAL);
    close_scene(&sc, "assign 0>0#2!; assign 2>1#1; record 0; assign 1>0#2!; ");
}

static void short_tasks_are_queued(void)
{
    struct scene sc;
    open_scene(&sc, 20, 1, 0);
    start(&sc);
    up(&sc, 0, 0);
    sc.now = 0.001 - 1; /* a task of a millisecond */
    result(&sc, 0, 0, 1, TE_OUTCOME_FINAL);
    struct te_sched_counts c = te_sched_counts(sc.sched);
    CU_ASSERT_EQUAL(c.running, 1);
    CU_ASSERT_EQUAL(c.assigned, 6);
    step(&sc, (struct te_event){.type = TE_EV_GONE, .worker = 0});
    c = te_sched_counts(sc.sched);
    CU_ASSERT_EQUAL(c.suspects, 1); /* what only waited is none */
    CU_ASSERT_EQUAL(c.pending, 19);
    CU_ASSERT_EQUAL(te_sched_end(sc.sched), TE_SCHED_DESERTED);
    te_buf_clear(&sc.trace);
    close_scene(&sc, "");
}

static void nothing_starts_that_cannot_end_in_time(void)
{
    struct scene sc;
    open_scene(&sc, 3, 1, 100);
    te_sched_describe(sc.sched, 0, 0, 0, 500); /* longer than any walltime: a fresh start only */
    te_sched_describe(sc.sched, 1, 0, 0, 50);
    te_sched_describe(sc.sched, 2, 0, 0, 150);
    start(&sc);
    up(&sc, 0, 0);
    sc.now = 89;
    result(&sc, 0, 0, 1, TE_OUTCOME_FINAL);
    CU_ASSERT_EQUAL(te_sched_end(sc.sched), TE_SCHED_STOPPED);
    close_scene(&sc, "assign 0>0#1; record 0; finished; ");
}

/* A worker that comes up late has no fresh start to give. */
static void late_is_not_fresh(void)
{
    struct scene sc;
    open_scene(&sc, 2, 1, 100);
    te_sched_describe(sc.sched, 0, 0, 0, 500);
    te_sched_describe(sc.sched, 1, 0, 1, 0);
    start(&sc);
    sc.now = 51;
    up(&sc, 0, 0);
    sc.now = 100;
    step(&sc, (struct te_event){.type = TE_EV_HEARD, .worker = 0});
    step(&sc, (struct te_event){.type = TE_EV_TICK});
    close_scene(&sc, "assign 1>0#1; cancel 1; finished; ");
}

static void a_signal_shortly_before_the_end_is_the_walltime(void)
{
    struct scene sc;
    open_scene(&sc, 1, 1, 1000);
    start(&sc);
    up(&sc, 0, 0);
    sc.now = 701;
    step(&sc, (struct te_event){.type = TE_EV_DRAIN});
    close_scene(&sc, "assign 0>0#1; cancel 0; cut 0; finished; ");
    open_scene(&sc, 1, 1, 1000);
    start(&sc);
    up(&sc, 0, 0);
    sc.now = 600; /* somebody's wish */
    step(&sc, (struct te_event){.type = TE_EV_DRAIN});
    close_scene(&sc, "assign 0>0#1; cancel 0; finished; ");
    open_scene(&sc, 1, 1, 100); /* of a short time only the second half */
    start(&sc);
    up(&sc, 0, 0);
    sc.now = 49;
    step(&sc, (struct te_event){.type = TE_EV_DRAIN});
    close_scene(&sc, "assign 0>0#1; cancel 0; finished; ");
}

static void cut_twice_by_the_walltime(void)
{
    struct scene sc;
    open_scene(&sc, 2, 1, 10);
    step(&sc, (struct te_event){.type = TE_EV_CUT, .task = 1});
    start(&sc);
    up(&sc, 0, 0); /* 1 gets the fresh start */
    sc.now = 10;
    step(&sc, (struct te_event){.type = TE_EV_TICK});
    close_scene(&sc, "assign 1>0#1; cancel 1; cut 1; finished; ");
    open_scene(&sc, 2, 1, 10);
    for (int i = 0; i < 2; i++)
        step(&sc, (struct te_event){.type = TE_EV_CUT, .task = 1});
    start(&sc);
    close_scene(&sc, "walltime 1; ");
}

static void a_drain_cancels_and_keeps_what_crosses_it(void)
{
    struct scene sc;
    open_scene(&sc, 3, 2, 0);
    start(&sc);
    up(&sc, 0, 0);
    up(&sc, 1, 1);
    step(&sc, (struct te_event){.type = TE_EV_DRAIN});
    result(&sc, 0, 0, 1, TE_OUTCOME_FINAL);
    CU_ASSERT_EQUAL(te_sched_end(sc.sched), TE_SCHED_STOPPED);
    close_scene(&sc, "assign 0>0#1; assign 1>1#1; cancel 0; cancel 1; finished; record 0; ");
}

static void a_retry_starts_anew(void)
{
    struct scene sc;
    open_scene(&sc, 2, 1, 0);
    step(&sc, (struct te_event){.type = TE_EV_RESULT, .task = 0, .attempt = 3});
    step(&sc, (struct te_event){.type = TE_EV_RESULT, .task = 1, .attempt = 1});
    step(&sc, (struct te_event){.type = TE_EV_RETRY, .task = 0});
    start(&sc);
    up(&sc, 0, 0);
    close_scene(&sc, "assign 0>0#4; ");
}

TE_TESTS = {
    TE_TEST(longest_first_then_by_number),
    TE_TEST(what_was_learned_orders_what_is_pending),
    TE_TEST(warm_is_preferred_among_the_equally_long),
    TE_TEST(a_dataset_decides_the_host),
    TE_TEST(a_dataset_that_comes_is_waited_for),
    TE_TEST(nothing_comes_to_a_lost_host),
    TE_TEST(a_failed_infrastructure_is_tried_elsewhere),
    TE_TEST(a_host_that_fails_everything_is_set_aside),
    TE_TEST(two_bad_hosts_use_up_nobody),
    TE_TEST(who_kills_its_worker_thrice_is_lost),
    TE_TEST(silence_is_a_loss),
    TE_TEST(who_was_held_up_blames_nobody),
    TE_TEST(suspects_run_one_at_a_time),
    TE_TEST(short_tasks_are_queued),
    TE_TEST(nothing_starts_that_cannot_end_in_time),
    TE_TEST(late_is_not_fresh),
    TE_TEST(a_signal_shortly_before_the_end_is_the_walltime),
    TE_TEST(cut_twice_by_the_walltime),
    TE_TEST(a_drain_cancels_and_keeps_what_crosses_it),
    TE_TEST(a_retry_starts_anew),
};
TE_TEST_MAIN

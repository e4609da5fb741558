#include "te/base/sig.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>

static volatile sig_atomic_t stops;
static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t aborts;

static void on_signal(int number)
{
    if (number == SIGUSR1 || number == SIGHUP)
        stops = 1;
    else if (number == SIGTERM)
        aborts = 1;
    else if (interrupts < 2)
        interrupts = interrupts + 1;
}

int te_sig_install(struct te_err *err)
{
    static const int numbers[] = {SIGUSR1, SIGINT, SIGTERM, SIGHUP};
    struct sigaction act, before;
    memset(&act, 0, sizeof act);
    act.sa_handler = on_signal;
    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        /* under nohup a lost terminal means nothing */
        bool deaf = numbers[i] == SIGHUP && sigaction(SIGHUP, NULL, &before) == 0 &&
                    before.sa_handler == SIG_IGN;
        if (!deaf && sigaction(numbers[i], &act, NULL) != 0)
            return te_err_sys(err, TE_ERR_INTERNAL, "cannot handle signal %d", numbers[i]);
    }
    act.sa_handler = SIG_IGN;
    if (sigaction(SIGPIPE, &act, NULL) != 0)
        return te_err_sys(err, TE_ERR_INTERNAL, "cannot ignore SIGPIPE");
    return 0;
}

enum te_sig_request te_sig_requested(void)
{
    if (aborts || interrupts > 1)
        return TE_SIG_ABORT;
    return stops || interrupts ? TE_SIG_STOP : TE_SIG_NONE;
}

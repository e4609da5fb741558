#include "te/base/clock.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(clockid_t id)
{
    struct timespec ts = {0, 0};
    if (clock_gettime(id, &ts) != 0)
        return 0; /* cannot happen for the three clocks below */
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

double te_clock_mono(void)
{
    return now(CLOCK_MONOTONIC);
}

double te_clock_real(void)
{
    return now(CLOCK_REALTIME);
}

double te_clock_cpu(void)
{
    return now(CLOCK_PROCESS_CPUTIME_ID);
}

void te_clock_sleep(double seconds, int resume)
{
    if (!(seconds > 0))
        return;
    struct timespec ts = {.tv_sec = (time_t)seconds};
    ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
    while (nanosleep(&ts, &ts) != 0 && errno == EINTR && resume)
        ;
}

void te_clock_iso8601(double unix_time, char *out, size_t size)
{
    struct tm tm;
    out[0] = '\0';
    if (!isfinite(unix_time) || fabs(unix_time) > 2.5e11)
        return;
    long long ms = (long long)floor(unix_time * 1000 + 0.5);
    long long rest = ((ms % 1000) + 1000) % 1000;
    time_t whole = (time_t)((ms - rest) / 1000);
    if (!gmtime_r(&whole, &tm))
        return;
    snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03lldZ", tm.tm_year + 1900, tm.tm_mon + 1,
             tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, rest);
}

void te_clock_run_name(double unix_time, char *out, size_t size)
{
    struct tm tm;
    time_t whole = (time_t)unix_time;
    out[0] = '\0';
    if (localtime_r(&whole, &tm))
        snprintf(out, size, "%04d_%02d_%02d_%02d_%02d_%02d", tm.tm_year + 1900, tm.tm_mon + 1,
                 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* "Z", "+hh:mm" or "-hh:mm" as seconds east of UTC; NaN if it is none of them. */
static double parse_offset(const char *p)
{
    int h, m, n = 0;
    if ((p[0] == 'Z' || p[0] == 'z') && p[1] == '\0')
        return 0;
    if ((p[0] != '+' && p[0] != '-') || sscanf(p + 1, "%2d:%2d%n", &h, &m, &n) != 2 || n != 5 ||
        p[6] != '\0')
        return NAN;
    return (p[0] == '-' ? -1.0 : 1.0) * (h * 3600 + m * 60);
}

double te_clock_parse(const char *text)
{
    struct tm tm = {0};
    int n = 0;
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
               &tm.tm_min, &tm.tm_sec, &n) != 6 ||
        n != 19)
        return NAN;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    const char *p = text + n;
    double fraction = 0, unit = 0.1;
    if (*p == '.')
        for (p++; isdigit((unsigned char)*p); p++, unit /= 10)
            fraction += (*p - '0') * unit;
    return (double)timegm(&tm) + fraction - parse_offset(p);
}

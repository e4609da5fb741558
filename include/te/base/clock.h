/* Clocks, for the edges only: the core gets its time as an argument. */
#ifndef TE_BASE_CLOCK_H
#define TE_BASE_CLOCK_H

#include <stddef.h>

/* Seconds on CLOCK_MONOTONIC; CLOCK_REALTIME; CPU of this process (user + system). */
double te_clock_mono(void);
double te_clock_real(void);
double te_clock_cpu(void);
/* Sleeps that long, goes on after signals only when resume is set. */
void te_clock_sleep(double seconds, int resume);
/* "2026-01-31T12:00:00.123Z" of a Unix time; "" for NaN. size >= 32. */
void te_clock_iso8601(double unix_time, char *out, size_t size);
/* Local time as "YYYY_MM_DD_HH_MM_SS", TimeEval's run name. size >= 20. */
void te_clock_run_name(double unix_time, char *out, size_t size);
/* Parses the engine's RFC 3339 times ("2026-01-31T12:00:00.123456789Z", offsets too); NaN if it is
 * none. */
double te_clock_parse(const char *text);

#endif

/*
 * The agent: this program on a host of the cluster, at the far end of the launcher's SSH
 * connection. It answers frames (core/agent.h) on standard input with frames on standard output,
 * one reply to every request, until its input ends. It keeps nothing running and leaves nothing
 * behind but what it was told to write.
 */
#ifndef TE_APP_AGENT_H
#define TE_APP_AGENT_H

#include "te/base/err.h"

/* Serves until the input ends or "bye" comes. A request that fails is answered with its error. */
int te_agent_serve(int in, int out, const char *version, struct te_err *err) TE_MUST_CHECK;

#endif

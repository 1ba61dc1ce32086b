/* What a function is called with, from a request.  Normal context. */
#ifndef SIGPACT_ARGUMENTS_H
#define SIGPACT_ARGUMENTS_H

#include "config.h"
#include "http.h"
#include "sandbox.h"

/* Sets argv and environ of call, in one piece of memory that *memory tells, for
   free(3).

   argv: the route's name; then, of the query "a=1&b=x%20y", "a=1" and "b=x y", or
   for a route with "arguments" the values of these alone, in that order, "" for
   one that is not there.  environ: HTTP_NAME=value of the headers that the route
   names, REQUEST_METHOD, QUERY_STRING, PATH_INFO.

   -EINVAL: an escape that is none, or one of a NUL.  -ENOMEM. */
int sigpact__arguments_of(const struct sigpact__request *,
			  const struct route_config *, struct sandbox_call *,
			  void **memory);

#endif

/* The body of every refusal: a line of JSON.  In the thread that holds the
   request. */
#include "connection.h"

#include <stdio.h>
#include <string.h>

enum sigpact__fate sigpact__answer_refuse(struct sigpact__message *m,
					  int status, const char *why,
					  const char *extra)
{
	char body[512];
	struct sigpact__response response = {
		.status = status,
		.content_type = "application/json",
		.extra = extra,
		.body = body,
	};
	int n = snprintf(body, sizeof body,
			 "{\"status\":%d,\"error\":\"%.400s\"}\n", status,
			 why ? why : sigpact__status_name(status));

	response.body_size = (size_t)n;
	return sigpact__answer_send(m, &response);
}

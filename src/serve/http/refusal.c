/* What a status means, and the body of every refusal: a line of JSON.  In the
   thread that holds the request. */
#include "connection.h"

#include <stdio.h>
#include <string.h>

const char *sigpact__status_name(int status)
{
	static const struct {
		int status;
		const char *name;
	} all[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 301, "Moved Permanently" },
		{ 302, "Found" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 417, "Expectation Failed" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
		{ 505, "HTTP Version Not Supported" },
	};
	size_t i;

	for (i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].status == status)
			return all[i].name;
	return status < 300 ? "OK" : status < 400 ? "Redirection" :
	    status < 500 ? "Client Error" : "Server Error";
}

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

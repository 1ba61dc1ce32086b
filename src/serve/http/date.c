/* The date of this second, for the header: each thread writes it once a second.
   Normal context. */
#include "connection.h"

#include <stdio.h>
#include <time.h>

const char *sigpact__date(void)
{
	static const char day[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu",
					"Fri", "Sat" };
	static const char month[12][4] = { "Jan", "Feb", "Mar", "Apr", "May",
					   "Jun", "Jul", "Aug", "Sep", "Oct",
					   "Nov", "Dec" };
	static __thread char text[64];
	static __thread time_t second;
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (*text && now.tv_sec == second)
		return text;
	second = now.tv_sec;
	gmtime_r(&second, &tm);
	snprintf(text, sizeof text, "%s, %02d %s %d %02d:%02d:%02d GMT",
		 day[tm.tm_wday], tm.tm_mday, month[tm.tm_mon],
		 tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return text;
}

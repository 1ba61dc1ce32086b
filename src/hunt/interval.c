/* How sure one may be of a share that was counted.  Any context. */
#include "hunt.h"

#include <math.h>

static const double Z = 1.959964;	/* 95 % of a normal distribution */

void sigpact__hunt_interval(unsigned long failures, unsigned long runs,
			    double *low, double *high)
{
	double n = runs, p = runs ? failures / n : 0, zz = Z * Z;
	double centre = p + zz / (2 * n);
	double half = Z * sqrt(p * (1 - p) / n + zz / (4 * n * n));

	*low = runs && failures ? (centre - half) / (1 + zz / n) : 0;
	*high = runs > failures ? (centre + half) / (1 + zz / n) : 1;
}

unsigned long sigpact__hunt_enough(unsigned long failures, unsigned long runs)
{
	if (!failures || failures >= runs)
		return 1;
	return (unsigned long)ceil(log(0.05) /
				   log(1 - (double)failures / runs));
}

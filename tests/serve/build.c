/* sigpact__module_build for the script beside it: build MODULE.wasm [OUTPUT].
   Says the path and then why, each on a line; exits 0, 1 with a warning, 2 when
   it failed. */
#include <stdio.h>
#include <string.h>

#include "sandbox.h"

int main(int argc, char **argv)
{
	char path[4096] = "", why[SANDBOX_WHY] = "";
	int e = sigpact__module_build(argv[1], argc > 2 ? argv[2] : NULL, path,
				      sizeof path, why);

	printf("%s\n%s\n", path, why);
	if (e < 0)
		printf("%s\n", strerrorname_np(-e));
	return e < 0 ? 2 : e;
}

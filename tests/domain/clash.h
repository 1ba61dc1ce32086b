#ifndef CLASH_H
#define CLASH_H

extern volatile long clash_deepest;
void clash_protected(void *unused);

#endif

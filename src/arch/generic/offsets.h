/* Where the assembler finds the fields of core's structs, on any 64-bit
   architecture; core.h asserts them. */
#ifndef SIGPACT_OFFSETS_H
#define SIGPACT_OFFSETS_H

/* struct sigpact__thread */
#define THREAD_EXCLUDE 0
#define THREAD_FLOOR 8
#define THREAD_SPAN 16
#define THREAD_SHARD 24
#define THREAD_LOAD_SLOT 56
#define THREAD_LOAD_RETURN 64
#define THREAD_DOMAIN 88
#define NEXT_DLOPEN 40 /* in struct sigpact__next */
/* struct sigpact_domain, and how many actions its handler may stand before */
#define DOMAIN_OWN 0
#define DOMAIN_CALLER 8
#define DOMAIN_TICK_PC 16
#define FAULT_ENTRIES 64
/* struct sigpact__slot, and a row of counters */
#define SLOT_RULES 12
#define SLOT_SHIFT 4
#define SLOT_COUNT 256
#define SLOT_RULE_EXCLUDE 1
#define ROW_SHIFT 6
#define ROW_RELOCATED 8
/* struct sigpact__place */
#define PLACE_FRAME 0
#define PLACE_SLOT 8
#define PLACE_COUNT 16
#define PLACE_SIZE 32
/* a slot's entry address is that of its thunk */
#define THUNK_SIZE 16

#endif

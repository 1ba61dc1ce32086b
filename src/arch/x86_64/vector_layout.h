/* struct sigpact__vector, x86-64; shared by C and vector.S. */
#ifndef SIGPACT_VECTOR_LAYOUT_H
#define SIGPACT_VECTOR_LAYOUT_H

#define VECTOR_ZMM 0	  /* 32 of 64 bytes; narrower ones from the same place */
#define VECTOR_K 2048	  /* 8 of 8 bytes */
#define VECTOR_ST 2112	  /* 8 of 10 bytes, 16 apart */
#define VECTOR_MXCSR 2240
#define VECTOR_FCW 2244
#define VECTOR_TILECFG 2304
#define VECTOR_TILE 2368  /* 8 of 16 rows of 64 bytes */

#define LEVEL_SSE 1	  /* xmm0-15, MXCSR, x87 */
#define LEVEL_AVX 2
#define LEVEL_AVX512 4
#define LEVEL_AMX 8

#endif

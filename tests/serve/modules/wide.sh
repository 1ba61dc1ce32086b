#!/bin/sh
# Writes a module, in wabt's text, that recurses by a function whose native frame is
# of 24 KiB: so many values are alive over the call.  It goes as deep as the byte
# that it is sent.
awk -v many=3072 'BEGIN {
	print "(module (import \"wasi_snapshot_preview1\" \"fd_read\""
	print " (func $read (param i32 i32 i32 i32) (result i32)))"
	print "(memory (export \"memory\") 1)"
	print "(func $deep (param $n i32) (result i64)"
	for (i = 0; i < many; i++)
		printf "(local $l%d i64)\n", i
	print "(if (i32.eqz (local.get $n)) (then (return (i64.const 1))))"
	for (i = 0; i < many; i++)
		printf "(local.set $l%d (i64.load (i32.const %d)))\n", i, \
			4096 + 8 * i
	print "(i64.store (i32.const 4096)" \
		" (call $deep (i32.sub (local.get $n) (i32.const 1))))"
	for (i = 0; i < many; i++)
		printf "(i64.store (i32.const %d) (i64.add (local.get $l%d)" \
			" (i64.load (i32.const %d))))\n", 4096 + 8 * i, i, \
			4096 + 8 * ((i * 7 + 1) % many)
	print "(i64.load (i32.const 4104)))"
	print "(func (export \"_start\")"
	print "(i32.store (i32.const 0) (i32.const 16))"
	print "(i32.store (i32.const 4) (i32.const 1))"
	print "(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1)" \
		" (i32.const 8)))"
	print "(drop (call $deep (i32.load8_u (i32.const 16))))))"
}'

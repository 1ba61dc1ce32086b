// A small Go library for other runtimes to load:
//
//	go build -buildmode=c-shared -o libpeer.so .
//
// Loading it starts a Go runtime, and that one reads the action of every
// signal that has a handler, ORs SA_ONSTACK into its flags and writes it back.
// Go needs this, for a signal on a goroutine's small stack would overrun it.
// The owner of a handler is not asked: SIGPWR of a garbage collector arrives
// on the alternate stack from then on.
package main

import "C"

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Add does nothing but enter Go and leave it.
//
//export Add
func Add(a, b C.int) C.int {
	return a + b
}

// Recovers dereferences nil, which is a SIGSEGV that Go turns into a panic; 1
// when that was recovered.
//
//export Recovers
func Recovers() (result C.int) {
	defer func() {
		if recover() != nil {
			result = 1
		}
	}()
	var nowhere *int64
	return C.int(*nowhere)
}

// Spin keeps Go's own preemption hot for ms milliseconds, the calling thread
// included: loops without a call can be preempted by SIGURG only, and each
// garbage collection must stop them all.  Every loop computes what it can
// check, so memory that somebody else wrote to does not go unnoticed.  Returns
// the rounds done, or -1 when a result was wrong.
//
//export Spin
func Spin(ms C.int) C.longlong {
	var wg sync.WaitGroup
	var rounds, wrong int64
	var stop uint32

	work := func() {
		for atomic.LoadUint32(&stop) == 0 {
			if descend(64, 1) != 65 || loop(200000) != 19999900000 {
				atomic.AddInt64(&wrong, 1)
			}
			atomic.AddInt64(&rounds, 1)
		}
	}
	for i := 0; i < 2*runtime.GOMAXPROCS(0); i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			work()
		}()
	}
	wg.Add(1)
	go func() {
		defer wg.Done()
		for atomic.LoadUint32(&stop) == 0 {
			runtime.GC()
		}
	}()
	time.AfterFunc(time.Duration(ms)*time.Millisecond, func() {
		atomic.StoreUint32(&stop, 1)
	})
	work()
	wg.Wait()
	if wrong != 0 {
		return -1
	}
	return C.longlong(rounds)
}

//go:noinline
func loop(n int64) (sum int64) {
	for i := int64(0); i < n; i++ {
		sum += i
	}
	return sum
}

// descend fills a goroutine's stack frame by frame, so that it is near its end
// at every depth, and reads each frame back on the way up.
//
//go:noinline
func descend(n int, mark byte) int {
	var pad [64]byte
	for i := range pad {
		pad[i] = mark
	}
	depth := 1
	if n > 0 {
		depth += descend(n-1, mark+1)
	}
	for i := range pad {
		if pad[i] != mark {
			return -1 << 30
		}
	}
	return depth
}

func main() {}

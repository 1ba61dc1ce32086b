// A Go program with a C part that installs a signal handler without
// SA_ONSTACK and forwards to the one that was there, as crash reporters and
// profilers do:
//
//	go build -o gomain .
//	./gomain						dies
//	sigpact run --rule onstack=auto -- ./gomain		alive
//
// The handler runs on whatever stack was interrupted, and here that is a
// goroutine's.  Go finds its own handler called there and gives up: "non-Go
// code set up signal handler without SA_ONSTACK flag".  A handler that does
// not forward overwrites what lies below a small goroutine's stack and nobody
// says a word.
package main

/*
#cgo CFLAGS: -O2 -Wall -Wextra -pthread
#cgo LDFLAGS: -pthread
int hook_install(void);
int hook_fire(int times);
int hook_wait(void);
int hook_seen(void);
*/
import "C"

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

const times = 2000

// The main goroutine stays on the main thread, which is sent the signals.
func init() {
	runtime.LockOSThread()
}

// grow makes the goroutine's stack large once, so that the frame of the first
// signal fits and the program dies for the reason that Go gives, not for the
// memory that was overwritten.
//
//go:noinline
func grow(seed byte) byte {
	var pad [128 << 10]byte
	for i := range pad {
		pad[i] = seed
	}
	return pad[int(seed)<<8]
}

//go:noinline
func loop(n int64) (sum int64) {
	for i := int64(0); i < n; i++ {
		sum += i
	}
	return sum
}

func die(what string) {
	fmt.Fprintln(os.Stderr, "gomain:", what)
	os.Exit(1)
}

func main() {
	start := time.Now()
	seen := make(chan os.Signal, times)
	signal.Notify(seen, syscall.SIGUSR1)

	if C.hook_install() != 0 {
		die("cannot install the handler")
	}
	done := uint32(0)
	if grow(7) != 7 || C.hook_fire(times) != 0 {
		die("cannot start the sender")
	}
	go func() {
		C.hook_wait()
		atomic.StoreUint32(&done, 1)
	}()
	// Nearly all signals interrupt this, on the goroutine's stack.
	for atomic.LoadUint32(&done) == 0 {
		if loop(20000) != 199990000 {
			die("a wrong sum")
		}
	}
	// The kernel merges equal signals that are pending.
	if C.hook_seen() == 0 {
		die("the handler was not called")
	}
	select {
	case <-seen:
	case <-time.After(10 * time.Second):
		die("Go was not told of the signal")
	}
	fmt.Printf("alive in %d ms\n", time.Since(start).Milliseconds())
}

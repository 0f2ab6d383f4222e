// Tools that give the collector work: it must never begin, or go on, while the host hands values over.
package main

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	cicerone "cicerone/sdk"
	"cicerone/sdk/kv"
)

// Work is how much.
type Work struct {
	// Times is how often.
	Times int `json:"times"`
	// Bytes is how much each time.
	Bytes int `json:"bytes"`
	// Limit is what Go's runtime tries to stay below.
	Limit int64 `json:"limit,omitempty"`
	// Note is only handed over.
	Note string `json:"note,omitempty"`
}

// Done is what the collector did.
type Done struct {
	Collections uint32 `json:"collections"`
	Sum         int    `json:"sum"`
}

// What stays from call to call is too much to be left alone.
var kept [][]byte

// Where the compiler cannot see that nobody reads it.
var sink []byte

func done(sum int) (Done, error) {
	var told runtime.MemStats
	runtime.ReadMemStats(&told)
	return Done{told.NumGC, sum}, nil
}

func value(number, size int) []byte { return bytes.Repeat([]byte{byte(number)}, size) }

func check(number int, found []byte, size int) error {
	if !bytes.Equal(found, value(number, size)) {
		return fmt.Errorf("value %d is not what was put there", number)
	}
	return nil
}

func key(number int) string { return fmt.Sprintf("value-%03d", number) }

// Next to nothing: what is handed over is most of it.
func take(ctx *cicerone.Context, work Work) (Done, error) {
	return done(len(work.Note))
}

// Allocates without asking the host for anything.
func alone(ctx *cicerone.Context, work Work) (Done, error) {
	sum := 0
	for number := range work.Times {
		sink = value(number, work.Bytes)
		sum += int(sink[work.Bytes/2])
	}
	return done(sum)
}

// Has some megabytes, and reads large values that it looks at and drops.
func read(ctx *cicerone.Context, work Work) (Done, error) {
	if work.Limit > 0 {
		debug.SetMemoryLimit(work.Limit)
	}
	// Go's runtime polls whenever it changes goroutines once there was a timer.
	time.Sleep(time.Millisecond)
	for number := range 10 {
		kept = append(kept, value(number, 1<<20))
	}
	state, sum := kv.Plugin(), 0
	for number := range 3 {
		if err := state.SetBytes(key(number), value(number, work.Bytes)); err != nil {
			return Done{}, err
		}
	}
	for number := range work.Times {
		number %= 3
		found, _, err := state.GetBytes(key(number))
		if err == nil {
			err = check(number, found, work.Bytes)
		}
		if err != nil {
			return Done{}, err
		}
		sum += len(found)
	}
	for number, each := range kept {
		if err := check(number, each, 1<<20); err != nil {
			return Done{}, err
		}
	}
	kept = nil
	return done(sum)
}

// Several goroutines read and write and allocate, and make way for each other in between.
func together(ctx *cicerone.Context, work Work) (Done, error) {
	const goroutines = 8
	ended := make(chan error, goroutines)
	for number := range goroutines {
		go func() {
			ended <- alternate(number, work)
		}()
	}
	for range goroutines {
		if err := <-ended; err != nil {
			return Done{}, err
		}
	}
	return done(goroutines)
}

func alternate(number int, work Work) error {
	state := kv.Plugin()
	for range work.Times {
		if err := state.SetBytes(key(number), value(number, work.Bytes)); err != nil {
			return err
		}
		runtime.Gosched()
		found, _, err := state.GetBytes(key(number))
		sink = value(number, 10*work.Bytes)
		if err == nil {
			time.Sleep(time.Microsecond)
			err = check(number, found, work.Bytes)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func init() {
	cicerone.Plugin("memory", "0.1.0", "Gives the collector work.")
	cicerone.Tool("take", "Takes its arguments.", take)
	cicerone.Tool("alone", "Allocates.", alone)
	cicerone.Tool("read", "Reads large values.", read)
	cicerone.Tool("together", "Reads, writes and allocates in several goroutines.", together)
}

func main() {}

//go:build wasip1

// Package runtime gives the generated bindings memory that the garbage collector neither moves nor takes while the host
// reads or writes it.
//
// While the host hands values over, the component may call nobody, not even for the time: that is a trap. Go's runtime asks
// for the time and polls whenever it collects or changes goroutines, so neither may happen there. Memory for the host is
// allocated on the system stack, where the runtime begins no collection, helps with none that is under way, grows no stack
// and runs no other goroutine. What a collection would have been due for is made up for when the values are taken over.
// All of this is of the very version of Go that `plugin build` uses; `tests/memory` beside the SDK holds it to that.
package runtime

import (
	"runtime"
	"unsafe"
)

// Allocate gives memory that stays where it is until the pinner lets go. Slices of plain numbers have no pointers in
// them for the collector to follow.
func Allocate(pinner *runtime.Pinner, size, align uintptr) unsafe.Pointer {
	if size == 0 {
		return nil
	}
	memory := allocate(size, align)
	pinner.Pin(memory)
	return memory
}

func allocate(size, align uintptr) unsafe.Pointer {
	switch align {
	case 1:
		return unsafe.Pointer(unsafe.SliceData(make([]uint8, size)))
	case 2:
		return unsafe.Pointer(unsafe.SliceData(make([]uint16, (size+1)/2)))
	case 4:
		return unsafe.Pointer(unsafe.SliceData(make([]uint32, (size+3)/4)))
	default:
		return unsafe.Pointer(unsafe.SliceData(make([]uint64, (size+7)/8)))
	}
}

// What the host has handed over, kept from the collector until Go's values have it.
var received struct {
	kept []unsafe.Pointer
	// How many goroutines are taking over what they asked the host for, and whether a call's arguments wait to be.
	taking  int
	calling bool
	// Bytes since the collector was last reminded.
	bytes uintptr
}

// Unpin is called by the bindings of a call once its arguments are taken over.
func Unpin() {
	received.calling = false
	letGo()
}

// Take begins to ask the host for something; what it gives is taken over when the result is called.
func Take() func() {
	received.taking++
	return taken
}

func taken() {
	received.taking--
	letGo()
}

// Others may be in the middle of it: a goroutine can be left for another one wherever it allocates.
func letGo() {
	if received.taking > 0 || received.calling {
		return
	}
	clear(received.kept)
	received.kept = received.kept[:0]
	if received.bytes >= remindedAfter {
		received.bytes = 0
		reminder = make([]byte, reminderSize)
		reminder = nil
	}
}

// The runtime looks whether a collection is due when it allocates something large, but not while the host hands over.
const (
	remindedAfter = 256 << 10
	reminderSize  = 33 << 10
)

var reminder []byte

// Before the Go runtime has started there is no garbage collector to ask.
var started = false

func init() {
	started = true
}

// What the host asks for, and gets: a function that runs on the system stack has no arguments.
var wanted struct {
	old         unsafe.Pointer
	size, align uintptr
	memory      unsafe.Pointer
}

// The host asks for memory here, for whatever it hands over. There is no check of the stack, which might be made to grow, or
// to make way for another goroutine.
//
//go:wasmexport cabi_realloc
//go:nosplit
func realloc(old unsafe.Pointer, _, align, size uintptr) unsafe.Pointer {
	if !started {
		memory := uintptr(sbrk(size + align - 1))
		return unsafe.Pointer((memory + align - 1) &^ (align - 1))
	}
	wanted.old, wanted.align, wanted.size = old, align, size
	systemstack(handOver)
	return wanted.memory
}

// Growing Go's heap reads the clock that pauseClock stops.
func handOver() {
	if wanted.old != nil {
		panic("the host never lets memory grow")
	}
	wanted.memory = nil
	if wanted.size == 0 {
		return
	}
	pauseClock(true)
	wanted.memory = allocate(wanted.size, wanted.align)
	received.kept = append(received.kept, wanted.memory)
	pauseClock(false)
	received.bytes += wanted.size
	received.calling = received.calling || received.taking == 0
}

//go:linkname sbrk runtime.sbrk
func sbrk(n uintptr) unsafe.Pointer

//go:linkname systemstack runtime.systemstack
//go:noescape
func systemstack(fn func())

// The adapter answers from what it read last.
//
//go:wasmimport wasi_snapshot_preview1 adapter_monotonic_clock_set_paused
func pauseClock(paused bool)

//go:build wasip1

// Package runtime gives the generated bindings memory that the garbage collector neither moves nor takes while the host
// reads or writes it.
package runtime

import (
	"runtime"
	"unsafe"
)

// What the host has written for the call that begins now; let go by the bindings once it is taken over.
var received runtime.Pinner

// Before the Go runtime has started there is no garbage collector to ask.
var started = false

func init() {
	started = true
}

// Unpin lets go of what the host has written.
func Unpin() {
	received.Unpin()
}

// Allocate gives memory that stays where it is until the pinner lets go. Slices of plain numbers have no pointers in
// them for the collector to follow.
func Allocate(pinner *runtime.Pinner, size, align uintptr) unsafe.Pointer {
	if size == 0 {
		return nil
	}
	var memory unsafe.Pointer
	switch align {
	case 1:
		memory = unsafe.Pointer(unsafe.SliceData(make([]uint8, size)))
	case 2:
		memory = unsafe.Pointer(unsafe.SliceData(make([]uint16, (size+1)/2)))
	case 4:
		memory = unsafe.Pointer(unsafe.SliceData(make([]uint32, (size+3)/4)))
	default:
		memory = unsafe.Pointer(unsafe.SliceData(make([]uint64, (size+7)/8)))
	}
	pinner.Pin(memory)
	return memory
}

//go:linkname sbrk runtime.sbrk
func sbrk(n uintptr) unsafe.Pointer

// A collection reads the clock, and while the host hands something over no import may be called: the adapter then answers
// from what it read last.
//
//go:wasmimport wasi_snapshot_preview1 adapter_monotonic_clock_set_paused
func pauseClock(paused bool)

// The host asks for memory here, for whatever it hands over.
//
//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldSize, align, size uintptr) unsafe.Pointer {
	if old != nil || oldSize != 0 {
		panic("the host never lets memory grow")
	}
	if started {
		pauseClock(true)
		memory := Allocate(&received, size, align)
		pauseClock(false)
		return memory
	}
	memory := uintptr(sbrk(size + align - 1))
	return unsafe.Pointer((memory + align - 1) &^ (align - 1))
}

// Package host is the one door to what the host lends: the sandbox's imports in a component, a memory of the same behaviour
// natively. What a tool does not use is not linked, and its import with it.
package host

import (
	"strings"

	"cicerone/sdk/internal/fault"
)

// Pair is a key, or a name, with its value.
type Pair struct {
	Key, Value string
}

// Request is one HTTP request.
type Request struct {
	Method, URL string
	Headers     []Pair
	Body        []byte // nil is none
	TimeoutMS   uint32 // 0 is as long as the call has left
}

// Response is its answer.
type Response struct {
	Status  uint16
	Headers []Pair
	Body    []byte
}

func tooLarge(part string, most uint64) error {
	return fault.Refused(part+".too-large", "it is larger than %d bytes", most)
}

func quota(part string, most uint64) error {
	return fault.Refused(part+".quota", "it would pass the quota of %d", most)
}

func notGranted(part, what string) error {
	return fault.Refused(part+".not-granted", "%s is not granted; ask for it in [capabilities]", what)
}

// The contract's strings are UTF-8; the host ends a call that hands over another.
func valid(text string) string {
	return strings.ToValidUTF8(text, "\uFFFD")
}

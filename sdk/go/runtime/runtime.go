// Package runtime is the clock, the time left and chance, all by the host, whose clock tests can freeze: package time knows
// nothing of it.
package runtime

import (
	"time"

	"cicerone/sdk/internal/host"
)

// Now is the host's clock, in UTC.
func Now() time.Time { return time.UnixMilli(int64(host.NowMS())).UTC() }

// Remaining is how long the host still waits for this call.
func Remaining() time.Duration { return time.Duration(host.RemainingMS()) * time.Millisecond }

// Cancelled tells whether nobody waits for the answer any more.
func Cancelled() bool { return host.Cancelled() }

// Random gives fresh random bytes.
func Random(length int) []byte {
	const atOnce = 1024
	var given []byte
	for len(given) < length {
		given = append(given, host.Random(uint32(min(length-len(given), atOnce)))...)
	}
	return given
}

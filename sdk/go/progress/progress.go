// Package progress sends live updates to the waiting client.
package progress

import "cicerone/sdk/internal/host"

// Update says how far the tool is; a negative percent is "unknown".
func Update(percent int, message string) { host.Progress(percent, message) }

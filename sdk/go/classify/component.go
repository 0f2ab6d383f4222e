//go:build wasip1

package classify

// What the host calls.
import _ "cicerone/sdk/internal/wit/exports/understanding_exports"

//go:build wasip1

package cicerone

// What the host calls.
import _ "cicerone/sdk/internal/wit/exports/wit_exports"

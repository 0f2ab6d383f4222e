// Package log writes lines for the host's log. The host bounds them and never shows them to the person.
package log

import (
	"fmt"

	"cicerone/sdk/internal/host"
)

// Debug is for whoever looks for a fault. A message is constant; fields are keys and values in turn.
func Debug(message string, fields ...any) { emit(1, message, fields) }

// Info is what happened: log.Info("Held a table.", "seats", 4).
func Info(message string, fields ...any) { emit(2, message, fields) }

// Warn says that something is odd, and the tool coped.
func Warn(message string, fields ...any) { emit(3, message, fields) }

// Error says that somebody must act.
func Error(message string, fields ...any) { emit(4, message, fields) }

func emit(level uint8, message string, fields []any) {
	var pairs []host.Pair
	for i := 0; i < len(fields); i += 2 {
		pair := host.Pair{Key: fmt.Sprint(fields[i])}
		if i+1 < len(fields) {
			pair.Value = fmt.Sprint(fields[i+1])
		}
		pairs = append(pairs, pair)
	}
	host.Log(level, message, pairs)
}

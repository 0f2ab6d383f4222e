// Package classify understands texts: it has what the host asks of a plugin that a flow names for it, and the commands in
// which it answers. A plugin only chooses: the host refuses what cannot be taken at the moment, and checks every value.
//
// A program that uses it exports that it understands texts; its plugin.toml says so with classify = true below [build].
package classify

import "cicerone/sdk/internal/hearing"

// What the host asks.
type (
	// Request is one text, and what it can mean now.
	Request = hearing.Request
	// Intent is one that can be taken.
	Intent = hearing.Intent
	// Slot is a value that an intent has.
	Slot = hearing.Slot
)

// What a text asks for. An answer has at most 256 commands; none at all is None with a confidence of 0.
type (
	// Command is one of Chosen, SetSlot, CorrectSlot, Cancel and None.
	Command = hearing.Command
	// Chosen says that the text means this intent, with a confidence from 0 to 1. One at most.
	Chosen = hearing.Chosen
	// SetSlot gives a value for a slot of the intent.
	SetSlot = hearing.SetSlot
	// CorrectSlot takes back a value and gives another.
	CorrectSlot = hearing.CorrectSlot
	// Filled is a value for a slot: what SetSlot and CorrectSlot have.
	Filled = hearing.Filled
	// Span is where a value stands, in bytes of the text.
	Span = hearing.Span
	// Cancel gives up what is being done. Alone.
	Cancel = hearing.Cancel
	// None says that the text means none of the intents; how near the nearest was, 0 to 1. Alone.
	None = hearing.None
)

// With names the function that understands texts; called once, in a func init. An error is no answer, and the host's own
// holds; it is a sentence for the operator's log, and no word of the text belongs in it.
func With(understand func(request *Request) ([]Command, error)) { hearing.Classify = understand }

// Choose says that the text means this intent, with a confidence from 0 to 1.
func Choose(name string, confidence float64) Command {
	return Chosen{Name: name, Confidence: confidence}
}

// Set gives this value for a slot, wherever it stands.
func Set(name string, value any) Command { return SetSlot{Name: name, Value: value} }

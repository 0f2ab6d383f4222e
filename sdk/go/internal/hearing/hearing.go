// Package hearing holds what understands texts as its program has named it, between the SDK's words and the edge of the
// sandbox.
package hearing

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Request is one text, and what it can mean now.
type Request struct {
	// Text is as the person wrote it, with marks such as [phone-a] in place of what the flow calls personal.
	Text string
	// Intents are those that the conversation can take now.
	Intents []Intent
	// Question is what the person was asked last, where the flow shows it; empty for none.
	Question string
	// Context is what of the context the flow shows, a JSON object; empty is one without keys.
	Context json.RawMessage
	// Locale is the person's language, as BCP 47.
	Locale string
	// Today is the day in the conversation's time zone: 2026-11-22. TimeZone is its IANA name.
	Today, TimeZone string
	// DeadlineMS is when the host goes on without an answer, in milliseconds since the Unix epoch.
	DeadlineMS uint64
	// Extra is what newer hosts tell besides.
	Extra map[string]string
}

// Intent is one that can be taken.
type Intent struct {
	// Name is the flow's; Description is in its words, and may be empty.
	Name, Description string
	// Examples are what people say who mean it.
	Examples []string
	// Slots are its values; not those that are personal.
	Slots []Slot
}

// Slot is a value that an intent has.
type Slot struct {
	// Name is unique in the intent.
	Name string
	// Kind is as flows write it: integer, date, enum, string and so on.
	Kind string
	// Values are those of an enum.
	Values []string
	// Required says that the intent does not hold without it; Asked, that the person was asked for it.
	Required, Asked bool
}

// Command is one thing that a text asks for: [Chosen], [SetSlot], [CorrectSlot], [Cancel] or [None].
type Command interface{ command() }

// Chosen says that the text means this intent. One at most.
type Chosen struct {
	// Name is one of the request's.
	Name string
	// Confidence is 0 to 1.
	Confidence float64
}

// Filled is a value for a slot of the intent.
type Filled struct {
	// Name is the slot's.
	Name string
	// Value is anything that goes into JSON. Text will do: the host reads what the slot holds, as in "next Friday" for a
	// date.
	Value any
	// Span is where it stands; its zero is nowhere.
	Span Span
	// Confidence is above 0, to 1; 0 is that of the intent.
	Confidence float64
}

// Span is bytes of the text, as those of package strings and regexp.
type Span struct{ Start, End int }

// SetSlot gives a value.
type SetSlot Filled

// CorrectSlot takes back a value and gives another.
type CorrectSlot Filled

// Cancel gives up what is being done. Alone.
type Cancel struct{}

// None says that the text means none of the intents. Alone.
type None struct {
	// Confidence is how near the nearest was, 0 to 1.
	Confidence float64
}

func (Chosen) command()      {}
func (SetSlot) command()     {}
func (CorrectSlot) command() {}
func (Cancel) command()      {}
func (None) command()        {}

// Function understands texts.
type Function = func(request *Request) ([]Command, error)

// Classify is what the program has named.
var Classify Function

// JSON is a value as it leaves.
func (f Filled) JSON() (string, error) {
	text, err := json.Marshal(f.Value)
	if err != nil {
		return "", fmt.Errorf("the value of `%s` does not go into JSON", f.Name)
	}
	return strings.ToValidUTF8(string(text), "\uFFFD"), nil
}

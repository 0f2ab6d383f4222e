// Package guest holds the plugin as its program has named it, between the SDK's words and the edge of the sandbox.
package guest

import "cicerone/sdk/internal/fault"

// Effects are what a tool does to the world, as the contract's bits.
type Effects uint8

// In the order of the contract.
const (
	ReadOnly Effects = 1 << iota
	Idempotent
	Destructive
	OpenWorld
)

// Context is the call that a tool answers.
type Context struct {
	// CallID is the same for every attempt at one call: the key that makes a repeated call harmless.
	CallID string
	// Attempt is 1 for the first.
	Attempt uint32
	// DeadlineMS is when the host gives up, in milliseconds since the Unix epoch.
	DeadlineMS uint64
	// SessionID is the conversation, Flow the flow it runs, State the state that called.
	SessionID, Flow, State string
	// Locale is the person's language, as BCP 47; empty where it is not known.
	Locale string
	// Traceparent is the W3C trace context, to pass on in outgoing requests; empty for none.
	Traceparent string
	// Extra is what newer hosts tell besides.
	Extra map[string]string
}

// Output is what a tool gave.
type Output struct {
	Value string
	Patch [][2]string
	Say   []string
}

// Tool is one function of the plugin.
type Tool struct {
	Name, Title, Description string
	InputSchema              func() string
	OutputSchema             func() string
	Effects                  Effects
	TimeoutMS                uint32
	Run                      func(ctx *Context, args string) (Output, *fault.Error)
}

// Plugin is what the program offers.
var Plugin struct {
	Name, Version, Description string
	Tools                      []Tool
}

// Call finds the tool and runs it.
func Call(ctx *Context, name, args string) (Output, *fault.Error) {
	for _, tool := range Plugin.Tools {
		if tool.Name == name {
			return tool.Run(ctx, args)
		}
	}
	return Output{}, fault.New(fault.NotFound, "this plugin has no tool `%s`", name).WithCode("tool.unknown")
}

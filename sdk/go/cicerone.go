// Package cicerone writes tools for Cicerone conversations in Go. A tool is a function; a plugin is a program of tools,
// built into one WebAssembly component that the host runs in a fresh sandbox for each call.
//
// What the host lends to a call is in packages of its own: kv, config, session, http, secrets, log, runtime, progress and
// events. Package test runs tools natively.
package cicerone

import (
	"encoding/json"
	"reflect"
	"time"

	"cicerone/sdk/internal/fault"
	"cicerone/sdk/internal/guest"
)

// Context is the call that a tool answers.
type Context = guest.Context

// NoArgs are the arguments of a tool that takes none.
type NoArgs struct{}

// Plugin names the program; written once, in a func init.
func Plugin(name, version, description string) {
	guest.Plugin.Name, guest.Plugin.Version, guest.Plugin.Description = name, version, description
}

// Option says more of a tool.
type Option func(*guest.Tool)

// ReadOnly says that the tool changes nothing.
func ReadOnly(tool *guest.Tool) { tool.Effects |= guest.ReadOnly }

// Idempotent promises that the same call twice is harmless; the host may then send it again.
func Idempotent(tool *guest.Tool) { tool.Effects |= guest.Idempotent }

// Destructive says that the tool takes something away.
func Destructive(tool *guest.Tool) { tool.Effects |= guest.Destructive }

// OpenWorld says that the tool deals with the world outside.
func OpenWorld(tool *guest.Tool) { tool.Effects |= guest.OpenWorld }

// Title is a name for people.
func Title(title string) Option {
	return func(tool *guest.Tool) { tool.Title = title }
}

// Timeout is a wish; manifest and flow can only lower it.
func Timeout(wait time.Duration) Option {
	return func(tool *guest.Tool) { tool.TimeoutMS = uint32(wait.Milliseconds()) }
}

// Tool offers a function as a tool; called in a func init. Its schemas are made of the types: see [Schema]. A result may
// be a *[Reply], to say more than a value. An error that is no *[Error] is an internal one.
func Tool[A, R any](name, description string, run func(ctx *Context, args A) (R, error), options ...Option) {
	tool := guest.Tool{
		Name:         name,
		Description:  description,
		InputSchema:  func() string { return schemaText(reflect.TypeFor[A](), false) },
		OutputSchema: func() string { return schemaText(valueType(reflect.TypeFor[R]()), true) },
		Run: func(ctx *Context, text string) (guest.Output, *fault.Error) {
			var args A
			if err := json.Unmarshal([]byte(text), &args); err != nil {
				return guest.Output{}, fault.New(fault.InvalidInput, "the arguments do not fit: %s", err).WithCode("args.invalid")
			}
			result, err := run(ctx, args)
			if err != nil {
				return guest.Output{}, fault.Of(err)
			}
			return output(result)
		},
	}
	for _, option := range options {
		option(&tool)
	}
	guest.Plugin.Tools = append(guest.Plugin.Tools, tool)
}

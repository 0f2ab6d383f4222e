//go:build wasip1

// Package export_cicerone_plugin_tools is the edge of the sandbox: the contract's records to the SDK's types and back.
package export_cicerone_plugin_tools

import (
	"encoding/json"
	"fmt"
	"strings"

	"cicerone/sdk/internal/fault"
	"cicerone/sdk/internal/guest"
	"cicerone/sdk/internal/host"
	types "cicerone/sdk/internal/wit/imports/cicerone_plugin_types"
	wit "cicerone/sdk/internal/wit/types"
)

const levelError = 4

// Describe gives static data only: the host runs it with every import denied.
func Describe() types.PluginInfo {
	plugin := &guest.Plugin
	info := types.PluginInfo{
		Name: valid(plugin.Name), Version: valid(plugin.Version), Description: valid(plugin.Description),
	}
	for _, tool := range plugin.Tools {
		definition := types.ToolDef{
			Name:         valid(tool.Name),
			Title:        maybe(tool.Title),
			Description:  valid(tool.Description),
			InputSchema:  tool.InputSchema(),
			OutputSchema: maybe(tool.OutputSchema()),
			Effects:      uint8(tool.Effects),
		}
		if tool.TimeoutMS != 0 {
			definition.TimeoutMs = wit.Some(tool.TimeoutMS)
		}
		info.Tools = append(info.Tools, definition)
	}
	return info
}

// Call runs a tool. A panic is logged and ends the call.
func Call(told types.CallContext, name, args string) wit.Result[types.ToolOutput, types.ToolError] {
	defer func() {
		if panicked := recover(); panicked != nil {
			host.Log(levelError, "The tool panicked.", []host.Pair{{Key: "panic", Value: fmt.Sprint(panicked)}})
			panic(panicked)
		}
	}()
	output, failed := guest.Call(context(told), name, args)
	if failed != nil {
		return wit.Err[types.ToolOutput](toolError(failed))
	}
	given := types.ToolOutput{Value: valid(output.Value)}
	for _, change := range output.Patch {
		given.ContextPatch = append(given.ContextPatch, types.Field{Key: valid(change[0]), Value: valid(change[1])})
	}
	for _, text := range output.Say {
		given.Say = append(given.Say, valid(text))
	}
	return wit.Ok[types.ToolOutput, types.ToolError](given)
}

func context(told types.CallContext) *guest.Context {
	ctx := &guest.Context{
		CallID: told.CallId, Attempt: told.Attempt, DeadlineMS: told.DeadlineMs,
		SessionID: told.SessionId, Flow: told.Flow, State: told.State,
		Locale: text(told.Locale), Traceparent: text(told.Traceparent),
		Extra: make(map[string]string, len(told.Extra)),
	}
	for _, field := range told.Extra {
		ctx.Extra[field.Key] = field.Value
	}
	return ctx
}

func toolError(failed *fault.Error) types.ToolError {
	told := types.ToolError{
		Kind: uint8(failed.Kind), Code: maybe(failed.Code), Message: valid(failed.Message), Retryable: failed.Retryable,
	}
	if failed.RetryAfter > 0 {
		told.RetryAfterMs = wit.Some(uint64(failed.RetryAfter.Milliseconds()))
	}
	if failed.Details != nil {
		if details, err := json.Marshal(failed.Details); err == nil {
			told.Details = wit.Some(string(details))
		}
	}
	return told
}

func text(option wit.Option[string]) string {
	if option.Tag() == wit.OptionSome {
		return option.Some()
	}
	return ""
}

func maybe(text string) wit.Option[string] {
	if text == "" {
		return wit.None[string]()
	}
	return wit.Some(valid(text))
}

func valid(text string) string {
	return strings.ToValidUTF8(text, "\uFFFD")
}

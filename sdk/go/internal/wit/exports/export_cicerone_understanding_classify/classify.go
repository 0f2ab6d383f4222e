//go:build wasip1

// Package export_cicerone_understanding_classify is the edge of the sandbox for texts: the records of
// cicerone:understanding to the SDK's types and back.
package export_cicerone_understanding_classify

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"cicerone/sdk/internal/hearing"
	"cicerone/sdk/internal/host"
	told "cicerone/sdk/internal/wit/imports/cicerone_understanding_classify"
	wit "cicerone/sdk/internal/wit/types"
)

const levelError = 4

// Classify understands a text. A panic is logged by its type, as its words may be the text's, and ends the call.
func Classify(ask told.Request) wit.Result[[]told.Command, string] {
	defer func() {
		if panicked := recover(); panicked != nil {
			kind := fmt.Sprintf("%T", panicked)
			host.Log(levelError, "The plugin panicked.", []host.Pair{{Key: "panic", Value: kind}})
			panic("the plugin panicked")
		}
	}()
	if hearing.Classify == nil {
		return failed("no function is named for texts; call `classify.With` in a func init")
	}
	commands, err := hearing.Classify(request(ask))
	if err != nil {
		return failed(err.Error())
	}
	answer := make([]told.Command, len(commands))
	for i, command := range commands {
		if answer[i], err = wire(command); err != nil {
			return failed(err.Error())
		}
	}
	return wit.Ok[[]told.Command, string](answer)
}

func failed(why string) wit.Result[[]told.Command, string] {
	return wit.Err[[]told.Command](valid(why))
}

func request(ask told.Request) *hearing.Request {
	given := &hearing.Request{
		Text: ask.Text, Question: maybe(ask.Question), Context: json.RawMessage(ask.Context), Locale: ask.Locale,
		Today: ask.Today, TimeZone: ask.TimeZone, DeadlineMS: ask.DeadlineMs,
		Extra: make(map[string]string, len(ask.Extra)),
	}
	for _, field := range ask.Extra {
		given.Extra[field.Key] = field.Value
	}
	for _, intent := range ask.Intents {
		one := hearing.Intent{Name: intent.Name, Description: maybe(intent.Description), Examples: intent.Examples}
		for _, slot := range intent.Slots {
			one.Slots = append(one.Slots, hearing.Slot(slot))
		}
		given.Intents = append(given.Intents, one)
	}
	return given
}

func wire(command hearing.Command) (told.Command, error) {
	switch command := command.(type) {
	case hearing.Chosen:
		return told.MakeCommandIntent(told.Chosen{Name: valid(command.Name), Confidence: command.Confidence}), nil
	case hearing.SetSlot:
		value, err := filled(hearing.Filled(command))
		return told.MakeCommandSetSlot(value), err
	case hearing.CorrectSlot:
		value, err := filled(hearing.Filled(command))
		return told.MakeCommandCorrectSlot(value), err
	case hearing.Cancel:
		return told.MakeCommandCancel(), nil
	case hearing.None:
		return told.MakeCommandNone(command.Confidence), nil
	default:
		return told.Command{}, fmt.Errorf("a command is a `%T`; commands are values, not pointers", command)
	}
}

func filled(given hearing.Filled) (told.Filled, error) {
	value, err := given.JSON()
	result := told.Filled{Name: valid(given.Name), Value: value}
	if span := given.Span; 0 <= span.Start && span.Start < span.End && span.End <= math.MaxInt32 {
		result.Span = wit.Some(told.Span{Start: uint32(span.Start), End: uint32(span.End)})
	}
	if given.Confidence != 0 {
		result.Confidence = wit.Some(given.Confidence)
	}
	return result, err
}

func maybe(option wit.Option[string]) string {
	if option.Tag() == wit.OptionSome {
		return option.Some()
	}
	return ""
}

func valid(text string) string {
	return strings.ToValidUTF8(text, "\uFFFD")
}

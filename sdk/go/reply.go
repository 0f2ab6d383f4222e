package cicerone

import (
	"encoding/json"
	"reflect"

	"cicerone/sdk/internal/fault"
	"cicerone/sdk/internal/guest"
)

// Reply is more than a value: text for the person, and changes of the conversation's context where they are granted.
type Reply[T any] struct {
	value T
	say   []string
	patch []change
}

type change struct {
	pointer string
	value   any
}

// With is a reply with this value.
func With[T any](value T) *Reply[T] {
	return &Reply[T]{value: value}
}

// Say sends a text to the person; texts are sent in their order.
func (r *Reply[T]) Say(text string) *Reply[T] {
	r.say = append(r.say, text)
	return r
}

// Patch sets what is at a JSON pointer of the conversation's context.
func (r *Reply[T]) Patch(pointer string, value any) *Reply[T] {
	r.patch = append(r.patch, change{pointer, value})
	return r
}

func (r *Reply[T]) parts() (any, []string, []change) { return r.value, r.say, r.patch }

func (*Reply[T]) of() reflect.Type { return reflect.TypeFor[T]() }

type reply interface {
	parts() (any, []string, []change)
	of() reflect.Type
}

// The type of the value that a result comes to.
func valueType(result reflect.Type) reflect.Type {
	if result.Implements(reflect.TypeFor[reply]()) {
		return reflect.Zero(result).Interface().(reply).of()
	}
	return result
}

func output(result any) (guest.Output, *fault.Error) {
	var given guest.Output
	var changes []change
	if more, is := result.(reply); is {
		result, given.Say, changes = more.parts()
	}
	value, err := json.Marshal(result)
	if err != nil {
		return given, fault.New(fault.Internal, "the result does not go into JSON: %s", err)
	}
	given.Value = string(value)
	for _, change := range changes {
		value, err := json.Marshal(change.value)
		if err != nil {
			return given, fault.New(fault.Internal, "what goes to `%s` does not go into JSON: %s", change.pointer, err)
		}
		given.Patch = append(given.Patch, [2]string{change.pointer, string(value)})
	}
	return given, nil
}

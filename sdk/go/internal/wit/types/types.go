// Package types has what the generated bindings say "maybe", "this or that" and "both" with.
package types

// The tags of an Option.
const (
	OptionNone uint8 = iota
	OptionSome
)

// The tags of a Result.
const (
	ResultOk uint8 = iota
	ResultErr
)

// Unit is a result without a value.
type Unit struct{}

// Tuple2 is two values.
type Tuple2[A, B any] struct {
	F0 A
	F1 B
}

// Option is a value that may be missing; its zero is.
type Option[T any] struct {
	tag   uint8
	value T
}

// None is no value.
func None[T any]() Option[T] {
	return Option[T]{}
}

// Some is a value.
func Some[T any](value T) Option[T] {
	return Option[T]{OptionSome, value}
}

// Tag tells which it is.
func (o Option[T]) Tag() uint8 {
	return o.tag
}

// Some is the value; it panics when there is none.
func (o Option[T]) Some() T {
	if o.tag != OptionSome {
		panic("there is no value")
	}
	return o.value
}

// Result is what was asked for, or why not.
type Result[T, E any] struct {
	tag uint8
	ok  T
	err E
}

// Ok is what was asked for.
func Ok[T, E any](value T) Result[T, E] {
	return Result[T, E]{tag: ResultOk, ok: value}
}

// Err is why not.
func Err[T, E any](why E) Result[T, E] {
	return Result[T, E]{tag: ResultErr, err: why}
}

// Tag tells which it is.
func (r Result[T, E]) Tag() uint8 {
	return r.tag
}

// Ok is what was asked for; it panics when there is an error.
func (r Result[T, E]) Ok() T {
	if r.tag != ResultOk {
		panic("there is an error")
	}
	return r.ok
}

// Err is why not; it panics when there is a value.
func (r Result[T, E]) Err() E {
	if r.tag != ResultErr {
		panic("there is no error")
	}
	return r.err
}

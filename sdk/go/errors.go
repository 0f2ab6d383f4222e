package cicerone

import (
	"errors"

	"cicerone/sdk/internal/fault"
)

// Error says why a tool has no answer. What the host refuses is one too, with a code such as kv.quota or http.denied.
type Error = fault.Error

// Kind says what sort of failure it was.
type Kind = fault.Kind

// The kinds. The set is closed; detail goes into [Error.WithCode].
const (
	KindInvalidInput    = fault.InvalidInput
	KindNotFound        = fault.NotFound
	KindUnauthenticated = fault.Unauthenticated
	KindForbidden       = fault.Forbidden
	KindConflict        = fault.Conflict
	KindRateLimited     = fault.RateLimited
	KindUnavailable     = fault.Unavailable
	KindInternal        = fault.Internal
)

// Fail is an error of any kind. KindRateLimited and KindUnavailable are taken as passing, the others as lasting.
func Fail(kind Kind, format string, args ...any) *Error { return fault.New(kind, format, args...) }

// InvalidInput says that the arguments make no sense together, though they fit the schema.
func InvalidInput(format string, args ...any) *Error { return Fail(KindInvalidInput, format, args...) }

// NotFound says that there is no such thing.
func NotFound(format string, args ...any) *Error { return Fail(KindNotFound, format, args...) }

// Forbidden says that this may not be done.
func Forbidden(format string, args ...any) *Error { return Fail(KindForbidden, format, args...) }

// Conflict says that somebody else was first, or the thing is in another state.
func Conflict(format string, args ...any) *Error { return Fail(KindConflict, format, args...) }

// Unavailable says that something the tool needs is away for a while.
func Unavailable(format string, args ...any) *Error { return Fail(KindUnavailable, format, args...) }

// Internal says that the tool is at fault.
func Internal(format string, args ...any) *Error { return Fail(KindInternal, format, args...) }

// Is tells whether an error has this code.
func Is(err error, code string) bool {
	var known *Error
	return errors.As(err, &known) && known.Code == code
}

// Package fault is the one error type of the SDK, so that every part of it can make what a tool may hand on.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of failure it was. The set is closed; detail goes into the code.
type Kind uint8

// In the order of the contract.
const (
	InvalidInput Kind = iota
	NotFound
	Unauthenticated
	Forbidden
	Conflict
	RateLimited
	Unavailable
	Internal
)

var words = [...]string{
	"invalid-input", "not-found", "unauthenticated", "forbidden", "conflict", "rate-limited", "unavailable", "internal",
}

// String is the contract's word for it.
func (k Kind) String() string {
	if int(k) < len(words) {
		return words[k]
	}
	return "internal"
}

// Error says why a tool has no answer, in words that a flow can branch on.
type Error struct {
	// Kind is what sort of failure it was.
	Kind Kind
	// Code is short and stable, for branches in flows: card_declined. What the host refuses has one, such as kv.quota or
	// http.timeout.
	Code string
	// Message is for people: a lower-case fragment that says what went wrong and, where possible, what to do.
	Message string
	// Retryable says whether the same call may succeed later.
	Retryable bool
	// RetryAfter is how long to wait before that; zero is no wish.
	RetryAfter time.Duration
	// Details is anything else worth telling, as it goes into JSON.
	Details any
}

// New is a failure of a kind; RateLimited and Unavailable are taken as passing, the others as lasting.
func New(kind Kind, format string, args ...any) *Error {
	passing := kind == RateLimited || kind == Unavailable
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Retryable: passing}
}

// Error is the message.
func (e *Error) Error() string {
	return e.Message
}

// WithCode adds a short stable code for branches in flows.
func (e *Error) WithCode(code string) *Error {
	e.Code = code
	return e
}

// WithRetryAfter says that the same call may succeed after this time.
func (e *Error) WithRetryAfter(wait time.Duration) *Error {
	e.Retryable, e.RetryAfter = true, wait
	return e
}

// WithDetails adds anything else worth telling.
func (e *Error) WithDetails(details any) *Error {
	e.Details = details
	return e
}

// Of is the error itself, or an internal one for any other.
func Of(err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	return New(Internal, "%s", err)
}

// Kinds of what the host refuses, by code.
var refusals = map[string]Kind{
	"kv.not-granted": Forbidden, "kv.too-large": Internal, "kv.quota": Internal, "kv.unavailable": Unavailable,
	"kv.wrong-type": Internal, "session.not-granted": Forbidden, "session.bad-pointer": Internal,
	"session.wrong-type": Internal, "http.denied": Forbidden, "http.invalid-request": Internal,
	"http.timeout": Unavailable, "http.dns": Unavailable, "http.connect": Unavailable, "http.tls": Unavailable,
	"http.too-large": Internal, "http.quota": RateLimited, "http.protocol": Unavailable,
	"secrets.not-granted": Forbidden, "secrets.missing": Unauthenticated,
	"events.not-granted": Forbidden, "events.too-large": Internal, "events.quota": RateLimited,
}

// Refused is what the host says no with.
func Refused(code, format string, args ...any) *Error {
	kind, known := refusals[code]
	if !known {
		kind = Internal
	}
	return New(kind, format, args...).WithCode(code)
}

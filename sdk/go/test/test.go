//go:build !wasip1

// Package test runs tools natively, in plain Go tests, on a host in memory: it grants everything, its clock stands still
// until it is moved, and its chance is a counter. There is one such host for each process, so tests that use it are not to
// run in parallel.
package test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	cicerone "cicerone/sdk"
	"cicerone/sdk/internal/fault"
	"cicerone/sdk/internal/guest"
	"cicerone/sdk/internal/hearing"
	"cicerone/sdk/internal/host"
)

// Host is the host of this process.
type Host struct {
	t testing.TB
}

// Line is one that a tool logged; Told an update; Published an event.
type (
	Line      = host.Line
	Told      = host.Told
	Published = host.Published
)

// Request is one that a tool sent.
type Request struct {
	Method, URL string
	Header      map[string]string
	Body        string
}

// NewHost is an empty host: no settings, no context, no state, the clock at the Unix epoch.
func NewHost(t testing.TB) *Host {
	host.Reset()
	return &Host{t}
}

// WithConfig adds a setting of plugin.toml.
func (h *Host) WithConfig(key, value string) *Host {
	host.With(func(m *host.Memory) { m.Config[key] = value })
	return h
}

// WithSecret adds a secret.
func (h *Host) WithSecret(name, value string) *Host {
	host.With(func(m *host.Memory) { m.Secrets[name] = value })
	return h
}

// WithSession sets the conversation's context.
func (h *Host) WithSession(context any) *Host {
	h.t.Helper()
	var plain any
	text, err := json.Marshal(context)
	if err == nil {
		err = json.Unmarshal(text, &plain)
	}
	if err != nil {
		h.t.Fatalf("the context does not go into JSON: %s", err)
	}
	host.With(func(m *host.Memory) { m.Context = plain })
	return h
}

// WithNow sets the clock.
func (h *Host) WithNow(now time.Time) *Host {
	host.With(func(m *host.Memory) { m.NowMS = uint64(now.UnixMilli()) })
	return h
}

// Pass moves the clock on.
func (h *Host) Pass(wait time.Duration) {
	host.With(func(m *host.Memory) { m.NowMS += uint64(wait.Milliseconds()) })
}

// Cancel says that from now on nobody waits for the answer.
func (h *Host) Cancel() {
	host.With(func(m *host.Memory) { m.Cancelled = true })
}

// Fail lets a part fail from now on with this code, such as kv.unavailable or http.timeout.
func (h *Host) Fail(code string) {
	part, _, _ := strings.Cut(code, ".")
	failing := fault.Refused(code, "the test wants it so")
	host.With(func(m *host.Memory) { m.Failing[part] = failing })
}

// Answer is asked for the answer to each request: status and body.
func (h *Host) Answer(answer func(Request) (int, string)) *Host {
	host.With(func(m *host.Memory) {
		m.Answer = func(asked host.Request) (host.Response, error) {
			status, body := answer(request(asked))
			return host.Response{Status: uint16(status), Body: []byte(body)}, nil
		}
	})
	return h
}

// Requests are what tools have sent so far.
func (h *Host) Requests() (sent []Request) {
	host.With(func(m *host.Memory) {
		for _, asked := range m.Asked {
			sent = append(sent, request(asked))
		}
	})
	return sent
}

// Lines are what tools have logged so far.
func (h *Host) Lines() (lines []Line) {
	host.With(func(m *host.Memory) { lines = append(lines, m.Lines...) })
	return lines
}

// Progress is what tools have told the waiting client so far.
func (h *Host) Progress() (told []Told) {
	host.With(func(m *host.Memory) { told = append(told, m.Told...) })
	return told
}

// Events are what tools have published so far.
func (h *Host) Events() (events []Published) {
	host.With(func(m *host.Memory) { events = append(events, m.Published...) })
	return events
}

// Answered is what a tool gave.
type Answered struct {
	// Value is JSON text; empty for an error.
	Value string
	// Patch is pointers and JSON texts, in their order; Say what goes to the person.
	Patch [][2]string
	Say   []string
	// Error is nil for a value.
	Error *cicerone.Error
}

// Call calls a tool as the host would, its arguments anything that goes into JSON. Schemas are the host's to check and are
// not checked here.
func (h *Host) Call(tool string, args any) Answered {
	h.t.Helper()
	return h.CallAs(&cicerone.Context{
		CallID: "call-1", Attempt: 1, SessionID: "session", Flow: "flow", State: "State", Extra: map[string]string{},
	}, tool, args)
}

// CallAs calls a tool in a context of its own.
func (h *Host) CallAs(ctx *cicerone.Context, tool string, args any) Answered {
	h.t.Helper()
	text, err := json.Marshal(args)
	if err != nil {
		h.t.Fatalf("the arguments do not go into JSON: %s", err)
	}
	output, failed := guest.Call(ctx, tool, string(text))
	return Answered{Value: output.Value, Patch: output.Patch, Say: output.Say, Error: failed}
}

// Classify asks the plugin about a text as the host would.
func (h *Host) Classify(request hearing.Request) ([]hearing.Command, error) {
	h.t.Helper()
	if hearing.Classify == nil {
		h.t.Fatal("the plugin understands no texts; call `classify.With` in a func init")
	}
	if request.Context == nil {
		request.Context = json.RawMessage("{}")
	}
	return hearing.Classify(&request)
}

func request(asked host.Request) Request {
	sent := Request{Method: asked.Method, URL: asked.URL, Header: map[string]string{}, Body: string(asked.Body)}
	for _, header := range asked.Headers {
		sent.Header[header.Key] = header.Value
	}
	return sent
}
